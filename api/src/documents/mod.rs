//! Documents: reading uploads, looking into them, and making the contract.

pub mod apart;
pub mod contract;
pub mod inspect;
mod pdf;
mod picture;
pub mod terms;
pub mod typeset;
pub mod upload;
