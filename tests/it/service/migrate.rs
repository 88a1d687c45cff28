//! Waiting cases go on by another definition.

use std::sync::Arc;

use kessai::domain::CaseId;
use kessai::service::{Ballot, DecideError, Migrated, Migrating, Run, Wish};
use kessai::workflow::{
    CommandId, Deed, Definition, Event, Refusal, Status, VoteKind, load_definition,
};

use super::branch::{ACCRUAL, Branch, Setup, rulebook_with};
use crate::story::user;

/// The flow with a change; in force from now on.
fn now_by(branch: &Branch, changed: &str) -> Arc<Definition> {
    assert_ne!(changed, ACCRUAL);
    branch.desk.put_in_force(rulebook_with(Setup::default(), changed));
    Arc::new(load_definition("accrual.yaml", changed).unwrap())
}

fn migrate(branch: &Branch, to: &Arc<Definition>, map: &[(&str, &str)], run: Run) -> Migrated {
    let from = Arc::new(load_definition("accrual.yaml", ACCRUAL).unwrap());
    let map = map.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
    let migrating = Migrating { from, to: Arc::clone(to), map, by: vec![user("honda001")] };
    branch.desk.migrate(&migrating, run).unwrap()
}

/// A case that the customer and the desk's first person approved.
fn half_way(branch: &Branch) -> CaseId {
    let case = branch.waiting("a.csv", 1..=2);
    branch.vote(case, "sato0001", VoteKind::Approve);
    branch.vote(case, "check001", VoteKind::Approve);
    case
}

fn ballot(branch: &Branch, case: CaseId, wish: Wish) -> Ballot {
    let seen = branch.desk.store.case(case).unwrap();
    Ballot {
        entry: Vec::new(),
        rows: kessai::workflow::RowSet::default(),
        case,
        wish,
        digest: branch.desk.content_of(&seen).unwrap(),
        task_version: seen.head.task_version,
        shown_at: None,
        reason: "確認します".to_owned(),
        command: CommandId::of("page"),
    }
}

#[test]
fn votes_count_on_where_nothing_changed_and_are_void_where_something_did() {
    let branch = Branch::staffed(Setup::default());
    let case = half_way(&branch);
    let stale = ballot(&branch, case, Wish::Vote(VoteKind::Approve, None));
    let new = now_by(&branch, &ACCRUAL.replace("n: 1, as: 決裁", "n: 2, as: 決裁"));
    let digest = branch.desk.store.digest();
    let told = migrate(&branch, &new, &[], Run::Dry);
    assert_eq!(branch.desk.store.digest(), digest, "a dry run changes nothing");
    assert_eq!(migrate(&branch, &new, &[], Run::Real), told);
    assert_eq!(
        (told.moved[0].kept.len(), &told.moved[0].voided[..]),
        (1, &["check001さん".to_owned()][..])
    );
    let now = branch.desk.store.case(case).unwrap();
    assert_eq!((now.definition(), now.head.status), (Some(new.hash), Status::Active));
    let past = &now.head.aside.as_ref().unwrap().past;
    assert_eq!((now.head.votes.len(), past.len(), past[0].by.as_str()), (1, 1, "check001"));
    // An open page shows another content by now.
    let person = branch.desk.store.user(&user("manage01")).unwrap().person;
    let refused = branch.desk.cast(&person, &stale);
    assert!(matches!(
        refused,
        Err(DecideError::Refused(Refusal::NotYourSeat | Refusal::ContentChanged))
    ));
    // Whose vote is void is asked again, and finds the case in the list.
    let checker = branch.desk.store.user(&user("check001")).unwrap().person;
    assert_eq!(branch.desk.todo(&checker, 1).items.len(), 1);
    assert!(branch.owed().iter().any(|one| one.starts_with("round/") && one.ends_with("check001")));
    branch.vote(case, "check001", VoteKind::Approve);
    branch.vote(case, "manage01", VoteKind::Approve);
    assert!(!branch.desk.store.case(case).unwrap().head.status.is_final(), "a second manager");
    assert!(migrate(&branch, &new, &[], Run::Real).moved.is_empty(), "it was moved already");
}

#[test]
fn a_renamed_step_keeps_its_votes_where_it_is_mapped() {
    for (map, kept) in [(&[("desk", "counter")][..], 2), (&[], 1)] {
        let branch = Branch::staffed(Setup::default());
        let case = half_way(&branch);
        let changed = ACCRUAL
            .replace("- approve: desk ", "- approve: counter ")
            .replace("targets: [close, submitter, customer, checker]", "targets: [close]");
        let new = now_by(&branch, &changed);
        let told = migrate(&branch, &new, map, Run::Real);
        assert_eq!(told.moved[0].kept.len(), kept, "{told:?}");
        if kept == 2 {
            branch.vote(case, "manage01", VoteKind::Approve);
            assert_eq!(branch.desk.store.case(case).unwrap().head.status, Status::Completed);
        }
    }
}

#[test]
fn what_does_not_wait_stays_and_a_move_never_ends_a_case() {
    let branch = Branch::staffed(Setup::default());
    let held = half_way(&branch);
    let person = branch.desk.store.user(&user("manage01")).unwrap().person;
    branch.desk.cast(&person, &ballot(&branch, held, Wish::Do(Deed::Hold))).unwrap();
    let waiting = branch.waiting("b.csv", 3..=3);
    // Without the desk's own step nothing would be left once the customer has approved.
    branch.vote(waiting, "sato0001", VoteKind::Approve);
    let alone = ACCRUAL
        .replace("    order: ordered", "    when: \"rows >= 2\"\n    order: ordered")
        + "assert:\n  - \"before(register): people(desk) >= 2 when rows >= 2\"\n";
    // Such a flow is never loaded; the engine is asked all the same.
    assert!(load_definition("accrual.yaml", &alone).is_err());
    let mut open = load_definition("accrual.yaml", ACCRUAL).unwrap();
    open.steps.remove(2);
    open.hash = kessai::domain::Digest::of(b"open");
    let told = migrate(&branch, &Arc::new(open), &[], Run::Real);
    let why: Vec<&str> = told.left.iter().map(|left| left.en.as_str()).collect();
    assert_eq!(told.moved, []);
    assert!(
        why[0].contains("on_hold") && why[1].contains("without a person's decision"),
        "{why:?}"
    );
    assert_eq!(branch.desk.store.case(waiting).unwrap().head.votes.len(), 1);
}

#[test]
fn a_move_tells_all_it_takes_to_undo_it() {
    let branch = Branch::staffed(Setup::default());
    let case = half_way(&branch);
    let before = branch.desk.store.case(case).unwrap();
    let new = now_by(&branch, &ACCRUAL.replace("n: 1, as: 決裁", "n: 2, as: 決裁"));
    let command = kessai::workflow::Command {
        id: CommandId::of("move"),
        action: kessai::workflow::Action::Migrate {
            from: Arc::new(load_definition("accrual.yaml", ACCRUAL).unwrap()),
            map: Vec::new(),
            gathered: Vec::new(),
            by: Vec::new(),
        },
    };
    let rules = branch.desk.rulebook();
    let facts = kessai::workflow::Facts {
        now: branch.desk.clock.now(),
        actor: None,
        people: &[],
        calendar: &rules.calendar,
        deadline: rules.deadline,
        digest: new.hash,
    };
    let decision = kessai::workflow::decide(&before, &new, &command, &facts).unwrap();
    let Some(Event::Migrated(moved)) = decision.events.first() else { panic!("{decision:?}") };
    assert_eq!((moved.from, moved.step), (before.definition().unwrap(), before.head.step));
    let mut votes = moved.voided.clone();
    let kept = moved.kept.iter().map(|(was, _)| *was);
    votes.extend(
        before
            .head
            .votes
            .iter()
            .filter(|v| kept.clone().any(|was| was == (v.step, v.seat)))
            .cloned(),
    );
    votes.sort_by_key(|vote| (vote.at, vote.step));
    assert_eq!(votes, before.head.votes);
    let unstaffed = |event: &Event| matches!(event, Event::Unstaffed { .. });
    assert!(decision.events.iter().any(unstaffed), "nobody there is an incident");
}
