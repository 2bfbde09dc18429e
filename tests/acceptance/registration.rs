//! Sign up, activate, sign in, forgotten password.

use api::demo::PASSWORD;
use api::demo::life::{mail, token_in};
use chrono::TimeDelta;
use serde_json::json;
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_known_address_gets_the_same_answer_and_its_owner_a_mail() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let body = json!({"email": life.email, "password": PASSWORD});
    let again = world.client.post("/portal/v1/registrations", body).await.unwrap();
    let body = json!({"email": "other@example.com", "password": PASSWORD});
    let other = world.client.post("/portal/v1/registrations", body).await.unwrap();
    assert_eq!((again.status, again.body), (other.status, other.body));
    mail(&world.server.app, &life.email, "address_already_used").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_link_works_once_only_the_newest_and_for_72_hours() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let old = token_in(&mail(&world.server.app, &life.email, "activation").await.unwrap()).unwrap();
    let activate = |token: String| {
        let client = world.client.clone();
        async move { client.post("/portal/v1/activations", json!({"token": token})).await.unwrap() }
    };
    let body = json!({"email": life.email});
    world.client.post("/portal/v1/activation-links", body.clone()).await.unwrap();
    let replaced = activate(old.clone()).await;
    assert_eq!((replaced.status.as_u16(), replaced.code().as_str()), (410, "link_replaced"));

    world.wait(TimeDelta::hours(73)).await;
    let newest = newest_other_than(&world, &life.email, &old).await;
    let expired = activate(newest).await;
    assert_eq!((expired.status.as_u16(), expired.code().as_str()), (410, "link_expired"));

    let forged = activate("AAAA".to_owned()).await;
    assert_eq!((forged.status.as_u16(), forged.code().as_str()), (404, "unknown_link"));

    let other = world.life(1);
    other.register().await.unwrap();
    let token =
        token_in(&mail(&world.server.app, &other.email, "activation").await.unwrap()).unwrap();
    assert_eq!(activate(token.clone()).await.status, 200);
    let used = activate(token).await;
    assert_eq!((used.status.as_u16(), used.code().as_str()), (410, "link_used"));
}

async fn newest_other_than(world: &World, email: &str, old: &str) -> String {
    for _ in 0..500 {
        let token = token_in(&mail(&world.server.app, email, "activation").await.unwrap()).unwrap();
        if token != old {
            return token;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    old.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_never_activated_lapses_and_its_address_is_free_again() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let text = mail(&world.server.app, &life.email, "activation").await.unwrap();
    world.wait(TimeDelta::days(31)).await;
    let rows = world.server.app.projections.models().directory.rows();
    assert_eq!(rows[0].status, "lapsed");
    life.register().await.unwrap();
    let token = newest_other_than(&world, &life.email, &token_in(&text).unwrap()).await;
    let body = json!({"token": token});
    assert_eq!(world.client.post("/portal/v1/activations", body).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_passwords_lock_and_a_reset_ends_every_session() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    let wrong = json!({"email": life.email, "password": "not the password"});
    for _ in 0..5 {
        let answer = world.client.post("/portal/v1/sessions", wrong.clone()).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "wrong_credentials"));
    }
    assert!(life.sign_in().await.is_err(), "locked, although the password is right");
    mail(&world.server.app, &life.email, "sign_in_locked").await.unwrap();
    let unknown = json!({"email": "nobody@example.com", "password": "not the password"});
    let unknown = world.client.post("/portal/v1/sessions", unknown).await.unwrap();
    assert_eq!(unknown.code(), "wrong_credentials");

    let body = json!({"email": life.email});
    world.client.post("/portal/v1/password-resets", body).await.unwrap();
    let text = mail(&world.server.app, &life.email, "password_reset").await.unwrap();
    let token = token_in(&text).unwrap();
    let weak = json!({"token": token, "password": "motdepasse123"});
    let weak = world.client.post("/portal/v1/password-changes", weak).await.unwrap();
    assert_eq!(weak.text("/errors/0/code"), "password_too_weak");
    let change = json!({"token": token, "password": "violon brique orage tapis"});
    let changed = world.client.post("/portal/v1/password-changes", change).await.unwrap();
    assert_eq!(changed.status, 204);
    assert_eq!(owner.client.get("/portal/v1/me").await.unwrap().status, 401);
    assert!(life.sign_in().await.is_err(), "the old password no longer works");
}
