//! What a machine read on the bank's document, beside what was declared. It helps whoever looks; people
//! alone decide.

use crate::values::{Iban, LegalName, folded};

codes! {
    /// How what was read compares with what was declared.
    pub enum Comparison {
        Match = "match", "the same", "identique";
        /// Nearly: written otherwise, a letter is another, or something else stands beside it.
        Close = "close", "close", "proche";
        Differs = "differs", "another", "différent";
        /// Nothing of the kind could be read: a scan, for instance.
        Unreadable = "unreadable", "unreadable", "illisible";
    }
}

/// What a document says.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    pub iban: Comparison,
    pub read_iban: Option<Iban>,
    pub holder: Comparison,
    pub read_holder: Option<LegalName>,
}

crate::hidden!(Reading);

impl Reading {
    /// Of a document in which nothing could be read.
    pub const UNREADABLE: Self = Self {
        iban: Comparison::Unreadable,
        read_iban: None,
        holder: Comparison::Unreadable,
        read_holder: None,
    };
}

/// Likenesses are only compared with one another: nothing is reckoned with them, and nothing recorded.
/// From this one on two names are one that is written in two ways.
const CLOSE: f64 = 0.90;
/// An initial counts for a name that begins with it.
const INITIAL: usize = 1;

/// Forms and titles, which stand on one paper and not on the other.
const IGNORED: &[&str] = &[
    "sarl",
    "sas",
    "sasu",
    "eurl",
    "sa",
    "snc",
    "sci",
    "selarl",
    "gie",
    "ei",
    "eirl",
    "scop",
    "scp",
    "association",
    "asso",
    "ste",
    "societe",
    "entreprise",
    "individuelle",
    "monsieur",
    "madame",
    "mademoiselle",
    "m",
    "mr",
    "mme",
    "mlle",
    "ou",
    "et",
    "de",
    "du",
    "des",
    "la",
    "le",
    "les",
    "l",
    "d",
];

pub fn compare_ibans(declared: &Iban, read: &[Iban]) -> (Comparison, Option<Iban>) {
    let other = read.iter().find(|iban| *iban != declared);
    match (read.contains(declared), other) {
        (true, None) => (Comparison::Match, Some(declared.clone())),
        // Beside another: whose it is, somebody has to look.
        (true, Some(other)) => (Comparison::Close, Some(other.clone())),
        (false, Some(other)) => (Comparison::Differs, Some(other.clone())),
        (false, None) => (Comparison::Unreadable, None),
    }
}

/// As people write names: in any order, with or without accents, in capitals, with or without the legal
/// form, first names as initials. The likeness of two words is that of Jaro and Winkler.
pub fn compare_holders(declared: &str, read: &str) -> Comparison {
    let (declared, read) = (words(declared), words(read));
    if declared.is_empty() || read.is_empty() {
        return Comparison::Differs;
    }
    let (fewer, more) =
        if declared.len() <= read.len() { (&declared, &read) } else { (&read, &declared) };
    let mut left = more.clone();
    let mut worst = 1.0_f64;
    for word in fewer {
        let best = left
            .iter()
            .enumerate()
            .map(|(place, other)| (likeness(word, other), place))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let Some((likeness, place)) = best else { break };
        left.swap_remove(place);
        worst = worst.min(likeness);
    }
    match (worst, left.len()) {
        (1.0, 0) => Comparison::Match,
        (worst, over) if worst >= CLOSE && over <= fewer.len() => Comparison::Close,
        _ => Comparison::Differs,
    }
}

/// 1 for the same word.
fn likeness(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let is_initial = |short: &str, long: &str| short.len() == INITIAL && long.starts_with(short);
    if is_initial(one, other) || is_initial(other, one) {
        return CLOSE;
    }
    // Never quite the same.
    strsim::jaro_winkler(one, other).min(0.999)
}

/// The words of a name that tell it from others; all, if there are no such.
fn words(name: &str) -> Vec<String> {
    let folded = folded(name).replace('.', " ");
    let all: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let telling: Vec<String> =
        all.iter().filter(|word| !IGNORED.contains(&word.as_str())).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Comparison::{Close, Differs, Match};

    #[test]
    fn names_are_compared_as_people_write_them() {
        for (declared, read, expected) in [
            ("Atelier du Canal", "ATELIER DU CANAL", Match),
            ("Atelier du Canal", "SARL ATELIER DU CANAL", Match),
            ("Atelier du Canal SAS", "Canal Atelier", Match),
            ("Zoé Exemple", "MME EXEMPLE ZOE", Match),
            ("Zoé Exemple", "EXEMPLE Z.", Close),
            ("Zoé Exemple", "M OU MME EXEMPLE ZOE", Match),
            ("Boulangerie Lefèvre", "BOULANGERIE LEFEVRES", Close),
            ("Boulangerie Lefèvre", "BOULANGERIE LEFEVRE PARIS", Close),
            ("Atelier du Canal", "Atelier du Port", Differs),
            ("Atelier du Canal", "Garage des Lilas", Differs),
            ("Atelier du Canal", "Atelier", Close),
            ("Zoé Exemple", "Luc Modele", Differs),
            ("SA", "SA", Match),
            ("SA", "", Differs),
        ] {
            assert_eq!(compare_holders(declared, read), expected, "{declared} / {read}");
            if expected != Differs {
                assert_eq!(compare_holders(read, declared), expected, "{read} / {declared}");
            }
        }
    }

    #[test]
    fn the_declared_iban_is_looked_for_among_those_that_stand_there() {
        let iban = |text| Iban::parse(text).unwrap();
        let (one, other) =
            (iban("FR7630006000011234567890189"), iban("FR1420041010050500013M02606"));
        assert_eq!(compare_ibans(&one, &[]), (Comparison::Unreadable, None));
        let both = [other.clone(), one.clone()];
        assert_eq!(compare_ibans(&one, &both[1..]), (Match, Some(one.clone())));
        assert_eq!(compare_ibans(&one, &both), (Close, Some(other.clone())));
        assert_eq!(compare_ibans(&one, &both[..1]), (Differs, Some(other)));
    }
}
