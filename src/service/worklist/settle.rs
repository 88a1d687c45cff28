//! What is stamped becomes a decision of the case, by the engine and its rules.

use std::sync::Arc;

use tracing::info;

use crate::domain::{
    Code, Finding, PaperChoice, PaperDecision, Person, ReceiptNo, Timestamp, UserId, may_be_stamped,
};
use crate::ports::{
    Entry, PaperReading, PaperVote, PrintRecord, PrintedTask, SheetRecord, StoreError, TaskEnd,
    WorklistMove,
};
use crate::workflow::{
    Action, Case, Command, CommandId, Decision, Definition, Facts, Refusal, Vote, VoteKind, Way,
    apply, content_digest, decide, places,
};

use super::super::DecideError;
use super::super::accounts::on_paper_mail;
use super::super::flaws::whole_file;
use super::super::people::People;
use super::Desk;

/// How often a decision is made again when others move the case meanwhile.
const TRIES_MAX: usize = 8;

/// What comes of a reading.
pub(super) enum Settled {
    /// It is not decided.
    Open,
    /// The same is recorded already.
    Repeated,
    /// The engine takes it.
    Decided(Box<Taken>),
    /// It cannot be recorded.
    Refused(Box<Finding>),
}

/// A decision the engine takes.
pub(super) struct Taken {
    case: Case,
    command: CommandId,
    decision: Decision,
    now: Timestamp,
}

impl Desk {
    /// Records what two officers read: in one commit with the case's own move, so that a stop
    /// leaves both or neither. Errs inside with why it cannot be recorded.
    pub(super) fn settle_on_paper(
        &self,
        officer: &Person,
        (receipt, print): (ReceiptNo, &PrintRecord),
        first: &PaperReading,
    ) -> Result<Result<TaskEnd, Box<Finding>>, StoreError> {
        let number = print.task.number;
        for _ in 0..TRIES_MAX {
            let Some(case) = self.store.case(print.task.case) else { break };
            let taken = match self.judged_on_paper(case, print, &first.said) {
                Settled::Open => return Ok(Ok(TaskEnd::Open)),
                Settled::Repeated => return Ok(Ok(TaskEnd::Repeated)),
                Settled::Refused(finding) => return Ok(Err(finding)),
                Settled::Decided(taken) => taken,
            };
            let Taken { case, command, decision, now } = *taken;
            let by = Some(officer.id.clone());
            let ended = WorklistMove::Ended { receipt, number, by, end: TaskEnd::Decided };
            let mut entries = vec![Entry::Worklist(Box::new(ended))];
            // Whoever is said to have stamped it hears of it, whatever is on the paper.
            let stamped = first.said.by.as_ref().and_then(|by| self.store.user(by));
            entries.extend(stamped.map(|user| {
                let readers = format!("{}、{}", self.name_of(&first.by), officer.name);
                Entry::Owed(vec![on_paper_mail(case.head.id, &user.person, &readers, now)])
            }));
            let done = self.commit_decision(&case, command, decision, (now, entries));
            match done {
                Ok(true) => {
                    let actor = first.said.by.as_ref().map(ToString::to_string).unwrap_or_default();
                    info!(case = %case.head.id, actor, "case decided on paper");
                    return Ok(Ok(TaskEnd::Decided));
                }
                Ok(false) => {}
                Err(DecideError::Store(failed)) => return Err(failed),
                Err(other) => return Err(StoreError::Poisoned(other.to_string())),
            }
        }
        let ja = "案件が動き続けているため、いまは記録できません。少し待ってから、もう一度お試しください。";
        Ok(Err(Box::new(whole_file(Code::P05, ja, "the case keeps moving; try again"))))
    }

    /// What would come of a reading now; what is read from this scan about the same case and not
    /// confirmed yet counts as recorded, so that one officer can read a whole sheet at once.
    pub(super) fn would_settle(
        &self,
        sheet: &SheetRecord,
        print: &PrintRecord,
        said: &PaperDecision,
    ) -> Settled {
        let Some(mut case) = self.store.case(print.task.case) else {
            return refused(Code::P02, "案件が見つかりません。", "there is no such case");
        };
        for task in &sheet.tasks {
            if task.number == print.task.number || task.end.is_some() {
                continue;
            }
            let other = self.store.printed(task.number);
            let other = other.filter(|other| other.task.case == print.task.case);
            let (Some(other), Some(reading)) = (other, &task.reading) else { continue };
            let settled = self.judged_on_paper(case.clone(), &other, &reading.said);
            if let Settled::Decided(taken) = settled {
                apply(&mut case.head, taken.command, &taken.decision.events);
            }
        }
        self.judged_on_paper(case, print, said)
    }

    /// Asks the engine about a reading; nothing is stored.
    fn judged_on_paper(&self, case: Case, print: &PrintRecord, said: &PaperDecision) -> Settled {
        let kind = match said.choice {
            PaperChoice::Open => return Settled::Open,
            PaperChoice::Approve => VoteKind::Approve,
            PaperChoice::Return => VoteKind::Return,
        };
        let (Some(by), Some(at)) = (&said.by, said.at) else { return Settled::Open };
        let now = self.clock.now();
        if !may_be_stamped(at, print.at, now) {
            let ja = format!(
                "紙の日時 {} は、印刷（{}）より前か、いまより後です。",
                at.japanese(),
                print.at.japanese()
            );
            return refused(Code::P03, &ja, "the time on the paper is before the print or to come");
        }
        if let Some(before) = self.decided_since(print, by) {
            return if before == kind { Settled::Repeated } else { conflict(before, kind) };
        }
        let Some(definition) = self.definition_of(&case) else {
            return refused(Code::P05, "流れの定義が見つかりません。", "the flow is not known");
        };
        // Who they were, who stood for whom and who was away: as of the day on the paper.
        let people = People::of(self.active_users(), self.basis_on(at.date()));
        let Some(person) = people.person(by).cloned() else {
            let ja = format!("ユーザーID {by} の方は、紙の日付の時点で登録がありません。");
            return refused(Code::P05, &ja, &format!("{by} is not registered on that day"));
        };
        let command = CommandId::of(&format!("paper {}", print.task.number));
        let all = people.of_case(&case);
        let ask = Asked { print, said, kind, now };
        match self.ask_engine(&case, &definition, (&person, &all), (command, &ask)) {
            Ok(decision) if decision.events.is_empty() => Settled::Repeated,
            Ok(decision) => Settled::Decided(Box::new(Taken { case, command, decision, now })),
            Err(Refusal::ContentChanged) => changed(&case, &definition, &print.task),
            Err(refusal) => {
                let ja = filled_before(&case, &print.task) + &refusal.japanese();
                refused(Code::P05, &ja, &refusal.to_string())
            }
        }
    }

    /// The engine's answer to a decision on paper.
    fn ask_engine(
        &self,
        case: &Case,
        definition: &Arc<Definition>,
        (person, people): (&Person, &[Person]),
        (id, ask): (CommandId, &Asked<'_>),
    ) -> Result<Decision, Refusal> {
        let rules = self.rulebook();
        let task = &ask.print.task;
        // A seat of the same step that was filled meanwhile changes nothing of what was seen.
        let same = places(case).iter().any(|place| place.head.step == task.step)
            && case.head.round() == task.round;
        let task_version = if same { case.head.task_version } else { task.task_version };
        let action = Action::Vote {
            kind: ask.kind,
            digest: task.content,
            task_version,
            shown_at: Some(ask.print.at),
            reason: ask.said.reason.clone(),
            back_to: None,
            entry: Vec::new(),
            way: Way::Paper,
        };
        let facts = Facts {
            now: ask.now,
            actor: Some(person),
            people,
            calendar: &rules.calendar,
            deadline: rules.deadline,
            digest: content_digest(case, definition),
        };
        decide(case, definition, &Command { id, action }, &facts)
    }

    /// What somebody decided on a case since a print, on the pages or by another print. Who stamped
    /// two tasks of one print did not repeat themselves: a second person must.
    fn decided_since(&self, print: &PrintRecord, by: &UserId) -> Option<VoteKind> {
        let case = self.store.case(print.task.case)?;
        let known = self.store.user(by).map(|user| user.person);
        let is_theirs = |vote: &&Vote| {
            vote.by == *by || known.as_ref().is_some_and(|person| person.is(&vote.by))
        };
        let beside: Vec<PaperVote> = self
            .store
            .paper_votes(case.head.id)
            .into_iter()
            .filter(|one| one.number != print.task.number && self.is_beside(print, one))
            .collect();
        let is_beside = |vote: &&Vote| {
            beside
                .iter()
                .any(|one| (one.reading.said.by.as_ref(), one.at) == (Some(&vote.by), vote.at))
        };
        let past = case.head.aside.iter().flat_map(|aside| &aside.past);
        let votes = past.chain(&case.head.votes).filter(|vote| vote.at > print.at);
        votes.filter(is_theirs).filter(|vote| !is_beside(vote)).map(|vote| vote.kind).next_back()
    }

    /// Whether a decision came from the same print.
    fn is_beside(&self, print: &PrintRecord, vote: &PaperVote) -> bool {
        let other = self.store.printed(vote.number);
        other.is_some_and(|other| {
            (other.at, other.desk, &other.by) == (print.at, print.desk, &print.by)
        })
    }
}

/// A decision on paper as the engine is asked about it.
struct Asked<'a> {
    print: &'a PrintRecord,
    said: &'a PaperDecision,
    kind: VoteKind,
    now: Timestamp,
}

fn refused(code: Code, ja: &str, en: &str) -> Settled {
    Settled::Refused(Box::new(whole_file(code, ja, en)))
}

fn conflict(before: VoteKind, now: VoteKind) -> Settled {
    let ja = format!(
        "同じ方が、印刷の後に「{}」と決裁しています。紙の「{}」とは食い違うため、先の決裁を残します。",
        before.japanese(),
        now.japanese()
    );
    refused(Code::P04, &ja, "the same person has decided otherwise since the print")
}

/// Who filled the seat since it was printed, in a sentence; empty where it is open.
fn filled_before(case: &Case, task: &PrintedTask) -> String {
    let mut votes = case.head.approvals();
    let found = votes.find(|vote| (vote.step, vote.seat) == (task.step, task.seat));
    let told = |vote: &Vote| {
        let Vote { name, at, .. } = vote;
        format!("この欄は {name} さんが {} に承認しています。", at.japanese())
    };
    found.map(told).unwrap_or_default()
}

/// What changed: the content, or only how far the case has come.
fn changed(case: &Case, definition: &Definition, task: &PrintedTask) -> Settled {
    let content = content_digest(case, definition);
    let ja = if content == task.content {
        "印刷した後に、案件が別の段階に進んだか、差し戻されています。印刷し直してください。"
            .to_owned()
    } else {
        format!(
            "印刷した後に、案件の内容が変わりました（照合番号 {} が {} に）。印刷し直してください。",
            task.content.short(),
            content.short()
        )
    };
    refused(Code::P01, &ja, "the case has changed since it was printed; print it anew")
}
