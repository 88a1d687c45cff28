//! Keying in what is on a paper (入力と照合): two people read what decides independently.
//!
//! The first reads the whole paper. The second reads only the fields in which a slip would move
//! money or a claim, without seeing what the first read. Where both differ a third reads those
//! fields alone, and a value holds only when two of the three read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Date, Field, Timestamp};

/// One request as it was keyed in: what was typed in each column; blank ones are left out.
pub type KeyedRow = BTreeMap<Field, String>;

/// What one person read from a paper: when it came, and its requests in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyedSheet {
    /// When the paper came (受付時刻), by its stamp or the head line of the FAX; none where that
    /// is not asked.
    pub received: Option<Timestamp>,
    /// The requests.
    pub rows: Vec<KeyedRow>,
}

/// What two people read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// When the paper came.
    Received,
    /// A field: the row, from 1, and the column.
    Cell(usize, Field),
}

/// The most requests that are keyed in from one paper.
pub const KEYED_ROWS_MAX: usize = 20;

/// The fields a second person reads without seeing the first reading: amount, due date, user
/// numbers and accounts, and what the request is and about which claim.
pub const READ_TWICE: [Field; 14] = [
    Field::RequestKind,
    Field::RecordNumber,
    Field::RequesterUserNumber,
    Field::RequesterBankCode,
    Field::RequesterBranchCode,
    Field::RequesterAccountType,
    Field::RequesterAccountNumber,
    Field::CounterpartyUserNumber,
    Field::CounterpartyBankCode,
    Field::CounterpartyBranchCode,
    Field::CounterpartyAccountType,
    Field::CounterpartyAccountNumber,
    Field::Amount,
    Field::DueDate,
];

/// What came of two readings, or of three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// All that is read twice was read alike by two people: this is the sheet.
    Agreed(KeyedSheet),
    /// A third person reads these.
    Differ(Vec<Difference>),
    /// They cannot be brought together: other numbers of rows, or three readings of one field. All
    /// begins anew.
    Apart,
}

/// Compares the readings of two people; `second` needs to hold no more than [`READ_TWICE`].
pub fn compare(first: &KeyedSheet, second: &KeyedSheet) -> Comparison {
    if first.rows.is_empty() || first.rows.len() != second.rows.len() {
        return Comparison::Apart;
    }
    let differ = differences(first, second);
    if differ.is_empty() { Comparison::Agreed(first.clone()) } else { Comparison::Differ(differ) }
}

/// Settles the fields two people read differently by what a third read there.
pub fn settle(first: &KeyedSheet, second: &KeyedSheet, third: &KeyedSheet) -> Comparison {
    let mut settled = first.clone();
    for difference in differences(first, second) {
        let Difference::Cell(number, field) = difference else {
            if third.received != first.received && third.received != second.received {
                return Comparison::Apart;
            }
            settled.received = third.received;
            continue;
        };
        let (a, b) = (read(first, number, field), read(second, number, field));
        let c = read(third, number, field);
        if same(field, c, b) && !same(field, c, a) {
            let row = number.checked_sub(1).and_then(|at| settled.rows.get_mut(at));
            row.map(|row| row.insert(field, b.to_owned()));
        } else if !same(field, c, a) {
            return Comparison::Apart;
        }
    }
    Comparison::Agreed(settled)
}

fn differences(first: &KeyedSheet, second: &KeyedSheet) -> Vec<Difference> {
    let rows = first.rows.len().max(second.rows.len());
    let each = (1..=rows).flat_map(|row| READ_TWICE.map(|field| (row, field)));
    let differ = each
        .filter(|(row, field)| !same(*field, read(first, *row, *field), read(second, *row, *field)))
        .map(|(row, field)| Difference::Cell(row, field));
    let received = (first.received != second.received).then_some(Difference::Received);
    received.into_iter().chain(differ).collect()
}

/// What a sheet says in one place; blank where it says nothing.
fn read(sheet: &KeyedSheet, row: usize, field: Field) -> &str {
    let row = row.checked_sub(1).and_then(|at| sheet.rows.get(at));
    row.and_then(|row| row.get(&field)).map_or("", String::as_str)
}

/// Whether two people mean the same: 1,000 and 1000 are one amount, 2026/12/1 and 20261201 one day.
fn same(field: Field, one: &str, other: &str) -> bool {
    meant(field, one) == meant(field, other)
}

fn meant(field: Field, text: &str) -> String {
    let narrow: String = text.trim().chars().map(narrow).collect();
    if field == Field::Amount {
        let is_sign = |c: &char| matches!(c, ',' | '円' | '¥' | '\\' | ' ');
        let digits: String = narrow.chars().filter(|c| !is_sign(c)).collect();
        return digits.trim_start_matches('0').to_owned();
    }
    if field == Field::DueDate {
        return Date::parse(&narrow).map_or(narrow, |date| date.to_string());
    }
    if is_code(field) && narrow.bytes().all(|byte| byte.is_ascii_digit()) {
        return narrow.trim_start_matches('0').to_owned();
    }
    narrow
}

/// A sheet as it was typed, but for the letters of user and record numbers: those are capitals.
#[must_use]
pub fn with_capitals(mut sheet: KeyedSheet) -> KeyedSheet {
    const NUMBERS: [Field; 3] =
        [Field::RequesterUserNumber, Field::CounterpartyUserNumber, Field::RecordNumber];
    for row in &mut sheet.rows {
        for field in NUMBERS {
            if let Some(text) = row.get_mut(&field) {
                *text = text.chars().map(narrow).collect::<String>().to_ascii_uppercase();
            }
        }
    }
    sheet
}

/// Whether leading zeros of a number are only its filling.
const fn is_code(field: Field) -> bool {
    matches!(
        field,
        Field::RequesterBankCode
            | Field::RequesterBranchCode
            | Field::RequesterAccountNumber
            | Field::CounterpartyBankCode
            | Field::CounterpartyBranchCode
            | Field::CounterpartyAccountNumber
    )
}

/// Full-width letters, digits, signs and blanks as half-width ones.
pub(super) fn narrow(c: char) -> char {
    if c == '\u{3000}' {
        return ' ';
    }
    let code = u32::from(c);
    let ascii = (0xFF01..=0xFF5E).contains(&code).then(|| code.wrapping_sub(0xFEE0));
    ascii.and_then(char::from_u32).unwrap_or(c)
}

/// How far a paper's keying has come. New kinds are added at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyingStage {
    /// Somebody is to read all of it.
    #[default]
    First,
    /// Another person is to read what decides.
    Second,
    /// A third person is to read what the two read differently.
    Third,
    /// All that is read twice was read alike by two people.
    Settled,
    /// Two people say that it is no request.
    Refused,
    /// It carries sheets of forms of which others are still to come; nobody reads it yet.
    Sheets,
    /// Nobody is to read it: its sheets went into papers of their own, or what there is of a form
    /// was given back.
    Closed,
    /// It is no paper but what somebody keyed in elsewhere, and waits for the picture of its name.
    Sidecar,
}

impl KeyingStage {
    /// The word on pages, e.g. 入力待ち.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::First => "入力待ち",
            Self::Second => "照合入力待ち",
            Self::Third => "相違あり・三人目の入力待ち",
            Self::Settled => "入力済み",
            Self::Refused => "請求ではないもの",
            Self::Sheets => "ページ待ち",
            Self::Closed => "入力しないもの",
            Self::Sidecar => "画像待ち",
        }
    }

    /// Whether somebody is still to read.
    pub const fn waits(self) -> bool {
        matches!(self, Self::First | Self::Second | Self::Third)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sheet(rows: &[&[(Field, &str)]]) -> KeyedSheet {
        let row = |cells: &&[(Field, &str)]| {
            cells.iter().map(|(field, text)| (*field, (*text).to_owned())).collect()
        };
        KeyedSheet { rows: rows.iter().map(row).collect(), ..KeyedSheet::default() }
    }

    #[test]
    fn two_people_who_mean_the_same_agree_however_they_typed_it() {
        let first = sheet(&[&[
            (Field::Amount, "1,000,000"),
            (Field::DueDate, "2027/1/5"),
            (Field::CounterpartyAccountNumber, "0012345"),
            (Field::RequesterUserNumber, "1AB2CD3EF"),
            (Field::RequesterRef, "A-1"),
        ]]);
        let second = sheet(&[&[
            (Field::Amount, "１００００００円"),
            (Field::DueDate, "20270105"),
            (Field::CounterpartyAccountNumber, "12345"),
            (Field::RequesterUserNumber, "1ａb2cd3ef"),
        ]]);
        assert_eq!(compare(&first, &with_capitals(second)), Comparison::Agreed(first));
    }

    #[test]
    fn a_value_holds_only_when_two_of_three_read_it() {
        let one = |amount| sheet(&[&[(Field::Amount, amount)]]);
        let (first, second) = (one("1000"), one("7000"));
        assert_eq!(
            compare(&first, &second),
            Comparison::Differ(vec![Difference::Cell(1, Field::Amount)])
        );
        assert_eq!(settle(&first, &second, &one("1000")), Comparison::Agreed(one("1000")));
        assert_eq!(settle(&first, &second, &one("7000")), Comparison::Agreed(one("7000")));
        assert_eq!(settle(&first, &second, &one("4000")), Comparison::Apart);
    }

    #[test]
    fn when_a_paper_came_is_read_twice_like_an_amount() {
        let at = |minute: i64| KeyedSheet {
            received: Some(Timestamp::from_ms(minute * 60_000)),
            ..sheet(&[&[(Field::Amount, "1000")]])
        };
        assert_eq!(compare(&at(1), &at(1)), Comparison::Agreed(at(1)));
        assert_eq!(compare(&at(1), &at(2)), Comparison::Differ(vec![Difference::Received]));
        assert_eq!(settle(&at(1), &at(2), &at(2)), Comparison::Agreed(at(2)));
        assert_eq!(settle(&at(1), &at(2), &at(3)), Comparison::Apart);
    }

    #[test]
    fn another_number_of_requests_begins_anew() {
        let row: &[(Field, &str)] = &[(Field::Amount, "1000")];
        assert_eq!(compare(&sheet(&[row]), &sheet(&[row, row])), Comparison::Apart);
        assert_eq!(compare(&sheet(&[]), &sheet(&[])), Comparison::Apart);
    }

    fn reading() -> impl Strategy<Value = KeyedSheet> {
        let value = prop::sample::select(vec!["", "1", "7", "10", "２", "1,0"]);
        let row = prop::collection::btree_map(
            prop::sample::select(Field::ALL.to_vec()),
            value.prop_map(str::to_owned),
            0..6,
        );
        let received = prop::option::of((0..2_i64).prop_map(Timestamp::from_ms));
        (received, prop::collection::vec(row, 0..3))
            .prop_map(|(received, rows)| KeyedSheet { received, rows })
    }

    proptest! {
        /// Whatever three people type, what is settled was read by two of them in every field that
        /// is read twice.
        #[test]
        fn nothing_is_settled_that_two_people_did_not_read(
            a in reading(), b in reading(), c in reading(),
        ) {
            let settled = match compare(&a, &b) {
                Comparison::Agreed(sheet) => sheet,
                Comparison::Differ(_) => match settle(&a, &b, &c) {
                    Comparison::Agreed(sheet) => sheet,
                    Comparison::Differ(_) | Comparison::Apart => return Ok(()),
                },
                Comparison::Apart => return Ok(()),
            };
            let times = [&a, &b, &c].into_iter().filter(|one| one.received == settled.received);
            prop_assert!(times.count() >= 2);
            for row in 1..=settled.rows.len() {
                for field in READ_TWICE {
                    let value = read(&settled, row, field);
                    let readers = [&a, &b, &c].into_iter();
                    let agree = readers.filter(|one| same(field, read(one, row, field), value));
                    prop_assert!(agree.count() >= 2);
                }
            }
        }
    }
}
