//! Mails through a mail server of somebody else's (aiosmtpd), and what OpenSSL says of them then.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::asked_for;
use super::mail::{openssl, verifies_bytes};
use super::papers::files_below;
use super::rig::{Rig, csv, eventually};

const CUSTOMER: &str = "customers/1AB2CD3EF";

/// Wants STARTTLS and a login, and keeps every mail as it came, a file each. Prints its port. With
/// `stall` it takes mails and never answers.
const SERVER: &str = r#"
import asyncio, itertools, pathlib, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult
folder, cert, key, mode = sys.argv[1:5]
numbers = itertools.count()
class Keep:
    async def handle_DATA(self, server, session, envelope):
        if mode == "stall":
            pathlib.Path(folder, "stalls").touch()
            await asyncio.sleep(600)
        if pathlib.Path(folder, "refuse").exists():
            return "554 5.7.1 not wanted here"
        place = pathlib.Path(folder) / f"{next(numbers):05}.eml"
        place.write_bytes(envelope.original_content)
        return "250 kept"
def login(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"densai", b"secret"))
async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    make = lambda: SMTP(Keep(), tls_context=tls, require_starttls=True, auth_required=True,
                        authenticator=login)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"#;

/// A running server, ended with the test.
struct Server {
    child: Child,
    mails: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Server {
    /// A server with a certificate of the root's own authority, written into its settings.
    fn of(rig: &Rig, mode: &str) -> Self {
        let folder = rig.root.join("server");
        let mails = folder.join("mails");
        std::fs::create_dir_all(&mails).unwrap();
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (key, request, cert) = (path("key.pem"), path("request.pem"), path("cert.pem"));
        let extra = path("extra");
        std::fs::write(&extra, "subjectAltName=DNS:localhost\n").unwrap();
        let pki = |name: &str| rig.root.join("var/pki").join(name).to_str().unwrap().to_owned();
        let (ca, ca_key) = (pki("ca.pem"), pki("ca.key"));
        let kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let out = ["-keyout", &key, "-out", &request, "-subj", "/CN=localhost"];
        openssl(&[&["req"], &kind[..], &out[..]].concat());
        let by = ["-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial", "-days", "3"];
        let files = ["-in", &request, "-out", &cert, "-extfile", &extra];
        openssl(&[&["x509", "-req"], &by[..], &files[..]].concat());
        // Debian's package is for Debian's own Python, whichever comes first in the path.
        let mut child = Command::new("/usr/bin/python3")
            .args(["-c", SERVER, mails.to_str().unwrap(), &cert, &key, mode])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("python3-aiosmtpd must be installed: {error}"));
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let server = Self { child, mails };
        std::fs::write(rig.root.join("var/keys/smtp"), "secret\n").unwrap();
        let toml = rig.root.join("kessai.toml");
        let text = std::fs::read_to_string(&toml).unwrap();
        let lines = format!(
            "[mail]\nsmtp = \"localhost:{}\"\ntls = \"starttls\"\nuser = \"densai\"\n\
             password_file = \"var/keys/smtp\"\nca = \"var/pki/ca.pem\"\n",
            port.trim()
        );
        std::fs::write(&toml, text.replacen("[mail]", &lines, 1)).unwrap();
        server
    }

    fn mails(&self) -> Vec<Vec<u8>> {
        let files = files_below(&self.mails, ".eml");
        files.iter().map(|file| std::fs::read(file).unwrap()).collect()
    }
}

fn id_of(mail: &[u8]) -> String {
    let text = String::from_utf8_lossy(mail).into_owned();
    text.lines().find(|line| line.starts_with("Message-ID: ")).unwrap().to_owned()
}

/// Every mail is verified, and is one of those that are shown as sent.
fn assert_sent(rig: &Rig, mails: &[Vec<u8>]) {
    let authority: &Path = &rig.root.join("var/pki/ca.pem");
    let shown = files_below(&rig.root.join("outbox/mail"), ".eml");
    let shown: BTreeMap<String, Vec<u8>> = shown
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .map(|mail| (id_of(&mail), mail))
        .collect();
    for mail in mails {
        assert!(verifies_bytes(mail, authority), "{}", String::from_utf8_lossy(mail));
        assert_eq!(*mail, shown[&id_of(mail)], "the same to the byte");
    }
}

#[test]
fn every_mail_is_verified_after_its_way_through_a_mail_server() {
    if !asked_for() {
        return;
    }
    let rig = Rig::new();
    rig.drain();
    let server = Server::of(&rig, "keep");
    for n in 0..10 {
        let name = format!("a{n}.csv");
        rig.drop_file(CUSTOMER, &name, &csv("1AB2CD3EF", 3, &format!("A{n}")));
    }
    rig.drain();
    let mails = server.mails();
    assert!(mails.len() >= 20, "{}", mails.len());
    assert_eq!(rig.json(&["status"])["effects"], serde_json::json!({ "delivered": 40 }));
    assert_eq!(rig.json(&["mail", "list"]), serde_json::json!([]));
    assert_sent(&rig, &mails);
}

#[test]
fn killed_before_a_mail_is_known_to_be_sent_it_sends_the_same_mail_again() {
    if !asked_for() {
        return;
    }
    for step in ["dispatch.publishing", "post.taken", "post.noted", "dispatch.delivered"] {
        let rig = Rig::new();
        rig.drain();
        let server = Server::of(&rig, "keep");
        rig.drop_file(CUSTOMER, "a.csv", &csv("1AB2CD3EF", 3, "A"));
        assert!(rig.drain_killed_at(step, 1), "{step}");
        rig.drain();
        let mails = server.mails();
        assert_sent(&rig, &mails);
        let ids: BTreeMap<String, usize> = mails.iter().fold(BTreeMap::new(), |mut ids, mail| {
            *ids.entry(id_of(mail)).or_default() += 1;
            ids
        });
        let shown = files_below(&rig.root.join("outbox/mail"), ".eml").len();
        assert_eq!(ids.len(), shown, "{step}: each arrived");
        assert!(ids.values().all(|times| *times <= 2), "{step}: {ids:?}");
        assert_eq!(ids.values().any(|times| *times == 2), step == "post.taken", "{step}: {ids:?}");
        rig.assert_whole();
    }
}

#[test]
fn what_was_refused_is_listed_with_the_servers_words_and_sent_again_by_command() {
    if !asked_for() {
        return;
    }
    let rig = Rig::new();
    rig.drain();
    let server = Server::of(&rig, "keep");
    let refuse = server.mails.join("refuse");
    std::fs::write(&refuse, "").unwrap();
    rig.drop_file(CUSTOMER, "a.csv", &csv("1AB2CD3EF", 3, "A"));
    rig.drain();
    let stuck = rig.json(&["mail", "list"]);
    let stuck = stuck.as_array().unwrap();
    assert!(!stuck.is_empty() && server.mails().is_empty());
    for one in stuck {
        assert_eq!(one["state"], "dead");
        assert!(one["note"].as_str().unwrap().contains("5.7.1 not wanted here"), "{one}");
    }
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(rig.json(&["show", &case])["stuck"].as_array().unwrap().len(), stuck.len());
    std::fs::remove_file(&refuse).unwrap();
    let effect = |at: usize| stuck[at]["effect"].as_str().unwrap();
    let by = ["--desk", "001", "--reason", "電話で確認"];
    for (verb, at) in [("resend", 0), ("done", 1)] {
        let asked = rig.kessai(&[&["mail", verb, effect(at)], &by[..]].concat());
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    }
    rig.drain();
    let waiting = rig.cases().into_iter().filter(|case| case["workflow"] == "resends");
    let waiting: Vec<String> =
        waiting.map(|case| case["case"].as_str().unwrap().to_owned()).collect();
    assert_eq!(waiting.len(), 2);
    assert_eq!(rig.json(&["mail", "list"]).as_array().unwrap().len(), stuck.len(), "not by one");
    for case in &waiting {
        for user in ["sato0001", "mori0001"] {
            let done = rig.decide("approve", case, user);
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
    }
    rig.drain();
    let mails = server.mails();
    assert!(!mails.is_empty());
    assert_sent(&rig, &mails);
    assert_eq!(rig.json(&["mail", "list"]).as_array().unwrap().len(), stuck.len() - 2);
    rig.assert_whole();
}

#[test]
fn asked_to_stop_while_the_mail_server_stalls_it_does_not_wait_for_it() {
    if !asked_for() {
        return;
    }
    let rig = Rig::new();
    rig.drain();
    let server = Server::of(&rig, "stall");
    rig.drop_file(CUSTOMER, "a.csv", &csv("1AB2CD3EF", 3, "A"));
    let mut daemon = rig.daemon();
    eventually("the server has a mail", || server.mails.join("stalls").exists());
    let results = || files_below(&rig.root.join("outbox/customers"), "_result.csv").len();
    eventually("the file does not wait for the mail", || results() == 1);
    let asked = Instant::now();
    let id = daemon.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(daemon.wait().unwrap().success(), "it ends well");
    // The mail alone would take a minute, its patience.
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
    rig.assert_whole();
}
