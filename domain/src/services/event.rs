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

impl Service {
    pub fn french(self) -> &'static str {
        match self {
            Self::PaymentLink => "Lien de paiement",
            Self::Api => "API de paiement",
            Self::TapToPay => "Tap to Pay",
            Self::Terminal => "Terminal de paiement",
            Self::OnlineShop => "Boutique en ligne",
        }
    }

    pub fn english(self) -> &'static str {
        match self {
            Self::PaymentLink => "Payment link",
            Self::Api => "Payment API",
            Self::TapToPay => "Tap to Pay",
            Self::Terminal => "Payment terminal",
            Self::OnlineShop => "Online shop",
        }
    }
}

codes! {
    /// Why a service was refused, in words the merchant may read.
    pub enum ServiceRefusal {
        ActivityNotCovered = "activity_not_covered",
        NotAvailable = "not_available",
    }
}
