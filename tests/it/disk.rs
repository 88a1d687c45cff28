//! What the store on disk survives: a checkpoint that is gone, broken, or ahead of the journal.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kessai::domain::Digest;
use kessai::ports::{CaseFilter, Store, Worker};
use kessai::store::verify;

use crate::store::open;
use crate::story::{Teller, person, tell};

/// A stopped store that holds the story.
struct Stopped {
    var: tempfile::TempDir,
    /// The digest after so many commits.
    digests: BTreeMap<u64, Digest>,
}

fn stopped() -> Stopped {
    let var = tempfile::tempdir().unwrap();
    let (store, opened) = open(var.path());
    assert_eq!((opened.replayed, opened.set_aside), (0, None));
    let mut digests = BTreeMap::new();
    tell(&store, &mut |store| {
        digests.insert(store.counts().sequence, store.digest());
    });
    drop(store);
    Stopped { var, digests }
}

impl Stopped {
    fn sled(&self) -> PathBuf {
        self.var.path().join("sled")
    }

    fn log(&self) -> PathBuf {
        self.var.path().join("journal/000001.log")
    }

    fn last(&self) -> (u64, Digest) {
        self.digests.last_key_value().map(|(sequence, digest)| (*sequence, *digest)).unwrap()
    }

    /// Opens it, sees that it holds the whole story, and goes on working with it.
    #[track_caller]
    fn holds_everything(&self) -> kessai::store::Opened {
        let (store, opened) = open(self.var.path());
        assert_eq!((store.counts().sequence, store.digest()), self.last());
        let mut teller = Teller::new(&store);
        let before = store.cases(&CaseFilter::default(), None, 1_000).len();
        let sato = person("sato0001", "approve");
        let work = store.worklist(Worker::alone(&sato), &teller.definitions(), 0, 1);
        teller.approve(work[0].case.head.id, &["sato0001"]);
        assert_eq!(store.cases(&CaseFilter::default(), None, 1_000).len(), before);
        let digest = store.digest();
        drop(store);
        let (store, again) = open(self.var.path());
        assert_eq!((store.digest(), again.replayed, again.set_aside), (digest, 0, None));
        opened
    }

    /// Where each frame of the journal begins, and where the last one ends.
    fn frames(&self) -> Vec<usize> {
        let bytes = fs::read(self.log()).unwrap();
        let mut starts = vec![48];
        loop {
            let at = *starts.last().unwrap();
            let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            if length == 0 {
                return starts;
            }
            starts.push(at + 52 + usize::try_from(length).unwrap());
        }
    }
}

/// Every file below a folder that sled wrote.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_checkpoint_at_the_stop_saves_the_replay() {
    let opened = stopped().holds_everything();
    assert_eq!((opened.replayed, opened.set_aside, opened.torn_at), (0, None, None));
}

#[test]
fn without_its_checkpoint_the_store_is_built_from_the_journal() {
    let stopped = stopped();
    fs::remove_dir_all(stopped.sled()).unwrap();
    let opened = stopped.holds_everything();
    assert_eq!((opened.replayed, opened.set_aside), (stopped.last().0, None));
}

#[test]
fn a_checkpoint_taken_on_the_way_is_gone_on_from() {
    let var = tempfile::tempdir().unwrap();
    let (store, _) = open(var.path());
    let mut acts = 0;
    tell(&store, &mut |store| {
        acts += 1;
        if acts % 3 == 0 {
            store.checkpoint().unwrap();
        }
    });
    let (digest, copy) = (store.digest(), tempfile::tempdir().unwrap());
    // As after a power cut: what lies on disk now, without the checkpoint of an orderly stop.
    for folder in ["journal", "sled"] {
        fs::create_dir_all(copy.path().join(folder)).unwrap();
        for file in files(&var.path().join(folder)) {
            let to = copy.path().join(file.strip_prefix(var.path()).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, to).unwrap();
        }
    }
    let (reopened, opened) = open(copy.path());
    assert_eq!(reopened.digest(), digest);
    assert!(opened.replayed < store.counts().sequence, "{opened:?}");
}

#[test]
fn a_checkpoint_with_flipped_bits_is_never_believed() {
    for at in [0_usize, 1, 20, 100, 500, 2_000, 5_000, 20_000, 60_000, 200_000] {
        let stopped = stopped();
        for file in files(&stopped.sled()) {
            let mut bytes = fs::read(&file).unwrap();
            let length = bytes.len();
            for byte in bytes.iter_mut().skip(at.min(length / 2)).step_by(997) {
                *byte ^= 0x10;
            }
            fs::write(&file, bytes).unwrap();
        }
        stopped.holds_everything();
    }
}

#[test]
fn a_truncated_or_missing_file_of_the_checkpoint_does_no_harm() {
    let names: Vec<PathBuf> = {
        let stopped = stopped();
        let sled = stopped.sled();
        files(&sled).iter().map(|file| file.strip_prefix(&sled).unwrap().to_owned()).collect()
    };
    assert!(names.len() >= 2, "{names:?}");
    for name in names {
        for keep in [None, Some(0), Some(7), Some(100)] {
            let stopped = stopped();
            let file = stopped.sled().join(&name);
            if let Some(keep) = keep {
                let bytes = fs::read(&file).unwrap();
                fs::write(&file, &bytes[..bytes.len().min(keep)]).unwrap();
            } else {
                fs::remove_file(&file).unwrap();
            }
            stopped.holds_everything();
        }
    }
}

#[test]
fn an_unfinished_snapshot_of_sled_is_thrown_away() {
    let stopped = stopped();
    fs::write(stopped.sled().join("snap.0000000000000F00.generating"), "").unwrap();
    let opened = stopped.holds_everything();
    assert_eq!((opened.replayed, opened.set_aside), (0, None));
}

#[test]
fn a_checkpoint_ahead_of_the_journal_is_set_aside() {
    let stopped = stopped();
    let frames = stopped.frames();
    let bytes = fs::read(stopped.log()).unwrap();
    let (sequence, digest) =
        stopped.digests.iter().rev().nth(2).map(|(sequence, digest)| (*sequence, *digest)).unwrap();
    let cut = frames[usize::try_from(sequence).unwrap()];
    fs::write(stopped.log(), &bytes[..cut]).unwrap();
    let (store, opened) = open(stopped.var.path());
    assert_eq!((store.counts().sequence, store.digest()), (sequence, digest));
    assert_eq!(opened.replayed, sequence);
    let aside = files(stopped.var.path());
    assert!(aside.iter().any(|path| path.to_string_lossy().contains("sled.set-aside")));
}

#[test]
fn a_torn_end_of_the_journal_loses_the_last_commit_alone() {
    let original = stopped();
    let frames = original.frames();
    let bytes = fs::read(original.log()).unwrap();
    let (end, begin) = (frames[frames.len() - 1], frames[frames.len() - 2]);
    let acknowledged = original.last().0 - 1;
    for cut in [begin, begin + 1, begin + 51, begin + 52, end - 1] {
        let var = tempfile::tempdir().unwrap();
        fs::create_dir_all(var.path().join("journal")).unwrap();
        fs::write(var.path().join("journal/000001.log"), &bytes[..cut]).unwrap();
        let torn = (cut > begin).then(|| u64::try_from(begin).unwrap());
        assert_eq!(verify(&var.path().join("journal")).unwrap().torn_at, torn);
        let (store, opened) = open(var.path());
        assert_eq!((store.counts().sequence, opened.torn_at), (acknowledged, torn));
        drop(store);
        let report = verify(&var.path().join("journal")).unwrap();
        assert_eq!((report.commits, report.torn_at), (acknowledged, None), "it is mended");
    }
}

/// A journal of each format is kept for good: what was once written can always be read.
pub(crate) mod kept {
    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/journal-1")
    }

    /// What a store holds, in a text to compare.
    pub(crate) fn said(store: &dyn Store) -> String {
        let counts = store.counts();
        format!(
            "commits {}\nfiles {:?}\ncases {:?}\neffects {:?}\npeople {}\ndigest {}\n",
            counts.sequence,
            counts.files,
            counts.cases,
            counts.effects,
            store.users().len(),
            store.digest()
        )
    }

    #[test]
    fn the_journal_of_the_first_format_is_read_as_it_was_written() {
        if std::env::var_os("KESSAI_BLESS").is_some() {
            bless();
        }
        reads_as_written(&folder());
    }

    /// The journal kept in `folder` means what was written down beside it.
    pub(crate) fn reads_as_written(folder: &Path) {
        let var = tempfile::tempdir().unwrap();
        fs::create_dir_all(var.path().join("journal")).unwrap();
        let log = var.path().join("journal/000001.log");
        fs::copy(folder.join("journal/000001.log"), &log).unwrap();
        let mut permissions = fs::metadata(&log).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
        fs::set_permissions(&log, permissions).unwrap();
        let (store, _) = open(var.path());
        let expected = fs::read_to_string(folder.join("expected.txt")).unwrap();
        assert_eq!(said(&store), expected);
    }

    /// Writes the journal and what it means anew: only for a format that was never released.
    fn bless() {
        let stopped = stopped();
        let bytes = fs::read(stopped.log()).unwrap();
        let end = *stopped.frames().last().unwrap();
        fs::create_dir_all(folder().join("journal")).unwrap();
        fs::write(folder().join("journal/000001.log"), &bytes[..end]).unwrap();
        let (store, _) = open(stopped.var.path());
        fs::write(folder().join("expected.txt"), said(&store)).unwrap();
    }
}
