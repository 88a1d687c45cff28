//! What a submitter says of a file beside it: a manifest, or a checksum as `sha256sum` writes it.

use serde::Deserialize;

use crate::domain::Digest;

/// What is said of a file; a checksum alone says its digest and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The file's name.
    pub file: Option<String>,
    /// How many bytes it has.
    pub bytes: Option<u64>,
    /// Their digest.
    pub sha256: Option<Digest>,
    /// How many records it has.
    pub records: Option<u64>,
    /// What their amounts sum up to, in yen.
    pub amount_total: Option<u64>,
    /// Its number among the submitter's files.
    pub seq: Option<u64>,
}

/// The JSON of a manifest. What else stands in it is for the submitter.
#[derive(Deserialize)]
struct Json {
    file: Option<String>,
    bytes: Option<u64>,
    sha256: Option<String>,
    records: Option<u64>,
    amount_total: Option<u64>,
    seq: Option<u64>,
}

/// Reads `X.manifest.json`; none where it is none, or says nothing of the bytes.
pub fn read_manifest(bytes: &[u8]) -> Option<Manifest> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let json: Json = serde_json::from_slice(bytes).ok()?;
    let Json { file, bytes, sha256, records, amount_total, seq } = json;
    let sha256 = match sha256 {
        Some(text) => Some(Digest::parse(text.trim()).ok()?),
        None => None,
    };
    if sha256.is_none() && bytes.is_none() {
        return None;
    }
    Some(Manifest { file, bytes, sha256, records, amount_total, seq })
}

/// Reads `X.sha256`: the digest alone, or a line of `sha256sum`. Of several lines the one that
/// names the file counts.
pub fn read_sha256(bytes: &[u8], file: &str) -> Option<Manifest> {
    let text = std::str::from_utf8(bytes).ok()?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let names = |line: &&&str| {
        let name = line.split_once(char::is_whitespace).map_or("", |(_, name)| name.trim_start());
        let name = name.strip_prefix('*').unwrap_or(name);
        name.rsplit(['/', '\\']).next() == Some(file)
    };
    let line = match lines.as_slice() {
        [only] => only,
        many => many.iter().find(names)?,
    };
    // A line whose name holds a backslash begins with one.
    let digest = line.split_whitespace().next()?.trim_start_matches('\\');
    let sha256 = Some(Digest::parse(digest).ok()?);
    Some(Manifest { sha256, ..Manifest::default() })
}

impl Manifest {
    /// Whether the file of this name, with these bytes, is the one it speaks of.
    pub fn fits(&self, file: &str, digest: Digest, bytes: u64) -> bool {
        self.file.as_ref().is_none_or(|named| named == file)
            && self.bytes.is_none_or(|said| said == bytes)
            && self.sha256.is_none_or(|said| said == digest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, read_manifest, read_sha256};
    use crate::domain::Digest;

    #[test]
    fn a_manifest_says_at_least_how_many_bytes_or_which() {
        let digest = Digest::of(b"one");
        let whole = format!(
            "{{\"file\":\"a.csv\",\"bytes\":3,\"sha256\":\"{digest}\",\"records\":2,\
             \"amount_total\":20,\"seq\":7,\"created_at\":\"2026-12-01\"}}"
        );
        let read = read_manifest(whole.as_bytes()).unwrap();
        assert_eq!((read.records, read.amount_total, read.seq), (Some(2), Some(20), Some(7)));
        assert!(read.fits("a.csv", digest, 3));
        assert!(!read.fits("b.csv", digest, 3) && !read.fits("a.csv", digest, 4));
        assert!(!read.fits("a.csv", Digest::of(b"two"), 3));
        assert!(read_manifest(b"{\"bytes\":3}").unwrap().fits("any.csv", digest, 3));
        for wrong in ["", "{}", "[]", "{\"seq\":1}", "{\"bytes\":-1}", "{\"bytes\":1,\"seq\":1.5}"]
        {
            assert_eq!(read_manifest(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(read_manifest(b"{\"sha256\":\"12\"}"), None);
    }

    #[test]
    fn a_checksum_is_read_as_sha256sum_writes_it_and_bare() {
        let (digest, other) = (Digest::of(b"one"), Digest::of(b"two"));
        let said = Some(Manifest { sha256: Some(digest), ..Manifest::default() });
        for text in [
            format!("{digest}"),
            format!("{digest}  a.csv\n"),
            format!("{digest} *a.csv\r\n"),
            format!("\u{feff}{}  /out/a.csv\n", digest.to_string().to_uppercase()),
            format!("{other}  b.csv\n{digest}  ./a.csv\n"),
        ] {
            assert_eq!(read_sha256(text.as_bytes(), "a.csv"), said, "{text}");
        }
        for wrong in ["", "a.csv", "1234  a.csv", "\u{fffd}"] {
            assert_eq!(read_sha256(wrong.as_bytes(), "a.csv"), None, "{wrong}");
        }
        let others = format!("{other}  b.csv\n{digest}  c.csv\n");
        assert_eq!(read_sha256(others.as_bytes(), "a.csv"), None);
    }
}
