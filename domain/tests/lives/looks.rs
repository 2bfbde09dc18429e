//! What a case in somebody's session is asked, and a month.

use super::values::id;
use chrono::{DateTime, Utc};
use domain::looks::{Command, Purpose, Statement, Thing};
use domain::values::FreeText;
use domain::{Actor, Channel, Coded, MerchantId, Occasion, StaffId};
use proptest::prelude::*;

/// One request, so many minutes after the one before; a clock may be turned back.
#[derive(Clone, Debug)]
pub struct Step {
    pub wait: i64,
    pub ask: Ask,
}

#[derive(Clone, Debug)]
pub enum Ask {
    OpenMonth,
    ForgetMonth,
    StatePurpose { staff: u8, purpose: Purpose },
    Look { staff: u8, thing: Thing },
}

pub fn merchant() -> MerchantId {
    id(20)
}

pub fn step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![6 => 0..30i64, 3 => 30..120i64, 1 => -40..0i64];
    (wait, ask()).prop_map(|(wait, ask)| Step { wait, ask })
}

fn ask() -> impl Strategy<Value = Ask> {
    let staff = || 13..15u8;
    let purpose = prop::sample::select(Purpose::ALL);
    prop_oneof![
        1 => Just(Ask::OpenMonth),
        1 => Just(Ask::ForgetMonth),
        4 => (staff(), purpose).prop_map(|(staff, purpose)| Ask::StatePurpose { staff, purpose }),
        9 => (staff(), thing()).prop_map(|(staff, thing)| Ask::Look { staff, thing }),
    ]
}

fn thing() -> impl Strategy<Value = Thing> {
    prop_oneof![
        2 => Just(Thing::Card),
        2 => (0..2u8).prop_map(|number| Thing::Document(id(number))),
        1 => Just(Thing::Contract),
        1 => Just(Thing::Rib(id(3))),
    ]
}

pub fn member(number: u8) -> StaffId {
    id(number)
}

impl Step {
    pub fn asked(&self, at: DateTime<Utc>) -> (Command, Occasion) {
        let occasion = Occasion::new(Actor::Undisclosed, Channel::Console, at);
        (self.command(), occasion)
    }

    fn command(&self) -> Command {
        let reference = FreeText::recorded("letter of 3 May");
        match self.ask {
            Ask::OpenMonth => Command::OpenMonth,
            Ask::ForgetMonth => Command::ForgetMonth,
            Ask::StatePurpose { staff, purpose } => {
                let (staff, merchant) = (member(staff), merchant());
                Command::StatePurpose(Statement { staff, merchant, purpose, reference })
            }
            Ask::Look { staff, thing } => Command::Look { staff: member(staff), thing },
        }
    }
}
