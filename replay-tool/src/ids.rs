//! Ids as people give them: as printed, in capitals, as a unique beginning, or by what they know of somebody.

use crate::exit::Failure;
use crate::source::Source;
use domain::{
    ActorKind, ApiKeyId, Coded, Event, Id, MerchantId, PersonId, StaffId, UserId, merchant,
    registration, user,
};
use std::collections::HashSet;
use store::aggregate::{MERCHANT, STAFF, USER, id_of};
use store::recorded::Keys;
use store::{Reader, StreamId};
use uuid::Uuid;

/// Fewer digits of an id tell too little.
const DIGITS_MIN: usize = 4;
pub const DIGITS: usize = 32;
/// Ids named where a beginning is not unique.
const NAMED_MAX: usize = 5;
const SIREN_DIGITS: usize = 9;

/// What is read to find somebody by what they said of themselves.
const SAID: &[&str] =
    &["registration.company_basics_recorded", "user.registered", "user.email_change_requested"];

/// Whose id it is, by its prefix.
const PREFIXES: &[(&str, &str)] = &[
    (MerchantId::PREFIX, "a merchant"),
    (UserId::PREFIX, "a user"),
    (StaffId::PREFIX, "a member of staff"),
    (PersonId::PREFIX, "a person of a client file"),
    (ApiKeyId::PREFIX, "an API key"),
];

/// The merchant that is meant.
pub async fn merchant(source: &Source, text: &str) -> Result<MerchantId, Failure> {
    let text = text.trim();
    if text.contains('@') {
        return by_what_they_said(source, &Said::Email(text.to_lowercase())).await;
    }
    let bare: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let is_siren = bare.len() == SIREN_DIGITS && bare.bytes().all(|byte| byte.is_ascii_digit());
    if is_siren && source.vault.is_some() {
        return by_what_they_said(source, &Said::Siren(bare)).await;
    }
    let found = streams(source, MERCHANT, &digits::<MerchantId>(text)?).await?;
    one(text, &found, |stream| id_of::<MerchantId>(stream, MERCHANT))
}

/// The hexadecimal digits of an id that may have a prefix: another one is a mistake.
pub fn digits<I: Id>(text: &str) -> Result<String, Failure> {
    let text = text.to_ascii_lowercase();
    let digits = match text.split_once('_') {
        Some((prefix, digits)) if prefix == I::PREFIX => digits,
        Some((prefix, _)) => {
            let what = PREFIXES.iter().find(|(known, _)| *known == prefix);
            let what = what.map_or("nothing that is known here", |(_, what)| what);
            let wanted = I::PREFIX;
            return Err(Failure::Usage(format!(
                "`{text}` is {what}: an id that begins with {wanted}_ is needed"
            )));
        }
        None => &text,
    };
    let digits = digits.replace('-', "");
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal && (DIGITS_MIN..=DIGITS).contains(&digits.len()) {
        Ok(digits)
    } else {
        let prefix = I::PREFIX;
        Err(Failure::Usage(format!(
            "`{text}` is no id: {prefix}_ and {DIGITS} hexadecimal digits, or at least the first \
             {DIGITS_MIN} of them"
        )))
    }
}

/// Streams of a category whose ids begin so.
async fn streams(source: &Source, category: &str, digits: &str) -> Result<Vec<StreamId>, Failure> {
    let mut beginning = format!("{category}-");
    for (index, digit) in digits.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            beginning.push('-');
        }
        beginning.push(digit);
    }
    Ok(source.ledger.streams(&beginning, NAMED_MAX + 1).await?)
}

fn one<I: Id>(
    text: &str,
    found: &[StreamId],
    id: impl Fn(&StreamId) -> Option<I>,
) -> Result<I, Failure> {
    let ids: Vec<I> = found.iter().filter_map(id).collect();
    match ids.as_slice() {
        [] => Err(Failure::NotFound(format!("there is no {text}"))),
        [one] => Ok(*one),
        several => {
            let mut names: Vec<String> =
                several.iter().take(NAMED_MAX).map(ToString::to_string).collect();
            if several.len() > NAMED_MAX {
                names.push("…".to_owned());
            }
            Err(Failure::Usage(format!("`{text}` begins several: {}", names.join(", "))))
        }
    }
}

enum Said {
    Email(String),
    Siren(String),
}

/// Looks at what everybody said of themselves: personal data, so that the master key is needed.
async fn by_what_they_said(source: &Source, said: &Said) -> Result<MerchantId, Failure> {
    let Some(vault) = &source.vault else {
        return Err(Failure::NotAllowed(
            "people and companies are found with --reveal only".to_owned(),
        ));
    };
    let mut all = Reader::new(source.ledger.as_ref(), Keys::VaultFor(vault, SAID)).all(None);
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
                Event::Staff(_) | Event::EmailClaim(_) => {}
            }
        }
    }
    merchants.extend(owners.iter().filter(|(owner, _)| users.contains(owner)).map(|(_, id)| *id));
    let mut found: Vec<StreamId> =
        merchants.iter().map(|id| store::aggregate::merchant_stream(*id)).collect();
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

/// Who a filter means: a kind, or one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Kind(&'static str),
    /// A kind and the beginning of an id; no kind where it was not said.
    Id(Option<&'static str>, String),
    User(HashSet<Uuid>),
}

/// The actor that is meant.
pub async fn actor(source: &Source, text: &str) -> Result<Actor, Failure> {
    let text = text.trim().to_ascii_lowercase();
    if text.contains('@') {
        let found = people_with(source, &text).await?;
        return Ok(Actor::User(found));
    }
    if let Some(kind) = ActorKind::from_code(&text) {
        return Ok(Actor::Kind(kind.code()));
    }
    let known = [
        (UserId::PREFIX, "user"),
        (StaffId::PREFIX, "staff"),
        (PersonId::PREFIX, "signer"),
        (ApiKeyId::PREFIX, "api_key"),
    ];
    let (kind, rest) = match text.split_once('_') {
        Some((prefix, rest)) if rest.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            let kind = known.iter().find(|(known, _)| *known == prefix).map(|(_, kind)| *kind);
            (Some(kind.ok_or_else(|| no_actor(&text))?), rest.to_owned())
        }
        _ => (None, text.replace('-', "")),
    };
    let is_id = rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id && (DIGITS_MIN..=DIGITS).contains(&rest.len()) {
        Ok(Actor::Id(kind, rest))
    } else {
        Err(no_actor(&text))
    }
}

fn no_actor(text: &str) -> Failure {
    let kinds: Vec<&str> = ActorKind::ALL.iter().map(|kind| kind.code()).collect();
    Failure::Usage(format!(
        "`{text}` is nobody who acts: {}, an id with its prefix, or an e-mail with --reveal",
        kinds.join(", ")
    ))
}

/// Users and staff with a login e-mail.
async fn people_with(source: &Source, email: &str) -> Result<HashSet<Uuid>, Failure> {
    let Some(vault) = &source.vault else {
        return Err(Failure::NotAllowed(
            "people are found by their address with --reveal only".to_owned(),
        ));
    };
    let types = ["user.registered", "user.email_change_requested", "staff.invited"];
    let mut all = Reader::new(source.ledger.as_ref(), Keys::VaultFor(vault, &types)).all(None);
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
                Event::Staff(_) | Event::Merchant(_) | Event::EmailClaim(_) => {}
            }
        }
    }
    if found.is_empty() {
        return Err(Failure::NotFound(format!("nobody here has the address {email}")));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_as_printed_in_capitals_and_by_their_beginning() {
        let read = |text: &str| digits::<MerchantId>(text).ok();
        let whole = "0190a0b0c0d0e0f00102030405060708";
        assert_eq!(read(&format!("mer_{whole}")), Some(whole.to_owned()));
        assert_eq!(read(&format!("MER_{}", whole.to_uppercase())), Some(whole.to_owned()));
        assert_eq!(read("0190a0b0-c0d0-e0f0-0102-030405060708"), Some(whole.to_owned()));
        assert_eq!(read("mer_0190"), Some("0190".to_owned()));
        for wrong in ["usr_0190a0b0", "mer_019", "mer_xyz1", "", "doc_0190", &format!("{whole}0")] {
            assert!(matches!(digits::<MerchantId>(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }
}
