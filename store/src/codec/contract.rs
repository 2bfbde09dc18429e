//! The shapes of the contract's events.

use super::wire::{Code, Id, List, Time, Wire, group};
use super::{DecodeError, Opens, room};
use domain::contract::{Event, Evidence};

group! { Evidence1 of Evidence { ip_address: String, user_agent: String, mobile: String } }

room! { Event {
    "contract.presented" 2 Presented {
        contract: Id, terms_version: u16, sealed_sha256: Option<[u8; 32]>, file_version: u32,
        signers: List<Id>,
    } sealed { sha256: [u8; 32] => owner }
    "contract.signing_code_sent" 1 SigningCodeSent {
        contract: Id, signer: Id, challenge: Id, expires_at: Time,
    }
    "contract.signing_code_refused" 1 SigningCodeRefused { signer: Id, challenge: Id }
    "contract.signed" 1 Signed {
        contract: Id, signer: Id, level: Code, challenge: Id, signed_at: Time,
    } sealed { evidence: Evidence1 => signer }
    "contract.filed" 1 Filed { contract: Id, document: Id, sealed_sha256: [u8; 32], size: u64 }
} earlier {
    "contract.presented" 1 Presented1 {
        contract: Id, terms_version: u16, sha256: [u8; 32], file_version: u32, signers: List<Id>,
    } => presented_1
} }

/// The first version had the readable hash in clear, and none of the sealed bytes.
fn presented_1(facts: facts::Presented1, _: &dyn Opens) -> Result<Event, DecodeError> {
    Ok(Event::Presented {
        contract: facts.contract.read()?,
        terms_version: facts.terms_version,
        sealed_sha256: None,
        file_version: facts.file_version,
        signers: facts.signers.read()?,
        sha256: facts.sha256.into(),
    })
}

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, time};
    use domain::contract::SignatureLevel;

    pub fn all() -> Vec<Event> {
        vec![
            Event::Presented {
                contract: id(31),
                terms_version: 200,
                sealed_sha256: Some([0xb3; 32]),
                file_version: 70_000,
                signers: [id(32), id(33)].into(),
                sha256: [0xb2; 32].into(),
            },
            Event::SigningCodeSent {
                contract: id(34),
                signer: id(35),
                challenge: id(36),
                expires_at: time(10),
            },
            Event::SigningCodeRefused { signer: id(37), challenge: id(38) },
            Event::Signed {
                contract: id(39),
                signer: id(40),
                level: SignatureLevel::Simple,
                challenge: id(41),
                evidence: Evidence {
                    ip_address: "192.0.2.1".to_owned(),
                    user_agent: "Firefox".to_owned(),
                    mobile: "+33 •••• 78".to_owned(),
                }
                .into(),
                signed_at: time(11),
            },
            Event::Filed {
                contract: id(42),
                document: id(43),
                sealed_sha256: [0xb4; 32],
                size: 300_000,
            },
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        let presented = Event::Presented {
            contract: id(31),
            terms_version: 200,
            sealed_sha256: None,
            file_version: 70_000,
            signers: [id(32), id(33)].into(),
            sha256: [0xb2; 32].into(),
        };
        vec![("contract.presented", 1, presented)]
    }
}
