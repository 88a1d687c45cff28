//! Handing signed mails to the mail server.
//!
//! A mail is signed and lies durable beside its place before it comes here, and becomes visible
//! once the server has taken it: what is visible in `outbox/mail/` was sent. It is always sent
//! with these bytes. After a stop, what is not visible is sent again, with the same Message-ID. A
//! server that is away is no failure of any mail: all of them wait, and one of them asks again.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::{error, info, warn};

use crate::domain::Timestamp;
use crate::ports::{Closed, EffectMove, EffectState, Entry, Fate, Relay, Staged, Step, StoreError};
use crate::render::daily::{IncidentItem, IncidentKind};
use crate::render::mail::recipient;

use super::Desk;
use super::dispatch::{Dispatched, Turn, fate_of, moved};
use super::made::Job;

/// Mails under way at once.
const SENDERS: usize = 8;
/// How long answers are waited for before looking whether the program is to stop.
const LOOK: Duration = Duration::from_millis(100);
/// How many looks mails under way are given to end when the program stops; what is then still
/// under way is sent again at the next start.
const LOOKS_AT_STOP: u32 = 30;
/// The first wait for a server that is away; doubled each time.
const AWAY_MS: i64 = 10_000;
/// The longest: within it mails go again once the server is back.
const AWAY_MAX_MS: i64 = 60_000;

/// That the mail server takes nothing.
#[derive(Debug, Clone)]
pub(super) struct Away {
    since: Timestamp,
    why: String,
    /// When it is asked again, and how long after the last time that is.
    again_at: Timestamp,
    wait_ms: i64,
}

/// A mail under way, by its place among its round's.
struct Sending {
    at: usize,
    to: String,
    mail: Vec<u8>,
}

/// The address a mail is for, and its bytes.
type Addressed = (String, Vec<u8>);

type Queue = Arc<Mutex<VecDeque<Sending>>>;
type Answer = (usize, Result<Fate, Closed>);

/// What became of a mail: where it lies, if the server took it.
type Told = (Job, Result<Staged, Fate>);

impl Desk {
    /// Hands over one round of the mails that lie ready; without a mail server it does nothing.
    ///
    /// Comes back within seconds once `stopping` says so, whatever the server does.
    pub fn post(&self, stopping: &dyn Fn() -> bool) -> Result<Dispatched, StoreError> {
        let Some(relay) = &self.relay else { return Ok(Dispatched::default()) };
        let now = self.clock.now();
        let away = self.server_away.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(Away { again_at, .. }) = away
            && again_at > now
        {
            return Ok(Dispatched { again_at: Some(again_at), ..Dispatched::default() });
        }
        let (mut jobs, again_at) = self.chosen(Turn::Post, &self.store.mail_rules(), now);
        if away.is_some() {
            jobs.truncate(1);
        }
        let mut done = Dispatched { again_at, ..Dispatched::default() };
        let (mut told, mut ready, mut sending) = (Vec::new(), Vec::new(), VecDeque::new());
        for job in jobs {
            match self.ready(&job) {
                Ok((staged, Some((to, mail)))) => {
                    sending.push_back(Sending { at: ready.len(), to, mail });
                    ready.push(Some((job, staged)));
                }
                Ok((staged, None)) => told.push((job, Ok(staged))),
                Err(fate) => told.push((job, Err(fate))),
            }
        }
        self.note_told(told, &mut done)?;
        let queue = Arc::new(Mutex::new(sending));
        let answers = send(relay, &queue);
        self.gather(&answers, &queue, ready, (stopping, &mut done))?;
        Ok(done)
    }

    /// After a stop: tells the log how many mails go that the server may have already.
    pub(super) fn tell_of_mails(&self) {
        let ready = |state| matches!(state, EffectState::Made { .. });
        let all = self.store.effects(usize::MAX).into_iter();
        let mails = all.filter(|one| one.effect.is_mail() && ready(one.state));
        let n_rows = mails.count();
        if self.relay.is_some() && n_rows > 0 {
            warn!(n_rows, "mails may be out already; they go again with the same Message-ID");
        }
    }

    /// Where a mail lies and, unless the server took it before a stop, its bytes and whom they are
    /// for. What no longer lies there is made again with the kept signature.
    fn ready(&self, job: &Job) -> Result<(Staged, Option<Addressed>), Fate> {
        let made = self.make(job).map_err(|failed| fate_of(&failed))?;
        let nothing = || Err(Fate::Later("nothing was made".to_owned()));
        let staged = made
            .lying
            .map_or_else(|| self.outbox.stage(&made.parcels).pop().unwrap_or_else(nothing), Ok)?;
        if self.outbox.find(&staged.path) == Some(staged.digest) {
            return Ok((staged, None));
        }
        let unread = || Fate::Later(format!("{} cannot be read", staged.path));
        let mail = self.outbox.read(&staged).ok_or_else(unread)?;
        let to = recipient(&mail).ok_or_else(|| Fate::Never("宛先が読めません。".to_owned()))?;
        Ok((staged, Some((to, mail))))
    }

    /// Takes in what is answered until all is, or the program stops.
    fn gather(
        &self,
        answers: &Receiver<Answer>,
        queue: &Queue,
        mut ready: Vec<Option<(Job, Staged)>>,
        (stopping, done): (&dyn Fn() -> bool, &mut Dispatched),
    ) -> Result<(), StoreError> {
        let (mut looks, mut is_there, mut closed) = (LOOKS_AT_STOP, false, None);
        loop {
            let first = match answers.recv_timeout(LOOK) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => None,
            };
            let mut told = Vec::new();
            for (at, answer) in first.into_iter().chain(answers.try_iter()) {
                let Some((job, staged)) = ready.get_mut(at).and_then(Option::take) else {
                    continue;
                };
                match answer {
                    Ok(Fate::Delivered) => told.push((job, Ok(staged))),
                    Ok(fate) => told.push((job, Err(fate))),
                    Err(Closed(why)) => closed = Some(why),
                }
            }
            is_there |= !told.is_empty();
            self.note_told(told, done)?;
            if stopping() {
                queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                looks = looks.saturating_sub(1);
                if looks == 0 {
                    warn!("mails under way were left; they are sent again at the next start");
                    break;
                }
            }
        }
        self.note_server(is_there, closed);
        Ok(())
    }

    /// Makes visible what the server took, and journals what became of each mail.
    fn note_told(&self, told: Vec<Told>, done: &mut Dispatched) -> Result<(), StoreError> {
        if told.is_empty() {
            return Ok(());
        }
        self.probe.reached(Step::MailsTaken);
        let taken: Vec<Staged> = told.iter().filter_map(|(_, at)| at.clone().ok()).collect();
        for (staged, fate) in taken.iter().zip(self.outbox.publish(&taken)) {
            if fate != Fate::Delivered {
                warn!(file = staged.path, "a mail was sent and cannot be shown as sent");
            }
        }
        self.probe.reached(Step::MailsNoted);
        let now = self.clock.now();
        let moves = told.into_iter().flat_map(|(job, became)| {
            let (fate, way) = match became {
                Ok(staged) => (Fate::Delivered, self.way_of(&staged.path)),
                Err(fate) => (fate, String::new()),
            };
            job.0.into_iter().map(move |one| moved(&one, fate.clone(), (now, way.as_str())))
        });
        let moves: Vec<EffectMove> = moves.collect();
        done.count(&moves);
        self.commit_entries(now, vec![Entry::Effects(moves)])
    }

    /// Notes whether the server takes mails; where some connections work it is there.
    fn note_server(&self, is_there: bool, closed: Option<String>) {
        let mut away = self.server_away.lock().unwrap_or_else(PoisonError::into_inner);
        match closed {
            Some(why) if !is_there => {
                let now = self.clock.now();
                if away.is_none() {
                    error!(error = why, "the mail server takes nothing; mails wait");
                }
                let (since, wait_ms) = away.as_ref().map_or((now, AWAY_MS), |away| {
                    (away.since, away.wait_ms.saturating_mul(2).min(AWAY_MAX_MS))
                });
                *away = Some(Away { since, why, again_at: now.plus_ms(wait_ms), wait_ms });
            }
            _ if is_there && away.take().is_some() => info!("the mail server is back"),
            _ => {}
        }
    }

    /// What a person must know about a mail server that takes nothing.
    pub(super) fn server_incident(&self) -> Option<IncidentItem> {
        let away = self.server_away.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let words = &self.rulebook().answers.words;
        let since = away.since.japanese();
        let text = words.fill("daily.server_away", &[("since", &since), ("why", &away.why)]);
        let name = words.get("daily.server_name").to_owned();
        Some(IncidentItem { kind: IncidentKind::Server, name, text, since: Some(away.since) })
    }
}

/// Sends what is queued on a few threads. A thread for which the server is closed ends; the others
/// go on. They hold nothing of the desk, so that one the server keeps waiting can be left behind.
fn send(relay: &Arc<dyn Relay>, queue: &Queue) -> Receiver<Answer> {
    let (told, answers) = channel();
    let count = queue.lock().unwrap_or_else(PoisonError::into_inner).len().min(SENDERS);
    for _ in 0..count {
        let (relay, queue, told) = (Arc::clone(relay), Arc::clone(queue), told.clone());
        let next = move || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        std::thread::spawn(move || {
            while let Some(Sending { at, to, mail }) = next() {
                let answer = relay.send(&to, &mail);
                let is_closed = answer.is_err();
                if told.send((at, answer)).is_err() || is_closed {
                    break;
                }
            }
        });
    }
    answers
}
