//! The page on which two people decide about a changed rule, and the banner about one that is not
//! in force.

use std::sync::Arc;

use axum::http::StatusCode;

use super::browser::Browser;
use crate::proposal::{case_of, drop_file, lower, office};

#[tokio::test]
async fn a_changed_rule_is_shown_side_by_side_and_decided_on_its_page() {
    let (house, desk) = office("two_people");
    let file = drop_file(&desk, "kengen.csv", lower().as_bytes());
    let case = case_of(&file);
    let desk = Arc::new(desk);
    let mut browser = Browser::over(Arc::clone(&desk));
    let page = browser.log_in_with("/login", "ueda0001", "salt river ueda0001").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let list = browser.get("/").await;
    assert!(list.html.contains("置かれたファイル") && list.html.contains("kengen.csv"));
    assert!(!list.html.contains("合計金額"), "it has no rows and no sum: {}", list.html);

    let shown = browser.get(&format!("/cases/{case}")).await.html;
    for part in [
        "新旧対照",
        "1千万円未満,5百万円未満,照査と決裁,",
        "1千万円未満,1百万円未満,照査と決裁,",
        "people(desk) &gt;= 3 when total",
        "過去の案件への影響",
        "流れ routed（",
        "workflows&#x2f;tables&#x2f;kengen.csv",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let form = browser.get(&format!("/cases/{case}")).await.form("/decision");
    let form = form.with("kind", "approve").with("password", "moth at noon ueda0001");
    let done = browser.post(&form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    assert_eq!(desk.store.case(case).unwrap().head.votes.len(), 1);

    assert!(!shown.contains("未公開の変更があります"));
    house.change("workflows/accrual.yaml", "due: 1bd@15:00", "due: 1bd@14:00");
    desk.reload().unwrap();
    assert!(browser.get("/").await.html.contains("未公開の変更があります"));
}
