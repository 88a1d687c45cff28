//! Reading pictures that strangers made.

use std::fmt;

use crate::domain::{Scan, ScanFlaw};

/// Reads scans and shows their pages. The bytes are not to be trusted: whatever they are, an
/// answer comes within seconds, and the program goes on.
pub trait Scans: Send + Sync + fmt::Debug {
    /// What is on the pages.
    fn read(&self, bytes: &[u8]) -> Result<Scan, ScanFlaw>;

    /// The page `number`, from 1, as a PNG with square dots, at most `width` dots wide.
    fn page(&self, bytes: &[u8], number: u32, width: u32) -> Result<Vec<u8>, ScanFlaw>;
}
