//! Receipt numbers and case ids: what a customer quotes on the telephone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Date, ShapeError};

/// A receipt number (受付番号): one for each file that was taken in.
///
/// Shape: `YYYYMMDD-NNNNNN-C`, the Tokyo date of receipt, a serial number from 1 to 999,999 of
/// that day, and a Luhn check digit over the fourteen digits before it. Gaps are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReceiptNo {
    date: Date,
    serial: u32,
}

impl ReceiptNo {
    /// The receipt number `serial` of `date`; errs outside 1 to 999,999.
    pub fn new(date: Date, serial: u32) -> Result<Self, ShapeError> {
        if (1..=999_999).contains(&serial) {
            Ok(Self { date, serial })
        } else {
            Err(ShapeError { what: "receipt number" })
        }
    }

    /// The Tokyo date of receipt.
    pub const fn date(self) -> Date {
        self.date
    }

    /// The serial number of that day.
    pub const fn serial(self) -> u32 {
        self.serial
    }

    fn check_digit(self) -> u32 {
        luhn(&format!("{:08}{:06}", self.date.yyyymmdd(), self.serial))
    }
}

/// The Luhn check digit of digits.
pub(super) fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit.saturating_sub(b'0'));
            let doubled = digit * 2;
            if at % 2 == 1 { digit } else { (doubled / 10).saturating_add(doubled % 10) }
        })
        .sum();
    10_u32.saturating_sub(sum % 10) % 10
}

impl fmt::Display for ReceiptNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}-{:06}-{}", self.date.yyyymmdd(), self.serial, self.check_digit())
    }
}

impl FromStr for ReceiptNo {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let wrong = ShapeError { what: "receipt number" };
        let mut parts = text.split('-');
        let (Some(date), Some(serial), Some(_check), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong);
        };
        let receipt = Self::new(Date::parse(date)?, serial.parse().map_err(|_| wrong)?)?;
        if receipt.to_string() == text { Ok(receipt) } else { Err(wrong) }
    }
}

/// A case id (案件番号).
///
/// Shape: `<receipt>.<n>` for a batch case, the n-th workflow its file's rows name, from 1;
/// `<receipt>.<n>.<row>` for a row's own case, `row` being the record number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseId {
    /// The file's receipt number.
    pub receipt: ReceiptNo,
    /// Which of the file's workflows, from 1.
    pub n: u16,
    /// The record number, when the case is one row.
    pub row: Option<u32>,
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.receipt, self.n)?;
        self.row.map_or(Ok(()), |row| write!(f, ".{row}"))
    }
}

impl FromStr for CaseId {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let wrong = ShapeError { what: "case id" };
        let mut parts = text.split('.');
        let receipt = parts.next().unwrap_or_default().parse()?;
        let n = parts.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0).ok_or(wrong)?;
        let row = parts.next().map(|row| row.parse::<u32>().map_err(|_| wrong)).transpose()?;
        let case = Self { receipt, n, row };
        if case.to_string() == text { Ok(case) } else { Err(wrong) }
    }
}
