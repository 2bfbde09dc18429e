//! Files: each says what it is.

use crate::{root, rust_files};
use std::path::Path;

#[test]
fn every_file_says_what_it_is_and_nothing_is_left_to_do() {
    for directory in ["domain", "store", "projections", "api", "replay-tool", "tests"] {
        for path in rust_files(&root().join(directory)) {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
            for forbidden in
                [concat!("to", "do!("), concat!("unimple", "mented!("), concat!("db", "g!(")]
            {
                assert!(!text.contains(forbidden), "{} has {forbidden}", path.display());
            }
        }
    }
}

/// Where the module of a file is declared: beside it, or in the file that its directory is named after.
fn declares(path: &Path) -> bool {
    let directory = path.parent().unwrap();
    let (directory, stem) = match path.file_stem().unwrap().to_str().unwrap() {
        "mod" => (directory.parent().unwrap(), directory.file_name().unwrap().to_str().unwrap()),
        stem => (directory, stem),
    };
    let beside = ["mod.rs", "lib.rs", "main.rs"].map(|name| directory.join(name));
    let above = directory.with_extension("rs");
    beside.iter().chain([&above]).any(|file| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().any(|line| line.trim_end().ends_with(&format!("mod {stem};")))
    })
}

/// A file that no module names would not even be compiled.
#[test]
fn every_file_is_part_of_a_program() {
    let sources = ["domain/src", "store/src", "projections/src", "api/src", "replay-tool/src"];
    let tests = ["domain/tests/lives", "domain/tests/whole_lives", "projections/tests/folds"];
    for directory in sources.iter().chain(&tests) {
        for path in rust_files(&root().join(directory)) {
            let is_root = path.ends_with("lib.rs") || path.ends_with("main.rs");
            let is_included = path.ends_with("lives/mod.rs");
            assert!(is_root || is_included || declares(&path), "{} is in none", path.display());
        }
    }
}
