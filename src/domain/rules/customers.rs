//! What the register of customers forbids: D15, D16, D30, D31.
//!
//! Without a register nothing is asked. A counterparty the register does not know is another
//! institution's customer, and the clearing side has the last word.

use super::Cells;
use crate::domain::fees::ContractKind;
use crate::domain::{Code, Customers, Date, Field, Party, RequestKind, Severity, Yen, YenTotal};

/// What a row says of its two sides.
pub(super) struct Sides {
    pub(super) kind: Option<RequestKind>,
    pub(super) requester: Option<Party>,
    pub(super) counterparty: Option<Party>,
    pub(super) amount: Option<Yen>,
    /// The record date where it can be read.
    pub(super) on: Option<Date>,
}

/// Reports everything the register has against a row.
pub(super) fn check(customers: &Customers, sides: &Sides, cells: &mut Cells<'_, '_>) {
    if !customers.is_kept() {
        return;
    }
    if let Some(party) = &sides.requester {
        requester(customers, sides, party, cells);
    }
    // Who is only named because a claim is already theirs need not be able to take part in one.
    if let Some(party) = &sides.counterparty
        && sides.kind.is_some_and(RequestKind::binds_counterparty)
    {
        counterparty(customers, sides, party, cells);
    }
}

fn requester(customers: &Customers, sides: &Sides, party: &Party, cells: &mut Cells<'_, '_>) {
    let Some(customer) = customers.get(party.user_number) else {
        say(cells, (Field::RequesterUserNumber, Code::D16), || {
            (
                "この利用者番号のお客様は登録されていません。番号を確かめてください。".to_owned(),
                "no customer has this user number; check it".to_owned(),
            )
        });
        return;
    };
    if sides.on.is_some_and(|on| !customer.is_open(on)) {
        closed(Field::RequesterUserNumber, cells);
    }
    if !customer.accounts.contains(&party.account) {
        say(cells, (Field::RequesterAccountNumber, Code::D16), || {
            (
                "請求者の口座が登録されていません。登録されている口座を書いてください。".to_owned(),
                "the requester's account is not registered; write one that is".to_owned(),
            )
        });
    }
    let owes = sides.kind == Some(RequestKind::AccrualDebtor);
    if owes && sides.amount.is_some_and(|amount| !customer.contract.allows(amount)) {
        say(cells, (Field::Amount, Code::D31), || {
            let most = YenTotal::new(ContractKind::LIGHT_MAX);
            (
                format!(
                    "でんさいライトの契約では、1件 {most}円までです。金額を分けるか、契約の変更をご相談ください。"
                ),
                format!("a light contract allows up to {most} yen a request"),
            )
        });
    }
}

fn counterparty(customers: &Customers, sides: &Sides, party: &Party, cells: &mut Cells<'_, '_>) {
    let Some(customer) = customers.get(party.user_number) else { return };
    if sides.on.is_some_and(|on| !customer.is_open(on)) {
        closed(Field::CounterpartyUserNumber, cells);
    }
    if !customer.accounts.contains(&party.account) {
        say(cells, (Field::CounterpartyAccountNumber, Code::D16), || {
            (
                "相手の口座が登録されていません。相手の方に決済口座をお確かめください。".to_owned(),
                "the counterparty's account is not registered; check it with them".to_owned(),
            )
        });
    }
    let from = sides.requester.map(|requester| requester.user_number);
    let asks = sides.kind != Some(RequestKind::Guarantee);
    if asks && from.is_some_and(|from| !customer.permits(from)) {
        say(cells, (Field::CounterpartyUserNumber, Code::D15), || {
            (
                "相手の方は、請求を受け付ける相手を限っています（指定許可）。\
                 相手の方に許可を登録していただいてから、お出しください。"
                    .to_owned(),
                "the counterparty permits certain requesters only; have them permit this one"
                    .to_owned(),
            )
        });
    }
}

fn closed(field: Field, cells: &mut Cells<'_, '_>) {
    say(cells, (field, Code::D30), || {
        (
            "この利用者の契約は、記録請求日には終わっています。".to_owned(),
            "the contract of this user has ended by the record date".to_owned(),
        )
    });
}

fn say(
    cells: &mut Cells<'_, '_>,
    (field, code): (Field, Code),
    words: impl FnOnce() -> (String, String),
) {
    cells.report(field, code, Severity::Error, words);
}

#[cfg(test)]
mod tests {
    use super::super::{Judge, Origin, Places, Row, RuleSettings};
    use crate::domain::fees::ContractKind;
    use crate::domain::findings::Findings;
    use crate::domain::{
        Account, BankCalendar, Code, Customer, Customers, Date, Field, UserNumber,
    };

    fn user(text: &str) -> UserNumber {
        UserNumber::parse(text).unwrap()
    }

    fn written(number: &str) -> String {
        format!("0001-001-2-{number}")
    }

    fn account(number: &str) -> Account {
        Account::parse(&written(number)).unwrap()
    }

    fn customer(number: &str, own: &str) -> Customer {
        Customer::sample(number, &[&written(own)])
    }

    /// The codes of an accrual by 987654321 against 123456789 for so much, on 2026-12-03.
    fn codes(customers: &Customers, amount: &str) -> Vec<Code> {
        codes_of(customers, &[(Field::Amount, amount)])
    }

    /// The codes of that accrual with other cells.
    fn codes_of(customers: &Customers, changes: &[(Field, &str)]) -> Vec<Code> {
        let calendar = BankCalendar::japan();
        let on = Date::parse("2026-12-01").unwrap();
        let rules = RuleSettings::default();
        let mut judge = Judge::new(&calendar, rules, (on, Origin::Online), (&|_| None, customers));
        let mut cells = [
            "11",
            "",
            "2026-12-03",
            "987654321",
            "0001",
            "001",
            "2",
            "0123456",
            "123456789",
            "",
            "0001",
            "001",
            "2",
            "7654321",
            "1000",
            "2027-03-31",
            "",
            "",
            "",
            "",
        ];
        for (field, text) in changes {
            cells[field.index()] = text;
        }
        let mut findings = Findings::new(100);
        let row = Row { record: 1, line: 2, cells, places: Places::Columns(&[1; Field::COUNT]) };
        judge.judge(&row, &mut findings);
        findings.finish().iter().map(|one| one.code).collect()
    }

    fn both(own: Customer, other: Customer) -> Customers {
        Customers::new([own, other])
    }

    fn good() -> (Customer, Customer) {
        (customer("987654321", "0123456"), customer("123456789", "7654321"))
    }

    #[test]
    fn without_a_register_nothing_is_asked_and_with_one_the_requester_must_be_in_it() {
        assert_eq!(codes(&Customers::default(), "1000"), []);
        let (own, other) = good();
        assert_eq!(codes(&both(own.clone(), other.clone()), "1000"), []);
        assert_eq!(codes(&Customers::new([own]), "1000"), [], "another institution's customer");
        assert_eq!(codes(&Customers::new([other]), "1000"), [Code::D16]);
    }

    #[test]
    fn accounts_must_be_registered_on_both_sides() {
        let (mut own, mut other) = good();
        own.accounts = vec![account("1111111")];
        other.accounts = vec![account("1111111")];
        assert_eq!(codes(&both(own, other), "1000"), [Code::D16, Code::D16]);
    }

    #[test]
    fn a_contract_that_has_ended_by_the_record_date_files_nothing_and_nothing_is_filed_against_it()
    {
        let (mut own, mut other) = good();
        own.closed = Date::parse("2026-12-03").ok();
        assert_eq!(codes(&both(own.clone(), other.clone()), "1000"), [], "its last day");
        own.closed = Date::parse("2026-12-02").ok();
        other.closed = Date::parse("2026-12-02").ok();
        assert_eq!(codes(&both(own, other), "1000"), [Code::D30, Code::D30]);
    }

    #[test]
    fn who_is_party_to_a_claim_already_is_named_whatever_became_of_the_contract() {
        let (own, mut other) = good();
        other.closed = Date::parse("2026-12-02").ok();
        other.permits = Some([].into());
        let customers = both(own, other);
        let number = (Field::RecordNumber, "98765432100000100017");
        let [paid, guarantee] = [("70", "1000"), ("60", "")].map(|(kind, amount)| {
            let none = (Field::DueDate, "");
            codes_of(
                &customers,
                &[(Field::RequestKind, kind), number, (Field::Amount, amount), none],
            )
        });
        assert_eq!(paid, []);
        assert_eq!(guarantee, [Code::D30], "a guarantor takes something on");
    }

    #[test]
    fn a_light_contract_owes_a_million_a_request_at_most() {
        let (mut own, other) = good();
        own.contract = ContractKind::Light;
        let customers = both(own, other);
        assert_eq!(codes(&customers, "1000000"), []);
        assert_eq!(codes(&customers, "1000001"), [Code::D31]);
    }

    #[test]
    fn who_permits_some_is_filed_against_by_nobody_else() {
        let (own, mut other) = good();
        other.permits = Some([user("222222222")].into());
        assert_eq!(codes(&both(own.clone(), other.clone()), "1000"), [Code::D15]);
        other.permits = Some([user("987654321")].into());
        assert_eq!(codes(&both(own, other), "1000"), []);
    }
}
