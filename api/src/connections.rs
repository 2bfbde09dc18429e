//! Connections: accepted, bounded in number and in time, and ended in order.
//!
//! The head of a request has to come within the patience, from the moment at which the last answer
//! was sent: so an idle connection ends as well. Whoever does not take an answer is cut off by the
//! system after the same time. Bodies have bounds of their own (`body`).

use crate::client::{Client, Proxies};
use crate::holders::Holders;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::follower::stopped;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Service;

/// Files that a server needs for other things than connections.
const OTHER_FILES: u64 = 128;
/// One address may have this part of all connections, unless it is a proxy that we trust.
const SHARE_OF_ONE: usize = 4;
/// Between two attempts when the system has no more files.
const PAUSE: Duration = Duration::from_millis(100);
/// The words for a connection too many. There is no time to read what it wants.
const TOO_MANY: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\n",
    "content-type: application/problem+json\r\n",
    "content-length: 154\r\nretry-after: 5\r\nconnection: close\r\n\r\n",
    r#"{"type":"about:blank","title":"Too many connections","status":503,"code":"too_many_connections","#,
    r#""detail":"Too many connections are open. Try again soon."}"#,
);

/// How many connections there may be, and how long one may keep us waiting.
#[derive(Clone)]
pub struct Bounds {
    pub most: usize,
    pub patience: Duration,
    pub trusted: Arc<Proxies>,
}

/// As many as were asked for, or as the system allows this process to open files.
pub fn most_allowed(asked: usize) -> usize {
    let allowed = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let room = allowed.map_or(u64::MAX, |files| files.saturating_sub(OTHER_FILES).max(8));
    asked.min(usize::try_from(room).unwrap_or(usize::MAX))
}

/// Serves until `stop`; then ends what is idle, answers what was asked, and ends that as well.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(bounds.most));
    let by_address = Holders::new((bounds.most / SHARE_OF_ONE).max(1));
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.patience);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let place = Arc::clone(&places).try_acquire_owned().ok();
        let client = Client::at(address.ip());
        let is_trusted = bounds.trusted.contains(address.ip());
        let own = if is_trusted { None } else { by_address.take(client) };
        let (Some(place), true) = (place, is_trusted || own.is_some()) else {
            refuse(stream);
            continue;
        };
        prepare(&stream, bounds.patience);
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), request, address));
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection broke");
            }
            drop((place, own));
        });
    }
    drop(listener);
    connections.shutdown().await;
}

fn answer(
    mut router: Router,
    request: Request<Incoming>,
    address: SocketAddr,
) -> impl Future<Output = Result<axum::response::Response, std::convert::Infallible>> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(address));
    router.call(request)
}

/// Failures that concern the one connection that was being made.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn prepare(stream: &TcpStream, patience: Duration) {
    let millis = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    let outcome = stream.set_nodelay(true).and_then(|()| {
        rustix::net::sockopt::set_tcp_user_timeout(stream, millis).map_err(io::Error::from)
    });
    if let Err(error) = outcome {
        tracing::trace!(%error, "a connection broke");
    }
}

/// Says why and closes, without waiting for anything.
fn refuse(stream: TcpStream) {
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(TOO_MANY.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
    }
}

#[cfg(test)]
mod tests {
    use super::TOO_MANY;

    #[test]
    fn the_words_for_one_too_many_are_as_long_as_they_say() {
        let (head, body) = TOO_MANY.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["code"], "too_many_connections");
    }
}
