//! 承認作業票: stamped on a day without network, read back by two officers, and decided by the engine
//! as if whoever stamped it had been at the pages.

use kessai::domain::{
    Absence, BranchCode, CaseId, Code, Date, PaperChoice, PaperDecision, ReceiptNo, TaskNumber,
    Timestamp,
};
use kessai::ports::{FileVerdict, Step, TaskEnd};
use kessai::render::words::Words;
use kessai::render::worklist::WorklistView;
use kessai::service::{
    NewUser, PaperError, PaperRead, PaperStage, Passwords, PrintError, Wish, WorklistAsked,
};
use kessai::workflow::{Status, VoteKind};

use super::branch::{Branch, Setup};
use super::keying::{faxed, person};
use crate::story::{at, user};

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// A branch whose desk may decide on paper, with a case the customer has approved.
fn paper_day(setup: Setup) -> (Branch, CaseId) {
    let branch = Branch::staffed(Setup { desk_line: "paper: allowed", ..setup });
    for clerk in ["clerk001", "clerk002"] {
        branch.register(clerk, "clerk");
    }
    let case = branch.waiting("a.csv", 1..=3);
    branch.vote(case, "sato0001", VoteKind::Approve);
    (branch, case)
}

fn asked() -> WorklistAsked {
    WorklistAsked { desk: BranchCode::parse("001").unwrap(), role: None, step: None }
}

pub(super) fn printed(branch: &Branch) -> WorklistView {
    let clerk = person(branch, "clerk001");
    let view = branch.desk.print_worklist(&asked(), Some(&clerk)).unwrap();
    // People stamp it a while later.
    branch.clock.forward(30 * MINUTE_MS);
    view
}

/// Scans the sheet.
pub(super) fn scanned(branch: &Branch, name: &str, view: &WorklistView) -> ReceiptNo {
    let codes: Vec<String> = view.tasks.iter().map(|task| format!(" QR {}", task.code)).collect();
    faxed(branch, name, &format!("PAPER 1 {name}{}", codes.concat()))
}

pub(super) fn number(view: &WorklistView, task: usize) -> TaskNumber {
    TaskNumber::read(&view.tasks[task].number).unwrap()
}

pub(super) fn stamped(choice: PaperChoice, by: &str, at: Timestamp) -> PaperDecision {
    let decides = choice != PaperChoice::Open;
    let reason = if choice == PaperChoice::Return { "金額が違う" } else { "" };
    PaperDecision {
        choice,
        by: decides.then(|| user(by)),
        at: decides.then_some(at),
        reason: reason.to_owned(),
    }
}

/// A time between the print and now.
pub(super) fn between(branch: &Branch) -> Timestamp {
    kessai::ports::Clock::now(&*branch.clock).plus_ms(-10 * MINUTE_MS)
}

/// An officer reads a task.
pub(super) fn read(
    branch: &Branch,
    (receipt, number): (ReceiptNo, TaskNumber),
    officer: &str,
    said: &PaperDecision,
) -> Result<PaperStage, PaperError> {
    let officer = person(branch, officer);
    let seen = branch.desk.paper_sheet(&officer, receipt).unwrap();
    let seen = seen.tasks.iter().find(|task| task.task.number == number).unwrap().seen;
    let said = Ok(said.clone());
    branch.desk.read_on_paper(&officer, &PaperRead { receipt, number, seen, said, stands: false })
}

/// Both officers read the same.
fn both(
    branch: &Branch,
    place: (ReceiptNo, TaskNumber),
    said: &PaperDecision,
) -> Result<PaperStage, PaperError> {
    assert_eq!(read(branch, place, "clerk001", said)?, PaperStage::Second);
    read(branch, place, "clerk002", said)
}

fn approvals(branch: &Branch, case: CaseId) -> Vec<String> {
    let case = branch.store.case(case).unwrap();
    case.head.approvals().map(|vote| vote.by.to_string()).collect()
}

fn status(branch: &Branch, case: CaseId) -> Status {
    branch.store.case(case).unwrap().head.status
}

/// The one code that is told.
fn code(told: Result<PaperStage, PaperError>) -> Code {
    match told {
        Err(PaperError::Findings(findings)) => findings[0].code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stamped_sheet_becomes_the_decisions_of_those_who_stamped_it_and_says_who_read_it() {
    let (mut branch, case) = paper_day(Setup::default());
    let view = printed(&branch);
    let seats: Vec<&str> = view.tasks.iter().map(|task| task.seat.as_str()).collect();
    assert_eq!(seats, ["照査", "決裁"], "both seats of the step can be stamped in one go");
    let receipt = scanned(&branch, "sheet.tif", &view);
    assert_eq!(branch.store.file(receipt).unwrap().verdict, FileVerdict::Keying);
    assert!(branch.store.keying(receipt).is_none(), "it is no request");
    let time = between(&branch);
    // The first officer reads the whole sheet, the second confirms it afterwards.
    for (task, by) in ["check001", "manage01"].into_iter().enumerate() {
        let said = stamped(PaperChoice::Approve, by, time);
        let place = (receipt, number(&view, task));
        assert_eq!(read(&branch, place, "clerk001", &said), Ok(PaperStage::Second), "{by}");
    }
    assert_eq!(approvals(&branch, case), ["sato0001"], "one officer records nothing");
    branch.restart();
    for (task, by) in ["check001", "manage01"].into_iter().enumerate() {
        let said = stamped(PaperChoice::Approve, by, time);
        let end = read(&branch, (receipt, number(&view, task)), "clerk002", &said);
        assert_eq!(end, Ok(PaperStage::Ended(TaskEnd::Decided)), "{by}");
    }
    assert_eq!(approvals(&branch, case), ["sato0001", "check001", "manage01"]);
    assert_eq!(status(&branch, case), Status::Completed);
    let file = branch.store.file(receipt).unwrap();
    assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 2));
    let scan = format!("画像 SHA-256 {}", file.digest);
    let shown = branch.desk.show(case).unwrap();
    let told = shown.votes[1].on_paper.as_deref().unwrap();
    for part in [scan.as_str(), "紙で決裁", "入力 clerk001さん", "確認 clerk002さん"] {
        assert!(told.contains(part), "{told}");
    }
    let ways: Vec<&str> = shown.votes.iter().map(|vote| vote.channel).collect();
    assert_eq!(ways, ["page", "paper", "paper"]);
    assert_eq!(shown.votes[0].on_paper, None, "the customer was at the pages");
    let why = branch.desk.why(&case.to_string(), None).unwrap();
    assert!(why[0].text.contains("check001さんの承認は紙で決裁"), "{}", why[0].text);
    let acts = branch.desk.history(&branch.store.case(case).unwrap());
    assert_eq!(acts.iter().filter(|act| act.comment.contains(&scan)).count(), 2);
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    assert!(paths.contains(&format!("customers/987654321/{case}_receipt.pdf")), "{paths:?}");
}

#[test]
fn nobody_confirms_what_they_read_or_stamped_themselves_nor_does_anybody_of_another_role() {
    let (branch, case) = paper_day(Setup::default());
    // A checker who keys in papers, too, on a day with few people.
    branch.register("both0001", "checker");
    let mut both_roles = branch.store.user(&user("both0001")).unwrap().person;
    both_roles.roles.push("clerk".to_owned());
    let view = printed(&branch);
    let receipt = scanned(&branch, "sheet.tif", &view);
    let place = (receipt, number(&view, 0));
    let said = stamped(PaperChoice::Approve, "both0001", between(&branch));
    assert_eq!(read(&branch, place, "check001", &said), Err(PaperError::NotHere));
    assert_eq!(read(&branch, place, "clerk001", &said), Ok(PaperStage::Second));
    // The answer was lost, and the browser sends the form again.
    let officer = person(&branch, "clerk001");
    let again =
        PaperRead { receipt, number: place.1, seen: 0, said: Ok(said.clone()), stands: false };
    assert_eq!(branch.desk.read_on_paper(&officer, &again), Ok(PaperStage::Second));
    assert_eq!(read(&branch, place, "clerk001", &said), Err(PaperError::SamePerson));
    let own = PaperRead { seen: 1, ..again.clone() };
    let refused = branch.desk.read_on_paper(&both_roles, &own);
    assert_eq!(refused, Err(PaperError::Decider));
    let old = PaperRead { said: Ok(stamped(PaperChoice::Open, "", at(1, 9, 0))), ..again };
    let behind = branch.desk.read_on_paper(&person(&branch, "clerk002"), &old);
    assert_eq!(behind, Err(PaperError::Behind), "the page was older than the reading");
    assert!(branch.desk.paper_sheet(&person(&branch, "sato0001"), receipt).is_none());
    assert_eq!(read(&branch, place, "clerk002", &said), Ok(PaperStage::Ended(TaskEnd::Decided)));
    assert_eq!(read(&branch, place, "clerk002", &said), Err(PaperError::Done));
    assert_eq!(approvals(&branch, case), ["sato0001", "both0001"]);
}

#[test]
fn what_two_officers_read_differently_or_one_refuses_is_read_anew() {
    let (branch, case) = paper_day(Setup::default());
    let view = printed(&branch);
    let receipt = scanned(&branch, "sheet.tif", &view);
    let place = (receipt, number(&view, 0));
    let said = stamped(PaperChoice::Approve, "check001", between(&branch));
    let other = PaperDecision { at: Some(between(&branch).plus_ms(MINUTE_MS)), ..said.clone() };
    read(&branch, place, "clerk001", &said).unwrap();
    let differs = read(&branch, place, "clerk002", &other).unwrap();
    assert!(matches!(differs, PaperStage::SentBack(_)), "{differs:?}");
    read(&branch, place, "clerk001", &said).unwrap();
    let officer = person(&branch, "clerk002");
    let refuse = |seen, why: &str| {
        let said = Err(why.to_owned());
        let read = PaperRead { receipt, number: place.1, seen, said, stands: false };
        branch.desk.read_on_paper(&officer, &read)
    };
    assert_eq!(refuse(3, ""), Err(PaperError::Missing("reason")));
    assert_eq!(refuse(3, "印がかすれている"), Ok(PaperStage::SentBack("印がかすれている".into())));
    assert_eq!(approvals(&branch, case), ["sato0001"]);
    let end = both(&branch, place, &said);
    assert_eq!(end, Ok(PaperStage::Ended(TaskEnd::Decided)));
    let kept = branch.store.sheet(receipt).unwrap();
    assert_eq!(kept.task(place.1).unwrap().sent_back.len(), 2, "it is kept who sent it back");
}

#[test]
fn a_stamp_the_rules_forbid_is_told_to_the_first_officer_and_ends_when_it_stands_on_the_paper() {
    let (branch, case) = paper_day(Setup::default());
    branch.register("clerk003", "manager");
    let view = printed(&branch);
    let receipt = scanned(&branch, "sheet.tif", &view);
    let place = (receipt, number(&view, 0));
    let tell = |by: &str| {
        let said = stamped(PaperChoice::Approve, by, between(&branch));
        code(read(&branch, place, "clerk001", &said))
    };
    // The manager before the checker, a customer's person, somebody nobody knows, a clerk.
    for by in ["manage01", "sato0001", "nobody01", "clerk002"] {
        assert_eq!(tell(by), Code::P05, "{by}");
    }
    // They see that it stands there: both say so, and it ends without a decision.
    let said = stamped(PaperChoice::Approve, "clerk002", between(&branch));
    let officer = |id: &str| person(&branch, id);
    let read = |id: &str, seen| {
        let read =
            PaperRead { receipt, number: place.1, seen, said: Ok(said.clone()), stands: true };
        branch.desk.read_on_paper(&officer(id), &read)
    };
    assert_eq!(read("clerk001", 0), Ok(PaperStage::Second));
    branch.register("clerk004", "clerk");
    let Ok(PaperStage::Ended(TaskEnd::Refused { code, .. })) = read("clerk004", 1) else {
        panic!("it ends")
    };
    assert_eq!((code, approvals(&branch, case).len()), (Code::P05, 1));
    assert!(branch.desk.paper_sheets(&officer("clerk001")).len() == 1, "the other task waits");
}

#[test]
fn who_stamped_two_tasks_of_one_sheet_fills_one_seat() {
    let (branch, case) = paper_day(Setup::default());
    let view = printed(&branch);
    let receipt = scanned(&branch, "sheet.tif", &view);
    let said = stamped(PaperChoice::Approve, "check001", between(&branch));
    let second = (receipt, number(&view, 1));
    read(&branch, (receipt, number(&view, 0)), "clerk001", &said).unwrap();
    assert_eq!(code(read(&branch, second, "clerk001", &said)), Code::P05, "not confirmed yet");
    read(&branch, (receipt, number(&view, 0)), "clerk002", &said).unwrap();
    assert_eq!(code(read(&branch, second, "clerk001", &said)), Code::P05, "nor afterwards");
    assert_eq!(approvals(&branch, case), ["sato0001", "check001"]);
}

#[test]
fn a_flow_that_says_nothing_of_paper_prints_nothing_and_takes_nothing() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=1);
    branch.vote(case, "sato0001", VoteKind::Approve);
    let nothing = branch.desk.print_worklist(&asked(), None);
    assert!(matches!(nothing, Err(PrintError::Nothing)), "{nothing:?}");
    let (branch, _) = paper_day(Setup::default());
    let none = WorklistAsked { role: Some("deputy".to_owned()), ..asked() };
    assert!(matches!(branch.desk.print_worklist(&none, None), Err(PrintError::Nothing)));
    let checks = WorklistAsked { role: Some("checker".to_owned()), ..asked() };
    assert_eq!(branch.desk.print_worklist(&checks, None).unwrap().tasks.len(), 1);
    let elsewhere = WorklistAsked { desk: BranchCode::parse("002").unwrap(), ..asked() };
    assert!(matches!(branch.desk.print_worklist(&elsewhere, None), Err(PrintError::Nothing)));
}

#[test]
fn a_case_that_changed_since_the_print_is_not_decided_by_its_sheet() {
    let (branch, case) = paper_day(Setup::default());
    let view = printed(&branch);
    let receipt = scanned(&branch, "sheet.tif", &view);
    let time = between(&branch);
    let back = Wish::Vote(VoteKind::Return, None);
    branch.wish(case, "check001", back, &[2]).unwrap();
    let place = (receipt, number(&view, 1));
    branch.register("check002", "checker");
    let said = stamped(PaperChoice::Approve, "check002", time);
    assert_eq!(code(read(&branch, place, "clerk001", &said)), Code::P01);
    let anew = printed(&branch);
    assert_ne!(anew.tasks[0].content, view.tasks[0].content, "the new print shows what there is");
}

#[test]
fn what_was_decided_on_the_pages_meanwhile_is_not_doubled_and_a_difference_is_told() {
    for (choice, told) in [(PaperChoice::Approve, None), (PaperChoice::Return, Some(Code::P04))] {
        let (branch, case) = paper_day(Setup::default());
        let view = printed(&branch);
        let receipt = scanned(&branch, "sheet.tif", &view);
        let said = stamped(choice, "check001", between(&branch));
        branch.vote(case, "check001", VoteKind::Approve);
        let place = (receipt, number(&view, 0));
        match told {
            None => {
                let end = both(&branch, place, &said);
                assert_eq!(end, Ok(PaperStage::Ended(TaskEnd::Repeated)));
            }
            Some(told) => assert_eq!(code(read(&branch, place, "clerk001", &said)), told),
        }
        assert_eq!(approvals(&branch, case), ["sato0001", "check001"], "{choice:?}");
        assert_eq!(status(&branch, case), Status::Active);
    }
}

#[test]
fn of_two_prints_stamped_by_different_people_the_first_that_is_confirmed_fills_the_seat() {
    let (branch, case) = paper_day(Setup::default());
    branch.register("check002", "checker");
    let (one, other) = (printed(&branch), printed(&branch));
    assert_ne!(one.tasks[0].number, other.tasks[0].number, "each print has its own numbers");
    let time = between(&branch);
    let (first, second) = (scanned(&branch, "1.tif", &one), scanned(&branch, "2.tif", &other));
    // Both are read before either is confirmed.
    let (a, b) = ((first, number(&one, 0)), (second, number(&other, 0)));
    let (by_a, by_b) = (
        stamped(PaperChoice::Approve, "check001", time),
        stamped(PaperChoice::Approve, "check002", time),
    );
    read(&branch, a, "clerk001", &by_a).unwrap();
    read(&branch, b, "clerk001", &by_b).unwrap();
    assert_eq!(read(&branch, a, "clerk002", &by_a), Ok(PaperStage::Ended(TaskEnd::Decided)));
    let late = read(&branch, b, "clerk002", &by_b).unwrap();
    let told = |why: &str| why.contains("P05") && why.contains("check001さん さんが");
    assert!(matches!(&late, PaperStage::SentBack(why) if told(why)), "{late:?}");
    assert_eq!(approvals(&branch, case), ["sato0001", "check001"]);
}

#[test]
fn a_sheet_that_is_scanned_twice_is_recorded_once_and_what_was_open_may_come_again() {
    let (branch, case) = paper_day(Setup::default());
    let view = printed(&branch);
    let receipt = scanned(&branch, "1.tif", &view);
    let time = between(&branch);
    let said = stamped(PaperChoice::Approve, "check001", time);
    both(&branch, (receipt, number(&view, 0)), &said).unwrap();
    // The second block is not stamped yet.
    let open = stamped(PaperChoice::Open, "", time);
    let end = both(&branch, (receipt, number(&view, 1)), &open);
    assert_eq!(end, Ok(PaperStage::Ended(TaskEnd::Open)));
    assert_eq!(branch.store.file(receipt).unwrap().verdict, FileVerdict::Accepted);
    assert_eq!(status(&branch, case), Status::Active);
    // Stamped later and scanned again: the first is known, the second is read.
    let again = scanned(&branch, "2.tif", &view);
    let sheet = branch.store.sheet(again).unwrap();
    let ends: Vec<bool> = sheet.tasks.iter().map(|task| task.end.is_some()).collect();
    assert_eq!(ends, [true, false], "{sheet:?}");
    let said = stamped(PaperChoice::Approve, "manage01", between(&branch));
    let end = both(&branch, (again, number(&view, 1)), &said);
    assert_eq!(end, Ok(PaperStage::Ended(TaskEnd::Decided)));
    assert_eq!(status(&branch, case), Status::Completed);
    let third = scanned(&branch, "3.tif", &view);
    let file = branch.store.file(third).unwrap();
    assert_eq!(file.verdict, FileVerdict::Accepted, "nothing is left to be read");
    assert!(branch.desk.paper_sheets(&person(&branch, "clerk001")).is_empty());
}

#[test]
fn a_code_nobody_could_read_is_told_and_its_task_comes_by_the_number_beside_it() {
    let (branch, case) = paper_day(Setup::default());
    let view = printed(&branch);
    let half = faxed(&branch, "half.tif", &format!("PAPER 1 QR {}", view.tasks[0].code));
    let clerk = person(&branch, "clerk001");
    let seen = branch.desk.paper_sheet(&clerk, half).unwrap();
    assert_eq!(seen.missing, [number(&view, 1)], "a block that was not read is not overlooked");
    let typed = &view.tasks[1].number;
    let misread = typed.replace(char::is_numeric, "0");
    assert!(branch.desk.name_task(&clerk, half, &misread).is_err());
    branch.desk.name_task(&clerk, half, typed).unwrap();
    branch.desk.name_task(&clerk, half, typed).unwrap();
    assert_eq!(branch.store.sheet(half).unwrap().tasks.len(), 2, "once");
    // None at all was read: it waits among the papers until somebody keys in a number.
    let none = faxed(&branch, "none.tif", "PAPER 1 dark");
    assert!(branch.store.keying(none).is_some());
    let strange = TaskNumber::new(1).to_string();
    let told = branch.desk.take_as_sheet(&clerk, none, &strange);
    assert_eq!(code(told.map(|()| PaperStage::Second)), Code::P02);
    branch.desk.take_as_sheet(&clerk, none, &view.tasks[0].number).unwrap();
    assert!(branch.store.keying(none).is_none(), "it is no request any more");
    let said = stamped(PaperChoice::Approve, "check001", between(&branch));
    let end = both(&branch, (none, number(&view, 0)), &said);
    assert_eq!(end, Ok(PaperStage::Ended(TaskEnd::Decided)));
    assert_eq!(approvals(&branch, case).len(), 2);
    assert!(branch.desk.paper_page(&clerk, (none, 1), 600).unwrap().is_ok(), "it is shown");
}

#[test]
fn a_forged_code_is_told_and_decides_nothing() {
    let (branch, _) = paper_day(Setup::default());
    let view = printed(&branch);
    let other = branch.waiting("b.csv", 4..=4);
    let case = view.tasks[0].case.to_string();
    let forged = view.tasks[0].code.replace(&case, &other.to_string());
    // Alone it is a paper that looks like ours; beside a true one it is told on that page.
    let alone = faxed(&branch, "1.tif", &format!("PAPER 1 QR {forged}"));
    assert_eq!(branch.store.keying(alone).unwrap().false_marks, 1);
    let beside = format!("PAPER 1 QR {} QR {forged}", view.tasks[1].code);
    let beside = branch.store.sheet(faxed(&branch, "2.tif", &beside)).unwrap();
    assert_eq!((beside.tasks.len(), beside.false_marks), (1, 1));
    // A request form that lay among the sheets is told for good, not only while they are read.
    let form = super::keying::form(&branch);
    let mixed = format!("PAPER 1 mixed QR {} QR {}", view.tasks[0].code, form.codes[0]);
    let mixed = faxed(&branch, "3.tif", &mixed);
    let why = |branch: &Branch| branch.desk.why(&mixed.to_string(), None).unwrap()[0].text.clone();
    assert!(why(&branch).contains("1件の決裁の入力と確認を待っています"), "{}", why(&branch));
    let open = stamped(PaperChoice::Open, "", at(1, 9, 0));
    both(&branch, (mixed, number(&view, 0)), &open).unwrap();
    let file = branch.store.file(mixed).unwrap();
    let findings = branch.desk.findings_of(&file).unwrap();
    assert!(findings[0].ja.contains("記録請求書も一緒に"), "{findings:?}");
    assert!(why(&branch).contains("入力と確認は終わっています"), "{}", why(&branch));
}

#[test]
fn a_time_that_cannot_be_is_told_and_the_people_are_those_of_that_day() {
    let (branch, case) = paper_day(Setup::default());
    branch.register("check002", "checker");
    let view = printed(&branch);
    let receipt = scanned(&branch, "sheet.tif", &view);
    let place = (receipt, number(&view, 0));
    for wrong in [at(1, 8, 59), at(1, 9, 31)] {
        let said = stamped(PaperChoice::Approve, "check001", wrong);
        assert_eq!(code(read(&branch, place, "clerk001", &said)), Code::P03, "{wrong}");
    }
    // The manager was away on that day, and back when the sheet is read on the next one: whoever
    // stood for them may have stamped it then.
    let day = |day| Date::new(2026, 12, day).unwrap();
    let absence = Absence {
        user: user("manage01"),
        from: day(1),
        until: day(1),
        delegate: Some(user("check002")),
        max: None,
        flows: Vec::new(),
    };
    branch.desk.set_absence(&absence).unwrap();
    let time = at(1, 9, 20);
    let check = stamped(PaperChoice::Approve, "check001", time);
    branch.clock.forward(23 * HOUR_MS);
    assert_eq!(both(&branch, place, &check), Ok(PaperStage::Ended(TaskEnd::Decided)));
    let place = (receipt, number(&view, 1));
    let deputy = stamped(PaperChoice::Approve, "check002", time);
    assert_eq!(both(&branch, place, &deputy), Ok(PaperStage::Ended(TaskEnd::Decided)));
    let head = branch.store.case(case).unwrap().head;
    assert_eq!(head.status, Status::Completed);
    assert_eq!(head.aside.unwrap().acting[0].principal, user("manage01"));
}

#[test]
fn a_return_on_paper_needs_its_reason_and_goes_where_the_flow_sends_it() {
    let (branch, case) = paper_day(Setup::default());
    let view = printed(&branch);
    let receipt = scanned(&branch, "sheet.tif", &view);
    let place = (receipt, number(&view, 0));
    let said = stamped(PaperChoice::Return, "check001", between(&branch));
    let silent = PaperDecision { reason: String::new(), ..said.clone() };
    assert_eq!(code(read(&branch, place, "clerk001", &silent)), Code::P05);
    assert_eq!(both(&branch, place, &said), Ok(PaperStage::Ended(TaskEnd::Decided)));
    let head = branch.store.case(case).unwrap().head;
    assert!(matches!(head.status, Status::Returned | Status::SentBack), "{:?}", head.status);
    let reasons = head.votes.iter().chain(head.aside.iter().flat_map(|aside| &aside.past));
    assert!(reasons.into_iter().any(|vote| vote.reason == "金額が違う"));
}

#[test]
fn a_stop_at_any_boundary_leaves_the_decision_and_its_sheet_whole() {
    for step in [Step::JudgeReady, Step::Judged] {
        let (mut branch, case) = paper_day(Setup::default());
        let checks = WorklistAsked { role: Some("checker".to_owned()), ..asked() };
        let view = branch.desk.print_worklist(&checks, None).unwrap();
        branch.clock.forward(30 * MINUTE_MS);
        let receipt = scanned(&branch, "sheet.tif", &view);
        let place = (receipt, number(&view, 0));
        let said = stamped(PaperChoice::Approve, "check001", between(&branch));
        read(&branch, place, "clerk001", &said).unwrap();
        let confirm =
            PaperRead { receipt, number: place.1, seen: 1, said: Ok(said), stands: false };
        let officer = person(&branch, "clerk002");
        branch.stopped_at(step, 1, |desk| desk.read_on_paper(&officer, &confirm));
        assert_eq!(approvals(&branch, case), ["sato0001", "check001"], "it was committed");
        branch.restart();
        assert_eq!(branch.store.file(receipt).unwrap().verdict, FileVerdict::Accepted);
        assert_eq!(branch.desk.read_on_paper(&officer, &confirm), Err(PaperError::Done));
        assert_eq!(approvals(&branch, case).len(), 2, "and not doubled");
        // Scanned again, the program stops before it says that nothing is left to be read.
        let codes = format!("PAPER 1 again QR {}", view.tasks[0].code);
        let mut arrival = branch.arrival("again.tif", &codes, None);
        "fax".clone_into(&mut arrival.channel);
        "001".clone_into(&mut arrival.submitter);
        let again = branch.desk.receive(vec![arrival]).unwrap()[0];
        branch.stopped_at(step, 1, |desk| desk.judge(again));
        branch.restart();
        branch.desk.judge(again).unwrap();
        assert_eq!(branch.store.file(again).unwrap().verdict, FileVerdict::Accepted, "{step:?}");
        assert_eq!(approvals(&branch, case).len(), 2, "{step:?}");
    }
}

#[test]
fn a_sheet_holds_nothing_that_opens_a_page_and_lists_the_rows_of_its_cases() {
    let (branch, case) = paper_day(Setup::default());
    let view = printed(&branch);
    assert_eq!((view.enclosed.len(), view.enclosed[0].rows.len()), (1, 3), "one list a case");
    assert!(view.tasks.iter().all(|task| task.list == Some(1) && task.case == case));
    let told = format!("{view:?}");
    for secret in ["http", "/l/", "approval-", "password"] {
        assert!(!told.contains(secret), "{secret}");
    }
    let paper = kessai::render::pdf::worklist(&view, Words::embedded());
    let paper = paper.unwrap();
    assert_eq!((paper.pages, paper.missing), (2, Vec::new()), "a sheet and its list");
    let again = kessai::render::pdf::worklist(&view, Words::embedded()).unwrap();
    assert_eq!(again.bytes, paper.bytes, "drawn twice it is the same");
    // More rows than anybody reads on paper: the sheet says where they are.
    let branch = Branch::staffed(Setup { desk_line: "paper: allowed", ..Setup::default() });
    let long = branch.waiting("long.csv", 1..=61);
    branch.vote(long, "sato0001", VoteKind::Approve);
    let view = branch.desk.print_worklist(&asked(), None).unwrap();
    let task = &view.tasks[0];
    assert_eq!((task.list, view.enclosed.len()), (None, 0));
    assert_eq!(task.document, format!("{}_long_result.csv", long.receipt));
}

#[test]
fn one_human_with_two_user_ids_reads_once_and_fills_one_seat() {
    let (branch, case) = paper_day(Setup::default());
    let twin = |id: &str, role: &str, of: &str| {
        let mut twin = branch.store.user(&user("clerk001")).unwrap().person;
        twin.id = user(id);
        twin.roles = vec![role.to_owned()];
        twin.email = format!("{of}@example.jp");
        let passwords = Passwords { login: format!("login-{id}"), approval: format!("new-{id}") };
        branch.desk.add_user(NewUser { person: twin, passwords }).unwrap();
    };
    twin("clerk009", "clerk", "clerk001");
    twin("manage09", "manager", "check001");
    let view = printed(&branch);
    let receipt = scanned(&branch, "sheet.tif", &view);
    let place = (receipt, number(&view, 0));
    let said = stamped(PaperChoice::Approve, "check001", between(&branch));
    read(&branch, place, "clerk001", &said).unwrap();
    assert_eq!(read(&branch, place, "clerk009", &said), Err(PaperError::SamePerson));
    let end = read(&branch, place, "clerk002", &said);
    assert_eq!(end, Ok(PaperStage::Ended(TaskEnd::Decided)));
    let other = stamped(PaperChoice::Approve, "manage09", between(&branch));
    let told = read(&branch, (receipt, number(&view, 1)), "clerk001", &other);
    assert_eq!(code(told), Code::P05, "the checker under another ID");
    assert_eq!(approvals(&branch, case), ["sato0001", "check001"]);
}
