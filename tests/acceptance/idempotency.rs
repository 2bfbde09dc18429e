//! The same request twice is one.

use api::demo::life::{Owner, Stage};
use chrono::TimeDelta;
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
    let first = client.post(&path, json!({"livemode": false})).await.unwrap();
    let second = client.post(&path, json!({"livemode": false})).await.unwrap();
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let other = client.post(&path, json!({"livemode": true})).await.unwrap();
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

/// Shown once means once, even to whoever asks again with the same key.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_key_is_not_shown_again_and_the_answer_says_what_to_do() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(Stage::Live).await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let owner = Owner { client, merchant };
    life.prove_strongly(&owner, json!({"action": "live_keys"})).await.unwrap();
    let client = owner.client.with("idempotency-key", "live").with("accept-language", "en");
    let (path, body) = (owner.path("/api-keys"), json!({"livemode": true}));
    let first = client.post(&path, body.clone()).await.unwrap();
    assert!(first.text("/value").starts_with("sprod_"), "{}", first.json());
    let second = client.post(&path, body.clone()).await.unwrap();
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert_eq!((second.text("/id"), second.etag()), (first.text("/id"), first.etag()));
    assert_eq!(second.json()["value"], json!(null));
    assert!(second.text("/hint").contains("issue another"), "{}", second.json());
    assert!(first.json()["hint"].is_null());
    // Nothing of it lies in the vault.
    world.server.app.store.vault.close().await.unwrap();
    let vault = std::fs::read(world.directory.path().join("vault.db")).unwrap();
    let value = first.text("/value");
    assert!(!vault.windows(value.len()).any(|part| part == value.as_bytes()));
}

/// Who may see an answer is asked anew each time.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_authorised_again() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let client = owner.client.with("idempotency-key", "one");
    let (path, body) = (owner.path("/api-keys"), json!({"livemode": false}));
    assert_eq!(client.post(&path, body.clone()).await.unwrap().status, 201);
    owner.client.delete("/portal/v1/sessions/current").await.unwrap();
    assert_eq!(client.post(&path, body).await.unwrap().status, 401);
}

/// The answer to a repeated request says what that request did, not what has happened since.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_answers_as_of_its_own_events() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let client = owner.client.with("idempotency-key", "rib");
    let file = api::demo::life::document().unwrap();
    let form = [("kind", "bank_details")];
    let first = client.upload(&owner.path("/documents"), &form, &file).await.unwrap();
    let path = owner.path(&format!("/documents/{}", first.text("/id")));
    assert_eq!(owner.client.delete(&path).await.unwrap().status, 200);
    let second = client.upload(&owner.path("/documents"), &form, &file).await.unwrap();
    assert_eq!((&second.body, second.etag()), (&first.body, first.etag()));
}

/// After a day only the command's id tells, and it still does.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_repeated_days_later_is_still_one() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(Stage::ReadyToSign).await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let owner = Owner { client, merchant };
    let present = owner.client.with("idempotency-key", "contract");
    let first = present.post(&owner.path("/contract"), json!({})).await.unwrap();
    let before = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
    world.wait(TimeDelta::hours(26)).await;
    world.forget_requests().await;
    let client = life.sign_in().await.unwrap();
    let owner = Owner { client, ..owner };
    let present = owner.client.with("idempotency-key", "contract");
    let second = present.post(&owner.path("/contract"), json!({})).await.unwrap();
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    let after = owner.client.get(&owner.path("/contract/pdf")).await.unwrap();
    assert!(after.status == 200 && after.body == before.body, "{}", after.json());
}

/// The same request again, from somebody who may no longer ask it, is refused like a new one.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_no_longer_ask_is_not_answered_again() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(Stage::InReview).await.unwrap();
    let rows = world.server.app.projections.models().directory.rows();
    let merchant = rows[0].merchant;
    let path = format!("/console/v1/merchants/{merchant}/case/notes");
    let nadia = &world.staff.analyst;
    let note = async |client: api::demo::client::Client| {
        let client = client.with("idempotency-key", "note");
        client.post(&path, json!({"note": "Seen."})).await.unwrap()
    };
    let client = life.console(nadia).await.unwrap();
    assert_eq!(note(client.clone()).await.status, 200);
    assert_eq!(note(client).await.headers["idempotent-replayed"], "true");
    let administrator = life.console(&world.staff.administrator).await.unwrap();
    let me = life.console(nadia).await.unwrap().get("/console/v1/me").await.unwrap();
    let roles = format!("/console/v1/staff/{}/roles", me.text("/id"));
    let changed = administrator.put(&roles, json!({"roles": ["engineer"]})).await.unwrap();
    assert!(changed.status.is_success(), "{}", changed.json());
    world.wait(TimeDelta::minutes(2)).await;
    let refused = note(life.console(nadia).await.unwrap()).await;
    assert_eq!(refused.status, 403, "{}", refused.json());
}
