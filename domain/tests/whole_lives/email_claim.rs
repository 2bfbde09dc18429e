//! A claim on an address, wanted by several.

use crate::config;
use domain::SubjectId;
use domain::email_claim::{Command, Event, State, decide, evolve};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Ask {
    Claim { by: u8 },
    Release { by: u8 },
}

fn ask() -> impl Strategy<Value = Ask> {
    let by = || 0..3u8;
    prop_oneof![by().prop_map(|by| Ask::Claim { by }), by().prop_map(|by| Ask::Release { by })]
}

impl Ask {
    fn command(self) -> Command {
        match self {
            Self::Claim { .. } => Command::Claim { by: self.by() },
            Self::Release { .. } => Command::Release { by: self.by() },
        }
    }

    fn by(self) -> SubjectId {
        let (Self::Claim { by } | Self::Release { by }) = self;
        SubjectId::from_u128(u128::from(by))
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_address_is_held_by_one_at_a_time(asked in prop::collection::vec(ask(), 1..40)) {
        let mut state = State::default();
        for ask in asked {
            let before = state.clone();
            let decided = decide(ask.command(), &state);
            for event in decided.iter().flatten() {
                match event {
                    Event::Claimed { by } => {
                        prop_assert_eq!(before.holder, None, "claimed from somebody");
                        prop_assert_eq!(*by, ask.by());
                    }
                    Event::Released { by } => {
                        prop_assert_eq!(before.holder, Some(*by));
                        prop_assert_eq!(*by, ask.by(), "released for somebody else");
                    }
                }
                state = evolve(state, event);
            }
            let is_mine = state.holder == Some(ask.by());
            match ask {
                Ask::Claim { .. } => prop_assert_eq!(decided.is_ok(), is_mine),
                Ask::Release { .. } => prop_assert!(!is_mine),
            }
            // Once is twice.
            let again = decide(ask.command(), &state);
            prop_assert!(again.is_err() || again == Ok(vec![]), "{ask:?} did something twice");
        }
    }
}
