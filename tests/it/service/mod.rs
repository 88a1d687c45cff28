//! Use cases over memory: intake, decisions, answers, passwords, and stops between their steps.

mod accounts;
mod branch;
mod bundles;
mod consent;
mod constructs;
mod disclosure;
mod dispatch;
mod fees;
mod filled;
mod forms;
mod intake;
mod kept;
mod migrate;
mod passwords;
mod reload;
mod people;
mod post;
mod results;
mod reuse;
mod route;
mod schedules;
mod settlements;
mod signed;
mod split;
mod under_way;
mod why;
