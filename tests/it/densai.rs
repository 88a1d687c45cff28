//! Bulk request files (集信1): what is read, what is told of mistakes, and that what is written is
//! read again.

use kessai::domain::{
    Account, AssignmentRestriction, Code, Date, Field, Guarantee, Party, RecordNumber,
    RecordRequest, RequestKind, Severity, UserNumber, Yen,
};
use kessai::formats::densai::{
    RECORD_LEN, RequestLayout, SHIPPED, records_to_correct, write_requests,
};
use kessai::formats::layout::{Newline, RecordKind};
use kessai::formats::{self, FileReport, Format, complete, read_findings, write_findings};
use proptest::prelude::*;

use crate::formats::read;

/// The header of the published sample, with the day of the test: 11, JIS, カブシキガイシヤエツクス.
fn header() -> Vec<u8> {
    let mut bytes = b"111020261203987654321".to_vec();
    pad(&mut bytes, b"\xB6\xCC\xDE\xBC\xB7\xB6\xDE\xB2\xBC\xD4\xB4\xC2\xB8\xBD", 51);
    bytes.extend(b"1111");
    pad(&mut bytes, b"\xB4\xB2\xB7\xDE\xDD\xBA\xB3", 70);
    bytes.extend(b"111");
    pad(&mut bytes, b"\xB4\xB2\xBC\xC3\xDD", 88);
    bytes.extend(b"29999999");
    pad(&mut bytes, b"", RECORD_LEN);
    bytes
}

fn pad(bytes: &mut Vec<u8>, more: &[u8], to: usize) {
    bytes.extend(more);
    bytes.resize(to, b' ');
}

/// The data record of the published sample: 10,000,000 yen, due in time for the test's day.
fn data(reference: &str) -> Vec<u8> {
    let mut bytes = vec![b'2'];
    pad(&mut bytes, b"", 21);
    bytes.extend(b"123456789");
    pad(&mut bytes, b"", 60);
    bytes.extend(b"2222");
    pad(&mut bytes, b"", 79);
    bytes.extend(b"222");
    pad(&mut bytes, b"", 97);
    bytes.extend(b"18888888");
    pad(&mut bytes, reference.as_bytes(), 145);
    bytes.extend(b"001000000020270330");
    pad(&mut bytes, b"0", RECORD_LEN);
    bytes
}

fn trailer(count: usize, amount: u64) -> Vec<u8> {
    let mut bytes = format!("8{count:06}{amount:012}").into_bytes();
    pad(&mut bytes, b"", RECORD_LEN);
    bytes
}

fn end() -> Vec<u8> {
    let mut bytes = vec![b'9'];
    pad(&mut bytes, b"", RECORD_LEN);
    bytes
}

/// Two requests, whole.
fn sample() -> Vec<Vec<u8>> {
    vec![header(), data("123ABC().-"), data("B-2"), trailer(2, 20_000_000), end()]
}

fn codes(report: &FileReport) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code.as_str()).collect()
}

/// What is told of a file: code and place of each finding.
fn told(bytes: &[u8]) -> Vec<String> {
    let (report, _) = read("a.txt", bytes);
    let told = report.findings.iter().map(|finding| {
        let place = finding.bytes.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {} {place}", finding.code, finding.record)
    });
    told.collect()
}

/// The sample with some bytes of a record, from 1, replaced from a place on, from 0.
fn with(record: usize, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut records = sample();
    records[record - 1][at..at + bytes.len()].copy_from_slice(bytes);
    records.concat()
}

/// The layout of bulk result files that is shipped.
pub(crate) fn results() -> kessai::formats::layout::Layout {
    kessai::formats::densai::result_layout(kessai::formats::densai::SHIPPED_RESULT).unwrap()
}

#[test]
fn the_published_sample_is_read_by_the_rules_of_every_file() {
    let (report, accepted) = read("iks.txt", &sample().concat());
    assert_eq!((codes(&report), report.accepted), (vec![], 2));
    assert_eq!((report.format.name(), report.encoding.name()), ("fixed-length", "jis-x0201"));
    assert_eq!(report.total.get(), 20_000_000);
    let (record, line, request, key) = &accepted.0[0];
    assert_eq!((*record, *line, *key), (1, 2, request.business_key()));
    assert_eq!(request.kind, RequestKind::AccrualDebtor);
    assert_eq!(request.record_date, Date::new(2026, 12, 3).unwrap());
    assert_eq!(request.requester.user_number.as_str(), "987654321");
    assert_eq!(request.requester.account, Account::parse("1111-111-2-9999999").unwrap());
    assert_eq!(request.counterparty.user_number.as_str(), "123456789");
    assert_eq!(request.counterparty.account, Account::parse("2222-222-1-8888888").unwrap());
    assert_eq!(request.amount.unwrap().get(), 10_000_000);
    assert_eq!(request.due_date, Date::new(2027, 3, 30).ok());
    assert_eq!(request.requester_ref, "123ABC().-");
}

#[test]
fn newlines_of_any_kind_may_stand_between_records() {
    for newline in [b"\r\n".as_slice(), b"\n", b"\r", b"\r\n\r\n"] {
        let (report, accepted) = read("a.txt", &sample().join(newline));
        assert_eq!((codes(&report), accepted.0.len()), (vec![], 2), "{newline:?}");
        let ended = [sample().join(newline), newline.to_vec()].concat();
        assert_eq!(told(&ended), Vec::<String>::new());
    }
}

#[test]
fn several_headers_of_one_account_make_one_file() {
    let mut assignment = header();
    assignment[1..3].copy_from_slice(b"20");
    let mut row = data("C-3");
    row[1..21].copy_from_slice(b"98765432100000100017");
    row[145..164].fill(b' ');
    row[164] = b'1';
    let mut records = sample();
    records.splice(4..4, [assignment, row, trailer(1, 0)]);
    let (report, accepted) = read("a.dat", &records.concat());
    assert_eq!(codes(&report), Vec::<&str>::new());
    let request = &accepted.0[2].2;
    assert_eq!(
        (request.kind, request.amount, request.due_date),
        (RequestKind::Assignment, None, None)
    );
    assert_eq!(request.guarantee, Guarantee::Without);
    assert_eq!(request.record_number.unwrap().as_str(), "98765432100000100017");

    records[4][89..96].copy_from_slice(b"1234567");
    let told = told(&records.concat());
    assert_eq!(told, ["F08 0 レコード5、90〜96バイト目「請求者口座番号」"]);
}

#[test]
fn every_mistake_of_the_file_is_told_with_its_record_and_bytes() {
    let mut records = sample();
    records[1].truncate(249);
    assert_eq!(told(&records.join(&b'\n')), ["F01 0 レコード2"]);
    records[1].extend(b"   ");
    assert_eq!(told(&records.join(&b'\n')), ["F01 0 レコード2"]);
    assert_eq!(told(&with(2, 0, b"3")), ["F02 0 レコード2"]);
    let records = sample();
    let without = |which: usize| {
        let kept = records.iter().enumerate().filter(|(at, _)| *at != which);
        kept.flat_map(|(_, record)| record).copied().collect::<Vec<u8>>()
    };
    assert_eq!(told(&without(0))[0], "F03 0 レコード1");
    assert_eq!(told(&without(3)), ["F03 0 レコード4"]);
    assert_eq!(told(&without(4)), ["F04 0 "]);
    let twice = [records.concat(), records.concat()].concat();
    assert_eq!(told(&twice), ["F05 0 レコード6"]);
    assert_eq!(read("a.txt", &twice).1.0.len(), 2, "what follows the end is not read");
    assert_eq!(told(&with(1, 3, b"1")), ["F06 0 レコード1、4バイト目「文字コード区分」"]);
    assert_eq!(told(&with(4, 1, b"000003")), ["F09 0 レコード4、2〜7バイト目「合計件数」"]);
    assert_eq!(told(&with(4, 18, b"1")), ["F09 0 レコード4、8〜19バイト目「合計金額」"]);
    assert_eq!(told(&with(3, 249, b"X")), ["F11 2 レコード3、166〜250バイト目「ダミー」"]);
    assert_eq!(told(&with(5, 100, b"X")), ["F11 0 レコード5、2〜250バイト目「ダミー」"]);
}

#[test]
fn a_mistake_in_a_row_is_told_as_in_any_other_file_but_with_its_bytes() {
    let kinds = with(1, 1, b"40");
    let kind = "レコード1、2〜3バイト目「種別コード」";
    assert_eq!(told(&kinds)[..1], [format!("F10 1 {kind}")]);
    assert_eq!(
        told(&with(3, 21, b"12345678I")),
        ["D04 2 レコード3、22〜30バイト目「被請求者利用者番号」"]
    );
    let amount = "レコード2、146〜155バイト目「債権金額」";
    for padded in [b"   1000000", b"1000000   "] {
        assert_eq!(told(&with(2, 145, padded)), [format!("D02 1 {amount}")]);
    }
    let blank = told(&with(2, 145, b"          "));
    assert_eq!(
        blank,
        ["F09 0 レコード4、8〜19バイト目「合計金額」".to_owned(), format!("D01 1 {amount}")]
    );
    let due = "レコード2、156〜163バイト目「支払期日」";
    assert_eq!(told(&with(2, 155, b"20270230")), [format!("D03 1 {due}")]);
    let foreign = with(1, 12, b"111111111");
    assert_eq!(told(&foreign), ["E_IDENTITY 0 レコード1、13〜21バイト目「請求者利用者番号」"]);
    let same = [header(), data("A"), data("A"), trailer(2, 20_000_000), end()].concat();
    assert_eq!(told(&same), ["E_DUP_KEY 2 レコード3、106〜145バイト目「請求者Ref.No.」"]);
}

#[test]
fn a_byte_that_is_no_character_is_told_with_its_place_in_the_file() {
    for (at, name) in [
        (35, "被請求者名(カナ)"),
        (59, "被請求者名(カナ)"),
        (66, "被請求者取引銀行名(カナ)"),
        (147, "債権金額"),
    ] {
        let (report, accepted) = read("a.txt", &with(2, at, b"\x85"));
        let finding = &report.findings[0];
        assert_eq!((finding.code, finding.severity), (Code::F07, Severity::Error), "{name}");
        assert!(finding.ja.contains(&format!("{}バイト目", RECORD_LEN + at)), "{}", finding.ja);
        assert!(finding.ja.contains("0x85"), "{}", finding.ja);
        let place = finding.bytes.as_ref().unwrap();
        assert_eq!((place.record, place.name.as_str()), (2, name));
        assert_eq!(accepted.0.len(), 1, "the other row is taken in");
    }
    let (report, accepted) = read("a.txt", &with(2, 64, b"\xA7"));
    assert_eq!((codes(&report), accepted.0.len()), (vec!["F07"], 2));
    assert_eq!(report.findings[0].severity, Severity::Warning, "nothing is made of a bank's name");
    let (report, accepted) = read("a.txt", &with(2, 30, b"\xAF\xB0\\"));
    assert_eq!(codes(&report), ["F07"]);
    assert_eq!(accepted.0[0].2.counterparty_name_kana, "ﾂ-¥");
}

#[test]
fn such_a_file_is_known_by_its_name_or_by_its_bytes() {
    let bytes = sample().concat();
    for (name, format, found) in [
        ("a.TXT", "fixed-length", vec![]),
        ("a", "fixed-length", vec![]),
        ("a.csv", "csv", vec!["E_TYPE"]),
        ("a.xml", "xml", vec!["E_TYPE"]),
    ] {
        let (report, _) = read(name, &bytes);
        assert_eq!((report.format.name(), codes(&report)), (format, found), "{name}");
    }
    assert_eq!(codes(&read("a.txt", "請求種別,記録番号\n".as_bytes()).0), ["E_TYPE"]);
    assert_eq!(codes(&read("a.txt", b"\xEF\xBB\xBF111020261203").0), ["E_ENC"]);
    assert_eq!(codes(&read("a.txt", b" \n").0), ["E_EMPTY"]);
}

#[test]
fn such_a_file_is_complete_with_its_end_record_and_whole_records() {
    let whole = |bytes: &[u8]| {
        let tail = &bytes[bytes.len().saturating_sub(512)..];
        complete(tail, bytes.len() as u64, Format::FixedLength)
    };
    for newline in [b"".as_slice(), b"\r\n", b"\n"] {
        let bytes = sample().join(newline);
        assert!(whole(&bytes) && whole(&[&bytes, newline].concat()), "{newline:?}");
        assert!(!whole(&bytes[..bytes.len() - 1]) && !whole(&bytes[1..]), "{newline:?}");
        assert!(!whole(&sample()[..4].join(newline)), "{newline:?}");
        assert!(!whole(&[&bytes, [0; 8].as_slice()].concat()), "{newline:?}");
        for mark in [b"\x1A".as_slice(), b"\r\n\x1A", b"\x1A\r\n", &[0x1A; 128]] {
            assert!(whole(&[&bytes, mark].concat()), "a host's mark of the end: {mark:?}");
            assert!(!whole(&[&bytes[..bytes.len() - 1], mark].concat()), "{mark:?}");
        }
    }
    let zengin = [vec![b'1'; 120], [vec![b'9'], vec![b' '; 119]].concat()];
    assert!(whole(&zengin.concat()) && whole(&zengin.join(b"\r\n".as_slice())));
    assert!(!whole(b"9"));
}

#[test]
fn the_places_of_findings_are_kept_and_older_findings_stay_readable() {
    let (report, _) = read("a.txt", &with(3, 21, b"12345678I"));
    let stored = write_findings(&report.findings);
    assert_eq!(read_findings(&stored).unwrap(), report.findings);
    assert!(report.findings[0].bytes.is_some());
    let csv = read("a.csv", b"a,b\n").0.findings;
    assert_eq!(write_findings(&csv)[..8], *b"kssFND\0\x01", "as before");
}

#[test]
fn of_the_layout_every_field_has_its_standing_and_the_header_is_published() {
    let layout = RequestLayout::load(SHIPPED).unwrap();
    let names = |kind| {
        let fields = layout.layout().fields(kind).iter();
        fields.map(|field| (field.status.name(), field.offset, field.length)).collect::<Vec<_>>()
    };
    assert!(names(RecordKind::Header).iter().all(|(status, ..)| *status == "V"));
    assert!(names(RecordKind::Data).iter().all(|(status, ..)| *status == "I"));
    assert_eq!(names(RecordKind::Header)[11], ("V", 89, 7));
    assert_eq!(*RequestLayout::shipped(), layout);
    let moved = SHIPPED
        .replace("債権金額,amount,N,145,10", "債権金額,amount,N,153,10")
        .replace("支払期日,due_date,N,155,8", "支払期日,due_date,N,145,8");
    assert!(RequestLayout::load(&moved).is_err(), "rows stand in the order of their bytes");
}

fn party() -> impl Strategy<Value = Party> {
    ("[0-9A-HJ-NP-Y]{9}", "[0-9]{4}-[0-9]{3}-[129]-[0-9]{7}").prop_map(|(user, account)| Party {
        user_number: UserNumber::parse(&user).unwrap(),
        account: Account::parse(&account).unwrap(),
    })
}

prop_compose! {
    fn request()(
        kind in prop::sample::select(&[
            RequestKind::AccrualDebtor,
            RequestKind::AccrualCreditor,
            RequestKind::Assignment,
            RequestKind::SplitAssignment,
        ][..]),
        counterparty in party(),
        number in "[0-9A-HJ-NP-Y]{19}[1-9]",
        name in "([A-Z0-9ｱ-ﾝ()\\-/.][A-Z0-9ｱ-ﾟ()\\-/. ¥]{0,28}[A-Z0-9ｱ-ﾝ])?",
        reference in "[A-Z0-9().\\-]{1,40}",
        yen in 1..=Yen::MAX,
        day in 1..28_u32,
        flag in any::<bool>(),
    ) -> RecordRequest {
        let accrual = kind.is_accrual();
        let due = Date::new(2027, 3, day).ok().filter(|_| accrual || flag);
        let requester = Party {
            user_number: UserNumber::parse("987654321").unwrap(),
            account: Account::parse("0001-001-2-0123456").unwrap(),
        };
        let restricted = if accrual && flag {
            AssignmentRestriction::Restricted
        } else {
            AssignmentRestriction::Free
        };
        RecordRequest {
            kind,
            record_number: RecordNumber::parse(&number).ok().filter(|_| !accrual),
            record_date: Date::new(2026, 12, 3).unwrap(),
            requester,
            counterparty,
            counterparty_name_kana: name,
            amount: Yen::new(yen).ok().filter(|_| kind != RequestKind::Assignment),
            due_date: due,
            requester_ref: reference,
            assignment_restricted: restricted,
            guarantee: if !accrual && flag { Guarantee::Without } else { Guarantee::With },
            comment: String::new(),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_by_the_layout_is_read_again(
        mut requests in prop::collection::vec(request(), 1..20), lines in any::<bool>()
    ) {
        for (at, one) in requests.iter_mut().enumerate() {
            one.requester_ref.truncate(36);
            one.requester_ref.push_str(&format!("({at})"));
        }
        let newline = if lines { Newline::CrLf } else { Newline::None };
        let layout = RequestLayout::shipped();
        let (bytes, warnings) = write_requests(&requests, layout, newline).unwrap();
        prop_assert!(warnings.is_empty());
        let (report, accepted) = read("a.txt", &bytes);
        prop_assert!(report.findings.is_empty(), "{:?}", report.findings);
        let rows: Vec<RecordRequest> = accepted.0.into_iter().map(|row| row.2).collect();
        prop_assert_eq!(rows, requests);
    }

    #[test]
    fn damage_never_panics_and_no_record_is_lost_without_a_finding(
        at in 0..1_250_usize, with in prop::collection::vec(any::<u8>(), 1..4), cut in any::<bool>()
    ) {
        let mut bytes = sample().concat();
        if cut {
            bytes.drain(at..(at + with.len()).min(1_250));
        } else {
            let end = (at + with.len()).min(1_250);
            bytes[at..end].copy_from_slice(&with[..end - at]);
        }
        let changed = bytes != sample().concat();
        let (report, accepted) = read("a.txt", &bytes);
        prop_assert_eq!(report.accepted + report.rejected, report.records);
        if report.accepted < 2 && changed {
            prop_assert!(report.finding_counts.errors > 0);
        }
        if report.finding_counts.errors == 0 {
            prop_assert_eq!(accepted.0.len(), 2);
        }
    }

    #[test]
    fn no_bytes_at_all_make_it_panic(
        bytes in prop::collection::vec(
            prop_oneof![Just(b'1'), Just(b'2'), Just(b' '), Just(b'\n'), any::<u8>()], 0..900
        )
    ) {
        for name in ["a.txt", "a"] {
            let (report, accepted) = read(name, &bytes);
            prop_assert!(report.file_error);
            prop_assert!(report.accepted == 0 || accepted.0.is_empty());
        }
    }
}

#[test]
fn what_a_bulk_file_has_no_place_for_is_told() {
    let (_, accepted) = read("a.txt", &sample().concat());
    let mut request = accepted.0[0].2.clone();
    request.comment = "至急".to_owned();
    let written = |request: &RecordRequest| {
        write_requests(std::slice::from_ref(request), RequestLayout::shipped(), Newline::None)
    };
    let (_, warnings) = written(&request).unwrap();
    assert_eq!((warnings[0].record, warnings[0].field.as_str()), (2, Field::Comment.japanese()));
    request.kind = RequestKind::Change;
    let errors = written(&request).unwrap_err();
    assert!(errors[0].en.contains("change cannot be asked for"), "{}", errors[0].en);
    let narrow = SHIPPED.replace("債権金額,amount,N,145,10", "債権金額,amount,N,145,6").replace(
        "支払期日,due_date,N,155,8",
        "空き,gap,N,151,4,O,\"right,0,blank\",I,\ndata,13,支払期日,due_date,N,155,8",
    );
    let narrow = RequestLayout::load(&narrow).unwrap();
    let refused = write_requests(&[accepted.0[0].2.clone()], &narrow, Newline::None).unwrap_err();
    assert_eq!(refused[0].field, "債権金額");
    assert!(refused[0].en.contains("numbers are never cut"), "{}", refused[0].en);
}

#[test]
fn memory_does_not_grow_with_the_file() {
    /// A header, then the same row for ever; it counts how far ahead anybody reads.
    struct Endless(Vec<u8>, usize);
    impl std::io::Read for Endless {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            for byte in &mut *to {
                let at =
                    if self.1 < RECORD_LEN { self.1 } else { RECORD_LEN + self.1 % RECORD_LEN };
                *byte = self.0[at];
                self.1 += 1;
            }
            Ok(to.len())
        }
    }
    let mut source = Endless([header(), data("A")].concat(), 0);
    let calendar = kessai::domain::BankCalendar::japan();
    let settings = kessai::domain::rules::RuleSettings {
        file_len_max: 1_000_000,
        ..kessai::domain::rules::RuleSettings::default()
    };
    let intake = formats::Intake {
        channel: "customers",
        submitter: "987654321",
        also: &[],
        on: Date::new(2026, 12, 1).unwrap(),
        calendar: &calendar,
        settings,
        file_name: "a.txt",
        known: &|_, _| None,
        claims: &|_: RecordNumber| None,
        customers: &kessai::domain::Customers::default(),
        layout: RequestLayout::shipped(),
        profiles: &[],
        takes: &|_| true,
        promised: formats::Promised::default(),
        operates: &|_, _| true,
        scratch: None,
    };
    let report = formats::read(&mut source, &intake, &mut formats::NoSink).unwrap();
    assert_eq!(report.findings[0].code, Code::Size);
    assert!(source.1 <= 1_000_001 + (64 << 10), "{}", source.1);
}

/// The published characters: each with its byte in JIS X 0201 and in EBCDIC.
fn characters() -> Vec<(char, u8, u8)> {
    let hex = |text: &str| u8::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
    let text = include_str!("data/densai_charset.csv");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let row = |row: csv::StringRecord| (row[0].chars().next().unwrap(), hex(&row[2]), hex(&row[3]));
    rows.records().map(|found| row(found.unwrap())).collect()
}

/// JIS bytes as a host writes them, by the published table; newlines as they are.
fn on_a_host(jis: &[u8]) -> Vec<u8> {
    let known = characters();
    let find = |byte: &u8| known.iter().find(|(_, jis, _)| jis == byte).map(|(.., host)| *host);
    jis.iter().map(|byte| find(byte).unwrap_or(*byte)).collect()
}

/// The sample as a host writes it, with some bytes of a record replaced.
fn host_sample(record: usize, at: usize, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut records: Vec<Vec<u8>> = sample().iter().map(|record| on_a_host(record)).collect();
    records[0][3] = 0xF1;
    records[record - 1][at..at + bytes.len()].copy_from_slice(bytes);
    records
}

#[test]
fn a_file_in_ebcdic_is_read_as_the_same_file_in_jis() {
    let host = host_sample(1, 0, &[0xF1]);
    let rows = read("a.txt", &sample().concat()).1.0;
    for newline in [b"".as_slice(), &[0x15], &[0x25], &[0x0D, 0x25], b"\r\n"] {
        for name in ["a.txt", "a"] {
            let (report, accepted) = read(name, &host.join(newline));
            assert_eq!((codes(&report), report.encoding.name()), (vec![], "ebcdic"), "{newline:?}");
            assert_eq!(accepted.0, rows);
        }
        let bytes = host.join(newline);
        let tail = &bytes[bytes.len() - 512..];
        assert!(complete(tail, bytes.len() as u64, Format::FixedLength));
    }
}

#[test]
fn each_of_the_98_characters_is_read_from_ebcdic_and_no_other_byte_is_one() {
    let known = characters();
    assert_eq!(known.len(), 98);
    for byte in 0..=u8::MAX {
        if [0x0D, 0x15, 0x25, 0x0A].contains(&byte) {
            continue;
        }
        let bytes = host_sample(2, 30, &[0xC1, byte, 0xC1]).concat();
        let (report, accepted) = read("a.txt", &bytes);
        if let Some((c, ..)) = known.iter().find(|(.., host)| *host == byte) {
            assert_eq!(accepted.0[0].2.counterparty_name_kana, format!("A{c}A"));
            continue;
        }
        let told = &report.findings[0];
        assert_eq!((told.code, report.accepted), (Code::F07, 1), "{byte:02X}");
        let place = format!("{}バイト目", RECORD_LEN + 31);
        assert!(told.ja.contains(&place), "{}", told.ja);
        assert!(told.ja.contains(&format!("0x{byte:02X}")), "{}", told.ja);
    }
}

#[test]
fn the_charset_a_header_names_must_be_that_of_its_bytes() {
    let said = |bytes: &[u8]| {
        let (report, _) = read("a.txt", bytes);
        report.findings.iter().map(|one| format!("{} {}", one.code, one.en)).collect::<Vec<_>>()
    };
    let jis = "F06 the charset is not that of the bytes, which are JIS; write 0";
    assert_eq!(said(&with(1, 3, b"1")), [jis]);
    let host = "F06 the charset is not that of the bytes, which are EBCDIC; write 1";
    assert_eq!(said(&host_sample(1, 3, &[0xF0]).concat()), [host]);
}

/// A file of sub-files, each of another day, with the records that `wanted` chooses by number; as a
/// host writes it, or in JIS.
fn chosen(sizes: &[usize], wanted: &dyn Fn(usize) -> bool, host: bool, newline: &[u8]) -> Vec<u8> {
    let (mut records, mut n) = (Vec::new(), 0);
    for (day, size) in [b"03", b"04", b"07"].into_iter().zip(sizes) {
        let mut head = header();
        head[10..12].copy_from_slice(day);
        head[3] = if host { b'1' } else { b'0' };
        let numbers: Vec<usize> = (n + 1..=n + size).filter(|n| wanted(*n)).collect();
        n += size;
        if !numbers.is_empty() {
            records.push(head);
            records.extend(numbers.iter().map(|n| data(&format!("R-{n}"))));
            records.push(trailer(numbers.len(), 10_000_000 * numbers.len() as u64));
        }
    }
    records.push(end());
    let written = |record: &Vec<u8>| if host { on_a_host(record) } else { record.clone() };
    let mut bytes = records.iter().map(written).collect::<Vec<_>>().join(newline);
    bytes.extend(newline);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_not_taken_in_is_a_file_of_its_own_to_the_byte(
        sizes in prop::collection::vec(1_usize..5, 1..4),
        taken in prop::collection::vec(any::<bool>(), 12),
        host in any::<bool>(),
        newline in prop::sample::select(vec![b"".as_slice(), b"\r\n", b"\n"]),
    ) {
        let whole = chosen(&sizes, &|_| true, host, newline);
        let is_taken = |n: usize| taken[n - 1];
        let mut written = Vec::new();
        let there = records_to_correct(
            &mut whole.as_slice(),
            (1 << 20, RequestLayout::shipped()),
            |n| is_taken(n as usize),
            &mut written,
        );
        let any = (1..=sizes.iter().sum()).any(|n| !is_taken(n));
        prop_assert_eq!(there.unwrap(), any);
        let wanted = if any { chosen(&sizes, &|n| !is_taken(n), host, newline) } else { vec![] };
        prop_assert!(written == wanted, "{}", String::from_utf8_lossy(&written));
        if any {
            prop_assert_eq!(codes(&read("a.txt", &written).0), Vec::<&str>::new());
        }
    }
}
