//! As of which day a paper is judged, and what is told where it is too late: by when it came, and
//! by when it was keyed in. Read [`Desk::day_of`] first.

use std::collections::BTreeSet;

use crate::domain::{Code, Date, Finding, Severity, Timestamp, day_of_receipt};
use crate::ports::FileRecord;
use crate::workflow::ApprovalDeadline;

use super::super::flaws::whole_file;
use super::keying::keying_of;
use super::{Desk, Rulebook};

impl Desk {
    /// The bank day a file counts as received on, and what is to be told of that: of a paper by
    /// when it came, as `at` says, of any other by when it became ours.
    pub(in crate::service) fn day_of(
        rules: &Rulebook,
        file: &FileRecord,
        at: Option<Timestamp>,
    ) -> (Date, Option<Finding>) {
        let cut_off = keying_of(rules, file).and_then(|keying| keying.cut_off);
        let (Some(at), Some(cut_off)) = (at, cut_off) else {
            return (file.received_at.date(), None);
        };
        let day = day_of_receipt(at, cut_off, &rules.calendar);
        (day, (day != at.date()).then(|| after_the_cut_off(at, cut_off, day)))
    }

    /// What is told of a paper that asks for these record dates and is read at `at`: those whose
    /// approval deadline has passed by then.
    pub(in crate::service) fn too_late(
        rules: &Rulebook,
        dates: &BTreeSet<Date>,
        at: Timestamp,
    ) -> Option<Finding> {
        let has_passed = |day: &&Date| at > rules.deadline.of(**day);
        let past: Vec<Date> = dates.iter().filter(has_passed).copied().collect();
        let today = rules.calendar.next_open(at.date());
        let next = if has_passed(&&today) { rules.calendar.add_open_days(today, 1) } else { today };
        (!past.is_empty()).then(|| past_the_deadline(rules, &past, next))
    }

    /// When a paper was last read; none of other files.
    pub(in crate::service) fn read_at(&self, file: &FileRecord) -> Option<Timestamp> {
        let record = file.paper.as_ref().and_then(|_| self.store.keying(file.receipt))?;
        record.readings.last().map(|reading| reading.at)
    }

    /// When a paper came, as two people agree.
    pub(in crate::service) fn came_at(&self, file: &FileRecord) -> Option<Timestamp> {
        file.paper.as_ref().and_then(|_| self.store.keying(file.receipt))?.received
    }
}

fn after_the_cut_off(at: Timestamp, (hour, minute): (u32, u32), day: Date) -> Finding {
    let ja = format!(
        "受付時刻は {} で、受付の締切({hour}:{minute:02})以後か銀行の休業日です。{} の受付とします。",
        at.japanese(),
        day.japanese()
    );
    let en = format!("it came on {at}, after the cut-off {hour}:{minute:02}; received on {day}");
    Finding { severity: Severity::Warning, ..whole_file(Code::D11, &ja, &en) }
}

fn past_the_deadline(rules: &Rulebook, past: &[Date], next: Date) -> Finding {
    let ApprovalDeadline { hour, minute } = rules.deadline;
    let days: Vec<String> = past.iter().map(|day| day.japanese()).collect();
    let (days, next_day) = (days.join("・"), next.japanese());
    let ja = format!(
        "記録請求日が {days} の請求は、承認の期限（その日の{hour}:{minute:02}）を過ぎたので、この日付では承認できません。\
         {next_day} 以降の営業日にしてよいか、お客様に確かめてください。"
    );
    let en = format!(
        "the deadline for approving what is to be recorded then, {hour}:{minute:02} of the day, \
         has passed; agree on {next} or a later bank day with the customer"
    );
    Finding { severity: Severity::Warning, ..whole_file(Code::D35, &ja, &en) }
}
