//! What is under way on a claim counts like what is recorded of it, until it is given up.

use kessai::domain::{
    Account, AssignmentRestriction, CaseId, Claim, ClaimChange, ClaimState, Party, RecordNumber,
    UserNumber, Yen,
};
use kessai::ports::{
    Batch, Commit, Entry, FileRecord, FileVerdict, Recorded, RowAnswer, RowResult,
};
use kessai::workflow::{Status, VoteKind};

use super::branch::{Branch, HEADER, Setup};
use super::results::{results, rules, status};
use crate::story::{at, date};

const NUMBER: &str = "98765432100000100019";

/// A branch whose register has a claim of a million yen, and whose assignments wait for results.
fn branch(unit: &'static str) -> Branch {
    let branch = Branch::staffed(Setup { accept: "record", unit, ..Setup::default() });
    in_force(&branch, unit);
    let case = branch.waiting("accrual.csv", 1..=1);
    let case = CaseId { row: (unit == "record").then_some(1), ..case };
    let party = |user, account| Party {
        user_number: UserNumber::parse(user).unwrap(),
        account: Account::parse(account).unwrap(),
    };
    let number = RecordNumber::parse(NUMBER).unwrap();
    let claim = Claim {
        number,
        parent: None,
        debtor: party("555555555", "0009-010-1-7654321"),
        creditor: party("987654321", "0001-001-2-0123456"),
        amount: Yen::new(1_000_000).unwrap(),
        due: date(28).plus_days(60),
        recorded: date(1),
        restricted: AssignmentRestriction::Free,
        state: ClaimState::Open,
        assigned: false,
        guarantors: Vec::new(),
        latest: None,
    };
    let answer = RowAnswer::Recorded(Some(number));
    let change = Some(ClaimChange::Accrued(Box::new(claim)));
    let rows = vec![RowResult { row: 1, answer, change }];
    let entries = vec![Entry::Recorded(Box::new(Recorded { case, from: case.receipt, rows }))];
    let commit = Commit { at: at(1, 9, 0), entries };
    branch.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    branch
}

/// Assignments go the way of the accruals that wait for a result.
fn in_force(branch: &Branch, unit: &str) {
    let mut rules = rules();
    let flow = rules.flows["accrual"].clone();
    for name in ["assignment", "payment", "cancellation"] {
        rules.flows.insert(name.to_owned(), flow.clone());
    }
    let channel = rules.channels.get_mut("customers").unwrap();
    channel.accept = kessai::domain::AcceptPolicy::Record;
    for route in channel.routes.values_mut() {
        let one = unit == "record";
        route.unit =
            if one { kessai::workflow::Unit::Record } else { kessai::workflow::Unit::File };
    }
    branch.desk.put_in_force(rules);
}

/// A row about the claim: its kind, its amount and its reference.
fn row(kind: &str, amount: &str, reference: &str) -> String {
    format!(
        "{kind},{NUMBER},2026-12-03,987654321,0001,001,2,0123456,555555555,ｶ)ﾔﾏﾀﾞ,0009,010,1,\
         7654321,{amount},,{reference},,,\n"
    )
}

fn dropped(branch: &Branch, name: &str, rows: &[String]) -> FileRecord {
    branch.take_in(name, &format!("{HEADER}{}", rows.concat()))
}

/// What is said of a file's rows.
fn findings(branch: &Branch, file: &FileRecord) -> String {
    let Some(digest) = file.findings else { return String::new() };
    let blob = kessai::ports::Blobs::open(&branch.blobs, digest).unwrap();
    String::from_utf8_lossy(&blob.read_all().unwrap()).into_owned()
}

fn first_case(file: &FileRecord, unit: &str) -> CaseId {
    CaseId { receipt: file.receipt, n: 1, row: (unit == "record").then_some(1) }
}

#[test]
fn two_splits_in_two_files_leave_something_of_the_claim_and_a_restart_knows_it() {
    for unit in ["file", "record"] {
        let mut branch = branch(unit);
        let first = dropped(&branch, "a.csv", &[row("30", "600000", "A")]);
        assert_eq!(first.accepted, 1, "{}", findings(&branch, &first));
        let case = first_case(&first, unit).to_string();
        for name in ["b.csv", "c.csv"] {
            let second = dropped(&branch, name, &[row("30", "400000", "B")]);
            let told = findings(&branch, &second);
            assert_eq!(second.verdict, FileVerdict::Rejected, "{told}");
            assert!(told.contains("残額(400,000円)") && told.contains(&case), "{told}");
            branch.restart();
            in_force(&branch, unit);
        }
        assert_eq!(dropped(&branch, "d.csv", &[row("30", "399999", "D")]).accepted, 1);
        assert_eq!(dropped(&branch, "e.csv", &[row("70", "2", "E")]).accepted, 0);
        assert_eq!(dropped(&branch, "f.csv", &[row("70", "1", "F")]).accepted, 1);
    }
}

#[test]
fn lines_of_one_file_count_and_files_judged_together() {
    let branch = branch("file");
    let rows = [row("30", "600000", "A"), row("30", "400000", "B"), row("40", "", "C")];
    let file = dropped(&branch, "a.csv", &rows);
    let told = findings(&branch, &file);
    assert_eq!((file.accepted, file.rejected), (1, 2), "{told}");
    assert!(told.contains("同じファイルの1件目（分割譲渡）"), "{told}");
    let other = self::branch("file");
    let files = [("a.csv", row("20", "", "A")), ("b.csv", row("70", "1", "B"))];
    let files = files.map(|(name, row)| other.receive(name, &format!("{HEADER}{row}")));
    let judged = other.desk.judge_all(&files).unwrap();
    assert_eq!([judged[0].accepted, judged[1].accepted], [1, 0]);
    let told = findings(&other, &judged[1]);
    assert!(
        told.contains("まだ記録されていない請求") && told.contains(&format!("{}.1", files[0])),
        "{told}"
    );
}

#[test]
fn what_was_rejected_returned_or_refused_by_the_institution_counts_no_more() {
    let branch = branch("record");
    let drop = |name: &str| {
        let file = dropped(&branch, name, &[row("20", "", name)]);
        assert_eq!(file.accepted, 1, "{}", findings(&branch, &file));
        let beside = dropped(&branch, "beside.csv", &[row("20", "", &format!("{name}2"))]);
        assert_eq!(beside.accepted, 0, "one at a time");
        first_case(&file, "record")
    };
    let case = drop("A.CSV");
    branch.vote(case, "sato0001", VoteKind::Reject);
    let case = drop("B.CSV");
    branch.vote(case, "sato0001", VoteKind::Return);
    let case = drop("C.CSV");
    for by in ["sato0001", "check001", "manage01"] {
        branch.vote(case, by, VoteKind::Approve);
    }
    assert_eq!(status(&branch, case), Status::Waiting);
    assert_eq!(dropped(&branch, "d.csv", &[row("70", "1", "D")]).accepted, 0, "it was sent on");
    results(&branch, "r.csv", &format!("申請番号,結果,備考\n{case},不可,口座相違\n"));
    drop("E.CSV");
}
