//! The rules that the law changes with a date: versioned data, and each decision records which
//! version it was taken under.

use super::{DocumentDates, DocumentKind, PersonDetails};
use crate::calendar::age_in_years;
use crate::values::{LegalForm, Share};
use chrono::{Days, Months, NaiveDate};
use std::ops::RangeInclusive;

/// One state of the law, from the day it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleSet {
    pub version: &'static str,
    pub effective_from: NaiveDate,
    pub beneficial_owner: Threshold,
    /// Age of a registration extract on the day it is submitted, in calendar months (R561-5-1, 4°).
    pub extract_age_months_max: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    Above(Share),
    AtLeast(Share),
}

impl Threshold {
    pub fn is_reached_by(self, share: Share) -> bool {
        match self {
            Self::Above(limit) => share > limit,
            Self::AtLeast(limit) => share >= limit,
        }
    }
}

/// In force today: R561-1, "more than 25 percent".
const FR_2026: RuleSet = RuleSet {
    version: "fr-2026-01",
    effective_from: date(2026, 1, 1),
    beneficial_owner: Threshold::Above(Share::QUARTER),
    extract_age_months_max: 3,
};

/// Regulation (EU) 2024/1624, article 52: "25 percent or more", from 10 July 2027.
const EU_2027: RuleSet = RuleSet {
    version: "eu-2027-07",
    effective_from: date(2027, 7, 10),
    beneficial_owner: Threshold::AtLeast(Share::QUARTER),
    extract_age_months_max: 3,
};

/// The rules in force on a day in Paris.
pub fn rules_on(day: NaiveDate) -> &'static RuleSet {
    if day >= EU_2027.effective_from { &EU_2027 } else { &FR_2026 }
}

impl RuleSet {
    pub fn needs_articles_of_association(&self, form: LegalForm) -> bool {
        form != LegalForm::SoleTrader
    }
}

/// When the French identity cards were issued that are valid for fifteen years, not for the ten that
/// are printed on them, if their holder was of age (decree 2013-1188, article 10).
const PROLONGED_CARDS: RangeInclusive<NaiveDate> = date(2004, 1, 2)..=date(2013, 12, 31);
const PRINTED: Months = Months::new(10 * 12);
const PROLONGED_BY: Months = Months::new(5 * 12);

/// The last day on which a document is valid: what is printed on it, or what the law makes of that.
/// A passport of those years looks the same here; it is the officer who sees which one it is.
pub fn valid_until(
    kind: DocumentKind,
    dates: &DocumentDates,
    holder: Option<&PersonDetails>,
) -> Option<NaiveDate> {
    let printed = dates.expires_on?;
    if is_prolonged_card(kind, dates, holder) {
        return printed.checked_add_months(PROLONGED_BY);
    }
    Some(printed)
}

/// Whether a document is valid for longer than it says.
pub fn is_prolonged_card(
    kind: DocumentKind,
    dates: &DocumentDates,
    holder: Option<&PersonDetails>,
) -> bool {
    let (Some(issued_on), Some(printed), Some(holder)) =
        (dates.issued_on, dates.expires_on, holder)
    else {
        return false;
    };
    let ten_years_later = issued_on.checked_add_months(PRINTED);
    let day_before = ten_years_later.and_then(|day| day.checked_sub_days(Days::new(1)));
    kind == DocumentKind::IdentityDocument
        && holder.nationality.is_french()
        && PROLONGED_CARDS.contains(&issued_on)
        && age_in_years(holder.birth_date, issued_on) >= 18
        && [ten_years_later, day_before].contains(&Some(printed))
}

const fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_a_beneficial_owner_only_from_july_2027() {
        let quarter = Share::QUARTER;
        assert!(!rules_on(date(2027, 7, 9)).beneficial_owner.is_reached_by(quarter));
        assert!(rules_on(date(2027, 7, 10)).beneficial_owner.is_reached_by(quarter));
        let more = Share::parse("25.0001").unwrap();
        assert!(rules_on(date(2026, 11, 23)).beneficial_owner.is_reached_by(more));
    }
}
