//! Requests as a file to hand in: the columns of the published header, filled from what is known.
//!
//! It writes what the intake reads; the clearing side's file is another one. Read [`text`] first.

use super::sheet::{harmless, sheet};
use crate::domain::rules::{Need, need};
use crate::domain::{
    AssignmentRestriction, Field, Guarantee, Party, RecordNumber, RecordRequest, Yen,
};

/// A file of such lines under the published header, as [`sheet`] writes it.
pub fn text(lines: impl Iterator<Item = Vec<String>>) -> String {
    let names = Field::ALL.iter().map(|field| field.japanese().to_owned()).collect();
    sheet(std::iter::once(names).chain(lines))
}

/// The cells of a request in the order of the header; blank where its kind uses none.
pub fn cells(request: &RecordRequest) -> Vec<String> {
    let used = |field: &Field| need(request.kind, *field) != Need::Forbidden;
    let cell = |field: &Field| if used(field) { cell(request, *field) } else { String::new() };
    Field::ALL.iter().map(cell).collect()
}

fn cell(request: &RecordRequest, field: Field) -> String {
    let (own, other) = (&request.requester, &request.counterparty);
    match field {
        Field::RequestKind => request.kind.code().to_string(),
        Field::RecordNumber => {
            request.record_number.as_ref().map(RecordNumber::to_string).unwrap_or_default()
        }
        Field::RecordDate => request.record_date.to_string(),
        Field::RequesterUserNumber => own.user_number.to_string(),
        Field::RequesterBankCode => own.account.bank.to_string(),
        Field::RequesterBranchCode => own.account.branch.to_string(),
        Field::RequesterAccountType => account_type(own),
        Field::RequesterAccountNumber => own.account.number.to_string(),
        Field::CounterpartyUserNumber => other.user_number.to_string(),
        Field::CounterpartyNameKana => request.counterparty_name_kana.clone(),
        Field::CounterpartyBankCode => other.account.bank.to_string(),
        Field::CounterpartyBranchCode => other.account.branch.to_string(),
        Field::CounterpartyAccountType => account_type(other),
        Field::CounterpartyAccountNumber => other.account.number.to_string(),
        Field::Amount => {
            request.amount.map(Yen::get).map(|yen| yen.to_string()).unwrap_or_default()
        }
        Field::DueDate => request.due_date.map(|day| day.to_string()).unwrap_or_default(),
        // References and names have no sign a formula needs, and are kept to the letter.
        Field::RequesterRef => request.requester_ref.clone(),
        Field::AssignmentRestricted => match request.assignment_restricted {
            AssignmentRestriction::Free => "0".to_owned(),
            AssignmentRestriction::Restricted => "1".to_owned(),
            AssignmentRestriction::AsIs => String::new(),
        },
        Field::Guarantee => match request.guarantee {
            Guarantee::With => "0".to_owned(),
            Guarantee::Without => "1".to_owned(),
        },
        Field::Comment => harmless(&request.comment).into_owned(),
    }
}

fn account_type(party: &Party) -> String {
    party.account.kind.code().to_string()
}
