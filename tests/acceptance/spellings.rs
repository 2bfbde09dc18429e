//! What people write in more than one way is one thing: addresses, passwords, headers.

use api::clock::Clock;
use api::demo::PASSWORD;
use api::demo::mailbox::{mail, token_in};
use chrono::TimeDelta;
use domain::values::Email;
use domain::{CommandId, Occasion, SubjectId, email_claim};
use serde_json::json;
use store::vault::CredentialKind;
use store::{AsOf, EmailClaim, Request, User};
use tests::World;

const READ: &str = "marie@bücher.example";
const WIRE: &str = "marie@xn--bcher-kva.example";

async fn follow_link(world: &World, email: &str) {
    let token = token_in(&mail(&world.server.app, email, "activation").await.unwrap()).unwrap();
    let body = json!({"token": token});
    assert_eq!(world.client.post("/portal/v1/activations", body).await.unwrap().status, 200);
}

/// How many users there are.
fn users(world: &World) -> usize {
    let rows = world.server.app.projections.models().directory.rows();
    rows.iter().map(|row| row.owner).collect::<std::collections::BTreeSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_spellings_of_a_domain_are_one_account() {
    let world = World::start().await;
    let mut life = world.life(0);
    life.email = READ.to_owned();
    life.register().await.unwrap();
    life.activate().await.unwrap();
    let body = json!({"email": WIRE, "password": PASSWORD});
    let again = world.client.post("/portal/v1/registrations", body.clone()).await.unwrap();
    assert_eq!(again.status, 202);
    mail(&world.server.app, READ, "address_already_used").await.unwrap();
    assert_eq!(users(&world), 1);
    assert_eq!(world.client.post("/portal/v1/sessions", body).await.unwrap().status, 201);
    let body = json!({"email": "Marie@BÜCHER.example", "password": PASSWORD});
    assert_eq!(world.client.post("/portal/v1/sessions", body).await.unwrap().status, 201);
}

/// Until domains were judged, each spelling had a claim of its own.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_before_signs_in_under_both_and_keeps_its_address() {
    let world = World::start().await;
    let mut life = world.life(0);
    life.email = READ.to_owned();
    life.register().await.unwrap();
    life.activate().await.unwrap();
    let app = &world.server.app;
    let email = Email::parse(READ).unwrap();
    let [now, before] = app.email_keys(&email)[..] else { panic!("two keys") };
    let by: SubjectId = holder(&world, now).await.unwrap();
    let occasion = Occasion::by_system(Clock::now(&world.clock));
    let request = |number| Request::new(CommandId::from_u128(number));
    let release = email_claim::Command::Release { by };
    app.store.execute::<EmailClaim>(now, release, &occasion, &request(1)).await.unwrap();
    let claim = email_claim::Command::Claim { by };
    app.store.execute::<EmailClaim>(before, claim, &occasion, &request(2)).await.unwrap();

    for spelling in [READ, WIRE] {
        let body = json!({"email": spelling, "password": PASSWORD});
        let signed_in = world.client.post("/portal/v1/sessions", body.clone()).await.unwrap();
        assert_eq!(signed_in.status, 201, "{spelling}");
        let again = world.client.post("/portal/v1/registrations", body).await.unwrap();
        assert_eq!(again.status, 202, "{spelling}");
    }
    assert_eq!(users(&world), 1);
    assert_eq!(holder(&world, now).await, None);
}

/// An address that is refused today was claimed before look-alikes were judged: its owner signs in.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_refused_today_still_signs_its_owner_in() {
    const REFUSED: &str = "p\u{430}ul@example.com";
    assert!(Email::parse(REFUSED).is_err());
    let world = World::start().await;
    let mut life = world.life(0);
    life.email = READ.to_owned();
    life.register().await.unwrap();
    life.activate().await.unwrap();
    let app = &world.server.app;
    let body = json!({"email": REFUSED, "password": PASSWORD});
    let signed_in = world.client.post("/portal/v1/sessions", body.clone()).await.unwrap();
    assert_eq!(signed_in.status, 401, "nobody's yet");

    let by = holder(&world, app.email_key(&Email::parse(READ).unwrap())).await.unwrap();
    let claim = email_claim::Command::Claim { by };
    let occasion = Occasion::by_system(Clock::now(&world.clock));
    let request = Request::new(CommandId::from_u128(1));
    let key = app.email_key(&Email::recorded(REFUSED));
    app.store.execute::<EmailClaim>(key, claim, &occasion, &request).await.unwrap();
    let signed_in = world.client.post("/portal/v1/sessions", body.clone()).await.unwrap();
    assert_eq!(signed_in.status, 201);
    let again = world.client.post("/portal/v1/registrations", body).await.unwrap();
    assert_eq!(again.status, 422, "nobody new registers with it");
}

/// A lapse gives back the address that was claimed, under whichever key.
#[tokio::test(flavor = "multi_thread")]
async fn a_lapse_gives_both_keys_back() {
    let world = World::start().await;
    let mut life = world.life(0);
    life.email = READ.to_owned();
    life.register().await.unwrap();
    world.wait(TimeDelta::days(31)).await;
    for key in world.server.app.email_keys(&Email::parse(READ).unwrap()) {
        assert_eq!(holder(&world, key).await, None);
    }
    life.register().await.unwrap();
    mail(&world.server.app, READ, "activation").await.unwrap();
}

async fn holder(world: &World, key: store::EmailKey) -> Option<SubjectId> {
    world.server.app.store.load::<EmailClaim>(key, AsOf::Now).await.unwrap().state.holder
}

/// Composed on one keyboard, taken apart by another.
const COMPOSED: &str = "for\u{ea}t pelle \u{e9}cureuil verglas";
const APART: &str = "fore\u{302}t pelle e\u{301}cureuil verglas";

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_the_same_however_its_accents_are_composed() {
    let world = World::start().await;
    let life = world.life(0);
    let with = |password: &str| json!({"email": life.email, "password": password});
    let register = world.client.post("/portal/v1/registrations", with(APART)).await.unwrap();
    assert_eq!(register.status, 202);
    follow_link(&world, &life.email).await;
    for password in [COMPOSED, APART, "ｆorêt pelle écureuil verglas"] {
        let signed_in = world.client.post("/portal/v1/sessions", with(password)).await.unwrap();
        assert_eq!(signed_in.status, 201, "{password}");
    }
    let wrong = with("foret pelle ecureuil verglas");
    assert_eq!(world.client.post("/portal/v1/sessions", wrong).await.unwrap().status, 401);
}

/// A hash of what was typed, as programs before this one made it.
#[tokio::test(flavor = "multi_thread")]
async fn a_hash_of_before_goes_on_working_and_is_renewed() {
    let world = World::start().await;
    let life = world.life(0);
    let with = |password: &str| json!({"email": life.email, "password": password});
    world.client.post("/portal/v1/registrations", with(COMPOSED)).await.unwrap();
    follow_link(&world, &life.email).await;
    let app = &world.server.app;
    let owner = app.projections.models().directory.rows()[0].owner;
    let state = app.store.load::<User>(owner, AsOf::Now).await.unwrap().state;
    let (vault, credential) = (&app.store.vault, state.credential.unwrap());
    let kind = CredentialKind::Password;
    let stored = || vault.credential(owner.into(), credential, kind).unwrap().unwrap();
    let old = {
        use argon2::password_hash::PasswordHasher;
        let argon2 = argon2::Argon2::default();
        argon2.hash_password_with_salt(APART.as_bytes(), b"a salt of before").unwrap().to_string()
    };
    vault.put_credential(owner.into(), credential, kind, old.as_bytes()).await.unwrap();

    for password in [COMPOSED, APART] {
        let signed_in = world.client.post("/portal/v1/sessions", with(password)).await.unwrap();
        assert_eq!(signed_in.status, 201, "{password}");
    }
    let renewed = stored();
    assert_ne!(renewed, old.into_bytes());
    let verdict = app.passwords.judge(COMPOSED, Some(renewed.clone())).await.unwrap();
    assert!(verdict.is_right && !verdict.is_outdated);
    // Once is enough.
    world.client.post("/portal/v1/sessions", with(APART)).await.unwrap();
    assert_eq!(stored(), renewed);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_taken_as_the_standards_have_them() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let token = owner.client.token().unwrap();
    for scheme in ["bearer", "BEARER", "Bearer  "] {
        let client = world.client.with("authorization", format!("{scheme} {token}"));
        assert_eq!(client.get("/portal/v1/me").await.unwrap().status, 200, "{scheme}");
    }

    let (path, body) = (owner.path("/services"), json!({"services": ["api"]}));
    let other = json!({"services": ["api", "payment_link"]});
    let put = async |tags: String, body: &serde_json::Value| {
        owner.client.with("if-match", tags).put(&path, body.clone()).await.unwrap()
    };
    let tag = owner.client.put(&path, body.clone()).await.unwrap().etag();
    let tag = put(format!("W/{tag}"), &other).await.etag();
    let tag = put(format!("\"999\", {tag}, W/\"998\""), &body).await.etag();
    let answer = put("*".to_owned(), &other).await;
    assert_eq!(answer.status, 200);
    let stale = put(format!("{tag}, \"somebody else's\""), &body).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "stale"));
    let malformed = put("17".to_owned(), &body).await;
    assert_eq!((malformed.status.as_u16(), malformed.code().as_str()), (400, "malformed_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plus_that_was_not_written_as_one_is_told() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    let client = owner.client.with("accept-language", "en");
    let at = async |text: &str| client.get(&owner.path(&format!("?as_of={text}"))).await.unwrap();
    let plus = at("2026-11-23T10:00:30+01:00").await;
    assert_eq!(plus.code(), "malformed_request");
    assert!(plus.text("/detail").contains("%2B"), "{}", plus.json());
    assert_eq!(at("2026-11-23T10:00:30%2B01:00").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_share_keys_and_no_accounts() {
    let world = World::start().await;
    let client = world.client.with("idempotency-key", "sign-up-1");
    let register = |email: &str| json!({"email": email, "password": PASSWORD});
    for email in ["one@example.com", "two@example.com", "one@example.com"] {
        let answer = client.post("/portal/v1/registrations", register(email)).await.unwrap();
        assert_eq!(answer.status, 202, "{email}");
    }
    assert_eq!(users(&world), 2);
    // The second time was the same request, and sent nothing again.
    mail(&world.server.app, "one@example.com", "activation").await.unwrap();
    let posts = world.server.app.outbox.posts();
    let to_one = posts.iter().filter(|post| post.to == "one@example.com");
    assert_eq!(to_one.count(), 1);
}
