//! Bulk result files (配信1): read from the clearing side, and written for whoever sent a bulk
//! request file.

use std::io::Write as _;

use kessai::domain::{CaseId, ReceiptNo};
use kessai::formats::densai::{RECORD_LEN, read_outcomes};
use kessai::ports::{Blobs as _, FileRecord, FileVerdict, Step};
use kessai::service::Arrival;
use kessai::workflow::{Status, VoteKind};

use super::branch::Branch;
use super::results::{branch, results, rules, sent, status};

const NUMBER: &str = "98765432100000100017";

/// A record of 250 bytes.
fn record(text: &str) -> String {
    assert!(text.len() <= RECORD_LEN, "{}", text.len());
    format!("{text:<RECORD_LEN$}")
}

fn header(kind: &str) -> String {
    let blank = "";
    record(&format!("1{kind}020261203987654321{blank:<30}0001{blank:<15}001{blank:<15}20123456"))
}

/// What became of the accrual whose reference is `n`.
fn told(n: usize, (class, number, error): (&str, &str, &str)) -> String {
    let (blank, reference) = ("", format!("INV-{n:06}"));
    record(&format!(
        "2{class}{number:<20}123456789{blank:<30}0009{blank:<15}010{blank:<15}17654321\
         {reference:<40}{:010}20270331{error:<10}",
        1000
    ))
}

fn end(count: usize) -> String {
    record(&format!("8{count:06}{:012}", 1000 * count)) + &record("9")
}

/// A whole file about accruals of the customer.
fn outcomes(rows: &[String]) -> String {
    header("11") + &rows.concat() + &end(rows.len())
}

fn ok(n: usize) -> String {
    told(n, ("01", &format!("{}{n:02}", &NUMBER[..18]), ""))
}

fn result_of(branch: &Branch, file: &FileRecord) -> Vec<String> {
    let findings = branch.desk.findings_of(file).unwrap();
    findings.iter().map(|one| format!("{} {}", one.record, one.ja)).collect()
}

#[test]
fn each_record_is_carried_to_the_line_that_was_asked_for_in_these_words() {
    let branch = branch();
    let (one, other) = (sent(&branch, "a.csv", 1..=2), sent(&branch, "b.csv", 3..=3));
    let text = outcomes(&[ok(1), told(2, ("02", "", "R02")), ok(3)]);
    let file = results(&branch, "kekka.dat", &text);
    assert_eq!((file.verdict, file.accepted, file.rejected), (FileVerdict::Accepted, 3, 0));
    assert_eq!(
        (status(&branch, one), status(&branch, other)),
        (Status::Completed, Status::Completed)
    );
    let line = branch.store.result_of(one, 1).unwrap().answer;
    let kessai::ports::RowAnswer::Recorded(Some(number)) = line else { panic!("{line:?}") };
    assert_eq!(number.to_string(), "98765432100000100001");
    let refused = branch.store.result_of(one, 2).unwrap().answer;
    let kessai::ports::RowAnswer::Errored { code, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(code, "R02");
}

#[test]
fn what_is_not_waited_for_or_fits_two_lines_is_told_and_changes_nothing() {
    let branch = branch();
    let case = sent(&branch, "a.csv", 1..=1);
    let file = results(&branch, "kekka.dat", &outcomes(&[ok(9), ok(1)]));
    assert_eq!((file.accepted, file.rejected), (1, 1));
    let said = result_of(&branch, &file);
    assert!(said[0].contains("Ref「INV-000009」がありません"), "{said:?}");
    assert_eq!(status(&branch, case), Status::Completed);
    // The same words twice: a line without a reference may rightly stand there twice.
    let text = super::branch::accruals(1..=2).replace("INV-000001", "").replace("INV-000002", "");
    let file = branch.take_in("twice.csv", &text);
    assert_eq!(file.accepted, 2, "{:?}", result_of(&branch, &file));
    let case = CaseId { receipt: file.receipt, n: 1, row: None };
    for by in ["sato0001", "check001", "manage01"] {
        branch.vote(case, by, VoteKind::Approve);
    }
    let blank = ok(1).replace("INV-000001", "          ");
    let file = results(&branch, "two.dat", &outcomes(&[blank]));
    assert_eq!(file.verdict, FileVerdict::Rejected);
    assert!(result_of(&branch, &file)[0].contains("どれの結果か分かりません"));
    assert_eq!(status(&branch, case), Status::Waiting);
}

#[test]
fn a_file_in_ebcdic_or_with_newlines_says_the_same_and_a_torn_one_is_told() {
    let whole = outcomes(&[ok(1), told(2, ("02", "", "R02"))]);
    let layout = crate::densai::results();
    let read = |bytes: &[u8]| read_outcomes(bytes, &layout);
    let plain = read(whole.as_bytes()).unwrap();
    let lines: Vec<&str> = (0..whole.len() / RECORD_LEN)
        .map(|at| &whole[at * RECORD_LEN..(at + 1) * RECORD_LEN])
        .collect();
    assert_eq!(read(lines.join("\r\n").as_bytes()).unwrap(), plain);
    let host: Vec<u8> = whole.bytes().map(crate::formats::ebcdic).collect();
    assert_eq!(read(&host).unwrap(), plain);
    for text in [whole.as_bytes(), &host] {
        assert_eq!(read(&[text, b"\x1A"].concat()).unwrap(), plain, "a mark of the end");
        assert_eq!(read(&[text, b"\r\n\x1A\r\n"].concat()).unwrap(), plain);
    }
    for cut in [RECORD_LEN * 2, RECORD_LEN * 4] {
        assert!(read(&whole.as_bytes()[..cut]).is_err(), "no end record");
    }
    let short = whole.replacen(&end(2), &end(3), 1);
    let wrong = read(short.as_bytes()).unwrap();
    let wrong: Vec<_> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong[0].ja.contains("トレーラーでは 3 件"), "{wrong:?}");
    let nameless = outcomes(&[told(1, ("01", "", ""))]);
    let wrong = read(nameless.as_bytes()).unwrap();
    assert!(wrong[0].as_ref().unwrap_err().ja.contains("記録番号"), "{wrong:?}");
}

#[test]
fn what_stands_behind_the_end_of_a_result_file_is_told_and_not_read() {
    let branch = branch();
    sent(&branch, "a.csv", 1..=2);
    let two = outcomes(&[ok(1)]) + &outcomes(&[ok(2)]);
    let file = results(&branch, "kekka.dat", &two);
    assert_eq!((file.verdict, file.records, file.accepted), (FileVerdict::Accepted, 1, 1));
    let said = result_of(&branch, &file);
    assert!(said.iter().any(|one| one.contains("エンドの後にデータがあります")), "{said:?}");
    let rest = results(&branch, "nokori.dat", &outcomes(&[ok(2)]));
    assert_eq!(rest.accepted, 1, "the other is still waited for");
}

#[test]
fn a_result_file_that_is_judged_again_after_a_stop_comes_to_the_same() {
    let mut branch = branch();
    let (one, other) = (sent(&branch, "a.csv", 1..=2), sent(&branch, "b.csv", 3..=3));
    let text = outcomes(&[ok(1), ok(2), ok(3)]);
    let receipt = super::results::receive(&branch, "kekka.dat", &text);
    branch.stopped_at(Step::JudgeHalf, 1, |desk| desk.judge(receipt));
    branch.restart();
    branch.desk.put_in_force(rules());
    let file = branch.desk.judge(receipt).unwrap().unwrap();
    assert_eq!((file.accepted, file.rejected), (3, 0), "{:?}", result_of(&branch, &file));
    assert_eq!(
        (status(&branch, one), status(&branch, other)),
        (Status::Completed, Status::Completed)
    );
}

/// A bulk request file (集信1) of accruals.
pub(super) fn bulk(rows: std::ops::RangeInclusive<usize>) -> String {
    let blank = "";
    let count = rows.clone().count();
    let data = rows.map(|n| {
        let reference = format!("INV-{n:06}");
        record(&format!(
            "2{blank:<20}123456789{blank:<30}0009{blank:<15}010{blank:<15}17654321\
             {reference:<40}{:010}202703310",
            1000
        ))
    });
    header("11") + &data.collect::<String>() + &end(count)
}

fn take_bulk(branch: &Branch, text: &str) -> ReceiptNo {
    let mut writer = branch.blobs.create().unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    let digest = writer.keep().unwrap();
    let arrival = Arrival { digest, ..branch.arrival("bulk.txt", text, None) };
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    let file = branch.desk.judge(receipt).unwrap().unwrap();
    assert_eq!(file.verdict, FileVerdict::Accepted, "{:?}", result_of(branch, &file));
    receipt
}

#[test]
fn whoever_sent_a_bulk_request_file_is_answered_in_the_same_form() {
    let branch = branch();
    let receipt = take_bulk(&branch, &bulk(1..=2));
    let case = CaseId { receipt, n: 1, row: None };
    for by in ["sato0001", "check001", "manage01"] {
        branch.vote(case, by, VoteKind::Approve);
    }
    let text = outcomes(&[ok(1), told(2, ("02", "", "R02"))]);
    results(&branch, "kekka.dat", &text);
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let path = paths.iter().find(|path| path.ends_with("_bulk_final.dat"));
    let path = path.unwrap_or_else(|| panic!("{paths:?}"));
    let bytes = branch.shelf.bytes(path);
    assert_eq!(bytes.len(), RECORD_LEN * 5, "header, two records, trailer, end");
    let back: Vec<_> = read_outcomes(&bytes, &crate::densai::results()).unwrap();
    let back: Vec<_> = back.into_iter().map(|one| one.unwrap()).collect();
    let numbers: Vec<_> =
        back.iter().map(|one| one.number.map(|number| number.to_string())).collect();
    assert_eq!(numbers, [Some("98765432100000100001".to_owned()), None]);
    assert_eq!((&*back[0].what.reference, &*back[1].error), ("INV-000001", "R02"));
    // What came as CSV is answered as CSV alone.
    let csv = sent(&branch, "a.csv", 5..=5);
    branch.desk.dispatch_all().unwrap();
    assert!(
        !branch
            .shelf
            .paths()
            .iter()
            .any(|path| { path.contains(&csv.receipt.to_string()) && path.ends_with(".dat") })
    );
}
