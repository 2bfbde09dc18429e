//! What the rules remember about a contract.

use super::{CODE_MINUTES, CODES_PER_DAY_MAX, Event};
use crate::client_file::FileVersion;
use crate::{ChallengeId, ContractId, DocumentId, PersonId, Personal};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub presented: Option<Presented>,
    pub signatures: BTreeMap<PersonId, Signature>,
    /// The newest code of each signer; an older one no longer counts.
    pub codes: BTreeMap<PersonId, Code>,
    /// When the last codes were sent, for this contract and those before it.
    pub codes_sent: VecDeque<DateTime<Utc>>,
    /// The signed contract as it was stored.
    pub filed: Option<Filed>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Presented {
    pub contract: ContractId,
    pub terms_version: u16,
    pub sha256: Personal<[u8; 32]>,
    pub sealed_sha256: Option<[u8; 32]>,
    pub file_version: FileVersion,
    pub signers: BTreeSet<PersonId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filed {
    pub document: DocumentId,
    pub sealed_sha256: [u8; 32],
    pub size: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    pub challenge: ChallengeId,
    pub signed_at: DateTime<Utc>,
    pub evidence: Personal<super::Evidence>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Code {
    pub challenge: ChallengeId,
    pub expires_at: DateTime<Utc>,
    pub wrong_attempts: u8,
    /// How many codes this signer has asked for.
    pub sent: u8,
}

impl State {
    pub fn missing_signers(&self) -> BTreeSet<PersonId> {
        self.presented
            .iter()
            .flat_map(|presented| &presented.signers)
            .filter(|signer| !self.signatures.contains_key(signer))
            .copied()
            .collect()
    }

    /// Whether everybody who has to has signed what was presented.
    pub fn is_signed(&self) -> bool {
        self.presented.as_ref().is_some_and(|presented| !presented.signers.is_empty())
            && self.missing_signers().is_empty()
    }
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Presented {
            contract,
            terms_version,
            sealed_sha256,
            file_version,
            signers,
            sha256,
        } => State {
            presented: Some(Presented {
                contract: *contract,
                terms_version: *terms_version,
                sha256: sha256.clone(),
                sealed_sha256: *sealed_sha256,
                file_version: *file_version,
                signers: signers.clone(),
            }),
            codes_sent: state.codes_sent,
            ..State::default()
        },
        Event::SigningCodeSent { signer, challenge, expires_at, .. } => {
            let sent = state.codes.get(signer).map_or(0, |code| code.sent).saturating_add(1);
            let code =
                Code { challenge: *challenge, expires_at: *expires_at, wrong_attempts: 0, sent };
            state.codes.insert(*signer, code);
            state.codes_sent.push_back(*expires_at - TimeDelta::minutes(CODE_MINUTES));
            if state.codes_sent.len() > CODES_PER_DAY_MAX {
                state.codes_sent.pop_front();
            }
            state
        }
        Event::SigningCodeRefused { signer, .. } => {
            if let Some(code) = state.codes.get_mut(signer) {
                code.wrong_attempts = code.wrong_attempts.saturating_add(1);
            }
            state
        }
        Event::Signed { signer, challenge, signed_at, evidence, .. } => {
            let signature = Signature {
                challenge: *challenge,
                signed_at: *signed_at,
                evidence: evidence.clone(),
            };
            state.signatures.insert(*signer, signature);
            state
        }
        Event::Filed { document, sealed_sha256, size, .. } => {
            let filed = Filed { document: *document, sealed_sha256: *sealed_sha256, size: *size };
            state.filed = Some(filed);
            state
        }
    }
}
