//! Password hashes, seals, signatures and certificates. It decides for nobody.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this room reads and makes key files"
)]

mod authority;
mod clients;
mod key;
mod mail;
mod paper;
mod password;
mod server;

pub use authority::AuthorityError;
pub use clients::ClientAuthority;
pub use key::{FileKey, KeyError};
pub use mail::{KeySource, MailKeyError, MailSigner, Signatory, Unfit};
pub use paper::{Doubt, PaperSigner, verify};
pub use password::Argon2id;
pub use server::{ServerKey, ServerKeyError};
