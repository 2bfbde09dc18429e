//! The general terms, kept per version for ever: a contract is made again only by its own.

mod v1;

/// A heading and a paragraph per article; `None` if there is no such version.
pub fn of_version(version: u16) -> Option<&'static [(&'static str, &'static str)]> {
    match version {
        1 => Some(v1::TERMS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::contract::TERMS_VERSION;
    use sha2::{Digest, Sha256};

    /// A change of wording is a new version, with a file and a line of its own.
    #[test]
    fn every_version_reads_as_on_the_day_it_was_published() {
        let published = ["f7e9a37dcd0ad02918592d59b3a6cc02f6eaacc0b05f53059f0b90def0b746cf"];
        assert_eq!(published.len(), usize::from(TERMS_VERSION));
        for (version, published) in (1..).zip(published) {
            let text: String = of_version(version)
                .unwrap()
                .iter()
                .map(|(heading, paragraph)| format!("{heading}\n{paragraph}\n"))
                .collect();
            let hash = Sha256::digest(text.as_bytes());
            assert_eq!(hex::encode(hash), published, "version {version}");
        }
        assert!(of_version(TERMS_VERSION + 1).is_none());
    }
}
