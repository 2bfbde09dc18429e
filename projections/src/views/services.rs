//! How the services of a merchant stand.

use domain::Coded;
use domain::merchant::State;
use domain::services::{Service, Status};

domain::codes! {
    pub enum ServiceStatus {
        Unrequested = "unrequested", "not asked for", "non demandé";
        Requested = "requested", "asked for, opened with the account or by us", "demandé, ouvert avec le compte ou par nous";
        Active = "active", "in use", "actif";
        Refused = "refused", "refused", "refusé";
    }
}

/// Every service that there is.
pub fn services(state: &State) -> impl Iterator<Item = (Service, ServiceStatus)> {
    Service::ALL.iter().map(|service| {
        let status = match state.services.services.get(service) {
            None => ServiceStatus::Unrequested,
            Some(Status::Requested) => ServiceStatus::Requested,
            Some(Status::Active) => ServiceStatus::Active,
            Some(Status::Refused) => ServiceStatus::Refused,
        };
        (*service, status)
    })
}
