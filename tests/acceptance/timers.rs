//! Many timers due at once: each fires once, the oldest first, and requests are answered meanwhile.

use api::processes::timers;
use chrono::TimeDelta;
use domain::registration::{self, Status};
use domain::values::{Email, Language};
use domain::{Actor, Channel, CommandId, LinkId, MerchantId, Occasion, UserId, email_claim, user};
use futures::{StreamExt, stream};
use std::time::{Duration, Instant};
use store::{AsOf, EmailClaim, Merchant, Request, User};
use tests::World;

/// How far timers may come out of order: those that are looked after side by side.
const OUT_OF_ORDER: usize = 256 + 16;

#[tokio::test(flavor = "multi_thread")]
async fn many_timers_due_at_once_are_worked_off_in_order_while_requests_are_answered() {
    let world = World::embedded().await;
    let count = count();
    stream::iter(0..count).for_each_concurrent(64, |number| sign_up(&world, number)).await;
    world.clock.advance_to(api::clock::Clock::now(&world.clock) + TimeDelta::days(31));
    let app = world.server.app.clone();
    let firing = tokio::spawn(async move { timers::fire_due(&app).await });
    let (mut answered, mut longest) = (0, Duration::ZERO);
    while !firing.is_finished() {
        let asked = Instant::now();
        assert!(world.client.get("/readyz").await.unwrap().status.is_success());
        longest = longest.max(asked.elapsed());
        answered += 1;
    }
    firing.await.unwrap();
    assert!(answered > 0 && longest < Duration::from_secs(1), "{answered}, {longest:?}");
    let mut lapsed = vec![];
    for number in 0..count {
        let store = &world.server.app.store;
        let events = store.events::<Merchant>(merchant(number)).await.unwrap();
        let state = store.load::<Merchant>(merchant(number), AsOf::Now).await.unwrap().state;
        assert_eq!((state.account.status, events.len()), (Some(Status::Lapsed), 2), "{number}");
        lapsed.push(events[1].position);
    }
    let later = lapsed.iter().skip(OUT_OF_ORDER);
    assert!(lapsed.iter().zip(later).all(|(earlier, later)| earlier < later));
    world.server.stop().await;
}

/// An account that is never activated, each a second after the one before.
async fn sign_up(world: &World, number: usize) {
    let (app, store) = (&world.server.app, &world.server.app.store);
    let at = api::clock::Clock::now(&world.clock) + TimeDelta::seconds(number as i64);
    let occasion = Occasion::new(Actor::Visitor, Channel::Portal, at);
    let request = Request::new(CommandId::from_u128(number as u128 + 1));
    let email = Email::parse(&format!("late{number}@example.com")).unwrap();
    let (language, owner) = (Language::French, owner(number));
    let claim = email_claim::Command::Claim { by: owner.into() };
    store.execute::<EmailClaim>(app.email_key(&email), claim, &occasion, &request).await.unwrap();
    let credential = LinkId::from_u128(1);
    let register = user::Command::Register { email, language, credential };
    store.execute::<User>(owner, register, &occasion, &request).await.unwrap();
    let create = registration::Command::Create { owner, language }.into();
    store.execute::<Merchant>(merchant(number), create, &occasion, &request).await.unwrap();
}

fn owner(number: usize) -> UserId {
    UserId::from_u128((1 << 64) + number as u128)
}

fn merchant(number: usize) -> MerchantId {
    MerchantId::from_u128((2 << 64) + number as u128)
}

/// More of them with `TIMERS`.
fn count() -> usize {
    std::env::var("TIMERS").ok().and_then(|count| count.parse().ok()).unwrap_or(400)
}
