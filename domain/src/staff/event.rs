//! What can have happened to a member of staff.

use crate::messages::{self, Failure, Letter, Medium, Template};
use crate::values::{Email, Language, PersonName};
use crate::{Coded, EventId, LinkId, Personal, StaffId, SubjectId};
use chrono::{DateTime, Utc};
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Invited {
        profile: Personal<Profile>,
        language: Language,
        roles: Roles,
        link: LinkId,
        expires_at: DateTime<Utc>,
        /// `None` for the first administrator, who is invited by the program itself.
        by: Option<StaffId>,
    },
    /// Password and second factor are in the vault, under the id of the invitation.
    Joined {
        credential: LinkId,
    },
    RolesChanged {
        roles: Roles,
        by: StaffId,
    },
    Disabled {
        by: StaffId,
    },
    SignedIn,
    SignInRefused {
        failure: SignInFailure,
    },
    Locked {
        until: DateTime<Utc>,
    },
    /// The provider took a message to them.
    MessageSent {
        cause: EventId,
        template: Template,
        medium: Medium,
        recipient: SubjectId,
        letter: Personal<Letter>,
    },
    /// The provider reported that it arrived.
    MessageDelivered {
        cause: EventId,
        template: Template,
        medium: Medium,
    },
    MessageFailed {
        cause: EventId,
        template: Template,
        medium: Medium,
        failure: Failure,
        recipient: SubjectId,
        letter: Personal<Letter>,
    },
}

impl From<messages::Event> for Event {
    fn from(event: messages::Event) -> Self {
        match event {
            messages::Event::Sent { cause, template, medium, recipient, letter } => {
                Self::MessageSent { cause, template, medium, recipient, letter }
            }
            messages::Event::Delivered { cause, template, medium } => {
                Self::MessageDelivered { cause, template, medium }
            }
            messages::Event::Failed { cause, template, medium, failure, recipient, letter } => {
                Self::MessageFailed { cause, template, medium, failure, recipient, letter }
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub email: Email,
    pub first_name: PersonName,
    pub last_name: PersonName,
}

codes! {
    pub enum Role {
        Support = "support", "support", "support";
        Analyst = "analyst", "analyst", "analyste";
        Officer = "officer", "officer", "responsable conformité";
        Auditor = "auditor", "auditor", "auditeur";
        Engineer = "engineer", "engineer", "ingénieur";
        Administrator = "administrator", "administrator", "administrateur";
    }
}

codes! {
    pub enum SignInFailure {
        WrongPassword = "wrong_password", "wrong password", "mot de passe erroné";
        WrongSecondFactor = "wrong_second_factor", "wrong second factor", "second facteur erroné";
        Locked = "locked", "locked", "bloquée";
        Disabled = "disabled", "account disabled", "compte désactivé";
    }
}

/// A set of roles.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    pub fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | (1 << role as u8)))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
