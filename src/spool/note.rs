//! Notes for files that wait: why, and what to do. They go when the waiting is over.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::Timestamp;

use super::name;
use super::scan::Sightings;
use super::stable::Waiting;

/// How long a file waits before its submitter is told.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

/// How a note's name ends; no answer's name ends like it.
const ENDING: &str = "_waiting.txt";

/// How the name of one that is still being written ends.
const UNFINISHED: &str = "_waiting.tmp";

/// The most characters of a file's name in its note's: a name has 255 bytes, a character up to 4.
const STEM_MAX: usize = 55;

/// The name of the note about all files of a folder.
const FOLDER: &str = "受付待ち_waiting.txt";

/// The name of the note about what was no file.
const NO_FILE: &str = "受け取れないもの_not_a_file.txt";

/// The notes that lie in the outbox.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// By the file, or the folder, each is about: its place, and what it says.
    written: BTreeMap<PathBuf, (PathBuf, Waiting)>,
}

impl Notes {
    /// Removes the notes of an earlier run: it did not live to see whether they are over.
    pub(super) fn sweep(outbox: &Path, submitters: &[(String, String, PathBuf)]) {
        for (channel, submitter, _) in submitters {
            let folder = outbox.join(channel).join(submitter);
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let ends = |ending: &&str| name.as_encoded_bytes().ends_with(ending.as_bytes());
                if [ENDING, UNFINISHED].iter().any(ends) {
                    fs::remove_file(entry.path()).ok();
                }
            }
        }
    }

    /// Writes notes for files that have waited long enough and removes those that are over. Errs
    /// with the last note that could not be written; the next refresh tries it again.
    pub(super) fn refresh(
        &mut self,
        sightings: &Sightings,
        inbox: &Path,
        outbox: &Path,
        patience: Duration,
    ) -> io::Result<()> {
        // Thousands may wait for the same: that is one note.
        let about = |path: &PathBuf, reason: Waiting| {
            let folder = path.parent().filter(|_| reason.is_of_folder());
            folder.map_or_else(|| path.clone(), Path::to_owned)
        };
        let waiting: BTreeMap<PathBuf, Waiting> = sightings
            .waiting(patience)
            .map(|(path, reason)| (about(path, reason), reason))
            .collect();
        self.written.retain(|file, (note, _)| {
            let over = !waiting.contains_key(file);
            if over {
                // A note someone already took away is over, too.
                fs::remove_file(note).ok();
            }
            !over
        });
        let mut done = Ok(());
        for (file, reason) in waiting {
            if self.written.get(&file).is_some_and(|(_, told)| *told == reason) {
                continue;
            }
            let Ok(below) = file.strip_prefix(inbox) else { continue };
            let stem = name::shown(file.file_name().unwrap_or_default());
            let short: String = stem.chars().take(STEM_MAX).collect();
            let place = outbox.join(below);
            let note = if reason.is_of_folder() {
                place.join(FOLDER)
            } else {
                place.with_file_name(format!("{short}{ENDING}"))
            };
            match write(&note, &stem, reason) {
                Ok(()) => {
                    self.written.insert(file, (note, reason));
                }
                Err(error) => done = Err(error),
            }
        }
        done
    }
}

/// Tells a submitter that the last thing put into the folder was no file. One note a folder: who
/// puts a thousand links there is told of the last.
pub(super) fn tell_of_no_file(folder: &Path, file: &str, now: Timestamp) -> io::Result<()> {
    let at = now.japanese();
    let text = format!(
        "{at}に受け取った「{file}」は、ふつうのファイルではない（リンクなど）ので、読まずに\
         隔離しました。\r\nファイルそのものを複写して、もう一度置いてください（E_LINK）。\r\n"
    );
    publish(&folder.join(NO_FILE), &text)
}

/// Writes the note about a file that waits.
fn write(note: &Path, file: &str, reason: Waiting) -> io::Result<()> {
    let first = if reason.is_of_folder() {
        "まだ受け付けていないファイルがあります。".to_owned()
    } else {
        format!("「{file}」はまだ受け付けていません。")
    };
    let why = reason.japanese();
    let last = "この案内は、受け付けたときに自動で消えます。";
    publish(note, &format!("{first}\r\n{why}\r\n{last}\r\n"))
}

/// Puts a note in its place, where it is seen whole or not at all.
fn publish(note: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = note.parent() {
        fs::create_dir_all(folder)?;
    }
    let name = note.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(ENDING).unwrap_or(&name);
    let unfinished = note.with_file_name(format!(".{stem}{UNFINISHED}"));
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // A name that somebody put there meanwhile is not followed, nor is one in the note's place.
    let mut open = fs::OpenOptions::new();
    let mut out = open.write(true).create_new(true).mode(0o640).open(&unfinished)?;
    out.write_all(text.as_bytes())?;
    fs::rename(&unfinished, note)
}
