//! The key of links and forms, a file of its own.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::ports::{Mac, Random, Secrets};

/// A key of 32 bytes in `var/keys/`, made at the first start and readable by the service alone.
pub struct FileKey {
    key: [u8; 32],
}

/// The key cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system failed.
    #[error("cannot read or make the key {}", path.display())]
    Io {
        /// The key's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file does not hold 32 bytes.
    #[error("{} is not a key of 32 bytes", .0.display())]
    Length(PathBuf),
}

impl FileKey {
    /// Reads the key, making one where there is none.
    pub fn open(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        let failed = |source| KeyError::Io { path: path.to_owned(), source };
        match fs::read(path) {
            Ok(bytes) => {
                let key = bytes.try_into().map_err(|_| KeyError::Length(path.to_owned()))?;
                Ok(Self { key })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                random.fill(&mut key);
                write(path, &key).map_err(failed)?;
                Ok(Self { key })
            }
            Err(error) => Err(failed(error)),
        }
    }
}

fn write(path: &Path, key: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

impl Secrets for FileKey {
    #[expect(clippy::expect_used, reason = "an HMAC takes keys of any length")]
    fn seal(&self, purpose: &str, message: &[u8]) -> Mac {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any length is fine");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey(***)")
    }
}
