//! Signatures of providers under what they report. Each is made with a secret that only the provider
//! and we know.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// How old a signature may be, and how far ahead of our clock.
const AGE_SECONDS_MAX: i64 = 15 * 60;
const AHEAD_SECONDS_MAX: i64 = 60;

#[derive(Debug, thiserror::Error)]
#[error("the signature is not that of the provider, too old, or taken already")]
pub struct WrongSignature;

/// Checks a signature as Twilio's API makes it: of the address, then each field's name and value, by
/// name.
pub fn check_sms(
    token: &str,
    address: &str,
    fields: &[(String, String)],
    signature: &[u8],
) -> Result<(), WrongSignature> {
    let mut signed = address.to_owned();
    signed.extend(fields.iter().flat_map(|(name, value)| [name.as_str(), value]));
    let signature = STANDARD.decode(signature).unwrap_or_default();
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).map_err(|_| WrongSignature)?;
    mac.chain_update(signed).verify_slice(&signature).map_err(|_| WrongSignature)
}

/// Tokens of mail reports that were taken, with the times in their signatures: a signature covers
/// nothing but these two, so that it must count once.
#[derive(Default)]
pub struct Signatures(DashMap<String, i64>);

/// A signature as Mailgun's API makes it.
pub struct MailSignature<'a> {
    pub timestamp: &'a str,
    pub token: &'a str,
    /// Hexadecimal.
    pub signature: &'a str,
}

impl Signatures {
    /// Takes a signature, which then counts no more until it is given back.
    pub fn take(
        &self,
        key: &str,
        given: &MailSignature<'_>,
        at: DateTime<Utc>,
    ) -> Result<(), WrongSignature> {
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| WrongSignature)?;
        let signature = hex::decode(given.signature).unwrap_or_default();
        let mac = mac.chain_update(given.timestamp).chain_update(given.token);
        mac.verify_slice(&signature).map_err(|_| WrongSignature)?;
        let signed_at: i64 = given.timestamp.parse().map_err(|_| WrongSignature)?;
        let age = at.timestamp().saturating_sub(signed_at);
        let is_timely = (-AHEAD_SECONDS_MAX..=AGE_SECONDS_MAX).contains(&age);
        if !is_timely || self.0.insert(given.token.to_owned(), signed_at).is_some() {
            return Err(WrongSignature);
        }
        Ok(())
    }

    /// The same report may come again.
    pub fn give_back(&self, token: &str) {
        self.0.remove(token);
    }

    /// Forgets those that are too old to count again.
    pub fn sweep(&self, now: DateTime<Utc>) {
        self.0.retain(|_, signed_at| now.timestamp() - *signed_at <= AGE_SECONDS_MAX);
    }
}
