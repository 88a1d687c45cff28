//! A mail server that keeps what it is given, and fails in the ways it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use kessai::channels::{Server, SmtpRelay, Tls};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What goes wrong with mails for an address.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// This answer to the recipient.
    Recipient(u16),
    /// This answer to the whole mail.
    Mail(u16),
    /// The connection ends before the mail is asked for.
    DropBefore,
    /// The connection ends after the whole mail was taken.
    DropAfter,
    /// No answer to the whole mail while the test lasts.
    Stall,
}

#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) mails: Mutex<Vec<(String, Vec<u8>)>>,
    pub(crate) faults: Mutex<BTreeMap<String, Fault>>,
    /// Offers no STARTTLS.
    pub(crate) is_plain: AtomicBool,
    /// What was said to it before a connection was safe.
    pub(crate) in_clear: Mutex<Vec<String>>,
    open: AtomicUsize,
    pub(crate) most_open: AtomicUsize,
}

/// A mail server on a port of its own; what it heard is shared.
pub(crate) struct Sink {
    pub(crate) heard: Arc<Heard>,
    port: u16,
    tls: Tls,
    folder: tempfile::TempDir,
}

enum Wire {
    Plain(TcpStream),
    Safe(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(wire) => wire.read(buffer),
            Self::Safe(wire) => wire.read(buffer),
        }
    }
}

impl Wire {
    fn say(&mut self, line: &str) -> std::io::Result<()> {
        let line = format!("{line}\r\n");
        match self {
            Self::Plain(wire) => wire.write_all(line.as_bytes()),
            Self::Safe(wire) => wire.write_all(line.as_bytes()).and_then(|()| wire.flush()),
        }
    }

    fn secured(self, config: &Arc<ServerConfig>) -> Self {
        match self {
            Self::Safe(_) => self,
            Self::Plain(wire) => {
                let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                Self::Safe(Box::new(StreamOwned::new(connection, wire)))
            }
        }
    }
}

impl Sink {
    /// A server whose certificate is for `name`.
    pub(crate) fn new(tls: Tls, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Arc::new(config(&folder.path().join("ca.pem"), name));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Heard::default());
        let all = Arc::clone(&heard);
        std::thread::spawn(move || {
            for wire in listener.incoming().flatten() {
                let (heard, config) = (Arc::clone(&all), Arc::clone(&config));
                std::thread::spawn(move || {
                    let open = heard.open.fetch_add(1, Ordering::SeqCst) + 1;
                    heard.most_open.fetch_max(open, Ordering::SeqCst);
                    wire.set_nodelay(true).unwrap();
                    // A client that goes away ends its connection and nothing else.
                    heard.talk(Wire::Plain(wire), &config, tls).ok();
                    heard.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { heard, port, tls, folder }
    }

    /// A way to it that trusts its authority.
    pub(crate) fn relay(&self, patience: Duration) -> Arc<SmtpRelay> {
        let relay = SmtpRelay::open(Server {
            host: "localhost".to_owned(),
            port: self.port,
            tls: self.tls,
            login: None,
            ca: Some(self.folder.path().join("ca.pem")),
            sender: "densai@example.jp".to_owned(),
            patience,
        });
        Arc::new(relay.unwrap())
    }

    pub(crate) fn fail(&self, address: &str, fault: Fault) {
        self.heard.faults.lock().unwrap().insert(address.to_owned(), fault);
    }

    pub(crate) fn mend(&self) {
        self.heard.faults.lock().unwrap().clear();
    }

    /// How many whole mails it was given.
    pub(crate) fn count(&self) -> usize {
        self.heard.mails.lock().unwrap().len()
    }
}

impl Heard {
    fn talk(&self, wire: Wire, config: &Arc<ServerConfig>, tls: Tls) -> std::io::Result<()> {
        let wire = if tls == Tls::Implicit { wire.secured(config) } else { wire };
        let mut wire = BufReader::new(wire);
        wire.get_mut().say("220 sink")?;
        let mut to = String::new();
        loop {
            let mut line = String::new();
            if wire.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let is_safe = matches!(wire.get_ref(), Wire::Safe(_));
            if !is_safe {
                self.in_clear.lock().unwrap().push(line.trim().to_owned());
            }
            let fault = self.faults.lock().unwrap().get(&to).copied();
            match line.get(..4).unwrap_or_default() {
                "EHLO" if is_safe || self.is_plain.load(Ordering::SeqCst) => {
                    wire.get_mut().say("250 sink")?;
                }
                "EHLO" => wire.get_mut().say("250-sink\r\n250 STARTTLS")?,
                "STAR" => {
                    wire.get_mut().say("220 go on")?;
                    wire = BufReader::new(wire.into_inner().secured(config));
                }
                "RCPT" => {
                    line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                    match self.faults.lock().unwrap().get(&to) {
                        Some(Fault::Recipient(code)) => {
                            let code = *code;
                            wire.get_mut().say(&format!("{code} 5.1.1 not {to}"))?;
                        }
                        Some(Fault::DropBefore) => return Ok(()),
                        _ => wire.get_mut().say("250 ok")?,
                    }
                }
                "DATA" => {
                    wire.get_mut().say("354 go on")?;
                    let mail = whole(&mut wire)?;
                    if let Some(Fault::Mail(code)) = fault {
                        wire.get_mut().say(&format!("{code} 5.7.1 not this"))?;
                        continue;
                    }
                    self.mails.lock().unwrap().push((to.clone(), mail));
                    match fault {
                        Some(Fault::DropAfter) => return Ok(()),
                        Some(Fault::Stall) => std::thread::sleep(Duration::from_mins(10)),
                        _ => wire.get_mut().say("250 taken")?,
                    }
                }
                "QUIT" => return wire.get_mut().say("221 bye"),
                _ => wire.get_mut().say("250 ok")?,
            }
        }
    }
}

/// A mail up to its final dot, without the dots that were doubled on the way.
fn whole(wire: &mut BufReader<Wire>) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let mut line = Vec::new();
        if wire.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(mail);
        }
        mail.extend(line.strip_prefix(b".").unwrap_or(&line));
    }
}

/// A certificate for `name` and the authority behind it, which is written to `ca`.
fn config(ca: &Path, name: &str) -> ServerConfig {
    let mut above = CertificateParams::new(Vec::new()).unwrap();
    above.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let above_key = KeyPair::generate().unwrap();
    let der = base64::engine::general_purpose::STANDARD
        .encode(above.self_signed(&above_key).unwrap().der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
    std::fs::write(ca, pem).unwrap();
    let issuer = Issuer::new(above, above_key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let own = own.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth();
    config.with_single_cert(vec![own.der().clone()], key).unwrap()
}
