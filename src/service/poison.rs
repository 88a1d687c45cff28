//! Files that stop whoever reads them: put aside, so that the desk and the next file go on.
//!
//! A panic is caught and its file refused at once. What ends the whole program, or never ends
//! itself, is known by the note that was made before: after three of them the file is refused
//! unread. Read [`Desk::guarded`] first.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tracing::{error, warn};

use crate::domain::Code;
use crate::ports::{Entry, FileRecord, FileVerdict, StoreError};
use crate::workflow::MailKind;

use super::Desk;
use super::flaws::flaw_finding;
use super::judge::Judged;

/// How often a file may stop the program before it is not read any more.
const STRIKES: u64 = 3;

impl Desk {
    /// Judges a file by `read`; one that stops its reader is refused.
    pub(super) fn guarded(
        &self,
        file: &FileRecord,
        read: impl FnOnce() -> Result<Option<Judged>, StoreError>,
    ) -> Result<Option<Judged>, StoreError> {
        let unread = matches!(file.verdict, FileVerdict::Received | FileVerdict::Keying);
        if !unread || file.flaw.is_some() {
            return read();
        }
        match self.strikes.begin(file.receipt) {
            Ok(before) if before >= STRIKES => {
                error!(file = %file.receipt, n_rows = before, "a file stops it; put aside");
                return self.poisoned(file).map(Some);
            }
            Ok(_) => {}
            // Not to read at all would be worse than not to count.
            Err(error) => warn!(file = %file.receipt, %error, "a reading could not be noted"),
        }
        self.begin_reading(file.receipt);
        let judged = catch_unwind(AssertUnwindSafe(read));
        self.end_reading();
        match judged {
            Ok(judged) => {
                self.strikes.end(file.receipt);
                judged
            }
            Err(why) if is_panic(why.as_ref()) => {
                error!(file = %file.receipt, "a file stopped its reader; put aside");
                self.poisoned(file).map(Some)
            }
            // Somebody ends the program on purpose.
            Err(why) => resume_unwind(why),
        }
    }

    /// Refuses a file that must not be read again. Its note goes when that is committed.
    fn poisoned(&self, file: &FileRecord) -> Result<Judged, StoreError> {
        let code = Code::Poison;
        let refused = self.refuse(file, &[flaw_finding(code)], MailKind::RejectedFile)?;
        let flawed = Entry::Flawed { receipt: file.receipt, code };
        Ok(Judged { before: vec![flawed], ..refused })
    }
}

/// Whether an unwinding is a panic: those carry their words, and nothing else does.
fn is_panic(why: &(dyn Any + Send)) -> bool {
    why.is::<&str>() || why.is::<String>()
}
