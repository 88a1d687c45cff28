//! Passwords as argon2id hashes.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};

use crate::ports::{Hasher, PasswordHash, Random};

/// Hashes with argon2id, 19 MiB of memory and two passes.
#[derive(Debug)]
pub struct Argon2id {
    random: Arc<dyn Random>,
}

impl Argon2id {
    /// A hasher that takes its salts from `random`.
    pub fn new(random: Arc<dyn Random>) -> Self {
        Self { random }
    }
}

impl Hasher for Argon2id {
    #[expect(clippy::expect_used, reason = "sixteen bytes are a salt, and the limits are constant")]
    fn hash(&self, password: &str) -> PasswordHash {
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        let hash = Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .expect("default limits are valid");
        PasswordHash(hash.to_string())
    }

    fn matches(&self, password: &str, hash: &PasswordHash) -> bool {
        let Ok(parsed) = argon2::PasswordHash::new(&hash.0) else { return false };
        debug_assert!(Params::default().m_cost() >= 19 * 1024, "memory makes guessing dear");
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
    }
}
