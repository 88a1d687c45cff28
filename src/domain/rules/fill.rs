//! What a row leaves blank of its requester and the register of customers knows (D33).
//!
//! Only what admits of one answer is filled in: the folder's own user number, and the account of a
//! contract that has one. Everything after this, the approver's page too, sees the filled row.

use super::{Cells, Judge, REQUESTER, Row};
use crate::domain::findings::Findings;
use crate::domain::{Account, Code, Customer, Customers, Field, Severity, UserNumber};

/// The columns of the requester's account.
const ACCOUNT: [Field; 4] = [REQUESTER.bank, REQUESTER.branch, REQUESTER.kind, REQUESTER.number];

impl<'a> Judge<'a> {
    /// The row as it is judged: with what the register knows of its requester in the blanks.
    ///
    /// `own` is the user number the folder is named by; none where it is no customer's. What is
    /// filled in goes to `to` as D33. Without a register the row stays as it is.
    pub fn fill<'r>(&self, row: &Row<'r>, own: Option<UserNumber>, to: &mut Findings) -> Row<'r>
    where
        'a: 'r,
    {
        let mut filled = *row;
        if !self.customers.is_kept() {
            return filled;
        }
        if is_blank(row, REQUESTER.user_number)
            && let Some(customer) = own.and_then(|own| self.customers.get(own))
        {
            set(&mut filled, REQUESTER.user_number, customer.user.as_str());
            say(&filled, REQUESTER.user_number, to, || {
                let user = customer.user;
                (
                    format!("空欄でしたので、フォルダーの利用者番号 {user} を補いました。"),
                    format!("it was blank and is taken from the folder: {user}"),
                )
            });
        }
        if ACCOUNT.into_iter().all(|field| is_blank(row, field))
            && let Some(customer) = requester(self.customers, &filled)
            && let [account] = customer.accounts.as_slice()
        {
            let Account { bank, branch, kind, number } = account;
            let texts = [bank.as_str(), branch.as_str(), kind.japanese(), number.as_str()];
            for (field, text) in ACCOUNT.into_iter().zip(texts) {
                set(&mut filled, field, text);
            }
            say(&filled, REQUESTER.number, to, || {
                let account = account.masked();
                (
                    format!("請求者の口座が空欄でしたので、ご契約の口座 {account} を補いました。"),
                    format!("the account was blank and is the one of the contract: {account}"),
                )
            });
        }
        filled
    }
}

/// The accounts a requester whose account number is blank may choose from.
pub(super) fn choices<'c>(customers: &'c Customers, row: &Row<'_>) -> &'c [Account] {
    let blank = customers.is_kept() && is_blank(row, REQUESTER.number);
    let customer = if blank { requester(customers, row) } else { None };
    customer.map_or(&[], |customer| customer.accounts.as_slice())
}

fn requester<'c>(customers: &'c Customers, row: &Row<'_>) -> Option<&'c Customer> {
    customers.get(UserNumber::parse(text(row, REQUESTER.user_number)).ok()?)
}

fn text<'r>(row: &Row<'r>, field: Field) -> &'r str {
    row.cells.get(field.index()).copied().unwrap_or_default().trim()
}

fn is_blank(row: &Row<'_>, field: Field) -> bool {
    text(row, field).is_empty()
}

fn set<'r>(row: &mut Row<'r>, field: Field, text: &'r str) {
    if let Some(cell) = row.cells.get_mut(field.index()) {
        *cell = text;
    }
}

fn say(row: &Row<'_>, field: Field, to: &mut Findings, words: impl FnOnce() -> (String, String)) {
    Cells::new(row, to).report(field, Code::D33, Severity::Info, words);
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Places, RuleSettings};
    use super::*;
    use crate::domain::{BankCalendar, Date, Finding, RecordRequest};

    const ONE: &str = "0001-001-2-0123456";
    const OTHER: &str = "0001-002-1-7654321";

    fn user(text: &str) -> UserNumber {
        UserNumber::parse(text).unwrap()
    }

    /// A register with one customer, 987654321, of these accounts.
    fn register(accounts: &[&str]) -> Customers {
        Customers::new([Customer::sample("987654321", accounts)])
    }

    /// What an accrual becomes whose first cells after the record date are the requester's.
    fn judged(
        customers: &Customers,
        requester: [&str; 5],
        own: Option<&str>,
    ) -> (Option<RecordRequest>, Vec<Finding>) {
        let calendar = BankCalendar::japan();
        let given = (Date::parse("2026-12-01").unwrap(), Origin::Online);
        let rules = RuleSettings::default();
        let mut judge = Judge::new(&calendar, rules, given, (&|_| None, customers));
        let mut cells = [
            "11",
            "",
            "2026-12-03",
            "",
            "",
            "",
            "",
            "",
            "123456789",
            "",
            "0009",
            "010",
            "1",
            "7654321",
            "1000",
            "2027-03-31",
            "",
            "",
            "",
            "",
        ];
        cells[3..8].copy_from_slice(&requester);
        let mut findings = Findings::new(100);
        let row = Row { record: 1, line: 2, cells, places: Places::Columns(&[1; Field::COUNT]) };
        let filled = judge.fill(&row, own.map(user), &mut findings);
        (judge.judge(&filled, &mut findings).request, findings.finish())
    }

    fn codes(findings: &[Finding]) -> Vec<Code> {
        findings.iter().map(|one| one.code).collect()
    }

    #[test]
    fn a_blank_account_is_the_one_of_the_contract_and_its_number_is_not_shown() {
        let blank = ["987654321", "", " ", "", ""];
        let (request, findings) = judged(&register(&[ONE]), blank, None);
        assert_eq!(request.unwrap().requester.account, Account::parse(ONE).unwrap());
        assert_eq!(codes(&findings), [Code::D33]);
        let told = &findings[0];
        assert!(told.ja.contains("0001-001-2-****456"), "{}", told.ja);
        assert_eq!((told.severity, told.value.as_str()), (Severity::Info, "****456"));
        let (request, findings) = judged(&Customers::default(), blank, Some("987654321"));
        assert_eq!((request, codes(&findings)), (None, vec![Code::D01; 4]), "no register");
    }

    #[test]
    fn of_several_accounts_the_customer_chooses() {
        let (request, findings) =
            judged(&register(&[ONE, OTHER]), ["987654321", "", "", "", ""], None);
        assert_eq!((request, codes(&findings)), (None, vec![Code::D01; 4]));
        let told = &findings[3].ja;
        assert!(told.contains("0001-001-2-****456、0001-002-1-****321"), "{told}");
        assert!(!findings[0].ja.contains("****"), "told once");
    }

    #[test]
    fn an_account_that_is_partly_written_is_not_completed() {
        let (request, findings) =
            judged(&register(&[ONE]), ["987654321", "0001", "", "", ""], None);
        assert_eq!((request, codes(&findings)), (None, vec![Code::D01; 3]));
        assert!(findings[2].ja.contains("0001-001-2-****456"), "{}", findings[2].ja);
    }

    #[test]
    fn a_blank_user_number_is_the_folders_where_that_is_a_customer_of_the_register() {
        let (request, findings) = judged(&register(&[ONE]), [""; 5], Some("987654321"));
        assert_eq!(request.unwrap().requester.user_number, user("987654321"));
        assert_eq!(codes(&findings), [Code::D33, Code::D33]);
        for own in [None, Some("222222222")] {
            let (request, findings) = judged(&register(&[ONE]), [""; 5], own);
            assert_eq!((request, codes(&findings)), (None, vec![Code::D01; 5]));
        }
    }
}
