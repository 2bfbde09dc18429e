//! Structure is tested: the arrows between crates and inside `api`, the rooms in every crate, the
//! routes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is the result")]

mod arrows;
mod docs;
mod files;
mod openapi;
mod operations;
mod rooms;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}
