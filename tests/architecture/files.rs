//! Files: each says what it is.

use crate::{root, rust_files};

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
