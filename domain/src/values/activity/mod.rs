//! The activity code that INSEE gives a company (NAF).

use super::Invalid;
use super::written::{Labels, compact};
use chrono::{Datelike, NaiveDate};

/// `62.01Z`: four digits and a letter, and the list that it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    code: String,
    nomenclature: Nomenclature,
}

/// The sub-classes of NAF rév. 2 (decree 2007-1888, annex): a division, then its classes.
const NAF_REV_2: &str = include_str!("naf_rev2.txt");
/// The year from whose first day INSEE gives codes of NAF 2025 (decree 2025-736).
const NAF_2025_FROM: i32 = 2027;
const LABELS: &[&str] = &["naf", "ape", "code"];

codes! {
    /// Which list a code is from.
    pub enum Nomenclature {
        NafRev2 = "naf_rev2", "NAF rev. 2, in force until 2026", "NAF rév. 2, en vigueur jusqu'en 2026";
        Naf2025 = "naf_2025", "NAF 2025", "NAF 2025";
    }
}

impl Activity {
    /// Codes of NAF 2025 are taken by their form from the day they are given; those of NAF rév. 2
    /// stand in its list.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, Invalid> {
        let code = compact(text, Labels::before_digits(LABELS));
        let (Some(division), Some(class), true) = (code.get(..2), code.get(2..), code.is_ascii())
        else {
            return Err(Invalid::Activity);
        };
        let activity = Self::of_letter(format!("{division}.{class}"));
        let is_given = match activity.nomenclature {
            Nomenclature::NafRev2 => is_in_naf_rev_2(division, class),
            Nomenclature::Naf2025 => today.year() >= NAF_2025_FROM && has_form(division, class),
        };
        if is_given { Ok(activity) } else { Err(Invalid::Activity) }
    }

    /// A code read back from history, which is not judged again.
    pub fn recorded(code: impl Into<String>, nomenclature: Nomenclature) -> Self {
        Self { code: code.into(), nomenclature }
    }

    /// The two lists share no letters, so that a code whose list was not recorded says which one it is
    /// from.
    pub fn of_letter(code: impl Into<String>) -> Self {
        let code = code.into();
        let nomenclature = match code.chars().last() {
            Some('G'..='Y') => Nomenclature::Naf2025,
            _ => Nomenclature::NafRev2,
        };
        Self { code, nomenclature }
    }

    pub fn as_str(&self) -> &str {
        &self.code
    }

    pub fn nomenclature(&self) -> Nomenclature {
        self.nomenclature
    }
}

fn is_in_naf_rev_2(division: &str, class: &str) -> bool {
    let mut divisions = NAF_REV_2.lines().filter_map(|line| line.split_once(' '));
    divisions
        .find(|(known, _)| *known == division)
        .is_some_and(|(_, classes)| classes.split(' ').any(|known| known == class))
}

fn has_form(division: &str, class: &str) -> bool {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(division) && class.len() == 3 && class.get(..2).is_some_and(is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_all_sub_classes() {
        let classes = NAF_REV_2.lines().map(|line| line.split(' ').count() - 1);
        assert_eq!(classes.sum::<usize>(), 732);
        assert!(NAF_REV_2.lines().all(|line| !line.contains(['G', 'J', 'Y'])));
    }
}
