//! A record request (記録請求), the thing the desk approves.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Date, Party, RecordNumber, Yen};

/// One record request, every field already judged by shape.
///
/// Made only by the rules of `domain::rules` from a row of a file; `Debug` shows no party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRequest {
    /// 請求種別.
    pub kind: RequestKind,
    /// 記録番号 of the claim to assign; none for accruals.
    pub record_number: Option<RecordNumber>,
    /// 記録請求日, the day the record is to be made.
    pub record_date: Date,
    /// 請求者.
    pub requester: Party,
    /// 相手 (被請求者).
    pub counterparty: Party,
    /// 相手名カナ, normalised to the 98 characters of the network; may be empty.
    pub counterparty_name_kana: String,
    /// 債権金額; none for a whole assignment.
    pub amount: Option<Yen>,
    /// 支払期日; required for accruals.
    pub due_date: Option<Date>,
    /// 請求者RefNo; may be empty.
    pub requester_ref: String,
    /// 譲渡制限; accruals only.
    pub assignment_restricted: AssignmentRestriction,
    /// 保証; assignments only.
    pub guarantee: Guarantee,
    /// コメント; may be empty.
    pub comment: String,
}

impl RecordRequest {
    /// What makes two requests the same business: the first eight bytes of the SHA-256 over
    /// kind, requester, counterparty, amount, due date, reference and record number.
    pub fn business_key(&self) -> u64 {
        let mut hash = Sha256::new();
        hash.update([self.kind.code()]);
        for party in [&self.requester, &self.counterparty] {
            hash.update(party.user_number.as_str());
            hash.update(party.account.bank.as_str());
            hash.update(party.account.branch.as_str());
            hash.update([party.account.kind.code()]);
            hash.update(party.account.number.as_str());
        }
        hash.update(self.amount.map_or(0, Yen::get).to_be_bytes());
        hash.update(self.due_date.map_or(0, Date::yyyymmdd).to_be_bytes());
        hash.update(self.record_number.as_ref().map_or("", RecordNumber::as_str));
        hash.update([0]);
        hash.update(&self.requester_ref);
        let digest: [u8; 32] = hash.finalize().into();
        digest.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
    }
}

/// The kind of a record request (請求種別).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RequestKind {
    /// 発生(債務者請求), code 11.
    AccrualDebtor,
    /// 発生(債権者請求), code 12.
    AccrualCreditor,
    /// 譲渡, code 20.
    Assignment,
    /// 分割譲渡, code 30.
    SplitAssignment,
}

impl RequestKind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Self; 4] =
        [Self::AccrualDebtor, Self::AccrualCreditor, Self::Assignment, Self::SplitAssignment];

    /// The two-digit code of the bank's files.
    pub const fn code(self) -> u8 {
        match self {
            Self::AccrualDebtor => 11,
            Self::AccrualCreditor => 12,
            Self::Assignment => 20,
            Self::SplitAssignment => 30,
        }
    }

    /// The name on paper, e.g. 発生(債務者請求).
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::AccrualDebtor => "発生(債務者請求)",
            Self::AccrualCreditor => "発生(債権者請求)",
            Self::Assignment => "譲渡",
            Self::SplitAssignment => "分割譲渡",
        }
    }

    /// The name in XML, settings and JSON, e.g. `accrual_debtor`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccrualDebtor => "accrual_debtor",
            Self::AccrualCreditor => "accrual_creditor",
            Self::Assignment => "assignment",
            Self::SplitAssignment => "split_assignment",
        }
    }

    /// Reads a code, a Japanese name or an English name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "11" => return Some(Self::AccrualDebtor),
            "12" => return Some(Self::AccrualCreditor),
            "20" => return Some(Self::Assignment),
            "30" => return Some(Self::SplitAssignment),
            _ => {}
        }
        Self::ALL.into_iter().find(|kind| text == kind.japanese() || text == kind.name())
    }
}

/// Whether a claim may be assigned freely (譲渡制限).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AssignmentRestriction {
    /// 無, code 0.
    #[default]
    Free,
    /// 有, code 1: only to financial institutions.
    Restricted,
}

/// Whether the assignor guarantees the claim (譲渡保証).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Guarantee {
    /// 有, code 0.
    #[default]
    With,
    /// 無, code 1.
    Without,
}

/// What happens to a file in which some records are wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AcceptPolicy {
    /// Any error rejects the whole file.
    #[default]
    File,
    /// Good records go on, wrong ones come back.
    Record,
}
