//! Files of results wake the cases that wait for them, once, through stops in between.

use std::collections::BTreeMap;
use std::io::Write as _;

use kessai::domain::{ApprovalPattern, CaseId, ReceiptNo};
use kessai::ports::{FileRecord, FileVerdict, Step};
use kessai::service::{Arrival, Rulebook};
use kessai::workflow::{Channel, Status, VoteKind};

use super::branch::{ACCRUAL, Branch, Setup, rulebook_with};
use crate::story::{date, submitter};

const WAIT: &str = "  - wait: center\n    title: 記録結果\n    for: file\n    release: manager\n    \
    timeout: 2bd@12:00\n    then: {ok: done, ng: refused}\n";
const REFUSED: &str = "  - end: refused\n    outcome: rejected\n";

/// The shipped flow, waiting for a result after it was sent on.
pub(super) fn rules() -> Rulebook {
    let flow = ACCRUAL.replace("  - end: done", &format!("{WAIT}  - end: done"));
    let flow = flow.replace("\nassert:", &format!("\n{REFUSED}assert:"));
    let flow = if flow.contains(REFUSED) { flow } else { flow + REFUSED };
    let mut rules = rulebook_with(Setup::default(), &flow);
    with_center(&mut rules);
    rules
}

/// The institution's folder and what it drops there.
pub(super) fn with_center(rules: &mut Rulebook) {
    let text = include_str!("../../../workflows/channels/center.yaml");
    let center = Channel::load("center.yaml", "center", text, &[]).unwrap();
    rules.channels.extend(BTreeMap::from([(center.name.clone(), center)]));
    let mut institution = submitter(ApprovalPattern::None);
    (institution.channel, institution.folder) = ("center".to_owned(), "densai".to_owned());
    rules.submitters.push(institution);
}

pub(super) fn branch() -> Branch {
    let branch = Branch::staffed(Setup::default());
    branch.desk.put_in_force(rules());
    branch
}

/// A case that was sent on and waits for its result.
pub(super) fn sent(branch: &Branch, name: &str, rows: std::ops::RangeInclusive<usize>) -> CaseId {
    let case = branch.waiting(name, rows);
    for by in ["sato0001", "check001", "manage01"] {
        branch.vote(case, by, VoteKind::Approve);
    }
    assert_eq!(status(branch, case), Status::Waiting);
    case
}

pub(super) fn status(branch: &Branch, case: CaseId) -> Status {
    kessai::ports::Store::case(&*branch.store, case).unwrap().head.status
}

fn version(branch: &Branch, case: CaseId) -> u32 {
    kessai::ports::Store::case(&*branch.store, case).unwrap().head.version
}

pub(super) fn receive(branch: &Branch, name: &str, text: &str) -> ReceiptNo {
    let mut writer = kessai::ports::Blobs::create(&branch.blobs).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    let arrival = Arrival {
        channel: "center".to_owned(),
        submitter: "densai".to_owned(),
        digest: writer.keep().unwrap(),
        ..branch.arrival(name, text, None)
    };
    branch.desk.receive(vec![arrival]).unwrap()[0]
}

pub(super) fn results(branch: &Branch, name: &str, text: &str) -> FileRecord {
    branch.desk.judge(receive(branch, name, text)).unwrap().unwrap()
}

/// What the institution is answered.
fn answer(branch: &Branch, file: &FileRecord) -> String {
    branch.desk.dispatch().unwrap();
    let paths = branch.shelf.paths();
    let path = paths.iter().find(|path| path.contains(&file.receipt.to_string())).unwrap();
    assert!(path.starts_with("results/densai/"), "{path}");
    let bytes = branch.shelf.bytes(path);
    encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned()
}

#[test]
fn each_row_wakes_its_case_and_the_others_are_told_why_not() {
    let branch = branch();
    let (good, bad) = (sent(&branch, "a.csv", 1..=2), sent(&branch, "b.csv", 3..=4));
    let receipt = ReceiptNo::new(date(1), 99).unwrap();
    let unknown = CaseId { receipt, n: 1, row: None };
    let text = format!(
        "申請番号,結果,備考\n{good},良好,\n{bad},不可,残高不足\n{good},良好,\n\
         {unknown},良好,\nfoo,良好,\n"
    );
    let file = results(&branch, "kekka.csv", &text);
    assert_eq!((file.verdict, file.records), (FileVerdict::Accepted, 5));
    assert_eq!((file.accepted, file.rejected), (2, 3));
    assert_eq!(status(&branch, good), Status::Completed);
    assert_eq!(status(&branch, bad), Status::Rejected);
    let told = answer(&branch, &file);
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("E_RESULT")).collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[0].contains("結果を待っていません") && lines[0].contains(",4,"), "{told}");
    assert!(lines[1].contains("案件はありません"), "{told}");
    assert!(lines[2].contains("申請番号が読めません"), "{told}");
    assert!(told.lines().any(|line| line.ends_with(&good.to_string())), "{told}");
}

#[test]
fn the_same_file_twice_and_the_same_result_again_change_nothing() {
    let branch = branch();
    let case = sent(&branch, "a.csv", 1..=2);
    let text = format!("case,result\n{case},ok\n");
    assert_eq!(results(&branch, "r.csv", &text).verdict, FileVerdict::Accepted);
    let before = version(&branch, case);
    for again in [text.clone(), format!("{text}\n")] {
        let again = results(&branch, "r.csv", &again);
        assert_eq!((again.verdict, again.rejected), (FileVerdict::Rejected, 1));
    }
    assert_eq!(version(&branch, case), before);
}

#[test]
fn a_stop_before_the_verdict_goes_on_with_the_rows_that_are_left() {
    let mut branch = branch();
    let cases = [sent(&branch, "a.csv", 1..=2), sent(&branch, "b.csv", 3..=4)];
    let text = format!("case,result\n{},ok\n{},ok\n", cases[0], cases[1]);
    let receipt = receive(&branch, "r.csv", &text);
    branch.stopped_at(Step::JudgeHalf, 1, |desk| desk.judge(receipt));
    assert_eq!(cases.map(|case| status(&branch, case)), [Status::Completed, Status::Waiting]);
    let before = version(&branch, cases[0]);
    branch.restart();
    branch.desk.put_in_force(rules());
    let file = branch.desk.judge(receipt).unwrap().unwrap();
    assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 2));
    assert_eq!(cases.map(|case| status(&branch, case)), [Status::Completed; 2]);
    assert_eq!(version(&branch, cases[0]), before, "the first row is not carried twice");
}

#[test]
fn cases_are_told_in_the_order_of_the_file() {
    let branch = branch();
    let cases = [sent(&branch, "a.csv", 1..=2), sent(&branch, "b.csv", 3..=4)];
    let text = format!("case,result\n{},ok\n{},ok\n", cases[1], cases[0]);
    let receipt = receive(&branch, "r.csv", &text);
    branch.stopped_at(Step::JudgeHalf, 1, |desk| desk.judge(receipt));
    assert_eq!(cases.map(|case| status(&branch, case)), [Status::Waiting, Status::Completed]);
}

#[test]
fn answers_that_were_taken_away_are_put_there_again_and_no_others() {
    let branch = branch();
    let case = sent(&branch, "a.csv", 1..=2);
    let told = results(&branch, "r.csv", &format!("申請番号,結果\n{case},不可\n"));
    assert_eq!(told.verdict, FileVerdict::Accepted);
    branch.desk.dispatch_all().unwrap();
    for receipt in [told.receipt, case.receipt] {
        let of_file = |path: &String| {
            let ends = ["_result.csv", "_slip.pdf", "_final.csv"];
            path.contains(&receipt.to_string()) && ends.iter().any(|end| path.ends_with(end))
        };
        let before = branch.shelf.take_away(&receipt.to_string());
        let mut put = branch.desk.answer_again(receipt).unwrap();
        put.sort_unstable();
        assert_eq!(put, before.keys().filter(|path| of_file(path)).cloned().collect::<Vec<_>>());
        assert!(put.iter().all(|path| branch.shelf.bytes(path) == before[path]), "{put:?}");
        assert_eq!(branch.desk.answer_again(receipt).unwrap(), [""; 0]);
    }
}

#[test]
fn a_file_that_is_no_list_of_results_is_refused_as_a_whole() {
    let branch = branch();
    let file = results(&branch, "r.csv", "名前,金額\na,1\n");
    assert_eq!((file.verdict, file.flows.len()), (FileVerdict::Rejected, 0));
    assert!(answer(&branch, &file).contains("E_SCHEMA"));
}
