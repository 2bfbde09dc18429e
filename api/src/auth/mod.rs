//! Who is asking: sessions, passwords, one-time codes, links, keys, and the limits on codes.

pub mod code_limits;
pub mod codes;
pub mod keys;
pub mod links;
pub mod passwords;
pub mod recaps;
pub mod sessions;
pub mod signatures;
pub mod tokens;
pub mod totp;
