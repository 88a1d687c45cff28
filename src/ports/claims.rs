//! What the clearing side told: results of lines, and the claims they make.

use serde::{Deserialize, Serialize};

use crate::domain::{
    CaseId, Claim, ClaimChange, ClaimState, Date, ReceiptNo, RecordNumber, Settled, Timestamp,
    UserNumber, Yen,
};

/// The clearing side told what became of lines of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The case.
    pub case: CaseId,
    /// The file of results.
    pub from: ReceiptNo,
    /// The lines.
    pub rows: Vec<RowResult>,
}

/// Claims that were recorded before there was a register, out of a list that was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedClaims {
    /// The case in which the list was approved.
    pub case: CaseId,
    /// The claims.
    pub claims: Vec<Claim>,
}

/// What became of claims when they fell due, as the clearing side told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The file that told it.
    pub from: ReceiptNo,
    /// The claims.
    pub claims: Vec<(RecordNumber, Settled)>,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowResult {
    /// The record number in the submitter's file, from 1.
    pub row: u32,
    /// What the clearing side answered.
    pub answer: RowAnswer,
    /// What it means for the register of claims; nothing for errors.
    pub change: Option<ClaimChange>,
}

/// What the clearing side answered about a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowAnswer {
    /// It was recorded, under this number where one was told.
    Recorded(Option<RecordNumber>),
    /// It was not.
    Errored {
        /// The clearing side's code; may be empty.
        code: String,
        /// What was told with it; may be empty.
        note: String,
    },
}

/// The result of a line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineResult {
    /// The record number in the submitter's file.
    pub row: u32,
    /// What the clearing side answered.
    pub answer: RowAnswer,
    /// The file of results that told it.
    pub from: ReceiptNo,
}

/// A claim with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// As it stands.
    pub claim: Claim,
    /// What happened to it, oldest first.
    pub history: Vec<ClaimStep>,
}

/// One thing that happened to a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStep {
    /// When it became known here.
    pub at: Timestamp,
    /// Why.
    pub by: StepBy,
    /// What.
    pub verb: ClaimVerb,
    /// The claim it was split off from, or that was split off it or came back to it.
    pub with: Option<RecordNumber>,
    /// The creditor from then on; of the part, where a part was split off; the guarantor, where
    /// one joined.
    pub to: UserNumber,
    /// The amount it was about.
    pub amount: Yen,
}

/// What a step of a claim came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepBy {
    /// A request that was recorded: its case, and its line there.
    Request(CaseId, u32),
    /// A file that tells what became of claims when they fell due.
    Settlement(ReceiptNo),
    /// A list of claims: the case in which it was approved.
    List(CaseId),
}

impl StepBy {
    /// The file it came by.
    pub const fn receipt(self) -> ReceiptNo {
        match self {
            Self::Request(case, _) | Self::List(case) => case.receipt,
            Self::Settlement(receipt) => receipt,
        }
    }

    /// `20261201-000001-4.1 明細3` or the receipt number of the file.
    pub fn japanese(self) -> String {
        match self {
            Self::Request(case, row) => format!("申請番号 {case} 明細{row}"),
            Self::Settlement(receipt) => format!("決済の通知 {receipt}"),
            Self::List(case) => format!("台帳の読込 {case}"),
        }
    }
}

/// What happens to claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimVerb {
    /// 発生.
    Accrued,
    /// 譲渡.
    Assigned,
    /// 分割: a part of it became another claim.
    SplitInto,
    /// 分割により発生: it is a part of another claim.
    SplitFrom,
    /// 取消: it is gone.
    Cancelled,
    /// 譲渡の取消: the assignor has it again.
    AssignmentCancelled,
    /// 分割の取消: a part of it came back.
    SplitCancelled,
    /// 変更.
    Changed,
    /// 保証.
    Guaranteed,
    /// 支払: all of it or a part.
    Paid,
    /// 決済: it was paid when it fell due.
    Settled,
    /// 支払不能: it was not paid when it fell due.
    Defaulted,
    /// 台帳の読込: it was recorded before there was a register.
    Listed,
}

impl ClaimVerb {
    /// The word on pages.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Accrued => "発生",
            Self::Assigned => "譲渡",
            Self::SplitInto => "分割譲渡（一部を譲渡）",
            Self::SplitFrom => "分割譲渡により発生",
            Self::Cancelled => "取消",
            Self::AssignmentCancelled => "譲渡の取消",
            Self::SplitCancelled => "分割の取消（一部が戻る）",
            Self::Changed => "変更",
            Self::Guaranteed => "保証",
            Self::Paid => "支払",
            Self::Settled => "決済",
            Self::Defaulted => "支払不能",
            Self::Listed => "台帳の読込",
        }
    }
}

/// Which claims to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimFilter {
    /// Only those of which this user is debtor or creditor.
    pub party: Option<UserNumber>,
    /// Only of which this user is or ever was debtor or creditor, and a few besides.
    pub ever: Option<UserNumber>,
    /// Only due from the first to the second day, where they are given.
    pub due: (Option<Date>, Option<Date>),
    /// Only of an amount from the first to the second, in yen, where they are given.
    pub amount: (Option<u64>, Option<u64>),
    /// Only in this state.
    pub state: Option<ClaimState>,
}

impl ClaimFilter {
    /// Whether a claim passes.
    pub fn lets(&self, claim: &Claim) -> bool {
        let (from, to) = self.due;
        let (low, high) = self.amount;
        let amount = claim.amount.get();
        self.party.is_none_or(|user| claim.has(user))
            && from.is_none_or(|from| from <= claim.due)
            && to.is_none_or(|to| claim.due <= to)
            && low.is_none_or(|low| low <= amount)
            && high.is_none_or(|high| amount <= high)
            && self.state.is_none_or(|state| claim.state == state)
    }
}
