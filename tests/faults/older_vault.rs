//! An older vault beside a newer ledger: what it lacks is lost and said so, what it revives ends.

use api::config::Config;
use api::serve::Server;
use clap::Parser;
use domain::Id;
use domain::registration::Status;
use serde_json::json;
use std::fs;
use std::path::Path;
use store::vault::{Key, KeyList};
use store::{AsOf, User};
use tests::{World, start_in};
use uuid::Uuid;

async fn accepting(directory: &Path) -> anyhow::Result<Server> {
    let mut config = Config::parse_from(["greffe", "--accept-lost-keys"]);
    config.directory = directory.to_owned();
    config.listen = "127.0.0.1:0".parse().unwrap();
    api::serve::start(config).await
}

fn put_back(vault: &[u8], directory: &Path) {
    fs::write(directory.join("vault.db"), vault).unwrap();
    for ending in ["-wal", "-shm"] {
        drop(fs::remove_file(directory.join(format!("vault.db{ending}"))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_keys_are_accepted_once_and_never_made_again() {
    let world = World::embedded().await;
    let directory = world.directory;
    world.server.stop().await;
    drop((world.client, world.staff));
    let older = fs::read(directory.path().join("vault.db")).unwrap();

    let (server, _) = start_in(directory.path()).await;
    let client = api::demo::client::Client::new(&server.app);
    let body = json!({"email": "later@example.com", "password": api::demo::PASSWORD});
    client.post("/portal/v1/registrations", body).await.unwrap();
    let user = server.app.projections.models().directory.rows()[0].owner;
    server.stop().await;
    drop(client);
    put_back(&older, directory.path());

    let server = accepting(directory.path()).await.unwrap();
    let owner = user.uuid();
    let state = server.app.store.load::<User>(user, AsOf::Now).await.unwrap().state;
    assert_eq!(state.email, Some(domain::Personal::Lost));
    assert_eq!(server.app.store.vault.key(user.into()).unwrap(), Key::Missing);
    server.stop().await;

    let (server, _) = start_in(directory.path()).await;
    let key_list = KeyList::in_directory(directory.path()).unwrap().unwrap();
    assert!(key_list.lost.contains(&owner) && !key_list.known.contains(&owner));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_ledger_has_forgotten_an_older_vault_forgets_again() {
    let world = World::embedded().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let directory = world.directory;
    let rows = world.server.app.projections.models().directory.rows();
    let (merchant, owner) = (rows[0].merchant.uuid(), rows[0].owner.uuid());
    world.server.stop().await;
    drop((world.client, world.staff));
    let older = fs::read(directory.path().join("vault.db")).unwrap();
    let known = |subject: &Uuid| {
        let list = KeyList::in_directory(directory.path()).unwrap().unwrap();
        (list.known.contains(subject), list.destroyed.contains(subject))
    };
    assert_eq!(known(&owner), (true, false));

    let (server, clock) = start_in(directory.path()).await;
    api::dev::turn(&server.app, &clock, chrono::TimeDelta::days(31)).await;
    assert_eq!(server.app.projections.models().directory.rows()[0].status, Status::Lapsed);
    server.stop().await;
    assert_eq!((known(&owner), known(&merchant)), ((false, true), (false, true)));

    put_back(&older, directory.path());
    assert_eq!(known(&owner), (true, false), "revived");
    let (server, _) = start_in(directory.path()).await;
    assert_eq!((known(&owner), known(&merchant)), ((false, true), (false, true)));
    server.stop().await;
}
