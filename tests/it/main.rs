//! Everything that runs the program from outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::disallowed_methods, reason = "tests touch the world")]

mod formats;
mod inspect;
