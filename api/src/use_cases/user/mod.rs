//! Users: signing up, activating, signing in, passwords, and codes to their mobiles.

mod activation;
mod codes;
mod contacts;
mod find;
mod password;
mod sign_in;
mod sign_up;
mod tokens;

pub use activation::{activate, read_link, resend_activation, resend_activation_for};
pub use codes::{authenticate_strongly, change_mobile, send_code, verify_mobile};
pub use contacts::{
    cancel_contact_change, confirm_email_change, contact_change_of, request_email_change,
    request_mobile_change,
};
pub use find::{Known, user_of};
pub(super) use password::renew as renew_password;
pub use password::{change_password, request_password_reset};
pub use sign_in::{SignedIn, sign_in};
pub use sign_up::register;
pub use tokens::{NewToken, issue_token};
