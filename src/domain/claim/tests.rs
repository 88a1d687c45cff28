//! A claim is what its changes fold into.

use super::*;
use crate::domain::{Account, AccountNumber, AccountType, BankCode, BranchCode};

fn number(text: &str) -> RecordNumber {
    RecordNumber::parse(text).unwrap()
}

fn own() -> RecordNumber {
    number("98765432100000100017")
}

fn day(day: u32) -> Date {
    Date::new(2026, 12, day).unwrap()
}

fn yen(amount: u64) -> Yen {
    Yen::new(amount).unwrap()
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

fn debtor() -> Party {
    party("111111111")
}

fn creditor() -> Party {
    party("222222222")
}

fn request(kind: RequestKind) -> RecordRequest {
    RecordRequest {
        kind,
        record_number: (!kind.is_accrual()).then(own),
        record_date: day(3),
        requester: debtor(),
        counterparty: creditor(),
        counterparty_name_kana: String::new(),
        amount: None,
        due_date: None,
        requester_ref: String::new(),
        assignment_restricted: AssignmentRestriction::Free,
        guarantee: Guarantee::With,
        comment: String::new(),
    }
}

/// A claim of a thousand yen, due on the 28th.
fn claim() -> Claim {
    let request = RecordRequest {
        amount: Some(yen(1_000)),
        due_date: Some(day(28)),
        ..request(RequestKind::AccrualDebtor)
    };
    let Some(ClaimChange::Accrued(claim)) = ClaimChange::of(&request, Some(own())) else {
        panic!("an accrual makes a claim")
    };
    *claim
}

fn assigned() -> ClaimChange {
    let (from, to) = (creditor(), party("333333333"));
    ClaimChange::Assigned { number: own(), from, to, on: day(4), guarantee: Guarantee::With }
}

fn cancelled() -> ClaimChange {
    ClaimChange::of(&request(RequestKind::Cancellation), None).unwrap()
}

#[test]
fn a_cancelled_accrual_is_gone() {
    let mut claim = claim();
    assert_eq!(claim.change(&cancelled()), None);
    assert_eq!((claim.state, claim.left(), claim.latest), (ClaimState::Cancelled, 0, None));
}

#[test]
fn a_cancelled_assignment_gives_the_claim_back_to_the_assignor() {
    let mut claim = claim();
    claim.change(&assigned());
    assert_eq!(claim.creditor, party("333333333"));
    claim.change(&cancelled());
    assert_eq!((claim.creditor, claim.state), (creditor(), ClaimState::Open));
    assert!(claim.assigned, "a change still asks for paper");
    assert_eq!(claim.latest, None, "the accrual below it is not cancelled with it");
}

#[test]
fn a_cancelled_part_goes_back_to_where_it_came_from() {
    let mut whole = claim();
    let (child, amount) = (number("98765432100000100025"), yen(400));
    let (from, to) = (creditor(), party("333333333"));
    let (on, guarantee) = (day(4), Guarantee::With);
    let split = ClaimChange::Split { number: own(), child, from, to, amount, on, guarantee };
    let mut part = whole.change(&split).unwrap();
    assert_eq!((whole.left(), part.left()), (600, 400));
    part.change(&ClaimChange::Cancelled { number: child, on });
    whole.take_back(part.amount);
    assert_eq!((whole.left(), part.left()), (1_000, 0));
    let paid = ClaimChange::Paid { number: own(), amount: yen(1_000), on };
    whole.change(&paid);
    whole.take_back(yen(400));
    assert_eq!((whole.left(), whole.state), (400, ClaimState::Open), "only what came back is owed");
}

#[test]
fn a_change_says_what_changes_and_leaves_the_rest() {
    let mut claim = claim();
    let of = |request: RecordRequest| ClaimChange::of(&request, None).unwrap();
    let as_it_is = RecordRequest {
        assignment_restricted: AssignmentRestriction::AsIs,
        ..request(RequestKind::Change)
    };
    claim.change(&of(RecordRequest { due_date: Some(day(30)), ..as_it_is.clone() }));
    assert_eq!((claim.due, claim.amount.get()), (day(30), 1_000));
    let amount = Some(yen(900));
    let restricted = AssignmentRestriction::Restricted;
    claim.change(&of(RecordRequest { amount, assignment_restricted: restricted, ..as_it_is }));
    assert_eq!((claim.due, claim.amount.get(), claim.restricted), (day(30), 900, restricted));
    assert_eq!(claim.latest, None);
}

#[test]
fn payments_make_it_smaller_until_it_is_paid() {
    let mut claim = claim();
    let paid = |amount| {
        let amount = Some(yen(amount));
        let request = RecordRequest { amount, ..request(RequestKind::Payment) };
        ClaimChange::of(&request, None).unwrap()
    };
    claim.change(&paid(300));
    assert_eq!((claim.left(), claim.state, claim.latest), (700, ClaimState::Open, None));
    claim.change(&paid(700));
    assert_eq!((claim.left(), claim.state), (0, ClaimState::Paid));
}

#[test]
fn a_guarantor_is_kept_and_goes_with_a_part() {
    let mut claim = claim();
    let request = RecordRequest {
        requester: creditor(),
        counterparty: party("444444444"),
        ..request(RequestKind::Guarantee)
    };
    claim.change(&ClaimChange::of(&request, None).unwrap());
    assert_eq!(claim.guarantors, [party("444444444").user_number]);
}

#[test]
fn a_disclosure_changes_nothing() {
    assert_eq!(ClaimChange::of(&request(RequestKind::Disclosure), Some(own())), None);
}

#[test]
fn what_the_bank_takes_is_an_assignment_of_all_or_of_the_amount_written() {
    for kind in [RequestKind::Discount, RequestKind::Collateral] {
        let whole = ClaimChange::of(&request(kind), None);
        assert!(matches!(whole, Some(ClaimChange::Assigned { .. })), "{whole:?}");
        let part = RecordRequest { amount: Some(yen(400)), ..request(kind) };
        let part = ClaimChange::of(&part, Some(number("98765432100000100025")));
        assert!(matches!(part, Some(ClaimChange::Split { .. })), "{part:?}");
        assert_eq!((kind.clearing_code(false), kind.clearing_code(true)), (20, 30));
    }
}

#[test]
fn a_claim_of_another_institution_comes_in_under_its_new_number_and_is_not_cancelled() {
    let request = RecordRequest {
        amount: Some(yen(1_000)),
        due_date: Some(day(28)),
        record_number: Some(number("AAAAAAAAA00000100017")),
        ..request(RequestKind::InstitutionTransfer)
    };
    let Some(ClaimChange::Accrued(claim)) = ClaimChange::of(&request, Some(own())) else {
        panic!("it is a claim here")
    };
    // The creditor asks; the debtor stands on the other side.
    assert_eq!((claim.creditor, claim.debtor), (debtor(), creditor()));
    assert_eq!((claim.number, claim.latest), (own(), None));
}
