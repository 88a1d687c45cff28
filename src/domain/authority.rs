//! What people of a customer may do (業務権限): masters, and acts on all or single request kinds.

use std::fmt;

use super::{Account, RequestKind};

/// What a person at a customer may do.
///
/// Shape: written `master`, `approve`, `operate` or `inquire`; an act on one kind only has its code
/// behind a colon, e.g. `approve:20`. A limit to an account is `account:0001-001-2-0123456`.
/// Source: the service's promise: masters set who operates, approves and inquires of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authority {
    /// Registers, changes and removes users of the customer (マスターユーザー).
    Master,
    /// Acts on all kinds, or on one.
    Act(Act, Option<RequestKind>),
    /// Acts on requests of this account (口座権限); whoever has none of these acts on all accounts.
    Account(Account),
}

/// An act on requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// 承認.
    Approve,
    /// 操作: hands in and takes back.
    Operate,
    /// 照会: looks at what others did.
    Inquire,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Operate, Self::Inquire];

    /// The word in roles, e.g. `approve`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Operate => "operate",
            Self::Inquire => "inquire",
        }
    }

    /// The word on pages, e.g. 承認.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Approve => "承認",
            Self::Operate => "操作",
            Self::Inquire => "照会",
        }
    }
}

impl Authority {
    /// The word for a master.
    pub const MASTER: &str = "master";
    /// The word before an account somebody is limited to.
    pub const ACCOUNT: &str = "account:";

    /// Reads an authority; nothing for a word there is not.
    pub fn parse(text: &str) -> Option<Self> {
        if text == Self::MASTER {
            return Some(Self::Master);
        }
        if let Some(account) = text.strip_prefix(Self::ACCOUNT) {
            return Account::parse(account).map(Self::Account);
        }
        let (word, kind) = match text.split_once(':') {
            Some((word, code)) => (word, Some(RequestKind::parse(code)?)),
            None => (text, None),
        };
        let act = Act::ALL.into_iter().find(|act| act.name() == word)?;
        Some(Self::Act(act, kind))
    }

    /// On pages, e.g. 承認（譲渡）.
    pub fn japanese(self) -> String {
        match self {
            Self::Master => "マスターユーザー".to_owned(),
            Self::Act(act, None) => act.japanese().to_owned(),
            Self::Act(act, Some(kind)) => format!("{}（{}）", act.japanese(), kind.japanese()),
            Self::Account(account) => format!("口座 {} のみ", account.masked()),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Master => f.write_str(Self::MASTER),
            Self::Act(act, None) => f.write_str(act.name()),
            Self::Act(act, Some(kind)) => write!(f, "{}:{}", act.name(), kind.code()),
            Self::Account(account) => write!(f, "{}{}", Self::ACCOUNT, account.written()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Organisation, Person, Today, UserId, UserNumber};

    fn person(roles: &[&str]) -> Person {
        Person {
            id: UserId::parse("yamada01").unwrap(),
            name: "山田 太郎".into(),
            organisation: Organisation::Customer(UserNumber::parse("1AB2CD3EF").unwrap()),
            roles: roles.iter().map(ToString::to_string).collect(),
            email: "yamada@example.jp".into(),
            stands_for: Vec::new(),
            today: Today::default(),
        }
    }

    #[test]
    fn an_authority_is_read_as_it_is_written() {
        for text in [
            "master",
            "approve",
            "operate:20",
            "inquire:80",
            "approve:11",
            "account:0001-001-2-0123456",
        ] {
            assert_eq!(Authority::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "approver", "approve:", "approve:99", "master:20", "account:", "account:1"]
        {
            assert_eq!(Authority::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_act_on_one_kind_is_none_on_another() {
        let (split, accrual) = (RequestKind::SplitAssignment, RequestKind::AccrualDebtor);
        let one = person(&["approve:30"]);
        assert!(one.holds("approve", &[split]) && !one.holds("approve", &[accrual]));
        assert!(!one.holds("approve", &[split, accrual]) && !one.holds("approve", &[]));
        assert!(!one.holds("operate", &[split]));
        let all = person(&["approve"]);
        assert!(all.holds("approve", &[split, accrual]) && all.holds("approve", &[]));
        let both = person(&["approve:30", "approve:11"]);
        assert!(both.holds("approve", &[split, accrual]));
    }

    #[test]
    fn a_limit_to_accounts_holds_for_all_of_a_request_and_fails_shut() {
        let account = |number: &str| Account::parse(&format!("0001-001-2-{number}")).unwrap();
        let (one, two) = (account("0000001"), account("0000002"));
        assert!(person(&["approve"]).reaches(&[one, two]));
        let limited = person(&["approve", "account:0001-001-2-0000001"]);
        assert!(limited.reaches(&[one]) && limited.reaches(&[]));
        assert!(!limited.reaches(&[two]) && !limited.reaches(&[one, two]));
        assert!(!person(&["approve", "account:mistyped"]).reaches(&[one]));
        assert!(limited.holds("approve", &[]), "accounts are no kinds");
    }

    #[test]
    fn masters_and_all_who_act_may_look_and_nobody_else() {
        let kinds = [RequestKind::SplitAssignment];
        for roles in [["master"], ["inquire"], ["operate:30"], ["approve:30"]] {
            assert!(person(&roles).inquires(&kinds), "{roles:?}");
        }
        assert!(!person(&["inquire:20"]).inquires(&kinds) && !person(&[]).inquires(&kinds));
    }
}
