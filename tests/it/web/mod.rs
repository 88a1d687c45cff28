//! The approver's pages, asked as a browser asks them.

mod about;
mod absence;
mod accounts;
mod browser;
mod certificates;
mod contracts;
mod counter;
mod customers;
mod drafts;
mod incidents;
mod keying;
mod hardening;
pub(crate) mod masters;
mod picture;
mod matrix;
mod news;
mod notices;
mod outages;
mod paper_decisions;
mod questions;
mod review;
mod rules;
mod search;
mod sheets;
mod sidecar;
mod stage;
mod submit;
mod why;
mod threats;
mod tls;

use axum::http::StatusCode;
use kessai::domain::{CaseId, UserId};
use kessai::ports::PasswordKind;
use kessai::workflow::Status;

use browser::Browser;
use stage::{Drop, PEOPLE, Stage, login};

use crate::render::sample;

fn path(case: CaseId) -> String {
    format!("/cases/{case}")
}

fn link(stage: &Stage, case: CaseId, person: usize) -> String {
    let url = stage.desk.link(case, &UserId::parse(PEOPLE[person].0).unwrap(), "1.0");
    url.strip_prefix(&format!("http://{}", stage::HOST)).unwrap().to_owned()
}

#[tokio::test]
async fn two_people_of_the_customer_then_two_of_the_bank_approve_a_file() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    for person in 0..4 {
        let mut browser = browser.other();
        let to = browser.log_in(&link(&stage, case, person), person).await;
        assert_eq!(to, path(case));
        let list = browser.get("/").await;
        assert!(list.html.contains(&path(case)), "{}", list.html);
        let form = browser.filled(&to, person, "approve").await;
        let decided = browser.post(&form).await;
        assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.html);
        let done = browser.get(decided.to()).await;
        assert!(done.html.contains("「承認」を受け付けました。"), "{}", done.html);
        let digest = stage.desk.content_of(&stage.case(case)).unwrap().short();
        assert!(done.html.contains(&digest));
        assert_eq!(done.html.contains("あと1名の承認が必要です"), person % 2 == 0);
        assert_eq!(stage.case(case).head.votes.len(), person + 1);
        assert!(browser.get("/").await.html.contains("いま、あなたの判断を待つ案件はありません"));
    }
    assert_eq!(stage.case(case).head.status, Status::Completed);
    // Whoever is not logged in is asked to, and comes back to the case.
    let to = browser.get(&path(case)).await.to().to_owned();
    assert_eq!(to, format!("/login?case={case}"));
    assert_eq!(browser.log_in(&to, 0).await, path(case));
}

#[tokio::test]
async fn asking_changes_nothing() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    let mut inside = browser.other();
    inside.log_in("/login", 0).await;
    let link = link(&stage, case, 0);
    let (digest, sequence) = (stage.desk.store.digest(), stage.desk.store.counts().sequence);
    let paths = ["/", "/login", "/logout", &link, "/l/x", "/kessai.css", "/nothing", "/cases/x"];
    let own = [path(case), format!("{}/decision", path(case)), format!("{}?done=1", path(case))];
    let paths: Vec<&str> = paths.into_iter().chain(own.iter().map(String::as_str)).collect();
    for at in 0..200 {
        let method = ["GET", "HEAD", "OPTIONS", "GET"][at % 4];
        let who = if at % 3 == 0 { &mut browser } else { &mut inside };
        who.ask(method, paths[at % paths.len()]).await;
    }
    assert_eq!(stage.desk.store.digest(), digest);
    assert_eq!(stage.desk.store.counts().sequence, sequence);
    // The person's own click works afterwards.
    assert_eq!(browser.log_in(&link, 0).await, path(case));
}

#[tokio::test]
async fn a_robot_that_submits_every_form_decides_nothing_and_locks_nobody() {
    let stage = Stage::new();
    let case = stage.usual();
    let (digest, sequence) = (stage.desk.store.digest(), stage.desk.store.counts().sequence);
    let outside = Browser::new(&stage);
    let mut inside = outside.other();
    inside.log_in("/login", 0).await;
    for mut robot in [outside, inside] {
        let mut to_see = vec![link(&stage, case, 0), "/".to_owned(), path(case)];
        let mut seen = Vec::new();
        for _ in 0..60 {
            let Some(next) = to_see.pop() else { break };
            if seen.contains(&next) {
                continue;
            }
            let page = robot.get(&next).await;
            seen.push(next);
            to_see.extend(page.links());
            let mut forms = page.forms();
            forms.retain(|form| form.action != "/logout");
            for form in forms {
                // As it stands, and with every box and field filled with rubbish but passwords.
                robot.post(&form).await;
                for kind in ["approve", "return", "reject"] {
                    let mut junk = form.clone();
                    for (name, value) in &mut junk.fields {
                        if value.is_empty() && name != "password" {
                            *value = "robot".to_owned();
                        }
                    }
                    robot.post(&junk.with("kind", kind)).await;
                }
            }
        }
        assert!(seen.len() > 2, "{seen:?}");
    }
    assert_eq!(stage.desk.store.digest(), digest);
    assert_eq!(stage.desk.store.counts().sequence, sequence);
    let mut person = Browser::new(&stage);
    assert_eq!(person.log_in(&link(&stage, case, 0), 0).await, path(case));
}

#[tokio::test]
async fn a_link_leads_only_whom_it_was_sent_to() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    let neutral = |html: &str| {
        // Random numbers and the token itself aside, the pages are the same.
        let lines = html.lines().filter(|line| !line.contains("type=\"hidden\""));
        lines.collect::<Vec<_>>().join("\n")
    };
    let right = browser.get(&link(&stage, case, 0)).await;
    let wrong = browser.get(&format!("/l/{}", "A".repeat(43))).await;
    assert_eq!(neutral(&right.html), neutral(&wrong.html));
    for fact in ["髙﨑", "3件", &case.to_string(), "12月分"] {
        assert!(!right.html.contains(fact), "{fact}");
    }
    for person in [1, 4] {
        let mut browser = browser.other();
        let to = browser.log_in(&link(&stage, case, 0), person).await;
        assert_eq!(to, "/?notice=link");
        assert!(browser.get(&to).await.html.contains("別の方あて"));
    }
    assert_eq!(browser.log_in(&format!("/l/{}", "A".repeat(43)), 0).await, "/?notice=link");
}

#[tokio::test]
async fn what_was_shown_must_be_what_is_decided() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let form = browser.filled(&path(case), 0, "approve").await;
    let other = "0".repeat(64);
    for (field, value) in [
        ("content", other.as_str()),
        ("task_version", "99"),
        ("shown_at", "1"),
        ("number", "again"),
        ("seal", "AAAA"),
    ] {
        let page = browser.post(&form.clone().with(field, value)).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{field}");
        assert!(page.html.contains("内容が変わりました"), "{field}");
    }
    // A form that was made for another person does not fit either.
    let mut second = browser.other();
    second.log_in("/login", 1).await;
    let own = second.filled(&path(case), 1, "approve").await;
    let mut stolen = form.clone().with("password", &own.fields["password"]);
    stolen.fields.insert("csrf".into(), own.fields["csrf"].clone());
    assert_eq!(second.post(&stolen).await.status, StatusCode::CONFLICT);
    assert_eq!(stage.case(case).head.votes.len(), 0);
    // A case that has ended meanwhile says so.
    let reject = second.filled(&path(case), 1, "reject").await.with("reason", "金額が違います");
    assert_eq!(second.post(&reject).await.status, StatusCode::SEE_OTHER);
    let late = browser.post(&form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.html.contains("すでに「否認」です"), "{}", late.html);
    assert_eq!(stage.case(case).head.votes.len(), 1);
}

#[tokio::test]
async fn a_form_sent_twice_is_one_vote() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let form = browser.filled(&path(case), 0, "approve").await;
    let first = browser.post(&form).await;
    let sequence = stage.desk.store.counts().sequence;
    let again = browser.post(&form).await;
    assert_eq!((first.status, first.to()), (StatusCode::SEE_OTHER, again.to()));
    assert_eq!(stage.desk.store.counts().sequence, sequence);
    assert_eq!(stage.case(case).head.votes.len(), 1);
}

#[tokio::test]
async fn a_second_seat_is_not_for_the_same_person() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let (one, two) = (
        browser.filled(&path(case), 0, "approve").await,
        browser.filled(&path(case), 0, "approve").await,
    );
    browser.post(&one).await;
    let page = browser.post(&two).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.html.contains("二人目は別の方"), "{}", page.html);
    assert_eq!(stage.case(case).head.votes.len(), 1);
}

#[tokio::test]
async fn five_wrong_approval_passwords_lock_that_password_alone() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let form = browser.filled(&path(case), 0, "approve").await;
    let wrong = form.clone().with("password", "not the password");
    let mut pages = Vec::new();
    for _ in 0..6 {
        let page = browser.post(&wrong).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        pages.push(page.html.lines().filter(|l| !l.contains("hidden")).collect::<String>());
    }
    assert_eq!(pages[0], pages[5], "a locked password looks like a wrong one");
    let right = browser.post(&form).await;
    assert_eq!(right.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stage.case(case).head.votes.len(), 0);
    let record = stage.desk.store.user(&UserId::parse(PEOPLE[0].0).unwrap()).unwrap();
    assert!(record.credentials.get(PasswordKind::Approval).is_locked());
    assert!(!record.credentials.get(PasswordKind::Login).is_locked());
    browser.other().log_in("/login", 0).await;
}

#[tokio::test]
async fn wrong_locked_and_unknown_logins_look_the_same() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    let mut shape = Vec::new();
    for at in 0..7 {
        stage.clock.forward(10_000);
        let user = if at == 6 { "nobody-01" } else { PEOPLE[0].0 };
        let page = browser.log_in_with("/login", user, "not the password").await;
        let lines =
            page.html.lines().filter(|l| !l.contains("hidden") && !l.contains("id=\"user\""));
        shape.push((page.status, lines.collect::<String>()));
    }
    assert!(shape.iter().all(|one| *one == shape[0]));
    let sequence = stage.desk.store.counts().sequence;
    let user = PEOPLE[0].0;
    let locked = browser.log_in_with("/login", user, &login(user)).await;
    assert_eq!(locked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stage.desk.store.counts().sequence, sequence);
}

#[tokio::test]
async fn a_return_needs_a_reason_and_a_password_that_is_typed() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let form = browser.filled(&path(case), 0, "return").await;
    let sequence = stage.desk.store.counts().sequence;
    let page = browser.post(&form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("理由を入力してください"));
    let silent = form.clone().with("password", "").with("reason", "金額を確かめてください");
    assert!(browser.post(&silent).await.html.contains("承認パスワードを入力してください"));
    assert_eq!(stage.desk.store.counts().sequence, sequence);
    let whole = form.with("reason", "金額を確かめてください");
    assert_eq!(browser.post(&whole).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stage.case(case).head.status, Status::Returned);
    let page = browser.get(&path(case)).await;
    assert!(page.html.contains("理由：金額を確かめてください"));
}

#[tokio::test]
async fn markup_and_formulas_in_a_file_are_text_on_the_page() {
    let stage = Stage::new();
    let mut request = sample::request(1);
    request.requester_ref = "=cmd()<script>".into();
    let name = "<script>alert(1)</script>\"'.csv";
    let case = stage.take_in(&Drop { name, requests: vec![request] })[0];
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    for page in [browser.get("/").await, browser.get(&path(case)).await] {
        assert!(!page.written().contains("<script"), "{}", page.html);
        assert!(page.html.contains("&lt;script&gt;"));
    }
}

#[tokio::test]
async fn two_lines_of_a_batch_go_back_and_the_page_tells_what_became_of_them() {
    let stage = Stage::new();
    let case = stage.usual();
    let browser = Browser::new(&stage);
    for person in 0..3 {
        let mut browser = browser.other();
        let to = browser.log_in(&link(&stage, case, person), person).await;
        let form = browser.filled(&to, person, "approve").await;
        assert_eq!(browser.post(&form).await.status, StatusCode::SEE_OTHER);
    }
    let mut manager = browser.other();
    let to = manager.log_in(&link(&stage, case, 3), 3).await;
    let form = manager.filled(&to, 3, "return:submitter").await;
    let form = form.with("reason", "契約書の写しをお送りください");
    let wrong = manager.post(&form.clone().with("rows", "三番")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("「3, 17, 20-25」のように"), "{}", wrong.html);
    let foreign = manager.post(&form.clone().with("rows", "9")).await;
    assert!(foreign.html.contains("明細9番はこの案件にありません"), "{}", foreign.html);
    let done = manager.post(&form.with("rows", "２、３")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let page = manager.get(&to).await;
    for shown in ["切り離した明細", "契約書の写しをお送りください", &format!("/cases/{case}.2")]
    {
        assert!(page.html.contains(shown), "{shown}: {}", page.html);
    }
    assert_eq!(stage.case(case).head.scope.rows, 1);
    let line = CaseId { row: Some(2), ..case };
    let own = manager.get(&path(line)).await;
    assert!(own.html.contains("から切り離されました"), "{}", own.html);
    assert_eq!(stage.case(line).head.status, Status::SentBack);
}
