//! Notice numbers: what somebody reads from a mail or paper over the telephone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ShapeError;
use super::case_id::luhn;

/// The number of a notice (お知らせ番号): which commit of the journal owed it, and where in it.
///
/// Shape: `<commit>-<place>-<check>`, e.g. `48213-2-8`; commits and places count from 1, the last
/// is a Luhn digit over the digits before it. Nothing counts notices: read from the journal again,
/// each has the number it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NoticeNo {
    commit: u64,
    place: u32,
}

impl NoticeNo {
    /// The number of what is the `place`-th in the commit of this sequence number, both from 1.
    pub const fn new(commit: u64, place: u32) -> Self {
        Self { commit, place }
    }
}

impl fmt::Display for NoticeNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { commit, place } = self;
        write!(f, "{commit}-{place}-{}", luhn(&format!("{commit}{place}")))
    }
}

impl FromStr for NoticeNo {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let wrong = ShapeError { what: "notice number" };
        let mut parts = text.split('-');
        let (Some(commit), Some(place), Some(_check), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong);
        };
        let (commit, place) = (commit.parse().map_err(|_| wrong)?, place.parse());
        let number = Self::new(commit, place.map_err(|_| wrong)?);
        if number.to_string() == text { Ok(number) } else { Err(wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_number_is_read_as_it_is_written_and_one_wrong_digit_is_seen() {
        for (commit, place) in [(1, 1), (48_213, 2), (9_999_999, 1_024)] {
            let number = NoticeNo::new(commit, place);
            let text = number.to_string();
            assert_eq!(text.parse(), Ok(number));
            for (at, digit) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
                for other in ('0'..='9').filter(|other| *other != digit) {
                    let mut wrong = text.clone();
                    wrong.replace_range(at..=at, &other.to_string());
                    assert!(wrong.parse::<NoticeNo>().is_err(), "{wrong} for {text}");
                }
            }
        }
        for other in ["", "1-1", "1-1-1-1", "01-1-6", "x-1-1", "1-1-", "-1-1-1"] {
            assert!(other.parse::<NoticeNo>().is_err(), "{other}");
        }
    }
}
