//! Customers (利用者): who they are, their contracts and accounts, and whom they permit.
//!
//! Read [`Customers`] first: the register as the office keeps it, by user number.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fees::ContractKind;
use super::rules::normalise;
use super::{Account, BranchCode, Date, UserNumber};

/// The register of customers. Where the office keeps none it is empty, and no rule asks it.
///
/// Folded from the contracts in the journal: applications that were approved, and lists that were
/// loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customers(BTreeMap<UserNumber, Customer>);

/// A customer of the institution; `N` is no number for an applicant who has none yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer<N = UserNumber> {
    /// 利用者番号.
    pub user: N,
    /// What they are: private persons are no customers.
    pub applicant: Applicant,
    /// The name on papers.
    pub name: String,
    /// 名称カナ, in half width as the network writes it.
    pub kana: String,
    /// 住所.
    pub address: String,
    /// 電話番号: calls back go here, never to a number on a form.
    pub phone: String,
    /// 取扱店.
    pub desk: BranchCode,
    /// The kind of contract.
    pub contract: ContractKind,
    /// 申込日: the fees begin in the month after.
    pub applied: Date,
    /// The last day of the contract; none while it runs.
    pub closed: Option<Date>,
    /// Where notices go.
    pub email: String,
    /// The accounts requests may be made with.
    pub accounts: Vec<Account>,
    /// The account the fees are taken from.
    pub fee_account: Option<Account>,
    /// 指定許可: who alone may file against the customer; none for everybody.
    pub permits: Option<BTreeSet<UserNumber>>,
    /// 取引先: whom the customer pays, as [`Counterpart::list`] puts them in order.
    #[serde(default)]
    pub counterparts: Vec<Counterpart>,
}

/// A party a customer pays (取引先), as a 総合振込 file names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Counterpart {
    /// The account.
    pub account: Account,
    /// The name in half-width kana, as banks write it.
    pub name_kana: String,
}

impl Counterpart {
    /// Parties in the order of their accounts, names as the network writes them.
    ///
    /// Who is paid twice in one file is one party; the later name counts.
    pub fn list(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let by_account: BTreeMap<Account, String> = all
            .into_iter()
            .map(|one| (one.account, normalise(&one.name_kana).0.into_owned()))
            .collect();
        let all = by_account.into_iter();
        all.map(|(account, name_kana)| Self { account, name_kana }).collect()
    }
}

/// Who may have a contract (利用者の区分).
///
/// Source: the service's own answers to customers, 個人でも利用できますか.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Applicant {
    /// 法人.
    Corporation,
    /// 個人事業主.
    SoleProprietor,
}

impl Applicant {
    /// Reads 法人 or 個人事業主; nobody else may have a contract.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "法人" | "corporation" => Some(Self::Corporation),
            "個人事業主" | "sole_proprietor" => Some(Self::SoleProprietor),
            _ => None,
        }
    }

    /// 法人 or 個人事業主.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Corporation => "法人",
            Self::SoleProprietor => "個人事業主",
        }
    }
}

impl Customers {
    /// A register of these customers; of two of one number the later counts.
    pub fn new(all: impl IntoIterator<Item = Customer>) -> Self {
        Self(all.into_iter().map(|one| (one.user, one)).collect())
    }

    /// Whether the office keeps a register at all.
    pub fn is_kept(&self) -> bool {
        !self.0.is_empty()
    }

    /// A customer by user number.
    pub fn get(&self, user: UserNumber) -> Option<&Customer> {
        self.0.get(&user)
    }

    /// A customer whose contract runs on a day; who ended one may have a new one of that number.
    pub fn running(&self, user: UserNumber, on: Date) -> Option<&Customer> {
        self.get(user).filter(|customer| customer.is_open(on))
    }

    /// Puts a customer in the place of the one who had the number.
    pub fn put(&mut self, customer: Customer) {
        self.0.insert(customer.user, customer);
    }

    /// Whose each account is among those whose contracts run on a day; of several the first by
    /// user number.
    pub fn holders(&self, on: Date) -> BTreeMap<Account, &Customer> {
        let open = self.iter().filter(|one| one.is_open(on));
        let mut holders = BTreeMap::new();
        for (account, holder) in open.flat_map(|one| one.accounts.iter().map(move |a| (*a, one))) {
            holders.entry(account).or_insert(holder);
        }
        holders
    }

    /// Everybody, by user number.
    pub fn iter(&self) -> impl Iterator<Item = &Customer> {
        self.0.values()
    }
}

impl<N> Customer<N> {
    /// The same with a user number.
    pub fn numbered<M>(self, user: M) -> Customer<M> {
        Customer {
            user,
            applicant: self.applicant,
            name: self.name,
            kana: self.kana,
            address: self.address,
            phone: self.phone,
            desk: self.desk,
            contract: self.contract,
            applied: self.applied,
            closed: self.closed,
            email: self.email,
            accounts: self.accounts,
            fee_account: self.fee_account,
            permits: self.permits,
            counterparts: self.counterparts,
        }
    }

    /// What a person reads of it, a label and a value each; accounts and permissions in one line.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let accounts: Vec<String> = self.accounts.iter().map(|one| self.account(one)).collect();
        let permits = self.permits.as_ref().map_or_else(
            || "どの相手も可".to_owned(),
            |all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        );
        vec![
            ("区分", self.applicant.japanese().to_owned()),
            ("名称", self.name.clone()),
            ("名称カナ", self.kana.clone()),
            ("住所", self.address.clone()),
            ("電話番号", self.phone.clone()),
            ("取扱店", self.desk.to_string()),
            ("契約", self.contract.japanese().to_owned()),
            ("申込日", self.applied.to_string()),
            ("解約日", self.closed.map(|day| day.to_string()).unwrap_or_default()),
            ("メールアドレス", self.email.clone()),
            ("口座", accounts.join("、")),
            ("指定許可", permits),
        ]
    }

    fn account(&self, account: &Account) -> String {
        let pays = self.fee_account == Some(*account);
        format!("{}{}", account.written(), if pays { "（手数料）" } else { "" })
    }
}

impl Customer {
    /// Whether the contract runs on a day.
    pub fn is_open(&self, on: Date) -> bool {
        self.closed.is_none_or(|last| on <= last)
    }

    /// Whether another user may file a request against the customer (指定許可).
    pub fn permits(&self, other: UserNumber) -> bool {
        self.permits.as_ref().is_none_or(|permits| permits.contains(&other))
    }
}

#[cfg(test)]
impl Customer {
    /// A customer of desk 001 since April 2026, for tests.
    pub(crate) fn sample(user: &str, accounts: &[&str]) -> Self {
        Self {
            user: UserNumber::parse(user).unwrap(),
            applicant: Applicant::Corporation,
            name: "見本商事".to_owned(),
            kana: "ミホンシヨウジ".to_owned(),
            address: String::new(),
            phone: String::new(),
            desk: BranchCode::parse("001").unwrap(),
            contract: ContractKind::Standard,
            applied: Date::parse("2026-04-01").unwrap(),
            closed: None,
            email: "a@example.jp".to_owned(),
            accounts: accounts.iter().map(|text| Account::parse(text).unwrap()).collect(),
            fee_account: None,
            permits: None,
            counterparts: Vec::new(),
        }
    }
}
