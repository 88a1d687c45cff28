//! Files that customers send by the pages, and what they get back.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kessai::channels::FolderOutbox;
use kessai::domain::{CaseId, ReceiptNo, UserId};
use kessai::ports::FileVerdict;
use kessai::render::requests::{cells, text};

use super::browser::{Browser, Form, Page};
use super::stage::{HOST, Stage, approval, login};
use crate::render::sample;

const UEDA: (&str, &str) = ("ueda-0001", "上田 出子");

/// A stage with a real outbox, and somebody who operates.
struct Counter {
    stage: Stage,
    folder: tempfile::TempDir,
}

impl Counter {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::with_outbox(Arc::new(FolderOutbox::open(folder.path()).unwrap()));
        stage.enrol(UEDA, "customer:1AB2CD3EF", "operate");
        Self { stage, folder }
    }

    async fn browser(&self, user: &str) -> Browser {
        let mut browser = Browser::new(&self.stage);
        let page = browser.log_in_with("/login", user, &login(user)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        browser
    }

    fn files(&self) -> usize {
        self.stage.desk.store.files(&|_| true, usize::MAX).len()
    }
}

/// Three accruals of the stage's customer.
fn sheet() -> String {
    let requests: Vec<_> = (1..=3).map(sample::request).collect();
    text(requests.iter().map(cells))
}

/// A form with a file, as a browser puts it together.
/// A form with its file; the box of a trial is not ticked.
fn multipart(form: &Form, file: (&str, &[u8])) -> Vec<u8> {
    parts(form, &["csrf", "ticket", "seal"], file)
}

fn parts(form: &Form, fields: &[&str], (name, content): (&str, &[u8])) -> Vec<u8> {
    let mut body = Vec::new();
    for field in fields {
        let value = form.fields.get(*field).cloned().unwrap_or_default();
        let part = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.bytes());
    }
    let part = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    );
    body.extend(part.bytes());
    body.extend(content);
    body.extend(b"\r\n--edge--\r\n");
    body
}

async fn post(browser: &mut Browser, body: Vec<u8>) -> Page {
    let request = Request::post("/submit")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header("sec-fetch-site", "same-origin")
        .header(header::ORIGIN, format!("http://{HOST}"))
        .body(Body::from(body))
        .unwrap();
    browser.send(request).await
}

async fn send(browser: &mut Browser, file: (&str, &[u8])) -> Page {
    let form = browser.get("/submit").await.form("/submit");
    post(browser, multipart(&form, file)).await
}

fn receipt_of(page: &Page) -> ReceiptNo {
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let to = page.to().strip_prefix("/submissions/").unwrap();
    to.strip_suffix("?new=1").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_file_sent_by_the_pages_is_taken_in_under_its_persons_name() {
    let counter = Counter::new();
    let desk = &counter.stage.desk;
    let mut browser = counter.browser(UEDA.0).await;
    let sent = send(&mut browser, ("C:\\書類\\12月分.csv", sheet().as_bytes())).await;
    let receipt = receipt_of(&sent);
    let file = desk.store.file(receipt).unwrap();
    assert_eq!(file.verdict, FileVerdict::Accepted);
    assert_eq!(file.submitted_by, Some(UserId::parse(UEDA.0).unwrap()));
    assert_eq!((file.name.as_str(), file.accepted, file.disposed), ("12月分.csv", 3, true));
    let page = browser.get(sent.to()).await.html;
    for part in ["ファイルが届きました", &receipt.to_string(), UEDA.1, "3件を受け付けました"]
    {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    // Others of the customer see who sent it, in the list and in the history on paper.
    let mut colleague = counter.browser("sato-0001").await;
    let list = colleague.get("/submissions").await.html;
    assert!(list.contains(&receipt.to_string()) && list.contains("12月分.csv"), "{list}");
    let case = CaseId { receipt, n: 1, row: None };
    let history = desk.history(&desk.store.case(case).unwrap());
    assert!(history.iter().any(|act| act.name == UEDA.1), "{history:?}");
}

#[tokio::test]
async fn a_file_may_be_tried_out_first_and_the_same_form_then_sends_it() {
    let counter = Counter::new();
    let desk = &counter.stage.desk;
    let mut browser = counter.browser(UEDA.0).await;
    let form = browser.get("/submit").await.form("/submit");
    let file = ("a.csv", sheet());
    let ticked = ["csrf", "ticket", "seal", "trial"];
    let trial = parts(&form, &ticked, (file.0, file.1.as_bytes()));
    let sent = post(&mut browser, trial).await;
    let tried = receipt_of(&sent);
    assert_eq!(desk.store.file(tried).unwrap().verdict, FileVerdict::Tried);
    let page = browser.get(sent.to()).await.html;
    for part in ["受け付けられるものは3件", "受け付けてはいません"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("3件を受け付けました"), "{page}");
    // The way back leads to the same form: without its tick it is another file.
    let sent = post(&mut browser, multipart(&form, (file.0, file.1.as_bytes()))).await;
    let meant = receipt_of(&sent);
    assert_ne!(meant, tried);
    assert_eq!(desk.store.file(meant).unwrap().verdict, FileVerdict::Accepted);
}

#[tokio::test]
async fn whoever_sent_a_file_does_not_approve_it() {
    let counter = Counter::new();
    let both = ("honda-001", "本田 両方");
    counter.stage.enrol(both, "customer:1AB2CD3EF", "operate");
    let desk = &counter.stage.desk;
    let mut person = desk.store.user(&UserId::parse(both.0).unwrap()).unwrap().person;
    person.roles.push("approve".into());
    let mut browser = counter.browser(both.0).await;
    let receipt = receipt_of(&send(&mut browser, ("a.csv", sheet().as_bytes())).await);
    counter.stage.change(person);
    let path = format!("/cases/{receipt}.1");
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.html.contains("value=\"approve\""), "{}", page.html);
    let form = page.form("/decision").with("kind", "approve").with("password", &approval(both.0));
    let refused = browser.post(&form).await;
    assert!(refused.html.contains("提出した"), "{}", refused.html);
    let case = CaseId { receipt, n: 1, row: None };
    assert_eq!(counter.stage.case(case).head.votes.len(), 0);
    let mut other = counter.browser("sato-0001").await;
    let form = other.get(&path).await.form("/decision");
    let form = form.with("kind", "approve").with("password", &approval("sato-0001"));
    assert_eq!(other.post(&form).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_same_form_twice_is_one_file_and_the_same_content_is_held() {
    let counter = Counter::new();
    let mut browser = counter.browser(UEDA.0).await;
    let form = browser.get("/submit").await.form("/submit");
    let body = multipart(&form, ("a.csv", sheet().as_bytes()));
    let first = receipt_of(&post(&mut browser, body.clone()).await);
    let again = receipt_of(&post(&mut browser, body).await);
    assert_eq!((first, counter.files()), (again, 1));
    // Another file in the form the browser's way back leads to is another file.
    let other = post(&mut browser, multipart(&form, ("b.csv", b"no,request\r\n"))).await;
    assert_ne!(receipt_of(&other), first);
    let held = receipt_of(&send(&mut browser, ("c.csv", sheet().as_bytes())).await);
    let verdict = counter.stage.desk.store.file(held).unwrap().verdict;
    assert_eq!(verdict, FileVerdict::Held { same_as: first });
    let page = browser.get(&format!("/submissions/{held}")).await.html;
    assert!(page.contains("重複のため保留") && page.contains("E_DUP_FILE"), "{page}");
    // Folders and pages know of each other: the content is the customer's, whichever way it came.
    assert!(page.contains(&format!("/submissions/{first}")), "{page}");
}

#[tokio::test]
async fn a_row_of_a_kind_its_person_does_not_operate_is_told_with_place_and_remedy() {
    let counter = Counter::new();
    counter.stage.enrol(("oka-00001", "岡 割子"), "customer:1AB2CD3EF", "operate:30");
    let mut browser = counter.browser("oka-00001").await;
    let sent = send(&mut browser, ("a.csv", sheet().as_bytes())).await;
    let file = counter.stage.desk.store.file(receipt_of(&sent)).unwrap();
    assert_eq!((file.verdict, file.rejected), (FileVerdict::Rejected, 3));
    let page = browser.get(sent.to()).await.html;
    for part in ["2行目", "請求種別", "E_AUTHORITY", "マスターユーザーにご依頼ください"]
    {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[tokio::test]
async fn only_whoever_operates_sends_and_only_for_their_own() {
    let counter = Counter::new();
    for user in ["sato-0001", "mori-0001", "tanaka-01"] {
        let mut browser = counter.browser(user).await;
        assert_eq!(browser.get("/submit").await.status, StatusCode::NOT_FOUND, "{user}");
        let sent = post(&mut browser, multipart(&none(), ("a.csv", b"x"))).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{user}");
    }
    // A customer that is not listed as one that submits is told so.
    counter.stage.enrol(("endo-0001", "遠藤 未登録"), "customer:9XY8WV7UT", "operate");
    let mut browser = counter.browser("endo-0001").await;
    assert!(browser.get("/submit").await.html.contains("窓口での設定が必要です"));
    let sent = post(&mut browser, multipart(&none(), ("a.csv", b"x"))).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(Browser::new(&counter.stage).get("/submit").await.to(), "/login");
    assert_eq!(counter.files(), 0);
}

fn none() -> Form {
    Form { action: "/submit".into(), fields: std::collections::BTreeMap::default() }
}

#[tokio::test]
async fn a_form_of_nobodys_or_cut_off_or_too_long_leaves_nothing() {
    let counter = Counter::new();
    let mut browser = counter.browser(UEDA.0).await;
    let form = browser.get("/submit").await.form("/submit");
    let mut colleague = counter.browser(UEDA.0).await;
    let theirs = colleague.get("/submit").await.form("/submit");
    let foreign = theirs.fields["csrf"].clone();
    for (field, value) in [("csrf", ""), ("csrf", &foreign), ("seal", "x"), ("ticket", "../../x")] {
        let wrong = multipart(&form.clone().with(field, value), ("a.csv", sheet().as_bytes()));
        let page = post(&mut browser, wrong).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{field} {value}");
    }
    let whole = multipart(&form, ("a.csv", sheet().as_bytes()));
    for cut in [whole.len() - 20, whole.len() / 2, 40] {
        let page = post(&mut browser, whole[..cut].to_vec()).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{cut}");
    }
    let page = post(&mut browser, multipart(&form, ("", b""))).await;
    assert!(page.html.contains("ファイルを選んでください"), "{}", page.html);
    counter.stage.clock.forward(60_000);
    let long = vec![b'x'; (100 << 20) + 1];
    let page = post(&mut browser, multipart(&form, ("a.csv", &long))).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("ファイルが大きすぎます。100MBまで"), "{}", page.html);
    // No other shape is taken here, and this one nowhere else.
    for (path, kind) in [
        ("/submit", "application/x-www-form-urlencoded"),
        ("/submit", "text/csv"),
        ("/account", "multipart/form-data; boundary=edge"),
    ] {
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        let page = browser.send(request.body(Body::from(whole.clone())).unwrap()).await;
        assert_eq!(page.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {kind}");
    }
    let elsewhere = Request::post("/submit")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header(header::ORIGIN, "https://evil.example")
        .body(Body::from(whole))
        .unwrap();
    assert_eq!(browser.send(elsewhere).await.status, StatusCode::FORBIDDEN);
    assert_eq!(counter.files(), 0);
}

#[tokio::test]
async fn a_flood_of_files_of_one_person_is_turned_away() {
    let counter = Counter::new();
    let mut browser = counter.browser(UEDA.0).await;
    for at in 0..10 {
        let content = format!("no,request\r\n{at}");
        receipt_of(&send(&mut browser, ("a.csv", content.as_bytes())).await);
    }
    let page = send(&mut browser, ("a.csv", b"one more")).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(counter.files(), 10);
}

#[tokio::test]
async fn a_branch_sees_what_came_to_its_desk_with_every_mistake_and_another_does_not() {
    let counter = Counter::new();
    let mut browser = counter.browser(UEDA.0).await;
    let wrong = sheet().replace(",2027-03-31,", ",2026-12-04,");
    let receipt = receipt_of(&send(&mut browser, ("12月分.csv", wrong.as_bytes())).await);
    let mut clerk = counter.browser("mori-0001").await;
    assert!(clerk.get("/").await.links().contains(&"/submissions".to_owned()));
    let list = clerk.get("/submissions").await;
    for part in ["受け付けたファイル", "提出者", "12月分.csv", &receipt.to_string()] {
        assert!(list.html.contains(part), "{part}: {}", list.html);
    }
    let page = clerk.get(&format!("/submissions/{receipt}")).await;
    assert!(page.html.contains("2行目") && page.html.contains("D07"), "{}", page.html);
    counter.stage.enrol(("betten-01", "別店 太郎"), "branch:002", "checker");
    let mut other = counter.browser("betten-01").await;
    assert!(!other.get("/submissions").await.html.contains("12月分.csv"));
    let hidden = other.get(&format!("/submissions/{receipt}")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn answers_come_as_files_and_nobody_elses_and_no_path_leads_out() {
    let counter = Counter::new();
    let mut browser = counter.browser(UEDA.0).await;
    let sent = send(&mut browser, ("12月分.csv", sheet().as_bytes())).await;
    let receipt = receipt_of(&sent);
    counter.stage.desk.dispatch_all().unwrap();
    let own = counter.folder.path().join("customers/1AB2CD3EF");
    std::fs::write(own.join("other.csv"), "not theirs").unwrap();
    let linked = format!("{receipt}_x_result.csv");
    std::os::unix::fs::symlink("/etc/hostname", own.join(&linked)).unwrap();
    let page = browser.get(&format!("/submissions/{receipt}")).await;
    let links = page.links();
    let mut links = links.iter().filter(|link| link.contains("_result.csv"));
    let (link, none) = (links.next().unwrap(), links.next());
    assert_eq!(none, None, "a link somebody put there is no answer");
    let answer = browser.get(link).await;
    assert_eq!(answer.status, StatusCode::OK);
    let head = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert_eq!(
        head("content-disposition"),
        format!(
            "attachment; filename=\"{receipt}_12___result.csv\"; \
             filename*=UTF-8''{receipt}_12%E6%9C%88%E5%88%86_result.csv"
        )
    );
    assert!(head("content-security-policy").contains("sandbox"));
    assert_eq!(
        (head("content-type").as_str(), head("x-content-type-options").as_str()),
        ("text/csv", "nosniff")
    );
    assert!(page.html.contains("受付票"), "{}", page.html);
    let kept = std::fs::read(own.join(format!("{receipt}_12月分_result.csv"))).unwrap();
    assert_eq!(answer.html, String::from_utf8_lossy(&kept));
    let unknown = browser.get("/submissions/20261201-000999-9/x").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    for name in [
        "other.csv",
        "..%2fother.csv",
        "%2e%2e%2f%2e%2e%2fmail",
        "..%5cother.csv",
        "%00",
        &linked,
        "",
    ] {
        let page = browser.get(&format!("/submissions/{receipt}/{name}")).await;
        assert_eq!((page.status, &page.html), (unknown.status, &unknown.html), "{name}");
    }
    // Another customer's is not there, in the same words; nor is it for another branch.
    counter.stage.enrol(("betten-01", "別店 太郎"), "branch:002", "checker");
    for user in ["tanaka-01", "betten-01"] {
        let mut stranger = counter.browser(user).await;
        for path in [format!("/submissions/{receipt}"), link.clone()] {
            let page = stranger.get(&path).await;
            assert_eq!((page.status, &page.html), (unknown.status, &unknown.html), "{path}");
        }
        let list = stranger.get("/submissions").await.html;
        assert!(!list.contains(&receipt.to_string()), "{list}");
    }
}

#[tokio::test]
async fn whoever_looks_at_some_kinds_sees_no_file_of_others() {
    let counter = Counter::new();
    for (id, role) in [("inui-0001", "inquire:10"), ("ishi-0001", "inquire:20")] {
        counter.stage.enrol((id, "照会 担当"), "customer:1AB2CD3EF", role);
    }
    let mut browser = counter.browser(UEDA.0).await;
    let receipt = receipt_of(&send(&mut browser, ("a.csv", sheet().as_bytes())).await);
    let refused = receipt_of(&send(&mut browser, ("b.csv", b"no,request\r\n1,2\r\n")).await);
    let path = |receipt: ReceiptNo| format!("/submissions/{receipt}");
    let kind = sample::request(1).kind.code();
    for (user, kinds) in [("inui-0001", 10), ("ishi-0001", 20)] {
        let mut browser = counter.browser(user).await;
        let sees = browser.get(&path(receipt)).await.status == StatusCode::OK;
        assert_eq!(sees, kinds == kind, "{user}");
        // Of what kind a refused line was nobody knows.
        assert_eq!(browser.get(&path(refused)).await.status, StatusCode::NOT_FOUND);
    }
    let mut colleague = counter.browser("sato-0001").await;
    assert_eq!(colleague.get(&path(refused)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_list_shows_fifty_files_at_a_time_the_newest_first() {
    let counter = Counter::new();
    let mut browser = counter.browser(UEDA.0).await;
    let mut receipts = Vec::new();
    for at in 0..52 {
        counter.stage.clock.forward(6_000);
        let content = format!("no,request\r\n{at}");
        receipts.push(receipt_of(&send(&mut browser, ("a.csv", content.as_bytes())).await));
    }
    let pages = [browser.get("/submissions").await, browser.get("/submissions?page=2").await];
    let shown = |page: &Page| -> Vec<String> {
        page.links().into_iter().filter(|link| link.starts_with("/submissions/2026")).collect()
    };
    let all: Vec<String> = pages.iter().flat_map(shown).collect();
    let wanted: Vec<String> =
        receipts.iter().rev().map(|receipt| format!("/submissions/{receipt}")).collect();
    assert_eq!(all, wanted);
    assert_eq!(shown(&pages[0]).len(), 50);
    assert!(pages[0].html.contains("古い50件") && !pages[1].html.contains("古い50件"));
}
