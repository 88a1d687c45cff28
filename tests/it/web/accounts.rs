//! The pages of a person's own account and of a master's users.

use axum::http::StatusCode;
use kessai::domain::UserId;
use kessai::ports::{Admission, PasswordKind};

use super::browser::{Browser, Form, Page};
use super::stage::{PEOPLE, Stage, approval, login};

pub(super) const MASTER: &str = "master-01";
pub(super) const NEW: &str = "nakano-01";

/// The desk with a master of the customer `1AB2CD3EF`, logged in.
pub(super) async fn master() -> (Stage, Browser) {
    let stage = Stage::new();
    stage.add_master();
    let mut browser = Browser::new(&stage);
    browser.log_in_with("/login", MASTER, &login(MASTER)).await;
    (stage, browser)
}

/// The form of a page in which a field has a value.
pub(super) fn form(page: &Page, (name, value): (&str, &str)) -> Form {
    let has = |form: &Form| form.fields.get(name).is_some_and(|found| found == value);
    page.forms().into_iter().find(has).unwrap_or_else(|| panic!("{}", page.html))
}

/// What stands behind a label in a list of facts.
pub(super) fn fact<'p>(page: &'p Page, label: &str) -> &'p str {
    let rest = page.html.split(&format!("<dt>{label}</dt>")).nth(1).unwrap();
    let rest = rest.split("</dd>").next().unwrap();
    rest.rsplit('>').next().unwrap()
}

pub(super) fn without_ticks(mut form: Form) -> Form {
    form.fields.retain(|_, value| value != "1");
    form
}

#[tokio::test]
async fn a_master_registers_a_user_who_chooses_passwords_before_anything_else() {
    let (stage, mut browser) = master().await;
    let page = browser.get("/users").await;
    assert!(page.html.contains("承認できる方：佐藤 花子、鈴木 一郎。"), "{}", page.html);
    let new = page.forms().into_iter().rfind(|form| form.action == "/users").unwrap();
    let filled = without_ticks(new)
        .with("user", NEW)
        .with("name", "中野 三郎")
        .with("email", "nakano@example.jp")
        .with("approve:20", "1")
        .with("deed", "登録");
    let refused = browser.post(&filled.clone().with("password", "a guess")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.html.contains("a guess") && refused.html.contains("中野 三郎"));
    let done = browser.post(&filled.with("password", &approval(MASTER))).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    let (first_login, first_approval) =
        (fact(&done, "仮ログインパスワード"), fact(&done, "仮承認パスワード"));
    assert!(!browser.get("/users").await.html.contains(first_login), "shown once");

    let mut theirs = browser.other();
    let page = theirs.log_in_with("/login", NEW, first_login).await;
    assert_eq!(page.to(), "/account");
    for path in ["/", "/absence", "/users", "/search"] {
        assert_eq!(theirs.get(path).await.to(), "/login", "{path} is shut");
    }
    let account = theirs.get("/account").await;
    assert!(account.html.contains("はじめに、ログインパスワードをご自分で"), "{}", account.html);
    let choose = form(&account, ("what", "login")).with("now", first_login);
    let choose = choose.with("new", "my own login").with("again", "my own login");
    let page = theirs.post(&choose).await;
    assert!(page.html.contains("ログインパスワードを変更しました。"), "{}", page.html);
    assert_eq!(theirs.get("/").await.status, StatusCode::OK, "the same browser goes on");
    let choose = form(&page, ("what", "approval")).with("now", first_approval);
    let choose = choose.with("new", "my own approval").with("again", "my own approval");
    let page = theirs.post(&choose).await;
    assert!(page.html.contains("承認パスワードを変更しました。"), "{}", page.html);
    let id = UserId::parse(NEW).unwrap();
    assert!(stage.desk.check_password(&id, PasswordKind::Approval, "my own approval").is_ok());
    assert_eq!(fact(&page, "権限"), "承認（譲渡）");
}

#[tokio::test]
async fn a_changed_login_password_ends_every_other_session() {
    let stage = Stage::new();
    let (mut one, mut other) = (Browser::new(&stage), Browser::new(&stage));
    one.log_in("/login", 0).await;
    other.log_in("/login", 0).await;
    let page = one.get("/account").await;
    let user = PEOPLE[0].0;
    let choose = form(&page, ("what", "login")).with("now", &login(user));
    let differs = choose.clone().with("new", "one new word").with("again", "another word");
    let refused = one.post(&differs).await;
    assert!(refused.html.contains("二つの欄が違います"), "{}", refused.html);
    let done = one.post(&choose.with("new", "one new word").with("again", "one new word")).await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(one.get("/").await.status, StatusCode::OK);
    assert_eq!(other.get("/").await.to(), "/login");
}

#[tokio::test]
async fn own_sessions_are_seen_and_the_others_ended() {
    let stage = Stage::new();
    let (mut one, mut other) = (Browser::new(&stage), Browser::new(&stage));
    let mut neighbour = one.other();
    // All three at one service, which is where sessions live.
    other.clone_from(&one.other());
    one.log_in("/login", 0).await;
    stage.clock.forward(60_000);
    other.log_in("/login", 0).await;
    neighbour.log_in("/login", 1).await;
    let page = one.get("/account").await;
    assert_eq!(page.html.matches("（最後の操作").count(), 2, "{}", page.html);
    assert_eq!(page.html.matches("<strong>この画面</strong>").count(), 1);
    let end = form(&page, ("what", "sessions"));
    let wrong = one.post(&end.clone().with("password", "a guess")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.get("/").await.status, StatusCode::OK);
    let done = one.post(&end.with("password", &login(PEOPLE[0].0))).await;
    assert!(done.html.contains("ほかの画面をすべてログオフしました。"), "{}", done.html);
    assert!(!done.html.contains("value=\"sessions\""), "there is no other any more");
    assert_eq!(other.get("/").await.to(), "/login");
    assert_eq!(neighbour.get("/").await.status, StatusCode::OK);
    assert_eq!(one.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn general_users_and_the_banks_people_have_no_page_of_users() {
    let (stage, _) = master().await;
    for (person, _, _) in PEOPLE {
        let mut browser = Browser::new(&stage);
        browser.log_in_with("/login", person, &login(person)).await;
        assert_eq!(browser.get("/users").await.status, StatusCode::FORBIDDEN);
        let account = browser.get("/account").await;
        assert!(!account.html.contains("href=\"/users\""));
        // Even a form of their own session does not do it.
        let mut forged = form(&account, ("what", "email"));
        forged.action = "/users".into();
        let forged = forged.with("deed", "停止").with("user", PEOPLE[0].0);
        let forged = forged.with("password", &approval(person));
        assert_eq!(browser.post(&forged).await.status, StatusCode::FORBIDDEN);
    }
    let first = UserId::parse(PEOPLE[0].0).unwrap();
    assert_eq!(stage.desk.admission(&first), Admission::Active);
}

#[tokio::test]
async fn a_suspended_user_is_out_at_once() {
    let (stage, mut browser) = master().await;
    let mut theirs = Browser::new(&stage);
    theirs.log_in("/login", 0).await;
    assert_eq!(theirs.get("/").await.status, StatusCode::OK);
    let page = browser.get("/users").await;
    let stop = form(&page, ("user", PEOPLE[0].0)).with("deed", "停止").with("anyway", "1");
    let done = browser.post(&stop.with("password", &approval(MASTER))).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    assert_eq!(fact(&browser.get("/users").await, "状態"), "利用中");
    assert!(done.html.contains("<dd>停止</dd>"), "{}", done.html);
    assert_eq!(theirs.get("/").await.to(), "/login", "the session has ended");
    let again = theirs.log_in_with("/login", PEOPLE[0].0, &login(PEOPLE[0].0)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn another_mail_address_takes_the_number_that_was_mailed_to_it() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let ask = form(&browser.get("/account").await, ("what", "email"));
    let ask = ask.with("email", "hanako@example.jp").with("password", &approval(PEOPLE[0].0));
    let page = browser.post(&ask).await;
    assert!(page.html.contains("確認番号を送りました"), "{}", page.html);
    let wrong = form(&page, ("what", "confirm")).with("number", "12345678");
    let page = browser.post(&wrong).await;
    assert!(page.html.contains("確認番号が違います"), "{}", page.html);
    assert!(page.html.contains("<dd class=\"break\">sato-0001@example.jp</dd>"), "{}", page.html);
}
