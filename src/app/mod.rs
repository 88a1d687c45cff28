//! Command line, settings, wiring. It holds no business rule.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "commands open the files they are given and read the real clock"
)]

mod absence;
mod as_of;
mod bench;
mod calendar;
mod cert;
mod children;
mod claim;
pub mod cli;
mod commands;
mod control;
mod customer;
mod demo;
mod doctor;
mod draw;
mod explain;
mod folder;
mod forecast;
mod form;
mod impact;
mod init;
mod inspect;
mod layout;
mod mail;
mod migrate;
mod notice;
mod outage;
pub mod outcome;
mod profile;
mod probe;
mod reload;
mod report;
mod request;
mod reuse;
pub mod root;
mod rules;
mod run;
pub mod scans;
mod search;
pub mod settings;
mod show;
mod simulate;
mod tables;
mod template;
mod verify_receipt;
mod why;
pub mod workbooks;
mod worklist;
pub mod world;
