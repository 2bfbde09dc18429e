//! What memory says is what a fresh fold of the disk says: with many writers and readers on few
//! streams, after an append of which nobody knows what came of it, after somebody was forgotten,
//! after a restart.

use domain::user::Command;
use domain::values::{Email, Language};
use domain::{Actor, Channel, CommandId, LinkId, MerchantId, Occasion, UserId, registration};
use futures::future::join_all;
use projections::runner::RunError;
use projections::{Projections, ReadModels};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use store::chance::SystemChance;
use store::ledger::{FollowUp, Pending, Position, Tail};
use store::recorded;
use store::scan::Scan;
use store::seal::DataKey;
use store::sqlite::SqliteLedger;
use store::vault::Vault;
use store::{
    Aggregate, AppendError, Appended, AsOf, ExpectedRevision, Ledger, Merchant, NewRecord,
    ReadError, Request, Revision, Store, StoredRecord, StreamId, User,
};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const USERS: u8 = 3;
const MERCHANTS: u8 = 2;
const PATIENCE: Duration = Duration::from_secs(10);

/// What somebody asks.
#[derive(Clone, Copy, Debug)]
enum Ask {
    Register(u8),
    IssueLink(u8),
    RevokeSessions(u8),
    Create(u8),
    Activate(u8),
    /// The command that was sent last, sent again.
    Again,
}

#[derive(Clone, Debug)]
enum Step {
    /// All at once, with readers beside them.
    AtOnce(Vec<Ask>),
    /// Whether it happens, nobody is told.
    Unknown(Ask, bool),
    Forget(u8),
    Restart,
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        2 => (0..USERS).prop_map(Ask::Register),
        4 => (0..USERS).prop_map(Ask::IssueLink),
        4 => (0..USERS).prop_map(Ask::RevokeSessions),
        2 => (0..MERCHANTS).prop_map(Ask::Create),
        2 => (0..MERCHANTS).prop_map(Ask::Activate),
        1 => Just(Ask::Again),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => prop::collection::vec(ask(), 1..8).prop_map(Step::AtOnce),
        2 => (ask(), any::<bool>()).prop_map(|(ask, happens)| Step::Unknown(ask, happens)),
        1 => (0..USERS).prop_map(Step::Forget),
        1 => Just(Step::Restart),
    ]
}

/// The embedded engine, which now and then does not say what came of an append.
struct Doubtful {
    engine: SqliteLedger,
    next: AtomicU8,
}

const TOLD: u8 = 0;
const HAPPENS: u8 = 1;
const DOES_NOT: u8 = 2;

impl Ledger for Doubtful {
    fn append<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
    ) -> Pending<'a, Result<Appended, AppendError>> {
        self.engine.append(stream, expected, records)
    }

    fn append_then<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
        then: FollowUp,
    ) -> Pending<'a, Result<Appended, AppendError>> {
        Box::pin(async move {
            let doubt = || Err(AppendError::Indeterminate("nobody knows".to_owned()));
            match self.next.swap(TOLD, Ordering::SeqCst) {
                HAPPENS => {
                    self.engine.append_then(stream, expected, records, then).await?;
                    doubt()
                }
                DOES_NOT => doubt(),
                _ => self.engine.append_then(stream, expected, records, then).await,
            }
        })
    }

    fn tail(&self, stream: &StreamId) -> Tail {
        self.engine.tail(stream)
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamId,
        from: Revision,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StoredRecord>, ReadError>> {
        self.engine.read_stream(stream, from, limit)
    }

    fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredRecord>, ReadError>> {
        self.engine.read_all(after, limit)
    }

    fn head(&self) -> Pending<'_, Result<Option<Position>, ReadError>> {
        self.engine.head()
    }

    fn wake(&self) -> watch::Receiver<Option<Position>> {
        self.engine.wake()
    }

    fn engine(&self) -> &'static str {
        "doubtful"
    }
}

/// A program that runs: everything of it that remembers.
struct Running {
    ledger: Arc<Doubtful>,
    store: Store,
    projections: Arc<Projections>,
    stop: watch::Sender<bool>,
    follower: JoinHandle<Result<(), RunError>>,
}

impl Running {
    async fn start(directory: &TempDir) -> Self {
        let engine = SqliteLedger::open(directory.path()).unwrap();
        let ledger = Arc::new(Doubtful { engine, next: AtomicU8::new(TOLD) });
        let chance = Arc::new(SystemChance);
        let vault = Vault::open(directory.path(), DataKey::new([1; 32]), chance.clone()).unwrap();
        let store = Store::new(Arc::clone(&ledger) as _, Arc::new(vault), chance);
        let path = Some(directory.path().to_owned());
        let projections = Projections::start(store.clone(), path).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let follower = tokio::spawn(Arc::clone(&projections).run(stopped));
        Self { ledger, store, projections, stop, follower }
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        self.follower.await.unwrap().unwrap();
    }

    /// The same ledger and vault, and nothing remembered.
    fn forgetful(&self) -> Store {
        let Store { ledger, vault, chance, .. } = self.store.clone();
        Store::new(ledger, vault, chance)
    }

    async fn ask(&self, ask: Ask, number: u128) {
        let at = chrono::DateTime::from_timestamp(1_795_000_000, number as u32).unwrap();
        let occasion = Occasion::new(Actor::Visitor, Channel::Portal, at);
        let request = Request::new(CommandId::from_u128(number));
        let link = LinkId::from_u128(number);
        // A refusal is an answer like any other here.
        match ask {
            Ask::Register(user) => {
                let email = Email::parse(&format!("u{user}@example.com")).unwrap();
                let language = Language::French;
                let command = Command::Register { email, language, credential: link };
                drop(self.store.execute::<User>(id(user), command, &occasion, &request).await);
            }
            Ask::IssueLink(user) => {
                let command = Command::IssueActivationLink { link };
                drop(self.store.execute::<User>(id(user), command, &occasion, &request).await);
            }
            Ask::RevokeSessions(user) => {
                let command = Command::RevokeSessions;
                drop(self.store.execute::<User>(id(user), command, &occasion, &request).await);
            }
            Ask::Create(merchant) => {
                let (owner, language) = (id(0), Language::French);
                let command = registration::Command::Create { owner, language }.into();
                self.of_merchant(merchant, command, &occasion, &request).await;
            }
            Ask::Activate(merchant) => {
                let command = registration::Command::Activate.into();
                self.of_merchant(merchant, command, &Occasion::by_system(at), &request).await;
            }
            Ask::Again => {}
        }
    }

    async fn of_merchant(
        &self,
        number: u8,
        command: domain::merchant::Command,
        occasion: &Occasion,
        request: &Request,
    ) {
        drop(self.store.execute::<Merchant>(merchant(number), command, occasion, request).await);
    }

    /// What a reader finds at any moment is what the disk says as of that revision.
    async fn read<A: Aggregate>(&self, key: A::Key)
    where
        A::State: PartialEq + std::fmt::Debug,
    {
        let mut newest = None;
        for _ in 0..5 {
            let found = self.store.load::<A>(key, AsOf::Now).await.unwrap();
            assert!(found.revision >= newest, "a reader never goes back");
            newest = found.revision;
            let Some(revision) = found.revision else { continue };
            let then = AsOf::Revision(revision);
            let on_disk = self.forgetful().load::<A>(key, then).await.unwrap();
            assert_eq!((found.state, found.recorded_at), (on_disk.state, on_disk.recorded_at));
            tokio::task::yield_now().await;
        }
    }

    async fn agrees<A: Aggregate>(&self, key: A::Key)
    where
        A::State: PartialEq + std::fmt::Debug,
    {
        let remembered = self.store.load::<A>(key, AsOf::Now).await.unwrap();
        let on_disk = self.forgetful().load::<A>(key, AsOf::Now).await.unwrap();
        assert_eq!(remembered.revision, on_disk.revision);
        assert_eq!(remembered.recorded_at, on_disk.recorded_at);
        assert_eq!(remembered.state, on_disk.state);
    }

    async fn everything_agrees(&self) {
        for user in 0..USERS {
            self.agrees::<User>(id(user)).await;
        }
        for number in 0..MERCHANTS {
            self.agrees::<Merchant>(merchant(number)).await;
        }
        if let Some(head) = self.ledger.head().await.unwrap() {
            assert!(self.projections.wait_for(head, PATIENCE).await);
        }
        let fresh = ReadModels::default();
        let keys = ReadModels::keys(&self.store.vault);
        let mut scan = Scan::new(self.ledger.as_ref(), None);
        while let Some(page) = scan.next().await.unwrap() {
            page.iter().for_each(|stored| fresh.apply(&recorded::read(stored, keys).unwrap()));
        }
        assert!(self.projections.models().is_same(&fresh), "the read models");
    }
}

fn id(user: u8) -> UserId {
    UserId::from_u128(u128::from(user) + 1)
}

fn merchant(number: u8) -> MerchantId {
    MerchantId::from_u128(u128::from(number) + 100)
}

/// The next number, or the last one once more.
fn number_of(ask: Ask, last: &mut (Ask, u128)) -> (Ask, u128) {
    if !matches!(ask, Ask::Again) {
        *last = (ask, last.1 + 1);
    }
    *last
}

async fn live(steps: Vec<Step>) {
    let directory = tempfile::tempdir().unwrap();
    let mut running = Running::start(&directory).await;
    let mut last = (Ask::Register(0), 1);
    for step in steps {
        match step {
            Step::AtOnce(asks) => {
                let asks: Vec<_> = asks.into_iter().map(|ask| number_of(ask, &mut last)).collect();
                let writers = asks.into_iter().map(|(ask, number)| running.ask(ask, number));
                let readers = async {
                    tokio::join!(
                        running.read::<User>(id(0)),
                        running.read::<User>(id(1)),
                        running.read::<Merchant>(merchant(0)),
                    );
                };
                tokio::join!(join_all(writers), readers);
            }
            Step::Unknown(ask, happens) => {
                let (ask, number) = number_of(ask, &mut last);
                let outcome = if happens { HAPPENS } else { DOES_NOT };
                running.ledger.next.store(outcome, Ordering::SeqCst);
                running.ask(ask, number).await;
                running.ledger.next.store(TOLD, Ordering::SeqCst);
            }
            Step::Forget(user) => running.store.forget(id(user).into()).await.unwrap(),
            Step::Restart => {
                running.stop().await;
                running = Running::start(&directory).await;
            }
        }
        running.everything_agrees().await;
    }
    running.stop().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn memory_says_what_the_disk_says(steps in prop::collection::vec(step(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(live(steps));
    }
}

/// More of them with `PROPTEST_CASES`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(16)
}
