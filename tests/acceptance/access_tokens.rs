//! Personal access tokens: what a program may do, and what takes somebody at the portal.

use api::demo::client::{Answer, Client};
use api::demo::life::{Owner, Stage, console_path};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::World;

const ALL: [&str; 5] =
    ["read", "write:registration", "write:client_file", "write:contract", "write:services"];
const PATH: &str = "/portal/v1/me/access-tokens";

async fn owner(world: &World) -> Owner {
    world.life(0).live_until(Stage::Draft).await.unwrap();
    let client = world.life(0).sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    Owner { client, merchant }
}

fn asked(world: &World, scopes: &[&str], life: TimeDelta) -> Value {
    let expires_at = world.server.app.clock.now() + life;
    json!({"name": "Nightly export", "scopes": scopes, "expires_at": expires_at})
}

async fn issue(world: &World, owner: &Owner, scopes: &[&str]) -> Answer {
    let action = json!({"action": "personal_access_tokens"});
    world.life(0).prove_strongly(owner, action).await.unwrap();
    let body = asked(world, scopes, TimeDelta::days(30));
    owner.client.post(PATH, body).await.unwrap()
}

async fn program(world: &World, owner: &Owner, scopes: &[&str]) -> Client {
    let made = issue(world, owner, scopes).await.expect_success().unwrap();
    world.client.signed_in(made.text("/value"))
}

fn of(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_by_somebody_who_proves_who_they_are_and_shown_once() {
    let world = World::start().await;
    let owner = owner(&world).await;
    let unproved = owner.client.post(PATH, asked(&world, &ALL, TimeDelta::days(30))).await.unwrap();
    assert_eq!(of(&unproved), (403, "strong_authentication_needed".to_owned()));
    let action = json!({"action": "personal_access_tokens"});
    world.life(0).prove_strongly(&owner, action).await.unwrap();
    for (body, code) in [
        (asked(&world, &[], TimeDelta::days(30)), "no_scope"),
        (asked(&world, &["write:team"], TimeDelta::days(30)), "invalid_fields"),
        (asked(&world, &ALL, TimeDelta::hours(23)), "token_end_out_of_range"),
        (asked(&world, &ALL, TimeDelta::days(367)), "token_end_out_of_range"),
        (
            json!({"name": "", "scopes": ["read"], "expires_at": "2026-12-30T00:00:00Z"}),
            "invalid_fields",
        ),
    ] {
        let answer = owner.client.post(PATH, body).await.unwrap();
        assert_eq!(of(&answer), (422, code.to_owned()));
    }
    let once = owner.client.with("idempotency-key", "nightly");
    let body = asked(&world, &["read"], TimeDelta::days(30));
    let made = once.post(PATH, body.clone()).await.unwrap().expect_success().unwrap();
    assert!(made.text("/value").starts_with("greffe_pat_"));
    let again = once.post(PATH, body).await.unwrap();
    assert_eq!((again.status.as_u16(), again.text("/id")), (201, made.text("/id")));
    assert_eq!((again.text("/value"), again.text("/hint").is_empty()), (String::new(), false));
    let list = owner.client.get(PATH).await.unwrap().json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["value"], Value::Null);
    assert_eq!(list["data"][0]["name"], "Nightly export");
    assert_eq!(list["data"][0]["last_used_at"], Value::Null);
    world.client.signed_in(made.text("/value")).get("/portal/v1/merchants").await.unwrap();
    let list = owner.client.get(PATH).await.unwrap().json();
    assert!(list["data"][0]["last_used_at"].is_string());
    // Its owner is told.
    let mail =
        api::demo::mailbox::mail(&world.server.app, &world.life(0).email, "token_issued").await;
    assert!(mail.unwrap().contains("jeton"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_what_its_scopes_say_and_the_ledger_says_that_a_program_did_it() {
    let world = World::start().await;
    let owner = owner(&world).await;
    let reader = program(&world, &owner, &["read"]).await;
    let writer = program(&world, &owner, &["write:client_file"]).await;
    let account = json!({"iban": "FR1420041010050500013M02606", "holder": "Atelier du Lac"});
    let (file, services) = (owner.path("/payout-account"), owner.path("/services"));
    assert_eq!(reader.get(&owner.path("/client-file")).await.unwrap().status, 200);
    let refused = reader.put(&file, account.clone()).await.unwrap();
    assert_eq!(of(&refused), (403, "scope_missing".to_owned()));
    assert_eq!(writer.put(&file, account).await.unwrap().status, 200);
    let refused = writer.put(&services, json!({"services": ["api"]})).await.unwrap();
    assert_eq!(of(&refused), (403, "scope_missing".to_owned()));
    let refused = writer.get(&owner.path("/client-file")).await.unwrap();
    assert_eq!(of(&refused), (403, "scope_missing".to_owned()));
    // Of another merchant it is a stranger.
    world.life(1).live_until(Stage::Draft).await.unwrap();
    let other = world.life(1).sign_in().await.unwrap();
    let other = other.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let strange = reader.get(&format!("/portal/v1/merchants/{other}")).await.unwrap();
    assert_eq!(of(&strange), (404, "unknown_merchant".to_owned()));
    let auditor = world.staff.auditor.client(&world.server.app).await.unwrap();
    let events =
        format!("{}?order=newest_first&type=client_file.", console_path(&owner, "/events"));
    let newest = auditor.get(&events).await.unwrap();
    assert_eq!(newest.text("/data/0/type"), "client_file.payout_account_recorded");
    assert_eq!(newest.text("/data/0/channel"), "api");
}

/// Of every operation: a token with every scope is enough where its document says so, and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn what_takes_somebody_at_the_portal_takes_no_token() {
    let world = World::start().await;
    let owner = owner(&world).await;
    let program = program(&world, &owner, &ALL).await;
    let document = world.client.get("/portal/v1/openapi.json").await.unwrap().json();
    let (mut taken, mut refused) = (0, 0);
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let ways = operation.get("security").unwrap_or(&document["security"]);
            let ways: Vec<&str> = ways
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|way| way.as_object().unwrap().keys())
                .map(String::as_str)
                .collect();
            if ways.is_empty() {
                continue;
            }
            let target = path.replace("{merchant}", &owner.merchant).replace(['{', '}'], "x");
            let method = method.to_uppercase().parse().unwrap();
            let answer = program.raw(method, &target, "application/json", "{}").await.unwrap();
            let is_refused = answer.code() == "session_needed";
            assert_eq!(ways.contains(&"access_token"), !is_refused, "{path}: {}", answer.json());
            assert_ne!(answer.code(), "scope_missing", "{path}");
            assert_ne!(answer.status, 401, "{path}");
            if is_refused { refused += 1 } else { taken += 1 }
        }
    }
    assert!(taken > 20 && refused > 20, "{taken} {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_when_it_says_when_it_is_revoked_and_with_the_sessions() {
    let world = World::start().await;
    let owner = owner(&world).await;
    let asks = |program: &Client| {
        let (program, path) = (program.clone(), owner.path(""));
        async move { program.get(&path).await.unwrap().status.as_u16() }
    };
    let (first, second) =
        (issue(&world, &owner, &["read"]).await, program(&world, &owner, &["read"]).await);
    let token = format!("{PATH}/{}", first.text("/id"));
    let first = world.client.signed_in(first.text("/value"));
    assert_eq!((asks(&first).await, asks(&second).await), (200, 200));
    // Nobody else's, and not by a program.
    world.life(1).live_until(Stage::Draft).await.unwrap();
    let stranger = world.life(1).sign_in().await.unwrap();
    assert_eq!(of(&stranger.delete(&token).await.unwrap()), (404, "unknown_token".to_owned()));
    assert_eq!(of(&first.delete(&token).await.unwrap()), (403, "session_needed".to_owned()));
    assert_eq!(owner.client.delete(&token).await.unwrap().status, 204);
    assert_eq!(of(&owner.client.delete(&token).await.unwrap()), (404, "unknown_token".to_owned()));
    assert_eq!((asks(&first).await, asks(&second).await), (401, 200));
    for wrong in ["greffe_pat_", "greffe_pat_AAAA", &"greffe_pat_".repeat(9)] {
        assert_eq!(asks(&world.client.signed_in(wrong.to_owned())).await, 401, "{wrong}");
    }
    world.wait(TimeDelta::days(30)).await;
    assert_eq!(asks(&second).await, 401);
    let client = world.life(0).sign_in().await.unwrap();
    let owner = Owner { client, merchant: owner.merchant.clone() };
    let list = owner.client.get(PATH).await.unwrap().json();
    assert_eq!(list["data"], json!([]));
    let third = program(&world, &owner, &["read"]).await;
    assert_eq!(asks(&third).await, 200);
    let email = json!({"email": world.life(0).email});
    world.client.post("/portal/v1/password-resets", email).await.unwrap();
    let mail =
        api::demo::mailbox::mail(&world.server.app, &world.life(0).email, "password_reset").await;
    let mail = mail.unwrap();
    let token = mail.split("token=").nth(1).unwrap().split_whitespace().next().unwrap();
    let body = json!({"token": token, "password": "agrafe lampe cheval sombre"});
    world.client.post("/portal/v1/password-changes", body).await.unwrap().expect_success().unwrap();
    assert_eq!(asks(&third).await, 401);
}
