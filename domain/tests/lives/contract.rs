//! What is asked of a contract.

use super::values::{id, version};
use super::{Person, mostly, person, rarely};
use chrono::{DateTime, Utc};
use domain::contract::{Command, Evidence};
use domain::merchant::State;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Ask {
    Present { is_stale: bool },
    SendCode { signer: u8, challenge: u8 },
    Sign { signer: u8, challenge: u8, is_code_right: bool, is_contract_right: bool },
}

pub fn any() -> impl Strategy<Value = Ask> {
    let signing = (person(), 0..2u8, mostly(), mostly());
    prop_oneof![
        1 => rarely().prop_map(|is_stale| Ask::Present { is_stale }),
        2 => (person(), 0..2u8)
            .prop_map(|(signer, challenge)| Ask::SendCode { signer, challenge }),
        4 => signing.prop_map(|(signer, challenge, is_code_right, is_contract_right)| Ask::Sign {
            signer, challenge, is_code_right, is_contract_right
        }),
    ]
}

impl Ask {
    /// From whom it is usually asked, the first or the second of them.
    pub fn usually(&self, is_second: bool) -> Person {
        match self {
            Self::SendCode { signer, .. } | Self::Sign { signer, .. } if is_second => {
                Person::Signer(*signer)
            }
            Self::Present { .. } | Self::SendCode { .. } | Self::Sign { .. } => Person::Owner,
        }
    }

    pub fn command(&self, state: &State, _: DateTime<Utc>) -> Command {
        match *self {
            Self::Present { is_stale } => Command::Present {
                contract: id(1),
                sha256: [1; 32],
                sealed_sha256: [2; 32],
                file_version: version(state, is_stale),
            },
            Self::SendCode { signer, challenge } => {
                Command::SendCode { signer: id(signer), challenge: id(challenge) }
            }
            Self::Sign { signer, challenge, is_code_right, is_contract_right } => Command::Sign {
                signer: id(signer),
                sha256: [u8::from(is_contract_right); 32],
                challenge: id(challenge),
                is_code_right,
                evidence: Evidence {
                    ip_address: "192.0.2.1".to_owned(),
                    user_agent: "test".to_owned(),
                    mobile: "+33 •••• 78".to_owned(),
                },
            },
        }
    }
}
