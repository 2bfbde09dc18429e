//! Documents: what they name exists.
//!
//! In backticks stands a path, or a name of code: each word of it must stand somewhere in the code.
//! In the tree of `docs/ARCHITECTURE.md` stand files below the directory that begins each part.

use crate::{read, root};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// Files in which a name of code may stand.
const CODE: &[&str] = &["rs", "toml", "py", "service", "html", "txt"];
/// What other programs and examples call by their own names.
const OTHERS: &[&str] = &["NEW", "PersonDetails2", "SYS_PTRACE", "UnsafeDisableFlushToDisk"];

fn files_below(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", ".git", "__pycache__"].contains(&name.as_str()) {
                files_below(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// Every file of the repository, from its root.
fn files() -> Vec<String> {
    let mut found = vec![];
    files_below(&root(), &mut found);
    let relative = |path: &PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
    found.iter().map(relative).collect()
}

fn documents(files: &[String]) -> impl Iterator<Item = &String> {
    files.iter().filter(|path| path.ends_with(".md") && !path.starts_with("docs/reference/"))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Every word of the code.
fn words(files: &[String]) -> HashSet<String> {
    let is_code = |path: &&String| {
        let ending = path.rsplit('.').next().unwrap();
        CODE.contains(&ending) || path.as_str() == ".ci/run"
    };
    let mut words = HashSet::new();
    for path in files.iter().filter(is_code) {
        let Ok(text) = std::fs::read_to_string(root().join(path)) else { continue };
        words.extend(text.split(|c| !is_word(c)).map(str::to_owned));
    }
    words
}

/// What stands in backticks, outside blocks.
fn spans(text: &str) -> Vec<String> {
    let mut spans = vec![];
    let mut is_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
        } else if !is_block {
            spans.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    spans
}

/// Whether a span is a path of this repository, rather than of an API or a machine.
fn is_path(span: &str) -> bool {
    let first = span.split('/').next().unwrap();
    let is_ours = ["domain", "store", "projections", "api", "replay-tool", "tests", "docs", ".ci"]
        .contains(&first);
    is_ours && span.contains('/') && !span.contains(' ')
}

fn is_name(span: &str) -> bool {
    let is_start = |c: char| c.is_alphabetic() || c == '_';
    let span = span.trim_end_matches("()").trim_end_matches('!');
    let parts = || span.split("::").flat_map(|part| part.split('.'));
    span.contains(|c: char| c == '_' || c.is_uppercase() || c == ':')
        && parts().all(|part| part.starts_with(is_start) && part.chars().all(is_word))
}

/// Whether something lies there; `<room>` stands for any name, `*` for any text.
fn lies(path: &str, files: &[String]) -> bool {
    let path = path.trim_end_matches('/').split(':').next().unwrap();
    match path.split_once(['<', '*']) {
        None => root().join(path).exists(),
        Some((before, rest)) => {
            let after = rest.rsplit(['>', '*']).next().unwrap();
            files.iter().any(|file| file.starts_with(before) && file.contains(after))
        }
    }
}

#[test]
fn what_the_documents_name_exists() {
    let files = files();
    let words = words(&files);
    let mut missing = BTreeSet::new();
    for document in documents(&files) {
        for span in spans(&read(document)) {
            if OTHERS.contains(&span.as_str()) {
                continue;
            }
            let is_there = if is_path(&span) {
                lies(&span, &files)
            } else if is_name(&span) {
                let name = span.trim_end_matches("()");
                name.split(|c| !is_word(c)).all(|word| word.is_empty() || words.contains(word))
            } else {
                true
            };
            if !is_there {
                missing.insert(format!("{document}: {span}"));
            }
        }
    }
    let missing: Vec<_> = missing.into_iter().collect();
    assert!(missing.is_empty(), "not to be found:\n{}", missing.join("\n"));
}

#[test]
fn what_the_documents_link_to_exists() {
    let files = files();
    let mut missing = vec![];
    for document in documents(&files) {
        let text = read(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            let directory = Path::new(document).parent().unwrap();
            let is_outside = link.contains("://") || link.starts_with("mailto:");
            if !is_outside && !path.is_empty() && !root().join(directory).join(path).exists() {
                missing.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(missing.is_empty(), "not to be found:\n{}", missing.join("\n"));
}

#[test]
fn the_tree_names_what_is_there_and_every_directory() {
    let files = files();
    let text = read("docs/ARCHITECTURE.md");
    let tree = text.split("## The tree").nth(1).unwrap().split("```").nth(1).unwrap();
    let (mut part, mut missing) = (String::new(), vec![]);
    let mut named = BTreeSet::new();
    for line in tree.lines() {
        if line.starts_with(|c: char| !c.is_whitespace()) {
            part = line.split_whitespace().next().unwrap().to_owned();
        }
        let entries = line.split_whitespace().map(|word| word.trim_end_matches([',', ';', ':']));
        for entry in entries.filter(|word| word.ends_with(".rs") || word.ends_with('/')) {
            let inner = entry.trim_end_matches('/');
            let is_there = entry == part
                || entry.contains('<')
                || files.iter().any(|file| {
                    file.strip_prefix(&part).is_some_and(|rest| {
                        rest == inner
                            || rest.ends_with(&format!("/{inner}"))
                            || rest.starts_with(&format!("{inner}/"))
                            || rest.contains(&format!("/{inner}/"))
                    })
                });
            if !is_there {
                missing.push(format!("{part} {entry}"));
            }
            named.extend(inner.split('/').map(str::to_owned));
        }
    }
    assert!(missing.is_empty(), "the tree names what is not there:\n{}", missing.join("\n"));
    // A directory or a file right below the source of a crate must be in the tree.
    for directory in ["domain/src", "store/src", "projections/src", "api/src", "replay-tool/src"] {
        for entry in std::fs::read_dir(root().join(directory)).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            let is_named = named.contains(&name) || named.contains(&format!("{name}.rs"));
            let is_room = store::codec::ROOMS.contains(&name.as_str());
            assert!(
                is_named || is_room || name == "lib.rs",
                "{directory}/{name} is not in the tree"
            );
        }
    }
}
