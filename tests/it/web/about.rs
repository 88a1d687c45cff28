//! What everybody may read, what a telephone is told, and the warning before the idle logoff.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::browser::Browser;
use super::path;
use super::stage::Stage;

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15";
const TABLET: &str = "Mozilla/5.0 (Linux; Android 15; SM-X910) AppleWebKit/537.36";
const PC: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Edg/140";

async fn asked_with(browser: &mut Browser, at: &str, head: (&str, &str)) -> super::browser::Page {
    let request = Request::get(at).header(head.0, head.1).body(Body::empty()).unwrap();
    browser.send(request).await
}

#[tokio::test]
async fn a_telephone_or_tablet_is_sent_to_a_pc_and_told_where() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    for head in [("user-agent", PHONE), ("user-agent", TABLET), ("sec-ch-ua-mobile", "?1")] {
        for at in ["/", "/login", "/l/abc", &path(case)] {
            let page = asked_with(&mut browser, at, head).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{head:?} {at}");
            assert!(page.html.contains("パソコンでご覧ください"), "{head:?} {at}");
            assert!(page.html.contains(&stage.desk.rulebook().answers.desk.phone), "{at}");
            assert!(!page.html.contains(&case.to_string()) && page.forms().is_empty());
        }
        let open = asked_with(&mut browser, "/environment", head).await;
        assert_eq!(open.status, StatusCode::OK, "{head:?}");
    }
    assert_eq!(asked_with(&mut browser, "/", ("user-agent", PC)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_true_of_our_mails_and_pages_is_on_a_page_for_everybody() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    let page = browser.get("/phishing").await;
    assert_eq!(page.status, StatusCode::OK);
    let (certificate, _) = stage.desk.certificate();
    let spelled = certificate.fingerprint.spelled();
    assert_eq!(spelled.len(), 95, "32 bytes with colons");
    for shown in [&certificate.address, &certificate.issuer, &spelled] {
        assert!(page.html.contains(shown), "{shown} is missing in {}", page.html);
    }
    let links = browser.get("/login").await.links();
    assert!(links.contains(&"/phishing".to_owned()) && links.contains(&"/environment".to_owned()));
    let needed = browser.get("/environment").await;
    for shown in ["電子メールのアドレスは必ず必要です", "TLS 1.2 または 1.3", "パソコン1台"]
    {
        assert!(needed.html.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn a_session_is_extended_by_a_person_and_by_nothing_else() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let page = browser.get("/").await;
    assert!(page.html.contains("data-idle=\"900\""), "the script knows how long");
    let extend = |page: &super::browser::Page| {
        let mut form = page.form("/logout");
        form.action = "/extend".to_owned();
        form
    };
    let form = extend(&page);
    stage.clock.forward(14 * 60_000);
    assert_eq!(
        browser.post(&form.clone().with("csrf", "AAAA")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(browser.post(&form).await.status, StatusCode::NO_CONTENT);
    stage.clock.forward(14 * 60_000);
    // What a page loads by itself keeps nobody logged in.
    browser.get("/kessai.js").await;
    browser.get("/kessai.css").await;
    stage.clock.forward(2 * 60_000);
    assert_eq!(browser.post(&form).await.to(), "/login?ended=1");
    let login = browser.get("/login?ended=1").await;
    assert!(login.html.contains("15分間操作がなかったため、ログオフしました"));
    assert!(!browser.get("/login").await.html.contains("ログオフしました"));
}
