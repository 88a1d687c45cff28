//! Lines taken out of a batch at every place, with everything that can be done to them there.

use kessai::domain::{ApprovalPattern, CaseId, YenTotal};
use kessai::workflow::{
    Action, Carving, CaseHead, Child, CommandId, Deed, Exceptions, Outcome, Refusal, Scope, Status,
    VoteKind, apply,
};

use super::bring::{able, at, doing, one, to_the_end};
use super::rules::{ended, goes_on_quietly, in_force, kept, line_left, may_withdraw};
use super::{Scene, Tally, decider};
use crate::engine::play::Game;

/// What is done to a line.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Back(&'static str),
    Reject,
    Hold,
}

/// Takes one line out.
fn carving(game: &Game<'_>, row: u32, action: Action) -> Action {
    let whole = game.case.head.scope;
    let line = Scope { rows: 1, total: YenTotal::new(100_000), ..whole };
    let total = YenTotal::new(whole.total.get() - 100_000);
    let rest = Scope { rows: whole.rows - 1, total, ..whole };
    Action::Carve(Carving { rows: vec![(row, line)], rest, action: Box::new(action) })
}

/// Every fate of a line where the case stands, and what becomes of the line and of the rest.
pub(super) fn all(scene: &Scene<'_>, game: &Game<'_>, tally: &mut Tally) {
    let backs = scene.stand.targets().into_iter().map(Fate::Back);
    for fate in backs.chain([Fate::Reject, Fate::Hold]) {
        let mut game = game.clone();
        game.name = format!("{}, a line {fate:?}, restart {}", game.name, scene.restart);
        let own = |to| if Some(to) == scene.stand.own { "stand" } else { to };
        let action = match fate {
            Fate::Back("first") if scene.stand.pattern == ApprovalPattern::None => {
                continue;
            }
            Fate::Back(to) => game.ballot(VoteKind::Return, Some(own(to).to_owned()), ""),
            Fate::Reject => game.ballot(VoteKind::Reject, None, ""),
            Fate::Hold => doing(Deed::Hold),
        };
        let before = game.case.head.clone();
        let action = carving(&game, 2, action);
        let Some(decision) = scene.ask(&mut game, ("carve", action), tally) else { continue };
        goes_on_quietly(&game, &decision);
        let ends = matches!(fate, Fate::Reject | Fate::Back("close"));
        let told = ends || matches!(fate, Fate::Back("submitter"));
        line_left(&game, &decision, ends, told, scene.stand);
        let child = &decision.children[0];
        assert_eq!(game.case.head.scope.rows + child.scope.rows, before.scope.rows);
        let sum = game.case.head.scope.total.get() + child.scope.total.get();
        assert_eq!(sum, before.scope.total.get(), "{}", game.name);
        assert_eq!(game.case.head.votes, before.votes, "{}", game.name);
        assert_eq!((game.case.head.status, game.case.head.step), (before.status, before.step));
        line(scene, &game, (&before, fate), child);
        rest(scene, &game, tally);
    }
}

/// A line on its own: where it stands, what counts of it, and that it comes to an end.
fn line(scene: &Scene<'_>, game: &Game<'_>, (before, fate): (&CaseHead, Fate), child: &Child) {
    let first = CaseHead::new(CaseId { row: Some(child.row), ..before.id }, child.scope);
    let mut line = game.clone();
    line.case.head = first.clone();
    let command = CommandId::of("line");
    apply(&mut line.case.head, command, &child.events);
    line.decided = vec![(command, child.events.clone())];
    line.stands();
    let head = line.case.head.clone();
    match fate {
        Fate::Reject => assert_eq!(head.status, Status::Rejected, "{}", line.name),
        Fate::Back("close") => assert_eq!(head.status, Status::Returned, "{}", line.name),
        Fate::Hold => {
            assert_eq!(head.status, Status::Held, "{}", line.name);
            assert_eq!(in_force(&head), in_force(before), "{}", line.name);
            let by = able(&line, "stand").unwrap_or_else(|| panic!("{}", line.name));
            line.ask(doing(Deed::Release), Some(&by)).unwrap();
        }
        Fate::Back(to) => {
            assert_eq!(in_force(&head), kept(game, &in_force(before), to, scene.restart));
            let name = if Some(to) == scene.stand.own { "stand" } else { to };
            let there = if to == "submitter" { None } else { at(&line, name) };
            let status = there.map_or(head.status, |place| place.head.status);
            let expected = if to == "submitter" { Status::SentBack } else { Status::Active };
            assert_eq!(status, expected, "{}: {head:?}", line.name);
        }
    }
    let fold = |line: &Game<'_>| super::rules::folds(line, &first);
    fold(&line);
    if !head.status.is_final() {
        let mut done = line.clone();
        to_the_end(&mut done);
        assert_eq!(super::rules::emitted(&done, "out"), 1, "{}", done.name);
        fold(&done);
    }
    line.finish();
    fold(&line);
}

/// The rest of the batch: on to its end, back, taken back, and taken apart further.
fn rest(scene: &Scene<'_>, game: &Game<'_>, tally: &mut Tally) {
    let mut done = game.clone();
    to_the_end(&mut done);
    scene.over(done);
    tally.done += 1;
    scene.then_withdraw(game, tally);
    for to in scene.stand.targets() {
        if scene.stand.pattern == ApprovalPattern::None && to == "first" {
            continue;
        }
        let mut game = game.clone();
        game.name.push_str(&format!(", then back to {to}"));
        let before = game.case.head.clone();
        let name = if Some(to) == scene.stand.own { "stand" } else { to };
        let action = game.ballot(VoteKind::Return, Some(name.to_owned()), "");
        let decision = scene.ask(&mut game, ("return", action), tally).unwrap();
        if to == "close" {
            ended(&game, &decision, Outcome::Returned, scene.stand);
        } else {
            goes_on_quietly(&game, &decision);
            scene.went_back(&game, &before, to);
        }
        scene.over(game);
    }
    // One more line may leave; the last one is the whole.
    let mut game = game.clone();
    let hold = |game: &Game<'_>, row| carving(game, row, doing(Deed::Hold));
    let action = hold(&game, 2);
    let by = decider(&game);
    assert_eq!(game.ask(action, Some(&by)).err(), Some(Refusal::NoSuchRow(2)), "{}", game.name);
    let action = hold(&game, 1);
    scene.ask(&mut game, ("carve", action), tally).unwrap();
    let action = hold(&game, 3);
    assert_eq!(game.ask(action, Some(&by)).err(), Some(Refusal::NothingLeft), "{}", game.name);
    scene.over(game);
}

/// Takes a line out where a case was sent back to.
pub(super) fn then(scene: &Scene<'_>, game: &Game<'_>, step: &str, tally: &mut Tally) {
    let mut game = game.clone();
    game.name.push_str(", then a line");
    let action = game.ballot(VoteKind::Reject, None, "");
    let action = carving(&game, 2, action);
    let back = game.case.head.status == Status::SentBack;
    let by = able(&game, step).filter(|_| !back).unwrap_or_else(|| one(&game, "approve"));
    let before = game.case.head.clone();
    let approve = game.definition.approval(before.step);
    let splits = approve.is_some_and(|one| one.exceptions == Exceptions::Split);
    match game.ask(action, Some(&by)) {
        Ok(decision) => {
            assert!(splits && !back, "{}", game.name);
            tally.done += 1;
            line_left(&game, &decision, true, true, scene.stand);
            assert_eq!(in_force(&game.case.head), in_force(&before), "{}", game.name);
            let mut done = game.clone();
            to_the_end(&mut done);
            scene.over(done);
        }
        Err(why) => {
            let known = matches!(why, Refusal::NotWaiting(_) | Refusal::NoSplit);
            assert!(known && (back || !splits), "{}: {why:?}", game.name);
            tally.refused += 1;
        }
    }
    assert!(may_withdraw(&game) || !back || game.case.head.status.is_final());
    scene.over(game);
}
