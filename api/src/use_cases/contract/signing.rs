//! Signing: a code to the signer's own mobile, then the signature with it.

use super::paper;
use crate::app::App;
use crate::use_cases::{Call, Error};
use chrono::{DateTime, Utc};
use domain::client_file::PersonDetails;
use domain::contract::{Command, Event, Evidence, Refusal};
use domain::merchant::{Command as MerchantCommand, State};
use domain::{Actor, ChallengeId, Channel, Id, MerchantId, Occasion, PersonId, merchant};
use std::sync::Arc;
use store::{AsOf, Executed, Merchant};
use uuid::Uuid;

/// A signer who followed their link, and the contract it was for.
pub struct Signing {
    pub merchant: MerchantId,
    pub signer: PersonId,
    pub state: Arc<State>,
    pub occasion: Occasion,
}

/// Who was invited to sign by a link, as long as the contract of then is the one to sign.
pub async fn invited(app: &App, call: &Call, token: &str) -> Result<Signing, Error> {
    let (merchant, contract, signer) = app.links.read_signing(token).ok_or(Error::UnknownLink)?;
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let is_current =
        state.contract.presented.as_ref().is_some_and(|presented| presented.contract == contract);
    if !is_current {
        return Err(merchant::Refusal::from(Refusal::FileChanged).into());
    }
    let occasion = Occasion::new(Actor::Signer(signer), Channel::Portal, call.at);
    Ok(Signing { merchant, signer, state, occasion })
}

/// A code that is on its way.
pub struct CodeSent {
    /// The number, masked.
    pub mobile: String,
    pub expires_at: DateTime<Utc>,
}

/// Sends a code to a signer's own mobile.
pub async fn send_code(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    signer: PersonId,
) -> Result<CodeSent, Error> {
    app.can_send_codes()?;
    let challenge: ChallengeId = call.derive("code");
    let command: MerchantCommand = Command::SendCode { signer, challenge }.into();
    if app.store.done::<Merchant>(merchant, call.command_id).await?.is_none() {
        let known = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
        // Only what will be sent is counted, and nothing for somebody who may not ask.
        merchant::decide(command.clone(), &known, occasion)?;
        app.take_code(details_of(&known, signer).map(|details| &details.mobile))?;
    }
    let done = app.execute::<Merchant>(merchant, command, occasion, &call.request()).await?;
    let code = done.state.contract.codes.get(&signer);
    Ok(CodeSent {
        mobile: masked_mobile(&done.state, signer),
        expires_at: code.map_or(call.at, |code| code.expires_at),
    })
}

fn masked_mobile(state: &State, signer: PersonId) -> String {
    details_of(state, signer).map(|details| details.mobile.masked()).unwrap_or_default()
}

fn details_of(state: &State, signer: PersonId) -> Option<&PersonDetails> {
    state.file.people.get(&signer)?.details.known()
}

/// What a signer has read, and the code they were sent.
pub struct Attempt<'a> {
    pub signer: PersonId,
    /// Of the contract that was read; `None` if it is no hash at all.
    pub sha256: Option<[u8; 32]>,
    pub code: &'a str,
}

/// Signs for one signer. The last signature files the contract.
pub async fn sign(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    known: &State,
    attempt: Attempt<'_>,
) -> Result<Executed<State>, Error> {
    // Without a code there is nothing to compare with; the rules then say so.
    let code = known.contract.codes.get(&attempt.signer);
    let challenge = code.map_or(ChallengeId::from_uuid(Uuid::nil()), |code| code.challenge);
    let command = Command::Sign {
        signer: attempt.signer,
        sha256: attempt.sha256.unwrap_or_default(),
        challenge,
        is_code_right: app.codes.is_right(challenge, attempt.code),
        evidence: Evidence {
            ip_address: call.evidence.ip_address.to_string(),
            user_agent: call.evidence.user_agent.clone(),
            mobile: masked_mobile(known, attempt.signer),
        },
    };
    let done = app.execute::<Merchant>(merchant, command.into(), occasion, &call.request()).await?;
    if let Some(domain::Event::Merchant(merchant::Event::Contract(Event::SigningCodeRefused {
        ..
    }))) = done.events.first()
    {
        return Err(Error::WrongCode);
    }
    file_if_signed(app, merchant, &done.state, call.at).await;
    Ok(done)
}

/// The signature stands whatever happens here: what fails is tried again by its timer.
async fn file_if_signed(app: &App, merchant: MerchantId, state: &State, at: DateTime<Utc>) {
    if state.contract.is_signed()
        && let Err(error) = paper::file(app, merchant, at).await
    {
        tracing::warn!(%error, "a signed contract waits to be filed");
    }
}
