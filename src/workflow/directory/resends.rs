//! The sheet in which a branch asks what is to become of what is stuck (再送の届出).

use serde::{Deserialize, Serialize};

use super::customers::{ColumnMistake, csv_line};
use super::rows::{Heading, Row, Sheet};

/// What tells this sheet from the others.
pub(super) const STUCK: Heading = Heading { name: "stuck", japanese: &["止まったもの"] };

const COLUMNS: [Heading; 3] = [
    STUCK,
    Heading { name: "deed", japanese: &["扱い"] },
    Heading { name: "reason", japanese: &["理由"] },
];

/// The longest reason, in characters.
const REASON_MAX: usize = 200;

/// What is to become of something that is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StuckDeed {
    /// 再送: it goes once more; a mail that was signed before is the same to the byte.
    Resend,
    /// 済: it counts as sent, or as told in another way; a held file is not taken in.
    Done,
    /// 受付: a held file is a request of its own and is taken in.
    Release,
}

impl StuckDeed {
    /// The word in the sheet.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Resend => "再送",
            Self::Done => "済",
            Self::Release => "受付",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Resend, Self::Done, Self::Release].into_iter().find(|deed| deed.japanese() == text)
    }
}

/// A row: what is to become of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckRow {
    /// Its line in the file.
    pub line: usize,
    /// The name of what is stuck, as it is listed; of a mail that came back its notice number, of a
    /// held file its receipt number.
    pub name: String,
    /// What is to become of it.
    pub deed: StuckDeed,
    /// Why.
    pub reason: String,
}

/// Reads the sheet, all mistakes at once.
///
/// Columns, in any order, with English or Japanese headings: stuck (its name as listed), deed (再送,
/// 済) and reason.
pub fn load_resends(file: &str, text: &str) -> Result<Vec<StuckRow>, Vec<ColumnMistake>> {
    let mut sheet = Sheet::read(file, text, &COLUMNS);
    let mut all: Vec<StuckRow> = Vec::new();
    for (read, row) in sheet.each(read) {
        if all.iter().any(|known| known.name == read.name) {
            let ja = "これはすでに上の行にあります。一つの届出には一行だけ書いてください。";
            sheet.say(&row, "stuck", ja, "this is listed above already");
        }
        all.push(read);
    }
    let told = sheet.told();
    if told.is_empty() && !all.is_empty() { Ok(all) } else { Err(told) }
}

/// The sheet [`load_resends`] reads: a row for each name with its deed as somebody chose it, all
/// for one reason, with a note for people; Japanese headings, CRLF.
pub fn resend_sheet(rows: &[(&str, &str)], reason: &str, note: &str) -> String {
    let headings = COLUMNS.iter().filter_map(|one| one.japanese.first().copied());
    let head = csv_line(&headings.chain(["備考"]).collect::<Vec<_>>());
    let rows = rows.iter().map(|(name, deed)| csv_line(&[name, deed, reason, note]));
    head + &rows.collect::<String>()
}

fn read(sheet: &mut Sheet, row: &Row) -> Option<StuckRow> {
    let name = sheet.filled(row, "stuck", "20261201-000001-4/mail/accepted");
    let deed = sheet.parsed(row, "deed", "再送 / 済 / 受付", StuckDeed::parse);
    let wish = "宛先の方に確かめ、届いていなかったため（200文字まで） / up to 200 characters";
    let reason = sheet.parsed(row, "reason", wish, |text| {
        let count = text.chars().count();
        (count > 0 && count <= REASON_MAX).then(|| text.to_owned())
    });
    Some(StuckRow { line: row.line, name: name?, deed: deed?, reason: reason? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::SheetKind;

    #[test]
    fn what_is_stuck_is_read_as_it_was_typed_and_every_mistake_is_told() {
        let rows = [("20261201-000001-4/mail/accepted", "再送"), ("48213-2-8", "済")];
        let text = resend_sheet(&rows, "電話で確認", "画面から");
        assert_eq!(SheetKind::of(&text), SheetKind::Resends);
        let read = load_resends("再送.csv", &text).unwrap();
        let deeds: Vec<_> = read.iter().map(|row| (row.name.as_str(), row.deed)).collect();
        assert_eq!(deeds, [(rows[0].0, StuckDeed::Resend), (rows[1].0, StuckDeed::Done)]);
        assert!(read.iter().all(|row| row.reason == "電話で確認"));
        let columns = |lines: &str| {
            let text = format!("止まったもの,扱い,理由\n{lines}");
            let told = load_resends("再送.csv", &text).unwrap_err();
            told.iter().map(|(column, _)| *column).collect::<Vec<_>>()
        };
        assert_eq!(columns(",送る,\n"), ["stuck", "deed", "reason"]);
        assert_eq!(columns("a/b,再送,x\na/b,済,x\n"), ["stuck"]);
        assert_eq!(columns(""), Vec::<&str>::new(), "nothing is asked for");
    }
}
