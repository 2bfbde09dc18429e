//! What merchants know as revisions (ETag, If-Match) counts only what they may read. This layer
//! translates at the door, so that everything behind it speaks of the stream's own revisions.

use crate::app::App;
use crate::call::id;
use crate::error::Problem;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use domain::MerchantId;
use store::Revision;

const MERCHANTS: &str = "/portal/v1/merchants/";

/// What the caller has seen; answers the merchant whose revisions are spoken of.
pub fn translate_request(app: &App, request: &mut Request) -> Option<MerchantId> {
    let merchant = merchant_of(request.uri().path())?;
    if let Some(public) = number(request.headers().get(header::IF_MATCH)) {
        let seen = app.projections.models().public_revisions.seen(merchant, public);
        set(request.headers_mut(), header::IF_MATCH, seen.0);
    }
    Some(merchant)
}

/// What the answer shows.
pub async fn translate_response(
    app: &App,
    merchant: MerchantId,
    response: &mut Response,
) -> Result<(), Problem> {
    if let Some(revision) = number(response.headers().get(header::ETAG)) {
        match public(app, merchant, Revision(revision)).await? {
            Some(public) => set(response.headers_mut(), header::ETAG, public),
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

/// `"42"`. Anything else is left for the handler to refuse.
fn number(value: Option<&HeaderValue>) -> Option<u64> {
    value?.to_str().ok()?.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

fn set(headers: &mut axum::http::HeaderMap, name: HeaderName, number: u64) {
    if let Ok(value) = HeaderValue::try_from(format!("\"{number}\"")) {
        headers.insert(name, value);
    }
}
