//! Documents: reading uploads, looking into them, and making the contract.

pub mod contract;
pub mod inspect;
pub mod pdf;
mod picture;
pub mod terms;
pub mod typeset;
pub mod upload;
