//! What the QR code of a task on an 承認作業票 says, and the number beside it.

use std::fmt;

use super::case_id::luhn;
use super::form_mark::check;
use super::{CaseId, Digest};

/// A task of an 承認作業票 as its QR code names it: the case, what was printed of it, and the
/// print's own number.
///
/// Shape of the code's text: `T1:20261201-000001-4.1:3:1A2B3C4D5E:0123456789:CHECK`, in the
/// characters a QR code packs most tightly: case, task version, the first forty bits of the
/// content digest, the number, and a check made with the bank's key. Nobody else can print a task,
/// or put another case, content or number on one; and nothing can be done with it but by people
/// who read it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskMark {
    /// The case.
    pub case: CaseId,
    /// The version of the task that was printed.
    pub task_version: u32,
    /// The first bits of the content digest that was printed.
    content: u64,
    /// The number of this task on this print.
    pub number: TaskNumber,
}

/// The number of a task on one print: made by chance, never printed twice.
///
/// Shape: ten digits, written `01234-56789-7` with a Luhn check digit behind them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct TaskNumber(u64);

/// Why a number that was typed is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It has not eleven digits.
    #[error("the number of a task has eleven digits")]
    Length,
    /// Its check digit does not fit: a digit was misread.
    #[error("the check digit does not fit; a digit is misread")]
    Check,
}

/// Numbers are below.
const NUMBERS: u64 = 10_000_000_000;
/// Hexadecimal digits of the content digest in a code.
const CONTENT_DIGITS: usize = 10;

impl TaskNumber {
    /// A number made of random bits.
    pub const fn new(random: u64) -> Self {
        Self(random.wrapping_rem(NUMBERS))
    }

    /// Reads a number as people type it: in full width, with or without hyphens and blanks.
    pub fn read(text: &str) -> Result<Self, NumberError> {
        let narrow = text.chars().map(super::keying::narrow);
        let kept: String =
            narrow.filter(|c| !c.is_whitespace() && !"-ー－‐".contains(*c)).collect();
        let digits = kept.len() == 11 && kept.bytes().all(|byte| byte.is_ascii_digit());
        let (number, _) =
            kept.split_at_checked(10).filter(|_| digits).ok_or(NumberError::Length)?;
        let number = Self(number.parse().map_err(|_| NumberError::Length)?);
        let same = number.to_string().replace('-', "") == kept;
        if same { Ok(number) } else { Err(NumberError::Check) }
    }
}

/// `01234-56789-7`.
impl fmt::Display for TaskNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HALF: u64 = 100_000;
        let (high, low) = (self.0.wrapping_div(HALF), self.0.wrapping_rem(HALF));
        write!(f, "{high:05}-{low:05}-{}", luhn(&format!("{:010}", self.0)))
    }
}

impl TaskMark {
    /// The mark of a task with what is printed of it.
    pub fn new((case, task_version): (CaseId, u32), content: Digest, number: TaskNumber) -> Self {
        let first = content.as_bytes().iter().take(CONTENT_DIGITS.wrapping_div(2));
        let content = first.fold(0, |bits, byte| (bits << 8) | u64::from(*byte));
        Self { case, task_version, content, number }
    }

    /// What the check is made of.
    pub fn message(&self) -> String {
        let Self { case, task_version, content, number } = self;
        format!("T1:{case}:{task_version}:{content:010X}:{:010}", number.0)
    }

    /// The code's text with a seal made of [`TaskMark::message`].
    pub fn text(&self, seal: &[u8; 32]) -> String {
        format!("{}:{}", self.message(), check(seal))
    }

    /// Reads a code's text, with the check it carries; nothing where it is no task of ours.
    pub fn read(text: &str) -> Option<(Self, &str)> {
        let mut parts = text.split(':');
        let version = parts.next()?;
        let case = parts.next()?.parse().ok()?;
        let task_version = parts.next()?.parse().ok()?;
        let content = u64::from_str_radix(parts.next()?, 16).ok()?;
        let number = TaskNumber(parts.next()?.parse().ok()?);
        let check = parts.next()?;
        let mark = Self { case, task_version, content, number };
        let whole = version == "T1" && parts.next().is_none();
        (whole && format!("{}:{check}", mark.message()) == text).then_some((mark, check))
    }

    /// Whether a check is that of a seal.
    pub fn is_sealed(check: &str, seal: &[u8; 32]) -> bool {
        super::form_mark::check(seal) == check
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn case(text: &str) -> CaseId {
        text.parse().unwrap()
    }

    proptest! {
        #[test]
        fn a_task_is_read_as_it_was_printed_and_fits_a_code_that_survives_a_fax(
            random in any::<u64>(), seal in any::<[u8; 32]>(), other in any::<[u8; 32]>(),
            version in 0..10_000_u32,
        ) {
            let number = TaskNumber::new(random);
            let content = Digest::of(&random.to_be_bytes());
            for case in ["20261201-000001-4.1", "20261201-000001-4.1.123456"].map(case) {
                let mark = TaskMark::new((case, version), content, number);
                let text = mark.text(&seal);
                prop_assert!(text.len() <= 90, "it fits a code of 33 modules: {text}");
                let (read, check) = TaskMark::read(&text).unwrap();
                prop_assert_eq!(read, mark);
                prop_assert!(TaskMark::is_sealed(check, &seal));
                prop_assert_eq!(
                    TaskMark::is_sealed(check, &other),
                    super::check(&seal) == super::check(&other)
                );
                let changed = TaskMark::new((case, version), Digest::of(b"other"), number);
                prop_assert_ne!(changed.message(), mark.message());
            }
        }

        #[test]
        fn a_misread_digit_of_a_number_is_found_out(
            random in any::<u64>(), at in 0..10_usize, digit in b'0'..=b'9',
        ) {
            let number = TaskNumber::new(random);
            let written = number.to_string();
            prop_assert_eq!(TaskNumber::read(&written), Ok(number));
            prop_assert_eq!(TaskNumber::read(&written.replace('-', " ")), Ok(number));
            let mut bytes = written.replace('-', "").into_bytes();
            let same = bytes[at] == digit;
            bytes[at] = digit;
            let misread = TaskNumber::read(std::str::from_utf8(&bytes).unwrap());
            prop_assert_eq!(misread == Err(NumberError::Check), !same);
        }
    }

    #[test]
    fn what_is_no_number_of_a_task_is_none() {
        for text in ["", "1234", "01234-56789", "01234-56789-77", "o1234-56789-7"] {
            assert_eq!(TaskNumber::read(text), Err(NumberError::Length), "{text}");
        }
        let number = TaskNumber::new(123_456_789);
        let wide: String = number
            .to_string()
            .chars()
            .map(|c| c.to_digit(10).map_or('－', |d| char::from_u32(0xff10 + d).unwrap()))
            .collect();
        assert_eq!(TaskNumber::read(&wide), Ok(number));
        assert!(TaskMark::read("K1:987654321:0123456789:AAAAAAAAAA").is_none());
        assert!(TaskMark::read("https://example.jp/").is_none());
    }
}
