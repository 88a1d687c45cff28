//! Days, moments, deadlines and pages of scans as a person reads them.

use serde::Serialize;

use crate::domain::{Account, BankCalendar, Date, Scan, ScanFlaw, ScanPage, Timestamp, Weekday};

/// A deadline as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Deadline {
    /// `2026年12月3日(木) 15:00`.
    pub(super) at: String,
    /// `あと2営業日`.
    pub(super) left: String,
    /// `late`, `today`, `soon` or `calm`: how it is marked; never by colour alone.
    pub(super) mark: &'static str,
}

/// A page of a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PageView {
    pub(super) number: usize,
    /// How much of it is damaged.
    pub(super) damage: Option<String>,
    /// Why there is no picture of it.
    pub(super) hidden: Option<String>,
}

/// The pages of a scan, each with what a person must know who looks at it.
pub(super) fn pages_of(scan: &Scan) -> Vec<PageView> {
    let view = |(number, page): (usize, &ScanPage)| {
        let hidden = page.hidden().map(|flaw| {
            format!(
                "{number}ページ目はここに表示できません（{}）。元のファイルを開いてください。",
                flaw.japanese()
            )
        });
        let runs = page.damaged.iter().map(|(first, last)| last.saturating_sub(*first) + 1);
        let damaged: u32 = runs.sum();
        let damage = (damaged > 0 && hidden.is_none()).then(|| {
            format!("{}行のうち{damaged}行は、受信のときに壊れていて読めません。", page.height)
        });
        PageView { number, damage, hidden }
    };
    (1..).zip(&scan.pages).map(view).collect()
}

/// Why no page of a scan is shown.
pub(super) fn hidden(flaw: &ScanFlaw) -> String {
    format!(
        "この画像はここに表示できません（{}）。元のファイルを開いて、ご覧ください。",
        flaw.japanese()
    )
}

/// `2026年12月1日(火)`.
pub(super) fn day(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Mon => '月',
        Weekday::Tue => '火',
        Weekday::Wed => '水',
        Weekday::Thu => '木',
        Weekday::Fri => '金',
        Weekday::Sat => '土',
        Weekday::Sun => '日',
    };
    format!("{}({weekday})", date.japanese())
}

/// `2026年12月1日(火) 15:00`, Tokyo time.
pub(super) fn moment(at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    format!("{} {hour}:{minute:02}", day(at.date()))
}

/// A moment as it is typed: `2026-12-01 09:15`.
pub(super) fn typed(at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    format!("{} {hour:02}:{minute:02}", at.date())
}

/// A deadline and how far it is away, counted in the days the bank is open.
pub(super) fn deadline(due: Timestamp, now: Timestamp, calendar: &BankCalendar) -> Deadline {
    let (hour, minute) = due.hour_minute();
    let days = calendar.open_days_between(now.date(), due.date());
    let (left, mark) = if due < now {
        ("期限を過ぎました".to_owned(), "late")
    } else if due.date() == now.date() {
        (format!("本日 {hour}:{minute:02}まで"), "today")
    } else if days == 0 {
        // The deadline lies on a closed day before the next open one.
        ("次の営業日より前".to_owned(), "today")
    } else {
        (format!("あと{days}営業日"), if days <= 2 { "soon" } else { "calm" })
    };
    Deadline { at: moment(due), left, mark }
}

/// `1356-001` and `当座 0012345`, one above the other on pages.
pub(super) fn account(account: &Account) -> [String; 2] {
    let Account { bank, branch, kind, number } = account;
    [format!("{bank}-{branch}"), format!("{} {number}", kind.japanese())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32, hour: u32) -> Timestamp {
        Timestamp::tokyo(Date::new(2026, 12, day).unwrap(), hour, 0)
    }

    #[test]
    fn a_deadline_counts_only_days_the_bank_is_open() {
        let calendar = BankCalendar::japan();
        let left = |due, now| deadline(due, now, &calendar).left;
        assert_eq!(left(at(1, 15), at(1, 9)), "本日 15:00まで");
        assert_eq!(left(at(3, 15), at(1, 9)), "あと2営業日");
        assert_eq!(left(at(7, 15), at(4, 9)), "あと1営業日");
        assert_eq!(left(at(1, 15), at(2, 9)), "期限を過ぎました");
        assert_eq!(moment(at(1, 15)), "2026年12月1日(火) 15:00");
    }
}
