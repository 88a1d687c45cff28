//! Stopping the program at a named boundary, or letting it hang or panic there, for the crash
//! tests. Debug builds only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::ports::{NoProbe, Probe, Step};

/// Stops the process when a boundary is reached for the n-th time.
#[derive(Debug)]
struct KillAt {
    step: String,
    left: AtomicU32,
    how: How,
}

/// How a program is stopped.
#[derive(Debug, Clone, Copy)]
enum How {
    /// As if the power went.
    Killed,
    /// It is there and does nothing any more.
    Hangs,
    /// Our own code fails.
    Panics,
}

impl Probe for KillAt {
    fn reached(&self, step: Step) {
        if step.name() == self.step && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // Nothing is flushed, nothing is dropped.
            let me = rustix::process::getpid();
            match self.how {
                How::Killed => {
                    rustix::process::kill_process(me, rustix::process::Signal::KILL).ok();
                }
                How::Hangs => loop {
                    std::thread::park();
                },
                How::Panics => std::panic::panic_any("the environment asked for it"),
            }
        }
    }
}

/// What the environment may ask for, with a boundary: `KESSAI_KILL_AT=claim.renamed:2`.
const ASKED: [(&str, How); 3] = [
    ("KESSAI_KILL_AT", How::Killed),
    ("KESSAI_HANG_AT", How::Hangs),
    ("KESSAI_PANIC_AT", How::Panics),
];

/// The probe the environment asks for.
pub(super) fn from_environment() -> Arc<dyn Probe> {
    let asked = |name| if cfg!(debug_assertions) { std::env::var(name).ok() } else { None };
    let found = ASKED.iter().find_map(|(name, how)| Some((asked(*name)?, *how)));
    let Some((asked, how)) = found else { return Arc::new(NoProbe) };
    let (step, times) = asked.split_once(':').unwrap_or((&asked, "1"));
    let left = AtomicU32::new(times.parse().unwrap_or(1));
    Arc::new(KillAt { step: step.to_owned(), left, how })
}
