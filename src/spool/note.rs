//! Notes for files that wait: why, and what to do. They go when the waiting is over.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::name;
use super::scan::Sightings;
use super::stable::Waiting;

/// How long a file waits before its submitter is told.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

/// The notes that lie in the outbox.
#[derive(Debug, Default)]
pub(super) struct Notes {
    written: BTreeMap<PathBuf, (PathBuf, Waiting)>,
}

impl Notes {
    /// Writes notes for files that have waited long enough and removes those that are over.
    pub(super) fn refresh(
        &mut self,
        sightings: &Sightings,
        inbox: &Path,
        outbox: &Path,
        patience: Duration,
    ) {
        let waiting: BTreeMap<PathBuf, Waiting> =
            sightings.waiting(patience).map(|(path, reason)| (path.clone(), reason)).collect();
        self.written.retain(|file, (note, _)| {
            let over = !waiting.contains_key(file);
            if over {
                // A note someone already took away is over, too.
                fs::remove_file(note).ok();
            }
            !over
        });
        for (file, reason) in waiting {
            if self.written.get(&file).is_some_and(|(_, told)| *told == reason) {
                continue;
            }
            let Ok(below) = file.strip_prefix(inbox) else { continue };
            let stem = name::shown(file.file_name().unwrap_or_default());
            let note = outbox.join(below).with_file_name(format!("{stem}_waiting.txt"));
            match write(&note, &stem, reason) {
                Ok(()) => {
                    self.written.insert(file, (note, reason));
                }
                Err(error) => tracing::warn!(error = %error, "a note could not be written"),
            }
        }
    }
}

fn write(note: &Path, file: &str, reason: Waiting) -> io::Result<()> {
    if let Some(folder) = note.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut out = fs::File::create(note)?;
    writeln!(out, "「{file}」はまだ受け付けていません。\r")?;
    writeln!(out, "{}\r", reason.japanese())?;
    writeln!(out, "この案内は、受け付けたときに自動で消えます。\r")
}
