//! What is wrong with a field before anybody judges its value: it is not known, not there, or of another
//! type. What the parser says of it is for us; its sender reads our words.

use super::problem::FieldProblem;
use domain::Worded;
use serde_path_to_error::{Path, Segment};

domain::codes! {
    pub enum Fault {
        UnknownField = "unknown_field", "There is no such field here; remove it, or check its spelling.", "Ce champ n'existe pas ici ; retirez-le, ou vérifiez son orthographe.";
        MissingField = "missing_field", "This field is required.", "Ce champ est obligatoire.";
        RepeatedField = "repeated_field", "This field stands here twice; give it once, and send one document at a time.", "Ce champ est présent deux fois ; donnez-le une fois, et envoyez un document à la fois.";
        WrongType = "wrong_type", "This is of another type than the reference says.", "Ce type n'est pas celui qu'indique la référence.";
        FileMissing = "file_missing", "Attach the document as `file`.", "Joignez le document dans `file`.";
        ActionIncomplete = "action_incomplete", "To confirm the change of a bank account, name `merchant` and `change`; for another action, neither.", "Pour confirmer le changement d'un compte bancaire, indiquez `merchant` et `change` ; pour une autre action, aucun des deux.";
    }
}

domain::codes! {
    /// What stands where something else was sent.
    pub enum Expected {
        Text = "text", "A text is expected.", "Un texte est attendu.";
        Number = "number", "A whole number in the range of the reference is expected.", "Un nombre entier dans les bornes de la référence est attendu.";
        Truth = "truth", "true or false is expected.", "true ou false est attendu.";
        List = "list", "A list is expected.", "Une liste est attendue.";
        Object = "object", "An object with the fields of the reference is expected.", "Un objet avec les champs de la référence est attendu.";
        Time = "time", "A time as 2026-11-30T09:30:00Z is expected.", "Une heure comme 2026-11-30T09:30:00Z est attendue.";
    }
}

/// What a parser has found: at which place, in which words of its own.
pub fn found(path: &Path, text: &str) -> FieldProblem {
    let named = |fault: Fault, name: &str| {
        FieldProblem::new(format!("{}/{}", pointer(path, name), escaped(name)), fault)
    };
    for (start, fault) in [
        ("unknown field `", Fault::UnknownField),
        ("missing field `", Fault::MissingField),
        ("duplicate field `", Fault::RepeatedField),
    ] {
        if let Some((name, _)) = text.strip_prefix(start).and_then(|rest| rest.split_once('`')) {
            return named(fault, name);
        }
    }
    wrong_type(pointer(path, ""), expected(text))
}

/// A body that is a list.
pub fn not_an_object() -> FieldProblem {
    wrong_type(String::new(), Some(Expected::Object))
}

fn wrong_type(pointer: String, expected: Option<Expected>) -> FieldProblem {
    let problem = FieldProblem::new(pointer, Fault::WrongType);
    match expected {
        Some(expected) => FieldProblem {
            english: expected.english().into(),
            french: expected.french().into(),
            ..problem
        },
        None => problem,
    }
}

/// The parser names the types of the program; the sender knows those of JSON.
fn expected(text: &str) -> Option<Expected> {
    let expected = text.rsplit_once("expected ").map_or(text, |(_, expected)| expected);
    let starts = |start: &[&str]| start.iter().any(|start| expected.starts_with(start));
    if starts(&["a string", "string"]) {
        Some(Expected::Text)
    } else if starts(&[
        "u8",
        "u16",
        "u32",
        "u64",
        "i64",
        "usize",
        "invalid digit",
        "number too",
        "cannot parse integer",
    ]) {
        Some(Expected::Number)
    } else if starts(&["a boolean", "provided string was not"]) {
        Some(Expected::Truth)
    } else if starts(&["a sequence"]) {
        Some(Expected::List)
    } else if starts(&["struct", "a map"]) {
        Some(Expected::Object)
    } else if starts(&["an RFC 3339", "a formatted date", "premature end", "input "]) {
        Some(Expected::Time)
    } else {
        None
    }
}

/// RFC 6901. An unknown field ends the parser's path by itself.
fn pointer(path: &Path, name: &str) -> String {
    let mut segments: Vec<String> = path
        .iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Unknown => None,
        })
        .collect();
    if !name.is_empty() && segments.last().is_some_and(|last| last == name) {
        segments.pop();
    }
    segments.iter().map(|segment| format!("/{}", escaped(segment))).collect()
}

fn escaped(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Body {
        name: String,
        count: u8,
        is_whole: bool,
        until: DateTime<Utc>,
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Item {
        share: String,
    }

    fn of_json<T: DeserializeOwned>(text: &str) -> (String, &'static str, String) {
        let mut reader = serde_json::Deserializer::from_str(text);
        let error = serde_path_to_error::deserialize::<_, T>(&mut reader).err().unwrap();
        let inner = error.inner().to_string();
        let fault = found(error.path(), inner.split(" at line").next().unwrap());
        (fault.pointer, fault.code, fault.english.into_owned())
    }

    fn body(what: &str) -> String {
        let whole = r#""name": "x", "count": 1, "is_whole": true, "until": "2026-11-30T09:30:00Z", "items": []"#;
        let (field, _) = what.split_once(':').unwrap();
        let rest: Vec<&str> = whole.split(", ").filter(|one| !one.starts_with(field)).collect();
        format!("{{{what}, {}}}", rest.join(", "))
    }

    #[test]
    fn each_fault_has_its_place_and_no_word_of_the_parser() {
        for (what, pointer, code, words) in [
            (r#""nmae": "x""#, "/nmae", "unknown_field", "There is no such field"),
            (r#""a/b": 1"#, "/a~1b", "unknown_field", "There is no such field"),
            (r#""name": 7"#, "/name", "wrong_type", "A text is expected."),
            (r#""name": null"#, "/name", "wrong_type", "A text is expected."),
            (r#""count": "7""#, "/count", "wrong_type", "A whole number"),
            (r#""count": 300"#, "/count", "wrong_type", "A whole number"),
            (r#""is_whole": "yes""#, "/is_whole", "wrong_type", "true or false"),
            (r#""until": "tomorrow""#, "/until", "wrong_type", "A time as"),
            (r#""until": 7"#, "/until", "wrong_type", "A time as"),
            (r#""items": {}"#, "/items", "wrong_type", "A list"),
            (r#""items": [7]"#, "/items/0", "wrong_type", "An object"),
            (r#""items": [{}]"#, "/items/0/share", "missing_field", "required"),
            (r#""items": [{"share": "1", "votes": "2"}]"#, "/items/0/votes", "unknown_field", ""),
            (r#""name": "x", "name": "y""#, "/name", "repeated_field", "twice"),
        ] {
            let (found_at, found_code, english) = of_json::<Body>(&body(what));
            assert_eq!((found_at.as_str(), found_code), (pointer, code), "{what}");
            assert!(english.contains(words), "{what}: {english}");
        }
        assert_eq!(of_json::<Body>("{}").0, "/name");
        assert_eq!(of_json::<Body>("[]").0, "");
    }
}
