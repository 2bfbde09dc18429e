//! The rules of a contract, one function per request.

use super::{
    ANSWER_DAYS, CODE_ATTEMPTS_MAX, CODE_MINUTES, CODES_MAX, CODES_PER_DAY_MAX, Command, Event,
    Evidence, Filed, Presented, Refusal, SignatureLevel, TERMS_VERSION,
};
use crate::access::{self, Access, Capability, MemberRole};
use crate::calendar::end_of_day_after;
use crate::client_file::{self, FileVersion, are_satisfied};
use crate::merchant::{self, Decision, State};
use crate::validity::works;
use crate::{Actor, ChallengeId, ContractId, Occasion, PersonId};
use chrono::TimeDelta;

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    match command {
        Command::Present { contract, sha256, sealed_sha256, file_version } => {
            let paper = Paper { contract, sha256, sealed_sha256 };
            present(state, occasion, paper, file_version)
        }
        Command::SendCode { signer, challenge } => send_code(state, occasion, signer, challenge),
        Command::Sign { signer, sha256, challenge, is_code_right, evidence } => {
            let attempt = Attempt { sha256, challenge, is_code_right, evidence };
            sign(state, occasion, signer, attempt)
        }
        Command::File { contract, document, sealed_sha256, size } => {
            let filed = Filed { document, sealed_sha256, size };
            file(state, occasion, contract, filed)
        }
    }
}

/// What is presented: the PDF by its own hash and, as stored, by the hash of its sealed bytes.
struct Paper {
    contract: ContractId,
    sha256: [u8; 32],
    sealed_sha256: [u8; 32],
}

fn present(
    state: &State,
    occasion: &Occasion,
    paper: Paper,
    file_version: FileVersion,
) -> Decision {
    access::member(state, occasion, &[MemberRole::Owner])?;
    access::capability(state, Capability::ClientFile, &[Access::Allowed])?;
    if state.review.is_submitted() {
        return Err(Refusal::AlreadySubmitted.into());
    }
    if !are_satisfied(state, occasion.at) {
        return Err(Refusal::RequirementsMissing.into());
    }
    if file_version != state.file.version {
        return Err(Refusal::FileChanged.into());
    }
    let is_being_signed =
        state.contract.presented.as_ref().is_some_and(|known| known.file_version == file_version)
            && !state.contract.signatures.is_empty();
    if is_being_signed {
        // A new paper would take the signatures away that this one has.
        return Ok(vec![]);
    }
    Ok(vec![
        Event::Presented {
            contract: paper.contract,
            terms_version: TERMS_VERSION,
            sealed_sha256: Some(paper.sealed_sha256),
            file_version,
            signers: state.file.signers(),
            sha256: paper.sha256.into(),
        }
        .into(),
    ])
}

fn send_code(
    state: &State,
    occasion: &Occasion,
    signer: PersonId,
    challenge: ChallengeId,
) -> Decision {
    let presented = open_contract(state, occasion, signer)?;
    let person = state.file.people.get(&signer).ok_or(Refusal::NotASigner)?;
    if person.details.known().is_none() {
        return Err(Refusal::SignerForgotten.into());
    }
    if state.contract.codes.get(&signer).is_some_and(|code| code.sent >= CODES_MAX) {
        return Err(Refusal::TooManyCodes.into());
    }
    let passed = state.contract.codes_sent.iter().map(|sent_at| occasion.at - *sent_at);
    let sent = passed.filter(|passed| (TimeDelta::zero()..TimeDelta::hours(24)).contains(passed));
    if sent.count() >= CODES_PER_DAY_MAX {
        return Err(Refusal::TooManyCodesToday.into());
    }
    Ok(vec![
        Event::SigningCodeSent {
            contract: presented.contract,
            signer,
            challenge,
            expires_at: occasion.at + TimeDelta::minutes(CODE_MINUTES),
        }
        .into(),
    ])
}

struct Attempt {
    sha256: [u8; 32],
    challenge: ChallengeId,
    is_code_right: bool,
    evidence: Evidence,
}

fn sign(state: &State, occasion: &Occasion, signer: PersonId, attempt: Attempt) -> Decision {
    let presented = open_contract(state, occasion, signer)?;
    if presented.sha256.known() != Some(&attempt.sha256) {
        return Err(Refusal::OtherContract.into());
    }
    if state.contract.signatures.contains_key(&signer) {
        return Ok(vec![]);
    }
    let code = state.contract.codes.get(&signer).ok_or(Refusal::NoCodeSent)?;
    if code.challenge != attempt.challenge
        || !works(code.expires_at, TimeDelta::minutes(CODE_MINUTES), occasion.at)
        || code.wrong_attempts >= CODE_ATTEMPTS_MAX
    {
        return Err(Refusal::CodeExpired.into());
    }
    if !attempt.is_code_right {
        return Ok(vec![Event::SigningCodeRefused { signer, challenge: attempt.challenge }.into()]);
    }
    // What was complete when it was presented may have lapsed since, by the calendar alone.
    if !are_satisfied(state, occasion.at) {
        return Err(Refusal::RequirementsMissing.into());
    }
    let mut events = vec![
        Event::Signed {
            contract: presented.contract,
            signer,
            level: SignatureLevel::Simple,
            challenge: attempt.challenge,
            evidence: attempt.evidence.into(),
            signed_at: occasion.at,
        }
        .into(),
    ];
    let is_last = state.contract.missing_signers().iter().all(|missing| *missing == signer);
    if is_last {
        let answer_expected_by = end_of_day_after(occasion.at, ANSWER_DAYS);
        events.push(client_file::Event::Submitted { answer_expected_by }.into());
    }
    Ok(events)
}

/// Whatever the account has become meanwhile: what was signed is kept.
fn file(state: &State, occasion: &Occasion, contract: ContractId, filed: Filed) -> Decision {
    access::system(occasion)?;
    let presented = state.contract.presented.as_ref().ok_or(Refusal::NothingPresented)?;
    if presented.contract != contract {
        return Err(Refusal::OtherContract.into());
    }
    if !state.contract.is_signed() {
        return Err(Refusal::NotSigned.into());
    }
    if state.contract.filed.is_some() {
        return Ok(vec![]);
    }
    let Filed { document, sealed_sha256, size } = filed;
    Ok(vec![Event::Filed { contract, document, sealed_sha256, size }.into()])
}

/// Whether what was presented is the contract of the file as it is. One that sent its file stays it.
pub fn is_current(state: &State) -> bool {
    let is_of_this_file = |known: &Presented| known.file_version == state.file.version;
    let presented = state.contract.presented.as_ref();
    presented.is_some_and(|known| is_of_this_file(known) || state.review.is_submitted())
}

/// The contract that `signer` may act on, if it still says what the file says.
fn open_contract<'a>(
    state: &'a State,
    occasion: &Occasion,
    signer: PersonId,
) -> Result<&'a Presented, merchant::Refusal> {
    match occasion.actor {
        Actor::Signer(person) if person == signer => {}
        Actor::Signer(_) => return Err(Refusal::NotASigner.into()),
        Actor::User(_)
        | Actor::Visitor
        | Actor::Staff(_)
        | Actor::ApiKey(_)
        | Actor::System
        | Actor::Provider
        | Actor::Undisclosed => {
            access::member(state, occasion, &[MemberRole::Owner])?;
        }
    }
    access::capability(state, Capability::ClientFile, &[Access::Allowed])?;
    if state.review.is_submitted() && !state.contract.signatures.contains_key(&signer) {
        return Err(Refusal::AlreadySubmitted.into());
    }
    let presented = state.contract.presented.as_ref().ok_or(Refusal::NothingPresented)?;
    if presented.file_version != state.file.version {
        return Err(Refusal::FileChanged.into());
    }
    if !presented.signers.contains(&signer) {
        return Err(Refusal::NotASigner.into());
    }
    Ok(presented)
}
