//! The cluster engine: EventStoreDB or KurrentDB, through its gRPC client.
//!
//! A record lies on the server as one event of the stream `{ledger}.{stream}`: its id is the event
//! id, its type `{type}.v{version}`, its data the record's bytes as they are hashed, its metadata
//! the correlation and causation where the server's own tools look for them.
//!
//! The server's positions are neither dense nor known for every answer, so the engine counts: the
//! position of a record is its place among *our* records in `$all` (`order`). Pages of `$all` are
//! the truth (`follow`); the server's subscription only wakes readers up (`alarm`). Everything that
//! is known to be wrong with the client is absorbed in `connection`, `trouble` and `alarm`.

mod alarm;
mod connection;
mod follow;
mod nodelay;
mod order;
mod settings;
#[cfg(test)]
mod tests;
mod trouble;

pub use settings::{Settings, SettingsError};

use crate::ledger::{
    AppendError, Appended, ExpectedRevision, Ledger, NewRecord, Pending, Position, ReadError,
    Revision, StoredRecord, StreamId,
};
use crate::memory::{check_place, check_sizes};
use crate::record::{self, Damage};
use connection::{Connection, Page};
use eventstore::{EventData, RecordedEvent};
use order::Order;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use trouble::Trouble;

/// Events read from the server at a time.
const PAGE: usize = 512;
/// The first pause before something is tried again; it doubles up to the second one.
const PAUSE: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("EventStoreDB at {hosts} cannot be used: {reason}")]
    Unusable { hosts: String, reason: String },
    #[error(transparent)]
    Read(#[from] ReadError),
}

pub struct EventStoreLedger {
    shared: Arc<Shared>,
    alarm: JoinHandle<()>,
}

/// What the engine and its alarm have in common.
struct Shared {
    settings: Settings,
    connection: Connection,
    order: RwLock<Order>,
    /// Held by the one who reads the next page of `$all`.
    following: tokio::sync::Mutex<()>,
    wake: watch::Sender<Option<Position>>,
}

impl EventStoreLedger {
    /// Connects, checks that the server can be used, and counts what is there.
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let connection = Connection::new(settings.clone()).map_err(|reason| {
            OpenError::Unusable { hosts: settings.hosts(), reason: reason.to_string() }
        })?;
        let shared = Arc::new(Shared {
            order: RwLock::new(Order::new(settings.ledger())),
            settings,
            connection,
            following: tokio::sync::Mutex::new(()),
            wake: watch::Sender::new(None),
        });
        let version =
            shared.patiently(|| shared.connection.server_version()).await.map_err(|trouble| {
                OpenError::Unusable { hosts: shared.settings.hosts(), reason: trouble.to_string() }
            })?;
        match shared.catch_up(None).await {
            // What is sound stays readable, so that `replay` can say where it ends.
            Ok(_) | Err(ReadError::Damaged { .. } | ReadError::Corrupt(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let records = shared.order().len();
        let hosts = shared.settings.hosts();
        tracing::info!(%hosts, %version, records, "the ledger lies in EventStoreDB");
        let alarm = tokio::spawn(alarm::run(Arc::clone(&shared)));
        Ok(Self { shared, alarm })
    }
}

impl Drop for EventStoreLedger {
    fn drop(&mut self) {
        self.alarm.abort();
    }
}

impl Shared {
    fn order(&self) -> RwLockReadGuard<'_, Order> {
        self.order.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn order_mut(&self) -> RwLockWriteGuard<'_, Order> {
        self.order.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks again until there is an answer or patience ends. Only for what may be asked twice.
    async fn patiently<T, A>(&self, ask: impl Fn() -> A) -> Result<T, Trouble>
    where
        A: Future<Output = Result<T, Trouble>>,
    {
        let mut waiting = Waiting::new(self.settings.patience());
        loop {
            match ask().await {
                Err(trouble) if trouble.may_pass() => {
                    if !waiting.pause().await {
                        return Err(trouble);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    async fn append(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        records: &[NewRecord],
    ) -> Result<Appended, AppendError> {
        check_sizes(records)?;
        // What nobody could read again is not written.
        self.order().cursor().map_err(|damaged| AppendError::Corrupt(damaged.to_string()))?;
        let bytes = records.iter().map(|record| record.bytes.len()).sum();
        let count = records.len() as u64;
        let last = count.checked_sub(1).ok_or(AppendError::TooLarge { bytes: 0 })?;
        let events = records.iter().map(event_data).collect::<Result<Vec<_>, _>>()?;
        let name = self.settings.name_on_server(stream);
        let mut waiting = Waiting::new(self.settings.patience());
        let written = loop {
            match self.connection.append(&name, expected, events.clone()).await {
                Ok(written) => break written,
                // It certainly did not happen: whoever may take it is asked again.
                Err(Trouble::NotSent(_) | Trouble::NotLeader) if waiting.pause().await => {}
                Err(trouble) => return Err(trouble.of_append(expected, bytes)),
            }
        };
        // From here on it has happened: whatever goes wrong now is no "no".
        let unknown = |reason: String| AppendError::Indeterminate(reason);
        let revision = Revision(expected.first().0 + last);
        if written != revision {
            return Err(unknown(format!("the server wrote {written} instead of {revision}")));
        }
        let position = self.reach(stream, revision).await;
        let position = position.map_err(|error| unknown(format!("it is taken, but {error}")))?;
        Ok(Appended { position, revision })
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, ReadError> {
        match self.read_stream_once(stream, from, limit).await {
            Err(ReadError::Damaged { .. } | ReadError::Corrupt(_)) => {
                self.look_again().await?;
                self.read_stream_once(stream, from, limit).await
            }
            outcome => outcome,
        }
    }

    async fn read_stream_once(
        &self,
        stream: &StreamId,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, ReadError> {
        let known = self.order().revisions(stream);
        let name = self.settings.name_on_server(stream);
        let mut records: Vec<StoredRecord> = vec![];
        while records.len() < limit {
            let next = Revision(from.0 + records.len() as u64);
            let count = (limit - records.len()).min(PAGE);
            let page =
                match self.patiently(|| self.connection.page_of_stream(&name, next, count)).await {
                    Ok(page) => page,
                    Err(Trouble::Missing) if known > 0 => {
                        return Err(self.lost(stream, Revision(0)));
                    }
                    Err(Trouble::Missing) => Page { is_whole: true, ..Page::default() },
                    Err(Trouble::Deleted) => return Err(self.lost(stream, Revision(0))),
                    Err(trouble) => return Err(trouble.into()),
                };
            self.place(stream, next, &page.events, &mut records).await?;
            if page.is_whole && page.events.len() < count {
                break;
            }
        }
        let end = from.0 + records.len() as u64;
        if records.len() < limit && end < known {
            return Err(self.lost(stream, Revision(end)));
        }
        Ok(records)
    }

    /// Checks a page of a stream and finds the position of each of its records.
    async fn place(
        &self,
        stream: &StreamId,
        from: Revision,
        page: &[RecordedEvent],
        records: &mut Vec<StoredRecord>,
    ) -> Result<(), ReadError> {
        for (event, expected) in page.iter().zip(from.0..) {
            let revision = Revision(expected);
            if event.revision != expected {
                return Err(self.lost(stream, revision));
            }
            let position = self.reach(stream, revision).await?;
            let bytes = event.data.clone();
            let stored = StoredRecord { position, stream: stream.clone(), revision, bytes };
            check_place(&stored)?;
            records.push(stored);
        }
        Ok(())
    }

    /// A record that was there and is not any more.
    fn lost(&self, stream: &StreamId, revision: Revision) -> ReadError {
        let order = self.order();
        let position = order.position(stream, revision).or(order.head()).unwrap_or(Position(0));
        let reason = format!("{revision} of {stream} is not on the server any more");
        ReadError::Damaged { position, reason }
    }

    async fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, ReadError> {
        let start = after.map_or(0, |after| after.0 + 1);
        let (wanted, in_memory) = {
            let order = self.order();
            let wanted = order.len().saturating_sub(start).min(limit as u64);
            if wanted == 0 && limit > 0 {
                order.cursor()?;
            }
            (wanted as usize, order.tail(start, wanted as usize))
        };
        let records = match in_memory {
            Some(records) => records,
            None => match self.read_from_server(start, wanted).await {
                Err(ReadError::Damaged { .. } | ReadError::Corrupt(_)) => {
                    self.look_again().await?;
                    self.read_from_server(start, wanted).await?
                }
                outcome => outcome?,
            },
        };
        records.iter().try_for_each(check_place)?;
        Ok(records)
    }

    /// `wanted` records from position `start` on, which are known to be there.
    async fn read_from_server(
        &self,
        start: u64,
        wanted: usize,
    ) -> Result<Vec<StoredRecord>, ReadError> {
        let damaged = |position, reason: &str| ReadError::Damaged {
            position: Position(position),
            reason: reason.to_owned(),
        };
        let Some((mut counter, place)) = self.order().mark_before(start) else { return Ok(vec![]) };
        let mut from = place;
        let mut is_marked = true;
        let mut records = Vec::with_capacity(wanted);
        loop {
            let page = self.patiently(|| self.connection.page_of_all(Some(from), PAGE)).await?;
            let before = from;
            for event in page.events {
                let at = order::place_of(&event);
                // Each page but the first begins with the last event of the one before.
                if at == before && !is_marked {
                    continue;
                }
                (from, is_marked) = (at, false);
                let Some(stream) = self.order().our_stream(&event) else { continue };
                let (position, revision) = (Position(counter), Revision(event.revision));
                if self.order().position(&stream, revision) != Some(position) {
                    return Err(damaged(counter, "another record lies there than before"));
                }
                counter += 1;
                if position.0 >= start {
                    records.push(StoredRecord { position, stream, revision, bytes: event.data });
                }
                // What lies behind may not have been counted yet.
                if records.len() == wanted {
                    return Ok(records);
                }
            }
            if from == before && (page.is_whole || is_marked) {
                return Err(damaged(counter, "it is not on the server any more"));
            }
        }
    }
}

/// Pauses that grow, until patience ends.
struct Waiting {
    until: Instant,
    pause: Duration,
}

impl Waiting {
    fn new(patience: Duration) -> Self {
        Self { until: Instant::now() + patience, pause: PAUSE }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// False when there is no time left.
    async fn pause(&mut self) -> bool {
        if Instant::now() + self.pause >= self.until {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        true
    }
}

/// The event as which a record lies on the server.
fn event_data(new: &NewRecord) -> Result<EventData, AppendError> {
    let corrupt = |damage: Damage| AppendError::Corrupt(damage.to_string());
    let envelope = record::decode(&new.bytes).map_err(corrupt)?;
    let name = format!("{}.v{}", envelope.event_type, envelope.event_version);
    let uuid = |bytes| uuid::Uuid::from_bytes(bytes).to_string();
    let metadata = serde_json::json!({
        "$correlationId": uuid(envelope.correlation_id),
        "$causationId": uuid(envelope.causation_id.unwrap_or(envelope.command_id)),
    });
    EventData::binary(name, new.bytes.clone())
        .id(new.event_id)
        .metadata_as_json(&metadata)
        .map_err(|error| AppendError::Corrupt(error.to_string()))
}

impl Ledger for EventStoreLedger {
    fn append<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
    ) -> Pending<'a, Result<Appended, AppendError>> {
        Box::pin(self.shared.append(stream, expected, records))
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamId,
        from: Revision,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StoredRecord>, ReadError>> {
        Box::pin(self.shared.read_stream(stream, from, limit))
    }

    fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredRecord>, ReadError>> {
        Box::pin(self.shared.read_all(after, limit))
    }

    fn head(&self) -> Pending<'_, Result<Option<Position>, ReadError>> {
        Box::pin(async move {
            match self.shared.catch_up(Some(self.shared.settings.patience())).await {
                Ok(true) | Err(ReadError::Damaged { .. } | ReadError::Corrupt(_)) => {
                    Ok(self.shared.order().head())
                }
                Ok(false) => Err(ReadError::Unavailable("it grows faster than we count".into())),
                Err(error) => Err(error),
            }
        })
    }

    fn wake(&self) -> watch::Receiver<Option<Position>> {
        self.shared.wake.subscribe()
    }

    fn engine(&self) -> &'static str {
        "eventstoredb"
    }
}
