//! After a crash: every claim folder is finished, given back, or forgotten.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use tracing::{error, info};

use super::claim::{Origin, PAYLOAD, origin_in};
use super::folders::{Folders, sync_folder};

/// The claims that have to be gone on with.
///
/// A claim folder without a file never claimed anything: it is removed and the file is still in the
/// inbox. One whose file has its inbox name, too, was stopped between link and unlink: the inbox
/// name goes. What lay beside a file and is still there comes after it.
pub(super) fn unfinished(folders: &Folders) -> io::Result<Vec<Origin>> {
    let mut origins = Vec::new();
    for entry in fs::read_dir(&folders.claim)? {
        let folder = entry?.path();
        let payload = match fs::symlink_metadata(folder.join(PAYLOAD)) {
            Ok(payload) => Some(payload),
            // Only what is known not to be there was never claimed.
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                fs::remove_dir_all(&folder)?;
                continue;
            }
            // Reading it tells what is wrong with it.
            Err(_) => None,
        };
        let origin = match origin_in(&folder) {
            Ok(origin) => origin,
            Err(failed) => {
                // One damaged claim must not stop the desk: it stays for a person to look at.
                let folder = folder.display().to_string();
                error!(file = folder, error = %failed, "a claim does not say where it comes from");
                continue;
            }
        };
        let inbox = origin.inbox_path(folders);
        if let (Some(payload), Ok(other)) = (payload, fs::symlink_metadata(&inbox))
            && (other.ino(), other.dev()) == (payload.ino(), payload.dev())
        {
            fs::remove_file(&inbox)?;
            if let Some(parent) = inbox.parent() {
                sync_folder(parent)?;
            }
        }
        if !origin.proofs.is_empty() {
            origin.bring_proofs(&folder, &inbox);
            sync_folder(&folder)?;
        }
        info!(file = %origin.name, "going on with a claimed file");
        origins.push(origin);
    }
    origins.sort_by(|a, b| a.intake.cmp(&b.intake));
    Ok(origins)
}
