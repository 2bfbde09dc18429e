//! Callers who leave: what was begun is done, wherever they stopped listening.

use api::router::router;
use axum::body::Body;
use axum::http::Request;
use domain::{Id, MerchantId};
use futures::FutureExt;
use serde_json::json;
use std::pin::pin;
use store::{AsOf, Merchant};
use tests::World;
use tower::ServiceExt;

/// The most times that a request is polled before it is begun: far more than there are awaits.
const POLLS_MAX: usize = 400;
/// Callers who leave while their request is carried out. From there on they only wait for it.
const LEAVING: usize = 12;

/// Sends a request and stops listening after the `polls`th time that it was polled. True if it
/// was answered before.
async fn leave_after(world: &World, request: Request<Body>, polls: usize) -> bool {
    let mut answer = pin!(router(world.server.app.clone()).oneshot(request));
    for _ in 0..polls {
        if answer.as_mut().now_or_never().is_some() {
            return true;
        }
        // Others get on meanwhile, as they would while a connection waits.
        tokio::task::yield_now().await;
    }
    false
}

/// Whatever was begun has ended.
async fn settled(world: &World) {
    while !world.server.app.running.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_whole_or_was_never_begun_wherever_the_caller_leaves() {
    let world = World::start().await;
    let (mut whole, mut never) = (0, 0);
    for polls in 1..POLLS_MAX {
        let email = format!("leaving{polls}@example.com");
        let body = json!({"email": email, "password": api::demo::PASSWORD});
        let request = Request::post("/portal/v1/registrations")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let was_answered = leave_after(&world, request, polls).await;
        settled(&world).await;
        let app = &world.server.app;
        let email = domain::values::Email::parse(&email).unwrap();
        match api::use_cases::user::user_of(app, email.as_str()).await.unwrap() {
            Some((user, state)) => {
                whole += 1;
                assert!(state.activation.is_some(), "the link is issued: {polls}");
                let account = app.projections.models().directory.rows();
                assert!(account.iter().any(|row| row.owner == user), "{polls}");
            }
            None => {
                never += 1;
                let claims = app.store.ledger.read_all(None, 1_000_000).await.unwrap();
                let of_email = app.email_key(&email).to_string();
                assert!(!claims.iter().any(|record| record.stream.key() == of_email), "{polls}");
            }
        }
        if was_answered || whole == LEAVING {
            break;
        }
    }
    assert!(whole > 1, "{whole} left while it was carried out, {never} before");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_recorded_and_stored_or_neither_wherever_the_caller_leaves() {
    let world = World::start().await;
    let life = world.life(0);
    life.register().await.unwrap();
    let owner = life.activate().await.unwrap();
    life.enter_test_mode(&owner).await.unwrap();
    let merchant: MerchantId = Id::parse(&owner.merchant).unwrap();
    let file = api::demo::life::document().unwrap();
    let mut recorded = 0;
    for polls in 1..POLLS_MAX {
        let client = owner.client.with("idempotency-key", format!("leaving{polls}"));
        let request =
            client.upload_request(&owner.path("/documents"), &[("kind", "other")], &file).unwrap();
        let was_answered = leave_after(&world, request, polls).await;
        settled(&world).await;
        let app = &world.server.app;
        let state = app.store.load::<Merchant>(merchant, AsOf::Now).await.unwrap().state;
        for document in state.file.documents.values() {
            let submitted = &document.submitted;
            let blob = submitted.id.uuid();
            app.documents.get(blob, merchant.into(), &submitted.sealed_sha256).await.unwrap();
        }
        recorded = recorded.max(state.file.documents.len());
        if was_answered || recorded == LEAVING {
            break;
        }
    }
    assert!(recorded > 1, "{recorded}");
}
