//! Who is behind an address.

use crate::app::App;
use crate::use_cases::Error;
use domain::values::Email;
use domain::{Id, UserId, user};
use std::sync::Arc;
use store::{AsOf, EmailClaim, EmailKey, User};

/// A user and what is known of them.
pub type Known = (UserId, Arc<user::State>);

/// The user behind an address as it was entered, if there is one.
pub async fn user_of(app: &App, entered: &str) -> Result<Option<Known>, Error> {
    Ok(users_of(app, entered).await?.into_iter().next())
}

/// Two, where both spellings of a domain got an account of their own before they were one address.
pub(super) async fn users_of(app: &App, entered: &str) -> Result<Vec<Known>, Error> {
    let mut users: Vec<Known> = vec![];
    let keys = Email::spellings(entered).into_iter().flat_map(|email| app.email_keys(&email));
    for key in keys {
        let holder = app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder;
        let Some(holder) = holder else { continue };
        let id = UserId::from_uuid(holder.uuid());
        let state = app.store.load::<User>(id, AsOf::Now).await?.state;
        if is_of_another(app, &state, key) {
            continue;
        }
        let is_new = users.iter().all(|(known, _)| *known != id);
        if is_new && state.is_registered && !state.is_lapsed {
            users.push((id, state));
        }
    }
    Ok(users)
}

/// Whoever asked for another address may hold the claims of several, and signs in with one.
fn is_of_another(app: &App, state: &user::State, key: EmailKey) -> bool {
    let own = state.email.as_ref().and_then(|email| email.known());
    state.contact_change.is_some() && own.is_some_and(|own| !app.email_keys(own).contains(&key))
}
