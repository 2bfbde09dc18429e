//! Ids as people give them: as printed, in capitals, or as a unique beginning.

use crate::exit::Failure;
use crate::lookup::{Said, merchant_who_said, people_with};
use crate::source::Source;
use domain::{ActorKind, ApiKeyId, Coded, Id, MerchantId, PersonId, StaffId, UserId};
use std::collections::HashSet;
use store::StreamId;
use store::aggregate::{MERCHANT, id_of};
use uuid::Uuid;

/// Fewer digits of an id tell too little.
const DIGITS_MIN: usize = 4;
pub const DIGITS: usize = 32;
/// Ids named where a beginning is not unique.
const NAMED_MAX: usize = 5;
const SIREN_DIGITS: usize = 9;

/// Whose id it is, by its prefix.
const PREFIXES: &[(&str, &str)] = &[
    (MerchantId::PREFIX, "a merchant"),
    (UserId::PREFIX, "a user"),
    (StaffId::PREFIX, "a member of staff"),
    (PersonId::PREFIX, "a person of a client file"),
    (ApiKeyId::PREFIX, "an API key"),
];

/// Whether somebody is meant by their id, and not by what they said of themselves.
pub fn is_id(text: &str) -> bool {
    digits::<MerchantId>(text.trim()).is_ok() && !is_siren(&bare(text))
}

fn bare(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

fn is_siren(bare: &str) -> bool {
    bare.len() == SIREN_DIGITS && bare.bytes().all(|byte| byte.is_ascii_digit())
}

/// The merchant that is meant.
pub async fn merchant(source: &Source, text: &str) -> Result<MerchantId, Failure> {
    let text = text.trim();
    if text.contains('@') {
        return merchant_who_said(source, &Said::Email(text.to_lowercase())).await;
    }
    let bare = bare(text);
    if is_siren(&bare) && source.keyring.is_some() {
        return merchant_who_said(source, &Said::Siren(bare)).await;
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

pub fn one<I: Id>(
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
