//! What the QR codes of a request form printed by us say.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::UserNumber;

/// A request form (FAX用の記録請求書): for whom it was printed, and its own number. All sheets of one
/// request share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FormMark {
    /// The customer it was printed for.
    pub customer: UserNumber,
    /// Its number, of ten digits, made by chance.
    pub serial: u64,
}

/// One sheet of a form, as its QR code names it.
///
/// Shape of the code's text: `K1:1AB2CD3EF:0123456789:CHECK` of a form of one sheet, of others
/// `K2:1AB2CD3EF:0123456789:23:CHECK` with the sheet and how many there are; in the characters a QR
/// code packs most tightly, so that it stays small enough to survive a FAX. The check is made with
/// the bank's key: nobody else can print a form, put another customer on one, or call a sheet
/// another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormSheet {
    /// The form.
    pub mark: FormMark,
    /// Which sheet, from 1.
    pub sheet: u8,
    /// How many there are, at most [`FORM_SHEETS_MAX`].
    pub of: u8,
}

/// Characters of a check: fifty bits, five a character.
const CHECK_LEN: usize = 10;
/// Numbers of forms are below.
const SERIALS: u64 = 10_000_000_000;
/// The most sheets of one form: one digit in its code.
pub const FORM_SHEETS_MAX: u8 = 9;

/// How many sheets a form has: 1 to [`FORM_SHEETS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSheets(u8);

impl FormSheets {
    /// One sheet.
    pub const ONE: Self = Self(1);

    /// Reads a number of sheets; nothing beyond its bounds.
    pub fn parse(text: &str) -> Option<Self> {
        let count = text.trim().parse().ok()?;
        (1..=FORM_SHEETS_MAX).contains(&count).then_some(Self(count))
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl FormMark {
    /// A form with a number made of random bits.
    pub const fn new(customer: UserNumber, random: u64) -> Self {
        Self { customer, serial: random.wrapping_rem(SERIALS) }
    }

    /// Reads a printed number as people type it: in full width, with or without its hyphen.
    /// Nothing where it has not ten digits.
    pub fn serial_of(text: &str) -> Option<u64> {
        let narrow = text.chars().map(super::keying::narrow);
        let kept: String =
            narrow.filter(|c| !c.is_whitespace() && !"-ー－‐".contains(*c)).collect();
        let digits = kept.len() == 10 && kept.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| kept.parse().ok()).flatten()
    }
}

impl FormSheet {
    /// What the check is made of.
    pub fn message(&self) -> String {
        let Self { mark: FormMark { customer, serial }, sheet, of } = self;
        match of {
            1 => format!("K1:{customer}:{serial:010}"),
            _ => format!("K2:{customer}:{serial:010}:{sheet}{of}"),
        }
    }

    /// The code's text with a seal made of [`FormSheet::message`].
    pub fn text(&self, seal: &[u8; 32]) -> String {
        format!("{}:{}", self.message(), check(seal))
    }

    /// Reads a code's text, with the check it carries; nothing where it is no form of ours.
    pub fn read(text: &str) -> Option<(Self, &str)> {
        let mut parts = text.split(':');
        let (version, customer, number) = (parts.next()?, parts.next()?, parts.next()?);
        let (sheet, of) = match version {
            "K1" => (1, 1),
            "K2" => sheet_of(parts.next()?)?,
            _ => return None,
        };
        let check = parts.next().filter(|check| check.len() == CHECK_LEN)?;
        let customer = UserNumber::parse(customer).ok()?;
        let mark = FormMark { customer, serial: number.parse().ok()? };
        let read = Self { mark, sheet, of };
        // To the letter: nothing that would be written otherwise is read.
        (format!("{}:{check}", read.message()) == text).then_some((read, check))
    }

    /// Whether a check is that of a seal.
    pub fn is_sealed(check: &str, seal: &[u8; 32]) -> bool {
        self::check(seal) == check
    }
}

/// Reads `23`: the second of three sheets.
fn sheet_of(text: &str) -> Option<(u8, u8)> {
    let (sheet, of) = text.split_at_checked(1)?;
    let (sheet, of) = (sheet.parse().ok()?, of.parse().ok()?);
    let fits = (2..=FORM_SHEETS_MAX).contains(&of) && (1..=of).contains(&sheet);
    fits.then_some((sheet, of))
}

/// `01234-56789`: the number as it is printed and read aloud.
impl fmt::Display for FormMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HALF: u64 = 100_000;
        let (high, low) = (self.serial.wrapping_div(HALF), self.serial.wrapping_rem(HALF));
        write!(f, "{high:05}-{low:05}")
    }
}

/// The first fifty bits of a seal in letters and digits that no FAX turns into one another.
pub(super) fn check(seal: &[u8; 32]) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bits = seal.iter().take(8).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    let letter = |place: usize| {
        let shift = u32::try_from(place.saturating_mul(5)).unwrap_or(0).saturating_add(5);
        let at = bits.rotate_left(shift) & 31;
        let at = usize::try_from(at).unwrap_or(0);
        LETTERS.get(at).copied().map_or('2', char::from)
    };
    (0..CHECK_LEN).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_form_is_read_as_it_was_printed_and_by_its_own_seal_alone(
            random in any::<u64>(), seal in any::<[u8; 32]>(), other in any::<[u8; 32]>(),
            (sheet, of) in (1..=9_u8).prop_flat_map(|of| (1..=of, Just(of))),
        ) {
            let mark = FormMark::new(UserNumber::parse("1AB2CD3EF").unwrap(), random);
            let one = FormSheet { mark, sheet, of };
            let text = one.text(&seal);
            prop_assert!(text.len() <= 38, "it fits a code of 25 modules");
            let (read, check) = FormSheet::read(&text).unwrap();
            prop_assert_eq!(read, one);
            prop_assert!(FormSheet::is_sealed(check, &seal));
            prop_assert_eq!(FormSheet::is_sealed(check, &other), seal[..7] == other[..7]
                || check == super::check(&other));
        }

        #[test]
        fn what_is_no_form_of_ours_is_none(text in "[A-Z0-9:]{0,40}") {
            if let Some((one, check)) = FormSheet::read(&text) {
                prop_assert_eq!(format!("{}:{check}", one.message()), text);
            }
        }
    }

    #[test]
    fn a_printed_number_is_read_as_people_type_it() {
        let mark = FormMark::new(UserNumber::parse("1AB2CD3EF").unwrap(), 1_234_567_890);
        for text in [mark.to_string().as_str(), "1234567890", " １２３４５－６７８９０ "]
        {
            assert_eq!(FormMark::serial_of(text), Some(mark.serial), "{text}");
        }
        for text in ["", "12345-6789", "12345-67890-1", "12345-6789x", "+123456789"] {
            assert_eq!(FormMark::serial_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_sheet_is_one_of_as_many_as_there_are() {
        for sheet in ["10", "11", "32", "03", "0", "2", "234", "あ"] {
            let text = format!("K2:1AB2CD3EF:0123456789:{sheet}:23456789AB");
            assert_eq!(FormSheet::read(&text), None, "{sheet}");
        }
        let (read, _) = FormSheet::read("K2:1AB2CD3EF:0123456789:23:23456789AB").unwrap();
        assert_eq!((read.sheet, read.of), (2, 3));
    }
}
