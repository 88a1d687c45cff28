//! Conditions: what they mean, and how mistakes are told.

mod property;

use super::*;
use crate::domain::Date;

fn fields() -> Fields {
    let levels = [("simple", "店内検印のみ"), ("branch", "店内ダブル"), ("hq", "本部")];
    Fields::of_a_case()
        .with(Field::new("route.level", "決裁区分", Type::words(&levels)).sometimes())
        .with(Field::new("new_customer", "新規先", Type::Bool))
}

fn read(text: &str) -> Expr {
    Expr::read(text, &fields(), &Type::Bool)
        .unwrap_or_else(|mistakes| panic!("{text}: {mistakes:#?}"))
}

fn date(text: &str) -> Value {
    Value::Date(Date::parse(text).unwrap())
}

fn values() -> Values {
    Values::default()
        .with("channel", Value::Text("customers".into()))
        .with("unit", Value::Word("file".into()))
        .with("rows", Value::Number(10))
        .with("total", Value::Yen(10_000_000))
        .with("largest", Value::Yen(4_000_000))
        .with("record_date", date("2026-12-01"))
        .with("latest_due", date("2027-03-01"))
        .with("new_customer", Value::Bool(true))
}

fn value(text: &str, kind: &Type) -> Option<Value> {
    Expr::read(text, &fields(), kind).unwrap().value(&values())
}

#[test]
fn a_condition_is_judged_by_the_values_of_a_case() {
    let holding = [
        "channel == 'customers' and total >= 10_000_000",
        "channel == \"customers\"",
        "total > 9_999_999 and not (total > 10_000_000)",
        "total in [10_000_000..20_000_000)",
        "not (total in (10_000_000..20_000_000])",
        "total not in (10_000_000..20_000_000]",
        "total in [1_000_000, 10_000_000]",
        "channel in ['branches', 'customers'] and channel not in ['paper']",
        "largest * 2 + 2_000_000 == total",
        "largest * rows > total",
        "-largest < 0",
        "latest_due - record_date == 90",
        "record_date + 90 == latest_due and latest_due - 90 == record_date",
        "record_date == '2026-12-01' and '2026/12/2' > record_date",
        "record_date in ['2026-12-01'..'2026-12-31']",
        "unit == 'file' ? rows == 10 : rows == 1",
        "total == (new_customer ? 10_000_000 : 0)",
        "unit == (new_customer ? 'file' : 'record')",
        "new_customer and new_customer == true and true",
        "total < 1 or total < 2 or rows * 2 - 5 in [15..15]",
    ];
    for text in holding {
        assert!(read(text).holds(&values()), "{text}");
        assert!(!read(&format!("not ({text})")).holds(&values()), "not ({text})");
    }
}

#[test]
fn no_comparison_with_a_missing_value_holds() {
    let never = [
        "earliest_due == '2026-12-01'",
        "earliest_due != '2026-12-01'",
        "earliest_due in ['2026-12-01']",
        "earliest_due not in ['2026-12-01']",
        "earliest_due in ['2026-12-01'..'2026-12-31']",
        "earliest_due not in ['2026-12-01'..'2026-12-31']",
        "earliest_due + 1 > '1900-01-02'",
        "latest_due - earliest_due >= 0",
        "rows in [days_to_due..100]",
        "route.level == 'hq'",
        "earliest_due != null",
        "null == record_date",
        "days_to_due + 1 != null",
    ];
    for text in never {
        assert!(!read(text).holds(&values()), "{text}");
    }
    let always = ["earliest_due == null", "record_date != null", "not (route.level == 'hq')"];
    for text in always {
        assert!(read(text).holds(&values()), "{text}");
    }
}

#[test]
fn a_value_of_another_type_counts_as_missing() {
    let odd = Values::default()
        .with("total", Value::Text("many".into()))
        .with("unit", Value::Word("drawer".into()));
    assert!(read("total == null and unit == null").holds(&odd));
}

#[test]
fn an_expression_may_have_any_type() {
    assert_eq!(value("record_date + 3", &Type::Date), Some(date("2026-12-04")));
    assert_eq!(value("'2026-12-04'", &Type::Date), Some(date("2026-12-04")));
    assert_eq!(value("total * 2", &Type::Yen), Some(Value::Yen(20_000_000)));
    assert_eq!(value("2 + 3 * 4", &Type::Yen), Some(Value::Yen(14)));
    assert_eq!(value("rows - 12", &Type::Number), Some(Value::Number(-2)));
    assert_eq!(value("channel", &Type::Text), Some(Value::Text("customers".into())));
    let unit = fields().get("unit").unwrap().kind.clone();
    assert_eq!(value("rows > 5 ? 'record' : unit", &unit), Some(Value::Word("record".into())));
    assert_eq!(value("days_to_due", &Type::Number), None);
}

#[test]
fn sums_stop_at_the_end_of_their_range() {
    let most = "9_223_372_036_854_775_807";
    assert_eq!(value(&format!("{most} + rows"), &Type::Number), Some(Value::Number(i64::MAX)));
    assert_eq!(value(&format!("{most} * -rows"), &Type::Number), Some(Value::Number(i64::MIN)));
    assert_eq!(value("record_date + 100_000 * rows", &Type::Date), None);
    assert_eq!(value(&format!("record_date - {most}"), &Type::Date), None);
}

#[test]
fn mistakes_are_told_where_they_are_with_what_to_write() {
    let cases = [
        ("totl > 1", "totl", "「total」ではありませんか"),
        ("合計金額 > 1", "合計金額", "「total」ではありませんか"),
        ("route.levl == 'hq'", "route.levl", "「route.level」ではありませんか"),
        ("unit == 'flie'", "'flie'", "「file」ではありませんか"),
        ("route.level == '本部'", "'本部'", "「hq」ではありませんか"),
        ("unit in ['file', 'x']", "'x'", "使えるのは file、record です"),
        ("total = 1", "=", "== と書いてください"),
        ("total ＞ 1", "＞", "半角の > で"),
        ("ｔotal > 1", "ｔ", "半角の t で"),
        ("total ≧ 1", "≧", ">= と書いてください"),
        ("rows > 1 && rows < 3", "&&", "and と書いてください"),
        ("total / 2 > 1", "/", "掛け算に"),
        ("total > 10,500", ",", "10_000_000 のように"),
        ("total > 10,000", "000", "10_000_000 のように"),
        ("total > 10000円", "10000円", "単位なしで"),
        ("total > 1.5", "1.5", "整数を"),
        ("total > 99999999999999999999", "99999999999999999999", "18桁"),
        ("desk == 001", "001", "'001'"),
        ("desk == '001", "'001", "引用符が閉じて"),
        ("desk == 1", "desk == 1", "引用符で囲んで"),
        ("total == '1'", "total == '1'", "金額は 10_000_000 のように"),
        ("total == rows", "total == rows", "金額と数は比べられません"),
        ("total + rows > 1", "total + rows", "計算できません"),
        ("total * largest > 1", "total * largest", "計算できません"),
        ("record_date == 'soon'", "'soon'", "'2026-04-01' のように"),
        ("record_date == 20261201", "record_date == 20261201", "'2026-04-01' のように"),
        ("record_date == 2026-12-01", "01", "'01'"),
        ("channel > 'a'", "channel > 'a'", "大小はありません"),
        ("channel in ['a'..'b']", "channel in ['a'..'b']", "大小はありません"),
        ("not rows == 1", "not rows", "not (…)"),
        ("1 < rows < 3", "<", "a < b and b < c"),
        ("total", "total", "条件（例"),
        ("rows > 1 and total", "total", "条件（例"),
        ("len(channel) > 1", "len(", "関数はありません"),
        ("channel in 'a'", "'a'", "[a, b] か [1..10)"),
        ("channel in ('a', 'b')", "(", "角括弧"),
        ("[1] == rows", "[", "in の後"),
        ("rows > null", "null", "== null か"),
        ("-channel == 'a'", "-channel", "金額と数だけ"),
        ("(rows > 1", "", ") を書いて"),
        ("rows > 1)", ")", "and、or または終わり"),
        ("rows > 1 rows", "rows", "and、or または終わり"),
        ("", "", "名前か値"),
        ("rows >", "", "名前か値"),
        ("rows > 1 ? total", "", ": を書いて"),
        ("record_date + 'x' == record_date", "'x'", "日付ではありません"),
    ];
    for (text, place, told) in cases {
        let mistakes = Expr::read(text, &fields(), &Type::Bool).expect_err(text);
        let [mistake] = mistakes.as_slice() else { panic!("{text}: {mistakes:#?}") };
        let underlined: String = text.chars().skip(mistake.at).take(mistake.length).collect();
        assert_eq!(underlined, place, "{text}: {mistake:?}");
        assert!(mistake.ja.contains(told), "{text}: {}", mistake.ja);
        assert!(!mistake.en.is_empty());
    }
}

#[test]
fn mistakes_of_one_kind_are_told_all_at_once() {
    let places = |text| -> Vec<usize> {
        let mistakes = Expr::read(text, &fields(), &Type::Bool).unwrap_err();
        mistakes.iter().map(|mistake| mistake.at).collect()
    };
    assert_eq!(
        places("totl > 1 and unit == 'x' and (channel < 'a' or rows == desk)"),
        [0, 21, 30, 47]
    );
    assert_eq!(places("total = 1 && rows / 2"), [6, 10, 18]);
}

#[test]
fn a_mistake_finds_its_place_in_a_file() {
    let mistakes = Expr::read("totl > 1", &fields(), &Type::Bool).unwrap_err();
    let mistake = mistakes.into_iter().next().unwrap().in_file("a.yaml", 7, 12);
    assert_eq!((mistake.line, mistake.column, mistake.length), (7, 12, 4));
}

#[test]
fn an_expression_is_bounded_in_length_and_depth() {
    let refused = |text: String| {
        let mistakes = Expr::read(&text, &fields(), &Type::Bool).unwrap_err();
        assert_eq!(mistakes.len(), 1);
        assert!(mistakes[0].ja.contains("式が"), "{}", mistakes[0].ja);
    };
    refused(format!("rows == {}", "1".repeat(2_000)));
    for open in ["(", "-", "not ", "true ? true : ", "1 + ", "rows in [", "true ? "] {
        refused(format!("{}1", open.repeat(1_900 / open.len())));
    }
    refused(format!("rows{} > 1", "+1".repeat(900)));
    read(&vec!["rows == 1"; 150].join(" or "));
    read(&format!("{}true{}", "(".repeat(40), ")".repeat(40)));
}

#[test]
fn an_expression_is_told_in_japanese() {
    let told = [
        (
            "total >= 10_000_000 and channel == 'customers'",
            "合計金額が10,000,000円以上 かつ 受付経路が「customers」",
        ),
        ("10 < rows", "件数が10を超える"),
        ("record_date < '2026-12-01'", "記録請求日が2026年12月1日より前"),
        ("latest_due - record_date > 90", "記録請求日から最も遅い支払期日までの日数が90を超える"),
        ("record_date + 3 >= latest_due", "記録請求日の3日後が最も遅い支払期日以降"),
        ("route.level != 'hq'", "決裁区分が「本部」以外"),
        ("unit in ['file', 'record']", "単位が「一括」か「明細」"),
        ("desk not in ['001', '002']", "取扱店が「001」、「002」以外"),
        ("total in [1_000..10_000)", "合計金額が1,000円以上10,000円未満"),
        (
            "latest_due == null or earliest_due != null",
            "最も遅い支払期日がない または 最も早い支払期日がある",
        ),
        (
            "new_customer and not (rows > 1 or rows < 0)",
            "新規先が「はい」 かつ （件数が1を超える または 件数が0未満）でない",
        ),
        (
            "(new_customer or rows > 1) and true",
            "（新規先が「はい」 または 件数が1を超える） かつ いつも",
        ),
        (
            "total - (largest + 1) * 2 == largest",
            "合計金額－（（最大金額＋1円）×2）が最大金額と同じ",
        ),
        ("new_customer == false", "新規先が「いいえ」"),
        (
            "rows > (new_customer ? 1 : 2)",
            "件数が（新規先が「はい」ならば1、そうでなければ2）を超える",
        ),
    ];
    for (text, japanese) in told {
        assert_eq!(read(text).japanese(), japanese);
    }
}

#[test]
fn an_expression_knows_its_names_and_which_are_entangled() {
    let expr = read("largest * 2 > total and rows > 3 and (desk == '001' or latest_due == null)");
    let names: Vec<_> = expr.names().into_iter().collect();
    assert_eq!(names, ["desk", "largest", "latest_due", "rows", "total"]);
    let entangled: Vec<_> = expr.entangled_names().into_iter().collect();
    assert_eq!(entangled, ["largest", "total"]);
    assert!(read("2 * 5 < total and rows in [1, 2] and new_customer").entangled_names().is_empty());
    assert!(!read("rows in [1..days_to_due]").entangled_names().is_empty());
}
