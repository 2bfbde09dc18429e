//! What staff read of messages: what was said to whom, and what came of it.

use api::config::Config;
use api::demo::client::Client;
use api::demo::life::{Owner, Stage, console_path};
use api::demo::mailbox::mail;
use api::router::router;
use api::serve;
use api::use_cases::messages::of_merchant;
use clap::Parser;
use projections::views::console::messages::State;
use serde_json::json;
use std::sync::Arc;
use store::chance::SystemChance;
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn staff_read_every_message_with_its_text_and_nothing_that_opens_anything() {
    let world = World::start().await;
    let life = world.life(0);
    life.live_until(Stage::AwaitingDocuments).await.unwrap();
    let app = &world.server.app;
    mail(app, &life.email, "documents_requested").await.unwrap();
    let client = life.sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    let owner = Owner { client, merchant };
    let officer = world.staff.officer.client(app).await.unwrap();
    let (mut all, mut after) = (vec![], String::new());
    loop {
        let path = console_path(&owner, &format!("/messages?limit=3{after}"));
        let page = officer.get(&path).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.json());
        all.extend(page.json()["data"].as_array().unwrap().clone());
        let cursor = page.text("/next_cursor");
        if cursor.is_empty() {
            break;
        }
        after = format!("&starting_after={cursor}");
    }
    let of = |template: &str| {
        let found = all.iter().find(|message| message["template"] == template);
        found.unwrap_or_else(|| panic!("no {template} among {all:?}")).clone()
    };
    let whole = officer.get(&console_path(&owner, "/messages?limit=100")).await.unwrap().json();
    assert_eq!(whole["data"].as_array().unwrap(), &all, "page by page it is the same");
    let asked = of("documents_requested");
    assert_eq!((asked["to"].as_str(), asked["state"].as_str()), (Some(&*life.email), Some("sent")));
    assert!(asked["text"].as_str().unwrap().len() > 100, "{asked}");
    // Those of the owner's own login are among them; what they open is not.
    let activation = of("activation");
    assert!(activation["text"].as_str().unwrap().contains("token=[…]"), "{activation}");
    let code = of("mobile_code");
    assert!(code["text"].as_str().unwrap().contains("[…]"), "{code}");
    assert_eq!(code["medium"], "sms");
    let signing = of("signing_invitation");
    assert!(signing["text"].as_str().unwrap().contains("token=[…]"), "{signing}");
    for posted in app.outbox.posts() {
        let secret = posted.body.split_once("token=").map(|(_, rest)| rest);
        let secret = secret.and_then(|rest| rest.split_whitespace().next());
        let all = serde_json::Value::from(all.clone()).to_string();
        assert!(secret.is_none_or(|secret| !all.contains(secret)), "a link");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_provider_takes_is_among_them_and_waits() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::parse_from(["greffe"]);
    config.directory = directory.path().to_owned();
    config.listen = "127.0.0.1:0".parse().unwrap();
    let server = serve::start_with(config, Arc::new(SystemChance), None).await.unwrap();
    let app = server.app.clone();
    let client = Client::through(router(app.clone()));
    let body = json!({"email": "marie@example.com", "password": "correct horse battery staple 7"});
    client.post("/portal/v1/registrations", body).await.unwrap().expect_success().unwrap();
    let head = app.store.ledger.head().await.unwrap();
    app.see(head).await.unwrap();
    let row = app.projections.models().directory.rows().pop().unwrap();
    let views = of_merchant(&app, row.merchant, Some(row.owner)).await.unwrap();
    assert_eq!(views.len(), 1);
    let waiting = &views[0];
    assert_eq!((waiting.state.0, waiting.failure), (State::Waiting, None));
    assert_eq!(waiting.to.as_deref(), Some("marie@example.com"));
    assert!(waiting.text.as_ref().unwrap().contains("token=[…]"), "{:?}", waiting.text);
    server.stop().await;
}
