//! Scanned papers for tests that are not about pictures: `PAPER` and the number of its pages; and
//! what the stores keep of them.

use std::fs;
use std::process::Command;

use kessai::domain::{
    ApprovalPattern, BranchCode, CaseId, Digest, HoldEnd, HoldEnded, KeyingStage, PaperChoice,
    PaperDecision, ReceiptNo, Scan, ScanFlaw, ScanPage, Seen, TaskNumber, Timestamp,
};
use kessai::ports::{
    Entry, FileVerdict, KeyingMove, ObligationMet, PaperReading, PrintedTask, Reading, Scans,
    Sidecar, Store, TaskEnd, WorklistMove,
};
use kessai::store::Memory;

use crate::store::open;
use crate::story::{Teller, at, user};

/// Takes bytes that begin with `PAPER n` for a scan of n pages, and `JBIG2` and
/// `LAYERS` for some that cannot be shown.
#[derive(Debug)]
pub(crate) struct Papers;

impl Scans for Papers {
    fn read(&self, bytes: &[u8]) -> Result<Scan, ScanFlaw> {
        let text = String::from_utf8_lossy(bytes);
        if text.starts_with("JBIG2") {
            return Err(ScanFlaw::Packing("JBIG2".into()));
        }
        if text.starts_with("LAYERS") {
            return Err(ScanFlaw::Drawn("text".into()));
        }
        if text.starts_with("TORN") {
            return Err(ScanFlaw::Damaged("torn".into()));
        }
        let pages = text.strip_prefix("PAPER ").ok_or(ScanFlaw::Unknown)?;
        let count = pages.split_whitespace().next().and_then(|word| word.parse().ok());
        let page = ScanPage { width: 1728, height: 2292, rows_read: 2292, ..ScanPage::default() };
        let mut scan = Scan { pages: vec![page; count.unwrap_or(1)] };
        // What follows `QR` is what the code of the last page says, and `QR2` that of the second.
        let words: Vec<&str> = pages.split_whitespace().collect();
        // `HIDDEN2` says that the second page cannot be shown.
        for number in words.iter().filter_map(|word| word.strip_prefix("HIDDEN")) {
            let seen = Seen::Hidden(ScanFlaw::Packing("<JBIG2>".into()));
            let at: usize = number.parse().unwrap();
            scan.pages[at - 1] = ScanPage { seen, ..ScanPage::default() };
        }
        // `DAMAGED2` says that eleven rows of the second page were not read.
        for number in words.iter().filter_map(|word| word.strip_prefix("DAMAGED")) {
            let at: usize = number.parse().unwrap();
            scan.pages[at - 1].damaged = vec![(10, 20)];
        }
        for pair in words.windows(2) {
            let Some(page) = pair[0].strip_prefix("QR") else { continue };
            let at = page.parse().unwrap_or(scan.pages.len()).saturating_sub(1);
            scan.pages[at].marks.push(pair[1].to_owned());
        }
        Ok(scan)
    }

    fn page(&self, bytes: &[u8], number: u32, width: u32) -> Result<Vec<u8>, ScanFlaw> {
        let pages = self.read(bytes)?.pages.len();
        if !(1..=pages).contains(&(number as usize)) {
            return Err(ScanFlaw::Damaged("there is no such page".into()));
        }
        Ok(format!("PNG of page {number}, {width} wide").into_bytes())
    }
}

/// A file of keyed values that waited for its picture, and what came of the two.
fn brought_together(teller: &Teller<'_>, receipt: ReceiptNo) {
    let store = teller.store;
    let file = teller.receive("fax.csv", ApprovalPattern::None);
    let sidecar = Sidecar { file, sheet: Digest::of(b"keyed elsewhere") };
    teller.commit(Entry::Keying(Box::new(KeyingMove::Beside(sidecar))));
    let waits = store.file(file).unwrap();
    assert_eq!((waits.verdict, waits.paper), (FileVerdict::Keying, None), "it is no paper");
    for moved in [
        KeyingMove::Paired { receipt, sidecar },
        KeyingMove::Closed { receipt: file, to: Some(receipt) },
        KeyingMove::Shown { receipt, to: user("clerk003") },
    ] {
        let before = store.digest();
        teller.commit(Entry::Keying(Box::new(moved)));
        assert_ne!(store.digest(), before);
    }
    assert_eq!(store.file(file).unwrap().verdict, FileVerdict::Joined { to: receipt });
    let kept = store.keying(receipt).unwrap();
    assert_eq!((kept.sidecar, kept.shown_to.len()), (Some(sidecar), 1));
}

#[test]
fn papers_and_who_read_them_outlast_a_stop_and_stand_in_the_digest() {
    let var = tempfile::tempdir().unwrap();
    let (store, memory) = (open(var.path()).0, Memory::new());
    let reading = |by: &str| Reading {
        by: crate::story::user(by),
        at: at(1, 10, 0),
        sheet: Some(Digest::of(by.as_bytes())),
        remark: String::new(),
    };
    let mut digests = Vec::new();
    for store in [&store as &dyn Store, &memory] {
        let teller = Teller::new(store);
        let receipt = teller.receive("fax.tif", ApprovalPattern::None);
        let before = store.digest();
        teller.commit(Entry::Keying(Box::new(KeyingMove::Opened {
            receipt,
            scan: Scan { pages: vec![ScanPage::default(); 2] },
            flaw: None,
            forms: Vec::new(),
            false_marks: 0,
        })));
        assert_eq!(store.file(receipt).unwrap().verdict, FileVerdict::Keying);
        assert_ne!(store.digest(), before);
        for (by, then) in [("clerk001", KeyingStage::Second), ("clerk002", KeyingStage::First)] {
            let (reader, at) = (Some(user(by)), Timestamp::from_ms(60_000));
            let timed = KeyingMove::Timed { receipt, by: reader, at };
            teller.commit(Entry::Keying(Box::new(timed)));
            let (reading, settled) = (reading(by), None);
            let moved = KeyingMove::Read { receipt, reading, then, settled };
            teller.commit(Entry::Keying(Box::new(moved)));
        }
        brought_together(&teller, receipt);
        let kept = store.keying(receipt).unwrap();
        assert_eq!((kept.readings.len(), kept.aside.len()), (0, 2), "apart: all begins anew");
        assert!(kept.times.is_empty(), "and when it came, too");
        assert_eq!(store.file(receipt).unwrap().paper.unwrap().readers.len(), 2);
        let before = store.digest();
        let case = CaseId { receipt, n: 1, row: None };
        let (id, by, at) = ("original".to_owned(), user("clerk001"), at(5, 10, 0));
        let met = ObligationMet { case, id, by, at, note: "郵送".to_owned() };
        teller.commit(Entry::Met(Box::new(met.clone())));
        let later = ObligationMet { note: "持参".to_owned(), ..met.clone() };
        teller.commit(Entry::Met(Box::new(later)));
        assert_eq!(store.obligation_met(case, "original"), Some(met), "it is done once");
        assert_ne!(store.digest(), before);
        let ended = HoldEnded { held: receipt, end: HoldEnd::Closed, case };
        teller.commit(Entry::Hold(ended));
        assert_eq!(store.hold_ended(receipt), Some(ended));
        digests.push(store.digest());
    }
    assert_eq!(digests[0], digests[1], "both stores keep the same");
    let papers = store.keyings(&|_| true);
    store.checkpoint().unwrap();
    drop(store);
    for drop_checkpoint in [false, true] {
        if drop_checkpoint {
            fs::remove_dir_all(var.path().join("sled")).unwrap();
        }
        let (store, _) = open(var.path());
        assert_eq!(store.keyings(&|_| true), papers);
        assert_eq!(store.digest(), digests[0]);
        let file = store.file(papers[1].receipt).unwrap();
        assert!(papers[1].is_sidecar() && file.paper.is_none(), "a file beside it is no paper");
        let file = store.file(papers[0].receipt).unwrap();
        assert_eq!(file.paper.unwrap().readers.len(), 2, "cases learn who read it");
        let case = CaseId { receipt: papers[0].receipt, n: 1, row: None };
        assert!(store.obligation_met(case, "original").is_some());
        assert!(store.hold_ended(papers[0].receipt).is_some());
    }
}

/// A task that was printed, a scan of it, what an officer read there, and what came of it.
fn decided_on_paper(teller: &Teller<'_>, case: CaseId, receipt: ReceiptNo) -> TaskNumber {
    let number = TaskNumber::new(7);
    let content = Digest::of(b"content");
    let (task_version, step, seat, round) = (2, 1, 0, 0);
    let task =
        PrintedTask { number, sheet: 1, place: 0, case, task_version, step, seat, round, content };
    let desk = BranchCode::parse("001").unwrap();
    let said = PaperDecision {
        choice: PaperChoice::Approve,
        by: Some(user("check001")),
        at: Some(at(1, 10, 0)),
        reason: String::new(),
    };
    let reading = || PaperReading {
        by: user("clerk001"),
        at: at(1, 11, 0),
        said: said.clone(),
        stands: None,
    };
    let by = || user("clerk002");
    let why = "印がかすれている".to_owned();
    for moved in [
        WorklistMove::Printed { desk, by: None, tasks: vec![task] },
        WorklistMove::Came {
            receipt,
            scan: Scan { pages: vec![ScanPage::default()] },
            flaw: None,
            tasks: vec![(1, number)],
            false_marks: 1,
            forms: 0,
        },
        WorklistMove::Read { receipt, number, reading: reading() },
        WorklistMove::SentBack { receipt, number, by: by(), why },
        WorklistMove::Read { receipt, number, reading: reading() },
        WorklistMove::Ended { receipt, number, by: Some(by()), end: TaskEnd::Decided },
        // What has ended is not read again.
        WorklistMove::Ended { receipt, number, by: Some(by()), end: TaskEnd::Open },
    ] {
        teller.commit(Entry::Worklist(Box::new(moved)));
    }
    number
}

#[test]
fn printed_tasks_and_what_came_back_outlast_a_stop_and_stand_in_the_digest() {
    let var = tempfile::tempdir().unwrap();
    let (store, memory) = (open(var.path()).0, Memory::new());
    let mut kept = Vec::new();
    for store in [&store as &dyn Store, &memory] {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        let case = teller.open_batch("a.csv", ApprovalPattern::Single);
        teller.vote(case, "sato0001", kessai::workflow::VoteKind::Approve);
        let receipt = teller.receive("sheet.tif", ApprovalPattern::None);
        // It waited among the papers until somebody saw what it is.
        let (scan, forms) = (Scan::default(), Vec::new());
        let opened = KeyingMove::Opened { receipt, scan, flaw: None, forms, false_marks: 0 };
        teller.commit(Entry::Keying(Box::new(opened)));
        let before = store.digest();
        let number = decided_on_paper(&teller, case, receipt);
        assert_ne!(store.digest(), before);
        assert!(store.keying(receipt).is_none() && store.printed(number).is_some());
        let file = store.file(receipt).unwrap();
        assert_eq!((file.verdict, file.paper), (FileVerdict::Keying, None));
        let sheet = store.sheet(receipt).unwrap();
        assert!(!sheet.waits() && sheet.tasks[0].sent_back.len() == 1, "{sheet:?}");
        let votes = store.paper_votes(case);
        assert_eq!((votes.len(), &votes[0].confirmed_by), (1, &user("clerk002")));
        kept.push((store.digest(), case, receipt, votes));
    }
    assert_eq!(kept[0].0, kept[1].0, "both stores keep the same");
    store.checkpoint().unwrap();
    drop(store);
    for drop_checkpoint in [false, true] {
        if drop_checkpoint {
            fs::remove_dir_all(var.path().join("sled")).unwrap();
        }
        let (store, _) = open(var.path());
        let (digest, case, receipt, votes) = &kept[0];
        assert_eq!(store.digest(), *digest, "checkpoint dropped: {drop_checkpoint}");
        assert_eq!(store.paper_votes(*case), *votes);
        assert!(store.keying(*receipt).is_none(), "no paper to be keyed in comes back");
    }
}

#[test]
fn check_says_how_many_people_a_paper_takes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let kessai = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).arg(&root).output();
        String::from_utf8(done.unwrap().stdout).unwrap()
    };
    kessai(&["init"]);
    let told = kessai(&["check", "--root"]);
    let line = told.lines().find(|line| line.starts_with("fax.yaml: ")).unwrap();
    assert!(line.contains("承認に2人") && line.contains("少なくとも4人"), "{line}");
}
