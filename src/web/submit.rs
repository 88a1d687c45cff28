//! Sending a file by the pages, for a customer's people who operate.
//!
//! The one route that takes `multipart/form-data`. The file's bytes go from the connection into
//! the store as they come; nothing of them is kept in memory, and nothing stays of a file whose
//! end did not come.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::error;

use crate::domain::Digest;
use crate::service::{Desk, Purpose, Sent, SubmitError};

use super::form::{Filled, text};
use super::limits::Turn;
use super::pages::see_other;
use super::seal::same;
use super::session::Visitor;
use super::state::Web;

/// Where files are sent to.
pub(super) const PATH: &str = "/submit";
/// Parts of a file on their way to the disk; whoever sends faster waits.
const PARTS: usize = 8;
/// The longest field besides the file, in bytes.
const FIELD_MAX: usize = 1_024;
/// How long the answer waits for the verdict; a long file's is on its page later.
const VERDICT: Duration = Duration::from_secs(5);

/// `GET /submit`: the form.
pub(super) async fn page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    web.run(move |web| match web.desk.may_submit(&visitor.person) {
        Err(SubmitError::Authority | SubmitError::Store(_)) => web.message(StatusCode::NOT_FOUND),
        Err(SubmitError::NotListed) | Ok(_) => shown(web, StatusCode::OK, &visitor, None),
    })
    .await
}

/// `POST /submit`: the file.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    match web.desk.may_submit(&visitor.person) {
        Ok(_) => {}
        Err(SubmitError::NotListed) => {
            return shown(&web, StatusCode::UNPROCESSABLE_ENTITY, &visitor, None);
        }
        Err(_) => return web.message(StatusCode::NOT_FOUND),
    }
    let now = web.desk.clock.now();
    if web.limiter.take("submit", visitor.person.id.as_str(), now) == Turn::Wait {
        return web.message(StatusCode::SERVICE_UNAVAILABLE);
    }
    let sent = match form {
        Ok(mut form) => sent(&web, &visitor, &mut form).await,
        Err(_) => Err(Refused::Status(StatusCode::BAD_REQUEST)),
    };
    match sent {
        Ok(sent) => taken(web, visitor, sent).await,
        Err(Refused::Status(status)) => web.message(status),
        Err(Refused::Problem(problem)) => {
            shown(&web, StatusCode::UNPROCESSABLE_ENTITY, &visitor, Some(problem))
        }
    }
}

/// Why a form brought no file.
enum Refused {
    /// It is none of ours, or broken.
    Status(StatusCode),
    /// Something a person can put right.
    Problem(String),
}

impl From<MultipartError> for Refused {
    fn from(broken: MultipartError) -> Self {
        Self::Status(broken.status())
    }
}

/// Makes the file ours and carries it to its verdict.
async fn taken(web: Arc<Web>, visitor: Visitor, sent: Sent) -> Response {
    let (desk, person) = (Arc::clone(&web.desk), visitor.person);
    let made = spawn_blocking(move || desk.submit(&person, sent)).await;
    let receipt = match made {
        Ok(Ok(receipt)) => receipt,
        Ok(Err(failed)) => {
            error!(error = %failed, "a sent file could not be taken in");
            return web.message(StatusCode::SERVICE_UNAVAILABLE);
        }
        Err(_) => return web.message(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let desk = Arc::clone(&web.desk);
    let judging = spawn_blocking(move || {
        if let Err(failed) = desk.judge_sent(receipt) {
            error!(file = %receipt, error = %failed, "a sent file could not be judged");
        }
    });
    // It is ours whatever the verdict is, and when: its page shows how far it is.
    timeout(VERDICT, judging).await.ok();
    see_other(&format!("/submissions/{receipt}?new=1"))
}

/// Reads a form: what proves that it is ours comes before the file, so that nothing is kept for
/// anybody else.
async fn sent(web: &Arc<Web>, visitor: &Visitor, form: &mut Multipart) -> Result<Sent, Refused> {
    let mut filled = Filled::new();
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "csrf" | "ticket" | "seal" | "trial" => {
                filled.insert(name, short(field).await?);
            }
            "file" => {
                let ticket = ticket_of(web, visitor, &filled)?;
                let name = field.file_name().unwrap_or_default().to_owned();
                if name.is_empty() {
                    return Err(Refused::Problem("ファイルを選んでください。".to_owned()));
                }
                let (digest, bytes) = keep(web, field).await?;
                return match form.next_field().await? {
                    None => Ok(Sent { ticket, name, digest, bytes, purpose: purpose(&filled) }),
                    Some(_) => Err(Refused::Status(StatusCode::BAD_REQUEST)),
                };
            }
            _ => return Err(Refused::Status(StatusCode::BAD_REQUEST)),
        }
    }
    Err(Refused::Status(StatusCode::BAD_REQUEST))
}

/// What a form says its file is for.
fn purpose(filled: &Filled) -> Purpose {
    if text(filled, "trial").is_empty() { Purpose::Request } else { Purpose::Trial }
}

/// The ticket of a form that was made for this session and this person.
fn ticket_of(web: &Web, visitor: &Visitor, filled: &Filled) -> Result<String, Refused> {
    let ticket = text(filled, "ticket");
    let seal = web.seal_intake(&visitor.person.id, ticket);
    let ours = same(text(filled, "csrf"), &visitor.csrf) && same(text(filled, "seal"), &seal);
    if ours { Ok(ticket.to_owned()) } else { Err(Refused::Status(StatusCode::FORBIDDEN)) }
}

/// The text of a field that is no file.
async fn short(mut field: Field<'_>) -> Result<String, Refused> {
    let mut bytes = Vec::new();
    while let Some(part) = field.chunk().await? {
        bytes.extend_from_slice(&part);
        if bytes.len() > FIELD_MAX {
            return Err(Refused::Status(StatusCode::PAYLOAD_TOO_LARGE));
        }
    }
    String::from_utf8(bytes).map_err(|_| Refused::Status(StatusCode::BAD_REQUEST))
}

/// Keeps the bytes of a file as they come; answers their digest and number.
async fn keep(web: &Arc<Web>, mut field: Field<'_>) -> Result<(Digest, u64), Refused> {
    let most = web.desk.rulebook().rules.file_len_max;
    let (parts, coming) = mpsc::channel(PARTS);
    let desk = Arc::clone(&web.desk);
    let writing = spawn_blocking(move || write(&desk, coming));
    let mut bytes: u64 = 0;
    loop {
        let part = match field.chunk().await {
            Err(long) if long.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                return Err(too_long(most));
            }
            part => part?,
        };
        bytes += part.as_ref().map_or(0, |part| u64::try_from(part.len()).unwrap_or(u64::MAX));
        if bytes > most {
            return Err(too_long(most));
        }
        let is_end = part.is_none();
        if parts.send(part).await.is_err() || is_end {
            break;
        }
    }
    match writing.await {
        Ok(Ok(Some(digest))) => Ok((digest, bytes)),
        Ok(Ok(None)) => Err(Refused::Status(StatusCode::BAD_REQUEST)),
        Ok(Err(failed)) => {
            error!(error = %failed, "a sent file could not be kept");
            Err(Refused::Status(StatusCode::SERVICE_UNAVAILABLE))
        }
        Err(_) => Err(Refused::Status(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

/// Writes what comes; keeps it only once its end came.
fn write(desk: &Desk, mut coming: Receiver<Option<Bytes>>) -> io::Result<Option<Digest>> {
    let mut blob = desk.blobs.create()?;
    while let Some(part) = coming.blocking_recv() {
        match part {
            Some(part) => blob.write_all(&part)?,
            None => return blob.keep().map(Some),
        }
    }
    Ok(None)
}

fn too_long(most: u64) -> Refused {
    let most = megabytes(most);
    Refused::Problem(format!("ファイルが大きすぎます。{most}までに分けてお出しください。"))
}

/// A number of bytes for people, rounded down: `100MB`.
fn megabytes(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{}KB", bytes >> 10),
        whole => format!("{whole}MB"),
    }
}

#[derive(Serialize)]
struct SubmitPage {
    problem: Option<String>,
    /// Whether the organisation is one that submits.
    listed: bool,
    /// The name on papers of whom the file is from.
    submitter: String,
    ticket: String,
    seal: String,
    most: String,
    /// Whether files may be tried out.
    trials: bool,
}

fn shown(web: &Web, status: StatusCode, visitor: &Visitor, problem: Option<String>) -> Response {
    let submitter = web.desk.may_submit(&visitor.person).map(|submitter| submitter.name);
    let ticket = web.desk.new_intake();
    let page = SubmitPage {
        problem,
        listed: submitter.is_ok(),
        submitter: submitter.unwrap_or_default(),
        seal: web.seal_intake(&visitor.person.id, &ticket),
        ticket,
        trials: web.desk.may_try(&visitor.person).is_ok(),
        most: megabytes(web.desk.rulebook().rules.file_len_max),
    };
    web.page(status, "submit", Some(visitor), &page)
}
