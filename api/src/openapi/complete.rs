//! What every document shares, added in one place: descriptions, headers, problems, the forms of lists.

use super::problems::{Operation, STREAM};
use super::surface::Surface;
use crate::http::problem::{FieldErrorBody, PaymentError, ProblemBody};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

/// What each room is about.
const TAGS: [(&str, &str); 13] = [
    ("api_keys", "API keys, for test and for live mode"),
    ("audit_trail", "What was recorded, across merchants"),
    ("bank_account", "The account that money goes to, and its change"),
    ("client_file", "The client file: company, people, ownership, documents"),
    ("contract", "The contract and its signatures"),
    ("merchants", "Merchants, as of any moment"),
    ("operations", "Timers and read models"),
    ("payment", "What the payment service and its clients ask"),
    ("registration", "The account: where it stands, its company, its history"),
    ("review", "The review: cases, documents asked for, decisions in pairs"),
    ("services", "The services that are asked for"),
    ("staff", "Staff: who works here, invitations, roles"),
    ("user", "Users: sign up, sign in, prove who one is"),
];

/// What a status means, whatever the code.
const STATUSES: [(u16, &str); 15] = [
    (400, "The request cannot be understood"),
    (401, "Not signed in"),
    (403, "Not allowed"),
    (404, "Not there, or not for you"),
    (408, "It came too slowly"),
    (409, "The rules say no"),
    (410, "No longer there"),
    (412, "It has changed since you looked"),
    (413, "Too large"),
    (415, "Not a media type that is read here"),
    (422, "Something needs correcting; `errors` says which fields"),
    (428, "Send If-Match"),
    (429, "Too many requests"),
    (500, "Our fault"),
    (503, "Not for the moment; try again with the same Idempotency-Key"),
];

/// Adds the shared parts to what the handlers declare.
pub fn complete(document: OpenApi, surface: &Surface) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    value["info"] = surface.info();
    value["servers"] = json!([{"url": "/", "description": "This server"}]);
    value["components"]["securitySchemes"] = surface.security_schemes();
    value["security"] = surface.security();
    value["components"]["headers"] = headers();
    let schemas = &mut value["components"]["schemas"];
    add_schema::<ProblemBody>(schemas);
    add_schema::<FieldErrorBody>(schemas);
    add_schema::<PaymentError>(schemas);
    for schema in schemas.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
        complete_schema(schema);
    }
    let mut used = vec![];
    for (path, methods) in value["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            complete_operation(surface, path, method, operation);
            used.extend(operation["tags"].as_array().cloned().unwrap_or_default());
        }
    }
    drop_unused(&mut value);
    let tags = TAGS.iter().filter(|(name, _)| used.iter().any(|tag| tag == name));
    value["tags"] = tags.map(|(name, about)| json!({"name": name, "description": about})).collect();
    value
}

/// Takes away what nothing in the document refers to; what only that referred to goes with it.
fn drop_unused(value: &mut Value) {
    for part in ["schemas", "headers"] {
        loop {
            let text = value.to_string();
            let Some(all) = value["components"][part].as_object_mut() else { break };
            let before = all.len();
            all.retain(|name, _| text.contains(&format!("\"#/components/{part}/{name}\"")));
            if all.len() == before {
                break;
            }
        }
    }
}

fn add_schema<T: ToSchema>(schemas: &mut Value) {
    schemas[T::name().as_ref()] = serde_json::to_value(T::schema()).unwrap_or_default();
}

/// What follows from a field: what `object` always is, and examples of times and days.
fn complete_schema(schema: &mut Value) {
    if let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, field) in fields {
            complete_field(name, field);
        }
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(inner) {
            complete_schema(inner);
        }
    }
    for inner in ["allOf", "oneOf"] {
        for inner in schema.get_mut(inner).and_then(Value::as_array_mut).into_iter().flatten() {
            complete_schema(inner);
        }
    }
}

fn complete_field(name: &str, field: &mut Value) {
    if name == "object"
        && let Some(only) = field["description"].as_str().and_then(|text| text.split('`').nth(1))
    {
        field["const"] = json!(only);
    }
    let example = match field["format"].as_str() {
        Some("date-time") => "2026-11-30T09:30:00Z",
        Some("date") => "2026-11-30",
        _ => return complete_schema(field),
    };
    if field.get("example").is_none() {
        field["example"] = json!(example);
    }
}

fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "ETag": text("The revision that is shown, and what else it depends on. Send it back as If-Match, or as If-None-Match.", "\"42-2026-11-30-fr\""),
        "Idempotent-Replayed": text("`true` if this key and body were sent before.", "true"),
        "Link": text("The next page, as `rel=\"next\"`, if there is one (RFC 8288).",
            "</portal/v1/merchants?starting_after=20>; rel=\"next\""),
        "Location": text("Where what was made can be read.",
            "/portal/v1/merchants/mer_01934a5c7b2e7d0fa1b2c3d4e5f60718/bank-account-changes/bac_01934a5c7b2e7d0fa1b2c3d4e5f60718"),
        "RateLimit": text("How many requests are left, and when there are more.", "\"default\";r=599;t=1"),
        "RateLimit-Policy": text("How many requests there are in how many seconds.", "\"default\";q=600;w=60"),
        "Retry-After": text("In how many seconds to try again.", "5"),
        "WWW-Authenticate": text("How to show who asks.", "Bearer"),
    })
}

fn complete_operation(surface: &Surface, path: &str, method: &str, operation: &mut Value) {
    add_parameters(surface, path, method, operation);
    let known = operation.clone();
    let asked = Operation {
        surface,
        id: known["operationId"].as_str().unwrap_or_default(),
        method,
        path,
        value: &known,
    };
    if !asked.needs_sign_in() {
        operation["security"] = json!([]);
    } else if asked.takes_token() {
        operation["security"] = surface.security_with_token();
    }
    let mut answers = known["responses"].as_object().cloned().unwrap_or_default();
    for (status, answer) in &mut answers {
        complete_success(&asked, status, answer);
    }
    for (status, codes) in asked.problems() {
        answers.insert(status.to_string(), problem(status, codes.into_iter().collect()));
    }
    operation["responses"] = Value::Object(answers);
}

fn add_parameters(surface: &Surface, path: &str, method: &str, operation: &mut Value) {
    let mut parameters: Vec<Value> =
        operation["parameters"].as_array().cloned().unwrap_or_default();
    for parameter in &mut parameters {
        complete_field("", &mut parameter["schema"]);
    }
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        parameters.retain(|parameter| !(parameter["in"] == "path" && parameter["name"] == name));
        parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": of_path(name),
            "schema": {"type": "string"},
        }));
    }
    operation["parameters"] = json!(parameters);
    let known = operation.clone();
    let id = known["operationId"].as_str().unwrap_or_default();
    let asked = Operation { surface, id, method, path, value: &known };
    let mut header = |name: &str, description: &str, schema: Value| {
        parameters.retain(|one| one["name"] != name || one["required"] == true);
        if parameters.iter().all(|one| one["name"] != name) {
            parameters.push(json!({
                "name": name, "in": "header", "required": false,
                "description": description, "schema": schema,
            }));
        }
    };
    if asked.takes_key() {
        header(
            "Idempotency-Key",
            "The same key and body give the same answer.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$",
                   "example": "01934a5c-7b2e-7d0f-a1b2-c3d4e5f60718"}),
        );
    }
    if asked.takes_if_match() {
        header(
            "If-Match",
            "The ETag of what was read: changes nothing if it has changed since.",
            json!({"type": "string", "example": "\"42\""}),
        );
    }
    if known["responses"].get("304").is_some() {
        header(
            "If-None-Match",
            "The ETag of what you have: it is not sent again.",
            json!({"type": "string", "example": "\"42-2026-11-30-fr\""}),
        );
    }
    operation["parameters"] = json!(parameters);
}

fn of_path(name: &str) -> &'static str {
    match name {
        "merchant" => "The id of the merchant.",
        "change" => "The id of the change.",
        "document" => "The id of the document.",
        "key" => "The id of the key.",
        "person" => "The id of the person.",
        "service" => "The code of the service.",
        "session" => "The id of the session, or `current`.",
        "staff" => "The id of the member of staff.",
        "token" => "The id of the token.",
        _ => "Which.",
    }
}

fn complete_success(asked: &Operation<'_>, status: &str, answer: &mut Value) {
    let is_json = answer["content"].get("application/json").is_some();
    let Some(answer) = answer.as_object_mut() else { return };
    // What an operation does is what its answer tells.
    let about = match status {
        "304" => json!("What you have is what you would get."),
        _ => asked.value["summary"].clone(),
    };
    let description = answer.entry("description").or_insert(Value::Null);
    if description.as_str().is_none_or(str::is_empty) {
        *description = about;
    }
    for (kind, content) in
        answer.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if !kind.ends_with("json") && kind != STREAM {
            // A file, and no list of numbers.
            content["schema"] = json!({"type": "string", "format": "binary"});
        }
    }
    let mut names = vec!["RateLimit", "RateLimit-Policy"];
    if answer.get("headers").is_some_and(|known| known.get("Location").is_some()) {
        names.push("Location");
    }
    if asked.takes_key() {
        names.push("Idempotent-Replayed");
    }
    if asked.is_paged() && asked.id != "follow_events" {
        names.push("Link");
    }
    if status == "304" || (is_json && asked.shows_a_revision()) {
        names.push("ETag");
    }
    answer.insert("headers".to_owned(), header_refs(&names));
}

fn header_refs(names: &[&str]) -> Value {
    let refs: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
        .collect();
    Value::Object(refs)
}

fn problem(status: u16, codes: Vec<&'static str>) -> Value {
    let meaning = STATUSES.iter().find(|(known, _)| *known == status);
    let meaning = meaning.map_or("Something else", |(_, meaning)| meaning);
    let listed: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    let mut names = vec!["RateLimit", "RateLimit-Policy"];
    match status {
        401 => names.push("WWW-Authenticate"),
        429 | 503 => names.push("Retry-After"),
        _ => {}
    }
    json!({
        "description": format!("{meaning}: {}", listed.join(", ")),
        "x-codes": codes,
        "headers": header_refs(&names),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    })
}
