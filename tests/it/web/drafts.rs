//! Request files made from a case, as a browser downloads them.

use axum::http::{StatusCode, header};
use kessai::domain::{CaseId, ClaimChange, RecordNumber};
use kessai::ports::{Batch, Commit, Entry, Recorded, RowAnswer, RowResult};
use kessai::workflow::Status;

use super::browser::Browser;
use super::path;
use super::stage::Stage;

pub(super) const NUMBER: &str = "1AB2CD3EF00000100019";

async fn inside(stage: &Stage, person: usize) -> Browser {
    let mut browser = Browser::new(stage);
    browser.log_in("/login", person).await;
    browser
}

#[tokio::test]
async fn a_case_that_was_refused_gives_its_lines_again_to_those_whose_it_is() {
    let stage = Stage::new();
    let case = stage.usual();
    let draft = format!("{}/reuse.csv", path(case));
    let mut browser = inside(&stage, 0).await;
    assert!(!browser.get(&path(case)).await.links().contains(&draft), "it is open");
    assert_eq!(browser.get(&draft).await.status, StatusCode::NOT_FOUND);
    let form = browser.filled(&path(case), 0, "reject").await.with("reason", "金額の誤り");
    browser.post(&form).await;
    assert_eq!(stage.case(case).head.status, Status::Rejected);
    assert!(browser.get(&path(case)).await.links().contains(&draft));
    let file = browser.get(&draft).await;
    assert_eq!(file.status, StatusCode::OK);
    let kept = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(kept, format!("attachment; filename=\"{case}_reuse.csv\""));
    assert_eq!(file.html.matches("INV-0000").count(), 3, "{}", file.html);
    assert!(!file.html.starts_with('\u{feff}'), "as this submitter's Excel expects it");
    let mut outside = inside(&stage, 4).await;
    assert_eq!(outside.get(&draft).await.status, StatusCode::NOT_FOUND);
    assert_eq!(Browser::new(&stage).get(&draft).await.to(), "/login");
}

/// The institution has recorded the first line.
pub(super) fn record(stage: &Stage, case: CaseId) {
    let row = stage.desk.rows(&stage.case(case), 1).unwrap().rows.remove(0);
    let number = RecordNumber::parse(NUMBER).ok();
    let change = ClaimChange::of(&row.request, number);
    let answer = RowAnswer::Recorded(number);
    let rows = vec![RowResult { row: row.record, answer, change }];
    let entries = vec![Entry::Recorded(Box::new(Recorded { case, from: case.receipt, rows }))];
    let commit = Commit { at: stage.desk.clock.now(), entries };
    stage.desk.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
}

#[tokio::test]
async fn the_record_of_a_line_is_cancelled_from_the_page_as_long_as_it_may_be() {
    let stage = Stage::new();
    let case = stage.usual();
    let draft = format!("{}/cancel.csv?line=1", path(case));
    let mut browser = inside(&stage, 0).await;
    assert!(!browser.get(&path(case)).await.html.contains("取消の請求書"));
    record(&stage, case);
    let page = browser.get(&path(case)).await;
    assert_eq!(page.html.matches("取消の請求書をつくる").count(), 1);
    assert!(page.links().contains(&draft), "{}", page.html);
    let file = browser.get(&draft).await;
    assert!(file.html.contains(&format!("\n40,{NUMBER},2026-12-01,1AB2CD3EF,")), "{}", file.html);
    let other_line = format!("{}/cancel.csv?line=2", path(case));
    assert_eq!(browser.get(&other_line).await.status, StatusCode::NOT_FOUND);
    // Two days later it is made, and only the creditor cancels.
    stage.clock.forward(2 * 86_400_000);
    let mut browser = inside(&stage, 0).await;
    assert_eq!(browser.get(&draft).await.status, StatusCode::NOT_FOUND);
    let mut bank = inside(&stage, 2).await;
    assert!(bank.get(&path(case)).await.links().contains(&draft));
    assert!(bank.get(&draft).await.html.contains(",9XY8WV7UT,1356,"));
}
