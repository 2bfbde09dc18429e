//! Who looked: a purpose first, a record before anything is shown, and forgotten in the end.

use api::demo::client::{Answer, Client};
use api::demo::life::{Owner, Stage, console_path};
use chrono::TimeDelta;
use domain::looks::Month;
use domain::{Actor, Id, StaffId};
use serde_json::{Value, json};
use store::aggregate::{LOOKS, looks_subject};
use store::{Keys, Position, Reader, record};
use tests::World;

/// A merchant in review, and the first document of its file.
async fn merchant_in_review(world: &World) -> (Owner, String) {
    let life = world.life(0);
    life.live_until(Stage::InReview).await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let owner = Owner { client, merchant };
    let analyst = world.staff.analyst.client(&world.server.app).await.unwrap();
    let card = analyst.get(&console_path(&owner, "")).await.unwrap().json();
    let documents = card["client_file"]["documents"].as_object().unwrap();
    let document = documents.keys().next().unwrap().clone();
    (owner, document)
}

/// An officer who has stated no purpose yet.
async fn officer(world: &World) -> Client {
    world.staff.second_officer.client(&world.server.app).await.unwrap().stating_nothing()
}

async fn auditor(world: &World) -> Client {
    world.staff.auditor.client(&world.server.app).await.unwrap()
}

async fn state(officer: &Client, owner: &Owner, purpose: &str, reference: &str) -> Answer {
    let body = json!({"purpose": purpose, "reference": reference});
    officer.post(&console_path(owner, "/purpose"), body).await.unwrap()
}

async fn looks(world: &World, query: &str) -> Vec<Value> {
    world.server.app.see(head(world).await).await.unwrap();
    let answer = auditor(world).await.get(&format!("/console/v1/looks?{query}")).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()["data"].as_array().unwrap().clone()
}

async fn head(world: &World) -> Option<Position> {
    world.server.app.store.ledger.head().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_is_shown_and_nothing_is_done_before_a_purpose_is_stated() {
    let world = World::start().await;
    let (owner, document) = merchant_in_review(&world).await;
    let (officer, before) = (officer(&world).await, head(&world).await);
    let content = format!("/documents/{document}/content");
    for rest in ["", "/events", "/diff?from=0&to=1", &content, "/contract/pdf", "/bank-account"] {
        let answer = officer.get(&console_path(&owner, rest)).await.unwrap();
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (428, "purpose_needed".to_owned()), "{rest}");
    }
    let note = json!({"note": "Appelé."});
    let answer = officer.post(&console_path(&owner, "/case/notes"), note).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (428, "purpose_needed"));
    assert_eq!(head(&world).await, before, "something was recorded");

    for (wrong, pointer) in [
        (json!({"purpose": "curiosity", "reference": "x"}), "/purpose"),
        (json!({"purpose": "review", "reference": " "}), "/reference"),
    ] {
        let answer = officer.post(&console_path(&owner, "/purpose"), wrong).await.unwrap();
        assert_eq!(
            (answer.status.as_u16(), answer.text("/errors/0/pointer").as_str()),
            (422, pointer)
        );
    }
    let nobody = "/console/v1/merchants/mer_00000000000000000000000000000001/purpose";
    let body = json!({"purpose": "review", "reference": "x"});
    assert_eq!(officer.post(nobody, body.clone()).await.unwrap().status, 404);
    let administrator = world.staff.administrator.client(&world.server.app).await.unwrap();
    let answer = administrator.post(&console_path(&owner, "/purpose"), body).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "staff_role_forbids"));

    assert_eq!(state(&officer, &owner, "complaint", "Lettre du 3 mai").await.status, 200);
    assert_eq!(officer.get(&console_path(&owner, "")).await.unwrap().status, 200);
    // Of this merchant only, and in this session only.
    let other = world.life(1);
    other.live_until(Stage::Test).await.unwrap();
    let client = other.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let other = Owner { client, merchant };
    assert_eq!(officer.get(&console_path(&other, "")).await.unwrap().code(), "purpose_needed");
    let first = world.staff.officer.client(&world.server.app).await.unwrap().stating_nothing();
    assert_eq!(first.get(&console_path(&other, "")).await.unwrap().code(), "purpose_needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn auditors_see_who_saw_this_passport_when_and_why() {
    let world = World::start().await;
    let (owner, document) = merchant_in_review(&world).await;
    let officer = officer(&world).await;
    state(&officer, &owner, "complaint", "Lettre du 3 mai").await;
    let content = console_path(&owner, &format!("/documents/{document}/content"));
    for _ in 0..3 {
        assert_eq!(officer.get(&content).await.unwrap().status, 200);
    }
    let found = looks(&world, &format!("document={document}")).await;
    assert_eq!(found.len(), 1, "whoever goes on looking looks once");
    let look = &found[0];
    assert_eq!(look["thing"], "document");
    assert_eq!(look["thing_id"], document);
    assert_eq!(look["merchant"], owner.merchant);
    assert_eq!(
        (look["purpose"].as_str(), look["reference"].as_str()),
        (Some("complaint"), Some("Lettre du 3 mai"))
    );
    assert!(look["name"].as_str().is_some_and(|name| !name.is_empty()), "{look}");
    let staff = look["staff"].as_str().unwrap().to_owned();

    world.wait(TimeDelta::minutes(61)).await;
    // The session has ended meanwhile: another one, and another purpose.
    let officer = self::officer(&world).await;
    assert_eq!(officer.get(&content).await.unwrap().code(), "purpose_needed");
    state(&officer, &owner, "audit", "Contrôle de mai").await;
    officer.get(&content).await.unwrap();
    let purposes: Vec<Value> = looks(&world, &format!("document={document}&staff={staff}"))
        .await
        .iter()
        .map(|look| look["purpose"].clone())
        .collect();
    assert_eq!(purposes, ["audit", "complaint"], "the newest first");
    assert!(looks(&world, &format!("merchant={}", owner.merchant)).await.len() >= 2);
    assert!(looks(&world, "document=doc_00000000000000000000000000000001").await.is_empty());

    // What is not there was not looked at: nobody appears to have seen what another merchant handed in.
    let before = looks(&world, "limit=100").await.len();
    for rest in [
        "/documents/doc_00000000000000000000000000000001/content",
        "?at_revision=999",
        "?as_of=3000-01-01T00:00:00Z",
    ] {
        let answer = officer.get(&console_path(&owner, rest)).await.unwrap();
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{rest}: {}", answer.status);
    }
    assert_eq!(looks(&world, "limit=100").await.len(), before);

    let asked = officer.get("/console/v1/looks").await.unwrap();
    assert_eq!((asked.status.as_u16(), asked.code().as_str()), (403, "staff_role_forbids"));
    let wrong = auditor(&world).await.get("/console/v1/looks?staff=clara").await.unwrap();
    assert_eq!(wrong.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn page_by_page_each_look_is_there_once() {
    let world = World::start().await;
    let (owner, document) = merchant_in_review(&world).await;
    let officer = officer(&world).await;
    for (number, purpose) in ["review", "audit", "complaint", "technical"].iter().enumerate() {
        state(&officer, &owner, purpose, &format!("n° {number}")).await;
        let content = console_path(&owner, &format!("/documents/{document}/content"));
        assert_eq!(officer.get(&content).await.unwrap().status, 200);
    }
    let (auditor, mut seen, mut after) = (auditor(&world).await, vec![], String::new());
    loop {
        let path = format!("/console/v1/looks?document={document}&limit=3{after}");
        let page = auditor.get(&path).await.unwrap().json();
        let data = page["data"].as_array().unwrap().clone();
        seen.extend(data.iter().map(|look| look["reference"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        after = format!("&starting_after={cursor}");
    }
    assert_eq!(seen, ["n° 3", "n° 2", "n° 1", "n° 0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_is_not_shown() {
    let world = World::start().await;
    let (owner, document) = merchant_in_review(&world).await;
    let officer = officer(&world).await;
    state(&officer, &owner, "review", "Dossier").await;
    world.server.app.store.ends.stop("a test");
    let content = format!("/documents/{document}/content");
    for rest in ["", "/events", &content] {
        let answer = officer.get(&console_path(&owner, rest)).await.unwrap();
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (503, "unavailable"),
            "{rest}"
        );
    }
    assert_eq!(owner.client.get(&owner.path("")).await.unwrap().status, 200, "reading goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looked_stands_nowhere_in_clear_and_is_forgotten_after_a_year() {
    let world = World::start().await;
    let (owner, document) = merchant_in_review(&world).await;
    let officer = officer(&world).await;
    state(&officer, &owner, "complaint", "Lettre du 3 mai").await;
    officer.get(&console_path(&owner, &format!("/documents/{document}/content"))).await.unwrap();
    let look = looks(&world, &format!("document={document}")).await[0].clone();
    let staff = StaffId::parse(look["staff"].as_str().unwrap()).unwrap();
    let store = &world.server.app.store;

    let (mut records, mut links) = (0, vec![]);
    for stored in store.ledger.read_all(None, usize::MAX).await.unwrap() {
        let envelope = record::decode(&stored.bytes).unwrap();
        let metadata = envelope.metadata().unwrap();
        if stored.stream.category() != LOOKS {
            links.extend([metadata.command_id.uuid(), metadata.correlation_id]);
            continue;
        }
        records += 1;
        assert!(matches!(metadata.actor, Actor::Undisclosed | Actor::System));
        let id = staff.uuid();
        let is_there = stored.bytes.windows(16).any(|part| part == id.as_bytes());
        assert!(!is_there && !stored.stream.as_str().contains(&id.to_string()), "in clear");
        assert!(!links.contains(&metadata.command_id.uuid()));
        assert!(!links.contains(&metadata.correlation_id), "its request leads to who it is");
    }
    assert!(records >= 3, "{records}");

    let known = async || looks(&world, &format!("document={document}")).await.len();
    world.wait(TimeDelta::days(330)).await;
    assert_eq!(known().await, 1);
    // A clock that jumps ahead has nothing forgotten: nothing had happened at that time yet.
    world.wait(TimeDelta::days(16)).await;
    assert_eq!(known().await, 1, "by a clock alone");
    world.wait(TimeDelta::days(2)).await;
    assert_eq!(known().await, 0, "forgotten");
    // That somebody looked stays, and reads as forgotten.
    let reader = Reader::new(store.ledger.as_ref(), Keys::Of(store.vault.as_ref()));
    let position = Position(look["position"].as_u64().unwrap());
    let recorded = reader.at(position).await.unwrap().unwrap();
    assert_eq!(recorded.event_type, "looks.looked");
    let domain::Event::Looks(domain::looks::Event::Looked { look }) = &recorded.event else {
        panic!("something else");
    };
    assert_eq!(*look, domain::Personal::Forgotten);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_was_forgotten_too_early_keeps_nobody_from_working_nor_from_being_recorded() {
    let world = World::start().await;
    let (owner, document) = merchant_in_review(&world).await;
    let officer = officer(&world).await;
    state(&officer, &owner, "review", "Dossier").await;
    let store = &world.server.app.store;
    store.forget(looks_subject(Month::of(world.server.app.clock.now()))).await.unwrap();
    let content = console_path(&owner, &format!("/documents/{document}/content"));
    assert_eq!(officer.get(&content).await.unwrap().code(), "purpose_needed");
    assert_eq!(state(&officer, &owner, "review", "Dossier").await.status, 200);
    assert_eq!(officer.get(&content).await.unwrap().status, 200);
    assert_eq!(looks(&world, &format!("document={document}")).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_do_not_find_looks_beside_what_follows_them() {
    let world = World::start().await;
    merchant_in_review(&world).await;
    world.server.app.see(head(&world).await).await.unwrap();
    for (client, sees) in [(officer(&world).await, false), (auditor(&world).await, true)] {
        for query in ["limit=100", "type=looks.&limit=100"] {
            let path = format!("/console/v1/audit-trail?{query}");
            let found = client.get(&path).await.unwrap().json();
            let is_look = |entry: &Value| entry["type"].as_str().unwrap().starts_with("looks.");
            assert_eq!(found["data"].as_array().unwrap().iter().any(is_look), sees, "{query}");
        }
    }
}
