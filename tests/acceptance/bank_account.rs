//! The change of a bank account from outside: asked, confirmed, verified, activated; cancelled from a
//! mail; tried by a thief.

use api::clock::Clock;
use api::demo::client::{Answer, Client};
use api::demo::life::{Life, Owner, Stage, console_path, rib};
use api::demo::mailbox::{mail, token_in};
use chrono::{SecondsFormat, TimeDelta};
use domain::{Id, UserId};
use serde_json::{Value, json};
use store::User;
use tests::World;

const OLD: &str = "FR7630006000011234567890189";
const NEW: &str = "FR1420041010050500013M02606";
const OTHER: &str = "DE89370400440532013000";

async fn owner_of(life: &Life<'_>) -> Owner {
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    Owner { client, merchant }
}

async fn live<'a>(world: &'a World, index: usize) -> (Life<'a>, Owner) {
    let life = world.life(index);
    life.live_until(Stage::Live).await.unwrap();
    let owner = owner_of(&life).await;
    (life, owner)
}

async fn account(owner: &Owner) -> Value {
    owner.client.get(&owner.path("/bank-account")).await.unwrap().json()
}

/// What the payment service is told.
async fn to_pay(world: &World, owner: &Owner, query: &str) -> Answer {
    let path = format!("/internal/v1/merchants/{}/payout-account{query}", owner.merchant);
    world.client.signed_in("internal".to_owned()).get(&path).await.unwrap()
}

async fn paid(world: &World, owner: &Owner) -> Value {
    to_pay(world, owner, "").await.json()["iban"].clone()
}

async fn decide(client: &Client, owner: &Owner, change: &str, step: &str, body: Value) -> Answer {
    let path = console_path(owner, &format!("/bank-account-changes/{change}/{step}"));
    client.post(&path, body).await.unwrap()
}

async fn verify(world: &World, owner: &Owner, change: &str) -> Answer {
    let analyst = world.staff.analyst.client(&world.server.app).await.unwrap();
    let body = json!({"rationale": "La banque confirme le titulaire."});
    decide(&analyst, owner, change, "verification", body).await
}

async fn activate(world: &World, owner: &Owner, change: &str) -> Answer {
    let officer = world.staff.officer.client(&world.server.app).await.unwrap();
    decide(&officer, owner, change, "activation", json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_changes_its_account_and_is_paid_there_after_72_hours() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    let app = &world.server.app;
    assert_eq!(account(&owner).await["payouts"]["account"]["iban"], "FR…0189");
    assert_eq!(paid(&world, &owner).await, OLD);

    let at_the_start = world.clock.now();
    world.wait(TimeDelta::minutes(1)).await;
    let asked = life.ask_to_change_account(&owner, NEW).await.unwrap();
    assert_eq!(asked.status, 201, "{}", asked.json());
    let change = asked.text("/id");
    assert_eq!((asked.text("/stage"), asked.text("/iban")), ("requested".into(), "FR…2606".into()));
    for to in [&life.email, &life.mobile] {
        let told = mail(app, to, "bank_account_change_requested").await.unwrap();
        assert!(told.contains("FR…2606") && token_in(&told).is_ok(), "{told}");
        assert!(!told.contains(NEW));
    }
    let confirmed = life.confirm_account(&owner, &asked).await.unwrap();
    assert_eq!(confirmed.text("/stage"), "confirmed");
    let code = mail(app, &life.mobile, "strong_authentication_code").await.unwrap();
    assert!(code.contains("FR…2606"), "it says what it is for: {code}");
    for to in [&life.email, &life.mobile] {
        mail(app, to, "bank_account_change_confirmed").await.unwrap();
    }

    // Staff see what waits, and declared beside read.
    let analyst = world.staff.analyst.client(app).await.unwrap();
    let queue = analyst.get("/console/v1/bank-account-changes").await.unwrap();
    assert_eq!(queue.text("/data/0/id"), change);
    let seen = analyst.get(&console_path(&owner, "/bank-account")).await.unwrap();
    assert_eq!(seen.text("/change/iban/comparison"), "match", "{}", seen.json());
    assert_eq!(seen.text("/change/holder/comparison"), "match");
    let before =
        format!("/bank-account?as_of={}", at_the_start.to_rfc3339_opts(SecondsFormat::Secs, true));
    let before = analyst.get(&console_path(&owner, &before)).await.unwrap();
    assert_eq!(before.json()["change"], Value::Null, "{}", before.json());
    assert_eq!(activate(&world, &owner, &change).await.code(), "bank_account_change_not_verified");
    assert_eq!(verify(&world, &owner, &change).await.status, 200);
    assert_eq!(paid(&world, &owner).await, OLD);
    assert_eq!(activate(&world, &owner, &change).await.status, 200);
    for to in [&life.email, &life.mobile] {
        mail(app, to, "bank_account_changed").await.unwrap();
    }

    // Held for 72 hours, then paid to the new one.
    let owner = Owner { client: life.sign_in().await.unwrap(), ..owner };
    let held = account(&owner).await;
    assert_eq!(held["payouts"]["state"], "held");
    assert_eq!(held["payouts"]["hold"]["reason"], "new_bank_account");
    assert_eq!(paid(&world, &owner).await, Value::Null);
    world.wait(TimeDelta::hours(72)).await;
    let owner = Owner { client: life.sign_in().await.unwrap(), ..owner };
    assert_eq!(account(&owner).await["payouts"]["account"]["iban"], "FR…2606");
    let paying = to_pay(&world, &owner, "").await;
    assert_eq!(paying.text("/iban"), NEW);
    // Whoever pays asks once more with what they saw.
    let service = world.client.signed_in("internal".to_owned());
    let path = format!("/internal/v1/merchants/{}/payout-account", owner.merchant);
    let again = service.with("if-match", paying.etag()).get(&path).await.unwrap();
    assert_eq!(again.status, 200);
    let stale = service.with("if-match", "\"3\"").get(&path).await.unwrap();
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "stale"));
    let before = to_pay(&world, &owner, "?as_of=2026-11-23T23:00:00Z").await;
    // Nobody knows the future: it is asked for as of now.
    let ahead = to_pay(&world, &owner, "?as_of=2030-01-01T00:00:00Z").await;
    assert!(ahead.text("/as_of").starts_with("2026-11-26"), "{}", ahead.json());
    assert_eq!(before.text("/state"), "held", "{}", before.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_cancelled_from_the_mail_without_signing_in() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    let app = &world.server.app;
    let asked = life.ask_to_change_account(&owner, NEW).await.unwrap();
    let told = mail(app, &life.email, "bank_account_change_requested").await.unwrap();
    let token = token_in(&told).unwrap();
    life.confirm_account(&owner, &asked).await.unwrap();
    let page = format!("/cancel-bank-account-change?token={token}");
    assert_eq!(world.client.get(&page).await.unwrap().status, 200, "looking does nothing");
    assert_eq!(account(&owner).await["change"]["stage"], "confirmed");
    let form = "application/x-www-form-urlencoded";
    let post = |token: String| {
        let client = world.client.clone();
        async move {
            let body = format!("token={token}");
            let path = "/cancel-bank-account-change";
            client.raw("POST".parse().unwrap(), path, form, body).await.unwrap()
        }
    };
    assert_eq!(post(token.clone()).await.status, 200);
    assert_eq!(post(token.clone()).await.status, 200, "and once more");
    assert_eq!(post(format!("{token}x")).await.status, 404, "a stranger has no link");
    mail(app, &life.email, "bank_account_change_cancelled").await.unwrap();
    assert_eq!(account(&owner).await["change"]["stage"], "cancelled");
    assert_eq!(
        verify(&world, &owner, &asked.text("/id")).await.code(),
        "bank_account_change_ended"
    );
    assert_eq!(paid(&world, &owner).await, OLD);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_with_the_session_alone_gets_nowhere() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    let path = owner.path("/bank-account-changes");
    let file = rib(NEW, "Voleur").unwrap();
    let denied = owner.client.upload(&path, &[("iban", NEW)], &file).await.unwrap();
    assert_eq!(
        (denied.status.as_u16(), denied.code().as_str()),
        (403, "strong_authentication_needed")
    );
    // Asking for a code tells the owner what somebody is about.
    let action = json!({"action": "request_bank_account_change"});
    owner.client.post("/portal/v1/strong-authentications", action).await.unwrap();
    let told = || async {
        let told = mail(&world.server.app, &life.mobile, "strong_authentication_code").await;
        told.unwrap().contains("compte bancaire")
    };
    while !told().await {
        tokio::task::yield_now().await;
    }
    // A code for something else does not help.
    life.prove_strongly(&owner, json!({"action": "live_keys"})).await.unwrap();
    let denied = owner.client.upload(&path, &[("iban", NEW)], &file).await.unwrap();
    assert_eq!(denied.code(), "strong_authentication_needed");
    let action = json!({"action": "confirm_bank_account_change"});
    let incomplete = owner.client.post("/portal/v1/strong-authentications", action).await.unwrap();
    assert_eq!(incomplete.text("/errors/0/code"), "action_incomplete");
    assert_eq!(account(&owner).await["change"], Value::Null);
}

/// The same request again after one that was stale goes by a freeze of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_after_a_stale_if_match_freezes_anew() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    let action = || json!({"action": "request_bank_account_change"});
    life.prove_strongly(&owner, action()).await.unwrap();
    let keyed = owner.client.with("idempotency-key", "the-same-key");
    let path = owner.path("/bank-account-changes");
    let file = rib(NEW, "Atelier").unwrap();
    let fields = [("iban", NEW)];
    let stale = keyed.with("if-match", "\"0\"").upload(&path, &fields, &file).await.unwrap();
    assert_eq!(stale.status, 412, "{}", stale.json());
    let me = owner.client.get("/portal/v1/me").await.unwrap();
    let user = UserId::parse(&me.text("/id")).unwrap();
    let frozen = async || {
        owner.client.get("/portal/v1/me").await.unwrap().json()["are_contacts_frozen"] == true
    };
    assert!(!frozen().await);
    let kinds = async || {
        let events = world.server.app.store.events::<User>(user).await.unwrap();
        events.iter().map(|recorded| recorded.event_type).collect::<Vec<_>>()
    };
    assert!(!kinds().await.contains(&"user.contacts_frozen"), "nothing is done for what is stale");
    let asked = keyed.upload(&path, &fields, &file).await.unwrap();
    assert_eq!((asked.status.as_u16(), frozen().await), (201, true), "{}", asked.json());
    let again = keyed.upload(&path, &fields, &file).await.unwrap();
    assert_eq!((again.status.as_u16(), again.text("/id")), (201, asked.text("/id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_changes_a_day_and_no_more() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    life.prove_strongly(&owner, json!({"action": "request_bank_account_change"})).await.unwrap();
    let path = owner.path("/bank-account-changes");
    for number in 0..6 {
        let file = rib(NEW, &format!("Atelier {number}")).unwrap();
        let asked = owner.client.upload(&path, &[("iban", NEW)], &file).await.unwrap();
        let expected = if number < 5 { 201 } else { 429 };
        assert_eq!(asked.status, expected, "{number}: {}", asked.json());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_confirmed_is_what_was_shown_and_only_the_newest() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    let first = life.ask_to_change_account(&owner, NEW).await.unwrap();
    let second = life.ask_to_change_account(&owner, OTHER).await.unwrap();
    let path = |change: &Answer| {
        owner.path(&format!("/bank-account-changes/{}/confirmation", change.text("/id")))
    };
    let action = json!({"action": "confirm_bank_account_change", "merchant": owner.merchant,
                        "change": second.text("/id")});
    life.prove_strongly(&owner, action).await.unwrap();
    let recap = |change: &Answer| json!({"recap": change.text("/recap")});
    let old = owner.client.post(&path(&first), recap(&first)).await.unwrap();
    assert_eq!(old.code(), "bank_account_change_not_newest");
    let mixed = owner.client.post(&path(&second), recap(&first)).await.unwrap();
    assert_eq!((mixed.status.as_u16(), mixed.code().as_str()), (409, "recap_differs"));
    let right = owner.client.post(&path(&second), recap(&second)).await.unwrap();
    assert_eq!(right.text("/stage"), "confirmed");
    // Five codes an hour.
    world.wait(TimeDelta::minutes(61)).await;
    let owner = Owner { client: life.sign_in().await.unwrap(), ..owner };
    let third = life.ask_to_change_account(&owner, NEW).await;
    assert!(third.unwrap_err().to_string().contains("bank_account_change_in_progress"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rib_of_somebody_else_a_scan_and_a_picture_are_told_apart() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    let path = owner.path("/bank-account-changes");
    let comparisons = async |file: Vec<u8>| {
        life.prove_strongly(&owner, json!({"action": "request_bank_account_change"}))
            .await
            .unwrap();
        let asked = owner.client.upload(&path, &[("iban", NEW)], &file).await.unwrap();
        assert_eq!(asked.status, 201, "{}", asked.json());
        let analyst = world.staff.analyst.client(&world.server.app).await.unwrap();
        let seen = analyst.get(&console_path(&owner, "/bank-account")).await.unwrap();
        (seen.text("/change/iban/comparison"), seen.text("/change/holder/comparison"))
    };
    let of = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    assert_eq!(
        comparisons(rib(OTHER, "Garage des Lilas").unwrap()).await,
        of("differs", "differs")
    );
    // A PDF without words, as a scanner makes it.
    let scan = api::demo::life::scan().unwrap();
    assert_eq!(comparisons(scan).await, of("unreadable", "unreadable"));
    for (file, code) in [
        (b"\x89PNG\r\n\x1a\n no pdf".to_vec(), "rib_not_pdf"),
        (b"MZ a program".to_vec(), "rib_not_pdf"),
        (with_script(), "document_has_scripts"),
    ] {
        let refused = owner.client.upload(&path, &[("iban", NEW)], &file).await.unwrap();
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, code));
    }
    let wrong = owner.client.upload(&path, &[("iban", "FR76")], &rib(NEW, "X").unwrap()).await;
    assert_eq!(wrong.unwrap().text("/errors/0/pointer"), "/iban");
}

fn with_script() -> Vec<u8> {
    let mut file = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(x)>>>>\n\
        endobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R\
        /MediaBox[0 0 9 9]>>\nendobj\n"
        .to_vec();
    file.extend(b"trailer\n<</Root 1 0 R>>\n%%EOF\n");
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_iban_at_two_merchants_is_told_to_staff_only() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    let (other_life, other) = live(&world, 1).await;
    // Both lives began with the same account.
    let asked = life.ask_to_change_account(&owner, NEW).await.unwrap();
    life.confirm_account(&owner, &asked).await.unwrap();
    let analyst = world.staff.analyst.client(&world.server.app).await.unwrap();
    let seen = analyst.get(&console_path(&owner, "/bank-account")).await.unwrap();
    assert_eq!(seen.json()["same_iban"], json!([other.merchant]));
    let queue = analyst.get("/console/v1/bank-account-changes").await.unwrap();
    assert_eq!(queue.json()["data"][0]["same_iban"], 1);
    let (mine, theirs) = (account(&owner).await, account(&other).await);
    for told in [&mine, &theirs] {
        assert!(!told.to_string().contains("same_iban"));
    }
    drop(other_life);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_confirms_for_thirty_days_and_it_expires() {
    let world = World::start().await;
    let (life, owner) = live(&world, 0).await;
    life.ask_to_change_account(&owner, NEW).await.unwrap();
    world.wait(TimeDelta::days(31)).await;
    mail(&world.server.app, &life.email, "bank_account_change_expired").await.unwrap();
    let owner = Owner { client: life.sign_in().await.unwrap(), ..owner };
    assert_eq!(account(&owner).await["change"]["stage"], "expired");
    assert_eq!(paid(&world, &owner).await, OLD);
}
