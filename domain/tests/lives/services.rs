//! What is asked of services.

use super::Person;
use super::values::chosen;
use chrono::{DateTime, Utc};
use domain::Coded;
use domain::merchant::State;
use domain::services::{Command, Service, ServiceRefusal};
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Clone, Debug)]
pub enum Ask {
    Request { services: u8 },
    Activate { service: Service },
    Refuse { service: Service },
}

pub fn any() -> impl Strategy<Value = Ask> {
    prop_oneof![
        (0..32u8).prop_map(|services| Ask::Request { services }),
        select(Service::ALL).prop_map(|service| Ask::Activate { service }),
        select(Service::ALL).prop_map(|service| Ask::Refuse { service }),
    ]
}

impl Ask {
    /// From whom it is usually asked, the first or the second of them.
    pub fn usually(&self, is_second: bool) -> Person {
        match self {
            Self::Request { .. } => Person::Owner,
            Self::Activate { .. } | Self::Refuse { .. } => Person::Officer(is_second),
        }
    }

    pub fn command(&self, _: &State, _: DateTime<Utc>) -> Command {
        match *self {
            Self::Request { services } => Command::Request { services: chosen(services) },
            Self::Activate { service } => Command::Activate { service },
            Self::Refuse { service } => {
                Command::Refuse { service, reason: ServiceRefusal::NotAvailable }
            }
        }
    }
}
