//! Parties of a request: user numbers, accounts, record numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ShapeError, mask};

/// Digits and upper-case letters without I, O and Z: the alphabet of user and record numbers.
fn in_alphabet(byte: u8) -> bool {
    byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O' | b'Z'))
}

macro_rules! ascii_text {
    ($name:ident, $len:literal, $what:literal, $accept:expr, $(#[$doc:meta])+) => {
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Reads the text; errs when length or a character is wrong.
            pub fn parse(text: &str) -> Result<Self, ShapeError> {
                let wrong = ShapeError { what: $what };
                let bytes: [u8; $len] = text.as_bytes().try_into().map_err(|_| wrong)?;
                if bytes.iter().all(|byte| $accept(*byte)) { Ok(Self(bytes)) } else { Err(wrong) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).expect("holds ASCII only")
            }

            /// The bytes of the text.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        /// Shows the last three characters only: debug output may reach a log.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "(***)"))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

ascii_text!(UserNumber, 9, "user number", in_alphabet,
    /// A user number (利用者番号), one for each user across all institutions.
    ///
    /// Shape: nine digits or upper-case letters without I, O, Z. No check digit is known.
);

ascii_text!(RecordNumber, 20, "record number", in_alphabet,
    /// A record number (記録番号) of a claim.
    ///
    /// Shape: twenty digits or upper-case letters without I, O, Z; the first nine are a user
    /// number.
);

ascii_text!(BankCode, 4, "bank code", |byte: u8| byte.is_ascii_digit(),
    /// A bank code (銀行番号): four digits.
);

ascii_text!(BranchCode, 3, "branch code", |byte: u8| byte.is_ascii_digit(),
    /// A branch code (支店番号): three digits.
);

ascii_text!(AccountNumber, 7, "account number", |byte: u8| byte.is_ascii_digit(),
    /// An account number (口座番号): seven digits, zero-filled on the left.
);

/// The type of a deposit account (預金種目).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AccountType {
    /// 普通, code 1.
    Ordinary,
    /// 当座, code 2.
    Current,
    /// その他, code 9.
    Other,
}

impl AccountType {
    /// The one-digit code of bank files: 1, 2 or 9.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ordinary => 1,
            Self::Current => 2,
            Self::Other => 9,
        }
    }

    /// 普通, 当座 or その他.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Ordinary => "普通",
            Self::Current => "当座",
            Self::Other => "その他",
        }
    }
}

/// A deposit account at a bank's branch (口座).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    /// 銀行番号.
    pub bank: BankCode,
    /// 支店番号.
    pub branch: BranchCode,
    /// 預金種目.
    pub kind: AccountType,
    /// 口座番号.
    pub number: AccountNumber,
}

impl Account {
    /// Reads `0001-001-2-0123456`: bank, branch, type and number.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut next = || parts.next();
        let (bank, branch, kind, number) = (next()?, next()?, next()?, next()?);
        let kind = match kind {
            "1" => AccountType::Ordinary,
            "2" => AccountType::Current,
            "9" => AccountType::Other,
            _ => return None,
        };
        let account = Self {
            bank: BankCode::parse(bank).ok()?,
            branch: BranchCode::parse(branch).ok()?,
            kind,
            number: AccountNumber::parse(number).ok()?,
        };
        next().is_none().then_some(account)
    }

    /// As [`Self::parse`] reads it; nothing is masked.
    pub fn written(&self) -> String {
        let Self { bank, branch, kind, number } = self;
        format!("{bank}-{branch}-{}-{number}", kind.code())
    }

    /// The same form with all but the last three digits of the number hidden:
    /// `0001-001-2-****456`.
    pub fn masked(&self) -> String {
        let Self { bank, branch, kind, number } = self;
        format!("{bank}-{branch}-{}-{}", kind.code(), mask(number.as_str()))
    }
}

/// One side of a request: a user and the account it acts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Party {
    /// 利用者番号.
    pub user_number: UserNumber,
    /// 口座.
    pub account: Account,
}
