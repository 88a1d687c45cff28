//! The private copy: a rename does not stop a writer, so only a copy is ever read.

use std::fs;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use crate::domain::Digest;
use crate::ports::{Blobs, Probe, Step};

use super::lease::{self, Lease};
use super::scan::open;
use super::stable::Shape;

/// How long a single write may pause: far longer than a busy machine keeps a thread waiting.
const ONE_WRITE: Duration = Duration::from_millis(300);

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

/// Why no copy was made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// What was read cannot be kept.
    #[error("it cannot be kept: {0}")]
    Keep(io::Error),
}

impl Failed {
    /// Whether it is the file's own fault: no room for its copy and no handle to open it with are
    /// ours, and it is read once that is over.
    pub(super) fn is_of_the_file(&self) -> bool {
        const OURS: [i32; 4] = [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::EINTR];
        let Self::Read(error) = self else { return false };
        error.raw_os_error().is_none_or(|number| !OURS.contains(&number))
    }
}

/// Copies a claimed file into the store, proving that nobody wrote to it meanwhile.
///
/// Where no lease is to be had the change time proves too little: one long write sets it once, at
/// its beginning, and it is only as fine as the kernel's tick. There the file is read twice, and
/// the second time not before such a write has had its time: two readings in a row may both fall
/// into a pause of the writer.
pub(super) fn copy(
    payload: &Path,
    blobs: &dyn Blobs,
    probe: &dyn Probe,
    bytes_max: u64,
) -> Result<Copied, Failed> {
    use Failed::{Keep, Read};

    let metadata = fs::symlink_metadata(payload).map_err(Read)?;
    if !metadata.is_file() {
        return Ok(Copied::Foreign);
    }
    let mut file = open(payload).map_err(Read)?;
    let before = file.metadata().map_err(Read)?;
    if before.nlink() > 1 {
        return Ok(Copied::Linked);
    }
    if before.len() > bytes_max {
        return Ok(Copied::TooLong { bytes: before.len() });
    }
    let lease = lease::probe(&file);
    if lease == Lease::Writer {
        return Ok(Copied::StillWritten);
    }
    let mut writer = blobs.create().map_err(Keep)?;
    let mut begun = false;
    let read = read_whole(&mut file, |part| {
        writer.write_all(part)?;
        if !std::mem::replace(&mut begun, true) {
            probe.reached(Step::CopyHalf);
        }
        Ok(())
    })?;
    if lease == Lease::Unknown {
        // Files that came together have their time together, so a burst waits once.
        let age = before.modified().map_err(Read)?.elapsed().unwrap_or_default();
        std::thread::sleep(ONE_WRITE.saturating_sub(age));
        file.rewind().map_err(Read)?;
        if read_whole(&mut file, |_| Ok(()))? != read {
            return Ok(Copied::StillWritten);
        }
    }
    let unchanged = Shape::of(&file.metadata().map_err(Read)?).same_bytes(&Shape::of(&before));
    if !unchanged || read.bytes != before.len() || lease::probe(&file) == Lease::Writer {
        return Ok(Copied::StillWritten);
    }
    Ok(Copied::Kept { digest: writer.keep().map_err(Keep)?, bytes: read.bytes })
}

/// What tells two readings of a file apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    bytes: u64,
    sum: u32,
}

/// Reads a file to its end, part by part.
fn read_whole(
    file: &mut fs::File,
    mut part: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<Reading, Failed> {
    let mut buffer = vec![0; 256 << 10];
    let mut reading = Reading { bytes: 0, sum: 0 };
    loop {
        let count = file.read(&mut buffer).map_err(Failed::Read)?;
        if count == 0 {
            return Ok(reading);
        }
        reading.sum = crc32c::crc32c_append(reading.sum, &buffer[..count]);
        reading.bytes +=
            u64::try_from(count).map_err(|error| Failed::Read(io::Error::other(error)))?;
        part(&buffer[..count]).map_err(Failed::Keep)?;
    }
}
