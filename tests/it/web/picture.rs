//! The picture on a case's page.

use kessai::domain::{Organisation, Person, Today, UserId, UserNumber};
use kessai::service::{NewUser, Passwords};

use super::browser::Browser;
use super::path;
use super::stage::{Drop, Stage};
use crate::render::sample;

/// The picture of a page, from its first to its last tag.
fn picture(html: &str) -> &str {
    let (_, rest) = html.split_once("<svg ").unwrap();
    let (picture, after) = rest.split_once("</svg>").unwrap();
    assert!(!after.contains("<svg "), "one picture");
    picture
}

#[tokio::test]
async fn a_case_shows_its_route_as_a_picture_and_in_words() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let page = browser.get(&path(case)).await;
    let drawn = picture(&page.html);
    assert!(drawn.contains("role=\"img\"") && drawn.contains("aria-label=\"でんさい発生記録請求"));
    for shown in ["いまここ", "判断を待っています", "取扱店承認", &case.to_string()]
    {
        assert!(drawn.contains(shown), "{shown} is missing in {drawn}");
    }
    assert!(page.html.contains("<summary>承認の流れを文字で読む</summary>"));
    // The pages' policy knows no style but the style sheet's.
    assert!(!page.html.contains(" style=") && !page.html.contains("<style"));
}

#[tokio::test]
async fn names_on_the_picture_are_for_their_own_side() {
    let stage = Stage::new();
    let case = stage.usual();
    let browser = Browser::new(&stage);
    for (person, sees) in [(0, true), (2, false)] {
        let mut browser = browser.other();
        browser.log_in("/login", person).await;
        let page = browser.get(&path(case)).await;
        assert_eq!(picture(&page.html).contains("鈴木 一郎"), sees);
        assert_eq!(page.html.contains("鈴木 一郎"), sees);
    }
}

#[tokio::test]
async fn markup_in_names_and_titles_is_text_on_the_picture() {
    let stage = Stage::new();
    let evil = "<img src=x onerror=alert(1)>";
    let person = Person {
        id: UserId::parse("evil-0001").unwrap(),
        name: evil.to_owned(),
        organisation: Organisation::Customer(UserNumber::parse("1AB2CD3EF").unwrap()),
        roles: vec!["approve".to_owned()],
        email: "evil@example.jp".to_owned(),
        stands_for: Vec::new(),
        today: Today::default(),
    };
    let passwords = Passwords { login: "a login word".into(), approval: "another word".into() };
    stage.desk.add_user(NewUser { person, passwords }).unwrap();
    let name = "</svg><script>alert(1)</script>.csv";
    let requests = vec![sample::request(1)];
    let case = stage.take_in(&Drop { name, requests })[0];
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let page = browser.get(&path(case)).await;
    let written = page.written();
    assert!(!written.contains("<img") && !written.contains("<script"), "{written}");
    let drawn = picture(&page.html);
    assert!(drawn.contains("&lt;img src=x"), "{drawn}");
    assert!(drawn.contains("&lt;/svg&gt;&lt;script&gt;alert(1)&lt;/script&gt;.csv"), "{drawn}");
}
