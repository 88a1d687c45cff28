//! Commands on the store, the same whether a daemon runs or not.
//!
//! A command becomes a [`Request`]. Where a daemon holds the lock it travels over the control
//! socket as one line of JSON; else the store is opened here. Either way [`execute`] answers it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::str::FromStr as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{CaseId, FormSheets, Person, ReceiptNo, UserId, UserNumber};
use crate::ports::{CaseFilter, PasswordKind};
use crate::service::{Ballot, DecideError, Desk, EnrolError, NewUser, Passwords, Wish};
use crate::store::OpenError;
use crate::workflow::{
    Arrival, CARVED_MAX, CommandId, MailSort, MailWhen, RowSet, Status, write_users,
};

use super::outcome::{Error, Outcome};
use super::root::{Root, RootError, World};
use super::{
    absence, cert, claim, customer, draw, folder, forecast, form, impact, mail, migrate, notice,
    outage, report, reuse, search, show, why, worklist,
};

/// Something asked of the store by a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Request {
    /// `kessai status`.
    Status { json: bool },
    /// `kessai list`.
    List { receipt: Option<String>, status: Option<String>, json: bool },
    /// `kessai list --reviews`.
    Reviews { json: bool },
    /// `kessai show CASE`.
    Show { case: String, json: bool },
    /// `kessai form KIND --case CASE`.
    Form(form::Asked),
    /// `kessai form fax --customer USER`.
    FaxForm { customer: UserNumber, sheets: FormSheets },
    /// `kessai draw CASE`.
    Draw { case: String },
    /// `kessai approve|return|reject|… CASE`.
    Vote {
        case: String,
        wish: String,
        user: String,
        passwords: [Secret; 2],
        reason: String,
        rows: String,
        entry: Vec<(String, String)>,
        reason_code: Option<usize>,
    },
    /// `kessai message CASE`.
    Message { case: String, step: String, outcome: Arrival, note: String },
    /// `kessai user add`.
    AddUser { person: Person, passwords: [Secret; 2] },
    /// `kessai user list`.
    ListUsers { json: bool },
    /// `kessai why`.
    Why { asked: String },
    /// `kessai folder explain`.
    Folder(folder::Asked),
    /// `kessai folder again`.
    AnswerAgain { receipt: ReceiptNo },
    /// `kessai notice`.
    Notice { number: String },
    /// `kessai outage list`.
    Outages { json: bool },
    /// `kessai user export`.
    ExportUsers,
    /// `kessai impact FLOW`.
    Impact(impact::Asked),
    /// `kessai mail`.
    Mail { user: UserId, when: Option<MailWhen>, without: Option<BTreeSet<MailSort>> },
    /// `kessai mail list`.
    Stuck { json: bool },
    /// `kessai forecast`.
    Forecast(forecast::Asked),
    /// `kessai absence …`.
    Absence(absence::Asked),
    /// `kessai migrate FLOW`.
    Migrate(migrate::Asked),
    /// `kessai customer …`.
    Customer(customer::Asked),
    /// `kessai search`.
    Search(Box<search::Asked>),
    /// `kessai claim …`.
    Claim(claim::Asked),
    /// `kessai report`.
    Report(report::Asked),
    /// `kessai reuse`.
    Reuse(reuse::Asked),
    /// `kessai cert …`.
    Cert(cert::Asked),
    /// `kessai worklist print`.
    Worklist(worklist::Asked),
}

/// A password on its way. `Debug` does not show it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// What a command prints and how it ends.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Response {
    pub(super) code: u8,
    pub(super) out: String,
    pub(super) talk: String,
}

/// How long a command waits for another one to let go of the store.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it rests between two tries.
const REST: Duration = Duration::from_millis(20);

/// Asks the running daemon, or opens the store where none runs.
///
/// Another command may hold the store for a moment, and a daemon that is starting does not listen
/// yet; both are waited for.
pub(super) fn ask(root: &Root, world: &World, request: &Request) -> Result<Response, Error> {
    let mut waited = Duration::ZERO;
    loop {
        if let Ok(stream) = UnixStream::connect(root.socket()) {
            return over_socket(stream, request).map_err(|cause| Error::World {
                what: "the running kessai does not answer".to_owned(),
                cause,
            });
        }
        match root.open(world) {
            Ok(open) => return Ok(execute(&open.desk, request)),
            Err(RootError::Store(OpenError::Locked(_))) if waited < PATIENCE => {
                std::thread::sleep(REST);
                waited += REST;
            }
            Err(failed) => return Err(failed.into()),
        }
    }
}

fn over_socket(mut stream: UnixStream, request: &Request) -> std::io::Result<Response> {
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    serde_json::to_writer(&mut stream, request)?;
    stream.write_all(b"\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// Answers a request.
pub(super) fn execute(desk: &Desk, request: &Request) -> Response {
    match request {
        Request::Status { json } => Response::out(show::status(desk, *json)),
        Request::List { receipt, status, json } => {
            match filter(receipt.as_deref(), status.as_deref()) {
                Ok(filter) => Response::out(show::list(desk, &filter, *json)),
                Err(response) => response,
            }
        }
        Request::Reviews { json } => Response::out(show::reviews(desk, *json)),
        Request::Show { case, json } => {
            match CaseId::from_str(case).ok().and_then(|id| desk.show(id)) {
                Some(view) => Response::out(show::case(&view, *json)),
                None => Response::unknown(case),
            }
        }
        Request::Form(asked) => form::execute(desk, asked),
        Request::FaxForm { customer, sheets } => form::execute_fax(desk, *customer, *sheets),
        Request::Draw { case } => match draw::case(desk, case) {
            Some(picture) => Response::out(picture),
            None => Response::unknown(case),
        },
        Request::Vote { case, wish, user, passwords, reason, rows, entry, reason_code } => {
            match desk.rulebook().answers.reasons.word(*reason_code, reason) {
                Some(reason) => vote(desk, (case, wish, rows, entry), user, passwords, &reason),
                None => unlisted(desk),
            }
        }
        Request::Message { case, step, outcome, note } => {
            message(desk, case, (step, *outcome, note))
        }
        Request::AddUser { person, passwords } => {
            let new = NewUser { person: person.clone(), passwords: typed(passwords) };
            Response::enrolled(desk.add_first_user(new), "登録しました。")
        }
        Request::ListUsers { json } => Response::out(show::users(desk, *json)),
        Request::Why { asked } => why::execute(desk, asked),
        Request::Folder(asked) => folder::execute(desk, asked),
        Request::AnswerAgain { receipt } => folder::again(desk, *receipt),
        Request::Notice { number } => notice::execute(desk, number),
        Request::Outages { json } => outage::execute(desk, *json),
        Request::ExportUsers => {
            let users = desk.users();
            let people = users.iter().map(|user| &user.person);
            Response::out(format!("\u{feff}{}", write_users(people)))
        }
        Request::Mail { user, when, without } => {
            mail::execute(desk, user, (*when, without.as_ref()))
        }
        Request::Stuck { json } => Response::out(show::stuck(desk, *json)),
        Request::Forecast(asked) => forecast::execute(desk, asked),
        Request::Absence(asked) => absence::execute(desk, asked),
        Request::Impact(asked) => impact::answer(desk, asked),
        Request::Migrate(asked) => migrate::answer(desk, asked),
        Request::Customer(asked) => customer::execute(desk, asked),
        Request::Search(asked) => search::execute(desk, asked),
        Request::Claim(asked) => claim::execute(desk, asked),
        Request::Report(asked) => report::execute(desk, asked),
        Request::Reuse(asked) => reuse::execute(desk, asked),
        Request::Cert(asked) => cert::execute(desk, asked),
        Request::Worklist(asked) => worklist::execute(desk, asked),
    }
}

/// There is no reason with that number; the list is told.
fn unlisted(desk: &Desk) -> Response {
    let rules = desk.rulebook();
    let all = (1..).zip(rules.answers.reasons.all());
    let list: Vec<String> = all.map(|(number, reason)| format!("  {number} {reason}")).collect();
    let ja = format!("その番号の理由はありません。一覧:\n{}", list.join("\n"));
    Response::refused(&ja, "there is no reason with this number; these are listed")
}

fn typed([login, approval]: &[Secret; 2]) -> Passwords {
    Passwords { login: login.0.clone(), approval: approval.0.clone() }
}

fn filter(receipt: Option<&str>, status: Option<&str>) -> Result<CaseFilter, Response> {
    let receipt = match receipt {
        None => None,
        Some(text) => Some(ReceiptNo::from_str(text).map_err(|_| Response::unknown(text))?),
    };
    let status = match status {
        None => None,
        Some(name) => {
            let found = Status::ALL.into_iter().find(|status| status.name() == name);
            Some(found.ok_or_else(|| Response::unknown(name))?)
        }
    };
    Ok(CaseFilter { receipt, status, ..CaseFilter::default() })
}

/// A decision by command: the person logs in and gives the approval password in one go.
fn vote(
    desk: &Desk,
    (case, wish, rows, entry): (&str, &str, &str, &[(String, String)]),
    user: &str,
    passwords: &[Secret; 2],
    reason: &str,
) -> Response {
    let (Ok(id), Ok(user)) = (CaseId::from_str(case), UserId::parse(user)) else {
        return Response::unknown(case);
    };
    let Some(wish) = Wish::parse(wish) else { return Response::unknown(wish) };
    let rows = match rows {
        "" => RowSet::default(),
        text => match RowSet::parse(text, CARVED_MAX) {
            Some(rows) => rows,
            None => return Response::unknown(text),
        },
    };
    let done_to = wish.japanese();
    let person = match desk.check_password(&user, PasswordKind::Login, &passwords[0].0) {
        Ok(person) => person,
        Err(refused) => return Response::refused(refused.japanese(), &refused.to_string()),
    };
    let seen = desk.store.case(id).filter(|case| desk.may_see(&person, case));
    let Some((seen, digest)) = seen.and_then(|case| Some((case.clone(), desk.content_of(&case)?)))
    else {
        return Response::unknown(case);
    };
    let command = CommandId::of(&format!("cli {id} {user} {} {}", wish.name(), desk.new_intake()));
    let ballot = Ballot {
        case: id,
        wish,
        rows,
        entry: entry.to_vec(),
        digest,
        task_version: seen.head.task_version,
        shown_at: None,
        reason: reason.to_owned(),
        command,
    };
    match desk.vote(&user, &passwords[1].0, &ballot) {
        Ok(done) => Response::out(format!(
            "{id} を{done_to}しました。いまの状態: {}\n",
            done.head.status.japanese()
        )),
        Err(DecideError::Refused(refusal)) => {
            Response::refused(&refusal.japanese(), &refusal.to_string())
        }
        Err(DecideError::Password(refused)) => {
            Response::refused(refused.japanese(), &refused.to_string())
        }
        Err(DecideError::Unknown(_)) => Response::unknown(case),
        Err(failed @ (DecideError::Busy | DecideError::Store(_) | DecideError::Rows(_))) => {
            Response::failed(&failed)
        }
    }
}

/// Something came that a case may be waiting for.
fn message(desk: &Desk, case: &str, (step, outcome, note): (&str, Arrival, &str)) -> Response {
    let Ok(id) = CaseId::from_str(case) else { return Response::unknown(case) };
    let name = format!("message {id} {step} {outcome:?} {note} {}", desk.new_intake());
    match desk.arrive(id, step, (outcome, note), CommandId::of(&name)) {
        Ok(done) => Response::out(format!(
            "{id} に伝えました。いまの状態: {}\n",
            done.head.status.japanese()
        )),
        Err(DecideError::Refused(refusal)) => {
            Response::refused(&refusal.japanese(), &refusal.to_string())
        }
        Err(DecideError::Unknown(_)) => Response::unknown(case),
        Err(failed) => Response::failed(&failed),
    }
}

impl Response {
    pub(super) fn out(out: String) -> Self {
        Self { out, ..Self::default() }
    }

    /// The procedure forbids it.
    pub(super) fn refused(ja: &str, en: &str) -> Self {
        Self { code: Outcome::Findings.code(), talk: format!("{ja}\n{en}\n"), ..Self::default() }
    }

    pub(super) fn unknown(what: &str) -> Self {
        Self::refused(&format!("「{what}」は見つかりません。"), &format!("`{what}` is not known"))
    }

    /// What was found is the answer.
    pub(super) fn findings(out: String) -> Self {
        Self { code: Outcome::Findings.code(), out, ..Self::default() }
    }

    pub(super) fn failed(error: &dyn std::error::Error) -> Self {
        let talk = format!("error: {error}\n");
        Self { code: Outcome::Failed.code(), talk, ..Self::default() }
    }

    fn enrolled(result: Result<(), EnrolError>, ja: &str) -> Self {
        match result {
            Ok(()) => Self::out(format!("{ja}\n")),
            Err(EnrolError::Store(failed)) => Self::failed(&failed),
            Err(refused) => Self::refused(&refused.japanese(), &refused.to_string()),
        }
    }
}
