//! Whether a file has come to rest: the strongest evidence that is to be had decides.

use std::borrow::Cow;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use crate::domain::Timestamp;

use super::lease::Lease;
use super::proof::Proof;

/// How long after a close-for-writing a file counts as at rest.
const AFTER_CLOSE: Duration = Duration::from_millis(300);

/// What tells two states of a file apart. Compared with itself only, never with the clock. The
/// default is that of a file of which nothing can be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) inode: u64,
    device: u64,
    pub(super) size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Shape {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            device: metadata.dev(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether this was made when nobody wrote to the other any more. A client may set the time of
    /// the last writing and never that of the last change, so the earlier of both counts.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        self.changed >= other.modified.min(other.changed)
    }

    /// Whether the bytes can only be the same: all but the change time, which a rename touches.
    pub(super) fn same_bytes(&self, other: &Self) -> bool {
        (self.inode, self.device, self.size, self.modified)
            == (other.inode, other.device, other.size, other.modified)
    }
}

/// A hint about one file, from the kernel or its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// It was renamed into the folder: its writer finished it elsewhere.
    RenamedIn,
    /// A writer closed it.
    Closed(Instant),
    /// Its writer put a marker beside it that says so.
    Marked,
}

/// A file seen in a submitter's folder and what is known of its rest.
#[derive(Debug, Clone)]
pub(super) struct Sighting {
    /// Order of first sight: files are taken in the order they appeared.
    pub(super) order: u64,
    pub(super) shape: Shape,
    /// Since when the shape has been the same.
    pub(super) since: Instant,
    /// When the file was first seen.
    pub(super) first_seen: Instant,
    /// What lies beside it, and since when that has been the same.
    pub(super) proofs: (Vec<Proof>, Instant),
    /// Why it still waits, once that was looked at.
    pub(super) reason: Option<Waiting>,
}

/// Why a file waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// Somebody has it open for writing.
    StillOpen,
    /// It changed a moment ago.
    Settling,
    /// Its end is missing.
    Incomplete,
    /// It cannot be moved or read.
    NoPermission,
    /// The folder's submitter is not registered.
    UnknownSubmitter,
    /// Its channel demands a marker beside it.
    Marker,
    /// Its channel demands a manifest or a checksum beside it.
    Manifest,
    /// Its submitter gave in as many files as are taken in an hour; some more from then on.
    HourFull(Timestamp),
    /// Its submitter gave in as many bytes as are taken in a day; some more from then on.
    DayFull(Timestamp),
    /// Its submitter has as many files that are not done with as are taken in.
    TooManyOpen,
    /// The disks are too full.
    NoRoom,
    /// Its disk does not give its bytes.
    Unreadable,
}

impl Waiting {
    /// Whether it is about all files of a folder, and no one's fault.
    pub(super) const fn is_of_folder(self) -> bool {
        matches!(self, Self::HourFull(_) | Self::DayFull(_) | Self::TooManyOpen | Self::NoRoom)
    }

    /// The note's sentence.
    pub(super) fn japanese(self) -> Cow<'static, str> {
        let text = match self {
            Self::StillOpen => {
                "ファイルがまだ開かれています。保存して、アプリケーションを閉じてください。"
            }
            Self::Settling => "ファイルがまだ書き込まれているようです。そのままお待ちください。",
            Self::Incomplete => {
                "ファイルの終わりがありません。コピーが途中で止まっていないかお確かめください。"
            }
            Self::NoPermission => {
                "ファイルを受け取る権限がありません。フォルダの権限を窓口にお確かめください。"
            }
            Self::UnknownSubmitter => "このフォルダは登録されていません。窓口にお確かめください。",
            Self::Marker => {
                "完了の印（ファイル名に .done を付けた空のファイル）を待っています。\
                 ファイルを書き終えた後に置いてください。"
            }
            Self::Manifest => {
                "照合ファイル（ファイル名に .manifest.json か .sha256 を付けたもの）を待っています。"
            }
            Self::HourFull(at) => {
                let (hour, minute) = at.hour_minute();
                return Cow::Owned(format!(
                    "1時間に受け付けるファイルの数を超えました。\
                     {hour}:{minute:02} ごろから順に受け付けます。そのままお待ちください。"
                ));
            }
            Self::DayFull(at) => {
                return Cow::Owned(format!(
                    "24時間に受け付けるファイルの大きさの合計を超えました。\
                     {} ごろから順に受け付けます。そのままお待ちください。",
                    at.japanese()
                ));
            }
            Self::TooManyOpen => {
                "手続きの終わっていないファイルが多すぎます。\
                 終わったものから順に受け付けます。そのままお待ちください。"
            }
            Self::NoRoom => {
                "当方の都合で受付を止めています。再開すれば順に受け付けます。そのままお待ちください。"
            }
            Self::Unreadable => {
                "ディスクの障害のため、ファイルを読めません。もう一度置き直してください。\
                 続くときは、窓口にお知らせください（E_IO）。"
            }
        };
        Cow::Borrowed(text)
    }
}

/// Whether a file is at rest, by the evidence there is.
///
/// A writer seen by the kernel always means no. Otherwise a marker, a rename into the folder, a
/// close that is 300 ms old, or a granted lease is enough; where none of them is to be had, the
/// file must have kept its shape for `quiet` and have its end.
pub(super) fn at_rest(
    sighting: &Sighting,
    hint: Option<Hint>,
    lease: Lease,
    quiet: Duration,
    has_end: impl FnOnce() -> bool,
) -> Result<(), Waiting> {
    match (lease, hint) {
        (Lease::Writer, _) => Err(Waiting::StillOpen),
        (Lease::Granted, _) | (_, Some(Hint::RenamedIn | Hint::Marked)) => Ok(()),
        (Lease::Unknown, Some(Hint::Closed(at))) if at.elapsed() >= AFTER_CLOSE => Ok(()),
        (Lease::Unknown, _) if sighting.since.elapsed() < quiet => Err(Waiting::Settling),
        (Lease::Unknown, _) if has_end() => Ok(()),
        (Lease::Unknown, _) => Err(Waiting::Incomplete),
    }
}
