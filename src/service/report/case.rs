//! One case with everything a person asks about it.

use serde::Serialize;

use crate::domain::{CaseId, Date, Organisation, Person, Timestamp};
use crate::ports::FileRecord;
use crate::render::names;
use crate::workflow::places;
use crate::workflow::{
    Approve, Carve, Case, Definition, EffectScope, Fate, Place, Remark, SlaClock, Status, Step,
    StepKind, Unit, Vote, VoteKind, all_seats, applies, belongs, content_digest, may_consent,
    needed_seats, open_seats, reaches,
};

use super::super::whose::{Requester, in_a_line};
use super::{Desk, Incident, NewsView, people_missing, rfc3339, who_may};

/// A case with all its facts.
///
/// Moments are RFC 3339 in Tokyo time, days `2026-12-01`, amounts whole yen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseView {
    /// The case id.
    pub case: String,
    /// The file's receipt number.
    pub receipt_no: String,
    /// The workflow's id.
    pub workflow: String,
    /// Its name on papers.
    pub title: String,
    /// `active`, `overdue`, …
    pub status: &'static str,
    /// The same in Japanese.
    pub status_ja: &'static str,
    /// `file` or `record`.
    pub unit: Unit,
    /// The channel it came by.
    pub channel: String,
    /// The submitter's folder.
    pub submitter: String,
    /// The submitter's name.
    pub submitter_name: String,
    /// Whose requests it is, where somebody else handed it in: a branch, for a FAX, a paper of the
    /// counter or a file. Empty where the submitter is the requester.
    pub requesters: Vec<Requester>,
    /// The person who dropped the file, where that is known.
    pub submitted_by: Option<String>,
    /// The branch that handles it.
    pub desk: String,
    /// The file.
    pub file: FileFacts,
    /// Records of this case.
    pub rows: u32,
    /// The sum of their amounts, in yen.
    pub amount_total: u64,
    /// The earliest record date.
    pub record_date: String,
    /// The last day on which every due date is far enough away.
    pub latest_day: Option<String>,
    /// When it must be decided; none once it is final.
    pub deadline: Option<String>,
    /// How it stands with the time the flow promises; none where it promises none.
    pub target: Option<TargetView>,
    /// The digest of what approvers see, 64 hexadecimal digits.
    pub content_digest: String,
    /// The same for eyes.
    pub content_short: String,
    /// The version a decision must name.
    pub task_version: u32,
    /// How many people must still approve in the open step.
    pub people_missing: usize,
    /// The steps that wait for people, in order.
    pub steps: Vec<StepView>,
    /// The decisions so far, oldest first.
    pub votes: Vec<VoteView>,
    /// Decisions that no longer count: what came before a return, and the return itself.
    pub past: Vec<VoteView>,
    /// What people did besides deciding, oldest first.
    pub remarks: Vec<RemarkView>,
    /// Lines that left the case, oldest first.
    pub carved: Vec<CarvedView>,
    /// The batch this case was a line of.
    pub split_from: Option<String>,
    /// What checks and waits found, and what was filled in, as sentences, oldest first.
    pub notes: Vec<String>,
    /// What became of its branches, in sentences: those that were merged into another.
    pub mergers: Vec<String>,
    /// What is new against what the requester had recorded before; filled by [`Desk::show`], and
    /// on the page for whoever may know it. Null where nothing can be compared.
    pub news: Option<NewsView>,
    /// What is owed because of it or its file and waits for a person; filled by [`Desk::show`]
    /// alone.
    pub stuck: Vec<Incident>,
    /// Mails about it or its file that came back, in sentences; filled by [`Desk::show`], and on
    /// the page for whoever may know it.
    pub returned: Vec<String>,
    /// Answers that lie in the outbox, as paths from the root; filled by [`Desk::show`] alone.
    pub results: Vec<String>,
}

impl CaseView {
    /// Whose case it is, as a line: the requesters, or else the submitter.
    pub fn who(&self) -> String {
        self.line(Requester::who)
    }

    /// The same with the requesters' accounts.
    pub fn who_and_account(&self) -> String {
        self.line(Requester::who_and_account)
    }

    fn line(&self, shown: fn(&Requester) -> String) -> String {
        in_a_line(&self.requesters, shown).unwrap_or_else(|| self.submitter_name.clone())
    }
}

/// How a case stands with the time its flow promises (処理の目安).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetView {
    /// When the case should be through.
    pub at: String,
    /// Whether the clock stands still: the case is with the customer, or has ended.
    pub stopped: bool,
    /// Whether it took or takes longer.
    pub missed: bool,
    /// The same for people, in a sentence.
    pub text: String,
}

/// Lines that left a batch by one decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CarvedView {
    /// The record numbers.
    pub rows: Vec<u32>,
    /// The sum of their amounts, in yen.
    pub amount_total: u64,
    /// `returned`, `rejected` or `held`.
    pub outcome: Fate,
    /// Who took them out.
    pub by: String,
    /// The name at that moment.
    pub name: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
    /// The same moment, for pages.
    #[serde(skip)]
    pub moment: Timestamp,
}

/// The file of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// Its name, safe to show.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u64,
    /// When it was received.
    pub received_at: String,
    /// Records in the file.
    pub records: u32,
    /// Records without an error.
    pub accepted: u32,
    /// Records with an error.
    pub rejected: u32,
    /// The sum of the accepted records, in yen.
    pub amount_total: u64,
}

/// A step that waits for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepView {
    /// Its name within the workflow.
    pub id: String,
    /// Its name on pages.
    pub title: String,
    /// How far it has come.
    pub state: StepState,
    /// Its seats in order.
    pub seats: Vec<SeatView>,
}

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Behind the case.
    Done,
    /// Waits for people.
    Open,
    /// Not reached yet.
    Later,
    /// Never reached: the case ended before it.
    NotReached,
}

/// A seat of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatView {
    /// The seal's name, e.g. 照査.
    pub title: String,
    /// The role or authority it needs.
    pub role: String,
    /// Where its holders belong: `submitter` or `desk`.
    pub at: &'static str,
    /// Who filled it.
    pub filled: Option<VoteView>,
    /// Whether it may be filled now.
    pub open: bool,
    /// Those who may fill it now, by user ID and name; empty unless it is open.
    pub people: Vec<(String, String)>,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoteView {
    /// The user ID.
    pub by: String,
    /// The name at that moment.
    pub name: String,
    /// `approve`, `return` or `reject`.
    pub decision: VoteKind,
    /// When.
    pub at: String,
    /// The same moment, for pages.
    #[serde(skip)]
    pub moment: Timestamp,
    /// The seal's name.
    pub seat: String,
    /// The absent person whose seat it is, where the vote was given for another (代理).
    pub acting_for: Option<String>,
    /// Whether it was given in place of people who were all away (代決).
    pub substituted: bool,
    /// Why.
    pub reason: String,
    /// Which way it came: `page` (or a command, with the same passwords) or `paper`.
    pub channel: &'static str,
    /// That it came on paper, in a sentence: the scan, its time, and who read it; null for what was
    /// decided on the pages.
    pub on_paper: Option<String>,
}

/// What a person did besides deciding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemarkView {
    /// The user ID.
    pub by: String,
    /// The name at that moment.
    pub name: String,
    /// `resubmit`, `withdraw`, `hold`, `release`, `consult`, `assign` or `review`.
    pub deed: &'static str,
    /// The same in Japanese.
    pub deed_ja: &'static str,
    /// What they wrote.
    pub text: String,
    /// When.
    pub at: String,
    /// The same moment, for pages.
    #[serde(skip)]
    pub moment: Timestamp,
}

impl Desk {
    /// Whether a case is any of the person's business.
    ///
    /// It is for people of the organisation that submitted and of the branch that handles it, and
    /// for the other side once it is asked. For everybody else it does not exist.
    pub fn may_see(&self, person: &Person, case: &Case) -> bool {
        let is_customer = matches!(person.organisation, Organisation::Customer(_));
        let reaches = || person.is_master() || reaches(case, person);
        let inquires = || !is_customer || (person.inquires(case.kinds()) && reaches());
        (belongs(case, Place::Submitter, person) && inquires())
            || belongs(case, Place::Desk, person)
            || self.definition_of(case).is_some_and(|flow| may_consent(case, &flow, person))
    }

    /// A case with all its facts and the answers that lie in the outbox.
    pub fn show(&self, id: CaseId) -> Option<CaseView> {
        let case = self.store.case(id)?;
        let mut view = self.view(&case)?;
        view.results = self.results(&case)?;
        view.news = self.news(&case).ok().flatten();
        view.returned = self.returned_about(&case, None);
        view.stuck = self.stuck(|effect| {
            let of_file = EffectScope::File(id.receipt);
            [EffectScope::Case(id), of_file].contains(&effect.scope)
        });
        Some(view)
    }

    /// A case with all its facts; without the answers, which take reading the outbox.
    pub fn view(&self, case: &Case) -> Option<CaseView> {
        let (head, shared) = (&case.head, &case.file);
        let file = self.store.file(shared.receipt)?;
        let flow = file.flows.get(usize::from(head.id.n).checked_sub(1)?)?;
        let definition = self.definition_of(case)?;
        let digest = content_digest(case, &definition);
        let mut view = CaseView {
            case: head.id.to_string(),
            receipt_no: shared.receipt.to_string(),
            workflow: definition.id.clone(),
            title: definition.title.clone(),
            status: head.status.name(),
            status_ja: head.status.japanese(),
            unit: if head.id.row.is_some() { Unit::Record } else { flow.unit },
            channel: shared.channel.clone(),
            submitter: shared.submitter.clone(),
            submitter_name: file.submitter.name.clone(),
            requesters: self.requesters(case),
            submitted_by: shared.submitted_by.as_ref().map(ToString::to_string),
            desk: shared.desk.to_string(),
            rows: head.scope.rows,
            amount_total: head.scope.total.get(),
            record_date: head.scope.record_date.to_string(),
            latest_day: head.scope.latest_day.as_ref().map(Date::to_string),
            target: head.clock().map(|clock| target(clock, head.status, self.clock.now())),
            deadline: head.due.filter(|_| !head.status.is_final()).map(rfc3339),
            content_digest: digest.to_string(),
            content_short: digest.short(),
            task_version: head.task_version,
            people_missing: missing(case, &definition),
            steps: self.steps(case, &definition),
            votes: votes(case, &definition, &case.head.votes),
            past: case
                .head
                .aside
                .as_ref()
                .map_or_else(Vec::new, |aside| votes(case, &definition, &aside.past)),
            remarks: case.head.remarks().iter().map(remark_view).collect(),
            carved: head.carves().iter().map(carved_view).collect(),
            split_from: (flow.unit == Unit::File && head.id.row.is_some())
                .then(|| CaseId { row: None, ..head.id }.to_string()),
            notes: notes(case, &definition),
            mergers: self.mergers(shared),
            news: None,
            stuck: Vec::new(),
            returned: Vec::new(),
            results: Vec::new(),
            file: file_facts(file),
        };
        self.tell_on_paper(head.id, &mut view);
        Some(view)
    }

    /// Says of each decision that came on paper that it did.
    fn tell_on_paper(&self, case: CaseId, view: &mut CaseView) {
        let filled = view.steps.iter_mut().flat_map(|step| &mut step.seats);
        let filled = filled.filter_map(|seat| seat.filled.as_mut());
        for vote in filled.chain(&mut view.votes).chain(&mut view.past) {
            vote.on_paper = self.came_on_paper(case, (&vote.by, vote.moment));
            if vote.on_paper.is_some() {
                vote.channel = "paper";
            }
        }
    }

    fn steps(&self, case: &Case, definition: &Definition) -> Vec<StepView> {
        let people = self.people_for(case);
        (0..=u8::MAX)
            .zip(&definition.steps)
            .filter(|(index, _)| applies(case, definition, *index))
            .filter_map(|(index, step)| {
                let StepKind::Approve(approve) = &step.kind else { return None };
                let state = state_of(case, definition, index);
                let here = place_of(case, definition, index);
                let seats = seats(&here, approve, (index, state), &people);
                let (id, title) = (step.id.clone(), step.title.clone());
                (!seats.is_empty()).then_some(StepView { id, title, state, seats })
            })
            .collect()
    }

    /// Answers about a case that lie in the outbox, as paths from the root.
    fn results(&self, case: &Case) -> Option<Vec<String>> {
        let file = self.store.file(case.file.receipt)?;
        let (receipt, id) = (file.receipt, case.head.id);
        let folder = format!("{}/{}", file.submitter.channel, file.submitter.folder);
        let names = [
            names::result_csv(receipt, &file.name),
            names::result_json(receipt, &file.name),
            names::slip_pdf(receipt, &file.name),
            names::final_csv(receipt, &file.name),
            names::receipt_pdf(id),
            names::comparison_pdf(receipt, &file.name),
            names::result_text(receipt, &file.name),
            names::final_text(receipt, &file.name),
        ];
        let mut paths: Vec<String> =
            names.into_iter().map(|name| format!("{folder}/{name}")).collect();
        paths.push(format!("center/{}", names::clearing_csv(id)));
        paths.retain(|path| self.outbox.find(path).is_some());
        Some(paths.into_iter().map(|path| format!("outbox/{path}")).collect())
    }
}

/// How many people must still decide before the case goes on, in every open branch.
fn missing(case: &Case, definition: &Definition) -> usize {
    if case.head.status.is_final() {
        return 0;
    }
    let places = places(case);
    let open =
        places.iter().filter_map(|place| Some((place, definition.approval(place.head.step)?)));
    open.map(|(place, approve)| people_missing(place, approve)).sum()
}

/// The case as the branch has it to which a step belongs; the case itself for all other steps.
pub(super) fn place_of(case: &Case, definition: &Definition, step: u8) -> Case {
    let parallel = definition.parallel(case.head.step);
    let mine = parallel.and_then(|found| {
        found.branches.iter().position(|(first, end)| (*first..*end).contains(&step))
    });
    let token = mine.and_then(|branch| case.head.tokens().get(branch));
    let mut place = case.clone();
    if let Some(token) = token {
        place.head.step = token.step;
        place.head.status = token.status;
        if let Some(aside) = &mut place.head.aside {
            aside.assigned.clone_from(&token.assigned);
            aside.escalated = token.escalated;
        }
    }
    place
}

pub(super) fn state_of(case: &Case, definition: &Definition, index: u8) -> StepState {
    let place = place_of(case, definition, index);
    let head = &place.head;
    // A branch that has ended is behind the case, whatever becomes of the others.
    let in_branch = head.step != case.head.step;
    if in_branch && head.status == Status::Completed {
        return StepState::Done;
    }
    let final_here = head.status.is_final() && !head.status.is_good();
    match index.cmp(&head.step) {
        std::cmp::Ordering::Less => StepState::Done,
        std::cmp::Ordering::Equal if head.status.is_final() => StepState::Done,
        std::cmp::Ordering::Equal => StepState::Open,
        std::cmp::Ordering::Greater if head.status.is_good() => StepState::Done,
        std::cmp::Ordering::Greater if final_here => StepState::NotReached,
        std::cmp::Ordering::Greater => StepState::Later,
    }
}

fn seats(
    case: &Case,
    approve: &Approve,
    (index, state): (u8, StepState),
    people: &[Person],
) -> Vec<SeatView> {
    let open = if state == StepState::Open { open_seats(case, approve) } else { Vec::new() };
    let mut there = case.clone();
    there.head.step = index;
    needed_seats(&there, approve)
        .into_iter()
        .map(|seat| {
            let vote = case.head.votes.iter().find(|v| counts(v, index, seat.seat));
            let is_open = open.contains(&seat);
            let may = if is_open { who_may(case, approve, &seat, people) } else { Vec::new() };
            SeatView {
                role: seat.who.role,
                at: seat.who.at.name(),
                filled: vote.map(|vote| vote_view(case, vote, &seat.title)),
                open: is_open,
                people: may.iter().map(|p| (p.id.to_string(), p.name.clone())).collect(),
                title: seat.title,
            }
        })
        .collect()
}

/// Whether a vote is the one that fills a seat, or ended the case from it.
fn counts(vote: &Vote, step: u8, seat: u8) -> bool {
    vote.kind != VoteKind::Abstain && (vote.step, vote.seat) == (step, seat)
}

fn votes(case: &Case, definition: &Definition, votes: &[Vote]) -> Vec<VoteView> {
    let seat = |vote: &Vote| {
        let Some(Step { kind: StepKind::Approve(approve), .. }) = definition.step(vote.step) else {
            return String::new();
        };
        all_seats(approve, case.file.pattern)
            .into_iter()
            .find(|seat| seat.seat == vote.seat)
            .map(|seat| seat.title)
            .unwrap_or_default()
    };
    votes.iter().map(|vote| vote_view(case, vote, &seat(vote))).collect()
}

/// How a case stands with the time its flow promises.
pub(in crate::service) fn target(clock: SlaClock, status: Status, now: Timestamp) -> TargetView {
    let (stopped, missed) = (clock.stopped.is_some(), clock.is_missed(now));
    let how = match (status.is_final(), missed, stopped) {
        (true, false, _) => "のうちに終わりました",
        (true, true, _) => "を過ぎて終わりました",
        (false, true, _) => "を過ぎています",
        (false, false, true) => "（ご返答を待つ間、時計は止まっています）",
        (false, false, false) => "まで",
    };
    let text = format!("処理の目安 {}{how}", clock.target.japanese());
    TargetView { at: rfc3339(clock.target), stopped, missed, text }
}

fn remark_view(remark: &Remark) -> RemarkView {
    RemarkView {
        by: remark.by.to_string(),
        name: remark.name.clone(),
        deed: remark.deed.name(),
        deed_ja: remark.deed.japanese(),
        text: remark.text.clone(),
        at: rfc3339(remark.at),
        moment: remark.at,
    }
}

fn carved_view(carve: &Carve) -> CarvedView {
    CarvedView {
        rows: carve.rows.iter().collect(),
        amount_total: carve.total.get(),
        outcome: carve.fate,
        by: carve.by.to_string(),
        name: carve.name.clone(),
        reason: carve.reason.clone(),
        at: rfc3339(carve.at),
        moment: carve.at,
    }
}

fn vote_view(case: &Case, vote: &Vote, seat: &str) -> VoteView {
    let principal = case.head.principal(vote.step, vote.seat);
    VoteView {
        acting_for: principal.map(|principal| principal.name.clone()),
        substituted: case.head.is_substituted(vote),
        by: vote.by.to_string(),
        name: vote.name.clone(),
        decision: vote.kind,
        at: rfc3339(vote.at),
        moment: vote.at,
        seat: seat.to_owned(),
        reason: vote.reason.clone(),
        channel: "page",
        on_paper: None,
    }
}

fn file_facts(file: FileRecord) -> FileFacts {
    FileFacts {
        name: file.name,
        sha256: file.digest.to_string(),
        bytes: file.bytes,
        received_at: rfc3339(file.received_at),
        records: file.records,
        accepted: file.accepted,
        rejected: file.rejected,
        amount_total: file.total.get(),
    }
}

/// What checks and waits found, then what was filled in and counts.
fn notes(case: &Case, definition: &Definition) -> Vec<String> {
    let Some(aside) = case.head.aside.as_deref() else { return Vec::new() };
    let title = |step: u8| definition.step(step).map_or("", |step| step.title.as_str());
    let found = aside.notes.iter().map(|note| format!("{}: {}", title(note.step), note.text));
    let fields = definition
        .steps
        .iter()
        .filter_map(|step| Some((step, step.kind.approval()?.form.as_ref()?)));
    let filled = fields.flat_map(|(step, form)| {
        form.fields.iter().filter_map(move |field| {
            let (_, value) = aside.filled.iter().find(|(name, _)| *name == field.name)?;
            Some(format!("{}: {} {}", step.title, field.label, field.kind.show(value)))
        })
    });
    found.chain(filled).collect()
}
