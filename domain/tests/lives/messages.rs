//! What is asked of messages.

use super::Person;
use super::values::id;
use chrono::{DateTime, Utc};
use domain::merchant::State;
use domain::messages::{Command, Failure, Medium, Template};
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Clone, Debug)]
pub enum Ask {
    Sent { template: Template },
    Failed { template: Template },
}

pub fn any() -> impl Strategy<Value = Ask> {
    let template = || {
        select(vec![
            Template::DocumentsRequested,
            Template::DocumentsReminder,
            Template::FileSubmitted,
        ])
    };
    prop_oneof![
        template().prop_map(|template| Ask::Sent { template }),
        template().prop_map(|template| Ask::Failed { template }),
    ]
}

impl Ask {
    /// From whom it is usually asked, the first or the second of them.
    pub fn usually(&self, _: bool) -> Person {
        Person::Provider
    }

    pub fn command(&self, _: &State, _: DateTime<Utc>) -> Command {
        self.message()
    }

    /// The same to anybody.
    pub fn message(&self) -> Command {
        let (cause, medium) = (id(1), Medium::Email);
        match *self {
            Self::Sent { template } => {
                Command::RecordSent { cause, template, medium, addressed: None }
            }
            Self::Failed { template } => {
                let (failure, addressed) = (Failure::Refused, None);
                Command::RecordFailed { cause, template, medium, failure, addressed }
            }
        }
    }
}
