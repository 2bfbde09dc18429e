//! Services, to the merchant.

use crate::views::lists::{Service, ServiceStatus};
use crate::views::services::services;
use domain::merchant::State;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = OfferedService)]
pub struct ServiceView {
    /// Always `service`.
    pub object: &'static str,
    /// Which.
    pub service: Service,
    pub status: ServiceStatus,
}

/// Every service, and how it stands.
pub fn list(state: &State) -> Vec<ServiceView> {
    services(state)
        .map(|(service, status)| ServiceView {
            object: "service",
            service: service.into(),
            status: status.into(),
        })
        .collect()
}
