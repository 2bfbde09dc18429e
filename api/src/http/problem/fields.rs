//! Fields of a body, read one by one, so that everything that is wrong is said at once.

use super::{FieldProblem, Problem};
use domain::Coded;
use domain::values::Invalid;

/// Gathers what is wrong with a body, so that everything is said at once.
#[derive(Default)]
pub struct Fields(Vec<FieldProblem>);

impl Fields {
    /// The value, or a note about why it is none.
    pub fn take<T>(&mut self, pointer: impl Into<String>, parsed: Result<T, Invalid>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.0.push(FieldProblem::of(pointer, invalid));
                None
            }
        }
    }

    /// The same for a value that may be absent.
    pub fn take_optional<T>(
        &mut self,
        pointer: impl Into<String>,
        text: Option<&String>,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        text.and_then(|text| self.take(pointer, parse(text)))
    }

    /// A member of a closed list, by its written name.
    pub fn code<T: Coded>(&mut self, pointer: impl Into<String>, code: &str) -> Option<T> {
        self.take(pointer, T::from_code(code).ok_or(Invalid::Code))
    }

    /// `value` if nothing was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) | None => Err(Problem::invalid_fields(self.0)),
        }
    }
}
