//! Answers: with the revision that they show, or as a file.

use super::etag;
use super::list::List;
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
    /// Its tag, where it depends on more than the revision.
    tag: Option<HeaderValue>,
    next: Option<NextPage>,
    /// Where what was made can be read.
    location: Option<String>,
    is_secret: bool,
    pub body: T,
}

/// The cursor of the page after this one. The door tells its address.
#[derive(Clone, Debug)]
pub struct NextPage(pub String);

/// It shows what nobody may read along: never compressed with what somebody else chose.
#[derive(Clone, Copy, Debug)]
pub struct Secret;

impl<T> Versioned<T> {
    fn new(status: StatusCode, revision: Option<Revision>, body: T) -> Self {
        Self { status, revision, tag: None, next: None, location: None, is_secret: false, body }
    }

    pub fn ok(revision: Option<Revision>, body: T) -> Self {
        Self::new(StatusCode::OK, revision, body)
    }

    pub fn created(revision: Option<Revision>, body: T) -> Self {
        Self::new(StatusCode::CREATED, revision, body)
    }

    pub fn tagged(self, tag: Option<HeaderValue>) -> Self {
        Self { tag, ..self }
    }

    /// It shows what nobody may read along.
    pub fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    /// It can be read at that address.
    pub fn at(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }
}

impl<T> Versioned<List<T>> {
    /// A page of a list of one stream.
    pub fn page(revision: Option<Revision>, list: List<T>) -> Self {
        let next = list.next_cursor.clone().map(NextPage);
        Self { next, ..Self::ok(revision, list) }
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body)).into_response();
        let tag = self.tag.or_else(|| self.revision.and_then(|revision| etag::of(revision.0)));
        if let Some(tag) = tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        if let Some(location) = self.location.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        if let Some(next) = self.next {
            response.extensions_mut().insert(next);
        }
        if self.is_secret {
            response.extensions_mut().insert(Secret);
        }
        response
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        let next = self.next_cursor.clone().map(NextPage);
        let mut response = axum::Json(self).into_response();
        if let Some(next) = next {
            response.extensions_mut().insert(next);
        }
        response
    }
}

/// What its sender has is what they would get.
pub fn not_modified(tag: HeaderValue) -> Response {
    (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response()
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
