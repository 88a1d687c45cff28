//! Set times that could not be kept, told in words.

use crate::ports::Trouble;
use crate::render::daily::UnkeptView;
use crate::render::words::Words;
use crate::workflow::Job;

use super::Desk;

impl Desk {
    /// Set times that are still not kept, by the names of their schedules.
    ///
    /// A schedule that was taken out of the folder is not missed.
    pub fn unkept(&self) -> Vec<UnkeptView> {
        let rules = self.rulebook();
        let words = &rules.answers.words;
        let mut told = Vec::new();
        for (id, still) in self.store.unkept() {
            let Some(schedule) = rules.schedules.iter().find(|one| one.id == id) else { continue };
            let [why, why_en, remedy, remedy_en] = said(&still.why, words);
            told.push(UnkeptView {
                schedule: id,
                title: words.get(job_key(schedule.job)).to_owned(),
                at: still.at,
                since: still.since,
                why,
                why_en,
                remedy,
                remedy_en,
            });
        }
        told
    }
}

/// Where the word for what a schedule does stands.
const fn job_key(job: Job) -> &'static str {
    match job {
        Job::WaitingList => "job.waiting_list",
        Job::FeeRun => "job.fee_run",
        Job::DueReminders => "job.due_reminders",
        Job::DailyReport => "job.daily_report",
    }
}

/// Why and what to do, each in Japanese and English.
fn said(why: &Trouble, words: &Words) -> [String; 4] {
    let (keys, values) = match why {
        Trouble::NoClient => (
            [
                "trouble.no_client",
                "trouble.no_client_en",
                "trouble.no_client_do",
                "trouble.no_client_do_en",
            ],
            Vec::new(),
        ),
        Trouble::NoPrice { kind, on } => (
            [
                "trouble.no_price",
                "trouble.no_price_en",
                "trouble.no_price_do",
                "trouble.no_price_do_en",
            ],
            vec![("kind", kind.japanese().to_owned()), ("day", on.japanese())],
        ),
        Trouble::Unread(case) => (
            ["trouble.unread", "trouble.unread_en", "trouble.unread_do", "trouble.unread_do_en"],
            vec![("case", case.to_string())],
        ),
        Trouble::Paper(why) => (
            ["trouble.paper", "trouble.paper_en", "trouble.paper_do", "trouble.paper_do_en"],
            vec![("why", why.clone())],
        ),
        Trouble::Outbox(why) => (
            ["trouble.outbox", "trouble.outbox_en", "trouble.outbox_do", "trouble.outbox_do_en"],
            vec![("why", why.clone())],
        ),
    };
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    keys.map(|key| words.fill(key, &values))
}
