//! The pages over TLS and real sockets, asked by a client that knows the bank's authority.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kessai::domain::Timestamp;
use kessai::pki::{KeySource, ServerKey};
use kessai::ports::Random;
use kessai::web::{WebSettings, router, serve};
use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::stage::Stage;

#[derive(Debug)]
struct Chance;

impl Random for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

/// Now: clients hold certificates against the clock on the wall.
pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap())
}

/// Pages over TLS at an address of their own.
pub(super) struct Served {
    pub(super) stage: Stage,
    folder: TempDir,
    at: SocketAddr,
    key: Arc<ServerKey>,
    stop: Option<oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

impl Served {
    pub(super) async fn new() -> Self {
        let (stage, folder) = (Stage::new(), tempfile::tempdir().unwrap());
        let (source, chance) = (KeySource::Own(folder.path().join("pki")), Arc::new(Chance));
        let hosts = vec!["127.0.0.1".to_owned(), "densai.example.jp".to_owned()];
        let key = ServerKey::open(source, "見本信用金庫".into(), hosts, chance, now()).unwrap();
        let key = Arc::new(key);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let pages = router(stage.desk.clone(), WebSettings::new(&format!("https://{at}")));
        let (stop, stopped) = oneshot::channel();
        let until = async move { stopped.await.unwrap_or_default() };
        let clients = stage.issuer.root(now()).unwrap();
        let serving = serve(listener, Some(key.config(Some(clients)).unwrap()), pages, until);
        let ended = tokio::spawn(async move { serving.await.unwrap() });
        Self { stage, folder, at, key, stop: Some(stop), ended }
    }

    /// What a browser with the bank's authority speaks.
    fn client(&self, versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
        Arc::new(self.trusting(versions).with_no_client_auth())
    }

    /// The same before it is said which certificate the browser shows.
    pub(super) fn trusting(
        &self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ConfigBuilder<ClientConfig, WantsClientCert> {
        let mut roots = RootCertStore::empty();
        let ca = self.folder.path().join("pki/ca.pem");
        roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(versions).unwrap();
        builder.with_root_certificates(roots)
    }

    pub(super) async fn shake(
        &self,
        client: Arc<ClientConfig>,
        host: &str,
    ) -> std::io::Result<Conversation> {
        let stream = TcpStream::connect(self.at).await.unwrap();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let stream = TlsConnector::from(client).connect(name, stream).await?;
        Ok(Conversation { stream, host: self.at.to_string() })
    }
}

pub(super) struct Conversation {
    pub(super) stream: TlsStream<TcpStream>,
    pub(super) host: String,
}

impl Conversation {
    /// Asks for a page on the open connection; the whole answer.
    async fn get(&mut self, path: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        String::from_utf8(self.ask(&head).await).unwrap()
    }

    /// Sends a whole request; the whole answer.
    pub(super) async fn ask(&mut self, request: &str) -> Vec<u8> {
        self.try_ask(request).await.unwrap()
    }

    /// The same where the other side may refuse to talk.
    pub(super) async fn try_ask(&mut self, request: &str) -> std::io::Result<Vec<u8>> {
        self.stream.write_all(request.as_bytes()).await?;
        let mut got = Vec::new();
        loop {
            let read = self.stream.read_buf(&mut got).await?;
            let end = got.windows(4).position(|four| four == b"\r\n\r\n");
            let whole = end.is_some_and(|end| {
                let head = String::from_utf8_lossy(&got[..end]);
                let mut lines = head.lines();
                let length = lines.find_map(|line| line.strip_prefix("content-length: "));
                length.is_none_or(|length| length.parse() == Ok(got.len() - end - 4))
            });
            if read == 0 || whole {
                return Ok(got);
            }
        }
    }
}

/// Everything the other side sends until it closes.
async fn all(stream: &mut TcpStream) -> Vec<u8> {
    let mut got = Vec::new();
    let read = stream.read_to_end(&mut got);
    // A connection that is reset is closed, too.
    drop(tokio::time::timeout(Duration::from_secs(20), read).await.expect("it is closed"));
    got
}

#[tokio::test]
async fn pages_come_over_both_versions_with_cookies_for_this_host_alone() {
    let served = Served::new().await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for host in ["127.0.0.1", "densai.example.jp"] {
            let client = served.client(&[version]);
            let mut talk = served.shake(client, host).await.unwrap();
            let page = talk.get("/login").await;
            assert!(page.starts_with("HTTP/1.1 200"), "{page}");
            assert!(page.contains("strict-transport-security: max-age=31536000"), "{page}");
            let cookie = page.lines().find(|line| line.starts_with("set-cookie:")).unwrap();
            assert!(cookie.contains(" __Host-kessai_pre="), "{cookie}");
            assert!(cookie.contains("; Secure; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
            // The connection stays open for the next one.
            assert!(talk.get("/").await.starts_with("HTTP/1.1 303"));
        }
    }
}

#[tokio::test]
async fn a_certificate_vouches_for_its_hosts_and_by_its_authority_alone() {
    let (served, other) = (Served::new().await, Served::new().await);
    let both = [&rustls::version::TLS12, &rustls::version::TLS13];
    assert!(served.shake(served.client(&both), "other.example.jp").await.is_err());
    assert!(served.shake(other.client(&both), "127.0.0.1").await.is_err());
}

#[tokio::test]
async fn plain_http_and_old_versions_get_no_data() {
    let served = Served::new().await;
    let mut plain = TcpStream::connect(served.at).await.unwrap();
    plain.write_all(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.unwrap();
    let got = all(&mut plain).await;
    // At most an alert of TLS, which is seven bytes.
    assert!(got.len() <= 7 && !got.starts_with(b"HTTP"), "{got:?}");
    // Hellos of TLS 1.0 and 1.1, as old clients send them.
    for minor in [1, 2] {
        let mut hello = vec![3, minor];
        hello.extend([7; 32]);
        hello.extend([0, 0, 4, 0xc0, 0x13, 0, 0x2f, 1, 0]);
        let length = u8::try_from(hello.len()).unwrap();
        let mut record = vec![0x16, 3, 1, 0, length + 4, 1, 0, 0, length];
        record.extend(hello);
        let mut old = TcpStream::connect(served.at).await.unwrap();
        old.write_all(&record).await.unwrap();
        let got = all(&mut old).await;
        assert!(got.is_empty() || (got[0] == 0x15 && got.len() == 7), "an alert: {got:?}");
    }
}

#[tokio::test]
async fn whoever_says_nothing_is_cut_off_and_the_others_are_served() {
    let served = Served::new().await;
    let started = tokio::time::Instant::now();
    let mut silent = TcpStream::connect(served.at).await.unwrap();
    let both = [&rustls::version::TLS12, &rustls::version::TLS13];
    let mut slow = served.shake(served.client(&both), "127.0.0.1").await.unwrap();
    slow.stream.write_all(b"GET / HT").await.unwrap();
    let mut talk = served.shake(served.client(&both), "127.0.0.1").await.unwrap();
    assert!(talk.get("/login").await.starts_with("HTTP/1.1 200"));
    assert!(all(&mut silent).await.is_empty());
    let mut rest = Vec::new();
    slow.stream.read_to_end(&mut rest).await.ok();
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_stop_closes_idle_connections_at_once() {
    let mut served = Served::new().await;
    let client = served.client(&[&rustls::version::TLS13]);
    let mut talk = served.shake(client, "127.0.0.1").await.unwrap();
    talk.get("/login").await;
    let started = tokio::time::Instant::now();
    served.stop.take().unwrap().send(()).unwrap();
    (&mut served.ended).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn the_certificate_is_made_anew_thirty_days_before_its_end() {
    let served = Served::new().await;
    let day = 86_400_000;
    assert!(!served.key.renew(now().plus_ms(59 * day)).unwrap());
    assert_eq!(served.key.days_left(now().plus_ms(61 * day)), Some(28));
    assert!(served.key.renew(now().plus_ms(61 * day)).unwrap());
    assert_eq!(served.key.days_left(now().plus_ms(61 * day)), Some(89));
    assert!(!served.key.renew(now().plus_ms(61 * day)).unwrap());
}
