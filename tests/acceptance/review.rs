//! The review from outside: four eyes, additional documents, deactivation and the way back.

use api::demo::life::{Life, Owner, Stage, console_path, document};
use api::demo::mailbox::mail;
use chrono::TimeDelta;
use serde_json::json;
use tests::World;

async fn owner_of(life: &Life<'_>) -> Owner {
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    Owner { client, merchant }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_confirms_their_own_proposal_and_if_match_is_needed() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(Stage::InReview).await.unwrap();
    let owner = owner_of(&life).await;
    life.accept_documents(&owner).await.unwrap();
    let officer = world.staff.officer.client(&world.server.app).await.unwrap();
    let card = officer.get(&console_path(&owner, "")).await.unwrap();
    let version = card.json()["client_file"]["version"].clone();
    let path = console_path(&owner, "/proposals");
    let body = json!({"decision": "approve", "file_version": version, "rationale": "complete"});
    let without = officer.post(&path, body.clone()).await.unwrap();
    assert_eq!((without.status.as_u16(), without.code().as_str()), (428, "if_match_required"));
    let proposed = officer.with("if-match", card.etag()).post(&path, body).await.unwrap();
    assert_eq!(proposed.status, 200, "{}", proposed.json());
    let confirm = json!({"file_version": version});
    let path = console_path(&owner, "/proposals/confirm");
    let own = officer.with("if-match", proposed.etag()).post(&path, confirm.clone()).await.unwrap();
    assert_eq!((own.status.as_u16(), own.code().as_str()), (409, "same_officer"));
    let analyst = world.staff.analyst.client(&world.server.app).await.unwrap();
    let analyst =
        analyst.with("if-match", proposed.etag()).post(&path, confirm.clone()).await.unwrap();
    assert_eq!((analyst.status.as_u16(), analyst.code().as_str()), (403, "staff_role_forbids"));
    let second = world.staff.second_officer.client(&world.server.app).await.unwrap();
    let stale = second.with("if-match", card.etag()).post(&path, confirm.clone()).await.unwrap();
    assert_eq!(stale.status, 412);
    let done = second.with("if-match", proposed.etag()).post(&path, confirm).await.unwrap();
    assert_eq!(done.text("/status"), "live");
    mail(&world.server.app, &life.email, "file_approved").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_not_sent_in_thirty_days_deactivate_and_late_ones_bring_back() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(Stage::AwaitingDocuments).await.unwrap();
    let app = &world.server.app;
    mail(app, &life.email, "documents_requested").await.unwrap();
    let owner = owner_of(&life).await;
    world.wait(TimeDelta::days(29)).await;
    mail(app, &life.email, "documents_reminder").await.unwrap();
    let owner = Owner { client: life.sign_in().await.unwrap(), ..owner };
    assert_eq!(owner.client.get(&owner.path("")).await.unwrap().text("/status"), "test");
    world.wait(TimeDelta::days(3)).await;
    mail(app, &life.email, "account_deactivated").await.unwrap();
    let owner = Owner { client: life.sign_in().await.unwrap(), ..owner };
    let account = owner.client.get(&owner.path("")).await.unwrap();
    assert_eq!(account.text("/status"), "deactivated");
    assert_eq!(account.text("/restriction/remedy"), "send_documents");
    let form = owner
        .client
        .put(
            &owner.path("/company-basics"),
            json!({"legal_name": "X",
        "legal_form": "sarl", "country": "FR", "activity": "62.01Z"}),
        )
        .await
        .unwrap();
    assert_eq!(form.code(), "account_status_forbids");

    let asked = owner.client.get(&owner.path("/document-requests")).await.unwrap();
    let item = asked.text("/items/0/id");
    let form = [("kind", "other"), ("answers", item.as_str())];
    let file = document().unwrap();
    let late = owner.client.upload(&owner.path("/documents"), &form, &file).await.unwrap();
    assert_eq!(late.status, 201, "{}", late.json());
    life.accept_documents(&owner).await.unwrap();
    life.propose(&owner, json!({"decision": "reactivate"})).await.unwrap();
    life.confirm(&owner).await.unwrap();
    mail(app, &life.email, "account_reactivated").await.unwrap();
    life.propose(&owner, json!({"decision": "approve"})).await.unwrap();
    life.confirm(&owner).await.unwrap();
    assert_eq!(owner.client.get(&owner.path("")).await.unwrap().text("/status"), "live");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_account_has_no_working_keys() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(Stage::Approved).await.unwrap();
    let owner = owner_of(&life).await;
    let key = life.issue_live_key(&owner).await.unwrap();
    let introspect = || async {
        let client = world.client.with("authorization", "Bearer internal");
        let body = json!({"key": key});
        client.post("/internal/v1/keys/introspect", body).await.unwrap().json()
    };
    assert_eq!(introspect().await["is_active"], json!(true));
    let body = json!({"reason": "an internal matter"});
    life.on_case(&world.staff.officer, &owner, "/suspension", body).await.unwrap();
    assert_eq!(introspect().await["is_active"], json!(false));
}
