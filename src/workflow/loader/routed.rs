//! Flows whose way a table decides: what is proved of them before they are in force.

use std::collections::BTreeMap;

use super::load_with_tables;
use crate::workflow::{Definition, Mistake, Source, show_mistakes};

const ROUTED: &str = include_str!("../../../tests/it/data/flows/routed.yaml");
const TABLE: &str = include_str!("../../../tests/it/data/flows/tables/kengen.csv");

fn load(flow: &str, table: &str) -> Result<Definition, Vec<Mistake>> {
    let tables = BTreeMap::from([("kengen.csv".to_owned(), table.to_owned())]);
    load_with_tables("workflows/routed.yaml", flow, &tables)
}

fn told(mistakes: &[Mistake]) -> Vec<(String, usize, &str)> {
    mistakes.iter().map(|one| (one.file.clone(), one.line, one.ja.as_str())).collect()
}

#[test]
fn a_flow_with_a_table_is_pinned_with_it() {
    let flow = load(ROUTED, TABLE).unwrap();
    let pinned = flow.source.pinned();
    let Source { text, tables, .. } = Source::parse(&pinned).unwrap();
    let again = load_with_tables("kept.yaml", &text, &tables).unwrap();
    assert_eq!(again, flow);
    let changed = load(ROUTED, &TABLE.replace("大口", "大口案件")).unwrap();
    assert_ne!(changed.hash, flow.hash, "another table is another definition");
}

#[test]
fn a_gap_in_the_table_is_told_with_a_case_that_falls_through() {
    let gap = TABLE.replace("1千万円未満,500万円以上,本部,一件が大きい\r\n", "");
    let mistakes = load(ROUTED, &gap).unwrap_err();
    let told = told(&mistakes);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "workflows/tables/kengen.csv");
    assert!(told[0].2.contains("当てはまる行がありません"), "{told:?}");
    assert!(told[0].2.contains("最大金額 5,000,000円"), "{told:?}");
}

#[test]
fn a_failing_proof_tells_the_case_and_its_way() {
    // The office lets one person of the head office decide alone.
    let weak = ROUTED.replace("n: 3, as: 本部", "n: 1, as: 本部");
    let mistakes = load(&weak, TABLE).unwrap_err();
    let told = told(&mistakes);
    assert_eq!(told.len(), 3, "both assertions and what every flow keeps: {told:#?}");
    let story = told.iter().find(|(.., ja)| ja.contains("people(desk) >= 3")).unwrap().2;
    assert!(story.contains("取扱店の3名以上の承認が必要です（いまは1名）"), "{story}");
    assert!(story.contains("合計金額 10,000,000円"), "{story}");
    assert!(story.contains("決裁権限は判断表の3行目 → 本部承認 → register"), "{story}");
}

#[test]
fn a_claim_that_fails_is_underlined_where_it_is_written() {
    let weak = ROUTED.replace("n: 3, as: 本部", "n: 1, as: 本部");
    let mistakes = load(&weak, TABLE).unwrap_err();
    let line = |text: &str| weak.lines().position(|line| line.contains(text)).unwrap() + 1;
    let at = |text: &str| mistakes.iter().find(|one| one.ja.contains(text)).unwrap().line;
    let claim = "people(desk) >= 3 when";
    assert_eq!(at(claim), line(claim));
    let floor = mistakes.iter().find(|one| !one.ja.contains("「before")).unwrap();
    assert_eq!(floor.line, line("steps:") + 1, "what every flow keeps is written nowhere");
}

#[test]
fn an_assertion_cannot_be_weaker_than_what_every_flow_keeps() {
    let alone = ROUTED
        .replace("n: 3, as: 本部", "n: 1, as: 本部")
        .replace("people(desk) >= 3 when total >= 10_000_000", "people(desk) >= 1")
        .replace("people(desk) >= 2", "people() >= 1");
    let mistakes = load(&alone, TABLE).unwrap_err();
    let told = told(&mistakes);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].2.contains("2名以上の承認が必要です（いまは1名）"), "{told:?}");
}

#[test]
fn what_a_condition_or_an_assertion_says_wrongly_is_told_where_it_stands() {
    let wrong = ROUTED
        .replace("channel == 'customers'", "chanel == 'customers'")
        .replace("unless: \"route.level == 'branch'\"", "unless: \"route.level == 'branc'\"")
        .replace("before(register): people(desk) >= 2\"", "before(registr): people(desk) >= 2\"")
        .replace("people(desk) >= 3 when total >= 10_000_000", "people(desk) >= 3 when totl > 1");
    let mistakes = load(&wrong, TABLE).unwrap_err();
    let shown = show_mistakes(&mistakes, &|_| Some(wrong.clone()));
    for part in ["chanel == 'customers'", "did you mean `channel`", "did you mean `branch`"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains("did you mean `register`"), "{shown}");
    assert!(shown.contains("did you mean `total`"), "{shown}");
    let first = &mistakes[0];
    assert_eq!((first.line, first.column, first.length), (13, 12, 6), "{first:?}");
}

#[test]
fn a_table_that_is_not_there_and_answers_without_a_type_are_told() {
    let wrong = ROUTED.replace("table: kengen.csv", "table: kengn.csv");
    let mistakes = load(&wrong, TABLE).unwrap_err();
    assert!(mistakes[0].en.contains("did you mean `kengen.csv`"), "{mistakes:?}");
    let wrong = ROUTED.replace("of: {branch: 照査と決裁, hq: 本部}", "type: yem");
    let mistakes = load(&wrong, TABLE).unwrap_err();
    assert!(mistakes[0].en.contains("did you mean `yen`"), "{mistakes:?}");
}

#[test]
fn conditions_that_weigh_fields_against_each_other_are_not_proved_and_so_refused() {
    let weighed = ROUTED.replace("channel == 'customers'", "largest * 2 > total");
    let mistakes = load(&weighed, TABLE).unwrap_err();
    assert!(mistakes[0].ja.contains("証明できません"), "{mistakes:?}");
}

#[test]
fn no_way_round_the_approvals_leads_over_a_question_to_the_customer() {
    let asks = |next: &str| {
        format!(
            "schema: 1\nid: asks\ntitle: 照会\neffective_from: 2026-04-01\npeople:\n  \
             checker: {{role: checker, at: desk}}\n  manager: {{role: manager, at: desk}}\n\
             steps:\n  \
             - approve: desk\n    need: [{{who: checker, n: 1, as: 照査}}, \
             {{who: manager, n: 1, as: 決裁}}]\n    \
             return_to: {{targets: [ask], resume: restart}}\n  \
             - emit: register\n    effects: [clearing]\n  - end: done\n  \
             - task: ask\n    who: submitter\n    form: {{answer: {{label: ご回答, type: text}}}}\n\
             {next}  - emit: again\n    effects: [clearing]\n  - end: over\n"
        )
    };
    let mistakes = load(&asks(""), TABLE).unwrap_err();
    let told = told(&mistakes);
    assert!(
        told.iter().any(|(.., ja)| ja.contains("emit「again」の前に") && ja.contains("0名")),
        "{told:?}"
    );
    let back = asks("    next: desk\n").replace(
        "  - emit: again\n    effects: [clearing]\n  - end: over\n",
        "  - end: over\n    when: \"channel == 'fax'\"\n",
    );
    let told: Vec<_> = load(&back, TABLE).err().unwrap_or_default();
    assert!(!told.iter().any(|one| one.ja.contains("emit")), "{told:?}");
}
