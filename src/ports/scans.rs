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

/// Knows no pictures: to whoever has none, every file is something else.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoScans;

impl Scans for NoScans {
    fn read(&self, _: &[u8]) -> Result<Scan, ScanFlaw> {
        Err(ScanFlaw::Unknown)
    }

    fn page(&self, _: &[u8], _: u32, _: u32) -> Result<Vec<u8>, ScanFlaw> {
        Err(ScanFlaw::Unknown)
    }
}
