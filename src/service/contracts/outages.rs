//! Outages that a branch declares: judged, brought into the register, and looked up by whoever
//! takes requests on paper instead.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tracing::info;

use crate::domain::{
    BranchCode, CaseId, Code, Organisation, Outage, Person, Region, Submitter, Timestamp,
    UserNumber,
};
use crate::ports::{Entry, Fate, FileRecord, OutageMove, OutageRecord, StoreError};
use crate::workflow::{Case, OutageRow};

use super::super::proposal::ProposalKind;
use super::super::report::rfc3339;
use super::super::submit::CUSTOMERS;
use super::super::{Desk, Rulebook};
use super::Plan;
use super::judge::{Asked, Findings, finding};

/// How far from the day of the declaration an outage may begin or end: what is further away is
/// mistyped.
const REACH_MS: i64 = 31 * 86_400_000;

/// What is declared, as people approve it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PlannedOutage {
    /// 宣言.
    Declare(Outage),
    /// 終了.
    End {
        /// The case of the declaration.
        declared: String,
        /// The outage as it was declared.
        outage: Outage,
        /// The moment it is over.
        until: Timestamp,
    },
}

/// A declared outage for people and machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutageTold {
    /// Its number: the case in which it was declared.
    pub case: String,
    /// Whom it is about: 全店, branch codes or a user number.
    pub region: String,
    /// Why.
    pub reason: String,
    /// From when on, RFC 3339 in Tokyo time.
    pub from: String,
    /// The moment it is over; none while that is not known.
    pub until: Option<String>,
    /// Whether it is in force now.
    pub in_force: bool,
    /// Who decided on the declaration, by name, in that order.
    pub declared_by: Vec<String>,
    /// When it came into the register.
    pub declared_at: String,
    /// The case in which its end was approved.
    pub end_case: Option<String>,
    /// Who decided on its end.
    pub ended_by: Vec<String>,
    /// The record it was told from.
    #[serde(skip)]
    pub record: OutageRecord,
}

impl Desk {
    /// The outage in force at a moment for a customer, or with none for a branch, that has its
    /// desk at `branch`; of several the one handed in first.
    pub fn outage_for(
        &self,
        customer: Option<UserNumber>,
        branch: BranchCode,
        at: Timestamp,
    ) -> Option<OutageRecord> {
        let directory = &self.rulebook().directory;
        let today = |code: BranchCode| directory.successor_on(code, at.date());
        let region = |region: &Region| match region {
            Region::Branches(all) => Region::Branches(all.iter().map(|one| today(*one)).collect()),
            Region::All | Region::Customer(_) => region.clone(),
        };
        let branch = today(branch);
        self.store
            .outages()
            .into_iter()
            .find(|one| one.outage.holds(at) && region(&one.outage.region).covers(customer, branch))
    }

    /// The sentence that tells a person of the outage in force for them; none where there is none.
    pub fn outage_notice(&self, person: &Person) -> Option<String> {
        match person.organisation {
            Organisation::Branch(code) => self.outage_sentence(None, code),
            Organisation::Customer(user) => self.outage_of(user),
        }
    }

    /// The sentence that tells of the outage in force for a customer; none where there is none.
    pub fn outage_of(&self, user: UserNumber) -> Option<String> {
        self.outage_sentence(Some(user), self.desk_of(user)?)
    }

    /// The same for a customer, or a branch, with its desk.
    pub(in crate::service) fn outage_sentence(
        &self,
        customer: Option<UserNumber>,
        desk: BranchCode,
    ) -> Option<String> {
        let outage = self.outage_for(customer, desk, self.clock.now())?.outage;
        Some(format!(
            "障害のため書面・FAXでお受けしています（{}、{} から。{}）。",
            outage.region.japanese(),
            outage.from.japanese(),
            outage.reason
        ))
    }

    /// The branch that has a customer's desk: by the contract, else by the list of submitters.
    pub(in crate::service) fn desk_of(&self, user: UserNumber) -> Option<BranchCode> {
        let known = self.store.customers().get(user).map(|one| one.desk);
        let listed = || Some(self.rulebook().submitter(CUSTOMERS, user.as_str())?.desk);
        known.or_else(listed)
    }

    /// Every outage that was declared, the newest first.
    pub fn outages(&self) -> Vec<OutageTold> {
        let now = self.clock.now();
        let told = |record: OutageRecord| {
            let by = |case: Option<CaseId>| case.map(|id| self.deciders(id)).unwrap_or_default();
            let end = record.ended.map(|(case, _)| case);
            let outage = &record.outage;
            OutageTold {
                case: record.case.to_string(),
                region: outage.region.written(),
                reason: outage.reason.clone(),
                from: rfc3339(outage.from),
                until: outage.until.map(rfc3339),
                in_force: outage.holds(now),
                declared_by: by(Some(record.case)),
                declared_at: rfc3339(record.at),
                end_case: end.map(|case| case.to_string()),
                ended_by: by(end),
                record,
            }
        };
        self.store.outages().into_iter().rev().map(told).collect()
    }

    /// Who approved a case, by name, in that order.
    fn deciders(&self, case: CaseId) -> Vec<String> {
        let case = self.store.case(case);
        let votes = case.iter().flat_map(|case| case.head.approvals());
        votes.map(|vote| vote.name.clone()).collect()
    }

    /// What a sheet declares, held against the register; errs where it cannot be.
    pub(super) fn outage(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
        row: OutageRow,
    ) -> Result<Asked, Findings> {
        let near = |at: Timestamp| (at.ms() - file.received_at.ms()).abs() <= REACH_MS;
        let far = |column: &str| {
            let ja = "日時が、届出の前後31日の外です。年と月をお確かめください。";
            vec![finding(Code::K08, Some(column), (ja, "more than 31 days away"))]
        };
        let planned = match row {
            OutageRow::Declare(outage) => {
                self.may_declare(rules, &file.submitter, &outage.region)?;
                if !near(outage.from) {
                    return Err(far("from"));
                }
                PlannedOutage::Declare(outage)
            }
            OutageRow::End { declared, until } => {
                let record = self.open_outage(declared)?;
                self.may_declare(rules, &file.submitter, &record.outage.region)?;
                if until <= record.outage.from {
                    let ja = "終了日時が、開始日時より前です。";
                    let en = "it would end before it begins";
                    return Err(vec![finding(Code::K08, Some("until"), (ja, en))]);
                }
                if !near(until) {
                    return Err(far("until"));
                }
                PlannedOutage::End { declared: declared.to_string(), outage: record.outage, until }
            }
        };
        let place = format!("{} {}", planned.word(), planned.outage().region.japanese());
        let proof = vec![planned.proof()];
        let plan = Plan { outage: Some(planned), ..Plan::empty() };
        Ok(Asked { kind: ProposalKind::Outage, place, plan, proof })
    }

    /// An outage whose end is not declared yet.
    fn open_outage(&self, declared: CaseId) -> Result<OutageRecord, Findings> {
        let known = self.store.outages().into_iter().find(|one| one.case == declared);
        known.filter(|one| one.ended.is_none()).ok_or_else(|| {
            let ja = format!("申請番号 {declared} の障害の宣言はないか、すでに終わっています。");
            let en = format!("no outage that goes on was declared in {declared}");
            vec![finding(Code::K08, Some("declared_in"), (&ja, &en))]
        })
    }

    /// A branch declares for itself and its customers; the office, and without one every branch,
    /// for all.
    fn may_declare(
        &self,
        rules: &Rulebook,
        submitter: &Submitter,
        region: &Region,
    ) -> Result<(), Findings> {
        let office = rules.publishing.office;
        let is_office = office.is_none_or(|office| office == submitter.desk);
        let wrong = |ja: &str, en: &str| Err(vec![finding(Code::K08, Some("region"), (ja, en))]);
        let theirs: BTreeSet<BranchCode> = match region {
            Region::All if is_office => return Ok(()),
            Region::All => BTreeSet::new(),
            Region::Branches(all) => {
                if let Some(strange) = all.iter().find(|one| !self.branches().contains(one)) {
                    let ja = format!("店番 {strange} の店はありません。");
                    return wrong(&ja, "there is no such branch");
                }
                all.clone()
            }
            Region::Customer(user) => {
                let Some(desk) = self.desk_of(*user) else {
                    let ja = format!("利用者番号 {user} のお客様はありません。");
                    return wrong(&ja, "there is no such customer");
                };
                BTreeSet::from([desk])
            }
        };
        if is_office || theirs == BTreeSet::from([submitter.desk]) {
            return Ok(());
        }
        let ja = "自店とそのお客様のほかの障害は、本部が宣言します。";
        wrong(ja, "only the office declares for others than its own")
    }

    /// Brings an approved declaration into the register; done again it changes nothing.
    pub(super) fn carry_outage(
        &self,
        case: &Case,
        planned: PlannedOutage,
    ) -> Result<Fate, StoreError> {
        let (id, outages) = (case.head.id, self.store.outages());
        let moved = match planned {
            PlannedOutage::Declare(_) if outages.iter().any(|one| one.case == id) => {
                return Ok(Fate::Delivered);
            }
            PlannedOutage::Declare(outage) => OutageMove::Declared { case: id, outage },
            PlannedOutage::End { declared, until, .. } => {
                let known = outages.iter().find(|one| one.case.to_string() == declared);
                match known.map(|one| (one.case, one.ended)) {
                    Some((_, Some((by, _)))) if by == id => return Ok(Fate::Delivered),
                    Some((declared, None)) => OutageMove::Ended { declared, case: id, until },
                    Some(_) | None => {
                        let why = "承認の間に、この障害の終わりがほかの届出で決まりました。";
                        return Ok(Fate::Never(why.to_owned()));
                    }
                }
            }
        };
        self.commit_entries(self.clock.now(), vec![Entry::Outage(Box::new(moved))])?;
        info!(case = %id, "an outage was declared or ended");
        Ok(Fate::Delivered)
    }
}

impl PlannedOutage {
    const fn outage(&self) -> &Outage {
        match self {
            Self::Declare(outage) | Self::End { outage, .. } => outage,
        }
    }

    /// Whether it is about this customer alone.
    pub(super) fn is_of(&self, customer: UserNumber) -> bool {
        self.outage().region == Region::Customer(customer)
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Declare(_) => "障害の宣言",
            Self::End { .. } => "障害の終了",
        }
    }

    /// What it comes to, in a sentence.
    fn proof(&self) -> String {
        let region = self.outage().region.japanese();
        match self {
            Self::Declare(outage) => format!(
                "{region}のお客様の請求を、{} から書面・FAXでお受けします。終わりは、もう一度の届出で決めます。",
                outage.from.japanese()
            ),
            Self::End { until, .. } => {
                format!("{region}の障害は {} に終わります。", until.japanese())
            }
        }
    }

    /// What was declared before, a line each; nothing for a declaration.
    pub(super) fn before(&self) -> String {
        match self {
            Self::Declare(_) => String::new(),
            Self::End { outage, .. } => lines(outage),
        }
    }

    /// What is to be, a line each.
    pub(super) fn after(&self) -> String {
        match self {
            Self::Declare(outage) => lines(outage),
            Self::End { outage, until, .. } => {
                lines(&Outage { until: Some(*until), ..outage.clone() })
            }
        }
    }
}

fn lines(outage: &Outage) -> String {
    let until = outage.until.map_or_else(|| "未定".to_owned(), Timestamp::japanese);
    format!(
        "範囲: {}\n開始: {}\n終了: {until}\n理由: {}\n",
        outage.region.japanese(),
        outage.from.japanese(),
        outage.reason
    )
}
