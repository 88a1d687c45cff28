//! Virus scans: where a channel demands one, nothing of a file is read before its scanner said yes.
//!
//! A scanner that is away, late or unclear never lets a file through: the file waits, people are
//! told, and it goes on by itself. Read [`Desk::screened`] first.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};

use tracing::{error, info, warn};

use crate::domain::{Code, ReceiptNo, Timestamp};
use crate::ports::{Entry, FileRecord, FileVerdict, Screened, Screening, StoreError, Unscreened};
use crate::render::daily::{IncidentItem, IncidentKind};
use crate::workflow::{Antivirus, MailKind};

use super::flaws::{flaw_finding, virus_finding};
use super::judge::{BlobReader, Judged};
use super::{Desk, Rulebook};

/// How long a scanner that is away is left alone at least, and at most.
const AGAIN_MS: (i64, i64) = (5_000, 600_000);
/// How many times as long as it kept us waiting: one that hangs stops nobody who needs no scan for
/// more than a tenth of the time.
const AGAIN_TIMES: i64 = 10;

/// Files that wait for the virus scanner, and why.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    waiting: BTreeSet<ReceiptNo>,
    away: Option<ScannerAway>,
}

/// Since when and why the scanner does not answer, and when it is asked next.
#[derive(Debug, Clone)]
pub(super) struct ScannerAway {
    since: Timestamp,
    why: String,
    again_at: Timestamp,
}

impl Desk {
    /// Judges a file by `read`, once a virus scanner has looked into it where its channel demands
    /// that. A file that waits for the scanner has no verdict.
    pub(super) fn screened(
        &self,
        file: &FileRecord,
        read: impl FnOnce() -> Result<Option<Judged>, StoreError>,
    ) -> Result<Option<Judged>, StoreError> {
        let unread = file.verdict == FileVerdict::Received && file.flaw.is_none();
        if !unread || !is_scanned(&self.rulebook(), &file.submitter.channel) {
            return read();
        }
        let receipt = file.receipt;
        match self.ask_scanner(file)? {
            Ok(Screening { by, found: None }) => {
                let seen = Entry::Screened(Box::new(Screened { receipt, by, found: None }));
                match read()? {
                    Some(mut judged) => {
                        judged.before.insert(0, seen);
                        Ok(Some(judged))
                    }
                    // A paper that people key in.
                    None => self.commit_entries(self.clock.now(), vec![seen]).map(|()| None),
                }
            }
            Ok(Screening { by, found: Some(name) }) => {
                warn!(file = %receipt, code = Code::Virus.as_str(), "a virus was found; put aside");
                let told = virus_finding(&name);
                let found = Some(name);
                let seen = Entry::Screened(Box::new(Screened { receipt, by, found }));
                let refused = self.refuse(file, &[told], MailKind::RejectedFile)?;
                Ok(Some(Judged { before: vec![seen], ..refused }))
            }
            Err(Unscreened::TooLong) => {
                let code = Code::Size;
                let refused = self.refuse(file, &[flaw_finding(code)], MailKind::RejectedFile)?;
                Ok(Some(Judged { before: vec![Entry::Flawed { receipt, code }], ..refused }))
            }
            Err(Unscreened::Away(_)) => Ok(None),
        }
    }

    /// Asks the scanner about a file, and notes whether it was there. One that is away is not
    /// asked about every file of a burst.
    fn ask_scanner(&self, file: &FileRecord) -> Result<Result<Screening, Unscreened>, StoreError> {
        let now = self.clock.now();
        let mut unseen = self.unseen();
        let away = unseen.away.clone().filter(|away| away.again_at > now);
        if let Some(ScannerAway { why, .. }) = away {
            unseen.waiting.insert(file.receipt);
            return Ok(Err(Unscreened::Away(why)));
        }
        // Pages that tell of it must not wait as long as we may.
        drop(unseen);
        let blob = self.blobs.open(file.digest);
        let blob = blob.map_err(|error| StoreError::Poisoned(error.to_string()))?;
        let answer = self.screener.screen(&mut BlobReader::new(blob), file.bytes);
        let mut unseen = self.unseen();
        match &answer {
            Err(Unscreened::Away(why)) => {
                unseen.waiting.insert(file.receipt);
                if unseen.away.is_none() {
                    error!(error = why, "the virus scanner does not answer; files wait");
                }
                let since = unseen.away.as_ref().map_or(now, |away| away.since);
                let over = self.clock.now();
                let kept = over.ms().saturating_sub(now.ms()).saturating_mul(AGAIN_TIMES);
                let again_at = over.plus_ms(kept.clamp(AGAIN_MS.0, AGAIN_MS.1));
                unseen.away = Some(ScannerAway { since, why: why.clone(), again_at });
            }
            Ok(_) | Err(Unscreened::TooLong) => {
                unseen.waiting.remove(&file.receipt);
                if unseen.away.take().is_some() {
                    info!("the virus scanner is back");
                }
            }
        }
        Ok(answer)
    }

    /// Files that wait for the scanner, once it is time to ask it again.
    pub fn unscreened(&self) -> Vec<ReceiptNo> {
        let now = self.clock.now();
        let unseen = self.unseen();
        let later = unseen.away.as_ref().is_some_and(|away| away.again_at > now);
        if later { Vec::new() } else { unseen.waiting.iter().copied().collect() }
    }

    /// Whether a file waits for the scanner.
    pub fn waits_for_scanner(&self, receipt: ReceiptNo) -> bool {
        self.unseen().waiting.contains(&receipt)
    }

    /// Whether any does.
    pub fn any_waits_for_scanner(&self) -> bool {
        !self.unseen().waiting.is_empty()
    }

    /// What a person must know about a scanner that does not answer: since when, and the sentence.
    pub(super) fn scanner_told(&self) -> Option<(Timestamp, String)> {
        let unseen = self.unseen();
        let away = unseen.away.as_ref().filter(|_| !unseen.waiting.is_empty())?;
        let (since, count) = (away.since.japanese(), unseen.waiting.len());
        let text = format!(
            "{since} からウイルス検査ができず、{count}件のファイルが待っています（{}）。\
             検査ができるようになれば自動で進みます。",
            away.why
        );
        Some((away.since, text))
    }

    /// The same for the report of a day.
    pub(super) fn scanner_incident(&self) -> Option<IncidentItem> {
        let (since, text) = self.scanner_told()?;
        let (kind, name) = (IncidentKind::Scanner, "clamd".to_owned());
        Some(IncidentItem { kind, name, text, since: Some(since) })
    }

    fn unseen(&self) -> MutexGuard<'_, Unseen> {
        self.unseen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing of a channel's files may be read unscanned.
pub(super) fn is_scanned(rules: &Rulebook, channel: &str) -> bool {
    let own = rules.channels.get(channel);
    // What is tried out is read as if it were meant.
    let all = own.into_iter().chain(rules.judged_by(channel));
    all.into_iter().any(|one| one.antivirus == Antivirus::Required)
}
