//! What is asked of a review.

use super::values::{id, text, version};
use super::{Person, document, rarely};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Coded;
use domain::client_file::{DocumentKind, DocumentRefusal, DocumentStatus};
use domain::merchant::State;
use domain::review::{Command, NewItem, Proposal, RejectionReason, RequestReason};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub enum Ask {
    Take,
    Assign,
    Snooze { days: i64 },
    Escalate,
    Note,
    Accept { document: u8 },
    AcceptNext,
    Refuse { document: u8 },
    RequestDocuments { first: u8, count: u8, kind: DocumentKind },
    Propose { proposal: Proposal, is_stale: bool },
    Confirm { is_stale: bool },
    Return,
    Remind { days_left: u8 },
    PassDeadline,
}

pub fn any() -> impl Strategy<Value = Ask> {
    prop_oneof![
        2 => Just(Ask::Take),
        1 => Just(Ask::Assign),
        1 => (-1..40i64).prop_map(|days| Ask::Snooze { days }),
        1 => Just(Ask::Escalate),
        1 => Just(Ask::Note),
        2 => document().prop_map(|document| Ask::Accept { document }),
        8 => Just(Ask::AcceptNext),
        3 => document().prop_map(|document| Ask::Refuse { document }),
        3 => (0..6u8, 0..3u8, select(DocumentKind::ALL))
            .prop_map(|(first, count, kind)| Ask::RequestDocuments { first, count, kind }),
        8 => (proposal(), rarely())
            .prop_map(|(proposal, is_stale)| Ask::Propose { proposal, is_stale }),
        8 => rarely().prop_map(|is_stale| Ask::Confirm { is_stale }),
        1 => Just(Ask::Return),
        2 => select(vec![15, 7, 1, 3]).prop_map(|days_left| Ask::Remind { days_left }),
        3 => Just(Ask::PassDeadline),
    ]
}

fn proposal() -> impl Strategy<Value = Proposal> {
    select(vec![
        Proposal::Approve,
        Proposal::Reject { reason: RejectionReason::RiskTooHigh },
        Proposal::Reactivate,
        Proposal::LiftSuspension,
    ])
}

impl Ask {
    /// From whom it is usually asked, the first or the second of them.
    pub fn usually(&self, is_second: bool) -> Person {
        match matches!(self, Self::Remind { .. } | Self::PassDeadline) {
            true => Person::Timer,
            false => Person::Officer(is_second),
        }
    }

    pub fn command(&self, state: &State, at: DateTime<Utc>) -> Command {
        match *self {
            Self::Take => Command::Take,
            Self::Assign => Command::Assign { to: id(11) },
            Self::Snooze { days } => Command::Snooze { until: at + TimeDelta::days(days) },
            Self::Escalate => Command::Escalate,
            Self::Note => Command::AddNote { note: text() },
            Self::Accept { document } => Command::AcceptDocument { document: id(document) },
            Self::AcceptNext => {
                let waiting = state
                    .file
                    .documents
                    .iter()
                    .find(|(_, known)| known.status == DocumentStatus::Submitted);
                match waiting {
                    Some((document, _)) => Command::AcceptDocument { document: *document },
                    None => Command::Take,
                }
            }
            Self::Refuse { document } => Command::RefuseDocument {
                document: id(document),
                refusal: DocumentRefusal::Unreadable,
                public_text: text(),
            },
            Self::RequestDocuments { first, count, kind } => Command::RequestDocuments {
                items: (first..first + count)
                    .map(|item| NewItem {
                        id: id(item),
                        kinds: [kind].into(),
                        person: kind.is_about_person().then(|| id(0)),
                        reason: RequestReason::Missing,
                    })
                    .collect(),
                explanations: BTreeMap::new(),
            },
            Self::Propose { proposal, is_stale } => Command::Propose {
                proposal,
                file_version: version(state, is_stale),
                rationale: text(),
            },
            Self::Confirm { is_stale } => {
                Command::Confirm { file_version: version(state, is_stale) }
            }
            Self::Return => Command::Return { reason: text() },
            Self::Remind { days_left } => Command::Remind { days_left },
            Self::PassDeadline => Command::PassDeadline,
        }
    }
}
