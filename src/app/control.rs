//! The control socket: commands beside a running daemon reach the same use cases.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
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
    Ok(listener)
}

/// Answers commands for as long as the program runs.
pub(super) async fn serve(listener: UnixListener, desk: Arc<Desk>) {
    loop {
        let accepted = listener.accept().await.and_then(|(stream, _)| stream.into_std());
        let stream = match accepted {
            Ok(stream) => stream,
            Err(error) => {
                warn!(error = %error, "the control socket failed");
                tokio::time::sleep(PATIENCE).await;
                continue;
            }
        };
        let desk = Arc::clone(&desk);
        // One thread a command: a slow client must not hold the next.
        let answered = tokio::task::spawn_blocking(move || {
            if let Err(error) = answer(&desk, stream) {
                warn!(error = %error, "a command could not be answered");
            }
        });
        drop(answered);
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
