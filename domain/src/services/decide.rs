//! The rules of services, one function per request.

use super::{Command, Event, Refusal, Service, Status};
use crate::Occasion;
use crate::access::{self, Access, Capability, MemberRole};
use crate::merchant::{self, Decision, State};
use crate::registration;
use crate::staff::Role;
use std::collections::BTreeSet;

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    match command {
        Command::Request { services } => request(state, occasion, services),
        Command::Activate { service } => {
            deciding(state, occasion, service)?;
            Ok(vec![Event::Activated { service }.into()])
        }
        Command::Refuse { service, reason } => {
            deciding(state, occasion, service)?;
            Ok(vec![Event::Refused { service, reason }.into()])
        }
    }
}

fn request(state: &State, occasion: &Occasion, wanted: BTreeSet<Service>) -> Decision {
    access::member(state, occasion, &[MemberRole::Owner, MemberRole::Admin])?;
    let is_live = state.account.status == Some(registration::Status::Live);
    if !is_live {
        access::capability(state, Capability::ClientFile, &[Access::Allowed])?;
    }
    if wanted.is_empty() {
        return Err(Refusal::NoneRequested.into());
    }
    if !is_live && state.review.is_submitted() {
        return Err(Refusal::FileSubmitted.into());
    }
    let services: BTreeSet<Service> = wanted
        .into_iter()
        .filter(|service| state.services.services.get(service) != Some(&Status::Active))
        .collect();
    let pending: BTreeSet<Service> = state.services.with_status(Status::Requested).collect();
    // Before approval the list is the whole wish; after it, one more beside what waits.
    let services = if is_live { services.union(&pending).copied().collect() } else { services };
    if services == pending || services.is_empty() {
        return Ok(vec![]);
    }
    Ok(vec![Event::Requested { services }.into()])
}

/// Services asked for before approval are opened by it; those asked for later are decided here.
fn deciding(state: &State, occasion: &Occasion, service: Service) -> Result<(), merchant::Refusal> {
    access::staff(occasion, &[Role::Analyst, Role::Officer])?;
    access::capability(state, Capability::LiveServices, &[Access::Allowed])?;
    match state.services.services.get(&service) {
        Some(Status::Requested) => Ok(()),
        Some(Status::Active | Status::Refused) | None => Err(Refusal::NotRequested.into()),
    }
}
