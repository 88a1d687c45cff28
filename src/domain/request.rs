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
    /// 記録番号 of the claim it is about; none for accruals, and where all claims are disclosed.
    pub record_number: Option<RecordNumber>,
    /// 記録請求日, the day the record is to be made.
    pub record_date: Date,
    /// 請求者.
    pub requester: Party,
    /// 相手 (被請求者); the requester again for a disclosure, which has no other side.
    pub counterparty: Party,
    /// 相手名カナ, normalised to the 98 characters of the network; may be empty.
    pub counterparty_name_kana: String,
    /// 債権金額; of a change the new one, of a payment what was paid; none for a whole assignment
    /// and wherever nothing is said of it.
    pub amount: Option<Yen>,
    /// 支払期日; required for accruals, of a change the new one.
    pub due_date: Option<Date>,
    /// 請求者RefNo; may be empty.
    pub requester_ref: String,
    /// 譲渡制限; accruals, and of a change the new one.
    pub assignment_restricted: AssignmentRestriction,
    /// 保証; assignments only.
    pub guarantee: Guarantee,
    /// コメント; may be empty.
    pub comment: String,
}

impl RecordRequest {
    /// The other side, as pages show it; a disclosure has none.
    pub fn other_side(&self) -> Option<&Party> {
        (self.kind != RequestKind::Disclosure).then_some(&self.counterparty)
    }

    /// What makes two requests the same business: the first eight bytes of the SHA-256 over
    /// kind, requester, counterparty, amount, due date, reference and record number. A
    /// cancellation, a change, a payment and a disclosure may rightly be asked for again on another
    /// day; a change may also be of the restriction alone.
    pub fn business_key(&self) -> u64 {
        // All at once: a hash is slow to take in little by little.
        let mut text = Vec::with_capacity(128);
        text.push(self.kind.code());
        for Party { user_number, account } in [&self.requester, &self.counterparty] {
            text.extend(user_number.as_bytes());
            text.extend(account.bank.as_bytes());
            text.extend(account.branch.as_bytes());
            text.push(account.kind.code());
            text.extend(account.number.as_bytes());
        }
        text.extend(self.amount.map_or(0, Yen::get).to_be_bytes());
        text.extend(self.due_date.map_or(0, Date::yyyymmdd).to_be_bytes());
        if let Some(number) = &self.record_number {
            text.extend(number.as_bytes());
        }
        text.push(0);
        text.extend(self.requester_ref.as_bytes());
        if self.kind.is_repeatable() {
            text.extend([0, self.assignment_restricted.code()]);
            text.extend(self.record_date.yyyymmdd().to_be_bytes());
        }
        let digest: [u8; 32] = Sha256::digest(&text).into();
        digest.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
    }
}

macro_rules! kinds {
    ($($name:ident $code:literal $en:literal $ja:literal),+ $(,)?) => {
        /// The kind of a record request (請求種別).
        ///
        /// New kinds are added at the end: stored record files number them.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum RequestKind {
            $(#[doc = concat!($ja, ", code ", $code, ".")] $name),+
        }

        impl RequestKind {
            /// All kinds, in the order they are stored by.
            pub const ALL: [Self; 12] = [$(Self::$name),+];

            /// The two-digit code of the bank's files.
            pub const fn code(self) -> u8 {
                match self { $(Self::$name => $code),+ }
            }

            /// The name on paper, e.g. 発生(債務者請求).
            pub const fn japanese(self) -> &'static str {
                match self { $(Self::$name => $ja),+ }
            }

            /// The name in XML, settings and JSON, e.g. `accrual_debtor`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $en),+ }
            }
        }
    };
}

kinds! {
    AccrualDebtor 11 "accrual_debtor" "発生(債務者請求)",
    AccrualCreditor 12 "accrual_creditor" "発生(債権者請求)",
    Assignment 20 "assignment" "譲渡",
    SplitAssignment 30 "split_assignment" "分割譲渡",
    Cancellation 40 "cancellation" "取消",
    Change 50 "change" "変更",
    Guarantee 60 "guarantee" "保証",
    Payment 70 "payment" "支払等",
    Disclosure 80 "disclosure" "開示",
    Discount 21 "discount" "割引",
    Collateral 22 "collateral" "譲渡担保",
    InstitutionTransfer 90 "institution_transfer" "特定記録機関変更",
}

impl RequestKind {
    /// The codes as a person is told them: `11、12、20 …`.
    pub const CODES: &str = "11、12、20、21、22、30、40、50、60、70、80、90";

    /// The codes a header of a bulk request file (集信1) may hold, as a person is told them.
    pub const BULK_CODES: &str = "11、12、20、30";

    /// Whether a bulk request file (集信1) can ask for it.
    ///
    /// Source: the codes in the published table of the format; 30 is our reading.
    pub const fn is_in_bulk_files(self) -> bool {
        matches!(
            self,
            Self::AccrualDebtor | Self::AccrualCreditor | Self::Assignment | Self::SplitAssignment
        )
    }

    /// Whether it makes a new claim.
    pub const fn is_accrual(self) -> bool {
        matches!(self, Self::AccrualDebtor | Self::AccrualCreditor)
    }

    /// Whether the same may be asked for again on another day.
    const fn is_repeatable(self) -> bool {
        matches!(self, Self::Cancellation | Self::Change | Self::Payment | Self::Disclosure)
    }

    /// Whether the counterparty takes something on by it: a debt, a claim or a guarantee.
    pub const fn binds_counterparty(self) -> bool {
        self.is_accrual() || self.is_assignment() || matches!(self, Self::Guarantee)
    }

    /// Whether something is recorded by it of a claim that is there.
    pub const fn changes_claim(self) -> bool {
        !self.is_accrual() && !matches!(self, Self::Disclosure | Self::InstitutionTransfer)
    }

    /// Whether it makes a claim change hands.
    pub const fn is_assignment(self) -> bool {
        matches!(self, Self::Assignment | Self::SplitAssignment) || self.is_credit()
    }

    /// Whether the bank gives money for the claim and examines it first (融資審査).
    pub const fn is_credit(self) -> bool {
        matches!(self, Self::Discount | Self::Collateral)
    }

    /// Whether only a part of the claim changes hands; the bank takes a part where an amount is
    /// written.
    pub const fn splits(self, has_amount: bool) -> bool {
        matches!(self, Self::SplitAssignment) || (self.is_credit() && has_amount)
    }

    /// The code the clearing side knows it by: what the bank takes is an assignment there.
    ///
    /// Source: 譲渡 (20) includes 譲渡(割引) and 譲渡(担保).
    pub const fn clearing_code(self, has_amount: bool) -> u8 {
        if self.is_credit() && has_amount {
            Self::SplitAssignment.code()
        } else if self.is_credit() {
            Self::Assignment.code()
        } else {
            self.code()
        }
    }

    /// Reads a code, a Japanese name or an English name.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == 2
            && let Ok(code) = text.parse::<u8>()
        {
            return Self::ALL.into_iter().find(|kind| kind.code() == code);
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
    /// A change leaves it as it is.
    AsIs,
}

impl AssignmentRestriction {
    /// The code of the bank's files: 0 or 1; 9, which is never written, where nothing is said.
    const fn code(self) -> u8 {
        match self {
            Self::Free => 0,
            Self::Restricted => 1,
            Self::AsIs => 9,
        }
    }

    /// What it is to be; nothing where it stays as it is.
    pub const fn told(self) -> Option<Self> {
        match self {
            Self::Free | Self::Restricted => Some(self),
            Self::AsIs => None,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::super::{Account, UserNumber};
    use super::*;

    fn party(user: &str, account: &str) -> Party {
        Party {
            user_number: UserNumber::parse(user).unwrap(),
            account: Account::parse(account).unwrap(),
        }
    }

    #[test]
    fn the_key_that_journals_hold_stays_what_it_is() {
        let accrual = RecordRequest {
            kind: RequestKind::AccrualDebtor,
            record_number: None,
            record_date: Date::parse("2026-12-03").unwrap(),
            requester: party("987654321", "0001-001-2-0123456"),
            counterparty: party("123456789", "0009-010-1-7654321"),
            counterparty_name_kana: "ﾐﾎﾝ".to_owned(),
            amount: Yen::new(1_234_567).ok(),
            due_date: Date::parse("2027-03-31").ok(),
            requester_ref: "INV-000001".to_owned(),
            assignment_restricted: AssignmentRestriction::Free,
            guarantee: Guarantee::With,
            comment: "a comment".to_owned(),
        };
        assert_eq!(accrual.business_key(), 0xfdec_6320_91a8_3fec);
        let change = RecordRequest {
            kind: RequestKind::Change,
            record_number: RecordNumber::parse("98765432100000100017").ok(),
            amount: None,
            due_date: None,
            requester_ref: String::new(),
            assignment_restricted: AssignmentRestriction::Restricted,
            ..accrual
        };
        assert_eq!(change.business_key(), 0x11f4_9258_990f_9cd7);
    }
}
