//! Every place a case can stand at, with everything that can be done to it there, and what can be
//! done after that: one by one, not met by chance.
//!
//! What must come of each is told by rule in [`rules`]; what the language does not offer is listed
//! in [`refused`]. However it goes, people can bring the case to an end, and folding its events
//! again gives the same case.

mod bring;
mod flows;
mod lines;
mod rules;

use std::collections::BTreeSet;

use kessai::domain::{ApprovalPattern, Person};
use kessai::workflow::expr::Value;
use kessai::workflow::{
    Action, Arrival, Awaited, CaseHead, Decision, Deed, Definition, Outcome, Refusal, Status,
    VoteKind,
};

use super::play::Game;
use bring::{able, at, doing, index, on, one, to_the_end};
use flows::{Kind, STANDS, Stand};
use rules::{ended, folds, goes_on_quietly, in_force, kept, loses_nothing, may_withdraw, seats};

/// How many there are: done, and not offered by the language.
const PAIRS: (usize, usize) = (4_415, 747);

/// Counts what was looked at.
#[derive(Default)]
struct Tally {
    /// What came of something that was done.
    done: usize,
    /// What the language does not offer.
    refused: usize,
}

#[test]
fn every_pair_of_place_and_deed_leads_where_the_rules_say() {
    let work = |half: usize| {
        let mut tally = Tally::default();
        for stand in STANDS.iter().skip(half).step_by(2) {
            all_of(stand, &mut tally);
        }
        tally
    };
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| work(1));
        (work(0), other.join().unwrap())
    });
    let (done, refused) = (one.done + other.done, one.refused + other.refused);
    assert_eq!((done, refused), PAIRS, "pairs done, and not offered");
}

/// Everything at one place.
fn all_of(stand: &Stand, tally: &mut Tally) {
    for resume in ["returner", "restart"] {
        let flow = stand.flow(resume, "until_first_vote");
        let game = bring::stand(stand, &flow);
        let scene = Scene { stand, restart: resume == "restart", first: first(&flow) };
        for to in stand.targets() {
            scene.back(&game, to, tally);
        }
        lines::all(&scene, &game, tally);
    }
    for withdraw in ["never", "until_first_vote", "until_done"] {
        let flow = stand.flow("returner", withdraw);
        let game = bring::stand(stand, &flow);
        let scene = Scene { stand, restart: false, first: first(&flow) };
        scene.withdraw(&game, tally);
        scene.hold(&game, tally);
        scene.reject(&game, tally);
        if stand.kind == Kind::Wait {
            scene.wait(&game, tally);
        }
    }
}

/// The case before its first event.
fn first(flow: &Definition) -> CaseHead {
    Game::new(flow, String::new()).case.head
}

/// One place, and what stays the same there.
struct Scene<'s> {
    stand: &'s Stand,
    restart: bool,
    first: CaseHead,
}

/// Why the language does not offer something at a place; nothing where it does.
fn refused(stand: &Stand, status: Status, deed: &str) -> Option<Refusal> {
    Some(match (stand.kind, deed) {
        // A wait asks nobody to decide, and nobody who decides can set it aside; no line leaves a
        // batch while it is in branches.
        (Kind::Wait, "return" | "reject" | "carve")
        | (Kind::Branch | Kind::BranchLast, "carve") => Refusal::NotWaiting(status),
        (Kind::Wait, "hold") => Refusal::NotYourSeat,
        (Kind::Task, "carve") => Refusal::NoSplit,
        _ => return None,
    })
}

/// Whoever decides where it stands, or somebody where nobody does.
fn decider(game: &Game<'_>) -> Person {
    able(game, "stand").unwrap_or_else(|| one(game, "officer"))
}

impl Scene<'_> {
    /// Asks for something that may not be offered; whether it was done.
    fn ask(
        &self,
        game: &mut Game<'_>,
        (deed, action): (&str, Action),
        tally: &mut Tally,
    ) -> Option<Decision> {
        let by = decider(game);
        let before = game.case.clone();
        let answer = game.ask(action, Some(&by));
        let Some(why) = refused(self.stand, before.head.status, deed) else {
            tally.done += 1;
            return Some(answer.unwrap_or_else(|why| panic!("{}: {deed}: {why:?}", game.name)));
        };
        assert_eq!(answer.err(), Some(why), "{}: {deed}", game.name);
        assert_eq!(game.case, before, "what is refused leaves no trace");
        tally.refused += 1;
        None
    }

    /// Ends a game: people can bring it to an end, and nothing was lost on the way.
    fn over(&self, mut game: Game<'_>) {
        loses_nothing(&game);
        folds(&game, &self.first);
        game.finish();
        folds(&game, &self.first);
        loses_nothing(&game);
    }

    /// A return to one place, and what may follow.
    fn back(&self, game: &Game<'_>, to: &str, tally: &mut Tally) {
        let mut game = game.clone();
        game.name.push_str(&format!(", back to {to}"));
        if self.restart {
            game.name.push_str(", restart");
        }
        let name = if Some(to) == self.stand.own { "stand" } else { to };
        let action = game.ballot(VoteKind::Return, Some(name.to_owned()), "");
        if self.stand.pattern == ApprovalPattern::None && to == "first" {
            // The contract asks for nobody there.
            let by = decider(&game);
            let answer = game.ask(action, Some(&by)).err();
            assert_eq!(answer, Some(Refusal::NoSuchTarget(to.to_owned())), "{}", game.name);
            tally.refused += 1;
            return;
        }
        let before = game.case.head.clone();
        let Some(decision) = self.ask(&mut game, ("return", action), tally) else { return };
        loses_nothing(&game);
        if to == "close" {
            ended(&game, &decision, Outcome::Returned, self.stand);
            self.over(game);
            return;
        }
        goes_on_quietly(&game, &decision);
        self.went_back(&game, &before, to);
        self.then_withdraw(&game, tally);
        self.then_hold(&game, name, tally);
        lines::then(self, &game, name, tally);
        self.then_again(&game, to, tally);
        if matches!(to, "keyed" | "twin") {
            self.then_otherwise(&game, to, tally);
        }
        if to == "early" {
            self.then_further(&game, tally);
        }
        self.comes_again(game.clone(), &before, to, tally);
        self.over(game);
    }

    /// Where a case stands after a return, and what counts.
    fn went_back(&self, game: &Game<'_>, before: &CaseHead, to: &str) {
        let head = &game.case.head;
        let name = if Some(to) == self.stand.own { "stand" } else { to };
        assert_eq!(
            in_force(head),
            kept(game, &in_force(before), to, self.restart),
            "{}",
            game.name
        );
        assert_eq!(head.round(), before.round() + 1, "{}", game.name);
        assert_eq!(head.scope, before.scope, "{}", game.name);
        if to == "submitter" {
            assert_eq!(head.status, Status::SentBack, "{}", game.name);
            assert!(head.tokens().is_empty(), "{}: branches are given up", game.name);
            return;
        }
        let place = at(game, name).unwrap_or_else(|| panic!("{}: {head:?}", game.name));
        assert_eq!(place.head.status, Status::Active, "{}", game.name);
        // What lies outside the branches ends them; the others go on beside a seat within.
        let within = self.stand.in_branch() && matches!(name, "inner" | "stand");
        assert_eq!(head.tokens().len(), if within { 2 } else { 0 }, "{}", game.name);
        if within {
            assert_eq!(head.tokens()[1], before.tokens()[1], "{}: the other branch", game.name);
        }
    }

    /// It comes again: everything that does not count any more is asked once, and nothing else.
    fn comes_again(&self, mut game: Game<'_>, before: &CaseHead, to: &str, tally: &mut Tally) {
        tally.done += 1;
        let index = |step| index(game.definition, step);
        let mut counts = in_force(&game.case.head);
        let mut expected = Vec::new();
        if to == "ask" {
            expected.push(index("ask"));
            if self.restart {
                counts.retain(|(step, _)| *step < index("keyed"));
            }
        }
        let all = seats(&game, self.stand);
        expected.extend(all.difference(&counts).map(|(step, _)| *step));
        expected.sort_unstable();
        let anew = matches!(to, "submitter" | "first" | "keyed" | "twin" | "early" | "ask");
        let sent = usize::from(self.stand.has_emitted())
            + usize::from(self.stand.has_emitted() && self.restart && anew);
        let mut asked = to_the_end(&mut game);
        if !self.restart && !matches!(to, "submitter" | "inner") {
            let voided = in_force(before).len() - counts.len() + usize::from(to == "ask");
            let next = asked.get(voided).copied();
            let stand = index("stand");
            assert!(next == Some(stand) || self.stand.in_branch(), "{}: {asked:?}", game.name);
        }
        asked.sort_unstable();
        assert_eq!(asked, expected, "{}: asked once more", game.name);
        assert_eq!(rules::emitted(&game, "out"), 1, "{}", game.name);
        if self.stand.has_emitted() {
            assert_eq!(rules::emitted(&game, "sent"), sent, "{}", game.name);
        }
        self.over(game);
    }

    /// After a return it comes again to where it stood, and is sent back the same way.
    fn then_again(&self, game: &Game<'_>, to: &str, tally: &mut Tally) {
        tally.done += 1;
        let mut game = game.clone();
        game.name.push_str(" twice");
        for _ in 0..20 {
            if at(&game, "stand").is_some_and(|_| game.case.head.status == Status::Active)
                && able(&game, "stand").is_some()
            {
                break;
            }
            on(&mut game, false);
        }
        let name = if Some(to) == self.stand.own { "stand" } else { to };
        let before = game.case.head.clone();
        let action = game.ballot(VoteKind::Return, Some(name.to_owned()), "");
        let by = able(&game, "stand").unwrap();
        let decision = game.ask(action, Some(&by)).unwrap();
        goes_on_quietly(&game, &decision);
        self.went_back(&game, &before, to);
        self.over(game);
    }

    /// Another amount is filled in: whatever was decided on the old one is decided anew.
    fn then_otherwise(&self, game: &Game<'_>, to: &str, tally: &mut Tally) {
        tally.done += 1;
        let mut game = game.clone();
        game.name.push_str(", then otherwise");
        let back = index(game.definition, to);
        let mut expected = Vec::new();
        for (step, _) in seats(&game, self.stand) {
            if step == back {
                let action = game.ballot(VoteKind::Approve, None, "7,000");
                let by = able(&game, to);
                game.ask(action, by.as_ref()).unwrap();
            } else if step > back {
                expected.push(step);
            }
        }
        let filled = &game.case.head.aside.as_ref().unwrap().filled;
        let amount = (format!("{to}.amount"), Value::Yen(7_000));
        assert!(filled.contains(&amount), "{}: {filled:?}", game.name);
        let mut asked = to_the_end(&mut game);
        asked.sort_unstable();
        assert_eq!(asked, expected, "{}", game.name);
        self.over(game);
    }

    /// Whoever it was sent back to sends it back further.
    fn then_further(&self, game: &Game<'_>, tally: &mut Tally) {
        for to in ["submitter", "first", "keyed", "twin"] {
            if to == "first" && self.stand.pattern == ApprovalPattern::None {
                continue;
            }
            tally.done += 1;
            let mut game = game.clone();
            game.name.push_str(&format!(", then further back to {to}"));
            let before = in_force(&game.case.head);
            let action = game.ballot(VoteKind::Return, Some(to.to_owned()), "");
            let by = able(&game, "early");
            let decision = game.ask(action, by.as_ref()).unwrap();
            goes_on_quietly(&game, &decision);
            let counts = in_force(&game.case.head);
            assert_eq!(counts, kept(&game, &before, to, self.restart), "{}", game.name);
            let all = seats(&game, self.stand);
            let expected: Vec<u8> = all.difference(&counts).map(|(step, _)| *step).collect();
            let mut asked = to_the_end(&mut game);
            asked.sort_unstable();
            assert_eq!(asked, expected, "{}", game.name);
            assert_eq!(rules::emitted(&game, "out"), 1, "{}", game.name);
            self.over(game);
        }
    }

    /// The submitter takes it back where it is now, if that may be.
    fn then_withdraw(&self, game: &Game<'_>, tally: &mut Tally) {
        let mut game = game.clone();
        game.name.push_str(", then withdrawn");
        let may = may_withdraw(&game);
        let by = one(&game, "approve");
        match game.ask(doing(Deed::Withdraw), Some(&by)) {
            Ok(decision) => {
                assert!(may, "{}", game.name);
                tally.done += 1;
                ended(&game, &decision, Outcome::Withdrawn, self.stand);
            }
            Err(why) => {
                assert_eq!((may, why), (false, Refusal::TooLateToWithdraw), "{}", game.name);
                tally.refused += 1;
            }
        }
        self.over(game);
    }

    /// It is set aside where it is now, and taken up again.
    fn then_hold(&self, game: &Game<'_>, step: &str, tally: &mut Tally) {
        let mut game = game.clone();
        game.name.push_str(", then held");
        let before = game.case.clone();
        let Some(by) = able(&game, step).filter(|_| before.head.status != Status::SentBack) else {
            let by = one(&game, "approve");
            assert!(game.ask(doing(Deed::Hold), Some(&by)).is_err(), "{}", game.name);
            tally.refused += 1;
            return;
        };
        tally.done += 1;
        let held = game.ask(doing(Deed::Hold), Some(&by)).unwrap();
        goes_on_quietly(&game, &held);
        assert_eq!(game.case.head.status, Status::Held, "{}", game.name);
        let vote = game.ballot(VoteKind::Approve, None, "5,000");
        let answer = game.ask(vote, Some(&by)).err();
        assert_eq!(answer, Some(Refusal::NotWaiting(Status::Held)), "{}", game.name);
        game.ask(doing(Deed::Release), Some(&by)).unwrap();
        let mut like = game.case.clone();
        (like.head.version, like.head.commands) =
            (before.head.version, before.head.commands.clone());
        if let (Some(is), Some(was)) = (&mut like.head.aside, &before.head.aside) {
            is.remarks.clone_from(&was.remarks);
        }
        assert_eq!(like, before, "{}: as if it had not been held", game.name);
        self.over(game);
    }

    fn withdraw(&self, game: &Game<'_>, tally: &mut Tally) {
        self.then_withdraw(game, tally);
    }

    fn hold(&self, game: &Game<'_>, tally: &mut Tally) {
        if self.stand.kind == Kind::Wait {
            let held = self.ask(&mut game.clone(), ("hold", doing(Deed::Hold)), tally);
            assert!(held.is_none());
            return;
        }
        self.then_hold(game, "stand", tally);
        let mut game = game.clone();
        let by = decider(&game);
        game.ask(doing(Deed::Hold), Some(&by)).unwrap();
        game.name.push_str(", held");
        self.then_withdraw(&game, tally);
    }

    fn reject(&self, game: &Game<'_>, tally: &mut Tally) {
        let mut game = game.clone();
        let action = game.ballot(VoteKind::Reject, None, "");
        if let Some(decision) = self.ask(&mut game, ("reject", action), tally) {
            ended(&game, &decision, Outcome::Rejected, self.stand);
            self.over(game);
        }
    }

    /// Every way a wait ends.
    fn wait(&self, game: &Game<'_>, tally: &mut Tally) {
        let step = game.case.head.step;
        let due = game.case.head.due.unwrap();
        let is_day = matches!(game.definition.wait(step).unwrap().until, Awaited::Date(_));
        let by = one(game, "manager");
        let arrival = |outcome| (None, Action::arrival(outcome, "stand", ""), None);
        let ways = [
            (None, doing(Deed::Proceed), Some(&by)),
            (Some(due), Action::Tick, None),
            arrival(Arrival::Ok),
            arrival(Arrival::Ng),
        ];
        for (now, action, by) in ways {
            tally.done += 1;
            let mut game = game.clone();
            game.now = now.unwrap_or(game.now);
            let stays = matches!(action, Action::Arrive { outcome: Arrival::Ng, .. })
                || (now.is_some() && !is_day);
            game.ask(action, by).unwrap();
            if stays {
                // A person looks at it.
                assert_eq!(game.case.head.status, Status::Incident, "{}", game.name);
                let by = one(&game, "manager");
                game.ask(doing(Deed::Proceed), Some(&by)).unwrap();
            }
            assert!(at(&game, "desk").is_some(), "{}: it goes on", game.name);
            to_the_end(&mut game);
            self.over(game);
        }
    }
}

#[test]
fn a_place_nobody_decides_at_is_no_place_to_send_back_to() {
    // Steps nobody decides at, one of another branch, one further on, and a contract's people.
    let all = ["look", "route", "news", "sent", "out", "done", "desk", "both", "other", "customer"];
    let mut told = BTreeSet::new();
    for stand in STANDS.iter().filter(|stand| stand.kind != Kind::Wait) {
        for target in all {
            let mistakes = stand.load(&format!("ask, {target}"), "returner", "never").unwrap_err();
            let [one] = mistakes.as_slice() else { panic!("{}: {mistakes:?}", stand.name) };
            assert!(one.line > 0 && one.ja.contains("差戻し先"), "{target}: {one:?}");
            told.insert(target);
        }
    }
    assert_eq!(told.len(), all.len());
}
