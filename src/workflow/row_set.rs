//! A few record numbers among many.

use serde::{Deserialize, Serialize};

/// Record numbers in rising order, each once.
///
/// Shape: the gaps between them in groups of seven bits, so that a thousand exceptions of a
/// hundred thousand rows take about a kilobyte in the batch's head.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowSet {
    gaps: Vec<u8>,
}

impl RowSet {
    /// The set of these numbers, whatever their order.
    pub fn of(rows: impl IntoIterator<Item = u32>) -> Self {
        let mut sorted: Vec<u32> = rows.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut gaps = Vec::with_capacity(sorted.len());
        let mut before = 0_u32;
        for row in sorted {
            push(&mut gaps, row.saturating_sub(before));
            before = row;
        }
        Self { gaps }
    }

    /// Reads what a person writes: `3, 17, 20-25`, full-width digits and commas included.
    ///
    /// Nothing for anything else, for 0, and for more than `most` numbers.
    pub fn parse(text: &str, most: usize) -> Option<Self> {
        let plain: String = text.chars().map(half_width).collect();
        let mut rows = Vec::new();
        for part in plain.split([',', ' ', '\n']).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
            let count = usize::try_from(last.checked_sub(first)?).ok()?;
            if first == 0 || rows.len().saturating_add(count) >= most {
                return None;
            }
            rows.extend(first..=last);
        }
        (!rows.is_empty()).then(|| Self::of(rows))
    }

    /// The numbers, rising.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let mut bytes = self.gaps.iter();
        let mut before = 0_u32;
        std::iter::from_fn(move || {
            before = before.saturating_add(take(&mut bytes)?);
            Some(before)
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.gaps.iter().filter(|byte| **byte < 0x80).count()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// Whether `row` is among them.
    pub fn contains(&self, row: u32) -> bool {
        self.iter().take_while(|known| *known <= row).any(|known| known == row)
    }
}

/// As a person reads it: `3・17`, and how many there are beyond the first twenty.
impl std::fmt::Display for RowSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 20;
        let shown: Vec<String> = self.iter().take(SHOWN).map(|row| row.to_string()).collect();
        f.write_str(&shown.join("・"))?;
        match self.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "…ほか{more}件"),
        }
    }
}

fn half_width(c: char) -> char {
    match c {
        '０'..='９' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        '、' | '，' | '・' | '\u{3000}' | '\r' | '\t' => ' ',
        '－' | '〜' | '～' | 'ー' => '-',
        _ => c,
    }
}

fn push(gaps: &mut Vec<u8>, mut gap: u32) {
    loop {
        let low = u8::try_from(gap & 0x7F).unwrap_or(0);
        gap >>= 7;
        if gap == 0 {
            gaps.push(low);
            return;
        }
        gaps.push(low | 0x80);
    }
}

fn take(bytes: &mut std::slice::Iter<'_, u8>) -> Option<u32> {
    let (mut gap, mut shift) = (0_u32, 0_u32);
    loop {
        let byte = *bytes.next()?;
        gap |= u32::from(byte & 0x7F).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Some(gap);
        }
        shift = shift.saturating_add(7);
    }
}

#[cfg(test)]
mod tests {
    use super::RowSet;

    #[test]
    fn what_goes_in_comes_out_in_order_and_once() {
        let rows = [17, 3, 17, 100_000, 1, u32::MAX];
        let set = RowSet::of(rows);
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 3, 17, 100_000, u32::MAX]);
        assert_eq!(set.len(), 5);
        assert!(set.contains(17) && !set.contains(18));
        assert!(RowSet::default().is_empty());
    }

    #[test]
    fn a_thousand_of_a_hundred_thousand_take_about_a_kilobyte() {
        let set = RowSet::of((0..1_000).map(|n| 1 + n * 100));
        assert_eq!(set.len(), 1_000);
        assert!(set.gaps.len() <= 1_010, "{}", set.gaps.len());
    }

    #[test]
    fn a_person_writes_numbers_and_ranges() {
        let read = |text| RowSet::parse(text, 100).map(|set| set.iter().collect::<Vec<_>>());
        assert_eq!(read("3, 17"), Some(vec![3, 17]));
        assert_eq!(read("１７、３ 20-22"), Some(vec![3, 17, 20, 21, 22]));
        assert_eq!(read("5〜7"), Some(vec![5, 6, 7]));
        for wrong in ["", " ", "x", "0", "7-5", "1-101", "-3", "1.5"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn many_are_shown_as_the_first_and_how_many_more() {
        assert_eq!(RowSet::of([3, 17]).to_string(), "3・17");
        assert!(RowSet::of(1..=25).to_string().ends_with("20…ほか5件"));
    }
}
