//! Requests on paper: scanned, faxed or handed in over the counter, and keyed in by two people who
//! do not see each other's reading. Read [`Desk::key_in`] first.
//!
//! `form` prints what comes back by FAX, `sheets` brings its pages together, `sidecar` takes in
//! what was keyed in elsewhere, `counter` opens papers of which there is no picture, `days` tells
//! as of when a paper is judged, and `reply` is the sheet that answers.

mod counter;
mod days;
mod form;
mod keying;
mod reply;
mod sheets;
mod sidecar;
mod told;

pub use counter::{CounterError, CounterPaper};
pub use form::{FormCame, FormKnown};
pub use keying::{KeyError, KeyedIn, KeyingSeen};
pub use sheets::{SheetsError, SheetsWaiting};
pub use sidecar::SidecarSeen;

pub(super) use keying::{Keyed, Paper, keying_of};

use super::{Desk, IncidentTold, Rulebook};
