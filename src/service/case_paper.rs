//! The paper of a case: its 承認票, or the 記録結果通知 with what was recorded of each line.

use crate::domain::CaseId;
use crate::ports::{FileRecord, Parcel, RowAnswer};
use crate::render::view::{Act, ActView, Outcome, ReceiptView, RowView, Verdict};
use crate::render::{names, pdf};
use crate::workflow::{Carve, Case, Place, Status, StepKind, Vote, VoteKind, all_seats};

use super::Desk;
use super::answers::{Answer, AnswerError, folder_of};
use super::result_rows::row_view;

/// Which paper of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paper {
    /// 承認票.
    Receipt,
    /// 記録結果通知.
    Record,
}

impl Paper {
    /// What the paper says of a case: a 承認票 made once more stays what it was.
    const fn outcome(self, status: Status) -> Outcome {
        match (self, outcome_of(status)) {
            (Self::Receipt, Outcome::Recorded | Outcome::Errored) => Outcome::Approved,
            (_, outcome) => outcome,
        }
    }
}

impl Desk {
    /// The paper of a case: its 承認票, or the 記録結果通知 with what was recorded of each line.
    pub(super) fn receipt(
        &self,
        file: &FileRecord,
        case: &Case,
        paper: Paper,
    ) -> Answer<Vec<Parcel>> {
        let definition = self
            .definition_of(case)
            .ok_or_else(|| AnswerError::Unknown(case.head.id.to_string()))?;
        let rows: Vec<RowView> = self
            .case_rows(file, case, pdf::ROWS_MAX)?
            .into_iter()
            .map(|row| RowView { case: Some(case.head.id), ..row_view(file, row) })
            .map(|row| if paper == Paper::Record { self.answered(case, row) } else { row })
            .collect();
        let last = case.head.votes.last();
        let view = ReceiptView {
            desk: self.rulebook().answers.desk.clone(),
            file: self.file_view_of(file, &rows),
            case: case.head.id,
            workflow: definition.title.clone(),
            outcome: paper.outcome(case.head.status),
            decided: last.map_or(file.received_at, |vote| vote.at),
            deadline: Some(self.rulebook().deadline.of(case.head.scope.record_date)),
            records: case.head.scope.rows,
            total: case.head.scope.total,
            kinds: self.kinds_of(file, case)?,
            route: self.view(case).and_then(|shown| self.route(case, &shown)).unwrap_or_default(),
            acts: self.acts(file, case),
            rows,
            carved: case.head.carves().iter().map(|one| self.carved_line(one)).collect(),
            errors: if paper == Paper::Record { self.error_lines(case) } else { Vec::new() },
            content: self.content_of(case).unwrap_or_default(),
        };
        let name = match paper {
            Paper::Receipt => names::receipt_pdf(case.head.id),
            Paper::Record => names::record_pdf(case.head.id),
        };
        let path = folder_of(file) + &name;
        let pdf = pdf::receipt(&view, &self.rulebook().answers.words)?;
        Ok(vec![Parcel::new(path, pdf.bytes)])
    }

    /// What was not recorded, as the paper tells it: `明細3 R02 口座相違`.
    fn error_lines(&self, case: &Case) -> Vec<String> {
        let errors = self.errors_of(case).into_iter();
        let words = &self.rulebook().answers.words;
        let told = errors.map(|one| {
            let (record, code) = (one.record.to_string(), one.code.to_string());
            let values = [("record", record.as_str()), ("code", &code), ("text", &one.ja)];
            words.fill("receipt.error", &values)
        });
        told.collect()
    }

    /// Lines that left a batch, as its receipt tells them.
    fn carved_line(&self, carve: &Carve) -> String {
        self.rulebook().answers.words.fill(
            "receipt.carved",
            &[
                ("rows", &carve.rows.to_string()),
                ("count", &carve.rows.len().to_string()),
                ("total", &carve.total.to_string()),
                ("fate", carve.fate.japanese()),
                ("name", &carve.name),
                ("reason", &carve.reason),
            ],
        )
    }

    /// A line as the clearing side answered about it: with its record number, or not recorded.
    fn answered(&self, case: &Case, mut row: RowView) -> RowView {
        let result = self.store.result_of(case.head.id, row.record);
        match (result.map(|line| line.answer), &mut row.request) {
            (Some(RowAnswer::Recorded(Some(number))), Some(request)) => {
                request.record_number = Some(number);
            }
            (Some(RowAnswer::Errored { .. }), _) => row.verdict = Verdict::Rejected,
            (Some(RowAnswer::Recorded(_)) | None, _) => {}
        }
        row
    }

    /// Draws a case's receipt and gives its length in bytes; for measuring.
    pub fn draw_receipt(&self, case: CaseId) -> Result<u64, AnswerError> {
        let unknown = || AnswerError::Unknown(case.to_string());
        let file = self.store.file(case.receipt).ok_or_else(unknown)?;
        let case = self.store.case(case).ok_or_else(unknown)?;
        Ok(self.receipt(&file, &case, Paper::Receipt)?.iter().map(|parcel| parcel.body.len()).sum())
    }

    /// Who did what to a case, the receipt of its file first, in the order it happened.
    pub(super) fn acts(&self, file: &FileRecord, case: &Case) -> Vec<ActView> {
        let rules = self.rulebook();
        let desk = &rules.answers.desk;
        let sender = file.submitted_by.as_ref().and_then(|id| self.store.user(id));
        let sent = sender.map(|user| ActView {
            at: file.received_at,
            act: Act::Noted("提出"),
            seat: String::new(),
            name: user.person.name,
            organisation: file.submitter.name.clone(),
            comment: String::new(),
        });
        let mut acts: Vec<ActView> = sent.into_iter().collect();
        acts.push(ActView {
            at: file.received_at,
            act: Act::Received,
            seat: String::new(),
            name: desk.institution.clone(),
            organisation: desk.branch.clone(),
            comment: String::new(),
        });
        let past = case.head.aside.iter().flat_map(|aside| &aside.past);
        let superseded = past.map(|vote| {
            let again = vote.kind == VoteKind::Approve;
            let act = self.act_of(file, case, vote);
            // A stamp is for what counts; what was given anew later is history.
            ActView { act: if again { Act::Void } else { act.act }, ..act }
        });
        acts.extend(superseded);
        acts.extend(case.head.votes.iter().map(|vote| self.act_of(file, case, vote)));
        acts.extend(case.head.remarks().iter().map(|remark| ActView {
            at: remark.at,
            act: Act::Noted(remark.deed.japanese()),
            seat: String::new(),
            name: remark.name.clone(),
            organisation: String::new(),
            comment: remark.text.clone(),
        }));
        acts.extend(case.head.carves().iter().map(|carve| ActView {
            at: carve.at,
            act: Act::Carved,
            seat: String::new(),
            name: carve.name.clone(),
            organisation: String::new(),
            comment: rules.answers.words.fill(
                "acts.carved",
                &[
                    ("rows", &carve.rows.to_string()),
                    ("fate", carve.fate.japanese()),
                    ("reason", &carve.reason),
                ],
            ),
        }));
        acts.sort_by_key(|act| act.at);
        acts
    }

    fn act_of(&self, file: &FileRecord, case: &Case, vote: &Vote) -> ActView {
        let rules = self.rulebook();
        let (desk, words) = (&rules.answers.desk, &rules.answers.words);
        let (seat, place) = self.seat_of(case, vote);
        let organisation = match place {
            Some(Place::Submitter) => file.submitter.name.clone(),
            Some(Place::Counterparty) => self.counterparty_name(case),
            Some(Place::Desk) | None => desk.branch.clone(),
        };
        let principal = case.head.principal(vote.step, vote.seat);
        ActView {
            at: vote.at,
            act: match vote.kind {
                VoteKind::Approve => Act::Approved,
                VoteKind::Return => Act::Returned,
                VoteKind::Reject => Act::Rejected,
                VoteKind::Abstain => Act::Abstained,
            },
            seat: if case.head.is_substituted(vote) {
                words.fill("acts.in_place", &[("seat", &seat)])
            } else {
                seat
            },
            name: principal.map_or_else(
                || vote.name.clone(),
                |principal| {
                    let names = [("name", vote.name.as_str()), ("principal", &principal.name)];
                    words.fill("acts.principal", &names)
                },
            ),
            organisation,
            comment: self.comment_of(case, vote),
        }
    }

    /// What somebody said with a decision, and that it came on paper, where it did.
    fn comment_of(&self, case: &Case, vote: &Vote) -> String {
        let told = |vote: &Vote| self.came_on_paper(case.head.id, (vote.by.as_str(), vote.at));
        let said = [vote.reason.clone(), told(vote).unwrap_or_default()];
        said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("　")
    }

    /// The seal's name and the place of the seat a vote filled.
    pub(super) fn seat_of(&self, case: &Case, vote: &Vote) -> (String, Option<Place>) {
        let found = self.definition_of(case).and_then(|definition| {
            let StepKind::Approve(approve) = &definition.step(vote.step)?.kind else { return None };
            all_seats(approve, case.file.pattern).into_iter().nth(usize::from(vote.seat))
        });
        found.map_or((String::new(), None), |seat| (seat.title, Some(seat.who.at)))
    }
}

/// What a status means for who asked.
pub(super) const fn outcome_of(status: Status) -> Outcome {
    match status {
        Status::Returned => Outcome::Returned,
        Status::Rejected => Outcome::Rejected,
        Status::Withdrawn => Outcome::Withdrawn,
        Status::Recorded => Outcome::Recorded,
        Status::Errored => Outcome::Errored,
        Status::Active
        | Status::Overdue
        | Status::Incident
        | Status::SentBack
        | Status::Held
        | Status::Waiting
        | Status::Completed => Outcome::Approved,
    }
}
