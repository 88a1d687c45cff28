//! File names: data to be shown, never a path of ours.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::service::shown_name;

/// A name safe to show.
pub(super) fn shown(raw: &OsStr) -> String {
    shown_name(&String::from_utf8_lossy(raw.as_bytes()))
}

/// Whether a name belongs to a file that is not, or never will be, meant for us: still being
/// uploaded, an editor's lock, a desktop's own bookkeeping.
pub(super) fn is_ignored(raw: &OsStr) -> bool {
    let name = String::from_utf8_lossy(raw.as_bytes()).to_lowercase();
    let endings = [".part", ".tmp", ".filepart", ".crdownload", ".partial", "~"];
    let exact = ["thumbs.db", "desktop.ini", "@eadir"];
    name.starts_with('.')
        || name.starts_with("~$")
        || endings.iter().any(|ending| name.ends_with(ending))
        || exact.contains(&name.as_str())
}
