//! How often folders are looked at: a share tells nothing of what others do on it.

use std::path::Path;
use std::time::Duration;

/// Where nothing is heard of changes.
const UNHEARD: Duration = Duration::from_secs(5);
/// Where the kernel tells of them: the look is only for what it forgot.
const HEARD: Duration = Duration::from_secs(30);

/// Where a file system keeps its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// On a disk of this machine.
    Local,
    /// Where others work, too, of whom the kernel tells nothing.
    Shared,
    /// In memory: gone with the power.
    Memory,
    /// Nothing is known of it.
    Unknown,
}

/// File systems by the number `statfs` gives them.
const KINDS: [(i64, &str, Reach); 15] = [
    (0xEF53, "ext4", Reach::Local),
    (0x5846_5342, "xfs", Reach::Local),
    (0x9123_683E, "btrfs", Reach::Local),
    (0x2FC1_2FC1, "zfs", Reach::Local),
    (0x794C_7630, "overlay", Reach::Local),
    (0x0102_1994, "tmpfs", Reach::Memory),
    (0x6969, "NFS", Reach::Shared),
    (0xFF53_4D42, "CIFS", Reach::Shared),
    (0x517B, "SMB 1", Reach::Shared),
    (0xFE53_4D42, "SMB 2/3", Reach::Shared),
    (0x6573_5546, "FUSE", Reach::Shared),
    (0x0102_1997, "9p", Reach::Shared),
    (0x00C3_6400, "Ceph", Reach::Shared),
    (0x5346_414F, "AFS", Reach::Shared),
    (0x7375_7245, "Coda", Reach::Shared),
];

/// The name of the file system a folder is on, and its reach. One that cannot be asked is one that
/// may be a share; one that is not in the table is told by its number.
pub fn file_system(folder: &Path) -> (String, Reach) {
    let kind = rustix::fs::statfs(folder).map(|disk| disk.f_type).ok();
    let Some(kind) = kind else { return (String::new(), Reach::Shared) };
    // Some machines number them with a sign.
    let kind = kind & 0xFFFF_FFFF;
    let known = KINDS.iter().find(|(number, ..)| *number == kind);
    known.map_or_else(
        || (format!("{kind:#x}"), Reach::Unknown),
        |(_, name, reach)| ((*name).to_owned(), *reach),
    )
}

/// How long to wait for news from a folder before it is looked at all the same. One that cannot
/// be asked is one that may be a share.
pub(super) fn interval(folder: &Path, hears: bool) -> Duration {
    let kind = rustix::fs::statfs(folder).map(|disk| disk.f_type).ok();
    interval_of(kind, hears)
}

fn interval_of(kind: Option<i64>, hears: bool) -> Duration {
    let shared = kind.is_none_or(|kind| {
        let number = kind & 0xFFFF_FFFF;
        KINDS.iter().any(|(known, _, reach)| *known == number && *reach == Reach::Shared)
    });
    if shared || !hears { UNHEARD } else { HEARD }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_looked_at_every_five_seconds_and_disks_that_tell_every_thirty() {
        let (ext4, nfs, smb) = (Some(0xEF53), Some(0x6969), Some(0xFE53_4D42));
        assert_eq!(interval_of(ext4, true), HEARD);
        assert_eq!(interval_of(ext4, false), UNHEARD, "no watch is to be had");
        assert_eq!([nfs, smb, None].map(|kind| interval_of(kind, true)), [UNHEARD; 3]);
        // The same number as a machine with 32 bits and a sign tells it.
        assert_eq!(interval_of(Some(i64::from(0xFE53_4D42_u32.cast_signed())), true), UNHEARD);
        let here = tempfile::tempdir().unwrap();
        assert_eq!(interval(here.path(), true), HEARD);
        assert_eq!(interval(Path::new("/nowhere"), true), UNHEARD);
    }
}
