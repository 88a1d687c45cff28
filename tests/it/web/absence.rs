//! The page on which a person says when they are away and who stands for them.

use axum::http::StatusCode;
use kessai::domain::UserId;

use super::browser::Browser;
use super::stage::{PEOPLE, Stage, approval};

#[tokio::test]
async fn a_person_says_when_they_are_away_and_who_stands_for_them() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 2).await;
    let page = browser.get("/absence").await;
    assert!(page.html.contains("加藤 決（kato-0001）"), "{}", page.html);
    assert!(!page.html.contains("佐藤 花子（sato-0001）"), "colleagues only");
    let mut form = page
        .forms()
        .pop()
        .unwrap()
        .with("from", "2026-12-28")
        .with("until", "2026-12-30")
        .with("delegate", "kato-0001")
        .with("max", "10,000,000")
        .with("password", "not the one");
    // A box that is not ticked is not sent.
    form.fields.remove("flow_assignment");
    form.fields.remove("flow_paper");
    let refused = browser.post(&form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("2026-12-30") && refused.html.contains("10,000,000"));
    let form = form.with("password", &approval(PEOPLE[2].0));
    let done = browser.post(&form).await;
    assert_eq!((done.status, done.to()), (StatusCode::SEE_OTHER, "/absence?done=1"));
    let page = browser.get("/absence?done=1").await;
    assert!(page.html.contains("2026年12月28日から2026年12月30日まで"), "{}", page.html);
    let absences = stage.desk.absences_of(&UserId::parse(PEOPLE[2].0).unwrap());
    assert_eq!((absences.len(), absences[0].flows.as_slice()), (1, &["accrual".to_owned()][..]));

    let again = browser.post(&form).await;
    assert!(again.html.contains("届出がすでにあります"), "{}", again.html);
    let end = page.form("/absence").with("password", &approval(PEOPLE[2].0));
    assert_eq!(end.fields["what"], "end");
    assert_eq!(browser.post(&end).await.status, StatusCode::SEE_OTHER);
    assert!(stage.desk.absences().is_empty());
}

#[tokio::test]
async fn an_absence_from_another_site_or_without_login_is_not_taken() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    assert_eq!(browser.get("/absence").await.to(), "/login");
    browser.log_in("/login", 2).await;
    let form = browser.get("/absence").await.form("/absence").with("csrf", "guessed");
    assert_eq!(browser.post(&form).await.status, StatusCode::FORBIDDEN);
}
