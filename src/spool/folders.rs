//! The folders of the inbox and of the engine behind it.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::domain::Timestamp;

/// The inbox with the engine's own folders on the same file system.
#[derive(Debug, Clone)]
pub struct Folders {
    /// `inbox/`.
    pub inbox: PathBuf,
    /// `inbox/.engine/claim/`.
    pub(super) claim: PathBuf,
    pub(super) engine: PathBuf,
}

/// The spool cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A submitter's folder is on another file system than the engine's folders.
    #[error("{} is on another file system than the inbox (E_CLAIM)", .0.display())]
    OtherFileSystem(PathBuf),
    /// The inbox is not the one the state belongs to, or is away: the mark in it, and the state's.
    #[error(
        "the inbox is away: {} is not what {} says; mount the share, or remove the second to \
         begin with another inbox",
        .0.display(), .1.display()
    )]
    Away(PathBuf, PathBuf),
    /// The file system failed.
    #[error("cannot use {}", path.display())]
    Io {
        /// What was to be used.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The store failed; the program must stop.
    #[error(transparent)]
    Store(#[from] crate::ports::StoreError),
}

/// Where a claimed file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastPlace {
    Accepted,
    Rejected,
    Held,
    Quarantine,
}

impl LastPlace {
    pub(super) const ALL: [Self; 4] =
        [Self::Accepted, Self::Rejected, Self::Held, Self::Quarantine];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Held => "held",
            Self::Quarantine => "quarantine",
        }
    }
}

impl Folders {
    /// Makes what is missing and refuses folders that a file cannot be renamed out of.
    pub fn open(inbox: &Path) -> Result<Self, SpoolError> {
        let engine = inbox.join(".engine");
        let claim = engine.join("claim");
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SpoolError::Io { path, source }
        };
        fs::create_dir_all(inbox).map_err(failed(inbox))?;
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(&claim).map_err(failed(&claim))?;
        for place in ["accepted", "rejected", "held", "quarantine"] {
            builder.create(engine.join(place)).map_err(failed(&engine))?;
        }
        let folders = Self { inbox: inbox.to_owned(), claim, engine };
        let home = fs::metadata(&folders.claim).map_err(failed(&folders.claim))?.dev();
        for (_, _, path) in folders.submitters().map_err(failed(inbox))? {
            if fs::metadata(&path).map_err(failed(&path))?.dev() != home {
                return Err(SpoolError::OtherFileSystem(path));
            }
        }
        Ok(folders)
    }

    /// The folders of an inbox's claimed files that are worked on; none where there are none yet.
    pub(super) fn claims_in(inbox: &Path) -> io::Result<Vec<PathBuf>> {
        below(vec![inbox.join(".engine").join("claim")])
    }

    /// The folders of what was put into quarantine, by their days.
    pub(super) fn quarantined_in(inbox: &Path) -> io::Result<Vec<PathBuf>> {
        let place = inbox.join(".engine").join(LastPlace::Quarantine.name());
        // Year, month, day, and in each day the claims.
        (0..4).try_fold(vec![place], |folders, _| below(folders))
    }

    /// Every submitter's folder: channel, submitter, path. Always exactly two levels down.
    pub(super) fn submitters(&self) -> io::Result<Vec<(String, String, PathBuf)>> {
        let mut found = Vec::new();
        for (channel, path) in folders_in(&self.inbox)? {
            // A channel's folder may vanish while we look; the next scan sees what is left.
            for (submitter, path) in folders_in(&path).unwrap_or_default() {
                found.push((channel.clone(), submitter, path));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The folder a claimed file is kept in while it is worked on.
    pub(super) fn claim_folder(&self, intake: &str) -> PathBuf {
        self.claim.join(intake)
    }

    /// The folder a claimed file ends in: `<place>/<yyyy>/<mm>/<dd>/<intake>`.
    pub(super) fn last_place(&self, place: LastPlace, day: Timestamp, intake: &str) -> PathBuf {
        let date = day.date();
        self.engine
            .join(place.name())
            .join(format!("{:04}", date.year()))
            .join(format!("{:02}", date.month()))
            .join(format!("{:02}", date.day()))
            .join(intake)
    }
}

fn folders_in(path: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with('.') && entry.file_type()?.is_dir() {
            found.push((name, entry.path()));
        }
    }
    Ok(found)
}

/// Above this many folders or files one `syncfs` is cheaper than a sync of each.
const ONE_BY_ONE_MAX: usize = 4;

/// Makes files and folders of one file system durable together.
pub(super) fn sync_all(paths: &[PathBuf]) -> io::Result<()> {
    match paths {
        [first, ..] if paths.len() > ONE_BY_ONE_MAX => Ok(rustix::fs::syncfs(File::open(first)?)?),
        _ => paths.iter().try_for_each(|path| sync_folder(path)),
    }
}

/// Makes the entries of a folder, or the bytes of a file, durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Everything directly in folders, in order; those that are not there hold nothing.
fn below(folders: Vec<PathBuf>) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in folders {
        match fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries {
                    found.push(entry?.path());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {}
            Err(error) => return Err(error),
        }
    }
    found.sort();
    Ok(found)
}
