//! Lines to paste: folder rights, Samba, Windows, the virus scanner. Made for one root; names in
//! capitals are for the reader to replace.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt as _;

use crate::domain::Submitter;

use super::{Looked, Pasted};

/// Everything there is to paste.
pub(super) fn all(looked: &Looked) -> Vec<Pasted> {
    let mut by_channel: BTreeMap<&str, Vec<&Submitter>> = BTreeMap::new();
    for one in &looked.submitters {
        by_channel.entry(&one.channel).or_default().push(one);
    }
    vec![
        Pasted {
            name: "permissions",
            title: "フォルダの権限（Linux、管理者で実行。一つの提出者に一つのグループ。outbox は読むだけ）",
            text: permissions(looked, &by_channel),
        },
        Pasted {
            name: "samba",
            title: "Samba（smb.conf に貼り付け、testparm で確かめる）",
            text: samba(looked, &by_channel),
        },
        Pasted {
            name: "icacls",
            title: "Windows（SERVER と DOMAIN を置き換え、管理者のコマンドプロンプトで実行）",
            text: icacls(&by_channel),
        },
        Pasted {
            name: "antivirus",
            title: "ウイルス対策ソフトの除外（提出者のフォルダは除外しない）",
            text: exclusions(looked),
        },
    ]
}

/// The group of those who drop into a folder, and fetch their answers.
fn group(one: &Submitter) -> String {
    format!("kessai-{}-{}", one.channel, one.folder).to_ascii_lowercase()
}

fn permissions(looked: &Looked, by_channel: &BTreeMap<&str, Vec<&Submitter>>) -> String {
    let (inbox, outbox) = (looked.root.inbox(), looked.root.outbox());
    // Whoever owns the inbox runs kessai, and must read what others own.
    let owner = std::fs::metadata(&inbox).map_or(0, |found| found.uid());
    let mut text = String::new();
    // `mkdir -p` alone would leave these to whoever runs it, and kessai makes folders in them.
    let channels = by_channel.keys().flat_map(|one| [inbox.join(one), outbox.join(one)]);
    for folder in std::iter::once(outbox.clone()).chain(channels) {
        let folder = quoted(&folder.display().to_string());
        writeln!(text, "mkdir -p {folder} && chown {owner} {folder}").ok();
    }
    for one in by_channel.values().flatten() {
        let folder = inbox.join(&one.channel).join(&one.folder);
        let (group, folder) = (group(one), quoted(&folder.display().to_string()));
        writeln!(text, "groupadd -f {group} && usermod -aG {group} \"$(id -nu {owner})\"").ok();
        writeln!(text, "mkdir -p {folder} && chgrp {group} {folder} && chmod 2770 {folder}").ok();
        // What kessai writes there is the folder's group's, and that may read it.
        let folder = outbox.join(&one.channel).join(&one.folder);
        let folder = quoted(&folder.display().to_string());
        writeln!(text, "mkdir -p {folder} && chown -R {owner}:{group} {folder}").ok();
        writeln!(text, "chmod 2750 {folder}").ok();
    }
    text
}

/// A word a shell takes as it is.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A share for each channel. Without oplocks a client keeps nothing back that it has written, and
/// what it holds open the kernel sees.
fn samba(looked: &Looked, by_channel: &BTreeMap<&str, Vec<&Submitter>>) -> String {
    let (inbox, outbox) = (looked.root.inbox(), looked.root.outbox());
    let mut text = String::new();
    for (channel, submitters) in by_channel {
        let groups: Vec<String> = submitters.iter().map(|one| format!("@{}", group(one))).collect();
        let shares = [("", inbox.join(channel), SHARE), ("-out", outbox.join(channel), ANSWERS)];
        for (name, path, share) in shares {
            writeln!(text, "[kessai-{channel}{name}]").ok();
            writeln!(text, "   path = {}", path.display()).ok();
            writeln!(text, "   valid users = {}", groups.join(" ")).ok();
            text.push_str(share);
        }
    }
    text
}

/// What the share of the answers says.
const ANSWERS: &str = "   read only = yes
   browseable = yes
   follow symlinks = no
   wide links = no
   hide unreadable = yes
";

/// What every share says. `kernel share modes` asks for locks that newer kernels do not have: with
/// it no file can be opened.
const SHARE: &str = "   read only = no
   browseable = yes
   inherit permissions = yes
   create mask = 0660
   force create mode = 0660
   oplocks = no
   level2 oplocks = no
   kernel share modes = no
   strict sync = yes
   follow symlinks = no
   wide links = no
   hide unreadable = yes
";

fn icacls(by_channel: &BTreeMap<&str, Vec<&Submitter>>) -> String {
    let mut text = String::new();
    for one in by_channel.values().flatten() {
        let (channel, folder, group) = (&one.channel, &one.folder, group(one));
        // They write where they drop, and read their answers.
        for (name, right) in [("", "M"), ("-out", "RX")] {
            write!(text, r#"icacls "\\SERVER\kessai-{channel}{name}\{folder}" /inheritance:r"#)
                .ok();
            text.push_str(r#" /grant:r "DOMAIN\kessai:(OI)(CI)F""#);
            writeln!(text, r#" "DOMAIN\{group}:(OI)(CI){right}""#).ok();
        }
    }
    text
}

fn exclusions(looked: &Looked) -> String {
    let (engine, var) = (looked.root.inbox().join(".engine"), looked.root.var());
    let mut text = String::new();
    for folder in [&engine, &var] {
        writeln!(text, "OnAccessExcludePath {}", folder.display()).ok();
    }
    for folder in [&engine, &var] {
        let folder = quoted(&folder.display().to_string());
        writeln!(text, "mdatp exclusion folder add --path {folder} --scope global").ok();
    }
    text.push_str(r"powershell Add-MpPreference -ExclusionPath '\\SERVER\inbox\.engine'");
    text.push('\n');
    text
}
