//! Why one file still waits: asked of the very functions the scanner decides by.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::ports::FileRecord;
use crate::service::Desk;

use super::claim::{Kind as Claim, origin_in};
use super::folders::Folders;
use super::interval::file_system;
use super::limits::{Claimed, DAY_MS};
use super::pass::{SpoolSettings, is_counted};
use super::proof::Kind;
use super::scan::{Look, Sightings};
use super::stable::Waiting;
use super::{Watch, name};

/// What is to be said of a file in a submitter's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explained {
    /// There is no such file now.
    NotHere,
    /// A name that is never looked at.
    Ignored,
    /// It lies beside a file and goes with it: that file's name.
    Beside(String),
    /// A folder; nothing in it is looked at.
    Folder,
    /// No regular file: it is put aside unread.
    Foreign,
    /// It was no regular file, and was put aside unread.
    PutAside,
    /// It waits, and this is why.
    Waits(String),
    /// It is taken at the next look.
    Ready,
    /// It was claimed and somebody still writes to it, or it is about to get its number.
    Claimed,
}

/// Why the file `name` of a submitter's folder is where it is. It is looked at as the scanner
/// would, and once more after a rest where it only needs one; nothing is claimed.
pub fn explain(
    desk: &Desk,
    inbox: &Path,
    (channel, submitter, file): (&str, &str, &str),
    settings: &SpoolSettings,
) -> io::Result<Explained> {
    let folder = inbox.join(channel).join(submitter);
    let path = folder.join(file);
    if name::is_ignored(file.as_ref()) {
        return Ok(Explained::Ignored);
    }
    if let Some((_, of)) = Kind::of_name(file.as_ref()) {
        return Ok(Explained::Beside(name::shown(&of)));
    }
    let kind = match fs::symlink_metadata(&path) {
        Ok(found) => Some(found.file_type()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let one = (channel, submitter, file);
            return Ok(if is_in(&Folders::claims_in(inbox)?, one, |_| true) {
                Explained::Claimed
            } else if is_in(&Folders::quarantined_in(inbox)?, one, |kind| kind == Claim::Foreign) {
                Explained::PutAside
            } else {
                Explained::NotHere
            });
        }
        // The look below tells why.
        Err(_) => None,
    };
    if kind.is_some_and(|kind| kind.is_dir()) {
        return Ok(Explained::Folder);
    }
    if kind.is_some_and(|kind| !kind.is_file()) {
        return Ok(Explained::Foreign);
    }
    let rules = desk.rulebook();
    let complete = rules.channels.get(channel).map(|channel| channel.complete);
    let patience = settings.patience(file_system(inbox).1);
    let known = rules.submitter(channel, submitter).is_some();
    let (complete, watch) = (complete.unwrap_or_default(), Watch::new());
    let (folder, watch) = (folder.as_path(), &watch);
    let look = Look { channel, submitter, folder, known, complete, watch, patience };
    let mut sightings = Sightings::default();
    sightings.look(&look)?;
    if sightings.reason(&path) == Some(Waiting::Settling) {
        // It may only need its rest: how long it had one before is not known.
        std::thread::sleep(patience.quiet);
        sightings.look(&look)?;
    }
    let waits = sightings.reason(&path).or_else(|| {
        let counted = known && is_counted(&rules, channel);
        counted.then(|| over_quota(desk, (channel, submitter), settings)).flatten()
    });
    let places = [("var", settings.state.as_path()), ("inbox", inbox)];
    let waits = waits.or_else(|| settings.limits.lacks(0, &places).map(|_| Waiting::NoRoom));
    Ok(waits.map_or(Explained::Ready, |why| Explained::Waits(why.japanese().into_owned())))
}

/// Whether a submitter may have no more files claimed, and why.
fn over_quota(
    desk: &Desk,
    (channel, submitter): (&str, &str),
    settings: &SpoolSettings,
) -> Option<Waiting> {
    let (now, moment) = (Instant::now(), desk.clock.now());
    let since = moment.plus_ms(-DAY_MS);
    let theirs = |file: &FileRecord| {
        file.received_at > since
            && (file.submitter.channel.as_str(), file.submitter.folder.as_str())
                == (channel, submitter)
    };
    let mut claimed = Claimed::default();
    for file in desk.store.files(&theirs, usize::MAX) {
        claimed.note_record(&file, (now, moment));
    }
    let sender = (channel.to_owned(), submitter.to_owned());
    let open = || desk.open_files(channel, submitter);
    // One more of any length.
    let (left, why) = settings.limits.left(&mut claimed, (&sender, &[0]), open, (now, moment));
    (left == 0).then_some(why)
}

/// Whether one of these folders holds the file, as something of a kind that is asked for.
fn is_in(
    folders: &[PathBuf],
    (channel, submitter, file): (&str, &str, &str),
    is_asked_for: impl Fn(Claim) -> bool,
) -> bool {
    let shown = name::shown(file.as_ref());
    // One that goes while we look was finished meanwhile.
    folders.iter().filter_map(|folder| origin_in(folder).ok()).any(|origin| {
        (origin.channel.as_str(), origin.submitter.as_str()) == (channel, submitter)
            && origin.name == shown
            && is_asked_for(origin.kind)
    })
}
