//! The connections: accepted, encrypted, bounded in number and time, and let go at the stop.
//!
//! One loop for plain HTTP on loopback and for TLS anywhere. What somebody sends before a whole
//! request is there costs one place of [`PLACES`] for a few seconds and nothing else.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::domain::Digest;

/// How many connections are served at once; whoever comes later waits to be accepted.
const PLACES: usize = 1_024;
/// How long a handshake may take, and the head of a request, from the last answer on.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection lives; browsers open another one without anybody noticing.
const LIFE: Duration = Duration::from_mins(5);
/// How long running requests may take once the service stops.
const DRAIN: Duration = Duration::from_secs(5);
/// How long to wait where no connection can be accepted, for want of memory or descriptors.
const REST: Duration = Duration::from_millis(200);

/// Why the pages are not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not one of this machine's own: passwords would cross the network in clear.
    #[error("pages without TLS are served on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The socket failed.
    #[error("the pages cannot be served")]
    Io(#[from] io::Error),
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    /// Where from.
    pub(super) from: SocketAddr,
    /// The SHA-256 of the certificate shown in the handshake, which proved to hold its key.
    pub(super) certificate: Option<Digest>,
}

/// Serves the pages until `shutdown`, then lets running requests end for five seconds.
///
/// Errs when the listener is bound to anything but loopback and there is no `tls`.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if tls.is_none() && !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let tls = tls.map(TlsAcceptor::from);
    let places = Arc::new(Semaphore::new(PLACES));
    let (tell, told) = watch::channel(());
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let next = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        let (Ok((stream, from)), Ok(place)) = next else {
            sleep(REST).await;
            continue;
        };
        let (tls, router, told) = (tls.clone(), router.clone(), told.clone());
        tokio::spawn(async move {
            meet(stream, from, tls, router, told).await;
            drop(place);
        });
    }
    drop(listener);
    drop(told);
    tell.send_replace(());
    // Whoever is not done by then is cut off.
    timeout(DRAIN, tell.closed()).await.ok();
    Ok(())
}

/// Shakes hands where there is TLS, and answers requests.
async fn meet(
    stream: TcpStream,
    from: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    told: watch::Receiver<()>,
) {
    let Some(tls) = tls else {
        return attend(stream, Peer { from, certificate: None }, router, told).await;
    };
    // What cannot shake hands, plain HTTP among it, gets no answer.
    let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await else { return };
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let certificate = shown.map(|shown| Digest::of(shown));
    attend(stream, Peer { from, certificate }, router, told).await;
}

/// Answers the requests of one connection.
async fn attend(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: Peer,
    router: Router,
    mut told: watch::Receiver<()>,
) {
    let pages = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        pages.call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // How a connection ended is no news: browsers and scanners break them off all the time.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = told.changed() => {}
        () = sleep(LIFE) => {}
    }
    connection.as_mut().graceful_shutdown();
    timeout(DRAIN, connection).await.ok();
}
