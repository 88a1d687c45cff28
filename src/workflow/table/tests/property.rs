//! Tables against a plain reading of them: every point of a small world, one by one.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers made here")]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::amount::amount;
use super::*;
use crate::domain::YenTotal;
use crate::workflow::expr::{Field, Type};

/// A cell of the column `n`, whose world is missing and 0 to 9, or `t`: a, b and other texts.
#[derive(Debug, Clone)]
enum Cell {
    Any,
    Below(i64),
    From(i64),
    Between(i64, i64),
    Either(i64, i64),
    Not(i64),
    Text(&'static str),
    NotText(&'static str),
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Any => "-".into(),
            Self::Below(n) => format!("{n}未満"),
            Self::From(n) => format!(">= {n}"),
            Self::Between(low, high) => format!("[{low}..{high}]"),
            Self::Either(one, other) => format!("{one}、{other}"),
            Self::Not(n) => format!("{n}以外"),
            Self::Text(text) => (*text).into(),
            Self::NotText(text) => format!("{text}以外"),
        }
    }

    fn passes(&self, number: Option<i64>, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Below(n) => number.is_some_and(|number| number < *n),
            Self::From(n) => number.is_some_and(|number| number >= *n),
            Self::Between(low, high) => number.is_some_and(|n| (*low..=*high).contains(&n)),
            Self::Either(one, other) => number.is_some_and(|n| n == *one || n == *other),
            Self::Not(n) => number.is_some_and(|number| number != *n),
            Self::Text(own) => text == *own,
            Self::NotText(own) => text != *own,
        }
    }
}

fn numbers() -> impl Strategy<Value = Cell> {
    prop_oneof![
        2 => Just(Cell::Any),
        3 => (1..9_i64).prop_map(Cell::Below),
        3 => (1..9_i64).prop_map(Cell::From),
        3 => (0..9_i64, 0..5_i64).prop_map(|(low, more)| Cell::Between(low, low + more)),
        1 => (0..9_i64, 0..9_i64).prop_map(|(one, other)| Cell::Either(one, other)),
        1 => (0..9_i64).prop_map(Cell::Not),
    ]
}

fn texts() -> impl Strategy<Value = Cell> {
    let named = || prop::sample::select(vec!["a", "b"]);
    prop_oneof![
        3 => Just(Cell::Any),
        2 => named().prop_map(Cell::Text),
        1 => named().prop_map(Cell::NotText),
    ]
}

/// Rows of three columns: a number, a number that may be missing, a text.
fn rows() -> impl Strategy<Value = Vec<[Cell; 3]>> {
    let row = (numbers(), numbers(), texts()).prop_map(|(one, two, text)| [one, two, text]);
    // With fewer columns that ask, more tables have no gap.
    let rows = (prop::collection::vec(row, 1..7), 0..4_usize, any::<bool>());
    rows.prop_map(|(mut rows, asking, last_takes_all)| {
        for row in &mut rows {
            row.iter_mut().skip(asking.max(1)).for_each(|cell| *cell = Cell::Any);
        }
        if last_takes_all {
            rows.push([Cell::Any, Cell::Any, Cell::Any]);
        }
        rows
    })
}

type Point = (i64, Option<i64>, &'static str);

fn points() -> Vec<Point> {
    let mut points = Vec::new();
    for one in 0..16 {
        for two in [None].into_iter().chain((0..16).map(Some)) {
            points.extend(["a", "b", "c"].map(|text| (one, two, text)));
        }
    }
    points
}

/// The rows, counted from 0, that are for a point.
fn meeting(rows: &[[Cell; 3]], (one, two, text): Point) -> Vec<usize> {
    let meets = |(at, [first, second, third]): (usize, &[Cell; 3])| {
        let meets =
            first.passes(Some(one), text) && second.passes(two, text) && third.passes(None, text);
        meets.then_some(at)
    };
    rows.iter().enumerate().filter_map(meets).collect()
}

fn world() -> Fields {
    [
        Field::new("one", "一", Type::Number).at_least(0),
        Field::new("two", "二", Type::Number).at_least(0).sometimes(),
        Field::new("text", "文", Type::Text),
    ]
    .into_iter()
    .collect()
}

fn number_out() -> Fields {
    [Field::new("row", "行", Type::Number)].into_iter().collect()
}

fn written(rows: &[[Cell; 3]]) -> String {
    let mut text = "in:one,in:two,in:text,out:row\n".to_owned();
    for (at, cells) in rows.iter().enumerate() {
        let cells: Vec<String> = cells.iter().map(Cell::text).collect();
        writeln!(text, "{},{at}", cells.join(",")).unwrap();
    }
    text
}

/// The mistakes whose Japanese holds `words`, by line.
fn lines(mistakes: &[Mistake], words: &str) -> Vec<usize> {
    mistakes.iter().filter(|mistake| mistake.ja.contains(words)).map(|m| m.line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_proofs_agree_with_trying_every_point(rows in rows()) {
        let text = written(&rows);
        let met: Vec<Vec<usize>> =
            points().into_iter().map(|point| meeting(&rows, point)).collect();
        let has_gap = met.iter().any(Vec::is_empty);

        let unique = Table::read("t", &text, &world(), &number_out(), Hit::Unique);
        let overlapping: Vec<usize> = (0..rows.len())
            .filter(|row| met.iter().any(|met| met.first() < Some(row) && met.contains(row)))
            .map(|row| row + 2)
            .collect();
        let mistakes = unique.as_ref().err().cloned().unwrap_or_default();
        prop_assert_eq!(!lines(&mistakes, "当てはまる行がありません").is_empty(), has_gap);
        prop_assert_eq!(lines(&mistakes, "両方が当てはまります"), overlapping);

        let first = Table::read("t", &text, &world(), &number_out(), Hit::First);
        let unreached: Vec<usize> = (0..rows.len())
            .filter(|row| !met.iter().any(|met| met.first() == Some(row)))
            .map(|row| row + 2)
            .collect();
        let mistakes = first.as_ref().err().cloned().unwrap_or_default();
        prop_assert_eq!(!lines(&mistakes, "当てはまる行がありません").is_empty(), has_gap);
        prop_assert_eq!(lines(&mistakes, "この行は使われません"), unreached);

        for table in [unique, first].into_iter().flatten() {
            for ((one, two, text), met) in points().into_iter().zip(&met) {
                let values = Values::default()
                    .with("one", Value::Number(one))
                    .with("two", two.map(Value::Number))
                    .with("text", Value::Text(text.into()));
                let row = table.decide(&values).map(|row| row.line() - 2);
                prop_assert_eq!(row, met.first().copied());
            }
        }
    }
}

/// Yen in one of the ways an office writes them.
fn spoken(yen: i64, way: usize) -> String {
    let (hundred_millions, rest) = (yen / 100_000_000, yen % 100_000_000);
    let (ten_thousands, ones) = (rest / 10_000, rest % 10_000);
    match way {
        0 => yen.to_string(),
        1 => format!("{}円", YenTotal::new(yen.unsigned_abs())),
        2 if yen % 1_000 == 0 => format!("{}千円", yen / 1_000),
        3 if yen % 1_000_000 == 0 => format!("{}百万円", yen / 1_000_000),
        4 if yen % 100_000 == 0 => format!("{}.{}百万円", yen / 1_000_000, yen / 100_000 % 10),
        5 if ones == 0 => format!("{hundred_millions}億{ten_thousands}万円"),
        _ => format!("{hundred_millions}億{ten_thousands}万{ones}円"),
    }
}

proptest! {
    #[test]
    fn yen_are_read_back_however_they_are_written(
        digits in 0..10_000_i64,
        zeros in 0..8_u32,
        way in 0..7_usize,
    ) {
        let yen = digits * 10_i64.pow(zeros);
        let text = spoken(yen, way);
        prop_assert_eq!(amount(&text, &Type::Yen), Some((yen, "")), "{}", text);
    }

    #[test]
    fn no_text_breaks_a_table(
        cells in prop::collection::vec(".{0,20}", 4),
        heap in prop::collection::vec(prop::sample::select(vec![
            "100", "万", "千", "億", "円", "以上", "未満", "超", "以外", "、", "〜", "[", ")", "..",
            "<", "=", "-", ",", "\"", "2026-04-01", "/", "年", "はい", "譲渡", ".", "９", "\n", " ",
        ]), 0..20),
    ) {
        let heap = heap.concat();
        for heading in ["total", "rows", "record_date", "is_new_customer", "kind", "channel"] {
            for cell in cells.iter().chain([&heap]) {
                let quoted = cell.replace('"', "\"\"");
                let text = format!("in:{heading},out:level\n\"{quoted}\",hq\n-,hq\n");
                for hit in [Hit::Unique, Hit::First] {
                    let read = Table::read("t", &text, &inputs(), &outputs(), hit);
                    prop_assert!(read.err().is_none_or(|mistakes| !mistakes.is_empty()));
                }
            }
        }
        for text in [cells.join(","), cells.join("\n"), heap] {
            prop_assert!(Table::read("t", &text, &inputs(), &outputs(), Hit::First).is_err());
        }
    }
}
