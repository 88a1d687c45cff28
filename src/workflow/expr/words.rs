//! An expression in words for a person: stories, drawings, refusals.

use super::parse::{Edge, Join, Membership, Operator, Relation};
use super::tree::Node;
use super::{Presence, Type, Value};

/// The expression in Japanese.
pub(super) fn japanese(node: &Node) -> String {
    match node {
        Node::Constant(constant) if constant.value == Value::Bool(true) => "いつも".to_owned(),
        Node::Constant(constant) if constant.value == Value::Bool(false) => "決してない".to_owned(),
        Node::Name(name) if name.kind == Type::Bool => format!("{}が「はい」", name.label),
        Node::Not(inner) => format!("{}でない", bracketed_unless_name(inner)),
        Node::Join(join, parts) => {
            let word = match join {
                Join::And => " かつ ",
                Join::Or => " または ",
            };
            parts.iter().map(joined).collect::<Vec<_>>().join(word)
        }
        Node::Compare(relation, two) => match two.as_ref() {
            [constant @ Node::Constant(_), other] if !matches!(other, Node::Constant(_)) => {
                compare(turned(*relation), other, constant)
            }
            [left, right] => compare(*relation, left, right),
        },
        Node::Exists(Presence::Always, inner) => format!("{}がある", operand(inner)),
        Node::Exists(Presence::Maybe, inner) => format!("{}がない", operand(inner)),
        Node::Among(membership, left, members) => {
            let members: Vec<String> = members.iter().map(quoted).collect();
            match membership {
                Membership::In => format!("{}が{}", operand(left), members.join("か")),
                Membership::NotIn => format!("{}が{}以外", operand(left), members.join("、")),
            }
        }
        Node::Within(membership, left, edges, ends) => {
            let [low, high] = ends.as_ref();
            let from = match (edges.low, is_date(left)) {
                (Edge::Inside, false) => "以上",
                (Edge::Inside, true) => "以降",
                (Edge::Outside, false) => "超",
                (Edge::Outside, true) => "より後",
            };
            let to = match (edges.high, is_date(left)) {
                (Edge::Inside, false) => "以下",
                (Edge::Inside, true) => "以前",
                (Edge::Outside, false) => "未満",
                (Edge::Outside, true) => "より前",
            };
            let not = if *membership == Membership::NotIn { "の範囲にない" } else { "" };
            format!("{}が{}{from}{}{to}{not}", operand(left), operand(low), operand(high))
        }
        Node::Choice(three) => {
            let [condition, yes, no] = three.as_ref();
            let condition = japanese(condition);
            format!("{condition}ならば{}、そうでなければ{}", operand(yes), operand(no))
        }
        Node::Constant(_) | Node::Name(_) | Node::Minus(_) | Node::Arithmetic(..) => operand(node),
    }
}

/// A part of a chain of `and` or `or`: another chain or a choice stands in brackets.
fn joined(node: &Node) -> String {
    let brackets = matches!(node, Node::Join(..) | Node::Choice(_));
    if brackets { bracketed(node) } else { japanese(node) }
}

fn bracketed_unless_name(node: &Node) -> String {
    if matches!(node, Node::Name(_)) { japanese(node) } else { bracketed(node) }
}

fn bracketed(node: &Node) -> String {
    format!("（{}）", japanese(node))
}

fn compare(relation: Relation, left: &Node, right: &Node) -> String {
    let written = matches!(right, Node::Constant(_));
    let date = is_date(left);
    let after = match relation {
        Relation::Equal if written => "",
        Relation::Equal => "と同じ",
        Relation::Differs if written => "以外",
        Relation::Differs => "と異なる",
        Relation::Below if date => "より前",
        Relation::Below => "未満",
        Relation::AtMost if date => "以前",
        Relation::AtMost => "以下",
        Relation::Above if date => "より後",
        Relation::Above => "を超える",
        Relation::AtLeast if date => "以降",
        Relation::AtLeast => "以上",
    };
    format!("{}が{}{after}", operand(left), quoted(right))
}

/// The relation read from right to left.
fn turned(relation: Relation) -> Relation {
    match relation {
        Relation::Equal | Relation::Differs => relation,
        Relation::Below => Relation::Above,
        Relation::AtMost => Relation::AtLeast,
        Relation::Above => Relation::Below,
        Relation::AtLeast => Relation::AtMost,
    }
}

/// A value that something is compared with.
fn quoted(node: &Node) -> String {
    let constant = if let Node::Constant(constant) = node { Some(&constant.value) } else { None };
    let truth = matches!(constant, Some(Value::Bool(_)));
    if truth { format!("「{}」", operand(node)) } else { operand(node) }
}

/// A part that stands for a value.
fn operand(node: &Node) -> String {
    match node {
        Node::Constant(constant) => constant.shown.clone(),
        Node::Name(name) => name.label.clone(),
        Node::Minus(inner) => format!("－{}", factor(inner)),
        Node::Arithmetic(operator, two) => {
            let [left, right] = two.as_ref();
            match (operator, is_date(left), is_date(right)) {
                (Operator::Minus, true, true) => {
                    format!("{}から{}までの日数", operand(right), operand(left))
                }
                (Operator::Plus, true, _) => format!("{}の{}日後", operand(left), factor(right)),
                (Operator::Plus, _, true) => format!("{}の{}日後", operand(right), factor(left)),
                (Operator::Minus, true, _) => format!("{}の{}日前", operand(left), factor(right)),
                (Operator::Plus, ..) => format!("{}＋{}", operand(left), operand(right)),
                (Operator::Minus, ..) => format!("{}－{}", operand(left), factor(right)),
                (Operator::Times, ..) => format!("{}×{}", factor(left), factor(right)),
            }
        }
        Node::Not(_)
        | Node::Join(..)
        | Node::Compare(..)
        | Node::Exists(..)
        | Node::Among(..)
        | Node::Within(..)
        | Node::Choice(_) => bracketed(node),
    }
}

/// A part of a product, or what is taken away: sums stand in brackets.
fn factor(node: &Node) -> String {
    let sum = matches!(node, Node::Arithmetic(..) | Node::Minus(_));
    if sum { format!("（{}）", operand(node)) } else { operand(node) }
}

fn is_date(node: &Node) -> bool {
    match node {
        Node::Constant(constant) => matches!(constant.value, Value::Date(_)),
        Node::Name(name) => name.kind == Type::Date,
        Node::Arithmetic(_, two) => {
            let [left, right] = two.as_ref();
            is_date(left) != is_date(right)
        }
        Node::Choice(three) => {
            let [_, yes, _] = three.as_ref();
            is_date(yes)
        }
        Node::Not(_)
        | Node::Minus(_)
        | Node::Join(..)
        | Node::Compare(..)
        | Node::Exists(..)
        | Node::Among(..)
        | Node::Within(..) => false,
    }
}
