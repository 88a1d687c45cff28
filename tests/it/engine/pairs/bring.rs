//! Brings a case to where it is to stand, and on from there.

use std::sync::Arc;

use kessai::domain::Person;
use kessai::workflow::{
    Action, Arrival, Awaited, Case, Decision, Deed, Definition, Event, Status, VoteKind,
    candidates, open_seats, places,
};

use super::flows::{Kind, Stand};
use crate::engine::play::Game;
use crate::story::person;

/// Everybody there is: enough for every seat, twice over.
fn people() -> Vec<Person> {
    let roles = ["checker", "manager", "compliance", "clerk", "officer", "approve"];
    let of =
        |role: &'static str| (0..14).map(move |n| person(&format!("{}{n:03}", &role[..5]), role));
    roles.into_iter().flat_map(of).collect()
}

/// A case where it is to stand.
pub(super) fn stand<'d>(stand: &Stand, definition: &'d Definition) -> Game<'d> {
    let mut game = Game::new(definition, stand.name.to_owned());
    game.people = people();
    Arc::make_mut(&mut game.case.file).pattern = stand.pattern;
    game.ask(Action::Open { gathered: Vec::new() }, None).unwrap();
    while !is_there(&game, stand) {
        on(&mut game, stand.kind == Kind::BranchLast);
    }
    if stand.is_late() {
        game.now = game.case.head.due.unwrap();
        game.ask(Action::Tick, None).unwrap();
        assert_eq!(game.case.head.status, Status::Overdue);
    }
    game
}

fn is_there(game: &Game<'_>, stand: &Stand) -> bool {
    let done = |one: &kessai::workflow::Token| one.status == Status::Completed;
    let place = at(game, "stand");
    place.is_some_and(|place| place.head.filled().count() == stand.votes)
        && (stand.kind != Kind::BranchLast || game.case.head.tokens().iter().any(done))
}

/// The case as it stands at a step, if it does.
pub(super) fn at(game: &Game<'_>, step: &str) -> Option<Case> {
    places(&game.case).into_iter().find(|place| id(game.definition, place.head.step) == step)
}

pub(super) fn id(definition: &Definition, step: u8) -> &str {
    &definition.step(step).unwrap().id
}

pub(super) fn index(definition: &Definition, id: &str) -> u8 {
    u8::try_from(definition.steps.iter().position(|step| step.id == id).unwrap()).unwrap()
}

/// Whoever may decide at a step.
pub(super) fn able(game: &Game<'_>, step: &str) -> Option<Person> {
    let place = at(game, step)?;
    let approve = game.definition.approval(place.head.step)?;
    let seats = open_seats(&place, approve);
    candidates(&place, approve, &seats, &game.people).first().copied().cloned()
}

/// Somebody with a role, whatever they have done.
pub(super) fn one(game: &Game<'_>, role: &str) -> Person {
    game.people.iter().find(|person| person.has(role)).unwrap().clone()
}

pub(super) fn doing(deed: Deed) -> Action {
    Action::Do { deed, text: "理由".to_owned() }
}

/// One thing that brings the case on; the last branch first, if so wanted.
pub(super) fn on(game: &mut Game<'_>, last: bool) -> Decision {
    let status = game.case.head.status;
    if status == Status::SentBack {
        let by = one(game, "approve");
        return game.ask(doing(Deed::Resubmit), Some(&by)).unwrap();
    }
    let mut all = places(&game.case);
    if last {
        all.reverse();
    }
    let step = id(game.definition, all[0].head.step).to_owned();
    let Some(wait) = game.definition.wait(all[0].head.step) else {
        let by = able(game, &step);
        let mut action = game.ballot(VoteKind::Approve, None, "5,000");
        if let Action::Vote { entry, .. } = &mut action {
            entry.push(("answer".to_owned(), "1".to_owned()));
        }
        return game.ask(action, by.as_ref()).unwrap();
    };
    match wait.until {
        Awaited::Date(_) => {
            game.now = all[0].head.due.unwrap();
            game.ask(Action::Tick, None).unwrap()
        }
        Awaited::Release => {
            let by = one(game, "manager");
            game.ask(doing(Deed::Proceed), Some(&by)).unwrap()
        }
        Awaited::File | Awaited::Message => {
            game.ask(Action::arrival(Arrival::Ok, &step, ""), None).unwrap()
        }
    }
}

/// An event, in whichever branch.
pub(super) fn plain(event: &Event) -> &Event {
    if let Event::Within { event, .. } = event { plain(event) } else { event }
}

/// Brings the case to its end; the steps at which somebody approved, in order.
pub(super) fn to_the_end(game: &mut Game<'_>) -> Vec<u8> {
    let before = game.decided.len();
    for _ in 0..40 {
        if game.case.head.status.is_final() {
            break;
        }
        on(game, false);
    }
    assert_eq!(game.case.head.status, Status::Completed, "{}: {:?}", game.name, game.case.head);
    let events = game.decided[before..].iter().flat_map(|(_, events)| events);
    let approved = events.filter_map(|event| match plain(event) {
        Event::Voted { vote, .. } => Some(vote.step),
        _ => None,
    });
    approved.collect()
}
