//! Cancellation, change, guarantee, payment and disclosure of a claim that is known.
//!
//! Days are bank days. Source: the network's published rules on 取消, 変更, 保証, 支払等 and 開示.

use super::{Register, Wanted, recorded_by};
use crate::domain::rules::{Cells, Origin};
use crate::domain::{Claim, Code, Date, Field, Severity, UserNumber, YenTotal};

/// A record is cancelled within five days, the day it was made included.
const CANCEL_DAYS: i64 = 5;

/// And a claim with a cancelled or, on paper, changed record is three days from its due date.
const LATE_DAYS: i64 = 3;

/// A change that needs no paper is seven days from the due date.
const EARLY_DAYS: i64 = 7;

impl Register<'_> {
    /// The latest record is taken back: a reserved one by who asked for it, one that was made by
    /// the creditor in a few days (D22 to D24).
    pub(super) fn cancellation(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        if !self.stands(claim, wanted, cells) {
            return;
        }
        let Some(latest) = claim.latest else {
            let ja = "この債権には、その後の記録（分割、変更、保証、支払など）があるため、取り消せません。";
            let en = "more was recorded of the claim since; it cannot be cancelled";
            no(cells, Field::RecordNumber, Code::D24, || (ja.to_owned(), en.to_owned()));
            return;
        };
        let reserved = wanted.record_date < latest.on;
        let may = if reserved { latest.by } else { claim.creditor.user_number };
        if wanted.requester.user_number != may {
            no(cells, Field::RequesterUserNumber, Code::D22, || who_cancels(reserved, latest.on));
        }
        let others = [Some(claim.debtor), Some(claim.creditor), latest.back_to];
        let others = others.into_iter().flatten().map(|party| party.user_number);
        other_side(others, wanted, cells);
        let calendar = self.calendar;
        let made = calendar.add_open_days(calendar.next_open(latest.on), CANCEL_DAYS - 1);
        let until = made.min(self.days_from(claim.due, LATE_DAYS.saturating_neg()));
        if !reserved && calendar.next_open(wanted.record_date) > until {
            no(cells, Field::RecordDate, Code::D24, || {
                (
                    format!(
                        "取り消せるのは、記録日を含めて{CANCEL_DAYS}営業日以内で、支払期日の\
                         {LATE_DAYS}営業日前（{until}）までです。変更の手続きをご検討ください。"
                    ),
                    format!("a record is cancelled until {until} only; consider a change"),
                )
            });
        }
    }

    /// Terms change with both sides' consent: early, and on paper once others are involved.
    pub(super) fn change(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        if !self.stands(claim, wanted, cells) {
            return;
        }
        both_sides(claim, wanted, cells);
        recorded_by(claim, wanted.record_date, cells);
        let involved = claim.assigned || !claim.guarantors.is_empty();
        if involved && self.origin == Origin::Online {
            no(cells, Field::RecordNumber, Code::D27, || {
                (
                    "譲渡または保証の記録がある債権の変更は、書面でのお手続きになります。\
                     お取引店にご相談ください。"
                        .to_owned(),
                    "a claim that was assigned or guaranteed is changed on paper only".to_owned(),
                )
            });
        }
        let days = if involved { LATE_DAYS } else { EARLY_DAYS };
        let until = self.days_from(claim.due, days.saturating_neg());
        if self.calendar.next_open(wanted.record_date) > until {
            no(cells, Field::RecordDate, Code::D25, || {
                (
                    format!(
                        "変更できるのは、支払期日の{days}営業日前（{until}）までです。\
                         記録請求日を{until}以前にしてください。"
                    ),
                    format!("a claim is changed until {until}; write a record date until then"),
                )
            });
        }
        let told = [
            wanted.due.map(|due| due == claim.due),
            wanted.amount.map(|amount| amount == claim.amount),
            wanted.restricted.map(|restricted| restricted == claim.restricted),
        ];
        let mut told = told.into_iter().flatten().peekable();
        if told.peek().is_some() && told.all(|same| same) {
            no(cells, Field::RecordNumber, Code::D26, || {
                (
                    "いまの内容と同じです。変更する項目に新しい値を書いてください。".to_owned(),
                    "nothing changes; write a new value".to_owned(),
                )
            });
        }
    }

    /// The creditor asks for it, and the guarantor is somebody else than the debtor.
    pub(super) fn guarantee(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        if !self.stands(claim, wanted, cells) {
            return;
        }
        if wanted.requester.user_number != claim.creditor.user_number {
            no(cells, Field::RequesterUserNumber, Code::D22, || {
                (
                    "保証を請求できるのは、いまの債権者です。記録番号を確かめてください。"
                        .to_owned(),
                    "the present creditor asks for a guarantee; check the record number".to_owned(),
                )
            });
        }
        let guarantor = wanted.counterparty.map(|party| party.user_number);
        if guarantor == Some(claim.debtor.user_number) {
            no(cells, Field::CounterpartyUserNumber, Code::D23, || {
                (
                    "債務者は保証人になれません。保証人の利用者番号を書いてください。".to_owned(),
                    "the debtor cannot guarantee; write the guarantor".to_owned(),
                )
            });
        }
        recorded_by(claim, wanted.record_date, cells);
    }

    /// Between the creditor and who paid, and not more than is left (D28).
    pub(super) fn payment(&self, claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        if !self.stands(claim, wanted, cells) {
            return;
        }
        let (own, creditor) = (wanted.requester.user_number, claim.creditor.user_number);
        let payers: Vec<UserNumber> =
            claim.guarantors.iter().copied().chain([claim.debtor.user_number]).collect();
        if own == creditor {
            other_side(payers.into_iter(), wanted, cells);
        } else if payers.contains(&own) {
            other_side([creditor].into_iter(), wanted, cells);
        } else {
            neither(cells);
        }
        recorded_by(claim, wanted.record_date, cells);
        let (left, (beside, beside_en)) = self.left(claim);
        let Some(amount) = wanted.amount else { return };
        if amount.get() > left {
            no(cells, Field::Amount, Code::D28, || {
                let left = YenTotal::new(left);
                (
                    format!("支払の金額が、債権の残額({left}円)を超えています。{beside}"),
                    format!(
                        "the payment is more than what is left of the claim, {left} yen{beside_en}"
                    ),
                )
            });
        }
    }

    /// The day so many bank days after a due date.
    fn days_from(&self, due: Date, days: i64) -> Date {
        self.calendar.add_open_days(self.calendar.next_open(due), days)
    }
}

/// A debtor or creditor asks; in any state of the claim (D22).
pub(super) fn disclosure(claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
    if !claim.has(wanted.requester.user_number) {
        neither(cells);
    }
}

/// One side asks and names the other (D22, D23).
fn both_sides(claim: &Claim, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
    if !claim.has(wanted.requester.user_number) {
        neither(cells);
    }
    let sides = [claim.debtor, claim.creditor].map(|party| party.user_number);
    other_side(sides.into_iter(), wanted, cells);
}

/// The counterparty is one of those who could be (D23).
fn other_side(
    mut sides: impl Iterator<Item = UserNumber>,
    wanted: &Wanted,
    cells: &mut Cells<'_, '_>,
) {
    let Some(named) = wanted.counterparty else { return };
    if sides.any(|side| side == named.user_number) {
        return;
    }
    no(cells, Field::CounterpartyUserNumber, Code::D23, || {
        (
            "相手が、この債権の当事者ではありません。相手の利用者番号か記録番号を直してください。"
                .to_owned(),
            "the counterparty is not the other party of this claim; correct it or the number"
                .to_owned(),
        )
    });
}

fn neither(cells: &mut Cells<'_, '_>) {
    no(cells, Field::RequesterUserNumber, Code::D22, || {
        (
            "請求者は、この債権の当事者ではありません。記録番号を確かめてください。".to_owned(),
            "the requester is not a party of this claim; check the record number".to_owned(),
        )
    });
}

fn who_cancels(reserved: bool, on: Date) -> (String, String) {
    if reserved {
        let ja = format!("予約中（{on}記録）の取消は、その記録を請求した方だけができます。");
        (ja, "a reserved record is cancelled by who asked for it".to_owned())
    } else {
        let ja = format!("{on}以後の取消は、いまの債権者だけができます。");
        (ja, format!("from {on} on only the present creditor cancels"))
    }
}

fn no(
    cells: &mut Cells<'_, '_>,
    field: Field,
    code: Code,
    words: impl FnOnce() -> (String, String),
) {
    cells.report(field, code, Severity::Error, words);
}
