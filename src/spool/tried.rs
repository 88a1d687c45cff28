//! What a file system does, tried out with files of our own that go again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{CWD, RenameFlags, Timespec, Timestamps, futimens, renameat_with};

use super::Watch;
use super::lease::{self, Lease};

/// How long the kernel may take to tell of a file.
const NEWS: Duration = Duration::from_secs(2);

/// Something intake would like a file system to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Tells whether anybody still writes to a file.
    Leases,
    /// Renames without replacing.
    NoReplace,
    /// Gives a file a second name.
    HardLinks,
    /// Tells of what this machine changes.
    Events,
    /// Tells large letters of names from small ones.
    Case,
    /// Keeps times finer than a second.
    FineTimes,
    /// Keeps who may do what with a file.
    Modes,
    /// Keeps whose a file is. Tried as root, where that may give a file away.
    Owners,
}

/// What was found out about a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What it does and what not; what could not be tried is not in it.
    pub does: BTreeMap<Feature, bool>,
    /// By how many seconds the time it gives to what is written is off this machine's clock, early
    /// or late.
    pub clock_off_s: u64,
}

/// Who is given a file for a moment: nobody, on any Linux.
const NOBODY: u32 = 65_534;

/// Tries everything out in `folder`, which must be there and be ours, and leaves nothing there.
///
/// Errs where not even a plain file can be made, written, renamed and removed.
pub fn try_out(folder: &Path) -> io::Result<Tried> {
    let [one, two, large] = ["probe-a", "probe-b", "PROBE-A"].map(|name| folder.join(name));
    let clean = || [&one, &two, &large].map(|path| fs::remove_file(path).ok());
    clean();
    let mut watch = Watch::new();
    watch.follow(&[folder.to_owned()].into());
    let tried = try_each(&one, &two, &large, &watch);
    clean();
    tried
}

fn try_each(one: &Path, two: &Path, large: &Path, watch: &Watch) -> io::Result<Tried> {
    let mut does = BTreeMap::new();
    let mut writer = File::create(one)?;
    writer.write_all(b"probe\n")?;
    let clock_off_s = off_the_clock(&fs::metadata(one)?)?;
    does.insert(Feature::Events, watch.heard_within(NEWS));
    // Its writer must be seen, and must not be seen once it is gone.
    let seen = lease::probe(&File::open(one)?) == Lease::Writer;
    let fine = Timespec { tv_sec: 1_700_000_000, tv_nsec: 123_456_700 };
    futimens(&writer, &Timestamps { last_access: fine, last_modification: fine })?;
    does.insert(Feature::FineTimes, fs::metadata(one)?.mtime_nsec() == fine.tv_nsec);
    does.insert(Feature::Modes, keeps_modes(one)?);
    if let Some(keeps) = keeps_owners(one)? {
        does.insert(Feature::Owners, keeps);
    }
    drop(writer);
    let gone = lease::probe(&File::open(one)?) == Lease::Granted;
    does.insert(Feature::Leases, seen && gone);
    does.insert(Feature::Case, fs::symlink_metadata(large).is_err());
    does.insert(Feature::HardLinks, fs::hard_link(one, two).is_ok());
    fs::write(two, b"other\n")?;
    let kept = renameat_with(CWD, one, CWD, two, RenameFlags::NOREPLACE);
    fs::remove_file(two)?;
    let moved = renameat_with(CWD, one, CWD, two, RenameFlags::NOREPLACE);
    does.insert(Feature::NoReplace, kept == Err(rustix::io::Errno::EXIST) && moved.is_ok());
    if moved.is_err() {
        fs::rename(one, two)?;
    }
    Ok(Tried { does, clock_off_s })
}

/// The seconds between a file's last writing, which is now, and this machine's clock.
fn off_the_clock(written: &fs::Metadata) -> io::Result<u64> {
    let off = written.modified()?.elapsed().unwrap_or_else(|ahead| ahead.duration());
    Ok(off.as_secs())
}

/// Of two, one may be what the mount gives to every file.
fn keeps_modes(file: &Path) -> io::Result<bool> {
    for mode in [0o640, 0o600] {
        let set = fs::set_permissions(file, fs::Permissions::from_mode(mode));
        if set.is_err() || fs::metadata(file)?.mode() & 0o777 != mode {
            return Ok(false);
        }
    }
    Ok(true)
}

/// None where files may not be given away: it is not known then whose they are on the server.
fn keeps_owners(file: &Path) -> io::Result<Option<bool>> {
    let before = fs::metadata(file)?.uid();
    if chown(file, Some(NOBODY), None).is_err() {
        return Ok(None);
    }
    let keeps = fs::metadata(file)?.uid() == NOBODY;
    chown(file, Some(before), None)?;
    Ok(Some(keeps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_disk_does_all_of_it_and_nothing_is_left_there() {
        let folder = tempfile::tempdir().unwrap();
        let Tried { does, clock_off_s } = try_out(folder.path()).unwrap();
        let all = does.iter().filter(|(_, works)| **works).count();
        let tried = if rustix::process::geteuid().is_root() { 8 } else { 7 };
        assert_eq!((all, does.len()), (tried, tried), "{does:?}");
        assert!(clock_off_s < 60, "{clock_off_s}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn where_nothing_can_be_made_that_is_said() {
        assert!(try_out(Path::new("/proc/self")).is_err());
    }
}
