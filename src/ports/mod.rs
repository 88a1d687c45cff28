//! The few traits the core needs from the world, and the plain values that pass through them.
//!
//! Ports are synchronous and object-safe, so the core stays readable and can run under a
//! simulator; slow calls go through `spawn_blocking`. Read [`Store`] first.

mod blobs;
mod claims;
mod clock;
mod contracts;
mod entry;
mod fees;
mod file;
mod issuer;
mod keying;
mod obligation;
mod office;
mod outages;
mod outbox;
mod probe;
mod relay;
mod returned;
mod scans;
mod screener;
mod secrets;
mod signer;
mod stated;
mod store;
mod strikes;
mod user;
mod workbooks;
mod worklist;

pub use blobs::{Blob, BlobWriter, Blobs, Scratch};
pub use claims::{
    ClaimFilter, ClaimRecord, ClaimStep, ClaimVerb, LineResult, ListedClaims, Recorded, RowAnswer,
    RowResult, Settlement, StepBy,
};
pub use clock::{Clock, Random};
pub use contracts::{ContractStep, ContractVerb, Contracted};
pub use entry::{
    Checked, Commit, EffectMove, EffectState, Entry, Halt, InForce, Moved, OpenedFlow, OpenedRow,
    Published, PublishedFile, Received, RowSeed, Screened, Staffed,
};
pub use fees::{Billed, BilledMonth, KeptBill};
pub use file::{FileRecord, FileVerdict};
pub use issuer::{Bundle, ClientCertificate, IssueError, Issued, Issuer, Method};
pub use keying::{KeyingMove, KeyingRecord, Reading, Sidecar};
pub use obligation::ObligationMet;
pub use office::{Milestone, StillUnkept, Trouble, Unkept};
pub use outages::{OutageMove, OutageRecord};
pub use outbox::{Body, Fate, Outbox, Parcel, Staged};
pub use probe::{NoProbe, Probe, Step};
pub use relay::{Closed, Relay};
pub use returned::{Returned, ReturnedMail};
pub use scans::{NoScans, Scans};
pub use screener::{NoScreener, Screener, Screening, Unscreened};
pub use secrets::{Hasher, Mac, Secrets};
pub use signer::{Certificate, SignError, Signer, Validity, WARNED_DAYS};
pub use stated::{Misstated, Stated};
pub use store::{
    Batch, CaseFilter, CommitError, Counts, Expect, KeyBook, NoticeRecord, PendingEffect, Reviews,
    Stage, Store, StoreError, Task, Work, Worker,
};
pub use strikes::{NoStrikes, Strikes};
pub use user::{
    Access, Admission, Credentials, Habits, Lock, PasswordHash, PasswordKind, Tried, UserChange,
    UserRecord,
};
pub use workbooks::{NoWorkbooks, Workbooks};
pub use worklist::{
    PaperReading, PaperVote, PrintRecord, PrintedTask, SheetRecord, SheetTask, TaskEnd,
    WorklistMove,
};
