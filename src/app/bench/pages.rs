//! Logins and decisions as browsers send them: 32 clients over HTTPS, each on a connection of its
//! own, to pages of our own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::outcome::Error;
use super::Figure;
use super::floor::Stretch;
use crate::domain::CaseId;
use crate::service::Desk;
use crate::web::{self, ServeError, WebSettings};

/// Browsers at the same time.
const CLIENTS: usize = 32;

/// Somebody's ID, login and approval password.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) user: String,
    pub(super) login: String,
    pub(super) approval: String,
}

/// Pages that are being served, and what speaks to them.
pub(super) struct House {
    runtime: Runtime,
    at: SocketAddr,
    client: TlsConnector,
    stop: oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<Result<(), ServeError>>,
}

impl House {
    /// Opens the pages of a desk.
    pub(super) fn open(
        desk: &Arc<Desk>,
        server: Arc<ServerConfig>,
        client: TlsConnector,
    ) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(failed)?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(failed)?;
        let at = listener.local_addr().map_err(failed)?;
        let pages = web::router(Arc::clone(desk), WebSettings::new(&format!("https://{at}")));
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async move { stopped.await.unwrap_or_default() };
        let serving = runtime.spawn(web::serve(listener, Some(server), pages, until));
        Ok(Self { runtime, at, client, stop, serving })
    }

    /// Closes them; the desk is the bench's alone again.
    pub(super) fn close(self) -> Result<(), Error> {
        drop(self.stop);
        let ended = self.runtime.block_on(self.serving);
        ended.map_err(other)?.map_err(other)
    }

    /// Whole logins: the page with its form, and the form with a password. Each comes from an
    /// address of its own, because ten in a minute are all that one may try.
    pub(super) fn logins(&self, keys: &[Key], count: usize) -> Result<Figure, Error> {
        let next = Arc::new(AtomicUsize::new(0));
        let stretch = Stretch::start();
        let times = self.together(|_| {
            let (next, keys) = (Arc::clone(&next), keys.to_vec());
            let (at, client) = (self.at, self.client.clone());
            async move {
                let mut times = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(key) = keys.get(number % keys.len().max(1)) else { break };
                    if number >= count {
                        break;
                    }
                    let started = Instant::now();
                    Browser::new(at, &client, number).await?.log_in(key).await?;
                    times.push(started.elapsed());
                }
                Ok(times)
            }
        })?;
        Ok(stretch.figure("logins through HTTPS, 32 clients", amount(&times)).timed(times))
    }

    /// First all pages of the cases, then the decisions on them.
    pub(super) fn decisions(
        &self,
        (keys, from): (&[Key], usize),
        cases: &[CaseId],
        name: &str,
    ) -> Result<(Figure, Figure), Error> {
        let mut ready = Vec::new();
        for (number, key) in (from..).zip(keys.iter().cycle()).take(CLIENTS) {
            let browser = async {
                let mut browser = Browser::new(self.at, &self.client, number).await?;
                browser.log_in(key).await?;
                Ok(browser)
            };
            ready.push((self.runtime.block_on(browser).map_err(failed)?, key.approval.clone()));
        }
        let share = cases.len().div_ceil(CLIENTS).max(1);
        let mut shares = cases.chunks(share).map(<[CaseId]>::to_vec);
        let stretch = Stretch::start();
        let mut times = Vec::new();
        let mut looking = Vec::new();
        for (mut browser, approval) in ready {
            let share = shares.next().unwrap_or_default();
            looking.push(self.runtime.spawn(async move {
                let mut took = Vec::new();
                let mut forms = Vec::new();
                for case in share {
                    let started = Instant::now();
                    let page = browser.ask("GET", &format!("/cases/{case}"), "").await?;
                    took.push(started.elapsed());
                    forms.push((case, decision(&page, &approval)?));
                }
                std::io::Result::Ok((browser, forms, took))
            }));
        }
        let mut ready = Vec::new();
        for looked in looking {
            let (browser, forms, took) =
                self.runtime.block_on(looked).map_err(other)?.map_err(failed)?;
            times.extend(took);
            ready.push((browser, forms));
        }
        let seen = stretch.figure("case pages through HTTPS, 32 clients", amount(&times));
        let seen = seen.timed(times);
        let stretch = Stretch::start();
        let times = self.decided(ready)?;
        Ok((seen, stretch.figure(name, amount(&times)).timed(times)))
    }

    fn decided(
        &self,
        ready: Vec<(Browser, Vec<(CaseId, String)>)>,
    ) -> Result<Vec<Duration>, Error> {
        let mut deciding = Vec::new();
        for (mut browser, forms) in ready {
            deciding.push(self.runtime.spawn(async move {
                let mut took = Vec::new();
                for (case, form) in forms {
                    let started = Instant::now();
                    let page = format!("/cases/{case}/decision");
                    let answer = browser.ask("POST", &page, &form).await?;
                    took.push(started.elapsed());
                    if !answer.starts_with("HTTP/1.1 303") {
                        return Err(std::io::Error::other(format!("not decided: {answer}")));
                    }
                }
                Ok(took)
            }));
        }
        let mut times = Vec::new();
        for decided in deciding {
            times.extend(self.runtime.block_on(decided).map_err(other)?.map_err(failed)?);
        }
        Ok(times)
    }

    /// Does the same for every client at once; how long each thing took.
    fn together<F>(&self, make: impl Fn(usize) -> F) -> Result<Vec<Duration>, Error>
    where
        F: Future<Output = std::io::Result<Vec<Duration>>> + Send + 'static,
    {
        let running: Vec<_> = (0..CLIENTS).map(|number| self.runtime.spawn(make(number))).collect();
        let mut times = Vec::new();
        for one in running {
            times.extend(self.runtime.block_on(one).map_err(other)?.map_err(failed)?);
        }
        Ok(times)
    }
}

/// One connection with its cookie.
struct Browser {
    stream: TlsStream<TcpStream>,
    at: SocketAddr,
    cookie: String,
}

impl Browser {
    /// A browser on the n-th address of this machine.
    async fn new(at: SocketAddr, client: &TlsConnector, number: usize) -> std::io::Result<Self> {
        let [.., high, low] = u32::try_from(number).unwrap_or(0).to_be_bytes();
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(Ipv4Addr::new(127, 1, high, low).into(), 0))?;
        let stream = socket.connect(at).await?;
        stream.set_nodelay(true)?;
        let stream = client.connect(ServerName::from(at.ip()), stream).await?;
        Ok(Self { stream, at, cookie: String::new() })
    }

    async fn log_in(&mut self, key: &Key) -> std::io::Result<()> {
        let page = self.ask("GET", "/login", "").await?;
        let token = field(&page, "token")?;
        let Key { user, login, .. } = key;
        let form = format!("token={token}&user={user}&password={login}");
        let answer = self.ask("POST", "/login", &form).await?;
        let came_in = answer.starts_with("HTTP/1.1 303");
        came_in.then_some(()).ok_or_else(|| std::io::Error::other("not logged in"))
    }

    /// Asks, keeps the cookie that is set, and answers head and body.
    async fn ask(&mut self, verb: &str, path: &str, form: &str) -> std::io::Result<String> {
        let Self { at, cookie, .. } = self;
        let head = format!(
            "{verb} {path} HTTP/1.1\r\nHost: {at}\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        self.stream.write_all(head.as_bytes()).await?;
        let mut got = Vec::with_capacity(16 * 1024);
        loop {
            if self.stream.read_buf(&mut got).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if whole(&got) {
                break;
            }
        }
        let answer = String::from_utf8_lossy(&got).into_owned();
        // The last one that is no removal: the session's comes before the login form's goes.
        let kept = |line: &&str| line.to_ascii_lowercase().starts_with("set-cookie: ");
        let set = answer.lines().take_while(|line| !line.is_empty()).filter(kept);
        let values = set.filter_map(|line| line.get(12..)?.split(';').next());
        if let Some(cookie) = values.filter(|value| !value.ends_with('=')).last() {
            cookie.clone_into(&mut self.cookie);
        }
        Ok(answer)
    }
}

/// Whether an answer is there to its last byte.
fn whole(got: &[u8]) -> bool {
    let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(got.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    got.len() >= end.saturating_add(4).saturating_add(length)
}

/// The approval a case's page asks for, filled in.
fn decision(page: &str, approval: &str) -> std::io::Result<String> {
    let mut form = format!("kind=approve&password={approval}");
    for name in ["csrf", "content", "task_version", "shown_at", "number", "seal"] {
        form = form + "&" + name + "=" + field(page, name)?.as_str();
    }
    Ok(form)
}

/// The value of a hidden field of the page's last form that has it.
fn field(page: &str, name: &str) -> std::io::Result<String> {
    let begin = format!("name=\"{name}\" value=\"");
    let value = page.rsplit_once(&begin).and_then(|(_, rest)| rest.split('"').next());
    let lost = || std::io::Error::other(format!("no {name} on the page"));
    value.map(str::to_owned).ok_or_else(lost)
}

fn amount(times: &[Duration]) -> u64 {
    u64::try_from(times.len()).unwrap_or(u64::MAX)
}

fn failed(cause: std::io::Error) -> Error {
    Error::World { what: "cannot measure the pages".to_owned(), cause }
}

fn other(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    failed(std::io::Error::other(cause))
}
