//! Why something waits: the same paragraph from the desk, on the case's page and by the box of the
//! to-do page, and nothing of what is another customer's.

use axum::http::StatusCode;

use super::browser::Browser;
use super::stage::{PEOPLE, Stage};

#[tokio::test]
async fn the_page_says_what_the_command_says_and_the_box_finds_it() {
    let stage = Stage::new();
    let case = stage.usual();
    let told = stage.desk.why(&case.to_string(), None).unwrap();
    let [told] = told.as_slice() else { panic!("{told:?}") };
    for shown in ["お客様（", "の承認を待っています", "期限は", "この後は、", "お問い合わせは"]
    {
        assert!(told.text.contains(shown), "{shown}: {}", told.text);
    }
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let page = browser.get(&format!("/cases/{case}")).await;
    assert!(page.html.contains(&told.text), "{}", page.html);
    let file = stage.desk.store.file(case.receipt).unwrap();
    let by_file: Vec<_> = stage.desk.why(&file.name, None).unwrap();
    assert!(by_file.contains(told), "{by_file:?}");
    for asked in [case.to_string(), case.receipt.to_string()] {
        let found = browser.get(&format!("/why?q={asked}")).await;
        assert!(found.html.contains(&told.text), "{asked}: {}", found.html);
        assert!(found.html.contains(&format!("href=\"/cases/{case}\"")));
    }
}

#[tokio::test]
async fn what_belongs_to_another_customer_is_as_unknown_as_what_there_is_not() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut other = Browser::new(&stage);
    other.log_in("/login", PEOPLE.len() - 1).await;
    let file = stage.desk.store.file(case.receipt).unwrap();
    let nothing = other.get("/why?q=20991231-000001-1").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    for asked in [case.to_string(), case.receipt.to_string()] {
        let page = other.get(&format!("/why?q={asked}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        let as_if = nothing.html.replace("20991231-000001-1", &asked);
        assert_eq!(page.html, as_if, "nothing tells the two apart");
    }
    let id = kessai::domain::UserId::parse(PEOPLE[PEOPLE.len() - 1].0).unwrap();
    let person = stage.desk.person(&id).unwrap();
    for asked in [file.name.as_str(), "1AB2CD3EF", "REF-1"] {
        assert!(stage.desk.why(asked, Some(&person)).is_err(), "{asked}");
    }
    assert_eq!(Browser::new(&stage).get("/why?q=x").await.to(), "/login");
    assert_eq!(other.get("/why").await.to(), "/");
}
