//! A root folder: settings, definitions, folders, and the desk built over them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

use crate::channels::{FolderOutbox, Login, Server, SmtpError, SmtpRelay};
use crate::domain::{BankCalendar, Timestamp};
use crate::pki::{
    Argon2id, ClientAuthority, FileKey, KeyError, KeySource, MailKeyError, MailSigner, ServerKey,
    ServerKeyError,
};
use crate::ports::{Certificate, Clock, Probe, Random, Relay, Store};
use crate::service::{Desk, Ports, ReloadError, Rulebook, Standing, published_set};
use crate::store::{BlobFolder, Embedded, OpenError, Opened, StrikeFolder};
use crate::workflow::{Files, Flows, Mistake, Publication, RuleSet, decoded, show_mistakes};

use super::rules;
use super::scans::ChildScans;
use super::settings::{self, Settings};
use super::workbooks::ChildWorkbooks;
use super::world::{SystemRandom, WallClock};

/// How long an answer of the mail server is waited for; some look into a mail before they answer.
const MAIL_PATIENCE: Duration = Duration::from_mins(1);

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
    #[error("設定と定義に{}件の誤りがあります。kessai check が行とともに示します / \
            mistakes in settings or definitions", .0.len())]
    Mistakes(Vec<Mistake>),
    /// The store cannot be opened.
    #[error("the store cannot be opened")]
    Store(#[from] OpenError),
    /// The register of publications cannot be begun.
    #[error("the rules cannot be taken up")]
    Rules(#[from] ReloadError),
    /// A key cannot be read.
    #[error("a key cannot be used")]
    Key(#[from] KeyError),
    /// Mails cannot be signed.
    #[error("メールの署名の準備ができません / mails cannot be signed")]
    Mail(#[from] MailKeyError),
    /// The pages have no certificate.
    #[error("画面の暗号化の準備ができません / the pages cannot be encrypted")]
    Server(#[from] ServerKeyError),
    /// The mail server cannot be used as the settings say.
    #[error("メールサーバーの設定が使えません / the mail server cannot be used")]
    Relay(#[from] SmtpError),
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

/// A desk over the store of a root, by the rules in force.
#[derive(Debug)]
pub struct Open {
    /// The desk.
    pub desk: Desk,
    /// The settings.
    pub settings: Settings,
    /// How the store was opened.
    pub opened: Opened,
    /// The world the desk is built in.
    pub world: World,
}

/// What handshakes go by, and the key that is to be renewed in time.
pub(super) struct Handshakes {
    pub(super) key: Arc<ServerKey>,
    /// Where everybody comes in; asks for a certificate only where there is no other door.
    pub(super) main: Arc<ServerConfig>,
    /// Where users who need a certificate come in, if that is apart.
    pub(super) apart: Option<Arc<ServerConfig>>,
}

/// What a flow is played by.
pub(super) struct Rules {
    pub(super) settings: Settings,
    pub(super) flows: Flows,
    pub(super) calendar: BankCalendar,
}

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
            self.clock = Arc::new(WallClock::on(settings.business_date));
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

    /// The folder of the own authority.
    pub fn pki(&self) -> PathBuf {
        self.var().join("pki")
    }

    /// The socket of a running daemon.
    pub fn socket(&self) -> PathBuf {
        self.var().join("control.sock")
    }

    /// Reads settings and definitions, all mistakes at once.
    pub fn load(&self) -> Result<Loaded, RootError> {
        let mut mistakes = Vec::new();
        let settings = self.settings(&mut mistakes)?;
        match rules::make(&settings, self.files()?) {
            Ok(rulebook) if mistakes.is_empty() => Ok(Loaded { settings, rulebook }),
            Ok(_) => Err(RootError::Mistakes(mistakes)),
            Err(found) => {
                mistakes.extend(found);
                Err(RootError::Mistakes(mistakes))
            }
        }
    }

    /// Opens the store and builds the desk by the rules in force; it then follows the folder.
    ///
    /// The lock is held until the desk is dropped.
    pub fn open(&self, world: &World) -> Result<Open, RootError> {
        let (settings, world) = self.set(world)?;
        let probe = Arc::clone(&world.probe);
        let (store, opened) = Embedded::open_probed(&self.var(), world.clock.now(), probe)?;
        let desk = self.desk_in_force(Arc::new(store), &settings, world.clone())?;
        Ok(Open { desk, settings, opened, world })
    }

    /// The settings, and the world as they want it.
    pub(super) fn set(&self, world: &World) -> Result<(Settings, World), RootError> {
        let mut mistakes = Vec::new();
        let settings = self.settings(&mut mistakes)?;
        if !mistakes.is_empty() {
            return Err(RootError::Mistakes(mistakes));
        }
        let world = world.clone().as_set(&settings);
        Ok((settings, world))
    }

    /// Builds a desk over an open store by the rules in force: those on disk, or those published.
    pub(super) fn desk_in_force(
        &self,
        store: Arc<dyn Store>,
        settings: &Settings,
        world: World,
    ) -> Result<Desk, RootError> {
        let (files, register) = (self.files()?, store.published());
        let (files, unpublished) = match settings.publication {
            Publication::TwoPeople if !register.is_empty() => {
                let (blobs, failed) = (self.blobs()?, self.failed("var/store"));
                published_set(files, &register, &blobs).map_err(failed)?
            }
            Publication::TwoPeople | Publication::File => (files, Vec::new()),
        };
        let rulebook = rules::make(settings, files).map_err(RootError::Mistakes)?;
        let desk = self.desk_over(store, rulebook, settings, world)?;
        desk.follow_rules(Arc::new(rules::Folder::new(self.clone(), settings.clone())));
        desk.take_baseline()?;
        if !unpublished.is_empty() {
            desk.stand(Standing { unpublished, ..Standing::default() });
        }
        Ok(desk)
    }

    /// Opens the store and builds the desk; the lock is held until the desk is dropped.
    pub fn desk(&self, loaded: Loaded, world: World) -> Result<(Desk, Opened), RootError> {
        let probe = Arc::clone(&world.probe);
        let (store, opened) = Embedded::open_probed(&self.var(), world.clock.now(), probe)?;
        let Loaded { settings, rulebook } = loaded;
        Ok((self.desk_over(Arc::new(store), rulebook, &settings, world)?, opened))
    }

    /// Builds a desk over an open store.
    pub fn desk_over(
        &self,
        store: Arc<dyn Store>,
        rulebook: Rulebook,
        settings: &Settings,
        world: World,
    ) -> Result<Desk, RootError> {
        let failed = |path: PathBuf| move |source| RootError::Io { path, source };
        let var = self.var();
        let blobs = self.blobs()?;
        let strikes =
            StrikeFolder::open(&var.join("reading")).map_err(failed(var.join("reading")))?;
        let outbox = FolderOutbox::open(&self.outbox()).map_err(failed(self.outbox()))?;
        let key = FileKey::open(&var.join("keys").join("link.key"), world.random.as_ref())?;
        let signer = self.signer(settings, &world.random, world.clock.now())?;
        let random = Arc::clone(&world.random);
        let ports = Ports {
            store,
            blobs: Arc::new(blobs),
            outbox: Arc::new(outbox),
            relay: self.relay(settings)?,
            clock: world.clock,
            hasher: Arc::new(Argon2id::new(Arc::clone(&world.random))),
            random: world.random,
            secrets: Arc::new(key),
            signer: Arc::new(signer),
            issuer: Arc::new(self.clients(settings, &random)),
            scans: Arc::new(ChildScans::default()),
            workbooks: Arc::new(ChildWorkbooks::default()),
            strikes: Arc::new(strikes),
            screener: settings.antivirus.screener(),
            probe: world.probe,
        };
        Ok(Desk::new(ports, rulebook))
    }

    /// The mail server of the settings, if there is one.
    fn relay(&self, settings: &Settings) -> Result<Option<Arc<dyn Relay>>, RootError> {
        let Some(server) = &settings.mail_server else { return Ok(None) };
        let ((host, port), [user, password]) = (server.place.clone(), &server.login);
        let login = Login { user: user.clone(), password_file: self.path.join(password) };
        let relay = SmtpRelay::open(Server {
            host,
            port,
            tls: server.tls,
            login: (!user.is_empty()).then_some(login),
            ca: (!server.ca.is_empty()).then(|| self.path.join(&server.ca)),
            sender: settings.mail[1].clone(),
            patience: MAIL_PATIENCE,
        })?;
        Ok(Some(Arc::new(relay)))
    }

    /// What mails are signed with: the bank's files, or the own authority's.
    ///
    /// What the own authority lacks is made now, by the clock on the wall whatever day the program
    /// acts on: readers' programs hold a certificate against theirs. Where that day is an earlier
    /// one, the certificate vouches for it as well. Errs where mails of this sender cannot be
    /// signed.
    pub(super) fn signer(
        &self,
        settings: &Settings,
        random: &Arc<dyn Random>,
        acts_at: Timestamp,
    ) -> Result<MailSigner, RootError> {
        let source = self.source_of(&settings.mail_key);
        let (random, now) = (Arc::clone(random), WallClock::default().now());
        let moments = [acts_at.min(now), now];
        Ok(MailSigner::open(source, settings.signatory(), random, moments)?)
    }

    /// Key and certificate of the pages, and how they shake hands, where they are served over TLS;
    /// by the clock on the wall.
    pub(super) fn server_key(&self, settings: &Settings) -> Result<Option<Handshakes>, RootError> {
        let hosts = settings.tls_hosts();
        if hosts.is_empty() {
            return Ok(None);
        }
        let (source, institution) = (self.source_of(&settings.web_key), &settings.institution);
        // Browsers refuse a number they have seen before, so chance that repeats is none here.
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let now = WallClock::default().now();
        let clients = self.clients(settings, &random).root(now).map_err(ServerKeyError::from)?;
        let key = ServerKey::open(source, institution.clone(), hosts, random, now)?;
        let key = Arc::new(key);
        let asks = key.config(Some(clients))?;
        let is_apart = !settings.certificate_door[0].is_empty();
        let (main, apart) = if is_apart { (key.config(None)?, Some(asks)) } else { (asks, None) };
        Ok(Some(Handshakes { key, main, apart }))
    }

    /// The authority of users' certificates.
    fn clients(&self, settings: &Settings, random: &Arc<dyn Random>) -> ClientAuthority {
        let folder = self.pki().join("clients");
        let clock = Arc::new(WallClock::default());
        ClientAuthority::new(folder, settings.institution.clone(), Arc::clone(random), clock)
    }

    /// What is wrong with the keys and certificates the bank supplies; those of the own authority
    /// are made when they are needed.
    pub(super) fn unfit_keys(&self, settings: &Settings) -> Vec<String> {
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let mut unfit = Vec::new();
        if !settings.mail_key[0].is_empty()
            && let Err(error) = self.signer(settings, &random, WallClock::default().now())
        {
            unfit.push(format!("[mail] key, certificate: {}", told(&error)));
        }
        if !settings.web_key[0].is_empty()
            && let Err(error) = self.server_key(settings)
        {
            unfit.push(format!("[web] key, certificate: {}", told(&error)));
        }
        unfit
    }

    /// Files of the bank below the root, or the own authority where none are named.
    fn source_of(&self, named: &[String; 2]) -> KeySource {
        let [key, certificate] = named;
        if key.is_empty() {
            return KeySource::Own(self.pki());
        }
        let [key, certificate] = [key, certificate].map(|path| self.path.join(path));
        KeySource::Supplied { key, certificate }
    }

    /// A new certificate of the own authority for a sender whose address was changed; without it
    /// no desk can be built.
    pub(super) fn reissue(&self, world: &World) -> Result<Certificate, RootError> {
        let (settings, world) = self.set(world)?;
        let now = WallClock::default().now();
        Ok(MailSigner::reissue(&self.pki(), &settings.signatory(), world.random.as_ref(), now)?)
    }

    fn blobs(&self) -> Result<BlobFolder, RootError> {
        let var = self.var();
        BlobFolder::open(&var.join("store"), &var.join("tmp")).map_err(self.failed("var/store"))
    }

    /// What becomes of a failure of the file system on something below the root.
    pub(super) fn failed(&self, name: &str) -> impl FnOnce(io::Error) -> RootError + use<> {
        let path = self.path.join(name);
        move |source| RootError::Io { path, source }
    }

    /// The text of a file below the root; nothing when there is no such file.
    pub fn text(&self, name: &str) -> Result<Option<String>, RootError> {
        Ok(read(&self.path.join(name))?.map(|bytes| decoded(&bytes)))
    }

    /// Mistakes as people are shown them: each with the line it is about.
    pub(super) fn shown(&self, mistakes: &[Mistake]) -> String {
        show_mistakes(mistakes, &|file: &str| self.text(file).ok().flatten())
    }

    /// The settings; mistakes in them are added, and the defaults given.
    pub(super) fn settings(&self, mistakes: &mut Vec<Mistake>) -> Result<Settings, RootError> {
        Ok(match self.text(settings::FILE)? {
            None => Settings::default(),
            Some(text) => Settings::load(&text).unwrap_or_else(|found| {
                mistakes.extend(found);
                Settings::default()
            }),
        })
    }

    /// Settings, flows and calendar alone, whatever else has mistakes.
    pub(super) fn rules(&self, mistakes: &mut Vec<Mistake>) -> Result<Rules, RootError> {
        let settings = self.settings(mistakes)?;
        let (flows, calendar) = RuleSet::rules(&self.files()?, mistakes);
        Ok(Rules { settings, flows, calendar })
    }

    /// Every file that rules are made from, by name below the root.
    pub fn files(&self) -> Result<Files, RootError> {
        let mut files = Files::new();
        for (folder, ending) in rules::FOLDERS {
            self.gather(folder, ending, &mut files)?;
        }
        Ok(files)
    }

    /// The files of a folder with an ending.
    fn gather(&self, folder: &str, ending: &str, files: &mut Files) -> Result<(), RootError> {
        let path = self.path.join(folder);
        let failed = |source| RootError::Io { path: path.clone(), source };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let name = Path::new(&name);
            let wanted = name.extension().is_some_and(|found| found == ending);
            if wanted && let Some(bytes) = read(&path.join(name))? {
                files.insert(format!("{folder}/{}", name.display()), bytes);
            }
        }
        Ok(())
    }
}

/// The bytes of a file; nothing when there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, RootError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RootError::Io { path: path.to_owned(), source }),
    }
}

/// An error with what caused it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        text = format!("{text}: {one}");
        cause = one.source();
    }
    text
}
