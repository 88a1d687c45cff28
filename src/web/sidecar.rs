//! A file of keyed values that came with a paper, on the page of that paper: whoever reads first
//! may begin with what it says.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{Field, KeyedRow};
use crate::service::{KeyError, KeyingSeen};

use super::form::Filled;
use super::keying::{RECEIVED, Typed, name, problem, shown};
use super::session::Visitor;
use super::state::Web;

/// A file whose content the form of a paper may begin with.
#[derive(Serialize)]
pub(super) struct Beside {
    name: String,
    receipt: String,
    rows: usize,
    /// Whether the form is filled in from it.
    begun: bool,
}

impl Beside {
    /// The one that came with a paper, while nobody has read that.
    pub(super) fn of(seen: &KeyingSeen, begun: bool) -> Option<Self> {
        let sidecar = seen.sidecar.as_ref().filter(|one| one.is_offered)?;
        let (name, receipt) = (sidecar.name.clone(), sidecar.receipt.to_string());
        Some(Self { name, receipt, rows: sidecar.rows, begun })
    }
}

/// What is to be known of it on the pages of the paper and its case, where it is not offered.
pub(super) fn told_of_sidecar(seen: &KeyingSeen) -> Option<String> {
    let sidecar = seen.sidecar.as_ref().filter(|one| !one.is_offered)?;
    let (name, receipt) = (&sidecar.name, sidecar.receipt);
    let use_made = match &sidecar.shown_to {
        Some(other) => format!(
            "{other}さんが、その内容をご覧になっています。書面から入力できますが、その場合、{other}さんは\
             二人目・三人目になれません"
        ),
        None if sidecar.is_used => "一人目の方が、その内容を書面と見比べて確定しました".to_owned(),
        None => "入力には使っていません".to_owned(),
    };
    Some(format!(
        "入力済みのファイル「{name}」（受付番号 {receipt}）がいっしょに届いています。{use_made}。"
    ))
}

/// Shows the form with what the file says; that the visitor was shown it is kept.
pub(super) fn begin(web: &Web, visitor: &Visitor, seen: &KeyingSeen, form: &Filled) -> Response {
    let receipt = seen.file.receipt;
    match web.desk.open_sidecar(&visitor.person, receipt) {
        Ok(rows) => {
            let count = rows.len();
            let mut filled = filled(rows);
            filled.extend(form.get(RECEIVED).map(|at| (RECEIVED.to_owned(), at.clone())));
            let typed = Typed { rows: Some(count), form: filled, begun: true, ..Typed::default() };
            shown(web, StatusCode::OK, visitor, seen, &typed)
        }
        Err(KeyError::Store(failed)) => {
            error!(file = %receipt, error = %failed, "a file beside a paper could not be read");
            web.message(StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(KeyError::NotHere) => web.message(StatusCode::NOT_FOUND),
        Err(refused) => {
            let now = web.desk.paper(&visitor.person, receipt);
            let told = match refused {
                KeyError::Behind => {
                    "ファイルの内容は、ほかの方がご覧になったか、入力が始まっています。書面から入力してください。"
                        .to_owned()
                }
                other => problem(&other),
            };
            let typed = Typed { problem: Some(told), ..Typed::default() };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            shown(web, status, visitor, now.as_ref().unwrap_or(seen), &typed)
        }
    }
}

/// Rows as the form has them. A blank cell is given as such: nothing likely is put in its place.
fn filled(rows: Vec<KeyedRow>) -> Filled {
    let numbered = (1..).zip(rows);
    let cells = numbered.flat_map(|(number, row)| {
        Field::ALL
            .iter()
            .map(move |field| (name(number, *field), row.get(field).cloned().unwrap_or_default()))
    });
    cells.collect()
}
