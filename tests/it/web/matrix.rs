//! Who comes in where: every route of the router, every kind of person, the objects it names.

use std::collections::BTreeSet;

use kessai::domain::{BranchCode, Organisation, Person, Today, UserId, UserNumber};
use kessai::service::{NewUser, Passwords};

use super::accounts::{fact, without_ticks};
use super::browser::{Browser, Form};
use super::stage::{PEOPLE, Stage, approval, login, nobodys};

/// The kinds of people, in the order of the columns below.
const WHO: [&str; 7] =
    ["nobody", "newcomer", "general", "master", "stranger", "officer", "elsewhere"];

/// What they get: for each verb and address, the status for each of [`WHO`]. `{id}` is a case of
/// the general user's and the master's company, handled by the officer's branch; `{none}` is one
/// that there is not. A form carries the session's own token and nothing else.
const MATRIX: &[(&str, &str, [u16; 7])] = &[
    ("GET", "/", [303, 303, 200, 200, 200, 200, 200]),
    ("GET", "/login", [200, 200, 200, 200, 200, 200, 200]),
    ("POST", "/login", [403, 403, 403, 403, 403, 403, 403]),
    ("GET", "/l/{token}", [200, 200, 200, 200, 200, 200, 200]),
    ("GET", "/cases/{id}", [303, 303, 200, 200, 404, 200, 404]),
    ("GET", "/cases/{none}", [303, 303, 404, 404, 404, 404, 404]),
    ("POST", "/cases/{id}/decision", [303, 303, 409, 409, 404, 409, 404]),
    ("POST", "/cases/{none}/decision", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/cases/{id}/reuse.csv", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/cases/{id}/cancel.csv", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/review?case={id}", [303, 303, 200, 200, 200, 200, 200]),
    ("POST", "/review", [303, 303, 422, 422, 422, 422, 422]),
    ("GET", "/why?q={id}", [303, 303, 200, 200, 404, 200, 404]),
    ("GET", "/search", [303, 303, 404, 404, 404, 200, 200]),
    ("GET", "/search.csv", [303, 303, 404, 404, 404, 200, 200]),
    ("GET", "/account", [303, 200, 200, 200, 200, 200, 200]),
    ("POST", "/account", [303, 422, 422, 422, 422, 422, 422]),
    ("GET", "/users", [303, 303, 403, 200, 403, 403, 403]),
    ("POST", "/users", [303, 303, 403, 422, 403, 403, 403]),
    ("GET", "/customers", [303, 303, 404, 404, 404, 200, 200]),
    ("GET", "/customers/1AB2CD3EF", [303, 303, 404, 404, 404, 200, 404]),
    ("POST", "/customers/1AB2CD3EF", [303, 303, 404, 404, 404, 422, 404]),
    ("GET", "/customers/000000000", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/customers/{none}/form.pdf", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/customers/{none}/transfer.txt", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/incidents", [303, 303, 404, 404, 404, 200, 200]),
    ("POST", "/incidents", [303, 303, 404, 404, 404, 422, 422]),
    ("GET", "/exceptions", [303, 303, 404, 404, 404, 200, 200]),
    ("POST", "/exceptions", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/exceptions.csv", [303, 303, 404, 404, 404, 200, 200]),
    ("GET", "/holds/{none}", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/outages", [303, 303, 404, 404, 404, 200, 200]),
    ("POST", "/outages", [303, 303, 404, 404, 404, 422, 422]),
    ("GET", "/users.csv", [303, 303, 403, 200, 403, 403, 403]),
    ("POST", "/users/sheet", [415, 415, 415, 415, 415, 415, 415]),
    ("POST", "/users/sheet/carry", [303, 303, 403, 400, 403, 403, 403]),
    ("GET", "/notices", [303, 303, 200, 200, 200, 200, 200]),
    ("GET", "/notices?number=1-1-1", [303, 303, 200, 200, 200, 200, 200]),
    ("GET", "/submit", [303, 303, 404, 404, 404, 404, 404]),
    ("POST", "/submit", [415, 415, 415, 415, 415, 415, 415]),
    ("GET", "/submissions", [303, 303, 200, 200, 200, 200, 200]),
    ("GET", "/submissions/{receipt}", [303, 303, 200, 200, 404, 200, 404]),
    ("GET", "/submissions/{receipt}/{name}", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/keying", [303, 303, 404, 404, 404, 200, 200]),
    ("GET", "/keying/counter", [303, 303, 404, 404, 404, 200, 200]),
    ("POST", "/keying/counter", [303, 303, 404, 404, 404, 403, 403]),
    ("GET", "/keying/{receipt}", [303, 303, 404, 404, 404, 404, 404]),
    ("POST", "/keying/{receipt}", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/keying/sheets/{none}", [303, 303, 404, 404, 404, 404, 404]),
    ("POST", "/keying/sheets/{none}", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/papers/{receipt}/{name}", [303, 303, 404, 404, 404, 404, 404]),
    ("GET", "/paper-decisions", [303, 303, 404, 404, 404, 200, 200]),
    ("GET", "/paper-decisions/{receipt}", [303, 303, 404, 404, 404, 404, 404]),
    ("POST", "/paper-decisions/{receipt}", [303, 303, 404, 404, 404, 404, 404]),
    ("POST", "/worklist.pdf", [303, 303, 404, 404, 404, 303, 303]),
    ("GET", "/absence", [303, 303, 200, 200, 200, 200, 200]),
    ("POST", "/absence", [303, 303, 422, 422, 422, 422, 422]),
    ("GET", "/certificate", [404, 404, 404, 404, 404, 404, 404]),
    ("POST", "/certificate", [404, 404, 404, 404, 404, 404, 404]),
    ("POST", "/certificate/renew", [303, 303, 422, 422, 422, 422, 422]),
    ("POST", "/extend", [303, 204, 204, 204, 204, 204, 204]),
    ("GET", "/environment", [200, 200, 200, 200, 200, 200, 200]),
    ("GET", "/phishing", [200, 200, 200, 200, 200, 200, 200]),
    ("GET", "/kessai.css", [200, 200, 200, 200, 200, 200, 200]),
    ("GET", "/kessai.js", [200, 200, 200, 200, 200, 200, 200]),
    ("GET", "/crl", [404, 404, 404, 404, 404, 404, 404]),
    // The last: nobody is inside any more.
    ("POST", "/logout", [303, 303, 303, 303, 303, 303, 303]),
    ("GET", "/account", [303, 303, 303, 303, 303, 303, 303]),
];

/// Verbs and addresses as the router has them.
pub(super) fn routes() -> BTreeSet<(String, String)> {
    let text = include_str!("../../../src/web/mod.rs");
    let mut routes = BTreeSet::new();
    for line in text.split(".route(").skip(1) {
        let path = match line.split(',').next().unwrap().trim() {
            "SHEET" => "/users/sheet",
            "submit::PATH" => "/submit",
            text => text.trim_matches('"'),
        };
        assert!(path.starts_with('/'), "what is {path}?");
        let handlers = line.split(".route(").next().unwrap().split("\n        .").next().unwrap();
        for (verb, call) in [("GET", "get("), ("POST", "post(")] {
            if handlers.contains(call) {
                routes.insert((verb.to_owned(), path.to_owned()));
            }
        }
    }
    routes
}

/// Whether a row of the matrix is about a route.
fn fits(row: &str, route: &str) -> bool {
    let row = row.split('?').next().unwrap();
    let (row, route) = (row.split('/'), route.split('/'));
    row.clone().count() == route.clone().count()
        && row.zip(route).all(|(one, other)| one == other || other.starts_with('{'))
}

fn person(id: &str, organisation: Organisation, role: &str) -> NewUser {
    let person = Person {
        id: UserId::parse(id).unwrap(),
        name: "見本 一人".into(),
        organisation,
        roles: vec![role.into()],
        email: format!("{id}@example.jp"),
        stands_for: Vec::new(),
        today: Today::default(),
    };
    NewUser { person, passwords: Passwords { login: login(id), approval: approval(id) } }
}

/// One of each kind, logged in as far as they can be.
async fn everybody(stage: &Stage) -> Vec<Browser> {
    let own = Organisation::Customer(UserNumber::parse("1AB2CD3EF").unwrap());
    stage.desk.add_user(person("master-01", own, "master")).unwrap();
    let branch = Organisation::Branch(BranchCode::parse("777").unwrap());
    stage.desk.add_user(person("elsewhere1", branch, "checker")).unwrap();
    let mut master = Browser::new(stage);
    master.log_in_with("/login", "master-01", &login("master-01")).await;
    let page = master.get("/users").await;
    let new = page.forms().into_iter().rfind(|form| form.action == "/users").unwrap();
    let new = without_ticks(new).with("user", "newcomer1").with("name", "新人 一郎");
    let new = new.with("email", "new@example.jp").with("approve:20", "1").with("deed", "登録");
    let done = master.post(&new.with("password", &approval("master-01"))).await;
    let first = fact(&done, "仮ログインパスワード").to_owned();
    let mut all = vec![Browser::new(stage)];
    let (general, stranger, officer) = (PEOPLE[1].0, PEOPLE[4].0, PEOPLE[2].0);
    for (who, password) in [
        ("newcomer1", first),
        (general, login(general)),
        ("master-01", login("master-01")),
        (stranger, login(stranger)),
        (officer, login(officer)),
        ("elsewhere1", login("elsewhere1")),
    ] {
        let mut browser = master.other();
        let page = browser.log_in_with("/login", who, &password).await;
        assert_eq!(page.status.as_u16(), 303, "{who}");
        all.push(browser);
    }
    all
}

/// A field for a password that shows what is typed.
fn unmasked(html: &str) -> Option<String> {
    let secrets =
        ["password", "now", "new", "again", "file"].map(|name| format!("name=\"{name}\""));
    let inputs = html.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
    let mut secret = inputs.filter(|input| secrets.iter().any(|name| input.contains(name)));
    secret
        .find(|input| !input.contains("type=\"password\"") && !input.contains("type=\"file\""))
        .map(str::to_owned)
}

/// The token every form of a session carries.
async fn token(browser: &mut Browser) -> String {
    let page = browser.get("/account").await;
    let form = page.forms().into_iter().find(|form| form.action == "/logout");
    form.map(|form| form.fields["csrf"].clone()).unwrap_or_default()
}

#[tokio::test]
async fn every_room_asks_who_comes_in() {
    let stage = Stage::new();
    let (case, none) = (stage.usual().to_string(), nobodys().to_string());
    let receipt = case.split('.').next().unwrap().to_owned();
    let people = everybody(&stage).await;
    let before = (stage.desk.store.digest(), stage.desk.store.counts().sequence);
    let mut wrong = Vec::new();
    for (verb, address, expected) in MATRIX {
        let filled = address.replace("{id}", &case).replace("{none}", &none);
        let filled = filled.replace("{token}", "AAAA").replace("{name}", "x.pdf");
        let filled = filled.replace("{receipt}", &receipt);
        for ((who, browser), status) in WHO.iter().zip(&people).zip(expected) {
            // Each asks in a copy, with the cookies of the login.
            let mut browser = browser.clone();
            let page = if *verb == "GET" {
                browser.get(&filled).await
            } else {
                let csrf = token(&mut browser).await;
                let fields = [("csrf".to_owned(), csrf)].into();
                browser.post(&Form { action: filled.clone(), fields }).await
            };
            if page.status.as_u16() != *status {
                let got = page.status;
                wrong.push(format!("{verb} {address} for {who}: {got}, not {status}"));
            }
            let shown = unmasked(&page.html);
            wrong.extend(shown.map(|input| format!("{address} for {who} shows {input}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let after = (stage.desk.store.digest(), stage.desk.store.counts().sequence);
    assert_eq!(after, before, "looking around changes nothing");
}

#[test]
fn every_route_of_the_router_has_its_row() {
    let routes = routes();
    assert!(routes.len() > 20, "{routes:?}");
    let missing: Vec<_> = routes
        .iter()
        .filter(|(verb, path)| !MATRIX.iter().any(|(v, row, _)| v == verb && fits(row, path)))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let dead: Vec<_> = MATRIX
        .iter()
        .filter(|(verb, row, _)| !routes.iter().any(|(v, path)| v == verb && fits(row, path)))
        .collect();
    assert!(dead.is_empty(), "{dead:?}");
}
