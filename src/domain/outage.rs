//! Declared outages (障害の宣言): where and from when the pages cannot be used, so that requests are
//! taken on paper and by FAX.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{BranchCode, Timestamp, UserNumber};

/// Whom an outage is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// 全店: everybody.
    All,
    /// The customers of these branches; never none.
    Branches(BTreeSet<BranchCode>),
    /// One customer, whose PC or line is out of order.
    Customer(UserNumber),
}

impl Region {
    /// The word for everybody in a sheet.
    pub const ALL: &str = "全店";

    /// Reads 全店, branch codes with `;` between them, or a user number.
    pub fn parse(text: &str) -> Option<Self> {
        if matches!(text, Self::ALL | "all") {
            return Some(Self::All);
        }
        if let Ok(user) = UserNumber::parse(text) {
            return Some(Self::Customer(user));
        }
        let parts = text.split([';', '；', '、', ' ']).map(str::trim).filter(|one| !one.is_empty());
        let branches: Option<BTreeSet<BranchCode>> =
            parts.map(|one| BranchCode::parse(one).ok()).collect();
        branches.filter(|all| !all.is_empty()).map(Self::Branches)
    }

    /// As [`Region::parse`] reads it.
    pub fn written(&self) -> String {
        match self {
            Self::All => Self::ALL.to_owned(),
            Self::Branches(all) => {
                all.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
            }
            Self::Customer(user) => user.to_string(),
        }
    }

    /// The same for people: `全店`, `店番 001・002` or `利用者番号 1AB2CD3EF`.
    pub fn japanese(&self) -> String {
        match self {
            Self::All => Self::ALL.to_owned(),
            Self::Branches(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                format!("店番 {}", all.join("・"))
            }
            Self::Customer(user) => format!("利用者番号 {user}"),
        }
    }

    /// Whether it is about a customer, or with none about a branch, that has its desk there.
    pub fn covers(&self, customer: Option<UserNumber>, branch: BranchCode) -> bool {
        match self {
            Self::All => true,
            Self::Branches(all) => all.contains(&branch),
            Self::Customer(user) => customer == Some(*user),
        }
    }
}

/// An outage as it was declared (障害の宣言).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Whom it is about.
    pub region: Region,
    /// From when on; it may have begun before it was declared.
    pub from: Timestamp,
    /// The moment it is over; none while nobody has said so.
    pub until: Option<Timestamp>,
    /// Why, in a sentence.
    pub reason: String,
}

impl Outage {
    /// Whether it is in force at a moment; at its end it is not any more.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Date;

    fn at(hour: u32) -> Timestamp {
        Timestamp::tokyo(Date::new(2026, 12, 1).unwrap(), hour, 0)
    }

    #[test]
    fn a_region_is_read_as_it_is_written_and_covers_what_it_names() {
        let (here, there) = (BranchCode::parse("001").unwrap(), BranchCode::parse("002").unwrap());
        let (own, other) =
            (UserNumber::parse("1AB2CD3EF").ok(), UserNumber::parse("9XY8WV7UT").ok());
        for (text, covered) in [
            ("全店", [true, true, true, true]),
            ("001", [true, true, false, true]),
            ("001;002", [true, true, true, true]),
            ("1AB2CD3EF", [true, false, true, false]),
        ] {
            let region = Region::parse(text).unwrap();
            assert_eq!(region.written(), text);
            let asked = [(own, here), (other, here), (own, there), (None, here)];
            assert_eq!(asked.map(|(user, branch)| region.covers(user, branch)), covered, "{text}");
        }
        for wrong in ["", ";", "1", "全部", "001;x"] {
            assert_eq!(Region::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_outage_holds_from_its_beginning_until_its_end() {
        let mut outage =
            Outage { region: Region::All, from: at(9), until: None, reason: "停電".into() };
        assert_eq!([8, 9, 20].map(|hour| outage.holds(at(hour))), [false, true, true]);
        outage.until = Some(at(12));
        assert_eq!([9, 11, 12].map(|hour| outage.holds(at(hour))), [true, true, false]);
    }
}
