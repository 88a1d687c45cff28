//! Representatives: enough of them, and no more.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers made here")]

use proptest::prelude::*;

use super::*;
use crate::domain::Date;
use crate::workflow::expr::Values;
use crate::workflow::table::Hit;

fn yen(amounts: &[i64]) -> Vec<Option<Value>> {
    amounts.iter().map(|yen| Some(Value::Yen(*yen))).collect()
}

#[test]
fn every_region_of_every_name_is_represented() {
    let fields = Fields::of_a_case();
    let read = |text| Expr::read(text, &fields, &Type::Bool).unwrap();
    let exprs = [
        read("total >= 10_000_000 and channel in ['customers', 'branches']"),
        read("record_date > '2026-04-01' and latest_due != null and unit == 'file'"),
    ];
    let outputs = [Field::new("level", "区分", Type::Bool)].into_iter().collect();
    let table = "in:total,in:rows,in:days_to_due,out:level\n\
                 100万円未満,1,-,はい\n100万円以上,1,-,はい\n-,2以上,3以下,はい\n-,-,-,いいえ\n";
    let table = Table::read("t", table, &fields, &outputs, Hit::First).unwrap();
    let found = representatives(&fields, &[&exprs[0], &exprs[1]], &[&table]);

    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["channel", "days_to_due", "latest_due", "record_date", "rows", "total", "unit"]
    );
    assert_eq!(found["total"], yen(&[999_999, 1_000_000, 10_000_000, 10_000_001]));
    let text = |text: &str| Some(Value::Text(text.into()));
    assert_eq!(found["channel"], [text("branches"), text("customers"), text("（ほか）")]);
    let word = |id: &str| Some(Value::Word(id.into()));
    assert_eq!(found["unit"], [word("file"), word("record")]);
    let number = |number| Some(Value::Number(number));
    assert_eq!(found["rows"], [number(1), number(2)]);
    assert_eq!(found["days_to_due"], [number(3), number(4), None]);
    let date = |text| Some(Value::Date(Date::parse(text).unwrap()));
    assert_eq!(found["record_date"], [date("2026-03-31"), date("2026-04-01"), date("2026-04-02")]);
    assert_eq!(found["latest_due"].len(), 2);
    assert_eq!(found["latest_due"].last(), Some(&None));
}

proptest! {
    /// A condition says the same of all values of a region.
    #[test]
    fn representatives_show_every_answer_a_condition_can_give(
        parts in prop::collection::vec((0..7_usize, -9..9_i64, 0..5_i64), 1..5),
        joins in prop::collection::vec(any::<bool>(), 5),
    ) {
        let part = |(kind, low, more): (usize, i64, i64)| match kind {
            0 => format!("a == {low}"),
            1 => format!("{low} != a"),
            2 => format!("a < {low}"),
            3 => format!("not (a >= {low} + {more})"),
            4 => format!("a in ({low}..{}]", low + more),
            5 => format!("a not in [{low}, {}]", low + more),
            _ => "a == null".to_owned(),
        };
        let mut text = String::new();
        for (at, (parts, and)) in parts.into_iter().zip(joins).enumerate() {
            let join = if and { " and " } else { " or " };
            text.push_str(if at == 0 { "" } else { join });
            text.push_str(&part(parts));
        }
        let fields: Fields =
            [Field::new("a", "数", Type::Number).sometimes()].into_iter().collect();
        let expr = Expr::read(&text, &fields, &Type::Bool).unwrap();
        prop_assert!(expr.entangled_names().is_empty());
        let answers = |values: Vec<Option<Value>>| -> BTreeSet<bool> {
            values.into_iter().map(|a| expr.holds(&Values::default().with("a", a))).collect()
        };
        let all = (-20..20).map(|a| Some(Value::Number(a))).chain([None]).collect();
        let few = representatives(&fields, &[&expr], &[]).remove("a").unwrap();
        prop_assert_eq!(answers(few), answers(all), "{}", text);
    }
}
