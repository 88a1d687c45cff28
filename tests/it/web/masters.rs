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
