//! Stopping the program at a named boundary, for the crash tests. Debug builds only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::ports::{NoProbe, Probe, Step};

/// Kills the process when a boundary is reached for the n-th time.
#[derive(Debug)]
struct KillAt {
    step: String,
    left: AtomicU32,
}

impl Probe for KillAt {
    fn reached(&self, step: Step) {
        if step.name() == self.step && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // As if the power went: nothing is flushed, nothing is dropped.
            let me = rustix::process::getpid();
            rustix::process::kill_process(me, rustix::process::Signal::KILL).ok();
        }
    }
}

/// The probe the environment asks for: `KESSAI_KILL_AT=claim.renamed:2`.
pub(super) fn from_environment() -> Arc<dyn Probe> {
    let asked = if cfg!(debug_assertions) { std::env::var("KESSAI_KILL_AT").ok() } else { None };
    let Some(asked) = asked else { return Arc::new(NoProbe) };
    let (step, times) = asked.split_once(':').unwrap_or((&asked, "1"));
    let left = AtomicU32::new(times.parse().unwrap_or(1));
    Arc::new(KillAt { step: step.to_owned(), left })
}
