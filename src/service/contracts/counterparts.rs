//! Counterparties of customers: out of a 総合振込 file, or a list of them that was edited.

use std::collections::BTreeMap;

use crate::domain::{Code, Counterpart, Customer, Customers, Date, Finding, UserNumber};
use crate::formats::layout::PlacedFinding;
use crate::formats::zengin::transfer::{
    CounterpartyFile, read_counterparties, write_counterparties,
};
use crate::formats::zengin::{Client, MonthDay, Newline};

use super::super::proposal::ProposalKind;
use super::super::{Desk, Rulebook};
use super::judge::{Asked, Findings, finding, nothing_new};
use super::texts::{counterpart_change, title};
use super::{Plan, Planned};

/// What a 総合振込 file says of the customer whose account stands in its header.
pub(super) fn of_transfer(
    rules: &Rulebook,
    bytes: &[u8],
    (customers, today): (&Customers, Date),
) -> Result<Asked, Findings> {
    let file = read_counterparties(bytes, &rules.transfers)
        .map_err(|found| found.into_iter().map(placed).collect::<Findings>())?;
    let CounterpartyFile { client, counterparties, warnings } = file;
    let Some(owner) = customers.holders(today).get(&client.account).copied() else {
        let account = client.account.masked();
        let ja = format!(
            "1件目（ヘッダー）: 口座 {account} は、契約が続いているどのお客様の口座でもありません。\
             依頼人の口座を確かめてください。"
        );
        let en = format!("record 1: {account} is no account of a customer whose contract runs");
        return Err(vec![Finding {
            record: 1,
            value: account,
            ..finding(Code::K04, None, (&ja, &en))
        }]);
    };
    let all = BTreeMap::from([(owner.user, Counterpart::list(counterparties))]);
    let mut asked = of_list(&owner.name, all, (customers, today))?;
    asked.proof.extend(warnings.iter().map(PlacedFinding::japanese));
    Ok(asked)
}

impl Desk {
    /// A customer's counterparties as a 総合振込 file with amounts of zero, for programs that pay:
    /// what `of_transfer` reads. None where they have none; errs with what it has no place for.
    pub fn counterparts_file(
        &self,
        customer: &Customer,
    ) -> Option<Result<Vec<u8>, Vec<PlacedFinding>>> {
        let account = customer.accounts.first().filter(|_| !customer.counterparts.is_empty())?;
        let client = Client {
            // What the customer's bank calls them is not known here: their program fills it in.
            code: "0".to_owned(),
            name: customer.kana.clone(),
            day: MonthDay::of(self.clock.now().date()),
            account: *account,
        };
        let layout = &self.rulebook().transfers;
        Some(write_counterparties(&client, &customer.counterparts, layout, Newline::None))
    }
}

/// What a list changes; `name` is what it is called where it is about several customers.
pub(super) fn of_list(
    name: &str,
    all: BTreeMap<UserNumber, Vec<Counterpart>>,
    (customers, today): (&Customers, Date),
) -> Result<Asked, Findings> {
    let (mut entries, mut proof) = (Vec::new(), Vec::new());
    let holders = customers.holders(today);
    for (user, counterparts) in all {
        let Some(before) = customers.get(user).filter(|one| one.counterparts != counterparts)
        else {
            continue;
        };
        let known = counterparts.iter().filter(|one| holders.contains_key(&one.account)).count();
        let after = Customer { counterparts, ..before.clone() };
        let change = counterpart_change(before, &after).unwrap_or_default();
        let after = after.numbered(Some(user));
        proof.push(format!(
            "{}の{change}。利用者番号が台帳で分かる取引先は{known}件です。",
            title(&after)
        ));
        entries.push(Planned { before: Some(before.clone()), after });
    }
    let place = match entries.as_slice() {
        [] => return Err(nothing_new()),
        [one] => title(&one.after),
        _ => name.to_owned(),
    };
    proof.push("金額は取り込みません。今の取引先は、この一覧に置き換わります。".to_owned());
    Ok(Asked {
        kind: ProposalKind::Counterparts,
        place,
        plan: Plan { entries, ..Plan::empty() },
        proof,
    })
}

fn placed(found: PlacedFinding) -> Finding {
    let ja = found.japanese();
    let PlacedFinding { record, severity, en, .. } = found;
    Finding { record, severity, ..finding(Code::K06, None, (&ja, &en)) }
}
