//! Personal data: known, or not known for one of three reasons. Every rule and every projection must cope
//! with all of them.

use std::fmt;

/// A value about a person.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal<T> {
    Known(T),
    /// The reader was not given the key.
    Sealed(Seal),
    /// The key that sealed it was destroyed.
    Forgotten,
    /// The key that sealed it is missing, and nobody destroyed it: a vault was lost or is too old.
    Lost,
}

/// Which sealed bytes: whoever cannot open them can still tell that they are others than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal(pub u64);

impl<T> Personal<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Sealed(_) | Self::Forgotten | Self::Lost => None,
        }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Personal<U> {
        match self {
            Self::Known(value) => Personal::Known(change(value)),
            Self::Sealed(seal) => Personal::Sealed(seal),
            Self::Forgotten => Personal::Forgotten,
            Self::Lost => Personal::Lost,
        }
    }

    /// Both, as far as both are known.
    pub fn zip<U>(self, other: Personal<U>) -> Personal<(T, U)> {
        match (self, other) {
            (Self::Known(one), Personal::Known(two)) => Personal::Known((one, two)),
            (Self::Sealed(Seal(one)), Personal::Sealed(Seal(two))) => {
                Personal::Sealed(Seal(one.rotate_left(1) ^ two))
            }
            (Self::Sealed(seal), _) | (_, Personal::Sealed(seal)) => Personal::Sealed(seal),
            (Self::Lost, _) | (_, Personal::Lost) => Personal::Lost,
            (Self::Forgotten, _) | (_, Personal::Forgotten) => Personal::Forgotten,
        }
    }
}

/// Debug output ends up in logs and panics, so it says only whether there is a value.
impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known(…)",
            Self::Sealed(_) => "Sealed",
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
