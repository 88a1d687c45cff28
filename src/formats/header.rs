//! The header line: Japanese or English names, in any order.

use super::batch::{Batch, is_gaiji};
use super::file_finding;
use super::profile::Mapping;
use crate::domain::invisible::visible;
use crate::domain::rules::{Need, need_of_any_kind};
use crate::domain::{Code, Field};

/// Where each field is.
#[derive(Debug)]
pub(super) struct Columns<'p> {
    /// The column of each field, from 1; 0 when there is none.
    pub(super) number_of: [u32; Field::COUNT],
    /// The field at each place of a row; none for a column without a name.
    pub(super) at: Vec<Option<Field>>,
    /// Whether there are unknown or repeated columns.
    pub(super) has_strangers: bool,
    /// How the cells become ours, where the header is of another system.
    pub(super) mapping: Option<Mapping<'p>>,
}

/// How many cells of a row are names of columns; 0 makes it a title.
pub(super) fn names_in<'c>(cells: impl Iterator<Item = &'c str>) -> usize {
    cells.filter(|cell| field_of(cell).is_some()).count()
}

/// Reads the header line; unknown, repeated and missing columns are errors of the file.
pub(super) fn read<'c, 'p>(
    cells: impl Iterator<Item = &'c str>,
    line: u32,
    batch: &mut Batch<'p>,
) -> Columns<'p> {
    let mut columns = [0; Field::COUNT];
    let mut at = Vec::new();
    let mut blank = 0;
    let mut has_strangers = false;
    for (number, cell) in (1_u32..).zip(cells) {
        if cell.trim().is_empty() {
            blank += 1;
            at.push(None);
            continue;
        }
        let field = field_of(cell);
        let slot = field.and_then(|field| columns.get_mut(field.index()));
        match slot {
            None => unknown(cell, line, number, batch),
            Some(0) => {}
            Some(first) => repeated(cell, line, (*first, number), batch),
        }
        if let Some(slot) = field.and_then(|field| columns.get_mut(field.index()))
            && *slot == 0
        {
            *slot = number;
            at.push(field);
        } else {
            has_strangers = true;
            at.push(None);
        }
    }
    if blank > 0 {
        batch.file_info(
            Code::Column,
            line,
            &format!("見出しのない列が{blank}列あります。空欄なので読みとばしました。"),
            &format!("{blank} columns without a name were passed over"),
        );
    }
    let missing = Field::ALL.iter().filter(|field| {
        let none = columns.get(field.index()) == Some(&0);
        none && need_of_any_kind(**field) == Need::Required
    });
    let missing = missing.fold(0, |bits, field| bits | 1_u32 << field.index());
    batch.report_missing(missing);
    Columns { number_of: columns, at, has_strangers, mapping: None }
}

fn unknown(cell: &str, line: u32, number: u32, batch: &mut Batch<'_>) {
    let gaiji = cell.chars().any(is_gaiji);
    let name: String = cell.trim().chars().take(40).collect();
    let name = visible(&name.replace(is_gaiji, "〓"));
    let near = nearest(&name);
    let ja = near.map_or_else(String::new, |near| format!("「{near}」のことでしょうか。"));
    let en = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
    let code = if gaiji { Code::Gaiji } else { Code::Column };
    let mut finding = file_finding(
        code,
        line,
        name.clone(),
        &format!("「{name}」という列はありません。{ja}見出しを直すか、列を削除してください。"),
        &format!("there is no column {name}; {en}correct the header or remove the column"),
    );
    finding.column = number;
    batch.file_error(finding);
}

pub(super) fn repeated(cell: &str, line: u32, (first, number): (u32, u32), batch: &mut Batch<'_>) {
    let name = cell.trim();
    let mut finding = file_finding(
        Code::Column,
        line,
        name.to_owned(),
        &format!("列「{name}」が{first}列目にもあります。一つにしてください。"),
        &format!("the column {name} is also column {first}; keep one of them"),
    );
    finding.column = number;
    batch.file_error(finding);
}

fn field_of(cell: &str) -> Option<Field> {
    let cell = cell.trim();
    let exact = Field::ALL.iter().find(|f| cell == f.japanese() || cell == f.name());
    exact.copied().or_else(|| {
        let plain = plain(cell);
        let mut fields = Field::ALL.iter();
        fields.find(|f| plain == plain_ascii(f.japanese()) || plain == f.name()).copied()
    })
}

/// A name without blanks, full-width letters as half-width ones, in lower case.
pub(super) fn plain(name: &str) -> String {
    let narrow = name.chars().filter(|c| !c.is_whitespace()).map(|c| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    });
    narrow.collect::<String>().to_ascii_lowercase()
}

fn plain_ascii(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The column name most like `name`, if any is like it at all.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let name = plain(name);
    let length = name.chars().count();
    let names = Field::ALL.iter().flat_map(|field| [field.japanese(), field.name()]);
    let measured = names.map(|known| (strsim::damerau_levenshtein(&name, &plain(known)), known));
    measured.min().filter(|(distance, _)| distance * 2 <= length).map(|(_, known)| known)
}
