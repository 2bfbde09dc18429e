//! Durable commands per second through HTTP, by the number of connections.
//!
//! `cargo bench -p tests --bench commands` starts a server on a scratch directory and, for each
//! number of connections, changes the bank accounts of 64 merchants over keep-alive HTTP/1.1
//! on loopback: decide, seal, encode, flush, answer. Then it adds notes to them, without and with
//! an `Idempotency-Key`, in turns. It prints the rate, the median and the 99th percentile, and
//! beside them how many flushes a second the disk does for one writer, measured in the same run. With `GREFFE_TEST_ENGINE=double` the ledger lies on the double of EventStoreDB,
//! which flushes nothing: that run shows the cost of the engine and its client, not of a cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark stops at the first failure"
)]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints what it measures")]

use api::demo::client::Client;
use api::demo::life::{Life, Staff};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tests::double::Double;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MERCHANTS: usize = 64;
const SECONDS: u64 = 4;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let directory = tempfile::tempdir().unwrap();
    let flushes = flushes_per_second(directory.path());
    let double = tests::double();
    let ledger = double.as_ref().map(Double::url);
    let (server, _) = tests::start_on(directory.path(), ledger).await;
    let client = Client::new(&server.app);
    let invitation = server.invitation.clone().unwrap();
    let staff = Staff::hire(&client, &server.app, &invitation).await.unwrap();
    let mut targets = vec![];
    for index in 0..MERCHANTS {
        let life = Life::new(&client, &server.app, &staff, index);
        life.register().await.unwrap();
        let owner = life.activate().await.unwrap();
        life.enter_test_mode(&owner).await.unwrap();
        let token = sign_in(&client, &life.email).await;
        targets.push((owner.merchant, token));
    }
    let analyst = staff.analyst.client(&server.app).await.unwrap().token().unwrap();
    let targets = Arc::new(Targets { merchants: targets, analyst });
    let engine = server.app.store.ledger.engine();
    println!(
        "{engine}; one writer's flushes: {flushes:.0}/s; {MERCHANTS} merchants, {SECONDS} s each"
    );
    println!("request        connections  commands/s   median      p99");
    for connections in [1, 16, 64, 200] {
        for kind in [Kind::Put, Kind::Post, Kind::PostWithKey] {
            let (rate, median, p99) =
                measure(server.address, Arc::clone(&targets), connections, kind).await;
            let name = kind.name();
            println!(
                "{name:<13}  {connections:>11}  {rate:>10.0}  {median:>6.2} ms  {p99:>6.2} ms"
            );
        }
    }
    server.stop().await;
}

struct Targets {
    /// Each with the session of its owner.
    merchants: Vec<(String, String)>,
    analyst: String,
}

#[derive(Clone, Copy)]
enum Kind {
    /// A bank account's holder: one sealed event, always a new one.
    Put,
    /// A note: one sealed event.
    Post,
    PostWithKey,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::PostWithKey => "POST with key",
        }
    }

    fn request(self, targets: &Targets, number: usize) -> String {
        let (merchant, owner) = &targets.merchants[number % targets.merchants.len()];
        let body = match self {
            Self::Put => {
                format!(
                    "{{\"iban\":\"FR7630006000011234567890189\",\"holder\":\"Holder {number}\"}}"
                )
            }
            Self::Post | Self::PostWithKey => format!("{{\"note\":\"Note {number}\"}}"),
        };
        let (target, token) = match self {
            Self::Put => (format!("PUT /portal/v1/merchants/{merchant}/payout-account"), owner),
            Self::Post | Self::PostWithKey => {
                (format!("POST /console/v1/merchants/{merchant}/case/notes"), &targets.analyst)
            }
        };
        let key = match self {
            Self::PostWithKey => format!("idempotency-key: bench-{number}\r\n"),
            Self::Put | Self::Post => String::new(),
        };
        format!(
            "{target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{key}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

/// Distinct from one measurement to the next: a key is used once.
static NEXT: AtomicUsize = AtomicUsize::new(0);

async fn sign_in(client: &Client, email: &str) -> String {
    let body = serde_json::json!({"email": email, "password": api::demo::PASSWORD});
    client.post("/portal/v1/sessions", body).await.unwrap().text("/token")
}

/// How often one thread can write 4 KiB and flush them.
fn flushes_per_second(directory: &std::path::Path) -> f64 {
    let mut file = std::fs::File::create(directory.join("flush")).unwrap();
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < Duration::from_secs(1) {
        file.write_all(&[0; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}

async fn measure(
    address: SocketAddr,
    targets: Arc<Targets>,
    connections: usize,
    kind: Kind,
) -> (f64, f64, f64) {
    let started = Instant::now();
    let until = started + Duration::from_secs(SECONDS);
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let targets = Arc::clone(&targets);
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut times = vec![];
                while Instant::now() < until {
                    let number = NEXT.fetch_add(1, Ordering::Relaxed);
                    let request = kind.request(&targets, number);
                    let asked = Instant::now();
                    stream.write_all(request.as_bytes()).await.unwrap();
                    let answer = read_answer(&mut stream).await;
                    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                    times.push(asked.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = vec![];
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let elapsed = started.elapsed().as_secs_f64();
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    (times.len() as f64 / elapsed, at(50), at(99))
}

async fn read_answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![];
    let mut buffer = [0; 16_384];
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the connection was closed");
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return text.into_owned();
        }
    }
}
