//! The control socket: commands beside a running daemon reach the same use cases.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::warn;

use crate::service::Desk;

use super::request::{Request, execute};

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the socket; only the service's own user may use it.
pub(super) fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Answers commands until `stop` is set.
pub(super) fn serve(listener: &UnixListener, desk: &Arc<Desk>, stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        match listener.accept() {
            Ok((stream, _)) => {
                let desk = Arc::clone(desk);
                // One thread a command: a slow client must not hold the next.
                std::thread::spawn(move || {
                    if let Err(error) = answer(&desk, stream) {
                        warn!(error = %error, "a command could not be answered");
                    }
                });
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(error) => warn!(error = %error, "the control socket failed"),
        }
    }
}

fn answer(desk: &Desk, mut stream: UnixStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    let response = execute(desk, &request);
    serde_json::to_writer(&mut stream, &response)?;
    stream.write_all(b"\n")
}
