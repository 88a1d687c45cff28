//! The real clock and the real source of chance, and their hand-moved counterparts.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::{Date, Digest, Timestamp};
use crate::ports::{Clock, Random};

/// The wall clock; in the test environment it may show another day.
#[derive(Debug, Default)]
pub struct WallClock {
    offset_ms: i64,
}

impl WallClock {
    /// A clock that shows the present time of day on `day`.
    pub fn on(day: Option<Date>) -> Self {
        let real = Self::default().now();
        let offset_ms = day.map_or(0, |day| day.days_since(real.date()) * 86_400_000);
        Self { offset_ms }
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_ms(ms).plus_ms(self.offset_ms)
    }
}

/// A clock that moves only when it is told to, until it is let go.
#[derive(Debug)]
pub struct HandClock {
    ms: AtomicI64,
    going_since: OnceLock<Instant>,
}

impl HandClock {
    /// A clock that shows `start`.
    pub const fn new(start: Timestamp) -> Self {
        Self { ms: AtomicI64::new(start.ms()), going_since: OnceLock::new() }
    }

    /// Moves the clock on.
    pub fn advance_ms(&self, ms: i64) {
        self.ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Lets the clock go on by itself from where it stands.
    pub fn let_go(&self) {
        self.going_since.get_or_init(Instant::now);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        let gone = self.going_since.get().map_or(0, |since| since.elapsed().as_millis());
        let start = Timestamp::from_ms(self.ms.load(Ordering::SeqCst));
        start.plus_ms(i64::try_from(gone).unwrap_or(i64::MAX))
    }
}

/// The system's source of random bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::expect_used, reason = "without random numbers no password is safe: stop")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}

/// The same bytes at every run: only the demo can build it.
#[derive(Debug)]
pub(super) struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    pub(super) const fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(32) {
            *count += 1;
            let block = Digest::of(&count.to_le_bytes());
            for (byte, fresh) in chunk.iter_mut().zip(block.as_bytes()) {
                *byte = *fresh;
            }
        }
    }
}
