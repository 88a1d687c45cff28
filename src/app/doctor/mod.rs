//! `kessai doctor`: what a root's folders and disks enforce and what not, what to do about it, and
//! the settings to paste into Samba, Windows and the virus scanner.
//!
//! It changes nothing: what it tries out with files of its own it takes away again.

mod disks;
mod folders;
mod paste;

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::outcome::{Error, Outcome, write_json};
use super::root::{Root, RootError};
use super::settings::Settings;
use crate::domain::Submitter;
use crate::workflow::Antivirus;

/// Arguments of `kessai doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 作業フォルダ / the root folder
    #[arg(default_value = ".")]
    root: PathBuf,
    /// JSON で出す / as JSON
    #[arg(long)]
    json: bool,
}

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// As it should be.
    Good,
    /// It works, with less protection or more work than it might.
    Note,
    /// Files are not taken in, or are not safe.
    Bad,
}

impl Level {
    /// `良`, `注意` or `不可`, as wide as the widest.
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "良　",
            Self::Note => "注意",
            Self::Bad => "不可",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    level: Level,
    /// The folder below the root, or what else it is about.
    place: String,
    /// What is so, in Japanese.
    ja: String,
    /// The same in English.
    en: String,
    /// What to do, in Japanese; empty where nothing need be done.
    remedy: String,
}

impl Check {
    /// Something as it should be.
    fn good(place: &str, ja: impl Into<String>, en: impl Into<String>) -> Self {
        let (ja, en) = (ja.into(), en.into());
        Self { level: Level::Good, place: place.to_owned(), ja, en, remedy: String::new() }
    }

    /// The same thing not as it should be, and what to do.
    fn but(self, level: Level, remedy: &str) -> Self {
        Self { level, remedy: remedy.to_owned(), ..self }
    }
}

/// A root as it is looked at: its settings and who is listed, as far as they can be read.
struct Looked {
    root: Root,
    settings: Settings,
    submitters: Vec<Submitter>,
    /// Channels by name, and whether they demand virus scans.
    channels: Vec<(String, Antivirus)>,
}

/// What comes of it, as JSON.
#[derive(Serialize)]
struct Told<'t> {
    checks: &'t [Check],
    paste: Vec<Pasted>,
}

/// Lines to paste somewhere.
#[derive(Serialize)]
struct Pasted {
    /// `permissions`, `samba`, `icacls` or `antivirus`.
    name: &'static str,
    /// Where they belong, in Japanese.
    title: &'static str,
    text: String,
}

/// Runs `kessai doctor`.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    let path = std::fs::canonicalize(&args.root)
        .map_err(|cause| Error::world("cannot find", &args.root, cause))?;
    let (looked, mut checks) = look(Root::new(&path))?;
    checks.extend(disks::checks(&looked));
    checks.extend(folders::checks(&looked));
    checks.push(scanner(&looked));
    let paste = paste::all(&looked);
    let worst = checks.iter().map(|check| check.level).max();
    if args.json {
        write_json(out, &Told { checks: &checks, paste })?;
    } else {
        out.write_all(text(&checks, &paste).as_bytes())?;
    }
    Ok(if worst == Some(Level::Bad) { Outcome::Findings } else { Outcome::Well })
}

/// Settings and submitters; where they have mistakes the rest is looked at all the same.
fn look(root: Root) -> Result<(Looked, Vec<Check>), Error> {
    let loaded = match root.load() {
        Ok(loaded) => loaded,
        Err(RootError::Mistakes(mistakes)) => {
            let count = mistakes.len();
            let ja = format!("設定か定義に誤りが {count} あり、登録されたフォルダが分かりません");
            let en = format!("{count} mistakes in settings or definitions");
            let check = Check::good("kessai.toml", ja, en)
                .but(Level::Bad, "「kessai check」で誤りを見て、直してください。");
            let settings = root.settings(&mut Vec::new())?;
            let (submitters, channels) = (Vec::new(), Vec::new());
            return Ok((Looked { root, settings, submitters, channels }, vec![check]));
        }
        Err(failed) => return Err(failed.into()),
    };
    let (settings, rules) = (loaded.settings, loaded.rulebook);
    let channels = rules.channels.values().map(|one| (one.name.clone(), one.antivirus)).collect();
    let looked = Looked { root, settings, submitters: rules.submitters.clone(), channels };
    let good = Check::good("kessai.toml", "設定と定義に誤りはありません", "settings are well");
    Ok((looked, vec![good]))
}

/// Whether the virus scanner answers, where one is set.
fn scanner(looked: &Looked) -> Check {
    let clamd = &looked.settings.antivirus;
    let demanded = looked.channels.iter().any(|(_, one)| *one == Antivirus::Required);
    if clamd.place.is_empty() {
        let ja = "ウイルス検査は設定されていません";
        let check = Check::good("antivirus", ja, "no virus scanner is set");
        let remedy = "使うときは、kessai.toml の [antivirus] clamd と、workflows/channels/*.yaml の \
                      antivirus: required を書いてください。";
        return check.but(Level::Note, remedy);
    }
    match clamd.version() {
        Ok(version) => {
            let ja = format!("ウイルス検査（{}）が答えます: {version}", clamd.place);
            Check::good("antivirus", ja, format!("clamd answers: {version}"))
        }
        Err(error) => {
            let level = if demanded { Level::Bad } else { Level::Note };
            let ja = format!("ウイルス検査（{}）が答えません（{error}）", clamd.place);
            Check::good("antivirus", ja, format!("clamd does not answer: {error}"))
                .but(level, "clamd が動いているか、ソケットの権限をお確かめください。")
        }
    }
}

/// The checks, a line or two each, then what to paste.
fn text(checks: &[Check], paste: &[Pasted]) -> String {
    let mut text = String::new();
    for check in checks {
        writeln!(text, "{} {}: {}", check.level.word(), check.place, check.ja).ok();
        if !check.remedy.is_empty() {
            writeln!(text, "     → {}", check.remedy).ok();
        }
    }
    for Pasted { title, text: lines, .. } in paste {
        write!(text, "\n■ {title}\n{lines}").ok();
    }
    text
}
