//! The other side consents: what a creditor asked for is a claim only then.

use std::collections::BTreeMap;
use std::sync::Arc;

use kessai::domain::{CaseId, Organisation, Person, RecordNumber, Today, UserId, UserNumber};
use kessai::service::{Flow, NewUser, Passwords, Wish};
use kessai::workflow::{Status, VoteKind, load_with_tables};

use super::branch::{ACCRUAL, Branch, HEADER, Setup, accrual, rulebook_with};
use super::results::{results, with_center};

const FLOW: &str = include_str!("../../../workflows/accrual_creditor.yaml");
const PARTS: &str = include_str!("../../../workflows/parts/approvals.yaml");
pub(super) const CUSTOMERS: [&str; 2] = [
    "987654321,法人,高崎製作所,ﾀｶｻｷ,,,001,通常,2026-04-10,,keiri@example.jp,0001,001,2,0123456,,",
    "123456789,法人,山田商店,ﾔﾏﾀﾞ,,,001,通常,2026-04-10,,yamada@example.jp,0009,010,1,7654321,,",
];
const NUMBER: &str = "12345678900000100019";

fn branch() -> Branch {
    let mut branch = Branch::staffed(Setup::default());
    in_force(&mut branch);
    branch.enrol(&CUSTOMERS);
    for (id, user) in [("yamada01", "123456789"), ("other001", "222222222")] {
        let person = Person {
            id: UserId::parse(id).unwrap(),
            name: format!("{id}さん"),
            organisation: Organisation::Customer(UserNumber::parse(user).unwrap()),
            roles: vec!["approve".to_owned()],
            email: format!("{id}@example.jp"),
            stands_for: Vec::new(),
            today: Today::default(),
        };
        let passwords =
            Passwords { login: format!("login-{id}"), approval: format!("approval-{id}") };
        branch.desk.add_user(NewUser { person, passwords }).unwrap();
    }
    branch
}

fn in_force(branch: &mut Branch) {
    let mut rules = rulebook_with(Setup::default(), ACCRUAL);
    let parts = BTreeMap::from([("parts/approvals.yaml".to_owned(), PARTS.to_owned())]);
    let definition = load_with_tables("accrual_creditor.yaml", FLOW, &parts).unwrap();
    let text = definition.source.pinned();
    let definition = Arc::new(definition);
    rules.flows.insert("accrual_creditor".to_owned(), vec![Flow { definition, text }]);
    with_center(&mut rules);
    branch.desk.put_in_force(rules);
}

/// A creditor's request, approved, sent on and recorded by the institution.
fn recorded(branch: &Branch) -> CaseId {
    let row = accrual(1).replacen("11,", "12,", 1).replace("2027-03-31", "2027-06-30");
    let file = branch.take_in("a.csv", &format!("{HEADER}{row}"));
    let case = CaseId { receipt: file.receipt, n: 1, row: Some(1) };
    for by in ["sato0001", "check001", "manage01"] {
        branch.vote(case, by, VoteKind::Approve);
    }
    assert_eq!(status(branch, case), Status::Waiting);
    let text = format!("申請番号,明細番号,結果,記録番号\n{case},1,良好,{NUMBER}\n");
    results(branch, "r.csv", &text);
    case
}

fn status(branch: &Branch, case: CaseId) -> Status {
    branch.store.case(case).unwrap().head.status
}

fn claim(branch: &Branch) -> Option<kessai::ports::ClaimRecord> {
    branch.store.claim(RecordNumber::parse(NUMBER).unwrap())
}

/// The mails that went out, as text.
fn mails(branch: &Branch) -> Vec<String> {
    branch.desk.dispatch().unwrap();
    branch.desk.dispatch().unwrap();
    let paths = branch.shelf.paths();
    let mails = paths.iter().filter(|path| path.starts_with("mail/"));
    mails.map(|path| String::from_utf8(branch.shelf.bytes(path)).unwrap()).collect()
}

#[test]
fn what_a_creditor_asked_for_is_a_claim_once_the_debtor_has_consented() {
    let branch = branch();
    let case = recorded(&branch);
    assert_eq!(status(&branch, case), Status::Active, "the debtor is asked");
    assert_eq!(claim(&branch), None, "it does not hold yet");
    // Long after the record date: what was sent on has kept its dates.
    branch.clock.forward(crate::story::at(8, 9, 0).ms() - crate::story::at(1, 9, 0).ms());
    branch.vote(case, "yamada01", VoteKind::Approve);
    assert_eq!(status(&branch, case), Status::Recorded);
    let claim = claim(&branch).unwrap().claim;
    assert_eq!(claim.debtor.user_number.as_str(), "123456789");
    let to_debtor = mails(&branch).into_iter().filter(|mail| mail.contains("yamada@example.jp"));
    assert_eq!(to_debtor.count(), 1, "the debtor is told of the record");
    let paths = branch.shelf.paths();
    let told = paths.iter().find(|path| path.contains("other_side_123456789")).unwrap();
    let letter = super::bundles::read(&branch, told).1;
    assert!(letter.contains("請求した方: 高崎製作所"), "{letter}");
    assert!(letter.contains("発生(債権者請求) 1件"), "{letter}");
    let paper = super::forms::text_of(
        &branch.shelf.bytes(&format!("customers/123456789/{case}_notice.pdf")),
    );
    for shown in ["記録のお知らせ", "高崎製作所 様の請求により", NUMBER] {
        assert!(paper.contains(shown), "{shown} is missing in:\n{paper}");
    }
    // The paper shows the number it is asked by.
    let notices = branch.store.notices_to(&["123456789"], 99);
    let notice = notices.iter().find(|one| one.what == "notice").unwrap();
    assert!(paper.contains(&format!("お知らせ番号 {}", notice.number)), "{paper}");
}

#[test]
fn the_debtor_sees_the_request_once_asked_and_nobody_else_may_answer() {
    let branch = branch();
    let row = accrual(1).replacen("11,", "12,", 1).replace("2027-03-31", "2027-06-30");
    let file = branch.take_in("early.csv", &format!("{HEADER}{row}"));
    let early = CaseId { receipt: file.receipt, n: 1, row: Some(1) };
    let debtor = branch.desk.person(&UserId::parse("yamada01").unwrap()).unwrap();
    let stranger = branch.desk.person(&UserId::parse("other001").unwrap()).unwrap();
    let sees = |person: &Person, case: CaseId| {
        branch.desk.may_see(person, &branch.store.case(case).unwrap())
    };
    assert!(!sees(&debtor, early), "not before the bank has sent it on");
    branch.wish(early, "sato0001", Wish::Vote(VoteKind::Reject, None), &[]).unwrap();
    let case = recorded(&branch);
    assert!(sees(&debtor, case));
    assert!(!sees(&stranger, case));
    for by in ["other001", "mori0001"] {
        let wish = Wish::Vote(VoteKind::Approve, None);
        assert!(branch.wish(case, by, wish, &[]).is_err(), "{by}");
    }
    let back = Wish::Vote(VoteKind::Return, None);
    assert!(branch.wish(case, "yamada01", back, &[]).is_err(), "there is nobody to send it to");
}

#[test]
fn denial_makes_it_void_and_the_institution_is_told() {
    let branch = branch();
    let case = recorded(&branch);
    branch.vote(case, "yamada01", VoteKind::Reject);
    assert_eq!(status(&branch, case), Status::Rejected);
    assert_eq!(claim(&branch), None);
    assert!(branch.owed().iter().any(|kind| kind == "cancel_notice"));
}

#[test]
fn silence_until_the_fifth_day_makes_it_void_and_the_mail_names_nobody_who_refused() {
    let branch = branch();
    let case = recorded(&branch);
    mails(&branch);
    // The fifth business day from the record date, which is Thursday the 3rd.
    let until = kessai::domain::Timestamp::tokyo(crate::story::date(9), 23, 58);
    branch.clock.forward(until.ms() - crate::story::at(1, 9, 0).ms());
    branch.desk.tick().unwrap();
    assert_eq!(status(&branch, case), Status::Active);
    branch.clock.forward(3 * 60_000);
    branch.desk.tick().unwrap();
    assert_eq!(status(&branch, case), Status::Rejected);
    mails(&branch);
    let paths = branch.shelf.paths();
    let told = paths.iter().find(|path| path.contains("mail_rejected"));
    let told = told.unwrap_or_else(|| panic!("{paths:?}"));
    let letter = super::bundles::read(&branch, told).1;
    assert!(letter.contains("期限までにお返事がありませんでした"), "{letter}");
    assert!(!letter.contains("manage01"), "{letter}");
}

#[test]
fn a_restart_keeps_the_link_of_who_was_asked_to_consent() {
    let mut branch = branch();
    let case = recorded(&branch);
    mails(&branch);
    let paths = branch.shelf.paths();
    let asked: Vec<_> =
        paths.iter().filter(|path| path.contains("round_") && path.contains("yamada01")).collect();
    assert_eq!(asked.len(), 1, "{paths:?}");
    let letter = super::bundles::read(&branch, asked[0]).1;
    assert!(letter.contains("承諾") && letter.contains("高崎製作所"), "{letter}");
    let token = letter.split("/l/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert_eq!(branch.desk.follow(&token).unwrap().case, case);
    branch.restart();
    in_force(&mut branch);
    branch.desk.recover().unwrap();
    assert_eq!(branch.desk.follow(&token).unwrap().case, case);
}
