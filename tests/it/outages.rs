//! A branch declares an outage and later its end; two people approve each, and whoever asks is told
//! that requests are taken on paper meanwhile.

use kessai::domain::{BranchCode, Date, Timestamp, UserNumber};
use kessai::workflow::{Refusal, Status};

use crate::contracts::{Branch, NUMBER};

const HEADINGS: &str = "障害,範囲,開始日時,理由,終了日時,宣言の申請番号\n";

fn declared(branch: &Branch, region: &str) -> kessai::domain::CaseId {
    let row = format!("{HEADINGS}宣言,{region},2026-12-01 08:30,回線の障害,,\n");
    branch.hand_in(&format!("障害{region}.csv"), row).unwrap()
}

fn approve(branch: &Branch, case: kessai::domain::CaseId) {
    assert_eq!(branch.approve(case, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
}

fn at(hour: u32, minute: u32) -> Timestamp {
    Timestamp::tokyo(Date::new(2026, 12, 1).unwrap(), hour, minute)
}

fn desk() -> BranchCode {
    BranchCode::parse("001").unwrap()
}

#[test]
fn an_outage_takes_two_people_and_holds_from_its_beginning_until_its_end() {
    let branch = Branch::new();
    let case = declared(&branch, "全店");
    let holds = |branch: &Branch, hour| branch.desk.outage_for(None, desk(), at(hour, 0));
    assert_eq!(branch.approve(case, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(holds(&branch, 12), None, "not by one");
    assert_eq!(branch.approve(case, "sato0001", &[]), Err(Refusal::AlreadyDecided));
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    assert_eq!(holds(&branch, 8), None);
    let known = holds(&branch, 12).unwrap();
    assert_eq!((known.case, known.outage.reason.as_str()), (case, "回線の障害"));
    let told = &branch.desk.outages()[0];
    assert_eq!(told.declared_by, ["見本 sato0001", "見本 mori0001"]);
    let end = |number: &str, until: &str| {
        branch.hand_in("終了.csv", format!("{HEADINGS}終了,,,,{until},{number}\n"))
    };
    let case = case.to_string();
    let over = end(&case, "2026-12-01 12:30").unwrap();
    approve(&branch, over);
    assert!(holds(&branch, 12).is_some() && holds(&branch, 13).is_none());
    let told = &branch.desk.outages()[0];
    assert_eq!(told.end_case, Some(over.to_string()));
    assert_eq!(told.ended_by, ["見本 sato0001", "見本 mori0001"]);
    assert_eq!(end(&case, "2026-12-01 14:00"), Err(vec!["K08".to_owned()]), "it has ended");
    // What was journaled is there after a restart, from the checkpoint and from the journal.
    let (before, digest) = (branch.desk.store.outages(), branch.desk.store.digest());
    branch.desk.store.checkpoint().unwrap();
    let Branch { house, desk } = branch;
    drop(desk);
    let desk = house.open().desk;
    assert_eq!((desk.store.outages(), desk.store.digest()), (before.clone(), digest));
    drop(desk);
    std::fs::remove_dir_all(house.root.path.join("var/sled")).unwrap();
    let desk = house.open().desk;
    assert_eq!((desk.store.outages(), desk.store.digest()), (before, digest));
}

#[test]
fn an_outage_is_about_whom_it_names() {
    let branch = Branch::with_customer();
    let (own, other) = (UserNumber::parse(NUMBER).ok(), UserNumber::parse("9XY8WV7UT").ok());
    let desk_of = |code: &str| BranchCode::parse(code).unwrap();
    let covered = |branch: &Branch, user, code| {
        branch.desk.outage_for(user, desk_of(code), at(12, 0)).is_some()
    };
    let case = declared(&branch, NUMBER);
    approve(&branch, case);
    assert!(covered(&branch, own, "001") && !covered(&branch, other, "001"));
    assert!(!covered(&branch, None, "001"));
    let case = declared(&branch, "001");
    approve(&branch, case);
    assert!(covered(&branch, other, "001") && covered(&branch, None, "001"));
    assert!(!covered(&branch, other, "002"));
}

#[test]
fn of_two_ends_that_were_handed_in_the_first_that_is_approved_counts() {
    let branch = Branch::new();
    let case = declared(&branch, "全店");
    approve(&branch, case);
    let end = |name: &str, until: &str| {
        branch.hand_in(name, format!("{HEADINGS}終了,,,,{until},{case}\n")).unwrap()
    };
    let (early, late) = (end("a.csv", "2026-12-01 10:00"), end("b.csv", "2026-12-01 16:00"));
    approve(&branch, late);
    approve(&branch, early);
    let outage = branch.desk.store.outages().remove(0);
    assert_eq!(outage.outage.until, Some(at(16, 0)));
    assert_eq!(outage.ended.map(|(case, _)| case), Some(late));
    let stuck = branch.desk.status().incidents;
    assert!(stuck.iter().any(|one| one.note.contains("ほかの届出で決まりました")), "{stuck:?}");
}

#[test]
fn what_cannot_be_declared_comes_back_with_k08() {
    let branch = Branch::new();
    for wrong in [
        "宣言,999,2026-12-01 08:30,停電,,",
        "宣言,9XY8WV7UT,2026-12-01 08:30,停電,,",
        "宣言,全店,2025-12-01 08:30,停電,,",
        "宣言,全店,2026-12-01 08:30,,,",
        "終了,,,,2026-12-01 12:00,20261201-000001-4.1",
        "",
    ] {
        let told = branch.hand_in("障害.csv", format!("{HEADINGS}{wrong}\n"));
        assert_eq!(told, Err(vec!["K08".to_owned()]), "{wrong}");
    }
    assert_eq!(branch.desk.store.outages(), []);
}

#[test]
fn where_there_is_an_office_a_branch_declares_for_its_own_alone() {
    let branch = Branch::new();
    branch.house.change("kessai.toml", "office = \"001\"", "office = \"002\"");
    let Branch { house, desk } = branch;
    drop(desk);
    let desk = house.open().desk;
    let branch = Branch { house, desk };
    let all = format!("{HEADINGS}宣言,全店,2026-12-01 08:30,停電,,\n");
    assert_eq!(branch.hand_in("全店.csv", all), Err(vec!["K08".to_owned()]));
    let case = declared(&branch, "001");
    approve(&branch, case);
}

#[test]
fn whoever_asks_why_something_waits_is_told_of_the_outage_first() {
    let branch = Branch::new();
    let case = declared(&branch, "001");
    let why = |branch: &Branch| branch.desk.why(&case.to_string(), None).unwrap().remove(0).text;
    assert!(!why(&branch).contains("書面・FAX"));
    approve(&branch, case);
    let told = why(&branch);
    assert!(told.starts_with("障害のため書面・FAXでお受けしています（店番 001、"), "{told}");
    assert!(told.contains("回線の障害"), "{told}");
}
