//! How often one may try to log in.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::{Digest, Timestamp};

/// Attempts a source has for one user at once, and gets back in a minute.
const A_MINUTE: i64 = 10;
const MINUTE_MS: i64 = 60_000;
/// Buckets kept; above it the full ones go.
const BUCKETS_MAX: usize = 4_096;

/// Token buckets, one for each source and user ID. They stand before the failure counters, so
/// that a flood is turned away without being journaled.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    buckets: Mutex<BTreeMap<Digest, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// What is left, in milliseconds of waiting; an attempt costs a tenth of a minute.
    left_ms: i64,
    at: Timestamp,
}

/// Whether an attempt may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may.
    Go,
    /// Too many in a minute.
    Wait,
}

impl Limiter {
    /// Takes one attempt from a bucket.
    pub(super) fn take(&self, source: &str, user: &str, now: Timestamp) -> Turn {
        let key = Digest::of(format!("{source}\n{user}").as_bytes());
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| bucket.filled(now) < MINUTE_MS);
        }
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(&key) {
            return Turn::Wait;
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left_ms: MINUTE_MS, at: now });
        let filled = bucket.filled(now);
        let cost = MINUTE_MS / A_MINUTE;
        bucket.at = now;
        bucket.left_ms = if filled < cost { filled } else { filled - cost };
        if filled < cost { Turn::Wait } else { Turn::Go }
    }
}

impl Bucket {
    fn filled(self, now: Timestamp) -> i64 {
        let passed = now.ms().saturating_sub(self.at.ms()).max(0);
        self.left_ms.saturating_add(passed).min(MINUTE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_attempt_in_a_minute_waits_and_six_seconds_give_one_back() {
        let limiter = Limiter::default();
        let at = Timestamp::from_ms(1_000_000);
        assert!((0..10).all(|_| limiter.take("a", "u", at) == Turn::Go));
        assert_eq!(limiter.take("a", "u", at), Turn::Wait);
        assert_eq!(limiter.take("a", "other", at), Turn::Go);
        assert_eq!(limiter.take("a", "u", at.plus_ms(6_000)), Turn::Go);
        assert_eq!(limiter.take("a", "u", at.plus_ms(6_001)), Turn::Wait);
    }
}
