//! One of each page, for nobody: what the pages of words print, and what the tests read.

use super::texts::Text;
use crate::use_cases::staff::Invitation;

pub fn all() -> Vec<Text> {
    let token = || "AZNKXHsufQ-hssPU5fYHGA".to_owned();
    let invitation = Invitation {
        email: Some("clara@greffe.example".to_owned()),
        totp_url: "otpauth://totp/greffe".to_owned(),
        totp_secret: "JBSWY3DPEHPK3PXP".to_owned(),
    };
    vec![
        Text::Home { has_mailbox: true },
        Text::Failed {},
        Text::Activate { token: token() },
        Text::Activated {},
        Text::NewPassword { token: token() },
        Text::PasswordChanged {},
        Text::Join { token: token(), invitation: Some(invitation) },
        Text::Joined {},
        Text::ConfirmEmail { token: token() },
        Text::EmailChanged {},
        Text::CancelContactChange { token: token() },
        Text::ContactChangeCancelled {},
        Text::CancelBankAccountChange { token: token() },
        Text::BankAccountChangeCancelled {},
        Text::Sign {
            token: token(),
            sha256: "00".repeat(32),
            sent_to: Some("+33 6 ** ** ** 01".to_owned()),
        },
        Text::Signed {},
    ]
}
