//! What is owed and not settled yet, and which of it is next.
//!
//! Each medium is for itself, so that one that hangs holds up no other; one-time codes come before
//! everything; several are delivered at once, but of one stream only one after the other, in the
//! order of the ledger. Nothing waits for a code, for what is no code, or for somebody who is not reached
//! while others are. No step costs more because more is waiting.

use chrono::{DateTime, Utc};
use domain::messages::Medium;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use store::ledger::StreamId;
use store::{Position, Recorded};
use tokio::time::Instant;

/// Deliveries of one medium at a time.
const AT_ONCE_MAX: usize = 8;
/// Until something that failed is tried again, the first time and at most; each pause is twice the one
/// before it. A code is of use for minutes only. Who failed may have taken it: so not too often.
const RETRY: Pauses = Pauses { first: Duration::from_secs(20), most: Duration::from_secs(600) };
const RETRY_CODE: Pauses = Pauses { first: Duration::from_secs(2), most: Duration::from_secs(120) };

struct Pauses {
    first: Duration,
    most: Duration,
}

impl Pauses {
    fn after(&self, failures: u32) -> Duration {
        self.first.saturating_mul(2_u32.saturating_pow(failures)).min(self.most)
    }
}

/// An event that owes messages by a medium.
pub struct Owing {
    recorded: Recorded,
    medium: Medium,
    is_code: bool,
    /// How often it was tried.
    failures: u32,
    /// It reached somebody, and goes on alone for the others.
    is_aside: bool,
}

impl Owing {
    pub fn new(recorded: Recorded, medium: Medium, is_code: bool) -> Self {
        Self { recorded, medium, is_code, failures: 0, is_aside: false }
    }

    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    pub fn medium(&self) -> Medium {
        self.medium
    }

    fn line(&self) -> Line {
        Line {
            stream: self.recorded.stream.clone(),
            medium: self.medium,
            is_code: self.is_code,
            alone: self.is_aside.then_some(self.recorded.position),
        }
    }
}

/// How many of the messages that an event owes are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    All,
    Some,
    None,
}

/// Whose order is kept.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Line {
    stream: StreamId,
    medium: Medium,
    is_code: bool,
    alone: Option<Position>,
}

#[derive(Default)]
pub struct Unsettled {
    /// Those that wait, by line. One that is under way or waits for a retry keeps its line busy.
    lines: HashMap<Line, VecDeque<Owing>>,
    emails: Lane,
    texts: Lane,
    /// Lines whose first failed, and when it is tried again.
    retries: BTreeMap<(Instant, u64), Line>,
    retries_so_far: u64,
    /// Everything that is not settled, with the time of its event.
    all: BTreeMap<(Position, Medium), DateTime<Utc>>,
}

/// Lines of one medium whose first can go.
#[derive(Default)]
struct Lane {
    codes: VecDeque<Line>,
    others: VecDeque<Line>,
    under_way: usize,
    /// Everything of that medium that is not settled.
    unsettled: usize,
}

impl Lane {
    fn take(&mut self) -> Option<Line> {
        if self.under_way == AT_ONCE_MAX {
            return None;
        }
        let line = self.codes.pop_front().or_else(|| self.others.pop_front())?;
        self.under_way += 1;
        Some(line)
    }
}

impl Unsettled {
    /// How many messages of a medium are not settled.
    pub fn count(&self, medium: Medium) -> usize {
        match medium {
            Medium::Email => self.emails.unsettled,
            Medium::Sms => self.texts.unsettled,
        }
    }

    /// The position and the time of the oldest.
    pub fn oldest(&self) -> Option<(Position, DateTime<Utc>)> {
        self.all.first_key_value().map(|((position, _), at)| (*position, *at))
    }

    pub fn push(&mut self, owing: Owing) {
        let key = (owing.recorded.position, owing.medium);
        self.all.insert(key, owing.recorded.metadata.recorded_at);
        self.lane(owing.medium).unsettled += 1;
        let line = owing.line();
        match self.lines.get_mut(&line) {
            Some(waiting) => waiting.push_back(owing),
            None => {
                self.lines.insert(line.clone(), VecDeque::from([owing]));
                self.can_go(line);
            }
        }
    }

    /// Takes what is next, as long as there is something and not too much is under way.
    pub fn take(&mut self, now: Instant) -> Option<Owing> {
        while let Some(entry) = self.retries.first_entry()
            && entry.key().0 <= now
        {
            let line = entry.remove();
            self.can_go(line);
        }
        let line = self.texts.take().or_else(|| self.emails.take())?;
        self.lines.get_mut(&line)?.pop_front()
    }

    /// When the first of those that failed is tried again.
    pub fn next_retry(&self) -> Option<Instant> {
        self.retries.first_key_value().map(|((at, _), _)| *at)
    }

    /// Notes what came of what was under way.
    pub fn note(&mut self, owing: Owing, settled: Settled, now: Instant) {
        self.lane(owing.medium).under_way -= 1;
        match settled {
            Settled::All => self.settled(&owing),
            Settled::Some if !owing.is_aside => self.set_aside(owing, now),
            Settled::Some | Settled::None => self.try_later(owing, now),
        }
    }

    fn settled(&mut self, owing: &Owing) {
        self.lane(owing.medium).unsettled -= 1;
        self.all.remove(&(owing.recorded.position, owing.medium));
        self.next_of(owing.line());
    }

    /// Whoever is not reached holds up nobody who is.
    fn set_aside(&mut self, mut owing: Owing, now: Instant) {
        self.next_of(owing.line());
        owing.is_aside = true;
        self.try_later(owing, now);
    }

    /// It stays the first of its line.
    fn try_later(&mut self, mut owing: Owing, now: Instant) {
        let line = owing.line();
        let pauses = if owing.is_code { RETRY_CODE } else { RETRY };
        let pause = pauses.after(owing.failures);
        owing.failures = owing.failures.saturating_add(1);
        self.lines.entry(line.clone()).or_default().push_front(owing);
        self.retries_so_far += 1;
        self.retries.insert((now + pause, self.retries_so_far), line);
    }

    fn next_of(&mut self, line: Line) {
        if self.lines.get(&line).is_some_and(|waiting| !waiting.is_empty()) {
            self.can_go(line);
        } else {
            self.lines.remove(&line);
        }
    }

    fn can_go(&mut self, line: Line) {
        let lane = self.lane(line.medium);
        let lines = if line.is_code { &mut lane.codes } else { &mut lane.others };
        lines.push_back(line);
    }

    fn lane(&mut self, medium: Medium) -> &mut Lane {
        match medium {
            Medium::Email => &mut self.emails,
            Medium::Sms => &mut self.texts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Actor, Channel, CommandId, Event, EventId, user};
    use store::Revision;
    use store::record::Metadata;

    fn owing(position: u64, person: u64, medium: Medium) -> Owing {
        Owing::new(recorded(position, person), medium, medium == Medium::Sms)
    }

    fn recorded(position: u64, person: u64) -> Recorded {
        let metadata = Metadata {
            event_id: EventId::from_u128(position.into()),
            recorded_at: DateTime::UNIX_EPOCH,
            actor: Actor::System,
            on_behalf_of: None,
            channel: Channel::Terminal,
            command_id: CommandId::from_u128(position.into()),
            correlation_id: uuid::Uuid::nil(),
            causation_id: None,
        };
        Recorded {
            position: Position(position),
            stream: StreamId::new("user", person),
            revision: Revision(position),
            metadata,
            event_type: "user.signed_in",
            event: Event::User(user::Event::SignedIn),
            previous: [0; 32],
            leaf_hash: [0; 32],
        }
    }

    fn taken(unsettled: &mut Unsettled, now: Instant) -> Vec<Owing> {
        std::iter::from_fn(|| unsettled.take(now)).collect()
    }

    fn positions(taken: &[Owing]) -> Vec<u64> {
        taken.iter().map(|owing| owing.recorded.position.0).collect()
    }

    #[test]
    fn one_of_a_stream_at_a_time_and_in_order() {
        let mut unsettled = Unsettled::default();
        for position in 0..4 {
            unsettled.push(owing(position, position % 2, Medium::Email));
        }
        let now = Instant::now();
        let mut first = taken(&mut unsettled, now);
        assert_eq!(positions(&first), [0, 1]);
        unsettled.note(first.remove(1), Settled::All, now);
        assert_eq!(positions(&taken(&mut unsettled, now)), [3]);
        assert_eq!(unsettled.oldest().unwrap().0, Position(0));
        // What failed is tried again before what comes after it.
        unsettled.note(first.remove(0), Settled::None, now);
        assert!(taken(&mut unsettled, now).is_empty());
        let again = taken(&mut unsettled, now + RETRY.first).remove(0);
        assert_eq!(again.recorded.position.0, 0);
        // Each time later, but for ever.
        unsettled.note(again, Settled::None, now);
        assert!(taken(&mut unsettled, now + RETRY.first).is_empty());
        assert_eq!(positions(&taken(&mut unsettled, now + 2 * RETRY.first)), [0]);
        assert_eq!(RETRY.after(1_000), RETRY.most);
    }

    #[test]
    fn a_medium_that_hangs_holds_up_no_other_and_codes_come_first() {
        let mut unsettled = Unsettled::default();
        for position in 0..100 {
            unsettled.push(owing(position, position, Medium::Email));
        }
        let now = Instant::now();
        assert_eq!(taken(&mut unsettled, now).len(), AT_ONCE_MAX);
        unsettled.push(owing(100, 3, Medium::Sms));
        unsettled.push(owing(101, 200, Medium::Sms));
        let codes = taken(&mut unsettled, now);
        assert_eq!(positions(&codes), [100, 101]);
        for code in codes {
            unsettled.note(code, Settled::None, now);
        }
        assert_eq!(unsettled.next_retry(), Some(now + RETRY_CODE.first));
        assert_eq!(positions(&taken(&mut unsettled, now + RETRY_CODE.first)), [100, 101]);
        assert_eq!((unsettled.count(Medium::Email), unsettled.count(Medium::Sms)), (100, 2));
    }

    #[test]
    fn a_code_waits_for_nothing_that_is_no_code() {
        let mut unsettled = Unsettled::default();
        unsettled.push(Owing::new(recorded(0, 1), Medium::Sms, false));
        let now = Instant::now();
        let notice = taken(&mut unsettled, now).remove(0);
        unsettled.note(notice, Settled::None, now);
        unsettled.push(owing(1, 1, Medium::Sms));
        assert_eq!(positions(&taken(&mut unsettled, now)), [1]);
        assert_eq!(positions(&taken(&mut unsettled, now + RETRY.first)), [0]);
    }

    #[test]
    fn whoever_is_not_reached_holds_up_nobody_who_is() {
        let mut unsettled = Unsettled::default();
        for position in 0..3 {
            unsettled.push(owing(position, 1, Medium::Email));
        }
        let now = Instant::now();
        let first = taken(&mut unsettled, now).remove(0);
        unsettled.note(first, Settled::Some, now);
        let second = taken(&mut unsettled, now);
        assert_eq!(positions(&second), [1], "the order of the others stays");
        assert_eq!(unsettled.oldest().unwrap().0, Position(0), "and is not forgotten");
        let later = now + RETRY.first;
        let aside = taken(&mut unsettled, later).remove(0);
        assert_eq!(aside.recorded().position.0, 0);
        unsettled.note(aside, Settled::Some, later);
        assert!(taken(&mut unsettled, later).is_empty());
        for owing in second.into_iter().chain(taken(&mut unsettled, later + 2 * RETRY.first)) {
            unsettled.note(owing, Settled::All, later);
        }
        let last = taken(&mut unsettled, later).remove(0);
        unsettled.note(last, Settled::All, later);
        assert_eq!((unsettled.count(Medium::Email), unsettled.oldest()), (0, None));
        assert!(unsettled.lines.is_empty() && unsettled.next_retry().is_none());
    }
}
