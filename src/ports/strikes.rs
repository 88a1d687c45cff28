//! How often a file stopped whoever read it: known even after the program was killed.

use std::fmt;
use std::io;

use crate::domain::ReceiptNo;

/// Counts readings that were begun and never ended.
///
/// A note is made before a file is read and goes when it was read: one that is left tells of a
/// program that did not live to say so. It outlives a kill; a power cut may lose it, and then the
/// file is read once more.
pub trait Strikes: Send + Sync + fmt::Debug {
    /// Notes that a file is about to be read; tells how often it was before without an end.
    fn begin(&self, receipt: ReceiptNo) -> io::Result<u64>;

    /// It was read, or will never be again.
    fn end(&self, receipt: ReceiptNo);
}

/// Counts nothing: for programs that no stranger's file can stop.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStrikes;

impl Strikes for NoStrikes {
    fn begin(&self, _: ReceiptNo) -> io::Result<u64> {
        Ok(0)
    }

    fn end(&self, _: ReceiptNo) {}
}
