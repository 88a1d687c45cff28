//! Mails through a mail server by TLS, beside the same bytes over bare sockets.
//!
//! The server is of this process and keeps nothing, so that the client alone is measured. It says
//! yes to everything: it is no mail server for anybody else.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use der::pem::LineEnding;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::super::outcome::Error;
use super::Figure;
use super::floor::Stretch;
use crate::channels::{Server, SmtpRelay, Tls};
use crate::ports::{Fate, Relay as _};

/// Connections at once, as many as the desk uses.
const SENDERS: usize = 8;
const TO: &str = "bench@example.jp";

/// Sends all mails over eight connections: by SMTP and TLS, and as bare bytes with an answer each.
pub(super) fn post(dir: &Path, mails: &[Vec<u8>]) -> Result<Vec<Figure>, Error> {
    let failed = |cause| Error::world("cannot measure", dir, cause);
    let safe = serving(dir).map_err(failed)?;
    let bare = listen(None).map_err(failed)?;
    let relay = SmtpRelay::open(Server {
        host: "localhost".to_owned(),
        port: listen(Some(safe)).map_err(failed)?,
        tls: Tls::Implicit,
        login: None,
        ca: Some(dir.join("server.pem")),
        sender: TO.to_owned(),
        patience: Duration::from_secs(10),
    });
    let relay = relay.map_err(|error| failed(io::Error::other(error)))?;
    let count = u64::try_from(mails.len()).unwrap_or(u64::MAX);
    let stretch = Stretch::start();
    each(mails, |next| {
        let bare = TcpStream::connect(("127.0.0.1", bare))?;
        bare.set_nodelay(true)?;
        let mut bare = BufReader::new(bare);
        while let Some(mail) = next() {
            let whole = [mail, b".\r\n"].concat();
            bare.get_mut().write_all(&whole)?;
            bare.read_line(&mut String::new())?;
        }
        Ok(())
    })
    .map_err(failed)?;
    let floor = stretch.figure("the same bytes over eight bare sockets", count);
    let stretch = Stretch::start();
    each(mails, |next| {
        while let Some(mail) = next() {
            match relay.send(TO, mail) {
                Ok(Fate::Delivered) => {}
                other => return Err(io::Error::other(format!("{other:?}"))),
            }
        }
        Ok(())
    })
    .map_err(failed)?;
    let figure = stretch.figure("mails sent by SMTP and TLS, eight connections", count);
    Ok(vec![figure.over(&floor), floor])
}

/// Lets eight threads take one mail after the other.
fn each<'m>(
    mails: &'m [Vec<u8>],
    work: impl Fn(&mut dyn FnMut() -> Option<&'m [u8]>) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let taken = AtomicUsize::new(0);
    let one = || work(&mut || Some(mails.get(taken.fetch_add(1, Ordering::SeqCst))?.as_slice()));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..SENDERS).map(|_| scope.spawn(one)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("a sender stopped")))
        })
    })
}

/// A server's side of TLS; who trusts it trusts `server.pem`.
fn serving(dir: &Path) -> io::Result<Arc<ServerConfig>> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let own = CertificateParams::new(vec!["localhost".to_owned()]).map_err(io::Error::other)?;
    let own = own.self_signed(&key).map_err(io::Error::other)?;
    let pem = der::pem::encode_string("CERTIFICATE", LineEnding::LF, own.der());
    std::fs::write(
        dir.join("server.pem"),
        pem.map_err(|error| io::Error::other(error.to_string()))?,
    )?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config.with_no_client_auth().with_single_cert(vec![own.der().clone()], key)
        });
    Ok(Arc::new(config.map_err(io::Error::other)?))
}

/// Listens on a port of its own: for SMTP by TLS, or for bare bytes. Ends with the program.
fn listen(safe: Option<Arc<ServerConfig>>) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for wire in listener.incoming().flatten() {
            let safe = safe.clone();
            // A client that goes away ends its own connection.
            std::thread::spawn(move || talk(wire, safe).ok());
        }
    });
    Ok(port)
}

fn talk(wire: TcpStream, safe: Option<Arc<ServerConfig>>) -> io::Result<()> {
    wire.set_nodelay(true)?;
    let Some(config) = safe else {
        let mut wire = BufReader::new(wire);
        while take(&mut wire)? {
            wire.get_mut().write_all(b"250 ok\r\n")?;
        }
        return Ok(());
    };
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut wire = BufReader::new(StreamOwned::new(connection, wire));
    wire.get_mut().write_all(b"220 bench\r\n")?;
    let mut line = String::new();
    while wire.read_line(&mut line)? > 0 {
        if line.starts_with("DATA") {
            wire.get_mut().write_all(b"354 go on\r\n")?;
            take(&mut wire)?;
        }
        wire.get_mut().write_all(b"250 ok\r\n")?;
        line.clear();
    }
    Ok(())
}

/// Takes a mail up to its final dot; `false` when there is none.
fn take<R: Read>(wire: &mut BufReader<R>) -> io::Result<bool> {
    let mut line = Vec::new();
    while wire.read_until(b'\n', &mut line)? > 0 {
        if line == b".\r\n" {
            return Ok(true);
        }
        line.clear();
    }
    Ok(false)
}
