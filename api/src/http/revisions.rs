//! What merchants know as revisions (ETag, If-Match) counts only what they may read. That is
//! translated at the door, so that everything behind it speaks of the stream's own revisions.

use super::etag::{self, Seen};
use super::problem::Problem;
use crate::app::App;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::{Id, MerchantId};
use store::Revision;

/// What the caller has seen; answers the merchant whose revisions are spoken of.
pub fn translate_request(
    app: &App,
    parameters: Option<RawPathParams>,
    request: &mut Request,
) -> Option<MerchantId> {
    let merchant = merchant_of(&parameters?)?;
    if let Some(public) = request.headers().get(header::IF_MATCH).and_then(one_of) {
        let revisions = &app.projections.models().public_revisions;
        let seen: Vec<Revision> =
            public.iter().map(|public| revisions.seen(merchant, public.0)).collect();
        if let Some(tags) = etag::list(&seen) {
            request.headers_mut().insert(header::IF_MATCH, tags);
        }
    }
    Some(merchant)
}

/// What the answer shows.
pub async fn translate_response(
    app: &App,
    merchant: MerchantId,
    response: &mut Response,
) -> Result<(), Problem> {
    let shown = response.headers().get(header::ETAG).and_then(one_of);
    let tag = response.headers().get(header::ETAG).cloned();
    if let Some((revision, tag)) = shown.and_then(|shown| shown.first().copied()).zip(tag) {
        let public = public(app, merchant, revision).await?;
        match public.and_then(|public| etag::with_revision(&tag, public)) {
            Some(tag) => drop(response.headers_mut().insert(header::ETAG, tag)),
            None => drop(response.headers_mut().remove(header::ETAG)),
        }
    }
    Ok(())
}

/// The merchant that an address speaks of.
fn merchant_of(parameters: &RawPathParams) -> Option<MerchantId> {
    let (_, id) = parameters.iter().find(|(name, _)| *name == "merchant")?;
    MerchantId::parse(id)
}

async fn public(
    app: &App,
    merchant: MerchantId,
    revision: Revision,
) -> Result<Option<u64>, Problem> {
    let known = app.projections.models().public_revisions.public(merchant, revision);
    if known.is_some() {
        return Ok(known);
    }
    // The answer was read from the ledger, and the read models are a moment behind it.
    app.see(app.store.ledger.head().await?).await?;
    Ok(app.projections.models().public_revisions.public(merchant, revision))
}

/// What is no list of tags is left for the handler to refuse.
fn one_of(value: &HeaderValue) -> Option<Vec<Revision>> {
    match etag::parse(value) {
        Ok(Seen::OneOf(revisions)) => Some(revisions),
        Ok(Seen::Any) | Err(_) => None,
    }
}
