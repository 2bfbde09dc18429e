//! Lists, page by page.

use super::problem::Problem;
use super::query::MomentQuery;
use chrono::{DateTime, Utc};
use domain::Coded;
use projections::history::Order;
use projections::views::lists::HistoryOrder;
use serde::{Deserialize, Serialize};
use store::Recorded;
use utoipa::IntoParams;

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// Always `list`.
    pub object: &'static str,
    /// The page.
    pub data: Vec<T>,
    /// Whether there is another page.
    pub has_more: bool,
    /// Send it as `starting_after` for the next page.
    #[schema(example = "20")]
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    pub fn whole(data: Vec<T>) -> Self {
        Self { object: "list", data, has_more: false, next_cursor: None }
    }

    /// A page, and the cursor of the next if there is one.
    pub fn until(data: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { object: "list", data, has_more: next_cursor.is_some(), next_cursor }
    }

    pub fn page(data: Vec<T>, has_more: bool, cursor: impl Fn(&T) -> String) -> Self {
        let next_cursor = data.last().filter(|_| has_more).map(cursor);
        Self { object: "list", data, has_more, next_cursor }
    }
}

/// How much of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// 1 to 100, 20 unless told.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub starting_after: Option<String>,
}

/// How much of a history, in which order, and of what.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// 1 to 100, 20 unless told. A page can be shorter, also empty, while `has_more` says that there is
    /// another.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before, in the same order.
    pub starting_after: Option<String>,
    /// The oldest first unless told.
    #[param(value_type = Option<HistoryOrder>, inline)]
    pub order: Option<String>,
    /// A type or the start of one: `review.` finds the whole room.
    #[param(example = "review.")]
    pub r#type: Option<String>,
    /// RFC 3339; what there was then.
    pub as_of: Option<DateTime<Utc>>,
    /// What there was as of that revision.
    #[param(minimum = 0)]
    pub at_revision: Option<u64>,
}

impl HistoryQuery {
    pub fn moment(&self) -> MomentQuery {
        MomentQuery { as_of: self.as_of, at_revision: self.at_revision }
    }

    /// Cursors are revisions, as whoever asks counts them.
    pub fn page(&self) -> PageQuery {
        PageQuery { limit: self.limit, starting_after: self.starting_after.clone() }
    }

    pub fn order(&self) -> Result<Order, Problem> {
        let order = self.order.as_deref();
        order.map_or(Some(Order::OldestFirst), Order::from_code).ok_or_else(|| {
            Problem::malformed(
                "order is oldest_first or newest_first.",
                "order vaut oldest_first ou newest_first.",
            )
        })
    }

    pub fn admits(&self, recorded: &Recorded) -> bool {
        self.r#type.as_deref().is_none_or(|start| recorded.event_type.starts_with(start))
    }
}

impl PageQuery {
    pub fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(20) {
            limit @ 1..=100 => Ok(limit as usize),
            _ => Err(Problem::malformed("limit is 1 to 100.", "limit va de 1 à 100.")),
        }
    }

    /// Cursors are opaque to callers; here they are numbers.
    pub fn after(&self) -> Result<Option<u64>, Problem> {
        let wrong = |_| {
            Problem::malformed(
                "starting_after takes the next_cursor of an earlier page.",
                "starting_after attend le next_cursor d'une page précédente.",
            )
        };
        self.starting_after.as_deref().map(str::parse).transpose().map_err(wrong)
    }
}
