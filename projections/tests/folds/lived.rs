//! A ledger in which some merchants, a user and a member of staff have lived, and somebody has looked.

use crate::lives::{self, beginnings, birth, looks, staff, user};
use chrono::{DateTime, TimeDelta, Utc};
use domain::looks::Month;
use domain::{CommandId, Event, MerchantId, Occasion, SubjectId, UserId};
use domain::{merchant, registration};
use projections::ReadModels;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use store::aggregate::{Aggregate, MERCHANT, id_of};
use store::chance::SeededChance;
use store::memory::MemoryLedger;
use store::recorded::Keys;
use store::vault::Vault;
use store::{
    Chance, ExecuteError, Looks, LooksKey, Merchant, Reader, Recorded, Request, Staff, Store, User,
};
use tokio::runtime::{Builder, Runtime};

/// One request to one of them.
#[derive(Clone, Debug)]
pub enum Step {
    /// Of the first or the second merchant.
    Merchant(bool, lives::Step),
    User(user::Step),
    Staff(staff::Step),
    Looks(looks::Step),
}

static BEGINNINGS: LazyLock<Vec<Vec<lives::Step>>> = LazyLock::new(beginnings);

/// Two merchants begin somewhere; then anybody asks anything.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (any::<bool>(), lives::step()).prop_map(|(who, step)| Step::Merchant(who, step)),
        1 => user::step().prop_map(Step::User),
        1 => staff::step().prop_map(Step::Staff),
        2 => looks::step().prop_map(Step::Looks),
    ];
    // The first of the beginnings is none.
    (1..BEGINNINGS.len(), 0..BEGINNINGS.len(), prop::collection::vec(step, 1..30)).prop_map(
        |(first, second, rest)| {
            let of = |who: bool, begun: usize| {
                BEGINNINGS[begun].iter().map(move |step| Step::Merchant(who, step.clone()))
            };
            of(false, first).chain(of(true, second)).chain(rest).collect()
        },
    )
}

pub struct Lived {
    runtime: Runtime,
    pub store: Store,
    at: DateTime<Utc>,
    requests: u128,
}

impl Lived {
    pub fn through(steps: &[Step]) -> Self {
        let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
        let vault = Vault::in_memory(Arc::clone(&chance)).unwrap();
        let store = Store::new(Arc::new(MemoryLedger::default()), Arc::new(vault), chance);
        let runtime = Builder::new_current_thread().build().unwrap();
        let mut lived = Self { runtime, store, at: birth(), requests: 0 };
        steps.iter().for_each(|step| lived.live(step));
        lived
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Takes one step. What is refused leaves no trace; whoever lapses is forgotten.
    fn live(&mut self, step: &Step) {
        self.requests += 1;
        match step {
            Step::Merchant(who, step) => {
                self.at = step.time(self.at);
                let id = merchant_id(*who);
                let state = self.state::<Merchant>(id);
                let (command, occasion) = step.asked(&state, self.at);
                // Without an event there is nothing to send a message for.
                let is_message = matches!(command, merchant::Command::Messages(_));
                if is_message && state.account.status.is_none() {
                    return;
                }
                self.execute::<Merchant>(id, command, &occasion);
            }
            Step::User(step) => {
                self.at += TimeDelta::minutes(step.wait);
                let id = user_id();
                let command = step.ask.command(&self.state::<User>(id), self.at);
                let occasion = step.occasion(self.at);
                self.execute::<User>(id, command, &occasion);
            }
            Step::Staff(step) => {
                self.at += TimeDelta::minutes(step.wait);
                let id = staff::member();
                let (command, occasion) = step.asked(&self.state::<Staff>(id), self.at);
                self.execute::<Staff>(id, command, &occasion);
            }
            Step::Looks(step) => {
                self.at += TimeDelta::minutes(step.wait);
                let key = LooksKey::Month(Month::of(birth()));
                let (command, occasion) = step.asked(self.at);
                // Where no month is open, there is no key to seal with.
                let opens = matches!(command, domain::looks::Command::OpenMonth);
                if opens || self.state::<Looks>(key).is_opened {
                    self.execute::<Looks>(key, command, &occasion);
                }
            }
        }
    }

    fn state<A: Aggregate>(&self, key: A::Key) -> A::State
    where
        A::State: Clone,
    {
        let reader = Reader::new(self.store.ledger.as_ref(), Keys::Of(self.store.vault.as_ref()));
        let history = self.block_on(reader.history(A::stream(key))).unwrap();
        history.iter().fold(A::State::default(), |state, known| A::evolve(state, &known.event))
    }

    fn execute<A: Aggregate>(&self, key: A::Key, command: A::Command, occasion: &Occasion) {
        let request = Request::new(CommandId::from_u128(self.requests));
        let executed = self.block_on(self.store.execute::<A>(key, command, occasion, &request));
        let events = match executed {
            Ok(executed) => executed.events,
            Err(ExecuteError::Refused(_)) => vec![],
            Err(error) => panic!("{error}"),
        };
        if events.iter().any(is_lapse) {
            self.block_on(self.store.forget(A::owner(key))).unwrap();
        }
    }

    /// Everything in order, with every key there is.
    pub fn records(&self) -> Vec<Recorded> {
        self.read(Keys::Of(self.store.vault.as_ref()))
    }

    /// The same as the models read it.
    pub fn records_for_models(&self) -> Vec<Recorded> {
        self.read(ReadModels::keys(&self.store.vault))
    }

    fn read(&self, keys: Keys<'_>) -> Vec<Recorded> {
        let mut all = Reader::new(self.store.ledger.as_ref(), keys).all(None);
        let mut records = vec![];
        while let Some(page) = self.block_on(all.next()).unwrap() {
            records.extend(page);
        }
        records
    }
}

fn is_lapse(event: &Event) -> bool {
    matches!(
        event,
        Event::User(domain::user::Event::Lapsed)
            | Event::Merchant(merchant::Event::Registration(registration::Event::AccountLapsed))
            | Event::Looks(domain::looks::Event::MonthForgotten)
    )
}

pub fn merchant_id(is_second: bool) -> MerchantId {
    MerchantId::from_u128(200 + u128::from(is_second))
}

pub fn user_id() -> UserId {
    UserId::from_u128(150)
}

pub fn subject(number: u128) -> SubjectId {
    SubjectId::from_u128(number)
}

/// Whose event it is, if it is a merchant's.
pub fn of_merchant(recorded: &Recorded) -> Option<(MerchantId, &merchant::Event)> {
    match &recorded.event {
        Event::Merchant(event) => Some((id_of(&recorded.stream, MERCHANT)?, event)),
        _ => None,
    }
}

/// Whole histories, folded in the plainest way.
#[derive(Default)]
pub struct Whole {
    pub merchants: BTreeMap<MerchantId, History>,
}

/// One merchant's events, and what they made of it.
#[derive(Default)]
pub struct History {
    pub state: merchant::State,
    pub records: Vec<Recorded>,
}

impl Whole {
    pub fn add(&mut self, recorded: &Recorded) -> Option<MerchantId> {
        let (merchant, event) = of_merchant(recorded)?;
        let history = self.merchants.entry(merchant).or_default();
        history.state = merchant::evolve(std::mem::take(&mut history.state), event);
        history.records.push(recorded.clone());
        Some(merchant)
    }
}

/// Folds everything, and looks at the models after each command beside the whole history of its merchant.
pub fn after_each_command(
    lived: &Lived,
    mut check: impl FnMut(&ReadModels, MerchantId, &History) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let (models, mut whole) = (ReadModels::default(), Whole::default());
    let records = lived.records();
    for (index, read) in lived.records_for_models().iter().enumerate() {
        models.apply(read);
        let merchant = whole.add(&records[index]);
        let next = records.get(index + 1).map(|next| next.metadata.command_id);
        if let Some(merchant) = merchant.filter(|_| next != Some(read.metadata.command_id)) {
            check(&models, merchant, &whole.merchants[&merchant])?;
        }
    }
    Ok(())
}
