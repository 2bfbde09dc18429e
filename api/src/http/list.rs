//! Lists, page by page.

use super::problem::Problem;
use serde::{Deserialize, Serialize};
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
