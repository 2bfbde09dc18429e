//! Requests per second through HTTP, by the number of connections.
//!
//! `cargo bench -p tests --bench commands` makes a crowd on a scratch directory, starts the server on
//! it, and lets `wrk` ask over keep-alive HTTP/1.1 on loopback, on the same processors:
//!
//! - `put`: a bank account's holder is changed, each time of another of some hundred merchants: decide,
//!   seal, encode, flush, answer;
//! - `post`, `post-key`: a member of staff adds a note, without and with an `Idempotency-Key`;
//! - `get`, `get-long`: where a merchant stands, of a stream of a few events and of one of 400;
//! - `get-known`: the same as `get-long`, of whoever has it already: 304;
//! - `feed`: a page of a hundred events of the long stream;
//! - `mixed`: four times `get`, once `put`;
//! - `trivial`: `/healthz` with the same session, behind everything that every request passes;
//! - `bare`: the same answer of a router that does nothing else.
//!
//! `--json` prints a line for each measurement, for `tests/benches/peers/run.py`. With
//! `--ledger double` the ledger lies on the double of EventStoreDB, which flushes nothing: that run
//! shows the cost of the engine and its client, not of a cluster.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops at the first failure")]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints what it measures")]

use api::demo::client::Client;
use api::demo::staff::Staff;
use api::serve::Server;
use axum::Router;
use axum::routing::get;
use clap::Parser;
use tests::bench::on_both_cores;
use tests::crowd::{self, Crowd};
use tests::double::Double;
use tests::wrk::{self, Ask};

const KINDS: [&str; 10] =
    ["put", "post", "post-key", "get", "get-long", "get-known", "feed", "mixed", "trivial", "bare"];
/// Events before the first request.
const EVENTS: u64 = 60_000;
/// Merchants whose owners are signed in.
const SESSIONS: u64 = 2_000;
/// How long the long stream is.
const LONG: usize = 400;

#[derive(Parser)]
struct Arguments {
    #[arg(long, value_delimiter = ',', default_values_t = [1_usize, 16, 64, 256])]
    connections: Vec<usize>,
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Only these, by their names
    #[arg(long, value_delimiter = ',', default_values_t = KINDS.map(str::to_owned))]
    only: Vec<String>,
    #[arg(long)]
    json: bool,
    /// `sqlite` or `double`
    #[arg(long, default_value = "sqlite")]
    ledger: String,
    #[arg(long, hide = true)]
    bench: bool,
}

/// The server's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments = Arguments::parse();
    on_both_cores(run(arguments));
}

async fn run(arguments: Arguments) {
    let directory = tempfile::tempdir().unwrap();
    let crowd = crowd::fill(directory.path(), EVENTS, SESSIONS).await;
    let double = (arguments.ledger == "double").then(Double::start);
    let (server, _) = tests::start_on(directory.path(), double.as_ref().map(Double::url)).await;
    let asks = Asks::new(&server, &crowd).await;
    let bare = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bare_url = format!("http://{}", bare.local_addr().unwrap());
    let router = Router::new()
        .route("/healthz", get(async || axum::Json(serde_json::json!({"status": "ok"}))));
    let serving = tokio::spawn(async move { axum::serve(bare, router).await });
    if !arguments.json {
        println!("what       connections  requests/s   median      p99");
    }
    for kind in &arguments.only {
        for connections in &arguments.connections {
            let url = match kind.as_str() {
                "bare" => bare_url.clone(),
                _ => format!("http://{}", server.address),
            };
            let asked = asks.of(kind);
            let (seconds, connections) = (arguments.seconds, *connections);
            let scratch = directory.path().to_owned();
            let measure = move || wrk::ask(&url, &asked, connections, seconds, &scratch);
            let Some(found) = tokio::task::spawn_blocking(measure).await.unwrap() else {
                println!("there is no wrk here; nothing was measured");
                return;
            };
            assert_eq!(found.failures, 0, "{kind}");
            let (rate, p50, p99) = (found.rate, found.p50_ms, found.p99_ms);
            if arguments.json {
                println!(
                    "{{\"what\":\"greffe-{kind}\",\"connections\":{connections},\"rate\":{rate:.0},\
                     \"p50_ms\":{p50},\"p99_ms\":{p99}}}"
                );
            } else {
                println!(
                    "{kind:<9}  {connections:>11}  {rate:>10.0}  {p50:>6.2} ms  {p99:>6.2} ms"
                );
            }
        }
    }
    serving.abort();
    server.stop().await;
}

struct Asks {
    put: Vec<Ask>,
    post: Vec<Ask>,
    get: Vec<Ask>,
    get_long: Vec<Ask>,
    get_known: Vec<Ask>,
    feed: Vec<Ask>,
    trivial: Vec<Ask>,
}

impl Asks {
    async fn new(server: &Server, crowd: &Crowd) -> Self {
        let client = Client::new(&server.app);
        let invitation = server.invitation.clone().unwrap();
        let staff = Staff::hire(&client, &server.app, &invitation).await.unwrap();
        let analyst = staff.analyst.client(&server.app).await.unwrap();
        // Each case is looked at for a purpose that is stated, once.
        for (merchant, _) in crowd.in_review() {
            let path = format!("/console/v1/merchants/{merchant}");
            analyst.get(&path).await.unwrap().expect_success().unwrap();
        }
        let analyst = analyst.token().unwrap();
        let in_test: Vec<_> = crowd.in_test().collect();
        let (first, others) = in_test.split_first().unwrap();
        let long = wrk::put_account(first);
        for number in 0..LONG {
            let body =
                serde_json::from_str(&long.body.unwrap().replace("{n}", &number.to_string()));
            let owner = client.signed_in(first.1.clone());
            owner.put(&long.path, body.unwrap()).await.unwrap().expect_success().unwrap();
        }
        let note = |(merchant, _): &(String, String)| Ask {
            method: "POST",
            path: format!("/console/v1/merchants/{merchant}/case/notes"),
            token: analyst.clone(),
            body: Some(r#"{"note":"Note {n}"}"#),
            if_none_match: None,
            has_key: false,
        };
        let get_long = wrk::get_onboarding(first);
        let known = client.signed_in(first.1.clone()).get(&get_long.path).await.unwrap();
        let get_known = Ask { if_none_match: Some(known.etag()), ..get_long.clone() };
        let trivial = Ask { path: "/healthz".to_owned(), ..wrk::get_onboarding(first) };
        Self {
            put: others.iter().copied().map(wrk::put_account).collect(),
            post: crowd.in_review().map(note).collect(),
            get: others.iter().copied().map(wrk::get_onboarding).collect(),
            get_long: vec![get_long],
            get_known: vec![get_known],
            feed: vec![wrk::get_feed(first)],
            trivial: vec![trivial],
        }
    }

    fn of(&self, kind: &str) -> Vec<Ask> {
        match kind {
            "put" => self.put.clone(),
            "post" => self.post.clone(),
            "post-key" => {
                self.post.iter().map(|ask| Ask { has_key: true, ..ask.clone() }).collect()
            }
            "get" => self.get.clone(),
            "get-long" => self.get_long.clone(),
            "get-known" => self.get_known.clone(),
            "feed" => self.feed.clone(),
            "mixed" => {
                let pairs = self.get.chunks(4).zip(&self.put);
                pairs.flat_map(|(get, put)| [get, std::slice::from_ref(put)].concat()).collect()
            }
            "trivial" | "bare" => self.trivial.clone(),
            other => panic!("{other} is none of {KINDS:?}"),
        }
    }
}
