//! What the register of claims forbids: D13, D14, D19, D21 to D25, D27 to D29, D34.
//!
//! Assignments are judged here, the kinds that came after them in `others`.
//! A claim the register does not know is let through: it may have been recorded before there was
//! one, and the clearing side has the last word. What is under way on a claim counts as if it were
//! recorded, be it in a case or in an earlier row of the file.

use std::collections::BTreeMap;

use super::{Cells, Origin};
use crate::domain::{
    Asking, AssignmentRestriction, BankCalendar, Claim, ClaimState, Code, Date, Field, Party,
    RecordNumber, RequestKind, Sameness, Severity, UnderWay, Yen, YenTotal,
};

mod others;
#[cfg(test)]
mod tests;

/// What is known of claims; a function that looks a claim up is one with nothing under way.
pub trait ClaimBook {
    /// A claim as it is recorded.
    fn claim(&self, number: RecordNumber) -> Option<Claim>;

    /// What is under way on it; asked once a file, however many of its rows name the claim.
    fn under_way(&self, _: RecordNumber) -> UnderWay {
        UnderWay::default()
    }

    /// Whether the same came by another way and is under way or recorded (E_DUP_WAY).
    fn repeats(&self, _: &Sameness) -> bool {
        false
    }
}

impl<F: Fn(RecordNumber) -> Option<Claim>> ClaimBook for F {
    fn claim(&self, number: RecordNumber) -> Option<Claim> {
        self(number)
    }
}

/// Bank days before and after the due date in which a claim cannot be assigned.
///
/// Source: an assignment is not recorded from two bank days before the due date until three bank
/// days, counted from it, have passed.
const PAUSE: (i64, i64) = (-2, 3);

/// Judges rows about claims that are known.
pub(super) struct Register<'a> {
    calendar: &'a BankCalendar,
    origin: Origin,
    claims: &'a dyn ClaimBook,
    /// What is under way on the claims that the file has named so far, its own rows included.
    under_way: BTreeMap<RecordNumber, UnderWay>,
}

impl std::fmt::Debug for Register<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Register").field("claims", &self.under_way.len()).finish_non_exhaustive()
    }
}

/// What a row asks of a claim.
pub(super) struct Wanted {
    pub(super) row: u32,
    pub(super) kind: RequestKind,
    pub(super) number: RecordNumber,
    pub(super) requester: Party,
    pub(super) counterparty: Option<Party>,
    pub(super) amount: Option<Yen>,
    pub(super) due: Option<Date>,
    pub(super) restricted: Option<AssignmentRestriction>,
    pub(super) record_date: Date,
}

impl Wanted {
    fn sameness(&self) -> Option<Sameness> {
        let sides = (self.requester, self.counterparty?);
        Some(Sameness::new((self.kind, Some(self.number)), sides, (self.amount, self.due)))
    }

    const fn asking(&self) -> Asking {
        Asking { case: None, row: self.row, kind: self.kind, amount: self.amount }
    }
}

impl<'a> Register<'a> {
    pub(super) fn new(
        calendar: &'a BankCalendar,
        origin: Origin,
        claims: &'a dyn ClaimBook,
    ) -> Self {
        Self { calendar, origin, claims, under_way: BTreeMap::new() }
    }

    /// Reports everything the register has against a row.
    pub(super) fn check(&mut self, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        let Some(claim) = self.claims.claim(wanted.number) else { return };
        if wanted.kind.changes_claim() {
            let book = self.claims;
            self.under_way.entry(wanted.number).or_insert_with(|| book.under_way(wanted.number));
        }
        if wanted.sameness().is_some_and(|same| self.claims.repeats(&same)) {
            // It is held and not taken in: beside itself nothing would contradict.
            let beside = self.under_way.remove(&wanted.number);
            self.judge(&claim, wanted, cells);
            self.under_way.extend(beside.map(|beside| (wanted.number, beside)));
            return;
        }
        self.judge(&claim, wanted, cells);
        // A row that is refused takes nothing.
        if !cells.has_errors()
            && let Some(under_way) = self.under_way.get_mut(&wanted.number)
            && wanted.kind.changes_claim()
        {
            under_way.add(wanted.asking());
        }
    }

    fn judge(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        match wanted.kind {
            RequestKind::Assignment
            | RequestKind::SplitAssignment
            | RequestKind::Discount
            | RequestKind::Collateral => {
                if !self.stands(claim, wanted, cells) {
                    return;
                }
                creditor(claim, wanted, cells);
                recorded_by(claim, wanted.record_date, cells);
                self.pause(claim, wanted.record_date, cells);
                self.amount(claim, wanted, cells);
            }
            RequestKind::Cancellation => self.cancellation(claim, wanted, cells),
            RequestKind::Change => self.change(claim, wanted, cells),
            RequestKind::Guarantee => self.guarantee(claim, wanted, cells),
            RequestKind::Payment => self.payment(claim, wanted, cells),
            RequestKind::Disclosure => others::disclosure(claim, wanted, cells),
            // The number is another institution's.
            RequestKind::InstitutionTransfer
            | RequestKind::AccrualDebtor
            | RequestKind::AccrualCreditor => {}
        }
    }

    /// Nothing more is recorded of a claim that is paid or cancelled (D29), nor beside what
    /// contradicts it (D34); one that was split up wholly is told by [`Self::amount`] when somebody
    /// assigns it.
    fn stands(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) -> bool {
        let over = match claim.state {
            ClaimState::Open => false,
            ClaimState::Spent => !wanted.kind.is_assignment(),
            ClaimState::Cancelled | ClaimState::Paid => true,
            // What was not settled can still be paid otherwise.
            ClaimState::Defaulted => wanted.kind != RequestKind::Payment,
        };
        if over {
            cells.report(Field::RecordNumber, Code::D29, Severity::Error, || {
                let state = claim.state.japanese();
                (
                    format!("この債権は{state}です。記録番号を確かめてください。"),
                    "the claim has come to its end; check the number".to_owned(),
                )
            });
            return false;
        }
        let Some(other) = self.beside(claim).objection(&wanted.asking()) else { return true };
        cells.report(Field::RecordNumber, Code::D34, Severity::Error, || {
            let (ja, en) = other.place();
            (
                format!(
                    "この債権には、まだ記録されていない請求があります: {ja}。\
                     その結果が出てからお出しください。"
                ),
                format!("{en} is under way on this claim; wait for what becomes of it"),
            )
        });
        false
    }

    /// What is under way on a claim.
    fn beside(&self, claim: &Claim) -> UnderWay {
        self.under_way.get(&claim.number).copied().unwrap_or_default()
    }

    /// What is left of a claim beside what is under way, in yen, and words of that.
    fn left(&self, claim: &Claim) -> (u64, (String, String)) {
        let UnderWay { taken, taker, .. } = self.beside(claim);
        let words = taker.map(|taker| {
            let ((ja, en), taken) = (taker.place(), YenTotal::new(taken));
            let ja = format!("手続き中の{taken}円を引いた残りです: {ja}など。");
            (ja, format!(", beside {taken} yen under way: {en} …"))
        });
        (claim.left().saturating_sub(taken), words.unwrap_or_default())
    }

    /// No assignment around the due date (D13).
    fn pause(&self, claim: &Claim, on: Date, cells: &mut Cells<'_, '_>) {
        let due = self.calendar.next_open(claim.due);
        let [first, end] = [PAUSE.0, PAUSE.1].map(|days| self.calendar.add_open_days(due, days));
        if (first..end).contains(&on) {
            cells.report(Field::RecordDate, Code::D13, Severity::Error, || {
                (
                    format!(
                        "支払期日({})の前後は譲渡できません。\
                         記録請求日を{first}より前にしてください。",
                        claim.due
                    ),
                    format!(
                        "no assignment around the due date {}; write one before {first}",
                        claim.due
                    ),
                )
            });
        }
    }

    /// A split leaves something of the claim (D14).
    fn amount(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        let (left, (beside, beside_en)) = self.left(claim);
        let splits = wanted.kind.splits(wanted.amount.is_some());
        match (splits, wanted.amount) {
            (true, Some(amount)) if amount.get() >= left => {
                cells.report(Field::Amount, Code::D14, Severity::Error, || {
                    let left = YenTotal::new(left);
                    (
                        format!(
                            "分割の金額は、債権の残額({left}円)より少なくしてください。{beside}\
                             残額の全部は「譲渡」で（割引・譲渡担保では債権金額を\
                             空欄にして）請求します。"
                        ),
                        format!(
                            "a split is less than what is left of the claim, \
                             {left} yen{beside_en}; all of it is an assignment"
                        ),
                    )
                });
            }
            (false, _) if left == 0 => {
                cells.report(Field::RecordNumber, Code::D14, Severity::Error, || {
                    (
                        format!("この債権は、すべて分割して譲渡されています。{beside}"),
                        format!("all of this claim was split off and assigned{beside_en}"),
                    )
                });
            }
            (true | false, _) => {}
        }
    }
}

/// Only the creditor assigns (D19).
fn creditor(claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
    if claim.creditor.user_number == wanted.requester.user_number {
        return;
    }
    cells.report(Field::RecordNumber, Code::D19, Severity::Error, || {
        (
            "請求者は、この債権のいまの債権者ではありません。記録番号を確かめてください。"
                .to_owned(),
            "the requester is not the creditor of this claim; check the record number".to_owned(),
        )
    });
}

/// Nothing happens to a claim before it is there (D21).
fn recorded_by(claim: &Claim, on: Date, cells: &mut Cells<'_, '_>) {
    let first = claim.recorded;
    if on < first {
        cells.report(Field::RecordDate, Code::D21, Severity::Error, || {
            (
                format!("この債権は{first}に記録されます。記録請求日を{first}以降にしてください。"),
                format!("the claim is recorded on {first}; write a record date from then on"),
            )
        });
    }
}
