//! The papers that wait to be keyed in, for the bank's people: those the visitor may read, those
//! others may, and what waits for a sheet or a picture. For customers there are none.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::service::KeyingSeen;

use super::case::Asked;
use super::keying::problem;
use super::search::for_bank;
use super::session::Visitor;
use super::sheets::Waiting;
use super::shown::moment;
use super::state::Web;

/// `GET /keying`: the papers that wait.
pub(super) async fn page(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, list).await
}

#[derive(Serialize)]
struct ListPage {
    /// Whether the visitor may open a paper of the counter.
    counter: bool,
    /// Forms of which sheets are still to come.
    waiting: Vec<Waiting>,
    /// Files of keyed values whose pictures are still to come.
    alone: Vec<Alone>,
    done: Option<&'static str>,
    mine: Vec<Item>,
    others: Vec<Item>,
}

#[derive(Serialize)]
struct Alone {
    name: String,
    desk: String,
    received: String,
}

#[derive(Serialize)]
struct Item {
    receipt: String,
    name: String,
    desk: String,
    received: String,
    stage: &'static str,
    pages: usize,
    /// Why the visitor cannot read it.
    why_not: Option<String>,
}

fn list(web: &Web, visitor: &Visitor, asked: &Asked) -> Response {
    let (mine, others): (Vec<_>, Vec<_>) =
        web.desk.papers(&visitor.person).iter().map(item).partition(|one| one.why_not.is_none());
    let waiting = web.desk.sheets_waiting(&visitor.person);
    let waiting = waiting.iter().map(|one| Waiting::of(web, one)).collect();
    let alone = web.desk.sidecars_waiting(&visitor.person).into_iter().map(|file| Alone {
        desk: file.submitter.desk.to_string(),
        received: moment(file.received_at),
        name: file.name,
    });
    let alone = alone.collect();
    let counter = web.desk.may_open_paper(&visitor.person).is_some();
    let done = asked.get("done").and_then(|word| match word.as_str() {
        "second" => Some("入力を受け付けました。次に、別の方が照合のために入力します。"),
        "third" => Some("入力を受け付けました。お二人の入力に違いがあり、三人目の方が入力します。"),
        "settled" => Some("入力を受け付けました。お二人の入力が一致し、承認の流れに進みました。"),
        "refused" => Some("お二人が「請求ではない」と判断し、受け付けないものとして終わりました。"),
        "given_back" => Some("受け付けずにお返ししました。返信票は outbox にあります。"),
        "first" => Some(
            "入力を受け付けましたが、前の方の入力と合わせられませんでした。始めから入力し直します。",
        ),
        _ => None,
    });
    web.page(
        StatusCode::OK,
        "papers",
        Some(visitor),
        &ListPage { counter, waiting, alone, done, mine, others },
    )
}

fn item(seen: &KeyingSeen) -> Item {
    Item {
        receipt: seen.file.receipt.to_string(),
        name: seen.file.name.clone(),
        desk: seen.file.submitter.desk.to_string(),
        received: moment(seen.file.received_at),
        stage: seen.record.stage.japanese(),
        pages: seen.record.scan.pages.len(),
        why_not: seen.refused.as_ref().map(problem),
    }
}
