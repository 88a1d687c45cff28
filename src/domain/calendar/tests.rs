//! Tests of the bank calendar.

use proptest::prelude::*;

use super::*;

static JAPAN: std::sync::LazyLock<BankCalendar> = std::sync::LazyLock::new(BankCalendar::japan);

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn names(year: i32) -> Vec<String> {
    let days = JAPAN.closed_days(year);
    days.into_iter().map(|(date, name)| format!("{date} {name}")).collect()
}

#[test]
fn the_year_2026_is_the_published_one() {
    assert_eq!(
        names(2026),
        [
            "2026-01-01 元日",
            "2026-01-02 銀行休業日",
            "2026-01-03 銀行休業日",
            "2026-01-12 成人の日",
            "2026-02-11 建国記念の日",
            "2026-02-23 天皇誕生日",
            "2026-03-20 春分の日",
            "2026-04-29 昭和の日",
            "2026-05-03 憲法記念日",
            "2026-05-04 みどりの日",
            "2026-05-05 こどもの日",
            "2026-05-06 振替休日",
            "2026-07-20 海の日",
            "2026-08-11 山の日",
            "2026-09-21 敬老の日",
            "2026-09-22 国民の休日",
            "2026-09-23 秋分の日",
            "2026-10-12 スポーツの日",
            "2026-11-03 文化の日",
            "2026-11-23 勤労感謝の日",
            "2026-12-31 銀行休業日",
        ]
    );
}

#[test]
fn one_off_acts_are_known() {
    let all = |year| names(year).join("\n");
    for day in [
        "2019-04-30 国民の休日",
        "2019-05-01 天皇の即位の日",
        "2019-05-02 国民の休日",
        "2019-05-06 振替休日",
        "2019-08-12 振替休日",
        "2019-10-14 体育の日",
        "2019-10-22 即位礼正殿の儀の行われる日",
        "2019-11-04 振替休日",
    ] {
        assert!(all(2019).contains(day), "{day}");
    }
    assert!(!all(2019).contains("天皇誕生日"));
    for day in
        ["2020-02-24 振替休日", "2020-07-23 海の日", "2020-07-24 スポーツの日", "2020-08-10 山の日"]
    {
        assert!(all(2020).contains(day), "{day}");
    }
    assert!(!all(2020).contains("2020-10"));
    for day in ["2021-07-22 海の日", "2021-07-23 スポーツの日", "2021-08-09 振替休日"]
    {
        assert!(all(2021).contains(day), "{day}");
    }
}

#[test]
fn other_years_are_the_published_ones() {
    for (year, days) in [
        (2007, &["2007-02-12 振替休日", "2007-09-24 振替休日", "2007-12-24 振替休日"][..]),
        (2008, &["2008-05-06 振替休日", "2008-03-20 春分の日"]),
        (2009, &["2009-05-06 振替休日", "2009-09-22 国民の休日"]),
        (2012, &["2012-01-02 振替休日", "2012-09-22 秋分の日", "2012-03-20 春分の日"]),
        (2015, &["2015-05-06 振替休日", "2015-09-22 国民の休日"]),
        (2016, &["2016-08-11 山の日", "2016-03-21 振替休日"]),
        (2023, &["2023-01-02 振替休日", "2023-03-21 春分の日"]),
        (2024, &["2024-02-12 振替休日", "2024-09-22 秋分の日", "2024-11-04 振替休日"]),
        (2025, &["2025-02-24 振替休日", "2025-05-06 振替休日", "2025-11-24 振替休日"]),
        (2032, &["2032-09-21 国民の休日", "2032-09-22 秋分の日"]),
        (2033, &["2033-03-21 振替休日"]),
        (2035, &["2035-02-12 振替休日", "2035-03-21 春分の日", "2035-09-23 秋分の日"]),
    ] {
        let all = names(year).join("\n");
        for day in days {
            assert!(all.contains(day), "{day} in\n{all}");
        }
    }
    assert!(!names(2015).join("").contains("山の日"));
    assert!(names(2018).join("").contains("2018-12-24 振替休日"));
}

#[test]
fn counting_passes_over_the_new_year() {
    let calendar = &*JAPAN;
    assert!(calendar.is_open(date("2026-12-30")));
    assert!(!calendar.is_open(date("2026-12-31")));
    assert_eq!(calendar.next_open(date("2026-12-31")), date("2027-01-04"));
    assert_eq!(calendar.add_open_days(date("2026-12-30"), 1), date("2027-01-04"));
    assert_eq!(calendar.add_open_days(date("2027-01-04"), -1), date("2026-12-30"));
    assert_eq!(calendar.add_open_days(date("2027-01-02"), 1), date("2027-01-04"));
    assert_eq!(calendar.add_open_days(date("2027-01-02"), -1), date("2026-12-30"));
    assert_eq!(calendar.open_days_between(date("2026-12-30"), date("2027-01-05")), 2);
    assert_eq!(calendar.open_days_between(date("2027-01-05"), date("2026-12-30")), -2);
    assert_eq!(calendar.closed_because(date("2026-12-05")), Some("土曜日"));
}

#[test]
fn the_operator_closes_and_opens_days() {
    let text = "\u{feff}date,name,state\n# 臨時\n2026-08-14,臨時休業\n2026-12-31,年末営業,open\n";
    let calendar = BankCalendar::with_overrides(text).unwrap();
    assert!(!calendar.is_open(date("2026-08-14")));
    assert!(calendar.is_open(date("2026-12-31")));
    assert!(calendar.closed_days(2026).contains(&(date("2026-08-14"), "臨時休業".to_owned())));
    let errors = BankCalendar::with_overrides("8/14,x\n2026-08-14\n2026-01-05,a,b\n").unwrap_err();
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn the_shipped_calendar_file_reads() {
    let text = include_str!("../../../workflows/calendars/bank_jp.csv");
    BankCalendar::with_overrides(text).unwrap();
}

proptest! {
    #[test]
    fn adding_and_taking_away_open_days_is_no_change(day in 0_i64..30_000, n in -500_i64..500) {
        let calendar = &*JAPAN;
        let start = calendar.next_open(date("2010-01-04").plus_days(day));
        let there = calendar.add_open_days(start, n);
        prop_assert_eq!(calendar.add_open_days(there, n.saturating_neg()), start);
        prop_assert_eq!(calendar.open_days_between(start, calendar.add_open_days(start, n)), n);
    }

    #[test]
    fn the_day_index_agrees_with_the_calendar(day in 0_i64..33_000) {
        let at = date("2007-01-01").plus_days(day);
        prop_assert_eq!(i64::try_from(index(at)).unwrap(), day);
    }
}
