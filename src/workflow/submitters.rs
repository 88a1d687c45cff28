//! The list of submitters, `workflows/submitters.csv`.

use crate::domain::{ApprovalPattern, BranchCode, ResultEncoding, Submitter, UserId, UserNumber};

use super::Mistake;

const HEADER: [&str; 8] =
    ["channel", "submitter", "name", "desk", "email", "encoding", "pattern", "owners"];

/// Reads the list of submitters, all mistakes at once.
///
/// Columns: channel, submitter (user number, branch code or
/// institution), name, desk (branch code), email,
/// encoding (`cp932` or `utf8-bom`), pattern (`none`, `single`, `double_ordered`, `double_any`),
/// owners (`uid=user ID`, separated by spaces; may be empty).
pub fn load_submitters(file: &str, text: &str) -> Result<Vec<Submitter>, Vec<Mistake>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut mistakes = Vec::new();
    let mut submitters: Vec<Submitter> = Vec::new();
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header_ok = rows.headers().is_ok_and(|header| header.iter().eq(HEADER));
    if !header_ok {
        let ja = format!("1行目は {} としてください。", HEADER.join(","));
        mistakes.push(mistake(file, 1, ja, format!("line 1 must be {}", HEADER.join(","))));
    }
    for row in rows.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let ja = "CSV として読めません。".to_owned();
                mistakes.push(mistake(file, 0, ja, error.to_string()));
                continue;
            }
        };
        let line = row.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0));
        match submitter(&row) {
            Ok(new) => {
                let twice = submitters
                    .iter()
                    .any(|old| old.channel == new.channel && old.folder == new.folder);
                if twice {
                    let ja = format!("{}/{} が二度書かれています。", new.channel, new.folder);
                    let en = format!("{}/{} is listed twice", new.channel, new.folder);
                    mistakes.push(mistake(file, line, ja, en));
                }
                submitters.push(new);
            }
            Err((column, wish)) => {
                let ja = format!("「{column}」の値が読めません。{wish} と書いてください。");
                let en = format!("cannot read `{column}`; write {wish}");
                mistakes.push(mistake(file, line, ja, en));
            }
        }
    }
    if mistakes.is_empty() { Ok(submitters) } else { Err(mistakes) }
}

type Wrong = (&'static str, &'static str);

fn submitter(row: &csv::StringRecord) -> Result<Submitter, Wrong> {
    let cell = |index: usize| row.get(index).unwrap_or_default().trim();
    let (channel, folder) = (cell(0), cell(1));
    let folder_ok = match channel {
        "customers" => UserNumber::parse(folder).is_ok(),
        "branches" | "contracts" | "fax" => BranchCode::parse(folder).is_ok(),
        "center" | "bounces" => is_institution(folder),
        _ => return Err(("channel", "customers / branches / fax / center / contracts / bounces")),
    };
    if !folder_ok {
        let wish = "利用者番号9桁 (user number) / 店番3桁 (branch code) / 名前 (center, bounces: a-z, 0-9, -)";
        return Err(("submitter", wish));
    }
    let encoding = match cell(5) {
        "cp932" => ResultEncoding::Cp932,
        "utf8-bom" => ResultEncoding::Utf8Bom,
        _ => return Err(("encoding", "cp932 / utf8-bom")),
    };
    let pattern = match cell(6) {
        "none" => ApprovalPattern::None,
        "single" => ApprovalPattern::Single,
        "double_ordered" => ApprovalPattern::DoubleOrdered,
        "double_any" => ApprovalPattern::DoubleAny,
        _ => return Err(("pattern", "none / single / double_ordered / double_any")),
    };
    let email = cell(4);
    if !email.contains('@') {
        return Err(("email", "name@example.jp"));
    }
    Ok(Submitter {
        channel: channel.to_owned(),
        folder: folder.to_owned(),
        name: cell(2).to_owned(),
        desk: BranchCode::parse(cell(3)).map_err(|_| ("desk", "001"))?,
        email: email.to_owned(),
        encoding,
        pattern,
        owners: cell(7).split_whitespace().map(owner).collect::<Result<_, _>>()?,
    })
}

/// The folder of an institution that sends results.
fn is_institution(folder: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=20).contains(&folder.len()) && folder.chars().all(fits)
}

fn owner(text: &str) -> Result<(u32, UserId), Wrong> {
    let wrong = ("owners", "1001=tanaka01");
    let (uid, user) = text.split_once('=').ok_or(wrong)?;
    Ok((uid.parse().map_err(|_| wrong)?, UserId::parse(user).map_err(|_| wrong)?))
}

fn mistake(file: &str, line: usize, ja: String, en: String) -> Mistake {
    Mistake { file: file.to_owned(), line, column: 1, length: 1, ja, en }
}
