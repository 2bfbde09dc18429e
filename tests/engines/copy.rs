//! A ledger of lived lives goes to the double and back, and is the same.

use crate::all;
use api::demo::life::Stage;
use store::copy::copy;
use store::eventstoredb::{EventStoreLedger, Settings};
use store::sqlite::SqliteLedger;
use tests::World;
use tests::double::Double;

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_goes_there_and_back_with_the_same_bytes() {
    let world = World::embedded().await;
    for (index, stage) in Stage::ALL.iter().enumerate() {
        world.life(index).live_until(*stage).await.unwrap();
    }
    let World { server, directory, .. } = world;
    server.stop().await;
    let source = SqliteLedger::open_read_only(directory.path()).unwrap();
    let double = Double::start();
    double.chaos(7, 20);
    let settings = Settings::parse(&double.url_with("defaultDeadline=200")).unwrap();
    let there = EventStoreLedger::open(settings).await.unwrap();
    let first = copy(&source, &there, |_| {}).await.unwrap();

    let back = tempfile::tempdir().unwrap();
    let target = SqliteLedger::open(back.path()).unwrap();
    let second = copy(&there, &target, |_| {}).await.unwrap();
    assert!(first.records > 300, "{first:?}");
    assert_eq!(first, second);
    assert_eq!(all(&source).await, all(&target).await);
}
