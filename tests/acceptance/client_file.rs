//! Bad input and strangers at the client file.

use api::demo::life::Owner;
use serde_json::json;
use tests::World;

async fn owner(world: &World, index: usize) -> Owner {
    let life = world.life(index);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    owner
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_bad_input_has_its_own_code_and_leaves_the_ledger_unchanged() {
    let world = World::start().await;
    let owner = owner(&world, 0).await;
    let app = &world.server.app;
    // The mailer may still be writing down what it sent.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let head = app.store.ledger.head().await.unwrap();
    let account = owner.path("/payout-account");
    let holder = "Atelier";
    let cases = [
        (
            json!({"iban": "FR5220041010050500013M02601", "holder": holder}),
            "/errors/0/code",
            "invalid_rib_key",
        ),
        (json!({"iban": "FR00", "holder": holder}), "/errors/0/code", "invalid_iban"),
        (json!({"iban": 7, "holder": holder}), "/errors/0/pointer", "/iban"),
        (json!({"iban": "x", "holder": holder, "extra": 1}), "/errors/0/pointer", "/extra"),
        (json!({"holder": holder}), "/code", "invalid_fields"),
    ];
    for (body, pointer, expected) in cases {
        let answer = owner.client.put(&account, body.clone()).await.unwrap();
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.text(pointer), expected, "{body} {}", answer.json());
    }
    let raw = |content_type: &'static str, body: Vec<u8>| {
        let (client, path) = (owner.client.clone(), account.clone());
        async move { client.raw("PUT".parse().unwrap(), &path, content_type, body).await.unwrap() }
    };
    let malformed = raw("application/json", b"{\"iban\": ".to_vec()).await;
    assert_eq!((malformed.status.as_u16(), malformed.code().as_str()), (400, "malformed_request"));
    let other_type = raw("text/plain", b"{}".to_vec()).await;
    assert_eq!(other_type.status, 415);
    let huge = raw("application/json", vec![b' '; 300_000]).await;
    assert_eq!((huge.status.as_u16(), huge.code().as_str()), (413, "too_large"));
    assert_eq!(app.store.ledger.head().await.unwrap(), head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_finds_nothing_wherever_they_look() {
    let world = World::start().await;
    let (mine, theirs) = (owner(&world, 0).await, owner(&world, 1).await);
    for rest in [
        "",
        "/onboarding",
        "/requirements",
        "/client-file",
        "/contract",
        "/contract/pdf",
        "/services",
        "/api-keys",
        "/document-requests",
        "/events",
    ] {
        let path = mine.path(rest);
        let stranger = theirs.client.get(&path).await.unwrap();
        assert_eq!(
            (stranger.status.as_u16(), stranger.code().as_str()),
            (404, "unknown_merchant"),
            "{path}"
        );
        assert_eq!(world.client.get(&path).await.unwrap().status, 401, "{path}");
    }
    let services = json!({"services": ["api"]});
    let stranger = theirs.client.put(&mine.path("/services"), services).await.unwrap();
    assert_eq!(stranger.status, 404);
    assert_eq!(theirs.client.get("/console/v1/queue").await.unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_if_match_changes_nothing() {
    let world = World::start().await;
    let owner = owner(&world, 0).await;
    let read = owner.client.get(&owner.path("")).await.unwrap();
    let services = |list: serde_json::Value| json!({"services": list});
    let fresh = owner.client.with("if-match", read.etag());
    let path = owner.path("/services");
    let first = fresh.put(&path, services(json!(["api"]))).await.unwrap();
    assert_eq!(first.status, 200);
    let second = fresh.put(&path, services(json!(["terminal"]))).await.unwrap();
    assert_eq!((second.status.as_u16(), second.code().as_str()), (412, "stale"));
}
