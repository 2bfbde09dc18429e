//! Personal data: known, forgotten or lost. Every rule and every projection must cope with all three.

use std::fmt;

/// A value about a person.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal<T> {
    Known(T),
    /// The key that sealed it was destroyed, or the reader was not given it.
    Forgotten,
    /// The key that sealed it is missing, and nobody destroyed it: a vault was lost or is too old.
    Lost,
}

impl<T> Personal<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Forgotten | Self::Lost => None,
        }
    }
}

/// Debug output ends up in logs and panics, so it says only whether there is a value.
impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known(…)",
            Self::Forgotten => "Forgotten",
            Self::Lost => "Lost",
        })
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

/// Declares that debug output of a type says only what it is: there are people in it, or secrets.
#[macro_export]
macro_rules! hidden {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
