//! Whether anybody still has a file open for writing: the one place with unsafe code.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

/// `F_SETSIG`, which libc does not name everywhere: the same on every Linux we build for.
const F_SETSIG: libc::c_int = 10;

/// What asking for a read lease told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lease {
    /// Nobody has the file open for writing.
    Granted,
    /// Somebody has.
    Writer,
    /// No lease is to be had here (not our file, or the file system has none): no evidence.
    Unknown,
}

/// Asks the kernel for a read lease on an open file and gives it back at once.
///
/// The kernel grants one only while nobody has the file open for writing. It needs the file's owner
/// or CAP_LEASE; otherwise, and on network shares, the answer is `Unknown`.
///
/// A writer that comes while the lease is held makes the kernel signal us. Its usual signal, SIGIO,
/// would end the program; the one asked for here is ignored unless somebody listens.
pub(super) fn probe(file: &File) -> Lease {
    if control(file, F_SETSIG, libc::SIGURG).is_err() {
        return Lease::Unknown;
    }
    match control(file, libc::F_SETLEASE, libc::F_RDLCK) {
        Ok(()) => {
            // Giving it back can only fail if it was broken meanwhile, which gives it back too.
            control(file, libc::F_SETLEASE, libc::F_UNLCK).ok();
            Lease::Granted
        }
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => Lease::Writer,
        Err(_) => Lease::Unknown,
    }
}

#[expect(unsafe_code, reason = "leases have no safe wrapper; these calls take no pointer")]
fn control(file: &File, what: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: the descriptor is open for the whole call, and the arguments are plain integers.
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), what, value) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
