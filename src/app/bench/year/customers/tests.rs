//! The book agrees with a register that says the same, and with no other.

use super::{Customer, Somebody, Terms, compare};
use crate::app::bench::cast::register;
use crate::domain::{Customers, Date};

fn book() -> Vec<Customer> {
    let applied = Date::parse("2026-03-02").unwrap();
    let customer = |n| {
        let terms = Terms { contract: super::contract(n), applied, closed: None };
        Customer::new(Somebody::customer(n, "001"), terms, n)
    };
    vec![customer(2), customer(3)]
}

/// What a register says in which nothing happened since.
fn untouched() -> Customers {
    let book = book();
    Customers::new(register(book.iter().map(|one| (&one.who, one.terms))).unwrap())
}

#[test]
fn a_register_that_says_the_same_agrees() {
    assert_eq!(compare(&book(), &untouched()), Vec::<String>::new());
}

#[test]
fn whatever_the_register_missed_is_told_with_its_customer() {
    let missed: [fn(&mut Customer); 6] = [
        |one| one.address.push_str("一番地"),
        |one| one.email.insert(0, 'x'),
        |one| one.who.number = "5000001".to_owned(),
        |one| one.terms.closed = Date::parse("2026-12-25").ok(),
        |one| one.terms.applied = one.terms.applied.plus_days(1),
        |one| one.terms.contract = "ライト",
    ];
    for (n, change) in missed.into_iter().enumerate() {
        let mut book = book();
        change(&mut book[0]);
        let wrong = compare(&book, &untouched());
        assert!(wrong.len() == 1 && wrong[0].starts_with("C00000002"), "{n}: {wrong:?}");
    }
}

#[test]
fn a_lost_customer_and_one_nobody_took_in_are_told() {
    let mut book = book();
    let more = Customer::new(Somebody::customer(4, "001"), book[0].terms, 4);
    book[0] = more;
    let wrong = compare(&book, &untouched());
    assert!(wrong[0].contains("C00000002 is in the register"), "{wrong:?}");
    assert!(wrong[1].contains("C00000004 is not in the register"), "{wrong:?}");
}
