//! Who is logged in: sessions in memory, gone with the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::domain::{Digest, Person, Timestamp, UserId};
use crate::ports::{PasswordKind, UserRecord};

use super::state::Web;

/// The cookie that names a session.
pub(super) const SESSION: &str = "kessai_sid";
/// The cookie a login form belongs to, so that nobody is logged in by another site's form.
pub(super) const BEFORE: &str = "kessai_pre";
/// Without a request for so long, one logs in again.
pub(super) const IDLE_MS: i64 = 15 * 60_000;
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

/// An open session, as its owner sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    /// Whether it is the one that asks.
    pub(super) is_own: bool,
    /// When it was opened.
    pub(super) since: Timestamp,
    /// When something was last done in it.
    pub(super) seen: Timestamp,
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
        if let Some(id) = self.cookie(headers, SESSION) {
            let mut open = self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.remove(&Digest::of(id.as_bytes()));
        }
    }

    /// A person's open sessions, the one a request belongs to first and then by their last use.
    pub(super) fn sessions_of(&self, user: &UserId, headers: &HeaderMap) -> Vec<Open> {
        let own = self.cookie(headers, SESSION).map(|id| Digest::of(id.as_bytes()));
        let now = self.desk.clock.now();
        let open = self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = open.iter().filter(|(_, one)| one.user == *user && one.holds(now));
        let shown = |(id, one): (&Digest, &Session)| Open {
            is_own: Some(*id) == own,
            since: one.since,
            seen: one.seen,
        };
        let mut all: Vec<Open> = theirs.map(shown).collect();
        all.sort_by_key(|one| (!one.is_own, std::cmp::Reverse(one.seen)));
        all
    }

    /// Ends every session of a person but the one a request belongs to.
    pub(super) fn close_others(&self, user: &UserId, headers: &HeaderMap) {
        let own = self.cookie(headers, SESSION).map(|id| Digest::of(id.as_bytes()));
        let mut open = self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|id, one| one.user != *user || Some(*id) == own);
    }

    /// Ends the session a request belongs to where its person needs another certificate than the
    /// connection showed. Asked at every request: a certificate that is revoked opens nothing any
    /// more, whatever session or connection was begun with it.
    pub(super) fn hold_to(&self, headers: &HeaderMap, shown: Option<Digest>) {
        let Some(id) = self.cookie(headers, SESSION) else { return };
        let id = Digest::of(id.as_bytes());
        let user = {
            let open = self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.get(&id).map(|session| session.user.clone())
        };
        if user.is_some_and(|user| !self.desk.admits(&user, shown)) {
            let mut open = self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.remove(&id);
        }
    }

    /// Who sent a request, if they are logged in and have a password of their own; moves the idle
    /// time on. Whoever came in with one that was reset sees the account page and nothing else.
    pub(super) fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        self.newcomer(headers).filter(|visitor| !visitor.must_choose)
    }

    /// Who sent a request, also while they have to choose a password first.
    pub(super) fn newcomer(&self, headers: &HeaderMap) -> Option<Visitor> {
        let id = Digest::of(self.cookie(headers, SESSION)?.as_bytes());
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

impl Web {
    /// The value of one of our cookies.
    pub(super) fn cookie<'h>(&self, headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
        let prefix = self.prefix();
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| key.strip_prefix(prefix) == Some(name))
            .map(|(_, value)| value)
    }

    /// Sets a cookie that lives as long as the browser; an empty value removes it.
    pub(super) fn put_cookie(&self, response: &mut Response, name: &str, value: &str) {
        let prefix = self.prefix();
        let secure = if self.is_secure { "; Secure" } else { "" };
        let end = if value.is_empty() { "; Max-Age=0" } else { "" };
        let text =
            format!("{prefix}{name}={value}{secure}; HttpOnly; SameSite=Strict; Path=/{end}");
        if let Ok(text) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, text);
        }
    }

    /// Over TLS browsers then take the cookie from this host and over TLS alone.
    const fn prefix(&self) -> &'static str {
        if self.is_secure { "__Host-" } else { "" }
    }
}
