//! The same request twice is one.

use serde_json::json;
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_answer_and_another_body_is_refused() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let client = owner.client.with("idempotency-key", "one");
    let path = owner.path("/api-keys");
    let first = client.post(&path, json!({"mode": "test"})).await.unwrap();
    let second = client.post(&path, json!({"mode": "test"})).await.unwrap();
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let other = client.post(&path, json!({"mode": "live"})).await.unwrap();
    assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "idempotency_key_reused"));
    let keys = owner.client.get(&path).await.unwrap();
    assert_eq!(keys.json()["data"].as_array().unwrap().len(), 2, "the first and this one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_upload_is_one_document() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let client = owner.client.with("idempotency-key", "rib");
    let file = api::demo::life::document().unwrap();
    let form = [("kind", "bank_details")];
    let first = client.upload(&owner.path("/documents"), &form, &file).await.unwrap();
    let second = client.upload(&owner.path("/documents"), &form, &file).await.unwrap();
    assert_eq!(first.text("/id"), second.text("/id"));
    let view = owner.client.get(&owner.path("/client-file")).await.unwrap();
    assert_eq!(view.json()["documents"].as_array().unwrap().len(), 1);
}
