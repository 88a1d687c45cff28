//! The page on which the bank's people declare an outage, and what everybody sees of it.

use std::sync::Arc;

use axum::http::StatusCode;
use kessai::domain::UserId;
use kessai::service::{Desk, Wish};
use kessai::workflow::VoteKind;

use super::browser::Browser;
use crate::contracts::Branch;

/// Somebody of the branch, logged in.
pub(super) async fn logged_in(desk: &Arc<Desk>, user: &str) -> Browser {
    let mut browser = Browser::over(Arc::clone(desk));
    let page = browser.log_in_with("/login", user, &format!("salt river {user}")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    browser
}

/// Approves a case on its page; the page that comes of it.
pub(super) async fn approve(desk: &Arc<Desk>, user: &str, case: &str) -> StatusCode {
    let mut browser = logged_in(desk, user).await;
    let form = browser.get(case).await.form("/decision").with("kind", "approve");
    let done = browser.post(&form.with("password", &format!("moth at noon {user}"))).await;
    desk.dispatch_all().unwrap();
    done.status
}

/// The case a page says was opened.
pub(super) fn case_of(html: &str) -> String {
    let (_, rest) = html.split_once("届け出た方は承認できません）。<a href=\"").unwrap();
    rest.split('"').next().unwrap().replace("&#x2f;", "/")
}

#[tokio::test]
async fn an_outage_is_declared_on_the_page_decided_by_two_and_ended_the_same_way() {
    let Branch { house: _house, desk } = Branch::new();
    let desk = Arc::new(desk);
    let mut browser = logged_in(&desk, "suzuki01").await;
    assert!(browser.get("/").await.links().contains(&"/outages".to_owned()));
    let form = browser.get("/outages").await.form("/outages");
    let form = form.with("region", "全店").with("reason", "回線の<障害>");
    let wrong = browser.post(&form.clone().with("region", "どこか")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("「範囲」の値「どこか」"), "{}", wrong.html);
    assert!(wrong.html.contains("回線の&lt;障害&gt;"), "what was typed stays");
    let forged = browser.post(&form.clone().with("ticket", "another")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let done = browser.post(&form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let again = browser.post(&form).await;
    assert_eq!(again.to(), done.to(), "a form sent twice is one sheet");
    let page = browser.get(done.to()).await;
    let case = case_of(&page.html);
    assert_eq!(approve(&desk, "sato0001", &case).await, StatusCode::SEE_OTHER);
    assert!(!browser.get("/").await.html.contains("書面・FAX"), "not by one");
    assert_eq!(approve(&desk, "mori0001", &case).await, StatusCode::SEE_OTHER);
    let told = "障害のため書面・FAXでお受けしています（全店、2026年12月1日 9:00 から。回線の&lt;障害&gt;）";
    assert!(browser.get("/").await.html.contains(told), "{}", browser.get("/").await.html);
    let page = browser.get("/outages").await;
    assert!(page.html.contains("見本 sato0001・見本 mori0001"), "{}", page.html);
    let end = page.forms().into_iter().find(|form| form.fields.contains_key("declared_in"));
    let end = end.unwrap().with("until", "2026-12-01 09:01");
    let done = browser.post(&end).await;
    let case = case_of(&browser.get(done.to()).await.html);
    for user in ["sato0001", "mori0001"] {
        assert_eq!(approve(&desk, user, &case).await, StatusCode::SEE_OTHER);
    }
    let outage = desk.outages().remove(0);
    assert_eq!(outage.until.as_deref(), Some("2026-12-01T09:01:00+09:00"));
}

#[tokio::test]
async fn who_declares_an_outage_does_not_decide_on_it() {
    let Branch { house: _house, desk } = Branch::new();
    let desk = Arc::new(desk);
    let mut browser = logged_in(&desk, "sato0001").await;
    let form = browser.get("/outages").await.form("/outages");
    let done = browser.post(&form.with("region", "001").with("reason", "停電")).await;
    let case = case_of(&browser.get(done.to()).await.html);
    let shown = browser.get(&case).await;
    let own = shown.forms().into_iter().find(|form| form.action.ends_with("/decision"));
    if let Some(form) = own {
        let form = form.with("kind", "approve").with("password", "moth at noon sato0001");
        assert_eq!(browser.post(&form).await.status, StatusCode::CONFLICT);
    }
    let id = case.rsplit('/').next().unwrap().parse().unwrap();
    let declarer = desk.store.user(&UserId::parse("sato0001").unwrap()).unwrap().person;
    let approve = Wish::Vote(VoteKind::Approve, None);
    let refused = desk.could(&declarer, &desk.store.case(id).unwrap(), &approve);
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(desk.store.case(id).unwrap().head.votes, []);
}
