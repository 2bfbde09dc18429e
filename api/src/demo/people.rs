//! Invented companies and people. Nobody here exists.

/// Names that make up companies and people; combined by index.
const FIRST: [&str; 10] =
    ["Marie", "Hugo", "Zoé", "Karim", "Inès", "Paul", "Nadia", "Louis", "Awa", "Théo"];
const LAST: [&str; 6] = ["Exemple", "Modèle", "Fictif", "Témoin", "Dessai", "Limaginaire"];
const TRADE: [&str; 6] = ["Atelier", "Librairie", "Boulangerie", "Cycles", "Studio", "Jardinerie"];
const PLACE: [&str; 5] = ["du Lac", "des Tilleuls", "du Vieux Pont", "de l'Écluse", "du Phare"];

fn pick<'a>(list: &[&'a str], index: usize) -> &'a str {
    list.get(index % list.len()).copied().unwrap_or_default()
}

pub struct Person {
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub mobile: String,
}

pub fn person(index: usize) -> Person {
    Person {
        first_name: pick(&FIRST, index),
        last_name: pick(&LAST, index / 3),
        mobile: format!("+3361234{:04}", 1000 + index),
    }
}

pub fn company(index: usize) -> String {
    format!("{} {}", pick(&TRADE, index), pick(&PLACE, index / 2))
}

/// A SIREN whose check digit fits, different for every index.
pub fn siren(index: usize) -> String {
    let stem = format!("{:08}", 40_000_000 + index * 137);
    let sum: u32 = stem
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit) {
                (0, 5..) => digit * 2 - 9,
                (0, _) => digit * 2,
                _ => digit,
            }
        })
        .sum();
    format!("{stem}{}", (10 - sum % 10) % 10)
}

/// The SIRET of the first establishment of a company.
pub fn siret(siren: &str) -> String {
    (0..10)
        .map(|last| format!("{siren}0001{last}"))
        .find(|siret| domain::values::Siret::parse(siret).is_ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::values::{Mobile, PersonName, Siren, Siret};

    #[test]
    fn invented_numbers_and_names_are_valid() {
        for index in 0..60 {
            let siren = siren(index);
            assert!(Siren::parse(&siren).is_ok(), "{siren}");
            assert!(Siret::parse(&siret(&siren)).is_ok(), "{siren}");
            let person = person(index);
            assert!(Mobile::parse(&person.mobile).is_ok(), "{}", person.mobile);
            assert!(PersonName::parse(person.last_name).is_ok());
        }
    }
}
