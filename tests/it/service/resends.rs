//! What becomes of what is stuck takes two people, and nothing goes a second time without them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use kessai::domain::{ApprovalPattern, BranchCode, CaseId, Submitter};
use kessai::formats::read_findings;
use kessai::ports::{
    Batch, Blobs as _, Commit, EffectMove, EffectState, Entry, FileVerdict, Outbox as _, Step,
};
use kessai::service::{Arrival, DecideError, Desk, Flow, Rulebook, Wish};
use kessai::workflow::{
    Channel, EffectKind, Refusal, Status, VoteKind, load_with_tables, resend_sheet,
};

use super::branch::{ACCRUAL, Branch, Setup, rulebook_with};
use crate::story::submitter;

/// The rules with the folder for sheets of the desk and the flow in which two people decide.
pub(super) fn with_resends(mut rules: Rulebook) -> Rulebook {
    let text = include_str!("../../../workflows/channels/contracts.yaml");
    let channel = Channel::load("contracts.yaml", "contracts", text, &[]).unwrap();
    rules.channels.insert(channel.name.clone(), channel);
    let parts = include_str!("../../../workflows/parts/contract_approvals.yaml").to_owned();
    let parts = BTreeMap::from([("parts/contract_approvals.yaml".to_owned(), parts)]);
    let text = include_str!("../../../workflows/resends.yaml").to_owned();
    let definition = Arc::new(load_with_tables("resends.yaml", &text, &parts).unwrap());
    rules.flows.insert(definition.id.clone(), vec![Flow { definition, text }]);
    rules.submitters.push(desk("001"));
    rules
}

/// A branch that hands in sheets.
fn desk(code: &str) -> Submitter {
    let mut desk = submitter(ApprovalPattern::None);
    (desk.channel, desk.folder) = ("contracts".to_owned(), code.to_owned());
    desk.desk = BranchCode::parse(code).unwrap();
    desk
}

fn rules() -> Rulebook {
    with_resends(rulebook_with(Setup::default(), ACCRUAL))
}

/// What a branch asks for, as it stands in the file: the case it opens, or what is wrong.
fn drop_sheet(branch: &Branch, desk: &str, sheet: &str) -> Result<CaseId, Vec<String>> {
    let mut writer = branch.blobs.create().unwrap();
    writer.write_all(sheet.as_bytes()).unwrap();
    let arrival = Arrival {
        intake: branch.desk.new_intake(),
        channel: "contracts".to_owned(),
        submitter: desk.to_owned(),
        digest: writer.keep().unwrap(),
        bytes: u64::try_from(sheet.len()).unwrap(),
        ..branch.arrival("再送.csv", "", None)
    };
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    let file = branch.desk.judge(receipt).unwrap().unwrap();
    if file.verdict == FileVerdict::Accepted {
        return Ok(CaseId { receipt, n: 1, row: None });
    }
    let kept = branch.desk.blobs.open(file.findings.unwrap()).unwrap().read_all().unwrap();
    let findings = read_findings(&kept).unwrap();
    Err(findings.into_iter().map(|one| format!("{} {}", one.code, one.ja)).collect())
}

/// The desk asks what is to become of what is stuck; no two sheets are the same.
pub(super) fn ask(branch: &Branch, rows: &[(&str, &str)]) -> Result<CaseId, Vec<String>> {
    let sheet = resend_sheet(rows, "電話で確かめました", &branch.desk.new_intake());
    drop_sheet(branch, "001", &sheet)
}

/// One of the two approves.
pub(super) fn approve(branch: &Branch, case: CaseId, by: &str) -> Result<Status, Refusal> {
    match branch.wish(case, by, Wish::Vote(VoteKind::Approve, None), &[]) {
        Ok(case) => Ok(case.head.status),
        Err(DecideError::Refused(refusal)) => Err(refusal),
        Err(failed) => panic!("{failed}"),
    }
}

/// It is asked for, and both approve.
pub(super) fn decided(branch: &Branch, rows: &[(&str, &str)]) -> CaseId {
    let case = ask(branch, rows).unwrap();
    approve(branch, case, "check001").unwrap();
    assert_eq!(approve(branch, case, "manage01"), Ok(Status::Completed));
    branch.desk.dispatch_all().unwrap();
    case
}

/// Lets the effect whose name holds `part` wait for a person; its name.
fn stop(branch: &Branch, part: &str, (to, note): (EffectState, &str)) -> String {
    let all = branch.store.effects(usize::MAX);
    let found = all.iter().find(|one| one.effect.id().as_str().contains(part)).unwrap();
    let (id, at) = (found.effect.id(), branch.desk.clock.now());
    let name = id.to_string();
    let entries = vec![Entry::Effects(vec![EffectMove { id, to, at, note: note.to_owned() }])];
    let commit = Commit { at, entries };
    branch.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    name
}

/// The mails of a file that waits, of which two are stuck; their names.
fn two_stuck() -> (Branch, [String; 2]) {
    let branch = Branch::staffed(Setup::default());
    branch.desk.put_in_force(rules());
    branch.waiting("a.csv", 1..=3);
    let dead = stop(&branch, "/sato0001", (EffectState::Dead, "550 no such\nuser"));
    let unsure = stop(&branch, "mail/accepted", (EffectState::Unsure, "no answer"));
    branch.desk.dispatch_all().unwrap();
    (branch, [dead, unsure])
}

fn mails(branch: &Branch) -> usize {
    branch.shelf.paths().iter().filter(|path| path.starts_with("mail/")).count()
}

/// A branch whose clearing file may be out, and its case.
fn unsure_clearing() -> (Branch, CaseId, String) {
    let mut branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=3);
    branch.desk.dispatch_all().unwrap();
    branch.complete(case);
    stopped_before_it_is_out(&mut branch);
    let all = branch.store.effects(usize::MAX);
    let clearing = all.iter().find(|one| one.effect.kind == EffectKind::Clearing).unwrap();
    assert_eq!(clearing.state, EffectState::Unsure);
    (branch, case, clearing.effect.id().to_string())
}

/// The program stops after it journaled that the file is about to become visible.
fn stopped_before_it_is_out(branch: &mut Branch) {
    branch.stopped_at(Step::Publishing, 1, Desk::dispatch_all);
    branch.shelf.forget_staged();
    branch.restart();
    branch.desk.put_in_force(rules());
    branch.desk.dispatch_all().unwrap();
}

#[test]
fn what_is_stuck_goes_again_or_counts_as_sent_when_two_people_say_so() {
    let (branch, [dead, unsure]) = two_stuck();
    let before = mails(&branch);
    let case = ask(&branch, &[(&dead, "再送"), (&unsure, "済")]).unwrap();
    branch.desk.dispatch_all().unwrap();
    let asking = mails(&branch);
    assert_eq!(approve(&branch, case, "check001"), Ok(Status::Active));
    assert_eq!(approve(&branch, case, "check001"), Err(Refusal::AlreadyDecided));
    let vote = Wish::Vote(VoteKind::Approve, None);
    assert!(branch.wish(case, "sato0001", vote, &[]).is_err(), "never by a customer");
    branch.desk.dispatch_all().unwrap();
    assert_eq!(branch.desk.stuck_items().len(), 2, "not by one");
    assert_eq!(approve(&branch, case, "manage01"), Ok(Status::Completed));
    branch.desk.dispatch_all().unwrap();
    assert!(branch.desk.stuck_items().is_empty() && branch.owed().is_empty());
    let paths = branch.shelf.paths();
    assert!(paths.iter().any(|path| path.ends_with("_sato0001.eml")), "{paths:?}");
    assert!(mails(&branch) > asking && asking >= before);
    let notices = branch.store.notices_to(&["987654321"], 9);
    let told = notices.iter().find(|one| one.what == "mail/accepted").unwrap();
    assert_eq!(told.state, EffectState::Delivered);
    assert!(told.way.contains("manage01さん") && told.way.contains(&case.to_string()), "{told:?}");
}

#[test]
fn who_decides_sees_whose_mail_it_is_since_when_and_why_it_is_stuck() {
    let (branch, [dead, unsure]) = two_stuck();
    let case = ask(&branch, &[(&dead, "再送"), (&unsure, "済")]).unwrap();
    let shown = branch.desk.proposal(&branch.store.case(case).unwrap()).unwrap().unwrap();
    for part in [
        &format!("名前: {dead}\n"),
        "状態: メールを送れません\n",
        "何を、どなたに: 承認のお願い　sato0001さん（sato0001）\n",
        "いつから: 2026年12月1日 9:00\n",
        "止まった理由: 550 no such user\n",
        "状態: メールが届いたか分かりません\n",
        "何を、どなたに: ファイル受付のお知らせ　高崎製作所（987654321）\n",
    ] {
        assert!(shown.old.contains(part), "{part} is not in {}", shown.old);
    }
    assert!(shown.new.contains("扱い: 再送（同じもの") && shown.new.contains("扱い: 済（届いた"));
    assert!(shown.new.contains("届け出た理由: 電話で確かめました\n"), "{}", shown.new);
    assert_eq!(shown.proposal.place, "再送1件・済1件");
    assert!(shown.proposal.proof[0].contains("二度届きます"), "{:?}", shown.proposal.proof);
}

#[test]
fn what_cannot_be_done_with_what_is_named_comes_back() {
    let (branch, [dead, unsure]) = two_stuck();
    let wrong = |rows: &[(&str, &str)]| {
        let told = ask(&branch, rows).unwrap_err();
        assert!(told.iter().all(|one| one.starts_with("K10 ")), "{told:?}");
        told.join("\n")
    };
    assert!(wrong(&[("20261201-000009/mail/accepted", "再送")]).contains("止まっているものは"));
    assert!(wrong(&[(&dead, "再送"), (&dead, "済")]).contains("すでに上の行に"));
    assert!(wrong(&[(&dead, "送る"), (&unsure, "済")]).contains("再送 / 済"));
    let no_reason = drop_sheet(&branch, "001", &resend_sheet(&[(&dead, "再送")], "", ""));
    assert!(no_reason.unwrap_err()[0].starts_with("K10 「理由」が空欄です"));
    let nothing = drop_sheet(&branch, "001", "止まったもの,扱い,理由\n");
    assert!(nothing.unwrap_err()[0].starts_with("K10 届出の行がありません"));
    // While two people decide about it, and once it is decided.
    let case = ask(&branch, &[(&dead, "済")]).unwrap();
    assert!(wrong(&[(&dead, "再送")]).contains(&format!("申請番号 {case} で承認を")));
    assert_eq!(branch.desk.resends_under_way(), BTreeMap::from([(dead.clone(), case)]));
    approve(&branch, case, "check001").unwrap();
    approve(&branch, case, "manage01").unwrap();
    assert!(wrong(&[(&dead, "再送")]).contains(&format!("申請番号 {case} で承認を")));
    branch.desk.dispatch_all().unwrap();
    assert!(wrong(&[(&dead, "再送")]).contains("止まっているものは"));
}

#[test]
fn a_branch_decides_about_its_own_and_the_office_about_all() {
    let (branch, [dead, _]) = two_stuck();
    let ask_as = |desk: &str| {
        let sheet = resend_sheet(&[(&dead, "再送")], "電話で確認", &branch.desk.new_intake());
        drop_sheet(&branch, desk, &sheet)
    };
    let with_office = |code: &str| {
        let mut rules = rules();
        rules.submitters.push(desk("002"));
        rules.publishing.office = Some(BranchCode::parse(code).unwrap());
        branch.desk.put_in_force(rules);
    };
    with_office("003");
    assert!(ask_as("002").unwrap_err()[0].contains("ほかの店のものです"));
    with_office("002");
    assert!(ask_as("002").is_ok());
}

#[test]
fn what_was_decided_otherwise_meanwhile_is_left_as_it_is() {
    let (branch, [dead, unsure]) = two_stuck();
    let case = ask(&branch, &[(&dead, "再送"), (&unsure, "再送")]).unwrap();
    approve(&branch, case, "check001").unwrap();
    // It got stuck for another reason since.
    stop(&branch, "mail/accepted", (EffectState::Dead, "554 not wanted"));
    approve(&branch, case, "manage01").unwrap();
    branch.desk.dispatch_all().unwrap();
    let left: Vec<String> = branch.desk.stuck_items().into_iter().map(|one| one.effect).collect();
    assert_eq!(left, [unsure]);
}

#[test]
fn a_clearing_file_that_may_be_out_is_made_again_by_two_people_and_once() {
    let (branch, case, name) = unsure_clearing();
    let path = format!("center/{case}.csv");
    let asked = ask(&branch, &[(&name, "再送")]).unwrap();
    let shown = branch.desk.proposal(&branch.store.case(asked).unwrap()).unwrap().unwrap();
    assert!(shown.old.contains(&format!("outbox/{path}")), "{}", shown.old);
    approve(&branch, asked, "check001").unwrap();
    branch.desk.dispatch_all().unwrap();
    assert_eq!(branch.shelf.find(&path), None, "not by one");
    approve(&branch, asked, "manage01").unwrap();
    branch.desk.dispatch_all().unwrap();
    assert!(branch.shelf.find(&path).is_some());
    branch.desk.dispatch_all().unwrap();
    let appeared = branch.shelf.appeared.lock().unwrap();
    assert_eq!(appeared.iter().filter(|one| **one == path).count(), 1);
}

#[test]
fn a_clearing_file_that_gets_stuck_again_waits_for_two_people_again() {
    let (mut branch, case, name) = unsure_clearing();
    let asked = ask(&branch, &[(&name, "再送")]).unwrap();
    branch.desk.dispatch_all().unwrap();
    approve(&branch, asked, "check001").unwrap();
    approve(&branch, asked, "manage01").unwrap();
    while !branch.desk.stuck_items().is_empty() {
        branch.desk.dispatch().unwrap();
    }
    stopped_before_it_is_out(&mut branch);
    assert_eq!(branch.desk.stuck_items()[0].effect, name, "and is not made by the first two");
    assert_eq!(branch.shelf.find(&format!("center/{case}.csv")), None);
    decided(&branch, &[(&name, "済")]);
    assert!(branch.desk.stuck_items().is_empty() && branch.owed().is_empty());
    assert_eq!(branch.shelf.find(&format!("center/{case}.csv")), None, "it counts as sent");
}
