//! The intake catalogue: each case is a test by its number in `docs/intake-catalogue.md`.

mod answers;
mod beside;
mod broken;
mod bulk;
mod claim;
mod corpus;
mod detect;
mod events;
mod full;
mod hostile;
mod limits;
mod names;
mod pairs;
mod poison;
mod rights;
mod standby;

use super::asked_for;
use super::rig::Rig;

/// A customer's folder.
const CUSTOMER: &str = "customers/1AB2CD3EF";
/// Its owner's user number.
const NUMBER: &str = "1AB2CD3EF";
/// Another customer's folder.
const OTHER: &str = "customers/9XY8WV7UT";
/// Somebody who is neither root nor the owner of root's files.
const STRANGER: u32 = 4242;

/// A rig that waits for nothing longer than a test should.
fn quick() -> Rig {
    let rig = Rig::new();
    rig.set(&[("scan_ms", "200"), ("quiet_ms", "300"), ("wait_max_s", "2"), ("note_after_s", "1")]);
    rig
}
