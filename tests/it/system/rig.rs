//! A sample root in a temporary folder, driven through the real program as its users drive it.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

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
        // The authority is made anew, to vouch for what is signed on that day.
        std::fs::remove_dir_all(root.join("var/pki")).unwrap();
        let again = Command::new(KESSAI).args(["status", "--root"]).arg(&root).output().unwrap();
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
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

    /// Sets keys of `kessai.toml`, each as it is written there.
    pub(super) fn set(&self, keys: &[(&str, &str)]) {
        let toml = self.root.join("kessai.toml");
        let text = std::fs::read_to_string(&toml).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (key, value) in keys {
            let line = lines.iter_mut().find(|line| line.starts_with(&format!("{key} = ")));
            *line.unwrap_or_else(|| panic!("no key {key}")) = format!("{key} = {value}");
        }
        std::fs::write(&toml, lines.join("\n") + "\n").unwrap();
    }

    /// The daemon, watched: as root, or as another user who owns the whole root then.
    ///
    /// Comes back when the daemon says that it works.
    pub(super) fn watched(&self, user: Option<u32>) -> Daemon {
        let daemon = self.started(user, &[]);
        eventually("the daemon starts", || daemon.log().contains("で動いています"));
        daemon
    }

    /// The same as root, while another daemon may run: it takes over once that one has ended.
    pub(super) fn standing_by(&self) -> Daemon {
        let daemon = self.started(None, &["--standby"]);
        eventually("it stands by", || daemon.log().contains("standing by"));
        daemon
    }

    fn started(&self, user: Option<u32>, more: &[&str]) -> Daemon {
        let mut command = match user {
            None => Command::new(KESSAI),
            Some(user) => {
                self.give_to(user);
                as_user(user)
            }
        };
        command.args(["run", "--root"]).arg(&self.root).args(more);
        self.logged(command)
    }

    /// The daemon as a command starts it, with its log kept.
    pub(super) fn logged(&self, mut command: Command) -> Daemon {
        let log = self.root.with_extension("log");
        let out = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let told = std::fs::metadata(&log).unwrap().len();
        let child = command.stdout(Stdio::null()).stderr(out).spawn().unwrap();
        Daemon { child, log, told: usize::try_from(told).unwrap() }
    }

    /// Makes everything in the root another user's.
    pub(super) fn give_to(&self, user: u32) {
        let open = Command::new("chmod").arg("755").arg(self.root.parent().unwrap()).status();
        assert!(open.unwrap().success());
        let owner = format!("{user}:{user}");
        let given = Command::new("chown").args(["-R", &owner]).arg(&self.root).status();
        assert!(given.unwrap().success());
    }

    /// What became of the files that had this name: one entry each, once it is disposed of.
    pub(super) fn ended(&self, name: &str) -> Vec<Ended> {
        let kept = self.files("inbox/.engine");
        let mut ended: Vec<Ended> = kept
            .iter()
            .filter(|(path, _)| path.ends_with("/origin.json") && !path.starts_with("claim/"))
            .filter_map(|(path, bytes)| {
                let origin: Value = serde_json::from_slice(bytes).unwrap();
                let folder = path.strip_suffix("/origin.json").unwrap();
                let result = kept.get(&format!("{folder}/result.json"))?;
                (origin["name"] == name).then(|| Ended {
                    place: path.split('/').next().unwrap().to_owned(),
                    result: serde_json::from_slice(result).unwrap(),
                    payload: kept.get(&format!("{folder}/payload")).cloned().unwrap_or_default(),
                })
            })
            .collect();
        ended.sort_by_key(Ended::receipt);
        ended
    }

    /// Waits for the one file of this name to come to its end.
    pub(super) fn end_of(&self, name: &str) -> Ended {
        let mut ended = Vec::new();
        eventually(&format!("{name} ends"), || {
            ended = self.ended(name);
            !ended.is_empty()
        });
        assert_eq!(ended.len(), 1, "{name} ended once");
        ended.remove(0)
    }

    /// Waits until everything that was owed lies where it belongs: the daemon has nothing to write.
    pub(super) fn settled(&self) {
        eventually("nothing is owed", || {
            let effects = &self.json(&["status"])["effects"];
            UNSETTLED.iter().all(|state| effects.get(state).is_none())
        });
    }

    /// Waits for the result file of a receipt number and gives its text.
    pub(super) fn answer_to(&self, ended: &Ended) -> String {
        let mut text = None;
        eventually(&format!("{} is answered", ended.receipt()), || {
            let outbox = self.files("outbox");
            let own = outbox
                .iter()
                .find(|(path, _)| path.contains(&ended.receipt()) && path.ends_with("_result.csv"));
            text = own.map(|(_, bytes)| decoded(bytes));
            text.is_some()
        });
        text.unwrap()
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

    /// The file with the passwords of a sample user.
    pub(super) fn passwords(&self, user: &str) -> String {
        let users = std::fs::read_to_string(self.root.join("SAMPLE-USERS.txt")).unwrap();
        let row = users.lines().find(|row| row.starts_with(&format!("{user}\t"))).unwrap();
        let words: Vec<&str> = row.split('\t').collect();
        let file = self.root.join(format!("pw-{user}"));
        std::fs::write(&file, format!("{}\n{}\n", words[1], words[2])).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// A person decides by command.
    pub(super) fn decide(&self, verb: &str, case: &str, user: &str) -> Output {
        let file = self.passwords(user);
        let mut args = vec![verb, case, "--user", user, "--password-file", &file];
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
            assert!(!path.contains(".part"), "{path} was left behind");
        }
        let center = outbox.keys().filter(|p| p.starts_with("center/") && p.contains(".csv"));
        // What everybody approved waits for the institution's answer.
        let approved = cases.iter().filter(|case| case["status"] == "waiting").count();
        assert_eq!(center.count(), approved, "what is approved is sent on once");
        let pending = &self.json(&["status"])["effects"];
        for state in UNSETTLED {
            assert!(pending.get(state).is_none(), "{pending}");
        }
    }
}

/// The states of effects that are still to be seen to.
const UNSETTLED: [&str; 5] = ["owed", "publishing", "unsure", "dead", "later"];

/// What became of a file.
#[derive(Debug)]
pub(super) struct Ended {
    /// `accepted`, `rejected`, `held` or `quarantine`.
    pub(super) place: String,
    pub(super) result: Value,
    pub(super) payload: Vec<u8>,
}

impl Ended {
    /// Its receipt number; empty when it never got one.
    pub(super) fn receipt(&self) -> String {
        self.result["receipt_no"].as_str().unwrap_or_default().to_owned()
    }
}

/// A daemon that is killed when the test ends.
pub(super) struct Daemon {
    pub(super) child: std::process::Child,
    log: PathBuf,
    /// How long the log was before it.
    told: usize,
}

impl Daemon {
    /// What was said since it was started.
    pub(super) fn log(&self) -> String {
        let mut log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.split_off(self.told)
    }

    /// The warnings and errors among it.
    pub(super) fn warnings(&self) -> Vec<String> {
        let log = self.log();
        let loud = |line: &&str| line.contains(" WARN ") || line.contains(" ERROR ");
        log.lines().filter(loud).map(str::to_owned).collect()
    }

    /// Asks it to stop, as the system does, and waits until it has; how it ended.
    pub(super) fn asked_to_stop(mut self) -> std::process::ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap()
    }

    /// Kills it as a power cut would.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The program as another user, without any group or capability of ours.
pub(super) fn as_user(user: u32) -> Command {
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups"]);
    command.arg(KESSAI);
    command
}

/// Asks again and again, for at most two minutes: a machine may be busy with other tests.
pub(super) fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_mins(2);
    while !so() {
        assert!(Instant::now() < until, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sees that it stays so for a while.
pub(super) fn meanwhile(what: &str, span: Duration, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + span;
    while Instant::now() < until {
        assert!(so(), "no longer: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A file in the encoding it was made in: UTF-8, or else CP932.
pub(super) fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => encoding_rs::SHIFT_JIS.decode(bytes).0.into_owned(),
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
        text += &format!(
            "11,2026-12-02,{requester},0001,001,2,0123456,2BC3DE4FG,ﾀｶｻｷｼﾖｳｼﾞ,0009,010,1,\
             7654321,{amount},2027-02-26,{salt}-{row}\r\n"
        );
    }
    text.into_bytes()
}
