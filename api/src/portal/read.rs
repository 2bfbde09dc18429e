//! Reading something of a merchant that depends on the day alone, not on the moment: whoever has it already
//! is told so before anything is folded.

use super::load;
use crate::app::App;
use crate::http::{At, MomentQuery, PortalUser, Problem, Query, Versioned, etag, not_modified};
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::MerchantId;
use domain::calendar::paris_date;
use domain::merchant::State;
use domain::values::Language;
use serde::Serialize;
use store::aggregate::merchant_stream;
use store::{Loaded, Tail};

/// Who reads of which merchant, as of which moment.
pub struct Read {
    pub user: PortalUser,
    pub merchant: MerchantId,
    pub language: Language,
    moment: MomentQuery,
    now: DateTime<Utc>,
}

/// A merchant as of the moment that was asked for.
pub struct AsRead {
    pub loaded: Loaded<State>,
    /// By what deadlines and documents are judged.
    pub at: DateTime<Utc>,
}

pub enum NotRead {
    Unchanged(HeaderValue),
    Problem(Problem),
}

impl FromRequestParts<App> for Read {
    type Rejection = NotRead;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, NotRead> {
        let user = PortalUser::from_request_parts(parts, app).await?;
        let At(merchant) = At::from_request_parts(parts, app).await?;
        let Query(moment) = Query::<MomentQuery>::from_request_parts(parts, app).await?;
        let language = parts.extensions.get().copied().unwrap_or(Language::French);
        let read = Self { user, merchant, language, moment, now: app.clock.now() };
        match read.known(app, parts) {
            Some(tag) => Err(NotRead::Unchanged(tag)),
            None => Ok(read),
        }
    }
}

impl Read {
    pub async fn load(&self, app: &App) -> Result<AsRead, Problem> {
        let loaded = load(app, &self.user, self.merchant, self.moment.moment()?).await?;
        let at = self.moment.judged_at(loaded.recorded_at, self.now);
        Ok(AsRead { loaded, at })
    }

    /// The answer, with the tag by which it is known again.
    pub fn answer<T: Serialize>(&self, read: &AsRead, body: T) -> Versioned<T> {
        let revision = read.loaded.revision;
        let tag = revision
            .and_then(|revision| etag::judged(revision.0, paris_date(read.at), self.language));
        Versioned::ok(revision, body).tagged(tag)
    }

    /// The tag of what is there now, if that is what the sender has. Only a member learns it, and only
    /// where the end of the stream is known without looking.
    fn known(&self, app: &App, parts: &Parts) -> Option<HeaderValue> {
        let models = app.projections.models();
        let is_member =
            models.sign_in.of(self.user.id).iter().any(|one| one.merchant == self.merchant);
        let Tail::Known(last) = app.store.tail(&merchant_stream(self.merchant)) else {
            return None;
        };
        let public = models.public_revisions.public(self.merchant, last)?;
        let day = paris_date(self.now);
        let shown = etag::judged(public, day, self.language)?;
        let is_now = self.moment.is_now();
        // The door makes the public revision of it, as of any answer.
        (is_member && is_now && etag::is_known(&parts.headers, &shown))
            .then(|| etag::judged(last.0, day, self.language))
            .flatten()
    }
}

impl From<Problem> for NotRead {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for NotRead {
    fn into_response(self) -> Response {
        match self {
            Self::Unchanged(tag) => not_modified(tag),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}
