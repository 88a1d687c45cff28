//! What a fee is for.

use serde::{Deserialize, Serialize};

use super::super::{Account, Origin, RequestKind, Yen};

/// An act that may cost something (請求種別 of the fee table).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FeeKind {
    /// 発生記録.
    Accrual,
    /// 譲渡記録.
    Assignment,
    /// 分割譲渡記録.
    SplitAssignment,
    /// 債権受取: a claim came in.
    Receipt,
    /// 変更記録.
    Change,
    /// 保証記録.
    Guarantee,
    /// 支払等記録.
    Payment,
    /// 開示.
    Disclosure,
    /// 口座間送金決済中止.
    StopSettlement,
    /// 支払不能情報照会.
    DefaultEnquiry,
    /// 特定記録機関変更記録.
    InstitutionChange,
    /// 承認パスワード再開: the lock of an approval password is lifted.
    Unlock,
    /// 残高証明書（定例）.
    BalanceRegular,
    /// 残高証明書（都度）.
    BalanceOnDemand,
}

impl FeeKind {
    /// All kinds, in the order bills list them.
    pub const ALL: [Self; 14] = [
        Self::Accrual,
        Self::Assignment,
        Self::SplitAssignment,
        Self::Receipt,
        Self::Change,
        Self::Guarantee,
        Self::Payment,
        Self::Disclosure,
        Self::StopSettlement,
        Self::DefaultEnquiry,
        Self::InstitutionChange,
        Self::Unlock,
        Self::BalanceRegular,
        Self::BalanceOnDemand,
    ];

    /// The word in the table and on bills.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Accrual => "発生記録",
            Self::Assignment => "譲渡記録",
            Self::SplitAssignment => "分割譲渡記録",
            Self::Receipt => "債権受取",
            Self::Change => "変更記録",
            Self::Guarantee => "保証記録",
            Self::Payment => "支払等記録",
            Self::Disclosure => "開示",
            Self::StopSettlement => "口座間送金決済中止",
            Self::DefaultEnquiry => "支払不能情報照会",
            Self::InstitutionChange => "特定記録機関変更記録",
            Self::Unlock => "承認パスワード再開",
            Self::BalanceRegular => "残高証明書（定例）",
            Self::BalanceOnDemand => "残高証明書（都度）",
        }
    }

    /// The kind a record request is charged as; none for a cancellation, which costs nothing.
    pub const fn of(kind: RequestKind) -> Option<Self> {
        match kind {
            RequestKind::AccrualDebtor | RequestKind::AccrualCreditor => Some(Self::Accrual),
            RequestKind::Assignment | RequestKind::Discount | RequestKind::Collateral => {
                Some(Self::Assignment)
            }
            RequestKind::InstitutionTransfer => Some(Self::InstitutionChange),
            RequestKind::SplitAssignment => Some(Self::SplitAssignment),
            RequestKind::Change => Some(Self::Change),
            RequestKind::Guarantee => Some(Self::Guarantee),
            RequestKind::Payment => Some(Self::Payment),
            RequestKind::Disclosure => Some(Self::Disclosure),
            RequestKind::Cancellation => None,
        }
    }
}

/// Where the other side's account is (相手).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// 自行: at the same bank.
    Own,
    /// 他行: at another bank.
    Other,
}

impl Relation {
    /// All.
    pub const ALL: [Self; 2] = [Self::Own, Self::Other];

    /// 自行 or 他行.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Own => "自行",
            Self::Other => "他行",
        }
    }

    /// Where `other` is, seen from `own`.
    pub fn between(own: &Account, other: &Account) -> Self {
        if own.bank == other.bank { Self::Own } else { Self::Other }
    }
}

/// The type of a contract (契約種別), which sets the monthly fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ContractKind {
    /// 通常.
    Standard,
    /// でんさいライト: requests of at most 1,000,000 yen.
    Light,
}

impl ContractKind {
    /// All.
    pub const ALL: [Self; 2] = [Self::Standard, Self::Light];

    /// The most a でんさいライト customer owes by one request, in yen.
    ///
    /// Source: the conditions of でんさいライト.
    pub const LIGHT_MAX: u64 = 1_000_000;

    /// Whether a debtor may owe so much by one request.
    pub const fn allows(self, amount: Yen) -> bool {
        match self {
            Self::Standard => true,
            Self::Light => amount.get() <= Self::LIGHT_MAX,
        }
    }

    /// Reads 通常, ライト, でんさいライト or the English name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "通常" | "標準" | "standard" => Some(Self::Standard),
            "ライト" | "でんさいライト" | "light" => Some(Self::Light),
            _ => None,
        }
    }

    /// 通常 or でんさいライト.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Standard => "通常",
            Self::Light => "でんさいライト",
        }
    }

    /// The word in the table and on bills.
    pub const fn base_fee(self) -> &'static str {
        match self {
            Self::Standard => "月額基本料（通常）",
            Self::Light => "月額基本料（でんさいライト）",
        }
    }
}

/// What a line of a bill is for. Order: base fee first, then acts as [`FeeKind::ALL`] lists them.
///
/// Channel and relation are none where the price does not depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FeeItem {
    /// 月額基本料.
    Base(ContractKind),
    /// An act.
    Act {
        /// Which.
        kind: FeeKind,
        /// How it came in.
        channel: Option<Origin>,
        /// Where the other side is.
        relation: Option<Relation>,
    },
}

impl FeeItem {
    /// `発生記録（オンライン・他行）`.
    pub fn japanese(self) -> String {
        match self {
            Self::Base(kind) => kind.base_fee().to_owned(),
            Self::Act { kind, channel, relation } => {
                let channel = channel.map(Origin::japanese);
                let relation = relation.map(Relation::japanese);
                let details: Vec<&str> = channel.into_iter().chain(relation).collect();
                if details.is_empty() {
                    return kind.japanese().to_owned();
                }
                format!("{}（{}）", kind.japanese(), details.join("・"))
            }
        }
    }
}
