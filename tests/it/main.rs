//! Everything that looks at the program from outside: data and files as its users meet them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::format_push_string,
    reason = "tests may stop, and they touch the world"
)]

mod book;
mod bulk;
mod cert;
mod clamd;
mod contracts;
mod corpus;
mod counterparts;
mod dates;
mod days;
mod densai;
mod disk;
mod draw;
mod engine;
mod fees;
mod formats;
mod folders;
mod forms;
mod fuzzed;
mod humans;
mod impact;
mod inspect;
mod json;
mod keys;
mod layers;
mod layouts;
mod mails;
mod misread;
mod office;
mod papers;
mod outages;
mod profiles;
mod property;
mod proposal;
mod readme;
mod render;
mod resends;
mod rules;
mod scans;
mod schemas;
mod service;
mod simulate;
mod sink;
mod spool;
mod store;
mod story;
mod system;
mod tables;
mod tidy;
mod tutorial;
mod users;
mod web;
mod workbooks;
mod worklist;
mod zengin;
