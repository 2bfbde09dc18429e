//! The feed of what happens to an account: once, twice, wrongly, by a stranger; nothing missed, nothing
//! twice.

use api::demo::client::Client;
use api::demo::life::{Owner, Stage};
use api::router::router;
use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use futures::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;
use tests::World;
use tokio::time::timeout;
use tower::ServiceExt;

const SOON: Duration = Duration::from_secs(10);

async fn owner(world: &World, index: usize) -> Owner {
    world.life(index).live_until(Stage::Draft).await.unwrap();
    let client = world.life(index).sign_in().await.unwrap();
    let merchant = client.get("/portal/v1/merchants").await.unwrap().text("/data/0/id");
    Owner { client, merchant }
}

/// Follows page by page from a cursor to the end.
async fn pages(client: &Client, path: &str, from: Option<&str>, limit: u32) -> (Vec<Value>, Value) {
    let (mut cursor, mut found) = (from.map(str::to_owned), vec![]);
    loop {
        let after = cursor.as_ref().map(|cursor| format!("&starting_after={cursor}"));
        let asked = format!("{path}?limit={limit}{}", after.unwrap_or_default());
        let page = client.get(&asked).await.unwrap().expect_success().unwrap().json();
        found.extend(page["data"].as_array().unwrap().iter().cloned());
        cursor = page["cursor"].as_str().map(str::to_owned);
        if page["has_more"] == json!(false) {
            return (found, page["cursor"].clone());
        }
    }
}

/// A line on which events come.
struct Line {
    body: BodyDataStream,
    text: String,
}

impl Line {
    async fn open(
        world: &World,
        client: &Client,
        path: &str,
        last: Option<&str>,
    ) -> Result<Self, u16> {
        let mut request = Request::get(path)
            .header("accept", "text/event-stream")
            .header("authorization", format!("Bearer {}", client.token().unwrap()));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let router = router(world.server.app.clone());
        let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if !answer.status().is_success() {
            return Err(answer.status().as_u16());
        }
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Ok(Self { body: answer.into_body().into_data_stream(), text: String::new() })
    }

    /// The next event: its id and what it carries; `None` at the end of the line.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
                };
                let found = field("data").map(|data| {
                    (field("id").unwrap().to_owned(), serde_json::from_str(data).unwrap())
                });
                self.text = rest.to_owned();
                match found {
                    Some(found) => return Some(found),
                    None => continue,
                }
            }
            let piece = timeout(SOON, self.body.next()).await.expect("nothing comes")?;
            self.text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        }
    }

    async fn take(&mut self, count: usize) -> Vec<Value> {
        let mut found = vec![];
        while found.len() < count {
            found.push(self.next().await.unwrap().1);
        }
        found
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_tells_what_the_history_tells_once_and_in_its_order() {
    let world = World::start().await;
    let owner = owner(&world, 0).await;
    let path = owner.path("/events/feed");
    let (all, end) = pages(&owner.client, &path, None, 100).await;
    let history = owner.client.get(&owner.path("/events?limit=100")).await.unwrap().json();
    let told: Vec<&Value> = all.iter().map(|event| &event["data"]).collect();
    assert_eq!(told, history["data"].as_array().unwrap().iter().collect::<Vec<_>>());
    for (event, revision) in all.iter().zip(0..) {
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["source"], format!("/portal/v1/merchants/{}", owner.merchant));
        assert_eq!((&event["id"], &event["type"]), (&event["data"]["id"], &event["data"]["type"]));
        assert_eq!(event["data"]["revision"], revision);
    }
    for limit in [1, 3] {
        assert_eq!(pages(&owner.client, &path, None, limit).await.0, all);
    }
    // From the end on there is what comes later, and nothing before it does.
    let end = end.as_str().unwrap();
    let (none, same) = pages(&owner.client, &path, Some(end), 5).await;
    assert_eq!((none, same.as_str().unwrap()), (vec![], end));
    let services = json!({"services": ["api"]});
    owner.client.put(&owner.path("/services"), services).await.unwrap().expect_success().unwrap();
    let (later, _) = pages(&owner.client, &path, Some(end), 5).await;
    assert_eq!(later[0]["type"], "services.requested");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_tells_what_happens_as_it_does_and_goes_on_where_it_broke_off() {
    let world = World::start().await;
    let owner = owner(&world, 0).await;
    let path = owner.path("/events/feed");
    let (all, _) = pages(&owner.client, &path, None, 100).await;
    let mut line = Line::open(&world, &owner.client, &path, None).await.unwrap();
    assert_eq!(line.take(all.len()).await, all);
    let change = async |services: Value| {
        let body = json!({"services": services});
        let put = owner.client.put(&owner.path("/services"), body).await.unwrap();
        put.expect_success().unwrap();
    };
    change(json!(["api"])).await;
    let (id, event) = line.next().await.unwrap();
    assert_eq!(event["type"], "services.requested");
    assert_eq!(id, event["data"]["revision"].to_string());
    drop(line);
    change(json!(["terminal"])).await;
    change(json!(["api", "terminal"])).await;
    let mut line = Line::open(&world, &owner.client, &path, Some(&id)).await.unwrap();
    let missed = line.take(2).await;
    let revision: u64 = id.parse().unwrap();
    assert_eq!(missed[0]["data"]["revision"], revision + 1);
    assert_eq!(missed[1]["data"]["revision"], revision + 2);
    // It ends with the server, and nobody waits for it.
    world.server.app.stopping.send_replace(true);
    assert!(line.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_follows_what_they_may_not_read_nor_for_longer_than_they_may() {
    let world = World::start().await;
    let (owner, stranger) = (owner(&world, 0).await, owner(&world, 1).await);
    let path = owner.path("/events/feed");
    assert_eq!(stranger.client.get(&path).await.unwrap().code(), "unknown_merchant");
    assert_eq!(world.client.get(&path).await.unwrap().code(), "not_signed_in");
    assert_eq!(Line::open(&world, &stranger.client, &path, None).await.err(), Some(404));
    for wrong in ["?starting_after=99999", "?starting_after=x", "?starting_after=-1", "?limit=101"]
    {
        let answer = owner.client.get(&format!("{path}{wrong}")).await.unwrap();
        assert_eq!(answer.code(), "malformed_request", "{wrong}");
    }
    assert_eq!(Line::open(&world, &owner.client, &path, Some("99999")).await.err(), Some(400));
    // So many at a time; one that is closed makes room.
    let mut lines = vec![];
    for _ in 0..5 {
        lines.push(Line::open(&world, &owner.client, &path, None).await.unwrap());
    }
    assert_eq!(Line::open(&world, &owner.client, &path, None).await.err(), Some(429));
    lines.truncate(1);
    let mut line = Line::open(&world, &owner.client, &path, None).await.unwrap();
    let all = pages(&owner.client, &path, None, 100).await.0;
    line.take(all.len()).await;
    // Who signs out hears nothing more.
    let other = world.life(0).sign_in().await.unwrap();
    let signed_out = owner.client.delete("/portal/v1/sessions/current").await.unwrap();
    assert_eq!(signed_out.status, 204);
    let services = json!({"services": ["api"]});
    other.put(&owner.path("/services"), services).await.unwrap().expect_success().unwrap();
    assert!(line.next().await.is_none());
}
