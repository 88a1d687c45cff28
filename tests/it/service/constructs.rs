//! Tasks, branches and waits through the desk: who is asked, what the lists say, what is kept.

use kessai::domain::CaseId;
use kessai::ports::CaseFilter;
use kessai::service::{Ballot, DecideError, Wish};
use kessai::workflow::{Arrival, Case, CommandId, Deed, Refusal, RowSet, Status, VoteKind};

use super::branch::{Branch, Setup, accruals, rulebook_with};
use crate::story::user;

pub(super) const WHOLE: &str = include_str!("../data/flows/whole.yaml");

/// A case of a flow with every kind of step, just opened, and everybody there is.
fn opened() -> (Branch, CaseId) {
    let flow = WHOLE
        .replace("id: whole", "id: accrual")
        .replace("  - call: signatures\n    when: \"key_in.amount < 1_000_000_000\"\n", "");
    let branch = Branch::staffed(Setup::default());
    branch.desk.put_in_force(rulebook_with(Setup::default(), &flow));
    for id in ["clerk001", "clerk002", "clerk003"] {
        branch.register(id, "clerk");
    }
    branch.register("legal001", "compliance");
    let file = branch.take_in("a.csv", &accruals(1..=3));
    (branch, CaseId { receipt: file.receipt, n: 1, row: None })
}

pub(super) fn enter(
    branch: &Branch,
    case: CaseId,
    by: &str,
    entry: &[(&str, &str)],
) -> Result<Case, DecideError> {
    let seen = branch.store.case(case).unwrap();
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let ballot = Ballot {
        case,
        wish: Wish::Vote(VoteKind::Approve, None),
        rows: RowSet::default(),
        entry: entry.iter().map(pair).collect(),
        digest: branch.desk.content_of(&seen).unwrap(),
        task_version: seen.head.task_version,
        shown_at: None,
        reason: String::new(),
        command: CommandId::of(&format!("{by} {}", seen.head.version)),
    };
    branch.desk.vote(&user(by), &format!("approval-{by}"), &ballot)
}

pub(super) const SAME: [(&str, &str); 2] = [("amount", "3,000円"), ("due", "2027-03-31")];

fn todo(branch: &Branch, id: &str) -> Vec<(String, usize)> {
    let person = branch.store.user(&user(id)).unwrap().person;
    let items = branch.desk.todo(&person, 1).items;
    items.into_iter().map(|item| (item.step, item.people_missing)).collect()
}

/// The case with both branches open.
fn forked() -> (Branch, CaseId) {
    let (branch, case) = opened();
    enter(&branch, case, "clerk001", &SAME).unwrap();
    enter(&branch, case, "clerk002", &SAME).unwrap();
    (branch, case)
}

#[test]
fn everybody_who_is_asked_in_a_branch_finds_the_case_in_their_list() {
    let (branch, case) = forked();
    assert_eq!(todo(&branch, "clerk003"), [("本人確認".to_owned(), 1)]);
    assert_eq!(todo(&branch, "legal001"), [("法務審査".to_owned(), 1)]);
    assert_eq!(todo(&branch, "check001"), []);
    assert_eq!(todo(&branch, "clerk001"), [], "one human, one seat");
    let listed = branch.desk.list(&CaseFilter::default());
    let steps: Vec<&str> = listed[0].waiting_for.iter().map(|one| one.step.as_str()).collect();
    assert_eq!(steps, ["identity", "legal"]);
    let view = branch.desk.show(case).unwrap();
    assert_eq!(view.people_missing, 2);
    assert_eq!(view.notes, ["金額の入力: 金額 3,000円", "金額の入力: 期日 2027年3月31日"]);
}

#[test]
fn a_case_tells_how_long_it_may_take_and_when_it_took_longer() {
    let (branch, case) = forked();
    let target = || branch.desk.show(case).unwrap().target.unwrap();
    let running = target();
    assert!(running.text.starts_with("処理の目安 ") && running.text.ends_with("まで"));
    assert!(!running.stopped && !running.missed);
    branch.clock.forward(8 * 86_400_000);
    assert!(target().missed && target().text.ends_with("を過ぎています"));
}

#[test]
fn what_is_to_be_filled_in_is_known_to_whoever_is_asked() {
    let (branch, case) = forked();
    let seen = branch.store.case(case).unwrap();
    let person = |id| branch.store.user(&user(id)).unwrap().person;
    let form = branch.desk.form(&person("clerk003"), &seen).unwrap();
    assert_eq!(form.fields.names(), ["identity.result"]);
    assert!(branch.desk.form(&person("legal001"), &seen).is_none());
    let offered = branch.desk.choices(&person("clerk003"), &seen);
    assert_eq!(offered[0].title, "入力");
    let wrong = enter(&branch, case, "clerk003", &[("result", "passport")]).unwrap_err();
    assert!(matches!(wrong, DecideError::Refused(Refusal::FormMistakes(_))), "{wrong:?}");
}

#[test]
fn an_answer_for_a_wait_counts_once_and_the_case_is_the_same_after_a_restart() {
    let (mut branch, case) = forked();
    branch.vote(case, "legal001", VoteKind::Approve);
    let told = |branch: &Branch| {
        let id = CommandId::of("the message");
        branch.desk.arrive(case, "screening", (Arrival::Ok, "照会済み"), id)
    };
    told(&branch).unwrap();
    let before = branch.store.digest();
    told(&branch).unwrap();
    assert_eq!(branch.store.digest(), before, "the same message again changes nothing");
    branch.restart();
    enter(&branch, case, "clerk003", &[("result", "card")]).unwrap();
    assert_eq!(todo(&branch, "check001"), [("取扱店承認".to_owned(), 2)]);
    let view = branch.desk.show(case).unwrap();
    assert!(view.notes.contains(&"反社照会: 照会済み".to_owned()), "{:?}", view.notes);
}

#[test]
fn a_wait_that_nobody_answers_is_for_whoever_may_let_it_go_on() {
    let (branch, case) = forked();
    branch.vote(case, "legal001", VoteKind::Approve);
    branch.clock.forward(60 * 3_600_000);
    branch.desk.tick().unwrap();
    // The other branch is overdue and this one has nobody: both are for people now.
    assert_eq!(todo(&branch, "manage01"), [("反社照会".to_owned(), 0)]);
    branch.wish(case, "manage01", Wish::Do(Deed::Proceed), &[]).unwrap();
    assert_eq!(todo(&branch, "manage01"), []);
    assert_eq!(branch.store.case(case).unwrap().head.status, Status::Overdue);
}
