//! Commands under random faults: each happens once, and what was said of it is true.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::bases::Bases;
use store::chance::SeededChance;
use store::eventstoredb::{EventStoreLedger, Settings};
use store::vault::Vault;
use store::{AsOf, Chance, ExecuteError, Executed, Position, Request, Store, User, record};
use tests::double::Double;

use domain::user::{Command, State};
use domain::values::{Email, Language};
use domain::{Actor, Channel, CommandId, Id, LinkId, Occasion, UserId};
use uuid::Uuid;

/// Commands, unless `CHAOS_COMMANDS` says otherwise.
const COMMANDS: u64 = 10_000;
const USERS: u64 = 50;
const WORKERS: u64 = 32;
/// Of a thousand calls to the server, so many go wrong.
const FAULTS: u64 = 60;
const SEED: u64 = 20_261_124;

fn user(number: u64) -> UserId {
    UserId::from_uuid(Uuid::from_u128(1_000_000 + u128::from(number)))
}

fn command_id(number: u64) -> CommandId {
    CommandId::from_uuid(Uuid::from_u128(2_000_000 + u128::from(number)))
}

fn occasion() -> Occasion {
    let at = chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    Occasion::new(Actor::Visitor, Channel::Portal, at)
}

async fn store(double: &Double) -> Store {
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(SEED));
    let settings = Settings::parse(&double.url_with("defaultDeadline=150")).unwrap();
    Store {
        ledger: Arc::new(EventStoreLedger::open(settings).await.unwrap()),
        vault: Arc::new(Vault::in_memory(Arc::clone(&chance)).unwrap()),
        chance,
        bases: Bases::default(),
    }
}

/// As a careful caller does: whatever is unknown or unavailable is asked again with the same id.
async fn insist(
    store: &Store,
    user: UserId,
    command: Command,
    id: CommandId,
    unknown: &AtomicU64,
) -> Executed<State> {
    let request = Request::new(id);
    loop {
        match store.execute::<User>(user, command.clone(), &occasion(), &request).await {
            Ok(executed) => return executed,
            Err(
                ExecuteError::Indeterminate(_)
                | ExecuteError::Unavailable(_)
                | ExecuteError::Contended,
            ) => unknown.fetch_add(1, Ordering::Relaxed),
            Err(error) => panic!("{error}"),
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_under_random_faults_are_neither_lost_nor_doubled() {
    let count = std::env::var("CHAOS_COMMANDS").map_or(COMMANDS, |text| text.parse().unwrap());
    let double = Double::start();
    let store = store(&double).await;
    let asked_again = Arc::new(AtomicU64::new(0));
    for number in 0..USERS {
        let command = Command::Register {
            email: Email::parse("someone@example.com").unwrap(),
            language: Language::French,
            credential: LinkId::from_uuid(Uuid::from_u128(1)),
        };
        insist(&store, user(number), command, command_id(count + number), &asked_again).await;
    }
    double.chaos(SEED, FAULTS);
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let (store, asked_again) = (store.clone(), Arc::clone(&asked_again));
            tokio::spawn(async move {
                let mut said = vec![];
                for number in (worker..count).step_by(WORKERS as usize) {
                    let who = user(number % USERS);
                    let id = command_id(number);
                    let done = insist(&store, who, Command::RevokeSessions, id, &asked_again).await;
                    said.push((id, done.position.unwrap()));
                }
                said
            })
        })
        .collect();
    let mut said = vec![];
    for worker in workers {
        said.extend(worker.await.unwrap());
    }
    let faults = double.faults_so_far();
    double.chaos(0, 0);
    println!("{faults} faults; {} commands were asked again", asked_again.load(Ordering::Relaxed));
    assert!(faults > count / 50, "only {faults} calls went wrong");
    check(&store, &said, count).await;
    // Who comes anew reads the same.
    let fresh = Store { ledger: self::store(&double).await.ledger, ..store.clone() };
    check(&fresh, &said, count).await;
}

async fn check(store: &Store, said: &[(CommandId, Position)], count: u64) {
    let records = store.ledger.read_all(None, usize::MAX).await.unwrap();
    assert_eq!(records.len() as u64, count + USERS, "one event for each command");
    for (record, position) in records.iter().zip(0..) {
        assert_eq!(record.position, Position(position));
    }
    for (id, position) in said {
        let record = &records[position.0 as usize];
        let envelope = record::decode(&record.bytes).unwrap();
        assert_eq!(envelope.command_id, id.uuid().into_bytes(), "{position} was said");
    }
    let mut total = 0;
    for number in 0..USERS {
        let state = store.load::<User>(user(number), AsOf::Now).await.unwrap().state;
        total += u64::from(state.session_generation);
    }
    assert_eq!(total, count);
}
