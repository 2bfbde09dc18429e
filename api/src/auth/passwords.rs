//! Passwords: argon2id, a bounded number of hashes at once, and the same time for unknown users.

use crate::heavy::{Heavy, Panicked};
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use domain::values::{Invalid, Password, normal_form, spellings};
use rayon::ThreadPoolBuildError;
use std::sync::Arc;
use store::chance::{self, Chance};

/// OWASP's minimum: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// What a password that was entered is to a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub is_right: bool,
    /// It is, but was hashed before passwords had a normal form.
    pub is_outdated: bool,
}

#[derive(Clone)]
pub struct Passwords {
    heavy: Arc<Heavy>,
    chance: Arc<dyn Chance>,
    /// What an unknown user's password is compared with, so that it takes as long.
    dummy: Arc<str>,
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("a password cannot be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Panicked(#[from] Panicked),
    #[error("no threads can be started for passwords: {0}")]
    Threads(#[from] ThreadPoolBuildError),
}

impl Passwords {
    pub fn new(chance: Arc<dyn Chance>) -> Result<Self, PasswordError> {
        let heavy = Heavy::new("passwords")?;
        let salt = chance::bytes(chance.as_ref());
        let dummy = heavy.run_now(|| hash("nobody has this password", &salt))?.into();
        Ok(Self { heavy: Arc::new(heavy), chance, dummy })
    }

    /// What is entered as a new password. To judge how hard it is to guess takes a while.
    pub async fn parse(
        &self,
        text: &str,
        context: &[&str],
    ) -> Result<Result<Password, Invalid>, PasswordError> {
        let text = text.to_owned();
        let context: Vec<String> = context.iter().map(|word| (*word).to_owned()).collect();
        let judge = move || {
            let context: Vec<&str> = context.iter().map(String::as_str).collect();
            Password::parse(&text, &context)
        };
        Ok(self.heavy.run(judge).await?)
    }

    /// In PHC form, of its normal form.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let password = password.to_owned();
        let salt: [u8; 16] = chance::bytes(self.chance.as_ref());
        self.heavy.run(move || hash(&normal_form(&password), &salt)).await?
    }

    /// `stored` is `None` for an unknown user: the answer is no, after the same work.
    pub async fn judge(
        &self,
        password: &str,
        stored: Option<Vec<u8>>,
    ) -> Result<Verdict, PasswordError> {
        let is_known = stored.is_some();
        let stored = stored
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_else(|| self.dummy.to_string());
        let password = password.to_owned();
        let verify = move || {
            let parsed = PasswordHash::new(&stored)?;
            let fits = |spelling: &String| {
                Argon2::default().verify_password(spelling.as_bytes(), &parsed).is_ok()
            };
            Ok(spellings(&password).iter().position(fits))
        };
        let outcome: Result<Option<usize>, argon2::password_hash::phc::Error> =
            self.heavy.run(verify).await?;
        let spelling = outcome.map_err(|error| PasswordError::Hash(error.to_string()))?;
        let is_right = is_known && spelling.is_some();
        Ok(Verdict { is_right, is_outdated: is_right && spelling != Some(0) })
    }
}

fn hash(password: &str, salt: &[u8; 16]) -> Result<String, PasswordError> {
    let failed = |error: &dyn std::fmt::Display| PasswordError::Hash(error.to_string());
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| failed(&error))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2::password_hash::CustomizedPasswordHasher::<
        argon2::password_hash::phc::PasswordHash,
    >::hash_password_customized(
        &argon2, password.as_bytes(), salt, None, None, argon2.params().clone()
    )
    .map(|hash| hash.to_string())
    .map_err(|error| failed(&error))
}
