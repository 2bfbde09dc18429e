//! Members of closed lists, as views write them: by their code, and with the meaning of each in the
//! documents of the API.

use domain::{Coded, Worded};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt::Write;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A member of a list. Readers treat one that they do not know as unknown: lists grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code<T>(pub T);

/// A list that stands in the documents of the API under a name of its own.
pub trait Listed: Worded {
    const NAME: &'static str;
    /// What its members are about.
    const ABOUT: &'static str;
}

impl<T> From<T> for Code<T> {
    fn from(member: T) -> Self {
        Self(member)
    }
}

impl<T: Coded> Serialize for Code<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.code().serialize(serializer)
    }
}

impl<T: Listed> PartialSchema for Code<T> {
    fn schema() -> RefOr<Schema> {
        let mut about = format!("{}\n", T::ABOUT);
        for member in T::ALL {
            let _ = write!(about, "\n- `{}`: {}", member.code(), member.english());
        }
        let codes = T::ALL.iter().map(|member| member.code());
        let list = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(codes))
            .description(Some(about))
            .examples(T::ALL.first().map(|member| member.code()));
        list.into()
    }
}

impl<T: Listed> ToSchema for Code<T> {
    fn name() -> Cow<'static, str> {
        T::NAME.into()
    }
}

/// Gives lists of the domain their names in the documents of the API.
macro_rules! lists {
    ($(#[doc = $about:literal] $name:ident = $list:path;)+) => {$(
        #[doc = $about]
        pub type $name = $crate::views::code::Code<$list>;

        impl $crate::views::code::Listed for $list {
            const NAME: &'static str = stringify!($name);
            const ABOUT: &'static str = $about.trim_ascii();
        }
    )+};
}
pub(in crate::views) use lists;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::lists::ServiceRequestStatus;
    use domain::services::Status;

    #[test]
    fn a_member_is_written_by_its_code_and_the_list_says_what_each_means() {
        let active = ServiceRequestStatus::from(Status::Active);
        assert_eq!(serde_json::to_value(active).unwrap(), "active");
        let list = serde_json::to_value(ServiceRequestStatus::schema()).unwrap();
        assert_eq!(list["enum"], serde_json::json!(["requested", "active", "refused"]));
        assert!(list["description"].as_str().unwrap().contains("\n- `active`: "));
    }
}
