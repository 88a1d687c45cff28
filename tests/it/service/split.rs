//! Lines that leave a batch: kept, listed, answered and looked up beside the rest.

use kessai::domain::CaseId;
use kessai::ports::CaseFilter;
use kessai::service::{DecideError, Wish};
use kessai::workflow::{Deed, Refusal, Status, VoteKind};

use super::branch::{Branch, Setup, accruals};

const BACK: fn() -> Wish = || Wish::Vote(VoteKind::Return, Some("submitter".to_owned()));

/// A batch of five lines of which the manager has sent back the second and fourth.
fn split() -> (Branch, CaseId) {
    let branch = Branch::staffed(Setup::default());
    let batch = branch.waiting("a.csv", 1..=5);
    branch.vote(batch, "sato0001", VoteKind::Approve);
    branch.vote(batch, "check001", VoteKind::Approve);
    branch.wish(batch, "manage01", BACK(), &[2, 4]).unwrap();
    (branch, batch)
}

const fn line(batch: CaseId, row: u32) -> CaseId {
    CaseId { row: Some(row), ..batch }
}

fn text(branch: &Branch, part: &str) -> String {
    let path = branch.shelf.paths().into_iter().find(|path| path.contains(part));
    let bytes = branch.shelf.bytes(&path.unwrap_or_else(|| panic!("no {part}")));
    encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned()
}

#[test]
fn the_parts_are_cases_with_their_own_totals_and_rows() {
    let (branch, batch) = split();
    let listed = branch.desk.list(&CaseFilter::default());
    let told: Vec<(&str, u32, u64, &str)> = listed
        .iter()
        .map(|one| (one.case.as_str(), one.records.accepted, one.amount_total, one.status))
        .collect();
    let (two, four) = (line(batch, 2).to_string(), line(batch, 4).to_string());
    assert_eq!(
        told,
        [
            (batch.to_string().as_str(), 3, 3_000, "active"),
            (two.as_str(), 1, 1_000, "sent_back"),
            (four.as_str(), 1, 1_000, "sent_back"),
        ]
    );
    let records = |id: CaseId| {
        let case = branch.store.case(id).unwrap();
        let page = branch.desk.rows(&case, 1).unwrap();
        page.rows.iter().map(|row| row.record).collect::<Vec<_>>()
    };
    assert_eq!(records(batch), [1, 3, 5]);
    assert_eq!(records(line(batch, 4)), [4]);
    let shown = branch.desk.show(batch).unwrap();
    assert_eq!(
        (shown.carved[0].rows.as_slice(), shown.carved[0].amount_total),
        (&[2, 4][..], 2_000)
    );
    let shown = branch.desk.show(line(batch, 2)).unwrap();
    assert_eq!(shown.split_from, Some(batch.to_string()));
    assert_eq!(shown.votes.len(), 2, "what was approved of the batch covers it");
}

#[test]
fn receipt_clearing_and_final_file_show_both_parts() {
    let (branch, batch) = split();
    branch.vote(batch, "manage01", VoteKind::Approve);
    branch.wish(line(batch, 2), "mori0001", Wish::Do(Deed::Resubmit), &[]).unwrap();
    branch.vote(line(batch, 2), "manage01", VoteKind::Approve);
    branch.desk.dispatch_all().unwrap();
    let clearing = text(&branch, &format!("center/{batch}.csv"));
    let references: Vec<&str> =
        clearing.lines().filter_map(|l| l.find("INV-").map(|at| &l[at..at + 10])).collect();
    assert_eq!(references, ["INV-000001", "INV-000003", "INV-000005"]);
    let companion: serde_json::Value =
        serde_json::from_str(&text(&branch, &format!("center/{batch}.json"))).unwrap();
    assert_eq!(companion["rows"], serde_json::json!([1, 3, 5]), "which a result is to name");
    assert!(text(&branch, &format!("center/{}.csv", line(batch, 2))).contains("INV-000002"));
    assert!(!branch.shelf.paths().iter().any(|path| path.contains("_final")), "one line is open");
    assert!(branch.shelf.paths().iter().any(|path| path.contains("mail_carved_out")));

    branch.wish(line(batch, 4), "sato0001", Wish::Do(Deed::Withdraw), &[]).unwrap();
    branch.desk.dispatch_all().unwrap();
    let last = text(&branch, "_final.csv");
    let outcomes: Vec<(&str, bool)> = ["INV-000001", "INV-000002", "INV-000004"]
        .map(|reference| last.lines().find(|l| l.contains(reference)).unwrap())
        .map(|l| (if l.contains("引戻し") { "taken back" } else { "approved" }, l.contains(".1.")))
        .to_vec();
    assert_eq!(outcomes, [("approved", false), ("approved", true), ("taken back", true)]);
}

#[test]
fn a_line_that_came_back_for_good_may_be_submitted_again_and_the_others_not() {
    let (mut branch, batch) = split();
    branch.wish(line(batch, 4), "sato0001", Wish::Do(Deed::Withdraw), &[]).unwrap();
    for _ in 0..2 {
        let again = branch.take_in("b.csv", &accruals(3..=3));
        assert_eq!(again.accepted, 0, "the batch holds it");
        let again = branch.take_in("c.csv", &accruals(2..=2));
        assert_eq!(again.accepted, 0, "its own case holds it");
        branch.restart();
    }
    assert_eq!(branch.take_in("d.csv", &accruals(4..=4)).accepted, 1, "free again");
}

#[test]
fn what_cannot_be_split_is_refused_in_plain_words() {
    let (branch, batch) = split();
    let refused = |case, rows: &[u32]| match branch.wish(case, "manage01", BACK(), rows) {
        Err(DecideError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(batch, &[2]), Refusal::NoSuchRow(2), "it left already");
    assert_eq!(refused(batch, &[6]), Refusal::NoSuchRow(6));
    assert_eq!(refused(batch, &[1, 3, 5]), Refusal::NothingLeft);
    assert_eq!(refused(line(batch, 2), &[2]), Refusal::NoSplit);
    assert!(Refusal::NoSuchRow(6).japanese().contains("明細6番"));
}

#[test]
fn a_held_line_is_released_beside_a_batch_that_is_gone() {
    let branch = Branch::staffed(Setup::default());
    let batch = branch.waiting("a.csv", 1..=3);
    branch.vote(batch, "sato0001", VoteKind::Approve);
    branch.vote(batch, "check001", VoteKind::Approve);
    branch.wish(batch, "manage01", Wish::Do(Deed::Hold), &[3]).unwrap();
    branch.vote(batch, "manage01", VoteKind::Approve);
    let todo =
        branch.desk.todo(&branch.store.user(&crate::story::user("manage01")).unwrap().person, 1);
    assert_eq!(todo.items.iter().map(|item| item.case).collect::<Vec<_>>(), [line(batch, 3)]);
    branch.wish(line(batch, 3), "manage01", Wish::Do(Deed::Release), &[]).unwrap();
    branch.vote(line(batch, 3), "manage01", VoteKind::Approve);
    assert_eq!(branch.store.case(line(batch, 3)).unwrap().head.status, Status::Completed);
}
