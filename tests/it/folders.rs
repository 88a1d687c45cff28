//! What is said of an inbox before and while it is used: `kessai doctor`, `kessai folder explain`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

const CUSTOMER: &str = "inbox/customers/1AB2CD3EF";

/// A root with sample people, made once and copied.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let made = kessai(&["init", "--sample", root.to_str().unwrap()]);
        assert!(made.status.success(), "{made:?}");
        (folder, root)
    });
    path
}

fn kessai(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap()
}

struct Root(TempDir);

impl Root {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied = Command::new("cp").arg("-r").arg(template()).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        Self(folder)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join("root").join(below)
    }

    fn root(&self) -> String {
        self.path("").to_str().unwrap().to_owned()
    }

    /// Everything below the root.
    fn all(&self) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path.clone());
                }
                found.insert(path);
            }
        }
        found
    }

    /// What the doctor says, as JSON, and its exit code.
    fn doctor(&self) -> (Value, i32) {
        let said = kessai(&["doctor", "--json", &self.root()]);
        let value = serde_json::from_slice(&said.stdout).unwrap();
        (value, said.status.code().unwrap())
    }

    /// What is said of a file in the customer's folder.
    fn explained(&self, name: &str) -> String {
        let path = self.path(CUSTOMER).join(name);
        let said = kessai(&["folder", "explain", path.to_str().unwrap(), "--root", &self.root()]);
        assert!(said.status.success(), "{said:?}");
        String::from_utf8(said.stdout).unwrap()
    }

    fn change(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(self.path(file), text.replacen(from, to, 1)).unwrap();
    }
}

/// The level of what is said of a place in words like these.
fn level<'v>(said: &'v Value, place: &str, words: &str) -> &'v str {
    let checks = said["checks"].as_array().unwrap();
    let found = checks
        .iter()
        .find(|check| check["place"] == place && check["ja"].as_str().unwrap().contains(words));
    found.unwrap_or_else(|| panic!("{place} {words}: {said}"))["level"].as_str().unwrap()
}

#[test]
fn the_doctor_leaves_nothing_behind_and_says_what_to_do_of_all_that_is_not_well() {
    let root = Root::new();
    let before = root.all();
    let (said, _) = root.doctor();
    assert_eq!(root.all(), before);
    let checks = said["checks"].as_array().unwrap();
    for check in checks {
        let is_good = check["level"] == "good";
        assert_eq!(check["remedy"].as_str().unwrap().is_empty(), is_good, "{check}");
        assert!(!check["en"].as_str().unwrap().is_empty(), "{check}");
    }
    let tried = checks.iter().filter(|check| check["ja"].as_str().unwrap().contains(": でき"));
    // Only root gives files away.
    let features = if rustix::process::geteuid().is_root() { 9 } else { 8 };
    assert_eq!(tried.count(), features, "each feature was tried: {said}");
    assert_eq!(level(&said, "inbox", "この機械の時計との差"), "good");
    assert_eq!(level(&said, "kessai.toml", "誤りはありません"), "good");
    assert_eq!(level(&said, CUSTOMER, "権限"), "good");
    assert_eq!(level(&said, "antivirus", "設定されていません"), "note");
    // The same for people: a line each, and what to do below it.
    let text = String::from_utf8(kessai(&["doctor", &root.root()]).stdout).unwrap();
    assert!(text.starts_with("良　 kessai.toml: "), "{text}");
    assert!(text.contains("注意 antivirus: ウイルス検査は設定されていません\n     → "), "{text}");
}

#[test]
fn what_must_not_be_is_told_by_its_place_and_by_the_exit_code() {
    let root = Root::new();
    let own = root.path(CUSTOMER);
    fs::set_permissions(&own, fs::Permissions::from_mode(0o777)).unwrap();
    let other = root.path("inbox/branches/001");
    fs::create_dir_all(&other).unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(root.path("inbox/customers/UNKNOWN01")).unwrap();
    fs::remove_dir(root.path("inbox/customers/9XY8WV7UT")).unwrap();
    let (said, code) = root.doctor();
    assert_eq!((level(&said, CUSTOMER, "権限 0777"), code), ("bad", 1));
    assert_eq!(
        level(&said, "inbox/branches/001", "権限 0755"),
        "note",
        "anybody sees what is there"
    );
    assert_eq!(level(&said, "inbox/customers/UNKNOWN01", "登録のない"), "note");
    assert_eq!(level(&said, "inbox/customers/9XY8WV7UT", "フォルダがありません"), "note");
    // An inbox that is another than the state knows is a share that is away.
    fs::create_dir_all(root.path("inbox/.engine")).unwrap();
    fs::write(root.path("inbox/.engine/mark"), "another").unwrap();
    fs::write(root.path("var/inbox.mark"), "one").unwrap();
    assert_eq!(level(&root.doctor().0, "inbox", "inbox ではありません"), "bad");
    // More room than any disk has.
    root.change("kessai.toml", "free_mib_low = 128 ", "free_mib_low = 1000000000000 ");
    root.change("kessai.toml", "free_mib_high = 192 ", "free_mib_high = 1000000000000 ");
    assert_eq!(level(&root.doctor().0, "inbox", "空き容量が足りません"), "bad");
    fs::remove_dir_all(root.path("inbox")).unwrap();
    let (said, code) = root.doctor();
    assert_eq!((level(&said, "inbox", "フォルダがありません"), code), ("bad", 1));
    assert!(!root.path("inbox").exists(), "it makes no inbox");
}

#[test]
fn settings_with_mistakes_do_not_keep_the_doctor_from_the_disks() {
    let root = Root::new();
    root.change("kessai.toml", "quiet_ms", "quiet_mms");
    let (said, code) = root.doctor();
    assert_eq!((level(&said, "kessai.toml", "誤りが 1"), code), ("bad", 1));
    assert_eq!(level(&said, "inbox", "空き容量と"), "good");
}

#[test]
fn a_channel_that_demands_scans_needs_a_scanner_and_one_that_answers() {
    let root = Root::new();
    root.change("workflows/channels/customers.yaml", "antivirus: off ", "antivirus: required ");
    let said = kessai(&["check", "--root", &root.root()]);
    let told = format!("{said:?}");
    assert_eq!(said.status.code(), Some(1), "{told}");
    assert!(told.contains("workflows/channels/customers.yaml"), "{told}");
    let place = root.path("clamd.ctl");
    let line = format!("clamd = \"{}\" ", place.display());
    root.change("kessai.toml", "# clamd = \"/run/clamav/clamd.ctl\" ", &line);
    assert!(kessai(&["check", "--root", &root.root()]).status.success());
    let (said, code) = root.doctor();
    assert_eq!((level(&said, "antivirus", "答えません"), code), ("bad", 1));
    // One that answers, as clamd does.
    let listener = std::os::unix::net::UnixListener::bind(place).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut talk, _) = listener.accept().unwrap();
        let mut asked = [0; 9];
        std::io::Read::read_exact(&mut talk, &mut asked).unwrap();
        assert_eq!(&asked, b"zVERSION\0");
        std::io::Write::write_all(&mut talk, b"ClamAV 1.0.9/1/today\0").unwrap();
    });
    assert_eq!(level(&root.doctor().0, "antivirus", "ClamAV 1.0.9"), "good");
    answering.join().unwrap();
}

#[test]
fn what_is_to_be_pasted_names_this_root_and_its_submitters() {
    let root = Root::new();
    let (said, _) = root.doctor();
    let real = fs::canonicalize(root.path("inbox")).unwrap();
    let real = real.to_str().unwrap();
    let paste = |name: &str| {
        let all = said["paste"].as_array().unwrap();
        let found = all.iter().find(|one| one["name"] == name).unwrap();
        found["text"].as_str().unwrap().to_owned()
    };
    let samba = paste("samba");
    assert!(samba.contains("[kessai-customers]\n"), "{samba}");
    assert!(samba.contains(&format!("   path = {real}/customers\n")), "{samba}");
    assert!(samba.contains("@kessai-customers-1ab2cd3ef"), "{samba}");
    let rights = paste("permissions");
    let line = format!("chmod 2770 {real}/customers/1AB2CD3EF");
    assert!(rights.contains(&line), "{rights}");
    // Answers are to be read by whoever drops, and by nobody else.
    let out = real.replace("/inbox", "/outbox");
    let folder = format!("{out}/customers/1AB2CD3EF");
    assert!(rights.contains(&format!(":kessai-customers-1ab2cd3ef {folder}\n")), "{rights}");
    assert!(rights.contains(&format!("\nchmod 2750 {folder}\n")), "{rights}");
    let share = samba.split("[kessai-customers-out]\n").nth(1).unwrap();
    let share = share.split('[').next().unwrap();
    assert!(share.contains(&format!("   path = {out}/customers\n")), "{share}");
    assert!(share.contains("   read only = yes\n"), "{share}");
    assert!(share.contains("@kessai-customers-1ab2cd3ef"), "{share}");
    let windows = paste("icacls");
    let line = r#"icacls "\\SERVER\kessai-customers-out\1AB2CD3EF" /inheritance:r"#;
    assert!(windows.contains(line) && windows.contains(r#":(OI)(CI)RX""#), "{windows}");
    let line = r#"icacls "\\SERVER\kessai-customers\1AB2CD3EF" /inheritance:r"#;
    assert!(windows.contains(line), "{windows}");
    let spared = paste("antivirus");
    assert!(spared.contains(&format!("OnAccessExcludePath {real}/.engine\n")), "{spared}");
    assert!(!spared.contains("/customers"), "what strangers drop is not spared: {spared}");
}

#[test]
fn why_a_file_waits_is_told_by_what_the_scanner_decides_by() {
    let root = Root::new();
    let own = root.path(CUSTOMER);
    let put = |name: &str, text: &str| fs::write(own.join(name), text).unwrap();
    // Each line of it is a whole one, so that only what is asked about is missing.
    put("ready.csv", "a\n");
    let said = root.explained("ready.csv");
    assert!(
        said.contains("フォルダ: お客様共有フォルダ（customers）の 株式会社見本製作所"),
        "{said}"
    );
    assert!(said.contains("受け付けられます"), "{said}");
    put("a.csv.part", "a\n");
    assert!(root.explained("a.csv.part").contains("一時的なファイルの名前"));
    put("b.csv.done", "");
    assert!(root.explained("b.csv.done").contains("「b.csv」に添えるファイル"));
    assert!(root.explained("none.csv").contains("受け付けたこともありません"));
    fs::create_dir(own.join("deep.csv")).unwrap();
    assert!(root.explained("deep.csv").contains("フォルダの中は見ません"));
    std::os::unix::fs::symlink("/etc/passwd", own.join("link.csv")).unwrap();
    assert!(root.explained("link.csv").contains("隔離します"));
    // Its writer holds it.
    let writer = fs::OpenOptions::new().append(true).open(own.join("ready.csv")).unwrap();
    assert!(root.explained("ready.csv").contains("まだ開かれています"));
    drop(writer);
    // Zeros until the bytes come, as Windows copies.
    put("zeros.csv", &"\0".repeat(64));
    assert!(root.explained("zeros.csv").contains("終わりがありません"));
    root.change("workflows/channels/customers.yaml", "complete: any ", "complete: done ");
    assert!(root.explained("ready.csv").contains("完了の印"));
    root.change("workflows/channels/customers.yaml", "complete: done ", "complete: manifest ");
    assert!(root.explained("ready.csv").contains("照合ファイル"));
    root.change("workflows/channels/customers.yaml", "complete: manifest ", "complete: any ");
    root.change("kessai.toml", "free_mib_low = 128 ", "free_mib_low = 1000000000000 ");
    root.change("kessai.toml", "free_mib_high = 192 ", "free_mib_high = 1000000000000 ");
    assert!(root.explained("ready.csv").contains("受付を止めています"));
    assert!(own.join("ready.csv").exists(), "asking takes nothing in");
    let elsewhere = root.path("kessai.toml");
    let root_path = root.root();
    let said = kessai(&["folder", "explain", elsewhere.to_str().unwrap(), "--root", &root_path]);
    assert_eq!(said.status.code(), Some(3), "{said:?}");
}

#[test]
fn what_became_of_a_file_is_told_by_its_receipt_number_and_a_full_hour_by_its_end() {
    let root = Root::new();
    let own = root.path(CUSTOMER);
    root.change("kessai.toml", "files_per_hour_max = 10000 ", "files_per_hour_max = 1 ");
    root.change("kessai.toml", "quiet_ms = 2000 ", "quiet_ms = 100 ");
    fs::write(own.join("first.csv"), "nothing of use\n").unwrap();
    let ran = kessai(&["run", "--drain", "--root", &root.root()]);
    assert!(ran.status.success(), "{ran:?}");
    let said = root.explained("first.csv");
    assert!(said.contains("判定: 受け取りました。\n受付番号 "), "{said}");
    assert!(said.contains("お返ししました"), "{said}");
    fs::write(own.join("second.csv"), "a\n").unwrap();
    let said = root.explained("second.csv");
    assert!(said.contains("1時間に受け付けるファイルの数を超えました"), "{said}");
    // A share that is away.
    fs::write(root.path("inbox/.engine/mark"), "another").unwrap();
    assert!(root.explained("second.csv").contains("つながるまで何も受け付けません"));
    // A folder nobody is listed for.
    fs::create_dir(root.path("inbox/customers/UNKNOWN01")).unwrap();
    fs::write(root.path("inbox/customers/UNKNOWN01/a.csv"), "a\n").unwrap();
    let path = root.path("inbox/customers/UNKNOWN01/a.csv");
    let said =
        kessai(&["folder", "explain", path.to_str().unwrap(), "--root", &root.root()]).stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("submitters.csv にありません"), "{said}");
    assert!(said.contains("登録されていません"), "{said}");
}

#[test]
fn what_is_no_file_is_told_of_to_whoever_put_it_there_and_to_whoever_asks() {
    let root = Root::new();
    root.change("kessai.toml", "quiet_ms = 2000 ", "quiet_ms = 100 ");
    std::os::unix::fs::symlink("/etc/passwd", root.path(CUSTOMER).join("sym.csv")).unwrap();
    let ran = kessai(&["run", "--drain", "--root", &root.root()]);
    assert!(ran.status.success(), "{ran:?}");
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    for part in ["E_LINK", "customers", "1AB2CD3EF", "intake="] {
        assert!(log.contains(part), "{part} is not in\n{log}");
    }
    assert!(fs::symlink_metadata(root.path(CUSTOMER).join("sym.csv")).is_err());
    let said = root.explained("sym.csv");
    assert!(
        said.contains("隔離しました") && !said.contains("受け付けたこともありません"),
        "{said}"
    );
    let note = root.path("outbox/customers/1AB2CD3EF/受け取れないもの_not_a_file.txt");
    let note = fs::read_to_string(note).unwrap();
    assert!(note.contains("「sym.csv」は、ふつうのファイルではない"), "{note}");
}

#[test]
fn a_file_that_waits_for_the_virus_scanner_is_explained_as_why_does() {
    let root = Root::new();
    root.change("kessai.toml", "quiet_ms = 2000 ", "quiet_ms = 100 ");
    root.change("workflows/channels/customers.yaml", "antivirus: off ", "antivirus: required ");
    let line = format!("clamd = \"{}\" ", root.path("clamd.ctl").display());
    root.change("kessai.toml", "# clamd = \"/run/clamav/clamd.ctl\" ", &line);
    fs::write(root.path(CUSTOMER).join("a.csv"), "a\n").unwrap();
    let ran = kessai(&["run", "--drain", "--root", &root.root()]);
    assert!(ran.status.success(), "{ran:?}");
    let said = root.explained("a.csv");
    let why = kessai(&["why", "a.csv", "--root", &root.root()]);
    let why = String::from_utf8(why.stdout).unwrap();
    assert!(why.contains("a.csv") && said.contains(why.trim_end()), "{said}\n{why}");
    assert!(!said.contains("手元に写している"), "{said}");
}
