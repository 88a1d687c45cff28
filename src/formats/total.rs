//! The control total people leave in a sheet's last row: 合計, 計 or 件数.

use super::header::Columns;
use crate::domain::Field;

/// A row that holds totals instead of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct ControlRow {
    /// Its physical line.
    pub(super) line: u32,
    /// How many records it says there are.
    pub(super) count: Option<u64>,
    /// What it says they sum up to.
    pub(super) amount: Option<u64>,
}

impl ControlRow {
    /// Reads `cells` as totals, if the first filled cell says so.
    pub(super) fn read<'c>(
        cells: impl Iterator<Item = &'c str>,
        columns: &Columns<'_>,
        line: u32,
    ) -> Option<Self> {
        let mut filled = cells.enumerate().filter(|(_, cell)| !cell.trim().is_empty());
        let (_, label) = filled.next()?;
        let counts_only = counts_only(label)?;
        let mut row = Self { line, count: None, amount: None };
        for (at, cell) in filled {
            let in_amounts = columns.at.get(at) == Some(&Some(Field::Amount));
            let says_count = cell.trim().ends_with('件');
            if in_amounts && !counts_only && !says_count {
                row.amount = number(cell);
            } else if row.count.is_none() {
                row.count = number(cell);
            }
        }
        Some(row)
    }

    /// Whether `cells` are totals.
    pub(super) fn is_one<'c>(mut cells: impl Iterator<Item = &'c str>) -> bool {
        cells.find(|cell| !cell.trim().is_empty()).and_then(counts_only).is_some()
    }
}

/// Whether a label is of a row that counts and sums nothing; none where it is no such label.
fn counts_only(label: &str) -> Option<bool> {
    let label: String = label.chars().filter(|c| !c.is_whitespace()).collect();
    match label.trim_end_matches([':', '：']) {
        "合計" | "計" | "総計" | "総合計" | "合計金額" => Some(false),
        "件数" | "合計件数" => Some(true),
        _ => None,
    }
}

/// `1,234`, `¥1,234円` or `12件` as a number.
fn number(cell: &str) -> Option<u64> {
    let digits: String = cell
        .chars()
        .filter(|c| {
            !c.is_whitespace() && !matches!(c, ',' | '，' | '¥' | '￥' | '\\' | '円' | '件')
        })
        .map(|c| match c {
            '０'..='９' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .collect();
    digits.parse().ok()
}
