//! Sign up, activate, sign in, forgotten password.

use api::demo::PASSWORD;
use api::demo::mailbox::{mail, token_in};
use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_known_address_gets_the_same_answer_and_its_owner_a_mail() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    life.activate().await.unwrap();
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
    world.wait(TimeDelta::hours(73)).await;
    let expired = activate(old.clone()).await;
    assert_eq!((expired.status.as_u16(), expired.code().as_str()), (410, "link_expired"));
    world.client.post("/portal/v1/activation-links", body.clone()).await.unwrap();
    newest_other_than(&world, &life.email, &old).await;
    let replaced = activate(old).await;
    assert_eq!((replaced.status.as_u16(), replaced.code().as_str()), (410, "link_replaced"));

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

/// A stranger who asks for somebody's link, or registers with their address, takes nothing from them.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_asks_for_leaves_the_links_of_the_owner_alone() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let first = mail(&world.server.app, &life.email, "activation").await.unwrap();
    let address = json!({"email": life.email});
    let registration = json!({"email": life.email, "password": "sabot cerise vitre lampe"});
    for _ in 0..8 {
        world.client.post("/portal/v1/activation-links", address.clone()).await.unwrap();
        world.client.post("/portal/v1/registrations", registration.clone()).await.unwrap();
    }
    let token = token_in(&first).unwrap();
    let activated = world.client.post("/portal/v1/activations", json!({"token": token}));
    assert_eq!(activated.await.unwrap().status, 200);

    world.client.post("/portal/v1/password-resets", address.clone()).await.unwrap();
    let first = mail(&world.server.app, &life.email, "password_reset").await.unwrap();
    for _ in 0..8 {
        world.client.post("/portal/v1/password-resets", address.clone()).await.unwrap();
    }
    let change =
        json!({"token": token_in(&first).unwrap(), "password": "violon brique orage tapis"});
    let changed = world.client.post("/portal/v1/password-changes", change).await.unwrap();
    assert_eq!(changed.status, 204);
    let posts = world.server.app.outbox.posts();
    let count = |template| posts.iter().filter(|post| post.template == template).count();
    assert!(count("activation") <= 5 && count("password_reset") <= 3);
}

/// A stranger registers with somebody's address and waits for them to activate it.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_a_stranger_chose_never_opens_the_account_of_who_owns_the_address() {
    for follows_activation in [true, false] {
        let world = World::start().await;
        let life = world.life(0);
        let registration = |password: &str| json!({"email": life.email, "password": password});
        let sign_in =
            |password: &str| world.client.post("/portal/v1/sessions", registration(password));
        let (strangers, owners) = ("sabot cerise vitre lampe", "cheval pile agrafe correct");
        for password in [strangers, owners] {
            let registered = world.client.post("/portal/v1/registrations", registration(password));
            assert_eq!(registered.await.unwrap().status, 202);
        }
        if follows_activation {
            let link = mail(&world.server.app, &life.email, "activation").await.unwrap();
            let body = json!({"token": token_in(&link).unwrap()});
            assert_eq!(
                world.client.post("/portal/v1/activations", body).await.unwrap().status,
                200
            );
        }
        for password in [strangers, owners] {
            assert_ne!(sign_in(password).await.unwrap().status, 201, "{password}");
        }
        let link = mail(&world.server.app, &life.email, "password_reset").await.unwrap();
        let chosen = "violon brique orage tapis";
        let body = json!({"token": token_in(&link).unwrap(), "password": chosen});
        assert_eq!(
            world.client.post("/portal/v1/password-changes", body).await.unwrap().status,
            204
        );
        assert_eq!(sign_in(strangers).await.unwrap().status, 401);
        let signed_in = sign_in(chosen).await.unwrap();
        assert_eq!(signed_in.status, 201);
        let owner =
            world.client.with("authorization", format!("Bearer {}", signed_in.text("/token")));
        let merchants = owner.get("/portal/v1/merchants").await.unwrap();
        assert_eq!(merchants.text("/data/0/status"), "activated");
    }
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
    assert_eq!(rows[0].status, domain::registration::Status::Lapsed);
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

    let again = json!({"token": token, "password": "marteau lune velours quai"});
    let again = world.client.post("/portal/v1/password-changes", again).await.unwrap();
    assert_eq!((again.status.as_u16(), again.code().as_str()), (410, "link_used"));
    let right = json!({"email": life.email, "password": "violon brique orage tapis"});
    let still = world.client.post("/portal/v1/sessions", right).await.unwrap();
    assert_eq!(still.status, 201, "a used link left the password alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_sign_in_at_once_with_the_right_password() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    life.activate().await.unwrap();
    let all = futures::future::join_all((0..8).map(|_| life.sign_in())).await;
    assert_eq!(all.iter().filter(|signed_in| signed_in.is_err()).count(), 0);
}

/// Nothing of a superseded password is left to be guessed at, and repeating what set it brings
/// nothing back.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_leaves_nothing_of_the_old_one() {
    let world = World::start().await;
    let life = world.life(0);
    let first = world.client.with("idempotency-key", "first");
    let body = json!({"email": life.email, "password": PASSWORD});
    first.post("/portal/v1/registrations", body.clone()).await.unwrap();
    life.activate().await.unwrap();
    let reset = json!({"email": life.email});
    world.client.post("/portal/v1/password-resets", reset).await.unwrap();
    let text = mail(&world.server.app, &life.email, "password_reset").await.unwrap();
    let change =
        json!({"token": token_in(&text).unwrap(), "password": "violon brique orage tapis"});
    let second = world.client.with("idempotency-key", "second");
    assert_eq!(
        second.post("/portal/v1/password-changes", change.clone()).await.unwrap().status,
        204
    );
    let passwords = || -> i64 {
        let path = world.directory.path().join("vault.db");
        let vault = rusqlite::Connection::open(path).unwrap();
        let owner = world.server.app.projections.models().directory.rows()[0].owner;
        let sql = "SELECT count(*) FROM credential WHERE subject = ?1";
        vault.query_row(sql, [domain::Id::uuid(owner).as_bytes()], |row| row.get(0)).unwrap()
    };
    assert_eq!(passwords(), 1);
    let again = second.post("/portal/v1/password-changes", change).await.unwrap();
    assert_eq!(again.status, 204, "the same request again is the same");
    assert_eq!(first.post("/portal/v1/registrations", body).await.unwrap().status, 202);
    assert_eq!(passwords(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_may_change_but_a_verified_mobile_may_not() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let profile = |name: &str, mobile: &str| json!({"first_name": name, "last_name": "Exemple", "mobile": mobile});
    let path = "/portal/v1/me/profile";
    let renamed = owner.client.put(path, profile("Jeanne", &life.mobile)).await.unwrap();
    assert_eq!(renamed.json()["is_mobile_verified"], json!(true));
    let moved = owner.client.put(path, profile("Jeanne", "+33612349999")).await.unwrap();
    assert_eq!((moved.status.as_u16(), moved.code().as_str()), (409, "mobile_fixed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_reused_by_another_visitor_makes_another_user_and_no_session() {
    let world = World::start().await;
    let life = world.life(0);
    let client = world.client.with("idempotency-key", "1");
    let body = |email: &str| json!({"email": email, "password": PASSWORD});
    client.post("/portal/v1/registrations", body(&life.email)).await.unwrap();
    life.activate().await.unwrap();
    // The request is forgotten after a day.
    world.wait(TimeDelta::hours(30)).await;
    world.forget_requests().await;
    let other = json!({"email": "other@example.com", "password": "violon brique orage tapis"});
    assert_eq!(client.post("/portal/v1/registrations", other).await.unwrap().status, 202);
    life.sign_in().await.unwrap();
    let users: std::collections::BTreeSet<_> = world
        .server
        .app
        .projections
        .models()
        .directory
        .rows()
        .iter()
        .map(|row| row.owner)
        .collect();
    assert_eq!(users.len(), 2);
    let signed = client.post("/portal/v1/sessions", body(&life.email)).await.unwrap();
    let wrong = json!({"email": life.email, "password": "not the password"});
    let wrong = client.post("/portal/v1/sessions", wrong).await.unwrap();
    assert_eq!((signed.status.as_u16(), wrong.status.as_u16()), (201, 401));
}

/// What goes wrong before a page is made is told on a page: nobody stands before a blank one.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_on_a_page_is_told_on_one() {
    let world = World::start().await;
    let french = world.client.with("accept-language", "fr");
    let too_long = vec![b'x'; 400_000];
    for (body, kind, status) in [
        (too_long, "application/x-www-form-urlencoded", 413),
        (b"token=x".to_vec(), "text/plain", 415),
    ] {
        let answer = french.raw(Method::POST, "/activate", kind, body).await.unwrap();
        assert_eq!(answer.status, status);
        let page = String::from_utf8(answer.body).unwrap();
        assert!(page.contains("<html") && page.contains("Cela n&#39;a pas"), "{page}");
    }
}
