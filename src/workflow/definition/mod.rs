//! A workflow definition as the engine reads it: steps, seats, deadlines.

mod obligation;
mod tasks;

pub use obligation::Obligation;
pub use tasks::{Awaited, Exit, Fail, Form, Parallel, Rule, Twin, Wait};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{Date, Digest, YenTotal};

use super::expr::{Expr, Fields};
use super::table::{Role, Table};
use super::{Due, FromDate, Source, Span, StepDue};

/// A workflow a case runs by, pinned by the hash of its text.
///
/// Made only by `load_definition`, which proves that every step is reachable and every seat names
/// a role; the engine trusts that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// SHA-256 of the definition's text.
    pub hash: Digest,
    /// Its name in channels and commands, e.g. `accrual`.
    pub id: String,
    /// Its name on papers, e.g. でんさい発生記録請求.
    pub title: String,
    /// The day it comes into force (施行日); earlier cases keep the definition they have.
    pub effective_from: Date,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// How long a case may take, where the flow promises it.
    pub sla: Option<Sla>,
    /// What is to be done after the approval.
    pub obliges: Vec<Obligation>,
    /// What was proved of it besides what every flow must keep.
    pub assertions: Vec<Assertion>,
    /// What it is made from, tables included; the hash is over this.
    pub source: Source,
}

/// How long a case may take from its opening to its end (処理の目安). It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sla {
    /// So long, `5bd`.
    pub target: Due,
    /// Steps in which the clock stands still, besides while the case is sent back.
    pub pause_in: Vec<u8>,
}

/// Something that holds for every case of a flow, proved when it is loaded.
///
/// Written `before(register): people(desk) >= 2`, with a condition after `when`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The emit step before which it holds, an index into the definition.
    pub before: u8,
    /// Whose people are counted; nothing for all.
    pub at: Option<Place>,
    /// How many distinct people at least.
    pub people: u32,
    /// For which cases; nothing for all.
    pub when: Option<Expr>,
    /// The assertion as it is written.
    pub text: String,
}

/// One step of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name within the definition.
    pub id: String,
    /// Its name on pages and papers.
    pub title: String,
    /// For which cases the step is; it is skipped for others. None is for all.
    pub when: Option<Expr>,
    /// What it does.
    pub kind: StepKind,
    /// The step that follows where it is not the next in the list, an index into the definition.
    pub next: Option<u8>,
}

impl Step {
    /// Tells the step which flow it is of.
    pub(super) fn belongs_to(&mut self, flow: &str) {
        if let StepKind::Approve(approve) = &mut self.kind {
            flow.clone_into(&mut approve.flow);
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Asks rules of the flow's own; those of the domain were judged at intake.
    Check(Vec<Rule>),
    /// Looks an answer up in a table that later conditions may use.
    Decide(Decide),
    /// Waits for people.
    Approve(Approve),
    /// Waits for something other than a decision.
    Wait(Wait),
    /// Several branches of steps at once; the steps of the branches follow it in the list.
    Parallel(Parallel),
    /// Sends out what was approved.
    Emit(Emit),
    /// Ends the case.
    End(Outcome),
}

impl StepKind {
    /// The approval or task, if it is one.
    pub const fn approval(&self) -> Option<&Approve> {
        if let Self::Approve(approve) = self { Some(approve) } else { None }
    }

    /// The wait, if it is one.
    pub const fn wait(&self) -> Option<&Wait> {
        if let Self::Wait(wait) = self { Some(wait) } else { None }
    }

    /// The branches, if it is a parallel step.
    pub const fn parallel(&self) -> Option<&Parallel> {
        if let Self::Parallel(parallel) = self { Some(parallel) } else { None }
    }

    /// The decision, if it is one.
    pub const fn decision(&self) -> Option<&Decide> {
        if let Self::Decide(decide) = self { Some(decide) } else { None }
    }

    /// The rules of a check; none for every other step.
    pub fn rules(&self) -> &[Rule] {
        if let Self::Check(rules) = self { rules } else { &[] }
    }
}

/// A step that looks an answer up in a decision table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decide {
    /// The table, proved to have an answer for every case.
    pub table: Table,
    /// The names its answers get, each `<step>.<column>`.
    pub results: Fields,
}

/// A step that waits for people's votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    /// The id of the flow it belongs to: who stands for others may do so in some flows only.
    pub flow: String,
    /// Whether seats are filled one after another.
    pub order: Order,
    /// The seats.
    pub need: Need,
    /// How many refusals end the case.
    pub veto: Veto,
    /// Whose people may not fill a seat here.
    pub distinct_from: Vec<DistinctFrom>,
    /// When it should be done; the 承認期限 of the rows holds besides.
    pub due: Option<StepDue>,
    /// What happens when it is not. There is no "approve".
    pub overdue: Overdue,
    /// Who is reminded when.
    pub remind: Vec<Remind>,
    /// Who else may fill a seat when it takes too long.
    pub escalate: Vec<Escalation>,
    /// Who may fill a seat in place of its people, when all of these are away (代決).
    pub substitute: Option<Substitute>,
    /// Where a person may send the case back to (差戻し).
    pub return_to: ReturnTo,
    /// How long the submitter may take the case back (引戻し).
    pub withdraw: Withdraw,
    /// Whether single lines of a batch may be sent back, refused or held here.
    pub exceptions: Exceptions,
    /// Whether a decision may come from a stamped 承認作業票.
    pub paper: OnPaper,
    /// What whoever fills a seat must fill in; a step with one is a task, not an approval.
    pub form: Option<Form>,
}

/// Whether the people of a step may decide on paper (紙の決裁) on a day without network or mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnPaper {
    /// On the pages alone, with the approval password.
    #[default]
    Refused,
    /// On a stamped 承認作業票, too, as two officers read it.
    Allowed,
}

/// Whether single lines may leave a batch while the rest goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceptions {
    /// The batch is decided as a whole.
    None,
    /// Lines become cases of their own (切離し).
    Split,
}

/// Who may fill a seat in place of its people (代決), and who reads it afterwards (後閲).
///
/// All belong where the step's seats are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitute {
    /// Who may.
    pub allow: Vec<Who>,
    /// The largest sum of a case.
    pub max: YenTotal,
    /// Who reads it afterwards.
    pub post_review: Who,
}

/// Where a case may be sent back to, and where it goes on when it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo {
    /// The places a person may choose from; the first is taken when none is named.
    pub targets: Vec<ReturnTarget>,
    /// Where it goes on.
    pub resume: Resume,
}

impl ReturnTo {
    /// What holds where a step says nothing: the other side has nobody to send a request back to.
    pub fn of(need: Option<&Need>) -> Self {
        let mut plain = Self::default();
        if need.is_some_and(|need| need.is_at(Place::Counterparty)) {
            plain.targets.clear();
        }
        plain
    }
}

impl Default for ReturnTo {
    /// Sending back ends the case.
    fn default() -> Self {
        Self { targets: vec![ReturnTarget::Close], resume: Resume::Returner }
    }
}

/// A place a case may be sent back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReturnTarget {
    /// The submitter, and the case ends: a corrected file comes as a new one.
    Close,
    /// The submitter, who may hand the same content in again.
    Submitter,
    /// A seat of this step or an earlier one, which must be filled anew.
    Seat {
        /// The step, an index into the definition.
        step: u8,
        /// The seat within the step.
        seat: u8,
    },
}

/// Where a case that was sent back goes on when it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Resume {
    /// With whoever sent it back; what others approved still counts.
    Returner,
    /// From the place it went back to: everything from there is decided anew.
    Restart,
}

/// How long the submitter may take a case back (引戻し).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdraw {
    /// Not at all.
    Never,
    /// Until somebody has decided in this step.
    UntilFirstVote,
    /// Until the step is done.
    UntilDone,
}

/// When those who may fill a seat are reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remind {
    /// So long before the deadline, `-2bh`.
    Before(Span),
    /// So long after it, `+1bh`.
    After(Span),
    /// Again and again after it.
    Every {
        /// How long from one to the next.
        span: Span,
        /// How often at most.
        max: u8,
    },
}

/// Who else may fill a seat when it takes too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// How long after the step was opened.
    pub after: Due,
    /// Who may then fill the open seats.
    pub who: Who,
    /// Whether those asked before still may.
    pub manner: Manner,
}

/// Whether an escalation adds people or puts them in the place of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Both may fill the seat.
    Add,
    /// Only the new ones may.
    Replace,
}

/// Whether seats are filled one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Seat k+1 opens after seat k (順序あり).
    Ordered,
    /// All seats open at once (順序なし).
    Any,
}

/// How many refusals (否認) end the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Veto {
    /// The first one.
    #[default]
    Any,
    /// As many as leave too few of those asked for an approval.
    Majority,
}

/// Which seats an approval has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// As the submitter's contract says: none, one, or two people.
    Contract(Who),
    /// As listed.
    Seats(Vec<SeatNeed>),
}

impl Need {
    /// The seats as listed; none where the contract decides.
    pub fn seats(&self) -> &[SeatNeed] {
        if let Self::Seats(seats) = self { seats } else { &[] }
    }

    /// Whether one of the seats is at a place.
    pub fn is_at(&self, place: Place) -> bool {
        match self {
            Self::Contract(who) => who.at == place,
            Self::Seats(seats) => seats.iter().any(|need| need.who.at == place),
        }
    }
}

/// Seats of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatNeed {
    /// Who may fill them.
    pub who: Who,
    /// How many distinct people.
    pub n: u8,
    /// Out of how many who are asked (合議), at least `n`; without more it is `n`.
    pub of: u8,
    /// For which cases; nothing for all.
    pub when: Option<Expr>,
    /// The seal's name, e.g. 照査.
    pub title: String,
}

impl SeatNeed {
    /// One seat that is needed in every case.
    pub const fn one(who: Who, title: String) -> Self {
        Self { who, n: 1, of: 1, when: None, title }
    }
}

/// Who may fill a seat: holders of a role or an authority somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The role at a branch or the authority at a customer.
    pub role: String,
    /// Where they must belong.
    pub at: Place,
}

/// Where the people of a seat belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// The organisation that submitted.
    Submitter,
    /// The branch that handles the submitter (取扱店).
    Desk,
    /// The other side of the request (相手), where it is a customer here and one for all rows.
    Counterparty,
}

impl Place {
    /// The places a flow may name, with their words.
    pub fn named() -> [(&'static str, Self); 3] {
        [Self::Submitter, Self::Desk, Self::Counterparty].map(|place| (place.name(), place))
    }

    /// The word of flows and JSON, e.g. `desk`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submitter => "submitter",
            Self::Desk => "desk",
            Self::Counterparty => "counterparty",
        }
    }
}

/// Whose people may not fill a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DistinctFrom {
    /// The person who submitted.
    Submitter,
    /// Those who voted in an earlier step, by its index.
    Step(usize),
}

/// What happens when an approval is not done in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// The case waits, marked, until someone returns or rejects it.
    Hold,
    /// The case is rejected.
    Reject,
    /// The case goes back to the submitter.
    Return,
}

/// What an emit step sends out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of `effects:`, there or not")]
pub struct Emit {
    /// The file for the clearing side.
    pub clearing: bool,
    /// The receipt (承認票).
    pub receipt: bool,
    /// The mail that tells the submitter.
    pub mail: bool,
    /// The changed rule that was approved comes into force.
    pub publish: bool,
    /// What is done when the case ends otherwise after all.
    pub compensate: Compensate,
}

/// What is done about what was sent out when the case ends otherwise after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compensate {
    /// Nothing.
    #[default]
    Nothing,
    /// The clearing side is told to cancel (取消通知).
    CancelNotice,
}

/// How a case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Approved and sent on.
    Completed,
    /// Refused by a person (否認).
    Rejected,
    /// Sent back to the submitter (差戻し).
    Returned,
    /// Taken back by the submitter (引戻し).
    Withdrawn,
    /// The clearing side has recorded it (記録済み).
    Recorded,
    /// The clearing side has not recorded it (記録エラー).
    Errored,
}

impl Definition {
    /// The approval or task at `index`, if that step is one.
    pub fn approval(&self, index: u8) -> Option<&Approve> {
        self.step(index)?.kind.approval()
    }

    /// The wait at `index`, if that step is one.
    pub fn wait(&self, index: u8) -> Option<&Wait> {
        self.step(index)?.kind.wait()
    }

    /// The branches of the parallel at `index`, if that step is one.
    pub fn parallel(&self, index: u8) -> Option<&Parallel> {
        self.step(index)?.kind.parallel()
    }

    /// The step that follows another one, were nothing skipped.
    pub fn after(&self, index: u8) -> u8 {
        let next = self.step(index).and_then(|step| step.next);
        let inner = self.parallel(index).map(|parallel| parallel.after);
        next.or(inner).unwrap_or(index.saturating_add(1))
    }

    /// Every expression of the flow's steps, their rules and their seats.
    pub fn conditions(&self) -> impl Iterator<Item = &Expr> {
        let rules = self.steps.iter().flat_map(|step| step.kind.rules());
        let seats = self.steps.iter().filter_map(|step| step.kind.approval());
        let seats = seats.flat_map(|approve| approve.need.seats());
        let steps = self.steps.iter().filter_map(|step| step.when.as_ref());
        steps.chain(rules.map(|rule| &rule.when)).chain(seats.filter_map(|need| need.when.as_ref()))
    }

    /// Every table of the flow's steps.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.steps.iter().filter_map(|step| step.kind.decision()).map(|decide| &decide.table)
    }

    /// Every date of a case from which its steps count.
    pub fn dates(&self) -> impl Iterator<Item = &FromDate> {
        let dues = self.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Approve(approve) => approve.due.as_ref(),
            StepKind::Wait(wait) => wait.timeout.as_ref(),
            StepKind::Check(_)
            | StepKind::Decide(_)
            | StepKind::Parallel(_)
            | StepKind::Emit(_)
            | StepKind::End(_) => None,
        });
        let dues = dues.filter_map(|due| match due {
            StepDue::Date(date) => Some(&**date),
            StepDue::Opening(_) => None,
        });
        let waits = self.steps.iter().filter_map(|step| match &step.kind.wait()?.until {
            Awaited::Date(date) => Some(date),
            Awaited::File | Awaited::Message | Awaited::Release => None,
        });
        dues.chain(waits)
    }

    /// The names of a case that its conditions, tables and dates ask for.
    pub fn asks(&self) -> BTreeSet<&str> {
        let columns = self.tables().flat_map(Table::columns);
        let asked = columns.filter_map(|column| match &column.role {
            Role::Condition(field) => Some(field.name.as_str()),
            Role::Result(_) | Role::Note => None,
        });
        let dates = self.dates().map(|date| date.name.as_str());
        let sides = self.asks_counterparty().then_some(super::COUNTERPARTY);
        asked.chain(self.conditions().flat_map(Expr::names)).chain(dates).chain(sides).collect()
    }

    /// Whether the other side has a seat in some step: every case then has one counterparty.
    pub fn asks_counterparty(&self) -> bool {
        (0..).zip(&self.steps).any(|(index, _)| self.is_consent(index))
    }

    /// Whether the other side has a seat in the step at `index`: it consents there (承諾).
    pub fn is_consent(&self, index: u8) -> bool {
        self.approval(index).is_some_and(|approve| approve.need.is_at(Place::Counterparty))
    }

    /// The name of a place a case may be sent back to: `close`, `submitter`, a step, `step.1`.
    pub fn target_name(&self, target: ReturnTarget) -> String {
        match target {
            ReturnTarget::Close => "close".to_owned(),
            ReturnTarget::Submitter => "submitter".to_owned(),
            ReturnTarget::Seat { step, seat } => {
                let id = self.step(step).map(|step| step.id.as_str()).unwrap_or_default();
                if seat == 0 { id.to_owned() } else { format!("{id}.{seat}") }
            }
        }
    }

    /// The same for people: 提出者（終了）, 提出者（再提出を待つ）, お客様承認 or 取扱店承認の照査.
    pub fn target_title(&self, target: ReturnTarget) -> String {
        match target {
            ReturnTarget::Close => "提出者へお返しして終了（直したファイルを出し直す）".to_owned(),
            ReturnTarget::Submitter => "提出者へ（確認のうえ、そのまま再提出）".to_owned(),
            ReturnTarget::Seat { step, seat } => {
                let Some(found) = self.step(step) else { return String::new() };
                let seal = match self.approval(step).map(|approve| &approve.need) {
                    Some(Need::Seats(needs)) => needs
                        .iter()
                        .flat_map(|need| (0..need.n).map(|_| need.title.as_str()))
                        .nth(usize::from(seat)),
                    _ => None,
                };
                seal.map_or(found.title.clone(), |seal| format!("{}の{seal}", found.title))
            }
        }
    }

    /// The step at `index`, if there is one.
    pub fn step(&self, index: u8) -> Option<&Step> {
        self.steps.get(usize::from(index))
    }
}
