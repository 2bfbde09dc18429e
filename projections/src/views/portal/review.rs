//! The review, to the merchant: what more is asked for, and until when.

use crate::views::ids::{DocumentId, ItemId, PersonId};
use crate::views::lists::{DocumentKind, RequestReason};
use chrono::{DateTime, Utc};
use domain::Worded;
use domain::merchant::State;
use domain::review::Stage;
use domain::values::Language;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct DocumentRequests {
    /// Always `document_requests`.
    pub object: &'static str,
    /// Whether something is awaited from you now.
    pub is_open: bool,
    /// Until when.
    pub deadline: Option<DateTime<Utc>>,
    /// Everything that was asked for.
    pub items: Vec<ItemView>,
}

/// An additional document that is asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = DocumentRequestItem)]
pub struct ItemView {
    /// Always `document_request_item`.
    pub object: &'static str,
    pub id: ItemId,
    /// Any of these answers it.
    pub kinds: Vec<DocumentKind>,
    /// Whose document, where it is a person's.
    pub person: Option<PersonId>,
    pub reason: RequestReason,
    /// Why, in words.
    #[schema(example = "This document is missing from the file.")]
    pub reason_detail: &'static str,
    /// What the officer wrote about it.
    #[schema(example = "A bill of the last three months.")]
    pub explanation: Option<String>,
    /// The document that answered it, if one did.
    pub answered_by: Option<DocumentId>,
}

impl DocumentRequests {
    pub fn of(state: &State, language: Language) -> Self {
        let review = &state.review;
        let is_open = matches!(review.stage, Stage::AwaitingDocuments | Stage::Expired);
        let items = review.items.iter().map(|(id, item)| ItemView {
            object: "document_request_item",
            id: (*id).into(),
            kinds: item.asked.kinds.iter().map(|kind| (*kind).into()).collect(),
            person: item.asked.person.map(Into::into),
            reason: item.asked.reason.into(),
            reason_detail: item.asked.reason.words(language),
            explanation: item.explanation.as_ref().map(|text| text.as_str().to_owned()),
            answered_by: item.answered_by.map(Into::into),
        });
        Self {
            object: "document_requests",
            is_open,
            deadline: review.request.as_ref().filter(|_| is_open).map(|request| request.deadline),
            items: items.collect(),
        }
    }
}
