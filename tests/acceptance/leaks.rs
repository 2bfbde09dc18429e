//! An internal reason, note or rationale never reaches a merchant.

use api::demo::life::{Owner, Stage};
use serde_json::json;
use tests::World;

const CANARY: &str = "kanarienvogel";

#[tokio::test(flavor = "multi_thread")]
async fn no_internal_word_reaches_a_merchant_by_any_answer_or_message() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(Stage::InReview).await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let owner = Owner { client, merchant };
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
    api::demo::life::mail(&world.server.app, &life.email, "account_suspended").await.unwrap();

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
