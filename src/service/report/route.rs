//! The route of a flow as it is written, and of a case as it went, to be drawn.

use std::collections::BTreeSet;

use crate::domain::{ApprovalPattern, Date, Timestamp, YenTotal};
use crate::render::draw::{Decision, Edge, EdgeKind, Fill, Kind, Node, Route, Seat, Stamp, State};
use crate::render::words::Words;
use crate::service::{Desk, Rulebook};
use crate::workflow::table::Role;
use crate::workflow::{
    Approve, Awaited, Case, Decide, Definition, Emit, Form, Manner, Need, Order, Outcome, Overdue,
    Remind, ReturnTarget, Status, Step, StepDue, StepKind, Twin, Veto, VoteKind, Wait, Who,
    all_seats, expr::Expr, values,
};

use super::case::{place_of, state_of};
use super::spans::{from_date, from_now, length};
use super::ways::ways_on;
use super::{CaseView, SeatView, StepState, StepView};

impl Rulebook {
    /// The route of the flow of this id that is in force on `day`.
    pub fn route(&self, id: &str, day: Date) -> Option<Route> {
        let definition = &self.flow(id, day)?.definition;
        let mut route = self.plan(definition);
        let words = &self.answers.words;
        let date = definition.effective_from.japanese();
        route.subtitle = vec![words.fill("route.flow", &[("id", &definition.id), ("date", &date)])];
        route.subtitle.extend(self.promise(definition));
        let channels = self.channels.values();
        let channels = channels.filter(|c| c.routes.values().any(|route| route.workflow == id));
        let channels: Vec<&str> = channels.map(|channel| channel.title.as_str()).collect();
        if let Some(start) = route.nodes.first_mut().filter(|_| !channels.is_empty()) {
            let channels = channels.join("、");
            start.notes = vec![words.fill("route.channels", &[("channels", &channels)])];
        }
        route.edges.extend(self.ways_back(definition));
        Some(route)
    }

    /// A definition as stations and ways on, nothing begun; station 0 is the intake.
    fn plan(&self, definition: &Definition) -> Route {
        let words = &self.answers.words;
        let mut nodes = vec![blank("", Kind::Receive, words.get("route.received"))];
        nodes.extend(definition.steps.iter().map(|step| self.planned(step)));
        let edges = ways_on(definition, words);
        Route { title: definition.title.clone(), nodes, edges, ..Route::default() }
    }

    fn planned(&self, step: &Step) -> Node {
        let words = &self.answers.words;
        let (kind, name) = match &step.kind {
            StepKind::Check(_) => (Kind::Check, words.get("route.check")),
            StepKind::Wait(_) => (Kind::Wait, words.get("route.wait")),
            StepKind::Parallel(_) => (Kind::Parallel, words.get("route.parallel")),
            StepKind::Decide(_) => (Kind::Decide, words.get("route.decide")),
            StepKind::Approve(approve) if approve.form.is_some() => (Kind::Task, step.id.as_str()),
            StepKind::Approve(_) => (Kind::Approve, step.id.as_str()),
            StepKind::Emit(_) => (Kind::Emit, words.get("route.emit")),
            StepKind::End(outcome) => (Kind::End, words.get(end_key(*outcome))),
        };
        // A step without a title of its own is called by its id, which is no name for people.
        let title = if step.title == step.id { name } else { &step.title };
        let mut node = blank(&step.id, kind, title);
        node.notes.extend(self.condition(step));
        match &step.kind {
            StepKind::Approve(approve) => {
                node.deadline = self.limit(approve);
                node.notes.extend(approve.form.as_ref().map(|form| fields(words, form)));
                node.notes.extend(order(words, approve));
                node.notes.extend(self.some_of_the_seats(approve));
                node.notes.extend(patience(words, approve));
                node.notes.push(words.get(overdue_key(approve.overdue)).to_owned());
                node.seats = planned_seats(words, approve);
            }
            StepKind::Emit(emit) => node.notes.push(effects(words, emit)),
            StepKind::Decide(decide) => node.notes.extend(asked(words, decide)),
            StepKind::Wait(wait) => node.notes.extend(awaited(words, wait)),
            StepKind::Check(_) | StepKind::Parallel(_) | StepKind::End(_) => {}
        }
        node
    }

    /// How long a case may take, in words.
    fn promise(&self, definition: &Definition) -> Option<String> {
        let (words, sla) = (&self.answers.words, definition.sla.as_ref()?);
        let target = from_now(words, sla.target);
        let mut told = words.fill("route.promise", &[("target", &target)]);
        let steps = sla.pause_in.iter().filter_map(|at| Some(&*definition.step(*at)?.title));
        let steps: Vec<&str> = steps.collect();
        if !steps.is_empty() {
            told.push_str(&words.fill("route.promise_pause", &[("steps", &steps.join("・"))]));
        }
        Some(told)
    }

    /// What must hold for a step to be done, in words.
    fn condition(&self, step: &Step) -> Option<String> {
        let condition = self.spoken(step.when.as_ref()?);
        Some(self.answers.words.fill("route.only_when", &[("condition", &condition)]))
    }

    /// A condition in words; channels by their titles.
    fn spoken(&self, condition: &Expr) -> String {
        let mut condition = condition.japanese();
        for channel in self.channels.values() {
            let (name, title) = (format!("「{}」", channel.name), format!("「{}」", channel.title));
            condition = condition.replace(&name, &title);
        }
        condition
    }

    /// Seats that not every case has, and seats of which only some must be filled.
    fn some_of_the_seats(&self, approve: &Approve) -> Vec<String> {
        let words = &self.answers.words;
        let told = approve.need.seats().iter().flat_map(|need| {
            let seat = need.title.as_str();
            let (n, of) = (need.n.to_string(), need.of.to_string());
            let some = (need.of > need.n)
                .then(|| words.fill("route.some_of", &[("seat", seat), ("n", &n), ("of", &of)]));
            let when = need.when.as_ref().map(|when| {
                let condition = self.spoken(when);
                words.fill("route.seat_when", &[("seat", seat), ("condition", &condition)])
            });
            some.into_iter().chain(when)
        });
        let veto = (approve.veto == Veto::Majority).then(|| words.get("route.majority").to_owned());
        told.chain(veto).collect()
    }

    /// Until when a step is to be done, as the flow says it.
    fn limit(&self, approve: &Approve) -> String {
        let words = &self.answers.words;
        match &approve.due {
            None => {
                let time = format!("{}:{:02}", self.deadline.hour, self.deadline.minute);
                words.fill("route.due_record", &[("time", &time)])
            }
            Some(StepDue::Opening(due)) => {
                words.fill("route.due", &[("due", &from_now(words, *due))])
            }
            Some(StepDue::Date(from)) => {
                words.fill("route.due", &[("due", &from_date(words, from))])
            }
        }
    }

    /// Every way back the flow allows; one within a station is not drawn.
    fn ways_back(&self, definition: &Definition) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (from, step) in (1..).zip(&definition.steps) {
            let StepKind::Approve(approve) = &step.kind else { continue };
            let places: BTreeSet<usize> =
                approve.return_to.targets.iter().copied().map(back_to).collect();
            edges.extend(places.range(..from).map(|to| self.back(from, *to)));
        }
        edges
    }

    /// A way back.
    fn back(&self, from: usize, to: usize) -> Edge {
        way(from, to, self.answers.words.get("route.back"), EdgeKind::Back)
    }
}

impl Desk {
    /// The route of a case as `view` tells it: names that `view` does not hold are not shown.
    pub fn route(&self, case: &Case, view: &CaseView) -> Option<Route> {
        let definition = self.definition_of(case)?;
        let received_at = self.store.file(case.file.receipt)?.received_at;
        let rules = self.rulebook();
        let words = &rules.answers.words;
        let mut route = rules.plan(&definition);
        view.status_ja.clone_into(&mut route.standing);
        route.subtitle = subtitle(words, case, view);
        if let Some(start) = route.nodes.first_mut() {
            start.state = State::Done;
            start.at = Some(received_at);
            start.notes = vec![format!("{}　{}", received_at.japanese(), view.file.name)];
        }
        for ((index, step), node) in
            (0..=u8::MAX).zip(&definition.steps).zip(route.nodes.iter_mut().skip(1))
        {
            self.walked(node, (index, step), case, view);
        }
        let skipped = |at: usize| route.nodes.get(at).is_some_and(|n| n.state == State::Skipped);
        let steps = &definition.steps;
        let settled = |edge: &Edge| {
            let from = edge.from.checked_sub(1).and_then(|at| steps.get(at));
            // What leads past stations though nothing is skipped is how the flow is built.
            let built = from.is_some_and(|step| step.when.is_none() && !is_plain(&step.kind));
            built || (edge.from + 1..edge.to).all(skipped)
        };
        route.edges.retain(settled);
        // Which way it goes is settled: the stations say why.
        route.edges.iter_mut().for_each(|edge| edge.label.clear());
        let stopped = route.nodes.iter().position(|node| node.state == State::Stopped);
        let open = route.nodes.iter().position(|node| node.state == State::Open);
        let from = match case.head.status {
            Status::Returned => stopped,
            Status::SentBack => open,
            _ => None,
        };
        route.edges.extend(from.map(|from| rules.back(from, 0)));
        Some(route)
    }

    /// What has become of a planned step in a case.
    fn walked(&self, node: &mut Node, (index, step): (u8, &Step), case: &Case, view: &CaseView) {
        let rules = self.rulebook();
        let words = &rules.answers.words;
        let mine = view.steps.iter().find(|shown| shown.id == step.id);
        let Some(definition) = self.definition_of(case) else { return };
        node.state = state(case, &definition, (index, step), mine);
        let condition = rules.condition(step);
        // In a case both are settled.
        let contract = words.get("route.contract");
        node.notes.retain(|note| Some(note) != condition.as_ref() && note != contract);
        match (&step.kind, node.state) {
            (_, State::Skipped) => {
                let unmet = condition.filter(|_| is_for_others(step, case));
                let by_contract = step
                    .kind
                    .approval()
                    .is_some_and(|approve| matches!(approve.need, Need::Contract(_)));
                let nobody = if by_contract { "route.no_seat" } else { "route.no_seat_needed" };
                let reason = unmet.unwrap_or_else(|| words.get(nobody).to_owned());
                (node.deadline, node.notes, node.seats) = (String::new(), vec![reason], Vec::new());
            }
            (StepKind::Check(rules), State::Done) if rules.is_empty() => {
                let [accepted, rejected] =
                    [view.file.accepted, view.file.rejected].map(|count| count.to_string());
                let counts = [("accepted", accepted.as_str()), ("rejected", rejected.as_str())];
                node.notes = vec![words.fill("route.checked", &counts)];
            }
            (StepKind::Approve(_), _) => approved(words, node, mine, (case, view)),
            (StepKind::Decide(_), State::Done) => node.notes = answered(step, case),
            (
                StepKind::Check(_)
                | StepKind::Decide(_)
                | StepKind::Wait(_)
                | StepKind::Parallel(_)
                | StepKind::Emit(_)
                | StepKind::End(_),
                _,
            ) => {}
        }
    }
}

/// What has become of a planned approval.
fn approved(
    words: &Words,
    node: &mut Node,
    mine: Option<&StepView>,
    (case, view): (&Case, &CaseView),
) {
    node.seats = mine.map(|step| seats(words, step)).unwrap_or_default();
    node.at = mine.and_then(last_vote);
    match node.state {
        State::Later => {}
        State::Open => {
            let due = case.head.due.map(Timestamp::japanese);
            let due = due.map(|due| words.fill("route.due_at", &[("moment", &due)]));
            node.deadline = due.unwrap_or_default();
            node.notes = open_notes(words, case, view);
        }
        _ => {
            node.deadline.clear();
            node.notes = mine.map(|step| reasons(words, step)).unwrap_or_default();
            if node.state == State::Stopped && node.notes.is_empty() {
                node.notes = vec![words.get("route.timed_out").to_owned()];
            }
        }
    }
}

/// Whether a step simply leads to the next one.
fn is_plain(kind: &StepKind) -> bool {
    !matches!(kind, StepKind::Parallel(_) | StepKind::Wait(_))
}

/// The station a return leads to.
fn back_to(target: ReturnTarget) -> usize {
    match target {
        ReturnTarget::Close | ReturnTarget::Submitter => 0,
        ReturnTarget::Seat { step, .. } => usize::from(step).saturating_add(1),
    }
}

fn blank(id: &str, kind: Kind, title: &str) -> Node {
    Node {
        id: id.to_owned(),
        kind,
        title: title.to_owned(),
        state: State::Plain,
        at: None,
        deadline: String::new(),
        notes: Vec::new(),
        seats: Vec::new(),
    }
}

fn way(from: usize, to: usize, label: &str, kind: EdgeKind) -> Edge {
    Edge { from, to, label: label.to_owned(), kind }
}

fn subtitle(words: &Words, case: &Case, view: &CaseView) -> Vec<String> {
    let scope = &case.head.scope;
    let (count, amount) = (YenTotal::new(scope.rows.into()).to_string(), scope.total.to_string());
    let date = scope.record_date.japanese();
    vec![
        words.fill("route.case", &[("case", &view.case), ("submitter", &view.submitter_name)]),
        words.fill("route.totals", &[("count", &count), ("amount", &amount), ("date", &date)]),
    ]
}

/// How far a step has come, its own conditions and the case's end considered.
fn state(
    case: &Case,
    definition: &Definition,
    (index, step): (u8, &Step),
    mine: Option<&StepView>,
) -> State {
    let nobody = matches!(step.kind, StepKind::Approve(_)) && mine.is_none();
    let head = &case.head;
    if is_for_others(step, case) || nobody {
        return State::Skipped;
    }
    // Of several ends a case comes to one; an answer of the clearing side leads to its own.
    let answered = matches!(head.status, Status::Recorded | Status::Errored);
    if let StepKind::End(outcome) = step.kind
        && (answered || head.status == Status::Completed)
    {
        return match (Status::from(outcome) == head.status, head.status.is_good()) {
            (true, true) => State::Done,
            (true, false) => State::Stopped,
            (false, _) => State::NotReached,
        };
    }
    let here = place_of(case, definition, index).head.step;
    if answered {
        return if index <= here { State::Done } else { State::NotReached };
    }
    match state_of(case, definition, index) {
        StepState::Done if index == here && !head.status.is_good() => State::Stopped,
        StepState::Done => State::Done,
        StepState::Open => State::Open,
        StepState::Later => State::Later,
        StepState::NotReached => State::NotReached,
    }
}

fn is_for_others(step: &Step, case: &Case) -> bool {
    step.when.as_ref().is_some_and(|when| !when.holds(&values(case)))
}

fn seats(words: &Words, step: &StepView) -> Vec<Seat> {
    let fill = |seat: &SeatView| match &seat.filled {
        Some(vote) => Fill::Stamped(Stamp {
            name: vote.name.clone(),
            at: vote.moment,
            decision: match vote.decision {
                VoteKind::Approve => Decision::Approve,
                VoteKind::Return => Decision::Return,
                // A seat is never filled by whoever takes no part in it.
                VoteKind::Reject | VoteKind::Abstain => Decision::Reject,
            },
        }),
        None if seat.open => {
            Fill::Waiting(seat.people.iter().map(|(_, name)| name.clone()).collect())
        }
        None => Fill::Vacant,
    };
    let seats = step.seats.iter();
    seats
        .map(|seat| Seat {
            title: match &seat.filled {
                Some(vote) if vote.substituted => format!("{}・代決", seat.title),
                _ => seat.title.clone(),
            },
            who: who(words, &seat.role, seat.at),
            fill: fill(seat),
        })
        .collect()
}

fn last_vote(step: &StepView) -> Option<Timestamp> {
    step.seats.iter().filter_map(|seat| Some(seat.filled.as_ref()?.moment)).max()
}

/// Why somebody sent the case back or refused it.
fn reasons(words: &Words, step: &StepView) -> Vec<String> {
    let votes = step.seats.iter().filter_map(|seat| seat.filled.as_ref());
    let against = votes.filter(|vote| vote.decision != VoteKind::Approve);
    against
        .map(|vote| {
            let decision = vote.decision.japanese();
            words.fill("route.reason", &[("decision", decision), ("reason", &vote.reason)])
        })
        .collect()
}

/// What is missing where the case stands.
fn open_notes(words: &Words, case: &Case, view: &CaseView) -> Vec<String> {
    let missing = || words.fill("route.missing", &[("count", &view.people_missing.to_string())]);
    vec![match case.head.status {
        Status::Overdue => words.get("route.late").to_owned(),
        Status::Incident => words.get("route.unstaffed").to_owned(),
        Status::SentBack => words.get("route.sent_back").to_owned(),
        Status::Held => words.get("route.held").to_owned(),
        Status::Waiting => words.get("route.waiting").to_owned(),
        Status::Active
        | Status::Completed
        | Status::Rejected
        | Status::Returned
        | Status::Withdrawn
        | Status::Recorded
        | Status::Errored => missing(),
    }]
}

/// What is to be filled in.
fn fields(words: &Words, form: &Form) -> String {
    let labels: Vec<&str> = form.fields.iter().map(|field| field.label.as_str()).collect();
    let key = if form.twin == Twin::Blind { "route.form_blind" } else { "route.form" };
    words.fill(key, &[("fields", &labels.join("、"))])
}

/// What a wait waits for, and how long.
fn awaited(words: &Words, wait: &Wait) -> Vec<String> {
    let what = match &wait.until {
        Awaited::File => words.get("route.wait_file").to_owned(),
        Awaited::Message => words.get("route.wait_message").to_owned(),
        Awaited::Release => words.get("route.wait_release").to_owned(),
        Awaited::Date(from) => words.fill("route.wait_date", &[("date", &from_date(words, from))]),
    };
    let limit = wait.timeout.as_ref().map(|due| {
        let due = match due {
            StepDue::Opening(due) => from_now(words, *due),
            StepDue::Date(from) => from_date(words, from),
        };
        words.fill("route.due", &[("due", &due)])
    });
    std::iter::once(what).chain(limit).collect()
}

/// What is done while an approval takes long, in words.
fn patience(words: &Words, approve: &Approve) -> Vec<String> {
    let remind = approve.remind.iter().map(|remind| match *remind {
        Remind::Before(span) => ("route.remind_before", span),
        Remind::After(span) => ("route.remind_after", span),
        Remind::Every { span, .. } => ("route.remind_every", span),
    });
    let remind = remind.map(|(key, span)| words.fill(key, &[("span", &length(words, span))]));
    let escalate = approve.escalate.iter().map(|one| {
        let key = match one.manner {
            Manner::Add => "route.escalate_add",
            Manner::Replace => "route.escalate_replace",
        };
        let who = who(words, &one.who.role, one.who.at.name());
        words.fill(key, &[("after", &from_now(words, one.after)), ("who", &who)])
    });
    remind.chain(escalate).chain(in_place(words, approve)).collect()
}

/// Who decides in place of people who are all away, in words.
fn in_place(words: &Words, approve: &Approve) -> Option<String> {
    let rule = approve.substitute.as_ref()?;
    let name = |one: &Who| who(words, &one.role, one.at.name());
    let allowed: Vec<String> = rule.allow.iter().map(name).collect();
    let (max, review) = (rule.max.to_string(), name(&rule.post_review));
    let values = [("who", allowed.join("・")), ("max", max), ("review", review)];
    let values: Vec<(&str, &str)> =
        values.iter().map(|(key, text)| (*key, text.as_str())).collect();
    Some(words.fill("route.in_place", &values))
}

/// The seats as the flow lists them; where the contract decides, one seat that says so.
fn planned_seats(words: &Words, approve: &Approve) -> Vec<Seat> {
    let listed = match &approve.need {
        Need::Seats(_) => all_seats(approve, ApprovalPattern::None),
        Need::Contract(_) => all_seats(approve, ApprovalPattern::Single),
    };
    let seats = listed.into_iter().map(|seat| Seat {
        who: who(words, &seat.who.role, seat.who.at.name()),
        title: seat.title,
        fill: Fill::Vacant,
    });
    seats.collect()
}

/// How the seats are filled, in words.
fn order(words: &Words, approve: &Approve) -> Option<String> {
    match (&approve.need, approve.order) {
        (Need::Contract(_), _) => Some(words.get("route.contract").to_owned()),
        (Need::Seats(needs), Order::Ordered) if needs.len() > 1 => {
            let seats: Vec<&str> = needs.iter().map(|need| need.title.as_str()).collect();
            Some(words.fill("route.ordered", &[("seats", &seats.join(" → "))]))
        }
        (Need::Seats(_), Order::Ordered | Order::Any) => None,
    }
}

/// What a table asks and answers, in words.
fn asked(words: &Words, decide: &Decide) -> Vec<String> {
    let conditions = decide.table.columns().iter().filter_map(|column| match &column.role {
        Role::Condition(field) => Some(field.label.as_str()),
        Role::Result(_) | Role::Note => None,
    });
    let conditions = conditions.collect::<Vec<_>>().join("、");
    let results: Vec<&str> = decide.results.iter().map(|field| field.label.as_str()).collect();
    vec![words.fill("route.asks", &[("conditions", &conditions), ("results", &results.join("、"))])]
}

/// What a table has answered, in words.
fn answered(step: &Step, case: &Case) -> Vec<String> {
    let StepKind::Decide(decide) = &step.kind else { return Vec::new() };
    let known = values(case);
    let told = decide.results.iter().filter_map(|field| {
        let value = known.get(&field.name)?;
        Some(format!("{}：{}", field.label, field.kind.show(value)))
    });
    told.collect()
}

/// `取扱店の照査者`; a role of the bank's own is called as it is written.
pub(in crate::service) fn who(words: &Words, role: &str, at: &str) -> String {
    let key = format!("role.{role}");
    let role = if words.has(&key) { words.get(&key) } else { role };
    words.fill(&format!("place.{at}"), &[("role", role)])
}

fn effects(words: &Words, emit: &Emit) -> String {
    let all = [
        (emit.clearing, "route.clearing"),
        (emit.receipt, "route.receipt"),
        (emit.mail, "route.mail"),
    ];
    let named = all.iter().filter(|(sent, _)| *sent).map(|(_, key)| words.get(key));
    named.collect::<Vec<_>>().join("、")
}

const fn end_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "route.completed",
        Outcome::Rejected => "route.rejected",
        Outcome::Returned => "route.returned",
        Outcome::Withdrawn => "route.withdrawn",
        Outcome::Recorded => "route.recorded",
        Outcome::Errored => "route.errored",
    }
}

const fn overdue_key(overdue: Overdue) -> &'static str {
    match overdue {
        Overdue::Hold => "route.overdue_hold",
        Overdue::Return => "route.overdue_return",
        Overdue::Reject => "route.overdue_reject",
    }
}
