//! What both stores promise, asked of each, and what the one on disk survives.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use kessai::domain::{
    Account, AccountNumber, AccountType, ApprovalPattern, AssignmentRestriction, BankCode,
    BranchCode, CaseId, Claim, ClaimChange, ClaimState, Digest, Guarantee, Party, RecordNumber,
    Timestamp, UserNumber, Yen,
};
use kessai::ports::{
    Batch, CaseFilter, ClaimFilter, ClaimVerb, Commit, CommitError, EffectState, Entry,
    FileVerdict, Recorded, RowAnswer, RowResult, Store, Worker,
};
use kessai::store::{Damage, Embedded, Memory, OpenError, Opened, verify};
use kessai::workflow::{EffectKind, Status, Unit, VoteKind};

use crate::story::{Teller, at, date, person, tell};

pub(crate) fn open(var: &Path) -> (Embedded, Opened) {
    Embedded::open(var, Timestamp::from_ms(0)).unwrap()
}

/// Runs a test against both stores.
pub(crate) fn both(test: impl Fn(&dyn Store)) {
    test(&Memory::new());
    let var = tempfile::tempdir().unwrap();
    test(&open(var.path()).0);
}

fn names(store: &dyn Store) -> Vec<String> {
    store.effects(usize::MAX).iter().map(|one| one.effect.kind.to_string()).collect()
}

#[test]
fn what_was_committed_is_read_at_once() {
    both(|store| {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        assert_eq!(store.users().len(), 4);
        let case = teller.open_batch("a.csv", ApprovalPattern::Single);
        assert_eq!(store.file(case.receipt).unwrap().verdict, FileVerdict::Accepted);
        assert_eq!(store.case(case).unwrap().head.status, Status::Active);
        teller.vote(case, "sato0001", VoteKind::Approve);
        let read = store.case(case).unwrap();
        assert_eq!((read.head.version, read.head.votes.len(), read.head.step), (2, 1, 1));
        assert_eq!(store.counts().sequence, 7);
    });
}

#[test]
fn a_decision_on_an_old_version_is_refused_and_leaves_nothing() {
    both(|store| {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        let case = teller.open_batch("a.csv", ApprovalPattern::DoubleAny);
        let (first, expect) = teller.ballot(case, "sato0001", VoteKind::Approve);
        let (second, same) = teller.ballot(case, "mori0001", VoteKind::Approve);
        let batch = |moved, expect| {
            let entries = vec![Entry::Moved(Box::new(moved))];
            Batch { commit: Commit { at: at(1, 9, 0), entries }, expect: vec![expect] }
        };
        let answers = store.commit_all(vec![batch(first, expect), batch(second.clone(), same)]);
        assert!(answers[0].is_ok());
        assert!(matches!(answers[1], Err(CommitError::Conflict(id)) if id == case));
        let before = store.digest();
        assert!(matches!(store.commit(batch(second, same)), Err(CommitError::Conflict(_))));
        assert_eq!(store.digest(), before);
        assert_eq!(store.case(case).unwrap().head.votes.len(), 1);
    });
}

#[test]
fn of_many_who_decide_on_one_version_one_wins() {
    both(|store| {
        let teller = Teller::new(store);
        let cases: Vec<CaseId> = (0..4)
            .map(|n| teller.open_batch(&format!("{n}.csv"), ApprovalPattern::Single))
            .collect();
        let won = Mutex::new(0_u32);
        std::thread::scope(|scope| {
            for thread in 0..8_u32 {
                let (cases, won) = (&cases, &won);
                scope.spawn(move || {
                    for round in 0..25_u32 {
                        let id = cases[usize::try_from((thread + round) % 4).unwrap()];
                        let version = store.case(id).unwrap().head.version;
                        let moved = kessai::ports::Moved {
                            case: id,
                            command: kessai::workflow::CommandId::of(&format!("{thread} {round}")),
                            events: Vec::new(),
                            effects: Vec::new(),
                        };
                        let entries = vec![Entry::Moved(Box::new(moved))];
                        let expect = vec![kessai::ports::Expect { case: id, version }];
                        let commit = Commit { at: at(1, 9, 0), entries };
                        match store.commit(Batch { commit, expect }) {
                            Ok(()) => {
                                let seen = store.case(id).unwrap().head.version;
                                assert!(seen > version, "a caller reads its own write");
                                *won.lock().unwrap() += 1;
                            }
                            Err(CommitError::Conflict(other)) => assert_eq!(other, id),
                            Err(CommitError::Store(failed)) => panic!("{failed}"),
                        }
                    }
                });
            }
        });
        let versions: u32 = cases.iter().map(|id| store.case(*id).unwrap().head.version - 1).sum();
        assert_eq!(versions, *won.lock().unwrap());
    });
}

#[test]
fn no_number_is_given_twice() {
    both(|store| {
        let receipts = Mutex::new(BTreeSet::new());
        let cases = Mutex::new(BTreeSet::new());
        std::thread::scope(|scope| {
            for thread in 0..4_u32 {
                let (receipts, cases) = (&receipts, &cases);
                scope.spawn(move || {
                    for round in 0..50_u32 {
                        // A clock may be set back over midnight.
                        let receipt = store.take_receipt(date(1 + (thread + round) % 2)).unwrap();
                        assert!(receipts.lock().unwrap().insert(receipt), "{receipt} twice");
                        let count = 1 + round % 20;
                        let first = store.take_case_numbers(count);
                        assert!(count == 1 || first % 16 == 0, "rows begin on a page border");
                        for number in first..first + count {
                            assert!(cases.lock().unwrap().insert(number), "{number} twice");
                        }
                    }
                });
            }
        });
    });
}

#[test]
fn numbers_go_on_after_a_restart() {
    let var = tempfile::tempdir().unwrap();
    let mut given = BTreeSet::new();
    for round in 0..3 {
        let (store, _) = open(var.path());
        let teller = Teller::new(&store);
        let receipt = teller.receive(&format!("{round}.csv"), ApprovalPattern::Single);
        teller.check(receipt, Unit::Record, 5);
        assert!(given.insert(store.file(receipt).unwrap().flows[0].first_case));
        assert_eq!(receipt.serial(), round + 1);
    }
}

#[test]
fn rows_are_seen_when_the_last_of_them_is_there() {
    both(|store| {
        let teller = Teller::new(store);
        teller.register_everybody();
        let receipt = teller.receive("rows.csv", ApprovalPattern::Single);
        teller.check(receipt, Unit::Record, 20);
        let row = |row| CaseId { receipt, n: 1, row: Some(row) };
        let sato = person("sato0001", "approve");
        let seen = || store.worklist(Worker::alone(&sato), &teller.definitions(), 0, 100).len();
        teller.stage(receipt, 1, 10);
        assert_eq!((store.case(row(1)), seen()), (None, 0));
        assert_eq!(store.cases(&CaseFilter::default(), None, 100), Vec::new());
        assert_eq!(store.due_cases(at(20, 9, 0), 100), Vec::new());
        teller.stage(receipt, 11, 20);
        assert_eq!((store.case(row(20)), seen()), (None, 0));
        assert_eq!(store.file(receipt).unwrap().verdict, FileVerdict::Opening);
        teller.opened(receipt);
        assert_eq!(seen(), 20);
        assert_eq!(store.case(row(20)).unwrap().head.id, row(20));
        assert_eq!(store.case(row(21)), None);
        assert_eq!(store.cases(&CaseFilter::default(), Some(row(18)), 100).len(), 2);
    });
}

#[test]
fn a_slice_staged_again_after_a_stop_makes_no_case_twice() {
    both(|store| {
        let teller = Teller::new(store);
        let receipt = teller.receive("rows.csv", ApprovalPattern::Single);
        teller.check(receipt, Unit::Record, 20);
        for _ in 0..2 {
            teller.stage(receipt, 1, 20);
        }
        teller.opened(receipt);
        assert_eq!(store.cases(&CaseFilter::default(), None, 100).len(), 20);
        assert_eq!(store.counts().cases["active"], 20);
    });
}

#[test]
fn a_to_do_list_holds_what_a_person_may_decide_soonest_first() {
    both(|store| {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        let first = teller.open_batch("first.csv", ApprovalPattern::DoubleOrdered);
        let second = teller.open_batch("second.csv", ApprovalPattern::None);
        let third = teller.open_batch("third.csv", ApprovalPattern::None);
        let list = |teller: &Teller<'_>, id: &str, role: &str| -> Vec<CaseId> {
            let work =
                store.worklist(Worker::alone(&person(id, role)), &teller.definitions(), 0, 100);
            work.into_iter().map(|work| work.case.head.id).collect()
        };
        assert_eq!(list(&teller, "sato0001", "approve"), [first]);
        assert_eq!(list(&teller, "check001", "checker"), [second, third]);
        assert_eq!(list(&teller, "manage01", "manager"), []);
        assert_eq!(list(&teller, "clerk001", "clerk"), []);
        teller.approve(first, &["sato0001"]);
        assert_eq!(list(&teller, "sato0001", "approve"), [], "they have decided");
        assert_eq!(list(&teller, "mori0001", "approve"), [first]);
        teller.approve(third, &["check001"]);
        assert_eq!(list(&teller, "manage01", "manager"), [third]);
        teller.now = at(2, 9, 0);
        teller.approve(first, &["mori0001"]);
        assert_eq!(list(&teller, "check001", "checker"), [second, first], "soonest first");
        teller.vote(second, "check001", VoteKind::Reject);
        assert_eq!(list(&teller, "check001", "checker"), [first]);
        let checker = person("check001", "checker");
        let one = |skip| store.worklist(Worker::alone(&checker), &teller.definitions(), skip, 1);
        assert_eq!((one(0).len(), one(1).len()), (1, 0));
    });
}

#[test]
fn rows_another_person_began_are_not_hidden_behind_ones_own() {
    both(|store| {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        let receipt = teller.receive("rows.csv", ApprovalPattern::DoubleAny);
        teller.check(receipt, Unit::Record, 30);
        teller.stage(receipt, 1, 30);
        teller.opened(receipt);
        for row in 1..=30 {
            let by = if row <= 20 { "sato0001" } else { "mori0001" };
            teller.approve(CaseId { receipt, n: 1, row: Some(row) }, &[by]);
        }
        let work = |id: &str, skip| {
            let work = store.worklist(
                Worker::alone(&person(id, "approve")),
                &teller.definitions(),
                skip,
                5,
            );
            work.into_iter().filter_map(|work| work.case.head.id.row).collect::<Vec<_>>()
        };
        assert_eq!(work("sato0001", 0), [21, 22, 23, 24, 25]);
        assert_eq!(work("sato0001", 5), [26, 27, 28, 29, 30]);
        assert_eq!(work("mori0001", 18), [19, 20]);
    });
}

#[test]
fn cases_past_their_deadline_and_incidents_are_found() {
    both(|store| {
        let mut teller = Teller::new(store);
        let nobody = teller.open_batch("nobody.csv", ApprovalPattern::Single);
        assert_eq!(store.due_cases(at(1, 9, 0), 10), [nobody], "an incident is always looked at");
        teller.register_everybody();
        let desk = teller.open_batch("desk.csv", ApprovalPattern::None);
        assert_eq!(store.next_due(), Some(at(2, 15, 0)));
        assert_eq!(store.due_cases(at(2, 14, 59), 10), [nobody]);
        assert!(store.due_cases(at(2, 15, 0), 10).contains(&desk));
        teller.approve(desk, &["check001"]);
        assert_eq!(store.next_due(), Some(at(2, 15, 0)), "the next seat keeps the deadline");
        teller.approve(desk, &["manage01"]);
        assert_eq!(store.next_due(), Some(at(3, 15, 0)));
        assert!(!store.due_cases(at(2, 15, 0), 10).contains(&desk));
    });
}

#[test]
fn an_effect_is_owed_once_and_gone_when_delivered() {
    both(|store| {
        let teller = Teller::new(store);
        let receipt = teller.receive("rows.csv", ApprovalPattern::Single);
        teller.check(receipt, Unit::Record, 3);
        assert_eq!(names(store), ["result", "slip"]);
        let again = vec![teller.effect(receipt, EffectKind::Slip)];
        teller.commit(Entry::Opened { receipt, effects: again });
        assert_eq!(names(store), ["result", "slip"]);
        let result = store.effects(1)[0].effect.id();
        let later = EffectState::Later { attempt: 1, again_at: at(1, 9, 1) };
        teller.commit(Entry::Effects(vec![teller.effect_goes(result.clone(), later)]));
        assert_eq!(store.effects(1)[0].state, later);
        assert_eq!(store.counts().effects["later"], 1);
        for _ in 0..2 {
            let gone = teller.effect_goes(result.clone(), EffectState::Delivered);
            teller.commit(Entry::Effects(vec![gone]));
        }
        assert_eq!(names(store), ["slip"]);
        assert_eq!(store.counts().effects["delivered"], 1);
    });
}

#[test]
fn rows_of_one_file_ask_a_person_once() {
    both(|store| {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        let receipt = teller.receive("rows.csv", ApprovalPattern::Single);
        teller.check(receipt, Unit::Record, 3);
        teller.stage(receipt, 1, 3);
        teller.opened(receipt);
        for row in 1..=3 {
            teller.approve(CaseId { receipt, n: 1, row: Some(row) }, &["sato0001"]);
            // Delivered or not, the mail to the checker is owed once.
            teller.effects_go(10, EffectState::Delivered);
        }
        let told = "result, slip, one request, and each decision to the other approver";
        assert_eq!(store.counts().effects["delivered"], 6, "{told}");
    });
}

#[test]
fn the_last_case_of_a_file_owes_its_final_answer() {
    both(|store| {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        let receipt = teller.receive("rows.csv", ApprovalPattern::Single);
        teller.check(receipt, Unit::Record, 2);
        teller.stage(receipt, 1, 2);
        teller.opened(receipt);
        let row = |row| CaseId { receipt, n: 1, row: Some(row) };
        teller.vote(row(1), "sato0001", VoteKind::Return);
        assert!(!names(store).contains(&"final".to_owned()));
        teller.vote(row(2), "sato0001", VoteKind::Reject);
        assert_eq!(names(store).iter().filter(|name| *name == "final").count(), 1);
        assert_eq!(store.file(receipt).unwrap().open_cases, 0);
    });
}

#[test]
fn everything_is_counted() {
    both(|store| {
        tell(store, &mut |_| {});
        let counts = store.counts();
        assert_eq!(format!("{:?}", counts.files), r#"{"accepted": 4, "rejected": 1}"#);
        assert_eq!(
            format!("{:?}", counts.cases),
            r#"{"active": 40, "completed": 1, "rejected": 1, "returned": 1}"#
        );
        let filtered = |status| {
            let filter = CaseFilter { status: Some(status), ..CaseFilter::default() };
            store.cases(&filter, None, 100).len()
        };
        assert_eq!((filtered(Status::Active), filtered(Status::Completed)), (40, 1));
    });
}

#[test]
fn content_and_keys_are_free_again_when_a_case_was_not_sent_on() {
    both(|store| {
        let mut teller = Teller::new(store);
        teller.register_everybody();
        let receipt = teller.receive("rows.csv", ApprovalPattern::Single);
        let same = || {
            let found = store.same_content("customers", "987654321", Digest::of(b"rows.csv"));
            found.map(|file| file.receipt)
        };
        assert_eq!(same(), Some(receipt), "it may yet be accepted");
        teller.check(receipt, Unit::Record, 2);
        teller.stage(receipt, 1, 2);
        teller.opened(receipt);
        let key = |row| u64::from(receipt.serial()) << 32 | row;
        let row = |row| CaseId { receipt, n: 1, row: Some(row) };
        assert_eq!(store.holder_of(key(1)), Some(row(1)));
        teller.vote(row(1), "sato0001", VoteKind::Return);
        assert_eq!((store.holder_of(key(1)), store.holder_of(key(2))), (None, Some(row(2))));
        assert_eq!(same(), Some(receipt), "a row of it still waits");
        teller.vote(row(2), "sato0001", VoteKind::Reject);
        assert_eq!((store.holder_of(key(2)), same()), (None, None));
        assert_eq!(store.same_content("customers", "111111111", Digest::of(b"rows.csv")), None);
        let batch = teller.open_batch("batch.csv", ApprovalPattern::Single);
        store.remember_keys(batch, &[77]);
        assert_eq!(store.holder_of(77), Some(batch));
    });
}

#[test]
fn both_stores_hold_the_same_after_the_same_commits() {
    let mut memory = Vec::new();
    tell(&Memory::new(), &mut |store| memory.push(store.digest()));
    let var = tempfile::tempdir().unwrap();
    let mut embedded = Vec::new();
    tell(&open(var.path()).0, &mut |store| embedded.push(store.digest()));
    assert_eq!(memory, embedded);
    let distinct: BTreeSet<_> = memory.iter().collect();
    assert_eq!(distinct.len(), memory.len(), "every act changes the digest");
}

#[test]
fn a_second_opening_of_the_same_folder_is_refused() {
    let var = tempfile::tempdir().unwrap();
    let (store, _) = open(var.path());
    let second = Embedded::open(var.path(), Timestamp::from_ms(0));
    assert!(matches!(second, Err(OpenError::Locked(_))), "{second:?}");
    drop(store);
    open(var.path());
}

#[test]
fn verify_reads_beside_an_open_store() {
    let var = tempfile::tempdir().unwrap();
    let (store, _) = open(var.path());
    std::thread::scope(|scope| {
        let told = scope.spawn(|| tell(&store, &mut |_| {}));
        while !told.is_finished() {
            let report = verify(&var.path().join("journal")).unwrap();
            assert!(report.commits <= store.counts().sequence + 256);
        }
    });
    let report = verify(&var.path().join("journal")).unwrap();
    assert_eq!((report.commits, report.torn_at), (store.counts().sequence, None));
}

#[test]
fn damage_in_the_middle_of_the_journal_stops_the_start_and_is_named() {
    let var = tempfile::tempdir().unwrap();
    tell(&open(var.path()).0, &mut |_| {});
    fs::remove_dir_all(var.path().join("sled")).unwrap();
    let log = var.path().join("journal/000001.log");
    let mut bytes = fs::read(&log).unwrap();
    bytes[2_000] ^= 1;
    fs::write(&log, bytes).unwrap();
    let told = verify(&var.path().join("journal")).unwrap_err();
    let Err(OpenError::Damage(Damage::Frame { file, offset, .. })) =
        Embedded::open(var.path(), Timestamp::from_ms(0))
    else {
        panic!("the damage was not seen");
    };
    assert_eq!(file, log);
    assert!(told.to_string().contains(&format!("at byte {offset}")));
}

const NUMBERS: [&str; 3] = ["98765432100000100017", "98765432100000100025", "98765432100000100033"];

fn party(user: &str) -> Party {
    Party {
        user_number: UserNumber::parse(user).unwrap(),
        account: Account {
            bank: BankCode::parse("0001").unwrap(),
            branch: BranchCode::parse("001").unwrap(),
            kind: AccountType::Current,
            number: AccountNumber::parse("0123456").unwrap(),
        },
    }
}

/// What the clearing side told of three lines: a claim, a part of it for another, and an error.
fn told(case: CaseId) -> Entry {
    let [whole, part, _] = NUMBERS.map(|number| RecordNumber::parse(number).unwrap());
    let (debtor, creditor, third) = (party("987654321"), party("123456789"), party("222222222"));
    let claim = Claim {
        number: whole,
        parent: None,
        debtor,
        creditor,
        amount: Yen::new(1_000).unwrap(),
        due: date(28),
        recorded: date(3),
        restricted: AssignmentRestriction::Free,
        state: ClaimState::Open,
        assigned: false,
        guarantors: Vec::new(),
        latest: None,
    };
    let split = ClaimChange::Split {
        number: whole,
        child: part,
        from: creditor,
        to: third,
        amount: Yen::new(400).unwrap(),
        on: date(4),
        guarantee: Guarantee::With,
    };
    let row = |row, answer, change| RowResult { row, answer, change };
    let error = RowAnswer::Errored { code: "R02".to_owned(), note: String::new() };
    let rows = vec![
        row(1, RowAnswer::Recorded(Some(whole)), Some(ClaimChange::Accrued(Box::new(claim)))),
        row(2, RowAnswer::Recorded(Some(part)), Some(split)),
        row(3, error, None),
    ];
    Entry::Recorded(Box::new(Recorded { case, from: case.receipt, rows }))
}

fn tell_results(store: &dyn Store, case: CaseId) {
    let commit = Commit { at: at(3, 12, 0), entries: vec![told(case)] };
    store.commit(Batch { commit, expect: Vec::new() }).unwrap();
}

#[test]
fn claims_are_what_the_clearing_side_told_and_the_first_answer_about_a_line_holds() {
    both(|store| {
        let case = Teller::new(store).open_batch("a.csv", ApprovalPattern::Single);
        tell_results(store, case);
        let digest = store.digest();
        assert_eq!(store.answered(case), 3);
        assert!(matches!(
            store.result_of(case, 3).unwrap().answer,
            RowAnswer::Errored { ref code, .. } if code == "R02"
        ));
        let [whole, part, none] = NUMBERS.map(|number| RecordNumber::parse(number).unwrap());
        let claim = store.claim(whole).unwrap();
        assert_eq!((claim.claim.amount.get(), claim.history.len()), (600, 2));
        let split = store.claim(part).unwrap().claim;
        assert_eq!((split.amount.get(), split.parent), (400, Some(whole)));
        assert_eq!(store.claim(none), None);
        let of = |user: &str| {
            let party = Some(UserNumber::parse(user).unwrap());
            let filter = ClaimFilter { party, ..ClaimFilter::default() };
            store.claims(&filter, None, 9).len()
        };
        let counts = ["987654321", "123456789", "222222222", "333333333"].map(of);
        assert_eq!(counts, [2, 1, 1, 0]);
        let all = ClaimFilter::default();
        assert_eq!(store.claims(&all, Some(whole), 9)[0].claim.number, part, "after the first");
        tell_results(store, case);
        assert_eq!(store.digest(), digest, "told twice, it is the same");
    });
}

#[test]
fn claims_outlive_a_restart_from_the_checkpoint_and_from_the_journal_alone() {
    let var = tempfile::tempdir().unwrap();
    let (digest, case) = {
        let (store, _) = open(var.path());
        let case = Teller::new(&store).open_batch("a.csv", ApprovalPattern::Single);
        tell_results(&store, case);
        store.checkpoint().unwrap();
        (store.digest(), case)
    };
    {
        let (store, _) = open(var.path());
        assert_eq!((store.digest(), store.answered(case)), (digest, 3));
    }
    fs::remove_dir_all(var.path().join("sled")).unwrap();
    let (store, _) = open(var.path());
    assert_eq!((store.digest(), store.answered(case)), (digest, 3));
}

#[test]
fn cancellations_guarantees_and_payments_are_kept_in_the_history_of_their_claims() {
    both(|store| {
        let case = Teller::new(store).open_batch("a.csv", ApprovalPattern::Single);
        tell_results(store, case);
        let [whole, part, _] = NUMBERS.map(|number| RecordNumber::parse(number).unwrap());
        let on = date(5);
        let guarantor = party("444444444");
        let changes = [
            ClaimChange::Cancelled { number: part, on },
            ClaimChange::Guaranteed { number: whole, guarantor, on },
            ClaimChange::Paid { number: whole, amount: Yen::new(300).unwrap(), on },
        ];
        let rows = (4..).zip(changes).map(|(row, change)| RowResult {
            row,
            answer: RowAnswer::Recorded(None),
            change: Some(change),
        });
        let told = Recorded { case, from: case.receipt, rows: rows.collect() };
        let entries = vec![Entry::Recorded(Box::new(told))];
        let commit = Commit { at: at(5, 12, 0), entries };
        store.commit(Batch { commit, expect: Vec::new() }).unwrap();

        let split = store.claim(part).unwrap();
        assert_eq!(split.claim.state, ClaimState::Cancelled);
        let claim = store.claim(whole).unwrap();
        assert_eq!(claim.claim.amount.get(), 700, "1,000 again without the part, less 300 paid");
        let last: Vec<_> = claim.history[2..]
            .iter()
            .map(|step| (step.verb, step.with, step.to.to_string(), step.amount.get()))
            .collect();
        let creditor = || "123456789".to_owned();
        assert_eq!(
            last,
            [
                (ClaimVerb::SplitCancelled, Some(part), creditor(), 400),
                (ClaimVerb::Guaranteed, None, "444444444".to_owned(), 1_000),
                (ClaimVerb::Paid, None, creditor(), 300),
            ]
        );
    });
}
