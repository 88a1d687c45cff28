//! A held file beside the one that came first: what both ask for, field by field, and the pictures
//! of what came on paper. What is to become of it is asked for on the page of incidents.

use std::str::FromStr as _;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{Field, HoldEnd, ReceiptNo};
use crate::render::requests::cells;
use crate::service::{HoldPair, HoldSeen, HoldSide};

use super::pages::see_other;
use super::session::Visitor;
use super::shown::{PageView, moment, pages_of};
use super::state::Web;

/// `GET /holds/<receipt number>`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    receipt: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let receipt = receipt.ok().and_then(|Path(text)| ReceiptNo::from_str(&text).ok());
    web.run(move |web| {
        let seen = receipt.map(|receipt| web.desk.hold_seen(&visitor.person, receipt));
        match seen {
            Some(Ok(Some(seen))) => shown(web, &visitor, seen),
            Some(Ok(None)) | None => web.message(StatusCode::NOT_FOUND),
            Some(Err(failed)) => {
                error!(error = %failed, "a held file cannot be read");
                web.message(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    })
    .await
}

#[derive(Serialize)]
struct HoldPage {
    sides: [Side; 2],
    why: Vec<String>,
    pairs: Vec<Pair>,
    more: bool,
    rows: usize,
    /// What two people decided.
    end: Option<String>,
}

#[derive(Serialize)]
struct Side {
    title: &'static str,
    receipt: String,
    name: String,
    medium: &'static str,
    who: String,
    received: String,
    state: &'static str,
    pages: Vec<PageView>,
}

#[derive(Serialize)]
struct Pair {
    /// Which record of which file.
    first: String,
    held: String,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    label: &'static str,
    first: String,
    held: String,
    differs: bool,
}

fn shown(web: &Web, visitor: &Visitor, seen: HoldSeen) -> Response {
    let HoldSeen { first, held, why, pairs, more, rows, end } = seen;
    let page = HoldPage {
        sides: [side("先に届いたもの", first), side("保留しているもの", held)],
        why,
        pairs: pairs.iter().map(pair).collect(),
        more,
        rows,
        end: end.map(|end| match end {
            HoldEnd::Released(receipt) => {
                format!("別の請求として、受付番号 {receipt} で受け付けました。")
            }
            HoldEnd::Closed => "同じ請求として、受け付けないことに決まりました。".to_owned(),
        }),
    };
    web.page(StatusCode::OK, "hold", Some(visitor), &page)
}

fn side(title: &'static str, side: HoldSide) -> Side {
    let HoldSide { file, medium, scan } = side;
    Side {
        title,
        receipt: file.receipt.to_string(),
        medium,
        who: file.submitter.name,
        received: moment(file.received_at),
        state: file.verdict.japanese(),
        pages: pages_of(&scan),
        name: file.name,
    }
}

fn pair(pair: &HoldPair) -> Pair {
    let ((receipt, nth), earlier) = &pair.first;
    let (row, request) = &pair.held;
    let both = cells(earlier).into_iter().zip(cells(request));
    let lines = Field::ALL.iter().zip(both).map(|(field, (first, held))| {
        let differs = first != held;
        Line { label: field.japanese(), first, held, differs }
    });
    Pair {
        first: format!("受付番号 {receipt} の{nth}件目"),
        held: format!("{row}件目"),
        lines: lines.filter(|line| !line.first.is_empty() || !line.held.is_empty()).collect(),
    }
}
