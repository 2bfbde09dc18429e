//! One id from the request to everything that follows from it: in the log, in the ledger as the
//! correlation, and in the answer.

use crate::app::App;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use domain::{CommandId, Id};
use store::chance;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
/// What a caller may call a request: it stands in our log.
const ID_LENGTH_MAX: usize = 128;

/// By what a request is found again.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The caller's own name for it, or ours.
    pub request_id: HeaderValue,
    /// What everything that follows from it carries in the ledger.
    pub correlation_id: Uuid,
}

/// Takes up the ids that the caller sends, or gives new ones.
pub fn begin(app: &App, request: &mut Request) -> Trace {
    let known = request.headers().get(REQUEST_ID).filter(|id| is_usable(id)).cloned();
    let own = || chance::id::<CommandId>(app.store.chance.as_ref(), app.clock.now()).uuid();
    let named = known.as_ref().and_then(|id| Uuid::try_parse(id.to_str().ok()?).ok());
    let correlation_id = trace_id(request.headers()).or(named).unwrap_or_else(own);
    let request_id = known.unwrap_or_else(|| {
        let mut text = [0; uuid::fmt::Simple::LENGTH];
        let text = correlation_id.simple().encode_lower(&mut text);
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"))
    });
    let trace = Trace { request_id, correlation_id };
    request.headers_mut().insert(REQUEST_ID, trace.request_id.clone());
    request.extensions_mut().insert(trace.clone());
    trace
}

impl Trace {
    /// Tells the caller by what to ask for it.
    pub fn tell(self, headers: &mut HeaderMap) {
        headers.insert(REQUEST_ID, self.request_id);
    }

    /// What the log says of a request: never its query, its body or who sent it.
    pub fn span(&self, request: &Request) -> tracing::Span {
        tracing::info_span!(
            "request",
            method = %request.method(),
            path = request.uri().path(),
            request_id = self.request_id.to_str().unwrap_or_default(),
            correlation_id = %self.correlation_id.simple(),
        )
    }
}

/// Readable, so that it can be looked for, and short.
fn is_usable(id: &HeaderValue) -> bool {
    let length = id.len();
    (1..=ID_LENGTH_MAX).contains(&length) && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

/// The trace that the request is part of (W3C Trace Context): `00-{trace}-{parent}-{flags}`.
fn trace_id(headers: &HeaderMap) -> Option<Uuid> {
    let mut parts = headers.get(TRACE_PARENT)?.to_str().ok()?.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let is_known = version.len() == 2 && version != "ff" && trace.len() == 32;
    let trace = Uuid::try_parse(trace).ok().filter(|trace| !trace.is_nil());
    trace.filter(|_| is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_taken_up_from_a_header_that_is_one() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(TRACE_PARENT, HeaderValue::from_static(value));
            trace_id(&headers).map(|id| id.simple().to_string())
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap(), trace);
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_id_that_cannot_be_looked_for_is_not_taken_up() {
        assert!(is_usable(&HeaderValue::from_static("abc-123")));
        assert!(!is_usable(&HeaderValue::from_static("")));
        assert!(!is_usable(&HeaderValue::from_bytes(b"caf\xc3\xa9").unwrap()));
        assert!(!is_usable(&HeaderValue::from_static("two words")));
        assert!(!is_usable(&HeaderValue::from_bytes(&[b'x'; 129]).unwrap()));
    }
}
