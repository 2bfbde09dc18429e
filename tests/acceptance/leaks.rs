//! An internal reason, note or rationale never reaches a merchant.

use api::demo::life::{Life, Owner, Stage};
use serde_json::json;
use tests::World;

const CANARY: &str = "kanarienvogel";

/// A merchant whose file is being studied, and who looks.
async fn in_review(world: &World) -> (Life<'_>, Owner) {
    let life = world.life(0);
    life.live_until(Stage::InReview).await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    (life, Owner { client, merchant })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_internal_word_reaches_a_merchant_by_any_answer_or_message() {
    let world = World::start().await;
    let (life, owner) = in_review(&world).await;
    let staff = &world.staff;
    life.on_case(&staff.analyst, &owner, "/case/notes", json!({"note": CANARY})).await.unwrap();
    life.on_case(&staff.analyst, &owner, "/case/escalate", json!({})).await.unwrap();
    life.accept_documents(&owner).await.unwrap();
    let proposal = json!({"decision": "reject", "rejection": "risk_too_high"});
    life.propose(&owner, proposal).await.unwrap();
    let reason = json!({"reason": CANARY});
    life.on_case(&staff.officer, &owner, "/proposals/return", reason.clone()).await.unwrap();
    life.on_case(&staff.officer, &owner, "/suspension", reason).await.unwrap();
    // The mailer has seen everything once the last message is there.
    api::demo::mailbox::mail(&world.server.app, &life.email, "account_suspended").await.unwrap();

    let mut seen = String::new();
    for rest in [
        "",
        "/onboarding",
        "/requirements",
        "/client-file",
        "/contract",
        "/services",
        "/api-keys",
        "/document-requests",
        "/events?limit=100",
    ] {
        let answer = owner.client.get(&owner.path(rest)).await.unwrap();
        assert_eq!(answer.status, 200, "{rest}");
        seen.push_str(&String::from_utf8(answer.body).unwrap());
    }
    for post in world.server.app.outbox.posts() {
        seen.push_str(&post.subject);
        seen.push_str(&post.body);
    }
    for word in [CANARY, "risk_too_high", "proposed", "escalat", "complet, pièces"] {
        assert!(!seen.contains(word), "`{word}` reached the merchant");
    }
    let auditor = staff.auditor.client(&world.server.app).await.unwrap();
    let path = api::demo::life::console_path(&owner, "/events?limit=100");
    let events = String::from_utf8(auditor.get(&path).await.unwrap().body).unwrap();
    assert!(events.contains(CANARY), "staff do see it");
}

/// A gap between two revisions would tell that something happened that nobody speaks of.
#[tokio::test(flavor = "multi_thread")]
async fn no_gap_in_revisions_tells_that_something_internal_happened() {
    let world = World::start().await;
    let (life, owner) = in_review(&world).await;
    let staff = &world.staff;
    let read = owner.client.get(&owner.path("")).await.unwrap();
    for note in ["one", "two"] {
        let note = json!({"note": note});
        life.on_case(&staff.analyst, &owner, "/case/notes", note).await.unwrap();
    }
    life.on_case(&staff.analyst, &owner, "/case/escalate", json!({})).await.unwrap();

    let again = owner.client.get(&owner.path("")).await.unwrap();
    let fresh = owner.client.with("if-match", read.etag());
    let path = owner.path("/api-keys");
    let key = json!({"livemode": false});
    let made = fresh.post(&path, key.clone()).await.unwrap();
    assert_eq!(made.status, 201, "what was read is still so");
    let stale = fresh.post(&path, key.clone()).await.unwrap();
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "stale"));
    let beyond = owner.client.with("if-match", "\"4000\"");
    let stale = beyond.post(&path, key).await.unwrap();
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (412, "stale"));

    let mut seen = vec![];
    let mut rest = "/events?limit=7".to_owned();
    loop {
        let page = owner.client.get(&owner.path(&rest)).await.unwrap().json();
        for event in page["data"].as_array().unwrap() {
            let kind = event["type"].as_str().unwrap().to_owned();
            seen.push((event["revision"].as_u64().unwrap(), kind));
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        rest = format!("/events?limit=7&starting_after={cursor}");
    }
    let revisions: Vec<u64> = seen.iter().map(|(revision, _)| *revision).collect();
    assert_eq!(revisions, (0..seen.len() as u64).collect::<Vec<_>>());
    // Between the two readings nothing came but, perhaps, the outcome of a message.
    let number =
        |etag: String| etag.trim_matches('"').split('-').next().unwrap().parse::<usize>().unwrap();
    for (_, kind) in &seen[number(read.etag()) + 1..=number(again.etag())] {
        assert!(kind.starts_with("message"), "{kind}");
    }
}
