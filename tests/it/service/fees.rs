//! The fees of a month: each customer is billed once, told, and debited on the right day.

use kessai::domain::fees::Month;
use kessai::domain::{Account, CaseId, Date, RecordNumber, Timestamp, UserNumber};
use kessai::formats::zengin::debit::{self, NewCode, Stage, read_debits};
use kessai::ports::{
    Batch, Clock as _, Commit, ContractVerb, Entry, Recorded, RowAnswer, RowResult,
};
use kessai::workflow::VoteKind;

use super::branch::{Branch, Setup, rulebook_with};
use crate::mails::text_of;

const SCHEDULE: &str = include_str!("../../../workflows/schedules/fees.yaml");
const CUSTOMERS: [&str; 3] = [
    "987654321,法人,株式会社見本製作所,ﾐﾎﾝｾｲｻｸｼﾖ,,,001,通常,2026-11-10,,a@example.jp,\
     0001,001,2,0123456,,",
    "222222222,法人,新しいお客様,ｱﾀﾗｼｲ,,,001,通常,2026-12-20,,b@example.jp,0001,001,1,2222222,,",
    "333333333,法人,ライトの方,ﾗｲﾄ,,,001,ライト,2026-10-01,,c@example.jp,0001,001,1,3333333,,",
];

fn day(year: i32, month: u32, day: u32) -> Date {
    Date::new(year, month, day).unwrap()
}

fn user(text: &str) -> UserNumber {
    UserNumber::parse(text).unwrap()
}

fn branch() -> Branch {
    let setup = Setup { schedule: Some(SCHEDULE), ..Setup::default() };
    let branch = Branch::staffed(setup);
    branch.enrol(&CUSTOMERS);
    branch
}

/// A case of three records that was approved and recorded on 1 December.
fn recorded(branch: &Branch) -> CaseId {
    let case = branch.waiting("a.csv", 1..=3);
    for by in ["sato0001", "check001", "manage01"] {
        branch.vote(case, by, VoteKind::Approve);
    }
    let number = |row| RecordNumber::parse(&format!("9876543210000010000{row}")).ok();
    let row = |row| RowResult { row, answer: RowAnswer::Recorded(number(row)), change: None };
    let rows = (1..=3).map(row).collect();
    let told = Entry::Recorded(Box::new(Recorded { case, from: case.receipt, rows }));
    let commit = Commit { at: branch.clock.now(), entries: vec![told] };
    branch.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    case
}

fn go_to(branch: &Branch, day: Date) {
    let ms = Timestamp::tokyo(day, 9, 0).ms() - branch.clock.now().ms();
    branch.clock.forward(ms);
}

#[test]
fn a_month_is_billed_once_and_debited_on_the_twenty_fifth_or_the_next_business_day() {
    let branch = branch();
    branch.desk.run_schedules().unwrap();
    recorded(&branch);
    // The first business day of January; the 25th is a Monday.
    go_to(&branch, day(2027, 1, 4));
    assert_eq!(branch.desk.run_schedules().unwrap(), 1);
    let january = Month::of(day(2027, 1, 1));
    let billed = branch.store.billed(january).unwrap();
    assert!(billed.is_whole);
    assert_eq!(billed.debit_day, day(2027, 1, 25));
    let totals: Vec<(&str, u64)> = ["222222222", "333333333", "987654321"]
        .map(|id| (id, billed.bills[&user(id)].bill.total.get()))
        .into();
    // The base fee, and three accruals at another bank's customer; a light contract is free.
    assert_eq!(totals, [("222222222", 1_100), ("333333333", 0), ("987654321", 1_100 + 3 * 660)]);
    assert!(billed.bills[&user("222222222")].is_first);

    // A mail goes after the files it names.
    branch.desk.dispatch().unwrap();
    branch.desk.dispatch().unwrap();
    let bytes = branch.shelf.bytes("fees/2027-01_debit.txt");
    let layout = debit::layout(debit::SHIPPED).unwrap();
    let file = read_debits(&bytes, &layout, Stage::Requested).unwrap();
    let debits: Vec<(Account, u64, NewCode)> = file
        .debits
        .iter()
        .map(|(debit, _)| (debit.account, debit.amount.get(), debit.new_code))
        .collect();
    let account = |text| Account::parse(text).unwrap();
    assert_eq!(
        debits,
        [
            (account("0001-001-1-2222222"), 1_100, NewCode::First),
            (account("0001-001-2-0123456"), 3_080, NewCode::Known),
        ]
    );
    let paths = branch.shelf.paths();
    for own in ["customers/987654321/fees_2027-01.pdf", "customers/222222222/fees_2027-01.pdf"] {
        assert!(paths.iter().any(|path| path == own), "{own}: {paths:?}");
    }
    assert!(!paths.iter().any(|path| path.contains("customers/333333333/")), "nothing to tell");
    let mails = paths.iter().filter(|path| path.contains("fee_notice")).count();
    assert_eq!(mails, 2, "{paths:?}");

    let before = branch.store.digest();
    branch.desk.run_schedules().unwrap();
    assert_eq!(branch.store.digest(), before, "the month is billed");
    go_to(&branch, day(2027, 2, 1));
    assert_eq!(branch.desk.run_schedules().unwrap(), 1);
    let february = branch.store.billed(january.next()).unwrap();
    let total = february.bills[&user("987654321")].bill.total.get();
    assert_eq!(total, 1_100, "what January's bill took is not in February's");
}

#[test]
fn a_customer_who_came_after_the_months_bills_is_in_the_next_ones_with_both_months() {
    let branch = branch();
    branch.desk.run_schedules().unwrap();
    go_to(&branch, day(2027, 1, 4));
    branch.desk.run_schedules().unwrap();
    let late =
        "444444444,法人,遅れた方,ｵｸﾚﾀ,,,001,通常,2026-12-28,,d@example.jp,0001,001,1,4444444,,\n";
    let list = kessai::workflow::write_customers([].iter()) + late;
    let late = kessai::workflow::load_customers("c.csv", &list).unwrap();
    branch.desk.enrol_customers(&late, (ContractVerb::Opened, None)).unwrap();
    go_to(&branch, day(2027, 2, 1));
    branch.desk.run_schedules().unwrap();
    let february = branch.store.billed(Month::of(day(2027, 2, 1))).unwrap();
    let bill = &february.bills[&late[0].user];
    assert_eq!((bill.bill.total.get(), bill.is_first), (2 * 1_100, true));
    assert!(!february.bills[&user("222222222")].is_first, "was billed in January");
}

#[test]
fn a_run_that_cannot_be_made_is_told_once_and_until_it_is_made() {
    let mut branch = branch();
    branch.desk.run_schedules().unwrap();
    recorded(&branch);
    let setup = Setup { schedule: Some(SCHEDULE), ..Setup::default() };
    let mut rules = rulebook_with(setup, super::branch::ACCRUAL);
    rules.fees.client = None;
    branch.desk.put_in_force(rules);
    assert!(branch.desk.status().unkept.is_empty());
    go_to(&branch, day(2027, 1, 4));
    assert_eq!(branch.desk.run_schedules().unwrap(), 0);
    let sequence = branch.store.counts().sequence;
    branch.clock.forward(61_000);
    branch.desk.run_schedules().unwrap();
    assert_eq!(branch.store.counts().sequence, sequence, "the same reason is journaled once");

    let told = branch.desk.status().unkept;
    let [fees] = told.as_slice() else { panic!("one schedule: {told:?}") };
    assert_eq!((fees.schedule.as_str(), fees.title.as_str()), ("fees", "手数料の計算"));
    assert_eq!(fees.set_for, "2027-01-04T08:00:00+09:00");
    assert_eq!(fees.since, "2027-01-04T09:00:00+09:00");
    assert!(fees.reason_ja.contains("委託者") && fees.reason_en.contains("settings"));
    assert!(fees.remedy_ja.contains("[fees]") && fees.remedy_en.contains("[fees]"));

    // The settings are mended; the program was restarted for it.
    branch.restart();
    let rules = rulebook_with(setup, super::branch::ACCRUAL);
    branch.desk.put_in_force(rules);
    assert_eq!(branch.desk.status().unkept, told, "a restart forgets nothing");
    branch.desk.run_schedules().unwrap();
    assert!(branch.store.billed(Month::of(day(2027, 1, 1))).is_some());
    assert!(branch.desk.status().unkept.is_empty(), "it is well again");
}

#[test]
fn where_no_register_is_kept_nobody_is_billed() {
    let setup = Setup { schedule: Some(SCHEDULE), ..Setup::default() };
    let branch = Branch::staffed(setup);
    branch.desk.run_schedules().unwrap();
    recorded(&branch);
    go_to(&branch, day(2027, 1, 4));
    branch.desk.run_schedules().unwrap();
    assert_eq!(branch.store.billed(Month::of(day(2027, 1, 1))), None);
}

#[test]
fn a_month_whose_run_was_stopped_goes_on_with_who_is_left() {
    let branch = branch();
    branch.desk.run_schedules().unwrap();
    recorded(&branch);
    go_to(&branch, day(2027, 1, 4));
    branch.desk.run_schedules().unwrap();
    let january = Month::of(day(2027, 1, 1));
    let billed = branch.store.billed(january).unwrap();
    let other = super::fees::branch();
    let mut part: Vec<_> = billed.bills.values().cloned().collect();
    part.truncate(1);
    let entry = Entry::Billed(Box::new(kessai::ports::Billed {
        month: january,
        debit_day: billed.debit_day,
        is_last: false,
        bills: part,
    }));
    other.desk.run_schedules().unwrap();
    recorded(&other);
    go_to(&other, day(2027, 1, 4));
    let commit = Commit { at: other.clock.now(), entries: vec![entry] };
    other.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    other.desk.run_schedules().unwrap();
    let whole = other.store.billed(january).unwrap();
    assert_eq!((whole.bills.len(), whole.is_whole), (3, true));
}

const REMINDERS: &str = include_str!("../../../workflows/schedules/due_reminders.yaml");

/// A claim of so much that falls due on a day, told by the clearing side.
pub(super) fn claim(
    branch: &Branch,
    case: CaseId,
    row: u32,
    (debtor, due, yen): (&str, Date, u64),
) {
    let account = Account::parse("0001-001-2-0123456").unwrap();
    let party = |id: &str| kessai::domain::Party { user_number: user(id), account };
    let number = RecordNumber::parse(&format!("9876543210000010000{row}")).unwrap();
    let claim = kessai::domain::Claim {
        number,
        parent: None,
        debtor: party(debtor),
        creditor: party("444444444"),
        amount: kessai::domain::Yen::new(yen).unwrap(),
        due,
        recorded: day(2026, 12, 1),
        restricted: kessai::domain::AssignmentRestriction::Free,
        state: kessai::domain::ClaimState::Open,
        assigned: false,
        guarantors: Vec::new(),
        latest: None,
    };
    let change = Some(kessai::domain::ClaimChange::Accrued(Box::new(claim)));
    let rows = vec![RowResult { row, answer: RowAnswer::Recorded(Some(number)), change }];
    let told = Entry::Recorded(Box::new(Recorded { case, from: case.receipt, rows }));
    let commit = Commit { at: branch.clock.now(), entries: vec![told] };
    branch.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
}

#[test]
fn a_debtor_is_told_two_business_days_before_the_claims_are_settled() {
    let setup = Setup { schedule: Some(REMINDERS), ..Setup::default() };
    let branch = Branch::staffed(setup);
    branch.enrol(&CUSTOMERS);
    let case = branch.waiting("a.csv", 1..=5);
    // Saturday 12 December is settled on Monday the 14th.
    for (row, facts) in (1..).zip([
        ("987654321", day(2026, 12, 14), 1_000),
        ("987654321", day(2026, 12, 14), 500),
        ("987654321", day(2026, 12, 12), 70),
        ("987654321", day(2026, 12, 15), 9),
        ("444444444", day(2026, 12, 14), 5),
    ]) {
        claim(&branch, case, row, facts);
    }
    branch.desk.run_schedules().unwrap();
    // Down since the 1st: it is made up for on the morning of the 10th.
    go_to(&branch, day(2026, 12, 10));
    branch.clock.forward(60_000);
    branch.desk.run_schedules().unwrap();
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let told: Vec<&String> = paths.iter().filter(|path| path.contains("due_reminder")).collect();
    assert_eq!(
        told,
        [
            "mail/office_due_reminder_2026-12-12_987654321.eml",
            "mail/office_due_reminder_2026-12-14_987654321.eml"
        ],
        "not what is settled on the 15th, and nobody who is no customer"
    );
    let said = |path: &str| {
        let bytes = branch.shelf.bytes(path);
        text_of(&bytes)
    };
    assert!(said(told[0]).contains("1件、合計 70円"), "{}", said(told[0]));
    assert!(said(told[0]).contains("2026年12月14日に決済します"), "{}", said(told[0]));
    assert!(said(told[1]).contains("2件、合計 1,500円"), "{}", said(told[1]));
}

#[test]
fn the_acceptance_tells_what_it_will_cost_and_the_request_what_is_new() {
    let branch = branch();
    let case = recorded(&branch);
    claim(&branch, case, 4, ("987654321", day(2026, 12, 14), 1_000));
    branch.clock.forward(60_000);
    let file = branch.take_in("b.csv", &super::branch::accruals(4..=5));
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let said = |name: &str| {
        let own = |path: &&String| path.contains(&file.receipt.to_string()) && path.contains(name);
        let path = paths.iter().filter(|path| path.ends_with(".eml")).find(own);
        super::bundles::read(&branch, path.unwrap_or_else(|| panic!("{name}: {paths:?}"))).1
    };
    let accepted = said("mail_accepted");
    assert!(accepted.contains("手数料の見込み: 1,320円"), "two at another bank: {accepted}");
    let request = said("sato0001");
    assert!(request.contains("これまでの記録との違い: 初めての相手 2件"), "{request}");
}

#[test]
fn where_no_register_is_kept_no_fee_is_told() {
    let branch = Branch::staffed(Setup::default());
    branch.take_in("b.csv", &super::branch::accruals(1..=2));
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let accepted = paths.iter().find(|path| path.contains("mail_accepted")).unwrap();
    assert!(!super::bundles::read(&branch, accepted).1.contains("手数料の見込み"));
}
