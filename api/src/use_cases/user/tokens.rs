//! Personal access tokens: their values are secrets, of which the ledger knows hashes.

use super::super::{Call, Error};
use crate::app::App;
use crate::auth::tokens;
use chrono::{DateTime, Utc};
use domain::user::{Command, Scope, Token};
use domain::values::FreeText;
use domain::{Occasion, TokenId, UserId};
use std::collections::BTreeSet;
use store::User;

/// What is asked for.
pub struct NewToken {
    pub name: FreeText,
    pub scopes: BTreeSet<Scope>,
    pub expires_at: DateTime<Utc>,
}

/// A token that was just made.
pub struct MadeToken {
    pub id: TokenId,
    pub token: Token,
    /// `None` if an earlier request with the same id made it: whoever got the first answer knows it.
    pub value: Option<String>,
}

pub async fn issue_token(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    asked: NewToken,
) -> Result<MadeToken, Error> {
    let id: TokenId = call.derive("access_token");
    let value = tokens::value(user, app.store.chance.as_ref());
    let NewToken { name, scopes, expires_at } = asked;
    let hash = tokens::hash(&value);
    let command = Command::IssueToken { token: id, hash, name, scopes, expires_at };
    let done = app.execute::<User>(user, command, occasion, &call.request()).await?;
    let token = done.state.tokens.get(&id).cloned().ok_or(Error::NotFound)?;
    let value = (token.hash == hash).then_some(value);
    Ok(MadeToken { id, token, value })
}
