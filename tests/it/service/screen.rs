//! Virus scans: nothing of a file is read before the scanner has looked into it.

use std::io::Read;
use std::sync::{Arc, Mutex};

use kessai::domain::{ApprovalPattern, Code};
use kessai::ports::{FileVerdict, Screener, Screening, Step, Unscreened};
use kessai::render::daily::IncidentKind;
use kessai::service::Flaw;
use kessai::workflow::{Antivirus, Channel};

use super::branch::{Branch, Setup, accruals};
use super::rulebook::rulebook;
use crate::story::submitter;

/// A scanner that says what it is told to, and counts whom it looked into.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    pub(super) says: Mutex<Option<Result<Option<&'static str>, Unscreened>>>,
    pub(super) seen: Mutex<Vec<Vec<u8>>>,
    /// Told whenever it is asked: time passes, say.
    asked: Mutex<Option<Asked>>,
}

struct Asked(Box<dyn Fn() + Send>);

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asked")
    }
}

impl Screener for Scanner {
    fn screen(&self, bytes: &mut dyn Read, length: u64) -> Result<Screening, Unscreened> {
        let mut all = Vec::new();
        bytes.read_to_end(&mut all).unwrap();
        assert_eq!(all.len() as u64, length);
        self.seen.lock().unwrap().push(all);
        if let Some(Asked(asked)) = &*self.asked.lock().unwrap() {
            asked();
        }
        let found = self.says.lock().unwrap().clone().unwrap_or(Ok(None))?;
        Ok(Screening { by: "ClamAV 1.0.9/1".to_owned(), found: found.map(str::to_owned) })
    }
}

impl Branch {
    fn scanner_says(&self, what: Result<Option<&'static str>, Unscreened>) {
        *self.scanner.says.lock().unwrap() = Some(what);
    }
}

fn scanned() -> Branch {
    Branch::staffed(Setup { antivirus: "required", ..Setup::default() })
}

fn away() -> Result<Option<&'static str>, Unscreened> {
    Err(Unscreened::Away("clamd does not answer in time".to_owned()))
}

#[test]
fn a_clean_file_goes_on_once_its_very_bytes_were_looked_into() {
    let branch = scanned();
    let text = accruals(1..=2);
    assert_eq!(branch.take_in("a.csv", &text).verdict, FileVerdict::Accepted);
    assert_eq!(*branch.scanner.seen.lock().unwrap(), [text.into_bytes()]);
    // What is refused unread anyway need not be looked into.
    let cut = branch.arrival("b.csv", "cut", Some(Flaw::Incomplete));
    let receipt = branch.desk.receive(vec![cut]).unwrap()[0];
    branch.desk.judge(receipt).unwrap();
    assert_eq!(branch.scanner.seen.lock().unwrap().len(), 1);
}

#[test]
fn where_no_scan_is_demanded_nobody_is_asked() {
    let branch = Branch::staffed(Setup::default());
    branch.scanner_says(away());
    assert_eq!(branch.take_in("a.csv", &accruals(1..=2)).verdict, FileVerdict::Accepted);
    assert!(branch.scanner.seen.lock().unwrap().is_empty());
}

#[test]
fn what_the_scanner_finds_is_refused_unread() {
    let branch = scanned();
    branch.scanner_says(Ok(Some("Eicar-Signature")));
    // Were it read, something would go wrong.
    branch.goes_wrong_at(Step::JudgeHalf);
    let bad = branch.take_in("bad.csv", &accruals(1..=2));
    assert_eq!((bad.verdict, bad.flaw), (FileVerdict::Rejected, Some(Code::Virus)));
    assert_eq!(branch.owed(), ["result", "mail/rejected_file"]);
    branch.desk.dispatch_all().unwrap();
    let path = format!("customers/987654321/{}_bad_result.csv", bad.receipt);
    let result = String::from_utf8_lossy(&branch.shelf.bytes(&path)).into_owned();
    assert!(result.contains("E_AV") && result.contains("Eicar-Signature"), "{result}");
    // Clean again, the same content may come: the PC was mended, or the scanner was wrong.
    branch.scanner_says(Ok(None));
    let text = accruals(1..=2);
    branch.take_in("other.csv", &accruals(3..=3));
    assert_eq!(branch.take_in("good.csv", &text).verdict, FileVerdict::Accepted);
}

#[test]
fn a_scanner_that_is_away_lets_nothing_through_and_files_go_on_when_it_is_back() {
    let branch = scanned();
    branch.scanner_says(away());
    let one = branch.take_in("one.csv", &accruals(1..=1));
    let two = branch.take_in("two.csv", &accruals(2..=2));
    assert_eq!([one.verdict, two.verdict], [FileVerdict::Received; 2]);
    assert_eq!(branch.scanner.seen.lock().unwrap().len(), 1, "not asked about every file");
    assert!(branch.desk.unscreened().is_empty(), "it is left alone for a while");
    let told = branch.desk.status().antivirus.unwrap();
    assert!(told.contains("2件") && told.contains("does not answer in time"), "{told}");
    let daily = || {
        let pages = branch.desk.daily_reports(branch.desk.clock.now().date()).unwrap();
        let kinds = pages.iter().flat_map(|page| &page.incidents).map(|one| one.kind);
        kinds.filter(|kind| *kind == IncidentKind::Scanner).count()
    };
    assert!(daily() > 0, "the report of the day tells of it, too");
    let why = &branch.desk.why(&one.receipt.to_string(), None).unwrap()[0].text;
    assert!(why.contains("ウイルス検査を待っています"), "{why}");
    assert_eq!(branch.owed(), Vec::<String>::new(), "nobody is told that it was taken in");
    branch.clock.forward(5_001);
    let waiting = branch.desk.unscreened();
    assert_eq!(waiting, [one.receipt, two.receipt]);
    // Still away: they go on waiting.
    branch.desk.judge_all(&waiting).unwrap();
    assert!(branch.desk.status().antivirus.is_some());
    branch.clock.forward(5_001);
    branch.scanner_says(Ok(None));
    let judged = branch.desk.judge_all(&branch.desk.unscreened()).unwrap();
    assert_eq!(daily(), 0, "and not once it is back");
    let verdicts: Vec<FileVerdict> = judged.iter().map(|file| file.verdict).collect();
    assert_eq!(verdicts, [FileVerdict::Accepted; 2]);
    assert_eq!(branch.desk.status().antivirus, None);
    assert!(!branch.desk.any_waits_for_scanner());
}

#[test]
fn a_file_that_waits_for_the_scanner_does_so_after_a_restart_too() {
    let mut branch = scanned();
    branch.scanner_says(away());
    let file = branch.take_in("one.csv", &accruals(1..=1));
    branch.restart();
    let again = branch.desk.judge(file.receipt).unwrap().unwrap();
    assert_eq!(again.verdict, FileVerdict::Received);
    assert!(branch.desk.waits_for_scanner(file.receipt));
    branch.clock.forward(5_001);
    branch.scanner_says(Ok(None));
    let judged = branch.desk.judge(file.receipt).unwrap().unwrap();
    assert_eq!(judged.verdict, FileVerdict::Accepted);
}

#[test]
fn a_file_too_long_to_be_looked_into_is_refused_and_does_not_wait_for_ever() {
    let branch = scanned();
    branch.scanner_says(Err(Unscreened::TooLong));
    let long = branch.take_in("long.csv", &accruals(1..=2));
    assert_eq!((long.verdict, long.flaw), (FileVerdict::Rejected, Some(Code::Size)));
    assert_eq!(branch.desk.status().antivirus, None);
}

#[test]
fn a_scanner_that_hangs_keeps_nobody_waiting_who_needs_none_and_is_asked_ever_less() {
    let branch = scanned();
    branch.scanner_says(away());
    let mut rules = rulebook(Setup { antivirus: "required", ..Setup::default() });
    let own = rules.channels["customers"].clone();
    let own = Channel { name: "branches".to_owned(), antivirus: Antivirus::Off, ..own };
    rules.channels.insert(own.name.clone(), own);
    let mut desk = submitter(ApprovalPattern::None);
    (desk.channel, desk.folder) = ("branches".to_owned(), "001".to_owned());
    rules.submitters.push(desk);
    branch.desk.put_in_force(rules);
    // The branch's file needs no scan and came after the one that does.
    let mut other = branch.arrival("b.csv", &accruals(2..=2), None);
    "branches".clone_into(&mut other.channel);
    "001".clone_into(&mut other.submitter);
    let file = branch.arrival("a.csv", &accruals(1..=1), None);
    let receipts = branch.desk.receive(vec![file, other]).unwrap();
    let (desk, at) = (branch.store.clone(), receipts[1]);
    let clock = Arc::clone(&branch.clock);
    let asked = Asked(Box::new(move || {
        let verdict = desk.file(at).unwrap().verdict;
        assert_eq!(verdict, FileVerdict::Accepted, "the other was answered before it was asked");
        clock.forward(4_000);
    }));
    *branch.scanner.asked.lock().unwrap() = Some(asked);
    branch.desk.judge_all(&receipts).unwrap();
    let waits_for = |ms| {
        branch.clock.forward(ms);
        !branch.desk.unscreened().is_empty()
    };
    assert!(!waits_for(39_999), "ten times as long as it kept us");
    assert!(waits_for(1));
}

#[test]
fn what_is_tried_out_is_looked_into_as_if_it_were_meant() {
    let branch = scanned();
    branch.scanner_says(away());
    let mut trial = branch.arrival("t.csv", &accruals(1..=1), None);
    "test".clone_into(&mut trial.channel);
    let receipt = branch.desk.receive(vec![trial]).unwrap()[0];
    assert_eq!(branch.desk.judge(receipt).unwrap().unwrap().verdict, FileVerdict::Received);
    assert!(branch.desk.waits_for_scanner(receipt));
}
