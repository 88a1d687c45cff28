//! SHA-256 digests, the names of everything kept unchanged.

use std::{fmt, io};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ShapeError;

/// The SHA-256 of some bytes.
///
/// Shape: 32 bytes; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of all that `source` gives, read piece by piece; errs only when `source` does.
    pub fn of_all(source: &mut dyn io::Read) -> io::Result<Self> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = source.read(&mut buffer)?;
            if count == 0 {
                return Ok(Self(hash.finalize().into()));
            }
            hash.update(buffer.get(..count).unwrap_or_default());
        }
    }

    /// A digest computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest of a certificate as mail programs and browsers show it: `0A:1B:…`.
    pub fn spelled(&self) -> String {
        let bytes = self.0.iter().map(|byte| format!("{byte:02X}"));
        bytes.collect::<Vec<_>>().join(":")
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, ShapeError> {
        let wrong = ShapeError { what: "SHA-256" };
        let digits = text.as_bytes();
        if digits.len() != 64 || !text.is_ascii() {
            return Err(wrong);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong)?;
        }
        Ok(Self(bytes))
    }

    /// The first 16 hexadecimal digits in groups of four, for eyes: `1a2b-3c4d-5e6f-7081`.
    pub fn short(&self) -> String {
        let text = self.to_string();
        let groups: Vec<String> =
            text.as_bytes().chunks(4).take(4).map(|c| String::from_utf8_lossy(c).into()).collect();
        groups.join("-")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}
