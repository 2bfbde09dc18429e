//! A company that registers and may test; and one that is suspended.

use super::{HUGO, OWNER, after, confirm, date, day, new_key, nothing, proposed, visitor};
use crate::merchant::Event;
use crate::registration::{Command, CompanyBasics, CompanyIdentity};
use crate::restriction::InternalReason;
use crate::review::Proposal;
use crate::values::{Activity, Country, FreeText, Language, LegalForm, LegalName, Siren};

pub fn text(text: &str) -> FreeText {
    FreeText::parse(text).unwrap()
}

pub fn france() -> Country {
    Country::parse("FR").unwrap()
}

pub fn basics() -> CompanyBasics {
    CompanyBasics {
        identity: CompanyIdentity {
            legal_name: LegalName::parse("Atelier du Canal").unwrap(),
            siren: Some(Siren::parse("732829320").unwrap()),
        }
        .into(),
        legal_form: LegalForm::Sas,
        country: france(),
        activity: Activity::parse("62.01Z", date("2026-11-25")).unwrap(),
    }
}

/// A company that is still being registered.
pub fn basics_without_number() -> CompanyBasics {
    let identity =
        CompanyIdentity { legal_name: LegalName::parse("Atelier du Canal").unwrap(), siren: None };
    CompanyBasics { identity: identity.into(), ..basics() }
}

pub fn suspend() -> Command {
    Command::Suspend { reason: InternalReason::new(text("to be looked at")) }
}

pub fn created() -> Vec<Event> {
    let create = Command::Create { owner: OWNER.id(), language: Language::French };
    after(nothing(), visitor(day(0)), create)
}

pub fn activated() -> Vec<Event> {
    after(created(), visitor(day(0)), Command::Activate)
}

pub fn record_basics(basics: CompanyBasics) -> Command {
    Command::RecordCompanyBasics { basics, is_mobile_verified: true, test_key: new_key(51) }
}

pub fn in_test() -> Vec<Event> {
    after(activated(), OWNER.at(day(0)), record_basics(basics()))
}

pub fn suspended(events: Vec<Event>) -> Vec<Event> {
    after(events, HUGO.at(day(6)), suspend())
}

/// A suspension that two officers lifted.
pub fn lifted(events: Vec<Event>) -> Vec<Event> {
    let events = proposed(events, Proposal::LiftSuspension);
    let confirm = confirm(&events);
    after(events, HUGO.at(day(8)), confirm)
}
