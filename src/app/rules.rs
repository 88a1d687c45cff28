//! Rules made from the files of a root, and the folder they come from.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use crate::render::forms::Forms;
use crate::render::mail::{Sender, Templates};
use crate::render::reasons::Reasons;
use crate::render::view;
use crate::render::words::Words;
use crate::service::{Answers, Policy, Publishing, RuleSource, Rulebook};
use crate::workflow::{Antivirus, Channel, Files, Mistake, RuleSet, decoded, show_mistakes};

use super::root::{Root, RootError};
use super::settings::Settings;
use super::tables::Tables;

/// Where the files that rules are made from lie, and how their names end.
pub(super) const FOLDERS: [(&str, &str); 15] = [
    ("workflows", "yaml"),
    ("workflows", "csv"),
    ("workflows/tables", "csv"),
    ("workflows/layouts", "csv"),
    ("workflows/tests", "yaml"),
    ("workflows/channels", "yaml"),
    ("workflows/calendars", "csv"),
    ("workflows/directory", "csv"),
    ("workflows/schedules", "yaml"),
    ("workflows/parts", "yaml"),
    ("templates", "txt"),
    ("templates", "toml"),
    ("templates/forms", "toml"),
    ("templates/mail", "txt"),
    ("templates/web", "html"),
];

/// Where mistakes are told beside the files, as long as there are any.
const ERRORS: &str = "workflows/_errors";

/// Rules made from files; errs with every mistake in them.
pub(super) fn make(settings: &Settings, files: Files) -> Result<Rulebook, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let set = RuleSet::read(&files, settings.deadline, &mut mistakes);
    let tables = super::tables::read(&files, settings.fees.clone(), &mut mistakes);
    mistakes.extend(unscanned(settings, &set.channels));
    let answers = answers(settings, &files, &mut mistakes);
    let (Some(answers), Some(tables)) = (answers.filter(|_| mistakes.is_empty()), tables) else {
        return Err(mistakes);
    };
    let Tables { fees, transfers, requests, results } = tables;
    let RuleSet { flows, channels, submitters, directory, schedules, calendar } = set;
    let directory = Arc::new(directory);
    let (rules, deadline) = (settings.rules, settings.deadline);
    let publishing = Publishing { mode: settings.publication, office: settings.office, files };
    Ok(Rulebook {
        flows,
        channels,
        directory,
        fees,
        transfers,
        requests,
        results,
        schedules,
        submitters,
        calendar,
        rules,
        deadline,
        passwords: Policy::default(),
        answers,
        publishing,
    })
}

/// Channels that demand a virus scan where no scanner is set: their files would wait for ever.
fn unscanned(settings: &Settings, channels: &BTreeMap<String, Channel>) -> Vec<Mistake> {
    if !settings.antivirus.place.is_empty() {
        return Vec::new();
    }
    let demand = channels.values().filter(|one| one.antivirus == Antivirus::Required);
    let told = demand.map(|channel| Mistake {
        file: format!("workflows/channels/{}.yaml", channel.name),
        line: 0,
        column: 1,
        length: 1,
        ja:
            "antivirus: required とするには、kessai.toml の [antivirus] に clamd を書いてください。"
                .to_owned(),
        en: "`antivirus: required` needs `clamd` in [antivirus] of kessai.toml".to_owned(),
    });
    told.collect()
}

fn answers(settings: &Settings, files: &Files, mistakes: &mut Vec<Mistake>) -> Option<Answers> {
    const WORDS: &str = "templates/words.toml";
    let pages = by_stem(files, "templates/web/");
    mistakes.extend(plain(crate::web::check(&pages)));
    let words = match files.get(WORDS) {
        None => Some(Words::embedded().clone()),
        Some(bytes) => Words::overlaid(WORDS, &decoded(bytes))
            .map_err(|found| mistakes.extend(plain(found)))
            .ok(),
    };
    let forms = Forms::overlaid(&by_stem(files, "templates/forms/"))
        .map_err(|found| mistakes.extend(plain(found)))
        .ok();
    let mails = Templates::overlaid(&by_stem(files, "templates/mail/"))
        .map_err(|found| mistakes.extend(plain(found)))
        .ok();
    let [branch, phone, hours] = settings.desk.clone();
    let institution = settings.institution.clone();
    let desk = view::Desk { institution, branch, phone, hours, environment: settings.environment };
    let [name, address] = settings.mail.clone();
    let sender = Sender { name, address, test_to: settings.test_to.clone() };
    let base_url = settings.base_url.clone();
    let certificate_url = settings.certificate_door[1].clone();
    let reasons = match files.get("templates/return_reasons.txt") {
        None => Some(Reasons::default()),
        Some(bytes) => {
            Reasons::read(&decoded(bytes)).map_err(|found| mistakes.extend(plain(found))).ok()
        }
    };
    let (words, forms, reasons, mails) = (words?, forms?, reasons?, mails?);
    Some(Answers { words, forms, reasons, mails, desk, base_url, certificate_url, sender, pages })
}

/// The texts of a folder by their file's name without ending.
fn by_stem(files: &Files, folder: &str) -> BTreeMap<String, String> {
    let here = files.iter().filter_map(|(name, bytes)| {
        let (stem, _) = name.strip_prefix(folder)?.rsplit_once('.')?;
        Some((stem.to_owned(), decoded(bytes)))
    });
    here.collect()
}

/// Mistakes in words, mails and pages, as all others are shown.
fn plain(found: Vec<crate::render::Mistake>) -> impl Iterator<Item = Mistake> {
    found.into_iter().map(|mistake| Mistake {
        file: mistake.file,
        line: usize::try_from(mistake.line).unwrap_or(0),
        column: 1,
        length: 1,
        ja: "ひな形の文言が読めません。".to_owned(),
        en: mistake.text,
    })
}

/// The folder of a root as a source of rules. The settings are those the program began with.
#[derive(Debug)]
pub(super) struct Folder {
    root: Root,
    settings: Settings,
}

impl Folder {
    pub(super) const fn new(root: Root, settings: Settings) -> Self {
        Self { root, settings }
    }
}

impl RuleSource for Folder {
    fn read(&self) -> io::Result<Files> {
        self.root.files().map_err(|failed| match failed {
            RootError::Io { source, .. } => source,
            other => io::Error::other(other),
        })
    }

    fn make(&self, files: Files) -> Result<Rulebook, Vec<Mistake>> {
        make(&self.settings, files)
    }

    fn place(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.path.join(name);
        let folder = path.parent().unwrap_or(&self.root.path);
        fs::create_dir_all(folder)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let part = folder.join(format!(".{file}.part"));
        let mut new = File::create(&part)?;
        new.write_all(bytes)?;
        new.sync_all()?;
        fs::rename(&part, &path)?;
        File::open(folder)?.sync_all()
    }

    fn tell(&self, mistakes: &[Mistake], files: &Files) -> io::Result<()> {
        let mut by_file: BTreeMap<String, Vec<Mistake>> = BTreeMap::new();
        for mistake in mistakes {
            by_file.entry(note_name(&mistake.file)).or_default().push(mistake.clone());
        }
        let folder = self.root.path.join(ERRORS);
        sweep(&folder, &by_file)?;
        for (name, mistakes) in by_file {
            let source = |file: &str| files.get(file).map(|bytes| decoded(bytes));
            let text = show_mistakes(&mistakes, &source);
            self.place(&format!("{ERRORS}/{name}"), text.as_bytes())?;
        }
        Ok(())
    }
}

/// `accrual.yaml.txt`, `tables_kengen.csv.txt`, `templates_words.toml.txt`.
fn note_name(file: &str) -> String {
    format!("{}.txt", file.strip_prefix("workflows/").unwrap_or(file).replace('/', "_"))
}

/// Removes notes about what was mended, and the folder with the last of them.
fn sweep(folder: &Path, stay: &BTreeMap<String, Vec<Mistake>>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if !stay.contains_key(entry.file_name().to_string_lossy().as_ref()) {
            fs::remove_file(entry.path())?;
        }
    }
    if stay.is_empty() { fs::remove_dir(folder) } else { Ok(()) }
}
