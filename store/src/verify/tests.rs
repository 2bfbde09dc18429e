//! All damage is named, and what lies behind it is looked at.

use super::*;
use crate::aggregate::User;
use crate::chance::{Chance, SeededChance};
use crate::execute::{Request, Store};
use crate::ledger::{ExpectedRevision, NewRecord, StreamId};
use crate::record::{self, Envelope};
use crate::seal::DataKey;
use crate::sqlite::damage::hide_from_index;
use crate::sqlite::{LEDGER_FILE, SqliteLedger};
use crate::suite;
use crate::vault::CredentialKind;
use chrono::TimeDelta;
use domain::user::Command;
use domain::values::{Email, Language};
use domain::{Actor, Channel, CommandId, LinkId, Occasion, UserId};
use rusqlite::Connection;
use std::sync::Arc;
use uuid::Uuid;

fn signed_in(stream: &StreamId, revision: u64, previous: [u8; 32], number: u64) -> NewRecord {
    let event_id = Uuid::from_u128(number.into());
    let plain = suite::new_record(stream, revision, event_id, &[]);
    let envelope = record::decode(&plain.bytes).unwrap();
    let event_type = "user.signed_in";
    let bytes = record::encode(&Envelope { event_type, previous, ..envelope }).unwrap();
    NewRecord { event_id, bytes }
}

/// Two streams of three records each, alternating.
async fn ledger(directory: &Path) -> [StreamId; 2] {
    let ledger = SqliteLedger::open(directory).unwrap();
    let streams = [StreamId::new("user", Uuid::nil()), StreamId::new("user", Uuid::max())];
    let mut last = [None; 2];
    let mut previous = [[0; 32]; 2];
    for number in 0..6_u64 {
        let at = number as usize % 2;
        let (stream, revision) = (&streams[at], number / 2);
        let record = signed_in(stream, revision, previous[at], number);
        previous[at] = record::leaf_hash(&record.bytes);
        let expected = ExpectedRevision::after(last[at]);
        let appended = ledger.append(stream, expected, &[record]).await.unwrap();
        last[at] = Some(appended.revision);
    }
    ledger.close().await;
    streams
}

async fn verified(directory: &Path) -> Report {
    let ledger = SqliteLedger::open_read_only(directory).unwrap();
    verify(&ledger, Beside::default(), |_| ()).await.unwrap()
}

fn change(directory: &Path, sql: &str) {
    let connection = Connection::open(directory.join(LEDGER_FILE)).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER record_is_never_updated; DROP TRIGGER record_is_never_deleted;",
        )
        .unwrap();
    connection.execute_batch(sql).unwrap();
    let trigger = |what, when| {
        format!(
            "CREATE TRIGGER record_is_never_{what} BEFORE {when} ON record
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
    };
    connection.execute_batch(&trigger("updated", "UPDATE")).unwrap();
    connection.execute_batch(&trigger("deleted", "DELETE")).unwrap();
}

fn said(report: &Report) -> Vec<(Part, String)> {
    report.damage.iter().map(|damage| (damage.part, damage.to_string())).collect()
}

#[tokio::test]
async fn a_sound_ledger_is_sound() {
    let directory = tempfile::tempdir().unwrap();
    ledger(directory.path()).await;
    let report = verified(directory.path()).await;
    assert!(report.is_sound(), "{:?}", report.damage);
    assert_eq!((report.records, report.streams), (6, 2));
}

#[tokio::test]
async fn all_damaged_records_are_named_and_the_rest_is_looked_at() {
    let directory = tempfile::tempdir().unwrap();
    ledger(directory.path()).await;
    change(
        directory.path(),
        "UPDATE record SET bytes = CAST(x'ff' || substr(bytes, 2) AS BLOB) WHERE position IN (1, 4)",
    );
    let report = verified(directory.path()).await;
    let said = said(&report);
    assert_eq!(said.len(), 2, "{said:?}");
    for (damage, position) in said.iter().zip(["@1", "@4"]) {
        assert!(damage.0 == Part::Record && damage.1.starts_with(position), "{said:?}");
    }
    assert_eq!(report.records, 4);
}

#[tokio::test]
async fn records_that_are_missing_swapped_or_of_another_age_are_named() {
    for (sql, first) in [
        ("DELETE FROM record WHERE position = 2", "@2: it is missing"),
        ("DELETE FROM record WHERE position IN (2, 3)", "@2 to @3: it is missing"),
        (
            "UPDATE record SET position = -1 WHERE position = 2;
             UPDATE record SET position = 2 WHERE position = 4;
             UPDATE record SET position = 4 WHERE position = -1",
            "@2: a revision of its stream is missing",
        ),
        (
            "UPDATE record SET bytes = (SELECT bytes FROM record WHERE position = 1) WHERE position = 3",
            "@3: it says another stream or revision",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        ledger(directory.path()).await;
        change(directory.path(), sql);
        let report = verified(directory.path()).await;
        let said = said(&report);
        assert!(said.first().is_some_and(|said| said.1.starts_with(first)), "{sql}: {said:?}");
    }
}

#[tokio::test]
async fn an_index_that_hides_a_record_and_a_trigger_that_is_gone_are_named() {
    let directory = tempfile::tempdir().unwrap();
    ledger(directory.path()).await;
    hide_from_index(directory.path(), 5);
    let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
    connection.execute_batch("DROP TRIGGER stream_is_never_updated").unwrap();
    let said = said(&verified(directory.path()).await);
    let has = |part, words: &str| said.iter().any(|said| said.0 == part && said.1.contains(words));
    assert!(has(Part::Stream, "@5: it is v2 of its stream"), "{said:?}");
    assert!(has(Part::Ledger, "missing from index"), "{said:?}");
    assert!(has(Part::Ledger, "trigger stream_is_never_updated is missing"), "{said:?}");
}

/// Somebody is forgotten while the ledger is looked at: behind the place where the walk has been.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_forgotten_meanwhile_is_no_damage() {
    let directory = tempfile::tempdir().unwrap();
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
    let vault = Vault::open(directory.path(), DataKey::new([1; 32]), Arc::clone(&chance)).unwrap();
    let ledger = Arc::new(SqliteLedger::open(directory.path()).unwrap());
    let store = Store::new(ledger, Arc::new(vault), chance);
    let user = UserId::from_u128(9);
    let run = async |number: u128, days: i64, command: Command| {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap() + TimeDelta::days(days);
        let occasion = Occasion::new(Actor::System, Channel::Timer, at);
        let request = Request::new(CommandId::from_u128(number));
        store.execute::<User>(user, command, &occasion, &request).await.unwrap();
    };
    let (email, credential) = (Email::parse("marie@example.com").unwrap(), LinkId::from_u128(1));
    run(1, 0, Command::Register { email, language: Language::French, credential }).await;
    let forget = |_| {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                store.forget(user.into()).await.unwrap();
                run(2, 60, Command::Lapse).await;
            });
        });
    };
    let beside = Beside { directory: Some(directory.path()), ..Beside::default() };
    let report = verify(store.ledger.as_ref(), beside, forget).await.unwrap();
    assert!(report.is_sound(), "{:?}", report.damage);
    assert_eq!(report.records, 2);
}

#[tokio::test]
async fn a_password_that_the_ledger_speaks_of_and_the_vault_lacks_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
    let vault = Vault::open(directory.path(), DataKey::new([1; 32]), Arc::clone(&chance)).unwrap();
    let ledger = Arc::new(SqliteLedger::open(directory.path()).unwrap());
    let store = Store::new(ledger, Arc::new(vault), chance);
    let (user, credential) = (UserId::from_u128(9), LinkId::from_u128(1));
    let kind = CredentialKind::Password;
    store.vault.put_credential(user.into(), credential, kind, b"hash").await.unwrap();
    let email = Email::parse("marie@example.com").unwrap();
    let command = Command::Register { email, language: Language::French, credential };
    let occasion = Occasion::by_system(DateTime::from_timestamp(1_795_000_000, 0).unwrap());
    let request = Request::new(CommandId::from_u128(1));
    store.execute::<User>(user, command, &occasion, &request).await.unwrap();
    let look = async || {
        let (vault, directory) = (Some(store.vault.as_ref()), Some(directory.path()));
        let beside = Beside { vault, directory, looks_for_passwords: true, ..Beside::default() };
        verify(store.ledger.as_ref(), beside, |_| ()).await.unwrap()
    };
    assert!(look().await.is_sound());
    for sql in [
        "UPDATE credential SET id = randomblob(16)",
        "UPDATE credential SET sealed = zeroblob(length(sealed))",
        "DELETE FROM credential",
    ] {
        let file = directory.path().join(crate::vault::VAULT_FILE);
        rusqlite::Connection::open(file).unwrap().execute(sql, []).unwrap();
        let report = look().await;
        assert_eq!(report.damage.len(), 1, "{sql}: {:?}", report.damage);
        assert_eq!(report.damage[0].part, Part::Vault, "{sql}");
    }
}
