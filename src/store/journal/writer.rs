//! Writing the journal.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::{
    Position,
    frame::{Group, segment_header},
    reader::segment_path,
};

/// A segment is closed when it has grown to this many bytes.
const SEGMENT_MAX: u64 = 64 << 20;
/// Zeros written ahead at a time; the first of a segment is small so that a test root is, too.
const AHEAD_FIRST: u64 = 256 << 10;
const AHEAD: u64 = 8 << 20;

/// Appends frames and makes them durable.
#[derive(Debug)]
pub(in crate::store) struct Writer {
    folder: PathBuf,
    file: File,
    /// Bytes of the segment that exist, zeros included.
    allocated: u64,
    end: Position,
    /// A segment is closed before it grows beyond this.
    pub(super) segment_max: u64,
}

impl Writer {
    /// Goes on writing after `end`; what lies behind it in the segment is overwritten with zeros.
    pub(in crate::store) fn open(folder: &Path, end: Position) -> io::Result<Self> {
        let end = if end.segment == 0 { Position { segment: 1, ..end } } else { end };
        let (file, allocated) = open_segment(folder, end.segment)?;
        let segment_max = SEGMENT_MAX;
        let mut writer = Self { folder: folder.to_owned(), file, allocated, end, segment_max };
        if end.offset == 0 {
            writer.start_segment()?;
        } else if allocated > end.offset {
            writer.file.set_len(end.offset)?;
            writer.allocated = end.offset;
            writer.grow(1)?;
        }
        Ok(writer)
    }

    /// Where the journal ends.
    pub(in crate::store) const fn end(&self) -> Position {
        self.end
    }

    /// Writes one group and syncs it. After an error nothing may be written any more.
    pub(in crate::store) fn append(&mut self, group: Group) -> io::Result<()> {
        let count = group.count();
        let (bytes, hash) = group.seal(&self.end.hash, self.end.sequence);
        let length = u64::try_from(bytes.len()).map_err(io::Error::other)?;
        if self.end.offset + length > self.segment_max {
            self.end =
                Position { segment: self.end.segment + 1, offset: 0, last_frame: 0, ..self.end };
            (self.file, self.allocated) = open_segment(&self.folder, self.end.segment)?;
            self.start_segment()?;
        }
        if self.end.offset + length > self.allocated {
            self.grow(length)?;
        }
        self.file.write_all_at(&bytes, self.end.offset)?;
        self.file.sync_data()?;
        self.end.last_frame = self.end.offset;
        self.end.offset += length;
        self.end.sequence += u64::from(count);
        self.end.hash = hash;
        Ok(())
    }

    fn start_segment(&mut self) -> io::Result<()> {
        self.grow(AHEAD_FIRST)?;
        let header = segment_header(self.end.sequence, &self.end.hash);
        self.file.write_all_at(&header, 0)?;
        self.file.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        self.end.offset = u64::try_from(header.len()).map_err(io::Error::other)?;
        Ok(())
    }

    /// Makes room for at least `length` bytes after the end, as zeros that are really written.
    fn grow(&mut self, length: u64) -> io::Result<()> {
        let step = if self.allocated < AHEAD { AHEAD_FIRST.max(self.allocated) } else { AHEAD };
        let target = (self.end.offset + length).max(self.allocated + step);
        let zeros = vec![0; 64 << 10];
        while self.allocated < target {
            self.file.write_all_at(&zeros, self.allocated)?;
            self.allocated += 64 << 10;
        }
        self.file.sync_all()
    }
}

fn open_segment(folder: &Path, number: u32) -> io::Result<(File, u64)> {
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(segment_path(folder, number))?;
    let allocated = file.metadata()?.len();
    Ok((file, allocated))
}
