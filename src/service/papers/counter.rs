//! Papers handed in over the counter and not scanned (窓口の書面): opened by a clerk, who writes the
//! receipt number onto the paper; from then on keyed in like any other paper.
//!
//! What is received as their file is a slip ([`CounterSlip`]), so that number, verdict and answer
//! come as with every file. Read [`Desk::open_counter_paper`] first.

use crate::domain::{
    CounterSlip, Person, ReceiptNo, SHEETS_MAX, Scan, Submitter, Timestamp, UserNumber,
    may_have_come,
};
use crate::ports::{FileRecord, KeyingMove, KeyingRecord, StoreError};
use crate::workflow::takes_pictures_alone;

use super::super::submit::{Purpose, Sent, SubmitError};
use super::Desk;

/// What the seal of a slip is for.
const PURPOSE: &str = "counter slip";
/// No slip has more bytes.
const SLIP_BYTES_MAX: u64 = 1_024;

/// What a clerk says of a paper they took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterPaper {
    /// Made by [`Desk::new_intake`] for the form: sent again, it is one paper.
    pub ticket: String,
    /// Who handed it in.
    pub customer: UserNumber,
    /// How many sheets it has.
    pub sheets: u32,
    /// When it was handed in.
    pub received: Timestamp,
}

/// Why a paper of the counter is not opened.
#[derive(Debug, thiserror::Error)]
pub enum CounterError {
    /// The person keys in no papers, or their branch is not listed for any.
    #[error("the person's branch takes no papers from them")]
    NotHere,
    /// Nobody of this number is in the register.
    #[error("there is no such customer")]
    Customer,
    /// No sheet, or far too many.
    #[error("a paper has 1 to {SHEETS_MAX} sheets")]
    Sheets,
    /// It cannot have come then.
    #[error("it cannot have come then")]
    Time,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Desk {
    /// As whom a person opens papers of the counter: their branch, where it is listed for papers
    /// and they hold the role of those who key them in.
    pub fn may_open_paper(&self, person: &Person) -> Option<Submitter> {
        let rules = self.rulebook();
        let takes = |one: &&Submitter| {
            let channel = rules.channels.get(&one.channel);
            let keying = channel.and_then(|channel| channel.keying.as_ref());
            person.works_at(one.desk) && keying.is_some_and(|keying| person.has(&keying.role))
        };
        let listed = rules.submitters.iter().filter(takes);
        // Where both take papers, those without a picture come the way of those with one.
        listed.max_by_key(|one| takes_pictures_alone(&one.channel)).cloned()
    }

    /// Opens a paper that was handed in over the counter: it is ours, has a receipt number and
    /// waits to be keyed in. A form that is sent again leads to the same paper.
    pub fn open_counter_paper(
        &self,
        person: &Person,
        paper: &CounterPaper,
    ) -> Result<ReceiptNo, CounterError> {
        let submitter = self.may_open_paper(person).ok_or(CounterError::NotHere)?;
        let customers = self.store.customers();
        // Where there is no register, no rule asks for one.
        let is_known = !customers.is_kept() || customers.get(paper.customer).is_some();
        if !is_known {
            return Err(CounterError::Customer);
        }
        if !(1..=SHEETS_MAX).contains(&paper.sheets) {
            return Err(CounterError::Sheets);
        }
        let now = self.clock.now();
        if paper.received > now || !may_have_come(paper.received, now) {
            return Err(CounterError::Time);
        }
        let CounterPaper { ticket, customer, sheets, received } = paper.clone();
        let by = person.id.clone();
        let slip = CounterSlip { customer, sheets, received, by, ticket: ticket.clone() };
        let text = slip.text(&self.slip_seal(&slip));
        let digest = self.keep(text.as_bytes())?;
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let (name, purpose) = (format!("窓口の書面_{customer}.txt"), Purpose::Request);
        let sent = Sent { ticket, name, digest, bytes, purpose };
        let taken = self.take_sent(person, submitter, sent);
        let receipt = taken.map_err(|failed| match failed {
            SubmitError::Store(failed) => CounterError::Store(failed),
            SubmitError::Authority | SubmitError::NotListed => CounterError::NotHere,
        })?;
        self.judge_sent(receipt)?;
        Ok(receipt)
    }

    /// What is noted of a file that is a slip of ours; nothing of any other.
    pub(in crate::service) fn opened_by_slip(
        &self,
        receipt: ReceiptNo,
        bytes: &[u8],
    ) -> Option<KeyingMove> {
        let text = std::str::from_utf8(bytes).ok()?;
        let slip = CounterSlip::read(text)?;
        let is_ours = CounterSlip::is_sealed(text, &self.slip_seal(&slip));
        let (scan, flaw, forms, false_marks) = (Scan::default(), None, Vec::new(), 0);
        is_ours.then_some(KeyingMove::Opened { receipt, scan, flaw, forms, false_marks })
    }

    /// The slip of a paper that has no picture.
    pub(in crate::service) fn slip_of(
        &self,
        file: &FileRecord,
        record: &KeyingRecord,
    ) -> Option<CounterSlip> {
        if !record.is_counter() || file.bytes > SLIP_BYTES_MAX {
            return None;
        }
        let bytes = self.blobs.open(file.digest).and_then(|blob| blob.read_all()).ok()?;
        CounterSlip::read(std::str::from_utf8(&bytes).ok()?)
    }

    /// Whether a file is a paper of the counter.
    pub(in crate::service) fn is_counter(&self, file: &FileRecord) -> bool {
        let record = file.paper.as_ref().and_then(|_| self.store.keying(file.receipt));
        record.is_some_and(|record| record.is_counter())
    }

    /// For whom a paper is, by the form on it or by its slip.
    pub(in crate::service) fn customer_of(
        &self,
        file: &FileRecord,
        record: &KeyingRecord,
    ) -> Option<UserNumber> {
        let form = record.forms.first().map(|(_, mark)| mark.customer);
        form.or_else(|| self.slip_of(file, record).map(|slip| slip.customer))
    }

    fn slip_seal(&self, slip: &CounterSlip) -> [u8; 32] {
        self.secrets.seal(PURPOSE, slip.message().as_bytes())
    }
}
