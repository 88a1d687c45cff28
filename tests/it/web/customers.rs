//! Customers on the bank's pages: who finds them, what is told of them, and procedures that are
//! asked for there.

use std::sync::Arc;

use axum::http::StatusCode;
use kessai::domain::{BranchCode, Organisation, Person, Today, UserId, UserNumber};
use kessai::ports::{Admission, PasswordKind};
use kessai::service::{NewUser, Passwords};

use super::browser::{Form, Page, percent};
use super::outages::{approve, case_of, logged_in};
use crate::contracts::{Branch, NUMBER};

const USERS: &str = "手続,ユーザーID,氏名,所属,権限,メールアドレス,本人確認\n";

fn id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

/// A branch with a customer who has a master and a general user.
fn branch() -> Branch {
    let branch = Branch::with_customer();
    let rows = format!(
        "{USERS}登録,master01,髙﨑 眞由美,{NUMBER},master;approve,takasaki@example.jp,\n\
         登録,general1,山田 太郎,{NUMBER},approve,yamada@example.jp,\n"
    );
    let case = branch.hand_in("届出.csv", rows).unwrap();
    branch.approve(case, "sato0001", &[]).unwrap();
    branch.approve(case, "mori0001", &[]).unwrap();
    branch
}

fn path() -> String {
    format!("/customers/{NUMBER}")
}

/// The form of the page that asks for a deed for a user.
fn form_for(page: &Page, user: &str, deed: &str) -> Form {
    let mine = |form: &Form| form.fields.get("user").is_some_and(|one| one == user);
    page.forms().into_iter().find(mine).unwrap().with("deed", deed)
}

#[tokio::test]
async fn a_customer_is_found_and_told_whole() {
    let Branch { house: _house, desk } = branch();
    let desk = Arc::new(desk);
    let mut browser = logged_in(&desk, "suzuki01").await;
    assert!(browser.get("/").await.links().contains(&"/customers".to_owned()));
    for (words, is_found) in [
        ("", true),
        ("4ef5", true),
        ("あたらしい", true),
        ("アタラシイ", true),
        ("ｱﾀﾗｼｲ", true),
        ("どこにもない", false),
    ] {
        let page = browser.get(&format!("/customers?q={}", percent(words))).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.links().contains(&path()), is_found, "{words}: {}", page.html);
    }
    let page = browser.get(&path()).await;
    for part in [
        "株式会社あたらしい商店",
        "契約中（でんさいライト）",
        "0001-001-1-1234567（手数料）",
        "髙﨑 眞由美",
        "マスターユーザー",
        "仮ログインパスワード（2026年12月2日",
        "仮パスワード・受取番号のお知らせ（書面）",
        "新規",
        "見本 mori0001",
        "いま手続き中のものはありません。",
    ] {
        assert!(page.html.contains(part), "{part} is not in {}", page.html);
    }
}

#[tokio::test]
async fn only_the_branch_that_has_the_desk_sees_a_customer() {
    let Branch { house: _house, desk } = branch();
    let own = Organisation::Customer(UserNumber::parse(NUMBER).unwrap());
    let people = [
        ("betten01", Organisation::Branch(BranchCode::parse("002").unwrap()), "checker"),
        ("approver", own, "master"),
    ];
    for (id, organisation, role) in people {
        let person = Person {
            id: UserId::parse(id).unwrap(),
            name: "別の 方".into(),
            organisation,
            roles: vec![role.into()],
            email: format!("{id}@example.jp"),
            stands_for: Vec::new(),
            today: Today::default(),
        };
        let passwords =
            Passwords { login: format!("salt river {id}"), approval: format!("moth at noon {id}") };
        desk.add_user(NewUser { person, passwords }).unwrap();
    }
    let desk = Arc::new(desk);
    let mut elsewhere = logged_in(&desk, "betten01").await;
    assert!(!elsewhere.get("/customers").await.html.contains(NUMBER));
    assert_eq!(elsewhere.get(&path()).await.status, StatusCode::NOT_FOUND);
    let mut theirs = logged_in(&desk, "approver").await;
    for place in ["/customers", &path(), "/outages"] {
        assert_eq!(theirs.get(place).await.status, StatusCode::NOT_FOUND, "{place}");
    }
    assert!(!theirs.get("/").await.html.contains("/customers"));
}

#[tokio::test]
async fn a_reset_asked_for_on_the_page_is_a_case_that_two_others_approve() {
    let Branch { house, desk } = branch();
    let desk = Arc::new(desk);
    let mut browser = logged_in(&desk, "suzuki01").await;
    let page = browser.get(&path()).await;
    let form = form_for(&page, "master01", "再設定");
    let blank = browser.post(&form).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blank.html.contains("「本人確認」が空欄です"), "{}", blank.html);
    let strange = browser.post(&form.clone().with("user", "sato0001")).await;
    assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY, "no user of the customer");
    let removal = browser.post(&form.clone().with("deed", "削除")).await;
    assert_eq!(removal.status, StatusCode::UNPROCESSABLE_ENTITY, "not offered");
    let until = || desk.temporary_until(&id("master01"), PasswordKind::Login);
    let before = until();
    let done = browser.post(&form.with("identity_check", "届出書 21")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let page = browser.get(done.to()).await;
    assert!(page.html.contains("届出を受け付けました。受付番号は "), "{}", page.html);
    let case = case_of(&page.html);
    assert!(page.html.contains("ユーザーの届出"), "it is under way for the customer");
    assert!(browser.get(&case).await.html.contains("本人確認: 届出書 21"));
    let number: kessai::domain::CaseId = case.rsplit('/').next().unwrap().parse().unwrap();
    let file = desk.store.file(number.receipt).unwrap();
    assert_eq!(file.submitted_by, Some(id("suzuki01")));
    house.forward_ms(60_000);
    assert_eq!(approve(&desk, "sato0001", &case).await, StatusCode::SEE_OTHER);
    assert_eq!(until(), before, "not by one");
    assert_eq!(approve(&desk, "mori0001", &case).await, StatusCode::SEE_OTHER);
    assert_eq!(until(), before.map(|at| at.plus_ms(60_000)));
}

#[tokio::test]
async fn what_can_be_asked_for_follows_how_a_user_stands() {
    let Branch { house: _house, desk } = branch();
    let desk = Arc::new(desk);
    for _ in 0..5 {
        desk.verify(&id("general1"), PasswordKind::Login, "a guess").unwrap_err();
    }
    let mut browser = logged_in(&desk, "suzuki01").await;
    for (deed, check, state) in [
        ("解除", "届出書 22", "ログインパスワードが使えません"),
        ("停止", "", "利用中"),
        ("再開", "", "停止"),
    ] {
        let page = browser.get(&path()).await;
        assert!(page.html.contains(&format!("<option value=\"{deed}\">")), "{}", page.html);
        assert!(page.html.contains(state), "{state}: {}", page.html);
        let form = form_for(&page, "general1", deed).with("identity_check", check);
        let done = browser.post(&form).await;
        let case = case_of(&browser.get(done.to()).await.html);
        for user in ["sato0001", "mori0001"] {
            assert_eq!(approve(&desk, user, &case).await, StatusCode::SEE_OTHER, "{deed}");
        }
    }
    let page = browser.get(&path()).await;
    assert!(!page.html.contains("ログインパスワードが使えません"), "{}", page.html);
    assert_eq!(desk.admission(&id("general1")), Admission::Active);
}
