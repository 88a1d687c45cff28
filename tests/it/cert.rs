//! The certificate of mails by command: shown, renewed, supplied by the bank, or not fitting.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) struct Root {
    _folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

impl Root {
    fn new() -> Self {
        Self::of(&[])
    }

    /// A root made by `kessai init` with these arguments.
    pub(crate) fn of(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        let root = Self { _folder: folder, path };
        let made = Command::new(env!("CARGO_BIN_EXE_kessai"))
            .arg("init")
            .args(args)
            .arg(&root.path)
            .output();
        assert!(made.unwrap().status.success());
        root
    }

    pub(crate) fn kessai(&self, args: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_kessai");
        Command::new(program).args(args).arg("--root").arg(&self.path).output().unwrap()
    }

    fn shown(&self) -> Value {
        let shown = self.kessai(&["cert", "show", "--json"]);
        assert!(shown.status.success(), "{}", talk(&shown));
        serde_json::from_slice(&shown.stdout).unwrap()
    }

    pub(crate) fn set(&self, old: &str, new: &str) {
        let toml = self.path.join("kessai.toml");
        let text = fs::read_to_string(&toml).unwrap();
        assert!(text.contains(old), "{old}");
        fs::write(toml, text.replace(old, new)).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join("var/pki").join(name)
    }
}

pub(crate) fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn customers_are_told_address_issuer_fingerprint_and_end() {
    let root = Root::new();
    assert!(root.file("ca.pem").exists(), "made by init");
    let shown = root.shown();
    assert_eq!(shown["address"], "densai@example.jp");
    assert_eq!(shown["issuer"], "見本信用金庫 でんさい認証局");
    assert_eq!(shown["ended"], false);
    assert!(shown["valid_until"].as_str().unwrap().ends_with("+09:00"));
    let fingerprint = shown["fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint.len(), 32 * 3 - 1);
    let told = text(&root.kessai(&["cert", "show"]));
    for part in ["densai@example.jp", "見本信用金庫 でんさい認証局", fingerprint] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_new_key_is_asked_of_two_people_also_when_the_old_one_has_ended() {
    let root = Root::of(&["--sample"]);
    let (before, ca) = (root.shown(), fs::read(root.file("ca.pem")).unwrap());
    let refused = root.kessai(&["cert", "renew", "mail"]);
    assert_eq!(refused.status.code(), Some(1), "{}", talk(&refused));
    assert!(talk(&refused).contains("二人の承認"), "{}", talk(&refused));
    let asked = ["cert", "renew", "mail", "--desk", "001", "--reason", "定期の更新"];
    let asked = root.kessai(&asked);
    assert!(asked.status.success(), "{}", talk(&asked));
    assert!(root.kessai(&["run", "--drain"]).status.success());
    let waiting = text(&root.kessai(&["list", "--json"]));
    assert!(waiting.contains("\"workflow\":\"keys\""), "{waiting}");
    assert_eq!(root.shown()["fingerprint"], before["fingerprint"]);
    root.set("environment = \"production\"", "environment = \"test\"");
    root.set("# test_to", "test_to");
    root.set("# business_date = \"2026-12-01\"", "business_date = \"2099-12-01\"");
    let refused = root.kessai(&["cert", "renew", "mail"]);
    assert_eq!(refused.status.code(), Some(1), "ended or not: {}", talk(&refused));
    assert_eq!(root.shown()["fingerprint"], before["fingerprint"]);
    assert_eq!(ca, fs::read(root.file("ca.pem")).unwrap());
}

#[test]
fn a_changed_sender_stops_the_start_until_the_certificate_is_renewed() {
    let root = Root::new();
    root.set("address = \"densai@example.jp\"", "address = \"uketsuke@example.jp\"");
    let refused = root.kessai(&["run", "--drain"]);
    assert_eq!(refused.status.code(), Some(2));
    let told = talk(&refused);
    for part in ["uketsuke@example.jp", "densai@example.jp", "kessai cert renew mail"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(root.kessai(&["cert", "renew", "mail"]).status.success());
    assert_eq!(root.shown()["address"], "uketsuke@example.jp");
    assert!(root.kessai(&["run", "--drain"]).status.success());
}

#[test]
fn files_of_the_bank_are_used_and_never_made_anew() {
    let root = Root::new();
    let own = root.shown();
    fs::copy(root.file("mail.pem"), root.file("bank.pem")).unwrap();
    let address = "address = \"densai@example.jp\"";
    let [key, other] = ["bank.pem", "ca.key"].map(|name| format!("key = {:?}", root.file(name)));
    let certificate = format!("certificate = {:?}", root.file("bank.pem"));
    root.set(address, &format!("{address}\n{key}\n{certificate}"));
    assert_eq!(root.shown()["fingerprint"], own["fingerprint"]);
    let refused = root.kessai(&["cert", "renew", "mail"]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(talk(&refused).contains("金融機関のファイル"), "{}", talk(&refused));
    root.set(&key, &other);
    let wrong = root.kessai(&["status"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(talk(&wrong).contains("秘密鍵に合う証明書がありません"), "{}", talk(&wrong));
}

#[test]
fn an_ended_certificate_is_told_by_status() {
    let root = Root::new();
    root.set("environment = \"production\"", "environment = \"test\"");
    root.set("# test_to", "test_to");
    assert!(!text(&root.kessai(&["status"])).contains("証明書"));
    root.set("# business_date = \"2026-12-01\"", "business_date = \"2099-12-01\"");
    let told = text(&root.kessai(&["status"]));
    assert!(
        told.contains("要確認: メールの電子署名の証明書は") && told.contains("切れました"),
        "{told}"
    );
    assert_eq!(root.shown()["ended"], true);
}

fn pem(label: &str, bytes: &[u8]) -> String {
    use x509_cert::der::pem::{LineEnding, encode_string};
    encode_string(label, LineEnding::LF, bytes).unwrap()
}

#[test]
fn the_check_reads_the_keys_the_bank_supplies() {
    let root = Root::new();
    assert!(root.kessai(&["check"]).status.success());
    let url = "base_url = \"http://127.0.0.1:8600\"";
    root.set(url, "base_url = \"https://127.0.0.1:8600\"");
    root.set("# key = \"var/pki/web.key\"", "key = \"var/pki/web.key\"");
    root.set("# certificate = \"var/pki/web.pem\"", "certificate = \"var/pki/web.pem\"");
    let missing = root.kessai(&["check"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing).contains("[web] key, certificate:"), "{}", text(&missing));
    assert!(text(&missing).contains("web.pem"), "{}", text(&missing));
    // A certificate of another key is none for this one.
    let [one, other] = [0, 1].map(|_| rcgen::KeyPair::generate().unwrap());
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    fs::write(root.file("web.key"), pem("PRIVATE KEY", &one.serialize_der())).unwrap();
    fs::write(root.file("web.pem"), pem("CERTIFICATE", params.self_signed(&other).unwrap().der()))
        .unwrap();
    assert_eq!(root.kessai(&["check"]).status.code(), Some(1));
    fs::write(root.file("web.pem"), pem("CERTIFICATE", params.self_signed(&one).unwrap().der()))
        .unwrap();
    let fits = root.kessai(&["check"]);
    assert!(fits.status.success(), "{}", text(&fits));
}
