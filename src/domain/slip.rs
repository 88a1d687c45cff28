//! Slips (控え): files of ours that stand for papers which are no picture of their own. One for a
//! paper handed in over the counter, one for a form whose sheets came by several calls.

use std::fmt::Write as _;
use std::str::FromStr;

use super::{Digest, FormMark, ReceiptNo, Timestamp, UserId, UserNumber, read_moment};

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

/// The sheets of one form in their order, wherever they came.
///
/// Shape of its text: lines as of a [`CounterSlip`]. It is kept in the commit in which it becomes a
/// paper, and never dropped by anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetsSlip {
    /// The form.
    pub form: FormMark,
    /// How many sheets it has.
    pub of: u8,
    /// The pages there are, in the order they are read.
    pub pages: Vec<SlipPage>,
    /// Why it is read or given back although sheets are missing; none where it is whole.
    pub end: Option<SheetsEnd>,
}

/// A page of a paper that came by several calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlipPage {
    /// The call it came by.
    pub call: ReceiptNo,
    /// The call's bytes.
    pub scan: Digest,
    /// Which page of the call, from 1.
    pub page: u32,
    /// Which sheet of the form; none of a page without a code, which goes with the one before it.
    pub sheet: Option<u8>,
}

/// What somebody decided about a form of which sheets are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetsEnd {
    /// What becomes of it.
    pub deed: SheetsDeed,
    /// Who decided so.
    pub by: UserId,
    /// Why.
    pub reason: String,
}

/// What becomes of a form of which sheets are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetsDeed {
    /// It is read as far as it came.
    Complete,
    /// It is given back.
    GiveBack,
}

const SHEETS_HEAD: &str = "kessai sheets slip 1";

impl SheetsSlip {
    /// The sheets that are not there.
    pub fn missing(&self) -> Vec<u8> {
        let there = |sheet: &u8| self.pages.iter().any(|page| page.sheet == Some(*sheet));
        (1..=self.of).filter(|sheet| !there(sheet)).collect()
    }

    /// The calls its pages came by, each once with its bytes, in the order they came.
    pub fn calls(&self) -> Vec<(ReceiptNo, Digest)> {
        let mut calls: Vec<_> = self.pages.iter().map(|page| (page.call, page.scan)).collect();
        calls.sort_unstable();
        calls.dedup();
        calls
    }

    /// The slip's text.
    pub fn text(&self) -> String {
        let FormMark { customer, serial } = self.form;
        let mut text = format!("{SHEETS_HEAD}\nform: {customer} {serial:010} {}\n", self.of);
        // Writing to a text does not fail.
        let mut line = |line: String| writeln!(text, "{line}").unwrap_or_default();
        for SlipPage { call, scan, page, sheet } in &self.pages {
            let sheet = sheet.map_or("-".to_owned(), |sheet| sheet.to_string());
            line(format!("page: {call} {scan} {page} {sheet}"));
        }
        if let Some(SheetsEnd { deed, by, reason }) = &self.end {
            let deed = match deed {
                SheetsDeed::Complete => "complete",
                SheetsDeed::GiveBack => "give back",
            };
            line(format!("{deed}: {} {}", by.as_str(), one_line(reason)));
        }
        text
    }

    /// Reads a slip's text; nothing where it is none.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        lines.next().filter(|head| *head == SHEETS_HEAD)?;
        let mut form = lines.next()?.strip_prefix("form: ")?.split(' ');
        let customer = UserNumber::parse(form.next()?).ok()?;
        let mark = FormMark { customer, serial: form.next()?.parse().ok()? };
        let of = form.next()?.parse().ok()?;
        let mut slip = Self { form: mark, of, pages: Vec::new(), end: None };
        for line in lines {
            match line.split_once(": ")? {
                ("page", page) => slip.pages.push(read_page(page)?),
                ("complete", end) => slip.end = Some(read_end(SheetsDeed::Complete, end)?),
                ("give back", end) => slip.end = Some(read_end(SheetsDeed::GiveBack, end)?),
                _ => return None,
            }
        }
        Some(slip)
    }
}

fn read_page(text: &str) -> Option<SlipPage> {
    let mut parts = text.split(' ');
    let (call, scan) = (parts.next()?.parse().ok()?, Digest::parse(parts.next()?).ok()?);
    let page = parts.next()?.parse().ok()?;
    let sheet = parts.next()?.parse().ok();
    Some(SlipPage { call, scan, page, sheet })
}

fn read_end(deed: SheetsDeed, text: &str) -> Option<SheetsEnd> {
    let (by, reason) = text.split_once(' ')?;
    Some(SheetsEnd { deed, by: UserId::parse(by).ok()?, reason: reason.to_owned() })
}

/// A text on one line, however it was typed.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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

    #[test]
    fn the_sheets_of_a_form_are_read_as_they_were_noted() {
        let form = FormMark::new(UserNumber::parse("1AB2CD3EF").unwrap(), 42);
        let call = ReceiptNo::from_str("20261201-000001-4").unwrap();
        let page = |page, sheet| SlipPage { call, scan: Digest::of(&[1]), page, sheet };
        let pages = vec![page(2, Some(1)), page(3, None), page(1, Some(3))];
        let by = UserId::parse("clerk001").unwrap();
        let end =
            |deed| SheetsEnd { deed, by: by.clone(), reason: "お電話で 確認".to_owned() };
        for end in [None, Some(end(SheetsDeed::Complete)), Some(end(SheetsDeed::GiveBack))] {
            let slip = SheetsSlip { form, of: 3, pages: pages.clone(), end };
            assert_eq!(SheetsSlip::read(&slip.text()), Some(slip.clone()));
            assert_eq!(slip.missing(), [2]);
        }
        for other in ["", "II*", "kessai sheets slip 1\n", "kessai sheets slip 2\nform: x"] {
            assert_eq!(SheetsSlip::read(other), None, "{other}");
        }
    }
}
