//! Events from the kernel: a reason to look, never a fact.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tracing::warn;

use super::stable::Hint;

/// The most hints kept; beyond it the scan has to do without, and it can.
const HINTS_MAX: usize = 65_536;

/// Watches folders and wakes whoever waits.
#[derive(Debug)]
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    /// Folders that could not be watched, and were said to be so.
    unheard: BTreeSet<PathBuf>,
    heard: Arc<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    news: Mutex<News>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct News {
    awake: bool,
    /// What was made anew or lost: a watch on it leads nowhere any more.
    remade: BTreeSet<PathBuf>,
    /// The kernel lost events: any watch may have gone with them.
    lost: bool,
    /// The hints, each with the look in which it was heard.
    hints: BTreeMap<PathBuf, (Hint, u64)>,
    /// How many looks were begun.
    looks: u64,
}

impl Watch {
    /// A watch; without the kernel's events the scan's interval alone decides.
    pub fn new() -> Self {
        let heard = Arc::new(Heard::default());
        let ear = Arc::clone(&heard);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            ear.hear(event);
        });
        let watcher = watcher
            .inspect_err(|error| warn!(error = %error, "no events here; scanning only"))
            .ok();
        Self { watcher, watched: BTreeSet::new(), unheard: BTreeSet::new(), heard }
    }

    /// Begins a look around: watches these folders and no others.
    pub(super) fn follow(&mut self, folders: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        let (remade, lost) = {
            let mut news = self.heard.news.lock().unwrap_or_else(PoisonError::into_inner);
            news.looks = news.looks.wrapping_add(1);
            (std::mem::take(&mut news.remade), std::mem::take(&mut news.lost))
        };
        self.watched.retain(|folder| !lost && !remade.contains(folder));
        for gone in self.watched.difference(folders) {
            // A folder that is gone took its watch with it.
            watcher.unwatch(gone).ok();
        }
        let mut kept: BTreeSet<PathBuf> = self.watched.intersection(folders).cloned().collect();
        for new in folders.difference(&self.watched) {
            match watcher.watch(new, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.unheard.remove(new);
                    kept.insert(new.clone());
                }
                Err(error) => {
                    if self.unheard.insert(new.clone()) {
                        warn!(error = %error, "a folder cannot be watched; scanning it only");
                    }
                }
            }
        }
        self.watched = kept;
    }

    /// Forgets all watches: other folders may stand where those were.
    pub(super) fn forget_all(&mut self) {
        self.watched.clear();
    }

    /// Whether the kernel tells of every folder.
    pub(super) fn hears(&self) -> bool {
        self.watcher.is_some() && self.unheard.is_empty()
    }

    /// Forgets that a folder is watched: it was deleted and may come again under its name.
    pub(super) fn forget(&mut self, folder: &Path) {
        self.watched.remove(folder);
    }

    /// Waits until something happens, `timeout` passes, or what [`Watch::waker`] gave is called.
    pub fn wait(&self, timeout: Duration) {
        let news = self.heard.news.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut news, _) = self
            .heard
            .wake
            .wait_timeout_while(news, timeout, |news| !news.awake)
            .unwrap_or_else(PoisonError::into_inner);
        news.awake = false;
    }

    /// Whether anything is heard within `timeout`.
    pub(super) fn heard_within(&self, timeout: Duration) -> bool {
        let news = self.heard.news.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.heard.wake.wait_timeout_while(news, timeout, |news| !news.awake);
        waited.unwrap_or_else(PoisonError::into_inner).0.awake
    }

    /// Something that ends a wait from another thread.
    pub fn waker(&self) -> impl Fn() + Send + Sync + 'static + use<> {
        let heard = Arc::clone(&self.heard);
        move || heard.rouse(None)
    }

    /// What is known about a file, until it is claimed or gone.
    pub(super) fn hint(&self, path: &Path) -> Option<Hint> {
        let news = self.heard.news.lock().unwrap_or_else(PoisonError::into_inner);
        news.hints.get(path).map(|(hint, _)| *hint)
    }

    /// Drops hints about files that are not in `present`, but for what was heard since the look
    /// began: of those files it may have read the folder before they came.
    pub(super) fn keep_only(&self, present: &dyn Fn(&Path) -> bool) {
        let mut news = self.heard.news.lock().unwrap_or_else(PoisonError::into_inner);
        let now = news.looks;
        news.hints.retain(|path, (_, look)| *look == now || present(path));
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

impl Heard {
    fn hear(&self, event: notify::Result<Event>) {
        let Ok(event) = event else { return self.lose() };
        if event.need_rescan() {
            return self.lose();
        }
        if matches!(
            event.kind,
            EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        ) {
            let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
            if news.remade.len() < HINTS_MAX {
                news.remade.extend(event.paths.iter().cloned());
            } else {
                news.lost = true;
            }
        }
        let hint = match event.kind {
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Some(Hint::RenamedIn),
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                Some(Hint::Closed(Instant::now()))
            }
            // Writing again makes an earlier hint worthless.
            EventKind::Modify(ModifyKind::Data(_)) | EventKind::Create(_) => None,
            EventKind::Access(_) => return,
            _ => return self.rouse(None),
        };
        self.rouse(event.paths.into_iter().next_back().map(|path| (path, hint)));
    }

    fn lose(&self) {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).lost = true;
        self.rouse(None);
    }

    fn rouse(&self, hint: Option<(PathBuf, Option<Hint>)>) {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        match hint {
            Some((path, Some(hint))) if news.hints.len() < HINTS_MAX => {
                let look = news.looks;
                news.hints.insert(path, (hint, look));
            }
            Some((path, _)) => {
                news.hints.remove(&path);
            }
            None => {}
        }
        news.awake = true;
        self.wake.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_while_the_folders_are_read_outlasts_that_look_and_no_other() {
        let mut watch = Watch::new();
        let [before, during] = ["before.csv", "during.csv"].map(Path::new);
        let hear = |watch: &Watch, path: &Path| {
            watch.heard.rouse(Some((path.to_owned(), Some(Hint::RenamedIn))));
        };
        hear(&watch, before);
        watch.follow(&BTreeSet::new());
        hear(&watch, during);
        watch.keep_only(&|_| false);
        assert!(watch.hint(before).is_none() && watch.hint(during).is_some());
        watch.follow(&BTreeSet::new());
        watch.keep_only(&|_| false);
        assert!(watch.hint(during).is_none());
    }
}
