//! The audit trail across merchants: who did what, where and when. Positions only; what happened
//! there is read from the ledger.

use super::positions::Positions;
use chrono::{DateTime, Utc};
use domain::{Actor, Id};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use store::aggregate::LOOKS;
use store::{Position, ReadError, Reader, Recorded, Revision, StreamId};
use uuid::Uuid;

/// Records whose times are remembered together.
const SPAN: u64 = 1_024;

/// What to look for; everything that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub actor: Option<Uuid>,
    /// A type or the start of one.
    pub event_type: Option<String>,
    pub from: Option<DateTime<Utc>>,
    /// Exclusive.
    pub until: Option<DateTime<Utc>>,
    /// Whether looks are left out: by their times, what follows them names who looked.
    pub is_without_looks: bool,
}

impl Filter {
    pub fn admits(&self, recorded: &Recorded) -> bool {
        let (at, actor) = (recorded.metadata.recorded_at, recorded.metadata.actor);
        self.actor.is_none_or(|wanted| actor_id(actor) == Some(wanted))
            && self.event_type.as_ref().is_none_or(|start| recorded.event_type.starts_with(start))
            && !(self.is_without_looks && recorded.stream.category() == LOOKS)
            && self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
    }
}

/// What the trail keeps of records that follow each other.
#[derive(Default, Serialize, Deserialize)]
pub struct Traces {
    first: u64,
    types: Vec<String>,
    actors: Vec<Uuid>,
    /// Of each record: its type, its actor counted from one, and its time in microseconds.
    records: Vec<(u32, u32, i64)>,
    #[serde(skip)]
    numbers: HashMap<Uuid, u32>,
}

impl Traces {
    pub fn push(&mut self, recorded: &Recorded) {
        if self.records.is_empty() {
            self.first = recorded.position.0;
        }
        let metadata = &recorded.metadata;
        self.add(recorded.event_type, actor_id(metadata.actor), metadata.recorded_at);
    }

    fn add(&mut self, event_type: &str, actor: Option<Uuid>, at: DateTime<Utc>) {
        let known = self.types.iter().position(|known| known == event_type);
        let number = known.unwrap_or_else(|| {
            self.types.push(event_type.to_owned());
            self.types.len() - 1
        });
        let actor = actor.map_or(0, |actor| {
            *self.numbers.entry(actor).or_insert_with(|| {
                self.actors.push(actor);
                self.actors.len() as u32
            })
        });
        self.records.push((number as u32, actor, at.timestamp_micros()));
    }

    fn iter(&self) -> impl Iterator<Item = (u64, &'static str, Option<Uuid>, DateTime<Utc>)> {
        // A type that is not known any more cannot be looked for either.
        let types: Vec<_> = self.types.iter().map(|name| store::codec::type_named(name)).collect();
        (self.first..).zip(&self.records).filter_map(move |(position, (event_type, actor, at))| {
            let event_type = (*types.get(*event_type as usize)?)?;
            let actor = actor.checked_sub(1).and_then(|index| self.actors.get(index as usize));
            let at = DateTime::from_timestamp_micros(*at)?;
            Some((position, event_type, actor.copied(), at))
        })
    }
}

#[derive(Default)]
pub struct AuditTrail {
    index: RwLock<Index>,
}

/// Where an actor, a type and a time are found.
#[derive(Debug, Default, PartialEq)]
struct Index {
    records: u64,
    /// The position after the last.
    end: u64,
    by_actor: HashMap<Uuid, Positions>,
    by_type: HashMap<&'static str, Positions>,
    /// The first and the last time of each span of records: clocks may be turned back.
    times: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    latest: Option<DateTime<Utc>>,
}

impl AuditTrail {
    pub fn apply(&self, recorded: &Recorded) {
        let (at, actor) = (recorded.metadata.recorded_at, recorded.metadata.actor);
        self.write().add(recorded.position.0, recorded.event_type, actor_id(actor), at);
    }

    pub fn restore(&self, traces: &Traces) {
        let mut index = self.write();
        for (position, event_type, actor, at) in traces.iter() {
            index.add(position, event_type, actor, at);
        }
    }

    /// Up to `limit` positions before `before` (exclusive), the last first, among which are all that
    /// a filter admits there. Whether it admits one of them, its record says.
    pub fn candidates(&self, filter: &Filter, before: Option<u64>, limit: usize) -> Vec<u64> {
        let index = self.read();
        let (first, end) = index.span_of(filter, before.map_or(index.end, |b| b.min(index.end)));
        index.newest(filter, end).take_while(|position| *position >= first).take(limit).collect()
    }

    /// The latest time of a record, which need not be the last one's.
    pub fn latest(&self) -> Option<DateTime<Utc>> {
        self.read().latest
    }

    /// How many records have left a trace.
    pub fn records(&self) -> u64 {
        self.read().records
    }

    pub fn actors(&self) -> Vec<Uuid> {
        self.read().by_actor.keys().copied().collect()
    }

    /// Whether two trails find the same of some actors.
    pub fn is_same_of(&self, actors: &[Uuid], other: &Self) -> bool {
        let (ours, theirs) = (self.read(), other.read());
        actors.iter().all(|actor| ours.by_actor.get(actor) == theirs.by_actor.get(actor))
    }

    /// Whether two trails find the same by type and time, and know as many actors.
    pub fn is_as_large_as(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.read(), other.read());
        ours.records == theirs.records
            && ours.by_actor.len() == theirs.by_actor.len()
            && ours.by_type == theirs.by_type
            && ours.times == theirs.times
    }

    /// Whether two trails find the same.
    pub fn is_same(&self, other: &Self) -> bool {
        *self.read() == *other.read()
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn add(
        &mut self,
        position: u64,
        event_type: &'static str,
        actor: Option<Uuid>,
        at: DateTime<Utc>,
    ) {
        self.records += 1;
        self.end = position + 1;
        self.latest = self.latest.max(Some(at));
        if let Some(actor) = actor {
            self.by_actor.entry(actor).or_default().push(position);
        }
        self.by_type.entry(event_type).or_default().push(position);
        match self.times.last_mut() {
            Some((from, to)) if !position.is_multiple_of(SPAN) => {
                (*from, *to) = ((*from).min(at), (*to).max(at));
            }
            Some(_) | None => self.times.push((at, at)),
        }
    }

    /// Between which positions a time can lie.
    fn span_of(&self, filter: &Filter, before: u64) -> (u64, u64) {
        let is_before = |(from, _): &(DateTime<Utc>, DateTime<Utc>)| {
            filter.until.is_none_or(|until| *from < until)
        };
        let is_after =
            |(_, to): &(DateTime<Utc>, DateTime<Utc>)| filter.from.is_none_or(|from| *to >= from);
        let first = match filter.from {
            Some(_) => self.times.iter().position(is_after).unwrap_or(self.times.len()),
            None => 0,
        };
        let end = match filter.until {
            Some(_) => self.times.iter().rposition(is_before).map_or(0, |last| last + 1),
            None => self.times.len(),
        };
        (first as u64 * SPAN, before.min(end as u64 * SPAN))
    }

    fn newest<'a>(&'a self, filter: &'a Filter, end: u64) -> Box<dyn Iterator<Item = u64> + 'a> {
        let of_type = |start: &'a str| {
            let is_such = move |(known, _): &(&&str, &Positions)| known.starts_with(start);
            self.by_type.iter().filter(is_such).map(|(_, found)| found)
        };
        match (filter.actor, filter.event_type.as_deref()) {
            (None, None) => Box::new((0..end).rev()),
            (Some(actor), None) => self.by(actor, end),
            (Some(actor), Some(start)) => {
                Box::new(self.by(actor, end).filter(move |position| {
                    of_type(start).any(|of_type| of_type.contains(*position))
                }))
            }
            (None, Some(start)) => {
                let mut types: Vec<_> = of_type(start)
                    .map(|found| {
                        let mut found = found.before(end);
                        (found.next(), found)
                    })
                    .collect();
                Box::new(std::iter::from_fn(move || {
                    let (next, rest) = types.iter_mut().max_by_key(|(next, _)| *next)?;
                    std::mem::replace(next, rest.next())
                }))
            }
        }
    }

    fn by(&self, actor: Uuid, end: u64) -> Box<dyn Iterator<Item = u64> + '_> {
        match self.by_actor.get(&actor) {
            Some(found) => found.before(end),
            None => Box::new(std::iter::empty()),
        }
    }
}

/// Up to `limit` records before `before` (exclusive) that a filter admits, the newest first, and
/// whether there are more. Reads about as many records as it finds, unless a time is asked for and a
/// clock was once turned far: then those behind that, too.
pub async fn search(
    reader: Reader<'_>,
    trail: &AuditTrail,
    filter: &Filter,
    mut before: Option<u64>,
    limit: usize,
) -> Result<(Vec<Recorded>, bool), ReadError> {
    let mut found = vec![];
    loop {
        let candidates = trail.candidates(filter, before, limit + 1);
        for position in &candidates {
            let recorded = reader.at(Position(*position)).await?;
            found.extend(recorded.filter(|recorded| filter.admits(recorded)));
            if found.len() > limit {
                found.truncate(limit);
                return Ok((found, true));
            }
        }
        if candidates.len() <= limit {
            return Ok((found, false));
        }
        before = candidates.last().copied();
    }
}

/// The same in one stream, whose last revision is `last`.
pub async fn search_stream(
    reader: Reader<'_>,
    stream: StreamId,
    last: Revision,
    filter: &Filter,
    before: Option<u64>,
    limit: usize,
) -> Result<(Vec<Recorded>, bool), ReadError> {
    let mut found = vec![];
    let mut newest = reader.newest_of(stream, last);
    while let Some(page) = newest.next().await? {
        for recorded in page {
            let is_before = before.is_none_or(|before| recorded.position.0 < before);
            found.extend(Some(recorded).filter(|recorded| is_before && filter.admits(recorded)));
            if found.len() > limit {
                found.truncate(limit);
                return Ok((found, true));
            }
        }
    }
    Ok((found, false))
}

/// Who it was, unless it was nobody in particular.
pub fn actor_id(actor: Actor) -> Option<Uuid> {
    match actor {
        Actor::User(id) => Some(id.uuid()),
        Actor::Signer(id) => Some(id.uuid()),
        Actor::Staff(id) => Some(id.uuid()),
        Actor::ApiKey(id) => Some(id.uuid()),
        Actor::Visitor | Actor::System | Actor::Provider | Actor::Undisclosed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + minute * 60, 0).unwrap()
    }

    fn trail() -> AuditTrail {
        let trail = AuditTrail::default();
        let types = ["review.case_taken", "review.note_added", "user.signed_in"];
        let mut traces = Traces::default();
        for number in 0..5_000 {
            let actor = Uuid::from_u128(number as u128 % 7);
            traces.add(types[number % 3], Some(actor), at(number as i64));
        }
        trail.restore(&traces);
        trail
    }

    #[test]
    fn the_newest_are_found_by_actor_by_type_and_by_both() {
        let trail = trail();
        let find = |filter: &Filter, before, limit| trail.candidates(filter, before, limit);
        let all = Filter::default();
        assert_eq!(find(&all, None, 3), [4_999, 4_998, 4_997]);
        assert_eq!(find(&all, Some(2), 3), [1, 0]);
        assert_eq!(find(&all, Some(u64::MAX), 2), [4_999, 4_998], "nothing that is not there");
        let actor = Filter { actor: Some(Uuid::from_u128(3)), ..Filter::default() };
        assert_eq!(find(&actor, Some(20), 9), [17, 10, 3]);
        let room = Filter { event_type: Some("review.".to_owned()), ..Filter::default() };
        assert_eq!(find(&room, Some(8), 9), [7, 6, 4, 3, 1, 0]);
        let both = Filter { event_type: Some("user.".to_owned()), ..actor };
        assert_eq!(find(&both, Some(60), 9), [59, 38, 17]);
        let nobody = Filter { actor: Some(Uuid::from_u128(9)), ..Filter::default() };
        assert!(find(&nobody, None, 9).is_empty());
        let no_type = Filter { event_type: Some("zzz".to_owned()), ..Filter::default() };
        assert!(find(&no_type, None, 9).is_empty());
    }

    #[test]
    fn a_time_leaves_only_the_records_around_it() {
        let trail = trail();
        let filter = Filter { from: Some(at(2_000)), until: Some(at(2_010)), ..Filter::default() };
        let found = trail.candidates(&filter, None, usize::MAX);
        assert!((2_000..2_010).all(|position| found.contains(&position)));
        assert!(found.len() as u64 <= 2 * SPAN, "{}", found.len());
        let later = Filter { from: Some(at(9_000)), ..Filter::default() };
        assert!(trail.candidates(&later, None, 9).is_empty());
        let earlier = Filter { until: Some(at(-1)), ..Filter::default() };
        assert!(trail.candidates(&earlier, None, 9).is_empty());
    }
}
