//! What a file system does, tried out with files of our own that go again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
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
}

/// Tries everything out in `folder`, which must be there and be ours, and leaves nothing there.
///
/// Errs where not even a plain file can be made, written, renamed and removed.
pub fn try_out(folder: &Path) -> io::Result<BTreeMap<Feature, bool>> {
    let [one, two, large] = ["probe-a", "probe-b", "PROBE-A"].map(|name| folder.join(name));
    let clean = || [&one, &two, &large].map(|path| fs::remove_file(path).ok());
    clean();
    let mut watch = Watch::new();
    watch.follow(&[folder.to_owned()].into());
    let tried = try_each(&one, &two, &large, &watch);
    clean();
    tried
}

fn try_each(
    one: &Path,
    two: &Path,
    large: &Path,
    watch: &Watch,
) -> io::Result<BTreeMap<Feature, bool>> {
    let mut does = BTreeMap::new();
    let mut writer = File::create(one)?;
    writer.write_all(b"probe\n")?;
    does.insert(Feature::Events, watch.heard_within(NEWS));
    // Its writer must be seen, and must not be seen once it is gone.
    let seen = lease::probe(&File::open(one)?) == Lease::Writer;
    let fine = Timespec { tv_sec: 1_700_000_000, tv_nsec: 123_456_700 };
    futimens(&writer, &Timestamps { last_access: fine, last_modification: fine })?;
    does.insert(Feature::FineTimes, fs::metadata(one)?.mtime_nsec() == fine.tv_nsec);
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
    Ok(does)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_disk_does_all_of_it_and_nothing_is_left_there() {
        let folder = tempfile::tempdir().unwrap();
        let does = try_out(folder.path()).unwrap();
        let all = does.iter().filter(|(_, works)| **works).count();
        assert_eq!((all, does.len()), (6, 6), "{does:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn where_nothing_can_be_made_that_is_said() {
        assert!(try_out(Path::new("/proc/self")).is_err());
    }
}
