//! Notices on the pages: by number for the bank, one's own for customers.

use std::sync::Arc;

use axum::http::StatusCode;
use kessai::channels::FolderOutbox;
use kessai::domain::UserId;
use kessai::service::Policy;

use super::browser::Browser;
use super::stage::{PEOPLE, Stage, approval};

#[tokio::test]
async fn a_caller_reads_out_a_number_and_the_bank_sees_when_and_where_it_went() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::with_outbox(Arc::new(FolderOutbox::open(folder.path()).unwrap()));
    let Policy { shortest, .. } = stage.desk.policy();
    let sato = UserId::parse(PEOPLE[0].0).unwrap();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let form = browser.get("/account").await.forms().into_iter();
    let mut form = form.filter(|form| form.fields.get("what").is_some_and(|it| it == "approval"));
    let new = "a lantern on the pier".to_owned();
    assert!(new.len() >= shortest);
    let form = form.next().unwrap().with("now", &approval(PEOPLE[0].0));
    let done = browser.post(&form.with("new", &new).with("again", &new)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    let number = stage.desk.notices_to_person(&sato)[0].number.clone();
    let own = browser.get("/account").await.html;
    assert!(own.contains(&number) && own.contains("まだ送っていません"), "{own}");
    stage.desk.dispatch_all().unwrap();
    let own = browser.get("/account").await.html;
    assert!(own.contains("承認パスワードが変更されました"), "{own}");
    assert!(own.contains("sato-0001@example.jp") && own.contains("に送りました"), "{own}");
    assert!(browser.get("/notices").await.html.contains(&number));
    // The bank finds it, however it is typed; a colleague and another customer do not.
    let wide: String = number.chars().map(|c| if c == '-' { 'ー' } else { c }).collect();
    let path = format!("/notices?number={}", super::browser::percent(&wide));
    for (person, sees) in [(2, true), (1, false), (4, false)] {
        let mut other = browser.other();
        other.log_in("/login", person).await;
        let page = other.get(&path).await.html;
        assert_eq!(page.contains("承認パスワードが変更されました"), sees, "{page}");
        assert_eq!(page.contains("見つかりません"), !sees, "{page}");
    }
    assert_eq!(Browser::new(&stage).get("/notices").await.to(), "/login");
}

#[tokio::test]
async fn a_number_that_is_none_is_answered_like_anothers() {
    let stage = Stage::new();
    stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 4).await;
    for asked in ["1-1-1", "x", "%3Cscript%3E", "99999-1-8"] {
        let page = browser.get(&format!("/notices?number={asked}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.html.contains("見つかりません") && !page.written().contains("<script"),
            "{asked}"
        );
    }
}
