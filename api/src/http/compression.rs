//! Compressed answers: what is read and is long, for whoever takes gzip. Never what shows a secret: whoever
//! chooses a part of an answer and sees its length could guess the rest (BREACH).

use super::accept;
use super::answer::Secret;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Shorter ones are one packet either way.
const BYTES_MIN: u64 = 1_400;
/// Longer ones would keep a thread from its other work.
const BYTES_MAX: u64 = 512 * 1024;

/// Whether a request takes gzip, and asks for what can be compressed.
pub fn is_wanted(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::GET && accept::takes(headers, header::ACCEPT_ENCODING, "gzip")
}

/// The same answer, compressed where that is worth it and harms nobody.
pub async fn compress(response: Response) -> Response {
    if !can_be(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // It is in memory already: there is nothing to wait for, and nothing that can fail.
    let bytes = to_bytes(body, BYTES_MAX as usize).await.unwrap_or_default();
    let Ok(compressed) = gzip(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.remove(header::CONTENT_LENGTH);
    // Other bytes are no longer the very same (RFC 9110, 8.8.1).
    let weak = parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    if let Some(weak) = weak.and_then(|tag| HeaderValue::try_from(format!("W/{tag}")).ok()) {
        parts.headers.insert(header::ETAG, weak);
    }
    Response::from_parts(parts, Body::from(compressed))
}

fn can_be(response: &Response) -> bool {
    let length = response.body().size_hint().exact();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    response.status() == StatusCode::OK
        && response.extensions().get::<Secret>().is_none()
        && kind.is_some_and(|kind| kind.starts_with(b"application/json"))
        && length.is_some_and(|length| (BYTES_MIN..=BYTES_MAX).contains(&length))
}

fn gzip(bytes: &Bytes) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
