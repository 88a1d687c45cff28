//! Templates: built in, editable, always escaped.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;
use tracing::error;

use crate::domain::{Act, Organisation};
use crate::render::{Mistake, view};

use super::session::{IDLE_MS, Visitor};
use super::state::Web;

/// Steps a template may take: a hundred times what ours need, an end for one that loops.
const FUEL: u64 = 2_000_000;
const STYLE: &str = include_str!("../../templates/web/kessai.css");

const EMBEDDED: [(&str, &str); 41] = [
    ("_handed", include_str!("../../templates/web/_handed.html")),
    ("_news", include_str!("../../templates/web/_news.html")),
    ("_paper", include_str!("../../templates/web/_paper.html")),
    ("_row_facts", include_str!("../../templates/web/_row_facts.html")),
    ("_rows", include_str!("../../templates/web/_rows.html")),
    ("_signs", include_str!("../../templates/web/_signs.html")),
    ("_whose", include_str!("../../templates/web/_whose.html")),
    ("_take", include_str!("../../templates/web/_take.html")),
    ("absence", include_str!("../../templates/web/absence.html")),
    ("account", include_str!("../../templates/web/account.html")),
    ("base", include_str!("../../templates/web/base.html")),
    ("case", include_str!("../../templates/web/case.html")),
    ("certificate", include_str!("../../templates/web/certificate.html")),
    ("counter", include_str!("../../templates/web/counter.html")),
    ("customer", include_str!("../../templates/web/customer.html")),
    ("customers", include_str!("../../templates/web/customers.html")),
    ("environment", include_str!("../../templates/web/environment.html")),
    ("exceptions", include_str!("../../templates/web/exceptions.html")),
    ("hold", include_str!("../../templates/web/hold.html")),
    ("incidents", include_str!("../../templates/web/incidents.html")),
    ("login", include_str!("../../templates/web/login.html")),
    ("message", include_str!("../../templates/web/message.html")),
    ("notices", include_str!("../../templates/web/notices.html")),
    ("outages", include_str!("../../templates/web/outages.html")),
    ("paper", include_str!("../../templates/web/paper.html")),
    ("paper_decision", include_str!("../../templates/web/paper_decision.html")),
    ("paper_decisions", include_str!("../../templates/web/paper_decisions.html")),
    ("papers", include_str!("../../templates/web/papers.html")),
    ("phishing", include_str!("../../templates/web/phishing.html")),
    ("phone", include_str!("../../templates/web/phone.html")),
    ("review", include_str!("../../templates/web/review.html")),
    ("reviewed", include_str!("../../templates/web/reviewed.html")),
    ("search", include_str!("../../templates/web/search.html")),
    ("sheets", include_str!("../../templates/web/sheets.html")),
    ("submission", include_str!("../../templates/web/submission.html")),
    ("submissions", include_str!("../../templates/web/submissions.html")),
    ("submit", include_str!("../../templates/web/submit.html")),
    ("todo", include_str!("../../templates/web/todo.html")),
    ("user_sheet", include_str!("../../templates/web/user_sheet.html")),
    ("users", include_str!("../../templates/web/users.html")),
    ("why", include_str!("../../templates/web/why.html")),
];

/// The templates of all pages, compiled: those of the bank and those built in.
pub(super) struct Pages {
    own: Option<Environment<'static>>,
    built_in: Environment<'static>,
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pages")
    }
}

/// What every page shows around its own content.
#[derive(Debug, Serialize)]
struct Frame<'w> {
    institution: &'w str,
    phone: &'w str,
    hours: &'w str,
    test: bool,
    person: Option<&'w str>,
    /// Whether the person registers others.
    master: bool,
    /// What a customer's person may do with files.
    files: FileWays,
    /// The branch of a person of the bank.
    branch: Option<String>,
    /// Whether the person must choose a password before anything else.
    newcomer: bool,
    csrf: Option<&'w str>,
    /// Seconds without a request after which one logs in again.
    idle: i64,
    /// Sentences about rules that lie on disk and are not in force; for the bank's people.
    rules: Vec<String>,
}

/// What somebody may do with files on the pages.
#[derive(Debug, Default, Serialize)]
struct FileWays {
    /// Send them.
    sends: bool,
    /// See what became of those of their customer.
    lists: bool,
}

impl FileWays {
    fn of(visitor: &Visitor) -> Self {
        let lists = matches!(visitor.person.organisation, Organisation::Customer(_));
        Self { sends: lists && visitor.person.has_act(Act::Operate), lists }
    }
}

#[derive(Serialize)]
struct Whole<'p, T> {
    frame: Frame<'p>,
    page: &'p T,
}

#[derive(Serialize)]
struct Message {
    title: &'static str,
    text: &'static str,
}

/// Every mistake in `texts` (name without `.html` → text): unknown names and broken syntax.
pub fn check(texts: &BTreeMap<String, String>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, text) in texts {
        let file = format!("templates/web/{name}.html");
        if !EMBEDDED.iter().any(|(known, _)| known == name) {
            mistakes.push(Mistake { file, line: 0, text: "no page has this name".to_owned() });
        } else if let Err(error) = environment(&BTreeMap::from([(name.clone(), text.clone())])) {
            let line = error.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
            let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
            mistakes.push(Mistake { file, line, text: format!("{}{detail}", error.kind()) });
        }
    }
    mistakes
}

impl Pages {
    /// The bank's own pages over the built-in ones; what does not compile gives way to those.
    pub(super) fn overlaid(texts: &BTreeMap<String, String>) -> Self {
        #[expect(clippy::expect_used, reason = "a test renders the embedded templates")]
        let built_in = environment(&BTreeMap::new()).expect("the embedded templates compile");
        let own = if texts.is_empty() { None } else { environment(texts).ok() };
        Self { own, built_in }
    }

    /// A page as HTML. A template of the bank that fails to render gives way to the built-in one:
    /// an approver must not stand before a blank page because of a mistyped name.
    fn render<T: Serialize>(&self, name: &str, whole: &Whole<'_, T>) -> Option<String> {
        let file = format!("{name}.html");
        for env in self.own.iter().chain([&self.built_in]) {
            let made = env.get_template(&file).and_then(|page| page.render(Serde(whole)));
            match made {
                Ok(html) => return Some(html),
                Err(cause) => error!(file = %file, error = %cause, "page template failed"),
            }
        }
        None
    }
}

fn environment(texts: &BTreeMap<String, String>) -> Result<Environment<'static>, minijinja::Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_fuel(Some(FUEL));
    for (name, embedded) in EMBEDDED {
        let text = texts.get(name).cloned().unwrap_or_else(|| embedded.to_owned());
        env.add_template_owned(format!("{name}.html"), text)?;
    }
    Ok(env)
}

impl Web {
    /// A page with its frame.
    pub(super) fn page<T: Serialize>(
        &self,
        status: StatusCode,
        name: &str,
        visitor: Option<&Visitor>,
        page: &T,
    ) -> Response {
        let rules = self.desk.rulebook();
        let answers = &rules.answers;
        let frame = Frame {
            institution: &answers.desk.institution,
            phone: &answers.desk.phone,
            hours: &answers.desk.hours,
            test: answers.desk.environment == view::Environment::Test,
            person: visitor.map(|visitor| visitor.person.name.as_str()),
            master: visitor.is_some_and(|visitor| visitor.person.is_master()),
            files: visitor.map(FileWays::of).unwrap_or_default(),
            branch: visitor.and_then(|one| match one.person.organisation {
                Organisation::Branch(code) => Some(code.to_string()),
                Organisation::Customer(_) => None,
            }),
            newcomer: visitor.is_some_and(|visitor| visitor.must_choose),
            csrf: visitor.map(|visitor| visitor.csrf.as_str()),
            idle: IDLE_MS / 1_000,
            rules: visitor.map(|visitor| self.rules_notice(visitor)).unwrap_or_default(),
        };
        match self.pages(&rules).render(name, &Whole { frame, page }) {
            Some(html) => answer(status, "text/html; charset=utf-8", html.into()),
            None => answer(
                StatusCode::INTERNAL_SERVER_ERROR,
                "text/plain; charset=utf-8",
                "ただいま表示できません。窓口へご連絡ください。".into(),
            ),
        }
    }

    fn rules_notice(&self, visitor: &Visitor) -> Vec<String> {
        if !matches!(visitor.person.organisation, Organisation::Branch(_)) {
            return Vec::new();
        }
        self.desk.standing().japanese()
    }

    /// A page that says in one sentence what is the matter, the same for everybody.
    pub(super) fn message(&self, status: StatusCode) -> Response {
        let (title, text) = sentence(status);
        self.page(status, "message", None, &Message { title, text })
    }
}

/// `GET /kessai.css`.
pub(super) async fn style() -> Response {
    answer(StatusCode::OK, "text/css; charset=utf-8", STYLE.into())
}

/// `GET /crl`: which certificates of users are revoked, for whoever checks one elsewhere. Without
/// TLS nobody shows one, and there may be no authority yet, which a GET must not make.
pub(super) async fn revocations(State(web): State<Arc<Web>>) -> Response {
    if !web.is_secure {
        return web.message(StatusCode::NOT_FOUND);
    }
    web.run(|web| match web.desk.revocations() {
        Ok(list) => answer(StatusCode::OK, "application/pkix-crl", list.into()),
        Err(failed) => {
            error!(error = %failed, "the list of revoked certificates cannot be made");
            web.message(StatusCode::INTERNAL_SERVER_ERROR)
        }
    })
    .await
}

/// A redirect after which the browser asks with GET.
pub(super) fn see_other(to: &str) -> Response {
    let mut response = answer(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Body::empty());
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// What a download may do where a browser shows it all the same: nothing.
const SANDBOX: &str = "default-src 'none'; sandbox; form-action 'none'; frame-ancestors 'none'; \
                       base-uri 'none'";

/// A file the browser keeps under this name instead of showing it.
pub(super) fn download(name: &str, body: impl Into<Body>) -> Response {
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("csv") => "text/csv",
        Some("pdf") => "application/pdf",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    };
    let mut response = answer(StatusCode::OK, kind, body.into());
    if let Ok(kept) = HeaderValue::from_str(&kept_as(name)) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, kept);
    }
    let sandbox = HeaderValue::from_static(SANDBOX);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, sandbox);
    response
}

/// The header that names a download: in ASCII, and as it is where that is more.
///
/// Source: RFC 6266 and RFC 8187.
fn kept_as(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if ascii == name {
        return format!("attachment; filename=\"{ascii}\"");
    }
    let whole = percent(name);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

/// A name as one part of an address.
pub(super) fn percent(name: &str) -> String {
    let byte = |byte: u8| match char::from(byte) {
        c if c.is_ascii_alphanumeric() || "-._".contains(c) => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

pub(super) fn answer(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

pub(super) fn sentence(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => (
            "ページが見つかりません",
            "アドレスが違うか、ご覧いただけない案件です。承認待ちの一覧からお探しください。",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "この操作はできません",
            "このページではその操作を受け付けていません。承認待ちの一覧へお戻りください。",
        ),
        StatusCode::FORBIDDEN => (
            "操作を受け付けられませんでした",
            "画面が古くなっているか、別の画面から送信されました。\
             何も変更していません。一覧から開きなおしてください。",
        ),
        StatusCode::MISDIRECTED_REQUEST => (
            "アドレスをご確認ください",
            "このアドレスでは受け付けていません。案内されたアドレスを入力してください。",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::BAD_REQUEST => (
            "送信された内容を読み取れませんでした",
            "何も変更していません。画面の入力欄からもう一度お試しください。",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "送信された内容が大きすぎます",
            "何も変更していません。理由を短くして、もう一度お試しください。",
        ),
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => (
            "ただいま混み合っています",
            "しばらくしてから、案件の状態を確かめてもう一度お試しください。",
        ),
        _ => (
            "ただいま処理できません",
            "しばらくしてからもう一度お試しください。続くときは窓口へご連絡ください。",
        ),
    }
}
