//! Who is logged in: sessions in memory, gone with the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, header};

use crate::domain::{Digest, Person, Timestamp, UserId};
use crate::ports::{PasswordKind, UserRecord};

use super::state::Web;

/// The cookie that names a session.
pub(super) const SESSION: &str = "kessai_sid";
/// The cookie a login form belongs to, so that nobody is logged in by another site's form.
pub(super) const BEFORE: &str = "kessai_pre";
/// Without a request for so long, one logs in again.
const IDLE_MS: i64 = 15 * 60_000;
/// After so long, one logs in again in any case.
const WHOLE_MS: i64 = 8 * 3_600_000;
/// Sessions kept; above it the one unused for longest goes.
const SESSIONS_MAX: usize = 10_000;

/// All sessions, by the SHA-256 of their id: the memory holds nothing that opens one.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: Mutex<BTreeMap<Digest, Session>>,
}

#[derive(Debug, Clone)]
struct Session {
    user: UserId,
    csrf: String,
    /// Over the password hash at login: a changed password ends the session.
    password: Digest,
    since: Timestamp,
    seen: Timestamp,
}

/// A person who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) person: Person,
    /// What every form of the session carries.
    pub(super) csrf: String,
    /// Whether the login password was reset.
    pub(super) must_choose: bool,
}

impl Web {
    /// Opens a session; answers its id.
    pub(super) fn open_session(&self, user: &UserRecord) -> String {
        self.open_session_with(user).0
    }

    /// Opens a session; answers its id and what its forms carry.
    pub(super) fn open_session_with(&self, user: &UserRecord) -> (String, String) {
        let (id, csrf) = (self.random_text::<32>(), self.random_text::<32>());
        let now = self.desk.clock.now();
        let session = Session {
            user: user.person.id.clone(),
            csrf: csrf.clone(),
            password: password_of(user),
            since: now,
            seen: now,
        };
        let mut open = self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.holds(now));
        if open.len() >= SESSIONS_MAX
            && let Some(oldest) = open.iter().min_by_key(|(_, one)| one.seen).map(|(id, _)| *id)
        {
            open.remove(&oldest);
        }
        open.insert(Digest::of(id.as_bytes()), session);
        (id, csrf)
    }

    /// Closes the session a request belongs to.
    pub(super) fn close_session(&self, headers: &HeaderMap) {
        if let Some(id) = cookie(headers, SESSION) {
            let mut open = self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.remove(&Digest::of(id.as_bytes()));
        }
    }

    /// Who sent a request, if they are logged in and have a password of their own; moves the idle
    /// time on. Whoever came in with one that was reset sees the account page and nothing else.
    pub(super) fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        self.newcomer(headers).filter(|visitor| !visitor.must_choose)
    }

    /// Who sent a request, also while they have to choose a password first.
    pub(super) fn newcomer(&self, headers: &HeaderMap) -> Option<Visitor> {
        let id = Digest::of(cookie(headers, SESSION)?.as_bytes());
        let now = self.desk.clock.now();
        let session = {
            let mut open = self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner);
            let session = open.get_mut(&id)?;
            if !session.holds(now) {
                open.remove(&id);
                return None;
            }
            session.seen = now;
            session.clone()
        };
        let user = self.desk.store.user(&session.user)?;
        let unchanged = session.password == password_of(&user);
        let person = self.desk.person(&session.user).filter(|_| unchanged)?;
        let must_choose = self.desk.must_choose(&person.id, PasswordKind::Login);
        Some(Visitor { person, csrf: session.csrf, must_choose })
    }
}

impl Session {
    fn holds(&self, now: Timestamp) -> bool {
        let since = |at: Timestamp| now.ms().saturating_sub(at.ms());
        since(self.seen) < IDLE_MS && since(self.since) < WHOLE_MS
    }
}

fn password_of(user: &UserRecord) -> Digest {
    Digest::of(user.credentials.login.hash.0.as_bytes())
}

/// The value of a cookie.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A `Set-Cookie` value that lives as long as the browser; an empty value removes the cookie.
///
/// Without `Secure`: the pages are on loopback only, see `serve`.
pub(super) fn set_cookie(name: &str, value: &str) -> String {
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/{end}")
}
