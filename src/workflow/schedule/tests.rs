//! When schedules are due, and what becomes of times that were missed.

use super::{Firing, Schedule};
use crate::domain::{BankCalendar, Date, Timestamp};

fn at(month: u32, day: u32, hour: u32, minute: u32) -> Timestamp {
    Timestamp::tokyo(Date::new(2026, month, day).unwrap(), hour, minute)
}

fn schedule(when: &str) -> Schedule {
    let text = format!("schema: 1\nid: list\nwhen: {when}\nmisfire: once\ndo: waiting_list\n");
    Schedule::load("list.yaml", &text).unwrap()
}

fn next(when: &str, now: Timestamp) -> Timestamp {
    schedule(when).next_after(now, &BankCalendar::japan()).unwrap()
}

#[test]
fn a_day_of_the_month_moves_to_a_business_day() {
    // 25 July and 31 October 2026 are Saturdays; from 31 December on banks are closed.
    let on_25th = "{day: 25, roll: following, at: \"09:00\"}";
    assert_eq!(next(on_25th, at(7, 1, 0, 0)), at(7, 27, 9, 0));
    assert_eq!(next(on_25th, at(7, 27, 9, 0)), at(8, 25, 9, 0));
    assert_eq!(next("{day: 25, roll: preceding, at: \"9:00\"}", at(7, 1, 0, 0)), at(7, 24, 9, 0));
    let end = "{day: last, roll: preceding, at: \"17:00\"}";
    assert_eq!(next(end, at(10, 1, 0, 0)), at(10, 30, 17, 0));
    assert_eq!(next(end, at(12, 1, 0, 0)), at(12, 30, 17, 0));
    let over = next("{day: last, roll: following, at: \"8:00\"}", at(10, 31, 9, 0));
    assert_eq!(over, at(11, 2, 8, 0), "the end of October moved into November");
}

#[test]
fn business_days_before_the_end_of_the_month_are_counted_from_its_last_one() {
    let third = "{before: month_end, business_days: 3, at: \"10:00\"}";
    assert_eq!(next(third, at(12, 1, 0, 0)), at(12, 25, 10, 0));
    assert_eq!(next(third, at(10, 1, 0, 0)), at(10, 27, 10, 0));
}

#[test]
fn every_business_day_leaves_out_closed_ones_and_cron_does_not() {
    let daily = "{every: business_day, at: \"8:30\"}";
    assert_eq!(next(daily, at(11, 20, 8, 30)), at(11, 24, 8, 30), "the 23rd is a holiday");
    assert_eq!(next(daily, at(11, 20, 8, 29)), at(11, 20, 8, 30));
    assert_eq!(next("0 30 8 * * Mon-Fri", at(11, 20, 8, 30)), at(11, 23, 8, 30));
}

#[test]
fn one_run_stands_for_all_that_were_missed_or_none_where_they_are_skipped() {
    let calendar = BankCalendar::japan();
    let mut daily = schedule("{every: business_day, at: \"8:30\"}");
    let last = at(12, 1, 8, 30);
    let due = |daily: &Schedule, now| daily.due(last, now, &calendar);
    assert_eq!(due(&daily, at(12, 2, 8, 29)), None);
    assert_eq!(due(&daily, at(12, 2, 8, 30)), Some(Firing::Run(at(12, 2, 8, 30))));
    assert_eq!(due(&daily, at(12, 4, 12, 0)), Some(Firing::Run(at(12, 4, 8, 30))));
    daily.misfire = super::Misfire::Skip;
    assert_eq!(due(&daily, at(12, 4, 12, 0)), Some(Firing::Skip(at(12, 4, 8, 30))));
    assert_eq!(due(&daily, at(12, 4, 8, 34)), Some(Firing::Run(at(12, 4, 8, 30))));
    let second = schedule("\"* * * * * *\"");
    assert_eq!(second.due(last, at(12, 31, 0, 0), &calendar), Some(Firing::Run(at(12, 31, 0, 0))));
}

#[test]
fn every_mistake_of_a_schedule_is_told_at_once() {
    let text = "schema: 1\nid: 一覧\nwhen: {day: 32, at: 25時}\nmisfire: never\ndo: wating_list\n";
    let found = Schedule::load("list.yaml", text).unwrap_err();
    assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [2, 3, 3, 4, 5], "{found:?}");
    for when in ["\"0 0 9 * * 1\"", "{at: \"9:00\"}", "{day: 1, before: month_end, at: \"9:00\"}"] {
        let text = format!("schema: 1\nid: list\nwhen: {when}\ndo: waiting_list\n");
        assert_eq!(Schedule::load("list.yaml", &text).unwrap_err().len(), 1, "{when}");
    }
}
