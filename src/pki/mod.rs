//! Password hashes, seals and signatures. It decides for nobody.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this room reads and makes key files"
)]

mod key;
mod mail;
mod paper;
mod password;

pub use key::{FileKey, KeyError};
pub use mail::{KeySource, MailKeyError, MailSigner, Signatory, Unfit};
pub use paper::{Doubt, PaperSigner, verify};
pub use password::Argon2id;
