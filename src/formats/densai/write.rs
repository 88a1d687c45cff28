//! Record requests as a bulk request file; what it has no place for is told, never dropped.

use super::RequestLayout;
use crate::domain::{
    AssignmentRestriction, Field, Guarantee, RecordRequest, RequestKind, Severity, Yen,
};
use crate::formats::layout::{Newline, PlacedFinding, RecordKind, Sheet, Value, Values};

/// Writes requests in their order: a header whenever kind, record date or requester change.
///
/// Gives the bytes, in JIS X 0201, and warnings about what the file has no place for. Errs with
/// everything that cannot be written; `record` in it is the record the file would have had.
pub fn write_requests(
    requests: &[RecordRequest],
    layout: &RequestLayout,
    newline: Newline,
) -> Result<(Vec<u8>, Vec<PlacedFinding>), Vec<PlacedFinding>> {
    let mut sheet = Sheet::new(layout.layout(), newline);
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let group = |one: &RecordRequest| (one.kind, one.record_date, one.requester);
    for requests in requests.chunk_by(|one, other| group(one) == group(other)) {
        let Some(first) = requests.first() else { continue };
        sheet.record(RecordKind::Header, header(first));
        if !first.kind.is_in_bulk_files() {
            let codes = RequestKind::BULK_CODES;
            errors.push(sheet.told(
                Field::RequestKind.japanese(),
                Severity::Error,
                (
                    format!(
                        "「{}」は集信1では請求できません。{codes} だけです。",
                        first.kind.japanese()
                    ),
                    format!("{} cannot be asked for here; only {codes}", first.kind.name()),
                ),
            ));
        }
        for request in requests {
            sheet.record(RecordKind::Data, data(request));
            if !request.comment.is_empty() {
                warnings.push(sheet.told(
                    Field::Comment.japanese(),
                    Severity::Warning,
                    (
                        "コメントを書く項目は集信1にありません。入れずに書きました。".to_owned(),
                        "there is no field for the comment; it was left out".to_owned(),
                    ),
                ));
            }
        }
        let amounts = requests.iter().filter_map(|one| one.amount.map(Yen::get));
        sheet.record(
            RecordKind::Trailer,
            Values::from([
                ("total_count", Value::Number(requests.len() as u64)),
                ("total_amount", Value::Number(amounts.fold(0, u64::saturating_add))),
            ]),
        );
    }
    match sheet.finish() {
        Ok(bytes) if errors.is_empty() => Ok((bytes, warnings)),
        Ok(_) => Err(errors),
        Err(more) => {
            errors.extend(more);
            Err(errors)
        }
    }
}

fn header(request: &RecordRequest) -> Values<'static> {
    let account = request.requester.account;
    Values::from([
        (Field::RequestKind.name(), Value::Number(request.kind.code().into())),
        ("charset", Value::Number(0)),
        (Field::RecordDate.name(), Value::Number(request.record_date.yyyymmdd().into())),
        (Field::RequesterUserNumber.name(), text(request.requester.user_number.as_str())),
        (Field::RequesterBankCode.name(), Value::Digits(account.bank.to_string())),
        (Field::RequesterBranchCode.name(), Value::Digits(account.branch.to_string())),
        (Field::RequesterAccountType.name(), Value::Number(account.kind.code().into())),
        (Field::RequesterAccountNumber.name(), Value::Digits(account.number.to_string())),
    ])
}

fn data(request: &RecordRequest) -> Values<'static> {
    let account = request.counterparty.account;
    let mut values = Values::from([
        (Field::CounterpartyUserNumber.name(), text(request.counterparty.user_number.as_str())),
        (Field::CounterpartyNameKana.name(), text(&request.counterparty_name_kana)),
        (Field::CounterpartyBankCode.name(), Value::Digits(account.bank.to_string())),
        (Field::CounterpartyBranchCode.name(), Value::Digits(account.branch.to_string())),
        (Field::CounterpartyAccountType.name(), Value::Number(account.kind.code().into())),
        (Field::CounterpartyAccountNumber.name(), Value::Digits(account.number.to_string())),
        (Field::RequesterRef.name(), text(&request.requester_ref)),
    ]);
    let number = request.record_number.map(|number| text(number.as_str()));
    values.extend(number.map(|number| (Field::RecordNumber.name(), number)));
    let amount = request.amount.map(|yen| Value::Number(yen.get()));
    values.extend(amount.map(|amount| (Field::Amount.name(), amount)));
    let due = request.due_date.map(|due| Value::Number(due.yyyymmdd().into()));
    values.extend(due.map(|due| (Field::DueDate.name(), due)));
    if request.kind.is_accrual() {
        let restricted = request.assignment_restricted == AssignmentRestriction::Restricted;
        values.insert(Field::AssignmentRestricted.name(), Value::Number(restricted.into()));
    }
    if request.kind.is_assignment() {
        let without = request.guarantee == Guarantee::Without;
        values.insert(Field::Guarantee.name(), Value::Number(without.into()));
    }
    values
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
