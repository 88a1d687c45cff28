//! What waits for somebody of the bank, on its page.

use std::sync::Arc;

use axum::http::StatusCode;
use kessai::domain::HoldEnd;
use kessai::ports::{Batch, Commit, EffectMove, EffectState, Entry};
use kessai::service::Desk;

use super::outages::{approve, case_of, logged_in};
use super::stage::Stage;
use crate::contracts::{Branch, HEADINGS, NEW};

/// Lets the effect whose name holds `part` wait for a person.
fn stop(desk: &Desk, part: &str, (to, note): (EffectState, &str)) -> String {
    let all = desk.store.effects(usize::MAX);
    let found = all.iter().find(|one| one.effect.id().as_str().contains(part)).unwrap();
    let (id, at) = (found.effect.id(), desk.clock.now());
    let name = id.to_string();
    let entries = vec![Entry::Effects(vec![EffectMove { id, to, at, note: note.to_owned() }])];
    desk.store.commit(Batch { commit: Commit { at, entries }, expect: Vec::new() }).unwrap();
    name
}

#[tokio::test]
async fn what_waits_for_a_person_is_told_with_the_servers_words_and_what_to_do() {
    let branch = Branch::new();
    let (house, desk) = (branch.house, Arc::new(branch.desk));
    let mut browser = logged_in(&desk, "suzuki01").await;
    let page = browser.get("/incidents").await;
    assert!(page.html.contains("いま、確認の要ることはありません。"), "{}", page.html);
    assert!(!browser.get("/").await.html.contains("件あります。</strong></a>"));
    let text = HEADINGS.to_owned() + NEW;
    let person = desk.store.user(&kessai::domain::UserId::parse("suzuki01").unwrap());
    let sent = (desk.new_intake(), "申込.csv", text.as_str());
    let receipt = desk.hand_in(&person.unwrap().person, sent).unwrap();
    desk.judge_sent(receipt).unwrap();
    let dead = stop(&desk, "mail", (EffectState::Dead, "550 5.1.1 no such <user>"));
    let unsure = stop(&desk, "request", (EffectState::Unsure, "no answer"));
    desk.pages_certificate_left(Some(12));
    let page = browser.get("/incidents").await;
    for part in [
        "確認の要ること（3件）",
        "メールを送れません",
        "550 5.1.1 no such &lt;user&gt;",
        "宛先を確かめて直してから再送",
        "メールが届いたか分かりません",
        "あと12日で期限が切れます。",
        &dead.replace('/', "&#x2f;"),
        &unsure.replace('/', "&#x2f;"),
    ] {
        assert!(page.html.contains(part), "{part} is not in {}", page.html);
    }
    assert!(page.links().iter().any(|link| link.starts_with("/cases/")), "{:?}", page.links());
    let todo = browser.get("/").await.html;
    assert!(todo.contains("確認の要ることが3件あります。"), "{todo}");
    assert_eq!(desk.status().incidents.len(), 2, "the same as the command tells");
    desk.pages_certificate_left(Some(30));
    assert!(browser.get("/incidents").await.html.contains("確認の要ること（2件）"));
    drop(house);
}

#[tokio::test]
async fn what_is_stuck_is_asked_for_on_the_page_and_sent_again_by_two() {
    let branch = Branch::new();
    let (house, desk) = (branch.house, Arc::new(branch.desk));
    let mut browser = logged_in(&desk, "suzuki01").await;
    let person = desk.store.user(&kessai::domain::UserId::parse("suzuki01").unwrap());
    let text = HEADINGS.to_owned() + NEW;
    let sent = (desk.new_intake(), "申込.csv", text.as_str());
    let receipt = desk.hand_in(&person.unwrap().person, sent).unwrap();
    desk.judge_sent(receipt).unwrap();
    let dead = stop(&desk, "mail", (EffectState::Dead, "550 5.1.1 no such user"));
    desk.dispatch_all().unwrap();
    let field = format!("deed:{dead}");
    let page = browser.get("/incidents").await;
    assert!(page.html.contains(&format!("name=\"{}\"", field.replace('/', "&#x2f;"))));
    let form = page.form("/incidents").with("reason", "アドレスを<直した>");
    let nothing = browser.post(&form).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing is chosen");
    assert!(nothing.html.contains("一つも選ばれていません"), "{}", nothing.html);
    let form = form.with(&field, "再送");
    let without = browser.post(&form.clone().with("reason", "")).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.html.contains("<option value=\"再送\" selected>"), "what was chosen stays");
    let forged = browser.post(&form.clone().with("ticket", "another")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let done = browser.post(&form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    assert_eq!(browser.post(&form).await.to(), done.to(), "a form sent twice is one sheet");
    let page = browser.get(done.to()).await;
    let case = case_of(&page.html);
    assert!(!page.html.contains(&field.replace('/', "&#x2f;")), "it is asked for already");
    assert!(page.html.contains("届け出られています"), "{}", page.html);
    let shown = logged_in(&desk, "sato0001").await.get(&case).await.html;
    assert!(shown.contains("550 5.1.1 no such user"), "{shown}");
    let is_stuck = || desk.stuck_items().iter().any(|one| one.effect == dead);
    assert_eq!(approve(&desk, "sato0001", &case).await, StatusCode::SEE_OTHER);
    assert!(is_stuck(), "not by one");
    let again = logged_in(&desk, "sato0001").await.get(&case).await;
    let again = again.forms().into_iter().find(|form| form.action.ends_with("/decision"));
    assert!(again.is_none_or(|form| !form.fields.contains_key("password")), "the same twice");
    assert_eq!(approve(&desk, "mori0001", &case).await, StatusCode::SEE_OTHER);
    assert!(!is_stuck(), "sent by the second");
    let mail = format!("outbox/mail/{}.eml", dead.replace('/', "_"));
    assert!(house.root.path.join(mail).exists());
    assert!(browser.get("/incidents").await.html.contains("確認の要ること（0件）"));
}

#[tokio::test]
async fn a_held_file_is_listed_with_what_may_become_of_it_and_taken_in_by_two() {
    let branch = Branch::new();
    let desk = Arc::new(branch.desk);
    let mut browser = logged_in(&desk, "suzuki01").await;
    let person = desk.store.user(&kessai::domain::UserId::parse("suzuki01").unwrap()).unwrap();
    let text = HEADINGS.to_owned() + NEW;
    let receipts = ["申込.csv", "同じ申込.csv"].map(|name| {
        let sent = (desk.new_intake(), name, text.as_str());
        let receipt = desk.hand_in(&person.person, sent).unwrap();
        desk.judge_sent(receipt).unwrap();
        receipt
    });
    let page = browser.get("/incidents").await;
    for part in
        ["同じ申込.csv", "受付（別の請求として受け付ける）", "済（同じ請求とし、受け付けない）"]
    {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    let field = format!("deed:{}", receipts[1]);
    let form = page.form("/incidents").with("reason", "別の店の分").with(&field, "受付");
    let done = browser.post(&form).await;
    let case = case_of(&browser.get(done.to()).await.html);
    assert_eq!(approve(&desk, "sato0001", &case).await, StatusCode::SEE_OTHER);
    assert_eq!(desk.hold_end(receipts[1]), None, "not by one");
    assert_eq!(approve(&desk, "mori0001", &case).await, StatusCode::SEE_OTHER);
    assert!(matches!(desk.hold_end(receipts[1]), Some(HoldEnd::Released(_))));
}

#[tokio::test]
async fn another_branch_sees_only_what_is_the_whole_offices() {
    let stage = Stage::new();
    stage.usual();
    stop(&stage.desk, "request", (EffectState::Dead, "550 no such user"));
    stage.enrol(("betten-01", "別店 太郎"), "branch:002", "checker");
    stage.desk.pages_certificate_left(Some(-1));
    let mut other = super::browser::Browser::new(&stage);
    other.log_in_with("/login", "betten-01", &super::stage::login("betten-01")).await;
    let page = other.get("/incidents").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.html.contains("期限が切れています。"), "{}", page.html);
    assert!(page.html.contains("確認の要ること（1件）"));
    let mut customer = super::browser::Browser::new(&stage);
    customer.log_in("/login", 0).await;
    assert_eq!(customer.get("/incidents").await.status, StatusCode::NOT_FOUND);
    assert!(!customer.get("/").await.html.contains("確認の要ること"));
}
