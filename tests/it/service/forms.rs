//! Forms to sign: filled in from a case, and written beside the slip where paper is asked for.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use kessai::domain::{ApprovalPattern, CaseId, RequestKind};
use kessai::ports::FileVerdict;
use kessai::service::{Arrival, Flow, FormError};
use kessai::workflow::{Channel, load_with_tables};

use super::branch::{ACCRUAL, Branch, HEADER, Setup, rulebook_with};
use super::results;
use crate::story::submitter;

const NUMBER: &str = "98765432100000100019";
const CHANGE: &str = "50,98765432100000100019,2026-12-03,987654321,0001,001,2,0123456,123456789,\
    ｶ)ﾔﾏﾀﾞ,0009,010,1,7654321,900,,,,,減額\n";
const TRANSFER: &str = "90,11111111100000100017,2026-12-03,987654321,0001,001,2,0123456,123456789,\
    ｶ)ﾔﾏﾀﾞ,0009,010,1,7654321,3200000,2027-03-31,,,,\n";

/// A branch whose own folder takes changes and claims of other institutions.
fn on_paper() -> Branch {
    let branch = Branch::staffed(Setup::default());
    let mut rules = rulebook_with(Setup::default(), ACCRUAL);
    let parts = include_str!("../../../workflows/parts/approvals.yaml");
    let parts = BTreeMap::from([("parts/approvals.yaml".to_owned(), parts.to_owned())]);
    for text in [
        include_str!("../../../workflows/change.yaml"),
        include_str!("../../../workflows/institution_transfer.yaml"),
    ] {
        let definition = Arc::new(load_with_tables("flow.yaml", text, &parts).unwrap());
        let flow = Flow { text: definition.source.pinned(), definition };
        rules.flows.insert(flow.definition.id.clone(), vec![flow]);
    }
    let known = RequestKind::ALL.map(RequestKind::name);
    let known = [&["accrual"], known.as_slice()].concat();
    let text = include_str!("../../../workflows/channels/branches.yaml");
    let channel = Channel::load("branches.yaml", "branches", text, &known).unwrap();
    rules.channels.insert(channel.name.clone(), channel);
    let mut own = submitter(ApprovalPattern::None);
    (own.channel, own.folder) = ("branches".to_owned(), "001".to_owned());
    rules.submitters.push(own);
    branch.desk.put_in_force(rules);
    branch
}

fn take_in(branch: &Branch, channel: &str, folder: &str, rows: &str) {
    let text = format!("{HEADER}{rows}");
    let mut writer = kessai::ports::Blobs::create(&branch.blobs).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    let arrival = Arrival {
        channel: channel.to_owned(),
        submitter: folder.to_owned(),
        digest: writer.keep().unwrap(),
        ..branch.arrival("a.csv", &text, None)
    };
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    let file = branch.desk.judge(receipt).unwrap().unwrap();
    assert_eq!(file.verdict, FileVerdict::Accepted);
    branch.desk.dispatch_all().unwrap();
}

fn forms(branch: &Branch) -> Vec<String> {
    branch.shelf.paths().into_iter().filter(|path| path.ends_with("_form.pdf")).collect()
}

pub(super) fn text_of(bytes: &[u8]) -> String {
    let file = lopdf::Document::load_mem(bytes).unwrap();
    let pages: Vec<u32> = file.get_pages().keys().copied().collect();
    file.extract_text(&pages).unwrap()
}

#[test]
fn what_a_branch_keys_gets_its_form_beside_the_slip_to_be_signed() {
    let branch = on_paper();
    take_in(&branch, "branches", "001", &format!("{CHANGE}{TRANSFER}"));
    let paths = forms(&branch);
    assert_eq!(
        paths,
        [
            "branches/001/20261201-000001-4.1.1_form.pdf",
            "branches/001/20261201-000001-4.2.2_form.pdf"
        ]
    );
    let mail = branch.shelf.paths().into_iter().find(|path| path.contains("mail_accepted"));
    let mail = super::bundles::read(&branch, &mail.unwrap()).1;
    assert!(paths.iter().all(|path| mail.contains(path)), "{mail}");
    let change = text_of(&branch.shelf.bytes(&paths[0]));
    for shown in ["変更記録請求書", NUMBER, "■ 債権金額", "金九百円也", "□ 支払期日", "相手方"]
    {
        assert!(change.contains(shown), "{shown} is missing in:\n{change}");
    }
    let transfer = text_of(&branch.shelf.bytes(&paths[1]));
    for shown in ["特定記録機関変更記録請求書", "金参百弐拾萬円也", "令和9年3月31日", "7654321"]
    {
        assert!(transfer.contains(shown), "{shown} is missing in:\n{transfer}");
    }
}

#[test]
fn a_change_that_a_customer_asks_for_online_needs_no_form() {
    let branch = on_paper();
    let mut rules = rulebook_with(Setup::default(), ACCRUAL);
    let flow = branch.desk.rulebook().flows["change"].clone();
    rules.flows.insert("change".to_owned(), flow);
    branch.desk.put_in_force(rules);
    take_in(&branch, "customers", "987654321", CHANGE);
    assert!(branch.shelf.paths().iter().any(|path| path.ends_with("_slip.pdf")));
    assert_eq!(forms(&branch), [""; 0]);
}

#[test]
fn a_form_is_filled_in_from_a_case_and_from_the_register() {
    let branch = results::branch();
    let case = results::sent(&branch, "a.csv", 1..=2);
    let filled = |line| branch.desk.filled_form(RequestKind::Change, case, line);
    for line in [None, Some(3)] {
        let told = filled(line).unwrap_err().to_string();
        assert!(told.ends_with("name one of the lines of 20261201-000001-4.1: 1・2"), "{told}");
    }
    let nobodys = CaseId { n: 9, ..case };
    let unknown = branch.desk.filled_form(RequestKind::Change, nobodys, None);
    assert!(matches!(unknown, Err(FormError::Unknown(_))));

    let before = filled(Some(1)).unwrap();
    assert!(!before.values.contains_key("record_number"));
    let text = format!("申請番号,明細番号,結果,記録番号\n{case},1,良好,{NUMBER}\n");
    results::results(&branch, "r.csv", &text);
    let filled = filled(Some(1)).unwrap();
    let of = |name: &str| filled.values.get(name).map_or("", String::as_str);
    assert_eq!(of("record_number"), NUMBER);
    assert_eq!((of("amount"), of("amount_daiji")), ("1,000 円", "金壱千円也"));
    assert_eq!(of("due_date"), "令和9年3月31日（2027年3月31日）");
    assert_eq!((of("debtor_number"), of("creditor_number")), ("987654321", "123456789"));
    assert_eq!((of("requester_name"), of("debtor_name")), ("高崎製作所", "高崎製作所"));
    assert_eq!(of("creditor_name"), "ｶ)ﾔﾏﾀﾞ");
    // What is to change, and when, is for whoever asks.
    assert_eq!((of("record_date"), of("new_amount"), of("tick_amount")), ("", "", ""));
    let roles: Vec<&str> = filled.parties.iter().map(|party| party.role.as_str()).collect();
    assert_eq!(roles, ["債権者", "債務者"]);
}
