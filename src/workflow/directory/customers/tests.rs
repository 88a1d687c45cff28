//! Lists and applications as people write them.

use crate::domain::fees::ContractKind;
use crate::domain::{Applicant, Customers, Date, UserNumber};
use crate::workflow::SheetKind;

use super::*;

const LIST: &str = "利用者番号,区分,名称,名称カナ,住所,電話番号,取扱店,契約,申込日,解約日,\
    メールアドレス,銀行番号,支店番号,預金種目,口座番号,手数料引落,許可する相手\n\
    1AB2CD3EF,法人,見本製作所,ミホン,山形県,0238-00-0000,1,通常,2026/4/1,,a@example.jp,\
    1,1,当座,123456,○,\n\
    1AB2CD3EF,,,,,,,,,,,0001,001,1,7654321,,\n\
    9XY8WV7UT,個人事業主,髙﨑商事,ﾀｶｻｷ,,,001,ライト,2026-05-01,2026-12-31,b@example.jp,\
    0001,001,普通,1111111,,1AB2CD3EF\n";

fn number(text: &str) -> UserNumber {
    UserNumber::parse(text).unwrap()
}

#[test]
fn the_register_is_read_as_a_spreadsheet_saves_it() {
    let all = load_customers("c.csv", LIST).unwrap();
    let [one, other] = all.as_slice() else { panic!("two customers") };
    assert_eq!((one.accounts.len(), one.permits.is_none()), (2, true));
    assert_eq!(one.fee_account.unwrap().written(), "0001-001-2-0123456");
    assert_eq!((other.contract, &*other.kana), (ContractKind::Light, "ﾀｶｻｷ"));
    assert_eq!(other.applicant, Applicant::SoleProprietor);
    assert_eq!(other.fee_account, other.accounts.first().copied(), "the only one pays");
    assert!(other.permits(one.user) && !other.permits(number("222222222")));
}

#[test]
fn what_is_written_is_read_back_as_it_was() {
    let all = load_customers("c.csv", &LIST.replace("髙﨑商事", "\"髙﨑, \"\"商事\"\"\"")).unwrap();
    let text = write_customers(all.iter());
    assert!(text.contains("\"髙﨑, \"\"商事\"\"\""), "{text}");
    assert_eq!(load_customers("c.csv", &text).unwrap(), all);
}

#[test]
fn every_mistake_of_a_list_is_told_with_its_place() {
    let list = LIST
        .replace(",通常,", ",特別,")
        .replace(",普通,1111111,", ",貯蓄,11111111,")
        .replace(",個人事業主,", ",個人,");
    let told = load_customers("c.csv", &list).unwrap_err();
    let places: Vec<(usize, &str)> = told.iter().map(|(column, one)| (one.line, *column)).collect();
    assert_eq!(places, [(2, "contract"), (4, "applicant"), (4, "type"), (4, "number")]);
}

#[test]
fn two_accounts_that_pay_a_number_listed_twice_and_an_account_of_nobody_are_told() {
    let twice = "9XY8WV7UT,法人,もう一度,ﾐﾎﾝ,,,1,通常,2026/4/1,,a@example.jp,1,1,1,2,,\n";
    let nobodys = "222222222,,,,,,,,,,,0001,001,1,7654321,,\n";
    let list = LIST.replace("7654321,,", "7654321,○,") + twice + nobodys;
    let told = load_customers("c.csv", &list).unwrap_err();
    let en: Vec<&str> = told.iter().map(|(_, one)| one.en.as_str()).collect();
    let expected = [
        "one account of a customer pays the fees",
        "this user number is listed above already",
        "the first row of a customer has every column",
    ];
    assert_eq!(en, expected);
}

const APPLICATION: &str = "手続,利用者番号,区分,名称,名称カナ,住所,電話番号,取扱店,契約,申込日,\
    解約日,メールアドレス,銀行番号,支店番号,預金種目,口座番号,手数料引落,許可する相手\n";

fn application(row: &str) -> Result<Application, Vec<ColumnMistake>> {
    let customers = Customers::new(load_customers("c.csv", LIST).unwrap());
    let today = Date::new(2026, 12, 1).unwrap();
    load_application("a.csv", &format!("{APPLICATION}{row}\n"), (&customers, today))
}

#[test]
fn a_new_contract_has_no_number_yet_and_begins_on_the_day_it_is_handed_in() {
    assert_eq!(SheetKind::of(APPLICATION), SheetKind::Application);
    assert_eq!(SheetKind::of(LIST), SheetKind::Customers);
    let row =
        "新規,,法人,新しい会社,ｱﾀﾗｼｲｶｲｼﾔ,山形県,0238-11-1111,1,ライト,,,n@example.jp,1,1,普通,1,,";
    let new = application(row).unwrap();
    assert_eq!((new.procedure, new.customer.user, &new.before), (Procedure::Open, None, &None));
    assert_eq!(new.customer.applied, Date::new(2026, 12, 1).unwrap());
    assert_eq!(new.customer.fee_account, new.customer.accounts.first().copied());
}

#[test]
fn what_a_change_leaves_blank_stays_and_accounts_that_are_written_take_the_place_of_all() {
    let mail = application("変更,1AB2CD3EF,,,,,,,,,,new@example.jp,,,,,,").unwrap();
    let before = mail.before.clone().unwrap();
    let mut expected = before.clone().numbered(Some(before.user));
    expected.email = "new@example.jp".to_owned();
    assert_eq!(mail.customer, expected);
    let row = "変更,1AB2CD3EF,,,,,,,,,,,1,1,普通,3333333,,222222222";
    let accounts = application(row).unwrap().customer;
    assert_eq!(accounts.accounts.len(), 1);
    assert_eq!(accounts.permits.map(|all| all.len()), Some(1));
    let open = application("変更,9XY8WV7UT,,,,,,,,,,,,,,,,なし").unwrap();
    assert!(open.before.unwrap().permits.is_some() && open.customer.permits.is_none());
}

#[test]
fn an_end_names_its_last_day_and_a_customer_there_is() {
    let end = application("解約,1AB2CD3EF,,,,,,,,,2026/12/25,,,,,,,").unwrap();
    assert_eq!(end.customer.closed, Date::parse("2026-12-25").ok());
    let told = |row: &str| {
        let told = application(row).unwrap_err();
        told.into_iter().map(|(column, _)| column).collect::<Vec<_>>()
    };
    assert_eq!(told("解約,1AB2CD3EF,,,,,,,,,,,,,,,,"), ["closed"]);
    assert_eq!(told("解約,222222222,,,,,,,,,2026/12/25,,,,,,,"), ["user"]);
    assert_eq!(told("廃止,1AB2CD3EF,,,,,,,,,2026/12/25,,,,,,,"), ["procedure"]);
}

#[test]
fn who_may_not_have_a_contract_is_told_what_is_possible() {
    let row = "新規,,個人,山田太郎,ﾔﾏﾀﾞﾀﾛｳ,,,1,通常,,,,1,1,貯蓄,1,,";
    let told = application(row).unwrap_err();
    let columns: Vec<&str> = told.iter().map(|(column, _)| *column).collect();
    assert_eq!(columns, ["applicant", "email", "type"]);
    let all = |row: &str| application(row).unwrap_err().into_iter().map(|(_, one)| one.ja);
    assert!(all(row).any(|ja| ja.contains("法人と個人事業主")));
    let two = "新規,,法人,会社,ｶｲｼﾔ,,,1,通常,,,a@example.jp,1,1,普通,1,,\n\
        ,9XY8WV7UT,法人,別の会社,ﾍﾞﾂ,,,1,通常,2026-12-01,,b@example.jp,1,1,普通,2,,";
    assert!(all(two).any(|ja| ja.contains("お一人につき一つ")));
}
