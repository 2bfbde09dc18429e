//! Through the whole order, past whatever is damaged in it, and then through each stream.

use super::{Beside, Part, Report};
use crate::aggregate::{STAFF, USER, id_of};
use crate::documents::{Blobs, blob_of};
use crate::ends::{End, compared};
use crate::ledger::{Ledger, Position, ReadError, Revision, StoredRecord, StreamId};
use crate::record::Envelope;
use crate::recorded::{self, Keys, Recorded};
use crate::scan::Scan;
use crate::subjects::{Fate, fate_of};
use domain::{Event, Id, LinkId, StaffId, SubjectId, UserId, staff, user};
use futures::{StreamExt, stream};
use std::collections::HashMap;
use std::time::Instant;
use uuid::Uuid;

/// Records of one stream read at a time.
const PAGE: usize = 1_024;
/// Documents read side by side.
const AT_A_TIME: usize = 8;
/// Streams looked at in one piece.
const AT_ONCE: usize = 256;

/// An event's document, and its hash where the event tells it.
type Told = (Position, Uuid, Option<[u8; 32]>);

#[derive(Default)]
pub(super) struct Walk {
    pub report: Report,
    pub tails: HashMap<StreamId, Tail>,
    /// Those for whom something is sealed and whom no event has forgotten, with the first event that does.
    pub subjects: HashMap<Uuid, Position>,
    /// Which password of each user and member of staff counts, as far as that follows from one event, and
    /// which event says so.
    pub passwords: HashMap<SubjectId, (LinkId, Position)>,
    /// Whether any event speaks of one.
    pub has_documents: bool,
    /// Up to where the whole order was looked at.
    pub reached: Option<Position>,
    /// After each piece, so many times as long as it took.
    pub rests: u32,
    /// Records that could not be read: of which stream they are nobody knows.
    pub unread: Vec<Position>,
}

/// What is known of a stream so far.
pub(super) struct Tail {
    end: End,
    recorded_at: i64,
}

/// How far the walk through the whole order has come.
struct Reach<'a> {
    ledger: &'a dyn Ledger,
    scan: Scan<'a>,
    after: Option<Position>,
    head: Option<Position>,
}

/// Whose password an event sets, and which; none where it may not count any more.
fn password_of(recorded: &Recorded) -> Option<(SubjectId, Option<LinkId>)> {
    let event = &recorded.event;
    if let Event::User(
        user::Event::Registered { credential, .. } | user::Event::PasswordChanged { credential },
    ) = event
    {
        return Some((id_of::<UserId>(&recorded.stream, USER)?.into(), Some(*credential)));
    }
    // Of several who registered with an address nobody knows whose it is.
    if let Event::User(user::Event::RegistrationRepeated { .. }) = event {
        return Some((id_of::<UserId>(&recorded.stream, USER)?.into(), None));
    }
    if let Event::Staff(staff::Event::Joined { credential }) = event {
        return Some((id_of::<StaffId>(&recorded.stream, STAFF)?.into(), Some(*credential)));
    }
    None
}

impl Walk {
    /// Every record that can be reached, behind those that were reached before.
    pub async fn everything(
        &mut self,
        ledger: &dyn Ledger,
        beside: Beside<'_>,
        progress: &impl Fn(u64),
    ) -> Result<(), ReadError> {
        let head = match ledger.head().await {
            Ok(head) => head,
            Err(error) => return self.report.note_read(Part::Ledger, error),
        };
        let mut began = Instant::now();
        let after = self.reached;
        let mut reach = Reach { ledger, scan: Scan::new(ledger, after), after, head };
        while let Some(page) = self.next(&mut reach).await? {
            let mut documents = vec![];
            for stored in &page {
                match self.record(stored, beside) {
                    Ok(recorded) => {
                        let told = blob_of(&recorded.event);
                        documents.extend(told.map(|(blob, told)| (stored.position, blob, told)));
                    }
                    Err(error) => self.report.note_read(Part::Record, error)?,
                }
            }
            self.has_documents |= !documents.is_empty();
            if let Some(blobs) = beside.blobs {
                self.documents(documents, blobs).await;
            }
            progress(page.len() as u64);
            began = self.rest(began).await;
        }
        self.reached = reach.after;
        self.report.streams = self.tails.len() as u64;
        Ok(())
    }

    async fn rest(&self, began: Instant) -> Instant {
        if self.rests > 0 {
            tokio::time::sleep(began.elapsed() * self.rests).await;
        }
        Instant::now()
    }

    /// The next records that can be read, one by one where some cannot; `None` after the last.
    async fn next(
        &mut self,
        reach: &mut Reach<'_>,
    ) -> Result<Option<Vec<StoredRecord>>, ReadError> {
        let mut is_one_by_one = false;
        while reach.after < reach.head {
            let expected = reach.after.map_or(Position(0), |after| Position(after.0 + 1));
            match reach.scan.next().await {
                Ok(Some(page)) => {
                    reach.after = page.last().map(|last| last.position);
                    if is_one_by_one {
                        reach.scan = Scan::new(reach.ledger, reach.after);
                    }
                    return Ok(Some(page));
                }
                Ok(None) => {
                    self.unread(expected, "it and all behind it are missing");
                    reach.after = reach.head;
                }
                Err(error) if error.is_damage() && !is_one_by_one => {
                    is_one_by_one = true;
                    reach.scan = Scan::in_pages(reach.ledger, reach.after, 1);
                }
                Err(ReadError::Damaged { reason, .. } | ReadError::Corrupt(reason)) => {
                    self.unread(expected, &reason);
                    reach.after = Some(expected);
                    reach.scan = Scan::in_pages(reach.ledger, reach.after, 1);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn unread(&mut self, position: Position, reason: &str) {
        self.report.note(Part::Record, Some(position), reason);
        self.unread.push(position);
    }

    fn record(&mut self, stored: &StoredRecord, beside: Beside<'_>) -> Result<Recorded, ReadError> {
        let envelope = recorded::envelope_of(stored)?;
        self.chain(stored, &envelope)?;
        let keys = beside.vault.map_or(Keys::None, |vault| Keys::Of(vault));
        let recorded = recorded::of(&envelope, stored, keys)?;
        for set in &envelope.sealed {
            self.subjects.entry(Uuid::from_bytes(set.subject)).or_insert(stored.position);
        }
        if let Some(Fate::Forgotten(subject)) = fate_of(&recorded) {
            self.subjects.remove(&subject.uuid());
            self.passwords.remove(&subject);
        }
        match password_of(&recorded) {
            Some((subject, Some(password))) => {
                self.passwords.insert(subject, (password, stored.position));
            }
            Some((subject, None)) => drop(self.passwords.remove(&subject)),
            None => {}
        }
        self.count(&recorded);
        Ok(recorded)
    }

    /// Whether it continues its stream, as far as that could be read.
    fn chain(&mut self, stored: &StoredRecord, envelope: &Envelope<'_>) -> Result<(), ReadError> {
        let end = End::of_record(stored);
        let new = Tail { end, recorded_at: envelope.recorded_at };
        let tail = self.tails.insert(stored.stream.clone(), new);
        let (next, previous, since, from) = tail.map_or((0, [0; 32], i64::MIN, None), |tail| {
            let Tail { end, recorded_at } = tail;
            (end.revision.0 + 1, end.leaf_hash, recorded_at, Some(end.position))
        });
        let unread = self.unread.iter().rev().take_while(|unread| Some(**unread) > from).count();
        let lacks = envelope.revision.checked_sub(next);
        let reason = if lacks.is_some_and(|lacks| (1..=unread as u64).contains(&lacks)) {
            return Ok(());
        } else if lacks != Some(0) {
            "a revision of its stream is missing before it"
        } else if envelope.previous != previous {
            "it does not follow the record that precedes it in its stream"
        } else if envelope.recorded_at < since {
            "it is older than the record that precedes it in its stream"
        } else {
            return Ok(());
        };
        Err(ReadError::Damaged { position: stored.position, reason: reason.to_owned() })
    }

    fn count(&mut self, recorded: &Recorded) {
        self.report.records += 1;
        *self.report.types.entry(recorded.event_type.to_owned()).or_default() += 1;
        let at = recorded.metadata.recorded_at;
        self.report.first_recorded_at.get_or_insert(at);
        self.report.last_recorded_at = Some(at);
    }

    /// Whether each document lies there as its event tells.
    async fn documents(&mut self, documents: Vec<Told>, blobs: &Blobs) {
        let look = |(position, blob, told)| async move {
            let reason = match (blobs.sha256(blob).await, told) {
                (Ok(None), _) => "it is missing".to_owned(),
                (Ok(Some(there)), Some(told)) if there != told => {
                    "it is not the one recorded".to_owned()
                }
                (Ok(Some(_)), _) => return None,
                (Err(error), _) => format!("it cannot be read: {error}"),
            };
            Some((position, reason))
        };
        let mut looked = stream::iter(documents).map(look).buffered(AT_A_TIME);
        while let Some(found) = looked.next().await {
            match found {
                Some((position, reason)) => {
                    self.report.note(Part::Document, Some(position), reason);
                }
                None => self.report.documents += 1,
            }
        }
    }

    /// Every stream, as whoever reads it by itself finds it.
    pub async fn streams(&mut self, ledger: &dyn Ledger) -> Result<(), ReadError> {
        let mut found = vec![];
        let mut began = Instant::now();
        for (number, (stream, tail)) in self.tails.iter().enumerate() {
            if number % AT_ONCE == 0 {
                began = self.rest(began).await;
            }
            let mut from = Revision(0);
            while from <= tail.end.revision {
                let page = ledger.read_stream(stream, from, PAGE).await;
                match page.and_then(|page| compared(page, from, PAGE, Some(tail.end))) {
                    Ok(page) => from = Revision(from.0 + page.len() as u64),
                    Err(error) => {
                        found.push(error);
                        break;
                    }
                }
            }
        }
        found.into_iter().try_for_each(|error| self.report.note_read(Part::Stream, error))
    }
}
