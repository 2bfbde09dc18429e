//! Documents: looking into uploads, and making the contract.

pub mod apart;
pub mod contract;
pub mod inspect;
mod pdf;
mod picture;
pub mod places;
pub mod rib;
pub mod terms;
pub mod typeset;
