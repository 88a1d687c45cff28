//! What becomes of claims when they fell due: the institution tells it in files of its own, some a
//! day late, some twice, some with rows nobody may take.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::super::super::outcome::Error;
use super::institution::FOLDER;
use super::ledger::OwnState;
use super::{Year, nth};
use crate::domain::{Date, ReceiptNo};
use crate::ports::FileVerdict;

const HEADING: &str = "記録番号,決済\r\n";

/// A claim no register knows.
const NOBODYS: &str = "C9999999900000000000";

/// How many claims were settled and how many were not.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Settlements {
    pub(super) paid: u64,
    pub(super) defaulted: u64,
    /// Of those that were not, the ones paid later from account to account.
    pub(super) late: u64,
}

/// A row of a file of settlements.
struct Told {
    number: String,
    is_paid: bool,
}

impl Year {
    /// The evening's file of settlements; what is left out today is in the next one.
    pub(super) fn institution_settles(&mut self, day: Date) -> Result<(), Error> {
        if self.chance.in_thousand(100) {
            return Ok(());
        }
        let told = self.fallen_due(day);
        let strange = self.chance.in_thousand(100).then(|| self.strange_rows(day));
        let mut text = HEADING.to_owned();
        for Told { number, is_paid } in &told {
            write!(text, "{number},{}\r\n", if *is_paid { "済" } else { "支払不能" }).ok();
        }
        text.push_str(&strange.unwrap_or_default());
        if text == HEADING {
            return Ok(());
        }
        let file = self.take_in(FOLDER, "kessai.csv", &text)?;
        if u64::from(file.accepted) != nth(told.len()) {
            let what = format!("{} of {} settlements were taken", file.accepted, told.len());
            self.fault(&format!("file {}: {what}\n{text}", file.receipt));
        }
        self.settle(file.receipt, &told);
        for (name, text) in [("kessai2.csv", text.clone()), ("kessai3.csv", text + "\r\n")] {
            if self.chance.in_thousand(80) {
                let again = self.take_in(FOLDER, name, &text)?;
                if again.accepted > 0 || again.verdict == FileVerdict::Accepted {
                    let what = format!("{} settlements were taken twice", again.accepted);
                    self.fault(&format!("file {}: {what}", again.receipt));
                }
            }
        }
        Ok(())
    }

    /// What became of each claim that fell due; some that were not paid are paid later.
    fn fallen_due(&mut self, day: Date) -> Vec<Told> {
        let mut told = Vec::new();
        for (number, claim) in &self.ledger.claims {
            let is_paid = match claim.state {
                OwnState::Open if self.calendar.next_open(claim.due) <= day => {
                    !self.chance.in_thousand(80)
                }
                OwnState::Defaulted if self.chance.in_thousand(30) => true,
                OwnState::Open | OwnState::Defaulted | OwnState::Paid | OwnState::Cancelled => {
                    continue;
                }
            };
            told.push(Told { number: number.clone(), is_paid });
        }
        told
    }

    /// Rows that may not be taken: a claim nobody knows, and one that is not due yet.
    fn strange_rows(&mut self, day: Date) -> String {
        let mut text = format!("{NOBODYS},済\r\n");
        let claims = self.ledger.claims.iter();
        let early = claims.filter(|(_, claim)| claim.due > day);
        let early: Vec<String> = early.map(|(number, _)| number.clone()).collect();
        if let Some(number) = self.chance.one(&early) {
            write!(text, "{number},支払不能\r\n").ok();
        }
        text
    }

    /// What was told holds; the debtor is told of it, the creditor of what was not paid.
    fn settle(&mut self, receipt: ReceiptNo, told: &[Told]) {
        let mut concerned = BTreeSet::new();
        for Told { number, is_paid } in told {
            let Some(claim) = self.ledger.claims.get(number) else { continue };
            let is_late = claim.state == OwnState::Defaulted;
            concerned.insert(claim.debtor.user.clone());
            if !is_paid {
                concerned.insert(claim.creditor.user.clone());
            }
            self.ledger.settle(number, *is_paid);
            self.settlements.paid += u64::from(*is_paid && !is_late);
            self.settlements.late += u64::from(is_late);
            self.settlements.defaulted += u64::from(!is_paid);
        }
        let here = self.town.customers.iter().filter(|one| concerned.contains(&one.who.user));
        let here: Vec<_> = here.map(|one| (one.who.user.clone(), one.email.clone())).collect();
        for (user, email) in here {
            self.expect_mail(format!("{receipt}_settled_{user}"), &email);
        }
    }
}
