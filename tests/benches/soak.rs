//! A steady load for half an hour or longer: latencies, memory, and what grows on the disk.
//!
//! `cargo bench -p tests --bench soak -- --minutes 30 --events 1000000 --directory DIRECTORY
//! --commands-per-second 6000 --reads-per-second 12000 --csv FILE` fills the directory unless it is
//! filled, starts the server on it, and starts itself once more as the client, so that the load comes
//! from another process on the same processors. Commands change a bank account's holder, reads ask
//! where a merchant stands. Every ten seconds a line is printed, and written to the file.
//!
//! Requests are due at fixed times, whether or not the last one was answered, and a latency counts
//! from when its request was due: a stall is felt by all who would have asked during it. A server
//! that falls behind shows as fewer requests a second than were asked for and as latencies that grow.
//! Ten seconds without any answer have no latency: NaN.
//!
//! Each command adds a record of a few hundred bytes: 6,000 a second are some 5 GB in half an hour,
//! and the directory stays as large as it has become.
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints what it measures")]

use api::serve::Server;
use clap::Parser;
use projections::snapshot::SNAPSHOT_FILE;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use store::sqlite::LEDGER_FILE;
use store::vault::VAULT_FILE;
use tests::crowd;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Merchants whose owners are signed in.
const SESSIONS: u64 = 2_000;
/// What one line covers, in seconds.
const WINDOW: u32 = 10;
/// The first of them are the client's, the others are seen by the server's process.
const COLUMNS: [&str; 14] = [
    "seconds",
    "reads_per_second",
    "read_p50_ms",
    "read_p99_ms",
    "read_max_ms",
    "commands_per_second",
    "command_p50_ms",
    "command_p99_ms",
    "command_max_ms",
    "memory_mb",
    "ledger_log_mb",
    "vault_log_mb",
    "snapshot_mb",
    "records",
];

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Where the ledger lies, or is made; somewhere temporary unless told
    #[arg(long)]
    directory: Option<PathBuf>,
    #[arg(long, default_value_t = 6_000, value_parser = clap::value_parser!(u32).range(1..))]
    commands_per_second: u32,
    #[arg(long, default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(1..))]
    reads_per_second: u32,
    /// Where the lines are written as well; what was there is replaced
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Fill the directory and do nothing else
    #[arg(long, hide = true)]
    only_fill: bool,
    /// Be the client of the server there
    #[arg(long, hide = true, requires = "targets")]
    client: Option<String>,
    /// The merchants that the client asks about, with the sessions of their owners
    #[arg(long, hide = true)]
    targets: Option<PathBuf>,
    #[arg(long, hide = true)]
    bench: bool,
}

/// The server's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments = Arguments::parse();
    if let (Some(url), Some(targets)) = (&arguments.client, &arguments.targets) {
        keep_asking(url, targets, &arguments);
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(arguments));
}

async fn run(arguments: Arguments) {
    let scratch = tempfile::tempdir().unwrap();
    let directory = arguments.directory.clone().unwrap_or(scratch.path().to_owned());
    if arguments.only_fill {
        crowd::filled(&directory, arguments.events, SESSIONS).await;
        return;
    }
    std::fs::create_dir_all(&directory).unwrap();
    let flush = flush_time(&directory);
    fill(&directory, arguments.events).await;
    let crowd = crowd::filled(&directory, arguments.events, SESSIONS).await;
    let targets = scratch.path().join("targets.json");
    let in_test: Vec<&Target> = crowd.in_test().collect();
    std::fs::write(&targets, serde_json::to_vec(&in_test).unwrap()).unwrap();
    let (server, _) = tests::start_on(&directory, None).await;
    let mut client = start_client(&server, &targets, &arguments);
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    let mut table = Table::begin(arguments.csv.as_deref());
    while let Some(line) = lines.next_line().await.unwrap() {
        let seen = look(&server, &directory).await;
        table.add(&format!("{line},{seen}"));
    }
    assert!(client.wait().await.unwrap().success(), "the client stopped at a failure");
    server.stop().await;
    sum_up(&table, flush);
}

/// How long a flush takes: 4 KiB at the end of a file, the mean over a second.
fn flush_time(directory: &Path) -> Duration {
    let mut file = tempfile::tempfile_in(directory).unwrap();
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    started.elapsed() / count
}

/// In a process of its own, so that the memory measured afterwards is the server's alone.
async fn fill(directory: &Path, events: u64) {
    let mut filling = this_program();
    filling.arg("--only-fill").arg("--directory").arg(directory);
    filling.args(["--events", &events.to_string()]);
    assert!(filling.status().await.unwrap().success(), "the directory was not filled");
}

fn start_client(server: &Server, targets: &Path, arguments: &Arguments) -> Child {
    let mut client = this_program();
    client.arg("--client").arg(format!("http://{}", server.address));
    client.arg("--targets").arg(targets);
    client.args(["--minutes", &arguments.minutes.to_string()]);
    client.args(["--commands-per-second", &arguments.commands_per_second.to_string()]);
    client.args(["--reads-per-second", &arguments.reads_per_second.to_string()]);
    client.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap()
}

fn this_program() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

/// What the server has grown to, as the last columns.
async fn look(server: &Server, directory: &Path) -> String {
    let size = |name: &str| {
        let bytes = std::fs::metadata(directory.join(name)).map_or(0, |file| file.len());
        bytes as f64 / 1e6
    };
    let ledger_log = size(&format!("{LEDGER_FILE}-wal"));
    let vault_log = size(&format!("{VAULT_FILE}-wal"));
    let snapshot = size(SNAPSHOT_FILE);
    let memory = resident() / 1e6;
    let records = server.app.store.ledger.head().await.unwrap().map_or(0, |head| head.0 + 1);
    format!("{memory:.1},{ledger_log:.1},{vault_log:.1},{snapshot:.1},{records}")
}

/// The resident memory of this process, in bytes.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

/// What was measured, on the terminal and in the file at once: a run may be cut off.
struct Table {
    file: Option<File>,
    rows: Vec<Vec<f64>>,
}

impl Table {
    fn begin(csv: Option<&Path>) -> Self {
        let file = csv.map(|csv| File::create(csv).unwrap());
        let mut table = Self { file, rows: vec![] };
        table.write(&COLUMNS.join(","));
        table
    }

    fn add(&mut self, line: &str) {
        self.write(line);
        let row: Vec<f64> = line.split(',').map(|value| value.parse().unwrap()).collect();
        assert_eq!(row.len(), COLUMNS.len(), "{line}");
        self.rows.push(row);
    }

    fn write(&mut self, line: &str) {
        println!("{line}");
        if let Some(file) = &mut self.file {
            writeln!(file, "{line}").unwrap();
        }
    }

    fn column(&self, name: &str) -> Vec<f64> {
        let place = COLUMNS.iter().position(|known| *known == name).unwrap();
        self.rows.iter().map(|row| row[place]).collect()
    }
}

fn sum_up(table: &Table, flush: Duration) {
    let sorted = |name: &str| {
        let mut values = table.column(name);
        values.sort_by(f64::total_cmp);
        values
    };
    let (reads, commands) = (sorted("read_p99_ms"), sorted("command_p99_ms"));
    let (median, worst) = (commands[commands.len() / 2], commands.last().unwrap());
    println!("p99 of reads: {:.1} ms at worst", reads.last().unwrap());
    println!("p99 of commands: {median:.1} ms in the middle, {worst:.1} ms at worst");
    println!("a flush of 4 KiB, before all this: {:.2} ms", flush.as_secs_f64() * 1e3);
    for (what, name) in [
        ("memory", "memory_mb"),
        ("the ledger's log", "ledger_log_mb"),
        ("the vault's log", "vault_log_mb"),
        ("the snapshot", "snapshot_mb"),
    ] {
        let values = table.column(name);
        let (first, last) = (values.first().unwrap(), values.last().unwrap());
        println!("{what}: {first:.1} MB at first, {last:.1} MB at last");
    }
}

/// A merchant, and the session of its owner.
type Target = (String, String);

/// The client's whole life. What is still being asked at the end is left unanswered.
fn keep_asking(url: &str, targets: &Path, arguments: &Arguments) {
    let targets: Vec<Target> = serde_json::from_slice(&std::fs::read(targets).unwrap()).unwrap();
    let address = url.strip_prefix("http://").unwrap();
    // Once all connections are open.
    let begin = Instant::now() + Duration::from_secs(1);
    let reads = Load::start(Kind::Read, arguments.reads_per_second, address, &targets, begin);
    let commands =
        Load::start(Kind::Command, arguments.commands_per_second, address, &targets, begin);
    let mut last = begin;
    for window in 1..=arguments.minutes * 60 / WINDOW {
        let seconds = window * WINDOW;
        sleep_until(begin + Duration::from_secs(seconds.into()));
        let passed = last.elapsed().as_secs_f64();
        last = Instant::now();
        println!("{seconds},{},{}", reads.row(passed), commands.row(passed));
    }
}

fn sleep_until(moment: Instant) {
    thread::sleep(moment.saturating_duration_since(Instant::now()));
}

#[derive(Clone, Copy)]
enum Kind {
    /// Where a merchant stands.
    Read,
    /// A bank account's holder: one sealed event, always a new one.
    Command,
}

impl Kind {
    /// Thirty-two together. Each kind has its own, or reads would wait for the flush of the command
    /// before them on the same connection; and more for commands, which take longer. As long as
    /// a command takes less than 4 ms on average and a read 0.6 ms, they suffice for the rates that
    /// are asked for unless told otherwise.
    fn connections(self) -> u32 {
        match self {
            Self::Read => 8,
            Self::Command => 24,
        }
    }

    fn request(self, (merchant, token): &Target, number: u32) -> String {
        let head = |method: &str, rest: &str| {
            format!(
                "{method} /portal/v1/merchants/{merchant}/{rest} HTTP/1.1\r\nhost: x\r\n\
                 authorization: Bearer {token}\r\n"
            )
        };
        match self {
            Self::Read => head("GET", "onboarding") + "\r\n",
            Self::Command => {
                let body = format!(
                    "{{\"iban\":\"FR7630006000011234567890189\",\"holder\":\"Holder {number}\"}}"
                );
                format!(
                    "{}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                    head("PUT", "payout-account"),
                    body.len()
                )
            }
        }
    }
}

/// All requests of one kind.
struct Load {
    answered: Arc<Mutex<Vec<Duration>>>,
    connections: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(
        kind: Kind,
        requests_per_second: u32,
        address: &str,
        targets: &[Target],
        begin: Instant,
    ) -> Self {
        let count = kind.connections();
        let interval = Duration::from_secs(count.into()) / requests_per_second;
        let answered = Arc::new(Mutex::new(vec![]));
        let connect = |number: u32| {
            // No two connections change the same merchant: nobody has to try again.
            let own = targets.iter().skip(number as usize).step_by(count as usize);
            let schedule = Schedule {
                kind,
                first: begin + interval * number / count,
                interval,
                targets: own.cloned().collect(),
                answered: Arc::clone(&answered),
            };
            assert!(!schedule.targets.is_empty(), "too few sessions: fill another directory");
            let connection = Connection::open(address);
            thread::spawn(move || schedule.keep(connection))
        };
        let connections = (0..count).map(connect).collect();
        Self { answered, connections }
    }

    /// What was answered since the last time, as columns.
    fn row(&self, seconds: f64) -> String {
        let has_failed = self.connections.iter().any(JoinHandle::is_finished);
        assert!(!has_failed, "a connection has failed");
        let mut times = std::mem::take(&mut *self.answered.lock().unwrap());
        times.sort_unstable();
        let at = |share: usize| {
            let place = times.len().saturating_sub(1) * share / 100;
            times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
        };
        let rate = times.len() as f64 / seconds;
        format!("{rate:.0},{:.3},{:.3},{:.3}", at(50), at(99), at(100))
    }
}

/// What one connection asks, and when. Each has a thread: a task of Tokio sleeps for whole
/// milliseconds, by which requests would be late before they are sent.
struct Schedule {
    kind: Kind,
    first: Instant,
    interval: Duration,
    targets: Vec<Target>,
    answered: Arc<Mutex<Vec<Duration>>>,
}

impl Schedule {
    fn keep(&self, mut connection: Connection) {
        for turn in 0_u32.. {
            let due = self.first + self.interval * turn;
            sleep_until(due);
            let target = &self.targets[turn as usize % self.targets.len()];
            connection.ask(&self.kind.request(target, turn));
            self.answered.lock().unwrap().push(due.elapsed());
        }
    }
}

/// Keep-alive HTTP/1.1.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        // Whoever waits longer than any stall we would forgive has been forgotten.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { stream, buffer: vec![0; 65_536] }
    }

    fn ask(&mut self, request: &str) {
        self.stream.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        while !is_whole(&self.buffer[..length]) {
            let count = self.stream.read(&mut self.buffer[length..]).unwrap();
            assert!(count > 0, "the connection was closed");
            length += count;
        }
        let answer = &self.buffer[..length];
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(answer));
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") else { return false };
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    answer.len() >= end + 4 + length
}
