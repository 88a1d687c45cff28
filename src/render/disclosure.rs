//! What a disclosure (開示) tells of claims, as it was kept when the result came.

use serde::{Deserialize, Serialize};

use super::view::{Desk, FileView};
use crate::domain::{
    AssignmentRestriction, CaseId, ClaimState, Date, Digest, RecordNumber, Timestamp, UserNumber,
    Yen,
};

/// A 開示結果: what a requester is told of its claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureView {
    /// Who answers.
    pub desk: Desk,
    /// The case's file.
    pub file: FileView,
    /// 申請番号.
    pub case: CaseId,
    /// The digest of what was kept, for its check number.
    pub content: Digest,
    /// What was kept.
    pub disclosed: Disclosed,
}

/// What was disclosed, as the register of claims was at a moment.
///
/// Shape: kept as JSON under its digest; new fields are optional. Made when the last result of a
/// case is committed, so that the answer stays the same however the register moves on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosed {
    /// When.
    pub at: Timestamp,
    /// The lines the institution disclosed, in file order.
    pub lines: Vec<DisclosedLine>,
}

/// What was disclosed because of one line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosedLine {
    /// Which record of the file, from 1.
    pub record: u32,
    /// The claim that was asked about; none for all of the requester's.
    pub asked: Option<RecordNumber>,
    /// The claims; none where the register knows nothing of them.
    pub claims: Vec<DisclosedClaim>,
}

/// A claim as it is disclosed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosedClaim {
    /// 記録番号.
    pub number: RecordNumber,
    /// The one it was split off, if it was.
    pub parent: Option<RecordNumber>,
    /// Where it stands.
    pub state: ClaimState,
    /// 債務者.
    pub debtor: Holder,
    /// 債権者.
    pub creditor: Holder,
    /// 債権金額: what is left of it.
    pub amount: Yen,
    /// 支払期日.
    pub due: Date,
    /// 電子記録年月日.
    pub recorded: Date,
    /// 譲渡制限.
    pub restricted: AssignmentRestriction,
    /// 電子記録保証人.
    pub guarantors: Vec<Holder>,
    /// What happened to it, oldest first, a line each.
    pub history: Vec<String>,
}

/// Somebody with a part in a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// 利用者番号.
    pub user: UserNumber,
    /// The name, where it is known here.
    pub name: String,
}

impl Disclosed {
    /// The claims with the line that asked for each.
    pub fn claims(&self) -> impl Iterator<Item = (u32, &DisclosedClaim)> {
        self.lines.iter().flat_map(|line| line.claims.iter().map(|claim| (line.record, claim)))
    }
}

impl DisclosedClaim {
    /// What is owed, in yen.
    pub const fn left(&self) -> u64 {
        if self.state.is_owed() { self.amount.get() } else { 0 }
    }
}

impl Holder {
    /// `123456789 山田商店`.
    pub fn text(&self) -> String {
        format!("{} {}", self.user, self.name).trim_end().to_owned()
    }
}

/// Where the word of a restriction stands.
pub(crate) const fn restriction_key(restricted: AssignmentRestriction) -> &'static str {
    match restricted {
        AssignmentRestriction::Restricted => "common.yes",
        AssignmentRestriction::Free | AssignmentRestriction::AsIs => "common.no",
    }
}
