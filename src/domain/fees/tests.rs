//! When fees are debited, and that every charge is in exactly one bill.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    Charge, Contract, ContractKind, FeeItem, FeeKind, FeeRow, FeeTable, Month, Relation, Use, bill,
    charges, debit_day, first_billed_month, first_debit, first_debit_month,
};
use crate::domain::{AssignmentRestriction, Guarantee, Origin, Party, RecordRequest, RequestKind};
use crate::domain::{BankCalendar, BankCode, Date, UserNumber, Weekday, Yen, YenTotal};

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn month(text: &str) -> Month {
    Month::of(day(&format!("{text}-01")))
}

fn debited(text: &str) -> String {
    debit_day(month(text), &BankCalendar::japan()).to_string()
}

#[test]
fn fees_are_debited_on_the_25th_of_an_ordinary_month() {
    assert_eq!(debited("2026-11"), "2026-11-25");
}

#[test]
fn the_25th_on_a_saturday_moves_to_monday() {
    assert_eq!(day("2026-07-25").weekday(), Weekday::Sat);
    assert_eq!(debited("2026-07"), "2026-07-27");
}

#[test]
fn the_25th_on_a_holiday_moves_to_the_next_open_day() {
    // By law none falls on a 25th, so it is a day the bank itself is closed.
    let calendar = BankCalendar::japan();
    let years = BankCalendar::FIRST_YEAR..=BankCalendar::LAST_YEAR;
    assert!(years.flat_map(|year| calendar.closed_days(year)).all(|(day, _)| day.day() != 25));
    let closed = BankCalendar::with_overrides("2026-11-25,臨時休業\n2026-11-26,臨時休業\n");
    assert_eq!(debit_day(month("2026-11"), &closed.unwrap()), day("2026-11-27"));
}

#[test]
fn the_25th_in_december_is_before_the_banks_close() {
    assert_eq!(debited("2026-12"), "2026-12-25");
    assert_eq!(day("2027-12-25").weekday(), Weekday::Sat);
    assert_eq!(debited("2027-12"), "2027-12-27");
    assert_eq!(debited("2022-12"), "2022-12-26", "a Sunday");
}

#[test]
fn who_applies_in_december_is_debited_first_in_january() {
    let calendar = BankCalendar::japan();
    for applied in ["2026-12-01", "2026-12-25", "2026-12-31"] {
        assert_eq!(first_debit(day(applied), &calendar), day("2027-01-25"));
    }
    assert_eq!(first_debit(day("2024-12-28"), &calendar), day("2025-01-27"), "a Saturday");
}

#[test]
fn every_application_day_from_2019_to_2035_has_its_first_debit_as_counted_by_hand() {
    let calendar = BankCalendar::japan();
    let mut applied = day("2019-01-01");
    while applied.year() <= 2035 {
        // Day by day, without months: to the next 1st, to the 25th, to an open day.
        let mut at = applied.plus_days(1);
        while at.day() != 1 {
            at = at.plus_days(1);
        }
        at = at.plus_days(24);
        let closed = |on: Date| {
            matches!(on.weekday(), Weekday::Sat | Weekday::Sun)
                || calendar.closed_days(on.year()).iter().any(|(day, _)| *day == on)
        };
        while closed(at) {
            at = at.plus_days(1);
        }
        assert_eq!(first_debit(applied, &calendar), at, "{applied}");
        assert!(Month::of(at) == first_debit_month(applied) && at.day() >= 25, "{applied}");
        applied = applied.plus_days(1);
    }
}

#[test]
fn whoever_comes_after_the_bills_were_made_is_debited_first_with_the_next_ones() {
    let calendar = BankCalendar::japan();
    let first = |applied, entered| first_billed_month((day(applied), day(entered)), &calendar);
    assert_eq!(first("2026-12-21", "2026-12-28"), month("2027-01"));
    assert_eq!(first("2026-12-28", "2027-01-03"), month("2027-01"), "banks open on the 4th");
    assert_eq!(first("2026-12-28", "2027-01-04"), month("2027-02"), "the day of the bills");
    assert_eq!(first("2026-12-28", "2027-02-02"), month("2027-03"));
    assert_eq!(first("2026-12-01", "2026-12-01"), month("2027-01"));
}

#[test]
fn months_follow_one_another_over_the_year() {
    assert_eq!(month("2026-12").next(), month("2027-01"));
    assert_eq!(month("2027-01").previous().to_string(), "2026-12");
    assert_eq!(month("2027-01").japanese(), "2027年1月");
    assert_eq!((month("2026-12").year(), month("2026-12").month()), (2026, 12));
}

/// Everything costs 100 yen, but accruals online at another bank 660, and 700 from 2026-04-01;
/// the base fee is 1,100, and from 2026-04-01 1,200.
fn table() -> FeeTable {
    let row = |line, item, yen, from: &str| FeeRow {
        line,
        item,
        yen: YenTotal::new(yen),
        from: day(from),
    };
    let base = FeeItem::Base(ContractKind::Standard);
    let mut rows = vec![
        row(1, base, 1_100, "2019-01-01"),
        row(2, base, 1_200, "2026-04-01"),
        row(3, FeeItem::Base(ContractKind::Light), 0, "2019-01-01"),
    ];
    for kind in FeeKind::ALL.into_iter().filter(|kind| *kind != FeeKind::Accrual) {
        let item = FeeItem::Act { kind, channel: None, relation: None };
        rows.push(row(4, item, 100, "2019-01-01"));
    }
    for channel in Origin::ALL {
        for (relation, yen) in [(Relation::Own, 330), (Relation::Other, 660)] {
            rows.push(row(5, accrual(channel, relation), yen, "2019-01-01"));
        }
    }
    rows.push(row(6, accrual(Origin::Online, Relation::Other), 700, "2026-04-01"));
    FeeTable::new(&rows).unwrap()
}

fn accrual(channel: Origin, relation: Relation) -> FeeItem {
    let (channel, relation) = (Some(channel), Some(relation));
    FeeItem::Act { kind: FeeKind::Accrual, channel, relation }
}

fn customer() -> UserNumber {
    UserNumber::parse("1AB2CD3EF").unwrap()
}

fn contract(kind: ContractKind, applied: &str) -> Contract {
    let applied = day(applied);
    let first = first_debit_month(applied);
    Contract { customer: customer(), kind, applied, first, ended: None }
}

fn used(kind: FeeKind, on: &str, count: u32) -> Use {
    let (channel, relation) = (Origin::Online, Relation::Other);
    Use { customer: customer(), kind, channel, relation, on: day(on), count }
}

fn priced(uses: &[Use]) -> Vec<Charge> {
    let charges = charges(uses, &table());
    assert_eq!(charges.unpriced, []);
    charges.by_customer.get(&customer()).cloned().unwrap_or_default()
}

/// A bill as lines of text.
fn shown(contract: &Contract, charges: &[Charge], of: &str) -> Vec<String> {
    let Some(bill) = bill(contract, charges, &table(), month(of)) else { return Vec::new() };
    let lines = bill.lines.iter().map(|line| {
        format!("{} {}×{}={}", line.item.japanese(), line.unit, line.count, line.amount)
    });
    lines.chain([format!("計 {}", bill.total)]).collect()
}

#[test]
fn a_change_of_fee_holds_from_its_day() {
    let table = table();
    let key = (FeeKind::Accrual, Origin::Online, Relation::Other);
    let fee = |on: &str| table.act(key, day(on)).map(|priced| priced.yen.get());
    assert_eq!(fee("2018-12-31"), None);
    assert_eq!(fee("2019-01-01"), Some(660));
    assert_eq!(fee("2026-03-31"), Some(660));
    assert_eq!(fee("2026-04-01"), Some(700));
}

#[test]
fn a_bill_has_a_line_for_each_price_and_their_sum() {
    let charges = priced(&[
        used(FeeKind::Payment, "2026-04-02", 1),
        used(FeeKind::Accrual, "2026-04-30", 2),
        used(FeeKind::Accrual, "2026-04-01", 1),
    ]);
    assert_eq!(
        shown(&contract(ContractKind::Standard, "2025-01-10"), &charges, "2026-05"),
        [
            "月額基本料（通常） 1,200×1=1,200",
            "発生記録（オンライン・他行） 700×3=2,100",
            "支払等記録 100×1=100",
            "計 3,400",
        ]
    );
}

#[test]
fn nothing_is_billed_before_the_first_debit_which_takes_what_arose_earlier() {
    let contract = contract(ContractKind::Standard, "2026-02-27");
    let charges = priced(&[
        used(FeeKind::Disclosure, "2026-01-15", 1),
        used(FeeKind::Accrual, "2026-02-28", 1),
        used(FeeKind::Accrual, "2026-03-31", 1),
        used(FeeKind::Accrual, "2026-04-01", 1),
    ]);
    assert_eq!(shown(&contract, &charges, "2026-02"), [""; 0]);
    let first = shown(&contract, &charges, "2026-03");
    assert_eq!(first.len(), 4, "{first:?}");
    assert_eq!(first[3], "計 1,860");
    assert_eq!(shown(&contract, &charges, "2026-04")[2], "計 1,760");
    assert_eq!(shown(&contract, &charges, "2026-05")[2], "計 1,900", "the new prices");
}

#[test]
fn the_first_bill_takes_the_base_fee_of_every_month_before_it() {
    let mut late = contract(ContractKind::Standard, "2026-02-27");
    late.first = month("2026-05");
    assert_eq!(shown(&late, &[], "2026-04"), [""; 0]);
    assert_eq!(
        shown(&late, &[], "2026-05"),
        ["月額基本料（通常） 1,100×2=2,200", "月額基本料（通常） 1,200×1=1,200", "計 3,400"]
    );
    assert_eq!(shown(&late, &[], "2026-06")[1], "計 1,200");
}

#[test]
fn a_bill_of_zero_stays_out_of_the_debit_file() {
    let light = contract(ContractKind::Light, "2026-02-27");
    let bill = bill(&light, &[], &table(), month("2026-03")).unwrap();
    assert_eq!((bill.lines.len(), bill.total, bill.debit()), (0, YenTotal::new(0), None));
    let one = priced(&[used(FeeKind::Receipt, "2026-02-28", 1)]);
    let bill = super::bill(&light, &one, &table(), month("2026-03")).unwrap();
    assert_eq!(bill.debit(), Yen::new(100).ok());
}

#[test]
fn the_base_fee_ends_with_the_contract_and_late_charges_are_still_billed() {
    let mut contract = contract(ContractKind::Standard, "2025-01-10");
    contract.ended = Some(day("2026-03-05"));
    let charges = priced(&[used(FeeKind::Payment, "2026-04-02", 1)]);
    assert_eq!(shown(&contract, &charges, "2026-04")[0], "月額基本料（通常） 1,100×1=1,100");
    assert_eq!(shown(&contract, &charges, "2026-05"), ["支払等記録 100×1=100", "計 100"]);
}

#[test]
fn what_came_before_the_table_is_handed_back() {
    let early = used(FeeKind::Payment, "2018-12-31", 1);
    let charges = charges(&[early.clone(), used(FeeKind::Payment, "2019-01-01", 1)], &table());
    assert_eq!(charges.unpriced, [early]);
    assert_eq!(charges.by_customer[&customer()].len(), 1);
}

fn at(bank: &str) -> crate::domain::Account {
    crate::domain::Account {
        bank: BankCode::parse(bank).unwrap(),
        branch: crate::domain::BranchCode::parse("001").unwrap(),
        kind: crate::domain::AccountType::Current,
        number: crate::domain::AccountNumber::parse("0000001").unwrap(),
    }
}

#[test]
fn own_and_other_bank_are_told_by_the_bank_code() {
    assert_eq!(Relation::between(&at("1356"), &at("1356")), Relation::Own);
    assert_eq!(Relation::between(&at("1356"), &at("0001")), Relation::Other);
}

fn add(sum: &mut u64, count: u64) {
    *sum = sum.saturating_add(count);
}

#[test]
fn a_recorded_request_is_a_use_of_its_requester() {
    let party = |user: &str, bank: &str| Party {
        user_number: UserNumber::parse(user).unwrap(),
        account: at(bank),
    };
    let request = RecordRequest {
        kind: RequestKind::AccrualCreditor,
        record_number: None,
        record_date: day("2026-12-01"),
        requester: party("1AB2CD3EF", "1356"),
        counterparty: party("9XY8WV7UT", "0001"),
        counterparty_name_kana: String::new(),
        amount: None,
        due_date: None,
        requester_ref: String::new(),
        assignment_restricted: AssignmentRestriction::Free,
        guarantee: Guarantee::With,
        comment: String::new(),
    };
    let found = Use::of(&request, Origin::Online, day("2026-12-02"));
    assert_eq!(found, Some(used(FeeKind::Accrual, "2026-12-02", 1)));
    let taken_back = RecordRequest { kind: RequestKind::Cancellation, ..request };
    assert_eq!(Use::of(&taken_back, Origin::Online, day("2026-12-02")), None);
}

proptest! {
    #[test]
    fn every_charge_is_in_exactly_one_bill(
        applied in 0..700_i64,
        late in 0..3_u32,
        uses in prop::collection::vec((0..14_usize, -400..1_200_i64, 1..50_u32), 0..60),
    ) {
        let start = day("2024-06-01");
        let mut contract = contract(ContractKind::Light, "2024-06-01");
        contract.applied = start.plus_days(applied);
        contract.first = (0..late)
            .fold(first_debit_month(contract.applied), |month, _| month.next());
        let uses: Vec<Use> = uses
            .into_iter()
            .map(|(kind, days, count)| Use {
                on: start.plus_days(days),
                count,
                ..used(FeeKind::ALL[kind], "2024-06-01", 1)
            })
            .collect();
        let charges = priced(&uses);
        let (mut billed, mut at) = (BTreeMap::new(), month("2022-01"));
        while at <= month("2029-12") {
            for line in bill(&contract, &charges, &table(), at).into_iter().flat_map(|b| b.lines) {
                prop_assert_eq!(Some(line.amount.get()), line.unit.get().checked_mul(line.count));
                add(billed.entry((line.item, line.unit)).or_default(), line.count);
            }
            at = at.next();
        }
        let mut used = BTreeMap::new();
        for charge in charges {
            add(used.entry((charge.item, charge.unit)).or_default(), charge.count.into());
        }
        prop_assert_eq!(billed, used);
    }
}

#[test]
fn a_discount_is_charged_as_an_assignment_and_a_change_of_institution_as_itself() {
    use crate::domain::RequestKind::{Collateral, Discount, InstitutionTransfer};
    assert_eq!([Discount, Collateral].map(FeeKind::of), [Some(FeeKind::Assignment); 2]);
    assert_eq!(FeeKind::of(InstitutionTransfer), Some(FeeKind::InstitutionChange));
}
