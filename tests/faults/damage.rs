//! A damaged record stops every reader that meets it, the server at start included.

use api::demo::client::Client;
use std::time::Duration;
use store::sqlite::LEDGER_FILE;
use tests::{World, start_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_start_on_a_damaged_ledger_and_says_where() {
    let world = World::start().await;
    world.life(0).register().await.unwrap();
    let directory = world.directory;
    world.server.stop().await;
    drop(world.client);
    drop(world.staff);
    std::fs::remove_file(directory.path().join(projections::snapshot::SNAPSHOT_FILE)).unwrap();
    flip_a_byte(directory.path());

    let path = directory.path().to_owned();
    let mut config = <api::config::Config as clap::Parser>::parse_from(["greffe"]);
    config.directory = path;
    config.listen = "127.0.0.1:0".parse().unwrap();
    let error = api::serve::start(config).await.err().expect("it must not start");
    let text = format!("{error:#}");
    assert!(text.contains("@3") && text.contains("replay verify"), "{text}");
}

/// A start with a snapshot reads what was recorded since: damage before that is found in the background.
#[tokio::test(flavor = "multi_thread")]
async fn damage_behind_a_snapshot_is_found_while_serving_and_nothing_is_appended_any_more() {
    let world = World::embedded().await;
    world.life(0).register().await.unwrap();
    let directory = world.directory;
    world.server.stop().await;
    drop(world.client);
    drop(world.staff);
    flip_a_byte(directory.path());
    let (server, _) = start_in(directory.path()).await;
    let ends = server.app.store.ends.clone();
    let found = async {
        while ends.damage().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), found).await.unwrap();
    assert!(ends.damage().unwrap().contains("@3"), "{:?}", ends.damage());
    let client = Client::new(&server.app);
    let head = server.app.store.ledger.head().await.unwrap();
    let again =
        serde_json::json!({"email": "stranger@example.com", "password": "correct horse battery"});
    let refused = client.post("/portal/v1/registrations", again).await.unwrap();
    assert_eq!(refused.status.as_u16(), 503);
    assert_eq!(server.app.store.ledger.head().await.unwrap(), head);
    let ready = client.get("/readyz").await.unwrap();
    assert_eq!(ready.status, 503);
    server.stop().await;
}

/// One byte of the record at position 3, past the triggers that forbid it.
fn flip_a_byte(directory: &std::path::Path) {
    let connection = rusqlite::Connection::open(directory.join(LEDGER_FILE)).unwrap();
    let sql = "DROP TRIGGER record_is_never_updated;
               UPDATE record SET bytes = CAST(substr(bytes, 1, 50)
                   || CASE substr(bytes, 51, 1) WHEN x'00' THEN x'01' ELSE x'00' END
                   || substr(bytes, 52) AS BLOB) WHERE position = 3;";
    connection.execute_batch(sql).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_was_stopped_well_starts_again_where_it_was() {
    let world = World::start().await;
    world.life(0).register().await.unwrap();
    let directory = world.directory;
    let head = world.server.app.store.ledger.head().await.unwrap();
    world.server.stop().await;
    drop(world.client);
    drop(world.staff);
    let (server, _) = start_in(directory.path()).await;
    assert!(server.app.store.ledger.head().await.unwrap() >= head);
    assert!(server.invitation.is_none(), "the administrator has joined");
    assert_eq!(server.app.projections.models().directory.rows().len(), 1);
}
