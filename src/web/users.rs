//! The master user's page: the users of the customer, what each may do, and how it is changed.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::domain::{Account, Act, Authority, Organisation, Person, RequestKind, UserId};
use crate::ports::{Admission, PasswordKind, UserRecord};
use crate::service::{OneTime, Wanted};
use crate::workflow::UserDeed;

use super::account::problem;
use super::form::{Filled, Problem, own, secret, text, wrong};
use super::pages::see_other;
use super::session::Visitor;
use super::state::Web;

/// Roles as people call them; a word of the branch stays as it is.
pub(super) fn words(roles: &[String]) -> Vec<String> {
    let word =
        |role: &String| Authority::parse(role).map_or_else(|| role.clone(), Authority::japanese);
    roles.iter().map(word).collect()
}

/// What is said of a person whose mails come back; empty where they arrive.
pub(super) fn comes_back(web: &Web, person: &Person) -> &'static str {
    if web.desk.mails_come_back(person) { "メールが届いていません" } else { "" }
}

/// `GET /users`.
pub(super) async fn page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    if !visitor.person.is_master() {
        return web.message(StatusCode::FORBIDDEN);
    }
    web.run(move |web| shown(web, StatusCode::OK, &visitor, Outcome::default())).await
}

/// `POST /users`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    if !visitor.person.is_master() {
        return web.message(StatusCode::FORBIDDEN);
    }
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run_hashing(move |web| match carry(web, &visitor, &form) {
        Ok(done) => shown(web, StatusCode::OK, &visitor, done),
        Err((status, problem)) => {
            let outcome = Outcome { problem: Some(problem), form, ..Outcome::default() };
            shown(web, status, &visitor, outcome)
        }
    })
    .await
}

/// What came of a form.
#[derive(Default)]
struct Outcome {
    done: Option<String>,
    problem: Option<String>,
    handed: Option<(UserId, OneTime)>,
    /// Whose certificate waits to be taken now.
    waits: Option<UserId>,
    /// What was filled in, where nothing came of it.
    form: Filled,
}

fn carry(web: &Web, visitor: &Visitor, form: &Filled) -> Result<Outcome, Problem> {
    let id = user_id(text(form, "user"))?.ok_or_else(|| wrong(NO_ID))?;
    let deed = UserDeed::ALL.into_iter().find(|deed| deed.japanese() == text(form, "deed"));
    let deed = deed.ok_or_else(|| wrong("手続を選んでください。"))?;
    let wanted = Wanted {
        deed,
        name: text(form, "name").to_owned(),
        email: text(form, "email").to_owned(),
        roles: roles(form),
        accounts: accounts(form),
        like: user_id(text(form, "like"))?,
        same_as: user_id(text(form, "same_as"))?,
    };
    let writes = matches!(deed, UserDeed::Register | UserDeed::Alter);
    if writes && wanted.roles.is_empty() && wanted.like.is_none() {
        return Err(wrong("権限を一つ以上選んでください。"));
    }
    let told = (secret(form, "password"), text(form, "anyway") == "1");
    let handed = web
        .desk
        .change_user_of(&visitor.person.id, (&id, &wanted), told)
        .map_err(|refused| problem(&refused))?;
    Ok(Outcome {
        done: Some(format!("{id} の{}をしました。", deed.japanese())),
        waits: (deed == UserDeed::Certify).then(|| id.clone()),
        handed: handed.map(|one_time| (id, one_time)),
        ..Outcome::default()
    })
}

/// The accounts that are ticked, where the page shows any; none ticked is all of them.
fn accounts(form: &Filled) -> Option<Vec<Account>> {
    form.get("accounts")?;
    let ticked = form.keys().filter_map(|name| name.strip_prefix(Authority::ACCOUNT));
    Some(ticked.filter_map(Account::parse).collect())
}

const NO_ID: &str = "ユーザーIDは、半角の英数字・記号で8～14文字にしてください。";

/// A user ID as it was typed; none where the field is empty.
fn user_id(typed: &str) -> Result<Option<UserId>, Problem> {
    if typed.is_empty() {
        return Ok(None);
    }
    UserId::parse(typed).map(Some).map_err(|_| wrong(NO_ID))
}

/// What is ticked: the master, and for each act all kinds or single ones.
fn roles(form: &Filled) -> Vec<String> {
    let master = form.contains_key(Authority::MASTER).then_some(Authority::Master);
    let ticked = |act: Act, kind: Option<RequestKind>| {
        let authority = Authority::Act(act, kind);
        form.contains_key(&authority.to_string()).then_some(authority)
    };
    let acts = Act::ALL.into_iter().flat_map(|act| {
        let all = ticked(act, None);
        let single = RequestKind::ALL.into_iter().filter_map(move |kind| ticked(act, Some(kind)));
        // Whoever may do it for all kinds needs no single one.
        if all.is_some() { all.into_iter().collect() } else { single.collect::<Vec<_>>() }
    });
    master.into_iter().chain(acts).map(|authority| authority.to_string()).collect()
}

#[derive(Serialize)]
struct UsersPage {
    done: Option<String>,
    problem: Option<String>,
    handed: Option<Handed>,
    number: Option<PickUp>,
    sentence: String,
    /// When the page was made, for paper.
    issued: String,
    users: Vec<Item>,
    kinds: Vec<Kind>,
    acts: Vec<Kind>,
    /// The accounts of the contract.
    accounts: Vec<Kind>,
    form: Again,
}

/// What a master had filled in for a new user when it was refused; no password goes back.
#[derive(Serialize)]
struct Again {
    user: String,
    name: String,
    email: String,
}

/// One-time passwords, shown once.
#[derive(Serialize)]
pub(super) struct Handed {
    user: String,
    login: String,
    approval: String,
    until: String,
    /// The number that takes their certificate, where they need one.
    number: Option<String>,
}

/// The number that takes a certificate, shown once.
#[derive(Serialize)]
struct PickUp {
    user: String,
    number: String,
    until: String,
    /// Where it is taken.
    page: String,
}

#[derive(Serialize)]
struct Item {
    id: String,
    name: String,
    email: String,
    roles: Vec<String>,
    held: Vec<String>,
    /// The accounts they may be limited to: the contract's, and those they are.
    accounts: Vec<Kind>,
    state: String,
    /// When they were registered.
    since: String,
    /// Other user IDs of the same human.
    also: Vec<String>,
    /// 共用のアドレスです where somebody else of the customer has the same; else empty.
    address_note: &'static str,
    /// メールが届いていません where mails to it come back; else empty.
    comes_back: &'static str,
    /// How it stands with their electronic certificate; empty where there are none at all.
    certificate: String,
    suspended: bool,
    is_master: bool,
    is_self: bool,
}

/// A word that can be ticked.
#[derive(Serialize)]
struct Kind {
    value: String,
    label: String,
}

fn shown(web: &Web, status: StatusCode, visitor: &Visitor, outcome: Outcome) -> Response {
    let organisation = visitor.person.organisation;
    let theirs = web.desk.users().into_iter();
    let theirs: Vec<UserRecord> =
        theirs.filter(|user| user.person.organisation == organisation).collect();
    let page = UsersPage {
        done: outcome.done,
        problem: outcome.problem,
        handed: outcome.handed.map(|one| handed(web, one)),
        number: outcome.waits.and_then(|user| pick_up(web, &user)),
        sentence: web.desk.who_approves(visitor.person.organisation),
        issued: web.desk.clock.now().japanese(),
        users: theirs.iter().map(|user| item(web, visitor, user, &theirs)).collect(),
        kinds: RequestKind::ALL
            .map(|kind| Kind { value: kind.code().to_string(), label: kind.japanese().to_owned() })
            .into(),
        acts: Act::ALL
            .map(|act| Kind { value: act.name().to_owned(), label: act.japanese().to_owned() })
            .into(),
        accounts: ticks(web, None, organisation),
        form: again(&outcome.form),
    };
    web.page(status, "users", Some(visitor), &page)
}

/// The accounts of a customer's contract, and those a user is limited to.
fn ticks(web: &Web, person: Option<&Person>, organisation: Organisation) -> Vec<Kind> {
    let Organisation::Customer(customer) = organisation else { return Vec::new() };
    let mut all = web.desk.accounts_of(customer);
    let own = person.map(Person::accounts).unwrap_or_default();
    all.extend(own.into_iter().filter(|account| !all.contains(account)).collect::<Vec<_>>());
    let kind = |account: &Account| Kind {
        value: Authority::Account(*account).to_string(),
        label: account.masked(),
    };
    all.iter().map(kind).collect()
}

/// What a master hands over to somebody whose certificate waits.
fn pick_up(web: &Web, user: &UserId) -> Option<PickUp> {
    let (number, until) = web.desk.pick_up(user)?;
    let page = format!("{}/certificate", web.desk.door_of(user));
    Some(PickUp { user: user.to_string(), number, until: until.japanese(), page })
}

/// How it stands with somebody's certificate, in a word or two.
fn certificate(web: &Web, user: &UserId) -> String {
    let method = web.desk.method(user).japanese();
    let state = match (web.desk.certificate_days(user), web.desk.pick_up_until(user)) {
        _ if !web.is_secure => return String::new(),
        (Some(days), None) => format!("あり（あと{days}日）"),
        (_, Some(until)) => format!("受取待ち（{} まで）", until.japanese()),
        (None, None) => "なし".to_owned(),
    };
    format!("{state}　{method}")
}

/// One-time passwords for a page.
pub(super) fn handed(web: &Web, (user, one_time): (UserId, OneTime)) -> Handed {
    let number = web.desk.pick_up(&user).map(|(number, _)| number);
    let OneTime { login, approval, until } = one_time;
    Handed { user: user.to_string(), login, approval, until: until.japanese(), number }
}

fn again(form: &Filled) -> Again {
    let registers = text(form, "deed") == UserDeed::Register.japanese();
    let kept = |name: &str| if registers { text(form, name).to_owned() } else { String::new() };
    Again { user: kept("user"), name: kept("name"), email: kept("email") }
}

fn item(web: &Web, visitor: &Visitor, user: &UserRecord, all: &[UserRecord]) -> Item {
    let UserRecord { person, credentials, .. } = user.clone();
    let others = all.iter().map(|other| &other.person);
    let mut others = others.filter(|other| !other.is_same_human(&person));
    let admission = web.desk.admission(&person.id);
    let locked = credentials.login.is_locked() || credentials.approval.is_locked();
    let new = web.desk.must_choose(&person.id, PasswordKind::Login);
    let state = match (admission, new, locked) {
        (Admission::Active, true, _) => "はじめのログイン待ち",
        (Admission::Active, false, true) => "パスワードが使えません",
        (other, ..) => other.japanese(),
    };
    Item {
        certificate: certificate(web, &person.id),
        id: person.id.to_string(),
        email: person.email.clone(),
        roles: words(&person.roles),
        held: person.roles.clone(),
        accounts: ticks(web, Some(&person), person.organisation),
        state: state.to_owned(),
        since: user.since.date().japanese(),
        address_note: if others.any(|other| other.shares_address(&person)) {
            "共用のアドレスです"
        } else {
            ""
        },
        comes_back: comes_back(web, &person),
        also: person.today.also.iter().map(UserId::to_string).collect(),
        suspended: admission == Admission::Suspended,
        is_master: person.is_master(),
        is_self: person.id == visitor.person.id,
        name: person.name,
    }
}
