//! `kessai impact`: what another table would have done to the cases of a root.

use std::fs;

use serde_json::Value;

use crate::tables::{kessai, root, waiting};

#[test]
fn a_lower_limit_in_the_table_names_the_cases_that_go_to_others() {
    let folder = root("record");
    let root = folder.path().join("root");
    let cases = waiting(&root);
    let table = root.join("lower.csv");
    let text = include_str!("data/flows/tables/kengen.csv");
    fs::write(
        &table,
        text.replace("5百万円未満", "1百万円未満").replace("500万円以上", "100万円以上"),
    )
    .unwrap();
    fs::create_dir(root.join("draft")).unwrap();
    let draft = root.join("draft/kengen.csv");
    fs::rename(&table, &draft).unwrap();
    let args = ["impact", "routed", "--to", draft.to_str().unwrap(), "--since", "2026-11-01"];
    let (code, out) = kessai(&root, &args);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("加わる: 本部承認 本部 3名（該当者なし）"), "{out}");
    assert!(out.contains("外れる: 取扱店承認 照査 1名"), "{out}");
    let (_, json) = kessai(&root, &[&args[..], &["--json"]].concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["cases"].as_u64(), u64::try_from(cases.len()).ok());
    let changed = json["changed"].as_array().unwrap();
    let between = |total: u64| (1_000_000..5_000_000).contains(&total);
    let expected = cases.iter().filter(|case| between(case["amount_total"].as_u64().unwrap()));
    assert_eq!(changed.len(), expected.count(), "{json}");
    // The definition in force by its own hash changes nothing.
    let hash = &json["from"].as_str().unwrap()[..8];
    let (_, same) = kessai(&root, &["impact", "routed", "--to", hash]);
    assert!(same.contains("変わるもの 0 件"), "{same}");
    for (to, says) in [("1234567", 1), ("deadbeef", 1)] {
        assert_eq!(kessai(&root, &["impact", "routed", "--to", to]).0, Some(says));
    }
}
