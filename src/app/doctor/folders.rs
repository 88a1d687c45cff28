//! The folders of a root one by one: who owns them, who may write, and whether they are listed.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, access};

use super::{Check, Level, Looked};

/// The number of the capability to ask for leases on files of others.
const CAP_LEASE: u32 = 28;
/// Anybody may write.
const OTHERS_WRITE: u32 = 0o002;
/// Anybody may look into it.
const OTHERS_LOOK: u32 = 0o005;
/// Group or others may do anything.
const OTHERS_ANY: u32 = 0o077;

/// What there is to say of the engine's folder, the outbox and every submitter's folder.
pub(super) fn checks(looked: &Looked) -> Vec<Check> {
    let inbox = looked.root.inbox();
    let engine = inbox.join(".engine");
    let mut checks = Vec::new();
    let home = fs::metadata(&engine).ok();
    match &home {
        Some(found) => checks.push(private(found)),
        None => checks.push(Check::good(
            "inbox/.engine",
            "まだありません。「kessai run」が作ります",
            "not made yet",
        )),
    }
    checks.extend(leases_of_others());
    checks.push(outbox(&looked.root.outbox()));
    // Before the first start the inbox tells which file system the engine's folders will be on.
    let device = home.or_else(|| fs::metadata(&inbox).ok()).map(|found| found.dev());
    for one in &looked.submitters {
        let name = format!("inbox/{}/{}", one.channel, one.folder);
        let path = inbox.join(&one.channel).join(&one.folder);
        checks.push(submitters(&name, &path, device));
    }
    checks.extend(strangers(looked, &inbox));
    checks
}

/// The engine's own folder is nobody else's to look into.
fn private(found: &Metadata) -> Check {
    let (mode, owner) = (found.mode() & 0o7777, found.uid());
    let check = Check::good(
        "inbox/.engine",
        format!("所有者 {owner}、権限 {mode:04o}"),
        format!("owner {owner}, mode {mode:04o}"),
    );
    if owner != rustix::process::geteuid().as_raw() {
        return check
            .but(Level::Note, "kessai を動かす利用者で「kessai doctor」を実行してください。");
    }
    if mode & OTHERS_ANY != 0 {
        let remedy = "受け取ったファイルをほかの人が見られます。chmod 700 にしてください。";
        return check.but(Level::Bad, remedy);
    }
    check
}

/// Whether the kernel tells this user of writers to files of others: it does to root, and to
/// whoever has CAP_LEASE. What a file server writes belongs to its users.
fn leases_of_others() -> Option<Check> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    let capable = u64::from_str_radix(line.trim(), 16).ok()? & (1 << CAP_LEASE) != 0;
    let ja = "ほかの利用者のファイルの書き込み中が分かること";
    let en = "leases on files of others";
    let can = if capable { "できます" } else { "できません" };
    let check = Check::good("inbox", format!("{ja}: {can}"), format!("{en}: {capable}"));
    let remedy = "kessai の systemd の設定に AmbientCapabilities=CAP_LEASE を書いてください。\
                  なければ、静かな時間（quiet_ms）とファイルの終わりで判断します。";
    Some(if capable { check } else { check.but(Level::Note, remedy) })
}

fn outbox(path: &Path) -> Check {
    if access(path, Access::WRITE_OK | Access::EXEC_OK).is_ok() {
        return Check::good("outbox", "書き込めます", "writable");
    }
    let check = Check::good("outbox", "書き込めません", "not writable");
    let remedy = "フォルダがあるか、kessai を動かす利用者が書き込めるかをお確かめください。";
    check.but(Level::Bad, remedy)
}

fn submitters(name: &str, path: &Path, device: Option<u64>) -> Check {
    let found = match fs::metadata(path) {
        Ok(found) if found.is_dir() => found,
        _ => {
            let check = Check::good(name, "登録されていますが、フォルダがありません", "no folder");
            return check.but(Level::Note, "提出を受けるなら、フォルダを作ってください。");
        }
    };
    let (mode, owner, group) = (found.mode() & 0o7777, found.uid(), found.gid());
    let check = Check::good(
        name,
        format!("所有者 {owner}、グループ {group}、権限 {mode:04o}"),
        format!("owner {owner}, group {group}, mode {mode:04o}"),
    );
    if device.is_some_and(|device| device != found.dev()) {
        let remedy = "inbox/.engine と別のファイルシステムなので、受け取れません。inbox 全体を一つの\
                      共有（またはディスク）に置いてください。";
        return check.but(Level::Bad, remedy);
    }
    if access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let remedy =
            "kessai を動かす利用者が、このフォルダを読み書きできません。権限を付けてください。";
        return check.but(Level::Bad, remedy);
    }
    if mode & OTHERS_WRITE != 0 {
        let remedy =
            "だれでもこの提出者として置けます。下の「フォルダの権限」のようにしてください。";
        return check.but(Level::Bad, remedy);
    }
    if mode & OTHERS_LOOK != 0 {
        let remedy = "だれでもこの提出者のファイルの名前と、置いたばかりの中身を見られます。下の\
                      「フォルダの権限」のようにしてください。";
        return check.but(Level::Note, remedy);
    }
    check
}

/// Folders that nobody is listed for.
fn strangers(looked: &Looked, inbox: &Path) -> Vec<Check> {
    let mut found = Vec::new();
    for (channel, _) in &looked.channels {
        for entry in fs::read_dir(inbox.join(channel)).into_iter().flatten().flatten() {
            let Ok(folder) = entry.file_name().into_string() else { continue };
            let listed =
                looked.submitters.iter().any(|one| one.channel == *channel && one.folder == folder);
            if listed || folder.starts_with('.') || !entry.path().is_dir() {
                continue;
            }
            let check = Check::good(
                &format!("inbox/{channel}/{folder}"),
                "登録のないフォルダです。中のファイルは受け付けません",
                "nobody is listed for it",
            );
            let remedy = "workflows/submitters.csv に加えるか、フォルダを消してください。";
            found.push(check.but(Level::Note, remedy));
        }
    }
    found.sort_by(|one, other| one.place.cmp(&other.place));
    found
}
