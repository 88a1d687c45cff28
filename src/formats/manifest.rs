//! What a submitter says of a file beside it: a manifest, or a checksum as `sha256sum` writes it.

use serde_json::{Map, Value};

use crate::domain::invisible::visible;
use crate::domain::{Digest, Mismatch};

/// What is said of a file; a checksum alone says its digest and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The file's name.
    pub file: Option<String>,
    /// Whose it is: the name of the folder.
    pub submitter: Option<String>,
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

/// Keys that nobody knows and that are told.
const UNKNOWN_MAX: usize = 20;

/// What a manifest may say. When it was made is for the submitter alone. A keyed check (`hmac`) is
/// none of it: who may drop is decided by the folder, and one that is not looked at would only
/// seem to prove something.
pub const MANIFEST_KEYS: [&str; 8] =
    ["file", "submitter", "bytes", "sha256", "records", "amount_total", "seq", "created_at"];

/// Reads `X.manifest.json`; errs with all that is not understood. A key that nobody knows may be
/// one that was to be checked, so it is never passed over.
pub fn read_manifest(bytes: &[u8]) -> Result<Manifest, Vec<Mismatch>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let json: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|_| vec![Mismatch::NoJson])?;
    let mut wrong: Vec<Mismatch> = json
        .keys()
        .filter(|key| !MANIFEST_KEYS.contains(&key.as_str()))
        .take(UNKNOWN_MAX)
        .map(|key| Mismatch::Key(visible(&key.chars().take(40).collect::<String>())))
        .collect();
    let told = |key: &str| json.get(key).filter(|value| !value.is_null());
    let mut number = |key: &str| {
        let value = told(key)?;
        let number = value.as_u64();
        if number.is_none() {
            wrong.push(Mismatch::Value(key.to_owned()));
        }
        number
    };
    let [bytes, records, amount_total, seq] =
        ["bytes", "records", "amount_total", "seq"].map(&mut number);
    let mut text = |key: &str| {
        let value = told(key)?;
        let text = value.as_str().map(str::to_owned);
        if text.is_none() {
            wrong.push(Mismatch::Value(key.to_owned()));
        }
        text
    };
    let [file, submitter, digest] = ["file", "submitter", "sha256"].map(&mut text);
    let sha256 = digest.as_ref().and_then(|text| Digest::parse(text.trim()).ok());
    if digest.is_some() && sha256.is_none() {
        wrong.push(Mismatch::Value("sha256".to_owned()));
    }
    if told("sha256").is_none() && told("bytes").is_none() {
        wrong.push(Mismatch::Nothing);
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Manifest { file, submitter, bytes, sha256, records, amount_total, seq })
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
    /// What keeps the file of this name in this submitter's folder, with these bytes, from being
    /// the one it speaks of; nothing if it is.
    pub fn misfits(
        &self,
        (submitter, file): (&str, &str),
        (digest, bytes): (Digest, u64),
    ) -> Vec<Mismatch> {
        let other = |said: &Option<String>, is: &str| said.clone().filter(|said| said != is);
        let length = self.bytes.filter(|said| *said != bytes);
        let content = self.sha256.filter(|said| *said != digest);
        let all = [
            other(&self.file, file).map(Mismatch::File),
            other(&self.submitter, submitter).map(Mismatch::Submitter),
            length.map(|said| Mismatch::Bytes { said, found: bytes }),
            content.map(|_| Mismatch::Sha256),
        ];
        all.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Manifest, read_manifest, read_sha256};
    use crate::domain::{Digest, Mismatch};

    #[test]
    fn a_manifest_is_held_against_name_submitter_length_and_content() {
        let digest = Digest::of(b"one");
        let whole = format!(
            "{{\"file\":\"a.csv\",\"bytes\":3,\"sha256\":\"{digest}\",\"records\":2,\
             \"amount_total\":20,\"seq\":7,\"created_at\":\"2026-12-01\",\"submitter\":\"001\"}}"
        );
        let read = read_manifest(whole.as_bytes()).unwrap();
        assert_eq!((read.records, read.amount_total, read.seq), (Some(2), Some(20), Some(7)));
        assert_eq!(read.misfits(("001", "a.csv"), (digest, 3)), []);
        let all = [
            Mismatch::File("a.csv".into()),
            Mismatch::Submitter("001".into()),
            Mismatch::Bytes { said: 3, found: 4 },
            Mismatch::Sha256,
        ];
        assert_eq!(read.misfits(("002", "b.csv"), (Digest::of(b"two"), 4)), all);
        let short = read_manifest(b"{\"bytes\":3}").unwrap();
        assert_eq!(short.misfits(("any", "any.csv"), (digest, 3)), []);
    }

    #[test]
    fn whatever_of_a_manifest_is_not_understood_is_told_by_name_and_all_at_once() {
        let value = |key: &str| Mismatch::Value(key.into());
        let key = |key: &str| Mismatch::Key(key.into());
        for (text, wrong) in [
            ("", vec![Mismatch::NoJson]),
            ("[]", vec![Mismatch::NoJson]),
            ("{}", vec![Mismatch::Nothing]),
            ("{\"seq\":1}", vec![Mismatch::Nothing]),
            ("{\"bytes\":-1}", vec![value("bytes")]),
            ("{\"bytes\":1,\"seq\":1.5,\"file\":1}", vec![value("seq"), value("file")]),
            ("{\"sha256\":\"12\"}", vec![value("sha256")]),
            (
                "{\"Records\":99,\"total\":1,\"bytes\":3,\"hmac\":\"x\"}",
                vec![key("Records"), key("hmac"), key("total")],
            ),
        ] {
            assert_eq!(read_manifest(text.as_bytes()), Err(wrong), "{text}");
        }
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
