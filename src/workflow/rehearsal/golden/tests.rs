//! Golden tests that hold, that fail when they must, and that are badly written.

use std::sync::LazyLock;

use super::*;
use crate::workflow::load_definition;

static CALENDAR: LazyLock<BankCalendar> = LazyLock::new(BankCalendar::japan);

const ACCRUAL: &str = include_str!("../../../../workflows/accrual.yaml");
const ASSIGNMENT: &str = include_str!("../../../../workflows/assignment.yaml");

fn golden(text: &str, flows: &[&str]) -> Vec<Mistake> {
    let flows: Vec<Definition> =
        flows.iter().map(|flow| load_definition("flow.yaml", flow).unwrap()).collect();
    let definitions: Vec<&Definition> = flows.iter().collect();
    let deadline = ApprovalDeadline::default();
    let unread = &["broken"];
    let bank = Bank { definitions: &definitions, unread, calendar: &CALENDAR, deadline };
    check_golden("test.yaml", text, bank)
}

macro_rules! shipped {
    ($name:literal) => {
        include_str!(concat!("../../../../workflows/tests/", $name, ".yaml"))
    };
}

#[test]
fn every_shipped_golden_test_holds_and_fails_when_its_flow_is_broken() {
    for (test, from, to) in [
        (shipped!("accrual_normal"), "[clearing, receipt, mail]", "[clearing, receipt]"),
        (shipped!("accrual_four_eyes"), "{who: manager, n: 1, as", "{who: manager, n: 2, as"),
        (shipped!("accrual_send_back"), "resume: returner", "resume: restart"),
        (shipped!("accrual_overdue"), "overdue: hold", "overdue: reject"),
        (shipped!("accrual_withdraw"), "withdraw: until_first_vote", "withdraw: never"),
        (shipped!("assignment_escalation"), "after: 1bd@12:00", "after: 1bd@14:00"),
    ] {
        assert_eq!(golden(test, &[ACCRUAL, ASSIGNMENT]), [], "{test}");
        let broken = [ACCRUAL, ASSIGNMENT].map(|flow| flow.replace(from, to));
        assert_ne!(broken[0], ACCRUAL);
        let mistakes = golden(test, &[&broken[0], &broken[1]]);
        assert!(!mistakes.is_empty(), "{from} is missed by no golden test");
        let stories = mistakes.iter().filter(|one| one.ja.contains("\n    2026-12-01 09:00 "));
        assert_eq!(stories.count(), 1, "the story is told once: {mistakes:#?}");
    }
}

const TEST: &str = "flow: accrual\ntitle: 試験\nwhen: [\"approve1: approve\"]\nthen:\n";

#[test]
fn a_golden_test_names_what_was_expected_and_what_came() {
    for (key, expected, came) in [
        ("status", "completed", "active"),
        ("votes", "3", "1"),
        ("effects", "[clearing]", "[]"),
        ("path", "[customer, register]", "[customer, desk]"),
        ("asked", "[approve1]", "[approve1, approve2, checker1, checker2]"),
        ("refused", "[own_submission]", "[]"),
    ] {
        let mistakes = golden(&format!("{TEST}  {key}: {expected}\n"), &[ACCRUAL]);
        let [mistake] = mistakes.as_slice() else { panic!("{mistakes:#?}") };
        assert_eq!((mistake.file.as_str(), mistake.line), ("test.yaml", 5));
        let ja = format!("「試験」: {key} は {expected} のはずが、{came} でした。\n");
        assert!(mistake.ja.starts_with(&ja), "{}", mistake.ja);
        assert_eq!(mistake.en, format!("expected {key} {expected}, came {came}"));
        assert_eq!(golden(&format!("{TEST}  {key}: {came}\n"), &[ACCRUAL]), []);
    }
}

#[test]
fn a_refusal_that_nobody_expected_fails_a_golden_test() {
    let test = TEST.replace("approve1: approve", "checker1: approve") + "  status: active\n";
    let mistakes = golden(&test, &[ACCRUAL]);
    let [mistake] = mistakes.as_slice() else { panic!("{mistakes:#?}") };
    assert_eq!(mistake.en, "expected refused [], came [not_your_seat]");
}

#[test]
fn a_golden_test_that_is_badly_written_says_so_with_all_its_mistakes() {
    let bad = "flow: accrual\ntitel: x\ngiven: {total: much, chanel: customers}\n\
               when: [\"approve1: aprove\", \"+2x\"]\nthen: {status: done, votes: all, way: []}\n";
    let lines: Vec<usize> = golden(bad, &[ACCRUAL]).iter().map(|one| one.line).collect();
    assert_eq!(lines, [1, 2, 3, 3, 4, 4, 5, 5, 5]);
    for then in ["{}", "completed"] {
        assert!(!golden(&format!("{TEST}  {then}\n"), &[ACCRUAL]).is_empty(), "{then}");
    }
    for (from, to, says) in [
        ("flow: accrual", "flow: acrual", "did you mean `accrual`?"),
        ("title", "given: {at: 2026-03-31}\ntitle", "cannot read at `2026-03-31`"),
        ("title", "given: {submitted_by: nobody}\ntitle", "`nobody` is nobody"),
        ("title", "people: [x]\ntitle", "expected `name: value` lines"),
    ] {
        let test = format!("{}  status: active\n", TEST.replace(from, to));
        let mistakes = golden(&test, &[ACCRUAL]);
        assert!(mistakes.iter().any(|one| one.en.contains(says)), "{says}: {mistakes:#?}");
    }
    assert!(!golden("- x: [", &[ACCRUAL]).is_empty());
}

#[test]
fn the_test_of_a_flow_that_cannot_be_read_waits_until_it_can() {
    let test = TEST.replace("flow: accrual", "flow: broken") + "  status: active\n";
    assert_eq!(golden(&test, &[ACCRUAL]), []);
}

#[test]
fn a_golden_test_plays_people_who_are_away() {
    let rule = "substitute: {allow: [checker], max: 1_000_000, post_review: manager}";
    let flow = ACCRUAL.replace("    overdue: hold ", &format!("    {rule}\n    overdue: hold "));
    assert_ne!(flow, ACCRUAL);
    let test = |presence: &str| {
        format!(
            "flow: accrual\ntitle: 代決\n\
             given: {{channel: branches, total: 500000, rows: 1, record_date: 2026-12-03}}\n\
             people:\n  sato0001: {{at: desk, role: checker}}\n  \
             tanaka01: {{at: desk, role: checker}}\n  \
             mori0001: {{at: desk, role: manager, presence: {presence}}}\n\
             when: [\"sato0001: approve\", \"tanaka01: approve\", \"mori0001: review\"]\n\
             then: {{status: waiting, votes: 2, refused: []}}\n"
        )
    };
    assert_eq!(golden(&test("away"), &[&flow, ASSIGNMENT]), []);
    assert!(!golden(&test("here"), &[&flow, ASSIGNMENT]).is_empty());
}
