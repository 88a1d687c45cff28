//! Files that stop whoever reads them: refused, and the next file goes on.

use std::collections::BTreeMap;
use std::sync::Mutex;

use kessai::domain::{Code, ReceiptNo};
use kessai::ports::{FileVerdict, Step, Strikes};

use super::branch::{Branch, HEADER, Setup, accrual, accruals};

/// Notes of readings that were begun, which outlive the desk.
#[derive(Debug, Default)]
pub(super) struct Notes(pub(super) Mutex<BTreeMap<ReceiptNo, u64>>);

impl Strikes for Notes {
    fn begin(&self, receipt: ReceiptNo) -> std::io::Result<u64> {
        let mut notes = self.0.lock().unwrap();
        let count = notes.entry(receipt).or_default();
        *count += 1;
        Ok(*count - 1)
    }

    fn end(&self, receipt: ReceiptNo) {
        self.0.lock().unwrap().remove(&receipt);
    }
}

#[test]
fn a_file_on_which_our_own_code_fails_is_refused_at_once_and_the_next_goes_on() {
    let branch = Branch::staffed(Setup::default());
    branch.goes_wrong_at(Step::JudgeHalf);
    let bad = branch.take_in("bad.csv", &accruals(1..=2));
    assert_eq!((bad.verdict, bad.flaw), (FileVerdict::Rejected, Some(Code::Poison)));
    assert_eq!(branch.owed(), ["result", "mail/rejected_file"]);
    assert!(branch.strikes.0.lock().unwrap().is_empty(), "nothing is left to count");
    let good = branch.take_in("good.csv", &accruals(3..=4));
    assert_eq!(good.verdict, FileVerdict::Accepted);
    // Sent again it is another file: the fault may be mended by then.
    let again = branch.take_in("again.csv", &accruals(1..=2));
    assert_eq!(again.verdict, FileVerdict::Accepted);
}

#[test]
fn of_files_judged_together_only_the_one_that_fails_is_refused() {
    let branch = Branch::staffed(Setup::default());
    let texts = [accruals(1..=1), accruals(2..=2), accruals(3..=3)];
    let arrivals =
        (0..).zip(&texts).map(|(n, text)| branch.arrival(&format!("{n}.csv"), text, None));
    let receipts = branch.desk.receive(arrivals.collect()).unwrap();
    branch.goes_wrong_at(Step::JudgeHalf);
    let judged = branch.desk.judge_all(&receipts).unwrap();
    let verdicts: Vec<FileVerdict> = judged.iter().map(|file| file.verdict).collect();
    let good = FileVerdict::Accepted;
    assert_eq!(verdicts, [FileVerdict::Rejected, good, good]);
}

#[test]
fn a_file_that_ends_the_program_three_times_is_not_read_a_fourth_time() {
    let mut branch = Branch::staffed(Setup::default());
    let receipt = branch.receive("bad.csv", &accruals(1..=2));
    for _ in 0..3 {
        assert_eq!(branch.store.file(receipt).unwrap().verdict, FileVerdict::Received);
        branch.stopped_at(Step::JudgeHalf, 1, |desk| desk.judge(receipt));
        branch.restart();
    }
    // Were it read, the program would end again.
    branch.goes_wrong_at(Step::JudgeHalf);
    let bad = branch.desk.judge(receipt).unwrap().unwrap();
    assert_eq!((bad.verdict, bad.flaw), (FileVerdict::Rejected, Some(Code::Poison)));
    branch.desk.dispatch_all().unwrap();
    let result = branch.shelf.bytes(&format!("customers/987654321/{receipt}_bad_result.csv"));
    assert!(String::from_utf8_lossy(&result).contains("E_POISON"));
    assert!(branch.strikes.0.lock().unwrap().is_empty(), "nothing is left to count");
}

#[test]
fn a_file_that_was_in_hand_when_the_program_ended_twice_is_read_the_third_time() {
    let mut branch = Branch::staffed(Setup::default());
    let receipt = branch.receive("good.csv", &(HEADER.to_owned() + &accrual(1)));
    for _ in 0..2 {
        branch.stopped_at(Step::JudgeHalf, 1, |desk| desk.judge(receipt));
        branch.restart();
    }
    assert_eq!(branch.desk.judge(receipt).unwrap().unwrap().verdict, FileVerdict::Accepted);
    assert!(branch.strikes.0.lock().unwrap().is_empty());
}
