//! Values and rules of the densai desk: yen, dates, parties, requests, findings, people.
//!
//! Pure. It knows nothing of files, clocks, formats or stores; time comes in as a value.
//! Read [`RecordRequest`] first: it is what the whole product carries.

#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm
)]

mod absence;
mod amount;
mod authority;
pub mod calendar;
mod case_id;
mod center_error;
mod claim;
mod customer;
mod date;
mod digest;
mod directory;
pub mod fees;
mod finding;
mod form_mark;
pub mod findings;
mod hold;
pub mod invisible;
mod journal_head;
mod keying;
mod mismatch;
mod notice_no;
mod novelty;
mod origin;
mod outage;
mod paper_decision;
mod paper_time;
mod party;
mod person;
pub mod profile;
mod request;
pub mod rules;
mod sameness;
mod scan;
mod sequence;
mod slip;
pub mod spreadsheet;
mod task_mark;
mod under_way;
mod workbook;

pub use absence::Absence;
pub use amount::{Yen, YenTotal};
pub use authority::{Act, Authority};
pub use calendar::{BankCalendar, CalendarError};
pub use case_id::{CaseId, ReceiptNo};
pub use center_error::{center_error, center_error_name};
pub use claim::{Claim, ClaimChange, ClaimState, Latest, Settled};
pub use customer::{Applicant, Counterpart, Customer, Customers};
pub use date::{Date, Timestamp, Weekday};
pub use digest::Digest;
pub use directory::{Branch, Directory, Merger, Posting, Term};
pub use finding::{BytePlace, Code, Field, Finding, Severity, mask};
pub use form_mark::{FORM_SHEETS_MAX, FormMark, FormSheet, FormSheets};
pub use hold::{HoldEnd, HoldEnded};
pub use journal_head::JournalHead;
pub use keying::{
    Comparison, Difference, KEYED_ROWS_MAX, KeyedRow, KeyedSheet, KeyingStage, READ_TWICE, compare,
    settle, with_capitals,
};
pub use mismatch::Mismatch;
pub use notice_no::NoticeNo;
pub use novelty::{Dealings, Novelty, USUAL_TIMES};
pub use origin::Origin;
pub use outage::{Outage, Region};
pub use paper_decision::{PaperChoice, PaperDecision, may_be_stamped};
pub use paper_time::{FaxName, day_of_receipt, may_have_come, read_moment};
pub use party::{
    Account, AccountNumber, AccountType, BankCode, BranchCode, Party, RecordNumber, UserNumber,
};
pub use person::{
    ApprovalPattern, Organisation, Person, Presence, ResultEncoding, Stead, Submitter, Today,
    UserId, is_mail_address,
};
pub use request::{AcceptPolicy, AssignmentRestriction, Guarantee, RecordRequest, RequestKind};
pub use sameness::Sameness;
pub use scan::{Scan, ScanFlaw, ScanPage, Seen};
pub use sequence::{Sequence, Turn};
pub use slip::{CounterSlip, SHEETS_MAX, SheetsDeed, SheetsEnd, SheetsSlip, SlipPage};
pub use task_mark::{NumberError, TaskMark, TaskNumber};
pub use under_way::{Asking, UnderWay};
pub use workbook::{ShownFormulas, Workbook, WorkbookFlaw, WorkbookSheet};

/// A value that does not have the shape its type demands.
///
/// Who reads it: the caller that parses at the edge and turns it into a [`Finding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}")]
pub struct ShapeError {
    /// What was expected, in English, e.g. `user number`.
    pub what: &'static str,
}
