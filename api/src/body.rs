//! What a request carries: bounded in bytes and in time, so that nobody holds a place by sending
//! slowly or not at all.

use crate::error::Problem;
use axum::body::Body;
use axum::http::StatusCode;
use futures::{StreamExt, stream};
use http_body_util::{LengthLimitError, Limited};
use std::error::Error;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// What has to arrive in each second after the first patience is over.
const BYTES_PER_SECOND: usize = 64 * 1024;

#[derive(Debug, thiserror::Error)]
#[error("the body did not come in time")]
struct TooSlow;

/// The same body, which fails when it is longer than `bytes_max`, when nothing came for a third of
/// `patience`, and when it comes more slowly than 64 KiB a second after that.
pub fn bounded(body: Body, bytes_max: usize, patience: Duration) -> Body {
    let data = Body::new(Limited::new(body, bytes_max)).into_data_stream();
    let began = Instant::now();
    Body::from_stream(stream::try_unfold((data, 0), move |(mut data, read)| async move {
        let earned = Duration::from_secs((read / BYTES_PER_SECOND) as u64);
        let left = (began + patience + earned).saturating_duration_since(Instant::now());
        match timeout(left.min(patience / 3), data.next()).await {
            Ok(Some(Ok(bytes))) => {
                let read = read + bytes.len();
                Ok(Some((bytes, (data, read))))
            }
            Ok(Some(Err(error))) => Err(error),
            Ok(None) => Ok(None),
            Err(_) => Err(axum::Error::new(TooSlow)),
        }
    }))
}

/// Why a body could not be read, from whatever lies around the cause.
pub fn problem(error: &(dyn Error + 'static)) -> Problem {
    let mut next = Some(error);
    while let Some(cause) = next {
        next = cause.source();
        if cause.is::<TooSlow>() {
            return Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "The request came too slowly or not to its end; send it again.",
                "La requête est arrivée trop lentement ou incomplète ; renvoyez-la.",
            );
        }
        if cause.is::<LengthLimitError>() {
            return Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "The request is larger than 256 KB, or the document larger than 10 MB.",
                "La requête dépasse 256 Ko, ou le document 10 Mo.",
            );
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
    use axum::body::{Bytes, to_bytes};

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
        let read = to_bytes(bounded(body, 1_000_000, PATIENCE), usize::MAX).await;
        read.map(|bytes| bytes.len()).map_err(|error| problem(&error).code)
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_time_is_read() {
        assert_eq!(read(Body::from("x")).await, Ok(1));
        assert_eq!(read(slow(20, 1_000, Duration::from_secs(1))).await, Ok(20_000));
        // Ten times the patience, because it keeps coming.
        assert_eq!(read(slow(300, 3_000, Duration::from_millis(50))).await, Ok(900_000));
    }

    #[tokio::test(start_paused = true)]
    async fn what_stalls_or_drips_or_is_too_long_is_refused() {
        assert_eq!(read(slow(2, 1, Duration::from_secs(11))).await, Err("request_timeout"));
        assert_eq!(read(slow(100, 10, Duration::from_secs(1))).await, Err("request_timeout"));
        assert_eq!(read(Body::from(vec![0; 1_000_001])).await, Err("too_large"));
    }
}
