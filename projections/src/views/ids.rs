//! Ids as views write them: with their prefix, and with their pattern in the documents of the API.

use domain::Id;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An id, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<I>(pub I);

/// An id that stands in the documents of the API under a name of its own.
pub trait Known: Id {
    const NAME: &'static str;
    /// Whose it is.
    const ABOUT: &'static str;
}

impl<I> From<I> for Written<I> {
    fn from(id: I) -> Self {
        Self(id)
    }
}

impl<I: Id> Serialize for Written<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<I: Known> PartialSchema for Written<I> {
    fn schema() -> RefOr<Schema> {
        let id = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(I::ABOUT))
            .pattern(Some(format!("^{}_[0-9a-f]{{32}}$", I::PREFIX)))
            .examples([format!("{}_01934a5c7b2e7d0fa1b2c3d4e5f60718", I::PREFIX)]);
        id.into()
    }
}

impl<I: Known> ToSchema for Written<I> {
    fn name() -> Cow<'static, str> {
        I::NAME.into()
    }
}

macro_rules! ids {
    ($(#[doc = $about:literal] $name:ident = $id:ident;)+) => {$(
        #[doc = $about]
        pub type $name = Written<domain::$id>;

        impl Known for domain::$id {
            const NAME: &'static str = stringify!($name);
            const ABOUT: &'static str = $about.trim_ascii();
        }
    )+};
}

ids! {
    /// The id of a merchant.
    MerchantId = MerchantId;
    /// The id of somebody who acts for merchants.
    UserId = UserId;
    /// The id of a member of staff.
    StaffId = StaffId;
    /// The id of a person of a client file.
    PersonId = PersonId;
    /// The id of a document.
    DocumentId = DocumentId;
    /// The id of a contract.
    ContractId = ContractId;
    /// The id of an API key, which is not its value.
    ApiKeyId = ApiKeyId;
    /// The id of an item of a request for additional documents.
    ItemId = ItemId;
    /// The id of an event.
    EventId = EventId;
    /// The id of a session, which is not its token.
    SessionId = SessionId;
    /// The id of a change of a bank account.
    BankAccountChangeId = BankAccountChangeId;
    /// The id of a personal access token, which is not its value.
    TokenId = TokenId;
    /// The id of a change of a contact.
    ContactChangeId = ContactChangeId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_with_its_prefix_and_its_example_is_one() {
        let id = MerchantId::from(domain::MerchantId::from_u128(7));
        let written = serde_json::to_value(id).unwrap();
        assert_eq!(written, "mer_00000000000000000000000000000007");
        let schema = serde_json::to_value(MerchantId::schema()).unwrap();
        let example = schema["examples"][0].as_str().unwrap();
        assert!(domain::MerchantId::parse(example).is_some());
    }
}
