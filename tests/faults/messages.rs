//! What a server says when it does not start: each message stands, word for word, in
//! `docs/operating/`, beside what to do.

use api::config::Config;
use clap::Parser;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use store::backup::{Places, back_up, restore};
use store::chance::SystemChance;
use tempfile::TempDir;
use tests::{World, start_in};

/// A directory in which a server ran and was stopped.
async fn that_ran() -> TempDir {
    let world = World::embedded().await;
    world.life(0).register().await.unwrap();
    let directory = world.directory;
    world.server.stop().await;
    drop((world.client, world.staff));
    directory
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.is_file() {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn copied(from: &TempDir) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    copy(from.path(), to.path());
    to
}

async fn refusal(directory: &Path) -> String {
    let mut config = Config::parse_from(["greffe"]);
    config.directory = directory.to_owned();
    config.listen = "127.0.0.1:0".parse().unwrap();
    let error = api::serve::start(config).await.err().expect("it must not start");
    format!("{error:#}").replace(&directory.display().to_string(), "DIR")
}

/// The page without its line breaks and quotation marks.
fn page(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/operating").join(name);
    words(&fs::read_to_string(path).unwrap().replace("\n> ", "\n"))
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_told(page_name: &str, message: &str) {
    // Numbers differ from run to run.
    let told = page(page_name);
    let generic = |text: &str| -> String {
        let mut out = String::new();
        for c in text.chars() {
            match c {
                '0'..='9' if out.ends_with('N') => {}
                '0'..='9' => out.push('N'),
                other => out.push(other),
            }
        }
        out
    };
    let message = words(message);
    assert!(generic(&told).contains(&generic(&message)), "{page_name} does not say: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_to_start_stands_in_the_manual() {
    let ran = that_ran().await;
    let later = copied(&ran);
    {
        let (server, _) = start_in(later.path()).await;
        let client = api::demo::client::Client::new(&server.app);
        let body =
            serde_json::json!({"email": "later@example.com", "password": api::demo::PASSWORD});
        client.post("/portal/v1/registrations", body).await.unwrap();
        server.stop().await;
    }
    let other = that_ran().await;
    let change = |change: &dyn Fn(&Path)| {
        let changed = copied(&later);
        change(changed.path());
        changed
    };
    let take = |from: &TempDir, name: &'static str| {
        let from = from.path().join(name);
        move |to: &Path| {
            fs::copy(&from, to.join(name)).unwrap();
        }
    };
    let cases = [
        change(&|to| fs::remove_file(to.join("ledger.db")).unwrap()),
        change(&take(&ran, "ledger.db")),
        change(&|to| fs::remove_file(to.join("vault.db")).unwrap()),
        change(&take(&ran, "vault.db")),
        change(&take(&other, "vault.db")),
        change(&|to| fs::remove_dir_all(to.join("documents")).unwrap()),
        change(&|to| {
            take(&other, "ledger.db")(to);
            fs::remove_dir_all(to.join("documents")).unwrap();
            copy(&later.path().join("documents"), &to.join("documents"));
        }),
        change(&|to| fs::remove_file(to.join("keys/master.key")).unwrap()),
        change(&|to| fs::write(to.join("keys/master.key"), "").unwrap()),
        change(&take(&other, "keys/master.key")),
        change(&|to| fs::create_dir(to.join("restoring")).unwrap()),
        change(&|to| fs::write(to.join("reveals.log"), "1 0 0\n").unwrap()),
    ];
    let with_other_ledger = copied(&ran);
    take(&other, "ledger.db")(with_other_ledger.path());
    for case in cases.iter().chain([&with_other_ledger]) {
        assert_told("running.md", &refusal(case.path()).await);
    }

    let (server, _) = start_in(later.path()).await;
    assert_told("running.md", &refusal(later.path()).await);
    server.stop().await;

    // A log of another day: what a killed server has left, beside an older file.
    let (server, _) = start_in(later.path()).await;
    let client = api::demo::client::Client::new(&server.app);
    let body = serde_json::json!({"email": "last@example.com", "password": api::demo::PASSWORD});
    client.post("/portal/v1/registrations", body).await.unwrap();
    let (mixed, flipped) = (copied(&later), copied(&later));
    server.stop().await;
    drop(client);
    take(&ran, "ledger.db")(mixed.path());
    assert_told("running.md", &refusal(mixed.path()).await);

    // One bit of the log that a killed server has left.
    let log = flipped.path().join("ledger.db-wal");
    let mut bytes = fs::read(&log).unwrap();
    bytes[100] ^= 1;
    fs::write(&log, bytes).unwrap();
    assert_told("running.md", &refusal(flipped.path()).await);

    // Another process reads and does not end. It is named.
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "messages::child_that_reads_until_it_is_killed", "--nocapture"])
        .env(READS, later.path())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let message = refusal(later.path()).await;
    let named = format!("process {}, ", child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    let (before, name) = message.split_once(&named).unwrap_or_else(|| panic!("{message}"));
    let (_, after) = name.split_once(')').unwrap();
    assert_told("running.md", &format!("{before}process 4242, NAME){after}"));
}

const READS: &str = "GREFFE_READS_DIRECTORY";

/// The other process: this very test binary, told by the environment to be it.
#[test]
fn child_that_reads_until_it_is_killed() {
    let Ok(directory) = std::env::var(READS) else { return };
    let open = || rusqlite::Connection::open(Path::new(&directory).join("ledger.db")).unwrap();
    let (reader, writer) = (open(), open());
    writer.execute_batch("INSERT INTO stream (name) VALUES ('x')").unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM record").unwrap();
    writer.execute_batch("INSERT INTO stream (name) VALUES ('y')").unwrap();
    eprintln!("reading");
    loop {
        std::thread::park();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_to_restore_stands_in_the_manual() {
    let ran = that_ran().await;
    let places = |name: &str| Places {
        ledger: ran.path().parent().unwrap().join(format!("{}-{name}", name_of(&ran))),
        vault: ran.path().parent().unwrap().join(format!("{}-{name}-vault", name_of(&ran))),
    };
    let good = places("good");
    let at = "2026-11-25T10:00:00Z".parse().unwrap();
    back_up(ran.path(), &good, at, &|_, _, _| {}).unwrap();
    let key = ran.path().join("keys/master.key");
    let refused = async |places: &Places, target: &Path, key: &Path| {
        let chance = std::sync::Arc::new(SystemChance);
        let error = restore(places, target, Some(key), chance, &|_, _, _| {}).await.unwrap_err();
        let mut text = error.to_string();
        for (path, name) in [
            (target.display().to_string(), "DIR"),
            (places.vault.display().to_string(), "VAULT"),
            (places.ledger.display().to_string(), "LEDGER"),
            (key.display().to_string(), "KEY"),
        ] {
            text = text.replace(&path, name);
        }
        text
    };
    let target = ran.path().parent().unwrap().join(format!("{}-new", name_of(&ran)));
    assert_told("backup.md", &refused(&good, ran.path(), &key).await);
    let none = Places { ledger: ran.path().to_owned(), vault: good.vault.clone() };
    assert_told("backup.md", &refused(&none, &target, &key).await);
    let swapped = Places { ledger: good.vault.clone(), vault: good.ledger.clone() };
    let message = refused(&swapped, &target, &key).await;
    assert_told("backup.md", &message.replace("VAULT-vault", "VAULT"));
    let nested = Places { ledger: good.ledger.clone(), vault: good.ledger.join("vault") };
    let error = back_up(ran.path(), &nested, at, &|_, _, _| {}).unwrap_err().to_string();
    let error = error.replace(&nested.ledger.display().to_string(), "LEDGER");
    assert_told("backup.md", &error);

    let other = that_ran().await;
    let others = places("others");
    back_up(other.path(), &others, at, &|_, _, _| {}).unwrap();
    let mixed = Places { ledger: good.ledger.clone(), vault: others.vault.clone() };
    assert_told("backup.md", &refused(&mixed, &target, &key).await);

    let list = good.ledger.join("documents.sha256");
    fs::write(&list, "x").unwrap();
    assert_told("backup.md", &refused(&good, &target, &key).await);
    for place in [good.ledger, good.vault, others.ledger, others.vault] {
        fs::remove_dir_all(place).unwrap();
    }
    drop(fs::remove_dir_all(target));
}

fn name_of(directory: &TempDir) -> String {
    directory.path().file_name().unwrap().to_string_lossy().into_owned()
}
