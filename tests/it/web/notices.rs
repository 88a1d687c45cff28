//! Notices on the pages: by number for the bank, one's own for customers.

use std::sync::Arc;

use axum::http::StatusCode;
use kessai::channels::FolderOutbox;
use kessai::domain::{Person, ReceiptNo, UserId};
use kessai::ports::{Batch, Commit, Entry, PasswordKind, Returned};
use kessai::service::Policy;

use super::browser::Browser;
use super::stage::{PEOPLE, Stage, approval, nobodys};

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

#[tokio::test]
async fn who_does_not_get_mails_is_told_on_the_pages() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::with_outbox(Arc::new(FolderOutbox::open(folder.path()).unwrap()));
    let roles = ["approve", "inquire", "master"].map(str::to_owned).into();
    stage.change(Person { roles, ..stage.person(1) });
    let sato = stage.person(0);
    let case = stage.usual();
    let new = (approval(sato.id.as_str()), "a lantern on the pier");
    stage.desk.choose_password(&sato.id, PasswordKind::Approval, (&new.0, new.1)).unwrap();
    stage.desk.dispatch_all().unwrap();
    let mails = stage.desk.store.notices_to(&[sato.id.as_str()], 9);
    assert!(mails.len() == 2 && mails.iter().all(|one| one.sent.is_some()), "{mails:?}");
    let come_back = |at: usize| {
        let why = "550 5.1.1 User unknown".to_owned();
        // A bounce is a file of its own.
        let from =
            ReceiptNo::new(nobodys().receipt.date(), 90 + u32::try_from(at).unwrap()).unwrap();
        let returned = Returned::Came { notices: vec![mails[at].number], from, why };
        let entries = vec![Entry::Returned(Box::new(returned))];
        let commit = Commit { at: stage.desk.clock.now(), entries };
        stage.desk.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    };
    let mut browsers = Vec::new();
    for at in 0..5 {
        let mut browser = Browser::new(&stage);
        browser.log_in("/login", at).await;
        browsers.push(browser);
    }
    let says = "メールが届いていません";
    // The newest is the change of the password, the one before it asks for the approval.
    for (at, known) in [(1, false), (0, true)] {
        come_back(at);
        let own = browsers[0].get("/account").await.html;
        assert_eq!(own.contains(says), known, "{own}");
        let users = browsers[1].get("/users").await.html;
        assert_eq!(users.matches(says).count(), usize::from(known), "{users}");
    }
    assert!(!browsers[1].get("/account").await.html.contains(says), "another one's mails arrive");
    // The branch has it to do, with the words of the server; customers do not see those.
    for (at, sees) in [(1, false), (2, true), (4, false)] {
        let page = browsers[at].get("/incidents").await.html;
        let told = page.matches("550 5.1.1 User unknown").count();
        assert_eq!(told, if sees { 2 } else { 0 }, "{page}");
        assert!(!sees || page.contains("済として届け出て"), "{page}");
    }
    let path = format!("/cases/{case}");
    for (at, sees) in [(1, true), (2, true), (4, false)] {
        let page = browsers[at].get(&path).await.html;
        let told = page.contains("宛てのメール「承認のお願い」")
            && page.contains("届かずに戻ってきました");
        assert_eq!(told, sees, "{page}");
        assert!(!page.contains("User unknown"), "{page}");
    }
}
