//! Notes of readings that were begun: a byte for each, in a file named by the receipt number.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::ReceiptNo;
use crate::ports::Strikes;

/// Notes in a folder.
#[derive(Debug)]
pub struct StrikeFolder(PathBuf);

impl StrikeFolder {
    /// Opens the folder, making it where it is missing.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self(folder.to_owned()))
    }

    fn note(&self, receipt: ReceiptNo) -> PathBuf {
        self.0.join(receipt.to_string())
    }
}

impl Strikes for StrikeFolder {
    /// Nothing is synced: what the kernel was told outlives a killed program.
    fn begin(&self, receipt: ReceiptNo) -> io::Result<u64> {
        let mut note = fs::OpenOptions::new().create(true).append(true).open(self.note(receipt))?;
        let before = note.metadata()?.len();
        note.write_all(b".")?;
        Ok(before)
    }

    fn end(&self, receipt: ReceiptNo) {
        // One that cannot be removed counts a reading that ended well; it takes three to matter.
        fs::remove_file(self.note(receipt)).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_that_did_not_end_is_known_to_the_next_start_and_one_that_did_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let open = || StrikeFolder::open(&folder.path().join("reading")).unwrap();
        let (one, other): (ReceiptNo, ReceiptNo) =
            ("20261201-000001-4".parse().unwrap(), "20261201-000002-2".parse().unwrap());
        assert_eq!(open().begin(one).unwrap(), 0);
        assert_eq!(open().begin(one).unwrap(), 1);
        assert_eq!(open().begin(other).unwrap(), 0);
        open().end(one);
        assert_eq!(open().begin(one).unwrap(), 0);
        assert_eq!(open().begin(other).unwrap(), 1);
    }
}
