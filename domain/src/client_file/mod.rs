//! The client file (« Dossier Client »): the company, its people, its documents, and what is
//! still missing. There is exactly one per merchant, and every service hangs on it.
//!
//! ```text
//! NotStarted ─▶ Draft ⇄ ReadyToSign ─last signature─▶ Submitted ─▶ (see `review`)
//!                 └──────────── withdraw ───────────────▶ Withdrawn
//! ```

mod command;
mod decide;
mod document;
mod event;
mod requirements;
mod rules;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use decide::decide;
pub use document::{
    Document, DocumentDates, DocumentKind, DocumentRefusal, DocumentStatus, MediaType, NewDocument,
    SubmittedDocument,
};
pub use event::{CompanyDetails, Event, Ownership, PayoutAccount, PersonDetails, PersonRole};
pub use requirements::{
    LegalBasis, Requirement, RequirementKind, RequirementStatus, are_satisfied, requirements,
};
pub use rules::{RuleSet, rules_on, valid_until};
pub use state::{
    FileVersion, Person, State, evolve, evolve_with_account, evolve_with_review,
    evolve_with_services,
};

/// The largest document, in bytes.
pub const DOCUMENT_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// The most people and the most documents that one file holds.
pub const PEOPLE_MAX: usize = 50;
pub const DOCUMENTS_MAX: usize = 200;
