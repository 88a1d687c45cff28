//! Deadlines and schedules on every day from 2019 to 2035, whatever time zone the host is in,
//! held against a table of holidays and a reckoning of their own.

mod holidays;
mod reckoning;

use std::process::Command;

use kessai::domain::{BankCalendar, Date, Timestamp};
use kessai::workflow::{ApprovalDeadline, Due, Schedule, Span};

use reckoning::{Day, Minute, Reckoning};

const ZONES: [&str; 3] = ["UTC", "America/New_York", "Asia/Tokyo"];

#[test]
fn every_day_from_2019_to_2035_is_exact_in_any_time_zone_of_the_host() {
    let tests = [
        "dates::moments_are_tokyo_time",
        "dates::business_days_are_those_of_the_table",
        "dates::deadlines_are_exact",
        "dates::spans_are_exact",
        "dates::schedules_are_exact",
    ];
    let run = |zone: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(tests)
            .arg("--exact")
            .env("TZ", zone)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{zone}: {told}");
        assert!(told.contains("5 passed"), "{zone}: {told}");
    };
    std::thread::scope(|scope| {
        for zone in ZONES {
            scope.spawn(move || run(zone));
        }
    });
}

#[test]
fn the_program_prints_the_same_calendar_in_any_time_zone() {
    let table = Reckoning::new();
    for zone in ZONES {
        for year in [2019, 2020, 2021, 2026, 2032, 2035] {
            let output = Command::new(env!("CARGO_BIN_EXE_kessai"))
                .args(["calendar", &year.to_string()])
                .env("TZ", zone)
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let days: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
            assert_eq!(days, table.closed_in(year), "{zone} {year}");
        }
    }
}

fn date(day: Day) -> Date {
    let (year, month, day) = day.civil();
    Date::new(year, month, day).unwrap()
}

fn moment(at: Minute) -> Timestamp {
    let (day, minute) = at.split();
    Timestamp::tokyo(date(day), minute / 60, minute % 60)
}

/// Every day and a few times of it at which something is asked.
fn asked() -> impl Iterator<Item = Minute> {
    let times = [(0, 0), (8, 59), (9, 0), (15, 0), (16, 30), (23, 59)];
    let days = Day::of(2019, 1, 1).to(Day::of(2035, 12, 20));
    days.flat_map(move |day| times.map(|(hour, minute)| day.at(hour, minute)))
}

#[test]
fn moments_are_tokyo_time() {
    for at in asked() {
        let shown = moment(at);
        // Tokyo is nine hours ahead, and has had no summer time since 1951.
        assert_eq!(shown.ms(), (at.since_1970() - 9 * 60) * 60_000);
        let (day, minute) = at.split();
        assert_eq!((shown.date(), shown.hour_minute()), (date(day), (minute / 60, minute % 60)));
        let (year, month, day) = day.civil();
        let text = format!("{year}-{month:02}-{day:02} {:02}:{:02}:00", minute / 60, minute % 60);
        assert_eq!(shown.to_string(), text);
    }
}

#[test]
fn business_days_are_those_of_the_table() {
    let (table, calendar) = (Reckoning::new(), BankCalendar::japan());
    for day in Day::of(2019, 1, 1).to(Day::of(2035, 12, 31)) {
        assert_eq!(calendar.is_open(date(day)), table.is_open(day), "{}", date(day));
        let deadline = ApprovalDeadline::default().of(date(day));
        assert_eq!(deadline, moment(day.at(15, 0)));
    }
}

#[test]
fn deadlines_are_exact() {
    let (table, calendar) = (Reckoning::new(), BankCalendar::japan());
    for days in [0_u32, 1, 5] {
        for (hour, minute) in [(9, 0), (15, 0)] {
            let open = Due::parse(&format!("{days}bd@{hour}:{minute:02}")).unwrap();
            let plain = Due::parse(&format!("{days}d@{hour}:{minute:02}")).unwrap();
            for from in asked() {
                let expected = moment(table.open_days_at(from, days, (hour, minute)));
                assert_eq!(open.after(moment(from), &calendar), expected, "{open:?}");
                let expected = moment(Reckoning::days_at(from, days, (hour, minute)));
                assert_eq!(plain.after(moment(from), &calendar), expected, "{plain:?}");
            }
        }
    }
}

#[test]
fn spans_are_exact() {
    let (table, calendar) = (Reckoning::new(), BankCalendar::japan());
    let span = |text: &str| Span::parse(text).unwrap();
    for from in asked() {
        let at = moment(from);
        for hours in [1_i64, 9] {
            let open = span(&format!("{hours}bh"));
            let expected = moment(table.open_minutes_after(from, hours * 60));
            assert_eq!(open.after(at, &calendar), expected, "{hours}bh after {at}");
            let expected = moment(table.open_minutes_before(from, hours * 60));
            assert_eq!(open.before(at, &calendar), expected, "{hours}bh before {at}");
        }
        assert_eq!(span("90m").after(at, &calendar), moment(from.plus(90)));
        assert_eq!(span("2d").before(at, &calendar), moment(from.plus(-2 * 24 * 60)));
        let (_, minute) = from.split();
        let next = table.nth_open(from.split().0, 1).at(minute / 60, minute % 60);
        assert_eq!(span("1bd").after(at, &calendar), moment(next));
    }
}

#[test]
fn schedules_are_exact() {
    let (table, calendar) = (Reckoning::new(), BankCalendar::japan());
    let every: [(&str, Vec<Minute>); 6] = [
        ("{day: 25, roll: following, at: \"9:00\"}", table.monthly(|t, m| t.rolled(m, 25, 1), 540)),
        (
            "{day: 31, roll: preceding, at: \"9:00\"}",
            table.monthly(|t, m| t.rolled(m, 31, -1), 540),
        ),
        ("{day: 1, roll: preceding, at: \"8:30\"}", table.monthly(|t, m| t.rolled(m, 1, -1), 510)),
        (
            "{before: month_end, business_days: 3, at: \"9:00\"}",
            table.monthly(|t, m| t.back(t.rolled(m, 31, -1), 3), 540),
        ),
        ("{every: business_day, at: \"8:30\"}", table.daily(Reckoning::is_open, 510)),
        ("\"0 30 8 * * Mon-Fri\"", table.daily(|_, day| !day.is_weekend(), 510)),
    ];
    for (when, moments) in every {
        let text = format!("schema: 1\nid: list\nwhen: {when}\ndo: waiting_list\n");
        let schedule = Schedule::load("list.yaml", &text).unwrap();
        let mut next = moments.into_iter().peekable();
        for now in asked() {
            while next.peek().is_some_and(|next| *next <= now) {
                next.next();
            }
            let expected = moment(*next.peek().unwrap());
            let told = schedule.next_after(moment(now), &calendar);
            assert_eq!(told, Some(expected), "{when} after {}", moment(now));
        }
    }
}

#[test]
fn a_day_is_told_in_the_japanese_calendar() {
    let told = [(1926, 12, 24), (1926, 12, 25), (1989, 1, 7), (1989, 1, 8), (2019, 4, 30)]
        .into_iter()
        .chain([(2019, 5, 1), (2026, 12, 1)])
        .map(|(year, month, day)| Date::new(year, month, day).unwrap().wareki())
        .collect::<Vec<_>>();
    let expected = [
        "1926年12月24日",
        "昭和元年12月25日",
        "昭和64年1月7日",
        "平成元年1月8日",
        "平成31年4月30日",
        "令和元年5月1日",
        "令和8年12月1日",
    ];
    assert_eq!(told, expected);
}
