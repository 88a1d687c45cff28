//! Past cases under other rules.

use crate::domain::{BankCalendar, Date, Timestamp};
use crate::workflow::rehearsal::invented_people;
use crate::workflow::{
    ApprovalDeadline, Definition, Given, Rehearsal, Stage, load_definition, load_with_tables,
};

use super::{Impact, PastCase, Regime, Surroundings, impact};

const ROUTED: &str = include_str!("../../../tests/it/data/flows/routed.yaml");
const TABLE: &str = include_str!("../../../tests/it/data/flows/tables/kengen.csv");

fn routed(limit: &str) -> Definition {
    let table = TABLE
        .replace("1千万円未満", limit)
        .replace("10,000,000円以上", &format!("{}以上", limit.trim_end_matches("未満")));
    let tables = [("kengen.csv".to_owned(), table)].into();
    load_with_tables(
        "routed.yaml",
        &ROUTED.replace("when total >= 10_000_000", "when total >= 20_000_000"),
        &tables,
    )
    .unwrap()
}

/// A case of so much money that everybody approved in half-hour turns from nine o'clock on.
fn past(definition: &Definition, total: u64) -> PastCase {
    let calendar = BankCalendar::japan();
    let mut given = Given::sample().unwrap();
    given.set("total", &total.to_string()).unwrap();
    given.set("largest", "1000000").unwrap();
    let people = invented_people(definition, &given);
    let deadline = ApprovalDeadline::default();
    let stage = Stage { definition, people: &people, calendar: &calendar, deadline };
    let case = given.case(definition, &people, &calendar).unwrap();
    let mut rehearsal = Rehearsal::new(stage, case, given.at);
    rehearsal.improvise(Timestamp::tokyo(Date::new(2026, 12, 3).unwrap(), 17, 0));
    assert!(rehearsal.case().head.status.is_final());
    PastCase { case: rehearsal.case().clone(), received_at: given.at, gathered: Vec::new() }
}

fn judged(cases: &[PastCase], from: &Definition, to: &Definition) -> Impact {
    let calendar = BankCalendar::japan();
    let people = invented_people(from, &Given::sample().unwrap());
    let around = Surroundings { people: &people, deadline: ApprovalDeadline::default() };
    let regime = |definition| Regime { definition, calendar: &calendar };
    impact(cases, regime(from), regime(to), around)
}

#[test]
fn a_lower_limit_sends_the_cases_between_to_other_people() {
    let (old, new) = (routed("1千万円未満"), routed("5百万円未満"));
    let cases = [1_000_000, 6_000_000, 30_000_000].map(|total| past(&old, total));
    let found = judged(&cases, &old, &new);
    assert_eq!((found.cases, found.changed.len()), (3, 1), "{found:#?}");
    let one = &found.changed[0];
    assert_eq!(one.amount_total, 6_000_000);
    let seats = |changes: &[super::SeatChange]| -> Vec<(String, usize)> {
        changes.iter().map(|change| (change.seat.clone(), change.n)).collect()
    };
    assert_eq!(seats(&one.added), [("本部".to_owned(), 3)]);
    assert_eq!(seats(&one.removed), [("照査".to_owned(), 1), ("決裁".to_owned(), 1)]);
    assert_eq!(one.removed[0].people.len(), 1, "who approved is named: {one:?}");
    assert!(one.added[0].people.len() >= 3, "and who could: {one:?}");
}

#[test]
fn the_same_rules_change_nothing() {
    let old = routed("1千万円未満");
    let cases = [1_000_000, 30_000_000].map(|total| past(&old, total));
    assert_eq!(judged(&cases, &old, &old).changed, []);
}

#[test]
fn a_seat_nobody_ever_filled_takes_half_a_day_and_may_break_the_deadline() {
    let accrual = include_str!("../../../tests/it/data/flows/sent.yaml");
    let old = load_definition("accrual.yaml", accrual).unwrap();
    let seats = "      - {who: manager, n: 1, as: 決裁}\n";
    let more = format!("{seats}      - {{who: deputy, n: 6, as: 確認}}\n");
    let new = load_definition("accrual.yaml", &accrual.replace(seats, &more)).unwrap();
    let found = judged(&[past(&old, 6_000_000)], &old, &new);
    let one = &found.changed[0];
    // Six half days after 10:30 on the 1st; the deadline is the 3rd at 15:00.
    assert_eq!((one.days, one.misses_deadline), (3, true), "{one:?}");
}
