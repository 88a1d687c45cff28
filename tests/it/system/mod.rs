//! Tests that need real tools, real kills or real file systems. `tests/all` runs them; plain
//! `cargo test` does not.

mod crash;
mod power;
mod rig;

/// Whether the tools of the system tests are there. When they should be, a missing one is a
/// failure, never a skip.
fn asked_for() -> bool {
    std::env::var_os("KESSAI_SYSTEM_TESTS").is_some()
}
