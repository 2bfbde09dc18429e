//! Whose key begins and ends with which event. A key is made by the event that introduces its
//! subject and by no other, so that a missing one is known to be lost.

use crate::aggregate::{LOOKS, MERCHANT, STAFF, USER, id_of, looks_subject, month_of};
use crate::ledger::StreamId;
use crate::recorded::Recorded;
use domain::{
    Event, MerchantId, StaffId, SubjectId, UserId, client_file, looks, merchant, registration,
    staff, user,
};

/// What an event means for the key of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Introduced(SubjectId),
    Forgotten(SubjectId),
}

/// `owner` is whom the stream is about.
pub fn fate(event: &Event, owner: SubjectId) -> Option<Fate> {
    match event {
        Event::Merchant(merchant::Event::Registration(event)) => match event {
            registration::Event::AccountCreated { .. } => Some(Fate::Introduced(owner)),
            registration::Event::AccountLapsed => Some(Fate::Forgotten(owner)),
            registration::Event::AccountActivated
            | registration::Event::CompanyBasicsRecorded { .. }
            | registration::Event::TestModeOpened
            | registration::Event::LiveModeOpened
            | registration::Event::PayoutsEnabled
            | registration::Event::AccountDeactivated { .. }
            | registration::Event::AccountReactivated { .. }
            | registration::Event::AccountSuspended { .. }
            | registration::Event::SuspensionLifted { .. }
            | registration::Event::AccountClosed { .. } => None,
        },
        Event::Merchant(merchant::Event::ClientFile(client_file::Event::PersonRecorded {
            person,
            ..
        })) => Some(Fate::Introduced((*person).into())),
        Event::User(user::Event::Registered { .. })
        | Event::Staff(staff::Event::Invited { .. }) => Some(Fate::Introduced(owner)),
        Event::User(user::Event::Lapsed) => Some(Fate::Forgotten(owner)),
        Event::Looks(looks::Event::MonthOpened) => Some(Fate::Introduced(owner)),
        Event::Looks(looks::Event::MonthForgotten) => Some(Fate::Forgotten(owner)),
        Event::Merchant(_)
        | Event::User(_)
        | Event::Staff(_)
        | Event::EmailClaim(_)
        | Event::Looks(_) => None,
    }
}

/// The same for a record that was read.
pub fn fate_of(recorded: &Recorded) -> Option<Fate> {
    fate(&recorded.event, owner_of(&recorded.stream)?)
}

fn owner_of(stream: &StreamId) -> Option<SubjectId> {
    match stream.category() {
        MERCHANT => id_of::<MerchantId>(stream, MERCHANT).map(SubjectId::from),
        USER => id_of::<UserId>(stream, USER).map(SubjectId::from),
        STAFF => id_of::<StaffId>(stream, STAFF).map(SubjectId::from),
        LOOKS => month_of(stream).map(looks_subject),
        _ => None,
    }
}
