//! Bits of a FAX, the highest of each byte first.

/// How many zeros begin the mark that ends a row (EOL); a one follows.
const EOL_ZEROS: usize = 11;

/// A place among bits. Beyond their end there are only zeros, which are no code word.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where this is, counted in bits.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Goes to a place it was at.
    pub(super) const fn go(&mut self, at: usize) {
        self.at = at;
    }

    /// Goes behind all bits.
    pub(super) const fn go_to_end(&mut self) {
        self.at = self.bytes.len() * 8;
    }

    /// Whether all bits are behind it.
    pub(super) const fn ended(&self) -> bool {
        self.at >= self.bytes.len() * 8
    }

    /// The next `count` bits, at most 16, without going on.
    pub(super) fn peek(&self, count: u32) -> usize {
        let (byte, bit) = (self.at / 8, self.at % 8);
        let next = self.bytes.get(byte..).unwrap_or_default();
        let four = next.first_chunk().map_or_else(
            || {
                let mut padded = [0; 4];
                padded.iter_mut().zip(next).for_each(|(to, from)| *to = *from);
                padded
            },
            |four: &[u8; 4]| *four,
        );
        let bits = u32::from_be_bytes(four) << bit;
        (bits >> (32 - count)) as usize
    }

    /// Goes on by some bits.
    pub(super) const fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    /// Goes on to where a byte begins.
    pub(super) const fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }

    /// Goes past a mark of a row's end, if there is one here; fill zeros before it belong to it.
    pub(super) fn take_eol(&mut self) -> bool {
        if self.peek(11) != 0 {
            return false;
        }
        let place = self.first_one();
        let found = place.is_some_and(|one| one - self.at >= EOL_ZEROS);
        if let (Some(one), true) = (place, found) {
            self.at = one + 1;
        }
        found
    }

    /// Goes before the next mark of a row's end, wherever it is.
    pub(super) fn find_eol(&mut self) -> bool {
        let mut from = self.at;
        while let Some(one) = self.first_one() {
            if one - from >= EOL_ZEROS {
                self.at = from;
                return true;
            }
            from = one + 1;
            self.at = from;
        }
        false
    }

    /// The place of the next bit that is set.
    fn first_one(&self) -> Option<usize> {
        let (byte, bit) = (self.at / 8, self.at % 8);
        let first = self.bytes.get(byte)? & (0xff >> bit);
        if first != 0 {
            return Some(byte * 8 + first.leading_zeros() as usize);
        }
        let rest = self.bytes.get(byte + 1..)?;
        let zeros = rest.iter().position(|byte| *byte != 0)?;
        let found = rest.get(zeros)?;
        Some((byte + 1 + zeros) * 8 + found.leading_zeros() as usize)
    }
}
