//! National holidays and the banks' year end, year by year, by the law in force that year.

use std::collections::BTreeMap;

use super::super::{Date, Weekday};

/// The days of `year` that are closed by law, with their names.
///
/// A holiday on a Sunday gives its 振替休日, a day between two holidays is a 国民の休日; the banks'
/// own days are named 銀行休業日.
pub(super) fn closed_in(year: i32) -> BTreeMap<Date, String> {
    let holidays = national(year);
    let mut closed: BTreeMap<Date, String> =
        holidays.iter().map(|(date, name)| (*date, (*name).to_owned())).collect();
    for date in holidays.keys() {
        if date.weekday() == Weekday::Sun {
            let mut substitute = date.plus_days(1);
            while holidays.contains_key(&substitute) {
                substitute = substitute.plus_days(1);
            }
            closed.entry(substitute).or_insert_with(|| "振替休日".to_owned());
        }
        let between = date.plus_days(1);
        if holidays.contains_key(&between.plus_days(1)) {
            closed.entry(between).or_insert_with(|| "国民の休日".to_owned());
        }
    }
    for (month, day) in [(1, 2), (1, 3), (12, 31)] {
        if let Ok(date) = Date::new(year, month, day) {
            // A substitute for a Sunday 元日 falls on 1/2 and keeps its name.
            closed.entry(date).or_insert_with(|| "銀行休業日".to_owned());
        }
    }
    closed
}

/// The 国民の祝日 of `year`.
fn national(year: i32) -> BTreeMap<Date, &'static str> {
    let mut days = vec![
        (1, 1, "元日"),
        (1, monday(year, 1, 2), "成人の日"),
        (2, 11, "建国記念の日"),
        (3, equinox(year, 20_843_100), "春分の日"),
        (4, 29, "昭和の日"),
        (5, 3, "憲法記念日"),
        (5, 4, "みどりの日"),
        (5, 5, "こどもの日"),
        (9, monday(year, 9, 3), "敬老の日"),
        (9, equinox(year, 23_248_800), "秋分の日"),
        (11, 3, "文化の日"),
        (11, 23, "勤労感謝の日"),
    ];
    match year {
        ..=2018 => days.push((12, 23, "天皇誕生日")),
        // The year of the succession has no birthday.
        2019 => days.extend([(5, 1, "天皇の即位の日"), (10, 22, "即位礼正殿の儀の行われる日")]),
        _ => days.push((2, 23, "天皇誕生日")),
    }
    // The Olympic Games moved three holidays in 2020 and again in 2021.
    match year {
        2020 => days.extend([(7, 23, "海の日"), (7, 24, "スポーツの日"), (8, 10, "山の日")]),
        2021 => days.extend([(7, 22, "海の日"), (7, 23, "スポーツの日"), (8, 8, "山の日")]),
        _ => {
            let sports = if year < 2020 { "体育の日" } else { "スポーツの日" };
            days.extend([(7, monday(year, 7, 3), "海の日"), (10, monday(year, 10, 2), sports)]);
            if year >= 2016 {
                days.push((8, 11, "山の日"));
            }
        }
    }
    let dated = days
        .into_iter()
        .filter_map(|(month, day, name)| Date::new(year, month, day).ok().map(|date| (date, name)));
    dated.collect()
}

/// The day of the `n`-th Monday of a month.
fn monday(year: i32, month: u32, n: u32) -> u32 {
    let first = (1..=7)
        .find(|day| Date::new(year, month, *day).is_ok_and(|date| date.weekday() == Weekday::Mon));
    first.unwrap_or(1).saturating_add(n.saturating_sub(1).saturating_mul(7))
}

/// The day of an equinox from its mean day in 1980, in millionths; holds from 1980 to 2099.
fn equinox(year: i32, day_of_1980: i32) -> u32 {
    let years = year.saturating_sub(1980);
    let drift = years.saturating_mul(242_194).saturating_add(day_of_1980) / 1_000_000;
    u32::try_from(drift.saturating_sub(years / 4)).unwrap_or(1)
}
