//! The same request by FAX and by file is recognised whichever came first, and held for two people.

use kessai::domain::{CaseId, Field, HoldEnd, KeyedRow, KeyedSheet, ReceiptNo};
use kessai::ports::{FileRecord, FileVerdict, Step};
use kessai::service::{Desk, KeyedIn, Wish};
use kessai::workflow::{Refusal, Status, VoteKind};

use super::branch::{ACCRUAL, Branch, HEADER, Setup, accrual, accruals, rulebook_with};
use super::constructs::enter;
use super::keying::{faxed, person};
use super::resends::{approve, ask, decided, with_resends};
use crate::story::at;

pub(super) fn in_force(branch: &Branch) {
    branch.desk.put_in_force(with_resends(rulebook_with(Setup::default(), ACCRUAL)));
}

fn branch() -> Branch {
    let branch = super::keying::branch();
    in_force(&branch);
    branch
}

/// The accrual `n` as somebody types it from a form, which has a reference of its own.
fn typed(n: usize) -> KeyedRow {
    let text = accrual(n);
    let cells = Field::ALL.iter().copied().zip(text.trim_end().split(','));
    let mut row: KeyedRow = cells.map(|(field, text)| (field, text.to_owned())).collect();
    row.insert(Field::RequesterRef, "FAX-1".to_owned());
    row.retain(|_, text| !text.is_empty());
    row
}

/// Two people key a paper in.
fn keyed(branch: &Branch, receipt: ReceiptNo, rows: &[KeyedRow]) -> FileRecord {
    for (seen, by) in ["clerk001", "clerk002"].into_iter().enumerate() {
        let sheet = Some(KeyedSheet { received: Some(at(1, 9, 0)), rows: rows.to_vec() });
        let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: false };
        branch.desk.key_in(&person(branch, by), &read).unwrap();
    }
    branch.store.file(receipt).unwrap()
}

/// A file under way, and a paper that asks for its first row once more.
fn paper_after_file(branch: &Branch) -> (CaseId, FileRecord) {
    let first = branch.waiting("a.csv", 1..=2);
    let receipt = faxed(branch, "fax.tif", "PAPER 2");
    let paper = keyed(branch, receipt, &[typed(1)]);
    (first, paper)
}

pub(super) fn released(branch: &Branch, held: ReceiptNo) -> FileRecord {
    let Some(HoldEnd::Released(receipt)) = branch.desk.hold_end(held) else {
        panic!("{:?}", branch.desk.hold_end(held));
    };
    branch.store.file(receipt).unwrap()
}

fn told(branch: &Branch, file: &FileRecord) -> Vec<String> {
    let findings = branch.desk.findings_of(file).unwrap();
    findings.into_iter().map(|one| format!("{} {}", one.code, one.ja)).collect()
}

#[test]
fn a_fax_that_asks_for_what_came_by_file_is_held_whatever_its_number() {
    let branch = branch();
    let (first, paper) = paper_after_file(&branch);
    assert_eq!(paper.verdict, FileVerdict::Held { same_as: first.receipt });
    assert!(paper.flows.is_empty(), "no case is opened");
    let why = told(&branch, &paper);
    let sentence = format!(
        "E_DUP_WAY FAXで届いたこの請求（1件目）は、ファイルで届いた受付番号 {} の1件目と同じ内容です",
        first.receipt
    );
    assert!(why[0].starts_with(&sentence), "{why:?}");
    let told = branch.desk.incidents_for(&person(&branch, "check001"));
    let one = told.iter().find(|one| one.name == paper.receipt.to_string()).unwrap();
    assert!(
        one.why.contains("FAXで届いたこの請求") && one.what.contains("もう一度届きました"),
        "{one:?}"
    );
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let results = paths.iter().filter(|path| path.contains(&paper.receipt.to_string()));
    assert!(results.count() > 0, "it is answered: {paths:?}");
    let reply = format!("fax/001/{}_fax_reply.pdf", paper.receipt);
    let reply = lopdf::Document::load_mem(&branch.shelf.bytes(&reply)).unwrap();
    let reply = reply.extract_text(&[1]).unwrap();
    assert!(reply.contains("保留しています") && reply.contains("お手続きはありません"), "{reply}");
}

#[test]
fn a_fax_that_is_sent_again_with_another_number_is_held_and_so_after_a_restart() {
    for restart in [false, true] {
        let mut branch = branch();
        let first = faxed(&branch, "fax.tif", "PAPER 1");
        assert_eq!(keyed(&branch, first, &[typed(1)]).verdict, FileVerdict::Accepted);
        if restart {
            branch.restart();
            in_force(&branch);
        }
        let again = faxed(&branch, "fax.tif", "PAPER 1 scanned anew");
        let mut row = typed(1);
        row.insert(Field::RequesterRef, "FAX-2".to_owned());
        let again = keyed(&branch, again, &[row]);
        assert_eq!(again.verdict, FileVerdict::Held { same_as: first }, "{restart}");
        let why = told(&branch, &again);
        let sentence = format!("FAXで届いた受付番号 {first} の1件目と同じ内容です");
        assert!(why[0].starts_with("E_DUP_WAY") && why[0].contains(&sentence), "{why:?}");
        decided(&branch, &[(&again.receipt.to_string(), "受付")]);
        let taken = released(&branch, again.receipt);
        assert_eq!((taken.verdict, taken.accepted), (FileVerdict::Accepted, 1));
    }
}

#[test]
fn what_two_people_released_beside_a_paper_is_not_held_beside_it_again() {
    let branch = branch();
    let first = faxed(&branch, "fax.tif", "PAPER 1");
    keyed(&branch, first, &[typed(1)]);
    // The very same scan: meant, say two people, and it is keyed in.
    let again = faxed(&branch, "fax.tif", "PAPER 1");
    let held = branch.store.file(again).unwrap().verdict;
    assert_eq!(held, FileVerdict::Held { same_as: first });
    decided(&branch, &[(&again.to_string(), "受付")]);
    let taken = released(&branch, again);
    assert_eq!(taken.verdict, FileVerdict::Keying);
    let taken = keyed(&branch, taken.receipt, &[typed(1)]);
    assert_eq!((taken.verdict, taken.accepted), (FileVerdict::Accepted, 1));
    // The next one is a repeat all the same.
    let third = faxed(&branch, "fax.tif", "PAPER 1 once more");
    let third = keyed(&branch, third, &[typed(1)]);
    assert!(matches!(third.verdict, FileVerdict::Held { .. }), "{:?}", third.verdict);
}

#[test]
fn a_file_that_asks_for_what_came_by_fax_is_held_and_so_after_a_restart() {
    for restart in [false, true] {
        let mut branch = branch();
        let receipt = faxed(&branch, "fax.tif", "PAPER 1");
        assert_eq!(keyed(&branch, receipt, &[typed(1)]).verdict, FileVerdict::Accepted);
        if restart {
            branch.restart();
            in_force(&branch);
        }
        let file = branch.take_in("a.csv", &accruals(1..=3));
        assert_eq!(file.verdict, FileVerdict::Held { same_as: receipt }, "{restart}");
        let why = told(&branch, &file);
        assert_eq!(why.len(), 1, "one of three is the same: {why:?}");
        assert!(why[0].contains("ファイルで届いたこの請求（1件目）は、FAXで届いた"), "{why:?}");
        let all = branch.desk.incidents_for(&person(&branch, "check001"));
        let held = all.iter().find(|one| one.name == file.receipt.to_string()).unwrap();
        assert!(held.remedy.contains("ほかの請求も受け付けません"), "{}", held.remedy);
        let other = accruals(2..=3).replace(",1000,", ",2000,");
        assert_eq!(branch.take_in("b.csv", &other).verdict, FileVerdict::Accepted);
    }
}

#[test]
fn what_is_held_is_shown_beside_the_first_field_by_field_to_its_branch_alone() {
    let branch = branch();
    let (first, paper) = paper_after_file(&branch);
    let seen = branch.desk.hold_seen(&person(&branch, "check001"), paper.receipt).unwrap().unwrap();
    assert_eq!(
        (seen.first.medium, seen.held.medium, seen.held.scan.pages.len()),
        ("ファイル", "FAX", 2)
    );
    assert_eq!(seen.pairs.len(), 1);
    let pair = &seen.pairs[0];
    assert_eq!((pair.first.0, pair.held.0), ((first.receipt, 1), 1));
    assert_eq!(pair.first.1.requester_ref, "INV-000001");
    assert_eq!(pair.held.1.requester_ref, "FAX-1");
    assert_eq!(branch.desk.hold_seen(&person(&branch, "sato0001"), paper.receipt).unwrap(), None);
    assert_eq!(
        branch.desk.hold_seen(&person(&branch, "check001"), first.receipt).unwrap(),
        None,
        "what is not held is shown elsewhere"
    );
}

#[test]
fn two_people_release_a_held_fax_which_nobody_keys_in_again() {
    let branch = branch();
    let (_, paper) = paper_after_file(&branch);
    decided(&branch, &[(&paper.receipt.to_string(), "受付")]);
    let taken = released(&branch, paper.receipt);
    assert_eq!((taken.verdict, taken.accepted), (FileVerdict::Accepted, 1));
    assert!(branch.desk.papers(&person(&branch, "clerk003")).is_empty(), "it is keyed in");
    assert_eq!(branch.store.keying(taken.receipt).unwrap().received, Some(at(1, 9, 0)));
    // What is told of the whole file is no row that was refused.
    branch.desk.dispatch_all().unwrap();
    let result = branch.shelf.bytes(&format!("fax/001/{}_fax_result.csv", taken.receipt));
    let result = encoding_rs::SHIFT_JIS.decode(&result).0.into_owned();
    assert!(result.contains("警告,E_DUP_FILE"), "{result}");
    assert!(!result.contains("ほかの誤り"), "{result}");
    // Whoever keyed in what was held decides nothing about it under its new number.
    let id = CaseId { receipt: taken.receipt, n: 1, row: None };
    enter(&branch, id, "clerk003", &[("seal", "ok")]).unwrap();
    let case = branch.store.case(id).unwrap();
    let mut clerk = person(&branch, "clerk002");
    clerk.roles = vec!["checker".to_owned()];
    let vote = Wish::Vote(VoteKind::Approve, None);
    assert_eq!(branch.desk.could(&clerk, &case, &vote), Err(Refusal::OwnKeying));
}

#[test]
fn two_people_release_a_held_file_with_all_its_rows() {
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", "PAPER 1");
    let mut same_reference = typed(1);
    same_reference.insert(Field::RequesterRef, "INV-000001".to_owned());
    keyed(&branch, receipt, &[same_reference]);
    let file = branch.take_in("a.csv", &accruals(1..=3));
    assert_eq!(file.verdict, FileVerdict::Held { same_as: receipt }, "not refused as E_DUP_KEY");
    let seen = branch.desk.hold_seen(&person(&branch, "check001"), file.receipt).unwrap().unwrap();
    assert_eq!((seen.pairs.len(), seen.rows), (1, 3));
    decided(&branch, &[(&file.receipt.to_string(), "受付")]);
    let taken = released(&branch, file.receipt);
    assert_eq!((taken.verdict, taken.accepted), (FileVerdict::Accepted, 3));
}

#[test]
fn the_same_one_twice_is_closed_by_two_people_and_opens_nothing() {
    let branch = branch();
    let (_, paper) = paper_after_file(&branch);
    decided(&branch, &[(&paper.receipt.to_string(), "済")]);
    assert_eq!(branch.desk.hold_end(paper.receipt), Some(HoldEnd::Closed));
    let all = branch.desk.incidents_for(&person(&branch, "check001"));
    assert!(all.iter().all(|one| one.name != paper.receipt.to_string()));
    assert!(branch.store.file(paper.receipt).unwrap().flows.is_empty());
}

#[test]
fn what_was_given_back_or_is_long_done_may_come_by_the_other_way() {
    let branch = branch();
    let first = branch.waiting("a.csv", 1..=1);
    branch.vote(first, "sato0001", VoteKind::Reject);
    let receipt = faxed(&branch, "fax.tif", "PAPER 1");
    assert_eq!(keyed(&branch, receipt, &[typed(1)]).verdict, FileVerdict::Accepted);
    // One that is done is compared for a month.
    for (days, held) in [(31, true), (32, false)] {
        let branch = self::branch();
        let first = branch.waiting("a.csv", 1..=1);
        branch.complete(first);
        let mut typed = typed(1);
        branch.clock.forward(days * 24 * 3_600_000);
        typed.insert(Field::RecordDate, "2027-01-06".to_owned());
        let receipt = faxed(&branch, "fax.tif", "PAPER 1");
        let came = branch.desk.clock.now();
        for (seen, by) in ["clerk001", "clerk002"].into_iter().enumerate() {
            let sheet = Some(KeyedSheet { received: Some(came), rows: vec![typed.clone()] });
            let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: false };
            branch.desk.key_in(&person(&branch, by), &read).unwrap();
        }
        let verdict = branch.store.file(receipt).unwrap().verdict;
        assert_eq!(matches!(verdict, FileVerdict::Held { .. }), held, "{days} {verdict:?}");
    }
}

#[test]
fn another_amount_or_account_is_another_request() {
    for (field, other) in [
        (Field::Amount, "1001"),
        (Field::DueDate, "2027-04-01"),
        (Field::CounterpartyAccountNumber, "7654322"),
        (Field::CounterpartyUserNumber, "123456780"),
    ] {
        let branch = branch();
        branch.waiting("a.csv", 1..=1);
        let receipt = faxed(&branch, "fax.tif", "PAPER 1");
        let mut row = typed(1);
        row.insert(field, other.to_owned());
        assert_eq!(keyed(&branch, receipt, &[row]).verdict, FileVerdict::Accepted, "{field:?}");
    }
}

#[test]
fn an_assignment_that_is_under_way_is_held_by_the_other_way_and_not_refused_beside_itself() {
    let branch = branch();
    let row = super::branch::assignment(1);
    let text = HEADER.to_owned() + &row;
    let file = branch.take_in("a.csv", &text);
    assert_eq!(file.verdict, FileVerdict::Accepted, "{:?}", told(&branch, &file));
    let cells = Field::ALL.iter().copied().zip(row.trim_end().split(','));
    let mut typed: KeyedRow = cells.map(|(field, text)| (field, text.to_owned())).collect();
    typed.remove(&Field::RequesterRef);
    typed.retain(|_, text| !text.is_empty());
    let receipt = faxed(&branch, "fax.tif", "PAPER 1");
    let paper = keyed(&branch, receipt, &[typed]);
    assert_eq!(paper.verdict, FileVerdict::Held { same_as: file.receipt });
}

#[test]
fn a_release_of_a_held_fax_that_is_interrupted_anywhere_takes_it_in_once() {
    for step in [Step::JudgeReady, Step::Judged, Step::Disposed] {
        let mut branch = branch();
        let (_, paper) = paper_after_file(&branch);
        let case = ask(&branch, &[(&paper.receipt.to_string(), "受付")]).unwrap();
        branch.desk.dispatch_all().unwrap();
        approve(&branch, case, "check001").unwrap();
        assert_eq!(approve(&branch, case, "manage01"), Ok(Status::Completed));
        branch.stopped_at(step, 1, Desk::dispatch_all);
        branch.restart();
        in_force(&branch);
        branch.desk.dispatch_all().unwrap();
        let taken = released(&branch, paper.receipt);
        assert_eq!((taken.verdict, taken.accepted), (FileVerdict::Accepted, 1), "{step:?}");
        let faxes = branch.store.files(&|file| file.submitter.channel == "fax", usize::MAX);
        assert_eq!(faxes.len(), 2, "{step:?}");
    }
}

#[test]
fn a_hold_that_is_interrupted_is_made_again_and_answered_once() {
    for step in [Step::JudgeReady, Step::Judged] {
        let mut branch = branch();
        let first = branch.waiting("a.csv", 1..=1);
        let receipt = faxed(&branch, "fax.tif", "PAPER 1");
        let by = |branch: &Branch, seen: usize, id: &str| {
            let sheet = Some(KeyedSheet { received: Some(at(1, 9, 0)), rows: vec![typed(1)] });
            let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: false };
            (person(branch, id), read)
        };
        let (one, read) = by(&branch, 0, "clerk001");
        branch.desk.key_in(&one, &read).unwrap();
        let (other, read) = by(&branch, 1, "clerk002");
        branch.stopped_at(step, 1, |desk| desk.key_in(&other, &read));
        branch.restart();
        let held = branch.store.file(receipt).unwrap();
        assert_eq!(held.verdict, FileVerdict::Held { same_as: first.receipt }, "{step:?}");
        assert_eq!(told(&branch, &held).len(), 1, "{step:?}");
    }
}
