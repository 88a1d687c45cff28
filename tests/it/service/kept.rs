//! The journal of the second format: every kind of entry that the whole engine writes.
//!
//! It is kept for good: what was once written can always be read, and means the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kessai::domain::{Absence, CaseId, Date};
use kessai::ports::Store;
use kessai::service::{Migrating, Run, Wish};
use kessai::store::Embedded;
use kessai::workflow::{Arrival, CommandId, Deed, MailRule, MailWhen, VoteKind, load_definition};

use super::branch::{ACCRUAL, Branch, Setup, accruals, rulebook_with};
use super::constructs::{SAME, WHOLE, enter};
use crate::disk::kept::{reads_as_written, said};
use crate::store::open;
use crate::story::user;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/journal-2")
}

#[test]
fn the_journal_of_the_second_format_is_read_as_it_was_written() {
    if std::env::var_os("KESSAI_BLESS").is_some() {
        bless();
    }
    reads_as_written(&folder());
}

#[test]
fn what_the_whole_engine_writes_is_the_same_state_when_it_is_read_again() {
    let var = tempfile::tempdir().unwrap();
    let live = play(var.path());
    let (store, opened) = open(var.path());
    assert_eq!(said(&store), live, "from the checkpoint");
    assert!(opened.set_aside.is_none(), "{opened:?}");
    drop(store);
    fs::remove_dir_all(var.path().join("sled")).unwrap();
    let (store, _) = open(var.path());
    assert_eq!(said(&store), live, "from the journal alone");
}

/// Writes the journal and what it means anew: only for a format that was never released.
fn bless() {
    let var = tempfile::tempdir().unwrap();
    let told = play(var.path());
    let bytes = fs::read(var.path().join("journal/000001.log")).unwrap();
    // A frame may end with zeros of its own, and zeros follow the last one anyway.
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 64;
    fs::create_dir_all(folder().join("journal")).unwrap();
    fs::write(folder().join("journal/000001.log"), &bytes[..end]).unwrap();
    fs::write(folder().join("expected.txt"), told).unwrap();
}

/// A few days in which everything happens once; what the store then says of itself.
fn play(var: &Path) -> String {
    let store: Arc<Embedded> = Arc::new(open(var).0);
    let branch = Branch::over(Arc::clone(&store) as Arc<dyn Store>, Setup::default()).with_people();
    for (id, role) in [
        ("clerk001", "clerk"),
        ("clerk002", "clerk"),
        ("clerk003", "clerk"),
        ("legal001", "compliance"),
        ("check002", "checker"),
        ("manage02", "manager"),
    ] {
        branch.register(id, role);
    }
    tasks_and_branches(&branch);
    split(&branch);
    moved(&branch);
    people(&branch);
    branch.desk.run_schedules().unwrap();
    branch.desk.dispatch_all().unwrap();
    said(store.as_ref())
}

fn tasks_and_branches(branch: &Branch) {
    let flow = WHOLE
        .replace("id: whole", "id: accrual")
        .replace("  - call: signatures\n    when: \"key_in.amount < 1_000_000_000\"\n", "");
    branch.desk.put_in_force(rulebook_with(Setup::default(), &flow));
    let file = branch.take_in("whole.csv", &accruals(1..=3));
    let case = CaseId { receipt: file.receipt, n: 1, row: None };
    let again = |entry: &[(&str, &str)], by: [&str; 2]| {
        enter(branch, case, by[0], &SAME).unwrap();
        enter(branch, case, by[1], entry).unwrap();
    };
    again(&[("amount", "3001"), ("due", "2027-03-31")], ["clerk001", "clerk002"]);
    again(&SAME, ["clerk001", "clerk002"]);
    let back = |to: &str| Wish::Vote(VoteKind::Return, Some(to.to_owned()));
    branch.wish(case, "legal001", back("submitter"), &[]).unwrap();
    branch.wish(case, "mori0001", Wish::Do(Deed::Resubmit), &[]).unwrap();
    enter(branch, case, "clerk003", &[("result", "card")]).unwrap();
    branch.vote(case, "legal001", VoteKind::Approve);
    let arrive = |step: &str, outcome| {
        let id = CommandId::of(&format!("{step} {}", branch.store.counts().sequence));
        branch.desk.arrive(case, step, (outcome, "照会済み"), id).unwrap();
    };
    arrive("screening", Arrival::Ok);
    branch.wish(case, "check001", back("ask"), &[]).unwrap();
    enter(branch, case, "sato0001", &[("answer", "正しいです")]).unwrap();
    again(&SAME, ["clerk003", "clerk001"]);
    enter(branch, case, "clerk002", &[("result", "seal")]).unwrap();
    branch.vote(case, "legal001", VoteKind::Approve);
    branch.wish(case, "check001", Wish::Do(Deed::Hold), &[]).unwrap_err();
    arrive("screening", Arrival::Ok);
    branch.vote(case, "check001", VoteKind::Approve);
    branch.vote(case, "manage01", VoteKind::Approve);
    branch.wish(case, "manage02", Wish::Do(Deed::Proceed), &[]).unwrap();
    arrive("center", Arrival::Ng);
    branch.desk.put_in_force(rulebook_with(Setup::default(), ACCRUAL));
}

fn split(branch: &Branch) {
    let batch = branch.waiting("split.csv", 11..=15);
    branch.vote(batch, "sato0001", VoteKind::Approve);
    branch.vote(batch, "check001", VoteKind::Approve);
    let back = Wish::Vote(VoteKind::Return, Some("submitter".to_owned()));
    branch.wish(batch, "manage01", back, &[2, 4]).unwrap();
    branch.wish(batch, "manage01", Wish::Do(Deed::Hold), &[5]).unwrap();
    branch.vote(batch, "manage01", VoteKind::Approve);
    let line = |row| CaseId { row: Some(row), ..batch };
    branch.wish(line(2), "mori0001", Wish::Do(Deed::Resubmit), &[]).unwrap();
    branch.wish(line(4), "mori0001", Wish::Do(Deed::Withdraw), &[]).unwrap();
    branch.wish(line(5), "manage02", Wish::Do(Deed::Release), &[]).unwrap();
}

fn moved(branch: &Branch) {
    let case = branch.waiting("moved.csv", 21..=22);
    branch.vote(case, "sato0001", VoteKind::Approve);
    let changed = ACCRUAL.replace("n: 1, as: 決裁", "n: 2, as: 決裁");
    let load = |text: &str| Arc::new(load_definition("accrual.yaml", text).unwrap());
    let (from, to) = (load(ACCRUAL), load(&changed));
    let migrating = Migrating { from, to, map: Vec::new(), by: vec![user("manage01")] };
    branch.desk.migrate(&migrating, Run::Real).unwrap();
    let assign = Wish::Do(Deed::Assign(user("check002")));
    branch.wish(case, "check001", assign, &[]).unwrap();
    branch.wish(case, "check002", Wish::Do(Deed::Consult(user("check001"))), &[]).unwrap();
}

fn people(branch: &Branch) {
    let day = |day| Date::new(2026, 12, day).unwrap();
    let absence = Absence {
        user: user("check001"),
        from: day(2),
        until: day(4),
        delegate: Some(user("check002")),
        max: None,
        flows: Vec::new(),
    };
    branch.desk.set_absence(&absence).unwrap();
    branch.desk.end_absence(&user("check001"), None).unwrap();
    let rule = MailRule { when: MailWhen::Both, ..MailRule::default() };
    branch.desk.choose_mails(&user("manage01"), &rule).unwrap();
}
