//! The findings file: what was found in a file, as it is stored.
//!
//! Layout: magic and version, CRC-32C of the rest (little-endian), then in postcard `Vec<Finding>`
//! (version 1), or that with the bytes of those that have any, by their place in it (version 2,
//! files of earlier releases), or with both the bytes and the references of those that have any
//! (version 3, written only where one has). It holds at most the configured number of findings and
//! so is read whole.

use super::record_file::{StoredError, check_magic};
use crate::domain::{BytePlace, Finding};

const MAGIC: &[u8; 8] = b"kssFND\x00\x01";
const WITH_BYTES: &[u8; 8] = b"kssFND\x00\x02";
const WITH_ALL: &[u8; 8] = b"kssFND\x00\x03";

/// Findings without what only some have, and that.
type Apart = (Vec<Finding>, Vec<(u32, Box<BytePlace>)>);

/// The same with references.
type AllApart = (Vec<Finding>, Vec<(u32, Box<BytePlace>)>, Vec<(u32, Box<str>)>);

/// `findings` as the bytes of a findings file.
pub fn write_findings(findings: &[Finding]) -> Vec<u8> {
    let numbered = || (0_u32..).zip(findings);
    let places: Vec<(u32, Box<BytePlace>)> =
        numbered().filter_map(|(at, one)| Some((at, one.bytes.clone()?))).collect();
    let references: Vec<(u32, Box<str>)> =
        numbered().filter_map(|(at, one)| Some((at, one.reference.clone()?))).collect();
    // Encoding to memory cannot fail; if it did, the empty list would fail its checksum.
    let (magic, body) = if places.is_empty() && references.is_empty() {
        (MAGIC, postcard::to_stdvec(findings))
    } else {
        let bare = findings.iter().cloned().map(|one| Finding { bytes: None, ..one });
        let all = (bare.collect::<Vec<_>>(), places, references);
        (WITH_ALL, postcard::to_stdvec(&all))
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
    let known = [MAGIC, WITH_BYTES, WITH_ALL].into_iter().find(|known| *known == magic);
    let version = known.unwrap_or(MAGIC);
    check_magic(*magic, *version)?;
    let Some((crc, body)) = rest.split_first_chunk::<4>() else { return Err(cut) };
    if u32::from_le_bytes(*crc) != crc32c::crc32c(body) {
        return Err(StoredError::Damaged("its checksum differs"));
    }
    let broken = |_| StoredError::Damaged("it does not decode");
    let (mut findings, places, references): AllApart = if version == WITH_ALL {
        postcard::from_bytes(body).map_err(broken)?
    } else if version == WITH_BYTES {
        let (findings, places): Apart = postcard::from_bytes(body).map_err(broken)?;
        (findings, places, Vec::new())
    } else {
        return postcard::from_bytes(body).map_err(broken);
    };
    let lacks = StoredError::Damaged("it places a finding it lacks");
    for (at, place) in places {
        let Some(finding) = one_of(&mut findings, at) else { return Err(lacks) };
        finding.bytes = Some(place);
    }
    for (at, reference) in references {
        let Some(finding) = one_of(&mut findings, at) else { return Err(lacks) };
        finding.reference = Some(reference);
    }
    Ok(findings)
}

fn one_of(findings: &mut [Finding], at: u32) -> Option<&mut Finding> {
    findings.get_mut(usize::try_from(at).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Code, Severity};
    use crate::formats::file_finding;

    fn filed(magic: [u8; 8], body: &[u8]) -> Vec<u8> {
        [&magic[..], &crc32c::crc32c(body).to_le_bytes(), body].concat()
    }

    #[test]
    fn findings_of_every_version_are_read_and_what_only_some_have_is_kept() {
        let bare = Finding {
            severity: Severity::Error,
            ..file_finding(Code::D02, 2, "lots".into(), "ja", "en")
        };
        let place = BytePlace { record: 1, offset: 2, first: 3, last: 4, name: "n".into() };
        let place = Box::new(place);
        let placed = Finding { bytes: Some(place.clone()), ..bare.clone() };
        let whole = Finding { reference: Some("INV-1".into()), ..placed.clone() };
        for findings in [vec![bare.clone(), whole], vec![placed.clone()], vec![bare.clone()]] {
            assert_eq!(read_findings(&write_findings(&findings)).unwrap(), findings);
        }
        let one = postcard::to_stdvec(&vec![bare.clone()]).unwrap();
        assert_eq!(read_findings(&filed(*MAGIC, &one)).unwrap(), std::slice::from_ref(&bare));
        let two = postcard::to_stdvec(&(vec![bare.clone()], vec![(0_u32, place)])).unwrap();
        assert_eq!(read_findings(&filed(*WITH_BYTES, &two)).unwrap(), [placed]);
        let none: Vec<(u32, Box<BytePlace>)> = Vec::new();
        let lacking: (_, _, Vec<(u32, Box<str>)>) = (vec![bare], none, vec![(1, "x".into())]);
        let lacking = postcard::to_stdvec(&lacking).unwrap();
        assert!(read_findings(&filed(*WITH_ALL, &lacking)).is_err());
        assert!(matches!(
            read_findings(&filed(*b"kssFND\x00\x04", &one)),
            Err(StoredError::Newer(4))
        ));
    }
}
