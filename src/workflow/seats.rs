//! Seats: which there are, which are open, and who may fill them.

use crate::domain::{ApprovalPattern, Organisation, Person};

use super::{Approve, Case, DistinctFrom, Need, Order, Place, Refusal, Seat, SeatNeed, Who};

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
    let contract;
    let needs = match &approve.need {
        Need::Seats(needs) => needs,
        Need::Contract(who) => {
            contract = contract_seats(who, pattern);
            &contract
        }
    };
    let each = needs.iter().flat_map(|need| (0..need.n).map(move |_| need));
    (0..Seat::MAX)
        .zip(each)
        .map(|(seat, need)| OpenSeat { seat, who: need.who.clone(), title: need.title.clone() })
        .collect()
}

/// The seats of the step `case` is at that may be filled now.
pub fn open_seats(case: &Case, approve: &Approve) -> Vec<OpenSeat> {
    let filled: Vec<Seat> = case.head.filled().collect();
    let mut open: Vec<OpenSeat> = all_seats(approve, case.file.pattern)
        .into_iter()
        .filter(|seat| !filled.contains(&seat.seat))
        .collect();
    if order(approve, case.file.pattern) == Order::Ordered {
        open.truncate(1);
    }
    open
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
        .filter(|person| may_sit(case, approve, person, people).is_ok())
        .filter(|person| seats.iter().any(|seat| holds(case, &seat.who, person)))
        .collect()
}

/// The open seat `person` would fill, or why there is none.
pub(super) fn seat_for(
    case: &Case,
    approve: &Approve,
    person: &Person,
    people: &[Person],
) -> Result<OpenSeat, Refusal> {
    may_sit(case, approve, person, people)?;
    open_seats(case, approve)
        .into_iter()
        .find(|seat| holds(case, &seat.who, person))
        .ok_or(Refusal::NotYourSeat)
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
    let own = case.file.submitted_by.as_ref().is_some_and(|submitter| {
        *submitter == person.id
            || people.iter().any(|other| other.id == *submitter && other.is_same_human(person))
    });
    if own && approve.distinct_from.contains(&DistinctFrom::Submitter) {
        return Err(Refusal::OwnSubmission);
    }
    let decided = case
        .head
        .votes
        .iter()
        .any(|vote| vote.by == person.id || vote.email.eq_ignore_ascii_case(&person.email));
    if decided { Err(Refusal::AlreadyDecided) } else { Ok(()) }
}

/// Whether the person holds the role where the seat demands it.
fn holds(case: &Case, who: &Who, person: &Person) -> bool {
    let there = match (who.at, person.organisation) {
        (Place::Desk, Organisation::Branch(branch)) => branch == case.file.desk,
        (Place::Submitter, Organisation::Customer(user)) => user.as_str() == case.file.submitter,
        (Place::Submitter, Organisation::Branch(branch)) => branch.as_str() == case.file.submitter,
        (Place::Desk, Organisation::Customer(_)) => false,
    };
    there && person.has(&who.role)
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
    titles
        .iter()
        .map(|title| SeatNeed { who: who.clone(), n: 1, title: (*title).to_owned() })
        .collect()
}
