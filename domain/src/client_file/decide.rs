//! The rules of a client file, one function per request.

use super::{
    Command, CompanyDetails, DOCUMENT_BYTES_MAX, DOCUMENTS_MAX, DocumentKind, DocumentStatus,
    Event, NewDocument, Ownership, PEOPLE_MAX, PayoutAccount, PersonDetails, PersonRole, Refusal,
    SubmittedDocument, rules_on, valid_until,
};
use crate::access::{self, Access, Capability, MemberRole};
use crate::calendar::{age_in_years, paris_date};
use crate::merchant::{self, Decision, State};
use crate::registration::{self, ClosureReason};
use crate::review;
use crate::staff::Role;
use crate::values::Share;
use crate::{Actor, DocumentId, Occasion, PersonId};
use chrono::{Months, NaiveDate};
use std::collections::BTreeSet;

/// No identity document is valid for longer than twenty years.
const IDENTITY_MONTHS_MAX: Months = Months::new(20 * 12);
const EDITORS: &[MemberRole] = &[MemberRole::Owner, MemberRole::Admin];

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    match command {
        Command::RecordCompany { details } => record_company(state, occasion, details),
        Command::RecordPerson { person, details, roles } => {
            record_person(state, occasion, person, details, roles)
        }
        Command::RemovePerson { person } => remove_person(state, occasion, person),
        Command::DeclareOwnership { holdings } => declare_ownership(state, occasion, holdings),
        Command::RecordPayoutAccount { account } => record_payout_account(state, occasion, account),
        Command::SubmitDocument { document, replaces } => {
            submit_document(state, occasion, document, replaces)
        }
        Command::WithdrawDocument { document } => withdraw_document(state, occasion, document),
        Command::Withdraw => withdraw(state, occasion),
    }
}

/// Facts can be edited until the file is sent.
fn may_edit(state: &State, occasion: &Occasion) -> Result<(), merchant::Refusal> {
    access::member(state, occasion, EDITORS)?;
    access::capability(state, Capability::ClientFile, &[Access::Allowed])?;
    if state.review.is_submitted() { Err(Refusal::Locked.into()) } else { Ok(()) }
}

fn record_company(state: &State, occasion: &Occasion, details: CompanyDetails) -> Decision {
    may_edit(state, occasion)?;
    let siren = state
        .account
        .basics
        .as_ref()
        .and_then(|basics| basics.identity.known())
        .and_then(|identity| identity.siren.as_ref());
    if siren.is_some_and(|siren| details.siret.siren() != *siren) {
        return Err(Refusal::SiretOfAnotherCompany.into());
    }
    if details.registered_on > paris_date(occasion.at) {
        return Err(Refusal::RegisteredInFuture.into());
    }
    if state.file.company.as_ref().and_then(|known| known.known()) == Some(&details) {
        return Ok(vec![]);
    }
    Ok(vec![Event::CompanyRecorded { details: details.into() }.into()])
}

fn record_person(
    state: &State,
    occasion: &Occasion,
    person: PersonId,
    details: PersonDetails,
    roles: BTreeSet<PersonRole>,
) -> Decision {
    may_edit(state, occasion)?;
    let today = paris_date(occasion.at);
    if details.birth_date > today || age_in_years(details.birth_date, today) > 120 {
        return Err(Refusal::BirthDateOutOfRange.into());
    }
    if roles.is_empty() {
        return Err(Refusal::RoleMissing.into());
    }
    let known = state.file.people.get(&person);
    if known.is_none() && state.file.people.len() >= PEOPLE_MAX {
        return Err(Refusal::TooManyPeople.into());
    }
    let mut events = vec![];
    if known.and_then(|known| known.details.known()) != Some(&details) {
        events.push(Event::PersonRecorded { person, details: details.into() }.into());
    }
    if known.is_none_or(|known| known.roles != roles) {
        events.push(Event::PersonRoleSet { person, roles }.into());
    }
    Ok(events)
}

fn remove_person(state: &State, occasion: &Occasion, person: PersonId) -> Decision {
    may_edit(state, occasion)?;
    if !state.file.people.contains_key(&person) {
        return Err(Refusal::UnknownPerson.into());
    }
    let mut events: Vec<merchant::Event> = state
        .file
        .documents
        .iter()
        .filter(|(_, document)| document.is_current() && document.submitted.person == Some(person))
        .map(|(id, _)| Event::DocumentWithdrawn { document: *id }.into())
        .collect();
    events.push(Event::PersonRemoved { person }.into());
    Ok(events)
}

fn declare_ownership(state: &State, occasion: &Occasion, holdings: Vec<Ownership>) -> Decision {
    may_edit(state, occasion)?;
    let people: BTreeSet<PersonId> = holdings.iter().map(|holding| holding.person).collect();
    if people.iter().any(|person| !state.file.people.contains_key(person)) {
        return Err(Refusal::UnknownPerson.into());
    }
    if people.len() != holdings.len() {
        return Err(Refusal::PersonListedTwice.into());
    }
    let is_over = Share::total(holdings.iter().map(|holding| holding.capital)) > Share::WHOLE
        || Share::total(holdings.iter().map(|holding| holding.votes)) > Share::WHOLE;
    if is_over {
        return Err(Refusal::OwnershipOverWhole.into());
    }
    if state.file.ownership.as_ref().and_then(|known| known.known()) == Some(&holdings) {
        return Ok(vec![]);
    }
    Ok(vec![Event::OwnershipDeclared { holdings: holdings.into() }.into()])
}

fn record_payout_account(state: &State, occasion: &Occasion, account: PayoutAccount) -> Decision {
    may_edit(state, occasion)?;
    if state.file.payout_account.as_ref().and_then(|known| known.known()) == Some(&account) {
        return Ok(vec![]);
    }
    Ok(vec![Event::PayoutAccountRecorded { account: account.into() }.into()])
}

fn submit_document(
    state: &State,
    occasion: &Occasion,
    mut new: NewDocument,
    replaces: Option<DocumentId>,
) -> Decision {
    let replaced = replaces.and_then(|id| state.file.documents.get(&id));
    // What stands in for a refused answer answers the same item.
    let answers = new.submitted.answers.or(replaced.and_then(|known| known.submitted.answers));
    new.submitted.answers = answers;
    let document = &new.submitted;
    may_submit_documents(state, occasion, document, replaces)?;
    check_document(state, &new, paris_date(occasion.at))?;
    if let Some(replaced) = replaces {
        let is_replaceable =
            state.file.documents.get(&replaced).is_some_and(|known| known.is_current());
        if !is_replaceable {
            return Err(Refusal::UnknownDocument.into());
        }
        let is_same_sort = state.file.documents.get(&replaced).is_some_and(|known| {
            match known.submitted.answers {
                Some(item) => document.answers == Some(item),
                None => {
                    known.submitted.kind == document.kind
                        && known.submitted.person == document.person
                }
            }
        });
        if !is_same_sort {
            return Err(Refusal::KindNotAccepted.into());
        }
    }
    let by = document.id;
    let mut events: Vec<merchant::Event> = vec![Event::from(new).into()];
    if let Some(replaced) = replaces {
        events.push(Event::DocumentSuperseded { document: replaced, by }.into());
    }
    if let Some(item) = answers {
        events.extend(review::events_of_answer(state, item));
    }
    Ok(events)
}

/// While the file is a draft anything may be added; once it is sent, only what was asked for and
/// what replaces a refused document.
fn may_submit_documents(
    state: &State,
    occasion: &Occasion,
    document: &SubmittedDocument,
    replaces: Option<DocumentId>,
) -> Result<(), merchant::Refusal> {
    match occasion.actor {
        Actor::Staff(_) => {
            access::staff(occasion, &[Role::Support, Role::Analyst, Role::Officer])?;
        }
        Actor::User(_)
        | Actor::Visitor
        | Actor::Signer(_)
        | Actor::ApiKey(_)
        | Actor::System
        | Actor::Provider
        | Actor::Undisclosed => {
            access::member(state, occasion, EDITORS)?;
        }
    }
    access::capability(
        state,
        Capability::ClientFile,
        &[Access::Allowed, Access::UploadOnly, Access::RefreshOnly],
    )?;
    if state.review.is_decided() {
        return Err(Refusal::Locked.into());
    }
    let replaces_refused = replaces
        .and_then(|id| state.file.documents.get(&id))
        .is_some_and(|known| known.status == DocumentStatus::Refused);
    match document.answers {
        Some(item) => match state.review.item(item) {
            None => Err(Refusal::UnknownItem.into()),
            Some(open)
                if !open.asked.kinds.contains(&document.kind)
                    || open.asked.person.is_some_and(|asked| document.person != Some(asked)) =>
            {
                Err(Refusal::KindNotAccepted.into())
            }
            Some(_) => Ok(()),
        },
        None if state.review.is_submitted() && !replaces_refused => Err(Refusal::Locked.into()),
        None => Ok(()),
    }
}

fn check_document(state: &State, new: &NewDocument, today: NaiveDate) -> Result<(), Refusal> {
    let document = &new.submitted;
    match document.person {
        Some(person) if !state.file.people.contains_key(&person) => {
            return Err(Refusal::UnknownPerson);
        }
        None if document.kind.is_about_person() => return Err(Refusal::PersonNeeded),
        Some(_) | None => {}
    }
    if document.size > DOCUMENT_BYTES_MAX {
        return Err(Refusal::DocumentTooLarge);
    }
    if state.file.documents.len() >= DOCUMENTS_MAX {
        return Err(Refusal::TooManyDocuments);
    }
    if new.dates.issued_on.is_some_and(|issued_on| issued_on > today) {
        return Err(Refusal::IssuedInFuture);
    }
    check_dates(state, new, today)
}

fn check_dates(state: &State, new: &NewDocument, today: NaiveDate) -> Result<(), Refusal> {
    let NewDocument { submitted: document, dates } = new;
    match document.kind {
        DocumentKind::IdentityDocument => {
            let (Some(issued_on), Some(expires_on)) = (dates.issued_on, dates.expires_on) else {
                return Err(Refusal::IdentityDatesNeeded);
            };
            let longest = issued_on.checked_add_months(IDENTITY_MONTHS_MAX);
            if expires_on <= issued_on || longest.is_some_and(|longest| expires_on > longest) {
                return Err(Refusal::IdentityDatesImplausible);
            }
            let holder = state.file.holder_of(document);
            let valid_until = valid_until(document.kind, dates, holder);
            if valid_until.is_some_and(|end| end >= today) {
                Ok(())
            } else {
                Err(Refusal::IdentityExpired)
            }
        }
        DocumentKind::RegistrationExtract => {
            let issued_on = dates.issued_on.ok_or(Refusal::ExtractDateNeeded)?;
            let months = Months::new(rules_on(today).extract_age_months_max);
            let is_recent = issued_on.checked_add_months(months).is_some_and(|end| end >= today);
            if is_recent { Ok(()) } else { Err(Refusal::ExtractTooOld) }
        }
        DocumentKind::BankDetails
        | DocumentKind::ArticlesOfAssociation
        | DocumentKind::PowerOfAttorney
        | DocumentKind::ProofOfAddress
        | DocumentKind::OwnershipRegister
        | DocumentKind::Other => Ok(()),
    }
}

fn withdraw_document(state: &State, occasion: &Occasion, document: DocumentId) -> Decision {
    may_edit(state, occasion)?;
    let known = state.file.documents.get(&document).ok_or(Refusal::UnknownDocument)?;
    match known.status {
        DocumentStatus::Submitted => Ok(vec![Event::DocumentWithdrawn { document }.into()]),
        DocumentStatus::Withdrawn => Ok(vec![]),
        DocumentStatus::Accepted | DocumentStatus::Refused | DocumentStatus::Superseded => {
            Err(Refusal::DocumentDecided.into())
        }
    }
}

fn withdraw(state: &State, occasion: &Occasion) -> Decision {
    access::member(state, occasion, &[MemberRole::Owner])?;
    if state.file.is_withdrawn {
        return Ok(vec![]);
    }
    access::capability(state, Capability::Terminate, &[Access::Withdraw])?;
    if state.review.is_decided() {
        return Err(Refusal::FileDecided.into());
    }
    Ok(vec![
        Event::Withdrawn.into(),
        registration::Event::AccountClosed { reason: ClosureReason::Withdrawn }.into(),
    ])
}
