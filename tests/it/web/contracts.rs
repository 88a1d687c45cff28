//! The pages on which a branch works on an application: whole account numbers, the form of each
//! task, a number that is checked when it is keyed in.

use std::sync::Arc;

use axum::http::StatusCode;

use super::browser::Browser;
use crate::contracts::{Branch, HEADINGS, NEW};

#[tokio::test]
async fn an_application_is_shown_whole_and_its_tasks_are_filled_in_on_the_page() {
    let branch = Branch::new();
    let case = branch.hand_in("申込.csv", &(HEADINGS.to_owned() + NEW)).unwrap();
    branch.approve(case, "suzuki01", &[("application", "kept"), ("identity", "kept")]).unwrap();
    branch.approve(case, "kato0001", &[("result", "ok")]).unwrap();
    let Branch { house: _house, desk } = branch;
    let desk = Arc::new(desk);
    let mut browser = Browser::over(Arc::clone(&desk));
    let page = browser.log_in_with("/login", "ito00001", "salt river ito00001").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let path = format!("/cases/{case}");
    let shown = browser.get(&path).await.html;
    for part in [
        "新規のお申込み",
        "株式会社あたらしい商店",
        "旧（いまの契約）",
        "口座: 0001-001-1-1234567（手数料）",
        "手数料の第1回目の引落しは 2027年1月25日 です。",
        "利用者番号",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert!(!shown.contains("過去の案件への影響"), "{shown}");
    let fill = |form: super::browser::Form, number: &str| {
        form.with("kind", "approve")
            .with("password", "moth at noon ito00001")
            .with("field.user_number", number)
    };
    let form = browser.get(&path).await.form("/decision");
    let wrong = browser.post(&fill(form, "4EF5GH6JO")).await;
    assert!(wrong.html.contains("D04"), "{}", wrong.html);
    let form = browser.get(&path).await.form("/decision");
    let done = browser.post(&fill(form, "4EF5GH6JK")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    assert_eq!(desk.store.case(case).unwrap().head.votes.len(), 3);
}
