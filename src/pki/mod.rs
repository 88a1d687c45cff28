//! Password hashes and seals. It decides for nobody.
#![expect(clippy::disallowed_methods, reason = "this room reads and makes key files")]

mod key;
mod password;

pub use key::{FileKey, KeyError};
pub use password::Argon2id;
