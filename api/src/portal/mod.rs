//! The portal's API (« Espace Client »).

pub mod revisions;
pub mod v1;
