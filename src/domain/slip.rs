//! The slip (控え) that stands for a paper handed in over the counter and not scanned: its file.

use std::str::FromStr;

use super::{Digest, Timestamp, UserId, UserNumber, read_moment};

/// A paper of the counter as whoever took it said: there is no picture of it.
///
/// Shape of its text: lines of a name and a value, in this order, LF, UTF-8, nothing else. Made by
/// the page on which it is opened, and sealed with the bank's key: a file somebody drops is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterSlip {
    /// Who handed the paper in.
    pub customer: UserNumber,
    /// How many sheets it has.
    pub sheets: u32,
    /// When it was handed in, as whoever took it said; to the minute.
    pub received: Timestamp,
    /// Who took it.
    pub by: UserId,
    /// Of the form it was opened with: sent twice, it is one paper.
    pub ticket: String,
}

/// The most sheets a paper of the counter has.
pub const SHEETS_MAX: u32 = 50;

const HEAD: &str = "kessai counter slip 1";

impl CounterSlip {
    /// What is sealed.
    pub fn message(&self) -> String {
        let Self { customer, sheets, received, by, ticket } = self;
        let (hour, minute) = received.hour_minute();
        let received = format!("{} {hour:02}:{minute:02}", received.date());
        format!(
            "{HEAD}\ncustomer: {customer}\nsheets: {sheets}\nreceived: {received}\nby: {}\n\
             form: {ticket}\n",
            by.as_str()
        )
    }

    /// The slip's text with a seal made of [`CounterSlip::message`].
    pub fn text(&self, seal: &[u8; 32]) -> String {
        format!("{}seal: {}\n", self.message(), hex(seal))
    }

    /// Reads a slip's text; nothing where it is none to the letter.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        lines.next().filter(|head| *head == HEAD)?;
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(": ");
        let slip = Self {
            customer: UserNumber::parse(value("customer")?).ok()?,
            sheets: u32::from_str(value("sheets")?).ok()?,
            received: read_moment(value("received")?)?,
            by: UserId::parse(value("by")?).ok()?,
            ticket: value("form")?.to_owned(),
        };
        let seal = value("seal")?;
        (format!("{}seal: {seal}\n", slip.message()) == text).then_some(slip)
    }

    /// Whether a text carries a seal.
    pub fn is_sealed(text: &str, seal: &[u8; 32]) -> bool {
        text.ends_with(&format!("seal: {}\n", hex(seal)))
    }
}

/// A seal as 64 hexadecimal digits: of its digest, which says no less.
fn hex(seal: &[u8; 32]) -> String {
    Digest::of(seal).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_read_as_it_was_written_and_nothing_else_is_one() {
        let slip = CounterSlip {
            customer: UserNumber::parse("1AB2CD3EF").unwrap(),
            sheets: 2,
            received: read_moment("2026-12-01 08:50").unwrap(),
            by: UserId::parse("clerk001").unwrap(),
            ticket: "0123abc".to_owned(),
        };
        let text = slip.text(&[7; 32]);
        assert_eq!(CounterSlip::read(&text), Some(slip));
        assert!(
            CounterSlip::is_sealed(&text, &[7; 32]) && !CounterSlip::is_sealed(&text, &[8; 32])
        );
        let with = |from: &str, to: &str| text.replace(from, to);
        for other in [
            with("sheets: 2", "sheets: 02"),
            with("sheets: 2", "sheets: two"),
            with("by: ", "by "),
            with("\n", "\r\n"),
            format!("{text}\n"),
            with("slip 1", "slip 2"),
            String::new(),
        ] {
            assert_eq!(CounterSlip::read(&other), None, "{other}");
        }
    }
}
