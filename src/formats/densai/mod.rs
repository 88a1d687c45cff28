//! 一括記録請求ファイル (集信1): the fixed-length form of record requests, 250 bytes a record.
//!
//! A file is sub-files of a header, data and a trailer, and one end record. Where each field stands
//! is a [`Layout`]; what the header says once is part of each row below it, and rows go to the same
//! rules as those of CSV and XML. Read [`RequestLayout`] first. It claims no conformance to the
//! network's standard: its data record is our reading, which a bank replaces by its own table.
//! Source: published notes on the format (length, newlines, several headers, one end record, one
//! account a file, blank numbers), and a published sample of the header.

mod correct;
mod read;
mod results;
mod write;

use std::sync::LazyLock;

pub use correct::records_to_correct;
pub(super) use read::read;
pub use results::{
    Asked, Outcome, RESULT_LAYOUT, SHIPPED_RESULT, Told, is_results, read_outcomes, result_layout,
    write_outcomes,
};
pub use write::write_requests;

use super::TableMistake;
use super::layout::{Charset, FieldType, Layout, LayoutField, RecordKind};
use crate::domain::Field;
use crate::domain::rules::ByteField;

/// How many bytes a record has.
pub const RECORD_LEN: usize = 250;

/// Where the layout lies below the root.
pub const LAYOUT: &str = "workflows/layouts/densai_request_v1.csv";
/// The layout that is built in: what `init` writes there.
pub const SHIPPED: &str = include_str!("../../../workflows/layouts/densai_request_v1.csv");

const NEEDS: [(RecordKind, &[&str]); 4] = [
    (
        RecordKind::Header,
        &[
            "record_type",
            "request_kind",
            "charset",
            "record_date",
            "requester_user_number",
            "requester_bank_code",
            "requester_branch_code",
            "requester_account_type",
            "requester_account_number",
        ],
    ),
    (
        RecordKind::Data,
        &[
            "record_type",
            "record_number",
            "counterparty_user_number",
            "counterparty_bank_code",
            "counterparty_branch_code",
            "counterparty_account_type",
            "counterparty_account_number",
            "requester_ref",
            "amount",
            "due_date",
        ],
    ),
    (RecordKind::Trailer, &["record_type", "total_count", "total_amount"]),
    (RecordKind::End, &["record_type"]),
];

/// The layout of a bulk request file, with the place of each column of a request.
///
/// Shape: a field whose English name is that of a column is that column; others are passed over.
/// Made by [`RequestLayout::load`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLayout {
    layout: Layout,
    fields: [Option<ByteField>; Field::COUNT],
}

impl RequestLayout {
    /// Reads the layout of this file; errs with every mistake.
    pub fn load(text: &str) -> Result<Self, Vec<TableMistake>> {
        let layout = Layout::load(text, RECORD_LEN, &NEEDS)?;
        let mut fields = [const { None }; Field::COUNT];
        for kind in [RecordKind::Header, RecordKind::Data] {
            for field in layout.fields(kind) {
                let slot = column(field).and_then(|column| fields.get_mut(column.index()));
                let Some(slot) = slot else { continue };
                *slot = Some(byte_field(field, kind == RecordKind::Header));
            }
        }
        Ok(Self { layout, fields })
    }

    /// The layout that is built in.
    pub fn shipped() -> &'static Self {
        #[expect(clippy::expect_used, reason = "the text is compiled in; a test loads it")]
        static LOADED: LazyLock<RequestLayout> =
            LazyLock::new(|| RequestLayout::load(SHIPPED).expect("the shipped layout is whole"));
        &LOADED
    }

    /// The table itself.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// The column of a request that a field holds.
fn column(field: &LayoutField) -> Option<Field> {
    Field::ALL.iter().copied().find(|column| column.name() == field.name_en)
}

fn byte_field(field: &LayoutField, in_header: bool) -> ByteField {
    ByteField {
        name: field.name_ja.clone(),
        in_header,
        is_number: field.kind == FieldType::Number,
        offset: field.offset,
        length: field.length,
    }
}

/// Whether bytes are such records: a header of a known kind, charset and form of date, in a file
/// that has a whole record at least.
pub fn is_request(head: &[u8]) -> bool {
    let Some((header, _)) = head.split_at_checked(RECORD_LEN) else { return false };
    let mut jis = Vec::new();
    let header = Charset::of(header).to_jis(header, &mut jis);
    let kinds = [b"11", b"12", b"20", b"30"];
    let kind = header.get(1..3).unwrap_or_default();
    header.first() == Some(&b'1')
        && kinds.iter().any(|known| known.as_slice() == kind)
        && header.get(3..12).unwrap_or_default().iter().all(u8::is_ascii_digit)
}

/// Whether a file named as one may be meant as such records: it begins with a digit.
pub(super) fn may_begin(first: Option<&u8>) -> bool {
    first.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, 0xF0..=0xF9))
}
