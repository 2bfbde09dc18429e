//! Many requests at once on a few merchants: nothing lost, nothing doubled, no gap.

use api::demo::life::Owner;
use serde_json::json;
use std::sync::Arc;
use store::{AsOf, Merchant};
use tests::World;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_at_once_all_land_once() {
    let world = World::start().await;
    let mut owners = vec![];
    for index in 0..4 {
        let life = world.life(index);
        life.register().await.unwrap();
        let owner = life.activate().await.unwrap();
        life.enter_test_mode(&owner).await.unwrap();
        owners.push(Arc::new(owner));
    }
    let requests: Vec<_> = (0..200)
        .map(|number| {
            let owner: Arc<Owner> = Arc::clone(&owners[number % 4]);
            tokio::spawn(async move {
                let body = json!({
                    "first_name": "Marie", "last_name": "Exemple", "birth_date": "1980-05-17",
                    "birth_place": "Lyon", "nationality": "FR",
                    "address": {"street": "1 rue des Lilas", "postal_code": "75011",
                                "city": "Paris", "country": "FR"},
                    "email": format!("p{number}@example.com"), "mobile": "+33612345678",
                    "roles": ["beneficial_owner"]});
                let key = format!("person-{number}");
                let client = owner.client.with("idempotency-key", key);
                // Every request is sent until it is answered, as a client would.
                loop {
                    let answer = client.post(&owner.path("/people"), body.clone()).await.unwrap();
                    match answer.status.as_u16() {
                        201 => return answer.text("/id"),
                        429 | 503 => tokio::task::yield_now().await,
                        409 => assert_eq!(answer.code(), "too_many_people"),
                        other => panic!("{other} {}", answer.json()),
                    }
                    if answer.status == 409 {
                        return String::new();
                    }
                }
            })
        })
        .collect();
    let mut added = 0;
    for request in requests {
        added += usize::from(!request.await.unwrap().is_empty());
    }
    let store = &world.server.app.store;
    let mut kept = 0;
    for owner in &owners {
        let id = domain::Id::parse(&owner.merchant).unwrap();
        kept += store.load::<Merchant>(id, AsOf::Now).await.unwrap().state.file.people.len();
    }
    assert_eq!((added, kept), (200, 200));
    let records = store.ledger.read_all(None, 1_000_000).await.unwrap();
    let positions: Vec<u64> = records.iter().map(|record| record.position.0).collect();
    assert_eq!(positions, (0..records.len() as u64).collect::<Vec<_>>());
}
