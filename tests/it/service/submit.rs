//! Files sent by the pages: none is lost and none is done twice, wherever the program stops.

use std::io::Write as _;
use std::sync::Arc;

use kessai::domain::{Organisation, Person, Today};
use kessai::ports::{Blobs as _, CaseFilter, FileVerdict, NoProbe, Step};
use kessai::service::{NewUser, Passwords, Sent, SubmitError};
use kessai::spool::{Folders, Spool, SpoolSettings};

use super::branch::{Branch, Setup, accrual, accruals, mistaken};
use crate::story::user;

fn operator(branch: &Branch, roles: &[&str]) -> Person {
    let person = Person {
        id: user("ueda0001"),
        name: "上田 出子".to_owned(),
        organisation: Organisation::parse("customer:987654321").unwrap(),
        roles: roles.iter().map(ToString::to_string).collect(),
        email: "ueda0001@example.jp".to_owned(),
        stands_for: Vec::new(),
        today: Today::default(),
    };
    let passwords = Passwords { login: "login-ueda".into(), approval: "approval-ueda".into() };
    branch.desk.add_user(NewUser { person: person.clone(), passwords }).unwrap();
    person
}

fn sent(branch: &Branch, ticket: &str, text: &str) -> Sent {
    let mut writer = branch.blobs.create().unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    Sent {
        purpose: kessai::service::Purpose::Request,
        ticket: ticket.to_owned(),
        name: "請求.csv".to_owned(),
        digest: writer.keep().unwrap(),
        bytes: u64::try_from(text.len()).unwrap(),
    }
}

#[test]
fn a_sent_file_survives_a_stop_at_any_boundary_and_is_done_once() {
    let text = accruals(1..=3);
    let steps = [
        Step::CopyKept,
        Step::ReceiveReady,
        Step::Received,
        Step::JudgeHalf,
        Step::JudgeReady,
        Step::Judged,
        Step::Disposed,
    ];
    for step in steps {
        let mut branch = Branch::staffed(Setup::default());
        let person = operator(&branch, &["operate"]);
        let file = sent(&branch, "ticket-1", &text);
        branch.stopped_at(step, 1, |desk| {
            let receipt = desk.submit(&person, file.clone()).unwrap();
            desk.judge_sent(receipt)
        });
        let ours = branch.store.files(&|_| true, 9).len();
        assert_eq!(ours, usize::from(step != Step::CopyKept && step != Step::ReceiveReady));
        branch.restart();
        // The browser got no answer, so its person sends the form again.
        let receipt = branch.desk.submit(&person, file).unwrap();
        branch.desk.judge_sent(receipt).unwrap();
        let files = branch.store.files(&|_| true, 9);
        assert_eq!(files.len(), 1, "{}", step.name());
        assert_eq!((files[0].verdict, files[0].disposed), (FileVerdict::Accepted, true));
        assert_eq!(branch.store.cases(&CaseFilter::default(), None, 9).len(), 1);
    }
}

#[test]
fn of_the_same_content_sent_by_many_at_once_one_is_taken_in() {
    let branch = Branch::staffed(Setup::default());
    let person = operator(&branch, &["operate"]);
    let all: Vec<Sent> =
        (0..8).map(|at| sent(&branch, &format!("ticket-{at}"), &accruals(1..=3))).collect();
    std::thread::scope(|scope| {
        for one in all {
            scope.spawn(|| {
                let receipt = branch.desk.submit(&person, one).unwrap();
                branch.desk.judge_sent(receipt).unwrap();
            });
        }
    });
    let files = branch.store.files(&|_| true, 9);
    let taken = files.iter().filter(|file| file.verdict == FileVerdict::Accepted).count();
    let held = |verdict| matches!(verdict, FileVerdict::Held { .. });
    assert_eq!((files.len(), taken), (8, 1));
    assert_eq!(files.iter().filter(|file| held(file.verdict)).count(), 7);
}

#[test]
fn a_dropped_and_a_sent_file_of_the_same_content_know_of_each_other() {
    let branch = Branch::staffed(Setup::default());
    let person = operator(&branch, &["operate"]);
    let dropped = branch.take_in("a.csv", &accruals(1..=3));
    let receipt = branch.desk.submit(&person, sent(&branch, "t", &accruals(1..=3))).unwrap();
    branch.desk.judge_sent(receipt).unwrap();
    let verdict = branch.store.file(receipt).unwrap().verdict;
    assert_eq!(verdict, FileVerdict::Held { same_as: dropped.receipt });
}

#[test]
fn nobody_without_the_act_submits_whatever_they_send() {
    let branch = Branch::staffed(Setup::default());
    let operator = operator(&branch, &["operate"]);
    for roles in [["master"], ["approve"], ["inquire"]] {
        let roles = roles.map(str::to_owned).to_vec();
        let person = Person { roles, ..operator.clone() };
        let refused = branch.desk.submit(&person, sent(&branch, "t", &accruals(1..=1)));
        assert!(matches!(refused, Err(SubmitError::Authority)), "{:?}", person.roles);
    }
    assert_eq!(branch.store.files(&|_| true, 9).len(), 0);
}

#[test]
fn a_sent_file_that_a_stop_left_without_a_verdict_gets_it_at_the_next_start() {
    let branch = Branch::staffed(Setup::default());
    let person = operator(&branch, &["operate"]);
    let receipt = branch.desk.submit(&person, sent(&branch, "t", &accruals(1..=3))).unwrap();
    let Branch { desk, store, .. } = branch;
    let root = tempfile::tempdir().unwrap();
    let folders = Folders::open(&root.path().join("inbox")).unwrap();
    let settings = SpoolSettings::new(&root.path().join("outbox"), root.path());
    Spool::open(Arc::new(desk), folders, settings, Arc::new(NoProbe)).unwrap();
    let file = store.file(receipt).unwrap();
    assert_eq!((file.verdict, file.disposed), (FileVerdict::Accepted, true));
}

#[test]
fn a_long_file_tells_how_far_it_has_come_and_its_first_errors_while_it_is_judged() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    let text = accruals(1..=29_999) + &mistaken(30_000);
    let text = text.replacen(&accrual(2), &mistaken(2), 1);
    let receipt = branch.desk.receive(vec![branch.arrival("long.csv", &text, None)]).unwrap()[0];
    let (mut seen, mut early) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let judged = scope.spawn(|| branch.desk.judge(receipt).unwrap());
        while !judged.is_finished() {
            seen.extend(branch.desk.progress(receipt));
            let file = branch.store.file(receipt).unwrap();
            if file.verdict == FileVerdict::Received {
                let found = branch.desk.findings_of(&file).unwrap();
                early.extend(found.iter().map(|finding| finding.record));
            }
            std::thread::yield_now();
        }
    });
    assert!(!seen.is_empty(), "it takes a while");
    let told = |record: &u32| record.is_multiple_of(1_024) || [2, 30_000].contains(record);
    assert!(seen.iter().all(told) && seen.is_sorted());
    assert_eq!(early.first(), Some(&2), "somebody may begin to mend line 3");
    assert_eq!(branch.desk.progress(receipt), None, "it is judged");
    assert_eq!(branch.store.file(receipt).unwrap().accepted, 29_998);
}
