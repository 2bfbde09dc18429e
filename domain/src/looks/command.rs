//! What may be asked, and the refusals in order.

use super::{Look, Statement, Thing};
use crate::StaffId;

#[derive(Clone, Debug)]
pub enum Command {
    OpenMonth,
    ForgetMonth,
    StatePurpose(Statement),
    Look {
        staff: StaffId,
        thing: Thing,
    },
    /// On the server itself, with the keys.
    Reveal(Look),
}

refusals! {
    pub enum Refusal {
        PurposeNeeded = "purpose_needed", "State first for what purpose you look at this merchant's data.", "Indiquez d'abord à quelle fin vous consultez les données de ce marchand.";
    }
}
