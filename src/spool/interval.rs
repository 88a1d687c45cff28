//! How often folders are looked at: a share tells nothing of what others do on it.

use std::path::Path;
use std::time::Duration;

/// Where nothing is heard of changes.
const UNHEARD: Duration = Duration::from_secs(5);
/// Where the kernel tells of them: the look is only for what it forgot.
const HEARD: Duration = Duration::from_secs(30);

/// File systems on which others work, as `statfs` numbers them: NFS, CIFS, SMB 1 to 3, FUSE, 9p,
/// Ceph, AFS and Coda.
const SHARED: [i64; 8] =
    [0x6969, 0xFF53_4D42, 0x517B, 0xFE53_4D42, 0x6573_5546, 0x0102_1997, 0x00C3_6400, 0x5346_414F];

/// How long to wait for news from a folder before it is looked at all the same. One that cannot
/// be asked is one that may be a share.
pub(super) fn interval(folder: &Path, hears: bool) -> Duration {
    let kind = rustix::fs::statfs(folder).map(|disk| disk.f_type).ok();
    interval_of(kind, hears)
}

fn interval_of(kind: Option<i64>, hears: bool) -> Duration {
    // Some machines number them with a sign.
    let shared = kind.is_none_or(|kind| SHARED.contains(&(kind & 0xFFFF_FFFF)));
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
