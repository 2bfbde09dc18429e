//! Whatever is asked, by whomever: asked again with the same id, it is answered the same and happens
//! once. `PROPTEST_CASES` sets how many lives are lived.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may give up")]

#[path = "../../domain/tests/lives/mod.rs"]
mod lives;

use chrono::TimeDelta;
use domain::looks::{Command, Month};
use domain::{CommandId, MerchantId, Occasion, UserId};
use lives::{beginnings, birth, looks, staff, step, user};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};
use store::aggregate::Aggregate;
use store::chance::SeededChance;
use store::memory::MemoryLedger;
use store::vault::Vault;
use store::{
    AsOf, Chance, ExecuteError, Executed, Looks, LooksKey, Merchant, Request, Staff, Store, User,
};
use tokio::runtime::{Builder, Runtime};

static BEGINNINGS: LazyLock<Vec<Vec<lives::Step>>> = LazyLock::new(beginnings);

struct Twice {
    runtime: Runtime,
    store: Store,
    commands: u128,
}

/// What came of a command, but for whether it was asked before.
type Outcome<A> = Result<(Vec<domain::Event>, Option<u64>, Option<u64>), <A as Aggregate>::Refusal>;

impl Twice {
    fn new() -> Self {
        let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
        let vault = Vault::in_memory(Arc::clone(&chance)).unwrap();
        let store = Store::new(Arc::new(MemoryLedger::default()), Arc::new(vault), chance);
        Self { runtime: Builder::new_current_thread().build().unwrap(), store, commands: 0 }
    }

    fn state<A: Aggregate>(&self, key: A::Key) -> Arc<A::State> {
        self.runtime.block_on(self.store.load::<A>(key, AsOf::Now)).unwrap().state
    }

    fn head(&self) -> Option<u64> {
        self.runtime.block_on(self.store.ledger.head()).unwrap().map(|head| head.0)
    }

    fn ask<A: Aggregate>(
        &self,
        key: A::Key,
        command: A::Command,
        occasion: &Occasion,
    ) -> (Outcome<A>, bool) {
        let request = Request::new(CommandId::from_u128(self.commands));
        match self.runtime.block_on(self.store.execute::<A>(key, command, occasion, &request)) {
            Ok(Executed { events, position, revision, is_repeated, .. }) => {
                (Ok((events, position.map(|at| at.0), revision.map(|at| at.0))), is_repeated)
            }
            Err(ExecuteError::Refused(refusal)) => (Err(refusal), false),
            Err(error) => panic!("{error}"),
        }
    }

    /// Asks twice. What was refused, or changed nothing, may be answered anew: it has left nothing.
    fn twice<A: Aggregate>(
        &mut self,
        key: A::Key,
        command: A::Command,
        occasion: &Occasion,
    ) -> Result<(), TestCaseError>
    where
        A::State: PartialEq + std::fmt::Debug,
        A::Refusal: PartialEq,
    {
        self.commands += 1;
        let (first, was_repeated) = self.ask::<A>(key, command.clone(), occasion);
        prop_assert!(!was_repeated);
        let (head, state) = (self.head(), self.state::<A>(key));
        // Also of a program that has forgotten what it folded.
        for is_forgetful in [false, true] {
            if is_forgetful {
                self.store.folded = Default::default();
            }
            let (again, is_repeated) = self.ask::<A>(key, command.clone(), occasion);
            prop_assert_eq!(&again, &first);
            let happened = first.as_ref().is_ok_and(|(events, ..)| !events.is_empty());
            prop_assert_eq!(is_repeated, happened);
            prop_assert_eq!(self.head(), head, "it happened twice");
            prop_assert_eq!(self.state::<A>(key), Arc::clone(&state));
        }
        Ok(())
    }
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(32),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn of_a_merchant(
        begun in 0..BEGINNINGS.len(),
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let (mut twice, id, mut at) = (Twice::new(), MerchantId::from_u128(200), birth());
        for step in BEGINNINGS[begun].iter().chain(&steps) {
            at = step.time(at);
            let (command, occasion) = step.asked(&twice.state::<Merchant>(id), at);
            twice.twice::<Merchant>(id, command, &occasion)?;
        }
    }

    #[test]
    fn of_a_user(steps in prop::collection::vec(user::step(), 1..60)) {
        let (mut twice, id, mut at) = (Twice::new(), UserId::from_u128(150), birth());
        for step in &steps {
            at += TimeDelta::minutes(step.wait);
            let command = step.ask.command(&twice.state::<User>(id), at);
            let occasion = step.occasion(at);
            twice.twice::<User>(id, command, &occasion)?;
        }
    }

    #[test]
    fn of_a_case_that_is_looked_at(steps in prop::collection::vec(looks::step(), 1..40)) {
        let (mut twice, mut at) = (Twice::new(), birth());
        let key = LooksKey::Month(Month::of(at));
        // Where no month is open, there is no key to seal with.
        twice.twice::<Looks>(key, Command::OpenMonth, &Occasion::by_system(at))?;
        for step in &steps {
            at += TimeDelta::minutes(step.wait);
            let (command, occasion) = step.asked(at);
            twice.twice::<Looks>(key, command, &occasion)?;
        }
    }

    #[test]
    fn of_a_member_of_staff(steps in prop::collection::vec(staff::step(), 1..40)) {
        let (mut twice, id, mut at) = (Twice::new(), staff::member(), birth());
        for step in &steps {
            at += TimeDelta::minutes(step.wait);
            let (command, occasion) = step.asked(&twice.state::<Staff>(id), at);
            twice.twice::<Staff>(id, command, &occasion)?;
        }
    }
}
