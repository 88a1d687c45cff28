//! 承認作業票: what waits is printed, decided by hand on a day without network or mail, scanned, and
//! read back by two officers. Read [`Desk::print_worklist`] first, then [`Desk::read_on_paper`].
//!
//! The officers carry what somebody stamped; they decide nothing. Whether that person may decide
//! so is asked of the engine, as on the pages.

mod arrive;
mod print;
mod read;
mod settle;
mod shown;
mod told;

pub use print::{PrintError, WorklistAsked};
pub use read::{PaperError, PaperRead, PaperStage};
pub use shown::{SheetSeen, TaskSeen};

use crate::domain::TaskMark;

use super::Desk;

/// What the seal of a printed task is for.
const PURPOSE: &str = "worklist task";

impl Desk {
    fn task_seal(&self, mark: &TaskMark) -> [u8; 32] {
        self.secrets.seal(PURPOSE, mark.message().as_bytes())
    }
}
