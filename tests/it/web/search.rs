//! Looking for records, as the bank's people do.

use axum::http::{StatusCode, header};
use kessai::domain::{BranchCode, Organisation, Person, Today, UserId};
use kessai::service::{NewUser, Passwords};
use kessai::workflow::Status;

use super::browser::{Browser, percent};
use super::drafts::{NUMBER, record};
use super::path;
use super::stage::{Stage, approval, login};

async fn bank(stage: &Stage) -> Browser {
    let mut browser = Browser::new(stage);
    browser.log_in("/login", 2).await;
    browser
}

/// The references of what is found, by the amounts of the usual file.
async fn found(browser: &mut Browser, query: &str) -> Vec<u32> {
    let page = browser.get(&format!("/search?{query}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    let amounts = ["1,111,111", "1,222,222", "1,333,333"];
    let cell = |amount: &str| page.html.contains(&format!("amount\">{amount}<"));
    (1..).zip(amounts).filter(|(_, amount)| cell(amount)).map(|(n, _)| n).collect()
}

#[tokio::test]
async fn records_are_found_by_what_is_known_of_them_and_lead_to_their_cases() {
    let stage = Stage::new();
    let case = stage.usual();
    record(&stage, case);
    let mut browser = bank(&stage).await;
    assert!(browser.get("/").await.links().contains(&"/search".to_owned()));
    let name = percent("ヤマダコウム");
    for (query, expected) in [
        ("from=2026-12-01&to=2026-12-01", vec![1, 2, 3]),
        ("from=2026-12-02", vec![]),
        ("record_from=2026-12-04", vec![]),
        ("amount_from=1%2C200%2C000&amount_to=1250000", vec![2]),
        ("party=9XY8WV7UT&amount_from=1300000", vec![3]),
        (&format!("party={name}"), vec![1]),
        (&format!("number={NUMBER}"), vec![1]),
        ("kind=11&state=active", vec![1, 2, 3]),
        ("kind=20", vec![]),
        ("state=rejected", vec![]),
    ] {
        assert_eq!(found(&mut browser, query).await, expected, "{query}");
    }
    let page = browser.get("/search?kind=11").await;
    assert!(page.links().contains(&path(case)) && page.html.contains("3件・合計 3,666,666円"));
    assert!(!page.html.contains("さがした条件"));
}

#[tokio::test]
async fn what_is_found_is_a_file_for_a_spreadsheet_and_a_paper_with_who_decided_when() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut customer = Browser::new(&stage);
    customer.log_in("/login", 0).await;
    let form = customer.filled(&path(case), 0, "reject").await.with("reason", "二重の請求");
    customer.post(&form).await;
    assert_eq!(stage.case(case).head.status, Status::Rejected);
    let mut browser = bank(&stage).await;
    let file = browser.get("/search.csv?state=rejected").await;
    let kept = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(kept, "attachment; filename=\"search_20261201.csv\"");
    assert!(file.html.starts_with("\u{feff}受付番号,受付日,"), "{}", file.html);
    assert_eq!(file.html.lines().count(), 4, "{}", file.html);
    let paper = browser.get("/search?state=rejected&print=1").await.html;
    for part in ["さがした条件", "否認", "佐藤 花子", "二重の請求", "2026年12月1日(火) 9:15"]
    {
        assert!(paper.contains(part), "{part}: {paper}");
    }
    assert_eq!(paper.matches("経過　<span").count(), 1, "once a case");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_an_empty_form_finds_nothing() {
    let stage = Stage::new();
    stage.usual();
    let mut browser = bank(&stage).await;
    for (query, told) in [
        ("from=1.12.", "日付は"),
        ("amount_to=abc", "金額は"),
        ("number=12", "記録番号は"),
        ("from=&to=&kind=", "一つ以上"),
    ] {
        for place in ["/search", "/search.csv"] {
            let page = browser.get(&format!("{place}?{query}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{place} {query}");
            assert!(page.html.contains(told), "{}", page.html);
        }
    }
    assert_eq!(browser.get("/search").await.status, StatusCode::OK);
}

#[tokio::test]
async fn customers_have_no_search_and_another_branch_finds_only_its_own() {
    let stage = Stage::new();
    stage.usual();
    assert_eq!(Browser::new(&stage).get("/search?kind=11").await.to(), "/login");
    let mut customer = Browser::new(&stage);
    customer.log_in("/login", 0).await;
    assert!(!customer.get("/").await.html.contains("/search"));
    for place in ["/search", "/search.csv"] {
        let page = customer.get(&format!("{place}?kind=11")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
    let id = "betten-01";
    let person = Person {
        id: UserId::parse(id).unwrap(),
        name: "別店 太郎".into(),
        organisation: Organisation::Branch(BranchCode::parse("002").unwrap()),
        roles: vec!["checker".into()],
        email: format!("{id}@example.jp"),
        stands_for: Vec::new(),
        today: Today::default(),
    };
    let passwords = Passwords { login: login(id), approval: approval(id) };
    stage.desk.add_user(NewUser { person, passwords }).unwrap();
    let mut other = Browser::new(&stage);
    other.log_in_with("/login", id, &login(id)).await;
    assert_eq!(found(&mut other, "kind=11").await, Vec::<u32>::new());
    assert_eq!(other.get("/search.csv?kind=11").await.html.lines().count(), 1);
}
