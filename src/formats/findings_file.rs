//! The findings file: what was found in a file, as it is stored.
//!
//! Layout: magic and version, CRC-32C of the rest (little-endian), then in postcard `Vec<Finding>`
//! (version 1), or that with the bytes of those that have any, by their place in it (version 2,
//! written only for fixed-length files). It holds at most the configured number of findings and so
//! is read whole.

use super::record_file::{StoredError, check_magic};
use crate::domain::{BytePlace, Finding};

const MAGIC: &[u8; 8] = b"kssFND\x00\x01";
const WITH_BYTES: &[u8; 8] = b"kssFND\x00\x02";

/// Findings without their bytes, and the bytes of those that have any.
type Apart = (Vec<Finding>, Vec<(u32, Box<BytePlace>)>);

/// `findings` as the bytes of a findings file.
pub fn write_findings(findings: &[Finding]) -> Vec<u8> {
    let places = (0_u32..).zip(findings).filter_map(|(at, one)| Some((at, one.bytes.clone()?)));
    let places: Vec<(u32, Box<BytePlace>)> = places.collect();
    // Encoding to memory cannot fail; if it did, the empty list would fail its checksum.
    let (magic, body) = if places.is_empty() {
        (MAGIC, postcard::to_stdvec(findings))
    } else {
        let bare = findings.iter().cloned().map(|one| Finding { bytes: None, ..one });
        (WITH_BYTES, postcard::to_stdvec(&(bare.collect::<Vec<_>>(), places)))
    };
    let body = body.unwrap_or_default();
    let mut bytes = magic.to_vec();
    bytes.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// Reads the bytes of a findings file.
pub fn read_findings(bytes: &[u8]) -> Result<Vec<Finding>, StoredError> {
    let cut = StoredError::Damaged("it is too short");
    let Some((magic, rest)) = bytes.split_first_chunk::<8>() else { return Err(cut) };
    let has_bytes = magic == WITH_BYTES;
    check_magic(*magic, if has_bytes { *WITH_BYTES } else { *MAGIC })?;
    let Some((crc, body)) = rest.split_first_chunk::<4>() else { return Err(cut) };
    if u32::from_le_bytes(*crc) != crc32c::crc32c(body) {
        return Err(StoredError::Damaged("its checksum differs"));
    }
    let broken = |_| StoredError::Damaged("it does not decode");
    if !has_bytes {
        return postcard::from_bytes(body).map_err(broken);
    }
    let (mut findings, places): Apart = postcard::from_bytes(body).map_err(broken)?;
    for (at, place) in places {
        let finding = usize::try_from(at).ok().and_then(|at| findings.get_mut(at));
        finding.ok_or(StoredError::Damaged("it places a finding it lacks"))?.bytes = Some(place);
    }
    Ok(findings)
}
