//! What a store tells of a day, of set times that were not kept, and of the journal's end.

use std::fs;

use kessai::domain::{ApprovalPattern, JournalHead};
use kessai::ports::{Batch, Commit, Entry, Milestone, Store, Trouble, Unkept};
use kessai::store::{Memory, verify};
use kessai::workflow::{Outcome, VoteKind};

use crate::store::open;
use crate::story::{Teller, at, date};

#[test]
fn what_happened_on_a_day_outlives_a_restart_and_so_does_what_was_not_kept() {
    let var = tempfile::tempdir().unwrap();
    let told = |store: &dyn Store| {
        let milestones = store.milestones_on(date(1)).into_iter();
        let milestones: Vec<_> =
            milestones.map(|(case, milestone)| (case.head.id, milestone)).collect();
        (
            milestones,
            store.milestones_on(date(2)).len(),
            store.unkept(),
            store.head(),
            store.digest(),
        )
    };
    let before = {
        let (store, _) = open(var.path());
        assert_eq!(store.head(), JournalHead::default());
        let mut teller = Teller::new(&store);
        teller.register_everybody();
        let case = teller.open_batch("a.csv", ApprovalPattern::Single);
        teller.vote(case, "sato0001", VoteKind::Reject);
        let why = Trouble::NoClient;
        let unkept = Unkept { schedule: "fees".to_owned(), at: at(1, 8, 0), why };
        let entries = vec![Entry::Unkept(Box::new(unkept))];
        let commit = Commit { at: at(1, 12, 0), entries };
        store.commit(Batch { commit, expect: Vec::new() }).unwrap();
        let told = told(&store);
        assert_eq!(told.0, [(case, Milestone::Ended(Outcome::Rejected))]);
        assert_eq!((told.1, told.2["fees"].since), (0, at(1, 12, 0)));
        store.checkpoint().unwrap();
        told
    };
    let journal = var.path().join("journal");
    let report = verify(&journal).unwrap();
    assert_eq!(before.3.hash.unwrap().to_string(), report.head);
    assert_eq!(before.3.sequence, report.commits);
    assert_eq!(told(&open(var.path()).0), before, "from the checkpoint");
    fs::remove_dir_all(var.path().join("sled")).unwrap();
    assert_eq!(told(&open(var.path()).0), before, "from the journal alone");
    assert_eq!(told(&Memory::as_of(&journal, at(1, 12, 0)).unwrap()), before, "as of then");
    let earlier = Memory::as_of(&journal, at(1, 11, 59)).unwrap();
    assert_eq!(earlier.head().sequence, before.3.sequence - 1);
    assert!(earlier.unkept().is_empty() && earlier.head().hash != before.3.hash);
    // Done at last: it is told no more.
    let (store, _) = open(var.path());
    let entries = vec![Entry::Ran { schedule: "fees".to_owned(), at: at(1, 8, 0) }];
    let commit = Commit { at: at(1, 13, 0), entries };
    store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    assert!(store.unkept().is_empty());
}
