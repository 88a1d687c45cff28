//! What an 承認作業票 is made of: plain data, filled by the service.

use super::view::{Desk, RowView};
use crate::domain::{CaseId, Digest, Timestamp, YenTotal};

/// An 承認作業票: what waits at a desk, to be decided by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistView {
    /// Whose it is: the branch's own name and telephone number.
    pub desk: Desk,
    /// The branch's code.
    pub code: String,
    /// When it was printed.
    pub made: Timestamp,
    /// Who printed it; empty for the command line.
    pub by: String,
    /// The tasks, the soonest deadline first.
    pub tasks: Vec<WorklistTask>,
    /// How many more wait that are not printed, all of them with a later deadline.
    pub left: usize,
    /// Lists of rows that are printed behind the tasks.
    pub enclosed: Vec<Enclosed>,
}

/// A seat that waits, to be stamped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistTask {
    /// What its QR code says.
    pub code: String,
    /// Its own number with the check digit, e.g. 01234-56789-7.
    pub number: String,
    /// 申請番号.
    pub case: CaseId,
    /// The customer's name on papers.
    pub submitter: String,
    /// The flow's name on papers.
    pub workflow: String,
    /// The kinds of request in it.
    pub kinds: Vec<String>,
    /// How many records.
    pub count: u32,
    /// The sum of their amounts.
    pub total: YenTotal,
    /// When it must be decided.
    pub deadline: Option<Timestamp>,
    /// The step's name, e.g. 取扱店承認.
    pub step: String,
    /// The seat's name, e.g. 照査.
    pub seat: String,
    /// The names of those who may fill it now; nobody while an earlier seat is open.
    pub people: Vec<String>,
    /// The content digest whoever decides sees.
    pub content: Digest,
    /// The number of its enclosed list, from 1; none where its rows are too many to print.
    pub list: Option<usize>,
    /// The document that has its rows, where they are not enclosed.
    pub document: String,
}

/// The rows of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// 申請番号.
    pub case: CaseId,
    /// Its rows, in file order.
    pub rows: Vec<RowView>,
}
