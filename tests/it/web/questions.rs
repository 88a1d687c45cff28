//! What lists and single cases tell, as JSON and as rows.

use kessai::domain::{AccountNumber, ClaimChange, RecordNumber, RequestKind, UserNumber, Yen};
use kessai::ports::{Batch, CaseFilter, Commit, Entry, Recorded, RowAnswer, RowResult};
use kessai::service::Wish;
use kessai::workflow::VoteKind;

use axum::http::StatusCode;

use super::browser::Browser;
use super::stage::{Drop, Stage};
use crate::render::sample;

fn mixed() -> Drop<'static> {
    let requests = (1..=7)
        .map(|record| {
            let mut request = sample::request(record);
            if record % 3 == 0 {
                request.kind = RequestKind::SplitAssignment;
                request.record_number = RecordNumber::parse("1AB2CD3EF00000000001").ok();
                request.due_date = None;
            }
            request
        })
        .collect();
    Drop { name: "混在.csv", requests }
}

#[test]
fn a_list_names_who_is_waited_for() {
    let stage = Stage::new();
    stage.usual();
    let list = serde_json::to_string_pretty(&stage.desk.list(&CaseFilter::default())).unwrap();
    insta::assert_snapshot!(list);
}

#[test]
fn a_case_shows_its_seats_and_its_answers() {
    let stage = Stage::new();
    let case = stage.usual();
    let view = stage.desk.show(case).unwrap();
    assert_eq!(view.results, ["outbox/customers/1AB2CD3EF/20261201-000001-4_12月分_slip.pdf"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
}

#[test]
fn a_status_counts_everything() {
    let stage = Stage::new();
    stage.usual();
    insta::assert_snapshot!(serde_json::to_string_pretty(&stage.desk.status()).unwrap());
}

#[test]
fn a_case_of_a_mixed_file_shows_its_own_rows_alone() {
    let stage = Stage::new();
    let cases = stage.take_in(&mixed());
    let records = |at: usize, page| {
        let rows = stage.desk.rows(&stage.case(cases[at]), page).unwrap();
        rows.rows.iter().map(|row| row.record).collect::<Vec<_>>()
    };
    assert_eq!(records(0, 1), [1, 2, 4, 5, 7]);
    assert_eq!(records(1, 1), [3, 6]);
    assert_eq!(records(1, 9), [3, 6], "a page beyond the last is the last");
    let kinds = stage.desk.kinds(&stage.case(cases[1])).unwrap();
    assert_eq!(kinds.len(), 1);
    assert_eq!((kinds[0].kind, kinds[0].rows), (RequestKind::SplitAssignment, 2));
    assert_eq!(kinds[0].total, stage.case(cases[1]).head.scope.total);
}

#[test]
fn long_cases_are_read_by_the_page() {
    let stage = Stage::new();
    let requests = (1..=120).map(sample::request).collect();
    let case = stage.take_in(&Drop { name: "長い.csv", requests })[0];
    let page = |page| stage.desk.rows(&stage.case(case), page).unwrap();
    assert_eq!((page(1).rows.len(), page(3).rows.len(), page(3).pages), (50, 20, 3));
    assert_eq!(page(3).rows[0].record, 101);
}

#[test]
fn a_case_is_for_its_two_sides() {
    let stage = Stage::new();
    let case = stage.case(stage.usual());
    let sees: Vec<bool> = (0..5).map(|at| stage.desk.may_see(&stage.person(at), &case)).collect();
    assert_eq!(sees, [true, true, true, true, false]);
    let approve = Wish::Vote(VoteKind::Approve, None);
    let could: Vec<bool> =
        (0..5).map(|at| stage.desk.could(&stage.person(at), &case, &approve).is_ok()).collect();
    assert_eq!(could, [true, true, false, false, false]);
}

#[tokio::test]
async fn a_reason_from_the_list_is_recorded_in_words_with_what_was_added() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let path = format!("/cases/{case}");
    let form = browser.filled(&path, 0, "return:close").await;
    let wrong = browser.post(&form.clone().with("reason_code", "99")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.html);
    let form = browser.filled(&path, 0, "return:close").await;
    let done = browser.post(&form.with("reason_code", "1").with("reason", "3件目です")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let vote = stage.case(case).head.votes.remove(0);
    assert_eq!(vote.reason, "金額が請求書・注文書と違います。3件目です");
}

/// A case of which everything was recorded: what the next one is compared with.
fn with_history() -> Stage {
    let stage = Stage::new();
    let case = stage.usual();
    let rows = (1..=3).map(|record| {
        let number = RecordNumber::parse(&format!("1AB2CD3EF0000000000{record}")).ok();
        let change = ClaimChange::of(&sample::request(record), number);
        RowResult { row: record, answer: RowAnswer::Recorded(number), change }
    });
    let recorded = Recorded { case, from: case.receipt, rows: rows.collect() };
    let entries = vec![Entry::Recorded(Box::new(recorded))];
    let commit = Commit { at: stage.desk.clock.now(), entries };
    stage.desk.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    stage.clock.forward(60_000);
    stage
}

/// One row as before, one of each novelty.
fn novel() -> Drop<'static> {
    let mut requests: Vec<_> = (1..=4).map(sample::request).collect();
    requests[1].counterparty.user_number = UserNumber::parse("5AB2CD3EF").unwrap();
    requests[2].counterparty.account.number = AccountNumber::parse("0000001").unwrap();
    requests[3].amount = Yen::new(4_000_000).ok();
    Drop { name: "1月分.csv", requests }
}

#[tokio::test]
async fn a_case_shows_first_what_is_new_against_the_last_one() {
    let stage = with_history();
    let first = stage.desk.list(&CaseFilter::default())[0].case.parse().unwrap();
    let news = stage.desk.news(&stage.case(first)).unwrap().unwrap();
    assert_eq!((news.compared, news.without_history), (0, 3), "its own records are no history");
    let case = stage.take_in(&novel())[0];
    let news = stage.desk.news(&stage.case(case)).unwrap().unwrap();
    assert_eq!(news.summary, "初めての相手 1件、口座の変更 1件、いつもより大きな金額 1件");
    let told: Vec<u32> = news.rows.iter().map(|row| row.record).collect();
    assert_eq!((told, news.more, news.compared), (vec![2, 3, 4], 0, 4));
    let last = news.last.unwrap().text;
    assert_eq!(last, "前回の記録 3件・3,666,666円 → 今回 4件・7,666,666円");
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let html = browser.get(&format!("/cases/{case}")).await.html;
    let places = ["これまでのお取引との違い", "1,333,333円の3倍", "承認する内容"];
    let places = places.map(|text| html.find(text).unwrap());
    assert!(places.is_sorted(), "it stands before the rows: {places:?}");
    let html = browser.get(&format!("/cases/{first}")).await.html;
    assert!(html.contains("お取引の記録がまだありません。"), "{html}");
}

#[test]
fn a_long_list_of_news_is_cut_with_the_number_left() {
    let stage = with_history();
    let requests = (1..=25).map(|record| {
        let mut request = sample::request(record);
        request.counterparty.account.number = AccountNumber::parse("0000001").unwrap();
        request
    });
    let case = stage.take_in(&Drop { name: "長い.csv", requests: requests.collect() })[0];
    let news = stage.desk.news(&stage.case(case)).unwrap().unwrap();
    assert_eq!((news.rows.len(), news.more, news.changed_account), (20, 5, 25));
}
