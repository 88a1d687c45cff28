//! The sheet in which a branch asks for a new key of mails and papers (鍵の更新).

use super::customers::{ColumnMistake, csv_line};
use super::rows::{Heading, Row, Sheet};

/// What tells this sheet from the others.
pub(super) const KEY: Heading = Heading { name: "key", japanese: &["鍵"] };

const COLUMNS: [Heading; 2] = [KEY, Heading { name: "reason", japanese: &["理由"] }];

/// The word for the one key that is changed so: mails and papers are signed with it.
const MAIL: &str = "メールと書面";
/// The longest reason, in characters.
const REASON_MAX: usize = 200;

/// Reads the sheet, all mistakes at once; answers why the key is to be another. It has one row.
///
/// Columns, in any order, with English or Japanese headings: key (メールと書面) and reason.
pub fn load_key(file: &str, text: &str) -> Result<String, Vec<ColumnMistake>> {
    let mut sheet = Sheet::read(file, text, &COLUMNS);
    let mut all = Vec::new();
    for (read, row) in sheet.each(read) {
        if !all.is_empty() {
            sheet.say(&row, "key", "一つの届出には一行だけ書いてください。", "write one row");
        }
        all.push(read);
    }
    let told = sheet.told();
    match all.pop() {
        Some(reason) if told.is_empty() => Ok(reason),
        _ => Err(told),
    }
}

/// The sheet [`load_key`] reads, with a note for people; Japanese headings, CRLF.
pub fn key_sheet(reason: &str, note: &str) -> String {
    let headings = COLUMNS.iter().filter_map(|one| one.japanese.first().copied());
    let head = csv_line(&headings.chain(["備考"]).collect::<Vec<_>>());
    head + &csv_line(&[MAIL, reason, note])
}

fn read(sheet: &mut Sheet, row: &Row) -> Option<String> {
    let which = sheet.parsed(row, "key", MAIL, |text| (text == MAIL).then_some(()));
    let wish = "定期の更新（200文字まで） / up to 200 characters";
    let reason = sheet.parsed(row, "reason", wish, |text| {
        let count = text.chars().count();
        (count > 0 && count <= REASON_MAX).then(|| text.to_owned())
    });
    which.and(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::SheetKind;

    #[test]
    fn a_request_for_a_key_is_read_as_it_was_typed_and_every_mistake_is_told() {
        let text = key_sheet("鍵が漏れたおそれ", "窓口から");
        assert_eq!(SheetKind::of(&text), SheetKind::Key);
        assert_eq!(load_key("鍵.csv", &text).unwrap(), "鍵が漏れたおそれ");
        let columns = |lines: &str| {
            let told = load_key("鍵.csv", &format!("鍵,理由\n{lines}")).unwrap_err();
            told.iter().map(|(column, _)| *column).collect::<Vec<_>>()
        };
        assert_eq!(columns("画面,\n"), ["key", "reason"]);
        assert_eq!(columns("メールと書面,古い\nメールと書面,古い\n"), ["key"]);
        assert_eq!(columns(""), Vec::<&str>::new(), "nothing is asked for");
    }
}
