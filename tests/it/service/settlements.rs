//! What became of claims when they fell due: told once, kept, and told to the customers.

use kessai::domain::{CaseId, ClaimState, Date, RecordNumber, Timestamp};
use kessai::formats::read_findings;
use kessai::ports::{ClaimVerb, Clock as _, FileRecord, FileVerdict, StepBy};

use super::branch::{Branch, Setup};
use super::fees::claim;
use super::results::{results, rules};

const CUSTOMERS: [&str; 2] = [
    "987654321,法人,高崎製作所,ﾀｶｻｷ,,,001,通常,2026-04-10,,keiri@example.jp,0001,001,2,0123456,,",
    "444444444,法人,山田商店,ﾔﾏﾀﾞ,,,001,通常,2026-04-10,,yamada@example.jp,0001,001,2,7654321,,",
];

/// A branch on the evening of 14 December with three claims, two of which fell due.
fn branch() -> Branch {
    let branch = Branch::staffed(Setup::default());
    branch.desk.put_in_force(rules());
    branch.enrol(&CUSTOMERS);
    let case: CaseId = branch.waiting("a.csv", 1..=3);
    let day = |day| Date::new(2026, 12, day).unwrap();
    for (row, facts) in (1..).zip([
        ("987654321", day(14), 1_500),
        ("987654321", day(12), 2_500),
        ("987654321", day(31), 3_500),
    ]) {
        claim(&branch, case, row, facts);
    }
    let evening = Timestamp::tokyo(day(14), 18, 0);
    branch.clock.forward(evening.ms() - branch.clock.now().ms());
    branch
}

fn number(row: u32) -> RecordNumber {
    RecordNumber::parse(&format!("9876543210000010000{row}")).unwrap()
}

fn state(branch: &Branch, row: u32) -> ClaimState {
    branch.store.claim(number(row)).unwrap().claim.state
}

/// What the rows were answered, in English.
fn told(branch: &Branch, file: &FileRecord) -> Vec<String> {
    let kept = branch.desk.blobs.open(file.findings.unwrap()).unwrap().read_all().unwrap();
    read_findings(&kept).unwrap().into_iter().map(|one| one.en).collect()
}

#[test]
fn what_was_settled_and_what_was_not_is_kept_once_and_told_to_whom_it_concerns() {
    let branch = branch();
    let text = format!(
        "記録番号,決済\n{},済\n{},支払不能\n{},済\n99999999999999999999,済\n",
        number(1),
        number(2),
        number(3)
    );
    let file = results(&branch, "kessai.csv", &text);
    assert_eq!(file.verdict, FileVerdict::Accepted);
    let expected = [
        "settled",
        "defaulted",
        "it falls due on 2026-12-31",
        "no such claim, or it is told above",
    ];
    assert_eq!(told(&branch, &file), expected);
    assert_eq!(
        [1, 2, 3].map(|row| state(&branch, row)),
        [ClaimState::Paid, ClaimState::Defaulted, ClaimState::Open]
    );
    let history = branch.store.claim(number(1)).unwrap().history;
    let last = history.last().unwrap();
    assert_eq!((last.verb, last.by), (ClaimVerb::Settled, StepBy::Settlement(file.receipt)));

    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let mail = |user: &str| {
        let path = paths.iter().find(|path| path.contains(&format!("settled_{user}"))).unwrap();
        super::bundles::read(&branch, path).1
    };
    let debtor = mail("987654321");
    assert!(debtor.contains("決済済: 記録番号 98765432100000100001 1,500円"), "{debtor}");
    assert!(debtor.contains("支払不能: 記録番号 98765432100000100002 2,500円"), "{debtor}");
    let creditor = mail("444444444");
    assert!(!creditor.contains("1,500円"), "what was paid is not told: {creditor}");
    assert!(creditor.contains("2,500円"), "{creditor}");
    let paper = |user: &str| {
        let path = format!("customers/{user}/{}_notice.pdf", file.receipt);
        super::forms::text_of(&branch.shelf.bytes(&path))
    };
    for shown in ["支払不能のお知らせ", "98765432100000100001", "決済済", "4,000"] {
        assert!(paper("987654321").contains(shown), "{shown}: {}", paper("987654321"));
    }
    assert!(!paper("444444444").contains("98765432100000100001"), "{}", paper("444444444"));

    // The same told by another file: nothing happens twice, neither what was paid nor what failed.
    let twice = results(&branch, "twice.csv", &(text.clone() + "\n"));
    assert_eq!(twice.verdict, FileVerdict::Rejected);
    assert_eq!(told(&branch, &twice)[..2], ["the claim has come to its end", "it was told before"]);
    branch.desk.dispatch_all().unwrap();
    let mails = |paths: Vec<String>| paths.iter().filter(|path| path.contains("settled_")).count();
    assert_eq!(mails(branch.shelf.paths()), 2, "nobody is told again");

    // What failed may be paid late.
    let again =
        results(&branch, "again.csv", &text.replace("支払不能", "済").replace("決済", "決済 "));
    let told = told(&branch, &again);
    assert_eq!((told[0].as_str(), told[1].as_str()), ("the claim has come to its end", "settled"));
    assert_eq!(state(&branch, 2), ClaimState::Paid);
    assert_eq!(branch.store.claim(number(1)).unwrap().history.len(), history.len());
}

#[test]
fn a_file_judged_again_after_a_stop_says_and_does_the_same() {
    let branch = branch();
    let text = format!("記録番号,決済\n{},済\n", number(1));
    let receipt = super::results::receive(&branch, "kessai.csv", &text);
    branch.stopped_at(kessai::ports::Step::JudgeReady, 1, |desk| desk.judge(receipt));
    assert_eq!(state(&branch, 1), ClaimState::Paid, "it was told before the stop");
    let file = branch.desk.judge(receipt).unwrap().unwrap();
    assert_eq!(
        (file.verdict, told(&branch, &file)),
        (FileVerdict::Accepted, vec!["settled".into()])
    );
    assert_eq!(branch.store.claim(number(1)).unwrap().history.len(), 2);
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    assert_eq!(paths.iter().filter(|path| path.contains("settled_")).count(), 1);
}
