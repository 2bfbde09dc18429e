//! The whole path, from sign-up to a live key, and its replay.

use api::demo::life::console_path;
use serde_json::json;
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_goes_from_sign_up_to_a_live_key() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    let test_key = life.enter_test_mode(&owner).await.unwrap();
    assert!(test_key.starts_with("stest_") && test_key.len() == 30, "{test_key}");
    let person = life.fill_file(&owner).await.unwrap();
    life.hand_in_documents(&owner, &person).await.unwrap();
    let steps = owner.client.get(&owner.path("/onboarding")).await.unwrap();
    assert_eq!(steps.text("/client_file_status"), "ready_to_sign");
    life.sign(&owner, &person).await.unwrap();

    life.on_case(&world.staff.analyst, &owner, "/case/take", json!({})).await.unwrap();
    life.request_document(&owner).await.unwrap();
    let asked = owner.client.get(&owner.path("/document-requests")).await.unwrap();
    let item = asked.text("/items/0/id");
    let file = api::demo::life::document().unwrap();
    let form = [("kind", "proof_of_address"), ("person", person.as_str()), ("answers", &item)];
    let sent = owner.client.upload(&owner.path("/documents"), &form, &file).await.unwrap();
    assert_eq!(sent.status, 201, "{}", sent.json());

    life.accept_documents(&owner).await.unwrap();
    life.propose(&owner, json!({"decision": "approve"})).await.unwrap();
    life.confirm(&owner).await.unwrap();
    let live_key = life.issue_live_key(&owner).await.unwrap();
    assert!(live_key.starts_with("sprod_") && live_key.len() == 30, "{live_key}");

    for (key, is_live) in [(&test_key, false), (&live_key, true)] {
        let basic = format!("Basic {}", base64(format!("{key}:").as_bytes()));
        let ping = world.client.with("authorization", basic).get("/v2/ping").await.unwrap();
        assert_eq!((ping.status.as_u16(), ping.json()["live_mode"].clone()), (200, json!(is_live)));
        let known = world
            .client
            .with("authorization", "Bearer internal")
            .post("/internal/v1/keys/introspect", json!({"key": key}))
            .await
            .unwrap();
        assert_eq!(known.json()["is_active"], json!(true));
    }
    let account = owner.client.get(&owner.path("")).await.unwrap();
    assert_eq!(account.text("/status"), "live");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_past_moment_of_the_path_can_be_read() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(api::demo::life::Stage::Submitted).await.unwrap();
    let owner_client = life.sign_in().await.unwrap();
    let merchants = owner_client.get("/portal/v1/merchants").await.unwrap();
    let merchant = merchants.text("/data/0/id");
    let path = |rest: &str| format!("/portal/v1/merchants/{merchant}{rest}");
    let (mut statuses, mut ends) = (vec![], 0);
    for revision in 0.. {
        let then = owner_client.get(&path(&format!("?at_revision={revision}"))).await.unwrap();
        if then.status == 404 {
            break;
        }
        // A moment within a command is the moment after it.
        let etag = then.etag();
        let shown: u64 = etag.trim_matches('"').split('-').next().unwrap().parse().unwrap();
        assert!(shown >= revision, "{etag}");
        ends += u64::from(shown == revision);
        statuses.push(then.text("/client_file_status"));
    }
    assert!(ends > 5, "{ends} commands");
    statuses.dedup();
    assert_eq!(statuses, ["not_started", "draft", "ready_to_sign", "submitted"]);
    let owner = api::demo::life::Owner { client: owner_client, merchant: merchant.clone() };
    let auditor = world.staff.auditor.client(&world.server.app).await.unwrap();
    // What does not exist, and what is still to come, is not answered by the present.
    for (query, status) in [("?at_revision=999", 404), ("?as_of=3000-01-01T00:00:00Z", 400)] {
        let then = auditor.get(&console_path(&owner, query)).await.unwrap();
        assert_eq!(then.status, status, "console {query}");
        let then = owner.client.get(&path(query)).await.unwrap();
        assert_eq!(then.status, status, "portal {query}");
    }
    let diff = auditor.get(&console_path(&owner, "/diff?from=0&to=1")).await.unwrap();
    assert_eq!(diff.text("/data/0/pointer"), "/status");
    assert_eq!(diff.text("/data/0/after"), "activated");
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .map(|chunk| {
            let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            (0..4)
                .map(|at| match at <= chunk.len() {
                    true => LETTERS[(bits >> (18 - 6 * at) & 63) as usize] as char,
                    false => '=',
                })
                .collect::<String>()
        })
        .collect()
}
