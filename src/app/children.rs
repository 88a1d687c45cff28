//! Strangers' bytes are read by this same program in a process of its own, which first gives up
//! nearly everything: memory, time, and opening anything at all.
//!
//! Whatever the bytes do to their reader, the program that asked goes on and has an answer: a
//! reader may run into a wall that no one can guard against from within, above all that of memory.
//! Read [`Children`] first; [`limit_this_process`] is what the child does to itself.

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

/// Children at once.
const CHILDREN_MAX: u32 = 2;

/// How long a child may take by the clock on the wall.
const WALL: Duration = Duration::from_secs(30);

/// Bytes of an answer that are read.
const ANSWER_MAX: u64 = 64 << 20;

/// What a process that reads strangers' bytes may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of address space.
    pub memory: u64,
    /// Seconds of CPU.
    pub cpu_s: u64,
}

impl Limits {
    /// Those of a child: a whole file is read within them.
    pub const CHILD: Self = Self { memory: 512 << 20, cpu_s: 20 };
}

/// Gives up everything that reading does not need, for good.
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

/// All of what comes in; of what is too long, one byte more than may be.
pub(super) fn heard(most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Why a child has no answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// It ran out of memory, or damaged bytes ended it.
    Limits,
    /// It ran out of time, by its own clock or that on the wall.
    Slow,
    /// It said what is wrong with the bytes.
    Flaw(Vec<u8>),
    /// It stopped, or could not be run.
    Stopped(String),
}

/// Runs children of this program, at most two at once; who asks meanwhile waits.
#[derive(Debug)]
pub(super) struct Children {
    program: PathBuf,
    wall: Duration,
    running: Mutex<u32>,
    ended: Condvar,
}

impl Default for Children {
    /// Children of the program that is running, also when its file was replaced meanwhile.
    fn default() -> Self {
        Self::of(PathBuf::from("/proc/self/exe"))
    }
}

impl Children {
    /// Children of the program at a path.
    pub(super) const fn of(program: PathBuf) -> Self {
        Self { program, wall: WALL, running: Mutex::new(0), ended: Condvar::new() }
    }

    /// The same with another time by the clock on the wall.
    pub(super) fn within(self, wall: Duration) -> Self {
        Self { wall, ..self }
    }

    /// What a child answers that is called with `args` and given `bytes`.
    pub(super) fn ask(&self, bytes: &[u8], args: &[&str]) -> Result<Vec<u8>, Failed> {
        let turn = self.turn();
        let (ended, answer) = self
            .run(bytes.to_vec(), args)
            .map_err(|cause| Failed::Stopped(format!("its reader cannot be run: {cause}")))?;
        drop(turn);
        match ended {
            None => Err(Failed::Slow),
            // Where the soft and the hard limit of CPU are one, the end is SIGKILL. One who ran out
            // of memory ends itself.
            Some(status)
                if [Signal::KILL, Signal::XCPU]
                    .map(|end| Some(end.as_raw()))
                    .contains(&status.signal()) =>
            {
                Err(Failed::Slow)
            }
            Some(status) if status.signal().is_some() => Err(Failed::Limits),
            Some(status) => match status.code() {
                Some(0) => Ok(answer),
                Some(1) => Err(Failed::Flaw(answer)),
                // A panic, or no program of ours.
                Some(_) | None => Err(Failed::Stopped("its reader stopped at it".to_owned())),
            },
        }
    }

    /// Runs a child; how it ended, none if it had to be ended, and what it said.
    fn run(&self, bytes: Vec<u8>, args: &[&str]) -> io::Result<(Option<ExitStatus>, Vec<u8>)> {
        let mut child = Command::new(&self.program)
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

/// One of the places for a child; free again when it is dropped.
struct Turn<'a>(&'a Children);

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
        let said = std::thread::Builder::new().name("child-in".to_owned()).spawn(move || {
            // A child that has seen enough closes its input.
            to.write_all(&bytes).ok();
        })?;
        let heard = std::thread::Builder::new().name("child-out".to_owned()).spawn(move || {
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
