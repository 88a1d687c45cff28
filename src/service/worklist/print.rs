//! Printing what waits at a desk, for people to decide on by hand.

use tracing::info;

use crate::domain::{BranchCode, Person, TaskMark, TaskNumber};
use crate::ports::{CaseFilter, Entry, PrintedTask, Stage, StoreError, WorklistMove};
use crate::render::names;
use crate::render::pdf::TASKS_A_SHEET;
use crate::render::worklist::{Enclosed, WorklistTask, WorklistView};
use crate::workflow::{
    Approve, Case, Definition, OnPaper, OpenSeat, Place, Status, candidates, missing_seats, places,
};

use super::super::answers::AnswerError;
use super::super::result_rows::row_view;
use super::super::whose::{Requester, in_a_line};
use super::Desk;

/// Rows of a case that are printed as an enclosed list; of more, the paper names their document.
const ENCLOSED_MAX: u32 = 60;
/// The most tasks of one print: so many sheets nobody decides in a day.
const TASKS_MAX: usize = 300;

/// Which tasks are to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistAsked {
    /// Those of this desk.
    pub desk: BranchCode,
    /// Only seats of this role.
    pub role: Option<String>,
    /// Only this step, by its id or its name.
    pub step: Option<String>,
}

/// Why nothing is printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// Nothing waits there that may be decided on paper.
    #[error("nothing waits there that may be decided on paper")]
    Nothing,
    /// The kept rows cannot be read.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A seat that waits, with what the engine knows of it.
struct Found {
    /// The case as the branch has it in which the seat is.
    place: Case,
    definition: std::sync::Arc<Definition>,
    seat: OpenSeat,
}

impl Desk {
    /// Prints the open approvals of a desk that may be decided on paper, one task a seat, the
    /// soonest deadline first; journals what was printed, so that it can be known again. Nothing on
    /// it opens a page: it carries no link and no password.
    pub fn print_worklist(
        &self,
        asked: &WorklistAsked,
        by: Option<&Person>,
    ) -> Result<WorklistView, PrintError> {
        let mut found = self.seats_on_paper(asked);
        let left = found.len().saturating_sub(TASKS_MAX);
        found.truncate(TASKS_MAX);
        if found.is_empty() {
            return Err(PrintError::Nothing);
        }
        let now = self.clock.now();
        let mut view = WorklistView {
            desk: self.desk_of_branch(asked.desk),
            code: asked.desk.to_string(),
            made: now,
            by: by.map(|person| person.name.clone()).unwrap_or_default(),
            tasks: Vec::new(),
            left,
            enclosed: Vec::new(),
        };
        let mut tasks = Vec::new();
        for one in &found {
            let Some(task) = self.task(one, tasks.len()) else { continue };
            let told = self.printed_view(one, &task, &mut view.enclosed)?;
            view.tasks.push(told);
            tasks.push(task);
        }
        let count = tasks.len();
        let (desk, actor) = (asked.desk, by.map(|person| person.id.clone()));
        let moved = WorklistMove::Printed { desk, by: actor, tasks };
        self.commit_entries(now, vec![Entry::Worklist(Box::new(moved))])?;
        let actor = by.map(|person| person.id.to_string()).unwrap_or_default();
        info!(actor = %actor, n_rows = count, "a worklist was printed");
        Ok(view)
    }

    /// The seats of a desk that wait and may be filled on paper.
    fn seats_on_paper(&self, asked: &WorklistAsked) -> Vec<Found> {
        let today = self.clock.now().date();
        let rules = self.rulebook();
        let here = |branch| rules.directory.successor_on(branch, today);
        let filter = CaseFilter { stage: Stage::Open, ..CaseFilter::default() };
        let mut cases = self.store.cases(&filter, None, usize::MAX);
        cases.retain(|case| here(case.file.desk) == here(asked.desk));
        cases.sort_by_key(|case| (case.head.due.is_none(), case.head.due));
        let mut found = Vec::new();
        for case in &cases {
            let Some(definition) = self.definition_of(case) else { continue };
            for place in places(case) {
                let waits = matches!(place.head.status, Status::Active | Status::Overdue);
                let step = definition.step(place.head.step);
                let approve = definition.approval(place.head.step).filter(|one| is_on_paper(one));
                let (true, Some(step), Some(approve)) = (waits, step, approve) else { continue };
                let wanted =
                    asked.step.as_ref().is_none_or(|name| *name == step.id || *name == step.title);
                let seats = missing_seats(&place, approve).into_iter().filter(|seat| {
                    let role = asked.role.as_ref().is_none_or(|role| *role == seat.who.role);
                    wanted && role && seat.who.at == Place::Desk
                });
                found.extend(seats.map(|seat| Found {
                    place: place.clone(),
                    definition: std::sync::Arc::clone(&definition),
                    seat,
                }));
            }
        }
        found
    }

    /// The task as the register knows it, with a number of its own.
    fn task(&self, found: &Found, at: usize) -> Option<PrintedTask> {
        let head = &found.place.head;
        let sheet = u32::try_from(at / TASKS_A_SHEET).unwrap_or(u32::MAX).saturating_add(1);
        let content = self.content_of(&found.place)?;
        let mut random = [0; 8];
        let number = std::iter::repeat_with(|| {
            self.random.fill(&mut random);
            TaskNumber::new(u64::from_be_bytes(random))
        });
        let number = number.take(100).find(|number| self.store.printed(*number).is_none())?;
        Some(PrintedTask {
            number,
            sheet,
            place: u8::try_from(at % TASKS_A_SHEET).unwrap_or(0),
            case: head.id,
            task_version: head.task_version,
            step: head.step,
            seat: found.seat.seat,
            round: head.round(),
            content,
        })
    }

    fn printed_view(
        &self,
        found: &Found,
        task: &PrintedTask,
        enclosed: &mut Vec<Enclosed>,
    ) -> Result<WorklistTask, PrintError> {
        let Found { place, definition, seat } = found;
        let unknown = || AnswerError::Unknown(task.case.to_string());
        let file = self.store.file(place.file.receipt).ok_or_else(unknown)?;
        let approve = definition.approval(place.head.step).ok_or_else(unknown)?;
        let people = self.people_for(place);
        // Whose turn it is not yet may decide all the same once it is: the order is kept then.
        let may = candidates(place, approve, std::slice::from_ref(seat), &people);
        let mark = TaskMark::new((task.case, task.task_version), task.content, task.number);
        let mut list = enclosed.iter().position(|one| one.case == task.case);
        let few = place.head.scope.rows <= ENCLOSED_MAX;
        if list.is_none() && few {
            let rows = self.case_rows(&file, place, usize::MAX)?;
            let rows = rows.into_iter().map(|row| row_view(&file, row)).collect();
            list = Some(enclosed.len());
            enclosed.push(Enclosed { case: task.case, rows });
        }
        Ok(WorklistTask {
            code: mark.text(&self.task_seal(&mark)),
            number: task.number.to_string(),
            case: task.case,
            submitter: in_a_line(&self.requesters(place), Requester::who)
                .unwrap_or_else(|| file.submitter.name.clone()),
            workflow: definition.title.clone(),
            kinds: self
                .kinds_of(&file, place)?
                .iter()
                .map(|sum| sum.kind.japanese().to_owned())
                .collect(),
            count: place.head.scope.rows,
            total: place.head.scope.total,
            deadline: place.head.due,
            step: definition
                .step(place.head.step)
                .map(|step| step.title.clone())
                .unwrap_or_default(),
            seat: seat.title.clone(),
            people: may.iter().map(|person| person.name.clone()).collect(),
            content: task.content,
            list: list.map(|at| at.saturating_add(1)),
            document: names::result_csv(file.receipt, &file.name),
        })
    }
}

fn is_on_paper(approve: &Approve) -> bool {
    approve.paper == OnPaper::Allowed && approve.form.is_none()
}
