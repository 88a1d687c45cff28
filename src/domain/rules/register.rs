//! What the register of claims forbids: D13, D14, D19, D21.
//!
//! A claim the register does not know is let through: it may have been recorded before there was
//! one, and the clearing side has the last word.

use std::collections::BTreeMap;

use super::Cells;
use crate::domain::{
    BankCalendar, Claim, ClaimState, Code, Date, Field, Party, RecordNumber, RequestKind, Severity,
    Yen,
};

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
    /// The sum of its splits, in yen.
    split: u64,
    /// Whether all of it is assigned.
    assigned: bool,
}

/// Judges rows about claims that are known.
pub(super) struct Register<'a> {
    calendar: &'a BankCalendar,
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
    pub(super) amount: Option<Yen>,
    pub(super) record_date: Date,
}

impl<'a> Register<'a> {
    pub(super) fn new(calendar: &'a BankCalendar, claim: ClaimOf<'a>) -> Self {
        Self { calendar, claim, asked: BTreeMap::new() }
    }

    /// Reports everything the register has against a row.
    pub(super) fn check(&mut self, wanted: &Wanted, cells: &mut Cells<'_, '_>) {
        let Some(claim) = (self.claim)(wanted.number) else { return };
        self.creditor(&claim, wanted, cells);
        self.days(&claim, wanted.record_date, cells);
        self.amount(&claim, wanted, cells);
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

    /// Not before the claim is there (D21), and not around its due date (D13).
    fn days(&self, claim: &Claim, on: Date, cells: &mut Cells<'_, '_>) {
        if on < claim.recorded {
            let first = claim.recorded;
            cells.report(Field::RecordDate, Code::D21, Severity::Error, || {
                (
                    format!(
                        "この債権は{first}に記録されます。記録請求日を{first}以降にしてください。"
                    ),
                    format!("the claim is recorded on {first}; write a record date from then on"),
                )
            });
        }
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
        let asked = self.asked.entry(wanted.number).or_default();
        let left = match claim.state {
            ClaimState::Open => claim.amount.get().saturating_sub(asked.split),
            ClaimState::Spent => 0,
        };
        match (wanted.kind, wanted.amount) {
            (RequestKind::SplitAssignment, Some(amount)) => {
                if amount.get() < left {
                    // A row that is refused takes nothing.
                    if !cells.has_errors() {
                        asked.split = asked.split.saturating_add(amount.get());
                    }
                    return;
                }
                cells.report(Field::Amount, Code::D14, Severity::Error, || {
                    let left = crate::domain::YenTotal::new(left);
                    (
                        format!(
                            "分割の金額は、債権の残額({left}円)より少なくしてください。\
                             残額の全部は「譲渡」で請求します。"
                        ),
                        format!(
                            "a split is less than what is left of the claim, {left} yen; \
                             all of it is an assignment"
                        ),
                    )
                });
            }
            (RequestKind::Assignment, _) if left == 0 => {
                cells.report(Field::RecordNumber, Code::D14, Severity::Error, || {
                    (
                        "この債権は、すべて分割して譲渡されています。".to_owned(),
                        "all of this claim was split off and assigned".to_owned(),
                    )
                });
            }
            (RequestKind::Assignment, _) => asked.assigned |= !cells.has_errors(),
            (
                RequestKind::SplitAssignment
                | RequestKind::AccrualDebtor
                | RequestKind::AccrualCreditor,
                _,
            ) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Judge, Row, RuleSettings};
    use super::*;
    use crate::domain::findings::Findings;
    use crate::domain::{
        Account, AccountNumber, AccountType, AssignmentRestriction, BankCode, BranchCode,
        Customers, UserNumber,
    };

    const NUMBER: &str = "98765432100000100017";

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn party(user: &str) -> Party {
        let account = Account {
            bank: BankCode::parse("0001").unwrap(),
            branch: BranchCode::parse("001").unwrap(),
            kind: AccountType::Current,
            number: AccountNumber::parse("0123456").unwrap(),
        };
        Party { user_number: UserNumber::parse(user).unwrap(), account }
    }

    /// A claim of one million, held by 987654321, due on Friday 2026-12-18.
    fn claim() -> Claim {
        Claim {
            number: RecordNumber::parse(NUMBER).unwrap(),
            parent: None,
            debtor: party("123456789"),
            creditor: party("987654321"),
            amount: Yen::new(1_000_000).unwrap(),
            due: date("2026-12-18"),
            recorded: date("2026-12-03"),
            restricted: AssignmentRestriction::Free,
            state: ClaimState::Open,
        }
    }

    /// The codes of rows of one file: kind, requester, record date, amount.
    fn codes(known: &Claim, rows: &[(&str, &str, &str, &str)]) -> Vec<Vec<Code>> {
        let (calendar, customers) = (BankCalendar::japan(), Customers::default());
        let of = |number: RecordNumber| (number == known.number).then(|| known.clone());
        let mut judge =
            Judge::new(&calendar, RuleSettings::default(), date("2026-12-01"), (&of, &customers));
        let judged = rows.iter().map(|(kind, requester, record_date, amount)| {
            let cells = [
                *kind,
                NUMBER,
                *record_date,
                *requester,
                "0001",
                "001",
                "2",
                "0123456",
                "222222222",
                "",
                "0009",
                "010",
                "1",
                "7654321",
                *amount,
                "",
                "",
                "",
                "0",
                "",
            ];
            let mut findings = Findings::new(100);
            let row = Row { record: 1, line: 2, cells, columns: &[1; Field::COUNT] };
            let judged = judge.judge(&row, &mut findings);
            let codes: Vec<Code> = findings.finish().iter().map(|one| one.code).collect();
            assert_eq!(judged.request.is_some(), codes.is_empty());
            codes
        });
        judged.collect()
    }

    const OWN: &str = "987654321";

    #[test]
    fn only_the_creditor_assigns_and_all_of_a_claim_once() {
        let row = |requester| ("20", requester, "2026-12-03", "");
        let told = codes(&claim(), &[row("333333333"), row(OWN), row(OWN)]);
        assert_eq!(told, [vec![Code::D19], vec![], vec![Code::D19]]);
    }

    #[test]
    fn splits_of_one_file_together_leave_something_of_the_claim() {
        let row = |amount| ("30", OWN, "2026-12-03", amount);
        let told = codes(&claim(), &[row("1000000"), row("600000"), row("400000"), row("399999")]);
        assert_eq!(told, [vec![Code::D14], vec![], vec![Code::D14], vec![]]);
        let spent = Claim { state: ClaimState::Spent, ..claim() };
        let all = codes(&spent, &[row("1"), ("20", OWN, "2026-12-03", "")]);
        assert_eq!(all, [vec![Code::D14], vec![Code::D14]]);
    }

    #[test]
    fn no_assignment_before_the_record_or_around_the_due_date() {
        let on = |day: &str| codes(&claim(), &[("20", OWN, day, "")]).concat();
        assert_eq!(on("2026-12-02"), [Code::D21]);
        // Two bank days before Friday 12/18 is Wednesday; three from it have passed on Wednesday.
        assert_eq!(on("2026-12-15"), []);
        assert_eq!(on("2026-12-16"), [Code::D13]);
        assert_eq!(on("2026-12-22"), [Code::D13]);
        assert_eq!(on("2026-12-23"), []);
    }

    #[test]
    fn a_claim_that_is_not_known_is_left_to_the_clearing_side() {
        let other =
            Claim { number: RecordNumber::parse("98765432100000100025").unwrap(), ..claim() };
        assert_eq!(codes(&other, &[("20", "333333333", "2026-12-03", "")]), [vec![]]);
    }
}
