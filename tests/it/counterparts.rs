//! Whom a customer pays: out of a 総合振込 file or a list, by two people, into the register.

use kessai::domain::{Account, Counterpart, Date};
use kessai::formats::zengin::transfer::{read_counterparties, write_counterparties};
use kessai::formats::zengin::{Client, MonthDay, Newline};
use kessai::workflow::{Status, write_counterparts, write_customers};

use crate::contracts::{Branch, HEADINGS, NEW, NUMBER, number};
use crate::forms::text_of;

/// The account of the customer of [`Branch::with_customer`].
const OWN: &str = "0001-001-1-1234567";
const SECOND: &str = "5FG6HJ7KL";

/// A 総合振込 file of whoever has this account, with amounts.
pub(crate) fn transfer(own: &str, parties: &[(&str, &str)], newline: Newline) -> Vec<u8> {
    let client = Client {
        code: "1234567890".to_owned(),
        name: "ｱﾀﾗｼｲｼﾖｳﾃﾝ".to_owned(),
        day: MonthDay::of(Date::new(2026, 12, 25).unwrap()),
        account: Account::parse(own).unwrap(),
    };
    let parties: Vec<Counterpart> =
        parties.iter().map(|(account, name)| party(account, name)).collect();
    write_counterparties(&client, &parties, &crate::story::transfers(), newline).unwrap()
}

fn party(account: &str, name: &str) -> Counterpart {
    Counterpart { account: Account::parse(account).unwrap(), name_kana: name.to_owned() }
}

const YAMADA: (&str, &str) = ("0009-010-2-7654321", "ﾔﾏﾀﾞｺｳﾑﾃﾝ");
const SUZUKI: (&str, &str) = ("0005-123-9-0000042", "ｽｽﾞｷ");

fn counterparts(branch: &Branch) -> Vec<Counterpart> {
    branch.desk.store.customers().get(number()).unwrap().counterparts.clone()
}

/// What two people are asked is approved.
fn approved(branch: &Branch, name: &str, bytes: &[u8]) {
    let case = branch.hand_in(name, bytes).unwrap();
    branch.approve(case, "sato0001", &[]).unwrap();
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
}

#[test]
fn a_transfer_file_becomes_the_customers_counterparts_by_two_people() {
    let branch = Branch::with_customer();
    let file = transfer(OWN, &[YAMADA, SUZUKI, YAMADA], Newline::CrLf);
    let case = branch.hand_in("総合振込", &file).unwrap();
    let shown = branch.desk.proposal(&branch.desk.store.case(case).unwrap()).unwrap().unwrap();
    assert_eq!(shown.old.lines().count(), 1, "{}", shown.old);
    let new: Vec<&str> = shown.new.lines().collect();
    let title = format!("株式会社あたらしい商店（{NUMBER}）の取引先 2件");
    let lines = ["0005-123-9-0000042 ｽｽﾞｷ", "0009-010-2-7654321 ﾔﾏﾀﾞｺｳﾑﾃﾝ"];
    assert_eq!(new, [title.as_str(), lines[0], lines[1]]);
    let papers = branch.files("contracts/001");
    let paper = papers.iter().find(|name| name.ends_with("総合振込_comparison.pdf")).unwrap();
    let paper = text_of(&branch.house.root.path.join("outbox/contracts/001").join(paper));
    assert!(paper.contains("****321") && !paper.contains("7654321"), "{paper}");

    branch.approve(case, "sato0001", &[]).unwrap();
    assert!(counterparts(&branch).is_empty(), "one person is not enough");
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    assert_eq!(counterparts(&branch), [party(SUZUKI.0, SUZUKI.1), party(YAMADA.0, YAMADA.1)]);
    let news = branch.desk.contract_news(number());
    assert_eq!((news[1].what, news[1].by.len()), ("取引先の読込", 2));
    assert_eq!(news[1].changes, ["取引先: 0件 → 2件（加わる2件、なくなる0件、名称の変わる0件）"]);
    assert_eq!(branch.mails("keiri@atarashii.example.jp").len(), 1, "no mail but the first");

    let again = branch.hand_in("同じ.txt", transfer(OWN, &[SUZUKI, YAMADA], Newline::None));
    assert_eq!(again, Err(vec!["K06".to_owned()]), "nothing changes");
    approved(&branch, "次.dat", &transfer(OWN, &[YAMADA], Newline::None));
    assert_eq!(counterparts(&branch), [party(YAMADA.0, YAMADA.1)], "the new list takes the place");
}

#[test]
fn counterparts_stay_when_the_contract_changes_or_a_list_is_loaded() {
    let branch = Branch::with_customer();
    approved(&branch, "総合振込.txt", &transfer(OWN, &[YAMADA], Newline::None));
    let list = write_customers(branch.desk.store.customers().iter());
    assert_eq!(branch.hand_in("台帳.csv", &list), Err(vec!["K06".to_owned()]), "nothing changes");
    approved(&branch, "台帳2.csv", list.replace("米沢市", "山形市").as_bytes());
    let row = format!("変更,{NUMBER},,,,仙台市,,,,,,,,,,,,\n");
    let case = branch.hand_in("変更.csv", HEADINGS.to_owned() + &row).unwrap();
    branch.decided(case);
    let customers = branch.desk.store.customers();
    let customer = customers.get(number()).unwrap();
    assert_eq!(customer.address, "仙台市");
    assert_eq!(customer.counterparts, [party(YAMADA.0, YAMADA.1)]);
}

#[test]
fn what_was_exported_is_edited_and_loaded_again() {
    let branch = Branch::with_customer();
    let second = NEW.replace("新規,,", &format!("{SECOND},")).replace("1234567", "7654321");
    let second = second.replace("ライト,,", "ライト,2026-12-01,");
    let list = HEADINGS.trim_start_matches("手続,").to_owned() + &second;
    approved(&branch, "台帳.csv", list.as_bytes());
    let theirs = ("0001-001-1-7654321", "ﾆｼﾔﾏｼﾖｳﾃﾝ");
    approved(&branch, "総合振込.txt", &transfer(OWN, &[YAMADA, theirs], Newline::None));

    let today = branch.desk.clock.now().date();
    let customers = branch.desk.store.customers();
    let export = write_counterparts(customers.get(number()).unwrap(), (&customers, today));
    let lines: Vec<&str> = export.lines().skip(1).collect();
    let known = format!("{NUMBER},0001,001,普通,7654321,ﾆｼﾔﾏｼﾖｳﾃﾝ,{SECOND}");
    let unknown = format!("{NUMBER},0009,010,当座,7654321,ﾔﾏﾀﾞｺｳﾑﾃﾝ,");
    assert_eq!(lines, [known.as_str(), unknown.as_str()]);
    assert_eq!(branch.hand_in("同じ.csv", &export), Err(vec!["K06".to_owned()]));
    let edited = export.replace(&unknown, &format!("{NUMBER},5,123,その他,42,スズキ,"));
    approved(&branch, "直した.csv", edited.as_bytes());
    assert_eq!(counterparts(&branch), [party(theirs.0, theirs.1), party(SUZUKI.0, SUZUKI.1)]);

    let wrong = edited.replace(&known, &known.replace(SECOND, NUMBER));
    assert_eq!(branch.hand_in("違う.csv", &wrong), Err(vec!["K04".to_owned()]), "not whose it is");
    let stranger = edited.replace(NUMBER, "9XY8WV7UT");
    assert_eq!(branch.hand_in("だれ.csv", &stranger), Err(vec!["K04".to_owned()]));
    let none = export.lines().next().unwrap().to_owned() + "\r\n" + NUMBER + ",,,,,,\r\n";
    approved(&branch, "なし.csv", none.as_bytes());
    assert_eq!(counterparts(&branch), []);
}

#[test]
fn a_transfer_file_of_nobody_or_with_a_broken_record_comes_back_with_its_place() {
    let branch = Branch::with_customer();
    let nobodys = transfer("0001-001-1-9999999", &[YAMADA], Newline::None);
    assert_eq!(branch.hand_in("だれ.txt", &nobodys), Err(vec!["K04".to_owned()]));
    let mut broken = transfer(OWN, &[YAMADA, SUZUKI], Newline::CrLf);
    broken[2 * 122 + 42] = b'4';
    let file = branch.drop_file("壊れた.txt", &broken);
    let kept = branch.desk.blobs.open(file.findings.unwrap()).unwrap().read_all().unwrap();
    let found = kessai::formats::read_findings(&kept).unwrap();
    let [one] = found.as_slice() else { panic!("one finding: {found:?}") };
    assert_eq!((one.code.to_string().as_str(), one.record), ("K06", 3));
    assert!(one.ja.starts_with("3件目「預金種目」(287バイト目)"), "{}", one.ja);
    let ebcdic = branch.hand_in("ホスト", [0xF1, 0xF2, 0xF1, 0xF1]);
    assert_eq!(ebcdic, Err(vec!["K06".to_owned(); 3]), "cut, with no trailer and no end");
}

#[test]
fn counterparts_go_out_as_a_transfer_file_that_is_read_as_it_was_written() {
    let branch = Branch::with_customer();
    let customers = branch.desk.store.customers();
    assert!(branch.desk.counterparts_file(customers.get(number()).unwrap()).is_none(), "none yet");
    approved(&branch, "総合振込.txt", &transfer(OWN, &[YAMADA, SUZUKI], Newline::None));
    let customers = branch.desk.store.customers();
    let file = branch.desk.counterparts_file(customers.get(number()).unwrap()).unwrap().unwrap();
    assert_eq!(file.len(), 120 * 5);
    let back = read_counterparties(&file, &branch.desk.rulebook().transfers).unwrap();
    let known = [party(SUZUKI.0, SUZUKI.1), party(YAMADA.0, YAMADA.1)];
    assert_eq!(back.counterparties, known);
    assert_eq!(branch.hand_in("同じ.txt", &file), Err(vec!["K06".to_owned()]), "nothing new");
}

#[test]
fn counterparts_are_read_back_from_the_journal_and_not_loaded_over_a_change() {
    let branch = Branch::with_customer();
    let case = branch.hand_in("一.txt", transfer(OWN, &[SUZUKI], Newline::None)).unwrap();
    approved(&branch, "二.txt", &transfer(OWN, &[YAMADA], Newline::None));
    branch.approve(case, "sato0001", &[]).unwrap();
    branch.approve(case, "mori0001", &[]).unwrap();
    assert_eq!(counterparts(&branch), [party(YAMADA.0, YAMADA.1)], "not over what came between");
    let digest = branch.desk.store.digest();
    let Branch { house, desk } = branch;
    drop(desk);
    let desk = house.open().desk;
    assert_eq!(desk.store.digest(), digest);
    assert_eq!(desk.store.customers().get(number()).unwrap().counterparts.len(), 1);
}
