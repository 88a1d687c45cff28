//! What the machine itself can do, measured in the same run, and the reading of its clocks.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "figures for people; nothing is decided by them"
)]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::super::outcome::Error;
use super::{Figure, Floor};

/// A stretch of time and CPU being measured.
pub(super) struct Stretch {
    started: Instant,
    cpu: Duration,
}

impl Stretch {
    /// Starts measuring.
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), cpu: cpu() }
    }

    /// The figure for `count` things done since the start.
    pub(super) fn figure(&self, name: impl Into<String>, count: u64) -> Figure {
        let seconds = self.started.elapsed().as_secs_f64();
        let spent = (cpu().saturating_sub(self.cpu)).as_secs_f64();
        Figure {
            name: name.into(),
            count,
            seconds,
            per_second: count as f64 / seconds,
            p50_p99_ms: None,
            cpu_us_each: spent * 1e6 / count.max(1) as f64,
            floor: None,
        }
    }
}

impl Figure {
    /// The figure beside a floor.
    pub(super) fn over(mut self, floor: &Figure) -> Self {
        self.floor = Some(Floor {
            name: floor.name.clone(),
            per_second: floor.per_second,
            ratio: floor.per_second / self.per_second,
        });
        self
    }

    /// A figure for whole files, told for their records.
    pub(super) fn told_for(mut self, records: u64) -> Self {
        self.count = records;
        self.per_second = records as f64 / self.seconds;
        self
    }

    /// The figure with the percentiles of the single times.
    pub(super) fn timed(mut self, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let index = times.len().saturating_sub(1) * percent / 100;
            times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        self.p50_p99_ms = Some([at(50), at(99)]);
        self
    }
}

/// Appends `count` pieces of `length` bytes to a file of zeros, syncing each.
pub(super) fn append_and_sync(
    dir: &Path,
    name: &'static str,
    count: u64,
    length: usize,
) -> Result<Figure, Error> {
    let path = dir.join("floor");
    let failed = |cause| Error::world("cannot measure", &path, cause);
    let file = File::create(&path).map_err(failed)?;
    let piece = vec![7; length];
    let zeros = vec![0; 1 << 20];
    let total = count.saturating_mul(u64::try_from(length).unwrap_or(0));
    let mut filled = 0;
    while filled < total {
        file.write_all_at(&zeros, filled).map_err(failed)?;
        filled += 1 << 20;
    }
    file.sync_all().map_err(failed)?;
    let stretch = Stretch::start();
    for at in 0..count {
        let offset = at.saturating_mul(u64::try_from(length).unwrap_or(0));
        file.write_all_at(&piece, offset).map_err(failed)?;
        file.sync_data().map_err(failed)?;
    }
    Ok(stretch.figure(name, count))
}

/// The process's CPU time so far.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    let fields: Vec<u64> = after.split_whitespace().map(|f| f.parse().unwrap_or(0)).collect();
    let ticks = fields.get(11).unwrap_or(&0) + fields.get(12).unwrap_or(&0);
    // Linux counts in hundredths of a second on every machine we run on.
    Duration::from_millis(ticks * 10)
}

/// Forgets the peak so far, so that making the sample does not count.
pub(super) fn reset_peak() {
    std::fs::write("/proc/self/clear_refs", "5").ok();
}

/// The most memory the process held since the last reset.
pub(super) fn peak_rss_mib() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0);
    kib / 1024.0
}
