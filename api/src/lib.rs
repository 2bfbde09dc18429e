//! The outside: JSON, pages, sign-in, messages and timers. No rule lives here.

pub mod app;
pub mod auth;
mod client;
pub mod clock;
pub mod config;
mod connections;
mod console;
pub mod demo;
pub mod dev;
pub mod documents;
mod error;
mod heavy;
mod holders;
mod http;
mod in_flight;
mod internal;
mod limits;
mod messages;
mod metrics;
mod openapi;
mod operations;
mod outbox;
mod pages;
mod payment;
mod portal;
pub mod processes;
mod providers;
mod reconcile;
mod reports;
pub mod router;
pub mod serve;
mod supervision;
pub mod systemd;
mod texts;
pub mod use_cases;
#[cfg(test)]
mod words;
