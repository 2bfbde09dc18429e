//! What merchants know as revisions (ETag, If-Match) counts only what they may read. This layer
//! translates at the door, so that everything behind it speaks of the stream's own revisions.

use crate::app::App;
use crate::call::id;
use crate::error::Problem;
use crate::etags::{self, Seen};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::MerchantId;
use store::Revision;

const MERCHANTS: &str = "/portal/v1/merchants/";

/// What the caller has seen; answers the merchant whose revisions are spoken of.
pub fn translate_request(app: &App, request: &mut Request) -> Option<MerchantId> {
    let merchant = merchant_of(request.uri().path())?;
    if let Some(public) = request.headers().get(header::IF_MATCH).and_then(one_of) {
        let revisions = &app.projections.models().public_revisions;
        let seen: Vec<Revision> =
            public.iter().map(|public| revisions.seen(merchant, public.0)).collect();
        if let Some(tags) = etags::list(&seen) {
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
    if let Some(revision) = shown.and_then(|shown| shown.first().copied()) {
        match public(app, merchant, revision).await?.and_then(etags::of) {
            Some(tag) => drop(response.headers_mut().insert(header::ETAG, tag)),
            None => drop(response.headers_mut().remove(header::ETAG)),
        }
    }
    Ok(())
}

/// The merchant that a path of the portal speaks of.
fn merchant_of(path: &str) -> Option<MerchantId> {
    let rest = path.strip_prefix(MERCHANTS)?;
    id(rest.split('/').next()?).ok()
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
    if let Some(head) = app.store.ledger.head().await? {
        app.see(head).await?;
    }
    Ok(app.projections.models().public_revisions.public(merchant, revision))
}

/// What is no list of tags is left for the handler to refuse.
fn one_of(value: &HeaderValue) -> Option<Vec<Revision>> {
    match etags::parse(value) {
        Ok(Seen::OneOf(revisions)) => Some(revisions),
        Ok(Seen::Any) | Err(_) => None,
    }
}
