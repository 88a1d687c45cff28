//! What is tried against a mailed link and a form, and where other products were broken.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kessai::domain::CaseId;
use kessai::workflow::Status;

use super::browser::{Browser, Form, Page};
use super::stage::{PEOPLE, Stage, approval, login};
use super::{link, path};

async fn inside(stage: &Stage, person: usize) -> Browser {
    let mut browser = Browser::new(stage);
    browser.log_in("/login", person).await;
    browser
}

/// Nobody has decided anything on a case.
fn untouched(stage: &Stage, case: CaseId) -> bool {
    let head = stage.case(case).head;
    head.votes.is_empty() && head.remarks().is_empty() && head.status == Status::Active
}

/// Sends a body as it is to an address of ours.
async fn sent(browser: &mut Browser, to: &str, kind: &str, body: String) -> Page {
    let request = Request::post(to)
        .header(header::CONTENT_TYPE, kind)
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .unwrap();
    browser.send(request).await
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A form as it goes over the wire.
fn wire(form: &Form) -> String {
    let fields = form
        .fields
        .iter()
        .map(|(name, value)| format!("{name}={}", super::browser::percent(value)));
    fields.collect::<Vec<_>>().join("&")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_clicks_at_once_are_one_decision() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = inside(&stage, 0).await;
    let form = browser.filled(&path(case), 0, "approve").await;
    let clicks: Vec<_> = (0..100)
        .map(|_| {
            let (mut browser, form) = (browser.clone(), form.clone());
            tokio::spawn(async move { browser.post(&form).await })
        })
        .collect();
    let before = stage.desk.store.counts().sequence;
    for click in clicks {
        let page = click.await.unwrap();
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        assert_eq!(page.to(), format!("{}?done=1", path(case)));
    }
    assert_eq!(stage.case(case).head.votes.len(), 1);
    assert!(stage.desk.store.counts().sequence <= before + 1);
}

#[tokio::test]
async fn guessed_links_all_look_the_same_and_lead_nowhere() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    let shape = |page: &Page| {
        let lines = page.html.lines().filter(|line| !line.contains("type=\"hidden\""));
        (page.status, lines.collect::<Vec<_>>().join("\n"))
    };
    let right = shape(&browser.get(&link(&stage, case, 0)).await);
    for guess in 0..1_000_u64 {
        let page = browser.get(&format!("/l/{guess:043}")).await;
        assert_eq!(shape(&page), right, "{guess}");
        assert!(stage.desk.follow(&format!("{guess:043}")).is_none());
    }
    let long = browser.get(&format!("/l/{}", "A".repeat(4_000))).await;
    assert_eq!(long.status, StatusCode::OK);
    assert!(!long.html.contains("AAAA"), "what is no token of ours is not even carried on");
}

#[tokio::test]
async fn an_address_in_a_header_changes_no_mail_and_no_page() {
    let stage = Stage::new();
    let case = stage.usual();
    let before = link(&stage, case, 0);
    let mut browser = inside(&stage, 0).await;
    for name in ["x-forwarded-host", "x-forwarded-for", "forwarded", "x-original-url", "x-real-ip"]
    {
        let request = Request::get(path(case)).header(name, "evil.example").body(Body::empty());
        let page = browser.send(request.unwrap()).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        assert!(!page.html.contains("evil.example"), "{name}");
    }
    let request = Request::get("/login").header(header::HOST, "evil.example").body(Body::empty());
    let page = browser.send(request.unwrap()).await;
    assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(link(&stage, case, 0), before);
}

#[tokio::test]
async fn a_field_named_twice_decides_nothing() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = inside(&stage, 0).await;
    let form = browser.filled(&path(case), 0, "approve").await;
    for (name, value) in [("kind", "reject"), ("content", "0"), ("password", "x"), ("csrf", "y")] {
        let twice = format!("{}&{name}={value}", wire(&form));
        let page = sent(&mut browser, &form.action, FORM, twice).await;
        assert!(page.status.is_client_error(), "{name}: {}", page.status);
    }
    assert!(untouched(&stage, case));
    assert_eq!(browser.post(&form).await.status, StatusCode::SEE_OTHER);
}

/// n8n took a JSON body for a form with files, and read the files it named (CVE-2026-21858).
#[tokio::test]
async fn n8n_cve_2026_21858_a_body_of_another_type_is_not_read() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = inside(&stage, 0).await;
    let csrf = browser.get("/").await.form("/logout").fields["csrf"].clone();
    let file = r#"{"filepath":"/etc/passwd","originalFilename":"x.csv","mimetype":"text/csv"}"#;
    let body = format!(r#"{{"csrf":"{csrf}","kind":"approve","files":{{"file":{file}}}}}"#);
    for (verb, to) in super::matrix::routes() {
        if verb != "POST" {
            continue;
        }
        let to = to.replace("{id}", &case.to_string());
        for kind in ["application/json", "text/plain", "application/xml", "multipart/mixed", ""] {
            let page = sent(&mut browser, &to, kind, body.clone()).await;
            assert_eq!(page.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{to} {kind}");
            let files: u64 = stage.desk.store.counts().files.values().sum();
            assert_eq!(files, 1, "{to} {kind}");
            assert!(!page.html.contains("root:"), "{to} {kind}");
        }
    }
    assert!(untouched(&stage, case));
}

/// Windmill read any file by an address with `..` in it (CVE-2026-29059).
#[tokio::test]
async fn windmill_cve_2026_29059_no_address_leads_out_of_its_folder() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = inside(&stage, 0).await;
    let ways = [
        "..",
        "../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cetc%5cpasswd",
        "....//....//etc/passwd",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "%00",
        "..%c0%af..%c0%afetc%c0%afpasswd",
        "kessai.toml",
        "..%252f..%252fkessai.toml",
    ];
    for (verb, route) in super::matrix::routes() {
        if verb != "GET" {
            continue;
        }
        let mut places = vec![route.replace("{id}", &case.to_string()).replace("{token}", "A")];
        places.extend(ways.map(|way| format!("{}/{way}", places[0].trim_end_matches('/'))));
        for (open, _) in route.match_indices('{') {
            let close = open + route[open..].find('}').unwrap() + 1;
            places.extend(ways.map(|way| format!("{}{way}{}", &route[..open], &route[close..])));
        }
        for place in places {
            let Ok(request) = Request::get(place.as_str()).body(Body::empty()) else { continue };
            let page = browser.send(request).await;
            assert!(!page.html.contains("root:x:") && !page.html.contains("[web]"), "{place}");
            assert!(!page.status.is_server_error(), "{place}: {}", page.status);
        }
    }
}

/// Windmill let whoever could log in change what only its managers may (CVE-2026-22683).
#[tokio::test]
async fn windmill_cve_2026_22683_a_general_user_changes_no_user() {
    let stage = Stage::new();
    let mut browser = inside(&stage, 0).await;
    let csrf = browser.get("/").await.form("/logout").fields["csrf"].clone();
    let before = (stage.desk.store.digest(), stage.desk.store.counts().sequence);
    for deed in ["登録", "変更", "停止", "削除", "再設定", "再開"] {
        let body = format!(
            "csrf={csrf}&deed={}&user={}&name=x&email=x%40example.jp&master=1&password={}",
            super::browser::percent(deed),
            PEOPLE[1].0,
            super::browser::percent(&approval(PEOPLE[0].0))
        );
        let page = sent(&mut browser, "/users", FORM, body).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{deed}");
    }
    assert_eq!((stage.desk.store.digest(), stage.desk.store.counts().sequence), before);
}

/// Windmill let anybody guess passwords as often as they liked (CVE-2024-8462).
#[tokio::test]
async fn windmill_cve_2024_8462_guesses_are_few() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    let user = PEOPLE[0].0;
    let mut statuses = Vec::new();
    for guess in 0..12 {
        statuses.push(browser.log_in_with("/login", user, &format!("guess {guess}")).await.status);
    }
    assert_eq!(statuses[11], StatusCode::TOO_MANY_REQUESTS);
    stage.clock.forward(10 * 60_000);
    let right = browser.log_in_with("/login", user, &login(user)).await;
    assert_eq!(right.status, StatusCode::UNPROCESSABLE_ENTITY, "locked after the fifth");
}

/// Camunda's task list let anybody assign anybody's task by its number.
#[tokio::test]
async fn camunda_tasklist_nobody_assigns_anothers_case() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut owner = inside(&stage, 0).await;
    let form = owner.filled(&path(case), 0, "approve").await;
    for person in [3, 4] {
        let mut other = inside(&stage, person).await;
        let csrf = other.get("/").await.form("/logout").fields["csrf"].clone();
        for kind in ["assign:mori-0001", "assign:tanaka-01", "hold", "withdraw"] {
            let forged = form.clone().with("kind", kind).with("csrf", &csrf);
            let forged = forged.with("password", &approval(PEOPLE[person].0));
            let page = other.post(&forged.with("reason", "わたしが見ます")).await;
            assert!(page.status.is_client_error(), "{kind}: {}", page.status);
        }
    }
    assert!(untouched(&stage, case));
}

/// GitLab took any password by one of its ways to approve (#461248).
#[tokio::test]
async fn gitlab_461248_every_way_to_approve_asks_for_the_approval_password() {
    let stage = Stage::new();
    let case = stage.usual();
    let user = PEOPLE[0].0;
    let mut browser = inside(&stage, 0).await;
    let review = format!("/review?case={case}");
    for password in ["", "anything", &login(user), &approval(PEOPLE[1].0)] {
        let one = browser.filled(&path(case), 0, "approve").await.with("password", password);
        assert_eq!(browser.post(&one).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let many = browser.get(&review).await.form("/review").with("password", password);
        let page = browser.post(&many).await;
        assert!(!page.html.contains("承認しました"), "{}", page.html);
        // The right one begins the count anew, on a decision that is refused for another reason.
        let late = browser.filled(&path(case), 0, "return:nowhere").await;
        browser.post(&late.with("reason", "―")).await;
    }
    assert!(untouched(&stage, case));
}

/// GitLab merged what changed in the seconds before approvals were reset (#383776).
#[tokio::test]
async fn gitlab_383776_what_changed_a_moment_before_is_not_approved() {
    let stage = Stage::new();
    for late in 0..20 {
        let case = stage.usual();
        let (mut one, mut other) = (inside(&stage, 0).await, inside(&stage, 1).await);
        let approve = one.filled(&path(case), 0, "approve").await;
        let reject = other.filled(&path(case), 1, "reject").await.with("reason", "金額の誤り");
        let (approved, rejected) = if late % 2 == 0 {
            tokio::join!(one.post(&approve), other.post(&reject))
        } else {
            let (rejected, approved) = tokio::join!(other.post(&reject), one.post(&approve));
            (approved, rejected)
        };
        let head = stage.case(case).head;
        // Whoever was first counts; the other saw something else and is told so.
        let both = (approved.status, rejected.status);
        assert!(head.votes.len() == 1 || head.votes.len() == 2, "{both:?}");
        assert_eq!(head.status, Status::Rejected, "{both:?}");
        if head.votes.len() == 1 {
            assert_eq!(approved.status, StatusCode::CONFLICT);
        }
        stage.clock.forward(60_000);
    }
}
