//! Writers that append one event after the other, all at the same time, and how long that took.

use anyhow::Result;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What an event holds: about as much as one of ours with its envelope.
pub const EVENT: &[u8] = &[7; 500];

const EVENTS_PER_STREAM: usize = 20;

/// Distinct within this process, whichever writer takes it.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// One connection and the stream it writes to.
pub trait Writer: Send + 'static {
    /// Appends one event and returns once the server says that it is durable.
    fn append(&mut self) -> impl Future<Output = Result<()>> + Send;
}

pub struct Figures {
    /// Appends per second.
    pub rate: f64,
    /// In milliseconds, as is the 99th percentile.
    pub median: f64,
    pub p99: f64,
}

impl Figures {
    pub fn of(mut times: Vec<Duration>, elapsed: Duration) -> Self {
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
        Self { rate: times.len() as f64 / elapsed.as_secs_f64(), median: at(50), p99: at(99) }
    }
}

pub async fn measure<W: Writer>(mut writers: Vec<W>, seconds: u64) -> Result<Figures> {
    for writer in &mut writers {
        writer.append().await?;
    }
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let tasks: Vec<_> =
        writers.into_iter().map(|writer| tokio::spawn(append_until(writer, until))).collect();
    let mut times = vec![];
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(Figures::of(times, started.elapsed()))
}

async fn append_until<W: Writer>(mut writer: W, until: Instant) -> Result<Vec<Duration>> {
    let mut times = vec![];
    while Instant::now() < until {
        let asked = Instant::now();
        writer.append().await?;
        times.push(asked.elapsed());
    }
    Ok(times)
}

/// A stream to which one writer alone appends.
pub struct Stream {
    pub name: String,
    pub events: usize,
}

impl Stream {
    /// Of a name that no other process on this machine uses meanwhile.
    pub fn fresh() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("merchant-{:08}-{number:010}", std::process::id()), events: 0 }
    }

    pub fn is_full(&self) -> bool {
        self.events == EVENTS_PER_STREAM
    }
}

pub fn event_id() -> Uuid {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u64_pair(std::process::id().into(), number)
}
