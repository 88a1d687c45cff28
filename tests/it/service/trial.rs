//! 導入テスト: everything is told about a file, and nothing of it is taken in.

use kessai::ports::{CaseFilter, FileRecord, FileVerdict};
use kessai::service::Flaw;

use super::branch::{Branch, Setup, accruals, mistaken};

fn tried(branch: &Branch, name: &str, text: &str) -> FileRecord {
    let mut arrival = branch.arrival(name, text, None);
    "test".clone_into(&mut arrival.channel);
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    branch.desk.judge(receipt).unwrap().unwrap()
}

/// What lies in the outbox with `part` in its name, as text.
fn answer(branch: &Branch, part: &str) -> String {
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let path = paths.iter().find(|path| path.contains(part)).unwrap();
    let bytes = branch.shelf.bytes(path);
    encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned()
}

#[test]
fn a_trial_tells_what_would_become_of_a_file_and_takes_nothing_in() {
    let mut branch = Branch::staffed(Setup::default());
    for name in ["a.csv", "again.csv"] {
        let file = tried(&branch, name, &accruals(1..=3));
        assert_eq!((file.verdict, file.accepted, file.rejected), (FileVerdict::Tried, 3, 0));
        assert!(file.flows.is_empty(), "{:?}", file.flows);
    }
    let result = answer(&branch, "test/987654321/");
    for part in ["導入テストの結果（受け付けてはいません）", "受付件数,3", "INV-000002,受付"]
    {
        assert!(result.contains(part), "{part} is not in\n{result}");
    }
    let mails = branch.shelf.paths().into_iter().filter(|path| path.contains("mail_tried"));
    for path in mails {
        let (subject, text) = super::bundles::read(&branch, &path);
        assert!(subject.starts_with("【導入テスト】"), "{subject}");
        assert!(text.contains("記録の請求は行われていません"), "{text}");
    }
    branch.restart();
    assert_eq!(branch.store.files(&|_| true, 9)[0].verdict, FileVerdict::Tried);
    assert_eq!(branch.store.cases(&CaseFilter::default(), None, 9), []);
    // Neither its content nor its rows stand in the way of the file when it is meant.
    let meant = branch.take_in("meant.csv", &accruals(1..=3));
    assert_eq!((meant.verdict, meant.accepted), (FileVerdict::Accepted, 3));
    let found = branch.desk.search(&kessai::service::Query::default(), None, 99).unwrap();
    assert_eq!(found.len(), 3, "of a trial nothing is found: {found:?}");
}

#[test]
fn a_trial_goes_by_the_rule_of_the_customers_channel_for_files_with_mistakes() {
    let text = accruals(1..=2) + &mistaken(3);
    for (accept, counts) in [("file", (0, 3)), ("record", (2, 1))] {
        let branch = Branch::staffed(Setup { accept, ..Setup::default() });
        let file = tried(&branch, "a.csv", &text);
        assert_eq!((file.verdict, (file.accepted, file.rejected)), (FileVerdict::Tried, counts));
        assert!(answer(&branch, "test/987654321/").contains("D02"), "{accept}");
    }
}

#[test]
fn a_trial_that_cannot_be_looked_into_is_given_back_like_any_file() {
    let branch = Branch::staffed(Setup::default());
    let mut arrival = branch.arrival("a.csv", &accruals(1..=3), Some(Flaw::Linked));
    "test".clone_into(&mut arrival.channel);
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    let file = branch.desk.judge(receipt).unwrap().unwrap();
    assert_eq!(file.verdict, FileVerdict::Rejected);
    let why = branch.desk.why(&receipt.to_string(), None).unwrap();
    assert!(why[0].text.contains("E_LINK"), "{}", why[0].text);
}
