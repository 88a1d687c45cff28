//! Where a claimed file goes when its verdict is known. Failing here never makes it work twice.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

use crate::domain::{Code, ReceiptNo, Timestamp};
use crate::ports::{FileRecord, FileVerdict, Probe, Step};

use super::folders::{Folders, LastPlace, sync_all, sync_folder};

/// Moves the claim folders of judged files to their last places, sharing the syncs; tells which
/// came through. Done twice, it is done once.
pub(super) fn dispose(
    folders: &Folders,
    probe: &dyn Probe,
    files: &[FileRecord],
) -> io::Result<Vec<ReceiptNo>> {
    let leaving: Vec<Leaving> = files.iter().map(|file| Leaving::of(folders, file)).collect();
    move_away(folders, probe, &leaving)?;
    Ok(files.iter().map(|file| file.receipt).collect())
}

/// Moves a claim folder that never gets a receipt number into quarantine.
pub(super) fn quarantine(
    folders: &Folders,
    probe: &dyn Probe,
    intake: &str,
    now: Timestamp,
    code: &str,
) -> io::Result<()> {
    let leaving = Leaving {
        claim: folders.claim_folder(intake),
        target: folders.last_place(LastPlace::Quarantine, now, intake),
        result: json!({ "verdict": "quarantined", "code": code }),
    };
    move_away(folders, probe, &[leaving])
}

/// A claim folder on its way out.
struct Leaving {
    claim: PathBuf,
    target: PathBuf,
    result: serde_json::Value,
}

impl Leaving {
    fn of(folders: &Folders, file: &FileRecord) -> Self {
        let place = match file.verdict {
            FileVerdict::Accepted
            | FileVerdict::Opening
            | FileVerdict::Received
            | FileVerdict::Keying
            | FileVerdict::Joined { .. }
            | FileVerdict::Tried => LastPlace::Accepted,
            FileVerdict::Rejected if is_dangerous(file) => LastPlace::Quarantine,
            FileVerdict::Rejected => LastPlace::Rejected,
            FileVerdict::Held { .. } => LastPlace::Held,
        };
        Self {
            claim: folders.claim_folder(&file.intake),
            target: folders.last_place(place, file.received_at, &file.intake),
            result: json!({
                "receipt_no": file.receipt.to_string(),
                "verdict": file.verdict.name(),
                "file": file.name,
                "sha256": file.digest.to_string(),
                "accepted": file.accepted,
                "rejected": file.rejected,
            }),
        }
    }
}

/// Whether nobody should open what was refused.
fn is_dangerous(file: &FileRecord) -> bool {
    matches!(file.flaw, Some(Code::Poison | Code::Virus))
}

fn move_away(folders: &Folders, probe: &dyn Probe, leaving: &[Leaving]) -> io::Result<()> {
    // What was moved before a crash is where it belongs.
    let leaving: Vec<&Leaving> = leaving.iter().filter(|one| one.claim.exists()).collect();
    let mut written = Vec::new();
    for one in &leaving {
        let path = one.claim.join("result.json");
        File::create(&path)?.write_all(&serde_json::to_vec_pretty(&one.result)?)?;
        written.extend([path, one.claim.clone()]);
    }
    sync_all(&written)?;
    probe.reached(Step::DisposeDescribed);
    let mut parents = BTreeSet::from([folders.claim.clone()]);
    for one in &leaving {
        if let Some(parent) = one.target.parent() {
            make_and_sync(parent, &folders.inbox)?;
            parents.insert(parent.to_owned());
        }
        rename(&one.claim, &one.target)?;
    }
    probe.reached(Step::DisposeRenamed);
    sync_all(&parents.into_iter().collect::<Vec<_>>())
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => fs::rename(from, to),
        Err(error) => Err(error.into()),
    }
}

fn make_and_sync(folder: &Path, root: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    folder.ancestors().skip(1).take_while(|above| *above != root).try_for_each(sync_folder)
}
