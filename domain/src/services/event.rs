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
        PaymentLink = "payment_link", "Payment link", "Lien de paiement";
        Api = "api", "Payment API", "API de paiement";
        TapToPay = "tap_to_pay", "Tap to Pay", "Tap to Pay";
        Terminal = "terminal", "Payment terminal", "Terminal de paiement";
        OnlineShop = "online_shop", "Online shop", "Boutique en ligne";
    }
}

codes! {
    /// Why a service was refused, in words the merchant may read.
    pub enum ServiceRefusal {
        ActivityNotCovered = "activity_not_covered", "your activity is not covered", "votre activité n'est pas couverte";
        NotAvailable = "not_available", "it is not available", "il n'est pas disponible";
    }
}
