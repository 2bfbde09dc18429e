//! What each page says: one template for each language in `templates/pages`. The first line is its title.

use crate::texts::texts;
use crate::use_cases::staff::Invitation;

texts! {
    /// One of them, with what stands in it.
    pub enum Text {
        Home { has_mailbox: bool } "pages/home.fr.html" "pages/home.en.html";
        Failed {} "pages/failed.fr.html" "pages/failed.en.html";
        Activate { token: String } "pages/activate.fr.html" "pages/activate.en.html";
        Activated {} "pages/activated.fr.html" "pages/activated.en.html";
        NewPassword { token: String } "pages/new_password.fr.html" "pages/new_password.en.html";
        PasswordChanged {} "pages/password_changed.fr.html" "pages/password_changed.en.html";
        Join { token: String, invitation: Option<Invitation> } "pages/join.fr.html" "pages/join.en.html";
        Joined {} "pages/joined.fr.html" "pages/joined.en.html";
        ConfirmEmail { token: String } "pages/confirm_email.fr.html" "pages/confirm_email.en.html";
        EmailChanged {} "pages/email_changed.fr.html" "pages/email_changed.en.html";
        CancelContactChange { token: String } "pages/cancel_contact_change.fr.html" "pages/cancel_contact_change.en.html";
        ContactChangeCancelled {} "pages/contact_change_cancelled.fr.html" "pages/contact_change_cancelled.en.html";
        CancelBankAccountChange { token: String } "pages/cancel_bank_account_change.fr.html" "pages/cancel_bank_account_change.en.html";
        BankAccountChangeCancelled {} "pages/bank_account_change_cancelled.fr.html" "pages/bank_account_change_cancelled.en.html";
        Sign { token: String, sha256: String, sent_to: Option<String> } "pages/sign.fr.html" "pages/sign.en.html";
        Signed {} "pages/signed.fr.html" "pages/signed.en.html";
    }
}
