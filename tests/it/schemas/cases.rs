//! Single texts: what loader and editor take, and what both refuse.

use super::{Format, files, said};

/// One place of a file written otherwise: format, name, what stands there, what is put there.
type Case = (Format, &'static str, &'static str, &'static str);

/// What is not how the pages show it, and is taken.
const GENEROUS: [Case; 32] = [
    (Format::Flow, "plain", "schema: 1\n", "schema: \"1\"\n"),
    (Format::Flow, "plain", "id: accrual\n", "id: 2026\n"),
    (Format::Flow, "plain", "title: でんさい発生記録請求\n", "title: 2026\n"),
    (Format::Flow, "plain", "2026-04-01 ", "20260401 "),
    (Format::Flow, "plain", "2026-04-01 ", "2026/4/1 "),
    (Format::Flow, "plain", "n: 1, as: 照査", "n: \"01\", as: 1"),
    (Format::Flow, "plain", "due: 1bd@15:00", "due: +1bd@+9:5"),
    (Format::Flow, "plain", "due: 1bd@15:00", "due: {by: record_date, offset: 0bd@15:00}"),
    (Format::Flow, "plain", "distinct_from: [submitter]", "distinct_from: submitter"),
    (Format::Flow, "plain", "    order: ordered ", "    return_to: {targets: customer}\n    #"),
    (Format::Flow, "plain", "    order: ordered ", "    remind: {every: 2h, max: \"3\"}\n    #"),
    (Format::Flow, "plain", "n: 1, as: 照査", "n: 2, of: \"3\", when: true"),
    (
        Format::Flow,
        "plain",
        "    order: ordered ",
        "    escalate: {after: 2d, add: manager}\n    #",
    ),
    (
        Format::Flow,
        "plain",
        "    order: ordered ",
        "    substitute: {allow: checker, max: 10_000, post_review: manager}\n    #",
    ),
    (Format::Flow, "plain", "\"channel == 'customers'\"", "true"),
    (Format::Flow, "plain", "  - end: done", "  - end: 1"),
    (
        Format::Flow,
        "plain",
        "  - end: done",
        "  - end: done\nassert: \"before(register): people() >= 2\"",
    ),
    (Format::Flow, "plain", "who: checker", "who: {role: checker, at: desk}"),
    (Format::Flow, "whole", "days: -1", "days: \"+3\""),
    (
        Format::Flow,
        "whole",
        "then: {ng: refused}",
        "then: {ng: refused, ok: next, timeout: incident}",
    ),
    (Format::Part, "signatures", "schema: 1", "schema: [1, 2]"),
    (Format::Channel, "branches", "schema: 1", "schema: {}"),
    (Format::Channel, "branches", ", unit: file", ""),
    (Format::Schedule, "waiting_list", "schema: 1\n", ""),
    (
        Format::Schedule,
        "waiting_list",
        "{every: business_day, at: \"08:30\"}",
        "{day: last, at: 8:30}",
    ),
    (
        Format::Schedule,
        "waiting_list",
        "{every: business_day, at: \"08:30\"}",
        "{before: month_end, business_days: \"3\", roll: preceding, at: 8:30}",
    ),
    (
        Format::Schedule,
        "waiting_list",
        "{every: business_day, at: \"08:30\"}",
        "0 30 8 * * Mon-Fri 2027",
    ),
    (Format::Golden, "accrual_normal", "total: 6000000", "total: 6_000_000"),
    (
        Format::Golden,
        "accrual_normal",
        "channel: customers",
        "channel: customers, kind: 11, desk: 001",
    ),
    (Format::Golden, "accrual_normal", "channel: customers", "channel: customers, kind: 譲渡"),
    (
        Format::Golden,
        "accrual_normal",
        "[clearing, receipt, mail/approved, record, mail/recorded]",
        "\"clearing, receipt, mail/approved, record, mail/recorded\"",
    ),
    (Format::Golden, "accrual_normal", "- checker1: approve", "- \"checker1: approve\""),
];

/// What is refused.
const WRONG: [Case; 49] = [
    (Format::Flow, "plain", "overdue: hold ", "overdu: hold "),
    (Format::Flow, "plain", "overdue: hold ", "overdue: approve "),
    (Format::Flow, "plain", "schema: 1\n", "schema: 2\n"),
    (Format::Flow, "plain", "id: accrual\n", "id: Accrual 1\n"),
    (Format::Flow, "plain", "title: でんさい発生記録請求\n", ""),
    (Format::Flow, "plain", "  - check: validate ", "  - title: validate "),
    (Format::Flow, "plain", "  - end: done", "  - end: done\n    check: again"),
    (Format::Flow, "plain", "n: 1, as: 照査", "n: 10, as: 照査"),
    (Format::Flow, "plain", "n: 1, as: 照査", "n: 1, seal: 照査"),
    (Format::Flow, "plain", "n: 1, as: 照査", "n: 1, of: 10"),
    (Format::Flow, "plain", "    order: ordered ", "    form: of no use here\n    #"),
    (Format::Flow, "plain", "    order: ordered ", "    who: checker\n    #"),
    (Format::Flow, "plain", "  - check: validate ", "  - check: validate\n    due: 2bh\n    #"),
    (
        Format::Flow,
        "plain",
        "    order: ordered ",
        "    veto: majority\n    exceptions: split\n    #",
    ),
    (Format::Flow, "whole", "sla: {target: 5bd,", "sla: {target: soon,"),
    (Format::Flow, "plain", "due: 1bd@15:00", "due: tomorrow"),
    (Format::Flow, "plain", "[clearing, receipt, mail]", "[clearing, fax]"),
    (Format::Flow, "plain", "order: ordered ", "order: orderd "),
    (Format::Flow, "plain", "order: ordered ", "unless: rows > 1\n    when: rows > 2\n    #"),
    (Format::Flow, "plain", "    who: {authority: approve, at: submitter}\n", ""),
    (Format::Flow, "plain", "{authority: approve, at: submitter}", "{at: submitter}"),
    (Format::Flow, "routed", "    table: kengen.csv\n", ""),
    (Format::Flow, "routed", "label: 決裁区分, ", "label: 決裁区分, type: yen, "),
    (Format::Flow, "routed", "people(desk) >= 2\"", "persons(desk) >= 2\""),
    (Format::Flow, "whole", "for: message", "for: letter"),
    (Format::Flow, "whole", "join: all", "join: any"),
    (Format::Flow, "whole", "      - - approve: legal", "      - - emit: legal"),
    (Format::Flow, "whole", "days: -1", "days: -367"),
    (Format::Flow, "whole", "    for: message\n          release: manager", "    for: message"),
    (Format::Flow, "whole", "  - call: signatures", "  - call: signatures\n    next: desk"),
    (Format::Part, "signatures", "title: 署名の確認", "id: signatures"),
    (Format::Channel, "branches", "accept: file", "accept: rows"),
    (Format::Channel, "branches", "  assignment:   ", "  assignments:   "),
    (Format::Channel, "branches", "routes:", "brings: results\nroutes:"),
    (Format::Channel, "center", "brings: results", "brings: requests"),
    (Format::Channel, "fax", "cut_off: \"15:00\"", "cut_off: noon"),
    (Format::Channel, "fax", "cut_off: \"15:00\"", "cut_off: \"24:00\""),
    (Format::Channel, "fax", "pages_within: 30m", "pages_within: half"),
    (Format::Channel, "fax", "pages_within: 30m", "pages_within: 0m"),
    (Format::Channel, "fax", "pages_within: 30m", "pages_within: 1bd"),
    (Format::Schedule, "waiting_list", "do: waiting_list", "do: waiting"),
    (Format::Schedule, "waiting_list", "at: \"08:30\"}\nmis", "at: \"24:30\"}\nmis"),
    (Format::Schedule, "waiting_list", "when: {every: business_day,", "when: {day: 32,"),
    (Format::Schedule, "waiting_list", "{every: business_day, at: \"08:30\"}", "0 8 * * 1"),
    (Format::Golden, "accrual_normal", "approve1: approve", "approve1: aprove"),
    (Format::Golden, "accrual_normal", "pattern: single", "pattern: triple"),
    (Format::Golden, "accrual_normal", "status: recorded", "status: record"),
    (Format::Golden, "accrual_normal", "  - +2h", "  - 2h"),
    (Format::Golden, "accrual_four_eyes", "sato0001: {", "sato: {"),
];

/// A file with one place written otherwise.
fn changed((format, name): (Format, &str), from: &str, to: &str) -> String {
    let files = files();
    let found = files.iter().find(|file| file.0 == format && file.1 == name);
    let text = &found.unwrap().2;
    assert!(text.contains(from), "{name}: {from}");
    text.replacen(from, to, 1)
}

#[test]
fn what_the_loader_takes_besides_its_usual_shape_an_editor_takes_too() {
    for (format, name, from, to) in GENEROUS {
        let text = changed((format, name), from, to);
        let mistakes = format.mistakes(name, &text);
        assert!(mistakes.is_empty(), "the loader refuses {name}: {to}: {mistakes:?}");
        assert_eq!(said(format, &text), None, "{name}: {to}");
    }
}

#[test]
fn what_is_written_wrongly_is_refused_by_loader_and_editor() {
    for (format, name, from, to) in WRONG {
        let wrong = changed((format, name), from, to);
        assert!(!format.mistakes(name, &wrong).is_empty(), "the loader takes {name}: {to}");
        assert!(said(format, &wrong).is_some(), "an editor takes {name}: {to}");
    }
}
