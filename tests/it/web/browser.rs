//! A browser without a screen: cookies, links, forms.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use kessai::service::Desk;
use kessai::web::{WebSettings, router};
use tower::ServiceExt as _;

use super::stage::{HOST, PEOPLE, Stage, approval, login};

/// An answer, read whole.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) html: String,
}

/// A form of a page.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: BTreeMap<String, String>,
}

#[derive(Clone)]
pub(super) struct Browser {
    router: Router,
    pub(super) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(super) fn new(stage: &Stage) -> Self {
        Self::over(stage.desk.clone())
    }

    /// A browser at the pages of any desk.
    pub(super) fn over(desk: Arc<Desk>) -> Self {
        let settings = WebSettings::new(&format!("http://{HOST}"));
        let router = router(desk, settings);
        Self { router, cookies: BTreeMap::new() }
    }

    /// Another browser at the same service.
    pub(super) fn other(&self) -> Self {
        Self { router: self.router.clone(), cookies: BTreeMap::new() }
    }

    pub(super) async fn send(&mut self, mut request: Request<Body>) -> Page {
        let jar: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            request.headers_mut().insert(header::COOKIE, jar.join("; ").parse().unwrap());
        }
        request.headers_mut().entry(header::HOST).or_insert(HOST.parse().unwrap());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let html = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: parts.status, headers: parts.headers, html }
    }

    pub(super) async fn ask(&mut self, method: &str, path: &str) -> Page {
        self.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn get(&mut self, path: &str) -> Page {
        self.ask("GET", path).await
    }

    pub(super) async fn post(&mut self, form: &Form) -> Page {
        let fields: Vec<String> =
            form.fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let request = Request::builder()
            .method("POST")
            .uri(&form.action)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, "null")
            .body(Body::from(fields.join("&")))
            .unwrap();
        self.send(request).await
    }

    /// Sends parts of a form divided by `line`, as a file is sent.
    pub(super) async fn post_parts(&mut self, path: &str, body: Vec<u8>) -> Page {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=line")
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, "null")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    pub(super) async fn log_in_with(&mut self, at: &str, user: &str, password: &str) -> Page {
        let form = self.get(at).await.form("/login").with("user", user).with("password", password);
        self.post(&form).await
    }

    /// Logs the person in; answers where that leads.
    pub(super) async fn log_in(&mut self, at: &str, person: usize) -> String {
        let user = PEOPLE[person].0;
        let page = self.log_in_with(at, user, &login(user)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        page.to().to_owned()
    }

    /// The decision form of a case, filled in as the person would.
    pub(super) async fn filled(&mut self, case: &str, person: usize, kind: &str) -> Form {
        let form = self.get(case).await.form("/decision");
        form.with("kind", kind).with("password", &approval(PEOPLE[person].0))
    }
}

impl Page {
    pub(super) fn to(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    pub(super) fn forms(&self) -> Vec<Form> {
        self.html
            .split("<form ")
            .skip(1)
            .filter_map(|part| part.split_once("</form>"))
            .map(|(form, _)| Form {
                action: attribute(form, "action").unwrap(),
                fields: form
                    .split('<')
                    .filter(|tag| tag.starts_with("input ") || tag.starts_with("textarea "))
                    .filter_map(|tag| {
                        let name = attribute(tag, "name")?;
                        Some((name, attribute(tag, "value").unwrap_or_default()))
                    })
                    .collect(),
            })
            .collect()
    }

    /// The form whose address ends so.
    pub(super) fn form(&self, ending: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action.ends_with(ending));
        found.unwrap_or_else(|| panic!("no form {ending} in {} {}", self.status, self.html))
    }

    /// The page without the one script it may name.
    pub(super) fn written(&self) -> String {
        self.html.replace("<script src=\"/kessai.js\" defer></script>", "")
    }

    pub(super) fn links(&self) -> Vec<String> {
        self.html
            .split("<a ")
            .skip(1)
            .filter_map(|tag| attribute(tag, "href"))
            .filter(|link| link.starts_with('/'))
            .collect()
    }
}

impl Form {
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(name.to_owned(), value.to_owned());
        self
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(
        rest.split('"')
            .next()?
            .replace("&#x2f;", "/")
            .replace("&quot;", "\"")
            .replace("&amp;", "&"),
    )
}

pub(super) fn percent(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}
