//! Reveals: `replay` shows personal data only once somebody has recorded who looks.
//!
//! While a server runs, `replay` asks it at a socket in the directory: it records the look and then gives
//! the keys. Without one, `replay` needs the master key, and leaves a line in `reveals.log` that the
//! server takes in at its next start.

pub mod log;

use crate::vault::{Key, VaultError};
use domain::values::FreeText;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;

/// Where a running server is asked; in the directory of the vault.
pub const SOCKET_FILE: &str = "reveal.socket";

/// What is asked for, on the first line. The account is known by the connection itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// With its prefix; `None` for everybody's data.
    pub merchant: Option<String>,
    /// By its written name.
    pub purpose: String,
    pub reference: String,
}

/// What is answered, line by line: whether the look is recorded, then each key that is asked for by its
/// subject, a UUID of 32 digits.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Recorded,
    /// A key, in hexadecimal.
    Key(String),
    Destroyed,
    Missing,
    /// Why there is none.
    Refused(String),
}

domain::hidden!(Answer);

impl From<Result<Key, VaultError>> for Answer {
    fn from(key: Result<Key, VaultError>) -> Self {
        match key {
            Ok(Key::Known(key)) => Self::Key(key.to_hex()),
            Ok(Key::Destroyed) => Self::Destroyed,
            Ok(Key::Missing) => Self::Missing,
            Err(error) => Self::Refused(error.to_string()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RevealError {
    #[error(
        "who looks cannot be recorded in {0}, so that nothing is shown: {1}. Look where the server \
         runs, as its user, or without --reveal"
    )]
    Unwritten(PathBuf, io::Error),
    #[error("cannot read {0}: {1}")]
    Unread(PathBuf, io::Error),
    #[error("another process works on {0} and does not record who looks; stop it first, or wait")]
    InUse(PathBuf),
    #[error(
        "line {line} of {path} was altered, or a line before it is missing: somebody may want to hide \
         that they looked. Keep a copy of the file, report it, then move it away to start"
    )]
    Altered { path: PathBuf, line: u64 },
    #[error("this vault has no secret yet for who looks: start the server once")]
    NoSecret,
    #[error(transparent)]
    Vault(VaultError),
}

impl From<VaultError> for RevealError {
    fn from(error: VaultError) -> Self {
        if let VaultError::NoSecret(_) = error { Self::NoSecret } else { Self::Vault(error) }
    }
}

impl RevealError {
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Altered { .. } => true,
            Self::Vault(error) => error.is_damage(),
            Self::Unwritten(..) | Self::Unread(..) | Self::InUse(_) | Self::NoSecret => false,
        }
    }
}

/// The name of an account on this machine, as far as it is known here, and its number.
pub fn account(uid: u32) -> FreeText {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    });
    FreeText::recorded(
        name.map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})")),
    )
}

/// The key of a subject as a server gives it.
pub fn key_of(answer: Answer) -> Result<Key, VaultError> {
    let refused = |why: &str| Err(VaultError::Unwritten(why.to_owned()));
    match answer {
        Answer::Key(hex) => match crate::seal::DataKey::from_hex(&hex) {
            Some(key) => Ok(Key::Known(key)),
            None => refused("what came was no key"),
        },
        Answer::Destroyed => Ok(Key::Destroyed),
        Answer::Missing => Ok(Key::Missing),
        Answer::Refused(why) => refused(&why),
        Answer::Recorded => refused("what came was no key"),
    }
}
