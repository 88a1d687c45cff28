//! Integration tests: the library from outside, data and files as its users meet them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may stop, and they touch the world"
)]

mod formats;
mod inspect;
mod render;
mod web;
