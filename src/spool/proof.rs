//! What lies beside a file: a marker that it is done, or what its bytes can be held against.
//!
//! It is never a file of its own, stays while its file is not there, and goes with it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};

use crate::service::Beside;
use crate::workflow::Complete;

use super::claim::PAYLOAD;
use super::lease::{self, Lease};
use super::scan::open;
use super::stable::Shape;

/// The longest manifest that is read.
const LENGTH_MAX: u64 = 64 << 10;

/// What something beside a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// That it is written to its end.
    Done,
    /// Its SHA-256.
    Sha256,
    /// What it holds.
    Manifest,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Done, Self::Sha256, Self::Manifest];

    /// What its name has after the file's.
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Done => ".done",
            Self::Sha256 => ".sha256",
            Self::Manifest => ".manifest.json",
        }
    }

    /// What a name says, and of which file.
    pub(super) fn of_name(name: &OsStr) -> Option<(Self, OsString)> {
        Self::ALL.into_iter().find_map(|kind| {
            let file = name.as_bytes().strip_suffix(kind.ending().as_bytes())?;
            (!file.is_empty()).then(|| (kind, OsString::from_vec(file.to_vec())))
        })
    }
}

/// Something that lies beside a file, as it was found: it goes with its file into the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) kind: Kind,
    inode: u64,
    device: u64,
    /// Compared with its file's before both are claimed.
    #[serde(skip)]
    shape: Option<Shape>,
}

/// What lies beside the files of a folder, by the files' names.
pub(super) type Proofs = BTreeMap<OsString, Vec<Proof>>;

impl Proof {
    /// What was found; only a regular file says anything.
    pub(super) fn of(kind: Kind, metadata: &fs::Metadata) -> Option<Self> {
        let shape = Some(Shape::of(metadata));
        metadata.is_file().then(|| Self {
            kind,
            inode: metadata.ino(),
            device: metadata.dev(),
            shape,
        })
    }

    /// Whether it says that `file` is done. A marker that is older than the last writing was there
    /// before, perhaps for another file of that name.
    pub(super) fn marks(&self, file: &Shape) -> bool {
        self.kind == Kind::Done && self.shape.is_some_and(|marker| marker.is_after(file))
    }

    /// Whether nobody writes to it any more, as far as can be told.
    pub(super) fn is_whole(&self, file: &Path) -> bool {
        let Ok(proof) = open(&beside(file, self.kind)) else { return false };
        let written = lease::probe(&proof) == Lease::Writer;
        let mut bytes = Vec::new();
        let read = proof.take(LENGTH_MAX).read_to_end(&mut bytes);
        let ends = match self.kind {
            Kind::Done => true,
            Kind::Sha256 => bytes.len() >= 64,
            Kind::Manifest => bytes.trim_ascii_end().ends_with(b"}"),
        };
        !written && read.is_ok() && ends
    }

    /// Moves it into the claim folder, if it is what was found; done twice it is done once.
    pub(super) fn bring(&self, file: &Path, folder: &Path) -> io::Result<()> {
        let (from, to) = (beside(file, self.kind), folder.join(kept(self.kind)));
        let found = fs::symlink_metadata(&from);
        if !found.is_ok_and(|found| (found.ino(), found.dev()) == (self.inode, self.device)) {
            return Ok(());
        }
        match renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE) {
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                fs::hard_link(&from, &to)?;
                fs::remove_file(&from)
            }
            moved => Ok(moved?),
        }
    }
}

/// Whether what a channel demands lies beside a file.
pub(super) fn suffices(complete: Complete, proofs: &[Proof], file: &Shape) -> bool {
    match complete {
        Complete::Any => true,
        Complete::Done => proofs.iter().any(|proof| proof.marks(file)),
        Complete::Manifest => proofs.iter().any(|proof| proof.kind != Kind::Done),
    }
}

/// The place beside a file.
pub(super) fn beside(file: &Path, kind: Kind) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(kind.ending());
    PathBuf::from(name)
}

/// The name in the claim folder.
fn kept(kind: Kind) -> String {
    format!("{PAYLOAD}{}", kind.ending())
}

/// What came with a claimed file. Of what was to come and did not, or is far too long to be what
/// it says, nothing is left to read.
pub(super) fn read(folder: &Path, proofs: &[Proof]) -> io::Result<Beside> {
    let mut all = Beside::default();
    for proof in proofs {
        let slot = match proof.kind {
            Kind::Done => continue,
            Kind::Sha256 => &mut all.sha256,
            Kind::Manifest => &mut all.manifest,
        };
        let bytes = slot.insert(Vec::new());
        let file = match open(&folder.join(kept(proof.kind))) {
            Ok(file) if file.metadata()?.is_file() => file,
            // Something else was put in its place just before it was moved.
            Ok(_) => continue,
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        file.take(LENGTH_MAX).read_to_end(bytes)?;
        if bytes.len() as u64 == LENGTH_MAX {
            bytes.clear();
        }
    }
    Ok(all)
}
