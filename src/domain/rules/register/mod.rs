//! What the register of claims forbids: D13, D14, D19, D21 to D25 and D27 to D29.
//!
//! Assignments are judged here, the kinds that came after them in `others`.
//! A claim the register does not know is let through: it may have been recorded before there was
//! one, and the clearing side has the last word.

use std::collections::BTreeMap;

use super::{Cells, Origin};
use crate::domain::{
    AssignmentRestriction, BankCalendar, Claim, ClaimState, Code, Date, Field, Party, RecordNumber,
    RequestKind, Severity, Yen,
};

mod others;
#[cfg(test)]
mod tests;

/// Looks a claim up.
pub type ClaimOf<'a> = &'a dyn Fn(RecordNumber) -> Option<Claim>;

/// Bank days before and after the due date in which a claim cannot be assigned.
///
/// Source: an assignment is not recorded from two bank days before the due date until three bank
/// days, counted from it, have passed.
const PAUSE: (i64, i64) = (-2, 3);

/// What a file has asked of a claim so far.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    /// The sum of its splits and payments, in yen.
    taken: u64,
    /// Whether all of it is assigned.
    assigned: bool,
    /// Whether it is cancelled.
    cancelled: bool,
}

/// Judges rows about claims that are known.
pub(super) struct Register<'a> {
    calendar: &'a BankCalendar,
    origin: Origin,
    claim: ClaimOf<'a>,
    asked: BTreeMap<RecordNumber, Asked>,
}

impl std::fmt::Debug for Register<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Register").field("asked", &self.asked.len()).finish_non_exhaustive()
    }
}

/// What a row asks of a claim.
pub(super) struct Wanted {
    pub(super) kind: RequestKind,
    pub(super) number: RecordNumber,
    pub(super) requester: Party,
    pub(super) counterparty: Option<Party>,
    pub(super) amount: Option<Yen>,
    pub(super) due: Option<Date>,
    pub(super) restricted: Option<AssignmentRestriction>,
    pub(super) record_date: Date,
}

impl<'a> Register<'a> {
    pub(super) fn new(calendar: &'a BankCalendar, origin: Origin, claim: ClaimOf<'a>) -> Self {
        Self { calendar, origin, claim, asked: BTreeMap::new() }
    }

    /// Reports everything the register has against a row.
    pub(super) fn check(&mut self, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        let Some(claim) = (self.claim)(wanted.number) else { return };
        match wanted.kind {
            RequestKind::Assignment
            | RequestKind::SplitAssignment
            | RequestKind::Discount
            | RequestKind::Collateral => {
                if !self.stands(&claim, wanted, cells) {
                    return;
                }
                self.creditor(&claim, wanted, cells);
                recorded_by(&claim, wanted.record_date, cells);
                self.pause(&claim, wanted.record_date, cells);
                self.amount(&claim, wanted, cells);
            }
            RequestKind::Cancellation => self.cancellation(&claim, wanted, cells),
            RequestKind::Change => self.change(&claim, wanted, cells),
            RequestKind::Guarantee => self.guarantee(&claim, wanted, cells),
            RequestKind::Payment => self.payment(&claim, wanted, cells),
            RequestKind::Disclosure => others::disclosure(&claim, wanted, cells),
            // The number is another institution's.
            RequestKind::InstitutionTransfer
            | RequestKind::AccrualDebtor
            | RequestKind::AccrualCreditor => {}
        }
    }

    /// Nothing more is recorded of a claim that is paid or cancelled (D29); one that was split up
    /// wholly is told by [`Self::amount`] when somebody assigns it.
    fn stands(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) -> bool {
        let gone = self.asked.get(&wanted.number).is_some_and(|asked| asked.cancelled);
        let over = match claim.state {
            ClaimState::Open => false,
            ClaimState::Spent => !wanted.kind.is_assignment(),
            ClaimState::Cancelled | ClaimState::Paid => true,
            // What was not settled can still be paid otherwise.
            ClaimState::Defaulted => wanted.kind != RequestKind::Payment,
        };
        if gone || over {
            cells.report(Field::RecordNumber, Code::D29, Severity::Error, || {
                let state = claim.state.japanese();
                let (ja, en) = if over {
                    (format!("この債権は{state}です。"), "the claim has come to its end")
                } else {
                    let ja = "この債権は、同じファイルの前の行で取り消しています。";
                    (ja.to_owned(), "an earlier row of this file cancels the claim")
                };
                (format!("{ja}記録番号を確かめてください。"), format!("{en}; check the number"))
            });
        }
        !(gone || over)
    }

    /// What is left of a claim after what the file has asked of it so far, in yen.
    fn left(&self, claim: &Claim) -> u64 {
        let taken = self.asked.get(&claim.number).map_or(0, |asked| asked.taken);
        claim.left().saturating_sub(taken)
    }

    /// Only the creditor assigns, and all of a claim once (D19).
    fn creditor(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        let own = claim.creditor.user_number == wanted.requester.user_number;
        let gone = self.asked.get(&wanted.number).is_some_and(|asked| asked.assigned);
        if own && !gone {
            return;
        }
        cells.report(Field::RecordNumber, Code::D19, Severity::Error, || {
            let ja = if own {
                "この債権は、同じファイルの前の行で譲渡しています。どちらか一行にしてください。"
            } else {
                "請求者は、この債権のいまの債権者ではありません。記録番号を確かめてください。"
            };
            let en = if own {
                "an earlier row of this file assigns the claim; keep one of them"
            } else {
                "the requester is not the creditor of this claim; check the record number"
            };
            (ja.to_owned(), en.to_owned())
        });
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
    fn amount(&mut self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        let left = self.left(claim);
        let asked = self.asked.entry(wanted.number).or_default();
        let splits = wanted.kind.splits(wanted.amount.is_some());
        match (splits, wanted.amount) {
            (true, Some(amount)) => {
                if amount.get() < left {
                    // A row that is refused takes nothing.
                    if !cells.has_errors() {
                        asked.taken = asked.taken.saturating_add(amount.get());
                    }
                    return;
                }
                cells.report(Field::Amount, Code::D14, Severity::Error, || {
                    let left = crate::domain::YenTotal::new(left);
                    (
                        format!(
                            "分割の金額は、債権の残額({left}円)より少なくしてください。\
                             残額の全部は「譲渡」で（割引・譲渡担保では債権金額を空欄にして）請求します。"
                        ),
                        format!(
                            "a split is less than what is left of the claim, {left} yen; \
                             all of it is an assignment"
                        ),
                    )
                });
            }
            (false, _) if left == 0 => {
                cells.report(Field::RecordNumber, Code::D14, Severity::Error, || {
                    (
                        "この債権は、すべて分割して譲渡されています。".to_owned(),
                        "all of this claim was split off and assigned".to_owned(),
                    )
                });
            }
            (false, _) => asked.assigned |= !cells.has_errors(),
            (true, None) => {}
        }
    }
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
