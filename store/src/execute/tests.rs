//! A command happens once; what was tried is told truly.

use super::*;
use crate::aggregate::User;
use crate::chance::SeededChance;
use crate::ledger::{NewRecord, Pending, StoredRecord};
use crate::load::AsOf;
use crate::memory::MemoryLedger;
use crate::record;
use crate::vault::Key;
use chrono::DateTime;
use domain::user::{Command, Refusal};
use domain::values::{Email, Language};
use domain::{Actor, Channel, LinkId, UserId};

fn store() -> Store {
    on(Arc::new(MemoryLedger::default()))
}

fn on(ledger: Arc<dyn Ledger>) -> Store {
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
    let vault = Vault::in_memory(Arc::clone(&chance)).unwrap();
    Store::new(ledger, Arc::new(vault), chance)
}

fn occasion(minute: i64) -> Occasion {
    let at = DateTime::from_timestamp(1_795_000_000 + minute * 60, 0).unwrap();
    Occasion::new(Actor::Visitor, Channel::Portal, at)
}

fn request(number: u128) -> Request {
    Request::new(CommandId::from_uuid(Uuid::from_u128(number)))
}

fn link(number: u128) -> LinkId {
    LinkId::from_uuid(Uuid::from_u128(number))
}

fn register() -> Command {
    Command::Register {
        email: Email::parse("marie@example.com").unwrap(),
        language: Language::French,
        credential: link(1),
    }
}

const USER: fn() -> UserId = || UserId::from_uuid(Uuid::from_u128(9));

#[tokio::test]
async fn a_command_happens_once_however_often_it_is_sent() {
    let store = store();
    let issue = || Command::IssueActivationLink { link: link(2) };
    store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await.unwrap();
    let first = store.execute::<User>(USER(), issue(), &occasion(1), &request(2)).await.unwrap();
    let again = store.execute::<User>(USER(), issue(), &occasion(5), &request(2)).await.unwrap();
    assert!(again.is_repeated);
    assert_eq!(again.events, first.events);
    assert_eq!(again.position, first.position);
    assert_eq!(store.events::<User>(USER()).await.unwrap().len(), 2);
}

/// A ledger that takes one append without saying so, and then does not answer.
#[derive(Default)]
struct Silent {
    ledger: MemoryLedger,
    has_taken: std::sync::atomic::AtomicBool,
}

impl Ledger for Silent {
    fn append<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
    ) -> Pending<'a, Result<Appended, AppendError>> {
        Box::pin(async move {
            self.ledger.append(stream, expected, records).await?;
            self.has_taken.store(true, std::sync::atomic::Ordering::SeqCst);
            Err(AppendError::Indeterminate("silence".to_owned()))
        })
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamId,
        from: Revision,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StoredRecord>, ReadError>> {
        if self.has_taken.load(std::sync::atomic::Ordering::SeqCst) {
            let silence = ReadError::Unavailable("silence".to_owned());
            return Box::pin(async { Err(silence) });
        }
        self.ledger.read_stream(stream, from, limit)
    }

    fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredRecord>, ReadError>> {
        self.ledger.read_all(after, limit)
    }

    fn head(&self) -> Pending<'_, Result<Option<Position>, ReadError>> {
        self.ledger.head()
    }

    fn wake(&self) -> tokio::sync::watch::Receiver<Option<Position>> {
        self.ledger.wake()
    }

    fn engine(&self) -> &'static str {
        "silent"
    }
}

#[tokio::test]
async fn what_may_have_happened_is_never_said_not_to_have() {
    let store = on(Arc::new(Silent::default()));
    let outcome = store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await;
    assert!(matches!(outcome, Err(ExecuteError::Indeterminate(_))), "{outcome:?}");
    // Nothing was tried here, so nothing can have happened.
    let outcome = store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await;
    assert!(matches!(outcome, Err(ExecuteError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn the_state_after_a_command_is_the_fold_of_what_was_stored() {
    let store = store();
    let done = store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await;
    let loaded = store.load::<User>(USER(), AsOf::Now).await.unwrap();
    assert_eq!(done.unwrap().state, loaded.state);
    assert!(loaded.state.email.as_ref().unwrap().known().is_some());
}

#[tokio::test]
async fn a_refusal_leaves_the_ledger_unchanged() {
    let store = store();
    let outcome =
        store.execute::<User>(USER(), Command::RevokeSessions, &occasion(0), &request(1)).await;
    assert!(matches!(outcome, Err(ExecuteError::Refused(Refusal::UnknownUser))));
    assert_eq!(store.ledger.head().await.unwrap(), None);
}

#[tokio::test]
async fn a_stale_caller_is_told_so() {
    let store = store();
    store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await.unwrap();
    for seen in [vec![Revision(4)], vec![Revision(3), Revision(1)], vec![]] {
        let request = Request { seen: Some(seen.into()), ..request(2) };
        let outcome =
            store.execute::<User>(USER(), Command::RevokeSessions, &occasion(0), &request).await;
        assert!(matches!(outcome, Err(ExecuteError::Stale { actual: Some(Revision(0)) })));
    }
    let one_of_them = Request { seen: Some([Revision(4), Revision(0)].into()), ..request(2) };
    let outcome =
        store.execute::<User>(USER(), Command::RevokeSessions, &occasion(0), &one_of_them).await;
    assert!(!matches!(outcome, Err(ExecuteError::Stale { .. })));
}

#[tokio::test]
async fn the_ledger_holds_no_readable_personal_data_and_forgets_with_the_key() {
    let store = store();
    store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await.unwrap();
    for stored in store.ledger.read_all(None, 10).await.unwrap() {
        let has_name = stored.bytes.windows(5).any(|window| window == b"marie");
        assert!(!has_name, "a name lies readable in the ledger");
    }
    store.forget(USER().into()).await.unwrap();
    let state = store.load::<User>(USER(), AsOf::Now).await.unwrap().state;
    assert_eq!(state.email, Some(domain::Personal::Forgotten));
    assert!(state.is_registered);
}

#[tokio::test]
async fn each_record_names_the_one_before_it_and_times_never_run_backwards() {
    let store = store();
    store.execute::<User>(USER(), register(), &occasion(10), &request(1)).await.unwrap();
    let issue = Command::IssueActivationLink { link: link(2) };
    store.execute::<User>(USER(), issue, &occasion(3), &request(2)).await.unwrap();
    let records = store.ledger.read_all(None, 10).await.unwrap();
    let first = record::decode(&records[0].bytes).unwrap();
    let second = record::decode(&records[1].bytes).unwrap();
    assert_eq!(first.previous, [0; 32]);
    assert_eq!(second.previous, record::leaf_hash(&records[0].bytes));
    assert_eq!(first.recorded_at, second.recorded_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_commands_on_one_stream_all_land_once() {
    let store = store();
    store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await.unwrap();
    let tasks: Vec<_> = (100..110)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .execute::<User>(
                        USER(),
                        Command::RevokeSessions,
                        &occasion(1),
                        &request(number),
                    )
                    .await
                    .unwrap()
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let state = store.load::<User>(USER(), AsOf::Now).await.unwrap().state;
    assert_eq!(state.session_generation, 10);
}

#[tokio::test]
async fn the_past_is_read_by_revision_time_or_position() {
    let store = store();
    store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await.unwrap();
    let revoke = Command::RevokeSessions;
    store.execute::<User>(USER(), revoke, &occasion(9), &request(2)).await.unwrap();
    for as_of in
        [AsOf::Revision(Revision(0)), AsOf::Time(occasion(8).at), AsOf::Position(Position(0))]
    {
        let loaded = store.load::<User>(USER(), as_of).await.unwrap();
        assert_eq!((loaded.state.session_generation, loaded.revision), (0, Some(Revision(0))));
    }
}

/// A vault that lost a key, or is older than the ledger, must not seal under another one: what was
/// sealed before would then read as damaged.
#[tokio::test]
async fn a_lost_key_is_never_made_again_and_is_not_damage() {
    let store = store();
    store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await.unwrap();
    let issue = Command::IssueActivationLink { link: link(2) };
    store.execute::<User>(USER(), issue, &occasion(0), &request(3)).await.unwrap();
    let verify = Command::VerifyEmail { link: link(2) };
    store.execute::<User>(USER(), verify, &occasion(0), &request(4)).await.unwrap();
    let older = on(Arc::clone(&store.ledger));
    let state = older.load::<User>(USER(), AsOf::Now).await.unwrap().state;
    assert_eq!(state.email, Some(domain::Personal::Lost));
    let record = Command::RecordProfile {
        profile: domain::user::Profile {
            first_name: domain::values::PersonName::recorded("Marie"),
            last_name: domain::values::PersonName::recorded("Exemple"),
            mobile: domain::values::Mobile::recorded("+33612345678"),
        },
    };
    let owner = Occasion::new(Actor::User(USER()), Channel::Portal, occasion(1).at);
    let outcome = older.execute::<User>(USER(), record.clone(), &owner, &request(2)).await;
    assert!(matches!(outcome, Err(ExecuteError::KeyLost(_))), "{outcome:?}");
    assert_eq!(older.vault.key(USER().into()).unwrap(), Key::Missing);
    // With the vault that has it, nothing has happened.
    store.execute::<User>(USER(), record, &owner, &request(2)).await.unwrap();
    assert_eq!(store.events::<User>(USER()).await.unwrap().len(), 4);
}

/// Repeated, a command answers what it did, and not what has happened since.
#[tokio::test]
async fn a_repeated_command_answers_as_of_its_own_events() {
    let store = store();
    let first = store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await.unwrap();
    let issue = Command::IssueActivationLink { link: link(2) };
    store.execute::<User>(USER(), issue, &occasion(1), &request(2)).await.unwrap();
    let again = store.execute::<User>(USER(), register(), &occasion(5), &request(1)).await.unwrap();
    assert_eq!((again.revision, again.position), (first.revision, first.position));
    assert!(again.state.activation.is_none() && again.is_repeated);
    let known = store.done::<User>(USER(), request(1).command_id).await.unwrap().unwrap();
    assert_eq!(known.revision, first.revision);
    assert!(store.done::<User>(USER(), request(9).command_id).await.unwrap().is_none());
}

/// A backup reads the vault, so that its log cannot be emptied: forgetting is not done, and is asked
/// again. Nobody is shown meanwhile what is already unreadable.
#[tokio::test]
async fn what_was_forgotten_halfway_is_not_remembered() {
    let directory = tempfile::tempdir().unwrap();
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
    let master = crate::seal::DataKey::new([1; 32]);
    let vault = Vault::open(directory.path(), master, Arc::clone(&chance)).unwrap();
    let store = Store::new(Arc::new(MemoryLedger::default()), Arc::new(vault), chance);
    store.execute::<User>(USER(), register(), &occasion(0), &request(1)).await.unwrap();
    let reader = rusqlite::Connection::open(directory.path().join("vault.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM data_key").unwrap();
    assert!(store.forget(USER().into()).await.is_err());
    assert_eq!(store.vault.key(USER().into()).unwrap(), Key::Destroyed);
    let state = store.load::<User>(USER(), AsOf::Now).await.unwrap().state;
    assert_eq!(state.email, Some(domain::Personal::Forgotten));
    reader.execute_batch("ROLLBACK").unwrap();
    store.forget(USER().into()).await.unwrap();
}
