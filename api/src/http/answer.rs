//! Answers: with the revision that they show, or as a file.

use super::etag;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Coded;
use domain::client_file::MediaType;
use serde::Serialize;
use store::Revision;

/// An answer with the revision it shows.
pub struct Versioned<T> {
    pub status: StatusCode,
    pub revision: Option<Revision>,
    pub body: T,
}

impl<T> Versioned<T> {
    pub fn ok(revision: Option<Revision>, body: T) -> Self {
        Self { status: StatusCode::OK, revision, body }
    }

    pub fn created(revision: Option<Revision>, body: T) -> Self {
        Self { status: StatusCode::CREATED, revision, body }
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body)).into_response();
        if let Some(etag) = self.revision.and_then(|revision| etag::of(revision.0)) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

/// Bytes of a merchant, which a browser must save and never run.
pub fn attachment(bytes: impl Into<Body>, media_type: MediaType, name: &str) -> Response {
    let ending = match media_type {
        MediaType::Pdf => "pdf",
        MediaType::Jpeg => "jpg",
        MediaType::Png => "png",
    };
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type.code()));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}.{ending}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    response
}
