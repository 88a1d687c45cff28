//! Strangers' pictures are read by this same program in a process of its own, which first gives
//! up nearly everything: memory, time, and opening anything at all.
//!
//! Whatever a picture does to its reader, the program that asked goes on and has an answer. Read
//! [`ChildScans`] first; [`limit_this_process`] is what the child does to itself.

use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, kill_process_group, pidfd_open, setrlimit,
};

use super::outcome::{Error, Outcome, write_json};
use crate::domain::{Scan, ScanFlaw};
use crate::formats::scan::{self, BYTES_MAX, Kind, PAGES_MAX};
use crate::ports::Scans;

/// Children at once.
const CHILDREN_MAX: u32 = 2;

/// How long a child may take by the clock on the wall.
const WALL: Duration = Duration::from_secs(30);

/// Bytes of an answer that are read.
const ANSWER_MAX: u64 = 64 << 20;

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

/// What a process that reads a picture may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of address space.
    pub memory: u64,
    /// Seconds of CPU.
    pub cpu_s: u64,
}

impl Limits {
    /// Those of a child: all of a file's pages are read within them.
    pub const CHILD: Self = Self { memory: 512 << 20, cpu_s: 20 };
}

/// Gives up everything that reading a picture does not need, for good.
///
/// No file and no socket can be opened afterwards, not even in the place of one that is closed;
/// those that are open stay so. Nothing can be written to a file.
pub fn limit_this_process(limits: Limits) -> io::Result<()> {
    let each = [
        (Resource::As, limits.memory),
        (Resource::Cpu, limits.cpu_s),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nofile, 0),
    ];
    for (resource, most) in each {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// What the child does: reads a picture from its input and answers. Exit code 1 comes with a flaw.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    limit_this_process(Limits::CHILD)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    io::stdin().lock().take(most).read_to_end(&mut bytes)?;
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

/// Reads scans in children of this program, at most two at once; who asks meanwhile waits.
#[derive(Debug)]
pub struct ChildScans {
    program: PathBuf,
    wall: Duration,
    running: Mutex<u32>,
    ended: Condvar,
}

impl Default for ChildScans {
    /// Children of the program that is running, also when its file was replaced meanwhile.
    fn default() -> Self {
        Self::of(PathBuf::from("/proc/self/exe"))
    }
}

impl ChildScans {
    /// Children of the program at a path.
    pub const fn of(program: PathBuf) -> Self {
        Self { program, wall: WALL, running: Mutex::new(0), ended: Condvar::new() }
    }

    /// The same with another time by the clock on the wall.
    #[must_use]
    pub fn within(self, wall: Duration) -> Self {
        Self { wall, ..self }
    }

    /// What a child answers.
    fn ask(&self, bytes: &[u8], args: &[String]) -> Result<Vec<u8>, ScanFlaw> {
        if bytes.len() > BYTES_MAX {
            return Err(ScanFlaw::Limits);
        }
        let turn = self.turn();
        let (ended, answer) = self.run(bytes.to_vec(), args).map_err(|cause| {
            ScanFlaw::Damaged(format!("the reader of scans cannot be run: {cause}"))
        })?;
        drop(turn);
        let stopped = || ScanFlaw::Damaged("the reader of scans stopped at it".to_owned());
        match ended {
            // Out of memory or time, or killed for it.
            None => Err(ScanFlaw::Limits),
            Some(status) if status.signal().is_some() => Err(ScanFlaw::Limits),
            Some(status) => match status.code() {
                Some(0) => Ok(answer),
                Some(1) => Err(serde_json::from_slice(&answer).unwrap_or_else(|_| stopped())),
                // A panic, or no program of ours.
                Some(_) | None => Err(stopped()),
            },
        }
    }

    /// Runs a child; how it ended, none if it had to be ended, and what it said.
    fn run(&self, bytes: Vec<u8>, args: &[String]) -> io::Result<(Option<ExitStatus>, Vec<u8>)> {
        let mut child = Command::new(&self.program)
            .arg("read-scan")
            .args(args)
            .env_clear()
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let talk = Talk::begin(&mut child, bytes);
        let in_time = self.ends_in_time(&child);
        // Whatever it started ends with it, or its pipes would stay open.
        if let Ok(id) = i32::try_from(child.id())
            && let Some(group) = Pid::from_raw(id)
        {
            kill_process_group(group, Signal::KILL).ok();
        }
        let status = child.wait()?;
        let answer = talk?.answer();
        Ok((in_time?.then_some(status), answer))
    }

    fn ends_in_time(&self, child: &Child) -> io::Result<bool> {
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let id = id.ok_or(io::ErrorKind::InvalidInput)?;
        let end = pidfd_open(id, PidfdFlags::empty())?;
        let wall = Timespec {
            tv_sec: i64::try_from(self.wall.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(self.wall.subsec_nanos()),
        };
        loop {
            match poll(&mut [PollFd::new(&end, PollFlags::IN)], Some(&wall)) {
                Ok(ready) => return Ok(ready > 0),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until fewer children run than may.
    fn turn(&self) -> Turn<'_> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |running: &mut u32| *running >= CHILDREN_MAX;
        let running = self.ended.wait_while(running, full);
        *running.unwrap_or_else(PoisonError::into_inner) += 1;
        Turn(self)
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
        let args = ["--page", &number.to_string(), "--width", &width.to_string()];
        let picture = self.ask(bytes, &args.map(str::to_owned))?;
        if scan::sniff(&picture) == Some(Kind::Png) {
            return Ok(picture);
        }
        Err(ScanFlaw::Damaged("the reader of scans drew nothing of it".to_owned()))
    }
}

/// One of the places for a child; free again when it is dropped.
struct Turn<'a>(&'a ChildScans);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.ended.notify_one();
    }
}

/// What is said to a child and by it, at the same time: it may answer before it heard all.
struct Talk {
    said: JoinHandle<()>,
    heard: JoinHandle<Vec<u8>>,
}

impl Talk {
    fn begin(child: &mut Child, bytes: Vec<u8>) -> io::Result<Self> {
        let missing = || io::Error::from(io::ErrorKind::BrokenPipe);
        let mut to = child.stdin.take().ok_or_else(missing)?;
        let from = child.stdout.take().ok_or_else(missing)?;
        let said = std::thread::Builder::new().name("scan-in".to_owned()).spawn(move || {
            // A child that has seen enough closes its input.
            to.write_all(&bytes).ok();
        })?;
        let heard = std::thread::Builder::new().name("scan-out".to_owned()).spawn(move || {
            let mut answer = Vec::new();
            // What is cut off is no answer, and is found to be none by who reads it.
            from.take(ANSWER_MAX).read_to_end(&mut answer).ok();
            answer
        })?;
        Ok(Self { said, heard })
    }

    /// All that was heard; the child has ended.
    fn answer(self) -> Vec<u8> {
        self.said.join().ok();
        self.heard.join().unwrap_or_default()
    }
}
