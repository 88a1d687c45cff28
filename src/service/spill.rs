//! Answers as long as a bulk file: written piece by piece, never whole in memory.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use crate::domain::Digest;
use crate::formats;
use crate::ports::{Blobs, Body, Scratch};

/// What is held in memory; most answers are shorter and never touch the disk twice.
const MEMORY_MAX: usize = 1 << 20;

/// Takes the bytes of an answer; what is more than a mebibyte goes to the disk.
pub(super) struct Spill<'b> {
    blobs: &'b dyn Blobs,
    /// What is not on disk yet.
    memory: Vec<u8>,
    scratch: Option<Box<dyn Scratch>>,
    hash: Sha256,
}

impl<'b> Spill<'b> {
    pub(super) fn new(blobs: &'b dyn Blobs) -> Self {
        Self { blobs, memory: Vec::new(), scratch: None, hash: Sha256::new() }
    }

    /// What was written.
    pub(super) fn body(mut self) -> io::Result<Body> {
        if self.scratch.is_some() {
            self.spill()?;
        }
        let digest = Digest::from_bytes(self.hash.finalize().into());
        Ok(match self.scratch {
            None => Body::Bytes(self.memory),
            Some(scratch) => Body::Scratch { bytes: scratch.into(), digest },
        })
    }

    /// Moves what is in memory to the disk.
    fn spill(&mut self) -> io::Result<()> {
        let scratch = match &mut self.scratch {
            Some(scratch) => scratch,
            none => none.insert(self.blobs.scratch()?),
        };
        scratch.write_all(&self.memory)?;
        self.hash.update(&self.memory);
        self.memory.clear();
        Ok(())
    }
}

impl Write for Spill<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.memory.extend_from_slice(bytes);
        if self.memory.len() > MEMORY_MAX {
            self.spill()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Scratch as the readers and writers of files ask for it.
struct Spare(Box<dyn Scratch>);

impl Write for Spare {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl formats::Scratch for Spare {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, buffer)
    }
}

/// Room for the keys of a bulk file.
pub(super) fn spare(blobs: &dyn Blobs) -> io::Result<Box<dyn formats::Scratch>> {
    Ok(Box::new(Spare(blobs.scratch()?)))
}
