//! The directory as the office writes it: `workflows/directory/people.csv` and `branches.csv`.
//!
//! Reads rows, tells every mistake at once with its place, and proves that of one person or one
//! branch no two rows hold on the same day. Read [`load_directory`] first.

mod claims;
mod customers;
mod keys;
mod outages;
mod resends;
mod rows;
mod sheet;
#[cfg(test)]
mod tests;
mod users;

use crate::domain::{Branch, BranchCode, Directory, Organisation, Posting, Term, UserId};

pub use claims::{load_claims, write_claims};
pub use customers::{
    Application, ColumnMistake, Procedure, blank_application, load_application, load_counterparts,
    load_customers, write_counterparts, write_customers,
};

pub use keys::{key_sheet, load_key};
pub use outages::{OutageRow, load_outage, outage_sheet};
pub use resends::{StuckDeed, StuckRow, load_resends, resend_sheet};
pub use sheet::SheetKind;
pub use users::{UserDeed, UserRow, deed_sheet, load_users, user_lines, write_users};

use super::Mistake;
use rows::{Heading, Row, Sheet};

const PEOPLE: [Heading; 7] = [
    Heading { name: "user", japanese: &["ユーザーID", "利用者ID"] },
    Heading { name: "name", japanese: &["氏名", "名前"] },
    Heading { name: "email", japanese: &["メールアドレス", "メール"] },
    Heading { name: "organisation", japanese: &["所属"] },
    Heading { name: "roles", japanese: &["権限", "役割"] },
    Heading { name: "from", japanese: &["開始日", "適用開始日"] },
    Heading { name: "until", japanese: &["終了日", "適用終了日"] },
];

const BRANCHES: [Heading; 6] = [
    Heading { name: "code", japanese: &["店番"] },
    Heading { name: "name", japanese: &["店名", "名称"] },
    Heading { name: "phone", japanese: &["電話番号", "電話"] },
    Heading { name: "from", japanese: &["開始日", "適用開始日"] },
    Heading { name: "until", japanese: &["終了日", "適用終了日"] },
    Heading { name: "successor", japanese: &["統合先", "承継店"] },
];

/// A file of the directory: its name as people know it, and its text; nothing where there is none.
pub type DirectoryFile<'f> = Option<(&'f str, &'f str)>;

/// Reads the directory, all mistakes of both files at once.
///
/// Columns of `people`: user, name, email, organisation (`branch:001`, `customer:…`), roles
/// (`;` between them), from, until (`2026-04-01`; empty for no end). Columns of `branches`: code,
/// name, phone, from, until, successor (the branch it is merged into after its last day).
/// Headings may be English or Japanese and stand in any order.
pub fn load_directory(
    people: DirectoryFile<'_>,
    branches: DirectoryFile<'_>,
) -> Result<Directory, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut directory = Directory::default();
    if let Some((file, text)) = branches {
        let mut sheet = Sheet::read(file, text, &BRANCHES);
        let read: Vec<(Branch, Row)> = sheet.each(read_branch);
        check_branches(&mut sheet, &read);
        directory.branches = read.into_iter().map(|(branch, _)| branch).collect();
        mistakes.extend(sheet.mistakes);
    }
    if let Some((file, text)) = people {
        let mut sheet = Sheet::read(file, text, &PEOPLE);
        let read: Vec<(Posting, Row)> = sheet.each(read_posting);
        check_postings(&mut sheet, &read, &directory.branches);
        directory.postings = read.into_iter().map(|(posting, _)| posting).collect();
        mistakes.extend(sheet.mistakes);
    }
    if mistakes.is_empty() { Ok(directory) } else { Err(mistakes) }
}

fn read_posting(sheet: &mut Sheet, row: &Row) -> Option<Posting> {
    let user = sheet.parsed(row, "user", ID, |text| UserId::parse(text).ok());
    let name = sheet.filled(row, "name", "佐藤 花子");
    let email =
        sheet.parsed(row, "email", MAIL, |text| text.contains('@').then(|| text.to_owned()));
    let organisation = sheet.parsed(row, "organisation", PLACE, organisation);
    let roles: Vec<String> =
        row.text("roles").split([';', '、']).map(str::trim).map(str::to_owned).collect();
    let roles: Vec<String> = roles.into_iter().filter(|role| !role.is_empty()).collect();
    if roles.is_empty() {
        sheet.wrong(row, "roles", "checker;manager");
    }
    let term = read_term(sheet, row);
    Some(Posting {
        user: user?,
        name: name?,
        email: email?,
        organisation: organisation?,
        roles,
        term: term?,
    })
}

const ID: &str = "半角8～14文字 / 8 to 14 half-width characters";
const MAIL: &str = "name@example.jp";
const PLACE: &str = "branch:001 / customer:1AB2CD3EF";
const CODE: &str = "3桁の店番 / a branch code, 001";
const DAY: &str = "2026-04-01";

/// `branch:001` or `customer:1AB2CD3EF`; a spreadsheet takes the zeros before a branch code away.
fn organisation(text: &str) -> Option<Organisation> {
    Organisation::parse(text).or_else(|| match text.split_once(':')? {
        ("branch", code) => branch_code(code).map(Organisation::Branch),
        _ => None,
    })
}

fn branch_code(text: &str) -> Option<BranchCode> {
    BranchCode::parse(&format!("{text:0>3}")).ok().filter(|_| !text.is_empty())
}

fn read_branch(sheet: &mut Sheet, row: &Row) -> Option<Branch> {
    let code = sheet.parsed(row, "code", CODE, branch_code);
    let name = sheet.filled(row, "name", "本店営業部");
    let term = read_term(sheet, row);
    let successor = match row.text("successor") {
        "" => Some(None),
        _ => sheet.parsed(row, "successor", CODE, branch_code).map(Some),
    };
    if let (Some(term), Some(Some(_))) = (term, successor)
        && term.until.is_none()
    {
        sheet.say(
            row,
            "successor",
            "統合先があるのに終了日がありません。この店の最後の日を書いてください。",
            "there is a successor but no last day; write `until`",
        );
    }
    let phone = row.text("phone").to_owned();
    Some(Branch { code: code?, name: name?, phone, term: term?, successor: successor? })
}

fn read_term(sheet: &mut Sheet, row: &Row) -> Option<Term> {
    let mut day = |column| match row.text(column) {
        "" => Some(None),
        _ => sheet.parsed(row, column, DAY, |text| crate::domain::Date::parse(text).ok()).map(Some),
    };
    let (from, until) = (day("from"), day("until"));
    let (from, until) = (from?, until?);
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        sheet.say(
            row,
            "until",
            "終了日が開始日より前です。どちらかを直してください。",
            "the last day is before the first; correct one of them",
        );
    }
    Some(Term { from, until })
}

/// Of one person no two postings hold on a day, and they are at branches there are.
fn check_postings(sheet: &mut Sheet, read: &[(Posting, Row)], branches: &[Branch]) {
    for (at, (posting, row)) in read.iter().enumerate() {
        let earlier = read.iter().take(at);
        let clash = earlier
            .filter(|(other, _)| other.user == posting.user && other.term.meets(posting.term))
            .map(|(_, row)| row.line)
            .next();
        if let Some(line) = clash {
            let user = &posting.user;
            sheet.say(
                row,
                "from",
                &format!(
                    "{user} の期間が{line}行目と重なっています。前の行の終了日を直してください。"
                ),
                &format!("the days of {user} overlap line {line}; end that row earlier"),
            );
        }
        if let Organisation::Branch(code) = posting.organisation
            && !branches.is_empty()
            && branches.iter().all(|branch| branch.code != code)
        {
            sheet.say(
                row,
                "organisation",
                &format!(
                    "店番 {code} は branches.csv にありません。書き足すか、店番を直してください。"
                ),
                &format!("branch {code} is not in branches.csv; add it or correct the code"),
            );
        }
    }
}

/// Of one branch no two rows hold on a day, and each successor is there when it takes over.
fn check_branches(sheet: &mut Sheet, read: &[(Branch, Row)]) {
    let branches: Vec<Branch> = read.iter().map(|(branch, _)| branch.clone()).collect();
    let directory = Directory { postings: Vec::new(), branches };
    for (at, (branch, row)) in read.iter().enumerate() {
        let code = branch.code;
        let clash = read
            .iter()
            .take(at)
            .find(|(other, _)| other.code == code && other.term.meets(branch.term))
            .map(|(_, row)| row.line);
        if let Some(line) = clash {
            sheet.say(
                row,
                "from",
                &format!("店番 {code} の期間が{line}行目と重なっています。前の行の終了日を直してください。"),
                &format!("the days of branch {code} overlap line {line}; end that row earlier"),
            );
        }
        let (Some(successor), Some(last)) = (branch.successor, branch.term.until) else { continue };
        let first = last.plus_days(1);
        let heir = directory.successor_on(successor, first);
        let there = read.iter().any(|(other, _)| other.code == heir && other.term.holds(first));
        if heir == code || !there {
            sheet.say(
                row,
                "successor",
                &format!("統合先 {successor} は {first} にありません。その日にある店の店番を書いてください。"),
                &format!("branch {successor} is not there on {first}; name a branch that is"),
            );
        }
    }
}
