//! Disclosures: with the result the requester gets what the register had at that moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use kessai::domain::CaseId;
use kessai::service::Flow;
use kessai::workflow::{Status, VoteKind, load_with_tables};

use super::branch::{Branch, HEADER, Setup};
use super::consent::CUSTOMERS;
use super::results::{self, results};

const FIRST: &str = "98765432100000100019";
const SECOND: &str = "98765432100000100027";
const LATER: &str = "98765432100000100035";
fn branch() -> Branch {
    let branch = Branch::staffed(Setup::default());
    let mut rules = results::rules();
    let text = include_str!("../../../workflows/disclosure.yaml");
    let parts = include_str!("../../../workflows/parts/approvals.yaml");
    let parts = BTreeMap::from([("parts/approvals.yaml".to_owned(), parts.to_owned())]);
    let definition = Arc::new(load_with_tables("disclosure.yaml", text, &parts).unwrap());
    let text = definition.source.pinned();
    rules.flows.insert("disclosure".to_owned(), vec![Flow { definition, text }]);
    branch.desk.put_in_force(rules);
    branch.enrol(&CUSTOMERS);
    branch
}

fn disclosure(number: &str) -> String {
    format!("80,{number},2026-12-03,987654321,0001,001,2,0123456,,,,,,,,,REF{number},,,\n")
}

/// Requests of disclosures that were approved and sent on.
fn asked(branch: &Branch, numbers: &[&str]) -> CaseId {
    let rows: String = numbers.iter().map(|number| disclosure(number)).collect();
    let file = branch.take_in("kaiji.csv", &format!("{HEADER}{rows}"));
    let case = CaseId { receipt: file.receipt, n: 1, row: None };
    for by in ["sato0001", "check001", "manage01"] {
        branch.vote(case, by, VoteKind::Approve);
    }
    assert_eq!(branch.store.case(case).unwrap().head.status, Status::Waiting);
    case
}

/// Accruals that the institution recorded under these numbers.
fn accrued(branch: &Branch, name: &str, first: usize, numbers: &[&str]) {
    let case = results::sent(branch, name, first..=first + numbers.len() - 1);
    let rows = (1..).zip(numbers).map(|(row, number)| format!("{case},{row},良好,{number}\n"));
    let rows: String = rows.collect();
    results(branch, &format!("r-{name}"), &format!("申請番号,明細番号,結果,記録番号\n{rows}"));
}

fn files(branch: &Branch) -> Vec<String> {
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths().into_iter();
    paths.filter(|path| path.contains("_disclosure.")).collect()
}

fn csv(branch: &Branch, path: &str) -> String {
    encoding_rs::SHIFT_JIS.decode(&branch.shelf.bytes(path)).0.into_owned()
}

#[test]
fn what_is_disclosed_reaches_the_requester_as_it_was_when_the_result_came() {
    let branch = branch();
    accrued(&branch, "a.csv", 1, &[FIRST, SECOND]);
    let case = asked(&branch, &[SECOND, ""]);
    results(&branch, "r.csv", &format!("申請番号,結果\n{case},良好\n"));
    // The register moves on before anything is written.
    accrued(&branch, "b.csv", 7, &[LATER]);
    let paths = files(&branch);
    assert_eq!(
        paths,
        [
            format!("customers/987654321/{case}_disclosure.csv"),
            format!("customers/987654321/{case}_disclosure.pdf")
        ]
    );
    let told = csv(&branch, &paths[0]);
    let claims: Vec<&str> = told.lines().skip_while(|line| !line.starts_with("明細,")).collect();
    insta::assert_snapshot!(claims.join("\n"));

    let paper = lopdf::Document::load_mem(&branch.shelf.bytes(&paths[1])).unwrap();
    let paper = paper.extract_text(&[1]).unwrap();
    for shown in ["電子記録債権 開示結果", FIRST, SECOND, "債権者 123456789 山田商店", "2,000 円"]
    {
        assert!(paper.contains(shown), "{shown} is missing in:\n{paper}");
    }
    assert!(!paper.contains(LATER), "{paper}");
    let mails = branch.shelf.paths().into_iter().filter(|path| path.contains("mail_recorded"));
    let mut mails = mails.map(|path| super::bundles::read(&branch, &path).1);
    assert!(mails.any(|text| text.contains("_disclosure.csv")), "the mail names it");
}

#[test]
fn nothing_is_disclosed_where_the_institution_refused() {
    let branch = branch();
    accrued(&branch, "a.csv", 1, &[FIRST]);
    let case = asked(&branch, &[FIRST, ""]);
    let text = format!("申請番号,明細番号,結果,エラーコード\n{case},1,不可,R99\n{case},2,良好,\n");
    results(&branch, "r.csv", &text);
    let paths = files(&branch);
    let told = csv(&branch, &paths[0]);
    let lines = told.lines().filter(|line| line.contains(FIRST));
    let lines: Vec<&str> = lines.collect();
    assert!(lines.len() == 1 && lines[0].starts_with("2,"), "the second line only: {told}");

    let refused = asked(&branch, &[SECOND]);
    results(&branch, "s.csv", &format!("申請番号,結果\n{refused},不可\n"));
    assert_eq!(files(&branch).len(), 2);
}

#[test]
fn a_claim_the_register_does_not_know_or_that_is_others_is_not_told() {
    let branch = branch();
    accrued(&branch, "a.csv", 1, &[FIRST]);
    let case = asked(&branch, &[LATER]);
    results(&branch, "r.csv", &format!("申請番号,結果\n{case},良好\n"));
    let told = csv(&branch, &files(&branch)[0]);
    assert!(told.ends_with(&format!("1,{LATER},お知らせできる債権がありません\r\n")), "{told}");
}
