//! What is asked of a claim on an address, by several who want it.

use super::values::id;
use domain::SubjectId;
use domain::email_claim::Command;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
pub enum Ask {
    Claim { by: u8 },
    Release { by: u8 },
}

pub fn any() -> impl Strategy<Value = Ask> {
    let by = || 0..3u8;
    prop_oneof![by().prop_map(|by| Ask::Claim { by }), by().prop_map(|by| Ask::Release { by })]
}

impl Ask {
    pub fn command(self) -> Command {
        match self {
            Self::Claim { .. } => Command::Claim { by: self.by() },
            Self::Release { .. } => Command::Release { by: self.by() },
        }
    }

    pub fn by(self) -> SubjectId {
        let (Self::Claim { by } | Self::Release { by }) = self;
        id(by)
    }
}
