//! A root folder: settings, definitions, folders, and the desk built over them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::channels::FolderOutbox;
use crate::domain::{BankCalendar, Directory};
use crate::pki::{Argon2id, FileKey, KeyError};
use crate::ports::{Clock, Probe, Random, Store};
use crate::render::mail::{Sender, Templates};
use crate::render::reasons::Reasons;
use crate::render::view;
use crate::render::words::Words;
use crate::service::{Answers, Desk, Flow, Ports, Rulebook};
use crate::store::{BlobFolder, Embedded, OpenError, Opened};
use crate::workflow::{
    ApprovalDeadline, Bank, Channel, Definition, Mistake, Schedule, check_golden, load_directory,
    load_submitters, load_with_tables,
};

use super::settings::{self, Settings};

/// The folder kessai works in.
#[derive(Debug, Clone)]
pub struct Root {
    /// The folder itself.
    pub path: PathBuf,
}

/// A root folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// Settings or definitions have mistakes.
    #[error("{} mistakes in settings or definitions; `kessai check` shows them", .0.len())]
    Mistakes(Vec<Mistake>),
    /// The store cannot be opened.
    #[error("the store cannot be opened")]
    Store(#[from] OpenError),
    /// A key cannot be read.
    #[error("a key cannot be used")]
    Key(#[from] KeyError),
    /// The file system failed.
    #[error("cannot use {}", path.display())]
    Io {
        /// What was to be used.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// Settings and definitions of a root, loaded without a mistake.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The bank's rules.
    pub rulebook: Rulebook,
}

/// What a flow is played by.
pub(super) struct Rules {
    pub(super) settings: Settings,
    pub(super) flows: Flows,
    pub(super) calendar: BankCalendar,
}

/// Flows by id; several of one id differ in the day they come into force.
type Flows = BTreeMap<String, Vec<Flow>>;

/// The world a desk is built in.
#[derive(Debug, Clone)]
pub struct World {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Told at every boundary between steps.
    pub probe: Arc<dyn Probe>,
}

impl World {
    /// This world as a root's settings want it: in the test environment on another day.
    #[must_use]
    pub fn as_set(mut self, settings: &Settings) -> Self {
        if settings.business_date.is_some() {
            self.clock = Arc::new(super::world::WallClock::on(settings.business_date));
        }
        self
    }
}

impl Root {
    /// The root at `path`.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// `var/`, the state.
    pub fn var(&self) -> PathBuf {
        self.path.join("var")
    }

    /// `inbox/`.
    pub fn inbox(&self) -> PathBuf {
        self.path.join("inbox")
    }

    /// `outbox/`.
    pub fn outbox(&self) -> PathBuf {
        self.path.join("outbox")
    }

    /// The socket of a running daemon.
    pub fn socket(&self) -> PathBuf {
        self.var().join("control.sock")
    }

    /// Reads settings and definitions, all mistakes at once.
    pub fn load(&self) -> Result<Loaded, RootError> {
        let mut mistakes = Vec::new();
        let Rules { settings, flows, calendar } = self.rules(&mut mistakes)?;
        let rules = (&flows, &calendar, settings.deadline);
        self.golden_tests(rules, &mut mistakes)?;
        let channels = self.channels(&flows, &mut mistakes)?;
        let submitters = match self.text("workflows/submitters.csv")? {
            None => Vec::new(),
            Some(text) => {
                load_submitters("workflows/submitters.csv", &text).unwrap_or_else(|found| {
                    mistakes.extend(found);
                    Vec::new()
                })
            }
        };
        let directory = self.directory(&mut mistakes)?;
        let schedules = self.schedules(&mut mistakes)?;
        mistakes.extend(plain(crate::web::check(&self.pages()?)));
        let answers = self.answers(&settings, &mut mistakes)?;
        match answers {
            Some(answers) if mistakes.is_empty() => {
                let (rules, deadline) = (settings.rules, settings.deadline);
                let rulebook = Rulebook {
                    flows,
                    channels,
                    directory: Arc::new(directory),
                    schedules,
                    submitters,
                    calendar,
                    rules,
                    deadline,
                    answers,
                };
                Ok(Loaded { settings, rulebook })
            }
            _ => Err(RootError::Mistakes(mistakes)),
        }
    }

    /// Opens the store and builds the desk; the lock is held until the desk is dropped.
    pub fn desk(&self, rulebook: Rulebook, world: World) -> Result<(Desk, Opened), RootError> {
        let probe = Arc::clone(&world.probe);
        let (store, opened) = Embedded::open_probed(&self.var(), world.clock.now(), probe)?;
        Ok((self.desk_over(Arc::new(store), rulebook, world)?, opened))
    }

    /// Builds a desk over an open store.
    pub fn desk_over(
        &self,
        store: Arc<dyn Store>,
        rulebook: Rulebook,
        world: World,
    ) -> Result<Desk, RootError> {
        let failed = |path: PathBuf| move |source| RootError::Io { path, source };
        let var = self.var();
        let blobs = BlobFolder::open(&var.join("store"), &var.join("tmp"))
            .map_err(failed(var.join("store")))?;
        let outbox = FolderOutbox::open(&self.outbox()).map_err(failed(self.outbox()))?;
        let key = FileKey::open(&var.join("keys").join("link.key"), world.random.as_ref())?;
        let ports = Ports {
            store,
            blobs: Arc::new(blobs),
            outbox: Arc::new(outbox),
            clock: world.clock,
            hasher: Arc::new(Argon2id::new(Arc::clone(&world.random))),
            random: world.random,
            secrets: Arc::new(key),
            probe: world.probe,
        };
        Ok(Desk::new(ports, rulebook))
    }

    /// The bank's own pages, by name.
    pub fn pages(&self) -> Result<BTreeMap<String, String>, RootError> {
        Ok(by_stem(self.texts("templates/web", "html")?))
    }

    /// The text of a file below the root; nothing when there is no such file.
    pub fn text(&self, name: &str) -> Result<Option<String>, RootError> {
        let path = self.path.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(decoded(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(RootError::Io { path, source }),
        }
    }

    /// Settings, flows and calendar alone, whatever else has mistakes.
    pub(super) fn rules(&self, mistakes: &mut Vec<Mistake>) -> Result<Rules, RootError> {
        let settings = match self.text(settings::FILE)? {
            None => Settings::default(),
            Some(text) => Settings::load(&text).unwrap_or_else(|found| {
                mistakes.extend(found);
                Settings::default()
            }),
        };
        Ok(Rules { settings, flows: self.flows(mistakes)?, calendar: self.calendar(mistakes)? })
    }

    /// Plays the golden tests; those of a flow that cannot be read wait until it can.
    fn golden_tests(
        &self,
        (flows, calendar, deadline): (&Flows, &BankCalendar, ApprovalDeadline),
        mistakes: &mut Vec<Mistake>,
    ) -> Result<(), RootError> {
        let definitions = flows.values().flatten().map(|flow| flow.definition.as_ref());
        let definitions: Vec<&Definition> = definitions.collect();
        let written = by_stem(self.texts("workflows", "yaml")?);
        let unread = written.keys().map(String::as_str).filter(|name| !flows.contains_key(*name));
        let unread: Vec<&str> = unread.collect();
        let bank = Bank { definitions: &definitions, unread: &unread, calendar, deadline };
        for (file, text) in self.texts("workflows/tests", "yaml")? {
            mistakes.extend(check_golden(&file, &text, bank));
        }
        Ok(())
    }

    fn flows(&self, mistakes: &mut Vec<Mistake>) -> Result<Flows, RootError> {
        let mut flows = Flows::new();
        let tables = self.tables()?;
        for (name, text) in self.texts("workflows", "yaml")? {
            match load_with_tables(&name, &text, &tables) {
                Ok(definition) => {
                    let definition = Arc::new(definition);
                    let text = definition.source.pinned();
                    flows.entry(definition.id.clone()).or_default().push(Flow { definition, text });
                }
                Err(found) => mistakes.extend(found),
            }
        }
        Ok(flows)
    }

    /// The decision tables by file name, as Excel saves them: UTF-8 or CP932.
    fn tables(&self) -> Result<BTreeMap<String, String>, RootError> {
        let folder = self.path.join("workflows/tables");
        let failed = |source| RootError::Io { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(source) => return Err(failed(source)),
        };
        let mut tables = BTreeMap::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|extension| extension == "csv") {
                let bytes = fs::read(entry.path()).map_err(failed)?;
                tables.insert(name, decoded(bytes));
            }
        }
        Ok(tables)
    }

    fn channels(
        &self,
        flows: &Flows,
        mistakes: &mut Vec<Mistake>,
    ) -> Result<BTreeMap<String, Channel>, RootError> {
        // A flow with mistakes of its own is not also unknown: one mistake is told once.
        let written = by_stem(self.texts("workflows", "yaml")?);
        let known: Vec<&str> = flows.keys().chain(written.keys()).map(String::as_str).collect();
        let mut channels = BTreeMap::new();
        for (file, text) in self.texts("workflows/channels", "yaml")? {
            let name = Path::new(&file).file_stem().unwrap_or_default().to_string_lossy();
            match Channel::load(&file, &name, &text, &known) {
                Ok(channel) => {
                    channels.insert(channel.name.clone(), channel);
                }
                Err(found) => mistakes.extend(found),
            }
        }
        Ok(channels)
    }

    /// What is done at set times; of each name there is one.
    fn schedules(&self, mistakes: &mut Vec<Mistake>) -> Result<Vec<Schedule>, RootError> {
        let mut schedules: Vec<Schedule> = Vec::new();
        for (file, text) in self.texts("workflows/schedules", "yaml")? {
            match Schedule::load(&file, &text) {
                Ok(one) if schedules.iter().any(|other| other.id == one.id) => {
                    let ja = format!("id「{}」はほかのファイルにもあります。", one.id);
                    let en = format!("another file has the id `{}`, too", one.id);
                    mistakes.push(Mistake { file, line: 0, column: 1, length: 1, ja, en });
                }
                Ok(schedule) => schedules.push(schedule),
                Err(found) => mistakes.extend(found),
            }
        }
        Ok(schedules)
    }

    /// People and branches by day; empty where the office keeps no directory.
    fn directory(&self, mistakes: &mut Vec<Mistake>) -> Result<Directory, RootError> {
        const PEOPLE: &str = "workflows/directory/people.csv";
        const BRANCHES: &str = "workflows/directory/branches.csv";
        let (people, branches) = (self.text(PEOPLE)?, self.text(BRANCHES)?);
        let people = people.as_deref().map(|text| (PEOPLE, text));
        let branches = branches.as_deref().map(|text| (BRANCHES, text));
        Ok(load_directory(people, branches).unwrap_or_else(|found| {
            mistakes.extend(found);
            Directory::default()
        }))
    }

    fn calendar(&self, mistakes: &mut Vec<Mistake>) -> Result<BankCalendar, RootError> {
        const FILE: &str = "workflows/calendars/bank_jp.csv";
        let Some(text) = self.text(FILE)? else { return Ok(BankCalendar::japan()) };
        Ok(BankCalendar::with_overrides(&text).unwrap_or_else(|found| {
            mistakes.extend(found.into_iter().map(|error| {
                Mistake {
                    file: FILE.to_owned(),
                    line: usize::try_from(error.line).unwrap_or(0),
                    column: 1,
                    length: 1,
                    ja: "休業日の行が読めません。「2026-05-07,臨時休業」の形で書いてください。"
                        .to_owned(),
                    en: format!("{}; write `2026-05-07,name`", error.what),
                }
            }));
            BankCalendar::japan()
        }))
    }

    fn answers(
        &self,
        settings: &Settings,
        mistakes: &mut Vec<Mistake>,
    ) -> Result<Option<Answers>, RootError> {
        const WORDS: &str = "templates/words.toml";
        let words = match self.text(WORDS)? {
            None => Some(Words::embedded().clone()),
            Some(text) => {
                Words::overlaid(WORDS, &text).map_err(|found| mistakes.extend(plain(found))).ok()
            }
        };
        let texts = by_stem(self.texts("templates/mail", "txt")?);
        let mails = Templates::overlaid(&texts).map_err(|found| mistakes.extend(plain(found))).ok();
        let reasons = match self.text("templates/return_reasons.txt")? {
            None => Some(Reasons::default()),
            Some(text) => Reasons::read(&text).map_err(|found| mistakes.extend(plain(found))).ok(),
        };
        let (Some(words), Some(mails), Some(reasons)) = (words, mails, reasons) else {
            return Ok(None);
        };
        let [branch, phone, hours] = settings.desk.clone();
        let desk = view::Desk {
            institution: settings.institution.clone(),
            branch,
            phone,
            hours,
            environment: settings.environment,
        };
        let [name, address] = settings.mail.clone();
        let sender = Sender { name, address, test_to: settings.test_to.clone() };
        let base_url = settings.base_url.clone();
        Ok(Some(Answers { words, reasons, mails, desk, base_url, sender }))
    }

    /// The files of a folder with an extension, by name, with their texts.
    fn texts(&self, folder: &str, extension: &str) -> Result<Vec<(String, String)>, RootError> {
        let path = self.path.join(folder);
        let failed = |source| RootError::Io { path: path.clone(), source };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut texts = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let name = Path::new(&name);
            if name.extension().is_some_and(|found| found == extension) {
                let file = format!("{folder}/{}", name.display());
                if let Some(text) = self.text(&file)? {
                    texts.push((file, text));
                }
            }
        }
        texts.sort();
        Ok(texts)
    }
}

/// Texts by their file's name without extension.
fn by_stem(texts: Vec<(String, String)>) -> BTreeMap<String, String> {
    let stem =
        |file: &str| Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    texts.into_iter().map(|(file, text)| (stem(&file), text)).collect()
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

/// The text of a file an office edits: UTF-8, or else CP932 as Excel saves it.
pub(super) fn decoded(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let (text, _, _) = encoding_rs::SHIFT_JIS.decode(error.as_bytes());
        text.into_owned()
    })
}
