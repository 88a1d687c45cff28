//! The private copy: a rename does not stop a writer, so only a copy is ever read.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::domain::Digest;
use crate::ports::{Blobs, Probe, Step};

use super::lease::{self, Lease};
use super::scan::open;
use super::stable::Shape;

/// What copying found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Copied {
    /// The bytes are kept; durable after the store's blobs are synced.
    Kept {
        /// Their digest.
        digest: Digest,
        /// Their number.
        bytes: u64,
    },
    /// Somebody still writes; look again later.
    StillWritten,
    /// Another name leads to the same file: its writer could change it behind our back.
    Linked,
    /// Not a regular file after all.
    Foreign,
    /// More bytes than are taken in.
    TooLong {
        /// How many there are.
        bytes: u64,
    },
}

/// Copies a claimed file into the store, proving that nobody wrote to it meanwhile.
pub(super) fn copy(
    payload: &Path,
    blobs: &dyn Blobs,
    probe: &dyn Probe,
    bytes_max: u64,
) -> io::Result<Copied> {
    let metadata = fs::symlink_metadata(payload)?;
    if !metadata.is_file() {
        return Ok(Copied::Foreign);
    }
    let mut file = open(payload)?;
    let before = file.metadata()?;
    if before.nlink() > 1 {
        return Ok(Copied::Linked);
    }
    if before.len() > bytes_max {
        return Ok(Copied::TooLong { bytes: before.len() });
    }
    if lease::probe(&file) == Lease::Writer {
        return Ok(Copied::StillWritten);
    }
    let mut writer = blobs.create()?;
    let mut buffer = vec![0; 256 << 10];
    let mut bytes: u64 = 0;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        writer.write_all(&buffer[..count])?;
        if bytes == 0 {
            probe.reached(Step::CopyHalf);
        }
        bytes += u64::try_from(count).map_err(io::Error::other)?;
    }
    let unchanged = Shape::of(&file.metadata()?).same_bytes(&Shape::of(&before));
    if !unchanged || bytes != before.len() || lease::probe(&file) == Lease::Writer {
        return Ok(Copied::StillWritten);
    }
    Ok(Copied::Kept { digest: writer.keep()?, bytes })
}
