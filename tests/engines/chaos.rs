//! Commands under random faults: each happens once, and what was said of it is true.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::chance::SeededChance;
use store::eventstoredb::{EventStoreLedger, Settings};
use store::vault::Vault;
use store::{AsOf, Chance, ExecuteError, Position, Request, Store, User, record};
use tests::double::Double;

use domain::user::Command;
use domain::values::{Email, Language};
use domain::{Actor, Channel, CommandId, Id, LinkId, Occasion, UserId};
use uuid::Uuid;

/// Commands, unless `CHAOS_COMMANDS` says otherwise.
const COMMANDS: u64 = 10_000;
const USERS: u64 = 50;
const WORKERS: u64 = 32;
/// Of a thousand calls to the server, so many go wrong.
const FAULTS: u64 = 80;
const SEED: u64 = 20_261_124;
const IMPATIENT: &str = "defaultDeadline=150";

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

async fn store(url: &str) -> Store {
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(SEED));
    let settings = Settings::parse(url).unwrap();
    let ledger = EventStoreLedger::open(settings).await.unwrap();
    let vault = Vault::in_memory(Arc::clone(&chance)).unwrap();
    Store::new(Arc::new(ledger), Arc::new(vault), chance)
}

/// What became of the commands.
#[derive(Default)]
struct Tally {
    /// Said to have happened, and where.
    done: Mutex<Vec<(CommandId, Position)>>,
    /// Said not to have happened, and not asked again.
    refused: Mutex<Vec<CommandId>>,
    unknown: AtomicU64,
}

/// As a careful caller does: what is unknown is asked again with the same id. What is certain is
/// taken at its word: a command that did not happen is left, and another one takes its place.
async fn insist(store: &Store, user: UserId, command: Command, number: u64, tally: &Tally) {
    let mut id = command_id(number);
    loop {
        let request = Request::new(id);
        match store.execute::<User>(user, command.clone(), &occasion(), &request).await {
            Ok(executed) => {
                tally.done.lock().unwrap().push((id, executed.position.unwrap()));
                return;
            }
            Err(ExecuteError::Indeterminate(_)) => {
                tally.unknown.fetch_add(1, Ordering::Relaxed);
            }
            Err(ExecuteError::Unavailable(_) | ExecuteError::Contended) => {
                tally.refused.lock().unwrap().push(id);
                id = CommandId::from_uuid(Uuid::new_v5(&id.uuid(), b"another"));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_under_random_faults_are_neither_lost_nor_doubled() {
    let count = std::env::var("CHAOS_COMMANDS").map_or(COMMANDS, |text| text.parse().unwrap());
    let double = Double::start();
    let store = store(&double.url_with(IMPATIENT)).await;
    let tally = Arc::new(Tally::default());
    for number in 0..USERS {
        let command = Command::Register {
            email: Email::parse("someone@example.com").unwrap(),
            language: Language::French,
            credential: LinkId::from_uuid(Uuid::from_u128(1)),
        };
        insist(&store, user(number), command, count + number, &tally).await;
    }
    double.chaos(SEED, FAULTS);
    let double = Arc::new(Mutex::new(double));
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let (store, tally) = (store.clone(), Arc::clone(&tally));
            let double = Arc::clone(&double);
            tokio::spawn(async move {
                for number in (worker..count).step_by(WORKERS as usize) {
                    disturb(&double, number);
                    let who = user(number % USERS);
                    insist(&store, who, Command::RevokeSessions, number, &tally).await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let faults = double.lock().unwrap().faults_so_far();
    double.lock().unwrap().chaos(0, 0);
    let (unknown, refused) =
        (tally.unknown.load(Ordering::Relaxed), tally.refused.lock().unwrap().len());
    println!("{faults} faults: {unknown} times unknown to the caller, {refused} certain refusals");
    assert!(faults > count / 50, "only {faults} calls went wrong");
    check(&store, &tally, count).await;
    // Who comes anew reads the same.
    let url = double.lock().unwrap().url_with(IMPATIENT);
    let ledger = self::store(&url).await.ledger;
    check(&Store { ledger, ..store.clone() }, &tally, count).await;
}

/// Now and then the node dies and comes back, or its subscriptions end.
fn disturb(double: &Mutex<Double>, number: u64) {
    if number % 1_500 == 700 {
        let mut double = double.lock().unwrap();
        double.kill(0);
        double.revive(0);
    }
    if number % 400 == 100 {
        double.lock().unwrap().end_subscriptions();
    }
}

async fn check(store: &Store, tally: &Tally, count: u64) {
    store.ledger.head().await.unwrap();
    let records = store.ledger.read_all(None, usize::MAX).await.unwrap();
    assert_eq!(records.len() as u64, count + USERS, "one event for each command");
    for (record, position) in records.iter().zip(0..) {
        assert_eq!(record.position, Position(position));
    }
    let commands: Vec<_> =
        records.iter().map(|record| record::decode(&record.bytes).unwrap().command_id).collect();
    for (id, position) in tally.done.lock().unwrap().iter() {
        assert_eq!(commands[position.0 as usize], id.uuid().into_bytes(), "{position} was said");
    }
    for id in tally.refused.lock().unwrap().iter() {
        assert!(!commands.contains(&id.uuid().into_bytes()), "{id} was said not to have happened");
    }
    let mut total = 0;
    for number in 0..USERS {
        let state = store.load::<User>(user(number), AsOf::Now).await.unwrap().state;
        total += u64::from(state.session_generation);
    }
    assert_eq!(total, count);
}
