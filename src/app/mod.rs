//! Command line, settings, wiring. It holds no business rule.
#![expect(clippy::disallowed_types, reason = "commands open the files they are given")]

mod calendar;
pub mod cli;
mod explain;
mod inspect;
mod template;
