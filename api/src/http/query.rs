//! The parameters of a query.

use super::faults;
use super::problem::{FieldProblem, Problem};
use crate::app::App;
use crate::auth::sessions::CLOCKS_DIFFER;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use domain::values::Invalid;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use store::{AsOf, Revision};
use utoipa::IntoParams;

/// Query parameters; what cannot be read is a problem like any other.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let pairs = serde_urlencoded::Deserializer::new(pairs);
        serde_path_to_error::deserialize(pairs).map(Self).map_err(|error| unreadable(&error, query))
    }
}

/// What a parameter says, or a problem with its name.
pub fn parameter<T>(
    name: &str,
    text: Option<&str>,
    read: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Result<Option<T>, Problem> {
    text.map(read).transpose().map_err(|invalid| {
        let errors = vec![FieldProblem::of(format!("?{name}"), invalid)];
        Problem { errors, ..unread() }
    })
}

fn unread() -> Problem {
    Problem::malformed(
        "The query cannot be read; see `errors`.",
        "Les paramètres ne peuvent être lus ; voir `errors`.",
    )
}

/// What a parameter lacks stands beside its name, as `?name`.
fn unreadable(
    error: &serde_path_to_error::Error<serde_urlencoded::de::Error>,
    query: &str,
) -> Problem {
    let mut fault = faults::found(error.path(), &error.inner().to_string());
    fault.pointer = fault.pointer.replacen('/', "?", 1);
    let problem = if query.contains('+') {
        // A plus in a query is a space (the URL standard, 5.1), which a time with an offset cannot have.
        Problem::malformed(
            "The query cannot be read; see `errors`. In a query a plus is written %2B, as in \
             2026-11-25T10:00:00%2B01:00.",
            "Les paramètres ne peuvent être lus ; voir `errors`. Dans une adresse, un plus s'écrit \
             %2B : 2026-11-25T10:00:00%2B01:00.",
        )
    } else {
        unread()
    };
    Problem { errors: vec![fault], ..problem }
}

/// A moment to look at instead of now.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MomentQuery {
    /// RFC 3339; the state as it was then.
    pub as_of: Option<DateTime<Utc>>,
    /// The state as of that revision.
    #[param(minimum = 0)]
    pub at_revision: Option<u64>,
}

impl MomentQuery {
    pub fn moment(&self) -> Result<AsOf, Problem> {
        match (self.as_of, self.at_revision) {
            (None, None) => Ok(AsOf::Now),
            (Some(time), None) => Ok(AsOf::Time(time)),
            (None, Some(revision)) => Ok(AsOf::Revision(Revision(revision))),
            (Some(_), Some(_)) => Err(Problem::malformed(
                "Give as_of or at_revision, not both.",
                "Donnez as_of ou at_revision, pas les deux.",
            )),
        }
    }

    /// Of a moment that is still to come nobody knows anything.
    pub fn check_has_been(as_of: AsOf, now: DateTime<Utc>) -> Result<(), Problem> {
        match as_of {
            AsOf::Time(time) if time - now > CLOCKS_DIFFER => Err(Problem::malformed(
                "as_of is still to come: nobody knows what will be then.",
                "as_of est encore à venir : personne ne sait ce qui sera alors.",
            )),
            AsOf::Now | AsOf::Time(_) | AsOf::Revision(_) | AsOf::Position(_) => Ok(()),
        }
    }

    pub fn is_now(&self) -> bool {
        self.as_of.is_none() && self.at_revision.is_none()
    }

    /// The moment that is looked at: for a revision, when that was the newest. Nobody knows what comes.
    pub fn judged_at(
        &self,
        recorded_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        match (self.as_of, self.at_revision) {
            (Some(time), _) => time.min(now),
            (None, Some(_)) => recorded_at.unwrap_or(now),
            (None, None) => now,
        }
    }
}
