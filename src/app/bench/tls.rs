//! The pages over TLS: whole handshakes, beside the same connections without any.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

use super::super::outcome::Error;
use super::super::root::Root;
use super::super::settings::Settings;
use super::Figure;
use super::floor::Stretch;
use crate::service::Desk;
use crate::web::{self, WebSettings};

/// Connections opened at the same time.
const CALLERS: u32 = 8;

/// Connections of TLS 1.3 without resumption, and plain ones; each asks for the style sheet once.
pub(super) fn tls(
    root: &Root,
    settings: &Settings,
    desk: &Arc<Desk>,
    count: u32,
) -> Result<Vec<Figure>, Error> {
    let base_url = "https://127.0.0.1".to_owned();
    let settings = Settings { base_url, ..settings.clone() };
    let config = root.server_key(&settings)?.map(|tls| tls.main);
    let client = client(root)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(failed)?;
    let floor = runtime.block_on(measured(desk, None, None, count))?;
    let figure = runtime.block_on(measured(desk, config, Some(client), count))?;
    Ok(vec![figure.over(&floor), floor])
}

/// Opens connections, each for one answer, to pages of our own.
async fn measured(
    desk: &Arc<Desk>,
    server: Option<Arc<ServerConfig>>,
    client: Option<TlsConnector>,
    count: u32,
) -> Result<Figure, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let at = listener.local_addr().map_err(failed)?;
    let pages = WebSettings::new(&format!("http://{at}"));
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async move { stopped.await.unwrap_or_default() };
    let serving = web::serve(listener, server, web::router(Arc::clone(desk), pages), until);
    let serving = tokio::spawn(serving);
    let name = match client {
        Some(_) => "TLS 1.3 handshakes with one answer, 8 callers",
        None => "plain connections with one answer, 8 callers",
    };
    let stretch = Stretch::start();
    let callers: Vec<_> =
        (0..CALLERS).map(|_| tokio::spawn(call(at, client.clone(), count / CALLERS))).collect();
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await.map_err(std::io::Error::other).map_err(failed)?.map_err(failed)?);
    }
    let figure = stretch.figure(name, u64::try_from(times.len()).unwrap_or(0)).timed(times);
    drop(stop);
    let ended = serving.await.map_err(std::io::Error::other).map_err(failed)?;
    ended.map_err(std::io::Error::other).map_err(failed)?;
    Ok(figure)
}

/// One caller after another of its connections; how long each took.
async fn call(
    at: SocketAddr,
    client: Option<TlsConnector>,
    count: u32,
) -> std::io::Result<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..count {
        let started = Instant::now();
        let stream = TcpStream::connect(at).await?;
        match &client {
            Some(client) => ask(client.connect(ServerName::from(at.ip()), stream).await?, at).await,
            None => ask(stream, at).await,
        }?;
        times.push(started.elapsed());
    }
    Ok(times)
}

/// Asks for the style sheet and reads the first bytes of the answer.
async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    at: SocketAddr,
) -> std::io::Result<()> {
    let head = format!("GET /kessai.css HTTP/1.1\r\nHost: {at}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut first = [0; 12];
    stream.read_exact(&mut first).await?;
    if first == *b"HTTP/1.1 200" { Ok(()) } else { Err(std::io::Error::other("no answer")) }
}

/// A client that knows the root's own authority and shakes hands anew each time.
pub(super) fn client(root: &Root) -> Result<TlsConnector, Error> {
    let path = root.pki().join("ca.pem");
    let unfit = |error: &dyn std::error::Error| Error::Usage(error.to_string());
    let ca = CertificateDer::from_pem_file(path).map_err(|error| unfit(&error))?;
    let mut roots = RootCertStore::empty();
    roots.add(ca).map_err(|error| unfit(&error))?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| unfit(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn failed(cause: std::io::Error) -> Error {
    Error::World { what: "cannot measure connections".to_owned(), cause }
}
