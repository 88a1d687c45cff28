//! Use cases over memory: intake, decisions, answers, passwords, and stops between their steps.

mod branch;
mod dispatch;
mod intake;
mod migrate;
mod passwords;
mod reload;
mod people;
mod results;
mod route;
mod split;
