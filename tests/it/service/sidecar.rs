//! What was keyed in elsewhere and comes with a picture of its name: it is what the first may begin
//! with, and no reading by itself.

use kessai::domain::{Field, KeyedRow, KeyingStage, ReceiptNo};
use kessai::ports::FileVerdict;
use kessai::service::KeyError;
use proptest::prelude::*;

use super::alike::{in_force, released};
use super::branch::{Branch, accruals};
use super::keying::{CLERKS, PAPER, branch, case_of, faxed, key, person, row};
use super::resends::decided;
use super::sheets::{branch_with_customer, call, codes};
use crate::book::{texts, xlsx};

fn verdict(branch: &Branch, receipt: ReceiptNo) -> FileVerdict {
    branch.store.file(receipt).unwrap().verdict
}

/// What is told of a file: each code with its words.
fn told(branch: &Branch, receipt: ReceiptNo) -> Vec<String> {
    let file = branch.store.file(receipt).unwrap();
    let told = branch.desk.findings_of(&file).unwrap();
    told.iter().map(|one| format!("{} {}:{}", one.code, one.line, one.ja)).collect()
}

/// Begins with what came with a paper, as the clerk `by`.
fn begun(branch: &Branch, receipt: ReceiptNo, by: &str) -> Result<Vec<KeyedRow>, KeyError> {
    branch.desk.open_sidecar(&person(branch, by), receipt)
}

/// A picture and the file of its name.
fn pair(branch: &Branch) -> (ReceiptNo, ReceiptNo) {
    let picture = faxed(branch, "fax.tif", PAPER);
    (picture, faxed(branch, "fax.csv", &accruals(1..=2)))
}

#[test]
fn n141_a_picture_and_the_file_of_its_name_come_together_whichever_is_first() {
    for is_first in [true, false] {
        let branch = branch();
        let drop_file = || faxed(&branch, "FAX 12.csv", &accruals(1..=2));
        let early = is_first.then(drop_file);
        if let Some(early) = early {
            assert_eq!(verdict(&branch, early), FileVerdict::Keying, "it waits for its picture");
            assert_eq!(branch.desk.sidecars_waiting(&person(&branch, "clerk001")).len(), 1);
            branch.clock.forward(119_000);
        }
        let picture = faxed(&branch, "fax 12.TIF", PAPER);
        let sidecar = early.unwrap_or_else(drop_file);
        assert_eq!(verdict(&branch, sidecar), FileVerdict::Joined { to: picture });
        assert!(told(&branch, sidecar)[0].contains(&picture.to_string()));
        assert_eq!(branch.desk.sidecars_waiting(&person(&branch, "clerk001")), []);
        let seen = branch.desk.paper(&person(&branch, "clerk001"), picture).unwrap();
        let offered = seen.sidecar.unwrap();
        assert_eq!((offered.receipt, offered.rows, offered.is_offered), (sidecar, 2, true));
        // The first puts their name to it, and the second reads the paper for themselves.
        let rows = begun(&branch, picture, "clerk001").unwrap();
        assert_eq!(rows, [row(1, &[]), row(2, &[])], "as it stands in the file");
        assert_eq!(key(&branch, (picture, 0), "clerk001", rows), Ok(KeyingStage::Second));
        let blind = vec![row(1, &[]), row(2, &[])];
        assert_eq!(key(&branch, (picture, 1), "clerk002", blind), Ok(KeyingStage::Settled));
        let file = branch.store.file(picture).unwrap();
        assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 2));
        let readers = &branch.store.case(case_of(picture)).unwrap().file.paper;
        assert_eq!(readers.as_ref().unwrap().readers.len(), 2, "both are known by name");
        let seen = branch.desk.paper(&person(&branch, "check001"), picture).unwrap();
        assert!(seen.sidecar.unwrap().is_used, "and the approver is told of it");
        assert_eq!(branch.store.counts().files.values().sum::<u64>(), 2, "nothing is lost");
        branch.desk.dispatch_all().unwrap();
        let paths = branch.shelf.paths();
        let answers: Vec<&String> =
            paths.iter().filter(|path| path.contains(&sidecar.to_string())).collect();
        assert_eq!(answers, [&format!("fax/001/{sidecar}_FAX_12_result.csv")], "and no FAX");
    }
}

#[test]
fn n142_a_file_whose_picture_does_not_come_waits_and_is_refused() {
    let mut branch = branch();
    let alone = faxed(&branch, "fax.csv", &accruals(1..=1));
    let other_name = faxed(&branch, "fax2.tif", PAPER);
    branch.clock.forward(119_000);
    branch.desk.tick().unwrap();
    assert_eq!(verdict(&branch, alone), FileVerdict::Keying);
    branch.restart();
    assert_eq!(verdict(&branch, alone), FileVerdict::Keying, "over a stop, too");
    branch.clock.forward(1_000);
    branch.desk.tick().unwrap();
    assert_eq!(verdict(&branch, alone), FileVerdict::Rejected);
    assert!(told(&branch, alone)[0].starts_with("C02"), "{:?}", told(&branch, alone));
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    assert!(!paths.iter().any(|path| path.contains("reply")), "no customer: {paths:?}");
    // What comes later under that name is keyed in from the picture alone.
    let late = faxed(&branch, "fax.tif", "PAPER 1 late");
    for paper in [late, other_name] {
        let seen = branch.desk.paper(&person(&branch, "clerk001"), paper).unwrap();
        assert_eq!((seen.sidecar, seen.refused), (None, None));
    }
}

/// Receives files for the branch's folder of papers, and judges none.
fn received(branch: &Branch, files: &[(&str, &str)]) -> Vec<ReceiptNo> {
    let arrival = |(name, text): &(&str, &str)| {
        let mut arrival = branch.arrival(name, text, None);
        "fax".clone_into(&mut arrival.channel);
        "001".clone_into(&mut arrival.submitter);
        arrival
    };
    branch.desk.receive(files.iter().map(arrival).collect()).unwrap()
}

#[test]
fn what_came_together_is_paired_however_late_it_is_judged() {
    for together in [true, false] {
        let mut branch = branch();
        let csv = accruals(1..=1);
        let both = received(&branch, &[("fax.csv", &csv), ("fax.tif", PAPER)]);
        // A stop, or a scanner that is away.
        branch.restart();
        branch.clock.forward(3_600_000);
        if together {
            branch.desk.judge_all(&both).unwrap();
        } else {
            branch.desk.judge(both[0]).unwrap();
            branch.desk.tick().unwrap();
            assert_eq!(verdict(&branch, both[0]), FileVerdict::Keying, "its picture is ours");
            branch.desk.judge(both[1]).unwrap();
        }
        assert_eq!(verdict(&branch, both[0]), FileVerdict::Joined { to: both[1] });
    }
}

#[test]
fn a_file_whose_picture_was_held_or_given_back_is_told_so() {
    let branch = branch();
    let first = faxed(&branch, "fax.tif", PAPER);
    let held = faxed(&branch, "again.tif", PAPER);
    assert_eq!(verdict(&branch, held), FileVerdict::Held { same_as: first });
    let torn = faxed(&branch, "torn.pdf", "TORN");
    for (name, picture, n) in [("again.csv", held, 1), ("torn.csv", torn, 2)] {
        let alone = faxed(&branch, name, &accruals(n..=n));
        assert_eq!(verdict(&branch, alone), FileVerdict::Keying);
        branch.clock.forward(120_000);
        branch.desk.tick().unwrap();
        let told = told(&branch, alone);
        assert!(told[0].starts_with("E_PAIR"), "{told:?}");
        assert!(told[0].contains(&picture.to_string()), "{told:?}");
        branch.clock.forward(-120_000);
    }
}

#[test]
fn a_file_goes_with_no_form_that_came_by_several_calls() {
    let branch = branch_with_customer();
    let form = codes(&branch, "2");
    faxed(&branch, "fax12.tif", &call(&[&form[0]]));
    faxed(&branch, "fax13.tif", &call(&[&form[1]]));
    for name in ["fax12.csv", "fax13.csv"] {
        let file = faxed(&branch, name, &accruals(1..=if name < "fax13" { 1 } else { 2 }));
        assert_eq!(verdict(&branch, file), FileVerdict::Rejected, "{name}");
        assert!(told(&branch, file)[0].contains("一組の用紙"), "{:?}", told(&branch, file));
    }
}

#[test]
fn a_refusal_that_was_begun_before_a_stop_is_ended_after_it() {
    let mut branch = branch();
    let alone = faxed(&branch, "fax.csv", &accruals(1..=1));
    branch.clock.forward(120_000);
    branch.stopped_at(kessai::ports::Step::JudgeReady, 1, kessai::service::Desk::tick);
    assert_eq!(verdict(&branch, alone), FileVerdict::Keying);
    branch.restart();
    assert_eq!(verdict(&branch, alone), FileVerdict::Rejected);
}

#[test]
fn a_pair_whose_coming_together_was_interrupted_is_one_paper() {
    let drops = [("fax.tif", PAPER.to_owned()), ("fax.csv", accruals(1..=2))];
    for (first, second) in [(0, 1), (1, 0)] {
        let mut branch = branch();
        let [first, second] = [first, second].map(|n| &drops[n]);
        let one = faxed(&branch, first.0, &first.1);
        branch.restart();
        // The other is ours, and the program ends before anything is made of it.
        let mut arrival = branch.arrival(second.0, &second.1, None);
        "fax".clone_into(&mut arrival.channel);
        "001".clone_into(&mut arrival.submitter);
        let other = branch.desk.receive(vec![arrival]).unwrap()[0];
        branch.restart();
        branch.desk.judge(other).unwrap();
        branch.restart();
        branch.desk.judge_all(&[one, other]).unwrap();
        let (picture, file) = if first.0 == "fax.tif" { (one, other) } else { (other, one) };
        assert_eq!(verdict(&branch, file), FileVerdict::Joined { to: picture });
        assert_eq!(begun(&branch, picture, "clerk001").unwrap().len(), 2);
    }
}

#[test]
fn whoever_was_shown_the_file_reads_neither_second_nor_third() {
    let branch = branch();
    let (picture, _) = pair(&branch);
    assert_eq!(begun(&branch, picture, "sato0001"), Err(KeyError::NotHere), "no customer is");
    assert_eq!(begun(&branch, picture, "check001"), Err(KeyError::NotHere), "no checker is");
    assert_eq!(begun(&branch, picture, "clerk001").unwrap().len(), 2);
    assert_eq!(begun(&branch, picture, "clerk001").unwrap().len(), 2, "asked for twice");
    assert_eq!(branch.store.keying(picture).unwrap().shown_to.len(), 1);
    // Nobody else is shown it: a branch of two has one left who reads for themselves.
    assert_eq!(begun(&branch, picture, "clerk002"), Err(KeyError::Behind));
    let seen = branch.desk.paper(&person(&branch, "clerk002"), picture).unwrap();
    let sidecar = seen.sidecar.unwrap();
    assert!(!sidecar.is_offered && sidecar.shown_to.is_some(), "{sidecar:?}");
    // Somebody else reads the paper meanwhile without it.
    let typed = || vec![row(1, &[]), row(2, &[])];
    assert_eq!(key(&branch, (picture, 0), "clerk002", typed()), Ok(KeyingStage::Second));
    assert_eq!(key(&branch, (picture, 1), "clerk001", typed()), Err(KeyError::Shown));
    assert_eq!(begun(&branch, picture, "clerk003"), Err(KeyError::Behind), "it is not shown now");
    let seen = branch.desk.paper(&person(&branch, "clerk003"), picture).unwrap();
    let sidecar = seen.sidecar.unwrap();
    assert!(!sidecar.is_offered && !sidecar.is_used);
    let other = vec![row(1, &[(Field::Amount, "7000")]), row(2, &[])];
    assert_eq!(key(&branch, (picture, 1), "clerk003", other), Ok(KeyingStage::Third));
    assert_eq!(key(&branch, (picture, 2), "clerk001", typed()), Err(KeyError::Shown));
    assert_eq!(key(&branch, (picture, 2), "clerk004", typed()), Ok(KeyingStage::Settled));
}

#[test]
fn what_was_begun_anew_is_read_from_the_paper() {
    let branch = branch();
    let (picture, _) = pair(&branch);
    let rows = begun(&branch, picture, "clerk001").unwrap();
    assert_eq!(key(&branch, (picture, 0), "clerk001", rows), Ok(KeyingStage::Second));
    // The paper holds one request, the file two.
    let one = || vec![row(1, &[])];
    assert_eq!(key(&branch, (picture, 1), "clerk002", one()), Ok(KeyingStage::First));
    assert_eq!(begun(&branch, picture, "clerk001"), Err(KeyError::Behind));
    assert_eq!(key(&branch, (picture, 2), "clerk001", one()), Ok(KeyingStage::Second));
    assert_eq!(key(&branch, (picture, 3), "clerk003", one()), Ok(KeyingStage::Settled));
    assert_eq!(branch.store.file(picture).unwrap().accepted, 1);
}

#[test]
fn a_file_that_cannot_be_used_is_told_what_to_mend_and_the_picture_waits() {
    let branch = branch();
    let ragged = accruals(1..=1) + "11,,2026-12-03\n";
    let twenty_one = accruals(1..=21);
    let cases: [(&str, &str, &[&str]); 4] = [
        ("1.csv", &ragged, &["E_PAIR 0:", "E_ROW 3:"]),
        ("2.csv", "請求種別,金額\n11,1000\n", &["E_PAIR 0:", "E_COLUMN 1:", "E_SCHEMA 0:"]),
        ("3.csv", &twenty_one, &["E_PAIR 0:"]),
        ("4.xml", "<densaiBatch version=\"1\"", &["E_PAIR 0:", "E_XML"]),
    ];
    for (name, text, codes) in cases {
        let picture = faxed(&branch, &name.replace("csv", "tif").replace("xml", "tif"), PAPER);
        let file = faxed(&branch, name, text);
        assert_eq!(verdict(&branch, file), FileVerdict::Rejected);
        let told = told(&branch, file);
        for code in codes {
            assert!(told.iter().any(|one| one.starts_with(code)), "{code} of {name}: {told:?}");
        }
        let seen = branch.desk.paper(&person(&branch, "clerk001"), picture);
        let open = seen.is_some_and(|seen| seen.refused.is_none() && seen.sidecar.is_none());
        // The same bytes under another name are held, as pictures that come twice are.
        assert!(open || matches!(verdict(&branch, picture), FileVerdict::Held { .. }), "{name}");
    }
    // What the rules say of a row is told to whoever begins with it, not to the file.
    let wrong = accruals(1..=1).replace("2026-12-03", "2020-01-01");
    let file = faxed(&branch, "1.csv", &wrong);
    assert!(matches!(verdict(&branch, file), FileVerdict::Joined { .. }));
}

#[test]
fn a_second_file_and_one_that_comes_when_people_read_are_refused_with_the_reason() {
    let branch = branch();
    let (picture, sidecar) = pair(&branch);
    let second = faxed(&branch, "fax.xml", &in_xml(&row(1, &[])));
    assert!(told(&branch, second)[0].contains("先に届いています"), "{:?}", told(&branch, second));
    assert_eq!(branch.store.keying(picture).unwrap().sidecar.unwrap().file, sidecar);
    let begun = faxed(&branch, "other.tif", "PAPER 1 other");
    key(&branch, (begun, 0), CLERKS[0], vec![row(3, &[])]).unwrap();
    let late = faxed(&branch, "other.csv", &accruals(3..=3));
    assert_eq!(verdict(&branch, late), FileVerdict::Rejected);
    assert!(told(&branch, late)[0].contains("入力が始まっています"), "{:?}", told(&branch, late));
    // A picture of that name that came long before is another one.
    let old = faxed(&branch, "old.tif", "PAPER 1 old");
    branch.clock.forward(120_001);
    let file = faxed(&branch, "old.csv", &accruals(4..=4));
    assert_eq!(verdict(&branch, file), FileVerdict::Keying);
    assert_eq!(branch.store.keying(old).unwrap().sidecar, None);
}

#[test]
fn a_request_in_xml_is_what_the_first_begins_with_as_well() {
    let branch = branch();
    let picture = faxed(&branch, "fax.tif", PAPER);
    let file = faxed(&branch, "fax.xml", &in_xml(&row(1, &[])));
    assert_eq!(
        verdict(&branch, file),
        FileVerdict::Joined { to: picture },
        "{:?}",
        told(&branch, file)
    );
    assert_eq!(begun(&branch, picture, "clerk001").unwrap(), [row(1, &[])]);
}

#[test]
fn a_workbook_is_one_as_well_and_one_that_was_refused_for_want_of_a_picture_comes_again() {
    let branch = branch();
    let book = xlsx(&[("請求", "visible", texts(&accruals(1..=2)))]);
    let drop_book = |name: &str| {
        let mut arrival = branch.arrival_of(name, &book);
        "fax".clone_into(&mut arrival.channel);
        "001".clone_into(&mut arrival.submitter);
        let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
        branch.desk.judge(receipt).unwrap();
        receipt
    };
    let alone = drop_book("fax.xlsx");
    branch.clock.forward(120_000);
    branch.desk.tick().unwrap();
    assert_eq!(verdict(&branch, alone), FileVerdict::Rejected);
    let picture = faxed(&branch, "FAX.pdf", PAPER);
    let again = drop_book("FAX.xlsx");
    assert_eq!(verdict(&branch, again), FileVerdict::Joined { to: picture });
    assert_eq!(begun(&branch, picture, "clerk001").unwrap().len(), 2);
}

#[test]
fn what_came_with_a_held_paper_goes_with_it_when_that_is_released() {
    let branch = branch();
    in_force(&branch);
    branch.waiting("a.csv", 1..=2);
    let (picture, sidecar) = pair(&branch);
    let rows = begun(&branch, picture, "clerk001").unwrap();
    assert_eq!(key(&branch, (picture, 0), "clerk001", rows.clone()), Ok(KeyingStage::Second));
    assert_eq!(key(&branch, (picture, 1), "clerk002", rows), Ok(KeyingStage::Settled));
    assert!(matches!(verdict(&branch, picture), FileVerdict::Held { .. }));
    decided(&branch, &[(&picture.to_string(), "受付")]);
    let released = released(&branch, picture);
    let record = branch.store.keying(released.receipt).unwrap();
    assert_eq!(record.sidecar.unwrap().file, sidecar);
    assert_eq!(record.shown_to.len(), 1);
}

/// What a clerk tries: to be shown the file, or to key in one of two amounts.
fn trying() -> impl Strategy<Value = (usize, Option<bool>)> {
    (0..CLERKS.len(), prop::option::weighted(0.6, any::<bool>()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever does what in whatever order: of the readings that count the second and the third
    /// are by people who were not shown the file, and no two by one person.
    #[test]
    fn a_blind_reading_is_by_somebody_who_was_not_shown_the_file(
        tries in prop::collection::vec(trying(), 1..12),
    ) {
        let branch = branch();
        let (picture, _) = pair(&branch);
        for (clerk, amount) in tries {
            let seen = branch.store.keying(picture).unwrap().readers().count();
            match amount {
                None => drop(begun(&branch, picture, CLERKS[clerk])),
                Some(is_other) => {
                    let amount = if is_other { "7000" } else { "1000" };
                    let rows = vec![row(1, &[(Field::Amount, amount)]), row(2, &[])];
                    drop(key(&branch, (picture, seen), CLERKS[clerk], rows));
                }
            }
            let record = branch.store.keying(picture).unwrap();
            let mut by: Vec<_> = record.readings.iter().map(|one| &one.by).collect();
            prop_assert!(record.shown_to.len() <= 1);
            prop_assert!(by.iter().skip(1).all(|one| !record.shown_to.contains(*one)));
            let count = by.len();
            by.sort();
            by.dedup();
            prop_assert_eq!(by.len(), count);
        }
    }
}

/// One request as the branch's XML.
fn in_xml(row: &KeyedRow) -> String {
    let value = |field: Field| row.get(&field).map_or("", String::as_str);
    format!(
        "<densaiBatch version=\"1\" submitter=\"001\">\
         <request kind=\"{}\" recordDate=\"{}\" ref=\"{}\">\
         <requester userNumber=\"{}\" bank=\"{}\" branch=\"{}\" accountType=\"{}\" \
         accountNumber=\"{}\"/>\
         <counterparty userNumber=\"{}\" nameKana=\"{}\" bank=\"{}\" branch=\"{}\" \
         accountType=\"{}\" accountNumber=\"{}\"/>\
         <claim amount=\"{}\" dueDate=\"{}\" assignmentRestricted=\"{}\"/>\
         </request></densaiBatch>",
        value(Field::RequestKind),
        value(Field::RecordDate),
        value(Field::RequesterRef),
        value(Field::RequesterUserNumber),
        value(Field::RequesterBankCode),
        value(Field::RequesterBranchCode),
        value(Field::RequesterAccountType),
        value(Field::RequesterAccountNumber),
        value(Field::CounterpartyUserNumber),
        value(Field::CounterpartyNameKana),
        value(Field::CounterpartyBankCode),
        value(Field::CounterpartyBranchCode),
        value(Field::CounterpartyAccountType),
        value(Field::CounterpartyAccountNumber),
        value(Field::Amount),
        value(Field::DueDate),
        value(Field::AssignmentRestricted),
    )
}
