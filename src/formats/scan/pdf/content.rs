//! The words of a PDF's content: what is drawn, and with what.
//!
//! Only what matters here is kept: of an operator its numbers, its last name, and whether there is
//! text. Nothing is built up, so a stranger's content takes no memory.

/// What an operator was given.
#[derive(Debug, Default)]
pub(super) struct Operands {
    /// The last numbers, in millionths; six are the most an operator needs.
    numbers: [i64; 6],
    /// The last name.
    pub(super) name: Vec<u8>,
    /// Whether any text has a character.
    pub(super) has_text: bool,
}

impl Operands {
    /// The last six numbers in their order, in millionths.
    pub(super) const fn six(&self) -> [i64; 6] {
        self.numbers
    }

    /// The last number, whole.
    pub(super) const fn last(&self) -> i64 {
        self.numbers[5] / 1_000_000
    }

    fn number(&mut self, number: i64) {
        self.numbers.rotate_left(1);
        self.numbers[5] = number;
    }
}

/// Reads a content one operator after another.
#[derive(Debug)]
pub(super) struct Words<'a>(pub(super) &'a [u8]);

impl<'a> Words<'a> {
    /// The next operator and what it was given; none at the end.
    pub(super) fn operator(&mut self) -> Option<(&'a [u8], Operands)> {
        let mut given = Operands::default();
        loop {
            self.skip_space();
            let (&first, rest) = self.0.split_first()?;
            match first {
                b'(' => given.has_text |= self.literal(),
                b'<' if rest.first() != Some(&b'<') => given.has_text |= self.hexadecimal(),
                b'/' => {
                    self.0 = rest;
                    given.name = unescaped(self.regular());
                }
                // The beginning of a dictionary, both signs of it: one alone begins a text.
                b'<' => self.0 = rest.get(1..).unwrap_or_default(),
                b'>' | b'[' | b']' | b'{' | b'}' | b')' => self.0 = rest,
                _ => {
                    let word = self.regular();
                    match millionths(word) {
                        Some(number) => given.number(number),
                        None if matches!(word, b"true" | b"false" | b"null") => {}
                        None => return Some((word, given)),
                    }
                }
            }
        }
    }

    /// Goes past spaces and comments.
    fn skip_space(&mut self) {
        while let Some((&first, rest)) = self.0.split_first() {
            self.0 = match first {
                b'%' => rest.trim_prefix_while(|byte| !matches!(byte, b'\r' | b'\n')),
                byte if is_space(byte) => rest,
                _ => return,
            };
        }
    }

    /// A run of characters that end no word.
    fn regular(&mut self) -> &'a [u8] {
        let from = self.0;
        self.0 = from.trim_prefix_while(|byte| !is_space(byte) && !is_delimiter(byte));
        from.get(..from.len() - self.0.len()).unwrap_or_default()
    }

    /// Goes past a text in brackets; whether it has a character.
    fn literal(&mut self) -> bool {
        let (mut depth, mut length) = (0_usize, 0_usize);
        while let Some((&first, rest)) = self.0.split_first() {
            self.0 = rest;
            length += 1;
            match first {
                b'\\' => self.0 = rest.get(1..).unwrap_or_default(),
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        length > 2
    }

    /// Goes past a text in hexadecimal; whether it has a character.
    fn hexadecimal(&mut self) -> bool {
        let from = self.0;
        let after = from.trim_prefix_while(|byte| byte != b'>');
        self.0 = after.get(1..).unwrap_or_default();
        from.len() - after.len() > 1
    }
}

/// What is left of bytes after the first ones of a kind.
trait TrimPrefix {
    fn trim_prefix_while(&self, is_it: impl Fn(u8) -> bool) -> &Self;
}

impl TrimPrefix for [u8] {
    fn trim_prefix_while(&self, is_it: impl Fn(u8) -> bool) -> &Self {
        let end = self.iter().position(|byte| !is_it(*byte)).unwrap_or(self.len());
        self.get(end..).unwrap_or_default()
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// A name whose characters may be told by numbers (`#20`).
fn unescaped(name: &[u8]) -> Vec<u8> {
    let (mut rest, mut out) = (name, Vec::new());
    while let Some((&first, after)) = rest.split_first() {
        let told = after.get(..2).filter(|_| first == b'#');
        let told = told.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        out.push(told.unwrap_or(first));
        rest = after.get(if told.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    out
}

/// A number in millionths, cut off beyond them and beyond a thousand million; none of other words.
pub(super) fn millionths(word: &[u8]) -> Option<i64> {
    let (negative, digits) = match word.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, word),
    };
    let (mut value, mut below, mut seen) = (0_i64, None, false);
    for &byte in digits {
        match (byte, below) {
            (b'.', None) => below = Some(1_000_000_i64),
            (b'0'..=b'9', None) => {
                seen = true;
                let more = value * 10 + i64::from(byte - b'0') * 1_000_000;
                value = more.min(1_000_000_000_000_000);
            }
            (b'0'..=b'9', Some(place)) => {
                seen = true;
                value += i64::from(byte - b'0') * (place / 10);
                below = Some(place / 10);
            }
            // Some programs write `--5` and `0.0.1`; what they mean nobody knows.
            _ => return None,
        }
    }
    seen.then_some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_millionths() {
        let read = |word: &str| millionths(word.as_bytes());
        assert_eq!(read("152.82"), Some(152_820_000));
        assert_eq!(read("-.5"), Some(-500_000));
        assert_eq!(read("+7."), Some(7_000_000));
        assert_eq!(read("0.12345678"), Some(123_456));
        assert_eq!(read("99999999999999999999"), Some(1_000_000_000_000_000));
        for other in ["", "-", ".", "Do", "1e5", "--5", "0.0.1"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn an_operator_comes_with_its_numbers_its_name_and_whether_there_is_text() {
        let content =
            b"q 1 0 0 -1 0.5 7 cm%x\n/Im#30 Do[(a\\)(b))-3<>]TJ () Tj <41>' /A<</B(x)>>BDC";
        let mut words = Words(content);
        let mut told = Vec::new();
        while let Some((operator, given)) = words.operator() {
            let name = String::from_utf8(given.name.clone()).unwrap();
            told.push((String::from_utf8(operator.to_vec()).unwrap(), name, given.has_text));
            if operator == b"cm" {
                let whole = 1_000_000;
                assert_eq!(given.six(), [whole, 0, 0, -whole, whole / 2, 7 * whole]);
            }
        }
        let expected = [
            ("q", "", false),
            ("cm", "", false),
            ("Do", "Im0", false),
            ("TJ", "", true),
            ("Tj", "", false),
            ("'", "", true),
            ("BDC", "B", true),
        ];
        let expected = expected.map(|(word, name, text)| (word.to_owned(), name.to_owned(), text));
        assert_eq!(told, expected);
    }
}
