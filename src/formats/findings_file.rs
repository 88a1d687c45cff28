//! The findings file: what was found in a file, as it is stored.
//!
//! Layout: magic and version, CRC-32C of the rest (little-endian), `Vec<Finding>` in postcard.
//! It holds at most the configured number of findings and so is read whole.

use super::record_file::{StoredError, check_magic};
use crate::domain::Finding;

const MAGIC: &[u8; 8] = b"kssFND\x00\x01";

/// `findings` as the bytes of a findings file.
pub fn write_findings(findings: &[Finding]) -> Vec<u8> {
    // Encoding to memory cannot fail; if it did, the empty list would fail its checksum.
    let body = postcard::to_stdvec(findings).unwrap_or_default();
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// Reads the bytes of a findings file.
pub fn read_findings(bytes: &[u8]) -> Result<Vec<Finding>, StoredError> {
    let cut = StoredError::Damaged("it is too short");
    let Some((magic, rest)) = bytes.split_first_chunk::<8>() else { return Err(cut) };
    check_magic(*magic, *MAGIC)?;
    let Some((crc, body)) = rest.split_first_chunk::<4>() else { return Err(cut) };
    if u32::from_le_bytes(*crc) != crc32c::crc32c(body) {
        return Err(StoredError::Damaged("its checksum differs"));
    }
    postcard::from_bytes(body).map_err(|_| StoredError::Damaged("it does not decode"))
}
