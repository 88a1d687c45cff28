//! People and organisations: who submits, who approves, for whom.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Account, Act, Authority, BranchCode, RequestKind, ShapeError, UserNumber, YenTotal};

/// A user ID a person logs in with.
///
/// Shape: 8 to 14 half-width letters, digits and symbols, no space; upper and lower case differ.
/// Source: the service's promise to its customers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

impl UserId {
    /// Reads a user ID; errs on another length or a character that is not half-width.
    pub fn parse(text: &str) -> Result<Self, ShapeError> {
        if (8..=14).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ShapeError { what: "user ID" })
        }
    }

    /// The user ID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserId {
    type Error = ShapeError;

    fn try_from(text: String) -> Result<Self, ShapeError> {
        Self::parse(&text)
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether a text has the shape of a mail address: half-width, no blank, `name@host.tld`.
pub fn is_mail_address(text: &str) -> bool {
    let (name, host) = text.split_once('@').unwrap_or_default();
    let graphic = text.bytes().all(|byte| byte.is_ascii_graphic());
    !name.is_empty() && host.contains('.') && !host.contains('@') && graphic
}

/// Where a person belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Organisation {
    /// A customer, by user number.
    Customer(UserNumber),
    /// A branch of the bank.
    Branch(BranchCode),
}

impl Organisation {
    /// Reads `customer:1AB2CD3EF` or `branch:001`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("customer", number) => UserNumber::parse(number).ok().map(Self::Customer),
            ("branch", code) => BranchCode::parse(code).ok().map(Self::Branch),
            _ => None,
        }
    }
}

/// `customer 1AB2CD3EF` or `branch 001`.
impl fmt::Display for Organisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer(number) => write!(f, "customer {number}"),
            Self::Branch(code) => write!(f, "branch {code}"),
        }
    }
}

/// A person who may act: what the decision function knows of them.
///
/// Passwords and counters are not here: they belong to the login, not to the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The user ID. A human may have several; see [`Person::is_same_human`].
    pub id: UserId,
    /// The name as printed on a stamp, e.g. 山田 太郎.
    pub name: String,
    /// Where the person belongs.
    pub organisation: Organisation,
    /// Roles at a branch (`checker`, `manager` …) or authorities at a customer, as [`Authority`]
    /// writes them (`approve`, `approve:20` …).
    pub roles: Vec<String>,
    /// Where mail goes.
    pub email: String,
    /// The absent people this person stands for at the moment (代理); never stored with them.
    #[serde(skip)]
    pub stands_for: Vec<Stead>,
    /// What holds of them at the moment besides; never stored with them.
    #[serde(skip)]
    pub today: Today,
}

/// What holds of a person on one day, by directory and absences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Today {
    /// Branches that are no more, whose desks their branch has now.
    pub succeeds: Vec<BranchCode>,
    /// Whether they are there.
    pub presence: Presence,
    /// Their other user IDs, those that are no more included (同一人物).
    pub also: Vec<UserId>,
}

/// Whether a person is there on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Presence {
    /// They are.
    #[default]
    Here,
    /// They said they are not (不在).
    Away,
}

/// An absent person somebody stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stead {
    /// Who is absent; stands for nobody in turn.
    pub principal: Person,
    /// The largest sum of a case it covers; none for any.
    pub max: Option<YenTotal>,
    /// The flows it covers, by id; empty for all.
    pub flows: Vec<String>,
}

impl Person {
    /// Whether the person holds `role`.
    pub fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }

    /// Whether the person holds `role` for each of these kinds: for all there are, or one by one.
    pub fn holds(&self, role: &str, kinds: &[RequestKind]) -> bool {
        let one = |kind: &RequestKind| {
            let code = kind.code().to_string();
            self.roles.iter().any(|held| held.split_once(':') == Some((role, &code)))
        };
        self.has(role) || (!kinds.is_empty() && kinds.iter().all(one))
    }

    /// Whether the person holds an act at all, be it for one kind.
    pub fn has_act(&self, act: Act) -> bool {
        let mut held = self.roles.iter().filter_map(|role| Authority::parse(role));
        held.any(|one| matches!(one, Authority::Act(held, _) if held == act))
    }

    /// Whether the person may look at something of these kinds (照会): whoever decides or hands in
    /// may, and so may a master. A customer's people only: at a branch everybody sees the desk.
    pub fn inquires(&self, kinds: &[RequestKind]) -> bool {
        let acts = [Act::Approve, Act::Operate, Act::Inquire];
        acts.iter().any(|act| self.holds(act.name(), kinds)) || self.is_master()
    }

    /// Whether the person may act on requests of all these accounts (口座権限); everybody may who is
    /// limited to none. A limit that cannot be read lets nothing through.
    pub fn reaches(&self, accounts: &[Account]) -> bool {
        let own = self.accounts();
        let limited = self.roles.iter().any(|role| role.starts_with(Authority::ACCOUNT));
        !limited || accounts.iter().all(|account| own.contains(account))
    }

    /// The accounts the person is limited to; none for all.
    pub fn accounts(&self) -> Vec<Account> {
        let limits = self.roles.iter().filter_map(|role| role.strip_prefix(Authority::ACCOUNT));
        limits.filter_map(Account::parse).collect()
    }

    /// The roles that limit the person to accounts.
    pub fn limits(&self) -> Vec<String> {
        let limits = self.roles.iter().filter(|role| role.starts_with(Authority::ACCOUNT));
        limits.cloned().collect()
    }

    /// The roles without the limits to accounts.
    pub fn acts(&self) -> Vec<String> {
        let acts = self.roles.iter().filter(|role| !role.starts_with(Authority::ACCOUNT));
        acts.cloned().collect()
    }

    /// Whether the person registers others of their customer (マスターユーザー).
    pub fn is_master(&self) -> bool {
        matches!(self.organisation, Organisation::Customer(_)) && self.has(Authority::MASTER)
    }

    /// Whether the person works at the branch, or at the one that has its desk now.
    pub fn works_at(&self, branch: BranchCode) -> bool {
        self.organisation == Organisation::Branch(branch) || self.today.succeeds.contains(&branch)
    }

    /// Whether a user ID is this human's: the one they act under, or another that is joined to it.
    pub fn is(&self, id: &UserId) -> bool {
        self.id == *id || self.today.also.contains(id)
    }

    /// Whether both are one human being: their IDs are joined, or they have one mail address.
    ///
    /// Within one customer an address may be a shared mailbox and tells nothing; there it is joined
    /// IDs alone.
    pub fn is_same_human(&self, other: &Self) -> bool {
        self.is(&other.id)
            || other.is(&self.id)
            || (self.shares_address(other) && !self.is_peer(other))
    }

    /// Whether both have the same mail address.
    pub fn shares_address(&self, other: &Self) -> bool {
        self.email.eq_ignore_ascii_case(&other.email)
    }

    /// Whether both are users of one customer.
    pub fn is_peer(&self, other: &Self) -> bool {
        matches!(self.organisation, Organisation::Customer(_))
            && self.organisation == other.organisation
    }
}

/// How a customer's contract wants its own approval done (承認パターン).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalPattern {
    /// No approval of its own.
    None,
    /// One approver.
    Single,
    /// A first and a final approver, in that order.
    DoubleOrdered,
    /// Two approvers in any order.
    DoubleAny,
}

/// Someone whose folder is watched: a row of `workflows/submitters.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitter {
    /// The channel, e.g. `customers`.
    pub channel: String,
    /// The folder's name: a user number or a branch code.
    pub folder: String,
    /// The name on papers.
    pub name: String,
    /// The branch that handles the files (取扱店).
    pub desk: BranchCode,
    /// Where mail goes.
    pub email: String,
    /// How result files are encoded.
    pub encoding: ResultEncoding,
    /// The contract's approval pattern.
    pub pattern: ApprovalPattern,
    /// Owner uid of a dropped file → the person who dropped it.
    pub owners: Vec<(u32, UserId)>,
}

impl Submitter {
    /// Whether files of this owner may lie in the folder: anybody's where nobody is listed.
    pub fn is_open_to(&self, owner: u32) -> bool {
        self.owners.is_empty() || self.owners.iter().any(|(uid, _)| *uid == owner)
    }
}

/// How files for a person's spreadsheet are encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultEncoding {
    /// Windows-31J with CRLF, what Excel in Japan opens by itself.
    #[default]
    Cp932,
    /// UTF-8 with a byte order mark and CRLF.
    Utf8Bom,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_eight_to_fourteen_half_width_characters() {
        for fine in ["yamada01", "abcdefghijklm1", "A!#$%&-+=_.@~1", "00000000"] {
            assert!(UserId::parse(fine).is_ok(), "{fine}");
        }
        let fifteen = "abcdefghijklmn1";
        for wrong in [
            "yamada1",
            fifteen,
            "ｙａｍａｄａ０１",
            "ﾔﾏﾀﾞﾀﾛｳ1",
            "yamada 01",
            "yamada\t01",
            "yamada\u{0}1",
        ] {
            assert!(UserId::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_mail_address_has_a_name_and_a_host_in_half_width() {
        for fine in ["a@b.jp", "keiri+densai@example.co.jp"] {
            assert!(is_mail_address(fine), "{fine}");
        }
        for wrong in
            ["", "a", "@b.jp", "a@b", "a@b@c.jp", "a b@c.jp", "ａ@b.jp", "a@b.jp\r\nBcc: x@y.jp"]
        {
            assert!(!is_mail_address(wrong), "{wrong:?}");
        }
    }
}
