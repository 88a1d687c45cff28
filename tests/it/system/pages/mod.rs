//! The pages in a real browser: accessibility in every state, keyboard alone, client certificates.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::asked_for;
use super::browser::lend_fonts;
use super::rig::{Daemon, Rig, csv, eventually};

/// Where `tests/all` puts the tools that come from Python's package index.
fn tool(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(name);
    assert!(path.exists(), "{} is missing; tests/all puts it there", path.display());
    path
}

/// A daemon on HTTPS with an authority that the browser's home knows.
struct House {
    rig: Rig,
    origin: String,
    /// The door of those who need a certificate.
    apart: String,
    home: tempfile::TempDir,
    _daemon: Daemon,
}

impl House {
    fn new() -> Self {
        let rig = Rig::new();
        let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (port, other) = (port(), port());
        let [origin, apart] = [port, other].map(|port| format!("https://127.0.0.1:{port}"));
        let toml = rig.root.join("kessai.toml");
        let text = std::fs::read_to_string(&toml).unwrap();
        let text = text.replace("# certificate_listen = ", "certificate_listen = ");
        let text = text.replace("# certificate_url = ", "certificate_url = ");
        std::fs::write(&toml, text).unwrap();
        rig.set(&[
            ("listen", &format!("\"127.0.0.1:{port}\"")),
            ("base_url", &format!("\"{origin}\"")),
            ("certificate_listen", &format!("\"127.0.0.1:{other}\"")),
            ("certificate_url", &format!("\"{apart}\"")),
            ("scan_ms", "200"),
        ]);
        let daemon = rig.watched(None);
        let home = tempfile::tempdir().unwrap();
        lend_fonts(home.path());
        let house = Self { rig, origin, apart, home, _daemon: daemon };
        let store = house.store();
        std::fs::create_dir_all(store.strip_prefix("sql:").unwrap()).unwrap();
        run("certutil", &["-d", &store, "-N", "--empty-password"]);
        let ca = house.rig.root.join("var/pki/ca.pem");
        eventually("the authority is there", || ca.exists());
        let ca = ca.to_str().unwrap();
        run("certutil", &["-d", &store, "-A", "-n", "bank", "-t", "CT,,", "-i", ca]);
        house
    }

    /// The same with one file of a customer's; the case it became.
    fn with_case() -> (Self, String) {
        let house = Self::new();
        house.rig.drop_file("customers/1AB2CD3EF", "請求.csv", &csv("1AB2CD3EF", 3, "B"));
        house.rig.end_of("請求.csv");
        let case = house.rig.cases()[0]["case"].as_str().unwrap().to_owned();
        (house, case)
    }

    /// A sheet of what waits at the desk, printed and scanned back.
    fn scan_a_sheet(&self) {
        self.rig.drop_file("branches/001", "店頭.csv", &csv("1AB2CD3EF", 1, "C"));
        self.rig.end_of("店頭.csv");
        self.print_and_send(&["worklist", "print", "--desk", "001"], "sheet");
    }

    /// A form as the bank prints it for a customer, sent back: its places are known.
    fn send_a_form(&self) {
        let before = self.rig.cases();
        let register = include_bytes!("../../../../src/app/samples/customers.csv");
        self.rig.drop_file("contracts/001", "台帳.csv", register);
        self.rig.end_of("台帳.csv");
        let is_new = |case: &Value| before.iter().all(|old| old["case"] != case["case"]);
        let mut case = None;
        eventually("the register waits for two people", || {
            case = self.rig.cases().into_iter().find(is_new);
            case.is_some()
        });
        let case = case.unwrap()["case"].as_str().unwrap().to_owned();
        for user in ["sato0001", "mori0001"] {
            let done = self.rig.decide("approve", &case, user);
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        eventually("the customer is known", || {
            self.rig.kessai(&["customer", "show", "1AB2CD3EF"]).status.success()
        });
        self.print_and_send(&["form", "fax", "--customer", "1AB2CD3EF"], "form");
    }

    /// Draws the first page of what a command prints, and drops it as the FAX server would.
    fn print_and_send(&self, command: &[&str], name: &str) {
        let (paper, scan) =
            (self.home.path().join(format!("{name}.pdf")), self.home.path().join(name));
        let out = paper.to_str().unwrap();
        let printed = self.rig.kessai(&[command, &["--out", out]].concat());
        assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        let drawing = ["-png", "-gray", "-r", "200", "-f", "1", "-l", "1", "-singlefile", out];
        run("pdftoppm", &[&drawing[..], &[scan.to_str().unwrap()]].concat());
        let file = format!("{name}.png");
        self.rig.drop_file("fax/001", &file, &std::fs::read(scan.with_extension("png")).unwrap());
        self.rig.end_of(&file);
    }

    /// The certificate store Chromium reads.
    fn store(&self) -> String {
        format!("sql:{}/.pki/nssdb", self.home.path().display())
    }

    /// Login and approval password of sample people.
    fn passwords(&self, users: &[&str]) -> Value {
        let text = std::fs::read_to_string(self.rig.root.join("SAMPLE-USERS.txt")).unwrap();
        let of = |user: &str| {
            let row = text.lines().find(|row| row.starts_with(user)).unwrap();
            let words: Vec<&str> = row.split('\t').collect();
            json!([words[1], words[2]])
        };
        users.iter().map(|user| ((*user).to_owned(), of(user))).collect()
    }

    /// The link in the first mail to a person, as a path.
    fn link(&self, user: &str) -> String {
        let mut found = None;
        eventually(&format!("a mail to {user}"), || {
            let mails = self.rig.files("outbox/mail");
            found = mails.into_iter().find(|(name, _)| name.ends_with(&format!("_{user}.eml")));
            found.is_some()
        });
        let body = crate::mails::text_of(&found.unwrap().1);
        let link = body.lines().find(|line| line.trim().starts_with(&self.origin)).unwrap();
        link.trim().strip_prefix(&self.origin).unwrap().to_owned()
    }
}

fn run(program: &str, args: &[&str]) {
    let done = Command::new(program).args(args).output();
    let done = done.unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Runs one of our Python files beside `browser.py`, by way of `before`; answers what it printed as
/// JSON.
fn python(before: &[&str], file: &str, args: &[&str]) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/system/pages").join(file);
    let all = [before, &["python3"]].concat();
    let done = Command::new(all[0])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(&all[1..])
        .arg(file)
        .args(args)
        .output()
        .unwrap_or_else(|error| panic!("{} must be installed: {error}", all[0]));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
fn every_page_in_every_state_is_accessible_and_the_approval_takes_no_mouse() {
    if !asked_for() {
        return;
    }
    let (house, case) = House::with_case();
    let fax = include_bytes!("../../../../src/app/samples/fax_form.tif");
    house.rig.drop_file("fax/001", "fax.tif", fax);
    house.rig.end_of("fax.tif");
    house.rig.drop_file("fax/001", "fax.csv", &csv("1AB2CD3EF", 1, "F"));
    house.rig.end_of("fax.csv");
    house.scan_a_sheet();
    house.send_a_form();
    // The same once more is held, to be looked at beside the first.
    house.rig.drop_file("branches/001", "again.csv", &csv("1AB2CD3EF", 1, "C"));
    house.rig.end_of("again.csv");
    let people = house.passwords(&["yamada01", "sato0001", "suzuki01"]);
    let link = house.link("yamada01");
    let axe = tool("axe_playwright_python/axe.min.js");
    let home = house.home.path().to_str().unwrap();
    let args = [&house.origin, home, axe.to_str().unwrap(), &people.to_string(), &link, &case];
    let found = python(&[], "walk.py", &args);
    let pages = found["pages"].as_object().unwrap();
    let bad: Vec<String> = pages
        .iter()
        .filter(|(_, page)| page["violations"].as_array().is_none_or(|list| !list.is_empty()))
        .map(|(name, page)| format!("{name}: {:#}", page["violations"]))
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    assert_eq!(found["problems"], json!([]));
    let bank = [
        "/cases/*",
        "/search",
        "/customers",
        "/customers/*",
        "/outages",
        "/exceptions",
        "/incidents",
        "/holds/*",
    ];
    let customer = ["/", "/account", "/users", "/absence", "/environment", "/phishing"];
    for (who, shapes) in [("yamada01", &customer[..]), ("sato0001", &bank[..])] {
        let seen = found["shapes"][who].as_array().unwrap();
        for shape in shapes {
            assert!(seen.iter().any(|one| one == shape), "{who} did not see {shape}: {seen:?}");
        }
    }
    let titles = pages.values().map(|page| page["title"].as_str().unwrap());
    assert!(
        titles.clone().all(|title| title.starts_with("【テスト】")),
        "{:?}",
        titles.collect::<Vec<_>>()
    );
    assert!(found["keys"].as_u64().unwrap() <= 30, "{}", found["keys"]);
}

#[test]
fn chromium_shows_the_certificate_in_its_store_and_without_it_nobody_comes_in() {
    if !asked_for() {
        return;
    }
    let (user, house) = ("takasaki2", House::new());
    let root = house.rig.root.to_str().unwrap();
    let [key, request, own, both] = ["key.pem", "request.pem", "own.pem", "own.p12"]
        .map(|name| house.home.path().join(name).to_str().unwrap().to_owned());
    let made = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let files = ["-subj", "/CN=takasaki2", "-keyout", &key, "-out", &request];
    run("openssl", &[&made[..], &files].concat());
    let issued = house.rig.kessai(&["cert", "issue", user, "--request", &request]);
    assert!(issued.status.success(), "{}", String::from_utf8_lossy(&issued.stderr));
    std::fs::write(&own, &issued.stdout).unwrap();
    assert!(house.rig.kessai(&["cert", "require", user]).status.success());
    let serial = house.rig.json(&["cert", "list"])[0]["serial"].as_str().unwrap().to_owned();
    let login = house.passwords(&[user])[user][0].as_str().unwrap().to_owned();
    let revoke = json!([super::rig::KESSAI, "cert", "revoke", serial, "--root", root]).to_string();
    let home = house.home.path().to_str().unwrap();
    let args = [&house.apart, home, user, &login, &revoke];
    // Chromium asks a person which certificate to show. The rule that it shows the only one lies
    // where this test alone sees it.
    let rule = format!(
        r#"{{"AutoSelectCertificateForUrls":["{{\"pattern\":\"{}\",\"filter\":{{}}}}"]}}"#,
        "https://127.0.0.1"
    );
    let policy = house.home.path().join("policy.json");
    std::fs::write(&policy, rule).unwrap();
    let hidden = "mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed && \
                  cp \"$0\" /etc/chromium/policies/managed/ && exec \"$@\"";
    let alone = ["unshare", "--mount", "sh", "-c", hidden, policy.to_str().unwrap()];
    let without = python(&alone, "certificate.py", &[&args[..4], &["[\"true\"]"]].concat());
    assert_eq!(without["with"], false, "no certificate is in the store yet");
    let bundle = ["pkcs12", "-export", "-in", &own, "-inkey", &key, "-passout", "pass:", "-out"];
    run("openssl", &[&bundle[..], &[&both]].concat());
    run("pk12util", &["-d", &house.store(), "-i", &both, "-W", "", "-K", ""]);
    let main = [&[house.origin.as_str()], &args[1..4], &["[\"true\"]"]].concat();
    let elsewhere = python(&alone, "certificate.py", &main);
    assert_eq!(elsewhere["with"], false, "the other door asks for no certificate");
    let said = python(&alone, "certificate.py", &args);
    let expected = json!({
        "with": true, "inside": "/", "revoked": 0, "after": "/login", "again": false
    });
    assert_eq!(said, expected);
}

#[test]
fn the_life_of_a_request_is_clicked_through_and_its_receipt_holds() {
    if !asked_for() {
        return;
    }
    let (house, case) = House::with_case();
    let people = house.passwords(&["yamada01", "sato0001", "mori0001"]).to_string();
    let (home, out) = (house.home.path().to_str().unwrap(), house.home.path().join("receipt.pdf"));
    let out = out.to_str().unwrap();
    let said = python(&[], "life.py", &[&house.origin, home, &people, &case, out]);
    assert_eq!(said["status"], 200, "{said}");
    assert!(said["kept"].as_str().unwrap().starts_with("attachment;"), "{said}");
    let verify = |file: &str| {
        let ca = house.rig.root.join("var/pki/ca.pem");
        let mut command = Command::new(super::rig::KESSAI);
        command.args(["verify-receipt", file, "--ca"]).arg(ca).output().unwrap()
    };
    let done = verify(out);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    let mut bytes = std::fs::read(out).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    std::fs::write(out, bytes).unwrap();
    assert!(!verify(out).status.success());
}
