//! The sheet in which a branch declares an outage, or the end of one (障害の宣言).

use std::str::FromStr as _;

use crate::domain::{CaseId, Outage, Region, Timestamp};
use crate::workflow::parse_moment;

use super::customers::{ColumnMistake, csv_line};
use super::rows::{Heading, Row, Sheet};

/// What tells this sheet from the others.
pub(super) const OUTAGE: Heading = Heading { name: "outage", japanese: &["障害"] };

const COLUMNS: [Heading; 6] = [
    OUTAGE,
    Heading { name: "region", japanese: &["範囲"] },
    Heading { name: "from", japanese: &["開始日時"] },
    Heading { name: "reason", japanese: &["理由"] },
    Heading { name: "until", japanese: &["終了日時"] },
    Heading { name: "declared_in", japanese: &["宣言の申請番号"] },
];

/// The words of the first column.
const DECLARE: &str = "宣言";
const END: &str = "終了";

/// The longest reason, in characters: it stands on pages that everybody reads.
const REASON_MAX: usize = 200;

/// What a sheet declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutageRow {
    /// 宣言: an outage; its end is not known.
    Declare(Outage),
    /// 終了: the end of one.
    End {
        /// The case in which it was declared.
        declared: CaseId,
        /// The moment it is over.
        until: Timestamp,
    },
}

/// Reads the sheet, all mistakes at once. It has one row: two people decide on one thing.
///
/// Columns, in any order, with English or Japanese headings: outage (宣言, 終了), region (全店, branch
/// codes with `;` between them, or a user number), from (`2026-12-01 09:00`), reason, until, and
/// declared_in (the case of the declaration). 宣言 needs the first four, 終了 the last two.
pub fn load_outage(file: &str, text: &str) -> Result<OutageRow, Vec<ColumnMistake>> {
    let mut sheet = Sheet::read(file, text, &COLUMNS);
    let mut all = Vec::new();
    for (read, row) in sheet.each(read) {
        if !all.is_empty() {
            let ja = "一つの届出には一行だけ書いてください。";
            sheet.say(&row, "outage", ja, "write one row");
        }
        all.push(read);
    }
    let told = sheet.told();
    match all.pop() {
        Some(row) if told.is_empty() => Ok(row),
        _ => Err(told),
    }
}

/// The sheet [`load_outage`] reads, of cells in the order of its columns as somebody typed them,
/// with a note for people; Japanese headings, CRLF.
pub fn outage_sheet(cells: [&str; 6], note: &str) -> String {
    let headings = COLUMNS.iter().filter_map(|one| one.japanese.first().copied());
    let head = csv_line(&headings.chain(["備考"]).collect::<Vec<_>>());
    head + &csv_line(&cells.into_iter().chain([note]).collect::<Vec<_>>())
}

fn read(sheet: &mut Sheet, row: &Row) -> Option<OutageRow> {
    let is_end = sheet.parsed(row, "outage", "宣言 / 終了", |text| match text {
        DECLARE => Some(false),
        END => Some(true),
        _ => None,
    })?;
    let moment = "2026-12-01 09:00";
    if is_end {
        let declared = sheet
            .parsed(row, "declared_in", "20261201-000001-4.1", |text| CaseId::from_str(text).ok());
        let until = sheet.parsed(row, "until", moment, parse_moment);
        return Some(OutageRow::End { declared: declared?, until: until? });
    }
    let wish = "全店 / 001;002 / 1AB2CD3EF（全店か店番か利用者番号）";
    let region = sheet.parsed(row, "region", wish, Region::parse);
    let from = sheet.parsed(row, "from", moment, parse_moment);
    let wish = "回線の障害（200文字まで） / up to 200 characters";
    let reason = sheet.parsed(row, "reason", wish, |text| {
        let count = text.chars().count();
        (count > 0 && count <= REASON_MAX).then(|| text.to_owned())
    });
    Some(OutageRow::Declare(Outage { region: region?, from: from?, until: None, reason: reason? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::SheetKind;

    const HEAD: &str = "障害,範囲,開始日時,理由,終了日時,宣言の申請番号\n";

    #[test]
    fn a_declaration_and_its_end_are_read_as_they_were_typed() {
        let typed = ["宣言", "００１；002", "2026-12-01 09:00", "停電, \"全館\"", "", ""];
        let text = outage_sheet(typed, "画面から");
        assert_eq!(SheetKind::of(&text), SheetKind::Outage);
        let OutageRow::Declare(outage) = load_outage("障害.csv", &text).unwrap() else {
            panic!("{text}")
        };
        assert_eq!(outage.region.written(), "001;002");
        assert_eq!(outage.reason, "停電, \"全館\"");
        let number = "20261201-000001-4.1";
        let text = outage_sheet(["終了", "", "", "", "2026-12-01 12:30", number], "");
        let OutageRow::End { declared, until } = load_outage("障害.csv", &text).unwrap() else {
            panic!("{text}")
        };
        assert_eq!((declared.to_string().as_str(), until.hour_minute()), (number, (12, 30)));
    }

    #[test]
    fn every_mistake_is_told_with_its_column_and_there_is_one_row() {
        let columns = |lines: &str| {
            let told = load_outage("障害.csv", &format!("{HEAD}{lines}")).unwrap_err();
            told.iter().map(|(column, _)| *column).collect::<Vec<_>>()
        };
        assert_eq!(columns("宣言,どこか,きのう,,,\n"), ["region", "from", "reason"]);
        assert_eq!(columns("終了,,,,,\n"), ["declared_in", "until"]);
        assert_eq!(columns("延期,,,,,\n"), ["outage"]);
        let twice = "宣言,全店,2026-12-01 09:00,停電,,\n".repeat(2);
        assert_eq!(columns(&twice), ["outage"]);
        assert_eq!(columns(""), Vec::<&str>::new(), "nothing is declared");
    }
}
