//! Command line, settings, wiring. It holds no business rule.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "commands open the files they are given and read the real clock"
)]

mod calendar;
pub mod cli;
mod cron;
mod explain;
mod inspect;
pub mod root;
pub mod settings;
mod template;
pub mod world;
