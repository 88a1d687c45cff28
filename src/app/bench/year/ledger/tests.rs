//! The ledger balances with a register that says the same, and with no other.

use super::{Ledger, Wanted};
use crate::app::bench::cast::Somebody;
use crate::domain::{
    Account, AssignmentRestriction, Claim, ClaimState, Date, Party, RecordNumber, RequestKind,
    UserNumber, Yen,
};
use crate::ports::ClaimRecord;

const NUMBER: &str = "C0000000100000000001";
const PART: &str = "C0000000100000000002";

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn wanted(kind: RequestKind, amount: Option<u64>) -> Wanted {
    let is_accrual = kind.is_accrual();
    Wanted {
        kind,
        number: (!is_accrual).then(|| NUMBER.to_owned()),
        from: if is_accrual { somebody(1) } else { somebody(2) },
        other: Some(if is_accrual { somebody(2) } else { somebody(3) }),
        amount,
        due: is_accrual.then(|| day("2026-08-31")),
        record: day("2026-05-11"),
        is_paper: false,
    }
}

fn somebody(n: u32) -> Somebody {
    Somebody::customer(n, "001")
}

/// A claim of 1,000 yen, of which 300 were split off and 200 paid.
fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.record(&wanted(RequestKind::AccrualDebtor, Some(1_000)), Some(NUMBER));
    ledger.record(&wanted(RequestKind::SplitAssignment, Some(300)), Some(PART));
    ledger.record(&wanted(RequestKind::Payment, Some(200)), None);
    ledger
}

fn claim(number: &str, creditor: u32, amount: u64) -> ClaimRecord {
    let account = Account::parse("0001-001-1-0000001").unwrap();
    let party = |n| {
        let user_number = UserNumber::parse(&somebody(n).user).unwrap();
        Party { user_number, account }
    };
    let claim = Claim {
        number: RecordNumber::parse(number).unwrap(),
        parent: None,
        debtor: party(1),
        creditor: party(creditor),
        amount: Yen::new(amount).unwrap(),
        due: day("2026-08-31"),
        recorded: day("2026-05-11"),
        restricted: AssignmentRestriction::Free,
        state: ClaimState::Open,
        assigned: false,
        guarantors: Vec::new(),
        latest: None,
    };
    ClaimRecord { claim, history: Vec::new() }
}

#[test]
fn a_register_that_says_the_same_balances() {
    let register = [claim(NUMBER, 2, 500), claim(PART, 3, 300)];
    assert_eq!(ledger().compare(&register), Vec::<String>::new());
}

#[test]
fn a_tampered_sum_is_found_though_every_claim_is_right() {
    let mut ledger = ledger();
    ledger.sums.paid += 1;
    let wrong = ledger.compare(&[claim(NUMBER, 2, 500), claim(PART, 3, 300)]);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].contains("800 yen") && wrong[0].contains("open 799"), "{wrong:?}");
}

#[test]
fn a_wrong_amount_creditor_or_state_is_told_with_its_claim() {
    let [good, part] = [claim(NUMBER, 2, 500), claim(PART, 3, 300)];
    let wrong = ledger().compare(&[claim(NUMBER, 2, 501), part.clone()]);
    assert!(wrong[0].contains(NUMBER) && wrong[1].contains("801 yen"), "{wrong:?}");
    let wrong = ledger().compare(&[claim(NUMBER, 3, 500), part.clone()]);
    assert!(wrong.len() == 1 && wrong[0].contains(NUMBER), "{wrong:?}");
    let mut paid = good;
    paid.claim.state = ClaimState::Paid;
    assert_eq!(ledger().compare(&[paid, part]).len(), 2, "the claim and the sum");
}

#[test]
fn a_lost_claim_and_one_nobody_recorded_are_told() {
    let wrong = ledger().compare(&[claim(NUMBER, 2, 500)]);
    assert!(wrong[0].contains(PART) && wrong[0].contains("not in the register"), "{wrong:?}");
    let more = "C0000000100000000003";
    let wrong = ledger().compare(&[claim(NUMBER, 2, 500), claim(PART, 3, 300), claim(more, 2, 7)]);
    assert!(wrong[0].contains(more) && wrong[0].contains("never recorded"), "{wrong:?}");
}

#[test]
fn a_cancelled_part_goes_back_and_a_cancelled_beginning_goes_away() {
    let mut ledger = ledger();
    let mut back = wanted(RequestKind::Cancellation, None);
    (back.number, back.from) = (Some(PART.to_owned()), somebody(3));
    assert_eq!(ledger.refuses(&back), None);
    ledger.record(&back, None);
    assert_eq!((ledger.claims[NUMBER].amount, ledger.sums.open()), (800, 800));
    ledger.record(&wanted(RequestKind::AccrualDebtor, Some(70)), Some("C0000000100000000009"));
    back.number = Some("C0000000100000000009".to_owned());
    back.from = somebody(2);
    ledger.record(&back, None);
    assert_eq!((ledger.sums.cancelled, ledger.sums.open()), (70, 800));
}

#[test]
fn a_change_that_holds_after_the_claim_was_paid_owes_nothing_more() {
    let mut ledger = ledger();
    ledger.record(&wanted(RequestKind::Payment, Some(500)), None);
    ledger.record(&wanted(RequestKind::Change, Some(900)), None);
    let mut whole = claim(NUMBER, 2, 900);
    whole.claim.state = ClaimState::Paid;
    assert_eq!(ledger.compare(&[whole, claim(PART, 3, 300)]), Vec::<String>::new());
}

#[test]
fn what_was_settled_is_paid_and_what_was_not_is_owed_until_somebody_pays_it() {
    let mut ledger = ledger();
    ledger.settle(NUMBER, true);
    ledger.settle(PART, false);
    assert_eq!((ledger.sums.settled, ledger.sums.open()), (500, 300));
    let [mut whole, mut part] = [claim(NUMBER, 2, 500), claim(PART, 3, 300)];
    whole.claim.state = ClaimState::Paid;
    part.claim.state = ClaimState::Defaulted;
    assert_eq!(ledger.compare(&[whole.clone(), part.clone()]), Vec::<String>::new());
    // A register that took it for paid lacks the claim's state and its sum.
    let mut taken = part.clone();
    taken.claim.state = ClaimState::Paid;
    assert_eq!(ledger.compare(&[whole.clone(), taken]).len(), 2);

    let mut late = wanted(RequestKind::Payment, Some(100));
    (late.number, late.from) = (Some(PART.to_owned()), somebody(3));
    assert_eq!(ledger.refuses(&late), None);
    ledger.record(&late, None);
    part.claim.amount = Yen::new(200).unwrap();
    assert_eq!(ledger.compare(&[whole.clone(), part.clone()]), Vec::<String>::new());
    ledger.settle(PART, true);
    part.claim.state = ClaimState::Paid;
    assert_eq!((ledger.sums.settled, ledger.sums.open()), (700, 0));
    assert_eq!(ledger.compare(&[whole, part]), Vec::<String>::new());
}

#[test]
fn what_has_come_to_its_end_is_neither_settled_nor_taken_back() {
    let mut ledger = ledger();
    ledger.settle(PART, true);
    ledger.settle(PART, false);
    assert_eq!((ledger.sums.settled, ledger.sums.open()), (300, 500));
    let mut back = wanted(RequestKind::Cancellation, None);
    (back.number, back.from) = (Some(PART.to_owned()), somebody(3));
    assert_eq!(ledger.refuses(&back), Some("債権なし"));
    ledger.settle(NUMBER, false);
    for kind in [RequestKind::Assignment, RequestKind::Change, RequestKind::Guarantee] {
        assert_eq!(ledger.refuses(&wanted(kind, Some(1))), Some("債権なし"), "{kind:?}");
    }
}
