//! Where a dropped rule belongs, and what it changes.

use serde::{Deserialize, Serialize};

use crate::domain::{Date, Digest};
use crate::workflow::{Files, decoded, effective_from};

/// What kind of rule a dropped file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalKind {
    /// A flow, `workflows/*.yaml`.
    Flow,
    /// A decision table, `workflows/tables/*.csv`.
    Table,
    /// The bank's own days, `workflows/calendars/*.csv`.
    Calendar,
    /// A channel, `workflows/channels/*.yaml`.
    Channel,
    /// A golden test, `workflows/tests/*.yaml`.
    Test,
    /// People and branches by day, `workflows/directory/*.csv`.
    Directory,
    /// A part that flows call, `workflows/parts/*.yaml`.
    Part,
    /// Something done at set times, `workflows/schedules/*.yaml`.
    Schedule,
    /// An application for a new contract.
    Contract,
    /// An application for a change of contract.
    ContractChange,
    /// An application for the end of a contract.
    ContractEnd,
    /// A list of customers.
    Customers,
    /// A list of claims.
    Claims,
    /// Counterparts of customers.
    Counterparts,
    /// Users to be registered, changed, reset or removed.
    Users,
    /// An outage that is declared, or its end.
    Outage,
    /// A new key of mails and papers.
    Key,
    /// What is to become of what is stuck.
    Resend,
    /// Which columns of another system's files ours come from, `workflows/profiles/*.yaml`.
    Profile,
}

impl ProposalKind {
    /// Whether it is about contracts of customers, not about the bank's own rules.
    pub const fn is_contract(self) -> bool {
        matches!(
            self,
            Self::Contract
                | Self::ContractChange
                | Self::ContractEnd
                | Self::Customers
                | Self::Claims
                | Self::Counterparts
                | Self::Users
                | Self::Outage
                | Self::Key
                | Self::Resend
        )
    }

    /// The flow in which two people decide on it.
    pub const fn flow(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::ContractChange => "contract_change",
            Self::ContractEnd => "contract_end",
            Self::Customers | Self::Counterparts => "customers",
            Self::Claims => "claims",
            Self::Users => "users",
            Self::Outage => "outages",
            Self::Key => "keys",
            Self::Resend => "resends",
            Self::Flow
            | Self::Table
            | Self::Calendar
            | Self::Channel
            | Self::Test
            | Self::Directory
            | Self::Part
            | Self::Schedule
            | Self::Profile => "publication",
        }
    }

    /// What people call it, e.g. 流れ or 新規のお申込み.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Flow => "流れ",
            Self::Table => "判断表",
            Self::Calendar => "休業日",
            Self::Channel => "受付経路",
            Self::Test => "試験",
            Self::Directory => "名簿",
            Self::Part => "部品",
            Self::Schedule => "予定",
            Self::Profile => "変換表",
            Self::Contract => "新規のお申込み",
            Self::ContractChange => "契約の変更",
            Self::ContractEnd => "解約",
            Self::Customers => "利用者台帳の読込",
            Self::Claims => "債権台帳の読込",
            Self::Counterparts => "取引先の読込",
            Self::Users => "ユーザーの届出",
            Self::Outage => "障害の宣言",
            Self::Key => "鍵の更新",
            Self::Resend => "再送の届出",
        }
    }
}

/// Where a dropped file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) kind: ProposalKind,
    /// Its name below the root.
    pub(super) place: String,
    /// The day it names for itself.
    pub(super) effective_from: Option<Date>,
    /// The file in force that it changes, with the digest of its bytes.
    pub(super) base: Option<(String, Digest)>,
}

/// Whether a file of this name is a rule: a YAML file, or a table or calendar there is already.
pub(super) fn is_rule_name(name: &str, files: &Files) -> bool {
    let known = |folder: &str| files.contains_key(&format!("workflows/{folder}/{name}"));
    let named = name == "bank_jp.csv" || DIRECTORY.contains(&name);
    ending(name) == "yaml" || named || known("tables") || known("calendars")
}

/// The files people and branches are listed in.
const DIRECTORY: [&str; 2] = ["people.csv", "branches.csv"];

/// What stands after the last dot of a name.
pub(super) fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Whether a name may stand in `workflows/`: letters, digits, `-` and `_` before its ending.
pub(super) fn is_plain_name(name: &str) -> bool {
    let Some((stem, _)) = name.rsplit_once('.') else { return false };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    !stem.is_empty() && !stem.starts_with('_') && stem.chars().all(fits)
}

/// Where a dropped file belongs among those in force.
pub(super) fn target(name: &str, text: &str, files: &Files, today: Date) -> Target {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    let (kind, folder) = if ending(name) == "csv" {
        let calendar = format!("workflows/calendars/{name}");
        if DIRECTORY.contains(&name) {
            (ProposalKind::Directory, "workflows/directory")
        } else if name == "bank_jp.csv" || files.contains_key(&calendar) {
            (ProposalKind::Calendar, "workflows/calendars")
        } else {
            (ProposalKind::Table, "workflows/tables")
        }
    } else if has("flow:") {
        (ProposalKind::Test, "workflows/tests")
    } else if has("routes:") {
        (ProposalKind::Channel, "workflows/channels")
    } else if has("columns:") {
        (ProposalKind::Profile, "workflows/profiles")
    } else if has("do:") {
        (ProposalKind::Schedule, "workflows/schedules")
    } else if has("steps:") && !has("effective_from:") && !has("id:") {
        (ProposalKind::Part, "workflows/parts")
    } else {
        return flow(name, text, files, today);
    };
    let place = format!("{folder}/{name}");
    let base = files.get(&place).map(|bytes| (place.clone(), Digest::of(bytes)));
    Target { kind, place, effective_from: None, base }
}

/// A flow replaces the one of its day; one that comes later stands beside the one in force.
fn flow(name: &str, text: &str, files: &Files, today: Date) -> Target {
    let id = line_of(text, "id:");
    let day = effective_from(text);
    let versions: Vec<(&String, &Vec<u8>, Option<Date>)> = files
        .iter()
        .filter(|(file, _)| is_flow(file))
        .map(|(file, bytes)| (file, bytes, decoded(bytes)))
        .filter(|(_, _, other)| id.is_some() && line_of(other, "id:") == id)
        .map(|(file, bytes, other)| (file, bytes, effective_from(&other)))
        .collect();
    let same_day = versions.iter().find(|(_, _, other)| *other == day);
    let own = format!("workflows/{name}");
    let place = match (same_day, day) {
        (Some((file, ..)), _) => (*file).clone(),
        (None, Some(day)) if day > today && files.contains_key(&own) => {
            let stem = name.trim_end_matches(".yaml");
            format!("workflows/{stem}_{}.yaml", day.to_string().replace('-', ""))
        }
        _ => own,
    };
    let before = versions.iter().filter(|(_, _, other)| *other <= day);
    let base = before.max_by_key(|(_, _, other)| *other);
    let base = base.map(|(file, bytes, _)| ((*file).clone(), Digest::of(bytes)));
    Target { kind: ProposalKind::Flow, place, effective_from: day, base }
}

fn is_flow(file: &str) -> bool {
    file.strip_prefix("workflows/")
        .is_some_and(|rest| !rest.contains('/') && ending(rest) == "yaml")
}

/// The value of a top-level key, as far as a look at the line tells.
fn line_of(text: &str, key: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(value.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Date, Files, ProposalKind, is_plain_name, is_rule_name, target};

    fn files() -> Files {
        let flow = "id: accrual\neffective_from: 2026-04-01 # now\n";
        [("workflows/accrual.yaml", flow), ("workflows/tables/kengen.csv", "a,b\n")]
            .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
            .into()
    }

    fn put(name: &str, text: &str) -> (ProposalKind, String, Option<String>) {
        let found = target(name, text, &files(), Date::new(2026, 12, 1).unwrap());
        (found.kind, found.place, found.base.map(|(name, _)| name))
    }

    #[test]
    fn a_dropped_rule_finds_its_place_and_what_it_changes() {
        let base = || Some("workflows/accrual.yaml".to_owned());
        let flow =
            |day: &str| put("accrual.yaml", &format!("id: accrual\neffective_from: {day}\n"));
        let at = |place: &str| (ProposalKind::Flow, place.to_owned(), base());
        assert_eq!(flow("2026-12-01"), at("workflows/accrual.yaml"));
        assert_eq!(flow("2026-12-10"), at("workflows/accrual_20261210.yaml"), "beside it");
        assert_eq!(
            put("other.yaml", "id: accrual\neffective_from: 2026-04-01\n"),
            at("workflows/accrual.yaml"),
            "not two of one day"
        );
        let new = put("new.yaml", "id: new\neffective_from: 2026-12-10\n");
        assert_eq!(new, (ProposalKind::Flow, "workflows/new.yaml".to_owned(), None));
        let table = put("kengen.csv", "a,b\n");
        assert_eq!((table.0, table.2.is_some()), (ProposalKind::Table, true));
        assert_eq!(put("t.yaml", "flow: accrual\n").1, "workflows/tests/t.yaml");
        assert_eq!(put("people.csv", "user,name\n").1, "workflows/directory/people.csv");
        assert_eq!(put("seal.yaml", "title: 印鑑\nsteps: []\n").1, "workflows/parts/seal.yaml");
        assert_eq!(
            put("daily.yaml", "id: x\ndo: waiting_list\n").1,
            "workflows/schedules/daily.yaml"
        );
        assert_eq!(
            put("payables.yaml", "title: 支払\ncolumns:\n  amount: 金額\n"),
            (ProposalKind::Profile, "workflows/profiles/payables.yaml".to_owned(), None)
        );
        assert_eq!(put("customers.yaml", "routes: {}\n").1, "workflows/channels/customers.yaml");
        assert_eq!(put("bank_jp.csv", "").0, ProposalKind::Calendar);
    }

    #[test]
    fn a_file_of_requests_is_no_rule() {
        assert!(is_rule_name("kengen.csv", &files()));
        assert!(!is_rule_name("12月支払.csv", &files()));
        assert!(is_plain_name("権限表.csv") && is_plain_name("accrual_2026.yaml"));
        for name in ["_errors.yaml", ".yaml", "a b.yaml", "a.b.yaml"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
