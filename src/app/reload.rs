//! Noticing that rules were changed: the kernel's events hasten it, a slow look is the truth.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tracing::warn;

use super::root::Root;
use super::rules::FOLDERS;

/// How long files must keep their shape before they are read: a copy may still be under way.
const REST: Duration = Duration::from_millis(200);
/// How often the folders are looked at without being asked to.
const LOOK: Duration = Duration::from_secs(2);

/// Every rule file with what tells one version of it from another.
type Shape = BTreeMap<PathBuf, (u64, i64, i64, u64)>;

/// Watches the folders of a root that rules are made from.
pub(super) struct RuleWatch {
    root: PathBuf,
    /// Kept for as long as events are wanted.
    _watcher: Option<RecommendedWatcher>,
    news: Receiver<()>,
    taken: Shape,
}

impl RuleWatch {
    /// A watch; what lies in the folders now counts as taken up.
    pub(super) fn new(root: &Root) -> Self {
        let (tell, news) = sync_channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let reading = matches!(event, Ok(Event { kind: EventKind::Access(_), .. }));
            if !reading {
                // One word is enough, and if nobody listens any more that is well, too.
                tell.try_send(()).ok();
            }
        });
        let watcher = watcher.and_then(|mut watcher| {
            for folder in ["workflows", "templates"] {
                let path = root.path.join(folder);
                if path.is_dir() {
                    watcher.watch(&path, RecursiveMode::Recursive)?;
                }
            }
            Ok(watcher)
        });
        let watcher = watcher
            .inspect_err(|error| warn!(error = %error, "no events for rules; looking only"))
            .ok();
        Self { root: root.path.clone(), _watcher: watcher, news, taken: shape(&root.path) }
    }

    /// Waits for news or a while; whether there is something new to take up, at rest.
    pub(super) fn changed(&mut self) -> bool {
        if self.news.recv_timeout(LOOK) == Err(RecvTimeoutError::Disconnected) {
            std::thread::sleep(LOOK);
        }
        let mut seen = shape(&self.root);
        if seen == self.taken {
            return false;
        }
        loop {
            std::thread::sleep(REST);
            let now = shape(&self.root);
            if now == seen {
                self.taken = now;
                return true;
            }
            seen = now;
        }
    }
}

/// Every rule file under `root` as it is now.
fn shape(root: &Path) -> Shape {
    let mut shape = Shape::new();
    for (folder, ending) in FOLDERS {
        // A folder that is not there has nothing in it.
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|found| found != ending) {
                continue;
            }
            if let Ok(now) = entry.metadata() {
                shape.insert(path, (now.len(), now.mtime(), now.mtime_nsec(), now.ino()));
            }
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::{Root, RuleWatch};

    #[test]
    fn a_changed_rule_is_noticed_and_a_note_beside_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        std::fs::create_dir_all(root.path.join("workflows/_errors")).unwrap();
        std::fs::create_dir_all(root.path.join("workflows/schemas")).unwrap();
        let mut watch = RuleWatch::new(&root);
        std::fs::write(root.path.join("workflows/_errors/a.yaml.txt"), "a mistake").unwrap();
        std::fs::write(root.path.join("workflows/schemas/a.schema.json"), "{}").unwrap();
        assert!(!watch.changed());
        std::fs::write(root.path.join("workflows/a.yaml"), "schema: 1").unwrap();
        let mut looks = 0;
        while !watch.changed() {
            looks += 1;
            assert!(looks < 5, "a new file is never seen");
        }
        assert!(watch.taken.len() == 1);
    }
}
