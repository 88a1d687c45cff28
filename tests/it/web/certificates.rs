//! People who need a certificate: which connections they may come in by, and until when.

use std::collections::BTreeMap;
use std::sync::Arc;

use kessai::domain::UserId;
use kessai::ports::PasswordKind;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, HandshakeKind};
use x509_cert::crl::CertificateList;
use x509_cert::der::Decode as _;

use super::stage::{PEOPLE, login};
use super::tls::{Conversation, Served, now};

const DAY_MS: i64 = 86_400_000;

fn user(at: usize) -> UserId {
    UserId::parse(PEOPLE[at].0).unwrap()
}

/// A PC: the browser's configuration and the number of its certificate.
struct Pc {
    client: Arc<ClientConfig>,
    serial: String,
}

/// A PC with a certificate made for somebody some days ago by the authority of `made_by`.
fn pc(served: &Served, made_by: &Served, person: usize, days_ago: i64) -> Pc {
    let key = KeyPair::generate().unwrap();
    let request = CertificateParams::default().serialize_request(&key).unwrap();
    let at = now().plus_ms(-days_ago * DAY_MS);
    let issued = made_by.stage.desk.issue_certificate(&user(person), request.der(), at).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(issued.pem.as_bytes()).unwrap()];
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let versions = [&rustls::version::TLS12, &rustls::version::TLS13];
    let client = served.trusting(&versions).with_client_auth_cert(chain, key).unwrap();
    Pc { client: Arc::new(client), serial: issued.certificate.serial }
}

/// A PC without one.
fn bare(served: &Served) -> Arc<ClientConfig> {
    Arc::new(served.trusting(&[&rustls::version::TLS13]).with_no_client_auth())
}

/// A browser on an open connection, with its cookies.
struct Browser {
    talk: Conversation,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn new(served: &Served, client: &Arc<ClientConfig>) -> Self {
        let talk = served.shake(Arc::clone(client), "127.0.0.1").await.unwrap();
        Self { talk, cookies: BTreeMap::new() }
    }

    async fn ask(&mut self, verb: &str, path: &str, body: &str) -> String {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = format!(
            "{verb} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
            self.talk.host,
            cookies.join("; "),
            body.len()
        );
        let page = String::from_utf8(self.talk.ask(&request).await).unwrap();
        for line in page.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        page
    }

    /// Logs in; whether it went on.
    async fn log_in(&mut self, person: usize, password: &str) -> bool {
        let page = self.ask("GET", "/login", "").await;
        let token = page.split_once("name=\"token\" value=\"").unwrap().1.split('"').next();
        let password = password.replace(' ', "+");
        let (token, user) = (token.unwrap(), PEOPLE[person].0);
        let form = format!("token={token}&user={user}&password={password}");
        let page = self.ask("POST", "/login", &form).await;
        assert!(
            page.starts_with("HTTP/1.1 303") || page.contains("電子証明書方式の方は"),
            "{page}"
        );
        page.starts_with("HTTP/1.1 303")
    }

    /// Whether the list of cases is shown.
    async fn is_in(&mut self) -> bool {
        self.ask("GET", "/", "").await.starts_with("HTTP/1.1 200")
    }
}

#[tokio::test]
async fn without_their_certificate_the_password_is_not_looked_at_nor_counted() {
    let served = Served::new().await;
    let desk = &served.stage.desk;
    desk.require_certificate(&user(0)).unwrap();
    let (own, others) = (pc(&served, &served, 0, 0), pc(&served, &served, 1, 0));
    let before = desk.store.user(&user(0)).unwrap().credentials;
    for client in [&bare(&served), &others.client] {
        let mut browser = Browser::new(&served, client).await;
        assert!(!browser.log_in(0, &login(PEOPLE[0].0)).await);
        for _ in 0..2 {
            assert!(!browser.log_in(0, "a wrong guess").await);
        }
    }
    assert_eq!(desk.store.user(&user(0)).unwrap().credentials, before);
    // The others come in as before, with a certificate of somebody or without.
    for client in [&bare(&served), &own.client] {
        let mut browser = Browser::new(&served, client).await;
        assert!(browser.log_in(4, &login(PEOPLE[4].0)).await);
    }
    let mut browser = Browser::new(&served, &own.client).await;
    assert!(!browser.log_in(0, "a wrong guess").await);
    assert_eq!(desk.store.user(&user(0)).unwrap().credentials.get(PasswordKind::Login).failures, 1);
    assert!(browser.log_in(0, &login(PEOPLE[0].0)).await);
    assert!(browser.is_in().await);
    // A cookie that was carried to another PC opens nothing there, and here nothing any more.
    let mut elsewhere = Browser::new(&served, &others.client).await;
    elsewhere.cookies.clone_from(&browser.cookies);
    assert!(!elsewhere.is_in().await);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_revoked_certificate_ends_sessions_open_connections_and_resumption_at_once() {
    let served = Served::new().await;
    let desk = &served.stage.desk;
    let own = pc(&served, &served, 0, 0);
    desk.require_certificate(&user(0)).unwrap();
    let mut browser = Browser::new(&served, &own.client).await;
    assert!(browser.log_in(0, &login(PEOPLE[0].0)).await && browser.is_in().await);
    let mut resumed = Browser::new(&served, &own.client).await;
    let kind = |browser: &Browser| browser.talk.stream.get_ref().1.handshake_kind();
    assert_eq!(kind(&resumed), Some(HandshakeKind::Resumed));
    resumed.cookies.clone_from(&browser.cookies);
    assert!(resumed.is_in().await, "the certificate is known on a resumed connection, too");
    assert_eq!(desk.revoke_certificate(&own.serial).unwrap(), user(0));
    assert!(!browser.is_in().await);
    assert!(!resumed.is_in().await);
    assert!(!browser.log_in(0, &login(PEOPLE[0].0)).await);
    let mut again = Browser::new(&served, &own.client).await;
    assert_eq!(kind(&again), Some(HandshakeKind::Resumed));
    assert!(!again.log_in(0, &login(PEOPLE[0].0)).await);
    assert!(desk.revoke_certificate(&own.serial).is_err(), "once");
    // A new one opens, and the old one still does not.
    let new = pc(&served, &served, 0, 0);
    assert!(Browser::new(&served, &new.client).await.log_in(0, &login(PEOPLE[0].0)).await);
    assert!(!again.log_in(0, &login(PEOPLE[0].0)).await);
    let request = format!("GET /crl HTTP/1.1\r\nHost: {}\r\n\r\n", again.talk.host);
    let answer = again.talk.ask(&request).await;
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let list = CertificateList::from_der(&answer[body..]).unwrap().tbs_cert_list;
    let revoked = list.revoked_certificates.unwrap();
    let number = |bytes: &[u8]| u128::from_be_bytes(bytes.try_into().unwrap());
    let serials: Vec<String> = revoked
        .iter()
        .map(|one| format!("{:032x}", number(one.serial_number.as_bytes())))
        .collect();
    assert_eq!(serials, [own.serial]);
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_past_its_end_shakes_no_hands() {
    let (served, other) = (Served::new().await, Served::new().await);
    let foreign = pc(&served, &other, 0, 0);
    let expired = pc(&served, &served, 1, 400);
    for pc in [foreign, expired] {
        let got = match served.shake(pc.client, "127.0.0.1").await {
            // In TLS 1.3 the client learns of it when it reads.
            Ok(mut talk) => {
                let request = format!("GET /login HTTP/1.1\r\nHost: {}\r\n\r\n", talk.host);
                talk.try_ask(&request).await.unwrap_or_default()
            }
            Err(_) => Vec::new(),
        };
        assert!(got.is_empty(), "{}", String::from_utf8_lossy(&got));
    }
}

#[tokio::test]
async fn one_certificate_for_a_user_at_a_time() {
    let served = Served::new().await;
    let desk = &served.stage.desk;
    let first = pc(&served, &served, 0, 0);
    let key = KeyPair::generate().unwrap();
    let request = CertificateParams::default().serialize_request(&key).unwrap();
    let request: &[u8] = request.der();
    let issue = || desk.issue_certificate(&user(0), request, now());
    assert!(issue().unwrap_err().japanese().contains(&first.serial));
    desk.revoke_certificate(&first.serial).unwrap();
    issue().unwrap();
    let nobody = UserId::parse("nobody-01").unwrap();
    assert!(desk.issue_certificate(&nobody, request, now()).is_err());
    let serials: Vec<_> = desk.certificates().into_iter().map(|(_, one)| one.serial).collect();
    assert_eq!(serials.len(), 2);
}
