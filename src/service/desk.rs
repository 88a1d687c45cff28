//! The desk: everything a use case works with.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use crate::domain::{Digest, Timestamp};
use crate::ports::{
    Blobs, Clock, Hasher, Issuer, Outbox, Probe, Random, Relay, Scans, Screener, Secrets, Signer,
    Store, Strikes, Workbooks,
};
use crate::workflow::{Definition, Source, load_with_tables};

use super::alike::Places;
use super::links::Links;
use super::people::People;
use super::post::Away;
use super::progress::InHand;
use super::reload::{RuleSource, Standing};
use super::rulebook::Rulebook;
use super::screen::Unseen;

/// Everything a use case works with. Built once by `app`, shared by spool, web and commands.
#[derive(Debug)]
pub struct Desk {
    /// The journal and its state.
    pub store: Arc<dyn Store>,
    /// Originals, record files, findings.
    pub blobs: Arc<dyn Blobs>,
    /// The way out.
    pub outbox: Arc<dyn Outbox>,
    /// The mail server; without one, mails are done when they lie in the outbox.
    pub relay: Option<Arc<dyn Relay>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Password hashes.
    pub hasher: Arc<dyn Hasher>,
    /// Seals of links and forms.
    pub secrets: Arc<dyn Secrets>,
    /// Signatures of mails.
    pub signer: Arc<dyn Signer>,
    /// Certificates of users.
    pub issuer: Arc<dyn Issuer>,
    /// Scanned papers.
    pub scans: Arc<dyn Scans>,
    /// Workbooks of spreadsheets.
    pub workbooks: Arc<dyn Workbooks>,
    /// Viruses.
    pub screener: Arc<dyn Screener>,
    /// How often a file was begun and stopped the program.
    pub strikes: Arc<dyn Strikes>,
    /// Told at every boundary between steps.
    pub probe: Arc<dyn Probe>,
    /// The bank's own rules in force; see [`Desk::rulebook`].
    rulebook: RwLock<Arc<Rulebook>>,
    pub(super) links: Links,
    pub(super) people: RwLock<Arc<People>>,
    pub(super) attempts: [Mutex<()>; 16],
    pub(super) intakes: AtomicU32,
    /// Held while files are made ours.
    pub(super) receiving: Mutex<()>,
    /// Held while files are judged: each is held against those before it.
    pub(super) judging: Mutex<()>,
    /// Files that wait for the virus scanner.
    pub(super) unseen: Mutex<Unseen>,
    /// Held while somebody's reading of a paper is held against those before it.
    pub(super) keying: Mutex<()>,
    /// The file that is being read.
    pub(super) in_hand: Mutex<Option<InHand>>,
    /// What papers ask for that were taken in, to hold files against.
    pub(super) papers: Mutex<Arc<Places>>,
    /// The people every incident was last held against.
    pub(super) incidents_seen: Mutex<Option<Arc<People>>>,
    /// What was last told of the certificate of mails: which one, and how near its end.
    pub(super) certificate_told: Mutex<Option<(Digest, usize)>>,
    /// How many days the certificate of the pages is still good for, where that is known.
    pub(super) pages_left: Mutex<Option<i64>>,
    /// Since when and why the mail server takes nothing.
    pub(super) server_away: Mutex<Option<Away>>,
    /// Why no file is claimed for now.
    pub(super) intake_paused: Mutex<Option<String>>,
    /// When schedules that failed are tried again, by their names.
    pub(super) schedule_again: Mutex<BTreeMap<String, Timestamp>>,
    /// The people every waiting case was last held against.
    pub(super) staffed_with: Mutex<Option<Arc<People>>>,
    definitions: Mutex<BTreeMap<Digest, Arc<Definition>>>,
    /// Where rules come from; none where they never change.
    pub(super) source: OnceLock<Arc<dyn RuleSource>>,
    /// How the rules on disk stand to those in force.
    pub(super) standing: RwLock<Arc<Standing>>,
    /// Held while rules are made, so that the newest come into force last.
    pub(super) reloading: Mutex<()>,
}

/// The ports a desk is built from.
#[derive(Debug)]
pub struct Ports {
    /// The journal and its state.
    pub store: Arc<dyn Store>,
    /// Originals, record files, findings.
    pub blobs: Arc<dyn Blobs>,
    /// The way out.
    pub outbox: Arc<dyn Outbox>,
    /// The mail server; without one, mails are done when they lie in the outbox.
    pub relay: Option<Arc<dyn Relay>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Password hashes.
    pub hasher: Arc<dyn Hasher>,
    /// Seals of links and forms.
    pub secrets: Arc<dyn Secrets>,
    /// Signatures of mails.
    pub signer: Arc<dyn Signer>,
    /// Certificates of users.
    pub issuer: Arc<dyn Issuer>,
    /// Scanned papers.
    pub scans: Arc<dyn Scans>,
    /// Workbooks of spreadsheets.
    pub workbooks: Arc<dyn Workbooks>,
    /// Viruses.
    pub screener: Arc<dyn Screener>,
    /// How often a file was begun and stopped the program.
    pub strikes: Arc<dyn Strikes>,
    /// Told at every boundary between steps.
    pub probe: Arc<dyn Probe>,
}

impl Desk {
    /// A desk over these ports and rules.
    pub fn new(ports: Ports, rulebook: Rulebook) -> Self {
        Self {
            store: ports.store,
            blobs: ports.blobs,
            outbox: ports.outbox,
            relay: ports.relay,
            clock: ports.clock,
            random: ports.random,
            hasher: ports.hasher,
            secrets: ports.secrets,
            signer: ports.signer,
            issuer: ports.issuer,
            scans: ports.scans,
            workbooks: ports.workbooks,
            screener: ports.screener,
            strikes: ports.strikes,
            probe: ports.probe,
            rulebook: RwLock::new(Arc::new(rulebook)),
            links: Links::default(),
            people: RwLock::default(),
            attempts: std::array::from_fn(|_| Mutex::default()),
            intakes: AtomicU32::new(0),
            receiving: Mutex::default(),
            judging: Mutex::default(),
            unseen: Mutex::default(),
            keying: Mutex::default(),
            in_hand: Mutex::default(),
            papers: Mutex::default(),
            incidents_seen: Mutex::default(),
            certificate_told: Mutex::default(),
            pages_left: Mutex::default(),
            server_away: Mutex::default(),
            intake_paused: Mutex::default(),
            schedule_again: Mutex::default(),
            staffed_with: Mutex::default(),
            definitions: Mutex::default(),
            source: OnceLock::new(),
            standing: RwLock::default(),
            reloading: Mutex::default(),
        }
    }

    /// The bank's own rules in force at this moment.
    ///
    /// They may be replaced while the program runs: a use case takes them once at its start, so
    /// that one decision sees one rulebook.
    pub fn rulebook(&self) -> Arc<Rulebook> {
        Arc::clone(&self.rulebook.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other rules in force; what is under way ends by those it began with.
    pub fn put_in_force(&self, rulebook: Rulebook) {
        let mut in_force = self.rulebook.write().unwrap_or_else(PoisonError::into_inner);
        *in_force = Arc::new(rulebook);
    }

    /// The definition with this hash: one in force, or one kept for the cases that run by it.
    pub fn definition(&self, hash: Digest) -> Option<Arc<Definition>> {
        if let Some(flow) = self.rulebook().flow_by_hash(hash) {
            return Some(Arc::clone(&flow.definition));
        }
        let mut kept = self.definitions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(definition) = kept.get(&hash) {
            return Some(Arc::clone(definition));
        }
        let text = self.blobs.open(hash).and_then(|blob| blob.read_all()).ok()?;
        let Source { text, tables, .. } = Source::parse(std::str::from_utf8(&text).ok()?)?;
        let definition = load_with_tables("kept.yaml", &text, &tables).ok()?;
        let definition = Arc::new(definition);
        kept.insert(hash, Arc::clone(&definition));
        Some(definition)
    }
}
