//! What must hold for every request, friendly or not.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use super::browser::Browser;
use super::path;
use super::stage::{HOST, PEOPLE, Stage, login, nobodys};

#[tokio::test]
async fn every_answer_wears_the_headers() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let own = path(case);
    for (method, at, status) in [
        ("GET", "/", 200),
        ("GET", "/login", 200),
        ("GET", "/kessai.css", 200),
        ("GET", "/kessai.js", 200),
        ("GET", "/environment", 200),
        ("GET", "/phishing", 200),
        ("GET", "/l/abc", 200),
        ("GET", own.as_str(), 200),
        ("HEAD", own.as_str(), 200),
        ("GET", "/nothing", 404),
        ("GET", "/cases/x", 404),
        ("DELETE", "/", 405),
        ("TRACE", "/", 405),
        ("GET", "/logout", 405),
        ("POST", "/login", 415),
    ] {
        let page = browser.ask(method, at).await;
        assert_eq!(page.status.as_u16(), status, "{method} {at}");
        for (name, value) in [
            ("content-security-policy", "default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=()"),
            ("cache-control", "no-store"),
        ] {
            let found = page.headers.get(name).unwrap().to_str().unwrap();
            assert!(found.starts_with(value), "{method} {at} {name}: {found}");
        }
        if page.html.contains("<html") {
            assert!(page.html.contains("<title>【テスト】"), "{at}");
            assert!(page.html.contains("lang=\"ja\""), "{at}");
            assert!(!page.written().contains("<script"), "{at}");
        }
    }
}

#[tokio::test]
async fn another_customers_case_is_not_there() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut owner = Browser::new(&stage);
    owner.log_in("/login", 0).await;
    let form = owner.filled(&path(case), 0, "approve").await;
    let mut stranger = owner.other();
    stranger.log_in("/login", 4).await;
    let foreign = stranger.get(&path(case)).await;
    let unknown = stranger.get(&path(nobodys())).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(foreign.html, unknown.html);
    let csrf = stranger.get("/").await.form("/logout").fields["csrf"].clone();
    let decided = stranger.post(&form.with("csrf", &csrf)).await;
    assert_eq!(decided.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.case(case).head.votes.len(), 0);
}

#[tokio::test]
async fn a_form_without_its_token_or_from_elsewhere_is_refused() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.log_in("/login", 0).await;
    let form = browser.filled(&path(case), 0, "approve").await;
    for csrf in ["", "AAAA"] {
        let page = browser.post(&form.clone().with("csrf", csrf)).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }
    let body = form.fields.iter().map(|(name, value)| format!("{name}={value}"));
    let body = body.collect::<Vec<_>>().join("&").replace(' ', "+");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let request = Request::post(&form.action)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value)
            .body(Body::from(body.clone()))
            .unwrap();
        assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN, "{name} {value}");
    }
    for kind in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
        let request = Request::post(&form.action)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.clone()))
            .unwrap();
        let page = browser.send(request).await;
        assert_eq!(page.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let long = form.clone().with("reason", &"長".repeat(30_000));
    assert_eq!(browser.post(&long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(stage.case(case).head.votes.len(), 0);
    // A login form fits only the browser it was made for.
    let (mut one, mut two) = (browser.other(), browser.other());
    let user = PEOPLE[0].0;
    let form = one.get("/login").await.form("/login");
    two.get("/login").await;
    let form = form.with("user", user).with("password", &login(user));
    assert_eq!(two.post(&form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(one.post(&form).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_idle_old_or_by_logging_off() {
    let stage = Stage::new();
    let case = stage.usual();
    let mut browser = Browser::new(&stage);
    browser.get("/login").await;
    let user = PEOPLE[0].0;
    let page = browser.log_in_with("/login", user, &login(user)).await;
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["kessai_sid=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    stage.clock.forward(14 * 60_000);
    assert_eq!(browser.get(&path(case)).await.status, StatusCode::OK);
    stage.clock.forward(15 * 60_000);
    assert!(browser.get(&path(case)).await.to().starts_with("/login"));
    // Eight hours are the end even of a busy session.
    browser.log_in("/login", 0).await;
    for _ in 0..47 {
        stage.clock.forward(10 * 60_000);
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
    }
    stage.clock.forward(10 * 60_000);
    assert_eq!(browser.get("/").await.to(), "/login");
    // A new login has a new id, and logging off ends it for good.
    browser.log_in("/login", 0).await;
    let before = browser.cookies["kessai_sid"].clone();
    browser.log_in("/login", 0).await;
    assert_ne!(browser.cookies["kessai_sid"], before);
    let mut old = browser.other();
    old.cookies.insert("kessai_sid".into(), before);
    assert_eq!(old.get("/").await.to(), "/login");
    let kept = browser.cookies.clone();
    let form = browser.get("/").await.form("/logout");
    let page = browser.post(&form).await;
    assert!(page.headers.contains_key("clear-site-data"));
    browser.cookies = kept;
    assert_eq!(browser.get("/").await.to(), "/login");
}

#[tokio::test]
async fn only_the_configured_host_answers() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    for (host, status) in [(HOST, 200), ("evil.example", 421), ("127.0.0.1", 421)] {
        let request = Request::get("/login").header(header::HOST, host).body(Body::empty());
        let page = browser.send(request.unwrap()).await;
        assert_eq!(page.status.as_u16(), status, "{host}");
        assert!(!page.html.contains("evil.example"));
    }
}

#[tokio::test]
async fn floods_of_logins_are_turned_away_uncounted() {
    let stage = Stage::new();
    let mut browser = Browser::new(&stage);
    let sequence = stage.desk.store.counts().sequence;
    for _ in 0..40 {
        browser.log_in_with("/login", "nobody-01", "guess").await;
    }
    assert_eq!(stage.desk.store.counts().sequence, sequence);
    for _ in 0..40 {
        browser.log_in_with("/login", PEOPLE[1].0, "guess").await;
    }
    let page = browser.log_in_with("/login", PEOPLE[1].0, "guess").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(stage.desk.store.counts().sequence, sequence + 5);
}

#[tokio::test]
async fn pages_are_served_on_loopback_only() {
    let stage = Stage::new();
    let settings = || kessai::web::WebSettings::new(&format!("http://{HOST}"));
    let outside = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let router = kessai::web::router(stage.desk.clone(), settings());
    let refused = kessai::web::serve(outside, None, router, std::future::pending()).await;
    assert!(matches!(refused, Err(kessai::web::ServeError::NotLoopback(_))));
    let inside = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let router = kessai::web::router(stage.desk.clone(), settings());
    kessai::web::serve(inside, None, router, std::future::ready(())).await.unwrap();
}

#[test]
fn a_mistaken_template_is_named_with_its_line() {
    let texts = [("case", "<p>\n{% if %}"), ("kase", "x"), ("todo", "{{ fine }}")];
    let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let mistakes: Vec<String> =
        kessai::web::check(&texts).iter().map(ToString::to_string).collect();
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    assert!(mistakes[0].starts_with("templates/web/case.html:2: "), "{mistakes:?}");
    assert!(mistakes[1].starts_with("templates/web/kase.html: "), "{mistakes:?}");
}
