//! What may be asked about services, and the refusals in order.

use super::{Service, ServiceRefusal};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub enum Command {
    Request { services: BTreeSet<Service> },
    Activate { service: Service },
    Refuse { service: Service, reason: ServiceRefusal },
}

refusals! {
    pub enum Refusal {
        NoneRequested = "no_service_requested", "Choose at least one service.", "Choisissez au moins un service.";
        FileSubmitted = "services_locked", "The file is being examined: services can be added once it is approved.", "Le dossier est à l'étude : des services pourront être ajoutés dès sa validation.";
        NotRequested = "service_not_requested", "This service was not asked for.", "Ce service n'a pas été demandé.";
    }
}
