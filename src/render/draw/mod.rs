//! The route of a flow or of one case as a picture: what happened, who stamped when, where it
//! stands now, until when, what comes next.
//!
//! A [`Route`] is a plain value of its own and knows nothing of definitions or cases; the service
//! fills it. [`svg()`] draws it as one SVG of fixed width, made for an A4 page and a phone alike,
//! with presentation attributes alone: no script, no style, nothing fetched. Shape and line style
//! carry the meaning, so that it survives a black-and-white printer. It refuses to compute
//! anything about a case. Read [`Route`] first, then `layout`, which places, and `svg`, which
//! paints what was placed.

mod edges;
mod icon;
mod layout;
mod node;
mod pen;
mod stamp;
mod svg;
mod text;
#[cfg(test)]
mod tests;

pub(super) use stamp::{family_name, stamp_date};
pub use svg::svg;

use serde::Serialize;

use crate::domain::Timestamp;

/// A way through the house, with whatever has happened on it.
///
/// Shape: nodes from top to bottom in the order they are written; edges name nodes by their place
/// in that order. An edge to a node that is not there is not drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The flow's name on papers, e.g. でんさい発生記録請求.
    pub title: String,
    /// How it stands in one word, e.g. 承認待ち; empty for a flow.
    pub standing: String,
    /// Lines under the title: case, submitter, totals.
    pub subtitle: Vec<String>,
    /// The stations.
    pub nodes: Vec<Node>,
    /// The ways between them.
    pub edges: Vec<Edge>,
}

/// A station of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its name within the flow.
    pub id: String,
    /// What is done there.
    pub kind: Kind,
    /// Its name on pages.
    pub title: String,
    /// How far it has come.
    pub state: State,
    /// When that was done, where it is known.
    pub at: Option<Timestamp>,
    /// Until when, in words; empty if there is no limit.
    pub deadline: String,
    /// Further lines, e.g. the condition in words or why somebody returned it.
    pub notes: Vec<String>,
    /// The seats in order.
    pub seats: Vec<Seat>,
}

/// What is done at a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// The file comes in (受付).
    Receive,
    /// Rules are applied by the program.
    Check,
    /// A table or condition decides where it goes on.
    Decide,
    /// People approve.
    Approve,
    /// A person does some work.
    Task,
    /// Something from outside is awaited.
    Wait,
    /// Several things go on at once.
    Parallel,
    /// Answers and files are sent out.
    Emit,
    /// The end.
    End,
}

/// How far a station has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum State {
    /// A flow as it is written: nothing has begun.
    Plain,
    /// Behind the case (済み).
    Done,
    /// Where the case is now (いまここ).
    Open,
    /// Where the case ended without being approved.
    Stopped,
    /// Still to come (この後).
    Later,
    /// Never reached: the case ended before it (行わず).
    NotReached,
    /// Not for this case (対象外).
    Skipped,
}

impl State {
    /// The word on the picture; empty for [`State::Plain`].
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Done => "済み",
            Self::Open => "いまここ",
            Self::Stopped => "ここで終了",
            Self::Later => "この後",
            Self::NotReached => "行わず",
            Self::Skipped => "対象外",
        }
    }
}

/// A seat at a station: a place for one person's stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seat {
    /// The seal's name, e.g. 照査.
    pub title: String,
    /// Who may fill it, in words, e.g. 取扱店の照査者.
    pub who: String,
    /// Whether it is filled.
    pub fill: Fill,
}

/// Whether a seat is filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Fill {
    /// A person decided here.
    Stamped(Stamp),
    /// It waits for one of these people; no names where they are not to be shown.
    Waiting(Vec<String>),
    /// Not yet its turn, or never.
    Vacant,
}

/// A person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// The full name, family name first and set off by a space.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// What they decided.
    pub decision: Decision,
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Decision {
    /// 承認: a round seal.
    Approve,
    /// 差戻し: a square stamp.
    Return,
    /// 否認: a square stamp.
    Reject,
}

impl Decision {
    /// 承認, 差戻し or 否認.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Approve => "承認",
            Self::Return => "差戻し",
            Self::Reject => "否認",
        }
    }
}

/// A way from one station to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// The station it leaves, by its place in [`Route::nodes`].
    pub from: usize,
    /// The station it leads to.
    pub to: usize,
    /// What it is taken for; may be empty.
    pub label: String,
    /// What kind of way it is.
    pub kind: EdgeKind,
}

/// What kind of way leads from one station to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum EdgeKind {
    /// The usual way on.
    Next,
    /// Taken under a condition.
    Branch,
    /// Back to an earlier station (差戻し).
    Back,
}
