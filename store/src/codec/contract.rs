//! The shapes of the contract's events.

use super::room;
use super::wire::{Code, Id, List, Time, group};
use domain::contract::{Event, Evidence};

group! { Evidence1 of Evidence { ip_address: String, user_agent: String, mobile: String } }

room! { Event {
    "contract.presented" 1 Presented {
        contract: Id, terms_version: u16, sha256: [u8; 32], file_version: u32, signers: List<Id>,
    }
    "contract.signing_code_sent" 1 SigningCodeSent {
        contract: Id, signer: Id, challenge: Id, expires_at: Time,
    }
    "contract.signing_code_refused" 1 SigningCodeRefused { signer: Id, challenge: Id }
    "contract.signed" 1 Signed {
        contract: Id, signer: Id, level: Code, challenge: Id, signed_at: Time,
    } sealed { evidence: Evidence1 => signer }
} }
