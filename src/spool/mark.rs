//! The mark in the inbox: where a share is not mounted, its folder is there and looks empty.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::folders::{SpoolError, sync_folder};

/// The same word in the inbox and in the state folder: they belong together.
#[derive(Debug)]
pub(super) struct Mark {
    place: PathBuf,
    kept: PathBuf,
    word: String,
}

impl Mark {
    /// Compares the mark of an inbox with the one of the state; where neither has one, both get
    /// `fresh`. What is lost is an inbox that is away, never one that is new.
    pub(super) fn open(engine: &Path, state: &Path, fresh: &str) -> Result<Self, SpoolError> {
        let (place, kept) = (engine.join("mark"), state.join("inbox.mark"));
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SpoolError::Io { path, source }
        };
        let here = read(&place).map_err(failed(&place))?;
        let word = match (read(&kept).map_err(failed(&kept))?, here) {
            (Some(kept), Some(here)) if kept == here => kept,
            (Some(_), _) => return Err(SpoolError::Away(place, kept)),
            (None, here) => {
                // First the inbox: stopped in between, the next start takes over what is there.
                let word = here.unwrap_or_else(|| fresh.to_owned());
                for path in [&place, &kept] {
                    write(path, &word).map_err(failed(path))?;
                }
                word
            }
        };
        Ok(Self { place, kept, word })
    }

    /// That it is not there.
    pub(super) fn away(&self) -> SpoolError {
        SpoolError::Away(self.place.clone(), self.kept.clone())
    }

    /// Whether the inbox is there.
    pub(super) fn is_there(&self) -> bool {
        read(&self.place).is_ok_and(|here| here.as_ref() == Some(&self.word))
    }
}

/// Whether the mark in an inbox and that of a state folder are one; none where neither has any yet.
pub fn fits(inbox: &Path, state: &Path) -> io::Result<Option<bool>> {
    let here = read(&inbox.join(".engine").join("mark"))?;
    let kept = read(&state.join("inbox.mark"))?;
    Ok(if here.is_none() && kept.is_none() { None } else { Some(here == kept) })
}

/// A mark; none where there is none, or one that was never finished.
fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(word) => Ok(Some(word).filter(|word| !word.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write(path: &Path, word: &str) -> io::Result<()> {
    if read(path)?.as_deref() == Some(word) {
        return Ok(());
    }
    let part = path.with_extension("part");
    let mut file = File::create(&part)?;
    file.write_all(word.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}
