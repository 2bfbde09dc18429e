//! What can have happened to a contract.

use crate::client_file::FileVersion;
use crate::{ChallengeId, ContractId, DocumentId, PersonId, Personal};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Presented {
        contract: ContractId,
        terms_version: u16,
        /// Of the sealed bytes as stored; `None` for contracts presented before that was recorded.
        sealed_sha256: Option<[u8; 32]>,
        file_version: FileVersion,
        signers: BTreeSet<PersonId>,
        /// Of the PDF that the signers read.
        sha256: Personal<[u8; 32]>,
    },
    SigningCodeSent {
        contract: ContractId,
        signer: PersonId,
        challenge: ChallengeId,
        expires_at: DateTime<Utc>,
    },
    SigningCodeRefused {
        signer: PersonId,
        challenge: ChallengeId,
    },
    Signed {
        contract: ContractId,
        signer: PersonId,
        level: SignatureLevel,
        challenge: ChallengeId,
        evidence: Personal<Evidence>,
        signed_at: DateTime<Utc>,
    },
    /// The signed contract, with its evidence, was made and stored: from here on it is that file.
    Filed {
        contract: ContractId,
        document: DocumentId,
        sealed_sha256: [u8; 32],
        /// In bytes, before sealing.
        size: u64,
    },
}

codes! {
    /// eIDAS levels. Only the simple one is offered today (choice A6).
    pub enum SignatureLevel {
        Simple = "simple", "simple (eIDAS)", "simple (eIDAS)";
        Advanced = "advanced", "advanced (eIDAS)", "avancée (eIDAS)";
        Qualified = "qualified", "qualified (eIDAS)", "qualifiée (eIDAS)";
    }
}

/// What shows who signed, from where.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    pub ip_address: String,
    pub user_agent: String,
    /// The number that received the code, masked.
    pub mobile: String,
}

crate::hidden!(Evidence);
