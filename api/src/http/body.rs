//! What a request carries: bounded in bytes and in time, so that nobody holds a place by sending
//! slowly or not at all.

use super::problem::{Kind, Problem};
use axum::body::{Body, BodyDataStream, Bytes};
use futures::{StreamExt, stream};
use http_body_util::{LengthLimitError, Limited};
use std::error::Error;
use std::time::Duration;
use store::follower::stopped;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// What has to arrive in each second after the first patience is over.
const BYTES_PER_SECOND: usize = 64 * 1024;

/// After so much of a body, the next piece is not there at once. Whoever reads a form takes everything
/// that is there before looking at any of it: ten megabytes, for whose copies everybody would wait.
const TURN_BYTES: usize = 128 * 1024;

/// For the next piece of a body while everything stops.
const LAST_PATIENCE: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
#[error("the body did not come in time")]
struct TooSlow;

/// What has to come of a body, and how fast.
#[derive(Clone)]
pub struct Bounds {
    pub bytes_max: usize,
    /// For the whole, and a third of it for the next piece.
    pub patience: Duration,
    /// Once everything stops, there is little left.
    pub stopping: watch::Receiver<bool>,
}

/// How far a body has come. Its time begins when somebody begins to read it.
struct Reading {
    data: BodyDataStream,
    bounds: Bounds,
    began: Option<Instant>,
    read: usize,
    read_in_turn: usize,
}

/// The same body, which fails when it is too long, when nothing came for a third of the patience, and
/// when it comes more slowly than 64 KiB a second after that.
pub fn bounded(body: Body, bounds: Bounds) -> Body {
    let data = Body::new(Limited::new(body, bounds.bytes_max)).into_data_stream();
    let reading = Reading { data, bounds, began: None, read: 0, read_in_turn: 0 };
    Body::from_stream(stream::try_unfold(reading, async |mut reading| {
        let piece = reading.next().await?;
        Ok::<_, axum::Error>(piece.map(|piece| (piece, reading)))
    }))
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, axum::Error> {
        if self.read_in_turn >= TURN_BYTES {
            self.read_in_turn = 0;
            tokio::task::yield_now().await;
        }
        let now = Instant::now();
        let began = *self.began.get_or_insert(now);
        let earned = Duration::from_secs((self.read / BYTES_PER_SECOND) as u64);
        let left = (began + self.bounds.patience + earned).saturating_duration_since(now);
        let next = timeout(left.min(self.bounds.patience / 3), self.data.next());
        let piece = tokio::select! {
            piece = next => piece,
            () = long_stopped(&mut self.bounds.stopping) => return Err(axum::Error::new(TooSlow)),
        };
        let piece = piece.map_err(|_| axum::Error::new(TooSlow))?.transpose()?;
        let length = piece.as_ref().map_or(0, Bytes::len);
        self.read += length;
        self.read_in_turn += length;
        Ok(piece)
    }
}

async fn long_stopped(stopping: &mut watch::Receiver<bool>) {
    stopped(stopping).await;
    tokio::time::sleep(LAST_PATIENCE).await;
}

/// What somebody sends, which says how much of it is too much.
#[derive(Clone, Copy, Debug)]
pub enum What {
    Request,
    Document,
}

/// Why a body could not be read, from whatever lies around the cause.
pub fn problem(error: &(dyn Error + 'static), what: What) -> Problem {
    let mut next = Some(error);
    while let Some(cause) = next {
        next = cause.source();
        if cause.is::<TooSlow>() {
            return Problem::of(Kind::RequestTimeout);
        }
        if cause.is::<LengthLimitError>() {
            let (english, french) = match what {
                What::Request => {
                    ("A request has at most 256 KB.", "Une requête pèse au plus 256 Ko.")
                }
                What::Document => {
                    ("A document has at most 10 MB.", "Un document pèse au plus 10 Mo.")
                }
            };
            return Problem::saying(Kind::TooLarge, english, french);
        }
    }
    Problem::malformed(
        "The request is cut off or malformed; send it again.",
        "La requête est tronquée ou mal formée ; renvoyez-la.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// A body of so many pieces, one every so often.
    fn slow(pieces: usize, length: usize, every: Duration) -> Body {
        Body::from_stream(stream::unfold(0, move |sent| async move {
            tokio::time::sleep(every).await;
            let piece = Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; length]));
            (sent < pieces).then_some((piece, sent + 1))
        }))
    }

    async fn read(body: Body) -> Result<usize, &'static str> {
        read_while(body, watch::channel(false).1).await
    }

    async fn read_while(
        body: Body,
        stopping: watch::Receiver<bool>,
    ) -> Result<usize, &'static str> {
        let bounds = Bounds { bytes_max: 1_000_000, patience: PATIENCE, stopping };
        let read = to_bytes(bounded(body, bounds), usize::MAX).await;
        read.map(|bytes| bytes.len()).map_err(|error| problem(&error, What::Request).code)
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_time_is_read() {
        assert_eq!(read(Body::from("x")).await, Ok(1));
        assert_eq!(read(slow(20, 1_000, Duration::from_secs(1))).await, Ok(20_000));
        // Ten times the patience, because it keeps coming.
        assert_eq!(read(slow(300, 3_000, Duration::from_millis(50))).await, Ok(900_000));
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_to_be_read_loses_no_time_and_a_stop_waits_for_what_comes() {
        let (stop, stopping) = watch::channel(false);
        let bounds = Bounds { bytes_max: 9, patience: PATIENCE, stopping: stopping.clone() };
        let body = bounded(Body::from("x"), bounds);
        tokio::time::sleep(PATIENCE * 2).await;
        assert!(to_bytes(body, 9).await.is_ok());
        stop.send_replace(true);
        assert_eq!(read_while(slow(9, 1, LAST_PATIENCE / 2), stopping.clone()).await, Ok(9));
        let began = Instant::now();
        let stalled = slow(9, 1, Duration::from_secs(9));
        assert_eq!(read_while(stalled, stopping).await, Err("request_timeout"));
        assert!(began.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_stalls_or_drips_or_is_too_long_is_refused() {
        assert_eq!(read(slow(2, 1, Duration::from_secs(11))).await, Err("request_timeout"));
        assert_eq!(read(slow(100, 10, Duration::from_secs(1))).await, Err("request_timeout"));
        assert_eq!(read(Body::from(vec![0; 1_000_001])).await, Err("too_large"));
    }
}
