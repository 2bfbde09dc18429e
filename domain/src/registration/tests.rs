//! given / when / then
