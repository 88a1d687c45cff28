//! The virus scanner: clamd, asked over its socket as its manual says (`INSTREAM`).
//!
//! Only `OK` lets a file through. Whatever else comes, late or not at all, is no answer.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use crate::ports::{NoScreener, Screener, Screening, Unscreened};

/// Bytes of a part of a file; clamd takes its length before each.
const PART: usize = 64 << 10;

/// How long it may take to say who it is: it has nothing to look into for that.
const GREETING: Duration = Duration::from_secs(3);

/// The longest answer that is read: a name, and some words.
const ANSWER_MAX: u64 = 4 << 10;

/// Where clamd is and how it is talked to; from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clamd {
    /// The path of its socket, or name and port; empty for none.
    pub place: String,
    /// How long it may take to answer, or to take a part of a file.
    pub patience: Duration,
    /// The longest file it is given, in bytes.
    pub bytes_max: u64,
}

impl Default for Clamd {
    fn default() -> Self {
        Self { place: String::new(), patience: Duration::from_mins(1), bytes_max: 100 << 20 }
    }
}

/// A connection of either kind.
trait Talk: Read + Write {}

impl Talk for TcpStream {}
impl Talk for UnixStream {}

impl Clamd {
    /// The scanner of the settings, or none.
    pub fn screener(&self) -> Arc<dyn Screener> {
        if self.place.is_empty() { Arc::new(NoScreener) } else { Arc::new(self.clone()) }
    }

    /// Its version and that of its signatures, e.g. `ClamAV 1.0.9/27800/Fri Nov 27 …`. Errs where
    /// it does not answer.
    pub fn version(&self) -> io::Result<String> {
        let mut talk = self.connect(self.patience.min(GREETING))?;
        talk.write_all(b"zVERSION\0")?;
        let said = answer(&mut talk)?;
        let sensible = said.starts_with("ClamAV");
        if sensible { Ok(said) } else { Err(io::Error::other("it does not say who it is")) }
    }

    fn connect(&self, patience: Duration) -> io::Result<Box<dyn Talk>> {
        let (limit, patience) = (patience, Some(patience));
        if self.place.starts_with('/') {
            let socket = UnixStream::connect(&self.place)?;
            socket.set_read_timeout(patience)?;
            socket.set_write_timeout(patience)?;
            return Ok(Box::new(socket));
        }
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in self.place.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, limit) {
                Ok(socket) => {
                    socket.set_read_timeout(patience)?;
                    socket.set_write_timeout(patience)?;
                    return Ok(Box::new(socket));
                }
                Err(failed) => last = failed,
            }
        }
        Err(last)
    }

    /// Gives it the bytes; what it says of them.
    fn ask(&self, bytes: &mut dyn Read) -> Result<String, Trouble> {
        let mut talk = self.connect(self.patience)?;
        talk.write_all(b"zINSTREAM\0")?;
        let mut part = vec![0; PART];
        loop {
            let count = bytes.read(&mut part).map_err(Trouble::Ours)?;
            let length =
                u32::try_from(count).map_err(|_| Trouble::Ours(io::Error::other("part")))?;
            let told = talk
                .write_all(&length.to_be_bytes())
                .and_then(|()| talk.write_all(part.get(..count).unwrap_or_default()));
            match told {
                Ok(()) if count == 0 => break,
                Ok(()) => {}
                // It had enough, and may have said why before it closed.
                Err(failed) => return answer(&mut talk).map_err(|_| failed.into()),
            }
        }
        Ok(answer(&mut talk)?)
    }
}

impl Screener for Clamd {
    fn screen(&self, bytes: &mut dyn Read, length: u64) -> Result<Screening, Unscreened> {
        if length > self.bytes_max {
            return Err(Unscreened::TooLong);
        }
        let away = |failed: Trouble| Unscreened::Away(failed.to_string());
        let by = self.version().map_err(|failed| away(failed.into()))?;
        let said = self.ask(bytes).map_err(away)?;
        let verdict = said.strip_prefix("stream: ").unwrap_or(&said);
        match (verdict, verdict.strip_suffix(" FOUND")) {
            ("OK", _) => Ok(Screening { by, found: None }),
            (_, Some(name)) => Ok(Screening { by, found: Some(name.to_owned()) }),
            (error, _) if error.starts_with("INSTREAM size limit exceeded") => {
                Err(Unscreened::TooLong)
            }
            // What it said may be anything, and a log is no place for that.
            _ => Err(Unscreened::Away("clamd gave no verdict".to_owned())),
        }
    }
}

/// What it says, without the end of its line. Errs where that does not end.
fn answer(talk: &mut dyn Read) -> io::Result<String> {
    let mut said = Vec::new();
    let mut talk = talk.take(ANSWER_MAX);
    let mut byte = [0];
    loop {
        if talk.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match byte {
            [0 | b'\n'] => return Ok(String::from_utf8_lossy(&said).trim().to_owned()),
            [one] => said.push(one),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
enum Trouble {
    /// Theirs: clamd cannot be reached, or does not answer.
    Clamd(io::Error),
    /// Ours: the file's bytes cannot be read.
    Ours(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(failed: io::Error) -> Self {
        Self::Clamd(failed)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clamd(failed) => match failed.kind() {
                // A socket with a timeout says so when it is over.
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    f.write_str("clamd does not answer in time")
                }
                io::ErrorKind::UnexpectedEof => f.write_str("clamd hung up without an answer"),
                _ => write!(f, "clamd: {failed}"),
            },
            Self::Ours(failed) => write!(f, "the file cannot be read: {failed}"),
        }
    }
}
