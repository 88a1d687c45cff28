//! The to-do list, where a person begins.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::domain::Organisation;
use crate::ports::Task;
use crate::render::daily::UnkeptView;
use crate::service::report::{ROWS_PAGE, TodoItem};

use super::case::{Asked, deadline};
use super::pages::see_other;
use super::session::Visitor;
use super::shown::Deadline;
use super::state::Web;

/// `GET /`: what waits for the visitor.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    web.run(move |web| todo_page(web, &visitor, &asked)).await
}

#[derive(Serialize)]
struct TodoPage {
    items: Vec<Item>,
    page: usize,
    more: bool,
    notice: bool,
    /// Whether the visitor may look for records.
    search: bool,
    unkept: Vec<Unkept>,
    /// That requests are taken on paper now, for the visitor or their customer.
    outage: Option<String>,
    /// How much waits for somebody of the bank to look at it.
    incidents: usize,
    /// How many scanned papers the visitor may key in now.
    papers: usize,
    /// How many stamped tasks the visitor may read back now.
    stamped: usize,
    /// That nothing was printed, because nothing waits that may be decided on paper.
    unprinted: Option<&'static str>,
}

/// A set time that could not be kept.
#[derive(Serialize)]
struct Unkept {
    title: String,
    since: String,
    why: String,
    remedy: String,
}

#[derive(Serialize)]
struct Item {
    case: String,
    title: String,
    step: String,
    status: &'static str,
    submitter: String,
    file: String,
    rows: u32,
    total: String,
    deadline: Option<Deadline>,
    missing: usize,
    review: bool,
    is_rule: bool,
    /// Whether it can be looked at together with others.
    together: bool,
}

fn todo_page(web: &Web, visitor: &Visitor, asked: &Asked) -> Response {
    let page = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let todo = web.desk.todo(&visitor.person, page);
    let items = todo.items.into_iter().map(|item| shown_item(web, item)).collect();
    let notice = asked.get("notice").is_some_and(|notice| notice == "link");
    // What the office does at set times is none of the customers' business.
    let search = matches!(visitor.person.organisation, Organisation::Branch(_));
    let unkept = if search { web.desk.unkept() } else { Vec::new() };
    let unkept = unkept.into_iter().map(shown_unkept).collect();
    let incidents = web.desk.incidents_for(&visitor.person).len();
    let outage = web.desk.outage_notice(&visitor.person);
    let papers = web.desk.papers(&visitor.person);
    let papers = papers.iter().filter(|paper| paper.refused.is_none()).count();
    let sheets = web.desk.paper_sheets(&visitor.person);
    let tasks = sheets.iter().flat_map(|sheet| &sheet.tasks);
    let stamped = tasks.filter(|task| task.refused.is_none()).count();
    let unprinted = asked
        .contains_key("worklist")
        .then_some("いま、紙で決裁できる承認待ちの案件はありません。印刷していません。");
    let page = TodoPage {
        items,
        page,
        more: todo.more,
        notice,
        search,
        unkept,
        outage,
        incidents,
        papers,
        stamped,
        unprinted,
    };
    web.page(StatusCode::OK, "todo", Some(visitor), &page)
}

fn shown_unkept(view: UnkeptView) -> Unkept {
    let UnkeptView { title, since, why, remedy, .. } = view;
    Unkept { title, since: since.japanese(), why, remedy }
}

fn shown_item(web: &Web, item: TodoItem) -> Item {
    Item {
        case: item.case.to_string(),
        deadline: item.deadline.map(|due| deadline(web, due)),
        title: item.title,
        step: item.step,
        status: item.status.japanese(),
        submitter: item.submitter,
        file: item.file,
        rows: item.rows,
        total: item.total.to_string(),
        missing: item.people_missing,
        review: item.task == Task::Review,
        is_rule: item.is_rule,
        together: item.task != Task::Review && !item.is_rule && item.rows <= ROWS_PAGE,
    }
}
