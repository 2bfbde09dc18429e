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
