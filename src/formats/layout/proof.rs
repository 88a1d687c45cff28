//! What the rows of a layout are together: no gap, no overlap, the right length, nothing missing.

use std::collections::BTreeMap;

use super::super::sheet::TableMistake;
use super::load::{LENGTH, NAME_EN, OFFSET, Placed};
use super::{Layout, LayoutField, RecordKind};

/// Every mistake of rows that are each well formed.
pub(super) fn proof(
    read: &[Placed],
    record_len: usize,
    needs: &[(RecordKind, &[&str])],
) -> Vec<TableMistake> {
    let mut mistakes = Vec::new();
    for kind in RecordKind::ALL {
        let rows: Vec<&Placed> = read.iter().filter(|placed| placed.kind == kind).collect();
        let needed = needs.iter().filter(|(of, _)| *of == kind).flat_map(|(_, names)| *names);
        let needed: Vec<&str> = needed.copied().collect();
        if rows.is_empty() {
            mistakes.push(TableMistake::whole(
                format!("{}レコード（{}）の行がありません。", kind.japanese(), kind.name()),
                format!("there are no rows of `{}`", kind.name()),
            ));
            continue;
        }
        mistakes.extend(chain(&rows));
        mistakes.extend(sum(kind, &rows, record_len));
        mistakes.extend(names(kind, &rows, &needed));
    }
    mistakes
}

/// Each field begins where the one before it ends.
fn chain(rows: &[&Placed]) -> Vec<TableMistake> {
    let mut mistakes = Vec::new();
    let mut expected = 0;
    let mut before: Option<&LayoutField> = None;
    for placed in rows {
        let field = &placed.field;
        let told = if field.offset == expected {
            None
        } else if before.is_some_and(|before| field.offset <= before.offset) {
            Some((
                format!("位置は前の項目より後にしてください。ここは {expected} です。"),
                format!("offsets must rise; here stands {expected}"),
            ))
        } else if field.offset < expected {
            Some((
                format!("前の項目と重なっています。ここは {expected} です。"),
                format!("it overlaps the field before it; here stands {expected}"),
            ))
        } else {
            Some((
                format!("前の項目との間が空いています。ここは {expected} です。"),
                format!("there is a gap before it; here stands {expected}"),
            ))
        };
        mistakes.extend(told.map(|(ja, en)| placed.row.wrong(OFFSET, ja, en)));
        expected = field.offset.saturating_add(field.length);
        before = Some(field);
    }
    mistakes
}

/// The lengths are those of a record.
fn sum(kind: RecordKind, rows: &[&Placed], record_len: usize) -> Option<TableMistake> {
    let sum: usize = rows.iter().map(|placed| placed.field.length).sum();
    let last = rows.last().filter(|_| sum != record_len)?;
    Some(last.row.wrong(
        LENGTH,
        format!("{}の長さの合計が {sum} です。{record_len} にしてください。", kind.japanese()),
        format!("the lengths of `{}` sum to {sum}; they must be {record_len}", kind.name()),
    ))
}

/// No name stands twice, and those the program asks for are there.
fn names(kind: RecordKind, rows: &[&Placed], needed: &[&str]) -> Vec<TableMistake> {
    let mut mistakes = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for placed in rows {
        let name = placed.field.name_en.as_str();
        if let Some(line) = seen.insert(name, placed.row.line) {
            mistakes.push(placed.row.wrong(
                NAME_EN,
                format!("name_en「{name}」は{line}行目にもあります。別の名前にしてください。"),
                format!("the name `{name}` stands in line {line}, too; use another"),
            ));
        }
    }
    let kind_name = kind.name();
    let missing = needed.iter().filter(|name| !seen.contains_key(*name));
    mistakes.extend(missing.map(|name| {
        TableMistake::whole(
            format!("{}に name_en「{name}」の行がありません。", kind.japanese()),
            format!("`{kind_name}` has no field `{name}`"),
        )
    }));
    mistakes
}

/// The layout of rows without a mistake.
pub(super) fn proved(read: Vec<Placed>, record_len: usize) -> Layout {
    let mut records: [Vec<LayoutField>; 4] = Default::default();
    for placed in read {
        let [header, data, trailer, end] = &mut records;
        let fields = match placed.kind {
            RecordKind::Header => header,
            RecordKind::Data => data,
            RecordKind::Trailer => trailer,
            RecordKind::End => end,
        };
        fields.push(placed.field);
    }
    Layout { record_len, records }
}
