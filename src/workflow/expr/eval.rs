//! What an expression comes to for a case. Total: every tree has an answer for every case.

use std::cmp::Ordering;
use std::mem::discriminant;

use crate::domain::Date;

use super::parse::{Edge, Edges, Join, Membership, Operator, Relation};
use super::tree::Node;
use super::{Presence, Value, Values};

/// A value looked at where it lies.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Seen<'v> {
    Yen(i64),
    Number(i64),
    Date(Date),
    Bool(bool),
    Text(&'v str),
    Word(&'v str),
}

impl<'v> Seen<'v> {
    pub(super) fn to_value(self) -> Value {
        match self {
            Self::Yen(yen) => Value::Yen(yen),
            Self::Number(number) => Value::Number(number),
            Self::Date(date) => Value::Date(date),
            Self::Bool(value) => Value::Bool(value),
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::Word(id) => Value::Word(id.to_owned()),
        }
    }

    fn of(value: &'v Value) -> Self {
        match value {
            Value::Yen(yen) => Self::Yen(*yen),
            Value::Number(number) => Self::Number(*number),
            Value::Date(date) => Self::Date(*date),
            Value::Bool(value) => Self::Bool(*value),
            Value::Text(text) => Self::Text(text),
            Value::Word(id) => Self::Word(id),
        }
    }
}

/// Whether a condition holds; a missing one does not.
pub(super) fn holds(node: &Node, values: &Values) -> bool {
    matches!(eval(node, values), Some(Seen::Bool(true)))
}

/// The value of `node`, or nothing when it is missing.
pub(super) fn eval<'v>(node: &'v Node, values: &'v Values) -> Option<Seen<'v>> {
    let truth = match node {
        Node::Constant(constant) => return Some(Seen::of(&constant.value)),
        // A value of another type than the field's is as good as missing.
        Node::Name(name) => {
            return values.get(&name.id).filter(|value| name.kind.holds(value)).map(Seen::of);
        }
        Node::Minus(inner) => return negative(eval(inner, values)?),
        Node::Arithmetic(operator, two) => {
            let [left, right] = two.as_ref();
            return arithmetic(*operator, eval(left, values)?, eval(right, values)?);
        }
        Node::Choice(three) => {
            let [condition, yes, no] = three.as_ref();
            return eval(if holds(condition, values) { yes } else { no }, values);
        }
        Node::Not(inner) => !holds(inner, values),
        Node::Join(Join::And, parts) => parts.iter().all(|part| holds(part, values)),
        Node::Join(Join::Or, parts) => parts.iter().any(|part| holds(part, values)),
        Node::Compare(relation, two) => {
            let [left, right] = two.as_ref();
            compare(eval(left, values), eval(right, values))
                .is_some_and(|order| holds_for(*relation, order))
        }
        Node::Exists(presence, inner) => {
            eval(inner, values).is_some() == (*presence == Presence::Always)
        }
        Node::Among(membership, left, members) => {
            let left = eval(left, values);
            let found = members
                .iter()
                .any(|member| compare(left, eval(member, values)) == Some(Ordering::Equal));
            left.is_some() && found == (*membership == Membership::In)
        }
        Node::Within(membership, left, edges, ends) => {
            let [low, high] = ends.as_ref();
            let left = eval(left, values);
            within(left, *edges, eval(low, values), eval(high, values))
                .is_some_and(|inside| inside == (*membership == Membership::In))
        }
    };
    Some(Seen::Bool(truth))
}

/// The order of two values of one type.
fn compare(left: Option<Seen<'_>>, right: Option<Seen<'_>>) -> Option<Ordering> {
    let (left, right) = (left?, right?);
    if discriminant(&left) == discriminant(&right) { left.partial_cmp(&right) } else { None }
}

fn holds_for(relation: Relation, order: Ordering) -> bool {
    match relation {
        Relation::Equal => order.is_eq(),
        Relation::Differs => order.is_ne(),
        Relation::Below => order.is_lt(),
        Relation::AtMost => order.is_le(),
        Relation::Above => order.is_gt(),
        Relation::AtLeast => order.is_ge(),
    }
}

fn within(
    value: Option<Seen<'_>>,
    edges: Edges,
    low: Option<Seen<'_>>,
    high: Option<Seen<'_>>,
) -> Option<bool> {
    let (low, high) = (compare(value, low)?, compare(value, high)?);
    let above = low.is_gt() || (low.is_eq() && edges.low == Edge::Inside);
    let below = high.is_lt() || (high.is_eq() && edges.high == Edge::Inside);
    Some(above && below)
}

fn negative(value: Seen<'_>) -> Option<Seen<'_>> {
    match value {
        Seen::Yen(yen) => Some(Seen::Yen(yen.saturating_neg())),
        Seen::Number(number) => Some(Seen::Number(number.saturating_neg())),
        Seen::Date(_) | Seen::Bool(_) | Seen::Text(_) | Seen::Word(_) => None,
    }
}

fn arithmetic<'v>(operator: Operator, left: Seen<'v>, right: Seen<'v>) -> Option<Seen<'v>> {
    let whole = |a: i64, b: i64| match operator {
        Operator::Plus => a.saturating_add(b),
        Operator::Minus => a.saturating_sub(b),
        Operator::Times => a.saturating_mul(b),
    };
    match (left, right, operator) {
        (Seen::Yen(a), Seen::Yen(b), Operator::Plus | Operator::Minus)
        | (Seen::Yen(a), Seen::Number(b), Operator::Times)
        | (Seen::Number(a), Seen::Yen(b), Operator::Times) => Some(Seen::Yen(whole(a, b))),
        (Seen::Number(a), Seen::Number(b), _) => Some(Seen::Number(whole(a, b))),
        (Seen::Date(date), Seen::Number(days), Operator::Plus)
        | (Seen::Number(days), Seen::Date(date), Operator::Plus) => moved(date, days),
        (Seen::Date(date), Seen::Number(days), Operator::Minus) => {
            moved(date, days.saturating_neg())
        }
        (Seen::Date(later), Seen::Date(earlier), Operator::Minus) => {
            Some(Seen::Number(later.days_since(earlier)))
        }
        _ => None,
    }
}

/// The date some days later; nothing outside the years a date may have.
fn moved<'v>(date: Date, days: i64) -> Option<Seen<'v>> {
    let there = date.plus_days(days);
    (there.days_since(date) == days).then_some(Seen::Date(there))
}
