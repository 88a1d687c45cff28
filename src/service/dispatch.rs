//! Carrying out what is owed to the world.
//!
//! Answers are rendered on all cores, written beside their places and synced together, made visible
//! together, and marked as delivered in one commit. A file for the clearing side is announced in
//! the journal before it becomes visible, so that no crash can make it twice; so is the signature
//! of a mail, because one signed a second time would be another mail (see `made`).

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use tracing::{error, info, warn};

use crate::domain::{Digest, Timestamp};
use crate::ports::{
    EffectMove, EffectState, Entry, Fate, Halt, Parcel, PendingEffect, Staged, Step, StoreError,
    Validity,
};
use crate::workflow::{Effect, EffectKind, EffectScope};

use super::Desk;
use super::answers::{AnswerError, digest_of};
use super::bundle::{Rules, waits};
use super::made::{Job, Made, Signature, date_of};

/// Effects carried out together.
const BATCH: usize = 64;
/// How far ahead is looked for effects that need not wait.
const WINDOW: usize = 2_048;
/// Tries before a person has to look.
const ATTEMPTS_MAX: u16 = 12;
/// The first wait after a failure; doubled each time, at most thirty minutes.
const BACKOFF_MS: i64 = 10_000;
const BACKOFF_MAX_MS: i64 = 1_800_000;

/// What a round of dispatch did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Effects that reached the world.
    pub delivered: usize,
    /// Mails that lie ready for the mail server.
    pub ready: usize,
    /// Effects that will be tried again.
    pub later: usize,
    /// Effects a person has to look at.
    pub stuck: usize,
    /// When the next try is due, where one waits.
    pub again_at: Option<Timestamp>,
}

impl Dispatched {
    /// Counts what became of effects.
    pub(super) fn count(&mut self, moves: &[EffectMove]) {
        for moved in moves {
            match moved.to {
                EffectState::Delivered => self.delivered += 1,
                EffectState::Later { .. } | EffectState::Made { .. } => self.later += 1,
                _ => self.stuck += 1,
            }
        }
    }

    /// Adds what another round did.
    const fn add(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.ready += other.ready;
        self.later += other.later;
        self.stuck += other.stuck;
    }

    /// Whether the round changed anything.
    const fn did_something(self) -> bool {
        self.delivered + self.ready + self.later + self.stuck > 0
    }
}

/// Whose turn it is to carry out effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The outbox: everything, or all but signed mails where a mail server takes those.
    Outbox,
    /// The mail server: mails that are signed.
    Post,
}

impl Desk {
    /// Carries out one batch of what is owed. Where there is a mail server, mails are made, signed
    /// and laid ready for it; [`Desk::post`] sends them, so that no file waits for the server.
    pub fn dispatch(&self) -> Result<Dispatched, StoreError> {
        let now = self.clock.now();
        let rules = self.store.mail_rules();
        let bundle_at = self.form_bundles(&rules, now)?;
        let (chosen, again_at) = self.chosen(Turn::Outbox, &rules, now);
        let again_at = again_at.into_iter().chain(bundle_at).min();
        if chosen.is_empty() {
            return Ok(Dispatched { again_at, ..Dispatched::default() });
        }
        let publishes = |job: &Job| job.0.iter().any(|one| one.effect.kind == EffectKind::Publish);
        let (publications, mut chosen): (Vec<_>, Vec<_>) = chosen.into_iter().partition(publishes);
        let mut rendered = self.render(&chosen);
        self.keep_signatures(&mut rendered);
        let mut moves = self.deliver(&mut chosen, &rendered, now)?;
        for pending in publications.iter().flat_map(|job| &job.0) {
            moves.push(self.publish(pending, now)?);
        }
        let posted = |(job, made): &(&Job, &Result<Made, Fate>)| {
            made.as_ref().is_ok_and(|made| self.is_posted(job, made))
        };
        let ready = chosen.iter().zip(&rendered).filter(posted).count();
        let mut done = Dispatched { ready, again_at, ..Dispatched::default() };
        done.count(&moves);
        self.commit_entries(now, vec![Entry::Effects(moves)])?;
        self.probe.reached(Step::Delivered);
        Ok(done)
    }

    /// The effects to carry out now, and when the next of the others is due.
    ///
    /// However many wait for a person or for later, those behind them are reached.
    pub(super) fn chosen(
        &self,
        turn: Turn,
        rules: &Rules,
        now: Timestamp,
    ) -> (Vec<Job>, Option<Timestamp>) {
        let mut window = WINDOW;
        let validity = self.signer.certificate().validity(now);
        loop {
            let pending = self.store.effects(window);
            let is_all = pending.len() < window;
            let later = pending.iter().filter_map(|pending| match pending.state {
                EffectState::Later { again_at, .. } | EffectState::Made { again_at, .. } => {
                    Some(again_at)
                }
                _ => None,
            });
            let again_at = later.min();
            let is_turn = |one: &PendingEffect| {
                let is_posted = self.relay.is_some() && one.effect.is_mail();
                let lies_ready = is_posted && matches!(one.state, EffectState::Made { .. });
                lies_ready == (turn == Turn::Post)
            };
            let chosen = choose(pending, rules, (now, validity), &is_turn);
            if is_all || !chosen.is_empty() {
                return (self.jobs(chosen), again_at);
            }
            window = window.saturating_mul(4);
        }
    }

    /// Carries out everything that can be carried out now.
    pub fn dispatch_all(&self) -> Result<Dispatched, StoreError> {
        let mut total = Dispatched::default();
        loop {
            let mut done = self.dispatch()?;
            let posted = self.post(&|| false)?;
            done.add(posted);
            total.add(done);
            total.again_at = done.again_at.into_iter().chain(posted.again_at).min();
            if !done.did_something() {
                return Ok(total);
            }
        }
    }

    /// After a crash: clearing files that were announced are found, finished, or given to a person.
    pub fn settle_published(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut moves = Vec::new();
        for pending in self.store.effects(usize::MAX) {
            let EffectState::Publishing { digest } = pending.state else { continue };
            let Some(path) = Self::path_of(&pending.effect) else { continue };
            let to = if self.outbox.find(&path) == Some(digest) {
                EffectState::Delivered
            } else if self.finish_staged(&pending.effect, &path, digest) {
                // The rename takes the staged file away, so it cannot have happened before.
                EffectState::Delivered
            } else {
                error!(effect = %pending.effect.id(), "a clearing file may or may not be out");
                EffectState::Unsure
            };
            let note = if to == EffectState::Unsure {
                "書き出しの途中で停止しました。集信側に届いているかをお確かめください。".to_owned()
            } else {
                String::new()
            };
            moves.push(EffectMove { id: pending.effect.id(), to, at: now, note });
        }
        if moves.is_empty() {
            Ok(())
        } else {
            self.commit_entries(now, vec![Entry::Effects(moves)])
        }
    }

    /// Publishes what lies staged for `path`, if it is what was announced; its companion first.
    fn finish_staged(&self, effect: &Effect, path: &str, digest: Digest) -> bool {
        let staged = self.outbox.find_staged(path).filter(|staged| staged.digest == digest);
        let (Some(staged), Ok(mut parcels)) = (staged, self.answer(effect)) else { return false };
        parcels.pop();
        let companions: Result<Vec<Staged>, Fate> =
            self.outbox.stage(&parcels).into_iter().collect();
        let Ok(mut all) = companions else { return false };
        all.push(staged);
        self.outbox.publish(&all).iter().all(|fate| *fate == Fate::Delivered)
    }

    /// Renders the chosen effects on two threads.
    fn render(&self, chosen: &[Job]) -> Vec<Result<Made, Fate>> {
        let one = |job: &Job| self.make(job).map_err(|failed| fate_of(&failed));
        let half = chosen.len().div_ceil(2);
        let (left, right) = chosen.split_at(half);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| right.iter().map(one).collect::<Vec<_>>());
            let mut rendered: Vec<_> = left.iter().map(one).collect();
            match other.join() {
                Ok(rest) => rendered.extend(rest),
                Err(_) => rendered.extend(
                    right
                        .iter()
                        .map(|_| Err(Fate::Never("rendering panicked; see the log".to_owned()))),
                ),
            }
            rendered
        })
    }

    /// Stages and publishes what was rendered, and tells how far each effect came.
    fn deliver(
        &self,
        chosen: &mut [Job],
        rendered: &[Result<Made, Fate>],
        now: Timestamp,
    ) -> Result<Vec<EffectMove>, StoreError> {
        let parcels = rendered.iter().flatten().flat_map(|made| &made.parcels);
        let parcels: Vec<Parcel> = parcels.cloned().collect();
        let mut answers = self.outbox.stage(&parcels).into_iter();
        self.probe.reached(Step::OutboxStaged);
        // None for mails that lie ready: the mail server has not been asked yet.
        let mut fates: Vec<Option<Fate>> = Vec::new();
        let mut staged: Vec<(usize, Vec<Staged>)> = Vec::new();
        for (at, one) in rendered.iter().enumerate() {
            let made = match one {
                Ok(made) => made,
                Err(fate) => {
                    fates.push(Some(fate.clone()));
                    continue;
                }
            };
            // All of them are taken before looking: stopping at the first failure would give the
            // next effect what belongs to this one.
            let mine: Vec<Result<Staged, Fate>> =
                answers.by_ref().take(made.parcels.len()).collect();
            match mine.into_iter().collect::<Result<Vec<Staged>, Fate>>() {
                Ok(mut mine) => {
                    mine.extend(made.lying.clone());
                    staged.push((at, mine));
                    let job = chosen.get(at);
                    let is_posted = job.is_some_and(|job| self.is_posted(job, made));
                    fates.push((!is_posted).then_some(Fate::Delivered));
                }
                Err(fate) => fates.push(Some(fate)),
            }
        }
        self.announce(chosen, rendered, &staged, now)?;
        staged.retain(|(at, _)| fates.get(*at).is_some_and(Option::is_some));
        let flat: Vec<Staged> = staged.iter().flat_map(|(_, mine)| mine.clone()).collect();
        let mut published = self.outbox.publish(&flat).into_iter();
        self.probe.reached(Step::Published);
        for (at, mine) in &staged {
            let of_mine: Vec<Fate> = published.by_ref().take(mine.len()).collect();
            let worst = of_mine.into_iter().find(|fate| *fate != Fate::Delivered);
            if let (Some(fate), Some(slot)) = (worst, fates.get_mut(*at)) {
                *slot = Some(fate);
            }
        }
        let mut ways: BTreeMap<usize, String> = BTreeMap::new();
        for (at, mine) in &staged {
            ways.insert(
                *at,
                mine.first().map(|first| self.way_of(&first.path)).unwrap_or_default(),
            );
        }
        let mut moves = Vec::new();
        for (at, (job, fate)) in chosen.iter().zip(fates).enumerate() {
            let Some(fate) = fate else { continue };
            let way = ways.get(&at).map_or("", String::as_str);
            moves.extend(job.0.iter().map(|one| moved(one, fate.clone(), (now, way))));
        }
        Ok(moves)
    }

    /// Which way something visible went: a mail's address, or where a file lies.
    pub(super) fn way_of(&self, path: &str) -> String {
        if !path.starts_with("mail/") {
            return path.to_owned();
        }
        let mail = self.outbox.open(path).and_then(|mail| mail.read_all().ok());
        mail.and_then(|mail| crate::render::mail::recipient(&mail)).unwrap_or_default()
    }

    /// Whether what was made goes to a mail server; a signed paper is a file like any other.
    fn is_posted(&self, job: &Job, made: &Made) -> bool {
        let is_mail = job.0.first().is_some_and(|one| one.effect.is_mail());
        self.relay.is_some() && is_mail && made.signature.is_some()
    }

    /// Journals that clearing files are about to become visible, and what mails are signed with.
    fn announce(
        &self,
        chosen: &mut [Job],
        rendered: &[Result<Made, Fate>],
        staged: &[(usize, Vec<Staged>)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut moves: Vec<EffectMove> = Vec::new();
        for (at, _) in staged {
            let (Some(job), Some(Ok(made))) = (chosen.get_mut(*at), rendered.get(*at)) else {
                continue;
            };
            for one in &mut job.0 {
                let to = match (one.state, &made.signature) {
                    (EffectState::Made { .. }, _) => continue,
                    (_, Some(Signature::Kept(signature))) => {
                        let signature = *signature;
                        let (mail, again_at) = (digest_of(&made.parcels), now);
                        let at = made.at.unwrap_or_else(|| date_of(one));
                        let attempt = attempts(one.state);
                        one.state = EffectState::Made { mail, signature, at, attempt, again_at };
                        one.state
                    }
                    _ if one.effect.kind == EffectKind::Clearing => {
                        EffectState::Publishing { digest: digest_of(&made.parcels) }
                    }
                    _ => continue,
                };
                moves.push(EffectMove { id: one.effect.id(), to, at: now, note: String::new() });
            }
        }
        if moves.is_empty() {
            return Ok(());
        }
        self.commit_entries(now, vec![Entry::Effects(moves)])?;
        self.probe.reached(Step::Publishing);
        Ok(())
    }
}

/// The effects to carry out now, in the order they were owed.
///
/// A mail waits for the files of its file or case, and for earlier mails to the same; a stuck mail
/// holds no files. While nothing can be signed, mails and signed papers stay owed.
fn choose(
    pending: Vec<PendingEffect>,
    rules: &Rules,
    (now, validity): (Timestamp, Validity),
    is_turn: &dyn Fn(&PendingEffect) -> bool,
) -> Vec<PendingEffect> {
    let mut files_before: BTreeSet<Lane> = BTreeSet::new();
    let mut mails_before: BTreeSet<(Lane, String)> = BTreeSet::new();
    let mut bundles: BTreeSet<Digest> = BTreeSet::new();
    let mut chosen = Vec::new();
    for pending in pending {
        let lane = lane(&pending.effect);
        let signs = pending.effect.is_mail() || pending.effect.is_signed_paper();
        let unsigned = signs && validity == Validity::Ended;
        // One of a bundle stands for all of it.
        if let EffectState::Bundled { bundle, .. } = pending.state {
            if !unsigned && is_turn(&pending) && bundles.insert(bundle) {
                chosen.push(pending);
            }
            continue;
        }
        let due = match pending.state {
            EffectState::Owed => !unsigned && !waits(rules, &pending.effect),
            EffectState::Later { again_at, .. } => !unsigned && again_at <= now,
            EffectState::Made { again_at, .. } => again_at <= now,
            EffectState::Publishing { .. }
            | EffectState::Unsure
            | EffectState::Dead
            | EffectState::Delivered
            | EffectState::Halted { .. }
            | EffectState::Returned
            | EffectState::Bundled { .. } => false,
        };
        let free = if pending.effect.is_mail() {
            let first = mails_before.insert((lane.clone(), recipient(&pending.effect)));
            first && !files_before.contains(&lane)
        } else {
            files_before.insert(lane);
            true
        };
        let due = due && free && is_turn(&pending);
        let first = match pending.state {
            EffectState::Made { mail, .. } => due && bundles.insert(mail),
            _ => due,
        };
        if first {
            chosen.push(pending);
        }
        if chosen.len() >= BATCH {
            break;
        }
    }
    chosen
}

/// What goes in order: a file or case, or within the office one customer's fees.
type Lane = (EffectScope, String);

fn lane(effect: &Effect) -> Lane {
    let within = match effect.kind {
        EffectKind::FeeStatement { customer, .. } | EffectKind::FeeNotice { customer, .. } => {
            customer.to_string()
        }
        EffectKind::DueReminder { customer, due, .. } => format!("{customer} {due}"),
        EffectKind::FeeDebit { .. } => "debit".to_owned(),
        _ => String::new(),
    };
    (effect.scope, within)
}

/// Whom a mail is for; empty for the submitter.
fn recipient(effect: &Effect) -> String {
    match &effect.kind {
        EffectKind::OtherSide { customer } | EffectKind::Settled { customer } => {
            customer.to_string()
        }
        EffectKind::ContractNotice { customer, to } => format!("{customer} {}", to.name()),
        kind => kind.person().map(ToString::to_string).unwrap_or_default(),
    }
}

/// How far an effect has come with what became of it, and which way it went.
pub(super) fn moved(
    pending: &PendingEffect,
    fate: Fate,
    (now, way): (Timestamp, &str),
) -> EffectMove {
    let id = pending.effect.id();
    let (to, note) = match fate {
        Fate::Delivered => {
            info!(effect = %id, outcome = "delivered", "effect carried out");
            (EffectState::Delivered, way.to_owned())
        }
        Fate::Later(why) => {
            let attempt = attempts(pending.state).saturating_add(1);
            warn!(effect = %id, attempt, error = why, "an effect could not be carried out");
            if attempt >= ATTEMPTS_MAX {
                (halted(pending.state, Halt::Dead), why)
            } else {
                let doubled = BACKOFF_MS.saturating_mul(1_i64 << attempt.min(20).saturating_sub(1));
                let again_at = now.plus_ms(doubled.min(BACKOFF_MAX_MS));
                let to = match pending.state {
                    EffectState::Made { mail, signature, at, .. } => {
                        EffectState::Made { mail, signature, at, attempt, again_at }
                    }
                    _ => EffectState::Later { attempt, again_at },
                };
                (to, why)
            }
        }
        Fate::Never(why) => {
            error!(effect = %id, error = why, "an effect cannot be carried out; a person looks");
            (halted(pending.state, Halt::Dead), why)
        }
        Fate::Unsure(why) => {
            error!(effect = %id, error = why, "a mail may or may not be out; a person must look");
            (halted(pending.state, Halt::Unsure), why)
        }
    };
    EffectMove { id, to, at: now, note }
}

/// Waiting for a person; a signed mail keeps its signature.
const fn halted(state: EffectState, halt: Halt) -> EffectState {
    match (state, halt) {
        (EffectState::Made { mail, signature, at, .. }, halt) => {
            EffectState::Halted { mail, signature, at, halt }
        }
        (_, Halt::Unsure) => EffectState::Unsure,
        (_, Halt::Dead) => EffectState::Dead,
    }
}

/// How often it was tried to carry out what is in this state.
const fn attempts(state: EffectState) -> u16 {
    match state {
        EffectState::Later { attempt, .. } | EffectState::Made { attempt, .. } => attempt,
        _ => 0,
    }
}

/// What becomes of an answer that could not be made; signing may go again, and there may be room
/// again on the disk it is made on.
pub(super) fn fate_of(failed: &AnswerError) -> Fate {
    let why = chain(failed);
    let passes = matches!(failed, AnswerError::Sign(_)) || is_full(failed);
    if passes { Fate::Later(why) } else { Fate::Never(why) }
}

/// Whether a full disk is behind an error.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let full = |kind| matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
    let is_it = error.downcast_ref::<std::io::Error>().is_some_and(|one| full(one.kind()));
    is_it || error.source().is_some_and(is_full)
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::{AnswerError, Fate, fate_of};
    use crate::render;

    #[test]
    fn an_answer_waits_for_room_on_the_disk_and_for_nothing_that_never_comes() {
        let later = |failed: AnswerError| matches!(fate_of(&failed), Fate::Later(_));
        let full = || Error::from(ErrorKind::StorageFull);
        assert!(later(full().into()));
        assert!(later(render::Error::Write(full()).into()));
        assert!(!later(Error::from(ErrorKind::NotFound).into()));
    }
}
