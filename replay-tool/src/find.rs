//! One event among all, by its id.

use crate::exit::Failure;
use crate::ids::{DIGITS, digits};
use crate::source::Source;
use domain::EventId;
use store::scan::Scan;
use store::{Position, StoredRecord, record};
use uuid::Uuid;

/// The event that is meant. By its id every record is looked at, as the ledger has no order of ids.
pub async fn event(source: &Source, text: &str) -> Result<StoredRecord, Failure> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(position) = text.strip_prefix('@').and_then(|digits| digits.parse::<u64>().ok()) {
        let before = position.checked_sub(1).map(Position);
        let found = source.ledger.read_all(before, 1).await?.into_iter().next();
        return found.ok_or_else(|| Failure::NotFound(format!("there is no record at {text}")));
    }
    let digits = digits::<EventId>(&text)?;
    let mut found = vec![];
    let mut scan = Scan::new(source.ledger.as_ref(), None);
    while let Some(page) = scan.next().await? {
        for stored in page {
            let id = record::decode_checked(&stored.bytes).map(|envelope| envelope.event_id);
            if id.is_ok_and(|id| hex::encode(id).starts_with(&digits)) {
                found.push(stored);
            }
        }
    }
    match found.len() {
        0 => Err(Failure::NotFound(format!("there is no event {text}"))),
        1 => found.pop().ok_or(Failure::NotFound(text)),
        several => Err(Failure::Usage(format!("`{text}` begins the ids of {several} events"))),
    }
}

/// An id of a whole length, without its prefix.
pub fn whole(text: &str) -> Result<Uuid, Failure> {
    let digits = text.split_once('_').map_or(text, |(_, digits)| digits);
    Uuid::try_parse(&digits.to_ascii_lowercase())
        .map_err(|_| Failure::Usage(format!("`{text}` is no id of {DIGITS} hexadecimal digits")))
}
