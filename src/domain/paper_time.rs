//! When a paper came (受付時刻): as its stamp or the head line of a FAX says, not when somebody got
//! round to scanning it; and what the name a FAX server gave it tells.

use super::{BankCalendar, Date, Timestamp};

/// The most days a paper may be older than its scan.
const DAYS_MAX: i64 = 31;
/// How far the clocks of a FAX machine or a stamp may be ahead.
const CLOCKS_APART_MS: i64 = 10 * 60_000;

/// Reads a date and a time of day as people write them: `2026-12-01 14:50`, `2026/12/1 9:05`,
/// `20261201 1450`, in full width, too.
pub fn read_moment(text: &str) -> Option<Timestamp> {
    let narrow: String = text.trim().chars().map(super::keying::narrow).collect();
    let (date, time) = narrow.split_once(|c: char| c.is_whitespace() || c == 'T')?;
    let (hour, minute) = match time.trim().split_once(':') {
        Some((hour, minute)) => (hour.parse().ok()?, minute.parse().ok()?),
        None if time.trim().len() == 4 => {
            let whole: u32 = time.trim().parse().ok()?;
            (whole / 100, whole % 100)
        }
        None => return None,
    };
    let date = Date::parse(date).ok()?;
    (hour < 24 && minute < 60).then(|| Timestamp::tokyo(date, hour, minute))
}

/// Whether a paper that was scanned at a moment can have come at another: before, but for what two
/// clocks are apart.
pub fn may_have_come(at: Timestamp, scanned: Timestamp) -> bool {
    at <= scanned.plus_ms(CLOCKS_APART_MS) && scanned.date().days_since(at.date()) <= DAYS_MAX
}

/// The bank day a paper counts as received on: what comes after the cut-off (hour and minute on a
/// Tokyo clock), or while banks are closed, is of the next one.
pub fn day_of_receipt(at: Timestamp, cut_off: (u32, u32), calendar: &BankCalendar) -> Date {
    let day = at.date();
    if calendar.is_open(day) && at.hour_minute() >= cut_off {
        return calendar.add_open_days(day, 1);
    }
    calendar.next_open(day)
}

/// What the name tells that a FAX server gave a file, e.g. `20261201145012_0238000001.tif`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaxName {
    /// When it came.
    pub at: Option<Timestamp>,
    /// The digits of the number it came from.
    pub number: Option<String>,
}

impl FaxName {
    /// Reads a file's name: a date and a time in one run of digits or in two, and a telephone
    /// number of ten or eleven digits that begins with 0. What else is there is passed over.
    pub fn read(name: &str) -> Self {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let plain: String = stem.chars().filter(|c| *c != '-').collect();
        let runs = plain.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
        let runs: Vec<&str> = runs.collect();
        let number = runs.iter().find(|run| matches!(run.len(), 10 | 11) && run.starts_with('0'));
        Self { at: moment_in(&runs), number: number.map(|run| (*run).to_owned()) }
    }

    /// Whether it came from a telephone number, however that is written.
    pub fn is_from(&self, phone: &str) -> bool {
        let digits: String = phone.chars().map(super::keying::narrow).collect();
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        self.number.as_ref().is_some_and(|number| *number == digits)
    }
}

fn moment_in(runs: &[&str]) -> Option<Timestamp> {
    let whole = runs.iter().filter(|run| matches!(run.len(), 12 | 14));
    let whole = whole.filter_map(|run| run.split_at_checked(8));
    let apart = runs.windows(2).filter_map(|pair| match pair {
        [date, time] if date.len() == 8 && matches!(time.len(), 4 | 6) => Some((*date, *time)),
        _ => None,
    });
    whole.chain(apart).find_map(|(date, time)| read_moment(&format!("{date} {}", time.get(..4)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(day: u32, hour: u32, minute: u32) -> Timestamp {
        Timestamp::tokyo(Date::new(2026, 12, day).unwrap(), hour, minute)
    }

    #[test]
    fn a_time_is_read_however_people_write_it_and_nothing_is_guessed() {
        for text in
            ["2026-12-01 14:50", "２０２６/１２/１　１４：５０", "20261201 1450", "2026-12-1T14:50"]
        {
            assert_eq!(read_moment(text), Some(moment(1, 14, 50)), "{text}");
        }
        for text in ["", "14:50", "2026-12-01", "2026-12-01 24:00", "2026-13-01 10:00", "1 14:5x"] {
            assert_eq!(read_moment(text), None, "{text}");
        }
    }

    #[test]
    fn what_comes_after_the_cut_off_or_on_a_holiday_is_of_the_next_bank_day() {
        let calendar = BankCalendar::japan();
        let day = |at| day_of_receipt(at, (15, 0), &calendar).to_string();
        assert_eq!(day(moment(1, 14, 59)), "2026-12-01");
        assert_eq!(day(moment(1, 15, 0)), "2026-12-02");
        assert_eq!(day(moment(4, 15, 0)), "2026-12-07", "over a weekend");
        assert_eq!(day(moment(5, 9, 0)), "2026-12-07");
        assert_eq!(day(moment(5, 16, 0)), "2026-12-07", "while closed there is no cut-off");
    }

    #[test]
    fn a_paper_came_before_its_scan_and_not_long_ago() {
        let scanned = moment(31, 10, 0);
        assert!(may_have_come(moment(1, 0, 0), scanned));
        assert!(may_have_come(scanned.plus_ms(CLOCKS_APART_MS), scanned), "clocks differ");
        assert!(!may_have_come(scanned.plus_ms(CLOCKS_APART_MS + 1), scanned));
        let old = Timestamp::tokyo(Date::new(2026, 11, 29).unwrap(), 23, 59);
        assert!(!may_have_come(old, scanned));
    }

    #[test]
    fn the_name_a_fax_server_gives_tells_when_and_from_where() {
        let read = |name: &str| {
            let FaxName { at, number } = FaxName::read(name);
            (at, number.unwrap_or_default())
        };
        let phone = "0238000001".to_owned();
        assert_eq!(read("20261201145012_0238000001.tif"), (Some(moment(1, 14, 50)), phone.clone()));
        assert_eq!(read("FAX_0238-00-0001_20261201-145012.tif"), (Some(moment(1, 14, 50)), phone));
        assert_eq!(read("20261201_1450.pdf"), (Some(moment(1, 14, 50)), String::new()));
        assert_eq!(read("fax0012.tif"), (None, String::new()));
        assert_eq!(read("20261399_9950.tif"), (None, String::new()));
        let name = FaxName::read("20261201145012_0238000001.tif");
        assert!(name.is_from("0238-00-0001") && name.is_from("０２３８（００）０００１"));
        assert!(!name.is_from("0238-00-0002") && !name.is_from(""));
        assert!(!FaxName::default().is_from(""), "nothing is known of nobody");
    }
}
