//! What is known of streams' ends, and what is noticed by it.

use super::*;
use crate::aggregate::{Aggregate, User};
use crate::chance::{Chance, SeededChance};
use crate::execute::{ExecuteError, Request, Store};
use crate::load::AsOf;
use crate::sqlite::SqliteLedger;
use crate::sqlite::damage::hide_from_index;
use crate::vault::Vault;
use domain::user::Command;
use domain::values::{Email, Language};
use domain::{Actor, Channel, CommandId, Id, LinkId, Occasion, UserId};
use std::path::Path;
use uuid::Uuid;

const USER: fn() -> UserId = || UserId::from_uuid(Uuid::from_u128(9));

fn on_disk(directory: &Path) -> Store {
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
    let vault = Vault::in_memory(Arc::clone(&chance)).unwrap();
    Store::new(Arc::new(SqliteLedger::open(directory).unwrap()), Arc::new(vault), chance)
}

fn link(number: u128) -> LinkId {
    LinkId::from_uuid(Uuid::from_u128(number))
}

async fn run(
    store: &Store,
    number: u128,
    command: Command,
) -> Result<(), ExecuteError<<User as Aggregate>::Refusal>> {
    let at = chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    let occasion = Occasion::new(Actor::Visitor, Channel::Portal, at);
    let request = Request::new(CommandId::from_uuid(Uuid::from_u128(number)));
    store.execute::<User>(USER(), command, &occasion, &request).await.map(|_| ())
}

/// A user with two events, of whom the index of the ledger has lost the second.
async fn with_a_hidden_record(directory: &Path) -> Store {
    let store = on_disk(directory);
    let email = Email::parse("marie@example.com").unwrap();
    let register = Command::Register { email, language: Language::French, credential: link(1) };
    run(&store, 1, register).await.unwrap();
    run(&store, 2, Command::IssueActivationLink { link: link(2) }).await.unwrap();
    store.ledger.close().await;
    let (vault, chance) = (Arc::clone(&store.vault), Arc::clone(&store.chance));
    drop(store);
    hide_from_index(directory, 1);
    Store::new(Arc::new(SqliteLedger::open(directory).unwrap()), vault, chance)
}

async fn follow(store: &Store) -> Result<(), ReadError> {
    let mut all = store.reader().all(None);
    while let Some(page) = all.next().await? {
        page.iter().try_for_each(|recorded| store.ends.take(recorded))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_stream_that_its_index_cuts_short_is_damaged_and_nothing_is_appended() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_a_hidden_record(directory.path()).await;
    // Nobody followed the ledger: what the engine says is believed.
    assert_eq!(store.events::<User>(USER()).await.unwrap().len(), 1);
    follow(&store).await.unwrap();
    let is_named =
        |error: ReadError| matches!(error, ReadError::Damaged { position: Position(1), .. });
    assert!(is_named(store.events::<User>(USER()).await.unwrap_err()));
    for as_of in [AsOf::Now, AsOf::Revision(Revision(0)), AsOf::Position(Position(0))] {
        assert!(is_named(store.load::<User>(USER(), as_of).await.unwrap_err()), "{as_of:?}");
    }
    let newest = store.reader().newest_of(User::stream(USER()), Revision(1)).next().await;
    assert!(is_named(newest.unwrap_err()));
    let refused = run(&store, 3, Command::IssueActivationLink { link: link(3) }).await.unwrap_err();
    assert!(refused.to_string().contains("index of the ledger"), "{refused}");
    // Other streams may be damaged, too: until somebody has looked, none is written to.
    assert!(store.ends.damage().is_some());
    assert_eq!(store.ledger.head().await.unwrap(), Some(Position(1)));
}

#[tokio::test]
async fn a_stream_that_grows_while_it_is_read_is_sound() {
    let directory = tempfile::tempdir().unwrap();
    let store = on_disk(directory.path());
    let email = Email::parse("marie@example.com").unwrap();
    let register = Command::Register { email, language: Language::French, credential: link(1) };
    run(&store, 1, register).await.unwrap();
    follow(&store).await.unwrap();
    // Appended, and not followed yet.
    run(&store, 2, Command::IssueActivationLink { link: link(2) }).await.unwrap();
    assert_eq!(store.ends.of(&User::stream(USER())).unwrap().revision, Revision(0));
    assert_eq!(store.events::<User>(USER()).await.unwrap().len(), 2);
    // A page that ends before it, one that begins after it, and one that ends with it.
    let stream = User::stream(USER());
    follow(&store).await.unwrap();
    for (from, limit, found) in [(0, 1, 1), (2, 9, 0), (1, 1, 1), (0, 2, 2)] {
        let page = store.reader().some_of(&stream, Revision(from), limit).await.unwrap();
        assert_eq!(page.len(), found, "{limit} from {from}");
    }
}

#[tokio::test]
async fn a_record_follows_the_one_before_it_or_it_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let store = on_disk(directory.path());
    let email = Email::parse("marie@example.com").unwrap();
    let register = Command::Register { email, language: Language::French, credential: link(1) };
    run(&store, 1, register).await.unwrap();
    run(&store, 2, Command::IssueActivationLink { link: link(2) }).await.unwrap();
    let events = store.events::<User>(USER()).await.unwrap();
    let [first, second] = [&events[0], &events[1]];
    let refused = |recorded: &Recorded, after: &[&Recorded]| {
        let ends = Ends::default();
        after.iter().for_each(|recorded| ends.take(recorded).unwrap());
        ends.take(recorded).unwrap_err().to_string()
    };
    assert!(refused(second, &[]).contains("missing before it"));
    let other = Recorded { previous: [1; 32], ..second.clone() };
    assert!(refused(&other, &[first]).contains("does not follow"));
    let swapped = Recorded { leaf_hash: [1; 32], ..second.clone() };
    assert!(refused(&swapped, &[first, second]).contains("another record"));
    // Whoever follows anew changes nothing.
    let ends = Ends::default();
    for recorded in [first, second, first, second] {
        ends.take(recorded).unwrap();
    }
    assert_eq!(ends.of(&second.stream).unwrap().leaf_hash, second.leaf_hash);
}
