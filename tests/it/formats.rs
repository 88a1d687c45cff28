//! Files of `tests/it/data/formats/<case>/`: what is found in each stands in `expected.txt`
//! (written anew with KESSAI_BLESS=1, and then read by a person).

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use kessai::domain::profile::Profile;
use kessai::domain::rules::RuleSettings;
use kessai::domain::{
    BankCalendar, BranchCode, Claim, ClaimChange, Customers, Date, RecordNumber, RecordRequest,
    RequestKind, Severity, Workbook, Yen,
};
use kessai::formats::densai::RequestLayout;
use kessai::formats::{self, AcceptPolicy, FileReport, Intake, RowSink, Verdict};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/formats");

#[derive(Default)]
pub(crate) struct Accepted(pub(crate) Vec<(u32, u32, RecordRequest, u64)>);

impl RowSink for Accepted {
    fn accepted(&mut self, record: u32, line: u32, request: &RecordRequest, key: u64) {
        self.0.push((record, line, request.clone(), key));
    }
}

/// What is found in `bytes`, as on 2026-12-01 in the folder of 987654321.
pub(crate) fn read(file_name: &str, bytes: &[u8]) -> (FileReport, Accepted) {
    read_knowing(file_name, bytes, &|_, _| None)
}

fn read_knowing(
    file_name: &str,
    mut bytes: &[u8],
    known: &dyn Fn(u64, &RecordRequest) -> Option<String>,
) -> (FileReport, Accepted) {
    let mut accepted = Accepted::default();
    let report = judged(file_name, known, &[], &mut |intake| {
        formats::read(&mut bytes, intake, &mut accepted)
    });
    (report, accepted)
}

/// The same of a workbook.
pub(crate) fn read_book(book: &Workbook) -> (FileReport, Accepted) {
    let mut accepted = Accepted::default();
    let report = judged("a.xlsx", &|_, _| None, &[], &mut |intake| {
        formats::read_workbook(book, intake, &mut accepted)
    });
    (report, accepted)
}

/// The same of a CSV file that may be another system's.
pub(crate) fn read_by(profiles: &[Profile], mut bytes: &[u8]) -> (FileReport, Accepted) {
    let mut accepted = Accepted::default();
    let report = judged("a.csv", &|_, _| None, profiles, &mut |intake| {
        formats::read(&mut bytes, intake, &mut accepted)
    });
    (report, accepted)
}

fn judged(
    file_name: &str,
    known: &dyn Fn(u64, &RecordRequest) -> Option<String>,
    profiles: &[Profile],
    read: &mut dyn FnMut(&Intake<'_>) -> std::io::Result<FileReport>,
) -> FileReport {
    static CALENDAR: std::sync::LazyLock<BankCalendar> =
        std::sync::LazyLock::new(BankCalendar::japan);
    let intake = Intake {
        channel: "customers",
        submitter: "987654321",
        also: &[],
        on: Date::new(2026, 12, 1).unwrap(),
        calendar: &CALENDAR,
        settings: RuleSettings::default(),
        file_name,
        known,
        claims: &|_: RecordNumber| None,
        customers: &Customers::default(),
        layout: RequestLayout::shipped(),
        profiles,
        takes: &|_| true,
        promised: formats::Promised::default(),
        operates: &|_, _| true,
        scratch: None,
    };
    read(&intake).unwrap()
}

fn codes(report: &FileReport) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code.as_str()).collect()
}

/// The report in the lines of `expected.txt`.
fn summary(report: &FileReport) -> String {
    let FileReport { format, encoding, records, accepted, rejected, total, .. } = report;
    let verdict = report.verdict(AcceptPolicy::File).name();
    let mut text = format!(
        "{} {} records={records} accepted={accepted} rejected={rejected} total={} {verdict}\n",
        format.name(),
        encoding.name(),
        total.get()
    );
    for finding in &report.findings {
        let field = finding.field.map_or("-", |field| field.name());
        writeln!(
            text,
            "{} {} record={} line={} column={} {field} {:?}\n    {}",
            finding.severity.name(),
            finding.code,
            finding.record,
            finding.line,
            finding.column,
            finding.value,
            finding.ja
        )
        .unwrap();
    }
    text
}

/// A character of these files in EBCDIC.
pub(crate) fn ebcdic(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0' + 0xF0,
        b'A'..=b'I' => byte - b'A' + 0xC1,
        b'J'..=b'R' => byte - b'J' + 0xD1,
        b'S'..=b'Z' => byte - b'S' + 0xE2,
        b'-' => 0x60,
        _ => 0x40,
    }
}

#[test]
fn every_case_is_found_as_expected() {
    let bless = std::env::var_os("KESSAI_BLESS").is_some();
    let mut wrong = Vec::new();
    let mut cases: Vec<_> =
        fs::read_dir(DATA).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    for case in cases {
        let drop = ["drop.csv", "drop.xml"].map(|name| case.join(name));
        let drop = drop.iter().find(|path| path.exists()).unwrap();
        let name = drop.file_name().unwrap().to_str().unwrap();
        let found = summary(&read(name, &fs::read(drop).unwrap()).0);
        let expected = case.join("expected.txt");
        if bless {
            fs::write(expected, found).unwrap();
        } else if fs::read_to_string(expected).unwrap_or_default() != found {
            wrong.push(format!("{}\n{found}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub(crate) fn drop(case: &str) -> Vec<u8> {
    let path = Path::new(DATA).join(case);
    fs::read(path.join("drop.csv")).or_else(|_| fs::read(path.join("drop.xml"))).unwrap()
}

#[test]
fn clean_rows_reach_the_sink_with_their_places() {
    let (report, accepted) = read("a.csv", &drop("cp932_89"));
    assert_eq!(report.verdict(AcceptPolicy::File), Verdict::Accepted);
    let (record, line, request, key) = &accepted.0[0];
    assert_eq!((*record, *line, *key), (1, 2, request.business_key()));
    assert_eq!(request.comment, "髙﨑①");
}

#[test]
fn a_comment_that_begins_like_a_formula_is_kept_as_written() {
    let (_, accepted) = read("a.csv", &drop("formula_113"));
    let comments: Vec<&str> = accepted.0.iter().map(|row| row.2.comment.as_str()).collect();
    assert_eq!(comments[..5], ["=1+1", "＝至急", "@SUM(A1)", "＠担当", "+cmd"]);
}

#[test]
fn same_business_key_81() {
    let bytes = drop("utf8_87");
    let (report, accepted) =
        read_knowing("a.csv", &bytes, &|_, _| Some("20261130-000001-2".into()));
    assert_eq!(codes(&report), ["E_DUP_KEY", "E_DUP_KEY"]);
    assert!(report.findings[0].ja.contains("20261130-000001-2"));
    assert!(accepted.0.is_empty());
}

/// What is found in the folder of a channel, where 987654321 is a customer with one account.
fn read_registered((channel, submitter): (&str, &str), name: &str, text: &str) -> FileReport {
    let list = kessai::workflow::write_customers([].iter())
        + "987654321,法人,高崎製作所,ﾀｶｻｷ,,,001,通常,2026-04-10,,keiri@example.jp,0001,001,2,0123456,,";
    let customers = kessai::workflow::load_customers("customers.csv", &list).unwrap();
    let intake = Intake {
        channel,
        submitter,
        also: &[],
        on: Date::new(2026, 12, 1).unwrap(),
        calendar: &BankCalendar::japan(),
        settings: RuleSettings::default(),
        file_name: name,
        known: &|_, _| None,
        claims: &|_: RecordNumber| None,
        customers: &Customers::new(customers),
        layout: RequestLayout::shipped(),
        profiles: &[],
        takes: &|_| true,
        promised: formats::Promised::default(),
        operates: &|_, _| true,
        scratch: None,
    };
    formats::read(&mut text.as_bytes(), &intake, &mut Accepted::default()).unwrap()
}

#[test]
fn a_blank_requester_is_filled_in_from_the_register_in_csv_and_xml_and_then_held_to_its_folder() {
    let csv = String::from_utf8(drop("utf8_87")).unwrap();
    let csv = csv.replace("987654321,0001,001,2,0123456", "987654321,,,,");
    let own = ("customers", "987654321");
    assert_eq!(codes(&read_registered(own, "a.csv", &csv)), ["D33", "D33"]);
    let xml = String::from_utf8(drop("xml_clean")).unwrap();
    let account = "userNumber=\"987654321\" bank=\"0001\" branch=\"001\" \
                   accountType=\"current\" accountNumber=\"0123456\"";
    let bare = xml.replace(account, "");
    assert_ne!(bare, xml);
    let report = read_registered(own, "a.xml", &bare);
    assert_eq!((codes(&report), report.accepted), (vec!["D33"; 4], 2));
    let own_branch = read_registered(("branches", "001"), "a.csv", &csv);
    assert_eq!(codes(&own_branch), ["D33", "D33"]);
    let other_branch = read_registered(("branches", "002"), "a.csv", &csv);
    assert!(codes(&other_branch).contains(&"E_IDENTITY"), "{:?}", codes(&other_branch));
}

#[test]
fn policy_matrix_106() {
    let bytes = drop("duplicate_rows_82");
    let (report, _) = read("a.csv", &bytes);
    assert_eq!((report.accepted, report.rejected), (3, 1));
    assert_eq!(report.verdict(AcceptPolicy::File), Verdict::Rejected);
    assert_eq!(report.verdict(AcceptPolicy::Record), Verdict::Partial);
    let (report, _) = read("a.csv", &drop("total_wrong"));
    assert_eq!(report.verdict(AcceptPolicy::Record), Verdict::Rejected);
}

#[test]
fn ten_thousand_errors_are_capped_107() {
    let mut text = String::from_utf8(drop("utf8_87")).unwrap();
    let row = text.lines().nth(1).unwrap().replace(",1000000,", ",0,");
    text.truncate(text.find('\n').unwrap() + 1);
    for _ in 0..10_001 {
        text.push_str(&row);
        text.push('\n');
    }
    let (report, _) = read("a.csv", text.as_bytes());
    assert_eq!(report.findings.len(), 1_000);
    assert_eq!(report.finding_counts.errors, 10_001);
    let last = report.findings.last().unwrap();
    assert_eq!(last.severity, Severity::Error);
    assert!(last.ja.contains("他 9002 件"), "{}", last.ja);
}

#[test]
fn billion_laughs_108() {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY l0 \"lol\">");
    for n in 1..10 {
        write!(text, "<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)).unwrap();
    }
    text.push_str("]><densaiBatch>&l9;</densaiBatch>");
    assert_eq!(codes(&read("a.xml", text.as_bytes()).0), ["E_XML_DTD"]);
}

#[test]
fn depth_110_and_attributes_111_are_limited() {
    let deep =
        format!("<densaiBatch version=\"1\" submitter=\"987654321\">{}", "<a>".repeat(100_000));
    let (report, _) = read("a.xml", deep.as_bytes());
    assert_eq!(codes(&report), ["E_COLUMN", "E_XML_LIMIT"]);
    let mut wide = String::from("<densaiBatch");
    for n in 0..40_000 {
        write!(wide, " a{n}=\"\"").unwrap();
    }
    wide.push_str("/>");
    assert_eq!(codes(&read("a.xml", wide.as_bytes()).0), ["E_XML_LIMIT"]);
    let long = format!("<densaiBatch version=\"1\" submitter=\"{}\"/>", "x".repeat(70_000));
    assert_eq!(codes(&read("a.xml", long.as_bytes()).0), ["E_XML_LIMIT"]);
    let name = format!("<{}/>", "x".repeat(300));
    assert_eq!(codes(&read("a.xml", name.as_bytes()).0), ["E_XML_LIMIT"]);
    let endless = format!("<densaiBatch version=\"1\" submitter=\"{}", "x".repeat(3_000_000));
    assert_eq!(codes(&read("a.xml", endless.as_bytes()).0), ["E_XML_LIMIT"]);
}

#[test]
fn an_endless_quotation_does_not_fill_the_memory() {
    let mut text = String::from_utf8(drop("utf8_87")).unwrap();
    text.push_str("11,\"");
    text.push_str(&"x\n".repeat(2_000_000));
    let (report, _) = read("a.csv", text.as_bytes());
    assert_eq!(codes(&report), ["E_QUOTE"]);
    assert_eq!(report.findings[0].line, 4);
}

#[test]
fn chunks_cut_nothing() {
    // Japanese, CRLF and quotes over many chunk borders, with every alignment of the first.
    let text = String::from_utf8(drop("utf8_87")).unwrap();
    let (header, row) = text.split_once("\r\n").unwrap();
    let row = row.lines().next().unwrap();
    for shift in 0..7 {
        let mut text = format!("{header}\r\n");
        for n in 0..900 {
            let pad = "あ".repeat(n % 40) + &"x".repeat(shift);
            let row = row.replace("INV-001", &format!("N{n}"));
            write!(text, "{row}\"{pad}\r\n山\"\r\n").unwrap();
        }
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), "utf-8"),
            (encoding_rs::SHIFT_JIS.encode(&text).0.into_owned(), "cp932"),
        ] {
            let (report, accepted) = read("a.csv", &bytes);
            assert_eq!((report.accepted, report.encoding.name()), (900, encoding));
            assert_eq!(accepted.0.last().unwrap().1, 2 + 899 * 2);
        }
    }
}

#[test]
fn a_record_file_gives_back_what_was_put_in() {
    let (_, accepted) = read("a.csv", &drop("utf8_87"));
    let mut writer = formats::Writer::new(Vec::new()).unwrap();
    for (record, line, request, key) in &accepted.0 {
        writer.push(*record, *line, request, *key).unwrap();
    }
    let bytes = writer.finish().unwrap();
    let open = |bytes: Vec<u8>| {
        let len = bytes.len() as u64;
        formats::Reader::open(len, move |at, to: &mut [u8]| {
            let at = usize::try_from(at).unwrap();
            let part = bytes.get(at..at + to.len());
            to.copy_from_slice(part.ok_or(std::io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    };
    let reader = open(bytes.clone()).unwrap();
    assert_eq!(reader.len(), 2);
    assert_eq!(reader.row(1).unwrap().request, accepted.0[1].2);
    assert_eq!(reader.find(2).unwrap().unwrap().line, 3);
    assert!(reader.find(3).unwrap().is_none());
    assert_eq!(reader.rows().count(), 2);
    let mut keys: Vec<u64> = accepted.0.iter().map(|row| row.3).collect();
    keys.sort_unstable();
    assert_eq!(reader.keys().unwrap(), keys);
    let places = reader.key_places().unwrap();
    assert!(keys.iter().all(|key| reader.has_key(&places, *key).unwrap()));
    assert!(!reader.has_key(&places, keys[0] ^ 1).unwrap());
    reader.verify().unwrap();
    let mut damaged = bytes.clone();
    damaged[20] ^= 1;
    assert!(open(damaged).unwrap().verify().is_err());
    for len in 0..bytes.len() {
        assert!(open(bytes[..len].to_vec()).is_err(), "cut at {len}");
    }
    let findings = read("a.csv", &drop("dates")).0.findings;
    let stored = formats::write_findings(&findings);
    assert_eq!(formats::read_findings(&stored).unwrap(), findings);
    assert!(formats::read_findings(&stored[..stored.len() - 1]).is_err());
}

#[test]
fn cp932_writes_what_it_lacks_as_geta_152() {
    let bytes = formats::to_cp932("髙﨑〜—−é𠮷\n");
    let (text, _, _) = encoding_rs::SHIFT_JIS.decode(&bytes);
    assert_eq!(text, "髙﨑～―－〓〓\n");
}

#[test]
fn half_width_kana_alone_is_cp932() {
    // C2 B1 is also a valid UTF-8 sequence.
    let text = String::from_utf8(drop("english_header_any_order")).unwrap();
    let text = text.replace("当座", "2").replace("普通", "1");
    let text = text.replace("amount,", "amount,counterparty_name_kana,").replace("\n1,", "\n1,@,");
    let mut bytes = Vec::new();
    for byte in text.bytes() {
        match byte {
            b'@' => bytes.extend_from_slice(b"\xC2\xB1"),
            _ => bytes.push(byte),
        }
    }
    let (report, accepted) = read("a.csv", &bytes);
    assert_eq!(report.encoding.name(), "cp932");
    assert_eq!(accepted.0[0].2.counterparty_name_kana, "ﾂｱ");
}

#[test]
fn a_file_over_the_limit_is_not_read_on() {
    let calendar = BankCalendar::japan();
    let intake = Intake {
        channel: "customers",
        submitter: "987654321",
        also: &[],
        on: Date::new(2026, 12, 1).unwrap(),
        calendar: &calendar,
        settings: RuleSettings { file_len_max: 1_000_000, ..RuleSettings::default() },
        file_name: "a.csv",
        known: &|_, _| None,
        claims: &|_: RecordNumber| None,
        customers: &Customers::default(),
        layout: RequestLayout::shipped(),
        profiles: &[],
        takes: &|_| true,
        promised: formats::Promised::default(),
        operates: &|_, _| true,
        scratch: None,
    };
    let mut endless = std::io::BufReader::new(std::io::repeat(b'a'));
    let report = formats::read(&mut endless, &intake, &mut formats::NoSink).unwrap();
    assert_eq!(codes(&report), ["E_SIZE"]);
}

#[test]
fn a_failing_source_is_no_finding() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("disk"))
        }
    }
    let bytes = drop("utf8_87");
    let mut source = std::io::Read::chain(&bytes[..], Broken);
    let calendar = BankCalendar::japan();
    let intake = Intake {
        channel: "customers",
        submitter: "987654321",
        also: &[],
        on: Date::new(2026, 12, 1).unwrap(),
        calendar: &calendar,
        settings: RuleSettings::default(),
        file_name: "a.csv",
        known: &|_, _| None,
        claims: &|_: RecordNumber| None,
        customers: &Customers::default(),
        layout: RequestLayout::shipped(),
        profiles: &[],
        takes: &|_| true,
        promised: formats::Promised::default(),
        operates: &|_, _| true,
        scratch: None,
    };
    assert!(formats::read(&mut source, &intake, &mut formats::NoSink).is_err());
}

#[test]
fn a_claim_that_was_assigned_changes_by_a_branch_only() {
    let calendar = BankCalendar::japan();
    let text = String::from_utf8(drop("claim_kinds")).unwrap();
    let rows: Vec<&str> = text.lines().collect();
    let text = format!("{}\n{}\n", rows[0], rows[2]);
    let mut request = read("a.csv", text.as_bytes()).1.0[0].2.clone();
    request.kind = RequestKind::AccrualDebtor;
    request.amount = Yen::new(1_000_000).ok();
    let number = request.record_number.unwrap();
    let made = ClaimChange::of(&request, Some(number)).unwrap();
    let ClaimChange::Accrued(claim) = made else { panic!("an accrual makes a claim") };
    let claim = Claim { assigned: true, due: Date::new(2026, 12, 28).unwrap(), ..*claim };
    let found = |channel: &str, submitter: &str| {
        let intake = Intake {
            channel,
            submitter,
            also: &[],
            on: Date::new(2026, 12, 1).unwrap(),
            calendar: &calendar,
            settings: RuleSettings::default(),
            file_name: "a.csv",
            customers: &Customers::default(),
            layout: RequestLayout::shipped(),
            profiles: &[],
            takes: &|_| true,
            promised: formats::Promised::default(),
            operates: &|_, _| true,
            scratch: None,
            known: &|_, _| None,
            claims: &|asked: RecordNumber| (asked == number).then(|| claim.clone()),
        };
        let report = formats::read(&mut text.as_bytes(), &intake, &mut formats::NoSink).unwrap();
        codes(&report)
    };
    assert_eq!(found("customers", "987654321"), ["D27"]);
    assert_eq!(found("branches", "001"), Vec::<&str>::new());
}

#[test]
fn the_folder_of_a_merged_branch_takes_the_number_of_its_successor() {
    let calendar = BankCalendar::japan();
    let text = String::from_utf8(drop("utf8_87")).unwrap();
    let row = text.lines().nth(1).unwrap();
    let own = row.split(',').nth(5).unwrap().to_owned();
    let successor = BranchCode::parse("777").unwrap();
    let found = |submitter: &str, also: &[BranchCode]| {
        let intake = Intake {
            channel: "branches",
            submitter,
            also,
            on: Date::new(2026, 12, 1).unwrap(),
            calendar: &calendar,
            settings: RuleSettings::default(),
            file_name: "a.csv",
            known: &|_, _| None,
            claims: &|_: RecordNumber| None,
            customers: &Customers::default(),
            layout: RequestLayout::shipped(),
            profiles: &[],
            takes: &|_| true,
            promised: formats::Promised::default(),
            operates: &|_, _| true,
            scratch: None,
        };
        let report = formats::read(&mut text.as_bytes(), &intake, &mut formats::NoSink).unwrap();
        codes(&report).contains(&"E_IDENTITY")
    };
    assert!(!found(&own, &[]) && !found(&own, &[successor]));
    assert!(found("777", &[]), "another branch's file");
    assert!(!found("777", &[BranchCode::parse(&own).unwrap()]));
}

#[test]
fn completeness_is_seen_at_the_end() {
    use formats::{Format, complete};
    let complete = |tail: &[u8], format| complete(tail, tail.len() as u64, format);
    assert!(complete(b"a,b\r\n", Format::Csv) && complete(b"a\r", Format::Csv));
    assert!(!complete(b"a,b", Format::Csv) && !complete(b"a\n\0\0", Format::Csv));
    assert!(complete(b"</densaiBatch >\n", Format::Xml));
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        assert!(complete(&utf16("金額\r\n", bytes), Format::Csv));
        assert!(!complete(&utf16("金額", bytes), Format::Csv));
        assert!(complete(&utf16("</densaiBatch>\r\n", bytes), Format::Xml));
        assert!(!complete(&utf16("</request>\r\n", bytes), Format::Xml));
    }
    assert!(!complete(b"</request>\n", Format::Xml) && !complete(b"", Format::Csv));
}

mod decoder {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            for name in ["a.csv", "a.xml", "a"] {
                let (report, accepted) = read(name, &bytes);
                prop_assert!(report.file_error && accepted.0.is_empty());
            }
        }

        #[test]
        fn never_panics_on_damaged_files(
            case in 0..4_usize, at in 0..900_usize, with in any::<[u8; 2]>()
        ) {
            let case = ["cp932_89", "quoted_newlines_96", "xml_clean", "title_and_total"][case];
            let mut bytes = drop(case);
            let at = at.min(bytes.len() - 2);
            bytes[at..at + 2].copy_from_slice(&with);
            let (report, _) = read(if case == "xml_clean" { "a.xml" } else { "a.csv" }, &bytes);
            prop_assert!(report.accepted + report.rejected == report.records);
        }
    }
}

mod system {
    use std::process::Command;

    use super::*;

    /// Needs xmllint; asked for by KESSAI_SYSTEM_TESTS and never skipped then.
    #[test]
    fn the_schema_agrees_with_the_samples() {
        if std::env::var_os("KESSAI_SYSTEM_TESTS").is_none() {
            return;
        }
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/schemas/densai_batch_v1.xsd");
        for (case, valid) in [
            ("xml_clean", true),
            ("xml_cp932", true),
            ("xml_claim_kinds", true),
            ("xml_findings", false),
            ("xml_wrong_root", false),
        ] {
            let file = Path::new(DATA).join(case).join("drop.xml");
            let mut lint = Command::new("xmllint");
            lint.args(["--noout", "--schema", schema]).arg(file);
            assert_eq!(lint.output().unwrap().status.success(), valid, "{case}");
        }
    }
}
