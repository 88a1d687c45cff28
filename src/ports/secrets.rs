//! Secrets: password hashes and seals. Whoever holds a port never sees a key.

use std::fmt;

use super::PasswordHash;

/// Hashes passwords slowly.
pub trait Hasher: Send + Sync + fmt::Debug {
    /// A new salted hash of a password.
    fn hash(&self, password: &str) -> PasswordHash;

    /// Whether the password is the one that was hashed. Takes as long for a wrong one.
    fn matches(&self, password: &str, hash: &PasswordHash) -> bool;
}

/// 32 bytes that only the holder of the key can make.
pub type Mac = [u8; 32];

/// Seals text with a key that never leaves its file.
pub trait Secrets: Send + Sync + fmt::Debug {
    /// The seal (HMAC-SHA-256) of `message`, for `purpose`: seals of two purposes never mix.
    fn seal(&self, purpose: &str, message: &[u8]) -> Mac;
}
