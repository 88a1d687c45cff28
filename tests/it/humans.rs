//! User IDs of one human, and accounts people may be limited to, as the store keeps them.

use kessai::domain::{Account, ApprovalPattern, Person};
use kessai::ports::{
    Batch, Commit, Credentials, Entry, Lock, PasswordHash, Store, UserChange, UserRecord,
};
use kessai::workflow::FileAccounts;

use crate::store::open;
use crate::story::{Teller, at, person, user};

#[test]
fn one_address_of_two_users_meant_one_human_once_and_does_not_any_more() {
    let record = |id: &str| {
        let lock = || Lock { hash: PasswordHash(String::new()), failures: 0 };
        let person = Person { email: "keiri@example.jp".into(), ..person(id, "approve") };
        let credentials = Credentials { login: lock(), approval: lock() };
        UserRecord { person, credentials, since: at(1, 9, 0) }
    };
    let commit = |store: &dyn Store, change| {
        let entries = vec![Entry::User(Box::new(change))];
        store.commit(Batch { commit: Commit { at: at(1, 9, 0), entries }, expect: Vec::new() })
    };
    let ids = |known: &[&str]| known.iter().map(|id| (user(id), user(known[0]))).collect();
    let var = tempfile::tempdir().unwrap();
    let digest = {
        let store = open(var.path()).0;
        for id in ["sato0001", "sato0002"] {
            commit(&store, UserChange::Added(record(id))).unwrap();
        }
        assert_eq!(store.humans(), ids(&["sato0001", "sato0002"]));
        commit(&store, UserChange::Registered(record("mori0001"))).unwrap();
        commit(&store, UserChange::Altered(record("mori0001").person)).unwrap();
        assert_eq!(store.humans(), ids(&["sato0001", "sato0002"]), "a shared mailbox");
        let (user, with) = (user("mori0001"), user("sato0002"));
        commit(&store, UserChange::Joined { user: user.clone(), with }).unwrap();
        assert_eq!(store.humans(), ids(&["mori0001", "sato0001", "sato0002"]));
        store.checkpoint().unwrap();
        commit(&store, UserChange::Parted { user }).unwrap();
        store.digest()
    };
    let store = open(var.path()).0;
    assert_eq!(store.humans(), ids(&["sato0001", "sato0002"]), "after a restart, too");
    assert_eq!(store.digest(), digest);
    std::fs::remove_dir_all(var.path().join("sled")).unwrap();
    drop(store);
    assert_eq!(open(var.path()).0.digest(), digest, "and from the journal alone");
}

#[test]
fn the_accounts_of_a_files_rows_are_kept_by_checkpoint_and_journal() {
    let account = |text: &str| Account::parse(text).unwrap();
    let (one, two) = (account("0001-001-2-0000001"), account("0001-001-2-0000002"));
    let var = tempfile::tempdir().unwrap();
    let (case, digest) = {
        let store = open(var.path()).0;
        let teller = Teller::new(&store);
        teller.register_everybody();
        let case = teller.open_batch("a.csv", ApprovalPattern::Single);
        let before = store.digest();
        let accounts = FileAccounts { rows: vec![(1, one), (3, two)], flows: vec![vec![one, two]] };
        let receipt = case.receipt;
        let entries = vec![Entry::Accounts { receipt, accounts: Box::new(accounts) }];
        let commit = Commit { at: at(1, 9, 0), entries };
        store.commit(Batch { commit, expect: Vec::new() }).unwrap();
        assert_ne!(store.digest(), before);
        store.checkpoint().unwrap();
        (case, store.digest())
    };
    for _ in 0..2 {
        let store = open(var.path()).0;
        assert_eq!(store.digest(), digest);
        let mut case = store.case(case).unwrap();
        assert_eq!(case.accounts(), [one, two]);
        for (row, account) in [(1, one), (2, one), (3, two), (9, two)] {
            case.head.id.row = Some(row);
            assert_eq!(case.accounts(), [account], "row {row}");
        }
        drop(store);
        std::fs::remove_dir_all(var.path().join("sled")).unwrap();
    }
}
