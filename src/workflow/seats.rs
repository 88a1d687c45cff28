//! Seats: which there are, which are open, and who may fill them.

use std::ops::Range;
use std::sync::Arc;

use crate::domain::{
    Act, ApprovalPattern, BranchCode, Organisation, Person, Presence, Stead, UserId,
};

use super::{
    Approve, Awaited, Case, CaseFile, Definition, DistinctFrom, Escalation, Manner, Need, Order,
    Place, Refusal, Seat, SeatNeed, Status, Substitution, VoteKind, Who, applies, expr::Values,
    values,
};

/// A seat that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSeat {
    /// Its place within the step.
    pub seat: Seat,
    /// Who may fill it.
    pub who: Who,
    /// The seal's name, e.g. 照査.
    pub title: String,
}

/// Every seat of an approval, filled or not, in order.
pub fn all_seats(approve: &Approve, pattern: ApprovalPattern) -> Vec<OpenSeat> {
    groups(approve, pattern).iter().flat_map(Group::all).collect()
}

/// The seats a case with these values needs, as many of each kind as must be filled.
pub fn planned_seats(
    approve: &Approve,
    pattern: ApprovalPattern,
    values: &Values,
) -> Vec<OpenSeat> {
    let groups = groups(approve, pattern);
    let needed = groups.iter().filter(|group| group.holds(values));
    needed.flat_map(|group| group.all().take(usize::from(group.need.n))).collect()
}

/// The seats of the step `case` is at that may be filled now.
pub fn open_seats(case: &Case, approve: &Approve) -> Vec<OpenSeat> {
    let groups = needed_groups(case, approve);
    let unfinished = groups.iter().filter(|group| group.missing(case) > 0);
    let mut open: Vec<OpenSeat> = unfinished.flat_map(|group| group.untaken(case)).collect();
    if order(approve, case.file.pattern) == Order::Ordered {
        open.truncate(1);
    }
    open
}

/// Every seat of the step `case` is at that this case needs: those filled and those to fill.
pub fn needed_seats(case: &Case, approve: &Approve) -> Vec<OpenSeat> {
    let of_group = |group: &Group| {
        let untaken: Vec<Seat> = match group.missing(case) {
            0 => group.untaken(case).map(|seat| seat.seat).collect(),
            _ => Vec::new(),
        };
        group.all().filter(|seat| !untaken.contains(&seat.seat)).collect::<Vec<_>>()
    };
    needed_groups(case, approve).iter().flat_map(of_group).collect()
}

/// Seats of the step `case` is at that are still to be filled, as many as people are missing.
pub fn missing_seats(case: &Case, approve: &Approve) -> Vec<OpenSeat> {
    let groups = needed_groups(case, approve);
    groups.iter().flat_map(|group| group.untaken(case).take(group.missing(case))).collect()
}

/// The seats of the step `case` is at that this case does not need; nothing where every case needs
/// all of them. Once told to the case it holds while the step is open.
pub(super) fn seats_left_out(case: &Case, approve: &Approve) -> Option<Vec<Seat>> {
    if approve.need.seats().iter().all(|need| need.when.is_none()) {
        return None;
    }
    let values = values(case);
    let groups = groups(approve, case.file.pattern);
    let out = groups.iter().filter(|group| !group.holds(&values));
    Some(out.flat_map(|group| group.seats.clone()).collect())
}

/// Where a return to a seat leads in the step `case` is at: the first seat that must be filled
/// anew. Nothing where this case has no such seat.
pub(super) fn seat_to_return_to(case: &Case, approve: &Approve, seat: Seat) -> Option<Seat> {
    let groups = needed_groups(case, approve);
    // The first seat stands for the whole step.
    let group = groups.iter().find(|group| seat == 0 || group.seats.contains(&seat))?;
    let seat = seat.max(group.seats.start);
    let signed = case.head.filled().filter(|seat| group.seats.contains(seat)).min();
    if group.need.of > group.need.n { Some(signed.unwrap_or(seat)) } else { Some(seat) }
}

/// Whether enough of those asked together with `seat` are left for an approval.
pub(super) fn may_still_be_approved(
    case: &Case,
    approve: &Approve,
    seat: Seat,
    people: &[Person],
) -> bool {
    let groups = needed_groups(case, approve);
    let group = groups.iter().find(|group| group.seats.contains(&seat));
    group.is_some_and(|group| {
        let left: Vec<OpenSeat> = group.untaken(case).collect();
        let people = candidates(case, approve, &left, people).len();
        left.len().min(people) >= group.missing(case)
    })
}

/// Seats of one kind within a step.
struct Group {
    need: SeatNeed,
    /// Their numbers within the step.
    seats: Range<Seat>,
}

impl Group {
    fn all(&self) -> impl Iterator<Item = OpenSeat> {
        let SeatNeed { who, title, .. } = &self.need;
        let one = |seat| OpenSeat { seat, who: who.clone(), title: title.clone() };
        self.seats.clone().map(one)
    }

    fn holds(&self, values: &Values) -> bool {
        self.need.when.as_ref().is_none_or(|when| when.holds(values))
    }

    /// Its seats in which nobody of the step `case` is at has decided.
    fn untaken(&self, case: &Case) -> impl Iterator<Item = OpenSeat> {
        let step = case.head.step;
        let votes = case.head.votes.iter().filter(move |vote| vote.step == step);
        let taken: Vec<Seat> =
            votes.filter(|vote| vote.kind != VoteKind::Abstain).map(|vote| vote.seat).collect();
        self.all().filter(move |seat| !taken.contains(&seat.seat))
    }

    /// How many of its people have not approved yet.
    fn missing(&self, case: &Case) -> usize {
        let filled = case.head.filled().filter(|seat| self.seats.contains(seat)).count();
        usize::from(self.need.n).saturating_sub(filled)
    }
}

fn groups(approve: &Approve, pattern: ApprovalPattern) -> Vec<Group> {
    let needs = match &approve.need {
        Need::Seats(needs) => needs.clone(),
        Need::Contract(who) => contract_seats(who, pattern),
    };
    let mut next: Seat = 0;
    let place = |need: SeatNeed| {
        let first = next;
        next = next.saturating_add(need.of);
        Group { need, seats: first..next }
    };
    needs.into_iter().map(place).collect()
}

/// The groups of the step `case` is at that this case needs.
fn needed_groups(case: &Case, approve: &Approve) -> Vec<Group> {
    let mut groups = groups(approve, case.file.pattern);
    let out = match case.head.left_out() {
        Some(out) => out.to_vec(),
        None => seats_left_out(case, approve).unwrap_or_default(),
    };
    groups.retain(|group| !out.contains(&group.seats.start));
    groups
}

/// Who may fill one of `seats` now, in the order of `people`, each once.
///
/// That a person is the submitter under another ID is known only where `people` holds both.
pub fn candidates<'p>(
    case: &Case,
    approve: &Approve,
    seats: &[OpenSeat],
    people: &'p [Person],
) -> Vec<&'p Person> {
    people
        .iter()
        .filter(|person| {
            seats.iter().any(|seat| title_to(case, approve, seat, person, people).is_ok())
        })
        .collect()
}

/// The open seat `person` would fill and for whom, or why there is none.
pub(super) fn seat_for<'p>(
    case: &Case,
    approve: &Approve,
    person: &'p Person,
    people: &[Person],
) -> Result<(OpenSeat, Title<'p>), Refusal> {
    let mut refused = may_sit(case, approve, person, people).err().unwrap_or(Refusal::NotYourSeat);
    for seat in open_seats(case, approve) {
        match title_to(case, approve, &seat, person, people) {
            Ok(title) => return Ok((seat, title)),
            Err(why) if why != Refusal::NotYourSeat => refused = why,
            Err(_) => {}
        }
    }
    Err(refused)
}

/// By what right a person fills a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Title<'p> {
    /// By a role of their own.
    Own,
    /// For another person who is absent (代理); both then count as having decided.
    For(&'p Person),
    /// In place of all whose seat it is, none of whom is there (代決).
    InPlace,
}

/// By what right `person` may fill `seat` now.
pub(super) fn title_to<'p>(
    case: &Case,
    approve: &Approve,
    seat: &OpenSeat,
    person: &'p Person,
    people: &[Person],
) -> Result<Title<'p>, Refusal> {
    may_sit(case, approve, person, people)?;
    if let Some(to) = case.head.aside.as_ref().and_then(|aside| aside.assigned.as_ref())
        && *to != person.id
    {
        return Err(Refusal::AssignedTo(to.clone()));
    }
    let held = |who: &Person| may_fill(case, approve, seat, who);
    if held(person) {
        return Ok(Title::Own);
    }
    let mut refused = Refusal::NotYourSeat;
    for stead in person.stands_for.iter().filter(|stead| covers(stead, case, approve, person)) {
        match may_sit(case, approve, &stead.principal, people) {
            Ok(()) if held(&stead.principal) => return Ok(Title::For(&stead.principal)),
            Ok(()) => {}
            Err(why) => refused = why,
        }
    }
    let away = |one: &Person| one.today.presence == Presence::Away;
    let in_place =
        may_substitute(case, approve, person) && people.iter().filter(|one| held(one)).all(away);
    if in_place { Ok(Title::InPlace) } else { Err(refused) }
}

/// Whether the person may fill a seat of the step when none of its own people is there.
fn may_substitute(case: &Case, approve: &Approve, person: &Person) -> bool {
    approve.substitute.as_ref().is_some_and(|substitute| {
        case.head.scope.total.get() <= substitute.max.get()
            && substitute.allow.iter().any(|who| holds(case, who, person))
    })
}

/// The seat a vote in place of others filled, and who is to read it; nothing when the definition
/// no longer knows it.
pub fn review_of<'d>(
    case: &Case,
    definition: &'d Definition,
    one: &Substitution,
) -> Option<(OpenSeat, &'d Who)> {
    let approve = definition.approval(one.step)?;
    let seat = all_seats(approve, case.file.pattern).into_iter().nth(usize::from(one.seat))?;
    Some((seat, &approve.substitute.as_ref()?.post_review))
}

/// Whether the person may review what was decided in place of others in this case.
///
/// Whoever did so themselves reviews nothing of it.
pub fn may_review(case: &Case, definition: &Definition, person: &Person) -> bool {
    let own = |one: &Substitution| acted(person, &one.by, &one.email, &[]);
    let theirs = |one: &Substitution| {
        review_of(case, definition, one).is_some_and(|(_, who)| holds(case, who, person))
    };
    let mut open = case.head.open_reviews().peekable();
    open.peek().is_some() && !case.head.substitutions().iter().any(own) && open.all(theirs)
}

/// Whether what was done under a user ID and a mail address was done by this human. An address says
/// so, too, unless it is known to be that of another user of the same customer.
fn acted(person: &Person, by: &UserId, email: &str, people: &[Person]) -> bool {
    let peer = || people.iter().any(|other| other.id == *by && other.is_peer(person));
    person.is(by) || (email.eq_ignore_ascii_case(&person.email) && !peer())
}

/// Whether a delegation holds: between two humans of one organisation, up to its amount and in its
/// flows.
fn covers(stead: &Stead, case: &Case, approve: &Approve, person: &Person) -> bool {
    stead.principal.organisation == person.organisation
        && !stead.principal.is_same_human(person)
        && (stead.flows.is_empty() || stead.flows.contains(&approve.flow))
        && stead.max.is_none_or(|max| case.head.scope.total.get() <= max.get())
}

/// Whether the person holds what the seat asks for, escalations in force included.
///
/// A seat stays where it is: a proof that counts people at the desk holds after an escalation, too.
fn may_fill(case: &Case, approve: &Approve, seat: &OpenSeat, person: &Person) -> bool {
    let in_force = case.head.aside.as_ref().map_or(0, |aside| usize::from(aside.escalated));
    let here = |one: &&Escalation| one.who.at == seat.who.at;
    let escalated = approve.escalate.iter().take(in_force).filter(here);
    let replaced = escalated.clone().any(|one| one.manner == Manner::Replace);
    (!replaced && holds(case, &seat.who, person))
        || escalated.clone().any(|one| holds(case, &one.who, person))
}

/// Whether anything about the person's own acts forbids them a seat of this step.
///
/// One human fills one seat of a case, in whatever step, whatever the definition says: this is the
/// four-eyes rule, and no definition can weaken it.
fn may_sit(
    case: &Case,
    approve: &Approve,
    person: &Person,
    people: &[Person],
) -> Result<(), Refusal> {
    // One human with two IDs is still the submitter.
    let own = |id: &UserId| {
        person.is(id) || people.iter().any(|other| other.id == *id && other.is_same_human(person))
    };
    let submitted = case.file.submitted_by.as_ref().is_some_and(own);
    if submitted && approve.distinct_from.contains(&DistinctFrom::Submitter) {
        return Err(Refusal::OwnSubmission);
    }
    // Whoever read the paper would approve their own reading; no definition can allow that. What is
    // filled in is no approval.
    if approve.form.is_none() && case.file.paper.iter().flat_map(|paper| &paper.readers).any(own) {
        return Err(Refusal::OwnKeying);
    }
    let same = |id: &UserId, email: &str| acted(person, id, email, people);
    let acting = case.head.aside.iter().flat_map(|aside| &aside.acting);
    let decided = case.head.votes.iter().any(|vote| same(&vote.by, &vote.email))
        || acting.into_iter().any(|acting| same(&acting.principal, &acting.email));
    if decided { Err(Refusal::AlreadyDecided) } else { Ok(()) }
}

/// The case as each of its open branches has it, its step in the place of the case's own.
///
/// Made for looking only: what works on the open step of a case works on each of these.
pub fn places(case: &Case) -> Vec<Case> {
    let heads = case.head.places().into_iter();
    heads.map(|head| Case { file: Arc::clone(&case.file), head }).collect()
}

/// Whether a case waits for the person: an open seat, a return to be handed in again, or
/// something they are to let go on.
pub fn waits_for(case: &Case, definition: &Definition, person: &Person, people: &[Person]) -> bool {
    if case.head.status == Status::SentBack {
        return is_submitter(case, person);
    }
    places(case).iter().any(|place| waits_here(place, definition, person, people))
}

fn waits_here(place: &Case, definition: &Definition, person: &Person, people: &[Person]) -> bool {
    let step = place.head.step;
    match (place.head.status, definition.approval(step), definition.wait(step)) {
        (Status::Active | Status::Overdue | Status::Held, Some(approve), _) => {
            let seats = open_seats(place, approve);
            seats.iter().any(|seat| title_to(place, approve, seat, person, people).is_ok())
        }
        (Status::Waiting | Status::Incident, _, Some(wait)) => {
            let asked = wait.until == Awaited::Release || place.head.status == Status::Incident;
            asked && wait.release.as_ref().is_some_and(|who| holds(place, who, person))
        }
        _ => false,
    }
}

/// Whether a case could wait for the person where it stands, whoever has decided so far.
///
/// Coarse: for passing over whole queues of cases at the same step.
pub fn could_wait_for(
    case: &Case,
    definition: &Definition,
    person: &Person,
    people: &[Person],
) -> bool {
    // Rows of one queue may be of different accounts.
    let principals = person.stands_for.iter().map(|stead| &stead.principal);
    let limited = principals.chain([person]).any(|one| !one.reaches(case.accounts()));
    let any = limited.then(|| {
        let file = CaseFile { accounts: Arc::default(), ..(*case.file).clone() };
        Case { file: Arc::new(file), head: case.head.clone() }
    });
    let case = any.as_ref().unwrap_or(case);
    let step = case.head.step;
    let branches = definition.parallel(step).map(|found| step.saturating_add(1)..found.after);
    let mut steps = branches.unwrap_or(step..step.saturating_add(1));
    case.head.status == Status::SentBack && is_submitter(case, person)
        || steps.any(|step| {
            let mut there = case.clone();
            there.head.step = step;
            let seats = definition.approval(step).is_some_and(|approve| {
                let seats = all_seats(approve, case.file.pattern);
                let may = candidates(&there, approve, &seats, people);
                may.iter().any(|one| one.id == person.id)
            });
            let release = definition.wait(step).and_then(|wait| wait.release.as_ref());
            seats || release.is_some_and(|who| holds(&there, who, person))
        })
}

/// Whether the person may hand in and take back for the organisation that submitted; a customer's
/// people need the authority to (操作), and whoever approves has it.
pub(super) fn is_submitter(case: &Case, person: &Person) -> bool {
    let acts = [Act::Operate, Act::Approve];
    let may = || acts.iter().any(|act| person.holds(act.name(), case.kinds()));
    belongs(case, Place::Submitter, person)
        && (matches!(person.organisation, Organisation::Branch(_))
            || (may() && reaches(case, person)))
}

/// Whether a limit of the person to accounts leaves them this case (口座権限): for those of the
/// customer that submitted it, whose accounts they are.
pub fn reaches(case: &Case, person: &Person) -> bool {
    !matches!(person.organisation, Organisation::Customer(_))
        || !belongs(case, Place::Submitter, person)
        || person.reaches(case.accounts())
}

/// Whether the person holds the role where the seat demands it.
pub fn holds(case: &Case, who: &Who, person: &Person) -> bool {
    belongs(case, who.at, person)
        && (who.role.is_empty() || person.holds(&who.role, case.kinds()))
        && (who.at != Place::Submitter || reaches(case, person))
}

/// Whether the person belongs to the place, as this case sees it; a merged branch's desk is its
/// successor's.
pub fn belongs(case: &Case, at: Place, person: &Person) -> bool {
    let submitter = &case.file.submitter;
    match (at, person.organisation) {
        (Place::Desk, Organisation::Branch(_)) => person.works_at(case.file.desk),
        (Place::Submitter, Organisation::Customer(user)) => user.as_str() == submitter,
        (Place::Submitter, Organisation::Branch(_)) => {
            BranchCode::parse(submitter).is_ok_and(|branch| person.works_at(branch))
        }
        (Place::Counterparty, Organisation::Customer(user)) => {
            case.counterparty().is_some_and(|other| other == user.as_str())
        }
        (Place::Desk, Organisation::Customer(_))
        | (Place::Counterparty, Organisation::Branch(_)) => false,
    }
}

/// The steps of a case in which the other side consents (承諾).
pub fn consents(case: &Case, definition: &Definition) -> impl Iterator<Item = u8> {
    let steps = (0..=u8::MAX).zip(&definition.steps).map(|(step, _)| step);
    steps.filter(|step| definition.is_consent(*step) && applies(case, definition, *step))
}

/// Whether a person is of the other side, and the case has come so far that it was asked.
pub fn may_consent(case: &Case, definition: &Definition, person: &Person) -> bool {
    belongs(case, Place::Counterparty, person)
        && consents(case, definition).any(|step| step <= case.head.step)
}

/// The order seats are filled in; the contract's pattern decides where it is asked.
pub(super) fn order(approve: &Approve, pattern: ApprovalPattern) -> Order {
    match (&approve.need, pattern) {
        (Need::Contract(_), ApprovalPattern::DoubleOrdered) => Order::Ordered,
        (Need::Contract(_), _) => Order::Any,
        (Need::Seats(_), _) => approve.order,
    }
}

/// The seats a contract's pattern asks for (なし, シングル, ダブル).
fn contract_seats(who: &Who, pattern: ApprovalPattern) -> Vec<SeatNeed> {
    let titles: &[&str] = match pattern {
        ApprovalPattern::None => &[],
        ApprovalPattern::Single => &["承認"],
        ApprovalPattern::DoubleOrdered => &["一次承認", "最終承認"],
        ApprovalPattern::DoubleAny => &["承認", "承認"],
    };
    titles.iter().map(|title| SeatNeed::one(who.clone(), (*title).to_owned())).collect()
}
