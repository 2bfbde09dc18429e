//! Merchants and people by what they said of themselves. That is personal data, so that the master key is needed,
//! and everything is read: no order of it is kept in clear.

use crate::exit::Failure;
use crate::ids::one;
use crate::source::Source;
use domain::{Event, Id, MerchantId, StaffId, UserId, merchant, registration, user};
use std::collections::HashSet;
use store::aggregate::{MERCHANT, STAFF, USER, id_of, merchant_stream};
use store::recorded::Keys;
use store::{Reader, StreamId};
use uuid::Uuid;

/// What is read to find somebody by what they said of themselves.
const SAID: &[&str] =
    &["registration.company_basics_recorded", "user.registered", "user.email_change_requested"];

/// What somebody said of themselves.
pub enum Said {
    Email(String),
    Siren(String),
}

/// The merchant who said so, or whose owner did.
pub async fn merchant_who_said(source: &Source, said: &Said) -> Result<MerchantId, Failure> {
    let Some(keys) = source.keyring.as_deref() else {
        return Err(Failure::NotAllowed(
            "people and companies are found with --reveal only".to_owned(),
        ));
    };
    let mut all = Reader::new(source.ledger.as_ref(), Keys::OfTypes(keys, SAID)).all(None);
    let (mut users, mut merchants, mut owners) = (HashSet::new(), HashSet::new(), vec![]);
    while let Some(page) = all.next().await? {
        for recorded in &page {
            match &recorded.event {
                Event::User(event) => {
                    let id = id_of::<UserId>(&recorded.stream, USER);
                    users.extend(id.filter(|_| is_said_by_user(event, said)));
                }
                Event::Merchant(event) => {
                    let Some(id) = id_of::<MerchantId>(&recorded.stream, MERCHANT) else {
                        continue;
                    };
                    if let merchant::Event::Registration(registration::Event::AccountCreated {
                        owner,
                        ..
                    }) = event
                    {
                        owners.push((*owner, id));
                    }
                    if is_said_by_merchant(event, said) {
                        merchants.insert(id);
                    }
                }
                Event::Staff(_) | Event::EmailClaim(_) | Event::Looks(_) => {}
            }
        }
    }
    merchants.extend(owners.iter().filter(|(owner, _)| users.contains(owner)).map(|(_, id)| *id));
    let mut found: Vec<StreamId> = merchants.iter().map(|id| merchant_stream(*id)).collect();
    found.sort();
    let what = match said {
        Said::Email(_) => "merchant whose owner has that address",
        Said::Siren(_) => "merchant with that SIREN",
    };
    one(what, &found, |stream| id_of::<MerchantId>(stream, MERCHANT))
}

fn is_said_by_user(event: &user::Event, said: &Said) -> bool {
    let Said::Email(wanted) = said else { return false };
    let (user::Event::Registered { email, .. } | user::Event::EmailChangeRequested { email, .. }) =
        event
    else {
        return false;
    };
    email.known().is_some_and(|email| email.as_str().to_lowercase() == *wanted)
}

fn is_said_by_merchant(event: &merchant::Event, said: &Said) -> bool {
    let Said::Siren(wanted) = said else { return false };
    let merchant::Event::Registration(registration::Event::CompanyBasicsRecorded {
        identity, ..
    }) = event
    else {
        return false;
    };
    let siren = identity.known().and_then(|identity| identity.siren.as_ref());
    siren.is_some_and(|siren| siren.as_str() == wanted)
}

/// Users and staff with a login e-mail.
pub async fn people_with(source: &Source, email: &str) -> Result<HashSet<Uuid>, Failure> {
    let Some(keys) = source.keyring.as_deref() else {
        return Err(Failure::NotAllowed(
            "people are found by their address with --reveal only".to_owned(),
        ));
    };
    let types = ["user.registered", "user.email_change_requested", "staff.invited"];
    let mut all = Reader::new(source.ledger.as_ref(), Keys::OfTypes(keys, &types)).all(None);
    let said = Said::Email(email.to_owned());
    let mut found = HashSet::new();
    while let Some(page) = all.next().await? {
        for recorded in &page {
            match &recorded.event {
                Event::User(event) => {
                    let id = id_of::<UserId>(&recorded.stream, USER).map(Id::uuid);
                    found.extend(id.filter(|_| is_said_by_user(event, &said)));
                }
                Event::Staff(domain::staff::Event::Invited { profile, .. }) => {
                    let is_theirs = profile
                        .known()
                        .is_some_and(|profile| profile.email.as_str().to_lowercase() == email);
                    let id = id_of::<StaffId>(&recorded.stream, STAFF).map(Id::uuid);
                    found.extend(id.filter(|_| is_theirs));
                }
                Event::Staff(_) | Event::Merchant(_) | Event::EmailClaim(_) | Event::Looks(_) => {}
            }
        }
    }
    if found.is_empty() {
        return Err(Failure::NotFound(format!("nobody here has the address {email}")));
    }
    Ok(found)
}
