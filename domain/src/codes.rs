//! Closed lists whose members have a written name: on disk, in the API and in the documentation.

use crate::values::Language;

/// A closed list of named things. The written name is chosen, never derived from the Rust name,
/// so that renaming a variant cannot change what was recorded.
pub trait Coded: Sized + Copy + 'static {
    const ALL: &'static [Self];
    fn code(self) -> &'static str;
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|candidate| candidate.code() == code)
    }
}

/// One that people read of: each member has its words in every language.
pub trait Worded: Coded {
    fn english(self) -> &'static str;
    fn french(self) -> &'static str;
    fn words(self, language: Language) -> &'static str {
        language.of(self.english(), self.french())
    }
}

/// A reason to refuse, with the words for the person who asked.
pub trait Refuses: Worded + std::error::Error {}

/// Declares an enum and its written names; also the words for people, where they read of it: English, then
/// French.
#[macro_export]
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $crate::Coded for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::Coded::code(*self))
            }
        }
    };
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal, $english:literal, $french:literal);+ $(;)?
    }) => {
        $crate::codes! {
            $(#[$meta])*
            pub enum $name { $($(#[$variant_meta])* $variant = $code),+ }
        }

        impl $crate::Worded for $name {
            fn french(self) -> &'static str {
                match self { $(Self::$variant => $french),+ }
            }
            fn english(self) -> &'static str {
                match self { $(Self::$variant => $english),+ }
            }
        }
    };
}

/// Declares the refusals of a room in their order: the first that applies is the answer.
macro_rules! refusals {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal, $english:literal, $french:literal);+ $(;)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $crate::Coded for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl $crate::Worded for $name {
            fn french(self) -> &'static str {
                match self { $(Self::$variant => $french),+ }
            }
            fn english(self) -> &'static str {
                match self { $(Self::$variant => $english),+ }
            }
        }

        impl $crate::Refuses for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::Worded::english(*self))
            }
        }

        impl std::error::Error for $name {}
    };
}
