//! Tests that need real tools, real kills or real file systems. `tests/all` runs them; plain
//! `cargo test` does not.
#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::format_push_string,
    reason = "the names are ours, and a test need not be fast"
)]

mod browser;
mod clamav;
mod crash;
mod excel;
mod mail;
mod pages;
mod papers;
mod printed;
mod picture;
mod power;
mod readers;
mod requests;
mod results;
mod rig;
mod samba;
mod smtp;
mod scanners;
mod scans;
mod spool;
mod tls;
mod year;

/// Whether the tools of the system tests are there. When they should be, a missing one is a
/// failure, never a skip.
fn asked_for() -> bool {
    std::env::var_os("KESSAI_SYSTEM_TESTS").is_some()
}
