//! Blobs in a folder, and blobs in memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::domain::Digest;
use crate::ports::{Blob, BlobWriter, Blobs, Scratch};

/// Above this many unsynced blobs one `syncfs` is cheaper than a sync of each.
const ONE_BY_ONE_MAX: usize = 4;

/// Blobs as read-only files `<root>/ab/<sha256>`, written in `<tmp>` first.
#[derive(Debug)]
pub struct BlobFolder {
    root: PathBuf,
    tmp: PathBuf,
    next: AtomicU64,
    unsynced: Arc<Mutex<Vec<PathBuf>>>,
}

impl BlobFolder {
    /// Opens the folder, making it where it is missing. `tmp` must be on the same file system.
    pub fn open(root: &Path, tmp: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        fs::create_dir_all(tmp)?;
        Ok(Self {
            root: root.to_owned(),
            tmp: tmp.to_owned(),
            next: AtomicU64::new(0),
            unsynced: Arc::default(),
        })
    }
}

impl Blobs for BlobFolder {
    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.tmp.join(format!("blob-{}-{number}", process::id()));
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o400)
            .open(&path)?;
        Ok(Box::new(FolderWriter {
            file,
            path,
            root: self.root.clone(),
            hash: Sha256::new(),
            kept: false,
            unsynced: Arc::clone(&self.unsynced),
        }))
    }

    fn open(&self, digest: Digest) -> io::Result<Box<dyn Blob>> {
        let file = File::open(place(&self.root, digest))?;
        let len = file.metadata()?.len();
        Ok(Box::new(FileBlob { file, len }))
    }

    fn scratch(&self) -> io::Result<Box<dyn Scratch>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Nameless::new(&self.tmp.join(format!("scratch-{}-{number}", process::id())))?))
    }

    fn sync(&self) -> io::Result<()> {
        let paths = std::mem::take(&mut *lock(&self.unsynced));
        if paths.len() > ONE_BY_ONE_MAX {
            return Ok(rustix::fs::syncfs(File::open(&self.root)?)?);
        }
        for path in &paths {
            File::open(path)?.sync_all()?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        if paths.is_empty() { Ok(()) } else { File::open(&self.root)?.sync_all() }
    }
}

fn place(root: &Path, digest: Digest) -> PathBuf {
    let name = digest.to_string();
    let shard: String = name.chars().take(2).collect();
    root.join(shard).join(name)
}

/// A blob on its way; one that is not kept leaves nothing behind.
struct FolderWriter {
    file: File,
    path: PathBuf,
    root: PathBuf,
    hash: Sha256,
    kept: bool,
    unsynced: Arc<Mutex<Vec<PathBuf>>>,
}

impl Drop for FolderWriter {
    fn drop(&mut self) {
        if !self.kept {
            // What stays is swept when it is a day old.
            fs::remove_file(&self.path).ok();
        }
    }
}

impl Write for FolderWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl BlobWriter for FolderWriter {
    fn keep(mut self: Box<Self>) -> io::Result<Digest> {
        let bytes: [u8; 32] = std::mem::take(&mut self.hash).finalize().into();
        let digest = Digest::from_bytes(bytes);
        let target = place(&self.root, digest);
        // A crash may have left a file of this name before its bytes were synced, so an old one is
        // replaced: the bytes are equal or it was broken.
        if let Some(folder) = target.parent().filter(|folder| !folder.exists()) {
            fs::create_dir_all(folder)?;
        }
        fs::rename(&self.path, &target)?;
        self.kept = true;
        lock(&self.unsynced).push(target);
        Ok(digest)
    }
}

#[derive(Debug)]
struct FileBlob {
    file: File,
    len: u64,
}

impl Blob for FileBlob {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// A file that lost its name as soon as it was made: nothing of it stays, however it ends.
#[derive(Debug)]
pub struct Nameless {
    file: File,
    len: u64,
}

impl Nameless {
    /// Makes an empty one on the disk of `path`, which must be free for a moment.
    pub fn new(path: &Path) -> io::Result<Self> {
        let mut open = fs::OpenOptions::new();
        let file = open.read(true).write(true).create_new(true).mode(0o600).open(path)?;
        fs::remove_file(path)?;
        Ok(Self { file, len: 0 })
    }
}

impl Write for Nameless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.len += u64::try_from(count).map_err(io::Error::other)?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Blob for Nameless {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

impl Scratch for Nameless {}

/// Blobs that live as long as the process, for tests.
#[derive(Debug, Default, Clone)]
pub struct MemoryBlobs {
    kept: Arc<Mutex<BTreeMap<Digest, Arc<[u8]>>>>,
}

impl Blobs for MemoryBlobs {
    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(MemoryWriter { bytes: Vec::new(), kept: Arc::clone(&self.kept) }))
    }

    fn open(&self, digest: Digest) -> io::Result<Box<dyn Blob>> {
        let bytes = lock(&self.kept).get(&digest).cloned();
        bytes
            .map(|bytes| -> Box<dyn Blob> { Box::new(MemoryBlob(bytes)) })
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn scratch(&self) -> io::Result<Box<dyn Scratch>> {
        Ok(Box::<MemoryScratch>::default())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

struct MemoryWriter {
    bytes: Vec<u8>,
    kept: Arc<Mutex<BTreeMap<Digest, Arc<[u8]>>>>,
}

impl Write for MemoryWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BlobWriter for MemoryWriter {
    fn keep(self: Box<Self>) -> io::Result<Digest> {
        let digest = Digest::of(&self.bytes);
        lock(&self.kept).insert(digest, self.bytes.into());
        Ok(digest)
    }
}

/// Bytes in memory that are read like those of a file.
#[derive(Debug)]
pub struct MemoryBlob(Arc<[u8]>);

impl From<Vec<u8>> for MemoryBlob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl Blob for MemoryBlob {
    fn len(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        read_from(&self.0, offset, buffer)
    }
}

/// Scratch that never touches a disk.
#[derive(Debug, Default)]
struct MemoryScratch(Vec<u8>);

impl Write for MemoryScratch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Blob for MemoryScratch {
    fn len(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        read_from(&self.0, offset, buffer)
    }
}

impl Scratch for MemoryScratch {}

fn read_from(bytes: &[u8], offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let start = usize::try_from(offset).map_err(io::Error::other)?;
    let bytes = start
        .checked_add(buffer.len())
        .and_then(|end| bytes.get(start..end))
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    buffer.copy_from_slice(bytes);
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
