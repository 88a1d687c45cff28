//! The fee table in a real root, and a month's bills as a debit file.

use std::fs;

use kessai::domain::fees::{
    Bill, Contract, ContractKind, FeeKind, Month, Relation, Use, bill, charges, debit_day,
};
use kessai::domain::{
    Account, AccountNumber, AccountType, BankCalendar, BankCode, BranchCode, Date, Origin,
    UserNumber,
};
use kessai::formats::zengin::debit::{self, Debit, NewCode, Stage, read_debits, write_debits};
use kessai::formats::zengin::{Client, MonthDay, Newline};
use kessai::formats::{FEES, SHIPPED_FEES, read_fees};

use crate::tables::kessai;

#[test]
fn check_reads_the_fee_table_as_excel_saves_it_and_tells_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let init = std::process::Command::new(env!("CARGO_BIN_EXE_kessai"))
        .args(["init", root.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(init.status.success());
    assert_eq!(fs::read_to_string(root.join(FEES)).unwrap(), SHIPPED_FEES);
    let save = |text: &str| {
        let (cp932, _, broken) = encoding_rs::SHIFT_JIS.encode(text);
        assert!(!broken);
        fs::write(root.join(FEES), cp932).unwrap();
        kessai(root, &["check"])
    };
    let excel = SHIPPED_FEES.replace("3410", "\"3,410\"").replace('\n', "\r\n");
    let (code, text) = save(&excel);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = save(&excel.replace("債権受取,―,―,220", "債権受取,電話,―,二百円"));
    assert_eq!(code, Some(1));
    assert!(text.contains("workflows/fees.csv:20:"), "{text}");
    assert!(text.contains("手数料は税込の円を整数で書いてください"), "{text}");
    assert!(text.contains("write one of オンライン、書面, or ― for all"), "{text}");
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn account(number: &str) -> Account {
    Account {
        bank: BankCode::parse("1356").unwrap(),
        branch: BranchCode::parse("001").unwrap(),
        kind: AccountType::Current,
        number: AccountNumber::parse(number).unwrap(),
    }
}

/// What a service does with a bill: nothing where nothing is due.
fn debit(bill: &Bill, first: Month, at: usize) -> Option<Debit> {
    Some(Debit {
        account: account(&format!("{at:07}")),
        payer: "ｶ)ﾐﾎﾝｾｲｻｸｼﾞﾖ".into(),
        amount: bill.debit()?,
        new_code: if bill.month == first { NewCode::First } else { NewCode::Known },
        customer_number: (at + 1).to_string(),
    })
}

#[test]
fn a_months_bills_become_a_debit_file_without_those_of_zero() {
    let table = read_fees(SHIPPED_FEES).unwrap();
    let month = Month::of(day("2026-07-01"));
    let contracts: Vec<Contract> = [
        ("1AB2CD3EF", ContractKind::Standard, "2026-06-30"),
        ("9XY8WV7UT", ContractKind::Light, "2026-01-15"),
        ("123456789", ContractKind::Standard, "2026-07-01"),
        ("987654321", ContractKind::Light, "2026-05-31"),
    ]
    .map(|(customer, kind, applied)| Contract {
        customer: UserNumber::parse(customer).unwrap(),
        kind,
        applied: day(applied),
        first: Month::of(day(applied)).next(),
        ended: None,
    })
    .into();
    let used = |at: usize, kind, relation, count| Use {
        customer: contracts[at].customer,
        kind,
        channel: Origin::Online,
        relation,
        on: day("2026-06-30"),
        count,
    };
    let acts = [
        used(0, FeeKind::Accrual, Relation::Other, 3),
        used(0, FeeKind::Accrual, Relation::Own, 2),
        used(1, FeeKind::Assignment, Relation::Other, 1),
        used(2, FeeKind::Accrual, Relation::Own, 1),
    ];
    let priced = charges(&acts, &table);
    assert_eq!(priced.unpriced, []);
    let first = Month::of(day("2026-07-01"));
    let debits: Vec<Debit> = contracts
        .iter()
        .enumerate()
        .filter_map(|(at, contract)| {
            let charges = priced.by_customer.get(&contract.customer).map_or(&[][..], Vec::as_slice);
            debit(&bill(contract, charges, &table, month)?, first, at)
        })
        .collect();
    let on = debit_day(month, &BankCalendar::japan());
    assert_eq!(on, day("2026-07-27"), "the 25th is a Saturday");
    let client = Client {
        code: "1234567890".into(),
        name: "ﾖﾈｻﾞﾜｼﾝﾖｳｷﾝｺ".into(),
        day: MonthDay::of(on),
        account: account("0000009"),
    };
    let layout = debit::layout(debit::SHIPPED).unwrap();
    let bytes = write_debits(&client, &debits, &layout, Newline::CrLf).unwrap();
    let file = read_debits(&bytes, &layout, Stage::Requested).unwrap();
    let read: Vec<(&str, u64)> = file
        .debits
        .iter()
        .map(|(debit, _)| (debit.customer_number.as_str(), debit.amount.get()))
        .collect();
    // Not the one who applied this month, and not the one who owes nothing.
    assert_eq!(read, [("1", 1_100 + 3 * 660 + 2 * 330), ("2", 330)]);
    assert_eq!(file.client, client);
}
