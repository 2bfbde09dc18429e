//! A ledger in which a newer program has written: this one refuses to start, and names what it does not
//! know (docs/operating/upgrading.md).

use domain::{EventId, Id};
use store::record::{self, Envelope};
use store::{ExpectedRevision, NewRecord, StreamId};
use tests::World;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_newer_program_is_named_before_anything_is_served() {
    for (event_type, version, words) in [
        ("future.happened", 1, "the type future.happened is unknown"),
        ("user.registered", 99, "version 99 of user.registered is unknown"),
    ] {
        let text = refusal_of_a_start_after(event_type, version).await;
        let newer = format!("is damaged: {words}; a newer version of this program wrote it");
        assert!(text.contains(&newer) && text.contains("the record at @"), "{text}");
    }
}

async fn refusal_of_a_start_after(event_type: &str, event_version: u16) -> String {
    let world = World::embedded().await;
    let stream = StreamId::new("user", Uuid::from_u128(99));
    let event_id = EventId::from_u128(99);
    let envelope = Envelope {
        event_id: event_id.uuid().into_bytes(),
        stream: &stream.to_string(),
        revision: 0,
        event_type,
        event_version,
        recorded_at: 0,
        actor_kind: "system",
        actor_id: None,
        on_behalf_of: None,
        channel: "terminal",
        command_id: [9; 16],
        correlation_id: [9; 16],
        causation_id: None,
        rule_set: "a newer one",
        previous: [0; 32],
        facts: &[],
        sealed: vec![],
    };
    let bytes = record::encode(&envelope).unwrap();
    let records = [NewRecord { event_id: event_id.uuid(), bytes }];
    let ledger = &world.server.app.store.ledger;
    ledger.append(&stream, ExpectedRevision::NoStream, &records).await.unwrap();
    let directory = world.directory;
    world.server.stop().await;
    drop((world.client, world.staff));
    let mut config = <api::config::Config as clap::Parser>::parse_from(["greffe"]);
    config.directory = directory.path().to_owned();
    config.listen = "127.0.0.1:0".parse().unwrap();
    let error = api::serve::start(config).await.err().expect("it must not start");
    format!("{error:#}")
}
