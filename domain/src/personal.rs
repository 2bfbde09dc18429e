//! Personal data: known, or forgotten. Every rule and every projection must cope with both.

use std::fmt;

/// A value about a person. `Forgotten` means that the key that sealed it was destroyed, or that
/// the reader was not given it.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal<T> {
    Known(T),
    Forgotten,
}

impl<T> Personal<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Forgotten => None,
        }
    }
}

/// Debug output ends up in logs and panics, so it says only whether there is a value.
impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known(…)",
            Self::Forgotten => "Forgotten",
        })
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}
