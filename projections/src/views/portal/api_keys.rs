//! API keys, to the merchant.

use crate::views::ids::ApiKeyId;
use chrono::{DateTime, Utc};
use domain::api_keys::{Key, Mode};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    /// Always `api_key`.
    pub object: &'static str,
    pub id: ApiKeyId,
    /// By which you know it again; none of keys that were made before they had names.
    #[schema(example = "Web shop")]
    pub name: Option<String>,
    /// When it was made; none of keys that were made before this was kept.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last used, about.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Whether real money moves with it.
    pub livemode: bool,
    /// Test keys can be read at any time; a live key is shown once, when it is made.
    #[schema(example = "stest_2vKxTzq8WmRn4bYc7HsDfLpA")]
    pub value: Option<String>,
    /// What to do when a value that is shown once was asked for again.
    #[schema(example = "This key was shown once, when it was made.")]
    pub hint: Option<&'static str>,
    /// The last four characters of its value.
    #[schema(example = "fLpA")]
    pub last_four: String,
    /// Whether it works.
    pub is_active: bool,
    /// When it ceases to work, once it was replaced.
    pub works_until: Option<DateTime<Utc>>,
    /// The key that replaced it.
    pub replaced_by: Option<ApiKeyId>,
}

impl ApiKeyView {
    /// `value` where it may be shown.
    pub fn of(
        key: &Key,
        at: DateTime<Utc>,
        last_used_at: Option<DateTime<Utc>>,
        value: Option<String>,
    ) -> Self {
        let name = key.name.known().map(|name| name.as_str()).filter(|name| !name.is_empty());
        Self {
            object: "api_key",
            id: key.key.id.into(),
            name: name.map(str::to_owned),
            created_at: key.issued_at,
            last_used_at,
            livemode: key.mode == Mode::Live,
            value,
            hint: None,
            last_four: String::from_utf8_lossy(&key.key.last_four).into_owned(),
            is_active: key.is_active(at),
            works_until: key.works_until,
            replaced_by: key.replaced_by.map(Into::into),
        }
    }
}
