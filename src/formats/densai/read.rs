//! A bulk request file into rows, record by record; memory does not grow with the file.

use std::io::{self, Read as _};

use super::{RECORD_LEN, RequestLayout, column};
use crate::domain::rules::{
    ByteField, Part, Places, Records, Row, is_network_character, no_character,
};
use crate::domain::{Code, Field, Finding, Severity};
use crate::formats::batch::{Batch, Doubt};
use crate::formats::layout::{
    Charset, Cut, Cutter, FieldType, Headers, LayoutField, Place, RecordKind, jis,
};
use crate::formats::text::Text;
use crate::formats::{Encoding, Intake, file_finding};

/// What must be the same in all headers of a file (F08).
const ACCOUNT: [Field; 5] = [
    Field::RequesterUserNumber,
    Field::RequesterBankCode,
    Field::RequesterBranchCode,
    Field::RequesterAccountType,
    Field::RequesterAccountNumber,
];

/// Reads a whole file into `batch`; errs only when the source does.
pub(in crate::formats) fn read(
    text: Text<'_>,
    intake: &Intake<'_>,
    batch: &mut Batch<'_>,
) -> io::Result<Encoding> {
    if let found @ (Encoding::Utf8Bom | Encoding::Utf16) = text.encoding() {
        let name = if found == Encoding::Utf16 { "UTF-16" } else { "UTF-8(BOM付き)" };
        let ja = format!(
            "{name}で保存されています。固定長のファイルは、JIS(1文字1バイト)で作り直してください。"
        );
        let en = format!("the file is {}; make it in JIS, one byte a character", found.name());
        batch.file_error(file_finding(Code::Enc, 0, String::new(), &ja, &en));
        return Ok(found);
    }
    let len_max = intake.settings.file_len_max;
    let (head, source) = text.into_rest();
    let charset = Charset::of(&head);
    let encoding = match charset {
        Charset::Jis => Encoding::JisX0201,
        Charset::Ebcdic => Encoding::Ebcdic,
    };
    let source = head.as_slice().chain(source).take(len_max.saturating_add(1));
    let mut cutter = Cutter::new(source, RECORD_LEN, charset.newlines());
    let mut walk = Walk::new(intake.layout, charset);
    let mut jis = Vec::new();
    while let Some(piece) = cutter.next()? {
        let piece = Taken {
            number: piece.number,
            offset: piece.offset,
            raw: piece.bytes,
            bytes: charset.to_jis(piece.bytes, &mut jis),
            cut: piece.cut,
        };
        if piece.offset.saturating_add(piece.bytes.len() as u64) > len_max {
            batch.too_large();
            return Ok(encoding);
        }
        if walk.expected == Place::Done {
            let told = whole(
                &piece,
                (Code::F05, Severity::Warning),
                (
                    "エンドレコードより後は読みません。要るデータなら、その前に入れてください。",
                    "what follows the end record is not read; put what counts before it",
                ),
            );
            batch.file_note(told);
            return Ok(encoding);
        }
        walk.piece(&piece, batch);
    }
    walk.finish(batch);
    Ok(encoding)
}

/// A record as it was cut out of a file.
struct Taken<'b> {
    number: u32,
    offset: u64,
    /// Its bytes in the file.
    raw: &'b [u8],
    /// The same in JIS X 0201.
    bytes: &'b [u8],
    cut: Cut,
}

/// Where the reading is.
struct Walk<'l> {
    layout: &'l RequestLayout,
    charset: Charset,
    /// What is looked at in each kind of record beside the columns of a request.
    beside: [Vec<Beside>; 4],
    expected: Place,
    header: Option<Header>,
    /// Requester and account of the first header.
    account: Option<Vec<u8>>,
    decoded: Decoded,
    sums: Sums,
    last_line: u32,
}

/// A field that no rule reads.
struct Beside {
    field: ByteField,
    is_filler: bool,
}

/// A header, for the rows below it.
struct Header {
    record: u32,
    offset: u64,
    bytes: Vec<u8>,
}

/// The text of the columns: those of the header first, then those of the data record being read.
#[derive(Default)]
struct Decoded {
    text: String,
    /// How much of `text` is the header's.
    header_len: usize,
    /// Begin and end of each column in `text`.
    spans: [(usize, usize); Field::COUNT],
}

/// What the data below a header come to.
#[derive(Default)]
struct Sums {
    count: u64,
    /// None once an amount could not be read.
    amount: Option<u64>,
    /// Whether a record could not be read, so that any sum lacks it.
    lacks: bool,
}

impl<'l> Walk<'l> {
    fn new(layout: &'l RequestLayout, charset: Charset) -> Self {
        let beside = RecordKind::ALL.map(|kind| {
            let in_header = kind == RecordKind::Header;
            let rows = matches!(kind, RecordKind::Header | RecordKind::Data);
            let fields = layout.layout.fields(kind).iter();
            let others = fields.filter(|field| {
                field.kind == FieldType::Text && !(rows && column(field).is_some())
            });
            let beside = others.map(|field: &LayoutField| Beside {
                field: super::byte_field(field, in_header),
                is_filler: field.is_filler(),
            });
            beside.collect()
        });
        Self {
            layout,
            charset,
            beside,
            expected: Place::Header,
            header: None,
            account: None,
            decoded: Decoded::default(),
            sums: Sums::default(),
            last_line: 0,
        }
    }

    /// One record, whatever is wrong with it.
    fn piece(&mut self, piece: &Taken<'_>, batch: &mut Batch<'_>) {
        self.last_line = piece.number;
        let found = piece.bytes.first().and_then(|digit| RecordKind::of_digit(*digit));
        if piece.cut == Cut::Wrong {
            let length = piece.bytes.len();
            let words = (
                format!("このレコードは{length}バイトです。{RECORD_LEN}バイトにしてください。"),
                format!("this record has {length} bytes; each must have {RECORD_LEN}"),
            );
            let words = (words.0.as_str(), words.1.as_str());
            batch.file_error(whole(piece, (Code::F01, Severity::Error), words));
        } else if found.is_none() {
            let first = piece.raw.first().copied().unwrap_or_default();
            let mut told = whole(
                piece,
                (Code::F02, Severity::Error),
                (
                    "データ区分(1バイト目)が1・2・8・9のどれでもありません。レコードの長さがずれていないか、\
                     確かめてください。",
                    "a record begins with 1, 2, 8 or 9; check that no record before it has another \
                     length",
                ),
            );
            told.value = format!("{first:02X}");
            batch.file_error(told);
        }
        let Some(found) = found else {
            self.sums.lacks = true;
            return;
        };
        let (next, in_order) = self.expected.after(found, Headers::Many);
        if !in_order {
            batch.file_error(whole(piece, (Code::F03, Severity::Error), (
                "レコードの順番が違います。ヘッダー(1)、データ(2)、トレーラー(8)を繰り返し、最後にエンド(9)を\
                 1件だけ置いてください。",
                "records are out of order; write header (1), data (2) and trailer (8), again if \
                 need be, and one end (9) last",
            )));
        }
        self.expected = next;
        if piece.cut == Cut::Wrong {
            self.unread(found, batch);
            return;
        }
        match found {
            RecordKind::Header => self.open(piece, batch),
            RecordKind::Data => self.row(piece, batch),
            RecordKind::Trailer => self.close(piece, batch),
            RecordKind::End => {
                self.beside(RecordKind::End, piece, batch);
            }
        }
    }

    /// A record of another length: what was told of it is not told again by what it lacks.
    fn unread(&mut self, found: RecordKind, batch: &mut Batch<'_>) {
        match found {
            RecordKind::Header => {
                self.header = None;
                self.sums = Sums { lacks: true, ..Sums::default() };
            }
            RecordKind::Data => {
                self.sums.lacks = true;
                batch.unread_record();
            }
            RecordKind::Trailer | RecordKind::End => {}
        }
    }

    /// A header: whose the rows below are.
    fn open(&mut self, piece: &Taken<'_>, batch: &mut Batch<'_>) {
        self.beside(RecordKind::Header, piece, batch);
        self.charset(piece, batch);
        self.decoded.header(self.layout, piece.bytes);
        let fields =
            ACCOUNT.iter().filter_map(|field| self.layout.fields.get(field.index())?.as_ref());
        let account: Vec<u8> =
            fields.clone().flat_map(|field| bytes_of(field, piece.bytes)).copied().collect();
        let first = self.account.get_or_insert_with(|| account.clone());
        if *first != account {
            let words = (
                "請求者の利用者番号か口座が、前のヘッダーと違います。一つのファイルは一つの口座で作り、\
                 ほかの口座は別のファイルにしてください。",
                "the requester or its account differs from the first header; one file is of one \
                 account, so put others into a file of their own",
            );
            let mut told = whole(piece, (Code::F08, Severity::Error), words);
            let last =
                ACCOUNT.last().and_then(|field| self.layout.fields.get(field.index())?.as_ref());
            told.bytes = last.map(|field| field.place(&part(piece)));
            batch.file_error(told);
        }
        let (record, offset, bytes) = (piece.number, piece.offset, piece.raw.to_vec());
        self.header = Some(Header { record, offset, bytes });
        self.sums = Sums { amount: Some(0), ..Sums::default() };
    }

    /// The header says which charset the bytes are in (F06).
    fn charset(&self, piece: &Taken<'_>, batch: &mut Batch<'_>) {
        let Some(field) = self.named(RecordKind::Header, "charset") else { return };
        let said = bytes_of(&field, piece.bytes);
        let (digit, name) = (self.charset.digit(), self.charset.name());
        if said == [digit] {
            return;
        }
        let digit = char::from(digit);
        let words = (
            format!(
                "文字コード区分が中身の文字コードと合いません。中身は{name}なので、{digit}にしてください。"
            ),
            format!("the charset is not that of the bytes, which are {name}; write {digit}"),
        );
        let words = (words.0.as_str(), words.1.as_str());
        let mut told = whole(piece, (Code::F06, Severity::Error), words);
        told.bytes = Some(field.place(&part(piece)));
        told.value = decode(said);
        batch.file_error(told);
    }

    /// A data record: a row with what its header says.
    fn row(&mut self, piece: &Taken<'_>, batch: &mut Batch<'_>) {
        self.sums.count += 1;
        self.sums.amount = self.amount(piece).and_then(|yen| self.sums.amount?.checked_add(yen));
        let Some(header) = &self.header else {
            batch.unread_record();
            return;
        };
        let doubt = beside(&self.beside, RecordKind::Data, piece, |told| batch.note(told));
        self.decoded.data(self.layout, piece.bytes);
        let cells = self.decoded.cells();
        let records = Records {
            fields: &self.layout.fields,
            header: Part { record: header.record, offset: header.offset, bytes: &header.bytes },
            data: part(piece),
        };
        let (record, line) = (batch.next_record(), piece.number);
        batch.row(&Row { record, line, cells, places: Places::Bytes(&records) }, doubt);
    }

    fn amount(&self, piece: &Taken<'_>) -> Option<u64> {
        let field = self.layout.fields.get(Field::Amount.index())?.as_ref()?;
        number(bytes_of(field, piece.bytes))
    }

    /// A trailer: what it says is held against what was there (F09).
    fn close(&mut self, piece: &Taken<'_>, batch: &mut Batch<'_>) {
        self.beside(RecordKind::Trailer, piece, batch);
        let sums = std::mem::take(&mut self.sums);
        if sums.lacks {
            return;
        }
        let totals = [("total_count", Some(sums.count)), ("total_amount", sums.amount)];
        for (name, sum) in totals {
            let (Some(sum), Some(field)) = (sum, self.named(RecordKind::Trailer, name)) else {
                continue;
            };
            let said = bytes_of(&field, piece.bytes);
            if number(said) == Some(sum) {
                continue;
            }
            let shown = decode(said);
            let words = (
                format!(
                    "トレーラーでは {shown} ですが、データの合計は {sum} です。どちらかを直してください。"
                ),
                format!("the trailer says {shown}, the data sum to {sum}; correct one of them"),
            );
            let words = (words.0.as_str(), words.1.as_str());
            let mut told = whole(piece, (Code::F09, Severity::Error), words);
            told.bytes = Some(field.place(&part(piece)));
            told.value = shown;
            batch.file_error(told);
        }
    }

    /// What stands in fields that no rule reads, of a record that is no row.
    fn beside(&self, kind: RecordKind, piece: &Taken<'_>, batch: &mut Batch<'_>) {
        beside(&self.beside, kind, piece, |told| match told.severity {
            Severity::Error => batch.file_error(told),
            Severity::Warning | Severity::Info => batch.file_note(told),
        });
    }

    fn named(&self, kind: RecordKind, name: &str) -> Option<ByteField> {
        let field = self.layout.layout.fields(kind).iter().find(|field| field.name_en == name)?;
        Some(super::byte_field(field, kind == RecordKind::Header))
    }

    /// What a whole file has (F04).
    fn finish(&self, batch: &mut Batch<'_>) {
        if self.expected != Place::Done {
            batch.file_error(file_finding(
                Code::F04,
                self.last_line,
                String::new(),
                "エンドレコード(9)がありません。ファイルが途中で切れていないか確かめてください。",
                "there is no end record (9); the file may have been cut off",
            ));
        }
    }
}

impl Decoded {
    /// Reads the columns that stand in a header.
    fn header(&mut self, layout: &RequestLayout, bytes: &[u8]) {
        self.text.clear();
        self.read(layout, true, bytes);
        self.header_len = self.text.len();
    }

    /// Reads the columns that stand in a data record, in the place of those of the last one.
    fn data(&mut self, layout: &RequestLayout, bytes: &[u8]) {
        self.text.truncate(self.header_len);
        self.read(layout, false, bytes);
    }

    fn read(&mut self, layout: &RequestLayout, in_header: bool, bytes: &[u8]) {
        // What stands before the first kana, and behind the last, is taken as it is.
        let (first, last) = plain_ends(bytes);
        let behind = bytes.len() - last;
        let base = self.text.len();
        self.text.push_str(plain(bytes.get(..first)));
        self.text.push_str(plain(bytes.get(behind..)));
        for (field, span) in layout.fields.iter().zip(&mut self.spans) {
            let Some(field) = field.as_ref().filter(|field| field.in_header == in_header) else {
                continue;
            };
            let cell = written(field, bytes);
            let (begin, end) = (field.offset, field.offset.saturating_add(cell.len()));
            let (begin, end) = if end <= first {
                (begin, end)
            } else if begin >= behind {
                (begin - behind + first, end - behind + first)
            } else {
                let begin = self.text.len() - base;
                self.text.extend(cell.iter().map(|byte| character(*byte)));
                (begin, self.text.len() - base)
            };
            *span = (base + begin, base + end);
        }
    }

    fn cells(&self) -> [&str; Field::COUNT] {
        let mut cells = [""; Field::COUNT];
        for (cell, (begin, end)) in cells.iter_mut().zip(self.spans) {
            *cell = self.text.get(begin..end).unwrap_or_default();
        }
        cells
    }
}

/// Whether a byte is the same character in ASCII: only ¥ and what follows } are others in JIS X
/// 0201.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7D) && byte != 0x5C
}

/// How many bytes are plain at the beginning, and of the others at the end.
fn plain_ends(bytes: &[u8]) -> (usize, usize) {
    // Sixteen at a time, without a branch for each.
    const STRIDE: usize = 16;
    let all = |piece: &&[u8]| piece.iter().fold(true, |all, byte| all & is_plain(*byte));
    let first = bytes.chunks_exact(STRIDE).take_while(all).count() * STRIDE;
    let (begun, rest) = bytes.split_at(first);
    let first = begun.len() + rest.iter().take_while(|byte| is_plain(**byte)).count();
    let rest = bytes.get(first..).unwrap_or_default();
    let last = rest.rchunks_exact(STRIDE).take_while(all).count() * STRIDE;
    let rest = rest.get(..rest.len() - last).unwrap_or_default();
    (first, last + rest.iter().rev().take_while(|byte| is_plain(**byte)).count())
}

/// Bytes that are all plain, as text.
fn plain(bytes: Option<&[u8]>) -> &str {
    bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Bytes as text; what is no character is given out as U+FFFD, which the rules report.
fn decode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| character(*byte)).collect()
}

fn character(byte: u8) -> char {
    jis::character(byte).unwrap_or(char::REPLACEMENT_CHARACTER)
}

pub(super) fn bytes_of<'b>(field: &ByteField, record: &'b [u8]) -> &'b [u8] {
    record.get(field.offset..field.offset.saturating_add(field.length)).unwrap_or_default()
}

/// What is written in a field, without the blanks that fill a text. Blanks behind digits are not
/// fill but a mistake.
fn written<'b>(field: &ByteField, record: &'b [u8]) -> &'b [u8] {
    // There are many of them in a row: passed over by eights.
    const BLANK: [u8; 8] = [b' '; 8];
    let all = bytes_of(field, record);
    let mut text = all;
    while let Some(rest) = text.strip_suffix(&BLANK) {
        text = rest;
    }
    while let Some(rest) = text.strip_suffix(b" ") {
        text = rest;
    }
    if field.is_number && !text.is_empty() { all } else { text }
}

/// Digits as a number, nothing but spaces as 0; none for anything else.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    if digits.iter().all(|byte| *byte == b' ') {
        return Some(0);
    }
    digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Tells what is wrong in fields that no rule reads: what is no character (F07), what is none of
/// the network's (F07, a warning, since nothing is made of it), fillers that are filled (F11).
fn beside(
    beside: &[Vec<Beside>; 4],
    kind: RecordKind,
    piece: &Taken<'_>,
    mut tell: impl FnMut(Finding),
) -> Doubt {
    let at = RecordKind::ALL.iter().position(|one| *one == kind).unwrap_or_default();
    let mut doubt = Doubt::None;
    for Beside { field, is_filler } in beside.get(at).into_iter().flatten() {
        let bytes = bytes_of(field, piece.bytes);
        // Nearly always blank, which is seen at once.
        if bytes.iter().fold(0, |other, byte| other | (byte ^ b' ')) == 0 {
            continue;
        }
        let wrong = bytes.iter().position(|byte| !is_network_character(character(*byte)));
        let at = wrong.unwrap_or_default();
        let c = character(bytes.get(at).copied().unwrap_or_default());
        let byte = piece.raw.get(field.offset + at).copied().unwrap_or_default();
        let in_file = piece.offset.saturating_add((field.offset + at) as u64);
        let at = at + 1;
        let (code, severity, ja, en) = if wrong.is_some() && c == char::REPLACEMENT_CHARACTER {
            let (ja, en) = no_character(at, byte, in_file);
            (Code::F07, Severity::Error, ja, en)
        } else if *is_filler {
            (
                Code::F11,
                Severity::Warning,
                "空白にしておく項目に文字があります。項目の位置がずれていないか確かめてください。"
                    .to_owned(),
                "a field that stays blank is filled; check that no field is out of place"
                    .to_owned(),
            )
        } else if wrong.is_some() {
            (
                Code::F07,
                Severity::Warning,
                format!("{at}文字目の「{c}」は使えない文字です。この項目は読みとばしました。"),
                format!("character {at}, {c}, is not allowed; this field is not used"),
            )
        } else {
            continue;
        };
        if severity == Severity::Error {
            doubt = Doubt::Told;
        }
        let told = whole(piece, (code, severity), (&ja, &en));
        let value = decode(bytes).trim_end().chars().take(40).collect();
        tell(Finding { bytes: Some(field.place(&part(piece))), value, ..told });
    }
    doubt
}

fn part<'b>(piece: &Taken<'b>) -> Part<'b> {
    Part { record: piece.number, offset: piece.offset, bytes: piece.raw }
}

/// A finding on a whole record.
fn whole(piece: &Taken<'_>, (code, severity): (Code, Severity), (ja, en): (&str, &str)) -> Finding {
    let all = ByteField {
        name: String::new(),
        in_header: false,
        is_number: false,
        offset: 0,
        length: piece.bytes.len(),
    };
    let bytes = Some(all.place(&part(piece)));
    let told = file_finding(code, piece.number, String::new(), ja, en);
    Finding { bytes, severity, ..told }
}
