//! Use cases, one verb a file. It holds no rule of the domain and knows no adapter.
//!
//! [`Desk`] is what a use case works with. The verbs: `receive` takes files in, `submit` those that
//! come by the pages, `papers` has scans keyed in, `decide` carries people's decisions, `tick`
//! looks at the clock, `schedules` keeps set times, `daily` sums up a day, `dispatch` carries out
//! what is owed, `post` sends mails, `enrol` registers people and checks passwords, `absence` lets
//! them say who stands for them, `report` answers questions, `recover` mends after a crash.

mod absence;
mod accounts;
mod again;
mod alike;
mod answers;
mod bounces;
mod bundle;
mod carve;
mod certificate;
mod colleagues;
mod contracts;
mod correction;
mod customers;
mod case_paper;
mod daily;
mod decide;
mod desk;
mod disclosure;
mod dispatch;
mod enrol;
mod exceptions;
mod fees;
mod flaws;
mod forecast;
mod found;
mod forms;
mod gather;
mod hold_seen;
mod holds;
mod impact;
mod incidents;
mod judge;
mod letters;
mod links;
mod made;
mod manifests;
mod migrate;
mod notices;
mod open;
mod others;
mod outcomes;
mod papers;
mod people;
mod poison;
mod post;
mod progress;
mod proposal;
mod reading;
mod receive;
mod recover;
mod reload;
mod reminders;
pub mod report;
mod result_rows;
mod results;
mod reuse;
mod rows;
mod rulebook;
mod schedules;
mod screen;
mod search;
mod settlements;
mod shown_name;
mod spill;
mod staffing;
mod submissions;
mod submit;
mod tick;
mod told;
mod trial;
mod under_way;
mod unkept;
mod whose;
mod why;
mod wish;
mod worklist;

pub use absence::AbsenceError;
pub use accounts::{
    AccountError, CertificateError, OneTime, Policy, RENEWED_DAYS, Taken, Taking, UserPlan, Wanted,
    Weak,
};
pub use again::AgainError;
pub use answers::AnswerError;
pub use contracts::{ContractNews, OutageTold};
pub use customers::{CUSTOMERS_PAGE, CustomerLine, CustomerSeen, UserSeen};
pub use decide::{Ballot, DecideError};
pub use desk::{Desk, Ports};
pub use dispatch::Dispatched;
pub use enrol::{EnrolError, LoginError, NewUser, Passwords, Verified};
pub use exceptions::{ExceptionTold, MeetError, ObligationTold};
pub use fees::{FeeClient, FeeRules};
pub use forecast::{Forecast, ForecastDay, ForecastItem};
pub use forms::FormError;
pub use found::Found;
pub use hold_seen::{HoldPair, HoldSeen, HoldSide};
pub use impact::{FlowImpact, NoDefinition};
pub use incidents::IncidentTold;
pub use links::Link;
pub use migrate::{LeftCase, Migrated, Migrating, MovedCase, Run};
pub use papers::{
    CounterError, CounterPaper, FormCame, FormKnown, KeyError, KeyedIn, KeyingSeen, SheetsError,
    SheetsWaiting, SidecarSeen,
};
pub use proposal::{Proposal, ProposalKind, ProposalView};
pub use receive::{Arrival, Beside, Flaw, Hand};
pub use reload::{ReloadError, RuleSource, Standing, published_set};
pub use reuse::NoDraft;
pub use rulebook::{Answers, Publishing, Rulebook};
pub use search::Query;
pub use shown_name::shown_name;
pub use submissions::{AnswerFile, SUBMISSIONS_PAGE, Submission};
pub use submit::{Purpose, Sent, SubmitError};
pub use told::NoticeTold;
pub use whose::{Requester, in_a_line};
pub use why::Why;
pub use wish::Choice;
pub use worklist::{
    PaperError, PaperRead, PaperStage, PrintError, SheetSeen, TaskSeen, WorklistAsked,
};

pub use crate::workflow::{Flow, Wish};
