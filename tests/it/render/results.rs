//! Result, final and clearing files.

use kessai::domain::{Digest, Field, RequestKind, ResultEncoding};
use kessai::render::names;
use kessai::render::results::{
    ClearingManifest, FinalOutcome, FinalRow, ResultRow, write_clearing, write_final,
    write_final_json, write_result, write_result_json,
};
use kessai::render::view::{Outcome, Verdict};
use kessai::render::words::Words;

use super::sample;

fn result_rows() -> Vec<ResultRow> {
    let mut rows: Vec<ResultRow> =
        sample::rows(5).into_iter().map(|row| ResultRow { row, findings: Vec::new() }).collect();
    rows[1].row.verdict = Verdict::Warning;
    rows[1].findings = vec![sample::warning()];
    rows[2].row.verdict = Verdict::Rejected;
    rows[2].row.case = None;
    rows[2].findings = vec![sample::warning(), sample::error()];
    rows[3].row.verdict = Verdict::Held;
    rows[4].row.verdict = Verdict::Rejected;
    rows[4].row.case = None;
    rows[4].row.reference = "=HYPERLINK(\"http://x\",\"𠮷,〜\")".into();
    rows
}

fn result(encoding: ResultEncoding) -> (Vec<u8>, u64) {
    let mut bytes = Vec::new();
    let rows = result_rows().into_iter().map(Ok);
    let written =
        write_result(&mut bytes, &sample::file(5), rows, encoding, Words::embedded()).unwrap();
    (bytes, written.replaced)
}

fn final_rows() -> Vec<FinalRow> {
    let row = |record: u32, outcome, name: &str, reason: &str| FinalRow {
        line: record + 1,
        record,
        reference: format!("INV-{record:05}"),
        outcome,
        number: String::new(),
        error: String::new(),
        case: (outcome != FinalOutcome::Refused).then(sample::case),
        name: name.into(),
        at: (outcome != FinalOutcome::Refused).then(|| sample::at(14, 5)),
        reason: reason.into(),
    };
    vec![
        row(1, FinalOutcome::Decided(Outcome::Approved), "齋藤 瀨那", ""),
        row(2, FinalOutcome::Decided(Outcome::Returned), "渡邊 德子", "支払期日が違います。"),
        row(3, FinalOutcome::Decided(Outcome::Rejected), "渡邊 德子", "-1の件です"),
        row(4, FinalOutcome::Refused, "", "D07 支払期日は7銀行営業日後以降にしてください。"),
    ]
}

#[test]
fn a_result_file_reads_as_a_person_expects() {
    let (bytes, _) = result(ResultEncoding::Utf8Bom);
    assert_eq!(bytes, result(ResultEncoding::Utf8Bom).0);
    let text = String::from_utf8(bytes).unwrap();
    let text = text.strip_prefix('\u{FEFF}').unwrap();
    assert!(!text.replace("\r\n", "").contains('\n'));
    insta::assert_snapshot!(text.replace("\r\n", "\n"));
}

#[test]
fn a_result_file_for_excel_is_windows_31j_with_geta_for_what_it_lacks() {
    let (bytes, replaced) = result(ResultEncoding::Cp932);
    assert_eq!(replaced, 1);
    let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(&bytes);
    assert!(!broken);
    assert!(text.contains("株式会社 髙﨑製作所"));
    assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\",\"\"〓,～\"\")\""), "{text}");
}

#[test]
fn a_final_file_tells_each_record_its_end() {
    let mut bytes = Vec::new();
    let rows = final_rows().into_iter().map(Ok);
    let encoding = ResultEncoding::Utf8Bom;
    let words = Words::embedded();
    let written = write_final(&mut bytes, &sample::file(4), rows, encoding, words).unwrap();
    assert_eq!((written.lines, written.replaced), (4, 0));
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap().replace("\r\n", "\n"));
}

#[test]
fn json_answers_hold_the_same_raw() {
    let mut bytes = Vec::new();
    let mut rows = result_rows();
    let mut of_file = rows[0].clone();
    of_file.row.record = 0;
    rows.push(of_file);
    write_result_json(&mut bytes, &sample::file(5), rows.into_iter().map(Ok)).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["receipt_no"], "20261201-000123-6");
    assert_eq!(json["rows"].as_array().unwrap().len(), 6);
    assert_eq!(json["rows"][0]["verdict"], "accepted");
    assert!(json["rows"][5]["verdict"].is_null(), "what is told of the file is no record");
    assert_eq!(json["rows"][2]["findings"][1]["code"], "D07");
    assert_eq!(json["rows"][4]["reference"], "=HYPERLINK(\"http://x\",\"𠮷,〜\")");
    let mut bytes = Vec::new();
    write_final_json(&mut bytes, &sample::file(4), final_rows().into_iter().map(Ok)).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["rows"][1]["outcome"], "returned");
    let mut bytes = Vec::new();
    write_result_json(&mut bytes, &sample::file(0), std::iter::empty()).unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
}

#[test]
fn a_clearing_file_holds_the_twenty_columns_and_its_companion_the_proof() {
    let mut assignment = sample::request(2);
    assignment.kind = RequestKind::Assignment;
    assignment.amount = None;
    assignment.due_date = None;
    let mut bytes = Vec::new();
    let rows = [sample::request(1), assignment].into_iter().map(Ok);
    let summary = write_clearing(&mut bytes, rows).unwrap();
    assert_eq!((summary.records, summary.total.get()), (2, 1_111_111));
    assert_eq!(summary.digest, Digest::of(&bytes));
    assert_eq!(usize::try_from(summary.bytes).unwrap(), bytes.len());
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with('\u{FEFF}'));
    for line in text.lines() {
        assert_eq!(line.split(',').count(), Field::ALL.len());
    }
    insta::assert_snapshot!(text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n"));
    let manifest = ClearingManifest {
        file: names::clearing_csv(sample::case()),
        cases: vec![sample::case()],
        rows: vec![1, 3],
        content: Digest::of(b"content"),
        summary,
    };
    insta::assert_snapshot!(String::from_utf8(manifest.bytes().unwrap()).unwrap());
}

#[test]
fn a_failing_row_or_writer_stops_the_file() {
    let rows = [Err(std::io::Error::other("torn"))].into_iter();
    assert!(write_clearing(&mut Vec::new(), rows).is_err());
    let mut full: &mut [u8] = &mut [0; 16];
    let rows = result_rows().into_iter().map(Ok);
    let encoding = ResultEncoding::Cp932;
    let words = Words::embedded();
    assert!(write_result(&mut full, &sample::file(5), rows, encoding, words).is_err());
}

#[test]
fn a_stem_keeps_letters_and_digits_and_nothing_that_harms() {
    for (name, stem) in [
        ("支払12月.csv", "支払12月"),
        ("12月分 支払（本社）.csv", "12月分_支払_本社"),
        ("a/../b\\c.csv", "a_b_c"),
        ("\u{202E}fdp.csv", "fdp"),
        ("か\u{3099}.csv", "が"),
        ("セ\u{309A}ロ.csv", "セ\u{309A}ロ"),
        ("...", "file"),
        ("", "file"),
        ("a\u{0}b\nc.csv", "abc"),
        ("report.final.v2.csv", "report_final_v2"),
        ("-rf.csv", "-rf"),
    ] {
        assert_eq!(names::stem(name), stem, "{name:?}");
    }
    assert_eq!(names::stem(&"あ".repeat(200)).chars().count(), 60);
    let longest = names::result_json(sample::receipt_no(), &"𠮷".repeat(200));
    assert!(longest.len() <= 255, "{} bytes", longest.len());
    assert_eq!(
        names::slip_pdf(sample::receipt_no(), "支払.csv"),
        "20261201-000123-6_支払_slip.pdf"
    );
    assert_eq!(names::receipt_pdf(sample::case()), "20261201-000123-6.1_receipt.pdf");
}

#[test]
fn what_the_bank_takes_is_an_assignment_to_the_clearing_side() {
    for (amount, code) in [(None, "20"), (sample::request(1).amount, "30")] {
        let mut request = sample::request(1);
        (request.kind, request.amount, request.due_date) = (RequestKind::Discount, amount, None);
        let mut bytes = Vec::new();
        write_clearing(&mut bytes, [Ok(request)].into_iter()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.lines().nth(1).unwrap().starts_with(&format!("{code},")), "{text}");
    }
}
