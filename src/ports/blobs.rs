//! Bytes kept unchanged under the name of their SHA-256.

use std::{fmt, io};

use crate::domain::Digest;

/// Keeps originals, record files, findings and signatures.
pub trait Blobs: Send + Sync + fmt::Debug {
    /// A writer for new bytes.
    fn create(&self) -> io::Result<Box<dyn BlobWriter>>;

    /// The bytes named `digest`; errs with `NotFound` when they were removed.
    fn open(&self, digest: Digest) -> io::Result<Box<dyn Blob>>;

    /// A nameless file on the same disk, gone when it is closed: for what is too large to hold in
    /// memory and need not outlive a stop.
    fn scratch(&self) -> io::Result<Box<dyn Scratch>>;

    /// Makes everything kept so far durable. Nothing may refer to a kept blob before this.
    fn sync(&self) -> io::Result<()>;
}

/// Bytes being written.
pub trait BlobWriter: io::Write + Send {
    /// Puts the bytes under their name; durable after [`Blobs::sync`].
    fn keep(self: Box<Self>) -> io::Result<Digest>;
}

/// Bytes that are written at their end and read at any place, and gone when nobody holds them.
pub trait Scratch: io::Write + Blob {}

/// Bytes being read.
pub trait Blob: Send + Sync + fmt::Debug {
    /// How many there are.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` from `offset`; errs when there are fewer.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

impl dyn Blob {
    /// All bytes; for small blobs only.
    pub fn read_all(&self) -> io::Result<Vec<u8>> {
        let length = usize::try_from(self.len()).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        self.read_at(0, &mut bytes)?;
        Ok(bytes)
    }
}
