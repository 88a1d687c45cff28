//! What the QR code of a request form printed by us says.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::UserNumber;

/// A request form (FAX用の記録請求書) as its QR code names it: for whom it was printed, and its own
/// number.
///
/// Shape of the code's text: `K1:1AB2CD3EF:0123456789:CHECK`, in the characters a QR code packs
/// most tightly, so that it stays small enough to survive a FAX. The check is made with the bank's
/// key: nobody else can print a form, or put another customer on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FormMark {
    /// The customer it was printed for.
    pub customer: UserNumber,
    /// Its number, of ten digits, made by chance.
    pub serial: u64,
}

/// Characters of a check: fifty bits, five a character.
const CHECK_LEN: usize = 10;
/// Numbers of forms are below.
const SERIALS: u64 = 10_000_000_000;

impl FormMark {
    /// A form with a number made of random bits.
    pub const fn new(customer: UserNumber, random: u64) -> Self {
        Self { customer, serial: random.wrapping_rem(SERIALS) }
    }

    /// What the check is made of.
    pub fn message(&self) -> String {
        format!("K1:{}:{:010}", self.customer, self.serial)
    }

    /// The code's text with a seal made of [`FormMark::message`].
    pub fn text(&self, seal: &[u8; 32]) -> String {
        format!("{}:{}", self.message(), check(seal))
    }

    /// Reads a code's text, with the check it carries; nothing where it is no form of ours.
    pub fn read(text: &str) -> Option<(Self, &str)> {
        let mut parts = text.split(':');
        let (version, customer, serial) = (parts.next()?, parts.next()?, parts.next()?);
        let check = parts.next().filter(|check| check.len() == CHECK_LEN)?;
        let whole = version == "K1" && serial.len() == 10 && parts.next().is_none();
        let serial = serial.parse().ok().filter(|_| whole)?;
        Some((Self { customer: UserNumber::parse(customer).ok()?, serial }, check))
    }

    /// Whether a check is that of a seal.
    pub fn is_sealed(check: &str, seal: &[u8; 32]) -> bool {
        self::check(seal) == check
    }
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
        ) {
            let mark = FormMark::new(UserNumber::parse("1AB2CD3EF").unwrap(), random);
            let text = mark.text(&seal);
            prop_assert!(text.len() <= 38, "it fits a code of 25 modules");
            let (read, check) = FormMark::read(&text).unwrap();
            prop_assert_eq!(read, mark);
            prop_assert!(FormMark::is_sealed(check, &seal));
            prop_assert_eq!(FormMark::is_sealed(check, &other), seal[..7] == other[..7]
                || check == super::check(&other));
        }

        #[test]
        fn what_is_no_form_of_ours_is_none(text in "[A-Z0-9:]{0,40}") {
            if let Some((mark, check)) = FormMark::read(&text) {
                prop_assert_eq!(format!("{}:{check}", mark.message()), text);
            }
        }
    }
}
