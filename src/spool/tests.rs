//! What only a file system without `RENAME_NOREPLACE`, a share, or bad luck would show.
//!
//! The numbers are those of `docs/intake-catalogue.md`; most of its cases drive the real program.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::ports::NoProbe;
use crate::workflow::Complete;

use super::claim::{Origin, PAYLOAD, claim, link_then_unlink, origin_in};
use super::folders::{Folders, SpoolError};
use super::lease::Lease;
use super::mark::Mark;
use super::name;
use super::note::Notes;
use super::proof;
use super::recover::unfinished;
use super::scan::{Candidate, Ending, Look, Patience, Sightings, What};
use super::stable::{Hint, Shape, Sighting, Waiting, at_rest};
use super::{Watch, lease};

const QUIET: Duration = Duration::from_millis(80);

/// An inbox with one submitter's folder.
struct Inbox {
    _home: tempfile::TempDir,
    folders: Folders,
    own: PathBuf,
}

impl Inbox {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let inbox = home.path().join("inbox");
        let own = inbox.join("customers/1AB2CD3EF");
        fs::create_dir_all(&own).unwrap();
        let folders = Folders::open(&inbox).unwrap();
        Self { _home: home, folders, own }
    }

    fn drop_file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.own.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn home(&self) -> File {
        File::open(&self.folders.claim).unwrap()
    }

    fn claim(&self, intake: &str, path: &Path) -> Vec<Origin> {
        let candidate = Candidate {
            path: path.to_owned(),
            channel: "customers".to_owned(),
            submitter: "1AB2CD3EF".to_owned(),
            order: 0,
            what: What::File(Ending::Whole),
            bytes: 0,
            proofs: Vec::new(),
        };
        claim((&self.folders, &self.home()), &NoProbe, vec![(intake.to_owned(), candidate)]).0
    }

    /// A claim folder that was described while its file is where it was dropped.
    fn described(&self, intake: &str, path: &Path) -> (Origin, PathBuf) {
        let origin = self.claim(intake, path).remove(0);
        let folder = self.folders.claim_folder(intake);
        fs::rename(folder.join(PAYLOAD), path).unwrap();
        (origin, folder)
    }

    fn look(&self, sightings: &mut Sightings, watch: &Watch) -> Vec<Candidate> {
        self.look_for(Complete::Any, sightings, watch)
    }

    fn look_for(
        &self,
        complete: Complete,
        sightings: &mut Sightings,
        watch: &Watch,
    ) -> Vec<Candidate> {
        let patience = Patience { quiet: QUIET, wait_max: Duration::from_mins(1) };
        let look = Look {
            channel: "customers",
            submitter: "1AB2CD3EF",
            folder: &self.own,
            known: true,
            complete,
            watch,
            patience,
        };
        sightings.look(&look).unwrap()
    }
}

/// Asks until it is so.
fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn n27_noreplace_unsupported() {
    let inbox = Inbox::new();
    let path = inbox.drop_file("a.csv", b"one");
    let (_, folder) = inbox.described("0001", &path);
    let payload = folder.join(PAYLOAD);
    link_then_unlink(&path, (&inbox.home(), payload.as_path()), &NoProbe).unwrap();
    assert!(!path.exists());
    assert_eq!(fs::read(&payload).unwrap(), b"one");
    assert_eq!(fs::metadata(&payload).unwrap().nlink(), 1);
    // What is there already is not replaced.
    let other = inbox.drop_file("b.csv", b"two");
    assert!(link_then_unlink(&other, (&inbox.home(), payload.as_path()), &NoProbe).is_err());
    assert_eq!(fs::read(&payload).unwrap(), b"one");
    assert_eq!(fs::read(&other).unwrap(), b"two");
}

#[test]
fn n28_crash_between_link_unlink() {
    let inbox = Inbox::new();
    let path = inbox.drop_file("a.csv", b"one");
    let (origin, folder) = inbox.described("0001", &path);
    fs::hard_link(&path, folder.join(PAYLOAD)).unwrap();
    assert_eq!(unfinished(&inbox.folders).unwrap(), std::slice::from_ref(&origin));
    assert!(!path.exists(), "the inbox name goes");
    assert_eq!(fs::read(folder.join(PAYLOAD)).unwrap(), b"one");
    // Done twice it is done once; another file of that name stays.
    fs::write(&path, "two").unwrap();
    assert_eq!(unfinished(&inbox.folders).unwrap(), [origin]);
    assert_eq!(fs::read(&path).unwrap(), b"two");
}

#[test]
fn n29_nfs_lost_reply() {
    let inbox = Inbox::new();
    let path = inbox.drop_file("a.csv", b"one");
    let (origin, folder) = inbox.described("0001", &path);
    assert!(!origin.won(&folder, &path), "the file is still in the inbox");
    fs::rename(&path, folder.join(PAYLOAD)).unwrap();
    assert!(origin.won(&folder, &path), "it moved although an error was answered");
    // Even if it were given up: a file that is nowhere else is never removed.
    origin.give_up(&folder, &path);
    assert_eq!(fs::read(folder.join(PAYLOAD)).unwrap(), b"one");
}

#[test]
fn what_lies_beside_a_file_is_no_file_and_goes_with_its_own() {
    let inbox = Inbox::new();
    let (mut sightings, watch) = (Sightings::default(), Watch::new());
    let alone = ["b.csv.done", "b.csv.sha256", "b.csv.manifest.json"];
    let alone = alone.map(|name| inbox.drop_file(name, b"alone"));
    std::os::unix::fs::symlink("/etc/passwd", inbox.own.join("a.csv.manifest.json")).unwrap();
    inbox.drop_file("a.csv", b"line\n");
    inbox.drop_file("a.csv.done", b"");
    inbox.drop_file("a.csv.sha256", &[b'0'; 64]);
    let ready = inbox.look(&mut sightings, &watch);
    assert_eq!(ready.len(), 1, "nothing but a.csv: {ready:?}");
    let claimed = claim(
        (&inbox.folders, &inbox.home()),
        &NoProbe,
        vec![("0001".to_owned(), ready[0].clone())],
    )
    .0;
    let folder = inbox.folders.claim_folder("0001");
    let beside = proof::read(&folder, &claimed[0].proofs).unwrap();
    assert_eq!((beside.sha256, beside.manifest), (Some(vec![b'0'; 64]), None));
    assert!(folder.join("payload.done").exists());
    assert!(alone.iter().all(|path| path.exists()), "what has no file stays");
    // A link is nobody's word: it was not followed, and it did not come along.
    assert!(inbox.own.join("a.csv.manifest.json").symlink_metadata().is_ok());
}

#[test]
fn what_a_crash_left_beside_the_place_of_a_claimed_file_comes_after_it() {
    let inbox = Inbox::new();
    let (mut sightings, watch) = (Sightings::default(), Watch::new());
    let path = inbox.drop_file("a.csv", b"one\n");
    let manifest = inbox.drop_file("a.csv.manifest.json", b"{\"bytes\":4}");
    let checksum = inbox.drop_file("a.csv.sha256", &[b'0'; 64]);
    let ready = inbox.look(&mut sightings, &watch).remove(0);
    let origin = claim((&inbox.folders, &inbox.home()), &NoProbe, vec![("0001".to_owned(), ready)])
        .0
        .remove(0);
    let folder = inbox.folders.claim_folder("0001");
    // As if stopped right after the file was moved; meanwhile a new checksum came.
    fs::rename(folder.join("payload.manifest.json"), &manifest).unwrap();
    // Moved and not removed: the new one must not get its inode.
    fs::rename(folder.join("payload.sha256"), inbox.own.join(".old")).unwrap();
    fs::write(&checksum, [b'1'; 64]).unwrap();
    assert!(!path.exists());
    assert_eq!(unfinished(&inbox.folders).unwrap().len(), 1);
    let beside = proof::read(&folder, &origin.proofs).unwrap();
    assert_eq!(beside.manifest.unwrap(), b"{\"bytes\":4}");
    assert_eq!(beside.sha256.unwrap(), b"", "what was there and is lost is missed");
    assert!(!manifest.exists() && checksum.exists(), "another's stays");
}

#[test]
fn a_marker_counts_when_it_was_made_after_the_last_writing() {
    let inbox = Inbox::new();
    let (mut sightings, watch) = (Sightings::default(), Watch::new());
    inbox.drop_file("a.csv.done", b"");
    let path = inbox.drop_file("a.csv", b"half a li");
    let tick = Instant::now();
    eventually("the clock of files goes on", || tick.elapsed() > Duration::from_millis(30));
    fs::write(&path, "line\n").unwrap();
    assert!(inbox.look_for(Complete::Done, &mut sightings, &watch).is_empty());
    let waiting: Vec<_> = sightings.waiting(Duration::ZERO).collect();
    assert_eq!(waiting, [(&path, Waiting::Marker)], "it may be an older file's");
    inbox.drop_file("a.csv.done", b"now");
    let ready = inbox.look_for(Complete::Done, &mut sightings, &watch);
    assert_eq!(ready.len(), 1);
}

#[test]
fn a_marker_is_evidence_of_rest_where_the_kernel_gives_none() {
    let inbox = Inbox::new();
    let path = inbox.drop_file("a.csv", b"no end");
    let sighting = Sighting {
        order: 0,
        shape: Shape::of(&fs::metadata(path).unwrap()),
        since: Instant::now(),
        first_seen: Instant::now(),
        proofs: (Vec::new(), Instant::now()),
        reason: None,
    };
    let rest = |lease, hint| at_rest(&sighting, hint, lease, QUIET, || false);
    assert_eq!(rest(Lease::Unknown, None), Err(Waiting::Settling));
    assert_eq!(rest(Lease::Unknown, Some(Hint::Marked)), Ok(()));
    let written = rest(Lease::Writer, Some(Hint::Marked));
    assert_eq!(written, Err(Waiting::StillOpen), "who writes is not done");
}

#[test]
fn a_manifest_that_is_demanded_is_waited_for_until_it_is_whole() {
    let inbox = Inbox::new();
    let (mut sightings, watch) = (Sightings::default(), Watch::new());
    inbox.drop_file("a.csv", b"line\n");
    inbox.drop_file("a.csv.done", b"");
    assert!(inbox.look_for(Complete::Manifest, &mut sightings, &watch).is_empty());
    let reasons = |sightings: &Sightings| -> Vec<Waiting> {
        sightings.waiting(Duration::ZERO).map(|(_, reason)| reason).collect()
    };
    assert_eq!(reasons(&sightings), [Waiting::Manifest], "a marker says nothing of the bytes");
    inbox.drop_file("a.csv.manifest.json", b"{\"bytes\": 5,");
    assert!(inbox.look_for(Complete::Manifest, &mut sightings, &watch).is_empty());
    assert_eq!(reasons(&sightings), [Waiting::Manifest]);
    inbox.drop_file("a.csv.manifest.json", b"{\"bytes\": 5}\n");
    assert_eq!(inbox.look_for(Complete::Manifest, &mut sightings, &watch).len(), 1);
}

#[test]
fn an_inbox_without_its_mark_is_away_and_never_new() {
    let (inbox, state) = (Inbox::new(), tempfile::tempdir().unwrap());
    let engine = &inbox.folders.engine;
    let open = |fresh: &str| Mark::open(engine, state.path(), fresh);
    assert!(open("one").unwrap().is_there());
    // A second start keeps the word, whatever it would give a new one.
    let mark = open("two").unwrap();
    assert!(mark.is_there());
    let (place, kept) = (engine.join("mark"), state.path().join("inbox.mark"));
    fs::rename(&place, engine.join("elsewhere")).unwrap();
    assert!(!mark.is_there());
    assert!(matches!(open("three"), Err(SpoolError::Away(..))));
    assert!(!place.exists(), "it gets no new one");
    fs::write(&place, "another's").unwrap();
    assert!(!mark.is_there() && open("four").is_err());
    fs::rename(engine.join("elsewhere"), &place).unwrap();
    assert!(mark.is_there());
    // Stopped between the two, or with its state made anew, it takes over what is there.
    fs::remove_file(&kept).unwrap();
    assert!(open("five").unwrap().is_there());
    assert_eq!(fs::read_to_string(kept).unwrap(), "one");
}

#[test]
fn a_claim_that_is_given_up_leaves_the_file_where_it_was() {
    let inbox = Inbox::new();
    let path = inbox.drop_file("a.csv", b"one");
    let (origin, folder) = inbox.described("0001", &path);
    fs::hard_link(&path, folder.join(PAYLOAD)).unwrap();
    assert!(!origin.won(&folder, &path));
    origin.give_up(&folder, &path);
    assert!(!folder.exists());
    assert_eq!(fs::read(&path).unwrap(), b"one");
}

#[test]
fn a_claim_folder_without_a_file_is_forgotten_and_one_that_tells_nothing_stays() {
    let inbox = Inbox::new();
    let path = inbox.drop_file("a.csv", b"one");
    let (_, empty) = inbox.described("0001", &path);
    let whole = inbox.drop_file("b.csv", b"two");
    let origins = inbox.claim("0002", &whole);
    let damaged = inbox.folders.claim_folder("0003");
    fs::create_dir(&damaged).unwrap();
    fs::write(damaged.join(PAYLOAD), "three").unwrap();
    assert_eq!(unfinished(&inbox.folders).unwrap(), origins);
    assert_eq!(origin_in(&inbox.folders.claim_folder("0002")).unwrap(), origins[0]);
    assert!(!empty.exists() && path.exists());
    assert_eq!(fs::read(damaged.join(PAYLOAD)).unwrap(), b"three");
}

#[test]
fn a_writer_that_comes_while_we_ask_for_a_lease_does_not_end_the_program() {
    let inbox = Inbox::new();
    let path = inbox.drop_file("a.csv", b"one");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..20_000 {
                drop(fs::OpenOptions::new().append(true).open(&path).unwrap());
            }
            done.store(true, Ordering::SeqCst);
        });
        let file = fs::File::open(&path).unwrap();
        while !done.load(Ordering::SeqCst) {
            lease::probe(&file);
        }
    });
}

#[test]
fn n18_file_replaced_during_quiet() {
    let inbox = Inbox::new();
    let (mut sightings, watch) = (Sightings::default(), Watch::new());
    // An empty file waits for its rest whatever else is known, so no lease decides here.
    let path = inbox.drop_file("a.csv", b"");
    assert!(inbox.look(&mut sightings, &watch).is_empty());
    let seen = Instant::now();
    eventually("half of the rest has passed", || seen.elapsed() > QUIET / 2);
    fs::write(inbox.own.join(".new"), "").unwrap();
    fs::rename(inbox.own.join(".new"), &path).unwrap();
    let replaced = Instant::now();
    assert!(inbox.look(&mut sightings, &watch).is_empty());
    let mut ready = Vec::new();
    eventually("the new file comes to rest", || {
        ready = inbox.look(&mut sightings, &watch);
        !ready.is_empty()
    });
    assert!(replaced.elapsed() >= QUIET * 9 / 10, "the rest began anew");
    assert_eq!(ready.len(), 1);
}

#[test]
fn files_are_ready_in_the_order_they_were_seen_whatever_their_names() {
    let inbox = Inbox::new();
    let (mut sightings, watch) = (Sightings::default(), Watch::new());
    let mut writers = Vec::new();
    for name in ["c.csv", "a.csv", "b.csv"] {
        let mut writer = fs::File::create(inbox.own.join(name)).unwrap();
        std::io::Write::write_all(&mut writer, b"line\n").unwrap();
        inbox.look(&mut sightings, &watch);
        writers.push(writer);
    }
    drop(writers);
    let mut ready = Vec::new();
    eventually("all are at rest", || {
        ready = inbox.look(&mut sightings, &watch);
        ready.len() == 3
    });
    let names: Vec<_> = ready.iter().map(|c| c.path.file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["c.csv", "a.csv", "b.csv"]);
}

#[test]
fn a_note_has_a_name_that_fits_and_follows_no_link() {
    let inbox = Inbox::new();
    let outbox = tempfile::tempdir().unwrap();
    let (mut sightings, watch) = (Sightings::default(), Watch::new());
    let long = format!("{}.csv", "𠮷".repeat(62));
    let writer = fs::File::create(inbox.own.join(&long)).unwrap();
    inbox.look(&mut sightings, &watch);
    let (file, reason) = sightings.waiting(Duration::ZERO).next().unwrap();
    assert!(file.ends_with(&long));
    assert!(matches!(reason, Waiting::StillOpen | Waiting::Settling));
    let folder = outbox.path().join("customers/1AB2CD3EF");
    let note = folder.join(format!("{}_waiting.txt", "𠮷".repeat(55)));
    let victim = outbox.path().join("victim");
    fs::create_dir_all(&folder).unwrap();
    fs::write(&victim, "untouched").unwrap();
    std::os::unix::fs::symlink(&victim, &note).unwrap();
    let mut notes = Notes::default();
    let top = &inbox.folders.inbox;
    notes.refresh(&sightings, top, outbox.path(), Duration::ZERO).unwrap();
    assert!(fs::read_to_string(&note).unwrap().contains("まだ受け付けていません"));
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    // A later run does not know that note: it goes, and comes again if it has to.
    let submitters = inbox.folders.submitters().unwrap();
    Notes::sweep(outbox.path(), &submitters);
    assert!(!note.exists());
    drop(writer);
}

#[test]
fn names_are_made_visible() {
    for (raw, shown) in [
        ("a\nb.csv", "a\u{2424}b.csv"),
        ("x\u{202e}vsc.exe", "x\u{2423}vsc.exe"),
        ("か\u{3099}.csv", "が.csv"),
        ("..\\..\\x.csv", ".._.._x.csv"),
    ] {
        assert_eq!(name::shown(OsStr::new(raw)), shown);
    }
    assert_eq!(name::shown(OsStr::from_bytes(b"a\xff.csv")), "a\u{fffd}.csv");
    let long = name::shown(OsStr::new(&format!("{}.csv", "長".repeat(200))));
    assert_eq!(long.chars().count(), 120);
    assert!(long.ends_with("長….csv"), "{long}");
}

#[test]
fn a_shown_name_hides_nothing_from_its_reader() {
    let cases = [
        ("請求.csv", "請求.csv"),
        ("か\u{3099}.csv", "が.csv"),
        ("a\nb\u{7}.csv", "a\u{2424}b\u{2424}.csv"),
        ("invoice\u{202e}vsc.exe", "invoice\u{2423}vsc.exe"),
        ("..\\..\\etc", ".._.._etc"),
    ];
    for (raw, expected) in cases {
        assert_eq!(name::shown(OsStr::new(raw)), expected);
    }
    assert_eq!(name::shown(OsStr::from_bytes(b"\xff.csv")), "\u{fffd}.csv");
    assert_eq!(name::shown(OsStr::new(&"長".repeat(200))).chars().count(), 120);
}

#[test]
fn a_file_still_on_its_way_is_not_looked_at() {
    for name in ["a.csv.part", "A.TMP", ".hidden", "~$book.xlsx", "Thumbs.db", "a.csv~", "@eaDir"] {
        assert!(name::is_ignored(OsStr::new(name)), "{name}");
    }
    for name in ["a.csv", "part.csv", "請求.xml", "thumbs.csv"] {
        assert!(!name::is_ignored(OsStr::new(name)), "{name}");
    }
}
