//! Set times: each kept once, over restarts and standstills.

use kessai::workflow::VoteKind;

use super::branch::{Branch, Setup};

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
