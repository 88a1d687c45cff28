//! Where the rules turn from one answer to another: the borders they draw on each name.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Name, Node};
use super::{Expr, Type, Value};

/// The borders some rules draw, for each name they use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cuts(pub(crate) BTreeMap<String, Cut>);

/// The borders on one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The texts that are named.
    pub(crate) texts: BTreeSet<String>,
    /// The ranks at which a new region begins; see [`Type::rank`].
    pub(crate) starts: BTreeSet<i64>,
}

impl Cuts {
    /// The borders on `name`, none at first.
    pub(crate) fn of(&mut self, name: &str) -> &mut Cut {
        self.0.entry(name.to_owned()).or_default()
    }

    /// Adds the borders an expression draws.
    pub(crate) fn add(&mut self, expr: &Expr) {
        for name in expr.names() {
            self.of(name);
        }
        visit(&expr.root, &mut |point| {
            let Point::Beside(name, value) = point else { return };
            let cut = self.of(&name.id);
            if let Value::Text(text) = value {
                cut.texts.insert(text.clone());
            }
            if let Some(rank) = name.kind.rank(value) {
                cut.starts.extend([rank, rank.saturating_add(1)]);
            }
        });
    }
}

/// The names of which one value out of every region does not show everything.
pub(super) fn entangled(node: &Node) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    visit(node, &mut |point| {
        if let Point::Entangled(name) = point {
            names.insert(name.id.as_str());
        }
    });
    names
}

/// What a part of an expression tells of a name.
enum Point<'n> {
    /// It is weighed against this value.
    Beside(&'n Name, &'n Value),
    /// It is reckoned with, or weighed against another name.
    Entangled(&'n Name),
}

fn visit<'n>(node: &'n Node, take: &mut impl FnMut(Point<'n>)) {
    match node {
        Node::Constant(_) => {}
        Node::Name(name) if name.kind == Type::Bool => {}
        Node::Not(_) | Node::Join(..) | Node::Choice(_) => {
            node.parts().into_iter().for_each(|part| visit(part, take));
        }
        Node::Exists(_, inner) if matches!(inner.as_ref(), Node::Name(_)) => {}
        Node::Compare(..)
        | Node::Among(..)
        | Node::Within(..)
        | Node::Name(_)
        | Node::Minus(_)
        | Node::Arithmetic(..)
        | Node::Exists(..) => weighed(node, take),
    }
}

/// One name among written values is weighed against them; anything else is entangled.
fn weighed<'n>(node: &'n Node, take: &mut impl FnMut(Point<'n>)) {
    let mut names = Vec::new();
    node.each_name(&mut |name| names.push(name));
    let parts = node.parts();
    let plain =
        !parts.is_empty() && parts.iter().all(|p| matches!(p, Node::Constant(_) | Node::Name(_)));
    if names.len() > 1 || !plain {
        for name in &names {
            take(Point::Entangled(name));
        }
    }
    let mut values = Vec::new();
    each_value(node, &mut |value| values.push(value));
    for name in names {
        for value in values.iter().filter(|value| name.kind.holds(value)) {
            take(Point::Beside(name, value));
        }
    }
}

fn each_value<'n>(node: &'n Node, take: &mut impl FnMut(&'n Value)) {
    if let Node::Constant(constant) = node {
        take(&constant.value);
    }
    node.parts().into_iter().for_each(|part| each_value(part, take));
}
