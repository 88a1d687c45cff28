//! The tree of an expression whose names and types are right.

use super::parse::{Edges, Join, Membership, Operator, Relation};
use super::{Presence, Type, Value};

/// A part of an expression. The checker has proved its types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Constant(Constant),
    Name(Name),
    Not(Box<Node>),
    Minus(Box<Node>),
    Join(Join, Vec<Node>),
    Compare(Relation, Box<[Node; 2]>),
    /// Whether there is a value: `x != null` asks for [`Presence::Always`].
    Exists(Presence, Box<Node>),
    Among(Membership, Box<Node>, Vec<Node>),
    Within(Membership, Box<Node>, Edges, Box<[Node; 2]>),
    Arithmetic(Operator, Box<[Node; 2]>),
    Choice(Box<[Node; 3]>),
}

/// A value that was written, with the words a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Constant {
    pub(super) value: Value,
    pub(super) shown: String,
}

/// A name that was written, with what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) kind: Type,
}

impl Node {
    /// The parts right below this one.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Constant(_) | Self::Name(_) => Vec::new(),
            Self::Not(inner) | Self::Minus(inner) | Self::Exists(_, inner) => vec![inner],
            Self::Join(_, parts) => parts.iter().collect(),
            Self::Compare(_, two) | Self::Arithmetic(_, two) => two.iter().collect(),
            Self::Among(_, left, members) => {
                std::iter::once(left.as_ref()).chain(members).collect()
            }
            Self::Within(_, left, _, ends) => {
                std::iter::once(left.as_ref()).chain(ends.iter()).collect()
            }
            Self::Choice(three) => three.iter().collect(),
        }
    }

    /// Every name below, as often as it stands there.
    pub(super) fn each_name<'n>(&'n self, take: &mut impl FnMut(&'n Name)) {
        if let Self::Name(name) = self {
            take(name);
        }
        for part in self.parts() {
            part.each_name(take);
        }
    }
}
