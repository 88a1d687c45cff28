//! Use cases over memory: intake, decisions, answers, passwords, and stops between their steps.

mod branch;
mod bundles;
mod dispatch;
mod intake;
mod passwords;
mod people;
mod route;
mod schedules;
