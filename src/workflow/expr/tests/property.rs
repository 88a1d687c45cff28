//! Conditions against a plain reading of them; no text breaks the reader.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers made here")]

use proptest::prelude::*;

use super::*;

/// A small grammar over `a` and `b`, with an interpreter of its own.
#[derive(Debug, Clone)]
enum Small {
    Compare(Sum, usize, Sum),
    Among(Sum, Vec<i64>),
    Within(Sum, i64, i64),
    Missing(Sum),
    Not(Box<Small>),
    And(Box<Small>, Box<Small>),
    Or(Box<Small>, Box<Small>),
    If(Box<Small>, Box<Small>, Box<Small>),
}

#[derive(Debug, Clone)]
enum Sum {
    A,
    B,
    Number(i64),
    Plus(Box<Sum>, Box<Sum>),
    Minus(Box<Sum>, Box<Sum>),
    Times(Box<Sum>, Box<Sum>),
}

const SIGNS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

impl Sum {
    fn text(&self) -> String {
        match self {
            Self::A => "a".into(),
            Self::B => "b".into(),
            Self::Number(number) => number.to_string(),
            Self::Plus(a, b) => format!("{} + ({})", a.text(), b.text()),
            Self::Minus(a, b) => format!("{} - ({})", a.text(), b.text()),
            Self::Times(a, b) => format!("({}) * ({})", a.text(), b.text()),
        }
    }

    fn value(&self, a: Option<i64>, b: Option<i64>) -> Option<i64> {
        Some(match self {
            Self::A => a?,
            Self::B => b?,
            Self::Number(number) => *number,
            Self::Plus(x, y) => x.value(a, b)? + y.value(a, b)?,
            Self::Minus(x, y) => x.value(a, b)? - y.value(a, b)?,
            Self::Times(x, y) => x.value(a, b)? * y.value(a, b)?,
        })
    }
}

impl Small {
    fn text(&self) -> String {
        match self {
            Self::Compare(x, sign, y) => format!("{} {} {}", x.text(), SIGNS[*sign], y.text()),
            Self::Among(x, list) => {
                let list: Vec<String> = list.iter().map(i64::to_string).collect();
                format!("{} in [{}]", x.text(), list.join(", "))
            }
            Self::Within(x, low, high) => format!("{} in [{low}..{high})", x.text()),
            Self::Missing(x) => format!("{} == null", x.text()),
            Self::Not(x) => format!("not ({})", x.text()),
            // `and` binds tighter than `or`, and both tighter than `? :`.
            Self::And(x, y) => format!("({}) and ({})", x.text(), y.text()),
            Self::Or(x, y) => format!("{} or {}", x.in_or(), y.in_or()),
            Self::If(x, y, z) => format!("{} ? {} : {}", x.in_or(), y.text(), z.text()),
        }
    }

    fn in_or(&self) -> String {
        let text = self.text();
        if matches!(self, Self::If(..)) { format!("({text})") } else { text }
    }

    fn holds(&self, a: Option<i64>, b: Option<i64>) -> bool {
        let value = |sum: &Sum| sum.value(a, b);
        match self {
            Self::Compare(x, sign, y) => match (value(x), value(y)) {
                (Some(x), Some(y)) => [x == y, x != y, x < y, x <= y, x > y, x >= y][*sign],
                _ => false,
            },
            Self::Among(x, list) => value(x).is_some_and(|x| list.contains(&x)),
            Self::Within(x, low, high) => value(x).is_some_and(|x| (*low..*high).contains(&x)),
            Self::Missing(x) => value(x).is_none(),
            Self::Not(x) => !x.holds(a, b),
            Self::And(x, y) => x.holds(a, b) && y.holds(a, b),
            Self::Or(x, y) => x.holds(a, b) || y.holds(a, b),
            Self::If(condition, yes, no) => {
                if condition.holds(a, b) {
                    yes.holds(a, b)
                } else {
                    no.holds(a, b)
                }
            }
        }
    }
}

fn sums() -> impl Strategy<Value = Sum> {
    let leaf = prop_oneof![Just(Sum::A), Just(Sum::B), (-9..9_i64).prop_map(Sum::Number)];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let two = (inner.clone(), inner).prop_map(|(x, y)| (Box::new(x), Box::new(y)));
        (0..3, two).prop_map(|(kind, (x, y))| match kind {
            0 => Sum::Plus(x, y),
            1 => Sum::Minus(x, y),
            _ => Sum::Times(x, y),
        })
    })
}

fn conditions() -> impl Strategy<Value = Small> {
    let leaf = prop_oneof![
        3 => (sums(), 0..6_usize, sums()).prop_map(|(x, sign, y)| Small::Compare(x, sign, y)),
        1 => (sums(), prop::collection::vec(-9..9_i64, 1..4)).prop_map(|(x, l)| Small::Among(x, l)),
        1 => (sums(), -9..9_i64, -9..9_i64).prop_map(|(x, l, h)| Small::Within(x, l, h)),
        1 => sums().prop_map(Small::Missing),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        let boxed = move || inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed().prop_map(Small::Not),
            (boxed(), boxed()).prop_map(|(x, y)| Small::And(x, y)),
            (boxed(), boxed()).prop_map(|(x, y)| Small::Or(x, y)),
            (boxed(), boxed(), boxed()).prop_map(|(x, y, z)| Small::If(x, y, z)),
        ]
    })
}

fn two_numbers() -> Fields {
    let number = |name| Field::new(name, name, Type::Number).sometimes();
    [number("a"), number("b")].into_iter().collect()
}

proptest! {
    #[test]
    fn an_expression_means_what_a_plain_reading_of_it_means(
        condition in conditions(),
        a in prop::option::of(-9..9_i64),
        b in prop::option::of(-9..9_i64),
    ) {
        let text = condition.text();
        prop_assume!(text.len() <= 2_000);
        let expr = Expr::read(&text, &two_numbers(), &Type::Bool)
            .map_err(|mistakes| TestCaseError::fail(format!("{text}: {mistakes:?}")))?;
        let values =
            Values::default().with("a", a.map(Value::Number)).with("b", b.map(Value::Number));
        prop_assert_eq!(expr.holds(&values), condition.holds(a, b), "{}", text);
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,80}") {
        let read = Expr::read(&text, &fields(), &Type::Bool);
        if let Err(mistakes) = read {
            prop_assert!(!mistakes.is_empty());
        }
    }

    #[test]
    fn no_heap_of_words_and_signs_breaks_the_reader(
        words in prop::collection::vec(prop::sample::select(vec![
            "total", "rows", "unit", "record_date", "new_customer", "'file'", "'2026-12-01'", "1",
            "10_000", "and", "or", "not", "in", "null", "true", "(", ")", "[", "]", "..", ",",
            "+", "-", "*", "?", ":", "==", "!=", "<", ">=", "'", "店", "=", "1.5",
        ]), 0..60),
    ) {
        let text = words.join(" ");
        match Expr::read(&text, &fields(), &Type::Bool) {
            Ok(expr) => {
                prop_assert!(!expr.japanese().is_empty());
                expr.holds(&values());
            }
            Err(mistakes) => {
                let length = text.chars().count();
                prop_assert!(!mistakes.is_empty());
                prop_assert!(mistakes.iter().all(|m| m.at <= length && m.length > 0));
            }
        }
    }
}
