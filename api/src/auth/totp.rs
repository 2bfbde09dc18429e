//! The second factor of staff: time-based one-time passwords (RFC 6238).

use chrono::{DateTime, Utc};
use domain::{Id, LinkId};
use store::seal::DataKey;
use store::vault::mac;
use subtle::ConstantTimeEq;
use totp_rs::{Builder, Secret};

const STEP_SECONDS: u64 = 30;
const ISSUER: &str = "Greffe";

/// The secret that an invitation offers, derived from it until somebody joins.
pub fn secret_of_invitation(secret: &DataKey, link: LinkId) -> Vec<u8> {
    mac(secret, &[b"totp", link.uuid().as_bytes()]).get(..20).unwrap_or_default().to_vec()
}

/// What authenticator apps read, as a link and as text.
pub fn enrolment(secret: &[u8], account: &str) -> (String, String) {
    let text = Secret::from(secret.to_vec()).to_base32();
    let account: String = account.chars().filter(|c| !matches!(c, ':' | '/' | '?' | '&')).collect();
    (format!("otpauth://totp/{ISSUER}:{account}?secret={text}&issuer={ISSUER}"), text)
}

/// The time step at which `entered` is right: now, the one before or the one after.
pub fn matching_step(secret: &[u8], entered: &str, now: DateTime<Utc>) -> Option<u64> {
    let seconds = u64::try_from(now.timestamp()).ok()?;
    let current = seconds / STEP_SECONDS;
    let entered: String = entered.chars().filter(|c| !c.is_whitespace()).collect();
    [current, current.saturating_sub(1), current + 1].into_iter().find(|step| {
        code_at(secret, step * STEP_SECONDS)
            .is_some_and(|code| code.as_bytes().ct_eq(entered.as_bytes()).into())
    })
}

/// The code for a moment, from the secret as authenticators read it.
pub fn code_of_text(secret: &str, now: DateTime<Utc>) -> Option<String> {
    code(Secret::try_from_base32(secret).ok()?.as_bytes(), now)
}

/// The code for a moment.
pub fn code(secret: &[u8], now: DateTime<Utc>) -> Option<String> {
    code_at(secret, u64::try_from(now.timestamp()).ok()?)
}

fn code_at(secret: &[u8], seconds: u64) -> Option<String> {
    let totp = Builder::new().with_secret(secret.to_vec()).build().ok()?;
    Some(totp.generate(seconds).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_rfc_6238_are_right() {
        // Appendix B, SHA-1, the last six of its eight digits.
        let secret = b"12345678901234567890";
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(code(secret, at(59)).unwrap(), "287082");
        assert_eq!(code(secret, at(1_111_111_109)).unwrap(), "081804");
        assert_eq!(matching_step(secret, "287082", at(59)), Some(1));
        assert_eq!(matching_step(secret, "287 082", at(89)), Some(1));
        assert_eq!(matching_step(secret, "287082", at(120)), None);
    }
}
