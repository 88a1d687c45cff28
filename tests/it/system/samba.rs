//! The real smbd over a submitter's folders, set as `kessai doctor` says, and real clients of it.
//!
//! The daemon watches the folder on the server's own disk, as in a bank with a Samba server. That a
//! share is gone is here that smbd is, for some seconds: what the daemon's own mount would do then
//! is another case (`n24_unmount_remount`).

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::asked_for;
use super::rig::{KESSAI, Rig, csv, eventually, meanwhile};

const CUSTOMER: &str = "customers/1AB2CD3EF";
const PASSWORD: &str = "samba-test";

/// A Samba of our own: everything it keeps is in one folder.
struct Samba {
    home: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Drop for Samba {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Samba {
    /// Over the inbox of a root, with the lines the doctor gives for it.
    fn over(rig: &Rig) -> Self {
        let home = rig.root.with_extension("samba");
        fs::create_dir_all(&home).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let samba = Self { home, port, child: None };
        let mut doctor = Command::new(KESSAI);
        let said = doctor.args(["doctor", "--json"]).arg(&rig.root).output().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        let pasted = said["paste"].as_array().unwrap();
        let shares = pasted.iter().find(|one| one["name"] == "samba").unwrap();
        let shares = shares["text"].as_str().unwrap();
        // The groups are for the bank to make; here is one user, whom every system has.
        let users = |line: &str| line.trim_start().starts_with("valid users = ");
        let line = |line| if users(line) { "   valid users = root" } else { line };
        let shares: Vec<&str> = shares.lines().map(line).collect();
        let at = samba.home.display();
        let text = format!(
            "[global]\n   server role = standalone server\n   smb ports = {port}\n   \
             interfaces = lo\n   bind interfaces only = yes\n   disable netbios = yes\n   \
             load printers = no\n   printing = bsd\n   smb2 max write = 65536\n   \
             private dir = {at}\n   lock directory = {at}\n   state directory = {at}\n   \
             cache directory = {at}\n   \
             pid directory = {at}\n   ncalrpc dir = {at}/rpc\n   log file = {at}/log\n   \
             passdb backend = tdbsam:{at}/passdb.tdb\n{}\n",
            shares.join("\n")
        );
        fs::write(samba.config(), text).unwrap();
        samba.add_user();
        samba
    }

    fn config(&self) -> PathBuf {
        self.home.join("smb.conf")
    }

    fn add_user(&self) {
        let mut adding = Command::new("smbpasswd")
            .arg("-c")
            .arg(self.config())
            .args(["-s", "-a", "root"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("smbpasswd must be installed");
        write!(adding.stdin.take().unwrap(), "{PASSWORD}\n{PASSWORD}\n").unwrap();
        assert!(adding.wait().unwrap().success());
    }

    fn start(&mut self) {
        let child = Command::new("smbd")
            .args(["--foreground", "--no-process-group", "--configfile"])
            .arg(self.config())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("smbd must be installed");
        self.child = Some(child);
        let port = self.port;
        eventually("smbd listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    }

    /// Ends smbd and those it started for its clients.
    fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let id = format!("-{}", child.id());
        Command::new("kill").args(["-KILL", "--", &id]).status().ok();
        child.wait().ok();
    }

    /// A client that carries out commands in the customer's folder.
    fn client(&self, commands: &str) -> Command {
        let mut client = Command::new("smbclient");
        client
            .arg("//127.0.0.1/kessai-customers")
            .args(["-p", &self.port.to_string(), "-U", &format!("root%{PASSWORD}")])
            .args(["-D", "1AB2CD3EF", "-c", commands])
            .arg("-s")
            .arg(self.config())
            .env("LC_ALL", "C.UTF-8");
        client
    }

    fn put(&self, rig: &Rig, files: &[(String, Vec<u8>)]) -> Output {
        let from = rig.root.with_extension("client");
        fs::create_dir_all(&from).unwrap();
        let mut commands = format!("lcd {}", from.display());
        for (at, (name, bytes)) in files.iter().enumerate() {
            fs::write(from.join(at.to_string()), bytes).unwrap();
            commands += &format!("; put {at} \"{name}\"");
        }
        self.client(&commands).output().expect("smbclient must be installed")
    }
}

fn quick() -> Rig {
    let rig = Rig::new();
    rig.set(&[("scan_ms", "200"), ("quiet_ms", "300"), ("wait_max_s", "2"), ("note_after_s", "1")]);
    rig
}

#[test]
fn testparm_knows_every_line_the_doctor_gives() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let samba = Samba::over(&rig);
    let said = Command::new("testparm").arg("-s").arg(samba.config()).output().unwrap();
    let told = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success(), "{told}");
    for word in ["Unknown parameter", "Ignoring", "ERROR", "found in service section"] {
        assert!(!told.contains(word), "{told}");
    }
}

#[test]
fn three_bursts_of_files_with_japanese_names_by_samba_are_each_taken_once() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let mut samba = Samba::over(&rig);
    samba.start();
    let _daemon = rig.watched(None);
    let names = |burst: usize| (0..15).map(move |n| format!("支払明細（{burst}回目）_{n}.csv"));
    for burst in 0..3 {
        let files: Vec<(String, Vec<u8>)> = (0..)
            .zip(names(burst))
            .map(|(n, name): (u32, _)| (name, csv("1AB2CD3EF", 2, &format!("S{burst}-{n}"))))
            .collect();
        let sent = samba.put(&rig, &files);
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stdout));
    }
    for name in (0..3).flat_map(names) {
        assert_eq!(rig.end_of(&name).place, "accepted", "{name}");
    }
    assert_eq!(rig.cases().len(), 45);
}

#[test]
fn a_file_a_client_of_samba_holds_open_waits_until_it_is_closed() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let mut samba = Samba::over(&rig);
    samba.start();
    let _daemon = rig.watched(None);
    let whole = csv("1AB2CD3EF", 20_000, "SLOW");
    let (first, rest) = whole.split_at(whole.len() / 2);
    let mut client = samba.client("put - 遅い.csv").stdin(Stdio::piped()).spawn().unwrap();
    let mut to = client.stdin.take().unwrap();
    to.write_all(first).unwrap();
    let path = rig.folder(CUSTOMER).join("遅い.csv");
    eventually("half of it is there", || fs::metadata(&path).is_ok_and(|file| file.len() > 0));
    // Far longer than a file must rest.
    meanwhile("it is not taken", Duration::from_secs(3), || path.exists());
    let said = rig.kessai(&["folder", "explain", path.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("まだ開かれています"), "{said}");
    to.write_all(rest).unwrap();
    drop(to);
    assert!(client.wait().unwrap().success());
    let ended = rig.end_of("遅い.csv");
    assert_eq!(ended.place, "accepted");
    assert!(ended.payload == whole, "every byte of it");
}

#[test]
fn a_share_that_goes_in_the_middle_of_a_file_takes_nothing_in_by_halves() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let mut samba = Samba::over(&rig);
    samba.start();
    let daemon = rig.watched(None);
    let whole = csv("1AB2CD3EF", 20_000, "HALF");
    // In the middle of a line, as it happens.
    let half = whole.len() / 2 + usize::from(whole[whole.len() / 2 - 1] == b'\n');
    let mut client =
        samba.client("put - half.csv").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut to = client.stdin.take().unwrap();
    to.write_all(&whole[..half]).unwrap();
    let path = rig.folder(CUSTOMER).join("half.csv");
    eventually("some of it is there", || fs::metadata(&path).is_ok_and(|file| file.len() > 0));
    samba.stop();
    drop(to);
    client.wait().unwrap();
    let ended = rig.end_of("half.csv");
    assert_eq!(ended.place, "rejected", "half a file is none");
    assert!(ended.payload.len() < whole.len());
    let lost = samba.put(&rig, &[("lost.csv".to_owned(), whole.clone())]);
    assert!(!lost.status.success(), "nobody is there to take it");
    assert!(daemon.warnings().is_empty(), "{:?}", daemon.warnings());
    samba.start();
    let sent = samba.put(&rig, &[("whole.csv".to_owned(), whole.clone())]);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stdout));
    let ended = rig.end_of("whole.csv");
    assert_eq!(ended.place, "accepted");
    assert!(ended.payload == whole);
}
