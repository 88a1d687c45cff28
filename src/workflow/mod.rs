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
mod bundle;
mod case;
mod channel;
mod command;
mod content;
mod decide;
mod definition;
mod directory;
mod due;
mod effect;
mod event;
pub mod expr;
pub mod impact;
mod forecast;
mod loader;
mod mistake;
mod notice;
mod profile;
mod rehearsal;
mod representatives;
mod row_set;
mod ruleset;
mod schedule;
mod seats;
mod source;
mod submitters;
pub mod table;
mod values;
mod wish;
mod yaml;

pub use apply::apply;
pub use bundle::{MailRule, MailSort, MailWhen};
pub use case::{
    Acting, Aside, COUNTERPARTY, Carve, Case, CaseFile, CaseHead, Deed, Fate, FileAccounts,
    FormEntry, Heritage, Note, PROPOSAL, Paper, Remark, Scope, Seat, SlaClock, Status,
    Substitution, Token, Unit, Vote, VoteKind,
};
pub use channel::{
    Antivirus, Brings, Channel, Complete, Keying, Route, SecondAt, is_trial, takes_pictures_alone,
};
pub use command::{Action, Command, CommandId, Facts, Refusal, Way};
pub use content::{Content, content_digest};
pub use decide::{CARVED_MAX, Carving, Child, Decision, decide};
pub use definition::{
    Approve, Assertion, Awaited, Compensate, Decide, Definition, DistinctFrom, Emit, Escalation,
    Exceptions, Exit, Fail, Form, Manner, Need, Obligation, OnPaper, Order, Outcome, Overdue,
    Parallel, Place, Remind, Resume, ReturnTarget, ReturnTo, Rule, SeatNeed, Sla, Step, StepKind,
    Substitute, Twin, Veto, Wait, Who, Withdraw,
};
pub use directory::{
    Application, ColumnMistake, DirectoryFile, OutageRow, Procedure, SheetKind, StuckDeed,
    StuckRow, UserDeed, UserRow, blank_application, deed_sheet, key_sheet, load_application,
    load_claims, load_counterparts, load_customers, load_directory, load_key, load_outage,
    load_resends, load_users, outage_sheet, resend_sheet, user_lines, write_claims,
    write_counterparts, write_customers, write_users,
};
pub use due::{ApprovalDeadline, Due, FromDate, Span, StepDue};
pub use effect::{
    AbsenceNews, Addressed, Effect, EffectId, EffectKind, EffectScope, MailKind, SecurityMail,
    SecurityNews, Why,
};
pub use event::{Arrival, Event, Migration};
pub use forecast::{DayOutlook, Days, Shortfall, staffing};
pub use loader::{load_definition, load_with_tables};
pub use mistake::{Mistake, show_mistakes};
pub use notice::{MailKey, bundle_name, mail_id};
pub use profile::{TO_CHOOSE, load_profile, write_profile};
pub use rehearsal::{
    Asked, Bank, Cue, Given, Happened, Misread, Rehearsal, Script, Stage, check_golden,
    find_person, flow_on, headline, invented_people, load_people, pairs, parse_moment, standing,
    tell,
};
pub use representatives::{RepresentativeValues, representatives};
pub use row_set::RowSet;
pub use ruleset::{
    Files, Flow, Flows, Publication, RuleSet, decoded, effective_from, is_published, not_in_force,
};
pub use schedule::{Firing, Job, Misfire, Roll, Schedule, When, cron_after, cron_is_clear};
pub use seats::{
    OpenSeat, all_seats, belongs, candidates, consents, could_wait_for, holds, may_consent,
    may_review, missing_seats, needed_seats, open_seats, places, planned_seats, reaches, review_of,
    waits_for,
};
pub use source::Source;
pub use submitters::load_submitters;
pub use values::{GATHERED, OtherSide, applies, values};
pub use wish::{Seen, Wish};
pub use yaml::nearest;
