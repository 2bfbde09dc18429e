//! Identifiers: one type per thing, random or time-ordered, never derived from personal data.

use std::fmt;
use uuid::Uuid;

/// An id as the outside writes it: a prefix that says what it is, then the UUID without dashes.
pub trait Id: Copy + Eq + fmt::Display + 'static {
    const PREFIX: &'static str;
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;
    /// Reads `mer_0190…`; `None` for another prefix or anything that is not exactly 32 hex digits.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(Self::PREFIX)?.strip_prefix('_')?;
        let canonical =
            digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        canonical.then(|| Uuid::try_parse(digits).ok().map(Self::from_uuid)).flatten()
    }
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// For tests and samples.
            pub const fn from_u128(number: u128) -> Self {
                Self(Uuid::from_u128(number))
            }
        }

        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }
    )+};
}

ids! {
    MerchantId = "mer",
    UserId = "usr",
    StaffId = "stf",
    /// A person in a client file: a representative or a beneficial owner.
    PersonId = "per",
    DocumentId = "doc",
    ContractId = "ctr",
    ApiKeyId = "key",
    /// A link sent by e-mail: its token is derived from this id.
    LinkId = "lnk",
    /// A one-time code sent by SMS: the code is derived from this id.
    ChallengeId = "chl",
    /// One item of an additional-documents request.
    ItemId = "itm",
    EventId = "evt",
    CommandId = "cmd",
    /// Whoever or whatever a sealing key belongs to: a person, a user, a staff member, a merchant.
    SubjectId = "sub",
    SessionId = "ses",
    /// A change of the account that a merchant is paid to, and the account that it makes.
    BankAccountChangeId = "bac",
    /// A change of a login e-mail or of a mobile.
    ContactChangeId = "cch",
    /// A personal access token, which is not its value.
    TokenId = "tok",
}

macro_rules! subjects {
    ($($name:ident),+) => {$(
        impl From<$name> for SubjectId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }
    )+};
}

subjects!(MerchantId, UserId, StaffId, PersonId);
