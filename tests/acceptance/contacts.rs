//! The contacts of a user from outside: changed by the new one, stopped by the old one, frozen around a
//! bank account.

use api::clock::Clock;
use api::demo::PASSWORD;
use api::demo::client::Client;
use api::demo::life::{Life, Owner, Stage};
use api::demo::mailbox::{mail, mail_after, sent, token_in};
use chrono::TimeDelta;
use domain::user::Command;
use domain::{BankAccountChangeId, CommandId, Id, MerchantId, Occasion, UserId};
use serde_json::json;
use store::{Request, User};
use tests::World;

const NEW_EMAIL: &str = "nouvelle@example.org";
const NEW_MOBILE: &str = "+33698765432";
const NEW_IBAN: &str = "FR1420041010050500013M02606";
const FORM: &str = "application/x-www-form-urlencoded";

async fn live<'a>(world: &'a World) -> (Life<'a>, Owner) {
    let life = world.life(0);
    life.live_until(Stage::Live).await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    (life, Owner { client, merchant })
}

async fn prove(life: &Life<'_>, owner: &Owner) {
    life.prove_strongly(owner, json!({"action": "change_contact"})).await.unwrap();
}

async fn follow(world: &World, page: &str, token: &str) -> u16 {
    let body = format!("token={token}");
    let answer = world.client.raw("POST".parse().unwrap(), page, FORM, body).await.unwrap();
    answer.status.as_u16()
}

async fn sign_in(client: &Client, email: &str) -> u16 {
    let body = json!({"email": email, "password": PASSWORD});
    client.post("/portal/v1/sessions", body).await.unwrap().status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_moves_to_another_address_and_the_old_one_is_free() {
    let world = World::start().await;
    let (life, owner) = live(&world).await;
    let app = &world.server.app;
    let body = json!({"email": NEW_EMAIL});
    let denied = owner.client.post("/portal/v1/me/email-changes", body.clone()).await.unwrap();
    assert_eq!(
        (denied.status.as_u16(), denied.code().as_str()),
        (403, "strong_authentication_needed")
    );
    prove(&life, &owner).await;
    let asked = owner.client.post("/portal/v1/me/email-changes", body).await.unwrap();
    assert_eq!((asked.status.as_u16(), asked.text("/status")), (201, "awaited".into()));
    for to in [&life.email, &life.mobile] {
        mail(app, to, "contact_change_requested").await.unwrap();
    }
    assert_eq!(sign_in(&world.client, NEW_EMAIL).await, 401, "not before it is proved");
    let token = token_in(&mail(app, NEW_EMAIL, "new_email").await.unwrap()).unwrap();
    assert_eq!(follow(&world, "/confirm-email", &format!("{token}x")).await, 404);
    assert_eq!(follow(&world, "/confirm-email", &token).await, 200);
    assert_eq!(follow(&world, "/confirm-email", &token).await, 200, "and once more");
    assert_eq!(owner.client.get("/portal/v1/me").await.unwrap().status, 401, "sign in anew");
    assert_eq!(sign_in(&world.client, &life.email).await, 401);
    assert_eq!(sign_in(&world.client, NEW_EMAIL).await, 201);
    for to in [life.email.as_str(), NEW_EMAIL, life.mobile.as_str()] {
        mail(app, to, "contact_changed").await.unwrap();
    }
    // Somebody else can have the old address.
    let body = json!({"email": life.email, "password": "another long password", "language": "fr"});
    world.client.post("/portal/v1/registrations", body).await.unwrap();
    mail(app, &life.email, "activation").await.unwrap();
}

/// A former address is told of a change of the bank account, until it is proved to be somebody else's.
#[tokio::test(flavor = "multi_thread")]
async fn who_only_registers_a_former_address_does_not_silence_it() {
    let world = World::start().await;
    let (mut life, owner) = live(&world).await;
    let app = &world.server.app;
    prove(&life, &owner).await;
    let body = json!({"email": NEW_EMAIL});
    owner.client.post("/portal/v1/me/email-changes", body).await.unwrap();
    let token = token_in(&mail(app, NEW_EMAIL, "new_email").await.unwrap()).unwrap();
    assert_eq!(follow(&world, "/confirm-email", &token).await, 200);
    let former = std::mem::replace(&mut life.email, NEW_EMAIL.to_owned());
    world.wait(TimeDelta::hours(72)).await;

    let body = json!({"email": former, "password": "a stranger's long password"});
    let before = sent(app, &former, "activation");
    world.client.post("/portal/v1/registrations", body).await.unwrap();
    let activation = mail_after(app, &former, "activation", before).await.unwrap();
    let proof = token_in(&activation).unwrap();
    let owner = Owner { client: life.sign_in().await.unwrap(), ..owner };
    let asked = life.ask_to_change_account(&owner, NEW_IBAN).await.unwrap();
    let told = mail(app, &former, "bank_account_change_requested").await.unwrap();

    let activated = world.client.post("/portal/v1/activations", json!({"token": proof})).await;
    assert!(activated.unwrap().status.is_success());
    life.confirm_account(&owner, &asked).await.unwrap();
    let stop = token_in(&told).unwrap();
    assert_eq!(follow(&world, "/cancel-bank-account-change", &stop).await, 200);
    // Mails to one merchant go out in their order: the one before it is through.
    mail(app, NEW_EMAIL, "bank_account_change_cancelled").await.unwrap();
    let told = sent(app, &former, "bank_account_change_confirmed");
    assert_eq!(told, 0, "it is somebody else's by now");
}

/// A link that is followed twice at once: nobody is locked out, and the address is not free.
#[tokio::test(flavor = "multi_thread")]
async fn two_confirmations_at_once_leave_the_new_address_claimed() {
    let world = World::start().await;
    let (life, owner) = live(&world).await;
    prove(&life, &owner).await;
    let body = json!({"email": NEW_EMAIL});
    owner.client.post("/portal/v1/me/email-changes", body).await.unwrap();
    let app = &world.server.app;
    let token = token_in(&mail(app, NEW_EMAIL, "new_email").await.unwrap()).unwrap();
    let all = (0..4).map(|_| follow(&world, "/confirm-email", &token));
    let statuses = futures::future::join_all(all).await;
    assert_eq!(statuses, [200; 4]);
    assert_eq!(sign_in(&world.client, NEW_EMAIL).await, 201);
    assert_eq!(sign_in(&world.client, &life.email).await, 401);
    let body = json!({"email": NEW_EMAIL, "password": "another long password", "language": "fr"});
    world.client.post("/portal/v1/registrations", body).await.unwrap();
    mail(app, NEW_EMAIL, "address_already_used").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_link_of_the_old_address_sets_no_password_after_the_change() {
    let world = World::start().await;
    let (life, owner) = live(&world).await;
    let app = &world.server.app;
    let body = json!({"email": life.email});
    world.client.post("/portal/v1/password-resets", body).await.unwrap();
    let reset = token_in(&mail(app, &life.email, "password_reset").await.unwrap()).unwrap();
    prove(&life, &owner).await;
    let body = json!({"email": NEW_EMAIL});
    owner.client.post("/portal/v1/me/email-changes", body).await.unwrap();
    let token = token_in(&mail(app, NEW_EMAIL, "new_email").await.unwrap()).unwrap();
    assert_eq!(follow(&world, "/confirm-email", &token).await, 200);
    let body = json!({"token": reset, "password": "a thief's long password"});
    let refused = world.client.post("/portal/v1/password-changes", body).await.unwrap();
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (410, "link_used"));
}

/// What a crash between the freeze and its request leaves.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_without_a_change_is_over_after_ten_minutes() {
    let world = World::start().await;
    let (life, owner) = live(&world).await;
    let me = owner.client.get("/portal/v1/me").await.unwrap();
    let user = UserId::parse(&me.text("/id")).unwrap();
    let merchant = MerchantId::parse(&owner.merchant).unwrap();
    let freeze = Command::FreezeContacts { merchant, change: BankAccountChangeId::from_u128(7) };
    let occasion = Occasion::by_system(world.clock.now());
    let request = Request::new(CommandId::from_u128(8));
    let store = &world.server.app.store;
    store.execute::<User>(user, freeze, &occasion, &request).await.unwrap();
    prove(&life, &owner).await;
    let ask = async || {
        let body = json!({"email": NEW_EMAIL});
        owner.client.post("/portal/v1/me/email-changes", body).await.unwrap()
    };
    assert_eq!(ask().await.code(), "contacts_frozen");
    world.wait(TimeDelta::minutes(10)).await;
    let me = owner.client.get("/portal/v1/me").await.unwrap();
    assert_eq!(me.json()["are_contacts_frozen"], false);
    prove(&life, &owner).await;
    assert_eq!(ask().await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_somebody_else_is_not_taken() {
    let world = World::start().await;
    let (life, owner) = live(&world).await;
    let other = world.life(1);
    other.register().await.unwrap();
    prove(&life, &owner).await;
    let body = json!({"email": other.email});
    let asked = owner.client.post("/portal/v1/me/email-changes", body).await.unwrap();
    assert_eq!(asked.status, 201, "it is not told whether somebody has it");
    let app = &world.server.app;
    let token = token_in(&mail(app, &other.email, "new_email").await.unwrap()).unwrap();
    assert_eq!(follow(&world, "/confirm-email", &token).await, 409);
    assert_eq!(sign_in(&world.client, &life.email).await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mobile_moves_by_a_code_and_for_72_hours_no_account_changes() {
    let world = World::start().await;
    let (life, owner) = live(&world).await;
    let app = &world.server.app;
    prove(&life, &owner).await;
    let body = json!({"mobile": NEW_MOBILE});
    let asked = owner.client.post("/portal/v1/me/mobile-changes", body).await.unwrap();
    assert_eq!(asked.status, 201, "{}", asked.json());
    let code: String =
        mail(app, NEW_MOBILE, "new_mobile_code").await.unwrap().chars().take(6).collect();
    let confirm = |code: &str| {
        let (client, body) = (owner.client.clone(), json!({"code": code}));
        async move { client.post("/portal/v1/me/mobile-changes/confirmation", body).await.unwrap() }
    };
    assert_eq!(confirm("000000").await.code(), "wrong_code");
    let changed = confirm(&code).await;
    assert_eq!(changed.text("/mobile"), NEW_MOBILE, "{}", changed.json());
    for to in [life.mobile.as_str(), NEW_MOBILE, life.email.as_str()] {
        mail(app, to, "contact_changed").await.unwrap();
    }
    let mut life = life;
    life.mobile = NEW_MOBILE.to_owned();
    let soon = life.ask_to_change_account(&owner, NEW_IBAN).await.unwrap_err().to_string();
    assert!(soon.contains("contacts_changed_lately"), "{soon}");
    world.wait(TimeDelta::hours(72)).await;
    let owner = Owner { client: life.sign_in().await.unwrap(), ..owner };
    life.ask_to_change_account(&owner, NEW_IBAN).await.unwrap();
    // The number of before is still told.
    let told = mail(app, &world.life(0).mobile, "bank_account_change_requested").await.unwrap();
    let token = token_in(&told).unwrap();
    // And from now on nothing moves.
    let me = owner.client.get("/portal/v1/me").await.unwrap();
    assert_eq!(me.json()["are_contacts_frozen"], true);
    prove(&life, &owner).await;
    let body = json!({"email": NEW_EMAIL});
    let frozen = owner.client.post("/portal/v1/me/email-changes", body.clone()).await.unwrap();
    assert_eq!((frozen.status.as_u16(), frozen.code().as_str()), (409, "contacts_frozen"));
    assert_eq!(follow(&world, "/cancel-bank-account-change", &token).await, 200);
    let free = owner.client.post("/portal/v1/me/email-changes", body).await.unwrap();
    assert_eq!(free.status, 201, "{}", free.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_contact_stops_a_change_and_ends_every_session() {
    let world = World::start().await;
    let (life, owner) = live(&world).await;
    let app = &world.server.app;
    prove(&life, &owner).await;
    let body = json!({"mobile": NEW_MOBILE});
    owner.client.post("/portal/v1/me/mobile-changes", body).await.unwrap();
    let told = mail(app, &life.mobile, "contact_change_requested").await.unwrap();
    let token = token_in(&told).unwrap();
    assert_eq!(follow(&world, "/cancel-contact-change", &token).await, 200);
    assert_eq!(follow(&world, "/cancel-contact-change", &token).await, 200, "and once more");
    assert_eq!(owner.client.get("/portal/v1/me").await.unwrap().status, 401);
    let client = life.sign_in().await.unwrap();
    let me = client.get("/portal/v1/me").await.unwrap();
    assert_eq!(me.text("/mobile"), life.mobile);
    assert_eq!(me.text("/contact_change/status"), "cancelled");
}
