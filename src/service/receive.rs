//! Taking a file in: the first commit makes it ours, the second says what becomes of it.

use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use crate::domain::{Code, Digest, ReceiptNo, Submitter, Timestamp, UserId};
use crate::ports::{
    Batch, Commit, CommitError, Entry, FileRecord, FileVerdict, Received, StoreError,
};
use crate::workflow::Brings;

use super::Desk;
use super::manifests::held_against_manifest;

/// For how long the same content is held as sent twice. Its rows are compared for longer.
const SAME_CONTENT_DAYS: i64 = 90;

/// A file whose private copy is kept and durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The name of its claim.
    pub intake: String,
    /// The channel it came by.
    pub channel: String,
    /// The submitter's folder.
    pub submitter: String,
    /// By whose hand it came.
    pub hand: Hand,
    /// Its name, safe to show.
    pub name: String,
    /// Its bytes.
    pub digest: Digest,
    /// Their number.
    pub bytes: u64,
    /// What is wrong with the file itself, whatever it holds.
    pub flaw: Option<Flaw>,
    /// What lay beside it.
    pub beside: Beside,
}

/// What lay beside a dropped file, to hold its bytes against. What was there and could not be had
/// is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// Its checksum, as `sha256sum` writes it.
    pub sha256: Option<Vec<u8>>,
    /// Its manifest.
    pub manifest: Option<Vec<u8>>,
}

/// By whose hand a file came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hand {
    /// The owner of a dropped file, as the file system numbers people.
    Owner(u32),
    /// A person who was logged in.
    Person(UserId),
}

/// What can be wrong with a file whatever it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Its end never came.
    Incomplete,
    /// It has a second name, through which it could be changed.
    Linked,
    /// It has more bytes than are taken in.
    TooLong,
    /// It is not the file its manifest or checksum speaks of.
    Manifest,
    /// It belongs to nobody who is listed for the folder.
    Owner,
    /// Its disk does not give its bytes.
    Unreadable,
}

impl Desk {
    /// A new claim's name: never the same twice, and sorted as it was given, so that files left
    /// by a crash are taken up in the order they came.
    pub fn new_intake(&self) -> String {
        let mut random = [0; 8];
        self.random.fill(&mut random);
        let count = self.intakes.fetch_add(1, Ordering::Relaxed);
        format!("{:012x}{count:08x}{:016x}", self.clock.now().ms(), u64::from_be_bytes(random))
    }

    /// Makes files ours: each gets its receipt number, and all are durable together.
    pub fn receive(&self, arrivals: Vec<Arrival>) -> Result<Vec<ReceiptNo>, StoreError> {
        let _one_by_one = self.receiving();
        self.receive_in_turn(arrivals)
    }

    /// Held while files are compared with those that came before and made ours: of two that come
    /// at once with the same content, one must see the other.
    pub(super) fn receiving(&self) -> MutexGuard<'_, ()> {
        self.receiving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same for whoever holds [`Desk::receiving`].
    pub(super) fn receive_in_turn(
        &self,
        arrivals: Vec<Arrival>,
    ) -> Result<Vec<ReceiptNo>, StoreError> {
        let (now, rules) = (self.clock.now(), self.rulebook());
        let mut entries = Vec::new();
        let mut receipts = Vec::new();
        let mut earlier: Vec<(String, String, Digest, ReceiptNo)> = Vec::new();
        for arrival in arrivals {
            let Some(submitter) = rules.submitter(&arrival.channel, &arrival.submitter) else {
                // The list of submitters lost this one between claim and receipt: the claim stays
                // and is taken up when it is listed again.
                continue;
            };
            let receipt = self.store.take_receipt(now.date())?;
            let held = held_against_manifest(&rules, &arrival, receipt);
            let flaw = held.flaw.map(Flaw::code);
            // The office may go back to rules it had before; of a bounce the mail counts; a trial
            // takes nothing in.
            let may_repeat = self.is_rule(&rules, submitter, &arrival.name)
                || matches!(rules.brings(&arrival.channel), Brings::Bounces | Brings::Trials);
            let same_as = if flaw.is_some() || may_repeat {
                None
            } else {
                let here = earlier.iter().find(|(channel, folder, digest, _)| {
                    (channel, folder, digest)
                        == (&arrival.channel, &arrival.submitter, &arrival.digest)
                });
                here.map(|(.., receipt)| *receipt).or_else(|| {
                    self.store
                        .same_content(&arrival.channel, &arrival.submitter, arrival.digest)
                        .filter(|file| {
                            now.date().days_since(file.received_at.date()) <= SAME_CONTENT_DAYS
                        })
                        .map(|file| file.receipt)
                })
            };
            if same_as.is_none() && flaw.is_none() && !may_repeat {
                let Arrival { channel, submitter, digest, .. } = &arrival;
                earlier.push((channel.clone(), submitter.clone(), *digest, receipt));
            }
            let submitted_by = arrival.hand.person(submitter);
            entries.push(Entry::Received(Box::new(Received {
                receipt,
                intake: arrival.intake,
                submitter: submitter.clone(),
                submitted_by,
                name: arrival.name,
                digest: arrival.digest,
                bytes: arrival.bytes,
                at: now,
                same_as,
                flaw,
            })));
            entries.extend(held.entry);
            receipts.push(receipt);
        }
        self.commit_entries(now, entries)?;
        Ok(receipts)
    }

    /// How many files of a submitter are not done with: not judged, or with cases that go on.
    pub fn open_files(&self, channel: &str, folder: &str) -> u64 {
        let open = Cell::new(0);
        let count = |file: &FileRecord| {
            use FileVerdict::{Keying, Opening, Received};
            let judged = !matches!(file.verdict, Received | Opening | Keying);
            let goes_on = file.open_cases > 0 || !judged;
            if goes_on && file.submitter.channel == channel && file.submitter.folder == folder {
                open.set(open.get() + 1);
            }
            // Counted, not kept: there may be very many.
            false
        };
        self.store.files(&count, usize::MAX);
        open.get()
    }

    /// Tells that no file is claimed for now, and why; or that it goes on.
    pub fn pause_intake(&self, why: Option<String>) {
        *self.intake_paused.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Why no file is claimed for now.
    pub(super) fn intake_pause(&self) -> Option<String> {
        self.intake_paused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that claim folders reached their last places.
    pub fn disposed(&self, receipts: Vec<ReceiptNo>) -> Result<(), StoreError> {
        self.commit_entries(self.clock.now(), vec![Entry::Disposed(receipts)])
    }

    pub(super) fn commit_entries(
        &self,
        at: Timestamp,
        entries: Vec<Entry>,
    ) -> Result<(), StoreError> {
        match self.store.commit(Batch { commit: Commit { at, entries }, expect: Vec::new() }) {
            Ok(()) => Ok(()),
            Err(CommitError::Store(failed)) => Err(failed),
            Err(CommitError::Conflict(case)) => {
                Err(StoreError::Poisoned(format!("a batch without expectations met case {case}")))
            }
        }
    }
}

impl Hand {
    /// The person, where that is known.
    fn person(self, submitter: &Submitter) -> Option<UserId> {
        match self {
            Self::Person(user) => Some(user),
            Self::Owner(uid) => {
                let owner = submitter.owners.iter().find(|(owner, _)| *owner == uid);
                owner.map(|(_, user)| user.clone())
            }
        }
    }
}

impl Flaw {
    const fn code(self) -> Code {
        match self {
            Self::Incomplete => Code::Incomplete,
            Self::Linked => Code::Link,
            Self::TooLong => Code::Size,
            Self::Manifest => Code::Manifest,
            Self::Owner => Code::Owner,
            Self::Unreadable => Code::Io,
        }
    }
}
