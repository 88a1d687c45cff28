//! Mistakes in definitions: all at once, at their line, with what to write.

use super::*;
use crate::domain::{AcceptPolicy, ApprovalPattern, Digest, RequestKind, ResultEncoding};
use crate::workflow::{Brings, Channel, Unit, load_submitters, show_mistakes};

const PLAIN: &str = include_str!("../../../tests/it/data/flows/plain.yaml");
const ACCRUAL: &str = include_str!("../../../workflows/accrual.yaml");
const ASSIGNMENT: &str = include_str!("../../../workflows/assignment.yaml");
const CUSTOMERS: &str = include_str!("../../../workflows/channels/customers.yaml");
const BRANCHES: &str = include_str!("../../../workflows/channels/branches.yaml");
const SUBMITTERS: &str = include_str!("../../../workflows/submitters.csv");
const WORKFLOWS: [&str; 10] = [
    "accrual",
    "accrual_creditor",
    "assignment",
    "cancellation",
    "change",
    "guarantee",
    "payment",
    "disclosure",
    "discount",
    "institution_transfer",
];

/// The mistakes of a flow, as `line:column what` in English.
fn mistakes(text: &str) -> Vec<String> {
    said(load_definition("flow.yaml", text).unwrap_err())
}

fn said(mistakes: Vec<Mistake>) -> Vec<String> {
    mistakes.into_iter().map(|one| format!("{}:{} {}", one.line, one.column, one.en)).collect()
}

/// The accrual flow with one line changed; the line must be there once.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(PLAIN.matches(from).count(), 1, "{from}");
    PLAIN.replace(from, to)
}

#[test]
fn the_shipped_flows_load() {
    for (text, id) in [(ACCRUAL, "accrual"), (ASSIGNMENT, "assignment")] {
        let flow = load_definition("flow.yaml", text).unwrap();
        assert_eq!((flow.id.as_str(), flow.steps.len()), (id, 7));
        assert_eq!(flow.hash, Digest::of(text.as_bytes()));
        assert!(flow.steps[1].when.is_some());
    }
}

#[test]
fn an_unknown_key_is_shown_where_it_stands_with_the_one_that_was_meant() {
    let text = changed("overdue: hold ", "overdu: hold ");
    let mistakes = load_definition("workflows/accrual.yaml", &text).unwrap_err();
    let shown = show_mistakes(&mistakes, &|_| Some(text.clone()));
    let expected = "\
error: 「overdu」という項目はありません。「overdue」ではありませんか。
         unknown key `overdu`; did you mean `overdue`?
  --> workflows/accrual.yaml:35:5
   |
35 |     overdu: hold                       # 過ぎたら保留し、人が判断する / hold for a person
   |     ^^^^^^
";
    assert_eq!(shown.trim_end(), expected.trim_end(), "\n{shown}");
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let text = changed("title: でんさい発生記録請求\n", "")
        .replace("due: 1bd@15:00", "due: tomorrow")
        .replace("who: manager", "who: manger")
        .replace("[clearing, receipt, mail]", "[clearing, fax]");
    assert_eq!(
        mistakes(&text),
        [
            "3:1 `title` is missing",
            "30:15 unknown group of people `manger`; did you mean `manager`?",
            "33:10 cannot read `tomorrow`; write 1bd@15:00, 4bh or \
             {by: earliest_due, offset: -3bd@15:00}",
            "37:25 unknown effect `fax`; clearing, receipt, mail, publish",
        ]
    );
}

#[test]
fn a_step_has_one_name_and_one_kind() {
    let twice = changed("- emit: register ", "- emit: desk ");
    assert_eq!(mistakes(&twice), ["37:5 step `desk` appears twice"]);
    let two_kinds = changed("- end: done", "- end: done\n    check: again");
    assert_eq!(
        mistakes(&two_kinds)[0],
        "40:5 a step is one of check, decide, approve, task, wait, parallel, emit, end, call"
    );
}

#[test]
fn nothing_is_sent_on_that_two_people_at_the_desk_did_not_sign() {
    let one = changed("      - {who: manager, n: 1, as: 決裁}\n", "");
    let told = "15:3 emit `register` must come after approvals by two people at the desk, not 1";
    assert_eq!(mistakes(&one), [told]);
    // A step that some files skip guards nothing.
    let skipped =
        changed("    order: ordered ", "    when: \"channel == 'customers'\"\n    order: ordered ");
    assert!(mistakes(&skipped)[0].ends_with("by two people at the desk, not 0"));
    // Two seats for one role do.
    let two = one.replace("{who: checker, n: 1", "{who: checker, n: 2");
    assert!(load_definition("flow.yaml", &two).is_ok());
}

#[test]
fn a_flow_ends_and_every_step_of_it_is_reached() {
    let endless = changed("  - end: done\n", "");
    assert_eq!(mistakes(&endless), ["15:3 the last step must be `end`"]);
    let early = changed("  - emit: register ", "  - end: early\n  - emit: register ");
    assert_eq!(
        mistakes(&early),
        ["15:3 step `done` is never reached", "15:3 step `register` is never reached"]
    );
    let silent = PLAIN.replace("  - emit: register", "  - check: register");
    assert!(mistakes(&silent)[0].contains("`effects` is no key of `check`"));
    let silent = silent.replace("effects: [clearing, receipt, mail]", "rules: []");
    assert!(mistakes(&silent).iter().any(|m| m.ends_with("there is no `emit` step")));
}

#[test]
fn words_outside_their_list_are_told_with_the_list_or_the_nearest() {
    let cases = [
        ("overdue: hold ", "overdue: approve ", "unknown value `approve`; hold, reject, return"),
        ("order: ordered ", "order: orderd ", "unknown value `orderd`; did you mean `ordered`?"),
        ("schema: 1\n", "schema: 2\n", "unknown value `2`; 1"),
        ("confirm: password\n    due", "confirm: pin\n    due", "unknown value `pin`; password"),
        (
            "when: \"channel == 'customers'\" ",
            "when: \"rowz > 5\" ",
            "unknown name `rowz`; did you mean `rows`?",
        ),
        (
            "distinct_from: [submitter, customer]",
            "distinct_from: [submiter]",
            "unknown earlier step `submiter`; did you mean `submitter`?",
        ),
        ("id: accrual\n", "id: Accrual 1\n", "cannot read `Accrual 1`; use a-z, 0-9 and _"),
        ("2026-04-01 ", "2026-02-30 ", "cannot read `2026-02-30`; write 2026-04-01"),
        (
            "{who: checker, n: 1",
            "{who: checker, n: 10",
            "cannot read `10`; write a number from 1 to 9",
        ),
        (
            "{authority: approve, at: submitter}",
            "{authority: approve, role: x, at: desk}",
            "write either `role` or `authority`",
        ),
    ];
    for (from, to, expected) in cases {
        let told = mistakes(&changed(from, to));
        assert!(told.len() == 1 && told[0].ends_with(expected), "{to}: {told:?}");
    }
}

#[test]
fn text_that_is_no_yaml_is_told_with_its_line() {
    let mistakes = load_definition("flow.yaml", "schema: 1\nsteps: [a, b\n").unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].ja.starts_with("YAML として読めません"), "{mistakes:?}");
    assert!(mistakes[0].line >= 2, "{mistakes:?}");
    for text in ["", "- a\n", "just text", "{{", "\u{0}"] {
        assert!(load_definition("flow.yaml", text).is_err(), "{text:?}");
    }
}

#[test]
fn a_key_written_twice_is_told() {
    let text = changed("id: accrual\n", "id: accrual\nid: b\n");
    assert_eq!(mistakes(&text), ["5:1 `id` is written twice; keep one"]);
}

#[test]
fn the_shipped_channels_load() {
    for (name, text) in [("customers", CUSTOMERS), ("branches", BRANCHES)] {
        let channel = Channel::load("channel.yaml", name, text, &WORKFLOWS).unwrap();
        assert_eq!((channel.name.as_str(), channel.accept), (name, AcceptPolicy::File));
        assert_eq!(channel.routes.len(), RequestKind::ALL.len());
        // Where the other side consents or somebody examines, each request is a case.
        let single = [
            RequestKind::AccrualCreditor,
            RequestKind::Change,
            RequestKind::Discount,
            RequestKind::Collateral,
            RequestKind::InstitutionTransfer,
        ];
        assert!(
            channel
                .routes
                .iter()
                .all(|(kind, route)| { (route.unit == Unit::Record) == single.contains(kind) })
        );
        assert!(!channel.json);
    }
}

#[test]
fn paper_is_refused_where_nothing_is_said_and_for_all_but_the_desk() {
    use crate::workflow::OnPaper;

    let paper = |text: &str| {
        let flow = load_definition("flow.yaml", text).unwrap();
        let desk = flow.steps.iter().find(|step| step.id == "desk").unwrap();
        desk.kind.approval().unwrap().paper
    };
    let hold = "    overdue: hold ";
    let with = |line: &str, value: &str| changed(line, &format!("    paper: {value}\n{line}"));
    assert_eq!(paper(PLAIN), OnPaper::Refused);
    assert_eq!(paper(&with(hold, "refused")), OnPaper::Refused);
    assert_eq!(paper(&with(hold, "allowed")), OnPaper::Allowed);
    let told = mistakes(&with(hold, "alowed"));
    assert_eq!(told, ["35:12 unknown value `alowed`; did you mean `allowed`?"]);
    let told = mistakes(&with("    overdue: return ", "allowed"));
    assert_eq!(told, ["24:12 `paper: allowed` is for steps whose people are all at the desk"]);
}

#[test]
fn results_come_by_the_center_and_open_no_case() {
    let center = include_str!("../../../workflows/channels/center.yaml");
    let channel = Channel::load("center.yaml", "center", center, &WORKFLOWS).unwrap();
    assert_eq!((channel.brings, channel.routes.len()), (Brings::Results, 0));
    let told =
        |name: &str, text: &str| said(Channel::load("c.yaml", name, text, &WORKFLOWS).unwrap_err());
    let elsewhere = told("customers", center);
    assert!(elsewhere[0].contains("belongs in center.yaml"), "{elsewhere:?}");
    let requests = told("center", BRANCHES);
    assert!(requests[0].contains("belongs in center.yaml"), "{requests:?}");
    let both = told("center", &format!("{center}routes: {{}}\n"));
    assert!(both[0].contains("remove `routes`"), "{both:?}");
    let profiles = told("center", &format!("{center}profiles: payables\n"));
    assert!(profiles[0].contains("remove `profiles`"), "{profiles:?}");
}

#[test]
fn trials_come_by_the_test_channel_and_open_no_case() {
    let trials = include_str!("../../../workflows/channels/test.yaml");
    let channel = Channel::load("test.yaml", "test", trials, &WORKFLOWS).unwrap();
    assert_eq!((channel.brings, channel.routes.len()), (Brings::Trials, 0));
    let told = said(Channel::load("c.yaml", "customers", trials, &WORKFLOWS).unwrap_err());
    assert!(told[0].contains("`brings: trials` in test.yaml"), "{told:?}");
}

#[test]
fn a_channel_without_a_route_for_a_kind_is_told() {
    let text = BRANCHES
        .replace("  assignment:       {workflow: assignment, unit: file}\n", "")
        .replace("accept: file", "accept: rows")
        .replace("{workflow: accrual, unit: file}", "{workflow: acrual, unit: record}");
    let told = said(Channel::load("c.yaml", "branches", &text, &WORKFLOWS).unwrap_err());
    assert_eq!(
        told,
        [
            "5:9 unknown value `rows`; file, record",
            "8:3 `assignment` is missing",
            "8:32 unknown workflow `acrual`; did you mean `accrual`?",
        ]
    );
}

#[test]
fn the_list_of_submitters_is_read_with_all_its_mistakes() {
    assert_eq!(load_submitters("submitters.csv", SUBMITTERS), Ok(Vec::new()));
    let header = SUBMITTERS.trim_end();
    let good = "customers,987654321,高崎,001,a@b.jp,cp932,double_any,1001=tanaka01 1002=tanaka02";
    let listed = load_submitters("s.csv", &format!("\u{feff}{header}\r\n{good}\r\n")).unwrap();
    assert_eq!(listed[0].pattern, ApprovalPattern::DoubleAny);
    assert_eq!(listed[0].encoding, ResultEncoding::Cp932);
    assert_eq!(listed[0].owners.len(), 2);
    let wrong = [
        good,
        "customers,987654321,again,001,a@example.jp,cp932,none,",
        "customers,98765,short,001,a@example.jp,cp932,none,",
        "branches,001,b,1,a@example.jp,cp932,none,",
        "fux,001,b,001,a@example.jp,cp932,none,",
        "center,Densai Net,b,001,a@example.jp,cp932,none,",
        "branches,002,b,001,nobody,cp932,none,",
        "branches,002,b,001,a@example.jp,sjis,none,",
        "branches,002,b,001,a@example.jp,cp932,triple,",
        "branches,002,b,001,a@example.jp,cp932,none,root=tanaka01",
        "branches,002",
    ]
    .join("\n");
    let told = load_submitters("s.csv", &format!("{header}\n{wrong}\n")).unwrap_err();
    let lines: Vec<usize> = told.iter().map(|one| one.line).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "{told:#?}");
    let no_header = load_submitters("s.csv", &format!("{good}\n")).unwrap_err();
    assert_eq!(no_header[0].line, 1);
}

#[test]
fn patience_is_read_and_its_mistakes_are_told_where_they_stand() {
    let desk = |lines: &str| {
        PLAIN.replace("    overdue: hold ", &format!("    overdue: hold\n{lines}\n    #"))
    };
    let wrong = desk(
        "    remind: [2bh, {every: 1bd, max: 99}]\n    escalate: [{after: soon, add: boss}]\n    \
         return_to: {targets: [submiter], resume: again}\n    withdraw: always",
    );
    let mistakes = load_definition("flow.yaml", &wrong).unwrap_err();
    let told: Vec<&str> = mistakes.iter().map(|mistake| mistake.en.as_str()).collect();
    assert_eq!(
        told,
        [
            "cannot read `2bh`; write -2bh or +1bh",
            "cannot read `99`; write a number from 1 to 20",
            "cannot read `soon`; write 1bd@17:00 or 4bh",
            "unknown group of people `boss`; checker, manager",
            "unknown place to return to `submiter`; did you mean `submitter`?",
            "unknown value `again`; returner, restart",
            "unknown value `always`; never, until_first_vote, until_done",
        ]
    );
    let right = desk(
        "    remind: [-2bh, +1bh]\n    escalate: [{after: 4h, replace: manager}]\n    \
         return_to: {targets: [close, customer, manager]}\n    withdraw: never",
    );
    let flow = load_definition("flow.yaml", &right).unwrap();
    let approve = flow.approval(2).unwrap();
    let names: Vec<String> =
        approve.return_to.targets.iter().map(|target| flow.target_name(*target)).collect();
    assert_eq!(names, ["close", "customer", "desk.1"]);
}

#[test]
fn every_key_of_a_step_is_explained_to_the_office() {
    let page = include_str!("../../../docs/flows.md");
    let keys = super::keys::all().into_iter().chain(super::SEAT_KEYS);
    let lacking: Vec<&str> = keys.filter(|key| !page.contains(&format!("`{key}"))).collect();
    assert_eq!(lacking, Vec::<&str>::new(), "explain them in docs/flows.md");
}
