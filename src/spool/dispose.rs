//! Where a claimed file goes when its verdict is known. Failing here never makes it work twice.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

use crate::domain::Timestamp;
use crate::ports::{FileRecord, FileVerdict, Probe, Step};

use super::folders::{Folders, LastPlace, sync_folder};

/// Moves the claim folder of a judged file to its last place. Done twice, it is done once.
pub(super) fn dispose(folders: &Folders, probe: &dyn Probe, file: &FileRecord) -> io::Result<()> {
    let place = match file.verdict {
        FileVerdict::Accepted | FileVerdict::Opening | FileVerdict::Received => LastPlace::Accepted,
        FileVerdict::Rejected => LastPlace::Rejected,
        FileVerdict::Held { .. } => LastPlace::Held,
    };
    let result = json!({
        "receipt_no": file.receipt.to_string(),
        "verdict": file.verdict.name(),
        "file": file.name,
        "sha256": file.digest.to_string(),
        "accepted": file.accepted,
        "rejected": file.rejected,
    });
    let claim = folders.claim_folder(&file.intake);
    if !claim.exists() {
        return Ok(());
    }
    move_away(folders, probe, &file.intake, (place, file.received_at), &result)
}

/// Moves a claim folder that never gets a receipt number into quarantine.
pub(super) fn quarantine(
    folders: &Folders,
    probe: &dyn Probe,
    intake: &str,
    now: Timestamp,
    code: &str,
) -> io::Result<()> {
    let result = json!({ "verdict": "quarantined", "code": code });
    move_away(folders, probe, intake, (LastPlace::Quarantine, now), &result)
}

fn move_away(
    folders: &Folders,
    probe: &dyn Probe,
    intake: &str,
    (place, day): (LastPlace, Timestamp),
    result: &serde_json::Value,
) -> io::Result<()> {
    let claim = folders.claim_folder(intake);
    let target = folders.last_place(place, day, intake);
    let mut file = File::create(claim.join("result.json"))?;
    file.write_all(&serde_json::to_vec_pretty(result)?)?;
    file.sync_all()?;
    sync_folder(&claim)?;
    probe.reached(Step::DisposeDescribed);
    if let Some(parent) = target.parent() {
        make_and_sync(parent, &folders.inbox)?;
    }
    match renameat_with(CWD, &claim, CWD, &target, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => fs::rename(&claim, &target)?,
        Err(error) => return Err(error.into()),
    }
    probe.reached(Step::DisposeRenamed);
    if let Some(parent) = target.parent() {
        sync_folder(parent)?;
    }
    sync_folder(&folders.claim)
}

fn make_and_sync(folder: &Path, root: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    folder.ancestors().skip(1).take_while(|above| *above != root).try_for_each(sync_folder)
}
