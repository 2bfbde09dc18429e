//! Whatever a server answers in these tests is in its documents: the status, the code of a problem, the
//! headers. An answer that is not fails whoever asked.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;

pub const DOCUMENTS: [&str; 4] = [
    "/portal/v1/openapi.json",
    "/console/v1/openapi.json",
    "/v2/openapi.json",
    "/internal/v1/openapi.json",
];

/// The headers that are documented where they are sent, and nowhere else.
const HEADERS: [&str; 4] = ["ETag", "Idempotent-Replayed", "Link", "Location"];

/// A router whose answers are compared with its documents.
pub async fn documented(router: Router) -> Router {
    let mut documents = vec![];
    for path in DOCUMENTS {
        let asked = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(asked).await.unwrap();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        documents.push(serde_json::from_slice::<Value>(&body).unwrap());
    }
    let documents: Arc<[Value]> = documents.into();
    router.layer(from_fn(move |request: Request, next: Next| {
        let documents = Arc::clone(&documents);
        async move {
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            let response = next.run(request).await;
            match operation(&documents, &method, &path) {
                Some(operation) => compared(operation, &format!("{method} {path}"), response).await,
                None => response,
            }
        }
    }))
}

fn operation<'a>(documents: &'a [Value], method: &Method, path: &str) -> Option<&'a Value> {
    let asked: Vec<&str> = path.split('/').collect();
    let is_at = |template: &str| {
        let known: Vec<&str> = template.split('/').collect();
        let same = |(known, asked): (&&str, &&str)| known.starts_with('{') || known == asked;
        known.len() == asked.len() && known.iter().zip(&asked).all(same)
    };
    let paths = documents.iter().flat_map(|document| document["paths"].as_object().unwrap());
    let mut found: Vec<_> = paths.filter(|(template, _)| is_at(template)).collect();
    // An address that is written out comes before one with a place for an id.
    found.sort_by_key(|(template, _)| template.matches('{').count());
    found.iter().find_map(|(_, methods)| methods.get(method.as_str().to_ascii_lowercase()))
}

async fn compared(operation: &Value, asked: &str, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let status = parts.status.as_u16().to_string();
    let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    let kind = kind.map(|kind| kind.split(';').next().unwrap().to_owned());
    let answer = &operation["responses"][&status];
    assert!(!answer.is_null(), "{asked} answers {status}, which its document does not say");
    check_headers(answer, &parts.headers, asked);
    if kind.as_deref() == Some("text/event-stream") {
        return Response::from_parts(parts, body);
    }
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    if let Some(codes) = answer["x-codes"].as_array() {
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        assert!(codes.contains(&body["code"]), "{asked} answers {status} {}", body["code"]);
    } else if let (Some(kind), false) = (&kind, bytes.is_empty()) {
        // Bytes are of any kind.
        let is_known = answer["content"].get(kind).is_some()
            || answer["content"].get("application/octet-stream").is_some();
        assert!(is_known, "{asked} answers {kind}");
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn check_headers(answer: &Value, headers: &HeaderMap, asked: &str) {
    for name in HEADERS {
        let is_sent = headers.contains_key(name);
        let is_said = answer["headers"].get(name).is_some();
        assert!(!is_sent || is_said, "{asked} sends {name}, which its document does not say");
    }
}
