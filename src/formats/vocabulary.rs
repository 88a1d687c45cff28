//! The names of `densaiBatch`: which attribute is which field.

use super::batch::Batch;
use super::file_finding;
use crate::domain::{Code, Field};

/// An element or attribute that the schema does not have: an error, with the nearest name.
pub(super) fn unknown(name: &str, what: &str, place: (u32, u32), batch: &mut Batch<'_>) {
    const NAMES: [&str; 24] = [
        "request",
        "requester",
        "counterparty",
        "claim",
        "comment",
        "kind",
        "recordDate",
        "ref",
        "recordNumber",
        "userNumber",
        "nameKana",
        "bank",
        "branch",
        "accountType",
        "accountNumber",
        "amount",
        "dueDate",
        "assignmentRestricted",
        "guarantee",
        "version",
        "submitter",
        "count",
        "total",
        "densaiBatch",
    ];
    let name: String = name.chars().take(40).collect();
    let near = NAMES.iter().map(|known| (strsim::damerau_levenshtein(&name, known), *known)).min();
    let near = near.filter(|(distance, _)| distance * 2 <= name.chars().count());
    let hint = near.map_or_else(String::new, |(_, near)| format!("「{near}」のことでしょうか。"));
    let hint_en = near.map_or_else(String::new, |(_, near)| format!("; did you mean {near}?"));
    let mut finding = file_finding(
        Code::Column,
        place.0,
        name.clone(),
        &format!("{what}「{name}」はここでは使えません。{hint}"),
        &format!("{name} is not allowed here{hint_en}"),
    );
    finding.column = place.1;
    batch.file_error(finding);
}

/// The field of an attribute of `request`.
pub(super) fn request_field(name: &str) -> Option<Field> {
    match name {
        "kind" => Some(Field::RequestKind),
        "recordDate" => Some(Field::RecordDate),
        "ref" => Some(Field::RequesterRef),
        "recordNumber" => Some(Field::RecordNumber),
        _ => None,
    }
}

/// The field of an attribute of `requester`.
pub(super) fn requester_field(name: &str) -> Option<Field> {
    match name {
        "userNumber" => Some(Field::RequesterUserNumber),
        "bank" => Some(Field::RequesterBankCode),
        "branch" => Some(Field::RequesterBranchCode),
        "accountType" => Some(Field::RequesterAccountType),
        "accountNumber" => Some(Field::RequesterAccountNumber),
        _ => None,
    }
}

/// The field of an attribute of `counterparty`.
pub(super) fn counterparty_field(name: &str) -> Option<Field> {
    match name {
        "userNumber" => Some(Field::CounterpartyUserNumber),
        "nameKana" => Some(Field::CounterpartyNameKana),
        "bank" => Some(Field::CounterpartyBankCode),
        "branch" => Some(Field::CounterpartyBranchCode),
        "accountType" => Some(Field::CounterpartyAccountType),
        "accountNumber" => Some(Field::CounterpartyAccountNumber),
        _ => None,
    }
}

/// The field of an attribute of `claim`.
pub(super) fn claim_field(name: &str) -> Option<Field> {
    match name {
        "amount" => Some(Field::Amount),
        "dueDate" => Some(Field::DueDate),
        "assignmentRestricted" => Some(Field::AssignmentRestricted),
        "guarantee" => Some(Field::Guarantee),
        _ => None,
    }
}
