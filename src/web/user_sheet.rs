//! A master's users as a sheet: down, up, and a page that says what would change before anything
//! does.

use std::sync::Arc;

use axum::Form;
use axum::extract::multipart::MultipartRejection;
use axum::extract::rejection::FormRejection;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::domain::{Code, Digest, Finding};
use crate::render::sheet::{harmless, sheet};
use crate::service::UserPlan;
use crate::workflow::{UserRow, decoded, load_users, user_lines};

use super::account::problem;
use super::form::{Filled, Problem, own, secret, text};
use super::pages::{download, see_other};
use super::seal::same;
use super::session::Visitor;
use super::state::Web;
use super::users::{Handed, handed};

/// `GET /users.csv`.
pub(super) async fn csv(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    if !visitor.person.is_master() {
        return web.message(StatusCode::FORBIDDEN);
    }
    web.run(move |web| {
        let users = web.desk.users().into_iter().map(|user| user.person);
        let theirs: Vec<_> =
            users.filter(|one| one.organisation == visitor.person.organisation).collect();
        let lines = user_lines(theirs.iter()).into_iter();
        let lines = lines
            .map(|line| line.iter().map(|cell| harmless(cell).into_owned()).collect::<Vec<_>>());
        download("users.csv", sheet(lines).into_bytes())
    })
    .await
}

/// `POST /users/sheet`: a sheet is read and its plan shown; nothing is changed.
pub(super) async fn upload(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    parts: Result<Multipart, MultipartRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    if !visitor.person.is_master() {
        return web.message(StatusCode::FORBIDDEN);
    }
    let Ok(parts) = parts else { return web.message(StatusCode::BAD_REQUEST) };
    let (csrf, bytes) = match fields(parts).await {
        Ok(read) => read,
        Err(status) => return web.message(status),
    };
    if !same(&csrf, &visitor.csrf) {
        return web.message(StatusCode::FORBIDDEN);
    }
    web.run(move |web| {
        let rows = load_users("users.csv", &decoded(&bytes)).map_err(|mistakes| {
            let told = mistakes.into_iter().map(|(_, mistake)| Mistake {
                code: Code::K07.as_str(),
                line: mistake.line,
                column: mistake.column,
                text: mistake.ja,
            });
            told.collect::<Vec<_>>()
        });
        let planned = rows.and_then(|rows| {
            let plan = web.desk.plan_users_of(&visitor.person, &rows);
            plan.map(|plan| (rows, plan)).map_err(|all| all.iter().map(Mistake::of).collect())
        });
        match planned {
            Ok((rows, plan)) => asked(web, &visitor, StatusCode::OK, (&rows, &plan), None),
            Err(mistakes) => {
                let page = SheetPage { mistakes, ..SheetPage::default() };
                web.page(StatusCode::UNPROCESSABLE_ENTITY, "user_sheet", Some(&visitor), &page)
            }
        }
    })
    .await
}

/// `POST /users/sheet/carry`: what was shown is carried out.
pub(super) async fn carry(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    if !visitor.person.is_master() {
        return web.message(StatusCode::FORBIDDEN);
    }
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run_hashing(move |web| {
        let rows = serde_json::from_str::<Vec<UserRow>>(text(&form, "rows")).ok();
        let shown = Digest::parse(text(&form, "shown")).ok();
        let Some((rows, shown)) = rows.zip(shown) else {
            return web.message(StatusCode::BAD_REQUEST);
        };
        let told = (secret(&form, "password"), text(&form, "anyway") == "1");
        match web.desk.carry_users_of(&visitor.person.id, (&rows, shown), told) {
            Ok(all) => {
                let handed = all.into_iter().map(|one| handed(web, one)).collect();
                let page = SheetPage { done: Some(rows.len()), handed, ..SheetPage::default() };
                web.page(StatusCode::OK, "user_sheet", Some(&visitor), &page)
            }
            Err(refused) => {
                let (status, why): Problem = problem(&refused);
                match web.desk.plan_users_of(&visitor.person, &rows) {
                    Ok(plan) => asked(web, &visitor, status, (&rows, &plan), Some(why)),
                    Err(all) => {
                        let mistakes = all.iter().map(Mistake::of).collect();
                        let page = SheetPage { mistakes, ..SheetPage::default() };
                        web.page(status, "user_sheet", Some(&visitor), &page)
                    }
                }
            }
        }
    })
    .await
}

/// The token and the file of an upload.
async fn fields(mut parts: Multipart) -> Result<(String, Vec<u8>), StatusCode> {
    let (mut csrf, mut bytes) = (String::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|failed| failed.status())? {
        let name = part.name().unwrap_or_default().to_owned();
        let read = part.bytes().await.map_err(|failed| failed.status())?;
        match name.as_str() {
            "csrf" => csrf = String::from_utf8_lossy(&read).into_owned(),
            "sheet" => bytes = read.to_vec(),
            _ => {}
        }
    }
    Ok((csrf, bytes))
}

#[derive(Default, Serialize)]
struct SheetPage {
    /// How many rows were carried out.
    done: Option<usize>,
    problem: Option<String>,
    mistakes: Vec<Mistake>,
    lines: Vec<String>,
    sentence: String,
    short: Option<String>,
    /// What goes back with the password: the rows, and the plan they were shown as.
    rows: String,
    shown: String,
    handed: Vec<Handed>,
}

/// A mistake with its place; 0 is the whole file or line.
#[derive(Serialize)]
struct Mistake {
    code: &'static str,
    line: usize,
    column: usize,
    text: String,
}

impl Mistake {
    fn of(finding: &Finding) -> Self {
        let number = |number: u32| usize::try_from(number).unwrap_or(0);
        let (line, column) = (number(finding.line), number(finding.column));
        Self { code: finding.code.as_str(), line, column, text: finding.ja.clone() }
    }
}

/// The page that says what would change and asks for the password.
fn asked(
    web: &Web,
    visitor: &Visitor,
    status: StatusCode,
    (rows, plan): (&[UserRow], &UserPlan),
    problem: Option<String>,
) -> Response {
    let page = SheetPage {
        problem,
        lines: plan.lines.clone(),
        sentence: plan.sentence.clone(),
        short: plan.short.clone(),
        rows: serde_json::to_string(rows).unwrap_or_default(),
        shown: plan.digest.to_string(),
        ..SheetPage::default()
    };
    web.page(status, "user_sheet", Some(visitor), &page)
}
