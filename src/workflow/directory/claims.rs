//! The register of claims as a list: what was recorded before there was a register.

use crate::domain::{
    Account, AssignmentRestriction, Claim, ClaimState, Date, Party, RecordNumber, UserNumber, Yen,
};

use super::DAY;
use super::customers::{
    ColumnMistake, any_account_type, csv_line, read_account_cells, user_numbers,
};
use super::rows::{Heading, Row, Sheet};

/// What tells this list from those about customers.
pub(super) const DEBTOR: Heading =
    Heading { name: "debtor", japanese: &["債務者利用者番号"] };

const COLUMNS: [Heading; 18] = [
    Heading { name: "record_number", japanese: &["記録番号"] },
    Heading { name: "parent", japanese: &["分割元の記録番号"] },
    DEBTOR,
    Heading { name: "debtor_bank", japanese: &["債務者銀行番号"] },
    Heading { name: "debtor_branch", japanese: &["債務者支店番号"] },
    Heading { name: "debtor_type", japanese: &["債務者預金種目"] },
    Heading { name: "debtor_number", japanese: &["債務者口座番号"] },
    Heading { name: "creditor", japanese: &["債権者利用者番号"] },
    Heading { name: "creditor_bank", japanese: &["債権者銀行番号"] },
    Heading { name: "creditor_branch", japanese: &["債権者支店番号"] },
    Heading { name: "creditor_type", japanese: &["債権者預金種目"] },
    Heading { name: "creditor_number", japanese: &["債権者口座番号"] },
    Heading { name: "amount", japanese: &["債権金額"] },
    Heading { name: "due_date", japanese: &["支払期日"] },
    Heading { name: "recorded", japanese: &["記録日"] },
    Heading { name: "restricted", japanese: &["譲渡制限"] },
    Heading { name: "assigned", japanese: &["譲渡済"] },
    Heading { name: "guarantors", japanese: &["保証人"] },
];

const DEBTOR_ACCOUNT: [&str; 4] = ["debtor_bank", "debtor_branch", "debtor_type", "debtor_number"];
const CREDITOR_ACCOUNT: [&str; 4] =
    ["creditor_bank", "creditor_branch", "creditor_type", "creditor_number"];

const NUMBER: &str = "98765432100000100017（20文字） / twenty characters";
const USER: &str = "987654321（9文字） / nine characters";

/// Reads a list of claims that are owed, all mistakes at once.
///
/// Columns, in any order, with English or Japanese headings: record_number, parent (the claim it
/// was split off; may be blank), debtor and creditor with their accounts, amount (in yen, what is
/// owed), due_date, recorded (the day), restricted (1 where it may be assigned to financial
/// institutions only), assigned (○ once it was), guarantors (user numbers, between blanks).
pub fn load_claims(file: &str, text: &str) -> Result<Vec<Claim>, Vec<ColumnMistake>> {
    let mut sheet = Sheet::read(file, text, &COLUMNS);
    let mut all: Vec<Claim> = Vec::new();
    for (claim, row) in sheet.each(read) {
        if all.iter().any(|known| known.number == claim.number) {
            let ja = "この記録番号はすでに上の行にあります。";
            sheet.say(&row, "record_number", ja, "this record number is listed above already");
        }
        all.push(claim);
    }
    let told = sheet.told();
    if told.is_empty() { Ok(all) } else { Err(told) }
}

/// The list of these claims, as [`load_claims`] reads it: Japanese headings, CRLF.
pub fn write_claims<'c>(all: impl Iterator<Item = &'c Claim>) -> String {
    let headings = COLUMNS.iter().filter_map(|one| one.japanese.first().copied());
    let mut text = csv_line(&headings.collect::<Vec<_>>());
    for claim in all {
        let mut cells = vec![
            claim.number.to_string(),
            claim.parent.map(|number| number.to_string()).unwrap_or_default(),
        ];
        for party in [claim.debtor, claim.creditor] {
            let Account { bank, branch, kind, number } = party.account;
            cells.extend([party.user_number.to_string(), bank.to_string(), branch.to_string()]);
            cells.extend([kind.japanese().to_owned(), number.to_string()]);
        }
        let restricted = claim.restricted == AssignmentRestriction::Restricted;
        let guarantors = claim.guarantors.iter().map(ToString::to_string);
        cells.extend([
            claim.amount.get().to_string(),
            claim.due.to_string(),
            claim.recorded.to_string(),
            if restricted { "1" } else { "0" }.to_owned(),
            if claim.assigned { "○" } else { "" }.to_owned(),
            guarantors.collect::<Vec<_>>().join(" "),
        ]);
        text.push_str(&csv_line(&cells));
    }
    text
}

fn read(sheet: &mut Sheet, row: &Row) -> Option<Claim> {
    let record = |text: &str| RecordNumber::parse(text).ok();
    let number = sheet.parsed(row, "record_number", NUMBER, record);
    let parent = match row.text("parent") {
        "" => Some(None),
        _ => sheet.parsed(row, "parent", NUMBER, record).map(Some),
    };
    let debtor = party(sheet, row, "debtor", DEBTOR_ACCOUNT);
    let creditor = party(sheet, row, "creditor", CREDITOR_ACCOUNT);
    let amount = sheet.parsed(row, "amount", "1000000", |text| {
        Yen::new(text.replace(',', "").parse().ok()?).ok()
    });
    let due = sheet.parsed(row, "due_date", DAY, |text| Date::parse(text).ok());
    let recorded = sheet.parsed(row, "recorded", DAY, |text| Date::parse(text).ok());
    let restricted = sheet.parsed(row, "restricted", "0 / 1", |text| match text {
        "" | "0" => Some(AssignmentRestriction::Free),
        "1" => Some(AssignmentRestriction::Restricted),
        _ => None,
    });
    let assigned = sheet.parsed(row, "assigned", "○ / 空欄 (blank)", |text| match text {
        "" => Some(false),
        "○" | "〇" | "1" => Some(true),
        _ => None,
    });
    let guarantors = sheet.parsed(row, "guarantors", USER, user_numbers);
    Some(Claim {
        number: number?,
        parent: parent?,
        debtor: debtor?,
        creditor: creditor?,
        amount: amount?,
        due: due?,
        recorded: recorded?,
        restricted: restricted?,
        state: ClaimState::Open,
        assigned: assigned?,
        guarantors: guarantors?.into_iter().collect(),
        latest: None,
    })
}

fn party(
    sheet: &mut Sheet,
    row: &Row,
    user: &'static str,
    account: [&'static str; 4],
) -> Option<Party> {
    let user = sheet.parsed(row, user, USER, |text| UserNumber::parse(text).ok());
    let account = read_account_cells(sheet, row, account, any_account_type);
    Some(Party { user_number: user?, account: account? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "記録番号,分割元の記録番号,債務者利用者番号,債務者銀行番号,債務者支店番号,\
        債務者預金種目,債務者口座番号,債権者利用者番号,債権者銀行番号,債権者支店番号,\
        債権者預金種目,債権者口座番号,債権金額,支払期日,記録日,譲渡制限,譲渡済,保証人\n\
        98765432100000100017,,987654321,1,1,当座,123456,123456789,0009,010,普通,7654321,\
        \"1,000,000\",2027/3/31,2026-12-03,0,,\n\
        98765432100000100025,98765432100000100017,987654321,1,1,2,123456,222222222,0009,010,1,\
        1111111,500000,2027-03-31,2026-12-04,1,○,123456789 333333333\n";

    #[test]
    fn claims_are_read_as_a_spreadsheet_saves_them_and_written_as_they_are_read() {
        assert_eq!(super::super::SheetKind::of(LIST), super::super::SheetKind::Claims);
        let all = load_claims("c.csv", LIST).unwrap();
        let [whole, part] = all.as_slice() else { panic!("two claims") };
        assert_eq!((whole.amount.get(), whole.assigned), (1_000_000, false));
        assert_eq!(part.parent, Some(whole.number));
        assert_eq!((part.guarantors.len(), part.assigned), (2, true));
        assert_eq!(load_claims("c.csv", &write_claims(all.iter())).unwrap(), all);
    }

    #[test]
    fn every_mistake_is_told_with_its_column() {
        let list = LIST
            .replace("\"1,000,000\"", "百万")
            .replace("2026-12-04", "十二月")
            .replace("98765432100000100025,98", "98765432100000100017,98");
        let told = load_claims("c.csv", &list).unwrap_err();
        let columns: Vec<&str> = told.iter().map(|(column, _)| *column).collect();
        assert_eq!(columns, ["amount", "recorded"]);
        let twice = LIST.replace("98765432100000100025,98", "98765432100000100017,98");
        let told = load_claims("c.csv", &twice).unwrap_err();
        assert_eq!(told[0].0, "record_number");
    }
}
