//! Why something waits: found by what people have of it, and told in one paragraph each.

use std::str::FromStr as _;

use crate::domain::{CaseId, KeyingStage, Organisation, Person, ReceiptNo, UserNumber};
use crate::ports::{CaseFilter, FileRecord, FileVerdict};
use crate::render::why::{Seats, Standing, State, paragraph, unknown};
use crate::workflow::{
    Awaited, Case, Definition, Place, Status, StepKind, applies, open_seats, places,
};

use super::Desk;
use super::search::Query;

/// Paragraphs in one answer; whoever asks about more asks too widely.
const ANSWERS_MAX: usize = 20;

/// What is said of one thing that was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The case, where it is one.
    pub case: Option<CaseId>,
    /// The paragraph.
    pub text: String,
}

impl Desk {
    /// Why what somebody asks about waits: a case or receipt number, a file's name or path, a user
    /// number or a Ref.No. Errs with one and the same answer for what `whom` may not see and what
    /// there is not.
    pub fn why(&self, asked: &str, whom: Option<&Person>) -> Result<Vec<Why>, String> {
        let asked = asked.trim();
        let mut found = self.found_by_name(asked, whom);
        if found.is_empty() {
            found = self.found_by_ref(asked, whom);
        }
        if found.is_empty() {
            return Err(unknown(asked, &self.rulebook().answers.desk));
        }
        Ok(found)
    }

    fn found_by_name(&self, asked: &str, whom: Option<&Person>) -> Vec<Why> {
        if let Ok(id) = CaseId::from_str(asked) {
            let case = self.store.case(id).filter(|case| self.sees(whom, case));
            return case.iter().filter_map(|case| self.why_with_mails(case, whom)).collect();
        }
        if let Ok(receipt) = ReceiptNo::from_str(asked) {
            let file = self.store.file(receipt);
            return file.iter().flat_map(|file| self.why_file(file, whom)).collect();
        }
        let name = asked.rsplit(['/', '\\']).next().unwrap_or(asked);
        let customer = UserNumber::parse(asked).ok();
        let wanted = |file: &FileRecord| match customer {
            Some(customer) => file.submitter.folder == customer.as_str() && file.open_cases > 0,
            None => file.name == name,
        };
        let files = self.store.files(&wanted, usize::MAX);
        // The newest first: people ask about what they have just handed in.
        let answers = files.iter().rev().flat_map(|file| self.why_file(file, whom));
        answers.take(ANSWERS_MAX).collect()
    }

    fn found_by_ref(&self, asked: &str, whom: Option<&Person>) -> Vec<Why> {
        if asked.is_empty() {
            return Vec::new();
        }
        // A customer's question reads the customer's own files alone.
        let submitter = whom.and_then(|person| match person.organisation {
            Organisation::Customer(user) => Some(user.to_string()),
            Organisation::Branch(_) => None,
        });
        let query = Query { submitter, words: Some(asked.to_owned()), ..Query::default() };
        let found = self.search(&query, whom, ANSWERS_MAX).unwrap_or_default();
        let mut cases: Vec<CaseId> = found
            .into_iter()
            .filter(|one| one.request.requester_ref == asked)
            .map(|one| one.case)
            .collect();
        cases.dedup();
        let cases = cases.into_iter().filter_map(|id| self.store.case(id));
        cases.filter_map(|case| self.why_with_mails(&case, whom)).collect()
    }

    fn sees(&self, whom: Option<&Person>, case: &Case) -> bool {
        whom.is_none_or(|person| self.may_see(person, case))
    }

    /// A file, or its cases where it has some.
    fn why_file(&self, file: &FileRecord, whom: Option<&Person>) -> Vec<Why> {
        let filter = CaseFilter { receipt: Some(file.receipt), ..CaseFilter::default() };
        let cases = self.store.cases(&filter, None, ANSWERS_MAX).into_iter();
        let cases = cases.filter(|case| self.sees(whom, case));
        let told: Vec<Why> = cases.filter_map(|case| self.why_with_mails(&case, whom)).collect();
        if !told.is_empty() || !whom.is_none_or(|person| handed_in(person, file)) {
            return told;
        }
        let state = match file.verdict {
            FileVerdict::Received if self.waits_for_scanner(file.receipt) => State::Unscreened,
            FileVerdict::Received | FileVerdict::Opening => State::Checking,
            FileVerdict::Keying => {
                if let Some(sheet) = self.store.sheet(file.receipt) {
                    let open = sheet.tasks.iter().filter(|task| task.end.is_none()).count();
                    State::OnPaper(open)
                } else {
                    let record = self.store.keying(file.receipt);
                    match record.map(|record| record.stage).unwrap_or_default() {
                        KeyingStage::Sidecar => State::NoPicture,
                        stage => State::Keying(stage),
                    }
                }
            }
            FileVerdict::Held { same_as } => State::Duplicate(same_as, self.hold_end(file.receipt)),
            FileVerdict::Joined { to } => State::Joined(to),
            FileVerdict::Rejected => State::Refused { errors: file.rejected, flaw: file.flaw },
            FileVerdict::Tried => State::Tried { good: file.accepted, errors: file.rejected },
            // What came of stamped sheets stands in their cases.
            FileVerdict::Accepted if self.store.sheet(file.receipt).is_some() => State::OnPaper(0),
            FileVerdict::Accepted => return Vec::new(),
        };
        let subject = format!("受付番号 {}（{}）", file.receipt, file.name);
        let standing = Standing { subject, state, until: None, next: String::new() };
        vec![self.told(None, file, &standing)]
    }

    /// The paragraph, after what must be known first: that requests are taken on paper now.
    fn told(&self, case: Option<CaseId>, file: &FileRecord, standing: &Standing) -> Why {
        let desk = self.rulebook().answers.desk.clone();
        let customer = UserNumber::parse(&file.submitter.folder).ok();
        let outage = self.outage_sentence(customer, file.submitter.desk).unwrap_or_default();
        Why { case, text: outage + &paragraph(standing, &desk, self.clock.now()) }
    }

    /// One case in one paragraph, and mails about it that came back.
    fn why_with_mails(&self, case: &Case, whom: Option<&Person>) -> Option<Why> {
        let mut why = self.why_case(case)?;
        why.text.extend(self.returned_about(case, whom));
        why.text.extend(self.told_on_paper(case));
        Some(why)
    }

    /// One case in one paragraph.
    pub fn why_case(&self, case: &Case) -> Option<Why> {
        let definition = self.definition_of(case)?;
        let file = self.store.file(case.file.receipt)?;
        let scope = case.head.scope;
        let what = match case.proposal() {
            Some(_) => file.name.clone(),
            None => format!("{}、{}件 {}円", file.name, scope.rows, scope.total),
        };
        let is_final = case.head.status.is_final();
        let standing = Standing {
            subject: format!("申請番号 {}（{what}）", case.head.id),
            state: state(case, &definition),
            until: case.head.due.filter(|_| !is_final),
            next: if is_final { String::new() } else { next(case, &definition) },
        };
        Some(self.told(Some(case.head.id), &file, &standing))
    }
}

/// Whether a file is the person's organisation's, or its desk's.
fn handed_in(person: &Person, file: &FileRecord) -> bool {
    let submitter = &file.submitter;
    match person.organisation {
        Organisation::Customer(user) => user.as_str() == submitter.folder,
        Organisation::Branch(_) => person.works_at(submitter.desk),
    }
}

fn state(case: &Case, definition: &Definition) -> State {
    let step = definition.step(case.head.step);
    let title = || step.map_or_else(String::new, |step| step.title.clone());
    match case.head.status {
        Status::Active => waits(case, definition),
        Status::Overdue => State::Late(seats(case, definition)),
        Status::Incident => State::Stuck(title()),
        Status::SentBack => State::SentBack(last_words(case)),
        Status::Held => State::Held(last_words(case)),
        Status::Waiting => match step.and_then(|step| step.kind.wait()).map(|wait| &wait.until) {
            Some(Awaited::File) => State::Clearing,
            _ => State::Wait(title()),
        },
        status @ (Status::Completed
        | Status::Rejected
        | Status::Returned
        | Status::Withdrawn
        | Status::Recorded
        | Status::Errored) => {
            let at = case.head.votes.iter().map(|vote| vote.at).max();
            State::Ended { how: status.japanese(), why: last_words(case), at }
        }
    }
}

/// A case that waits for people, at whatever places it is at once.
fn waits(case: &Case, definition: &Definition) -> State {
    let open = seats(case, definition);
    if open.is_empty() {
        let title = definition.step(case.head.step).map(|step| step.title.clone());
        return State::Wait(title.unwrap_or_default());
    }
    State::People(open)
}

fn seats(case: &Case, definition: &Definition) -> Vec<Seats> {
    let places = places(case);
    let open = places.iter().filter_map(|place| {
        let approve = definition.approval(place.head.step)?;
        let step = definition.step(place.head.step)?.title.clone();
        let seats = open_seats(place, approve);
        let place = match seats.first()?.who.at {
            Place::Submitter => "お客様",
            Place::Desk => "取扱店",
            Place::Counterparty => "相手の方",
        };
        let mut titles: Vec<String> = seats.into_iter().map(|seat| seat.title).collect();
        titles.dedup();
        Some(Seats { place, step, seats: titles })
    });
    open.collect()
}

/// What comes after the present step, for people.
fn next(case: &Case, definition: &Definition) -> String {
    let steps = (0..=u8::MAX).zip(&definition.steps);
    let after = steps.filter(|(index, _)| *index > case.head.step);
    let words = after.filter(|(index, _)| applies(case, definition, *index)).map(|(_, step)| {
        let title = &step.title;
        match &step.kind {
            StepKind::Approve(_) => format!("「{title}」に進みます"),
            StepKind::Emit(_) if case.proposal().is_some() => {
                "承認された内容が行われます".to_owned()
            }
            StepKind::Emit(_) => "記録機関へ送ります".to_owned(),
            StepKind::Wait(wait) if wait.until == Awaited::File => {
                "記録機関の結果を待ちます".to_owned()
            }
            StepKind::Wait(_) => format!("「{title}」を待ちます"),
            StepKind::End(_) => "終わります".to_owned(),
            StepKind::Check(_) | StepKind::Decide(_) | StepKind::Parallel(_) => String::new(),
        }
    });
    words.into_iter().find(|words| !words.is_empty()).unwrap_or_default()
}

/// What was said last by somebody who decided or acted; empty where nobody said anything.
fn last_words(case: &Case) -> String {
    let aside = || case.head.aside.iter();
    let past = aside().flat_map(|aside| &aside.past);
    let votes = case.head.votes.iter().chain(past).map(|vote| (vote.at, &vote.reason));
    let remarks = case.head.remarks().iter().map(|remark| (remark.at, &remark.text));
    // A time that was over and a rule that said no are notes of the flow itself.
    let notes = aside().flat_map(|aside| &aside.notes).map(|note| (note.at, &note.text));
    let said = votes.chain(remarks).chain(notes);
    said.max_by_key(|(at, _)| *at).map(|(_, text)| text.clone()).unwrap_or_default()
}
