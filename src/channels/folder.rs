//! The outbox folder.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::domain::Digest;
use crate::ports::{Blob, Fate, Outbox, Parcel, Staged};

/// Above this many files one `syncfs` is cheaper than a sync of each.
const ONE_BY_ONE_MAX: usize = 4;

/// Puts parcels into folders below `outbox/`.
#[derive(Debug)]
pub struct FolderOutbox {
    root: PathBuf,
}

impl FolderOutbox {
    /// An outbox below `root`, which is made where it is missing. Mail is for nobody else's eyes.
    pub fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        private_folder(&root.join("mail"))?;
        Ok(Self { root: root.to_owned() })
    }

    fn place(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Where a parcel lies until it is published: beside its place, under a name that tells it.
    fn stage_place(&self, path: &str) -> PathBuf {
        let place = self.place(path);
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        place.with_file_name(format!(".{name}.part"))
    }

    fn write(&self, parcel: &Parcel) -> io::Result<()> {
        let place = self.stage_place(&parcel.path);
        if let Some(folder) = place.parent()
            && !folder.exists()
        {
            self.make_folder(folder)?;
        }
        let mode = if parcel.path.starts_with("mail/") { 0o600 } else { 0o640 };
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .custom_flags(libc::O_NOFOLLOW)
            .open(place)?;
        parcel.body.write_to(&mut file)
    }

    /// Makes a folder below the root. The root itself must be there: when it is missing, a share
    /// is not mounted, and writing beside it would hide the answers.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if !self.root.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the outbox folder is missing"));
        }
        fs::create_dir_all(folder)?;
        for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.root)) {
            File::open(above)?.sync_all()?;
        }
        Ok(())
    }

    fn sync(&self, paths: &[PathBuf]) -> io::Result<()> {
        if paths.len() > ONE_BY_ONE_MAX {
            return Ok(rustix::fs::syncfs(File::open(&self.root)?)?);
        }
        paths.iter().try_for_each(|path| File::open(path)?.sync_all())
    }

    /// Gives a staged parcel its name, without replacing anything.
    fn rename(&self, staged: &Staged) -> Result<PathBuf, Fate> {
        let (from, to) = (self.stage_place(&staged.path), self.place(&staged.path));
        match renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(to),
            Err(error) if error == rustix::io::Errno::EXIST => {
                if self.find(&staged.path) == Some(staged.digest) {
                    fs::remove_file(&from).ok();
                    return Ok(to);
                }
                Err(Fate::Never(format!("{} has other content", staged.path)))
            }
            // Renamed before, and it was not known whether that was durable.
            Err(rustix::io::Errno::NOENT) if self.find(&staged.path) == Some(staged.digest) => {
                Ok(to)
            }
            Err(error) => Err(Fate::Later(format!("{}: {error}", staged.path))),
        }
    }
}

impl Outbox for FolderOutbox {
    fn stage(&self, parcels: &[Parcel]) -> Vec<Result<Staged, Fate>> {
        let written: Vec<Result<Staged, Fate>> = parcels
            .iter()
            .map(|parcel| match self.write(parcel) {
                Ok(()) => Ok(Staged { path: parcel.path.clone(), digest: parcel.body.digest() }),
                Err(error) => Err(Fate::Later(format!("{}: {error}", parcel.path))),
            })
            .collect();
        let paths: Vec<PathBuf> =
            written.iter().flatten().map(|staged| self.stage_place(&staged.path)).collect();
        match self.sync(&paths) {
            Ok(()) => written,
            // A failed sync tells nothing about which file it was.
            Err(error) => {
                written.into_iter().map(|_| Err(Fate::Later(error.to_string()))).collect()
            }
        }
    }

    fn publish(&self, staged: &[Staged]) -> Vec<Fate> {
        let renamed: Vec<Result<PathBuf, Fate>> =
            staged.iter().map(|staged| self.rename(staged)).collect();
        let folders: BTreeSet<PathBuf> =
            renamed.iter().flatten().filter_map(|path| path.parent().map(Path::to_owned)).collect();
        let folders: Vec<PathBuf> = folders.into_iter().collect();
        let synced = self.sync(&folders);
        renamed
            .into_iter()
            .map(|renamed| match (renamed, &synced) {
                (Ok(_), Ok(())) => Fate::Delivered,
                (Ok(_), Err(error)) => Fate::Later(error.to_string()),
                (Err(fate), _) => fate,
            })
            .collect()
    }

    fn find(&self, path: &str) -> Option<Digest> {
        digest_at(&self.place(path)).ok()
    }

    fn list(&self, folder: &str, prefix: &str) -> Vec<String> {
        let entries = fs::read_dir(self.place(folder)).into_iter().flatten().flatten();
        let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let names = files.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort_unstable();
        names
    }

    fn open(&self, path: &str) -> Option<Box<dyn Blob>> {
        // Without waiting: a pipe that somebody put there has no end.
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let opened = fs::OpenOptions::new().read(true).custom_flags(flags).open(self.place(path));
        let file = opened.ok()?;
        let is = file.metadata().ok().filter(fs::Metadata::is_file)?;
        Some(Box::new(Visible { file, len: is.len() }))
    }

    fn read(&self, staged: &Staged) -> Option<Vec<u8>> {
        let places = [self.stage_place(&staged.path), self.place(&staged.path)];
        let mut all = places.iter().filter_map(|place| fs::read(place).ok());
        all.find(|bytes| Digest::of(bytes) == staged.digest)
    }

    fn find_staged(&self, path: &str) -> Option<Staged> {
        let digest = digest_at(&self.stage_place(path)).ok()?;
        Some(Staged { path: path.to_owned(), digest })
    }
}

/// A file people see, as long as it was when it was opened.
#[derive(Debug)]
struct Visible {
    file: File,
    len: u64,
}

impl Blob for Visible {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// The digest of a file, read piece by piece.
fn digest_at(path: &Path) -> io::Result<Digest> {
    Digest::of_all(&mut File::open(path)?)
}

fn private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::FolderOutbox;
    use crate::ports::{Fate, Outbox as _, Parcel};

    #[test]
    fn what_is_visible_with_the_same_bytes_is_delivered_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = FolderOutbox::open(folder.path()).unwrap();
        let parcel = |text: &str| Parcel::new("mail/a.eml".into(), Vec::from(text));
        let staged = outbox.stage(&[parcel("one")]).remove(0).unwrap();
        assert_eq!(outbox.find_staged("mail/a.eml").as_ref(), Some(&staged));
        for _ in 0..2 {
            assert_eq!(outbox.publish(std::slice::from_ref(&staged)), [Fate::Delivered]);
        }
        assert_eq!(outbox.find_staged("mail/a.eml"), None);
        let other = outbox.stage(&[parcel("other")]).remove(0).unwrap();
        assert!(matches!(outbox.publish(&[other]).remove(0), Fate::Never(_)));
        assert_eq!(outbox.find("mail/a.eml"), Some(staged.digest));
    }

    #[test]
    fn an_answer_in_a_folder_of_a_group_is_the_groups_to_read_and_nobody_elses() {
        let root = tempfile::tempdir().unwrap();
        let outbox = FolderOutbox::open(root.path()).unwrap();
        let folder = root.path().join("customers/987654321");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o2750)).unwrap();
        let path = "customers/987654321/a_result.csv";
        let parcel = Parcel::new(path.into(), Vec::from("one"));
        let staged = outbox.stage(&[parcel]).remove(0).unwrap();
        assert_eq!(outbox.publish(&[staged]), [Fate::Delivered]);
        let (answer, folder) = (fs::metadata(root.path().join(path)), fs::metadata(folder));
        let (answer, folder) = (answer.unwrap(), folder.unwrap());
        assert_eq!((answer.mode() & 0o777, answer.gid()), (0o640, folder.gid()));
    }
}
