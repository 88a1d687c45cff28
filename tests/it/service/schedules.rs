//! Set times: each kept once, over restarts and standstills.

use kessai::domain::{Date, YenTotal};
use kessai::ports::{Batch, Clock as _, Commit, Entry, Recorded, RowAnswer, RowResult};
use kessai::render::daily::{Figure, IncidentKind};
use kessai::service::Wish;
use kessai::workflow::VoteKind;

use super::branch::{Branch, Setup, accruals, mistaken};

const HOUR_MS: i64 = 3_600_000;
const DAILY: &str =
    "schema: 1\nid: list\nwhen: {every: business_day, at: \"8:30\"}\ndo: waiting_list\n";
const BRANCHES: &str = "code,name,phone,from,until,successor\n\
    001,本店営業部,03-0000-0001,,2026-12-02,002\n\
    002,駅前支店,03-0000-0002,,,\n";

fn lists(branch: &Branch) -> Vec<String> {
    let mut paths = branch.shelf.paths();
    paths.retain(|path| path.starts_with("branches/"));
    paths
}

fn text(branch: &Branch, path: &str) -> String {
    let file = lopdf::Document::load_mem(&branch.shelf.bytes(path)).unwrap();
    let pages: Vec<u32> = file.get_pages().keys().copied().collect();
    assert!(pages.len() >= 2, "the sheet for decisions by hand is one of its own");
    file.extract_text(&pages).unwrap()
}

#[test]
fn each_branch_gets_its_waiting_list_at_the_set_time_once() {
    let mut branch = Branch::staffed(Setup { schedule: Some(DAILY), ..Setup::default() });
    let case = branch.waiting("a.csv", 1..=2);
    branch.vote(case, "sato0001", VoteKind::Approve);
    branch.desk.tick().unwrap();
    assert!(lists(&branch).is_empty(), "nothing before it was first seen counts as missed");
    branch.clock.forward(23 * HOUR_MS);
    branch.desk.tick().unwrap();
    assert!(lists(&branch).is_empty());
    branch.clock.forward(HOUR_MS / 2);
    branch.desk.tick().unwrap();
    assert_eq!(lists(&branch), ["branches/001/waiting_list_20261202-0830.pdf"]);
    let shown = text(&branch, &lists(&branch)[0]);
    for part in
        ["承認待ち一覧", &case.to_string(), "12/2 15:00", "check001さん", "2,000", "0238-00-0000"]
    {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    let sequence = branch.store.counts().sequence;
    branch.restart();
    branch.desk.tick().unwrap();
    assert_eq!(branch.store.counts().sequence, sequence, "a restart repeats nothing");
    // Two business days of standstill: one run stands for both.
    branch.clock.forward(50 * HOUR_MS);
    branch.restart();
    branch.desk.tick().unwrap();
    assert_eq!(lists(&branch).last().unwrap(), "branches/001/waiting_list_20261204-0830.pdf");
    assert_eq!(lists(&branch).len(), 2);
}

#[test]
fn a_list_that_cannot_be_written_is_tried_again_and_not_forgotten() {
    let branch = Branch::staffed(Setup { schedule: Some(DAILY), ..Setup::default() });
    branch.desk.tick().unwrap();
    branch.clock.forward(24 * HOUR_MS);
    branch.shelf.cannot_publish.lock().unwrap().insert("waiting_list");
    branch.desk.tick().unwrap();
    branch.shelf.cannot_publish.lock().unwrap().clear();
    branch.desk.tick().unwrap();
    assert!(lists(&branch).is_empty(), "not at once");
    branch.clock.forward(61_000);
    branch.desk.tick().unwrap();
    assert_eq!(lists(&branch).len(), 1);
}

#[test]
fn the_list_of_a_merged_branch_goes_to_its_successor() {
    let setup = Setup { schedule: Some(DAILY), branches: Some(BRANCHES), ..Setup::default() };
    let branch = Branch::staffed(setup);
    let case = branch.waiting("a.csv", 1..=2);
    branch.desk.tick().unwrap();
    branch.clock.forward(48 * HOUR_MS);
    branch.desk.tick().unwrap();
    let paths = lists(&branch);
    assert_eq!(paths, ["branches/002/waiting_list_20261203-0830.pdf"]);
    let shown = text(&branch, &paths[0]);
    assert!(shown.contains("駅前支店") && shown.contains("03-0000-0002"));
    assert!(shown.contains(&case.to_string()));
}

const REPORT: &str = include_str!("../../../workflows/schedules/daily_report.yaml");
const TWO_BRANCHES: &str = "code,name,phone,from,until,successor\n\
    001,本店営業部,03-0000-0001,,,\n002,駅前支店,03-0000-0002,,,\n";

fn yen(count: u64, total: u64) -> Figure {
    Figure { count, total: YenTotal::new(total) }
}

/// Two lines recorded and one that was not.
fn answer(branch: &Branch, case: kessai::domain::CaseId) {
    let error = RowAnswer::Errored { code: "R02".to_owned(), note: String::new() };
    let answers = [RowAnswer::Recorded(None), RowAnswer::Recorded(None), error];
    let rows = (1..).zip(answers).map(|(row, answer)| RowResult { row, answer, change: None });
    let rows = rows.collect();
    let told = Entry::Recorded(Box::new(Recorded { case, from: case.receipt, rows }));
    let commit = Commit { at: branch.clock.now(), entries: vec![told] };
    branch.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
}

/// A day: one batch approved and answered, one sent back, one refused, one that waits, a copy and
/// a file of mistakes.
fn a_day(branch: &Branch) {
    let done = branch.waiting("a.csv", 1..=3);
    branch.complete(done);
    answer(branch, done);
    let refused = branch.waiting("b.csv", 11..=12);
    branch.vote(refused, "sato0001", VoteKind::Reject);
    let taken_back = branch.waiting("c.csv", 21..=21);
    branch.wish(taken_back, "sato0001", Wish::Vote(VoteKind::Return, None), &[]).unwrap();
    branch.waiting("d.csv", 31..=34);
    branch.take_in("copy.csv", &accruals(31..=34));
    branch.take_in("bad.csv", &(super::branch::HEADER.to_owned() + &mistaken(41)));
}

#[test]
fn a_days_report_counts_what_came_went_on_and_waits() {
    let branch = Branch::staffed(Setup::default());
    a_day(&branch);
    let today = branch.clock.now().date();
    let views = branch.desk.daily_reports(today).unwrap();
    let [view] = views.as_slice() else { panic!("one branch is all there is") };
    let files = view.files;
    assert_eq!((files.received, files.rejected, files.held, files.bad_records), (6, 1, 1, 1));
    let [kind] = view.kinds.as_slice() else { panic!("one flow: {:?}", view.kinds) };
    assert_eq!(
        kind.figures.each(),
        [
            yen(10, 10_000),
            yen(3, 3_000),
            yen(2, 2_000),
            yen(1, 1_000),
            yen(3, 3_000),
            yen(4, 4_000)
        ]
    );
    assert_eq!(view.sum, kind.figures);
    assert_eq!(view.waiting, [("承認待ち", yen(4, 4_000))]);
    let [held] = view.incidents.as_slice() else { panic!("the copy: {:?}", view.incidents) };
    assert_eq!((held.kind, view.incident_count), (IncidentKind::Held, 1));
    assert!(held.text.contains("copy.csv"), "{}", held.text);
    // The deadline is on the record date, two days off.
    assert_eq!((view.due, view.due_items.len()), (Figure::default(), 0));
    assert_eq!(view.due_until, Date::new(2026, 12, 2).unwrap());

    branch.clock.forward(24 * HOUR_MS);
    let next = branch.desk.daily_reports(branch.clock.now().date()).unwrap().remove(0);
    assert_eq!((next.due, next.due_items.len()), (yen(4, 4_000), 1));
    let nothing = Figure::default();
    let left = next.sum.each();
    assert_eq!(left, [nothing, nothing, nothing, nothing, nothing, yen(4, 4_000)]);
    let again = branch.desk.daily_reports(today).unwrap().remove(0);
    assert_eq!(again.sum, view.sum, "a day before is the same a day later");
}

#[test]
fn each_branch_gets_its_report_in_the_evening_once_and_the_office_one_of_all() {
    let setup = Setup { schedule: Some(REPORT), branches: Some(TWO_BRANCHES), ..Setup::default() };
    let mut branch = Branch::staffed(setup);
    branch.desk.tick().unwrap();
    a_day(&branch);
    branch.clock.forward(8 * HOUR_MS);
    branch.desk.tick().unwrap();
    assert!(lists(&branch).is_empty(), "it is not half past five yet");
    branch.clock.forward(HOUR_MS / 2);
    branch.desk.tick().unwrap();
    let paths = ["001", "002", "all"]
        .map(|code| format!("branches/{code}/daily_report_20261201.pdf"))
        .to_vec();
    assert_eq!(lists(&branch), paths);
    let said = |path: &String| {
        let file = lopdf::Document::load_mem(&branch.shelf.bytes(path)).unwrap();
        file.extract_text(&file.get_pages().keys().copied().collect::<Vec<_>>()).unwrap()
    };
    for part in ["日報", "本店営業部", "2026年12月1日（令和8年12月1日）", "10,000", "17:30 現在"]
    {
        assert!(said(&paths[0]).contains(part), "{part} is missing in {}", said(&paths[0]));
    }
    assert!(said(&paths[1]).contains("駅前支店") && !said(&paths[1]).contains("10,000"));
    assert!(said(&paths[2]).contains("全店") && said(&paths[2]).contains("10,000"));
    let before = branch.shelf.bytes(&paths[0]);
    branch.restart();
    branch.clock.forward(HOUR_MS);
    branch.desk.tick().unwrap();
    assert_eq!(lists(&branch), paths, "once");
    assert_eq!(branch.shelf.bytes(&paths[0]), before);
}

#[test]
fn a_report_that_cannot_be_written_is_told_until_it_is() {
    let branch = Branch::staffed(Setup { schedule: Some(REPORT), ..Setup::default() });
    branch.desk.tick().unwrap();
    branch.clock.forward(9 * HOUR_MS);
    branch.shelf.cannot_publish.lock().unwrap().insert("daily_report");
    branch.desk.tick().unwrap();
    let told = branch.desk.status().unkept;
    assert_eq!((told.len(), told[0].title.as_str()), (1, "日報"));
    assert!(told[0].reason_ja.contains("the folder is full"), "{told:?}");
    let view = branch.desk.daily_reports(branch.clock.now().date()).unwrap().remove(0);
    assert_eq!(view.unkept.len(), 1, "the report itself says so");
    branch.shelf.cannot_publish.lock().unwrap().clear();
    branch.clock.forward(61_000);
    branch.desk.tick().unwrap();
    assert!(branch.desk.status().unkept.is_empty());
    assert_eq!(lists(&branch).len(), 1);
}
