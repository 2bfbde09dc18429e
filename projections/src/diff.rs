//! Differences between two values as people see them, field by field.

use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One field that differs, by its JSON pointer.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub pointer: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Every leaf that differs between two values.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let (before, after) = (leaves(before), leaves(after));
    let pointers: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    pointers
        .into_iter()
        .filter(|pointer| before.get(*pointer) != after.get(*pointer))
        .map(|pointer| Change {
            pointer: pointer.clone(),
            before: before.get(pointer).cloned(),
            after: after.get(pointer).cloned(),
        })
        .collect()
}

/// Leaves by their pointers; what is null is not there.
pub fn leaves(value: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(value, String::new(), &mut found);
    found
}

fn collect(value: &Value, pointer: String, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{pointer}/{index}"), found);
            }
        }
        Value::String(text) => {
            found.insert(pointer, text.clone());
        }
        Value::Bool(_) | Value::Number(_) => {
            found.insert(pointer, value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_told_by_pointer() {
        let before = json!({"a": 1, "b": {"c/d": "x"}, "gone": true, "same": [1, 2]});
        let after = json!({"a": 2, "b": {"c/d": "y"}, "new": "z", "same": [1, 2]});
        let found = changes(&before, &after);
        let pointers: Vec<&str> = found.iter().map(|change| change.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a", "/b/c~1d", "/gone", "/new"]);
        assert_eq!(found[2].after, None);
    }
}
