//! Strangers' pictures are read in processes of their own. Read [`ChildScans`] first.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

pub use super::children::{Limits, limit_this_process};

use super::children::{Children, Failed, heard};
use super::outcome::{Error, Outcome, write_json};
use crate::domain::{Scan, ScanFlaw};
use crate::formats::scan::{self, BYTES_MAX, Kind, PAGES_MAX};
use crate::ports::Scans;

/// Arguments of `read-scan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The page to be drawn, from 1; without it the whole is read.
    #[arg(long)]
    page: Option<u32>,
    /// How wide it may be drawn.
    #[arg(long, default_value_t = 1_000)]
    width: u32,
}

/// What the child does: reads a picture from its input and answers. Exit code 1 comes with a flaw.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    limit_this_process(Limits::CHILD)?;
    let bytes = heard(BYTES_MAX)?;
    let flaw = match args.page {
        None => match scan::read(&bytes) {
            Ok(scan) => return write_json(out, &scan).map(|()| Outcome::Well),
            Err(flaw) => flaw,
        },
        Some(page) => match scan::picture(&bytes, page, args.width) {
            Ok(picture) => {
                out.write_all(&picture)?;
                return Ok(Outcome::Well);
            }
            Err(flaw) => flaw,
        },
    };
    write_json(out, &flaw)?;
    Ok(Outcome::Findings)
}

/// Reads scans in children of this program.
#[derive(Debug, Default)]
pub struct ChildScans(Children);

impl ChildScans {
    /// Children of the program at a path.
    pub const fn of(program: PathBuf) -> Self {
        Self(Children::of(program))
    }

    /// The same with another time by the clock on the wall.
    #[must_use]
    pub fn within(self, wall: Duration) -> Self {
        Self(self.0.within(wall))
    }

    /// What a child answers.
    fn ask(&self, bytes: &[u8], args: &[&str]) -> Result<Vec<u8>, ScanFlaw> {
        if bytes.len() > BYTES_MAX {
            return Err(ScanFlaw::TooMuch);
        }
        let args: Vec<&str> = ["read-scan"].iter().chain(args).copied().collect();
        self.0.ask(bytes, &args).map_err(|failed| match failed {
            Failed::Limits => ScanFlaw::Limits,
            Failed::Slow => ScanFlaw::TooSlow,
            Failed::Flaw(answer) => serde_json::from_slice(&answer)
                .unwrap_or_else(|_| ScanFlaw::Damaged("its reader stopped at it".to_owned())),
            Failed::Stopped(why) => ScanFlaw::Damaged(why),
        })
    }
}

impl Scans for ChildScans {
    fn read(&self, bytes: &[u8]) -> Result<Scan, ScanFlaw> {
        let answer = self.ask(bytes, &[])?;
        let scan: Option<Scan> = serde_json::from_slice(&answer).ok();
        let nonsense = || ScanFlaw::Damaged("the reader of scans made no sense of it".to_owned());
        scan.filter(|scan| (1..=PAGES_MAX).contains(&scan.pages.len())).ok_or_else(nonsense)
    }

    fn page(&self, bytes: &[u8], number: u32, width: u32) -> Result<Vec<u8>, ScanFlaw> {
        let (number, width) = (number.to_string(), width.to_string());
        let args = ["--page", &number, "--width", &width];
        let picture = self.ask(bytes, &args)?;
        if scan::sniff(&picture) == Some(Kind::Png) {
            return Ok(picture);
        }
        Err(ScanFlaw::Damaged("the reader of scans drew nothing of it".to_owned()))
    }
}
