//! The engine: what a branch would argue about is decided here and nowhere else.
//!
//! Pure: no clock, no file, no random number. [`decide`] takes a case, its definition, a command
//! and the facts read beforehand, and answers events and effects or a refusal; [`apply`] folds
//! events into the case. Read [`decide`] first, then its tests.
#![warn(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm
)]

mod apply;
mod case;
mod channel;
mod command;
mod content;
mod decide;
mod definition;
mod due;
mod effect;
pub mod expr;
mod event;
mod loader;
mod mistake;
mod representatives;
mod seats;
mod submitters;
pub mod table;
mod yaml;

pub use apply::apply;
pub use case::{Case, CaseFile, CaseHead, Scope, Seat, Status, Unit, Vote, VoteKind};
pub use channel::{Channel, Route};
pub use command::{Action, Command, CommandId, Facts, Refusal};
pub use content::{Content, content_digest};
pub use decide::{Decision, decide};
pub use definition::{
    Approve, Definition, DistinctFrom, Emit, Need, Order, Outcome, Overdue, Place, SeatNeed, Step,
    StepKind, Who,
};
pub use due::{ApprovalDeadline, Due};
pub use effect::{Effect, EffectId, EffectKind, EffectScope, MailKind};
pub use event::Event;
pub use loader::load_definition;
pub use mistake::{Mistake, show_mistakes};
pub use representatives::representatives;
pub use seats::{OpenSeat, all_seats, candidates, open_seats};
pub use submitters::load_submitters;
pub use yaml::nearest;
