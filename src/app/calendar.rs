//! `kessai calendar YEAR`: the days banks are closed beside Saturdays and Sundays.

use std::io::Write;

use serde::Serialize;

use super::outcome::{self, Error, Outcome};
use crate::domain::{BankCalendar, Weekday};

/// Arguments of `calendar`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 年 / the year
    #[arg(value_parser = clap::value_parser!(i32).range(2007..=2099))]
    year: i32,
    /// JSONで出す / answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Day {
    date: String,
    name: String,
}

/// Lists the closed days of a year.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    let days = BankCalendar::japan().closed_days(args.year);
    if args.json {
        let days = days.into_iter().map(|(date, name)| Day { date: date.to_string(), name });
        outcome::write_json(out, &days.collect::<Vec<_>>())?;
        return Ok(Outcome::Well);
    }
    for (date, name) in days {
        let weekday = match date.weekday() {
            Weekday::Mon => '月',
            Weekday::Tue => '火',
            Weekday::Wed => '水',
            Weekday::Thu => '木',
            Weekday::Fri => '金',
            Weekday::Sat => '土',
            Weekday::Sun => '日',
        };
        writeln!(out, "{date} ({weekday}) {name}")?;
    }
    Ok(Outcome::Well)
}
