//! The portal's API (« Espace Client »).

pub mod v1;
