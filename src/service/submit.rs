//! Files customers send by the pages, outside the bank there being no shared folder; and sheets
//! that people of the bank fill in there.
//!
//! A sent file becomes ours and is judged like a dropped one; what differs is that its person is
//! known, and that there is no claim folder to move away.

use tracing::info;

use crate::domain::{Act, Digest, Organisation, Person, ReceiptNo, Submitter};
use crate::ports::{FileRecord, FileVerdict, Step, StoreError};
use crate::workflow::Brings;

use super::receive::{Arrival, Beside, Hand};
use super::{Desk, shown_name};

/// The channel customers hand in by.
pub(super) const CUSTOMERS: &str = "customers";

/// What a file is sent for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To be taken in.
    #[default]
    Request,
    /// To be told what would become of it (導入テスト).
    Trial,
}

/// A file whose bytes are among the kept ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Made by [`Desk::new_intake`] for the form it was sent with: sent again, it is one file.
    pub ticket: String,
    /// Its name as the browser told it.
    pub name: String,
    /// Its bytes.
    pub digest: Digest,
    /// Their number.
    pub bytes: u64,
    /// What it is sent for.
    pub purpose: Purpose,
}

/// Why a file is not taken in from a person.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// They may not hand in anything.
    #[error("the person does not operate")]
    Authority,
    /// Their organisation is not listed as one that submits.
    #[error("the organisation is not listed in submitters.csv")]
    NotListed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Desk {
    /// As whom a person hands in: a customer's, who operates on some kind at least. Which kinds is
    /// seen when the file is judged.
    pub fn may_submit(&self, person: &Person) -> Result<Submitter, SubmitError> {
        let Organisation::Customer(user) = person.organisation else {
            return Err(SubmitError::Authority);
        };
        if !person.has_act(Act::Operate) {
            return Err(SubmitError::Authority);
        }
        let rules = self.rulebook();
        rules.submitter(CUSTOMERS, user.as_str()).cloned().ok_or(SubmitError::NotListed)
    }

    /// Makes a sent file ours. From then on it is not lost, whatever happens; a form that is sent
    /// again, because its answer was lost or somebody clicked twice, leads to the same file.
    pub fn submit(&self, person: &Person, sent: Sent) -> Result<ReceiptNo, SubmitError> {
        let submitter = match sent.purpose {
            Purpose::Request => self.may_submit(person)?,
            Purpose::Trial => self.may_try(person)?,
        };
        self.take_sent(person, submitter, sent)
    }

    /// As whom a person tries out files: whoever may hand them in may, where the institution has a
    /// channel for it.
    pub fn may_try(&self, person: &Person) -> Result<Submitter, SubmitError> {
        let customer = self.may_submit(person)?;
        let rules = self.rulebook();
        let mut trials = rules.channels.values().filter(|one| one.brings == Brings::Trials);
        let channel = trials.next().ok_or(SubmitError::NotListed)?;
        rules.submitter(&channel.name, &customer.folder).cloned().ok_or(SubmitError::NotListed)
    }

    /// As whom a person of the bank hands in what they fill in on a page: their branch, where it
    /// is listed for contracts.
    pub fn may_hand_in(&self, person: &Person) -> Result<Submitter, SubmitError> {
        if matches!(person.organisation, Organisation::Customer(_)) {
            return Err(SubmitError::Authority);
        }
        let rules = self.rulebook();
        let mut listed = rules.submitters.iter().filter(|one| {
            rules.brings(&one.channel) == Brings::Contracts && person.works_at(one.desk)
        });
        listed.next().cloned().ok_or(SubmitError::NotListed)
    }

    /// Hands in a sheet that was filled in on a page, the same way as one that is dropped: it
    /// becomes a case in which others decide. `ticket` is the form's, as in [`Sent`].
    pub fn hand_in(
        &self,
        person: &Person,
        (ticket, name, text): (String, &str, &str),
    ) -> Result<ReceiptNo, SubmitError> {
        let submitter = self.may_hand_in(person)?;
        let digest = self.keep(text.as_bytes())?;
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let (name, purpose) = (name.to_owned(), Purpose::Request);
        let sent = Sent { ticket, name, digest, bytes, purpose };
        self.take_sent(person, submitter, sent)
    }

    pub(super) fn take_sent(
        &self,
        person: &Person,
        submitter: Submitter,
        sent: Sent,
    ) -> Result<ReceiptNo, SubmitError> {
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        self.blobs.sync().map_err(failed)?;
        self.probe.reached(Step::CopyKept);
        let _one_by_one = self.receiving();
        let known = self.store.newest_files(&|file| file.intake == sent.ticket, 0, 1).pop();
        let intake = match known {
            Some(file)
                if file.digest == sent.digest && file.submitter.channel == submitter.channel =>
            {
                return Ok(file.receipt);
            }
            // The browser's way back leads to a form that was used; this is another file, or one
            // that was tried out before.
            Some(_) => self.new_intake(),
            None => sent.ticket,
        };
        let name = sent.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let arrival = Arrival {
            intake,
            channel: submitter.channel,
            submitter: submitter.folder,
            hand: Hand::Person(person.id.clone()),
            name: shown_name(name),
            digest: sent.digest,
            bytes: sent.bytes,
            flaw: None,
            beside: Beside::default(),
        };
        self.probe.reached(Step::ReceiveReady);
        let receipt = self.receive_in_turn(vec![arrival])?.pop().ok_or(SubmitError::NotListed)?;
        self.probe.reached(Step::Received);
        info!(file = %receipt, actor = %person.id, "a file was sent by the pages");
        Ok(receipt)
    }

    /// Carries a sent file to its verdict. What a crash interrupts is taken up at the next start.
    pub fn judge_sent(&self, receipt: ReceiptNo) -> Result<(), StoreError> {
        for file in self.judge_all(&[receipt])? {
            info!(file = %file.receipt, outcome = file.verdict.name(), "file judged");
            // One that waits for the virus scanner is judged later.
            if !file.disposed && file.verdict != FileVerdict::Received {
                self.disposed(vec![file.receipt])?;
                self.probe.reached(Step::Disposed);
            }
        }
        Ok(())
    }

    /// The customer's person who sent a file, where that is known: it may hold only kinds they
    /// operate on. Whoever is with the bank keys in for others.
    pub(super) fn operator(&self, file: &FileRecord) -> Option<Person> {
        let person = self.store.user(file.submitted_by.as_ref()?)?.person;
        matches!(person.organisation, Organisation::Customer(_)).then_some(person)
    }
}
