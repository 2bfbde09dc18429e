//! What the rules remember about services.

use super::{Event, Service};
use std::collections::BTreeMap;

codes! {
    pub enum Status {
        Requested = "requested", "asked for, opened with the account", "demandé, ouvert avec le compte";
        Active = "active", "in use", "actif";
        Refused = "refused", "refused", "refusé";
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What is not here was never asked for.
    pub services: BTreeMap<Service, Status>,
}

impl State {
    pub fn with_status(&self, status: Status) -> impl Iterator<Item = Service> {
        self.services.iter().filter(move |(_, s)| **s == status).map(|(service, _)| *service)
    }
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Requested { services } => {
            state.services.retain(|_, status| *status != Status::Requested);
            state.services.extend(services.iter().map(|service| (*service, Status::Requested)));
        }
        Event::Activated { service } => {
            state.services.insert(*service, Status::Active);
        }
        Event::Refused { service, .. } => {
            state.services.insert(*service, Status::Refused);
        }
    }
    state
}
