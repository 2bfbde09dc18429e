//! The documents of the API: what they say is there, is described, and changes only where somebody sees
//! it.
//!
//! `UPDATE_FIXTURES=1 cargo test -p tests --test architecture` writes them anew.

use crate::{root, rust_files};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::documented::DOCUMENTS;

/// Written to `docs/reference/openapi/`.
fn name(path: &str) -> String {
    let surface = path.trim_start_matches('/').split('/').next().unwrap();
    let surface = if surface == "v2" { "payment" } else { surface };
    format!("docs/reference/openapi/{surface}.json")
}

async fn documents() -> Vec<(String, Value)> {
    let world = tests::World::start().await;
    let mut found = vec![];
    for path in DOCUMENTS {
        found.push((name(path), world.client.get(path).await.unwrap().json()));
    }
    found
}

/// A change of the contract is a change of these files.
#[tokio::test(flavor = "multi_thread")]
async fn the_documents_are_those_that_were_read_last() {
    for (name, document) in documents().await {
        let text = format!("{}\n", serde_json::to_string_pretty(&document).unwrap());
        let file = root().join(&name);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let known = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            known == text,
            "{name} is another; read docs/reference/api-changes.md, then write it anew with \
             UPDATE_FIXTURES=1 cargo test -p tests --test architecture"
        );
    }
}

/// Of two things of one name the document would have one.
#[test]
fn what_stands_in_a_document_has_a_name_of_its_own() {
    for surface in ["portal", "console"] {
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let places = ["projections/src/views", "api/src/http", &format!("api/src/{surface}")];
        for file in places.iter().flat_map(|place| rust_files(&root().join(place))) {
            let name = file.to_string_lossy().into_owned();
            let other = if surface == "portal" { "views/console" } else { "views/portal" };
            if name.contains(other) {
                continue;
            }
            for schema in schemas_in(&std::fs::read_to_string(&file).unwrap()) {
                let known = seen.insert(schema.clone(), name.clone());
                assert!(known.is_none(), "{schema} stands in {name} and in {known:?}");
            }
        }
        assert!(seen.len() > 50);
    }
}

/// By which names the structs of a file stand in a document.
fn schemas_in(text: &str) -> Vec<String> {
    let mut found = vec![];
    for part in text.split("ToSchema)]\n").skip(1) {
        let Some((attributes, rest)) = part.split_once("struct ") else { continue };
        let named = attributes.split("schema(as = ").nth(1).and_then(|name| name.split(')').next());
        let own = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
        found.push(named.unwrap_or(own).to_owned());
    }
    found
}

/// A strict reader refuses a document with an answer of which nothing is said.
#[tokio::test(flavor = "multi_thread")]
async fn every_operation_and_every_answer_is_described() {
    for (name, document) in documents().await {
        assert_eq!(document["openapi"], "3.1.0", "{name}");
        let mut ids = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let here = format!("{name}: {method} {path}");
                assert!(is_said(&operation["summary"]), "{here} says nothing");
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{here}: another is called {id}, too");
                for parameter in operation["parameters"].as_array().unwrap() {
                    assert!(is_said(&parameter["description"]), "{here}: {}", parameter["name"]);
                }
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(is_said(&answer["description"]), "{here}: {status}");
                    for (kind, content) in answer["content"].as_object().into_iter().flatten() {
                        let is_file = content["schema"]["format"] == "binary";
                        let is_read = kind.ends_with("json") || kind == "text/event-stream";
                        assert_eq!(is_file, !is_read, "{here}: {kind}");
                        assert_ne!(content["schema"]["type"], "object", "{here}: of what fields?");
                    }
                }
            }
        }
    }
}

/// Of every field: what it means; of what can be any text or number: an example; of what is one of a few:
/// which.
#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_described() {
    let (mut fields, mut bad) = (0, vec![]);
    for (name, document) in documents().await {
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for (schema, value) in schemas {
            for (field, value) in fields_of(value) {
                fields += 1;
                if let Some(wrong) = wrong_with(field, value, &document) {
                    bad.push(format!("{name} {schema}.{field}: {wrong}"));
                }
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert!(fields > 500, "{fields}");
}

/// Those of a schema, wherever in it they are.
fn fields_of(schema: &Value) -> Vec<(&str, &Value)> {
    let mut found: Vec<(&str, &Value)> = vec![];
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        found.push((name, field));
        found.extend(fields_of(&field["items"]));
    }
    for part in ["allOf", "oneOf"] {
        found.extend(schema[part].as_array().into_iter().flatten().flat_map(fields_of));
    }
    found
}

fn wrong_with(name: &str, field: &Value, document: &Value) -> Option<&'static str> {
    let meant = resolved(field, document);
    let is_described = is_said(&field["description"]) || is_said(&meant["description"]);
    let optional = field["oneOf"].as_array().into_iter().flatten();
    if !is_described && !optional.clone().any(|one| is_said(&one["description"])) {
        return Some("nothing is said of it");
    }
    let is_of = |kind: &str| {
        meant["type"] == kind
            || meant["type"].as_array().is_some_and(|all| all.contains(&kind.into()))
    };
    if is_of("object") && meant.get("properties").is_none() {
        return meant.get("additionalProperties").is_none().then_some("an object of what fields?");
    }
    let has_example = ["example", "examples", "enum", "const"]
        .iter()
        .any(|key| meant.get(*key).is_some() || field.get(*key).is_some());
    let is_free = is_of("string") || is_of("integer") || is_of("number");
    if is_free && !has_example && meant["format"] != "binary" {
        return Some("it has no example");
    }
    // Codes in a description are a list that nobody can check.
    let lists = field["description"].as_str().is_some_and(|text| text.matches('`').count() >= 6);
    (lists && is_of("string") && meant.get("enum").is_none() && name != "nationality")
        .then_some("a closed list is an enum")
}

fn resolved<'a>(field: &'a Value, document: &'a Value) -> &'a Value {
    let of = |value: &'a Value| {
        let name = value["$ref"].as_str()?.rsplit('/').next()?;
        document["components"]["schemas"].get(name)
    };
    let optional = field["oneOf"].as_array().into_iter().flatten().find_map(of);
    of(field).or(optional).unwrap_or(field)
}

fn is_said(text: &Value) -> bool {
    text.as_str().is_some_and(|text| !text.is_empty())
}
