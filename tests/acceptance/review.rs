//! The review from outside: four eyes, additional documents, deactivation and the way back.

use api::demo::life::{Life, Owner, Stage, console_path, document};
use api::demo::mailbox::mail;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use projections::ReadModels;
use projections::models::bank_accounts::Waiting;
use projections::models::queue::Case;
use projections::views::console::bank_account::WaitingView;
use projections::views::console::merchants::MerchantRow;
use projections::views::console::review::CaseView;
use serde_json::{Value, json};
use std::collections::BTreeSet;
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

const LISTS: [&str; 3] = ["/merchants?limit=100&", "/queue?", "/bank-account-changes?"];

/// The models of the whole ledger up to a moment.
async fn folded(world: &World, at: DateTime<Utc>) -> ReadModels {
    let (models, mut all) = (ReadModels::default(), world.server.app.store.reader().all(None));
    while let Some(page) = all.next().await.unwrap() {
        for recorded in page.iter().filter(|recorded| recorded.metadata.recorded_at <= at) {
            models.apply(recorded);
        }
    }
    models
}

/// What the lists say of models.
fn lists(world: &World, models: &ReadModels, at: DateTime<Utc>) -> [Vec<Value>; 3] {
    let now = world.server.app.projections.models();
    let same_iban = |merchant| now.bank_accounts.sharing_with(merchant).len();
    let case = |case: &Case| CaseView::of(models, case, same_iban(case.merchant), at);
    let waiting = |one: &Waiting| WaitingView::of(models, one, same_iban(one.merchant), at);
    [
        models.directory.rows().iter().map(|row| json!(MerchantRow::of(row))).collect(),
        models.queue.open().iter().map(|one| json!(case(one))).collect(),
        models.bank_accounts.waiting().iter().map(|one| json!(waiting(one))).collect(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_then_are_what_everything_up_to_then_makes_of_them() {
    let world = World::start().await;
    let mut moments = vec![world.server.app.clock.now()];
    let stages = [Stage::Submitted, Stage::InReview, Stage::Live, Stage::ChangingAccount];
    for (index, stage) in stages.into_iter().enumerate() {
        world.life(index).live_until(stage).await.unwrap();
        world.wait(TimeDelta::hours(3)).await;
        moments.push(world.server.app.clock.now());
    }
    world.wait(TimeDelta::hours(3)).await;
    let auditor = world.staff.auditor.client(&world.server.app).await.unwrap();
    let mut counts = BTreeSet::new();
    for at in &moments {
        // To the microsecond, as the ledger has it.
        let written = at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let at = written.parse().unwrap();
        let expected = lists(&world, &folded(&world, at).await, at);
        for (list, expected) in LISTS.iter().zip(expected) {
            let path = format!("/console/v1{list}as_of={written}");
            let asked = auditor.get(&path).await.unwrap();
            assert_eq!(asked.status, 200, "{}", asked.json());
            counts.insert(expected.len());
            assert_eq!(asked.json()["data"], Value::from(expected), "{path}");
        }
    }
    assert!(counts.contains(&0) && counts.contains(&4), "{counts:?}");
    // Page by page: none twice, none missing.
    let at = moments.last().unwrap().to_rfc3339_opts(SecondsFormat::Micros, true);
    let (mut seen, mut after) = (vec![], String::new());
    loop {
        let path = format!("/console/v1/merchants?limit=1&as_of={at}{after}");
        let page = auditor.get(&path).await.unwrap();
        seen.extend(page.json()["data"].as_array().unwrap().clone());
        let cursor = page.text("/next_cursor");
        if cursor.is_empty() {
            break;
        }
        after = format!("&starting_after={cursor}");
    }
    let all = auditor.get(&format!("/console/v1/merchants?as_of={at}")).await.unwrap().json();
    assert_eq!(Value::from(seen), all["data"]);
    // The cursor of then says nothing of now.
    for list in LISTS.iter().skip(1) {
        let path = format!("/console/v1{list}starting_after=mer_00000000000000000000000000000001");
        assert_eq!(auditor.get(&path).await.unwrap().status, 400, "{path}");
    }
    for list in LISTS {
        let path = format!("/console/v1{list}as_of=3000-01-01T00:00:00Z");
        assert_eq!(auditor.get(&path).await.unwrap().status, 400, "{path}");
    }
}
