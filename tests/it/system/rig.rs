//! A sample root in a temporary folder, driven through the real program as its users drive it.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The real program.
pub(super) const KESSAI: &str = env!("CARGO_BIN_EXE_kessai");

/// The business day all rigs live on: a Tuesday, in the test environment.
const DAY: &str = "2026-12-01";

/// A root folder.
pub(super) struct Rig {
    pub(super) root: PathBuf,
    /// Removed with the rig, where it is the rig's own.
    folder: Option<TempDir>,
}

/// A root with people, made once and copied: hashing their passwords takes a second.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let made = Command::new(KESSAI).args(["init", "--sample"]).arg(&root).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let toml = root.join("kessai.toml");
        let text = std::fs::read_to_string(&toml).unwrap();
        let text = text
            .replace("environment = \"production\"", "environment = \"test\"")
            .replace("# business_date = \"2026-12-01\"", &format!("business_date = \"{DAY}\""))
            .replace("# test_to", "test_to")
            .replace("127.0.0.1:8600\"  ", "127.0.0.1:0\"  ");
        std::fs::write(&toml, text).unwrap();
        let branches = root.join("workflows/channels/branches.yaml");
        let text =
            std::fs::read_to_string(&branches).unwrap().replace("unit: file", "unit: record");
        std::fs::write(&branches, text).unwrap();
        (folder, root)
    });
    path
}

impl Rig {
    /// A fresh root in a folder of its own.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let mut rig = Self::at(&root);
        rig.folder = Some(folder);
        rig
    }

    /// A fresh root at `path`. Customers' files are one case each, branches' rows too.
    pub(super) fn at(path: &Path) -> Self {
        let copied = Command::new("cp").arg("-r").arg(template()).arg(path).status().unwrap();
        assert!(copied.success());
        Self { root: path.to_owned(), folder: None }
    }

    /// Runs a command on the root.
    pub(super) fn kessai(&self, args: &[&str]) -> Output {
        Command::new(KESSAI).args(args).arg("--root").arg(&self.root).output().unwrap()
    }

    /// Works until only people or time are awaited.
    pub(super) fn drain(&self) {
        let done = self.kessai(&["run", "--drain"]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// The same, killed at a boundary. Whether the boundary was reached.
    pub(super) fn drain_killed_at(&self, step: &str, times: u32) -> bool {
        let done = Command::new(KESSAI)
            .args(["run", "--drain", "--root"])
            .arg(&self.root)
            .env("KESSAI_KILL_AT", format!("{step}:{times}"))
            .output()
            .unwrap();
        let killed = done.status.signal() == Some(9);
        assert!(killed || done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        killed
    }

    /// The daemon, left running.
    pub(super) fn daemon(&self) -> std::process::Child {
        Command::new(KESSAI)
            .args(["run", "--root"])
            .arg(&self.root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// A submitter's folder.
    pub(super) fn folder(&self, submitter: &str) -> PathBuf {
        self.root.join("inbox").join(submitter)
    }

    /// Drops a file as a careful program does: durable under another name, then renamed.
    pub(super) fn drop_file(&self, submitter: &str, name: &str, bytes: &[u8]) {
        let folder = self.folder(submitter);
        let part = folder.join(format!(".{name}.part"));
        std::fs::write(&part, bytes).unwrap();
        std::fs::File::open(&part).unwrap().sync_all().unwrap();
        std::fs::rename(&part, folder.join(name)).unwrap();
        std::fs::File::open(&folder).unwrap().sync_all().unwrap();
    }

    /// What a query answers as JSON.
    pub(super) fn json(&self, args: &[&str]) -> Value {
        let answer = self.kessai(&[args, &["--json"]].concat());
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        serde_json::from_slice(&answer.stdout).unwrap()
    }

    /// The cases as `list` shows them.
    pub(super) fn cases(&self) -> Vec<Value> {
        self.json(&["list"]).as_array().unwrap().clone()
    }

    /// A person decides by command.
    pub(super) fn decide(&self, verb: &str, case: &str, user: &str) -> Output {
        let users = std::fs::read_to_string(self.root.join("SAMPLE-USERS.txt")).unwrap();
        let row = users.lines().find(|row| row.starts_with(&format!("{user}\t"))).unwrap();
        let words: Vec<&str> = row.split('\t').collect();
        let file = self.root.join(format!("pw-{user}"));
        std::fs::write(&file, format!("{}\n{}\n", words[1], words[2])).unwrap();
        let file = file.to_str().unwrap();
        let mut args = vec![verb, case, "--user", user, "--password-file", file];
        if verb != "approve" {
            args.extend(["--reason", "金額をご確認ください"]);
        }
        self.kessai(&args)
    }

    /// Every file below a folder of the root, by its path, with its bytes.
    pub(super) fn files(&self, below: &str) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let top = self.root.join(below);
        let mut folders = vec![top.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&top).unwrap().display().to_string();
                    found.insert(name, std::fs::read(&path).unwrap_or_default());
                }
            }
        }
        found
    }

    /// The chain verifies and the state made anew is the state.
    pub(super) fn assert_whole(&self) {
        for command in ["verify", "rebuild"] {
            let answer = self.kessai(&[command]);
            let text = String::from_utf8_lossy(&answer.stdout).into_owned();
            assert!(answer.status.success(), "{command}: {text}{:?}", answer.stderr);
        }
    }

    /// Every dropped file has exactly one receipt number, verdict and result; every case exists
    /// once; what is approved reached the clearing side once; nothing half-made is visible.
    ///
    /// `dropped` are file names, each dropped once, with how many cases it must have opened.
    pub(super) fn assert_each_once(&self, dropped: &BTreeMap<String, usize>) {
        let outbox = self.files("outbox");
        let results: Vec<&String> =
            outbox.keys().filter(|name| name.ends_with("_result.csv")).collect();
        for name in dropped.keys() {
            let stem = name.rsplit_once('.').unwrap().0;
            let own = results.iter().filter(|path| path.ends_with(&format!("_{stem}_result.csv")));
            assert_eq!(own.count(), 1, "{name} has exactly one result in {results:?}");
        }
        assert_eq!(results.len(), dropped.len(), "{results:?}");
        let kept = self.files("inbox/.engine");
        let payloads = kept.keys().filter(|path| path.ends_with("/payload"));
        assert!(payloads.clone().all(|path| !path.starts_with("claim/")), "{kept:?}");
        assert_eq!(payloads.count(), dropped.len(), "one payload for each file");
        let cases = self.cases();
        for (name, expected) in dropped {
            let own = cases.iter().filter(|case| case["file"]["name"] == name.as_str());
            assert_eq!(own.count(), *expected, "cases of {name}");
        }
        for (path, bytes) in &outbox {
            assert!(!bytes.is_empty(), "{path} is empty");
            assert!(!path.ends_with(".part"), "{path} was left behind");
        }
        let center = outbox.keys().filter(|p| p.starts_with("center/") && p.ends_with(".csv"));
        let completed = cases.iter().filter(|case| case["status"] == "completed").count();
        assert_eq!(center.count(), completed, "what is approved is sent on once");
        let pending = &self.json(&["status"])["effects"];
        for state in ["owed", "publishing", "unsure", "dead", "later"] {
            assert!(pending.get(state).is_none(), "{pending}");
        }
    }
}

/// A valid CSV of `rows` accruals, told apart by `salt`.
pub(super) fn csv(requester: &str, rows: u32, salt: &str) -> Vec<u8> {
    let mut text = String::from(
        "請求種別,記録請求日,請求者利用者番号,請求者銀行番号,請求者支店番号,請求者預金種目,\
         請求者口座番号,相手利用者番号,相手名カナ,相手銀行番号,相手支店番号,相手預金種目,\
         相手口座番号,債権金額,支払期日,請求者RefNo\r\n",
    );
    for row in 0..rows {
        let amount = 10_000 + row;
        text.push_str(&format!(
            "11,2026-12-02,{requester},0001,001,2,0123456,2BC3DE4FG,ﾀｶｻｷｼﾖｳｼﾞ,0009,010,1,\
             7654321,{amount},2027-02-26,{salt}-{row}\r\n"
        ));
    }
    text.into_bytes()
}
