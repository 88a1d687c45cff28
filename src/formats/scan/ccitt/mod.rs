//! Rows of dots out of what FAX machines send: T.4 (Group 3) and T.6 (Group 4).
//!
//! Whatever the bytes are, [`decode`] gives all the rows that were asked for and says which of
//! them are damaged. After a damaged row of Group 3 it goes on at the next mark of a row's end;
//! Group 4 has no such marks, so the rest is damaged.

mod bits;
mod codes;

use bits::Bits;
use codes::{BLACK, MODE_BITS, MODES, Mode, RUN_BITS, WHITE};

use super::page::{Bitmap, Damage};

/// How rows are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Runs alone. Marks of a row's end may be there or not.
    Group3,
    /// Runs, or changes from the row above, as a bit before each row says.
    Group3TwoWay,
    /// Changes from the row above.
    Group4,
}

/// What is known of packed rows.
#[derive(Debug, Clone, Copy)]
pub struct Packing {
    /// How they are packed.
    pub scheme: Scheme,
    /// Whether each row begins with a byte of its own.
    pub aligned: bool,
}

/// A row that cannot be what was sent.
struct Broken;

/// Reads `rows` rows into `onto` from its row `first` on; returns how many the data held up to
/// its end, broken ones counted, and notes the damaged ones.
pub fn decode(
    packed: &[u8],
    packing: Packing,
    onto: &mut Bitmap,
    (first, rows): (u32, u32),
    damage: &mut Damage,
) -> u32 {
    let mut reader = Reader {
        bits: Bits::new(packed),
        packing,
        width: onto.width(),
        above: Vec::new(),
        row: Vec::new(),
        has_marks: false,
        lost: false,
    };
    for n in 0..rows {
        match reader.next() {
            Next::Row => {}
            Next::Broken => damage.row(first + n),
            Next::End => {
                damage.rows(first + n, rows - n);
                return n;
            }
        }
        onto.fill(first + n, &reader.above);
    }
    rows
}

/// What came of reading a row; the row itself is then the one above the next.
enum Next {
    Row,
    /// The row above stands in for it.
    Broken,
    End,
}

/// Rows are kept as the places where the colour changes, from white at the left.
struct Reader<'a> {
    bits: Bits<'a>,
    packing: Packing,
    width: u32,
    above: Vec<u32>,
    row: Vec<u32>,
    /// Whether a mark of a row's end was seen: then every row has one.
    has_marks: bool,
    /// Whether the row above is not what was sent.
    lost: bool,
}

impl Reader<'_> {
    fn next(&mut self) -> Next {
        if self.packing.scheme == Scheme::Group4 { self.group4() } else { self.group3() }
    }

    fn group4(&mut self) -> Next {
        if self.packing.aligned {
            self.bits.align();
        }
        if self.lost || self.bits.ended() || self.bits.peek(12) == 1 {
            return Next::End;
        }
        if self.changes().is_ok() {
            std::mem::swap(&mut self.above, &mut self.row);
            return Next::Row;
        }
        self.lost = true;
        Next::Broken
    }

    fn group3(&mut self) -> Next {
        if !self.begin() {
            return Next::End;
        }
        let start = self.bits.at();
        let by_runs = self.packing.scheme == Scheme::Group3 || self.take_bit();
        let read = if by_runs { self.runs() } else { self.changes() };
        // A row of the right width that no mark follows has its dots in the wrong places.
        let ended = self.bits.clone().take_eol() || self.bits.ended() || self.only_fill();
        if read.is_ok() && (ended || !self.has_marks) {
            if !by_runs && self.lost {
                // Its changes are from a row nobody has.
                return Next::Broken;
            }
            self.lost = false;
            std::mem::swap(&mut self.above, &mut self.row);
            return Next::Row;
        }
        self.lost = true;
        self.bits.go(start);
        let may_have_marks = self.has_marks || !self.packing.aligned;
        if !may_have_marks || !self.bits.find_eol() {
            self.bits.go_to_end();
        }
        Next::Broken
    }

    /// Goes past the marks before a row; false where the page ends.
    fn begin(&mut self) -> bool {
        let two_way = self.packing.scheme == Scheme::Group3TwoWay;
        let mut marks = 0;
        if self.packing.aligned {
            // Filling and a row that begins with zeros would look like a mark.
            self.bits.align();
        }
        while self.bits.take_eol() {
            self.has_marks = true;
            marks += 1;
            // The end of a page is six marks, each with its bit where rows have one.
            let mut ahead = self.bits.clone();
            ahead.skip(usize::from(two_way));
            if !ahead.clone().take_eol() {
                break;
            }
            if marks == 3 {
                return false;
            }
            self.bits = ahead;
        }
        !self.bits.ended() && !self.only_fill()
    }

    /// Whether nothing but the filling of the last byte is left.
    fn only_fill(&self) -> bool {
        let mut ahead = self.bits.clone();
        ahead.skip(16);
        ahead.ended() && self.bits.peek(16) == 0
    }

    fn take_bit(&mut self) -> bool {
        let bit = self.bits.peek(1) == 1;
        self.bits.skip(1);
        bit
    }

    /// A row by its runs.
    fn runs(&mut self) -> Result<(), Broken> {
        self.row.clear();
        let (mut at, mut black) = (0, false);
        while at < self.width {
            at = self.run(at, black)?;
            self.change(at);
            black = !black;
        }
        Ok(())
    }

    /// A row by its changes from the one above.
    fn changes(&mut self) -> Result<(), Broken> {
        self.row.clear();
        let (mut at, mut black, mut begun) = (0, false, false);
        let mut over = 0;
        while at < self.width {
            // The first change above, right of here, to the other colour. It may lie before the
            // one that was looked at last, but never by more than one of its kind.
            over = if over % 2 == usize::from(black) {
                over
            } else if over == 0 {
                1
            } else {
                over - 1
            };
            while self.above.get(over).is_some_and(|place| *place < at || begun && *place == at) {
                over += 2;
            }
            let change = |n: usize| self.above.get(n).copied().unwrap_or(self.width);
            let (bits, mode) = MODES[self.bits.peek(MODE_BITS)];
            let (near, next) = (change(over), change(over + 1));
            self.bits.skip(usize::from(bits));
            match mode {
                Mode::Pass => at = next,
                Mode::Horizontal => {
                    let middle = self.run(at, black)?;
                    let end = self.run(middle, !black)?;
                    self.change(middle);
                    self.change(end);
                    at = end;
                }
                Mode::Vertical(beside) => {
                    let place = near.checked_add_signed(i32::from(beside)).ok_or(Broken)?;
                    if place < at || place > self.width {
                        return Err(Broken);
                    }
                    self.change(place);
                    (at, black) = (place, !black);
                }
                Mode::None => return Err(Broken),
            }
            begun = true;
        }
        Ok(())
    }

    /// Where a run from `at` ends.
    fn run(&mut self, at: u32, black: bool) -> Result<u32, Broken> {
        let table = if black { &BLACK } else { &WHITE };
        let mut end = at;
        loop {
            let run = table[self.bits.peek(RUN_BITS)];
            self.bits.skip(usize::from(run.bits));
            end += u32::from(run.dots);
            if run.bits == 0 || end > self.width {
                return Err(Broken);
            }
            if run.dots < 64 {
                return Ok(end);
            }
        }
    }

    /// Notes that the colour changes; two changes at one place are none.
    fn change(&mut self, place: u32) {
        if self.row.last() == Some(&place) {
            self.row.pop();
        } else if place < self.width {
            self.row.push(place);
        }
    }
}
