//! A repeated file is held until two people say what it is, and is then taken in once.

use kessai::domain::{CaseId, HoldEnd, ReceiptNo};
use kessai::ports::{FileRecord, FileVerdict, Step, Unscreened};
use kessai::service::{Desk, Wish};
use kessai::workflow::{Status, VoteKind};

use super::branch::{ACCRUAL, Branch, Setup, accruals, rulebook_with};
use super::resends::{approve, ask, decided, with_resends};

fn branch() -> Branch {
    let branch = Branch::staffed(Setup::default());
    in_force(&branch);
    branch
}

fn in_force(branch: &Branch) {
    branch.desk.put_in_force(with_resends(rulebook_with(Setup::default(), ACCRUAL)));
}

/// A file that waits for its approval, and the same content again.
fn repeated(branch: &Branch) -> (CaseId, ReceiptNo) {
    let first = branch.waiting("a.csv", 1..=2);
    let again = branch.take_in("again.csv", &accruals(1..=2));
    assert_eq!(again.verdict, FileVerdict::Held { same_as: first.receipt });
    (first, again.receipt)
}

/// The file that came of a hold.
fn released(branch: &Branch, held: ReceiptNo) -> FileRecord {
    let Some(HoldEnd::Released(receipt)) = branch.desk.hold_end(held) else {
        panic!("{:?}", branch.desk.hold_end(held));
    };
    branch.store.file(receipt).unwrap()
}

fn files(branch: &Branch) -> usize {
    branch.store.files(&|file| file.submitter.channel == "customers", usize::MAX).len()
}

#[test]
fn a_held_file_is_taken_in_once_when_two_people_say_that_it_is_no_repeat() {
    let branch = branch();
    let (_, held) = repeated(&branch);
    let name = held.to_string();
    let case = ask(&branch, &[(&name, "受付")]).unwrap();
    let shown = branch.desk.proposal(&branch.store.case(case).unwrap()).unwrap().unwrap();
    assert!(shown.new.contains("扱い: 受付（別の請求として受け付ける）"), "{}", shown.new);
    assert!(shown.old.contains("同じファイルがもう一度届きました"), "{}", shown.old);
    assert!(shown.proposal.proof[0].contains("もう一度行われます"), "{:?}", shown.proposal.proof);
    approve(&branch, case, "check001").unwrap();
    assert!(approve(&branch, case, "check001").is_err(), "nobody decides alone");
    branch.desk.dispatch_all().unwrap();
    assert_eq!((branch.desk.hold_end(held), files(&branch)), (None, 2), "not by one");
    assert_eq!(approve(&branch, case, "manage01"), Ok(Status::Completed));
    branch.desk.dispatch_all().unwrap();
    branch.desk.dispatch_all().unwrap();
    let taken = released(&branch, held);
    assert_eq!(
        (taken.verdict, taken.accepted),
        (FileVerdict::Accepted, 2),
        "its rows are no repeat"
    );
    assert_eq!(files(&branch), 3, "and once");
    let said = branch.desk.findings_of(&taken).unwrap();
    assert!(said[0].ja.contains(&name) && said[0].ja.contains(&case.to_string()), "{said:?}");
    let still = branch.store.file(held).unwrap().verdict;
    assert!(matches!(still, FileVerdict::Held { .. }), "what was told of the held one stays true");
    let again = ask(&branch, &[(&name, "受付")]).unwrap_err();
    assert!(again[0].contains("止まっているものはありません"), "{again:?}");
}

#[test]
fn the_same_content_once_more_is_held_again_and_may_be_released_again() {
    let branch = branch();
    let (_, held) = repeated(&branch);
    decided(&branch, &[(&held.to_string(), "受付")]);
    let same_as = released(&branch, held).receipt;
    let third = branch.take_in("third.csv", &accruals(1..=2));
    assert_eq!(third.verdict, FileVerdict::Held { same_as });
    decided(&branch, &[(&third.receipt.to_string(), "受付")]);
    assert_eq!(released(&branch, third.receipt).accepted, 2);
}

#[test]
fn a_row_of_another_file_is_still_a_repeat_in_one_that_was_released() {
    let branch = branch();
    let first = branch.waiting("a.csv", 1..=2);
    for by in ["sato0001", "check001"] {
        branch.vote(first, by, VoteKind::Approve);
    }
    // One row goes back and comes again in another file.
    let back = Wish::Vote(VoteKind::Return, None);
    branch.wish(first, "manage01", back, &[2]).unwrap();
    branch.waiting("c.csv", 2..=2);
    let again = branch.take_in("again.csv", &accruals(1..=2));
    assert_eq!(again.verdict, FileVerdict::Held { same_as: first.receipt });
    decided(&branch, &[(&again.receipt.to_string(), "受付")]);
    let taken = released(&branch, again.receipt);
    assert_eq!((taken.verdict, taken.rejected), (FileVerdict::Rejected, 1));
    let found = branch.desk.findings_of(&taken).unwrap();
    let wrong: Vec<_> = found.iter().filter(|one| one.record > 0).collect();
    let told = wrong.iter().map(|one| (one.record, one.code.as_str()));
    assert_eq!(told.collect::<Vec<_>>(), [(2, "E_DUP_KEY")], "the first row is a meant repeat");
}

#[test]
fn a_repeat_that_is_one_is_closed_by_two_people_and_no_longer_listed() {
    let branch = branch();
    let (_, held) = repeated(&branch);
    let clerk = branch.store.user(&kessai::domain::UserId::parse("check001").unwrap()).unwrap();
    let listed = || {
        let all = branch.desk.incidents_for(&clerk.person);
        all.iter().filter(|one| one.name == held.to_string()).count()
    };
    assert_eq!(listed(), 1);
    let wrong = ask(&branch, &[(&held.to_string(), "再送")]).unwrap_err();
    assert!(wrong[0].contains("受付か済です"), "{wrong:?}");
    decided(&branch, &[(&held.to_string(), "済")]);
    assert_eq!((branch.desk.hold_end(held), files(&branch)), (Some(HoldEnd::Closed), 2));
    assert_eq!(listed(), 0);
    let other = branch.take_in("later.csv", &accruals(1..=2)).receipt;
    branch.clock.forward(15 * 24 * 3_600_000);
    assert!(
        branch.desk.incidents_for(&clerk.person).iter().all(|one| one.name != other.to_string())
    );
    decided(&branch, &[(&other.to_string(), "受付")]);
    assert_eq!(files(&branch), 4, "by its number it can still be released");
}

#[test]
fn a_release_that_is_interrupted_anywhere_takes_the_file_in_once() {
    for step in [Step::JudgeReady, Step::Judged, Step::Disposed] {
        let mut branch = branch();
        let (_, held) = repeated(&branch);
        let case = ask(&branch, &[(&held.to_string(), "受付")]).unwrap();
        branch.desk.dispatch_all().unwrap();
        approve(&branch, case, "check001").unwrap();
        approve(&branch, case, "manage01").unwrap();
        branch.stopped_at(step, 1, Desk::dispatch_all);
        branch.restart();
        in_force(&branch);
        let waiting = |file: &FileRecord| file.verdict == FileVerdict::Received;
        let unjudged = branch.store.files(&waiting, usize::MAX);
        let receipts: Vec<ReceiptNo> = unjudged.iter().map(|file| file.receipt).collect();
        branch.desk.judge_all(&receipts).unwrap();
        branch.desk.dispatch_all().unwrap();
        let taken = released(&branch, held);
        assert_eq!((taken.verdict, taken.accepted), (FileVerdict::Accepted, 2), "{step:?}");
        assert_eq!(files(&branch), 3, "{step:?}");
    }
}

#[test]
fn a_file_that_is_released_waits_for_the_virus_scanner_like_any() {
    let setup = Setup { antivirus: "required", ..Setup::default() };
    let branch = Branch::staffed(setup);
    branch.desk.put_in_force(with_resends(rulebook_with(setup, ACCRUAL)));
    let (_, held) = repeated(&branch);
    let away = Unscreened::Away("clamd hung up without an answer".to_owned());
    *branch.scanner.says.lock().unwrap() = Some(Err(away));
    decided(&branch, &[(&held.to_string(), "受付")]);
    let waiting = released(&branch, held);
    assert_eq!((waiting.verdict, waiting.disposed), (FileVerdict::Received, false));
    assert!(branch.desk.waits_for_scanner(waiting.receipt));
    *branch.scanner.says.lock().unwrap() = Some(Ok(None));
    branch.clock.forward(6_000);
    assert_eq!(branch.desk.unscreened(), [waiting.receipt]);
    branch.desk.judge_sent(waiting.receipt).unwrap();
    assert_eq!(released(&branch, held).accepted, 2);
}
