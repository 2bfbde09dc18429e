//! OpenAPI 3.1, from the handlers: what they all share is added in one place.

use crate::app::App;
use crate::auth::sessions::Audience;
use crate::http::problem::{FieldErrorBody, ProblemBody};
use crate::http::sessions::cookie_name;
use crate::http::{Declared, Door};
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa::{PartialSchema, ToSchema};

pub struct Documents {
    pub portal: Arc<Value>,
    pub console: Arc<Value>,
}

impl Documents {
    pub fn new(portal: OpenApi, console: OpenApi) -> Self {
        Self {
            portal: Arc::new(complete(portal, "Greffe: portal API", Audience::Portal)),
            console: Arc::new(complete(console, "Greffe: console API", Audience::Console)),
        }
    }
}

pub fn router(app: &App, documents: Documents) -> Router<App> {
    // Written out once: it is long, and anybody may ask for it.
    let serve = |document: Arc<Value>| {
        let text = Bytes::from(document.to_string());
        get(move || {
            let text = text.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], text) }
        })
    };
    let routes = Router::new()
        .route("/portal/v1/openapi.json", serve(documents.portal))
        .route("/console/v1/openapi.json", serve(documents.console));
    Door::new(app, Declared::PUBLIC).before_plain(routes)
}

/// What every operation may answer beside success.
const PROBLEMS: [(&str, &str); 16] = [
    ("400", "The request cannot be understood"),
    ("401", "Not signed in"),
    ("403", "Not allowed"),
    ("404", "Not there, or not for you"),
    ("405", "The address does not answer that method"),
    ("408", "It came too slowly"),
    ("409", "The rules say no; `code` says why"),
    ("410", "No longer there"),
    ("412", "It has changed since you looked"),
    ("413", "Too large"),
    ("415", "Not a media type that is read here"),
    ("422", "Some fields need correcting; `errors` says which"),
    ("428", "Send If-Match"),
    ("429", "Too many requests"),
    ("500", "Our fault"),
    ("503", "Not for the moment; try again with the same Idempotency-Key"),
];

/// Adds the shared parts to what the handlers declare.
fn complete(document: OpenApi, title: &str, audience: Audience) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    value["info"] = json!({
        "title": title,
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        "description": "Errors are RFC 9457 problems. Send an Idempotency-Key with every POST: the \
                        same key and body give the same answer. ETags are revisions.",
    });
    value["servers"] = json!([{"url": "/"}]);
    value["components"]["securitySchemes"] = json!({
        "session_token": {"type": "http", "scheme": "bearer"},
        "session_cookie": {"type": "apiKey", "in": "cookie", "name": cookie_name(audience)},
    });
    value["security"] = json!([{"session_token": []}, {"session_cookie": []}, {}]);
    let schemas = &mut value["components"]["schemas"];
    schemas["Problem"] = serde_json::to_value(ProblemBody::schema()).unwrap_or_default();
    schemas[FieldErrorBody::name().as_ref()] =
        serde_json::to_value(FieldErrorBody::schema()).unwrap_or_default();
    if let Some(paths) = value["paths"].as_object_mut() {
        for (path, methods) in paths {
            for (method, operation) in methods.as_object_mut().into_iter().flatten() {
                complete_operation(path, method, operation);
            }
        }
    }
    value
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    let mut parameters: Vec<Value> =
        operation["parameters"].as_array().cloned().unwrap_or_default();
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        parameters.retain(|parameter| !(parameter["in"] == "path" && parameter["name"] == name));
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": {"type": "string"},
        }));
    }
    if method == "post" {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key and body give the same answer",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }));
    }
    operation["parameters"] = Value::Array(parameters);
    let problem = json!({
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    });
    let summary = operation["summary"].clone();
    let mut all = operation["responses"].as_object().cloned().unwrap_or_default();
    for answer in all.values_mut().filter_map(Value::as_object_mut) {
        // What an operation does is what its answer tells.
        answer.entry("description").or_insert_with(|| summary.clone());
        for (kind, content) in
            answer.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten()
        {
            if kind != "application/json" {
                // A file, and no list of numbers.
                content["schema"] = json!({"type": "string", "format": "binary"});
            }
        }
    }
    for (status, description) in PROBLEMS {
        all.entry(status)
            .or_insert_with(|| json!({"description": description, "content": problem}));
    }
    operation["responses"] = Value::Object(all);
}
