//! People who need a certificate: which connections they may come in by, and until when.

use std::collections::BTreeMap;
use std::sync::Arc;

use kessai::domain::{UserId, UserNumber};
use kessai::ports::{Clock as _, Method, PasswordKind};
use kessai::service::{AccountError, CertificateError, Taken, Taking, Wanted};
use kessai::workflow::UserDeed;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, HandshakeKind};
use x509_cert::crl::CertificateList;
use x509_cert::der::Decode as _;

use super::stage::{PEOPLE, approval, login};
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

/// A form as it goes over the wire.
fn wire(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| format!("{name}={}", super::browser::percent(value));
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

/// Takes a certificate on a PC that has none; the whole answer, its head as text.
async fn taken(served: &Served, fields: &[(&str, &str)]) -> (String, Vec<u8>) {
    let mut browser = Browser::new(served, &bare(served)).await;
    let page = browser.ask("GET", "/certificate", "").await;
    let token = page.split_once("name=\"token\" value=\"").unwrap().1.split('"').next();
    let body = wire(&[&[("token", token.unwrap())], fields].concat());
    let cookies: Vec<_> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = format!(
        "POST /certificate HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
        browser.talk.host,
        cookies.join("; "),
        body.len()
    );
    let answer = browser.talk.ask(&request).await;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end..].to_vec())
}

/// The browser of a PC that took the file in.
fn with_file(served: &Served, pkcs12: &[u8], password: &str) -> Arc<ClientConfig> {
    let strict = p12_keystore::Pkcs12ImportPolicy::Strict;
    let store = p12_keystore::KeyStore::from_pkcs12(pkcs12, password, strict).unwrap();
    let (_, kept) = store.private_key_chain().unwrap();
    let chain = kept.certs().iter().map(|one| CertificateDer::from(one.as_der().to_vec()));
    let key = PrivatePkcs8KeyDer::from(kept.key().as_der().to_vec()).into();
    let versions = [&rustls::version::TLS13];
    let client = served.trusting(&versions).with_client_auth_cert(chain.collect(), key).unwrap();
    Arc::new(client)
}

fn certify() -> Wanted {
    Wanted {
        deed: UserDeed::Certify,
        name: String::new(),
        email: String::new(),
        roles: Vec::new(),
        accounts: None,
        like: None,
        same_as: None,
    }
}

/// A master lets a user of theirs have another certificate; the number to hand over.
fn reissued(served: &Served, person: usize) -> String {
    let desk = &served.stage.desk;
    let wanted = certify();
    let master = UserId::parse("master-01").unwrap();
    let password = approval("master-01");
    desk.change_user_of(&master, (&user(person), &wanted), (&password, false)).unwrap();
    desk.pick_up(&user(person)).unwrap().0
}

#[tokio::test]
async fn a_master_reissues_a_certificate_and_its_user_takes_it_once() {
    let served = Served::new().await;
    let desk = &served.stage.desk;
    served.stage.add_master();
    desk.require_certificate(&user(0)).unwrap();
    let lost = pc(&served, &served, 0, 1);
    let number = reissued(&served, 0);
    let mut stolen = Browser::new(&served, &lost.client).await;
    assert!(!stolen.log_in(0, &login(PEOPLE[0].0)).await, "the lost one opens nothing any more");
    let right = login(PEOPLE[0].0);
    let file = "木の葉 と 月明かり";
    let sent = async |number: &str, password: &str, again: &str| {
        let who = [("user", PEOPLE[0].0), ("number", number), ("password", password)];
        taken(&served, &[&who[..], &[("file", file), ("again", again)]].concat()).await
    };
    let before = desk.store.user(&user(0)).unwrap().credentials;
    let (head, _) = sent("AAAA-AAAA-AAAA-AAAA", "a wrong guess", file).await;
    assert!(head.starts_with("HTTP/1.1 422"), "{head}");
    assert_eq!(desk.store.user(&user(0)).unwrap().credentials, before, "nothing is counted");
    assert!(sent(&number, &right, "something else").await.0.starts_with("HTTP/1.1 422"));
    let (head, _) = sent(&number, "a wrong guess", file).await;
    assert!(head.starts_with("HTTP/1.1 422"), "{head}");
    assert_eq!(desk.store.user(&user(0)).unwrap().credentials.login.failures, 1);
    let (head, pkcs12) = sent(&number.to_lowercase().replace('-', " "), &right, file).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("attachment; filename=\"certificate.p12\"") && head.contains("no-store"));
    assert!(sent(&number, &right, file).await.0.starts_with("HTTP/1.1 422"), "once");
    let client = with_file(&served, &pkcs12, file);
    let mut browser = Browser::new(&served, &client).await;
    assert!(browser.log_in(0, &right).await);
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn a_number_waits_three_days_for_another_and_eighty_for_the_first() {
    let served = Served::new().await;
    let desk = &served.stage.desk;
    served.stage.add_master();
    let day = 86_400_000;
    // Certificates are made by the clock on the wall, which is not to be ahead of the stage's.
    let clock = &served.stage.clock;
    clock.forward((now().ms() - clock.now().ms()).max(0));
    reissued(&served, 1);
    served.stage.clock.forward(79 * day);
    assert!(desk.pick_up(&user(1)).is_some());
    served.stage.clock.forward(2 * day);
    assert!(desk.pick_up(&user(1)).is_none());
    let number = reissued(&served, 1);
    let keys = (number.as_str(), login(PEOPLE[1].0));
    let keys = (keys.0, keys.1.as_str());
    desk.take_certificate(&user(1), keys, Taking::File("木の葉 と 月明かり")).unwrap();
    reissued(&served, 1);
    served.stage.clock.forward(3 * day + 1);
    assert!(desk.pick_up(&user(1)).is_none());
    // A master's own takes the bank.
    let wanted = certify();
    let master = UserId::parse("master-01").unwrap();
    let asked = (&master, &wanted);
    let refused = desk.change_user_of(&master, asked, (&approval("master-01"), false));
    assert!(matches!(refused, Err(AccountError::AskTheBank(_))), "{refused:?}");
}

#[tokio::test]
async fn a_certificate_is_renewed_near_its_end_and_the_old_one_ends_with_the_first_login() {
    let served = Served::new().await;
    let desk = &served.stage.desk;
    let old = pc(&served, &served, 0, 0);
    let (user, right) = (user(0), login(PEOPLE[0].0));
    let asked = |desk: &kessai::service::Desk| {
        desk.renew_certificate_of(&user, &right, Taking::File("木の葉 と 月明かり"))
    };
    assert!(matches!(asked(desk), Err(CertificateError::TooEarly)));
    let mails = |served: &Served| {
        let owed = served.stage.desk.store.effects(usize::MAX).into_iter();
        owed.filter(|one| one.effect.id().as_str().contains("certificate_ending")).count()
    };
    // It was made by the clock on the wall, which is not the stage's.
    let made = desk.certificates().into_iter().find(|(_, one)| one.serial == old.serial);
    let until = made.unwrap().1.until;
    let days_left = |days: i64| {
        let clock = &served.stage.clock;
        clock.forward(until.ms() - days * DAY_MS - clock.now().ms());
    };
    days_left(31);
    desk.tick().unwrap();
    assert_eq!(mails(&served), 0);
    days_left(30);
    desk.tick().unwrap();
    desk.tick().unwrap();
    assert_eq!(mails(&served), 1, "thirty days before, once");
    days_left(7);
    desk.tick().unwrap();
    assert_eq!(mails(&served), 2, "seven days before");
    let Taken::File(new) = asked(desk).unwrap() else { panic!("a file was asked for") };
    let client = with_file(&served, &new.pkcs12, "木の葉 と 月明かり");
    let revoked = |serial: &str| {
        let all = served.stage.desk.certificates().into_iter();
        all.filter(|(_, one)| one.serial == serial).any(|(_, one)| one.revoked.is_some())
    };
    let mut before = Browser::new(&served, &old.client).await;
    assert!(before.log_in(0, &right).await, "a download that failed locks nobody out");
    assert!(!revoked(&old.serial));
    let mut after = Browser::new(&served, &client).await;
    assert!(after.log_in(0, &right).await);
    assert!(revoked(&old.serial));
    assert!(!revoked(&new.certificate.serial));
}

#[tokio::test]
async fn whoever_joins_a_customer_that_needs_certificates_needs_one() {
    let served = Served::new().await;
    let desk = &served.stage.desk;
    served.stage.add_master();
    let customer = UserNumber::parse("1AB2CD3EF").unwrap();
    let theirs = [user(0), user(1), UserId::parse("master-01").unwrap()];
    assert_eq!(desk.require_certificates_of(customer).unwrap(), theirs.len());
    assert!(theirs.iter().all(|user| desk.method(user) == Method::Certificate));
    assert_eq!(desk.method(&user(4)), Method::Password, "another customer's stays");
    let again = desk.require_certificates_of(customer);
    assert!(matches!(again, Err(CertificateError::Nothing)), "{again:?}");
    let new = UserId::parse("nakano-01").unwrap();
    let wanted = Wanted {
        deed: UserDeed::Register,
        name: "中野 三郎".into(),
        email: "nakano@example.jp".into(),
        roles: vec!["approve".into()],
        ..certify()
    };
    let password = approval("master-01");
    let first = desk.change_user_of(&theirs[2], (&new, &wanted), (&password, false)).unwrap();
    assert_eq!(desk.method(&new), Method::Certificate);
    let (number, _) = desk.pick_up(&new).unwrap();
    // With what they were handed they take their certificate before they choose passwords.
    let keys = (number.as_str(), first.unwrap().login);
    let file = Taking::File("木の葉 と 月明かり");
    let Taken::File(file) = desk.take_certificate(&new, (keys.0, &keys.1), file).unwrap() else {
        panic!("a file was asked for")
    };
    assert!(desk.admits(&new, Some(file.certificate.fingerprint)));
}
