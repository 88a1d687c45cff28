//! Several cases on one page, decided with one entry of the approval password.

use axum::http::StatusCode;
use kessai::domain::CaseId;

use super::browser::{Browser, Form};
use super::path;
use super::stage::{Drop, PEOPLE, Stage, approval};
use crate::render::sample;

/// Somebody logged in.
async fn inside(stage: &Stage, person: usize) -> Browser {
    let mut browser = Browser::new(stage);
    browser.log_in("/login", person).await;
    browser
}

fn asked(cases: &[CaseId]) -> String {
    let cases: Vec<String> = cases.iter().map(|case| format!("case={case}")).collect();
    format!("/review?{}", cases.join("&"))
}

/// The form of several cases, every one ticked, with the person's approval password.
async fn ticked(browser: &mut Browser, cases: &[CaseId], person: usize) -> Form {
    let page = browser.get(&asked(cases)).await;
    page.form("/review").with("password", &approval(PEOPLE[person].0))
}

#[tokio::test]
async fn several_cases_are_approved_with_one_password_each_with_its_own_digest() {
    let stage = Stage::new();
    let cases = [stage.usual(), stage.usual()];
    let mut browser = inside(&stage, 0).await;
    let list = browser.get("/").await;
    for case in cases {
        assert!(list.html.contains(&format!("name=\"case\" value=\"{case}\"")), "{}", list.html);
    }
    let page = browser.get(&asked(&cases)).await;
    assert_eq!(page.status, StatusCode::OK);
    for case in cases {
        let shown = stage.desk.view(&stage.case(case)).unwrap().content_short;
        assert!(page.html.contains(&shown), "the digest of {case}");
    }
    assert_eq!(page.html.matches("INV-0000").count(), 6, "every line of both");
    let form = page.form("/review").with("password", &approval(PEOPLE[0].0));
    let done = browser.post(&form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.html);
    assert!(done.html.contains("2件の案件を承認しました"), "{}", done.html);
    assert!(!done.html.contains(&approval(PEOPLE[0].0)), "nothing is remembered");
    for case in cases {
        let case = stage.case(case);
        assert_eq!(case.head.votes.len(), 1);
        assert_eq!(case.head.votes[0].by.as_str(), PEOPLE[0].0);
    }
    // The same form again is the same decision.
    let again = browser.post(&form).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.html);
    assert!(cases.iter().all(|case| stage.case(*case).head.votes.len() == 1));
    assert!(browser.get(&asked(&cases)).await.forms().iter().all(|f| f.action != "/review"));
}

#[tokio::test]
async fn a_case_that_changed_meanwhile_is_left_out_and_named() {
    let stage = Stage::new();
    let (kept, changed) = (stage.usual(), stage.usual());
    let mut browser = inside(&stage, 0).await;
    let form = ticked(&mut browser, &[kept, changed], 0).await;
    let mut other = inside(&stage, 1).await;
    let refused = other.filled(&path(changed), 1, "reject").await.with("reason", "金額の誤り");
    other.post(&refused).await;
    let done = browser.post(&form).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.html.contains("1件の案件を承認しました"), "{}", done.html);
    assert!(done.html.contains("次の1件は承認していません"), "{}", done.html);
    let (_, left_out) = done.html.split_once("次の1件は承認していません").unwrap();
    assert!(left_out.split("</ul>").next().unwrap().contains(&changed.to_string()));
    assert_eq!(stage.case(kept).head.votes.len(), 1);
    let votes = &stage.case(changed).head.votes;
    assert!(votes.iter().all(|vote| vote.by.as_str() != PEOPLE[0].0), "{votes:?}");
}

#[tokio::test]
async fn only_what_is_ticked_and_sealed_is_approved() {
    let stage = Stage::new();
    let (ticked_one, other) = (stage.usual(), stage.usual());
    let mut browser = inside(&stage, 0).await;
    let form = ticked(&mut browser, &[ticked_one, other], 0).await;
    // The ticket of one case is none for another, and none for another person.
    let mut swapped = form.clone();
    let ticket = form.fields[&format!("take.{ticked_one}")].clone();
    swapped.fields.insert(format!("take.{other}"), ticket.clone());
    swapped.fields.remove(&format!("take.{ticked_one}"));
    assert_eq!(browser.post(&swapped).await.status, StatusCode::CONFLICT);
    let mut second = inside(&stage, 1).await;
    let own = ticked(&mut second, &[ticked_one], 1).await;
    let foreign = own.with(&format!("take.{ticked_one}"), &ticket);
    assert_eq!(second.post(&foreign).await.status, StatusCode::CONFLICT);
    let mut none = form.clone();
    none.fields.retain(|name, _| !name.starts_with("take."));
    assert_eq!(browser.post(&none).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        stage.case(ticked_one).head.votes.is_empty() && stage.case(other).head.votes.is_empty()
    );
    let mut one = form;
    one.fields.remove(&format!("take.{other}"));
    assert_eq!(browser.post(&one).await.status, StatusCode::OK);
    assert_eq!(stage.case(ticked_one).head.votes.len(), 1);
    assert!(stage.case(other).head.votes.is_empty());
}

#[tokio::test]
async fn a_wrong_password_approves_none_and_counts_once() {
    let stage = Stage::new();
    let cases = [stage.usual(), stage.usual()];
    let mut browser = inside(&stage, 0).await;
    let form = ticked(&mut browser, &cases, 0).await;
    let empty = browser.post(&form.clone().with("password", "")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = browser.post(&form.with("password", "a guess")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("何も承認していません"), "{}", wrong.html);
    assert!(cases.iter().all(|case| stage.case(*case).head.votes.is_empty()));
    let user = stage.desk.store.user(&stage.person(0).id).unwrap();
    assert_eq!(user.credentials.approval.failures, 1);
    // The page shows the cases again, to be ticked again.
    let again = wrong.form("/review").with("password", &approval(PEOPLE[0].0));
    assert_eq!(browser.post(&again).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_review_shows_nobody_anothers_case_and_sends_the_long_ones_to_their_page() {
    let stage = Stage::new();
    let requests = (1..=51).map(sample::request).collect();
    let long = stage.take_in(&Drop { name: "大口.csv", requests })[0];
    let case = stage.usual();
    let mut browser = inside(&stage, 0).await;
    let page = browser.get(&asked(&[case, long])).await;
    let form = page.form("/review");
    assert!(form.fields.contains_key(&format!("take.{case}")));
    assert!(!form.fields.contains_key(&format!("take.{long}")));
    assert!(page.html.contains("明細が1ページに収まらないため"), "{}", page.html);
    assert!(page.links().contains(&path(long)));
    let mut stranger = inside(&stage, 4).await;
    let nothing = stranger.get(&asked(&[case, long])).await;
    assert_eq!(nothing.html, stranger.get(&asked(&[])).await.html);
    let csrf = stranger.get("/").await.form("/logout").fields["csrf"].clone();
    let form = form.with("csrf", &csrf).with("password", &approval(PEOPLE[4].0));
    let refused = stranger.post(&form).await;
    assert!(!refused.html.contains(&case.to_string()), "{}", refused.html);
    assert!(stage.case(case).head.votes.is_empty());
    assert_eq!(Browser::new(&stage).get(&asked(&[case])).await.to(), "/login");
}
