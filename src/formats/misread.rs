//! A header that is not found because the file is written otherwise than we read: in another
//! encoding, or with another sign between its columns.

use csv::StringRecord;
use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::{Code, Finding, file_finding, header, profile};
use crate::domain::profile::Profile;

/// As far a header is looked for, in bytes.
pub(super) const HEAD_BYTES: usize = 8 << 10;

/// How many lines are looked at.
const LINES: usize = 11;

/// What we read.
const OURS: [&Encoding; 2] = [UTF_8, SHIFT_JIS];

/// What others write, and what people call it.
const THEIRS: [(&Encoding, &str); 4] = [
    (UTF_16LE, "BOMのないUTF-16"),
    (UTF_16BE, "BOMのないUTF-16"),
    (EUC_JP, "EUC-JP"),
    (ISO_2022_JP, "JIS（ISO-2022-JP）"),
];

/// The signs others put between columns, and what people call them.
const SEPARATORS: [(char, &str, &str); 2] =
    [('\t', "タブ", "tabs"), (';', "セミコロン(;)", "semicolons")];

/// How a file whose header was not found is written, if that can be told: `first` is its first row
/// as it was read, `head` its first bytes.
pub(super) fn told(first: &StringRecord, head: &[u8], profiles: &[Profile]) -> Option<Finding> {
    let head = head.get(..HEAD_BYTES).unwrap_or(head);
    let separated = |text: &str| {
        let known = |(sign, ..): &&(char, &str, &str)| is_header(text, *sign, profiles);
        SEPARATORS.iter().find(known)
    };
    if let Some((_, ja, en)) = OURS.iter().find_map(|one| separated(&decoded(one, head))) {
        return Some(other_separator(ja, en));
    }
    // Only something else is wrong with a header that can be read as it is.
    if OURS.iter().any(|one| is_header(&decoded(one, head), ',', profiles)) {
        return None;
    }
    let signs = || std::iter::once(',').chain(SEPARATORS.map(|(sign, ..)| sign));
    let written = |(encoding, _): &&(&'static Encoding, &str)| {
        let text = decoded(encoding, head);
        signs().any(|sign| is_header(&text, sign, profiles))
    };
    let name = THEIRS.iter().find(written).map(|(_, name)| *name);
    let name = name.or_else(|| is_utf7(first).then_some("UTF-7"));
    let is_broken = || first.as_slice().chars().any(|c| matches!(c, '\0' | '\u{1b}' | '\u{fffd}'));
    (name.is_some() || is_broken()).then(|| other_encoding(name))
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Whether one of the first lines is a header with this sign between its columns.
fn is_header(text: &str, sign: char, profiles: &[Profile]) -> bool {
    let mut lines = text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()).take(LINES);
    lines.any(|line| {
        let cells: StringRecord = line.split(sign).map(|cell| cell.trim_matches('"')).collect();
        let names = header::names_in(cells.iter());
        names > 1 || profile::of_header(&cells, profiles, names).is_some()
    })
}

/// Whether each cell is a word of UTF-7: `+i8tsQg-`.
fn is_utf7(row: &StringRecord) -> bool {
    let is_word = |cell: &str| {
        let inner = cell.trim().strip_prefix('+').map(|rest| rest.trim_end_matches('-'));
        let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        inner.is_some_and(|inner| inner.len() > 2 && inner.bytes().all(base64))
    };
    let mut cells = row.iter().filter(|cell| !cell.trim().is_empty()).take(3).peekable();
    cells.peek().is_some() && cells.all(is_word)
}

fn other_separator(ja: &str, en: &str) -> Finding {
    file_finding(
        Code::Schema,
        1,
        String::new(),
        &format!(
            "列の区切りが{ja}になっています。区切りをコンマにして保存し直してください\
             (Excelでは「CSV UTF-8(コンマ区切り)」)。"
        ),
        &format!("its columns are separated by {en}; save it with commas between them"),
    )
}

fn other_encoding(name: Option<&str>) -> Finding {
    let (ja, en) = name.map_or_else(
        || ("文字コードがわかりません。".to_owned(), "its encoding is not known".to_owned()),
        |name| (format!("文字コードが{name}のようです。"), format!("it seems to be in {name}")),
    );
    file_finding(
        Code::Enc,
        1,
        name.unwrap_or_default().to_owned(),
        &format!(
            "{ja}UTF-8かシフトJISで保存し直してください(Excelでは「CSV UTF-8(コンマ区切り)」)。"
        ),
        &format!("{en}; save it in UTF-8 or Shift_JIS"),
    )
}
