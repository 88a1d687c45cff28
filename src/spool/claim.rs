//! Claiming: from the moment of the rename a file is ours, and its submitter cannot replace it.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::{AtFlags, CWD, RenameFlags, linkat, renameat_with};
use serde::{Deserialize, Serialize};

use crate::ports::{Probe, Step};

use super::folders::{Folders, sync_all};
use super::name;
use super::proof::Proof;
use super::scan::{Candidate, Ending, What};

/// The name of the file inside its claim folder.
pub(super) const PAYLOAD: &str = "payload";
const ORIGIN: &str = "origin.json";

/// Where a claimed file came from: `origin.json` in its folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) intake: String,
    pub(super) channel: String,
    pub(super) submitter: String,
    /// The name, safe to show.
    pub(super) name: String,
    /// The name's bytes as they were.
    name_base64: String,
    pub(super) inode: u64,
    pub(super) device: u64,
    pub(super) owner_uid: u32,
    pub(super) bytes: u64,
    pub(super) kind: Kind,
    /// What lay beside it.
    #[serde(default)]
    pub(super) proofs: Vec<Proof>,
}

/// What was claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A whole file.
    File,
    /// A file whose end is missing.
    Incomplete,
    /// No regular file.
    Foreign,
}

/// A claim that failed; the file is still in the inbox.
#[derive(Debug)]
pub(super) struct Unclaimed {
    pub(super) candidate: Candidate,
    pub(super) error: io::Error,
}

/// Claims files together, sharing the syncs of their folders.
///
/// `home` is the folder of claims, opened while the inbox was known to be there: where a share
/// loses its place meanwhile, what lies beneath is of another file system and is not moved.
pub(super) fn claim(
    (folders, home): (&Folders, &File),
    probe: &dyn Probe,
    candidates: Vec<(String, Candidate)>,
) -> (Vec<Origin>, Vec<Unclaimed>) {
    let mut described = Vec::new();
    let mut failed = Vec::new();
    for (intake, candidate) in candidates {
        match describe(folders, probe, &intake, &candidate) {
            Ok(origin) => described.push((origin, candidate)),
            Err(error) => failed.push(Unclaimed { candidate, error }),
        }
    }
    let mut fresh = vec![folders.claim.clone()];
    for (origin, _) in &described {
        let folder = folders.claim_folder(&origin.intake);
        fresh.extend([folder.join(ORIGIN), folder]);
    }
    if let Err(error) = sync_all(&fresh) {
        let error = error.to_string();
        for (_, candidate) in described {
            failed.push(Unclaimed { candidate, error: io::Error::other(error.clone()) });
        }
        return (Vec::new(), failed);
    }
    let mut claimed = Vec::new();
    for (origin, candidate) in described {
        let folder = folders.claim_folder(&origin.intake);
        let at = Path::new(&origin.intake).join(PAYLOAD);
        match take(&candidate.path, (home, &at), probe)
            .or_else(|error| if origin.won(&folder, &candidate.path) { Ok(()) } else { Err(error) })
        {
            Ok(()) => {
                probe.reached(Step::ClaimRenamed);
                origin.bring_proofs(&folder, &candidate.path);
                claimed.push((origin, folder, candidate));
            }
            Err(error) => {
                origin.give_up(&folder, &candidate.path);
                failed.push(Unclaimed { candidate, error });
            }
        }
    }
    // First the new place, then the old: whatever is lost, the file is in one of them.
    let new: Vec<PathBuf> = claimed.iter().map(|(_, folder, _)| folder.clone()).collect();
    let old: std::collections::BTreeSet<PathBuf> = claimed
        .iter()
        .filter_map(|(_, _, candidate)| candidate.path.parent().map(Path::to_owned))
        .collect();
    let old: Vec<PathBuf> = old.into_iter().collect();
    let synced = sync_all(&new).and_then(|()| sync_all(&old));
    if let Err(error) = synced {
        // The files are in our folder; the next start finds them there.
        tracing::error!(error = %error, "claimed folders could not be synced");
        return (Vec::new(), failed);
    }
    probe.reached(Step::ClaimSynced);
    (claimed.into_iter().map(|(origin, _, _)| origin).collect(), failed)
}

/// Makes the claim folder and writes where the file comes from.
fn describe(
    folders: &Folders,
    probe: &dyn Probe,
    intake: &str,
    candidate: &Candidate,
) -> io::Result<Origin> {
    let metadata = fs::symlink_metadata(&candidate.path)?;
    let raw = candidate.path.file_name().unwrap_or(OsStr::new(""));
    let origin = Origin {
        intake: intake.to_owned(),
        channel: candidate.channel.clone(),
        submitter: candidate.submitter.clone(),
        name: name::shown(raw),
        name_base64: STANDARD.encode(raw.as_bytes()),
        inode: metadata.ino(),
        device: metadata.dev(),
        owner_uid: metadata.uid(),
        bytes: metadata.len(),
        kind: match candidate.what {
            What::File(Ending::Whole) => Kind::File,
            What::File(Ending::Missing) => Kind::Incomplete,
            What::Foreign => Kind::Foreign,
        },
        proofs: candidate.proofs.clone(),
    };
    let folder = folders.claim_folder(intake);
    DirBuilder::new().mode(0o700).create(&folder)?;
    probe.reached(Step::ClaimMade);
    let mut file = File::create(folder.join(ORIGIN))?;
    file.write_all(&serde_json::to_vec(&origin)?)?;
    probe.reached(Step::ClaimDescribed);
    Ok(origin)
}

/// Moves the file into the claim folder, never replacing anything.
fn take(from: &Path, (home, to): (&File, &Path), probe: &dyn Probe) -> io::Result<()> {
    match renameat_with(CWD, from, home, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Some file systems cannot refuse to replace; two steps can.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            link_then_unlink(from, (home, to), probe)
        }
        Err(error) => Err(error.into()),
    }
}

/// The claim where rename cannot refuse to replace.
pub(super) fn link_then_unlink(
    from: &Path,
    (home, to): (&File, &Path),
    probe: &dyn Probe,
) -> io::Result<()> {
    linkat(CWD, from, home, to, AtFlags::empty())?;
    probe.reached(Step::ClaimLinked);
    fs::remove_file(from)
}

/// Reads a claim folder's description.
pub(super) fn origin_in(folder: &Path) -> io::Result<Origin> {
    let bytes = fs::read(folder.join(ORIGIN))?;
    serde_json::from_slice(&bytes).map_err(io::Error::other)
}

impl Origin {
    /// Whether a move that was answered with an error happened all the same: a share's answer can
    /// get lost on its way back.
    pub(super) fn won(&self, folder: &Path, inbox: &Path) -> bool {
        self.is_at(&folder.join(PAYLOAD)) && !self.is_at(inbox)
    }

    /// Takes back a claim that failed. Nothing is removed but what still has its inbox name.
    pub(super) fn give_up(&self, folder: &Path, inbox: &Path) {
        let payload = folder.join(PAYLOAD);
        if payload.symlink_metadata().is_err() || self.is_at(&payload) && self.is_at(inbox) {
            fs::remove_dir_all(folder).ok();
        }
    }

    /// Whether the file is at `path`.
    fn is_at(&self, path: &Path) -> bool {
        fs::symlink_metadata(path)
            .is_ok_and(|found| (found.ino(), found.dev()) == (self.inode, self.device))
    }

    /// Moves what lay beside the file after it. What stays behind is missed when it is read.
    pub(super) fn bring_proofs(&self, folder: &Path, inbox: &Path) {
        for proof in &self.proofs {
            if let Err(error) = proof.bring(inbox, folder) {
                tracing::warn!(error = %error, "what lay beside a file could not be moved");
            }
        }
    }

    /// Where the file lay in the inbox.
    pub(super) fn inbox_path(&self, folders: &Folders) -> PathBuf {
        let raw = STANDARD.decode(&self.name_base64).unwrap_or_default();
        folders.inbox.join(&self.channel).join(&self.submitter).join(OsStr::from_bytes(&raw))
    }
}
