//! What the register of claims refuses, boundary day by boundary day.

use super::*;
use crate::domain::findings::Findings;
use crate::domain::rules::{Judge, Places, Row, RuleSettings};
use crate::domain::{
    Account, AccountNumber, AccountType, AssignmentRestriction, BankCode, BranchCode, CaseId,
    Customers, Finding, Latest, ReceiptNo, UserNumber,
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
        assigned: false,
        guarantors: Vec::new(),
        latest: None,
    }
}

/// A claim with what is under way on it.
struct Known<'a>(&'a Claim, &'a [Asking]);

impl ClaimBook for Known<'_> {
    fn claim(&self, number: RecordNumber) -> Option<Claim> {
        (number == self.0.number).then(|| self.0.clone())
    }

    fn under_way(&self, _: RecordNumber) -> UnderWay {
        let mut under_way = UnderWay::default();
        self.1.iter().for_each(|asking| under_way.add(*asking));
        under_way
    }
}

/// The codes of rows of one file: kind, requester, record date, amount.
fn codes(known: &Claim, rows: &[(&str, &str, &str, &str)]) -> Vec<Vec<Code>> {
    let found = found(&Known(known, &[]), rows).into_iter();
    found.map(|row| row.into_iter().map(|one| one.code).collect()).collect()
}

/// The same with all that is said.
fn found(known: &Known<'_>, rows: &[(&str, &str, &str, &str)]) -> Vec<Vec<Finding>> {
    let (calendar, customers) = (BankCalendar::japan(), Customers::default());
    let on = (date("2026-12-01"), Origin::Online);
    let mut judge = Judge::new(&calendar, RuleSettings::default(), on, (known, &customers));
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
        let row = Row { record: 1, line: 2, cells, places: Places::Columns(&[1; Field::COUNT]) };
        let judged = judge.judge(&row, &mut findings);
        let found = findings.finish();
        assert_eq!(judged.request.is_some(), found.is_empty());
        found
    });
    judged.collect()
}

const OWN: &str = "987654321";

#[test]
fn only_the_creditor_assigns_and_all_of_a_claim_once() {
    let row = |requester| ("20", requester, "2026-12-03", "");
    let told = codes(&claim(), &[row("333333333"), row(OWN), row(OWN)]);
    assert_eq!(told, [vec![Code::D19], vec![], vec![Code::D34]]);
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
fn what_is_under_way_in_a_case_counts_and_is_named() {
    let receipt = ReceiptNo::new(date("2026-12-01"), 1).unwrap();
    let (n, row) = (4, Some(1));
    let case = Some(CaseId { receipt, n, row });
    let asking = |kind, amount| Asking { case, row: 1, kind, amount: Yen::new(amount).ok() };
    let split = [asking(RequestKind::SplitAssignment, 600_000)];
    let row = |kind: &'static str, amount: &'static str| (kind, OWN, "2026-12-03", amount);
    let rows = [row("30", "400000"), row("30", "399999"), row("20", ""), row("30", "1")];
    let told = found(&Known(&claim(), &split), &rows);
    let codes: Vec<Vec<Code>> =
        told.iter().map(|row| row.iter().map(|one| one.code).collect()).collect();
    assert_eq!(codes, [vec![Code::D14], vec![], vec![Code::D34], vec![Code::D14]]);
    let id = "20261201-000001-4.4.1";
    let (ja, en) = (&told[0][0].ja, &told[0][0].en);
    assert!(ja.contains("残額(400,000円)") && ja.contains(id), "{ja}");
    assert!(en.contains("400,000 yen, beside 600,000 yen") && en.contains(id), "{en}");
    assert!(told[2][0].ja.contains(&format!("案件 {id}（分割譲渡）")), "{}", told[2][0].ja);
    let over = [asking(RequestKind::Assignment, 0)];
    assert_eq!(found(&Known(&claim(), &over), &[row("30", "1")])[0][0].code, Code::D34);
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
    let other = Claim { number: RecordNumber::parse("98765432100000100025").unwrap(), ..claim() };
    assert_eq!(codes(&other, &[("20", "333333333", "2026-12-03", "")]), [vec![]]);
}

const DEBTOR: &str = "123456789";

/// A row about the claim: kind, requester, counterparty, record date, amount, due date,
/// restriction.
type Asked<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

/// The codes of rows of one file that came by `origin`, judged on 2026-12-01.
fn told(known: &Claim, origin: Origin, rows: &[Asked<'_>]) -> Vec<Vec<Code>> {
    let (calendar, customers) = (BankCalendar::japan(), Customers::default());
    let (on, book) = ((date("2026-12-01"), origin), Known(known, &[]));
    let mut judge = Judge::new(&calendar, RuleSettings::default(), on, (&book, &customers));
    let judged = rows.iter().map(|(kind, requester, other, on, amount, due, restricted)| {
        let mut cells = [""; Field::COUNT];
        let mut fill = |field: Field, text| cells[field.index()] = text;
        fill(Field::RequestKind, *kind);
        fill(Field::RecordNumber, NUMBER);
        fill(Field::RecordDate, on);
        for (field, text) in [
            (Field::RequesterUserNumber, *requester),
            (Field::RequesterBankCode, "0001"),
            (Field::RequesterBranchCode, "001"),
            (Field::RequesterAccountType, "2"),
            (Field::RequesterAccountNumber, "0123456"),
        ] {
            fill(field, text);
        }
        if !other.is_empty() {
            fill(Field::CounterpartyUserNumber, other);
            fill(Field::CounterpartyBankCode, "0009");
            fill(Field::CounterpartyBranchCode, "010");
            fill(Field::CounterpartyAccountType, "1");
            fill(Field::CounterpartyAccountNumber, "7654321");
        }
        fill(Field::Amount, amount);
        fill(Field::DueDate, due);
        fill(Field::AssignmentRestricted, restricted);
        let mut findings = Findings::new(100);
        let row = Row { record: 1, line: 2, cells, places: Places::Columns(&[1; Field::COUNT]) };
        let judged = judge.judge(&row, &mut findings);
        let codes: Vec<Code> = findings.finish().iter().map(|one| one.code).collect();
        assert_eq!(judged.request.is_some(), codes.is_empty());
        codes
    });
    judged.collect()
}

/// The codes of one row without amount, due date and restriction.
fn plain(known: &Claim, kind: &str, (own, other): (&str, &str), on: &str) -> Vec<Code> {
    told(known, Origin::Online, &[(kind, own, other, on, "", "", "")]).concat()
}

/// The claim as the debtor's accrual on Thursday 2026-12-03 made it.
fn fresh() -> Claim {
    let (on, by) = (date("2026-12-03"), UserNumber::parse(DEBTOR).unwrap());
    Claim { latest: Some(Latest { on, by, back_to: None }), ..claim() }
}

/// The claim as the assignment of 2026-12-04 left it: 333333333 had it before.
fn handed() -> Claim {
    let back_to = party("333333333");
    let latest = Latest { on: date("2026-12-04"), by: back_to.user_number, back_to: Some(back_to) };
    Claim { latest: Some(latest), assigned: true, ..claim() }
}

#[test]
fn a_reserved_record_is_cancelled_by_who_asked_until_the_day_before() {
    let on = |own: (&str, &str), day| plain(&fresh(), "40", own, day);
    assert_eq!(on((DEBTOR, OWN), "2026-12-02"), []);
    assert_eq!(on((OWN, DEBTOR), "2026-12-02"), [Code::D22], "the creditor did not ask for it");
    assert_eq!(on((DEBTOR, OWN), "2026-12-03"), [Code::D22], "it is recorded on that day");
}

#[test]
fn a_recorded_claim_is_cancelled_by_its_creditor_within_five_bank_days() {
    let on = |day| plain(&fresh(), "40", (OWN, DEBTOR), day);
    assert_eq!(on("2026-12-03"), []);
    // Thursday 12/3 is the first day, Wednesday 12/9 the fifth.
    assert_eq!(on("2026-12-09"), []);
    assert_eq!(on("2026-12-10"), [Code::D24]);
}

#[test]
fn a_claim_is_not_cancelled_later_than_three_bank_days_before_its_due_date() {
    // Three bank days before Friday 12/11 is Tuesday 12/8; a Saturday counts as the next Monday.
    let due = |due, day| plain(&Claim { due: date(due), ..fresh() }, "40", (OWN, DEBTOR), day);
    assert_eq!(due("2026-12-11", "2026-12-08"), []);
    assert_eq!(due("2026-12-11", "2026-12-09"), [Code::D24]);
    assert_eq!(due("2026-12-12", "2026-12-09"), []);
}

#[test]
fn an_assignment_is_cancelled_by_the_assignee_and_names_a_party() {
    let assignee = |other| plain(&handed(), "40", (OWN, other), "2026-12-10");
    assert_eq!(assignee("333333333"), [], "the assignor gets it back");
    assert_eq!(assignee(DEBTOR), []);
    assert_eq!(assignee("444444444"), [Code::D23]);
    assert_eq!(plain(&handed(), "40", (OWN, DEBTOR), "2026-12-11"), [Code::D24]);
    assert_eq!(plain(&handed(), "40", ("333333333", DEBTOR), "2026-12-04"), [Code::D22]);
    assert_eq!(plain(&claim(), "40", (OWN, DEBTOR), "2026-12-03"), [Code::D24], "more since");
}

#[test]
fn nothing_is_asked_of_a_claim_that_is_cancelled_or_paid_but_to_disclose_it() {
    for state in [ClaimState::Cancelled, ClaimState::Paid] {
        let over = Claim { state, ..fresh() };
        for kind in ["40", "60", "20"] {
            assert_eq!(plain(&over, kind, (OWN, "222222222"), "2026-12-03"), [Code::D29], "{kind}");
        }
        let paid = ("70", OWN, DEBTOR, "2026-12-03", "1", "", "");
        let change = ("50", OWN, DEBTOR, "2026-12-03", "1", "", "");
        assert_eq!(told(&over, Origin::Paper, &[paid, change]), [[Code::D29], [Code::D29]]);
        assert_eq!(plain(&over, "80", (OWN, ""), "2026-12-03"), []);
    }
    let twice = ("40", OWN, DEBTOR, "2026-12-03", "", "", "");
    let rows = told(&fresh(), Origin::Online, &[twice, twice]);
    assert_eq!(rows, [vec![], vec![Code::D34]]);
}

#[test]
fn a_claim_that_was_not_assigned_changes_until_seven_bank_days_before_its_due_date() {
    // Seven bank days before Friday 12/18 is Wednesday 12/9.
    let change = |origin, day| {
        told(&fresh(), origin, &[("50", DEBTOR, OWN, day, "900000", "", "")]).concat()
    };
    assert_eq!(change(Origin::Online, "2026-12-09"), []);
    assert_eq!(change(Origin::Online, "2026-12-10"), [Code::D25]);
    assert_eq!(change(Origin::Paper, "2026-12-10"), [Code::D25]);
    assert_eq!(change(Origin::Online, "2026-12-02"), [Code::D21]);
}

#[test]
fn a_claim_that_was_assigned_or_guaranteed_changes_on_paper_until_three_bank_days_before() {
    let guarantors = vec![UserNumber::parse("444444444").unwrap()];
    for known in [handed(), Claim { guarantors, ..fresh() }] {
        let change = |origin, day| {
            told(&known, origin, &[("50", OWN, DEBTOR, day, "", "2027-01-15", "")]).concat()
        };
        assert_eq!(change(Origin::Online, "2026-12-04"), [Code::D27]);
        // Three bank days before Friday 12/18 is Tuesday 12/15.
        assert_eq!(change(Origin::Paper, "2026-12-15"), []);
        assert_eq!(change(Origin::Paper, "2026-12-16"), [Code::D25]);
    }
}

#[test]
fn a_change_is_between_the_two_and_changes_something() {
    let change = |own, other, amount, due, restricted| {
        let row = ("50", own, other, "2026-12-03", amount, due, restricted);
        told(&fresh(), Origin::Online, &[row]).concat()
    };
    assert_eq!(change(OWN, DEBTOR, "", "", ""), [Code::D26]);
    assert_eq!(change(OWN, DEBTOR, "1000000", "2026-12-18", "0"), [Code::D26], "as it is already");
    assert_eq!(change(OWN, DEBTOR, "1000000", "", "1"), []);
    assert_eq!(change(OWN, DEBTOR, "", "2026-12-07", ""), [Code::D07], "two bank days ahead");
    assert_eq!(change(OWN, "444444444", "1", "", ""), [Code::D23]);
    assert_eq!(change("444444444", DEBTOR, "1", "", ""), [Code::D22]);
}

#[test]
fn a_guarantee_is_asked_for_by_the_creditor_and_not_given_by_the_debtor() {
    let on = |own, day| plain(&fresh(), "60", own, day);
    assert_eq!(on((OWN, "444444444"), "2026-12-03"), []);
    assert_eq!(on((OWN, DEBTOR), "2026-12-03"), [Code::D23]);
    assert_eq!(on((DEBTOR, "444444444"), "2026-12-03"), [Code::D22]);
    assert_eq!(on((OWN, "444444444"), "2026-12-02"), [Code::D21]);
}

#[test]
fn payments_are_between_creditor_and_payer_and_not_more_than_is_left() {
    let guarantors = vec![UserNumber::parse("444444444").unwrap()];
    let known = Claim { guarantors, ..fresh() };
    let paid = |own, other, amount| ("70", own, other, "2026-12-03", amount, "", "");
    let rows = [
        paid(OWN, DEBTOR, "1000001"),
        paid(DEBTOR, OWN, "600000"),
        paid("444444444", OWN, "400001"),
        paid(OWN, "444444444", "400000"),
        paid(OWN, "555555555", "1"),
        paid(DEBTOR, "444444444", "1"),
        paid("555555555", OWN, "1"),
    ];
    let none: Vec<Code> = vec![];
    let over = vec![Code::D28];
    assert_eq!(
        told(&known, Origin::Online, &rows),
        [
            over.clone(),
            none.clone(),
            over,
            none,
            vec![Code::D23, Code::D28],
            vec![Code::D23, Code::D28],
            vec![Code::D22, Code::D28],
        ]
    );
}

#[test]
fn a_disclosure_is_for_debtor_and_creditor_and_names_nobody_else() {
    let on = |own| plain(&fresh(), "80", own, "2026-12-03");
    assert_eq!((on((OWN, "")), on((DEBTOR, ""))), (vec![], vec![]));
    assert_eq!(on(("444444444", "")), [Code::D22]);
    assert_eq!(on((OWN, DEBTOR)), [Code::D18; 5], "no counterparty");
}

#[test]
fn an_unknown_claim_is_left_to_the_clearing_side_whatever_is_asked_of_it() {
    let number = RecordNumber::parse("98765432100000100025").unwrap();
    let other = Claim { number, ..fresh() };
    for kind in ["40", "60"] {
        assert_eq!(plain(&other, kind, ("555555555", "444444444"), "2026-12-18"), []);
    }
    for (kind, amount) in [("50", "1"), ("70", "9999999999")] {
        let row = (kind, "555555555", "444444444", "2026-12-18", amount, "", "");
        assert_eq!(told(&other, Origin::Online, &[row]), [vec![]]);
    }
}

#[test]
fn a_discount_is_asked_for_three_bank_days_ahead_and_takes_no_more_than_is_left() {
    let day = "2026-12-04";
    let rows = [
        ("21", "987654321", "2026-12-03", ""),
        ("21", "987654321", day, "400000"),
        ("22", "987654321", day, "600000"),
        ("22", "123456789", day, ""),
        ("22", "987654321", day, ""),
    ];
    let told = codes(&claim(), &rows);
    assert_eq!(told[0], [Code::D32]);
    assert_eq!(told[1], []);
    assert_eq!(told[2], [Code::D14], "all that is left is asked for without an amount");
    // The second is its own counterparty in this helper, and no creditor.
    assert!(told[3].contains(&Code::D19), "{:?}", told[3]);
    assert_eq!(told[4], []);
}
