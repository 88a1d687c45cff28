//! The rules of a record request: a row of text becomes a [`RecordRequest`] or findings.
//!
//! Every mistake of a row is reported at once. An amount or a number is never repaired silently.
//! It knows neither files nor duplicates across files. Read [`Judge`] first.
//! Source: the network's published rules and the format's rules (F.., D..); `docs/codes` has a
//! page for each code.

mod cells;
mod customers;
mod dates;
mod excel;
mod fill;
mod kana;
mod register;
mod row;
#[cfg(test)]
mod tests;

pub use cells::Cells;
pub use dates::{bank_days_to_due, draft_record_date};
pub use excel::plain_amount;
pub use kana::{Change, NETWORK_CHARACTERS, is_network_character, normalise};
pub use register::ClaimBook;
pub use row::{ByteField, Part, Places, Records, Row, no_character};

use super::findings::Findings;
use super::{
    Account, AssignmentRestriction, BankCalendar, Code, Customers, Date, Field, Guarantee, Origin,
    Party, RecordRequest, RequestKind, Severity, Yen,
};
use customers::Sides;
use dates::{DateMemo, DueWindow};
use register::{Register, Wanted};

/// What an institution may set about the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleSettings {
    /// What becomes of a 記録請求日 on which banks are closed.
    pub closed_record_date: ClosedRecordDate,
    /// How many years after the record date a claim may fall due, at the most.
    pub tenor_years: u32,
    /// How many findings a file shows.
    pub findings_max: usize,
    /// The largest file, in bytes.
    pub file_len_max: u64,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            closed_record_date: ClosedRecordDate::Reject,
            tenor_years: 10,
            findings_max: 1_000,
            file_len_max: 100 << 20,
        }
    }
}

/// What becomes of a 記録請求日 on which banks are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedRecordDate {
    /// D10.
    Reject,
    /// It moves to the next open day, with a warning.
    Roll,
}

/// Judges rows as on one business day.
///
/// Made once a file: it remembers the last dates it judged, since a file repeats them.
#[derive(Debug)]
pub struct Judge<'a> {
    calendar: &'a BankCalendar,
    settings: RuleSettings,
    /// The business day of receipt.
    on: Date,
    record_date: DateMemo,
    due_date: DateMemo,
    due_window: Option<DueWindow>,
    register: Register<'a>,
    customers: &'a Customers,
}

/// What the rules made of one row.
#[derive(Debug)]
pub struct Judged {
    /// The request; none when the row has an error.
    pub request: Option<RecordRequest>,
    /// The row's kind, where it is one; of a row with an error, too.
    pub kind: Option<RequestKind>,
    /// The row's amount for control totals.
    pub amount: RowAmount,
    /// Columns the row's kind needs and the file does not have, as bits by [`Field::index`];
    /// the reader reports each once (E_SCHEMA), not once a row.
    pub missing: u32,
}

/// A row's amount as far as it could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowAmount {
    /// Whole yen; 0 for a kind without an amount.
    Read(u64),
    /// The cell is not a number, so no total can be formed.
    Unreadable,
}

impl<'a> Judge<'a> {
    /// A judge for files received on the business day `on`, with what the registers know.
    pub fn new(
        calendar: &'a BankCalendar,
        settings: RuleSettings,
        (on, origin): (Date, Origin),
        (claims, customers): (&'a dyn ClaimBook, &'a Customers),
    ) -> Self {
        let register = Register::new(calendar, origin, claims);
        let (record_date, due_date) = (DateMemo::new(), DateMemo::new());
        let due_window = None;
        Self { calendar, settings, on, record_date, due_date, due_window, register, customers }
    }

    /// Judges one row; findings go to `to`.
    pub fn judge(&mut self, row: &Row<'_>, to: &mut Findings) -> Judged {
        let mut cells = Cells::new(row, to);
        cells.accounts = fill::choices(self.customers, row);
        let kind = cells.kind();
        let amount = cells.amount();
        let dates = self.dates(&mut cells);
        if let (Some(yen), Some((record_date, _))) = (amount.1, dates)
            && kind != Some(RequestKind::Payment)
        {
            check_least_amount(yen, record_date, &mut cells);
        }
        let requester = party(&mut cells, &REQUESTER);
        let counterparty = counterparty(kind, requester, &mut cells);
        let record_number = cells.record_number();
        let name = cells.kana_name();
        let requester_ref = cells.requester_ref();
        let restricted = cells.restriction();
        let guarantee = cells.guarantee();
        let comment = cells.comment();
        if kind == Some(RequestKind::Change) {
            something_changes(&mut cells);
        }
        if let (Some(kind), Some(number), Some(requester), Some((record_date, due))) =
            (kind, record_number, requester, dates)
        {
            let amount = amount.1;
            self.register.check(
                &Wanted {
                    row: row.record,
                    kind,
                    number,
                    requester,
                    counterparty,
                    amount,
                    due,
                    restricted,
                    record_date,
                },
                &mut cells,
            );
        }
        let on = dates.map(|(record_date, _)| record_date);
        let sides = Sides { kind, requester, counterparty, amount: amount.1, on };
        customers::check(self.customers, &sides, &mut cells);
        let clean = !cells.has_errors();
        let missing = cells.missing();
        let request = match (kind, requester, counterparty, dates) {
            (Some(kind), Some(requester), Some(counterparty), Some((record_date, due_date)))
                if clean =>
            {
                Some(RecordRequest {
                    kind,
                    record_number,
                    record_date,
                    requester,
                    counterparty,
                    counterparty_name_kana: name.into_owned(),
                    amount: amount.1,
                    due_date,
                    requester_ref: requester_ref.to_owned(),
                    assignment_restricted: restricted.unwrap_or(unsaid(kind)),
                    guarantee: guarantee.unwrap_or(Guarantee::With),
                    comment: comment.to_owned(),
                })
            }
            _ => None,
        };
        Judged { request, kind, amount: amount.0, missing }
    }
}

/// What a blank 譲渡制限 means.
const fn unsaid(kind: RequestKind) -> AssignmentRestriction {
    if matches!(kind, RequestKind::Change) {
        AssignmentRestriction::AsIs
    } else {
        AssignmentRestriction::Free
    }
}

/// A change says what changes (D26).
fn something_changes(cells: &mut Cells<'_, '_>) {
    let items = [Field::Amount, Field::DueDate, Field::AssignmentRestricted];
    if items.iter().all(|field| cells.text(*field).is_empty()) {
        cells.report(Field::Amount, Code::D26, Severity::Error, || {
            (
                "変更する項目がありません。支払期日、債権金額、譲渡制限のうち、変えるものに\
                 新しい値を書いてください。"
                    .to_owned(),
                "nothing changes; write a new due date, amount or restriction".to_owned(),
            )
        });
    }
}

/// The columns of one side of a request.
struct PartyFields {
    user_number: Field,
    bank: Field,
    branch: Field,
    kind: Field,
    number: Field,
}

const REQUESTER: PartyFields = PartyFields {
    user_number: Field::RequesterUserNumber,
    bank: Field::RequesterBankCode,
    branch: Field::RequesterBranchCode,
    kind: Field::RequesterAccountType,
    number: Field::RequesterAccountNumber,
};

const COUNTERPARTY: PartyFields = PartyFields {
    user_number: Field::CounterpartyUserNumber,
    bank: Field::CounterpartyBankCode,
    branch: Field::CounterpartyBranchCode,
    kind: Field::CounterpartyAccountType,
    number: Field::CounterpartyAccountNumber,
};

fn party(cells: &mut Cells<'_, '_>, fields: &PartyFields) -> Option<Party> {
    let user_number = cells.user_number(fields.user_number);
    let bank = cells.bank_code(fields.bank);
    let branch = cells.branch_code(fields.branch);
    let kind = cells.account_type(fields.kind);
    let number = cells.account_number(fields.number);
    Some(Party {
        user_number: user_number?,
        account: Account { bank: bank?, branch: branch?, kind: kind?, number: number? },
    })
}

/// The other side (D12); a disclosure has none, and its answer goes to who asked.
fn counterparty(
    kind: Option<RequestKind>,
    requester: Option<Party>,
    cells: &mut Cells<'_, '_>,
) -> Option<Party> {
    let other = party(cells, &COUNTERPARTY);
    if kind == Some(RequestKind::Disclosure) {
        return requester;
    }
    if let (Some(one), Some(other)) = (&requester, &other)
        && one.user_number == other.user_number
    {
        self_dealing(cells);
    }
    other
}

/// The amount a claim must have at least, by record date.
fn check_least_amount(yen: Yen, record_date: Date, cells: &mut Cells<'_, '_>) {
    const LEAST_BEFORE: u64 = 10_000;
    if yen.get() < LEAST_BEFORE && record_date.yyyymmdd() < dates::RULES_OF_2023 {
        cells.report(Field::Amount, Code::D06, Severity::Error, || {
            (
                "2023年1月9日までの記録請求日では、債権金額は10,000円以上です。".to_owned(),
                "before 2023-01-10 a claim has at least 10,000 yen".to_owned(),
            )
        });
    }
}

fn self_dealing(cells: &mut Cells<'_, '_>) {
    cells.report(Field::CounterpartyUserNumber, Code::D12, Severity::Error, || {
        (
            "請求者と相手が同じ利用者番号です。相手の利用者番号を書いてください。".to_owned(),
            "requester and counterparty have the same user number; \
             write the counterparty's user number"
                .to_owned(),
        )
    });
}

/// Whether a kind needs, allows or forbids a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Must be filled.
    Required,
    /// May be filled.
    Optional,
    /// Must be blank (D18).
    Forbidden,
}

/// What `kind` makes of `field`. Source: the column table of the bulk request format, and for the
/// kinds from 40 on what each changes.
///
/// A 支払期日 of 20 and 30 is let through: if given, it is checked by D07.
pub const fn need(kind: RequestKind, field: Field) -> Need {
    use RequestKind::{
        AccrualCreditor, AccrualDebtor, Assignment, Cancellation, Change, Collateral, Disclosure,
        Discount, Guarantee, InstitutionTransfer, Payment, SplitAssignment,
    };
    match field {
        Field::RecordNumber => match kind {
            AccrualDebtor | AccrualCreditor => Need::Forbidden,
            Disclosure => Need::Optional,
            Assignment | SplitAssignment | Discount | Collateral | Cancellation | Change
            | Guarantee | Payment | InstitutionTransfer => Need::Required,
        },
        Field::Amount => match kind {
            Assignment | Cancellation | Guarantee | Disclosure => Need::Forbidden,
            Change | Discount | Collateral => Need::Optional,
            AccrualDebtor | AccrualCreditor | SplitAssignment | Payment | InstitutionTransfer => {
                Need::Required
            }
        },
        Field::DueDate => match kind {
            AccrualDebtor | AccrualCreditor | InstitutionTransfer => Need::Required,
            Assignment | SplitAssignment | Discount | Collateral | Change => Need::Optional,
            Cancellation | Guarantee | Payment | Disclosure => Need::Forbidden,
        },
        Field::AssignmentRestricted if kind.is_accrual() || matches!(kind, Change) => {
            Need::Optional
        }
        Field::Guarantee if kind.is_assignment() => Need::Optional,
        Field::AssignmentRestricted | Field::Guarantee => Need::Forbidden,
        Field::CounterpartyUserNumber
        | Field::CounterpartyNameKana
        | Field::CounterpartyBankCode
        | Field::CounterpartyBranchCode
        | Field::CounterpartyAccountType
        | Field::CounterpartyAccountNumber
            if matches!(kind, Disclosure) =>
        {
            Need::Forbidden
        }
        Field::CounterpartyNameKana | Field::RequesterRef | Field::Comment => Need::Optional,
        Field::RequestKind
        | Field::RecordDate
        | Field::RequesterUserNumber
        | Field::RequesterBankCode
        | Field::RequesterBranchCode
        | Field::RequesterAccountType
        | Field::RequesterAccountNumber
        | Field::CounterpartyUserNumber
        | Field::CounterpartyBankCode
        | Field::CounterpartyBranchCode
        | Field::CounterpartyAccountType
        | Field::CounterpartyAccountNumber => Need::Required,
    }
}

/// What can be asked of a row whose kind is unknown: only what all kinds but the disclosure, which
/// has no other side, agree on.
pub fn need_of_any_kind(field: Field) -> Need {
    let kinds = RequestKind::ALL.into_iter().filter(|kind| *kind != RequestKind::Disclosure);
    let mut needs = kinds.map(|kind| need(kind, field));
    let first = needs.next().unwrap_or(Need::Optional);
    if needs.all(|other| other == first) { first } else { Need::Optional }
}
