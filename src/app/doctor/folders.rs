//! The folders of a root one by one: who owns them, who may write, and whether they are listed.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

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
    checks.extend(outbox(&looked.root.outbox()));
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

/// Whether answers can be put into the outbox and each folder below it that answers go to.
fn outbox(path: &Path) -> Vec<Check> {
    let mut folders = vec![("outbox".to_owned(), path.to_owned())];
    for depth in [1, 2] {
        let above = folders.iter().filter(|(name, _)| name.matches('/').count() + 1 == depth);
        let below: Vec<_> = above.flat_map(|(name, folder)| folders_in(name, folder)).collect();
        folders.extend(below);
    }
    folders.sort();
    let writable = |folder: &Path| access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok();
    folders.retain(|(_, folder)| !writable(folder));
    if folders.is_empty() {
        let ja = "中のフォルダも含めて、書き込めます";
        return vec![Check::good("outbox", ja, "writable, and so are the folders in it")];
    }
    let remedy = "回答を置けません。フォルダがあるか、kessai を動かす利用者の所有かをお確かめください。\
                  経路と提出者のフォルダは、下の「フォルダの権限」で直せます。";
    let told = |(name, _): (String, _)| {
        Check::good(&name, "書き込めません", "not writable").but(Level::Bad, remedy)
    };
    folders.into_iter().map(told).collect()
}

/// The folders in a folder, with their names below the root; files on their way have a dot.
fn folders_in(name: &str, folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_ours = |entry: &fs::DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_dir())
            && !entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let named = |entry: fs::DirEntry| {
        (format!("{name}/{}", entry.file_name().to_string_lossy()), entry.path())
    };
    entries.filter(is_ours).map(named).collect()
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
