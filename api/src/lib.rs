//! The outside: JSON, sign-in, messages and timers. No rule lives here.

pub mod app;
pub mod auth;
pub mod call;
pub mod clock;
pub mod config;
pub mod console;
pub mod demo;
pub mod dev;
pub mod documents;
pub mod error;
pub mod idempotency;
pub mod layers;
pub mod limits;
pub mod openapi;
pub mod operations;
pub mod pages;
pub mod payment;
pub mod portal;
pub mod processes;
pub mod serve;
