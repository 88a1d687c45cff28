//! Time and chance.

use std::fmt;

use crate::domain::Timestamp;

/// Tells the time. The wall clock in production, a hand-moved one in the demo and in tests.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The moment it is.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable bytes.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills `bytes`. A source that cannot do so must not return.
    fn fill(&self, bytes: &mut [u8]);
}
