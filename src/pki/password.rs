//! Passwords as argon2id hashes.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{self, Ident, Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq as _;

use crate::ports::{Hasher, PasswordHash, Random};

/// Hashes with argon2id, 19 MiB of memory and two passes.
///
/// The memory is kept and used again: asked for anew each time it would break up the heap, and the
/// program would grow by it at almost every login.
#[derive(Debug)]
pub struct Argon2id {
    random: Arc<dyn Random>,
    /// Memory nobody hashes in at the moment: one piece for each that ever did at the same time.
    idle: Mutex<Vec<Vec<Block>>>,
}

/// Bytes of a hash.
const LENGTH: usize = 32;

impl Argon2id {
    /// A hasher that takes its salts from `random`.
    pub fn new(random: Arc<dyn Random>) -> Self {
        Self { random, idle: Mutex::default() }
    }

    /// The hash of a password; `None` when the parameters make no sense.
    fn compute(&self, password: &str, salt: &[u8], params: Params) -> Option<[u8; LENGTH]> {
        let blocks = params.block_count();
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut out = [0; LENGTH];
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = idle().pop().unwrap_or_default();
        memory.resize(blocks, Block::default());
        let filled =
            argon.hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut memory);
        idle().push(memory);
        filled.ok().map(|()| out)
    }
}

impl Hasher for Argon2id {
    #[expect(clippy::expect_used, reason = "sixteen bytes are a salt, and the limits are constant")]
    fn hash(&self, password: &str) -> PasswordHash {
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        let params = Params::default();
        let out = self.compute(password, &salt, params.clone()).expect("default limits are valid");
        let hash = phc::PasswordHash {
            algorithm: Ident::new("argon2id").expect("a name argon2 gives itself"),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).expect("default limits can be written"),
            salt: Some(Salt::new(&salt).expect("sixteen bytes are a salt")),
            hash: Some(Output::new(&out).expect("32 bytes are a hash")),
        };
        PasswordHash(hash.to_string())
    }

    fn matches(&self, password: &str, hash: &PasswordHash) -> bool {
        let Ok(parsed) = phc::PasswordHash::new(&hash.0) else { return false };
        let (Ok(params), Some(salt), Some(expected)) =
            (Params::try_from(&parsed), parsed.salt, parsed.hash)
        else {
            return false;
        };
        self.compute(password, salt.as_ref(), params)
            .is_some_and(|out| out.ct_eq(expected.as_ref()).into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Argon2id;
    use crate::ports::{Hasher as _, PasswordHash, Random};

    #[derive(Debug)]
    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_hash_opens_with_its_password_alone_however_often_it_is_tried() {
        let hasher = Argon2id::new(Arc::new(Sevens));
        let hash = hasher.hash("correct horse 12");
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        for _ in 0..2 {
            assert!(hasher.matches("correct horse 12", &hash));
            assert!(!hasher.matches("correct horse 13", &hash));
        }
        assert!(!hasher.matches("", &PasswordHash("not a hash".to_owned())));
    }

    #[test]
    fn as_many_pieces_of_memory_are_kept_as_were_in_use_at_once() {
        let hasher = Argon2id::new(Arc::new(Sevens));
        for _ in 0..3 {
            std::thread::scope(|scope| {
                (0..2).for_each(|_| drop(scope.spawn(|| hasher.hash("correct horse 12"))));
            });
        }
        let kept = hasher.idle.lock().unwrap().len();
        assert!((1..=2).contains(&kept), "{kept}");
    }

    #[test]
    fn a_hash_is_one_that_argon2_itself_knows() {
        use argon2::PasswordVerifier as _;
        let hash = Argon2id::new(Arc::new(Sevens)).hash("correct horse 12");
        let parsed = argon2::PasswordHash::new(&hash.0).unwrap();
        assert!(argon2::Argon2::default().verify_password(b"correct horse 12", &parsed).is_ok());
    }
}
