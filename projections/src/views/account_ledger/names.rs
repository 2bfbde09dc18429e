//! Whom and what a sentence speaks of, by names that people know. Where one is not known, or is forgotten,
//! the sentence says less.

use crate::models::staff::StaffList;
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Paris;
use domain::client_file::PersonDetails;
use domain::merchant::State;
use domain::values::Language;
use domain::{ApiKeyId, DocumentId, PersonId, StaffId, Worded};

/// Who is known.
#[derive(Clone, Copy, Default)]
pub struct Names<'a> {
    /// The merchant whose event it is, as of the moment that is looked at.
    merchant: Option<&'a State>,
    /// For staff only.
    staff: Option<&'a StaffList>,
}

impl<'a> Names<'a> {
    pub fn of(merchant: &'a State) -> Self {
        Self { merchant: Some(merchant), staff: None }
    }

    pub fn with_staff(self, staff: &'a StaffList) -> Self {
        Self { staff: Some(staff), ..self }
    }

    pub(super) fn person(&self, id: PersonId) -> Option<String> {
        let person = self.merchant?.file.people.get(&id)?;
        person.details.known().map(PersonDetails::full_name)
    }

    /// Its kind and, where it is a person's, of whom.
    pub(super) fn document(&self, id: DocumentId, language: Language) -> Option<String> {
        let submitted = &self.merchant?.file.documents.get(&id)?.submitted;
        let kind = submitted.kind.words(language);
        let name = submitted.person.and_then(|person| self.person(person));
        Some(name.map_or_else(|| kind.to_owned(), |name| format!("{kind} ({name})")))
    }

    /// The end of its value.
    pub(super) fn key(&self, id: ApiKeyId) -> Option<String> {
        let key = self.merchant?.keys.keys.get(&id)?;
        Some(String::from_utf8_lossy(&key.key.last_four).into_owned())
    }

    /// By their id, where nobody says who works here.
    pub(super) fn staff(&self, id: StaffId) -> String {
        let member = self.staff.and_then(|staff| staff.member(id));
        member.and_then(|member| member.name()).unwrap_or_else(|| id.to_string())
    }
}

/// A moment as people in France write it: in Paris, to the minute.
pub(super) fn in_french(at: DateTime<Utc>) -> String {
    at.with_timezone(&Paris).format("%d/%m/%Y à %H:%M").to_string()
}

/// The same in English, where Paris is somewhere else.
pub(super) fn in_english(at: DateTime<Utc>) -> String {
    at.with_timezone(&Paris).format("%-d %B %Y at %H:%M in Paris").to_string()
}
