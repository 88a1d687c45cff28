//! Whether anybody still has a file open for writing: the one place with unsafe code.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

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
pub(super) fn probe(file: &File) -> Lease {
    match set_lease(file, libc::F_RDLCK) {
        Ok(()) => {
            // Giving it back can only fail if it was broken meanwhile, which gives it back too.
            set_lease(file, libc::F_UNLCK).ok();
            Lease::Granted
        }
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => Lease::Writer,
        Err(_) => Lease::Unknown,
    }
}

#[expect(unsafe_code, reason = "F_SETLEASE has no safe wrapper; it takes no pointer")]
fn set_lease(file: &File, kind: libc::c_int) -> io::Result<()> {
    // SAFETY: the descriptor is open for the whole call, and the arguments are plain integers.
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, kind) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
