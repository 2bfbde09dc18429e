//! Who is asking: sessions, passwords, one-time codes, links, and the limits on trying.

pub mod code_limits;
pub mod codes;
pub mod guard;
pub mod links;
pub mod passwords;
pub mod sessions;
pub mod totp;
