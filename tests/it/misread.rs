//! Files that are written otherwise than we read: what is told of them, and what is not.

use std::fs;

use kessai::formats::FileReport;

use crate::formats::read;

/// Names of a few columns.
const HEADER_LINE: &str = "請求種別,記録番号,記録請求日\n";

/// A file without a mistake.
const XML: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/formats/xml_clean/drop.xml");

fn codes(report: &FileReport) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn a_file_in_another_encoding_is_told_so_once_and_by_its_name() {
    let text = format!("{}{}", HEADER_LINE, "11,,2026-12-03\n");
    let encoded = |encoding: &'static encoding_rs::Encoding| encoding.encode(&text).0.into_owned();
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let utf32 = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let utf7 = b"+istsQnouUiU,+ihiTMnVqU/c,+ihiTMorLbEJl5Q\n11,,2026-12-03\n".to_vec();
    for (name, bytes) in [
        ("EUC-JP", encoded(encoding_rs::EUC_JP)),
        ("JIS（ISO-2022-JP）", encoded(encoding_rs::ISO_2022_JP)),
        ("BOMのないUTF-16", wide(u16::to_le_bytes)),
        ("BOMのないUTF-16", wide(u16::to_be_bytes)),
        ("文字コードがわかりません", utf32),
        ("UTF-7", utf7),
    ] {
        let report = read("a.csv", &bytes).0;
        assert_eq!(codes(&report), ["E_ENC"], "{name}: {:?}", report.findings);
        let ja = &report.findings[0].ja;
        assert!(ja.contains(name) && ja.contains("保存し直してください"), "{ja}");
    }
}

#[test]
fn a_header_that_is_quoted_as_a_whole_is_in_no_other_encoding() {
    for text in [
        "\"request_kind,record_number,record_date\"\n11,,2026-12-03\n",
        "\"title\nrequest_kind,record_number,record_date\n11,,2026-12-03\n",
    ] {
        let report = read("a.csv", text.as_bytes()).0;
        assert!(!codes(&report).contains(&"E_ENC"), "{text}: {:?}", report.findings);
        assert!(report.file_error, "{text}");
    }
}

#[test]
fn columns_that_no_comma_separates_are_told_by_what_does() {
    for (sign, name) in [("\t", "タブ"), (";", "セミコロン")] {
        let text = format!("{HEADER_LINE}11,,2026-12-03\n").replace(',', sign);
        for bytes in
            [text.clone().into_bytes(), encoding_rs::SHIFT_JIS.encode(&text).0.into_owned()]
        {
            let report = read("a.csv", &bytes).0;
            assert_eq!(codes(&report), ["E_SCHEMA"], "{:?}", report.findings);
            let ja = &report.findings[0].ja;
            assert!(ja.contains(name) && ja.contains("区切りをコンマに"), "{ja}");
        }
    }
}

#[test]
fn a_row_that_is_merely_too_long_is_no_open_quotation() {
    let long = format!("{HEADER_LINE}\"11\",,2026-12-03\n{}\n", ",".repeat(2 << 20));
    let report = read("a.csv", long.as_bytes()).0;
    let told = |report: &FileReport, code| {
        let mut all = report.findings.iter().filter(|one| one.code.as_str() == code);
        all.next().map(|one| one.line)
    };
    assert_eq!((told(&report, "E_QUOTE"), told(&report, "E_ROW")), (None, Some(3)));
    let header = format!("a{}\n", ",".repeat(2 << 20));
    let report = read("a.csv", header.as_bytes()).0;
    assert_eq!((told(&report, "E_QUOTE"), told(&report, "E_ROW")), (None, Some(1)));
    let open = format!("{HEADER_LINE}\"11,{}\n", "x\n".repeat(1 << 20));
    let report = read("a.csv", open.as_bytes()).0;
    assert_eq!((told(&report, "E_QUOTE"), told(&report, "E_ROW")), (Some(2), None));
}

#[test]
fn a_quotation_left_open_in_the_last_row_is_told_with_its_line() {
    let text = format!("{HEADER_LINE}11,,2026-12-03\n11,,2026-12-03\n11,,\"2026-12-03\n");
    let report = read("a.csv", text.as_bytes()).0;
    let told = report.findings.iter().find(|one| one.code.as_str() == "E_QUOTE");
    assert_eq!(told.map(|one| one.line), Some(4), "{:?}", report.findings);
}

#[test]
fn what_shows_nothing_is_refused_in_every_column_and_never_shown_raw() {
    let header = "請求種別,相手名カナ,請求者RefNo,コメント\n";
    for (n, c) in ['\u{202e}', '\u{200b}', '\u{ad}', '\u{feff}', '\u{85}'].into_iter().enumerate() {
        let row = format!("11,ｱ{c}ｲ,A{c}1,表{c}裏\n");
        let report = read("a.csv", (header.to_owned() + &row).as_bytes()).0;
        let named = format!("目に見えない文字(U+{:04X})", u32::from(c));
        let told: Vec<_> = report.findings.iter().filter(|one| one.ja.contains(&named)).collect();
        let places: Vec<u32> = told.iter().map(|one| one.column).collect();
        assert_eq!(places, [2, 3, 4], "{n} {:?}", report.findings);
        for one in &report.findings {
            assert!(![&one.value, &one.ja, &one.en].iter().any(|text| text.contains(c)), "{one:?}");
        }
    }
    // A reference writes it in ASCII.
    let xml = fs::read_to_string(XML).unwrap().replace("A&amp;B", "A&#x202E;B");
    let report = read("a.xml", xml.as_bytes()).0;
    let told: Vec<_> = report.findings.iter().map(|one| (one.record, one.code.as_str())).collect();
    assert_eq!(told, [(1, "F07")], "{:?}", report.findings);
    let plain = format!("{header}11,ｱｲ,A1,葛\u{e0100}城—“…”\n");
    let report = read("a.csv", plain.as_bytes()).0;
    assert!(!report.findings.iter().any(|one| one.code.as_str() == "F07"), "{:?}", report.findings);
}
