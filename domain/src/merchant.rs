//! A merchant: joins the rooms.

use crate::access::{self, MemberRole};
use crate::{
    Coded, Occasion, Refuses, UserId, api_keys, bank_account, client_file, contract, messages,
    registration, review, services,
};

/// Declares the rooms, each once: what can have happened in it, what may be asked of it, why it says
/// no, and where its state lies.
macro_rules! rooms {
    ($($room:ident => $variant:ident in $field:ident),+ $(,)?) => {
        /// Everything the rules remember about one merchant.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct State {
            $(pub $field: $room::State),+
        }

        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($variant($room::Event),)+
            Messages(messages::Event),
        }

        #[derive(Clone, Debug)]
        pub enum Command {
            $($variant($room::Command),)+
            Messages(messages::Command),
        }

        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum Refusal {
            #[error(transparent)]
            Access(#[from] access::Refusal),
            $(#[error(transparent)] $variant(#[from] $room::Refusal),)+
        }

        impl Refusal {
            /// Its code, its English and its French words.
            pub fn words(self) -> (&'static str, &'static str, &'static str) {
                fn of(refusal: impl Refuses) -> (&'static str, &'static str, &'static str) {
                    (Coded::code(refusal), refusal.english(), refusal.french())
                }
                match self {
                    Self::Access(refusal) => of(refusal),
                    $(Self::$variant(refusal) => of(refusal)),+
                }
            }
        }

        /// Everything for which a room may say no, by its name.
        pub fn refusals() -> Vec<(&'static str, Refusal)> {
            fn of<R: Coded + Into<Refusal>>(room: &'static str) -> Vec<(&'static str, Refusal)> {
                R::ALL.iter().map(|refusal| (room, (*refusal).into())).collect()
            }
            [$(of::<$room::Refusal>(stringify!($room))),+].concat()
        }

        pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
            match command {
                $(Command::$variant(command) => $room::decide(command, state, occasion),)+
                Command::Messages(command) => Ok(vec![messages::decide(command).into()]),
            }
        }

        /// What happens in a room changes its own state.
        fn evolve_room(mut state: State, event: &Event) -> State {
            match event {
                $(Event::$variant(event) => state.$field = $room::evolve(state.$field, event),)+
                // What came of a message is nobody's state but of those who follow it.
                Event::Messages(_) => {}
            }
            state
        }

        joins!($($room => $variant,)+ messages => Messages);
    };
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

rooms! {
    registration => Registration in account,
    client_file => ClientFile in file,
    contract => Contract in contract,
    review => Review in review,
    services => Services in services,
    api_keys => ApiKeys in keys,
    bank_account => BankAccount in bank_account,
}

pub type Decision = Result<Vec<Event>, Refusal>;

pub fn evolve(state: State, event: &Event) -> State {
    evolve_room(follow(state, event), event)
}

/// What happens in one room and changes the state of others: each says what follows for itself.
fn follow(mut state: State, event: &Event) -> State {
    if let Event::Registration(event) = event {
        state.file = client_file::evolve_with_account(state.file, event);
        state.review = review::evolve_with_account(state.review, event);
        state.bank_account = bank_account::evolve_with_account(state.bank_account, event);
    }
    if let Event::ClientFile(event) = event {
        state.review = review::evolve_with_file(state.review, event);
    }
    if let Event::Review(event) = event {
        state.review = review::evolve_with_answer(state.review, event, &state.file);
        state.file = client_file::evolve_with_review(state.file, event);
        state.bank_account =
            bank_account::evolve_with_review(state.bank_account, event, &state.file);
    }
    if let Event::Services(event) = event {
        state.file = client_file::evolve_with_services(state.file, event, &state.review);
    }
    if let Event::Messages(event) = event {
        state.review = review::evolve_with_message(state.review, event);
    }
    state
}

impl Refusal {
    /// Why the request was refused before its own rules were looked at, if that is why.
    pub fn of_access(self) -> Option<access::Refusal> {
        if let Self::Access(refusal) = self { Some(refusal) } else { None }
    }
}

impl State {
    /// What `user` may do here; `None` for a stranger.
    pub fn role_of(&self, user: UserId) -> Option<MemberRole> {
        (self.account.owner == Some(user)).then_some(MemberRole::Owner)
    }
}
