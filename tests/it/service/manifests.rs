//! Manifests: what is said beside a file is held against it, its rows, and the files before it.

use kessai::domain::{ApprovalPattern, Digest, Mismatch, Sequence, Turn};
use kessai::formats::read_findings;
use kessai::ports::{Entry, FileRecord, FileVerdict, Misstated, Stated, Step, Store};
use kessai::service::{Arrival, Beside};
use kessai::workflow::Unit;

use super::branch::{Branch, Setup, accruals, mistaken};
use crate::store::open;
use crate::story::Teller;

fn saying(branch: &Branch, name: &str, text: &str, manifest: &str) -> Arrival {
    let beside = Beside { manifest: Some(manifest.as_bytes().to_vec()), sha256: None };
    Arrival { beside, ..branch.arrival(name, text, None) }
}

fn numbered(branch: &Branch, name: &str, text: &str, seq: u64) -> Arrival {
    saying(branch, name, text, &format!("{{\"bytes\":{},\"seq\":{seq}}}", text.len()))
}

fn take_in(branch: &Branch, arrival: Arrival) -> FileRecord {
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    branch.desk.judge(receipt).unwrap().unwrap()
}

/// What was found in a file: severity, code and English words.
fn found(branch: &Branch, file: &FileRecord) -> Vec<String> {
    let Some(digest) = file.findings else { return Vec::new() };
    let kept = branch.desk.blobs.open(digest).unwrap().read_all().unwrap();
    let findings = read_findings(&kept).unwrap().into_iter();
    findings.map(|one| format!("{} {} {}", one.severity.name(), one.code, one.en)).collect()
}

#[test]
fn n84_seq_gap() {
    let branch = Branch::staffed(Setup::default());
    let file = take_in(&branch, numbered(&branch, "a.csv", &accruals(1..=2), 7));
    assert_eq!((file.verdict, file.findings), (FileVerdict::Accepted, None), "the first is any");
    let file = take_in(&branch, numbered(&branch, "b.csv", &accruals(3..=4), 10));
    assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 2));
    let warned = ["warning E_SEQ previous file missing (8～9); this one (10) was taken in"];
    assert_eq!(found(&branch, &file), warned);
    let late = take_in(&branch, numbered(&branch, "c.csv", &accruals(5..=6), 9));
    assert_eq!((late.verdict, late.findings), (FileVerdict::Accepted, None), "it fills the gap");
    let next = take_in(&branch, numbered(&branch, "d.csv", &accruals(7..=8), 11));
    assert_eq!((next.verdict, next.findings), (FileVerdict::Accepted, None));
}

#[test]
fn n85_seq_repeat() {
    let branch = Branch::staffed(Setup::default());
    let first = take_in(&branch, numbered(&branch, "a.csv", &accruals(1..=2), 7));
    let other = take_in(&branch, numbered(&branch, "b.csv", &accruals(3..=4), 7));
    assert_eq!((other.verdict, other.accepted), (FileVerdict::Rejected, 0));
    assert!(found(&branch, &other)[0].starts_with("error E_SEQ number 7 was taken"));
    assert!(branch.owed().contains(&"mail/rejected_file".to_owned()));
    let same = take_in(&branch, numbered(&branch, "c.csv", &accruals(1..=2), 7));
    assert_eq!(same.verdict, FileVerdict::Held { same_as: first.receipt });
    let new = take_in(&branch, numbered(&branch, "d.csv", &accruals(3..=4), 8));
    assert_eq!((new.verdict, new.findings), (FileVerdict::Accepted, None));
}

#[test]
fn a_file_that_was_given_back_comes_again_mended_under_its_number() {
    let branch = Branch::staffed(Setup::default());
    let wrong = accruals(1..=2) + &mistaken(3);
    let back = take_in(&branch, numbered(&branch, "a.csv", &wrong, 7));
    assert_eq!(back.verdict, FileVerdict::Rejected);
    let mended = take_in(&branch, numbered(&branch, "a.csv", &accruals(1..=3), 7));
    assert_eq!((mended.verdict, mended.findings), (FileVerdict::Accepted, None));
}

#[test]
fn files_that_come_together_know_of_each_others_numbers() {
    let branch = Branch::staffed(Setup::default());
    let arrivals = vec![
        numbered(&branch, "a.csv", &accruals(1..=1), 1),
        numbered(&branch, "b.csv", &accruals(2..=2), 1),
        numbered(&branch, "c.csv", &accruals(3..=3), 2),
    ];
    let receipts = branch.desk.receive(arrivals).unwrap();
    let files = branch.desk.judge_all(&receipts).unwrap();
    let verdicts: Vec<_> = files.iter().map(|file| file.verdict).collect();
    let [taken, back] = [FileVerdict::Accepted, FileVerdict::Rejected];
    assert_eq!(verdicts, [taken, back, taken]);
    assert_eq!(files[2].findings, None);
}

#[test]
fn what_a_manifest_says_outlives_a_stop_between_receipt_and_verdict() {
    for step in [Step::JudgeHalf, Step::JudgeReady, Step::Judged] {
        let mut branch = Branch::staffed(Setup::default());
        let arrival = numbered(&branch, "a.csv", &accruals(1..=2), 7);
        let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
        branch.stopped_at(step, 1, |desk| desk.judge(receipt).unwrap());
        branch.restart();
        let file = branch.desk.judge_all(&[receipt]).unwrap().remove(0);
        assert_eq!(file.verdict, FileVerdict::Accepted, "{}", step.name());
        let other = take_in(&branch, numbered(&branch, "b.csv", &accruals(3..=4), 7));
        assert_eq!(other.verdict, FileVerdict::Rejected, "{}", step.name());
    }
}

#[test]
fn what_does_not_fit_a_manifest_outlives_a_stop_between_receipt_and_verdict() {
    let mut branch = Branch::staffed(Setup::default());
    let arrival = saying(&branch, "a.csv", &accruals(1..=2), "{\"byte\":3}");
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    branch.restart();
    let file = branch.desk.judge_all(&[receipt]).unwrap().remove(0);
    let found = found(&branch, &file);
    assert!(found[0].contains("nobody knows `byte`"), "{found:?}");
    assert!(found[1].contains("neither `bytes` nor `sha256`"), "{found:?}");
}

#[test]
fn a_file_is_refused_whose_rows_are_not_what_its_manifest_says() {
    let branch = Branch::staffed(Setup::default());
    let text = accruals(1..=3);
    let say = |what: &str| format!("{{\"bytes\":{},{what}}}", text.len());
    for (what, words) in [
        ("\"records\":4", "error E_TOTAL the manifest: the count says 4, there are 3"),
        ("\"amount_total\":2999", "error E_TOTAL the manifest: the total says 2,999 yen"),
    ] {
        let file = take_in(&branch, saying(&branch, "a.csv", &text, &say(what)));
        assert_eq!((file.verdict, file.accepted), (FileVerdict::Rejected, 0), "{what}");
        let found = found(&branch, &file);
        assert!(found.len() == 1 && found[0].starts_with(words), "{found:?}");
    }
    let right = say("\"records\":3,\"amount_total\":3000");
    let file = take_in(&branch, saying(&branch, "a.csv", &text, &right));
    assert_eq!((file.verdict, file.findings), (FileVerdict::Accepted, None));
}

#[test]
fn a_file_is_refused_unread_that_is_not_the_one_its_manifest_speaks_of() {
    let branch = Branch::staffed(Setup::default());
    let text = accruals(1..=3);
    let (length, digest) = (text.len(), Digest::of(text.as_bytes()));
    let other = Digest::of(b"other");
    for (wrong, words) in [
        (format!("{{\"sha256\":\"{other}\"}}"), vec!["the SHA-256 is another"]),
        (
            format!("{{\"bytes\":{},\"sha256\":\"{digest}\"}}", length + 1),
            vec!["bytes were said, there are"],
        ),
        (
            format!("{{\"file\":\"b.csv\",\"bytes\":{length},\"submitter\":\"9XY8WV7UT\"}}"),
            vec!["the manifest speaks of the file b.csv", "the submitter 9XY8WV7UT"],
        ),
        ("{\"records\":3}".to_owned(), vec!["neither `bytes` nor `sha256`"]),
        (
            format!("{{\"Records\":99,\"total\":1,\"bytes\":{length}}}"),
            vec!["nobody knows `Records`", "nobody knows `total`"],
        ),
        (String::new(), vec!["the manifest is no JSON object"]),
    ] {
        let file = take_in(&branch, saying(&branch, "a.csv", &text, &wrong));
        assert_eq!((file.verdict, file.records), (FileVerdict::Rejected, 0), "{wrong}");
        let found = found(&branch, &file);
        assert_eq!(found.len(), words.len(), "{found:?}");
        for (found, words) in found.iter().zip(words) {
            assert!(found.starts_with("error E_MANIFEST") && found.contains(words), "{found}");
        }
    }
    let checked = |sum: Digest| {
        let beside = Beside { sha256: Some(format!("{sum}  a.csv\n").into()), manifest: None };
        take_in(&branch, Arrival { beside, ..branch.arrival("a.csv", &text, None) }).verdict
    };
    assert_eq!(checked(other), FileVerdict::Rejected);
    assert_eq!(checked(digest), FileVerdict::Accepted, "what was refused holds nobody up");
}

#[test]
fn numbers_of_files_outlive_a_restart_from_the_checkpoint_and_from_the_journal_alone() {
    let var = tempfile::tempdir().unwrap();
    let before = {
        let (store, _) = open(var.path());
        let teller = Teller::new(&store);
        for (name, seq) in [("a.csv", 7), ("b.csv", 8)] {
            let receipt = teller.receive(name, ApprovalPattern::Single);
            let unsaid = store.digest();
            let stated = Stated { receipt, seq: Some(seq), records: None, amount_total: None };
            teller.commit(Entry::Stated(Box::new(stated)));
            assert_ne!(store.digest(), unsaid, "it is part of the state");
            assert_eq!(store.stated(receipt), Some(stated));
            if seq == 7 {
                teller.check(receipt, Unit::File, 3);
                assert_eq!(store.stated(receipt), None, "what is judged is done with");
            }
        }
        let (receipt, what) = (teller.receive("c.csv", ApprovalPattern::Single), misfits());
        let unsaid = store.digest();
        teller.commit(Entry::Misstated(Box::new(Misstated { receipt, what })));
        assert_ne!(store.digest(), unsaid, "it is part of the state");
        store.checkpoint().unwrap();
        told_of_numbers(&store)
    };
    assert_eq!(before.3, misfits());
    assert_eq!(before.2.turn(7, Digest::of(b"another")), Turn::Repeat);
    assert_eq!(before.2.turn(8, Digest::of(b"another")), Turn::Fits, "it is not judged yet");
    {
        let (store, opened) = open(var.path());
        assert_eq!((told_of_numbers(&store), opened.replayed), (before.clone(), 0));
    }
    std::fs::remove_dir_all(var.path().join("sled")).unwrap();
    let (store, _) = open(var.path());
    assert_eq!(told_of_numbers(&store), before);
}

fn misfits() -> Vec<Mismatch> {
    vec![Mismatch::Key("byte".into()), Mismatch::Bytes { said: 1, found: 2 }]
}

/// The state, the file that waits to be judged, the numbers that were taken, and what does not fit.
fn told_of_numbers(store: &dyn Store) -> (Digest, Option<Stated>, Sequence, Vec<Mismatch>) {
    let waiting = |name| store.files(&|file| file.name == name, 1)[0].receipt;
    let sequence = store.sequence("customers", "987654321");
    (store.digest(), store.stated(waiting("b.csv")), sequence, store.misstated(waiting("c.csv")))
}

#[test]
fn a_keyed_check_in_a_manifest_is_refused_by_its_name_with_who_decides() {
    let branch = Branch::staffed(Setup::default());
    let text = accruals(1..=1);
    let said = format!("{{\"bytes\":{},\"hmac\":\"0f\"}}", text.len());
    let file = take_in(&branch, saying(&branch, "a.csv", &text, &said));
    assert_eq!(file.verdict, FileVerdict::Rejected);
    let told = found(&branch, &file);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("`hmac` in the manifest is not taken"), "{told:?}");
    assert!(told[0].contains("decided by the folder"), "{told:?}");
}
