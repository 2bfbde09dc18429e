//! A merchant: joins the rooms, one match per direction.

use crate::access::{self, MemberRole};
use crate::{
    Coded, Occasion, Refuses, UserId, api_keys, client_file, contract, messages, registration,
    review, services,
};

/// Everything the rules remember about one merchant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub account: registration::State,
    pub file: client_file::State,
    pub contract: contract::State,
    pub review: review::State,
    pub services: services::State,
    pub keys: api_keys::State,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Registration(registration::Event),
    ClientFile(client_file::Event),
    Contract(contract::Event),
    Review(review::Event),
    Services(services::Event),
    ApiKeys(api_keys::Event),
    Messages(messages::Event),
}

#[derive(Clone, Debug)]
pub enum Command {
    Registration(registration::Command),
    ClientFile(client_file::Command),
    Contract(contract::Command),
    Review(review::Command),
    Services(services::Command),
    ApiKeys(api_keys::Command),
    Messages(messages::Command),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Access(#[from] access::Refusal),
    #[error(transparent)]
    Registration(#[from] registration::Refusal),
    #[error(transparent)]
    ClientFile(#[from] client_file::Refusal),
    #[error(transparent)]
    Contract(#[from] contract::Refusal),
    #[error(transparent)]
    Review(#[from] review::Refusal),
    #[error(transparent)]
    Services(#[from] services::Refusal),
    #[error(transparent)]
    ApiKeys(#[from] api_keys::Refusal),
}

impl Refusal {
    /// Its code, its English and its French words.
    pub fn words(self) -> (&'static str, &'static str, &'static str) {
        fn of(refusal: impl Refuses) -> (&'static str, &'static str, &'static str) {
            (Coded::code(refusal), refusal.english(), refusal.french())
        }
        match self {
            Self::Access(refusal) => of(refusal),
            Self::Registration(refusal) => of(refusal),
            Self::ClientFile(refusal) => of(refusal),
            Self::Contract(refusal) => of(refusal),
            Self::Review(refusal) => of(refusal),
            Self::Services(refusal) => of(refusal),
            Self::ApiKeys(refusal) => of(refusal),
        }
    }
}

pub type Decision = Result<Vec<Event>, Refusal>;

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    match command {
        Command::Registration(command) => registration::decide(command, state, occasion),
        Command::ClientFile(command) => client_file::decide(command, state, occasion),
        Command::Contract(command) => contract::decide(command, state, occasion),
        Command::Review(command) => review::decide(command, state, occasion),
        Command::Services(command) => services::decide(command, state, occasion),
        Command::ApiKeys(command) => api_keys::decide(command, state, occasion),
        Command::Messages(command) => Ok(vec![Event::Messages(messages::decide(command))]),
    }
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Registration(event) => {
            state.file = client_file::evolve_with_account(state.file, event);
            state.review = review::evolve_with_account(state.review, event);
            state.account = registration::evolve(state.account, event);
        }
        Event::ClientFile(event) => {
            state.review = review::evolve_with_file(state.review, event);
            state.file = client_file::evolve(state.file, event);
        }
        Event::Contract(event) => state.contract = contract::evolve(state.contract, event),
        Event::Review(event) => {
            state.file = client_file::evolve_with_review(state.file, event);
            state.review = review::evolve(state.review, event);
            if let review::Event::DocumentAccepted { document, .. } = event {
                // Refused by mistake, then accepted after all: its item is answered again.
                let known = state.file.documents.get(document);
                if let Some(item) = known.and_then(|known| known.submitted.answers) {
                    state.review = review::evolve_with_answer(state.review, item, *document);
                }
            }
        }
        Event::Services(event) => {
            // What is asked for stands in the contract; once that is sent, it is another matter.
            if !state.review.is_submitted() {
                state.file = client_file::evolve_with_services(state.file, event);
            }
            state.services = services::evolve(state.services, event);
        }
        Event::ApiKeys(event) => state.keys = api_keys::evolve(state.keys, event),
        Event::Messages(event) => state.review = review::evolve_with_message(state.review, event),
    }
    state
}

impl State {
    /// What `user` may do here; `None` for a stranger.
    pub fn role_of(&self, user: UserId) -> Option<MemberRole> {
        (self.account.owner == Some(user)).then_some(MemberRole::Owner)
    }
}

macro_rules! joins {
    ($($room:ident => $variant:ident),+) => {$(
        impl From<$room::Event> for Event {
            fn from(event: $room::Event) -> Self {
                Self::$variant(event)
            }
        }
        impl From<$room::Command> for Command {
            fn from(command: $room::Command) -> Self {
                Self::$variant(command)
            }
        }
    )+};
}

joins!(
    registration => Registration, client_file => ClientFile, contract => Contract,
    review => Review, services => Services, api_keys => ApiKeys, messages => Messages
);
