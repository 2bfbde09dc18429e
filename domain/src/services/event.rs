//! What can have happened to a service.

use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The services wanted; before approval this is the whole list, after it one more to decide.
    Requested {
        services: BTreeSet<Service>,
    },
    Activated {
        service: Service,
    },
    Refused {
        service: Service,
        reason: ServiceRefusal,
    },
}

codes! {
    pub enum Service {
        PaymentLink = "payment_link",
        Api = "api",
        TapToPay = "tap_to_pay",
        Terminal = "terminal",
        OnlineShop = "online_shop",
    }
}

codes! {
    /// Why a service was refused, in words the merchant may read.
    pub enum ServiceRefusal {
        ActivityNotCovered = "activity_not_covered",
        NotAvailable = "not_available",
    }
}
