//! A master's page of users for a company with many people.

use axum::http::StatusCode;

use super::accounts::{MASTER, NEW, form, master, without_ticks};
use super::browser::{Browser, Page};
use super::stage::{PEOPLE, approval};

/// Fills in and sends the form for a new user.
async fn register(browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get("/users").await;
    let new = page.forms().into_iter().rfind(|form| form.action == "/users").unwrap();
    let filled = without_ticks(new).with("user", NEW).with("name", "中野 三郎");
    let filled = filled.with("deed", "登録").with("password", &approval(MASTER));
    let filled = fields.iter().fold(filled, |form, (name, value)| form.with(name, value));
    browser.post(&filled).await
}

/// The card of a user.
fn card(page: &Page, user: &str) -> String {
    let head = format!("<span class=\"sub\"> {user}");
    let found = page.html.split("<li class=\"card\">").find(|card| card.contains(&head));
    found.unwrap_or_else(|| panic!("{}", page.html)).to_owned()
}

#[tokio::test]
async fn a_shared_address_is_marked_until_both_ids_are_one_human() {
    let (_stage, mut browser) = master().await;
    let address = format!("{}@example.jp", PEOPLE[0].0);
    let fields = [("email", address.as_str()), ("approve", "1")];
    let page = register(&mut browser, &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(page.html.matches("共用のアドレスです").count(), 2, "{}", page.html);
    let join = form(&page, ("user", NEW)).with("deed", "変更").with("same_as", PEOPLE[0].0);
    let join = join.with("password", &approval(MASTER));
    let refused = browser.post(&join.clone().with("same_as", "tanaka-01")).await;
    assert!(refused.html.contains("同じご契約の登録済みのID"), "{}", refused.html);
    let page = browser.post(&join).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(page.html.matches("共用のアドレスです").count(), 0, "{}", page.html);
    assert!(
        card(&page, NEW).contains(&format!("同じ方のID</dt><dd class=\"break\">{}", PEOPLE[0].0))
    );
    assert_eq!(page.html.matches("佐藤 花子、鈴木 一郎").count(), 0, "{}", page.html);
    assert!(page.html.contains("承認できる方：中野 三郎、鈴木 一郎。"), "{}", page.html);
}

#[tokio::test]
async fn authorities_are_copied_from_another_user_of_the_customer_and_nobody_elses() {
    let (stage, mut browser) = master().await;
    let fields = [("email", "nakano@example.jp"), ("approve:20", "1"), ("operate", "1")];
    assert_eq!(register(&mut browser, &fields).await.status, StatusCode::OK);
    let page = browser.get("/users").await;
    let copy = form(&page, ("user", PEOPLE[1].0)).with("deed", "変更").with("anyway", "1");
    let copy = without_ticks(copy).with("anyway", "1").with("password", &approval(MASTER));
    for stranger in ["tanaka-01", "mori-0001", "nobody-01"] {
        let refused = browser.post(&copy.clone().with("like", stranger)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{stranger}");
    }
    let done = browser.post(&copy.with("like", NEW)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    assert_eq!(stage.person(1).roles, ["approve:20", "operate"]);
}
