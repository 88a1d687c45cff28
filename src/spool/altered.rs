//! Originals that are no longer what was taken in.
//!
//! Nothing is ever read from an original again: what is decided on is our own copy. But whoever
//! looks for what a customer sent looks here, and is to know when somebody changed it since.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::claim::PAYLOAD;
use super::folders::LastPlace;
use crate::domain::Digest;

/// An original that was changed, or is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    /// The receipt number it was given.
    pub receipt: String,
    /// The name it came with.
    pub file: String,
    /// The folder it is kept in.
    pub folder: PathBuf,
    /// Whether it is gone.
    pub is_gone: bool,
}

/// What was written beside an original when its verdict was known.
#[derive(Deserialize)]
struct Kept {
    receipt_no: String,
    file: String,
    sha256: String,
}

/// Holds every original that is kept in an inbox against what was taken in; tells how many there
/// are, and which differ. Errs when one of them cannot be read.
pub fn altered(inbox: &Path) -> io::Result<(u64, Vec<Altered>)> {
    let (mut looked, mut found) = (0, Vec::new());
    for place in LastPlace::ALL {
        let top = inbox.join(".engine").join(place.name());
        for folder in below(&top, 4)? {
            let Ok(text) = fs::read(folder.join("result.json")) else { continue };
            // What never got a receipt number was not taken in.
            let Ok(kept) = serde_json::from_slice::<Kept>(&text) else { continue };
            // Nor was what was refused without a copy of it.
            if kept.sha256 == Digest::default().to_string() {
                continue;
            }
            looked += 1;
            let is_gone = match File::open(folder.join(PAYLOAD)) {
                Ok(mut original) => {
                    if Digest::of_all(&mut original)?.to_string() == kept.sha256 {
                        continue;
                    }
                    false
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => true,
                Err(error) => return Err(error),
            };
            let Kept { receipt_no: receipt, file, .. } = kept;
            found.push(Altered { receipt, file, folder, is_gone });
        }
    }
    found.sort_by(|one, other| one.receipt.cmp(&other.receipt));
    Ok((looked, found))
}

/// The folders `depth` levels below one; none where it is not there.
fn below(folder: &Path, depth: u32) -> io::Result<Vec<PathBuf>> {
    if depth == 0 {
        return Ok(vec![folder.to_owned()]);
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(below(&entry.path(), depth - 1)?);
        }
    }
    Ok(found)
}
