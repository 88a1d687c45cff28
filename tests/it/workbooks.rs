//! Workbooks (.xlsx) are read like the CSV they would be saved as, and told of by the cell.

use std::io::Write as _;

use kessai::domain::{Account, Code, Severity, Workbook, WorkbookFlaw};
use kessai::formats::workbook::{self, BYTES_MAX};
use kessai::formats::{AcceptPolicy, FileReport, Format, Verdict, complete};

use crate::book::{Cell, archive, crc32, parts, texts, xlsx, zip};
use crate::formats::{Accepted, read_book};

const HEADER: &str = "請求種別,記録請求日,請求者利用者番号,請求者銀行番号,請求者支店番号,\
    請求者預金種目,請求者口座番号,相手利用者番号,相手銀行番号,相手支店番号,相手預金種目,\
    相手口座番号,債権金額,支払期日,請求者RefNo,コメント";

/// A row as a person types it into a sheet: numbers are numbers, dates are dates.
fn row<'a>(amount: Cell<'a>, reference: &'a str) -> Vec<Cell<'a>> {
    vec![
        Cell::Number("11", 0),
        Cell::Number("46357", 1),
        Cell::Text("987654321"),
        Cell::Number("1", 2),
        Cell::Text("001"),
        Cell::Text("普通"),
        Cell::Text("0123456"),
        Cell::Text("123456789"),
        Cell::Text("0009"),
        Cell::Text("010"),
        Cell::Text("当座"),
        Cell::Text("7654321"),
        amount,
        Cell::Number("46477", 3),
        Cell::Text(reference),
        Cell::Blank,
    ]
}

fn header() -> Vec<Cell<'static>> {
    HEADER.split(',').map(Cell::Text).collect()
}

fn book(sheets: &[crate::book::Sheet<'_>]) -> Workbook {
    workbook::read(&xlsx(sheets)).unwrap()
}

fn read(sheets: &[crate::book::Sheet<'_>]) -> (FileReport, Accepted) {
    read_book(&book(sheets))
}

/// The first sheet's lines.
fn lines(rows: Vec<Vec<Cell<'_>>>) -> Vec<String> {
    let book = book(&[("表", "visible", rows)]);
    book.sheets[0].text.lines().map(str::to_owned).collect()
}

#[test]
fn a_workbook_is_read_like_the_csv_it_would_be_saved_as() {
    let rows = vec![
        header(),
        row(Cell::Number("1234567", 4), "A-1"),
        row(Cell::Number("1.5E6", 0), "A-2"),
        row(Cell::Formula("1000*1.1", "1100"), "A-3"),
    ];
    let (report, accepted) = read(&[("12月分（支払）", "visible", rows)]);
    let told: Vec<_> = report.findings.iter().map(|one| (one.severity, one.ja.as_str())).collect();
    let formulas =
        "数式のセルが1個あります（最初はセル M4）。計算はせず、最後に表示された値を読みました。";
    assert_eq!(told, [(Severity::Info, formulas)]);
    assert_eq!(
        (report.format, report.verdict(AcceptPolicy::File)),
        (Format::Xlsx, Verdict::Accepted)
    );
    let amounts: Vec<u64> =
        accepted.0.iter().filter_map(|(_, _, request, _)| Some(request.amount?.get())).collect();
    assert_eq!(amounts, [1_234_567, 1_500_000, 1_100]);
    let (record, line, request, _) = &accepted.0[2];
    assert_eq!((*record, *line), (3, 4), "the row as the sheet counts it");
    assert_eq!(request.record_date.to_string(), "2026-12-01");
    assert_eq!(request.due_date.unwrap().to_string(), "2027-03-31");
    assert_eq!(request.requester.account, Account::parse("0001-001-1-0123456").unwrap());
}

#[test]
fn cells_are_text_as_a_person_sees_them() {
    let shown = lines(vec![vec![
        Cell::Number("1234567", 0),
        Cell::Number("1210.0000000000002", 4),
        Cell::Number("9.999999999E9", 0),
        Cell::Number("46357", 3),
        Cell::Number("46357.5", 1),
        Cell::Number("7", 2),
        Cell::Text("0007"),
        Cell::Text("株式会社, \"高﨑\"\n製作所"),
        Cell::Formula("A1&\"x\"", "髙x"),
        Cell::Error("#REF!"),
        Cell::Number("0.1", 0),
    ]]);
    let wanted = "1234567,1210,9999999999,2026-12-01,2026-12-01 12:00:00,0007,0007,\
                  \"株式会社, \"\"高﨑\"\" 製作所\",髙x,#REF!,0.1";
    assert_eq!(shown, [wanted]);
}

#[test]
fn rows_and_columns_keep_their_numbers_whatever_is_blank() {
    let shown = lines(vec![
        vec![Cell::Blank, Cell::Text("a"), Cell::Text("b"), Cell::Text("c")],
        vec![],
        vec![Cell::Blank, Cell::Blank],
        vec![Cell::Blank, Cell::Text("d")],
    ]);
    assert_eq!(shown, [",a,b,c", "", "", ",d,,"], "short rows are filled up");
}

#[test]
fn an_error_value_is_told_with_its_cell() {
    let mut bad = row(Cell::Error("#REF!"), "A-1");
    bad[15] = Cell::Error("#N/A");
    let rows = vec![vec![Cell::Text("12月分")], vec![], header(), bad];
    let (report, _) = read(&[("表", "visible", rows)]);
    let errors = || report.findings.iter().filter(|one| one.severity == Severity::Error);
    let told = |code: Code| errors().find(|one| one.code == code).unwrap();
    let amount = told(Code::D02);
    assert!(amount.ja.starts_with("セル M4: Excelのエラー値が入っています。"), "{}", amount.ja);
    assert_eq!((amount.line, amount.value.as_str()), (4, "#REF!"));
    assert!(told(Code::Formula).ja.starts_with("セル P4: Excelのエラー値"), "in a comment, too");
    assert_eq!(report.accepted, 0);
}

#[test]
fn a_formula_nobody_computed_is_no_blank() {
    let with = |transfer, comment| {
        let mut row = row(Cell::Number("1000", 0), "A-1");
        row[15] = comment;
        row.push(transfer);
        row
    };
    let mut header = header();
    header.push(Cell::Text("譲渡制限"));
    let rows = vec![
        header,
        with(Cell::Uncomputed("IF(TRUE,1,0)"), Cell::Uncomputed("\"至\"&\"急\"")),
        with(Cell::Number("1", 0), Cell::Blank),
    ];
    let (report, accepted) = read(&[("表", "visible", rows.clone())]);
    let told = report.findings.iter().map(|one| {
        assert_eq!((one.code, one.severity, one.record), (Code::Formula, Severity::Error, 1));
        one.ja.as_str()
    });
    let told: Vec<_> = told.collect();
    let words = "計算されていない数式です。Excelで開いて保存し直してください。";
    assert_eq!(told, [format!("セル P2: {words}"), format!("セル Q2: {words}")]);
    assert_eq!((report.records, report.accepted, accepted.0.len()), (2, 1, 1));
    let mut total = vec![Cell::Blank; 17];
    (total[0], total[12]) = (Cell::Text("合計"), Cell::Uncomputed("SUM(M2:M3)"));
    let (report, _) = read(&[("表", "visible", vec![rows[0].clone(), rows[2].clone(), total])]);
    assert!(report.file_error && report.findings[0].ja.starts_with("セル M3: 計算されていない"));
}

#[test]
fn zeros_a_sheet_has_lost_are_told_by_the_rules_as_for_csv() {
    let mut bad = row(Cell::Number("500", 0), "A-1");
    bad[3] = Cell::Number("1", 0);
    let (report, _) = read(&[("表", "visible", vec![header(), bad])]);
    let told = &report.findings[0];
    assert!(told.ja.starts_with("セル D2: ") && told.ja.contains("先頭の0"), "{}", told.ja);
}

#[test]
fn the_first_visible_sheet_with_a_known_header_is_read_and_named() {
    let list = |reference| vec![header(), row(Cell::Number("1000", 0), reference)];
    let (report, accepted) = read(&[
        ("下書き", "hidden", list("HIDDEN")),
        ("ひみつ", "veryHidden", list("VERY-HIDDEN")),
        ("表紙", "visible", texts("株式会社高崎製作所\nご担当,佐藤")),
        ("支払", "visible", list("SEEN")),
        ("前月", "visible", list("LATER")),
    ]);
    let references: Vec<_> = accepted.0.iter().map(|one| one.2.requester_ref.as_str()).collect();
    assert_eq!(references, ["SEEN"]);
    assert_eq!(report.findings[0].ja, "シート「支払」を読みました。ほかのシートは読みません。");
    assert_eq!(report.finding_counts.infos, 1);
    let none = xlsx(&[("下書き", "hidden", list("A-1")), ("空", "visible", Vec::new())]);
    assert_eq!(workbook::read(&none), Err(WorkbookFlaw::NoSheet));
}

#[test]
fn mistakes_in_the_header_are_told_with_their_cells() {
    let mut header = header();
    header[12] = Cell::Text("債券金額");
    let (report, _) = read(&[("表", "visible", vec![header, row(Cell::Number("1", 0), "A-1")])]);
    let told = report.findings.iter().find(|one| one.code == Code::Column).unwrap();
    assert!(told.ja.starts_with("セル M1: 「債券金額」という列はありません。"), "{}", told.ja);
}

#[test]
fn what_is_no_plain_workbook_is_refused_with_what_to_do() {
    let rows = || vec![header(), row(Cell::Number("1000", 0), "A-1")];
    let whole = parts(&[("表", "visible", rows())]);
    let mut macros = whole.clone();
    macros.push(("xl/vbaProject.bin".to_owned(), b"x".to_vec()));
    let locked: Vec<u8> = "EncryptedPackage".bytes().flat_map(|byte| [byte, 0]).collect();
    let locked = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 512], &locked].concat();
    let other = zip(&[("mimetype".to_owned(), b"application/zip".to_vec())]);
    let old = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 an old one".to_vec();
    for (bytes, word) in [
        (zip(&macros), "マクロ"),
        (locked, "パスワード"),
        (old, "古い形"),
        (other, "壊れている"),
        (b"a,b\n1,2\n".to_vec(), "壊れている"),
        (vec![0; BYTES_MAX + 1], "大きすぎ"),
    ] {
        let told = workbook::finding(&workbook::read(&bytes).unwrap_err());
        assert!(told.ja.contains(word) && told.code == Code::Book, "{word}: {}", told.ja);
    }
}

#[test]
fn a_workbook_that_unpacks_to_more_than_any_list_is_refused_before_it_is_unpacked_129() {
    let zeros = vec![b' '; 30 << 20];
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(&zeros).unwrap();
    let packed = deflate.finish().unwrap();
    let (size, crc) = (u32::try_from(zeros.len()).unwrap(), crc32(&zeros));
    let bomb = archive(&[("xl/workbook.xml", 8, size, crc, &packed)]);
    assert_eq!(workbook::read(&bomb), Err(WorkbookFlaw::Limits), "a thousand times as large");
    let part = |name| (name, 0, 26_u32 << 20, 0, b"x".repeat(300_000));
    let each = [part("xl/a.xml"), part("xl/b.xml")];
    let each: Vec<_> = each.iter().map(|(n, m, s, c, b)| (*n, *m, *s, *c, b.as_slice())).collect();
    assert_eq!(workbook::read(&archive(&each)), Err(WorkbookFlaw::Limits), "52 MiB together");
    let many: Vec<_> = (0..201).map(|n| (format!("xl/{n}.xml"), Vec::new())).collect();
    assert_eq!(workbook::read(&zip(&many)), Err(WorkbookFlaw::Limits), "more parts than any has");
}

#[test]
fn a_cell_far_out_or_far_down_costs_no_memory() {
    let far = |at: &str| {
        let mut parts = parts(&[("表", "visible", vec![vec![Cell::Text("a")]])]);
        let sheet = String::from_utf8(parts[0].1.clone()).unwrap();
        parts[0].1 = sheet.replace("r=\"A1\"", &format!("r=\"{at}\"")).into_bytes();
        workbook::read(&zip(&parts))
    };
    assert_eq!(far("XFD1"), Err(WorkbookFlaw::Limits));
    assert_eq!(far("A1048576").unwrap().sheets[0].text.len(), 1_048_577);
}

#[test]
fn a_damaged_or_cut_workbook_never_panics() {
    let whole = xlsx(&[("表", "visible", vec![header(), row(Cell::Number("1000", 0), "A-1")])]);
    assert!(workbook::read(&whole).is_ok());
    for at in (0..whole.len()).step_by(97) {
        assert!(workbook::read(&whole[..at]).is_err(), "cut at {at}");
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        // Whatever it is taken for, an answer comes.
        let answers =
            workbook::read(&damaged).map_or_else(|flaw| flaw.to_string(), |_| "ok".into());
        assert!(!answers.is_empty());
    }
}

#[test]
fn parts_that_are_nonsense_never_panic_and_never_fill_the_memory() {
    let rows = vec![
        header(),
        row(Cell::Number("1000", 4), "A-1"),
        row(Cell::Formula("1", "2"), "A-2"),
        row(Cell::Error("#REF!"), "A-3"),
    ];
    let whole = parts(&[("表", "visible", rows)]);
    let mut read = 0;
    for part in 0..whole.len() {
        let mut damaged = whole.clone();
        let half = damaged[part].1.len() / 2;
        damaged[part].1.truncate(half);
        drop(workbook::read(&zip(&damaged)));
        for at in (0..whole[part].1.len()).step_by(37) {
            for byte in [b'9', b'<', 0xFF] {
                let mut damaged = whole.clone();
                damaged[part].1[at] = byte;
                if let Ok(book) = workbook::read(&zip(&damaged)) {
                    // A cell may have gone far down, as in a sheet of somebody's.
                    assert!(book.sheets.iter().all(|sheet| sheet.text.len() < 2 << 20));
                    read_book(&book);
                    read += 1;
                }
            }
        }
    }
    assert!(read > 20, "much damage leaves a workbook: {read}");
}

#[test]
fn a_workbook_by_another_name_is_told_to_be_saved_as_one_that_is_read() {
    let bytes = xlsx(&[("表", "visible", vec![header()])]);
    for name in ["a.xlsm", "a.xls", "a.csv", "a"] {
        let (report, _) = crate::formats::read(name, &bytes);
        let [told] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
        assert_eq!(told.code, Code::Type, "{name}");
        assert!(told.ja.contains("「Excel ブック(*.xlsx)」"), "{}", told.ja);
    }
}

#[test]
fn a_workbook_is_whole_when_the_record_at_its_end_is_there() {
    let whole = xlsx(&[("表", "visible", vec![header()])]);
    let is_whole = |bytes: &[u8]| complete(bytes, bytes.len() as u64, Format::Xlsx);
    assert!(is_whole(&whole));
    let tail = &whole[whole.len() - 512..];
    assert!(complete(tail, whole.len() as u64, Format::Xlsx), "by its last bytes alone");
    assert!((0..whole.len()).all(|at| !is_whole(&whole[..at])), "cut anywhere");
    let mut taken = whole.clone();
    taken.extend([0; 64]);
    assert!(!is_whole(&taken), "space was taken in advance");
    assert!(!is_whole(b"") && !is_whole(b"PK\x05\x06"));
}
