//! `kessai run`: the daemon. Its loops and the pages, stopped by a signal within ten seconds.

use std::fmt::Write as _;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::sync::Notify;
use tracing::{error, info, warn};

use crate::domain::{ReceiptNo, Timestamp};
use crate::pki::ServerKey;
use crate::ports::{Clock as _, StoreError, WARNED_DAYS};
use crate::service::{Desk, ReloadError};
use crate::spool::{Folders, Spool, SpoolError, SpoolSettings, Watch};
use crate::store::{OpenError, verify};
use crate::web::{self, WebSettings};
use crate::workflow::cron_after;

use super::control;
use super::outcome::{Error, Outcome};
use super::reload::RuleWatch;
use super::root::{Handshakes, Open, Root, RootError, World};
use super::settings::Settings;
use super::world::WallClock;

/// Arguments of `kessai run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 作業フォルダ / the root folder
    #[arg(long, default_value = ".")]
    pub(super) root: PathBuf,
    /// 人か時を待つだけになったら終わる / stop when only people or time are awaited
    #[arg(long)]
    pub(super) drain: bool,
    /// 先に動いているものが止まるまで待ち、引き継ぐ / wait for the one that runs to end, and take over
    #[arg(long)]
    pub(super) standby: bool,
}

/// How long a loop rests when there is nothing to do.
const REST: Duration = Duration::from_millis(100);

/// Runs `kessai run`.
pub(super) fn run(args: &Args, world: &World, talk: &mut dyn Write) -> Result<Outcome, Error> {
    log();
    let root = Root::new(&args.root);
    let Open { desk, settings, opened, world } = open(&root, args.standby, world, talk)?;
    if opened.replayed > 0 || opened.set_aside.is_some() {
        info!(n_rows = opened.replayed, "went on from the journal");
    }
    let desk = Arc::new(desk);
    end_where_it_hangs(&desk, settings.read_max);
    desk.recover().map_err(Error::from)?;
    let mut machine = Machine::open(&root, &settings, Arc::clone(&desk), &world)?;
    if args.drain {
        return machine.drain().map_err(Error::from);
    }
    let mut line = String::new();
    writeln!(line, "kessai は {} で動いています。画面: {}", args.root.display(), settings.base_url)
        .ok();
    // Intake does not depend on somebody who listens.
    talk.write_all(line.as_bytes()).and_then(|()| talk.flush()).ok();
    serve(&root, &settings, &desk, machine)
}

/// Opens the root; on standby it waits for as long as another process holds it. The system gives a
/// lock back only with the process that held it, so one that is merely stopped keeps its root.
/// Where there are mistakes, `talk` is told each as `kessai check` tells it.
fn open(root: &Root, standby: bool, world: &World, talk: &mut dyn Write) -> Result<Open, Error> {
    let mut told = false;
    loop {
        match root.open(world) {
            Err(RootError::Store(OpenError::Locked(_))) if standby => {
                if !std::mem::replace(&mut told, true) {
                    info!("standing by until the one that runs has ended");
                }
                std::thread::sleep(REST);
            }
            Err(RootError::Mistakes(mistakes)) => {
                talk.write_all(root.shown(&mistakes).as_bytes())?;
                return Err(RootError::Mistakes(mistakes).into());
            }
            opened => return opened.map_err(Error::from),
        }
    }
}

/// Sends the log to stderr, one line an event; where a log is kept already, it stays. A line that
/// cannot be written is lost: telling of it on the same stderr would end whoever logged it.
fn log() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .log_internal_errors(false)
        .try_init()
        .ok();
}

/// What works by itself: the spool, and what it needs.
pub(super) struct Machine {
    desk: Arc<Desk>,
    spool: Spool,
    watch: Watch,
    scan: Option<Duration>,
}

/// How the inbox of a root is watched.
pub(super) fn spool_settings(root: &Root, settings: &Settings) -> SpoolSettings {
    SpoolSettings {
        quiet: settings.quiet,
        quiet_share: settings.quiet_share,
        wait_max: settings.wait_max,
        note_after: settings.note_after,
        bytes_max: settings.rules.file_len_max,
        limits: settings.limits,
        ..SpoolSettings::new(&root.outbox(), &root.var())
    }
}

impl Machine {
    /// Opens the inbox; goes on with what an earlier run left.
    pub(super) fn open(
        root: &Root,
        settings: &Settings,
        desk: Arc<Desk>,
        world: &World,
    ) -> Result<Self, Error> {
        let folders = Folders::open(&root.inbox()).map_err(Error::from)?;
        let spool = spool_settings(root, settings);
        let probe = Arc::clone(&world.probe);
        let spool = Spool::open(Arc::clone(&desk), folders, spool, probe).map_err(Error::from)?;
        Ok(Self { desk, spool, watch: Watch::new(), scan: settings.scan })
    }

    /// Waits for news from the inbox, and not for too long.
    fn rest(&self) {
        self.watch.wait(self.scan.unwrap_or_else(|| self.spool.interval(&self.watch)));
    }

    /// Works until only people or time are awaited.
    pub(super) fn drain(&mut self) -> Result<Outcome, SpoolError> {
        loop {
            let passed = self.spool.pass(&mut self.watch)?;
            let moved = self.desk.tick()?;
            let done = self.desk.dispatch_all()?;
            if passed.files == 0 && moved == 0 && done.delivered == 0 && passed.settling == 0 {
                return Ok(Outcome::Well);
            }
            if passed.settling > 0 {
                self.watch.wait(REST);
            }
        }
    }
}

/// Runs the loops and the pages until a signal comes, the store fails or a loop breaks off.
pub(super) fn serve(
    root: &Root,
    settings: &Settings,
    desk: &Arc<Desk>,
    machine: Machine,
) -> Result<Outcome, Error> {
    let (stop, failure) = (AtomicBool::new(false), Failure::default());
    let world = |what: &str| {
        let what = what.to_owned();
        move |cause| Error::World { what, cause }
    };
    let tls = root.server_key(settings)?;
    let key = tls.as_ref().map(|tls| Arc::clone(&tls.key));
    let [main, apart] = match tls {
        Some(Handshakes { main, apart, .. }) => [Some(main), apart],
        None => [None, None],
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(world("cannot start"))?;
    let bind = |at: &str| {
        let listener = runtime.block_on(tokio::net::TcpListener::bind(at));
        listener.map_err(world("the pages' address is taken"))
    };
    let [apart_listen, apart_url] = &settings.certificate_door;
    let first = (bind(&settings.listen)?, main, settings.base_url.as_str());
    let second = match apart {
        Some(tls) => Some((bind(apart_listen)?, Some(tls), apart_url.as_str())),
        None => None,
    };
    let socket = runtime
        .block_on(async { control::listen(&root.socket()) })
        .map_err(world("cannot open the control socket"))?;
    runtime.spawn(control::serve(socket, Arc::clone(desk)));
    let wake = machine.watch.waker();
    let key = key.as_deref();
    let loops = Loops { desk, root, settings, key, stop: &stop, failure: &failure };
    std::thread::scope(|scope| {
        scope.spawn(|| loops.watched(|| loops.spool(machine)));
        scope.spawn(|| loops.watched(|| loops.dispatch()));
        if desk.relay.is_some() {
            scope.spawn(|| loops.watched(|| loops.post()));
        }
        scope.spawn(|| loops.watched(|| loops.tick()));
        scope.spawn(|| loops.watched(|| loops.rules()));
        let until = stopped(Arc::clone(&failure.told));
        let ended = runtime.block_on(doors(desk, (first, second), until));
        stop.store(true, Ordering::SeqCst);
        wake();
        if let Err(error) = ended {
            error!(error = %error, "the pages stopped");
            failure.tell();
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    std::fs::remove_file(root.socket()).ok();
    info!("stopped");
    Ok(if failure.happened() { Outcome::Failed } else { Outcome::Well })
}

/// A door of the pages: where it listens, how it shakes hands, and its address.
type Door<'d> = (tokio::net::TcpListener, Option<Arc<ServerConfig>>, &'d str);

/// Serves the pages at one door, or at two, until `shutdown`; when one falls, both are shut.
async fn doors(
    desk: &Arc<Desk>,
    (first, second): (Door<'_>, Option<Door<'_>>),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), web::ServeError> {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let pages = |url: &str| web::router(Arc::clone(desk), WebSettings::new(url));
    let until = async move {
        shutdown.await;
        drop(stop);
    };
    let (listener, tls, url) = first;
    let main = web::serve(listener, tls, pages(url), until);
    let other = async {
        let Some((listener, tls, url)) = second else { return Ok(()) };
        let until = async { stopped.await.unwrap_or_default() };
        web::serve(listener, tls, pages(url), until).await
    };
    tokio::try_join!(main, other).map(|_| ())
}

/// Comes back when the program is asked to stop, or must.
async fn stopped(failure: Arc<Notify>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = term.recv() => info!("asked to stop"),
        _ = int.recv() => info!("asked to stop"),
        () = failure.notified() => {}
    }
}

/// Something failed that the program must stop for.
#[derive(Debug, Default)]
struct Failure {
    happened: AtomicBool,
    told: Arc<Notify>,
}

impl Failure {
    fn tell(&self) {
        self.happened.store(true, Ordering::SeqCst);
        self.told.notify_one();
    }

    fn happened(&self) -> bool {
        self.happened.load(Ordering::SeqCst)
    }
}

/// Ends the program where one file is read for longer than may be: nothing else frees a thread
/// that hangs. Whatever started the program starts it again, and it knows of the file.
fn end_where_it_hangs(desk: &Arc<Desk>, longest: Duration) {
    let desk = Arc::downgrade(desk);
    std::thread::spawn(move || {
        let mut seen: Option<(ReceiptNo, Instant)> = None;
        while let Some(now) = desk.upgrade().map(|desk| desk.reading()) {
            match (seen, now) {
                (Some((before, since)), Some(file)) if before == file => {
                    if since.elapsed() >= longest {
                        error!(file = %file, "a file is read without an end; stopping");
                        std::process::abort();
                    }
                }
                _ => seen = now.map(|file| (file, Instant::now())),
            }
            std::thread::sleep(REST);
        }
    });
}

/// The loops that run beside the pages.
struct Loops<'l> {
    desk: &'l Arc<Desk>,
    root: &'l Root,
    settings: &'l Settings,
    key: Option<&'l ServerKey>,
    stop: &'l AtomicBool,
    failure: &'l Failure,
}

impl Loops<'_> {
    /// Runs a loop. One that breaks off ends the program: the others would go on as if all were
    /// well, and whatever started the program starts it again.
    fn watched(&self, work: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            error!("a loop broke off; stopping");
            self.failure.tell();
        }
    }

    /// Looks at the inbox whenever something happens there, and every few seconds.
    fn spool(&self, mut machine: Machine) {
        let mut away = false;
        while !self.stopping() {
            let passed = machine.spool.pass(&mut machine.watch);
            if away && passed.is_ok() {
                away = false;
                info!("the inbox is back");
            }
            match passed {
                Ok(passed) if passed.files > 0 => {}
                Ok(passed) => {
                    if passed.settling > 0 {
                        machine.watch.wait(REST);
                    } else {
                        machine.rest();
                    }
                }
                Err(SpoolError::Store(failure)) => self.fail(&failure),
                Err(error) => {
                    // A share that is away comes back; the next pass looks again.
                    if !away {
                        warn!(error = %error, "the inbox cannot be looked at");
                    }
                    away = true;
                    machine.rest();
                }
            }
        }
    }

    fn dispatch(&self) {
        while !self.stopping() {
            match self.desk.dispatch() {
                Ok(done) if done.delivered + done.ready > 0 => {}
                Ok(_) => std::thread::sleep(REST),
                Err(failure) => self.fail(&failure),
            }
        }
    }

    /// Sends mails; apart from the files, which never wait for the mail server.
    fn post(&self) {
        while !self.stopping() {
            match self.desk.post(&|| self.stopping()) {
                Ok(done) if done.delivered > 0 => {}
                Ok(_) => std::thread::sleep(REST),
                Err(failure) => self.fail(&failure),
            }
        }
    }

    /// Takes up rules that were changed.
    fn rules(&self) {
        let mut watch = RuleWatch::new(self.root);
        // What was changed while the program started.
        let mut changed = true;
        while !self.stopping() {
            if changed {
                match self.desk.reload() {
                    Ok(()) => {}
                    Err(ReloadError::Store(failure)) => self.fail(&failure),
                    Err(error) => warn!(error = %error, "rules could not be taken up"),
                }
            }
            changed = watch.changed();
        }
    }

    /// Deadlines every second, nightly work when its time comes.
    fn tick(&self) {
        let now = self.desk.clock.now();
        let days = self.key.and_then(|key| key.days_left(WallClock::default().now()));
        self.desk.pages_certificate_left(days);
        let mut nightly = self.settings.cron.clone().map(|expression| {
            let next = cron_after(&expression, now);
            (expression, next)
        });
        while !self.stopping() {
            if let Err(failure) = self.desk.tick() {
                self.fail(&failure);
            }
            let now = self.desk.clock.now();
            for (at, (expression, next)) in nightly.iter_mut().enumerate() {
                if next.is_some_and(|next| next <= now) {
                    if at == 0 {
                        self.verify();
                        self.renew();
                    } else {
                        self.sweep(now);
                    }
                    *next = cron_after(expression, now);
                }
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn verify(&self) {
        match verify(&self.root.var().join("journal")) {
            Ok(report) => info!(n_rows = report.commits, "the journal is whole"),
            Err(damage) => error!(error = %damage, "the journal is damaged"),
        }
    }

    /// Makes the next certificate of the pages when its time has come.
    fn renew(&self) {
        let now = WallClock::default().now();
        let renewed = self.key.map(|key| key.renew(now));
        match renewed {
            Some(Ok(true)) => info!("the pages have a new certificate"),
            Some(Err(failed)) => error!(error = %failed, "the pages get no new certificate"),
            Some(Ok(false)) | None => {}
        }
        // One of the bank's own is replaced by the bank alone.
        let left = self.key.and_then(|key| key.days_left(now));
        self.desk.pages_certificate_left(left);
        match left.filter(|days| *days <= WARNED_DAYS[0]) {
            Some(days) if days < 0 => error!("the certificate of the pages has ended"),
            Some(days) => warn!(n_rows = days, "the certificate of the pages ends in days"),
            None => {}
        }
    }

    /// Removes what a crash left in `var/tmp`; nothing there is older than a day while in use.
    fn sweep(&self, now: Timestamp) {
        let tmp = self.root.var().join("tmp");
        let Ok(entries) = std::fs::read_dir(&tmp) else { return };
        for entry in entries.flatten() {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            let age = modified.ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
            if age > Duration::from_hours(24) && std::fs::remove_file(entry.path()).is_ok() {
                info!(elapsed_ms = now.ms(), "swept a temporary file");
            }
        }
    }

    fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst) || self.failure.happened()
    }

    fn fail(&self, failed: &StoreError) {
        error!(error = %failed, "the store failed; stopping");
        self.failure.tell();
    }
}
