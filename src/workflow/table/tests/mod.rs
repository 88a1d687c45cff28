//! Tables: what cells say, how mistakes are told, decisions.

mod property;

use std::fmt::Write as _;

use super::*;
use crate::domain::Date;
use crate::workflow::expr::{Field, Type};

pub(super) fn inputs() -> Fields {
    Fields::of_a_case().with(Field::new("is_new_customer", "新規先", Type::Bool))
}

pub(super) fn outputs() -> Fields {
    let levels = [("simple", "店内検印のみ"), ("branch", "店内ダブル"), ("hq", "本部")];
    [Field::new("level", "決裁区分", Type::words(&levels))].into_iter().collect()
}

fn read(text: &str) -> Table {
    read_with(text, Hit::Unique)
}

fn read_with(text: &str, hit: Hit) -> Table {
    Table::read("t.csv", text, &inputs(), &outputs(), hit)
        .unwrap_or_else(|mistakes| panic!("{text}\n{mistakes:#?}"))
}

/// The mistakes of a table as `line: underlined: Japanese`.
fn wrong(text: &str, hit: Hit) -> Vec<String> {
    let mistakes = Table::read("t.csv", text, &inputs(), &outputs(), hit).expect_err(text);
    let told = |mistake: Mistake| {
        assert!(mistake.length > 0 && mistake.column > 0 && !mistake.en.is_empty());
        let line = text.split('\n').nth(mistake.line.wrapping_sub(1)).unwrap_or_default();
        let place: String =
            line.chars().skip(mistake.column.wrapping_sub(1)).take(mistake.length).collect();
        format!("{}: {place}: {}", mistake.line, mistake.ja)
    };
    mistakes.into_iter().map(told).collect()
}

fn level(table: &Table, values: &Values) -> String {
    match table.decide(values).and_then(|row| row.result("level")) {
        Some(Value::Word(id)) => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn case(total: i64, is_new: bool) -> Values {
    Values::default()
        .with("total", Value::Yen(total))
        .with("largest", Value::Yen(total))
        .with("is_new_customer", Value::Bool(is_new))
}

const LEVELS: &str = "in:total,in:largest,in:is_new_customer,out:level,note
< 1000000,-,false,simple,店内検印のみ
[1000000..10000000),-,-,branch,照査+決裁
>= 10000000,-,-,hq,本部2名
< 1000000,-,true,branch,新規先は金額を問わずダブル
";

#[test]
fn a_table_answers_for_every_case() {
    let table = read(LEVELS);
    for (total, is_new, expected) in [
        (0, false, "simple"),
        (999_999, false, "simple"),
        (999_999, true, "branch"),
        (1_000_000, false, "branch"),
        (9_999_999, true, "branch"),
        (10_000_000, false, "hq"),
        (i64::MAX, true, "hq"),
    ] {
        assert_eq!(level(&table, &case(total, is_new)), expected, "{total} {is_new}");
    }
    assert_eq!(table.decide(&case(5, true)).map(Row::line), Some(5));
    assert_eq!(table.decide(&Values::default()), None);
}

#[test]
fn a_table_may_be_written_the_way_an_office_writes() {
    let table = read(
        "\u{feff}条件：合計金額,条件 : 新規先,結果:決裁区分,備考,,\r\n\
         100万円未満,いいえ,店内検印のみ,\"少額、既存\",,\r\n\
         \"100万円以上 1,000万円未満\",－,店内ダブル,\"二行の\n備考\",,\r\n\
         １０００万円以上,すべて,本部,,,\r\n\
         ,,,,,\r\n \
         100万円未満 ,はい,branch\r\n\
         ,,\r\n",
    );
    assert_eq!(level(&table, &case(999_999, false)), "simple");
    assert_eq!(level(&table, &case(999_999, true)), "branch");
    assert_eq!(level(&table, &case(1_000_000, true)), "branch");
    assert_eq!(level(&table, &case(10_000_000, true)), "hq");
    assert_eq!(table.decide(&case(1, true)).map(Row::line), Some(7));
    assert_eq!(table.rows()[1].cells()[0], "100万円以上 1,000万円未満");
    assert_eq!(table.columns()[0].title, "条件：合計金額");
}

/// Which of `candidates` a cell of a column lets pass.
fn passing(heading: &str, cell: &str, candidates: &[Value]) -> Vec<Value> {
    let text = format!("in:{heading},out:level\n\"{cell}\",hq\n-,simple\n");
    let table = read_with(&text, Hit::First);
    let passes = |value: &&Value| {
        let values = Values::default().with(heading, (*value).clone());
        level(&table, &values) == "hq"
    };
    candidates.iter().filter(passes).cloned().collect()
}

#[test]
fn amounts_are_read_as_an_office_writes_them() {
    let yen = |amounts: &[i64]| amounts.iter().map(|yen| Value::Yen(*yen)).collect::<Vec<_>>();
    let candidates = yen(&[0, 999_999, 1_000_000, 1_000_001, 4_999_999, 5_000_000, 5_000_001]);
    let exactly = yen(&[1_000_000]);
    for cell in [
        "1000000",
        "1,000,000",
        "1,000,000円",
        "＝１００万円",
        "= 1000千円",
        "== 1百万円",
        "¥1,000,000",
        "\\1,000,000",
        "[1000000..1000000]",
        "(999999..1000001)",
        "100万円〜100万円",
        "100万以上100万円以下",
        "0.01億円",
        "1.0百万円",
        "1000000.00",
    ] {
        assert_eq!(passing("total", cell, &candidates), exactly, "{cell}");
    }
    let between = yen(&[1_000_000, 1_000_001, 4_999_999]);
    for cell in [
        "100万円以上500万円未満",
        "100万円以上かつ5百万円未満",
        "1000千円以上 4,999,999円以下",
        "999,999円超5,000,000円未満",
        "500万円未満100万円以上",
        ">= 1000000 < 5000000",
        "≧1000000＜5000000",
        "［1000000..5000000）",
        "1,000,000円 ～ 4,999,999円",
        "100万円から4,999,999円まで",
        "100万円、1,000,001円|4999999",
        "100万円未満、500万円以上以外",
    ] {
        assert_eq!(passing("total", cell, &candidates), between, "{cell}");
    }
    let above = yen(&[1_000_001, 4_999_999, 5_000_000, 5_000_001]);
    for cell in ["100万円超", "100万円を超える", "1百万円超える", "> 100万円", "100万円以下以外"]
    {
        assert_eq!(passing("total", cell, &candidates), above, "{cell}");
    }
    let outside = yen(&[0, 999_999, 5_000_000, 5_000_001]);
    assert_eq!(passing("total", "100万円未満、500万円以上", &candidates), outside);
}

#[test]
fn every_unit_has_its_size() {
    let sizes = [
        ("1円", 1),
        ("12千円", 12_000),
        ("3万円", 30_000),
        ("5百万円", 5_000_000),
        ("5千万円", 50_000_000),
        ("1億円", 100_000_000),
        ("1億5,000万円", 150_000_000),
        ("1億2千万3千4百5円", 120_003_405),
        ("1.5億円", 150_000_000),
        ("2百億", 20_000_000_000),
        ("0.5千円", 500),
    ];
    for (text, size) in sizes {
        assert_eq!(amount::amount(text, &Type::Yen), Some((size, "")), "{text}");
    }
    assert_eq!(amount::amount("-3営業日以上", &Type::Number), Some((-3, "以上")));
    assert_eq!(amount::amount("▲10件", &Type::Number), Some((-10, "")));
    for text in
        ["", "円", "万円", "1,00円", "1000,000", "1.5円", "0.00001万円", "99999999999億円", "1,"]
    {
        assert_eq!(amount::amount(text, &Type::Yen), None, "{text}");
    }
    assert_eq!(amount::amount("1万2億", &Type::Yen), None, "units fall");
}

#[test]
fn numbers_dates_words_and_texts_are_read() {
    let numbers: Vec<Value> = [-1, 0, 1, 5, 10, 11].map(Value::Number).into();
    assert_eq!(passing("days_to_due", "1〜10営業日", &numbers), numbers[2..5]);
    assert_eq!(passing("days_to_due", "0日以下", &numbers), numbers[..2]);
    assert_eq!(passing("days_to_due", "-1", &numbers), numbers[..1]);
    assert_eq!(passing("rows", "10件超", &numbers), numbers[5..]);

    let dates: Vec<Value> = ["2026-03-31", "2026-04-01", "2026-04-02"]
        .map(|date| Value::Date(Date::parse(date).unwrap()))
        .into();
    for (cell, expected) in [
        ("2026-04-01", &dates[1..2]),
        ("2026/4/1以降", &dates[1..]),
        ("2026年4月1日より後", &dates[2..]),
        ("2026-04-01以前", &dates[..2]),
        ("20260401より前", &dates[..1]),
        ("[2026-04-01..2026-04-02)", &dates[1..2]),
        ("2026/3/31から2026/4/1まで", &dates[..2]),
        ("２０２６/４/１〜2026/4/30", &dates[1..]),
        ("> 2026-04-01", &dates[2..]),
    ] {
        assert_eq!(passing("record_date", cell, &dates), expected, "{cell}");
    }

    let texts: Vec<Value> =
        ["customers", "branches", "paper"].map(|text| Value::Text(text.into())).into();
    assert_eq!(passing("channel", "customers", &texts), texts[..1]);
    assert_eq!(passing("channel", "customers以外", &texts), texts[1..]);
    assert_eq!(passing("channel", "customers、branches", &texts), texts[..2]);
    assert_eq!(passing("channel", "customers | branches以外", &texts), texts[2..]);

    let kinds: Vec<Value> =
        ["assignment", "mixed", "accrual_debtor"].map(|kind| Value::Word(kind.into())).into();
    assert_eq!(passing("kind", "譲渡", &kinds), kinds[..1]);
    assert_eq!(passing("kind", "発生（債務者請求）", &kinds), kinds[2..]);
    assert_eq!(passing("kind", "Assignment、混在", &kinds), kinds[..2]);
    assert_eq!(passing("kind", "混在以外", &kinds), [&kinds[..1], &kinds[2..]].concat());

    let bools = [Value::Bool(false), Value::Bool(true)];
    for yes in ["はい", "TRUE", "○", "〇", "有"] {
        assert_eq!(passing("is_new_customer", yes, &bools), bools[1..], "{yes}");
    }
    for no in ["いいえ", "False", "×", "無", "はい以外"] {
        assert_eq!(passing("is_new_customer", no, &bools), bools[..1], "{no}");
    }
}

#[test]
fn mistakes_of_a_table_are_told_all_at_once_at_their_cells() {
    let text = "in:totl,条件:件数,in:rows,out:level\n\
                100万円以上,1〜x,2,本部\n\
                -,\"5,0\",9以上3未満,\n\
                -,0,-,本店,x\n\
                -,a、、b,1未満、5以上2以下,-\n";
    assert_eq!(
        wrong(text, Hit::Unique),
        [
            "1: in:totl: 「in:totl」という列はありません。「in:total」ではありませんか。",
            "1: in:rows: 「in:rows」の列が二つあります。一つにしてください。",
            "2: 1〜x: 「1〜x」は読めません。1〜10、11以上 のように書いてください。",
            "3: \"5,0\": 「5,0」は読めません。1〜10、11以上 のように書いてください。",
            "3: 9以上3未満: 当てはまる値がありません。数の大小をお確かめください。",
            "3: : 「決裁区分」の結果が空です。店内検印のみ、店内ダブル、本部 のどれかを書いてください。",
            "4: 0: 当てはまる値がありません。数の大小をお確かめください。",
            "4: 本店: 「本店」という区分はありません。「本部」ではありませんか。",
            "4: x: この列には名前がありません。1行目に書くか、中身を取り除いてください。",
            "5: a、、b: 「a」は読めません。1〜10、11以上 のように書いてください。",
            "5: 1未満、5以上2以下: 当てはまる値がありません。数の大小をお確かめください。",
            "5: -: 「決裁区分」の結果が空です。店内検印のみ、店内ダブル、本部 のどれかを書いてください。",
        ]
    );
    assert_eq!(wrong("", Hit::First), ["0: : 表が空です。1行目に列の名前を書いてください。"]);
    assert_eq!(wrong("in:total,out:level\n", Hit::First), ["0: : 行がありません。"]);
    assert_eq!(
        wrong("in:total\n-\n", Hit::First),
        ["1: in:total: 「結果:決裁区分」の列がありません。"]
    );
    assert_eq!(
        wrong("結果:決裁区分,in:kind\nhq,譲度\nhq,さくら\n", Hit::First),
        [
            "2: 譲度: 「譲度」という区分はありません。「譲渡」ではありませんか。",
            "3: さくら: 「さくら」は読めません。発生(債務者請求)、発生(債権者請求)、譲渡、分割譲渡、取消、変更、保証、\
             支払等、開示、割引、譲渡担保、特定記録機関変更、混在 のどれかを書いてください。",
        ]
    );
}

#[test]
fn a_range_written_with_or_is_not_taken_for_everything() {
    let told = wrong("in:total,out:level\n\"100万円以上、500万円未満\",hq\n-,hq\n", Hit::First);
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert!(told.contains("続けて書いて"), "{told}");
}

#[test]
fn a_gap_is_told_with_a_case_that_falls_into_it() {
    let text = LEVELS.replace("[1000000..", "(1000000..");
    assert_eq!(
        wrong(&text, Hit::Unique),
        ["0: : 合計金額 1,000,000円 の場合に当てはまる行がありません。\
         行を足すか、条件を広げてください。"]
    );
    let text = LEVELS.replace("< 1000000,-,true,branch,新規先は金額を問わずダブル\n", "");
    assert_eq!(
        wrong(&text, Hit::First),
        ["0: : 合計金額 0円・新規先 はい の場合に当てはまる行がありません。\
         行を足すか、最後に「-」の行を置いてください。"]
    );
    let text = "in:channel,in:record_date,out:level\n\
                customers,2026-04-01以降,hq\n\
                customers以外,-,simple\n";
    assert_eq!(
        wrong(text, Hit::First),
        [
            "0: : 受付経路 「customers」・記録請求日 2026年3月31日 の場合に当てはまる行がありません。\
         行を足すか、最後に「-」の行を置いてください。"
        ]
    );
    let told = wrong("in:channel,out:level\ncustomers,hq\nbranches,hq\n", Hit::First);
    assert!(told[0].contains("受付経路 （ほかの値） の場合"), "{told:?}");
}

#[test]
fn a_missing_value_meets_only_cells_that_ask_nothing() {
    let text = "in:latest_due,out:level\n2026-04-01以降,hq\n2026-04-01より前,simple\n";
    assert_eq!(
        wrong(text, Hit::Unique),
        ["0: : 最も遅い支払期日 （なし） の場合に当てはまる行がありません。\
         行を足すか、条件を広げてください。"]
    );
    let table = read_with(&format!("{text}-,branch\n"), Hit::First);
    assert_eq!(level(&table, &Values::default()), "branch");
}

#[test]
fn an_overlap_is_told_with_both_lines_and_a_case() {
    let text = LEVELS.replace("< 1000000,-,true", "<= 1000000,-,true");
    assert_eq!(
        wrong(&text, Hit::Unique),
        ["5: <= 1000000,-,true,branch,新規先は金額を問わずダブル: \
         合計金額 1,000,000円・新規先 はい の場合に3行目と5行目の両方が当てはまります。\
         どちらかの条件を狭めてください。"]
    );
    let table = read_with(&text, Hit::First);
    assert_eq!(table.decide(&case(1_000_000, true)).map(Row::line), Some(3));
}

#[test]
fn a_row_that_is_never_reached_is_told() {
    let text = "in:total,in:is_new_customer,out:level\n\
                500万円未満,-,simple\n\
                -,はい,branch\n\
                500万円以上,いいえ,hq\n\
                100万円以上,-,hq\n\
                -,-,simple\n";
    let told = wrong(text, Hit::First);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("5: 100万円以上,-,hq: 上の行が"), "{told:#?}");
    assert!(told[1].starts_with("6: -,-,simple: 上の行が"), "{told:#?}");
}

#[test]
fn a_table_that_is_too_large_is_refused() {
    let rows = "1,hq\n".repeat(1_001);
    let told = wrong(&format!("in:total,out:level\n{rows}"), Hit::First);
    assert!(told[0].contains("1000行"), "{told:?}");
    let fields: Vec<Field> =
        (0..17).map(|n| Field::new(&format!("f{n}"), &format!("項{n}"), Type::Yen)).collect();
    let inputs: Fields = fields.into_iter().collect();
    let heads: Vec<String> = (0..17).map(|n| format!("in:f{n}")).collect();
    let text = format!("{},out:level\n{}hq\n", heads.join(","), "-,".repeat(17));
    let mistakes = Table::read("t.csv", &text, &inputs, &outputs(), Hit::First).unwrap_err();
    assert!(mistakes[0].ja.contains("16列"), "{mistakes:?}");
}

#[test]
fn a_proof_that_would_take_too_long_is_refused() {
    // Every column cuts its line at places of its own, so that sets of rows hardly repeat.
    let inputs: Fields =
        (0..16).map(|n| Field::new(&format!("f{n}"), &format!("項{n}"), Type::Yen)).collect();
    let heads: Vec<String> = (0..16).map(|n| format!("in:f{n}")).collect();
    let mut text = format!("{},out:level\n", heads.join(","));
    for row in 0..300_u64 {
        for column in 0..16_u64 {
            let low = (row * 7_919 + column * 104_729) % 1_009;
            write!(text, "{low}〜{},", low + 500).unwrap();
        }
        text.push_str("hq\n");
    }
    writeln!(text, "{}hq", "-,".repeat(16)).unwrap();
    let mistakes = Table::read("t.csv", &text, &inputs, &outputs(), Hit::First).unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].ja.contains("確かめられません"), "{mistakes:?}");
}
