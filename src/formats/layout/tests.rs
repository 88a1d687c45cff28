//! Layouts: what is told of a table, and records written and read by one.

use std::collections::BTreeMap;

use super::{Layout, RecordKind, Value, Values, split};
use crate::domain::Severity;

const TABLE: &str = "# a comment\n\
    record,seq,name_ja,name_en,type,offset,length,required,pad,notes\n\
    header,1,区分,record_type,N,0,1,R,\"right,0\",1\n\
    header,2,名,name,C,1,9,R,\"left,space\",\n\
    data,1,区分,record_type,N,0,1,R,\"right,0\",2\n\
    data,2,金額,amount,N,1,5,R,\"right,0\",\n\
    data,3,番号,code,N,6,2,O,\"right,0\",\n\
    data,4,ダミー,filler,C,8,2,R,\"left,space\",\n\
    trailer,1,区分,record_type,N,0,1,R,\"right,0\",8\n\
    trailer,2,ダミー,filler,C,1,9,R,\"left,space\",\n\
    end,1,区分,record_type,N,0,1,R,\"right,0\",9\n\
    end,2,ダミー,filler,C,1,9,R,\"left,space\",\n";

fn layout() -> Layout {
    Layout::load(TABLE, 10, &[]).unwrap()
}

/// The mistakes of the table with a line of it replaced, as `line:column+length english`.
fn told(old: &str, new: &str) -> Vec<String> {
    let text = TABLE.replacen(old, new, 1);
    assert_ne!(text, TABLE);
    let mistakes = Layout::load(&text, 10, &[(RecordKind::Data, &["amount"])]).unwrap_err();
    mistakes.iter().map(|m| format!("{}:{}+{} {}", m.line, m.column, m.length, m.en)).collect()
}

fn header(name: Value) -> Result<Vec<u8>, Vec<String>> {
    let values = Values::from([("record_type", Value::Number(1)), ("name", name)]);
    layout().write((1, RecordKind::Header), &values).map_err(english)
}

fn data(amount: Value) -> Result<Vec<u8>, Vec<String>> {
    let values = Values::from([("record_type", Value::Number(2)), ("amount", amount)]);
    layout().write((3, RecordKind::Data), &values).map_err(english)
}

fn english(findings: Vec<super::PlacedFinding>) -> Vec<String> {
    findings.into_iter().map(|f| format!("{}@{} {}", f.field, f.offset, f.en)).collect()
}

#[test]
fn a_layout_is_the_same_whether_it_begins_with_a_mark_or_excel_quoted_the_comment() {
    let excel = format!("\u{feff}{}", TABLE.replace("# a comment", "\"# a \"\"comment\"\"\",,,"));
    assert_eq!(Layout::load(&excel.replace('\n', "\r\n"), 10, &[]), Ok(layout()));
    assert_eq!(layout().fields(RecordKind::Data)[1].offset, 1);
}

#[test]
fn every_row_that_cannot_be_read_is_told_with_its_cell() {
    let broken = TABLE
        .replace("header,2,名,name,C", "haeder,2,名,,X")
        .replace("金額,amount,N,1,5,R,\"right,0\"", "金額,amount,N,one,0,Q,\"left,space\"");
    let mistakes = Layout::load(&broken, 10, &[]).unwrap_err();
    let told: Vec<_> = mistakes.iter().map(|m| (m.line, m.column, m.length)).collect();
    assert_eq!(
        told,
        [(4, 1, 6), (4, 12, 1), (4, 13, 1), (6, 20, 3), (6, 24, 1), (6, 26, 1), (6, 28, 12)]
    );
}

#[test]
fn a_gap_an_overlap_and_offsets_that_do_not_rise_are_told() {
    let gap = told("code,N,6,2", "code,N,7,1");
    assert_eq!(
        gap,
        [
            "7:18+1 there is a gap before it; here stands 6",
            "8:23+1 the lengths of `data` sum to 9; they must be 10"
        ]
    );
    let overlap = told("code,N,6,2", "code,N,5,3");
    assert_eq!(overlap[0], "7:18+1 it overlaps the field before it; here stands 6");
    let falling = told("code,N,6,2", "code,N,1,7");
    assert_eq!(falling[0], "7:18+1 offsets must rise; here stands 6");
}

#[test]
fn a_wrong_sum_a_missing_record_and_a_missing_or_doubled_field_are_told() {
    assert_eq!(
        told("filler,C,8,2", "filler,C,8,3"),
        ["8:23+1 the lengths of `data` sum to 11; they must be 10"]
    );
    let lines: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with("trailer")).collect();
    let mistakes = Layout::load(&lines.join("\n"), 10, &[]).unwrap_err();
    assert_eq!(mistakes[0].en, "there are no rows of `trailer`");
    assert_eq!(told("金額,amount", "金額,sum"), ["0:1+1 `data` has no field `amount`"]);
    assert_eq!(
        told("番号,code", "番号,amount"),
        ["7:11+6 the name `amount` stands in line 6, too; use another"]
    );
}

#[test]
fn headings_that_are_unknown_missing_or_doubled_are_told() {
    let told = told("seq,name_ja", "sequence,type");
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("2:8+8 unknown heading `sequence`"), "{told:?}");
    assert_eq!(told[1], "2:30+4 the heading `type` stands twice; keep one");
    assert_eq!(told[2], "2:1+1 add these columns: seq,name_ja");
    assert_eq!(Layout::load("", 10, &[]).unwrap_err().len(), 1);
}

#[test]
fn numbers_are_filled_with_zeros_and_never_cut() {
    assert_eq!(data(Value::Number(120)).unwrap(), b"20012000  ");
    assert_eq!(data(Value::Digits("00120".into())).unwrap(), b"20012000  ");
    let cut = data(Value::Number(123_456)).unwrap_err();
    assert_eq!(cut, ["金額@21 6 digits do not fit into 5; numbers are never cut"]);
    assert_eq!(data(Value::Digits("1-2".into())).unwrap_err(), ["金額@21 `-` is no digit"]);
    assert_eq!(data(Value::Digits(String::new())).unwrap_err(), ["金額@21 a value is required"]);
}

#[test]
fn names_are_written_in_half_width_kana_and_only_they_are_cut() {
    let kana = header(Value::Text("ヤマダ・".replace('・', "ー"))).unwrap();
    assert_eq!(kana, b"1\xD4\xCF\xC0\xDE-    ");
    let long = "カブシキガイシヤ";
    assert_eq!(header(Value::Name(long.into())).unwrap(), b"1\xB6\xCC\xDE\xBC\xB7\xB6\xDE\xB2\xBC");
    assert_eq!(
        header(Value::Text(long.into())).unwrap_err(),
        ["名@1 10 characters do not fit into 9; shorten the text"]
    );
    let torn = header(Value::Name("ｱｱｱｱｱｱｱｱｶﾞ".into())).unwrap();
    assert_eq!(torn, b"1\xB1\xB1\xB1\xB1\xB1\xB1\xB1\xB1 ", "no kana without its mark");
    assert_eq!(
        header(Value::Name("山田".into())).unwrap_err(),
        ["名@1 `山` (U+5C71) cannot be written; use half-width kana, capitals and digits"]
    );
    assert_eq!(header(Value::Text(" ".into())).unwrap_err(), ["名@1 a value is required"]);
}

#[test]
fn what_was_written_is_read_again_and_mistakes_have_their_byte() {
    let (layout, mut findings) = (layout(), Vec::new());
    let bytes = header(Value::Text("¥ｶﾞ(1".into())).unwrap();
    let record = layout.read((1, RecordKind::Header, 0), &bytes, &mut findings);
    assert_eq!((record.text("name"), findings.len()), (Some("¥ｶﾞ(1"), 0));
    let small = layout.read((1, RecordKind::Header, 0), b"1\xAC \xB0ab     ", &mut findings);
    assert_eq!(small.text("name"), Some("ﾔ -AB"), "as others write it");
    let told = "名@1 read with the network's characters: 「ｬ ｰab」 -> 「ﾔ -AB」";
    assert_eq!(english(std::mem::take(&mut findings)), [told]);
    let record = layout.read((3, RecordKind::Data, 20), b"2 12a     ", &mut findings);
    assert_eq!((record.text("amount"), record.text("code")), (None, Some("")));
    let record = layout.read((4, RecordKind::Header, 30), b"1\xB1\xA1\xFF      ", &mut findings);
    assert_eq!(record.text("name"), None);
    let record = layout.read((5, RecordKind::Data, 40), b"2     12  ", &mut findings);
    assert_eq!((record.text("amount"), record.amount("code")), (None, Some(12)));
    assert_eq!(
        english(findings),
        [
            "金額@21 position 1 holds 空白; write digits, filled with zeros",
            "名@31 character 3 is 0xFF; use half-width kana, capitals and digits",
            "金額@41 a value is required",
        ]
    );
}

#[test]
fn records_are_cut_whatever_stands_between_them() {
    let expected: BTreeMap<u32, &[u8]> =
        [(1, b"1aaa".as_slice()), (2, b"2bbb"), (3, b"9ccc")].into();
    for (text, warned) in [
        ("1aaa2bbb9ccc", None),
        ("1aaa2bbb9ccc\r\n", None),
        ("1aaa\r\n2bbb\r\n9ccc\r\n", None),
        ("1aaa\n2bbb\n9ccc\n", Some((1, 0))),
        ("1aaa\r2bbb\r9ccc", Some((1, 0))),
    ] {
        let pieces = split(text.as_bytes(), 4);
        let records = pieces.records.iter().map(|(number, _, bytes)| (*number, *bytes)).collect();
        assert_eq!(expected, records, "{text:?}");
        let told: Vec<_> =
            pieces.findings.iter().map(|f| (f.record, f.offset, f.severity)).collect();
        let warned: Vec<_> = warned.map(|(r, at)| (r, at, Severity::Warning)).into_iter().collect();
        assert_eq!(told, warned, "{text:?}");
    }
    let pieces = split(b"1aaa\r\n2bb\r\n2bbbb\r\n9ccc\r\n9c", 4);
    let told: Vec<_> = pieces.findings.iter().map(|f| (f.record, f.offset)).collect();
    assert_eq!(told, [(2, 6), (3, 11)]);
    assert_eq!(pieces.records.last().unwrap().0, 4, "what follows is read all the same");
    let behind = pieces.behind_end.unwrap();
    assert_eq!((behind.record, behind.offset, behind.severity), (5, 24, Severity::Warning));
}
