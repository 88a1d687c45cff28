//! Lists of claims that were recorded before there was a register.

use tracing::info;

use crate::domain::{Claim, Code, YenTotal};
use crate::ports::{Entry, Fate, ListedClaims, StoreError};
use crate::workflow::Case;

use super::super::Desk;
use super::super::proposal::ProposalKind;
use super::judge::{Asked, Findings, finding};
use super::{Plan, texts};

/// Claims in one commit: a list of any length is small frames of the journal.
const SLICE: usize = 500;

impl Desk {
    /// What a list of claims adds to the register; what is in it already stays as it is.
    pub(super) fn claim_list(&self, name: &str, all: Vec<Claim>) -> Result<Asked, Findings> {
        let count = all.len();
        let known = |claim: &Claim| self.store.claim(claim.number).is_some();
        let claims: Vec<Claim> = all.into_iter().filter(|claim| !known(claim)).collect();
        if claims.is_empty() {
            let ja = "どの記録番号も台帳にあります。台帳にない債権だけを書いてください。";
            return Err(vec![finding(Code::K06, None, (ja, "the register has all of them"))]);
        }
        let total = claims.iter().map(|claim| claim.amount.get()).fold(0, u64::saturating_add);
        let same = count.saturating_sub(claims.len());
        let proof = vec![
            format!(
                "台帳に加わる債権 {}件 {}円、すでに台帳にある債権 {same}件です。",
                claims.len(),
                YenTotal::new(total)
            ),
            "すでに台帳にある債権は、今のままです。".to_owned(),
        ];
        let plan = Plan { claims, ..Plan::empty() };
        Ok(Asked { kind: ProposalKind::Claims, place: name.to_owned(), plan, proof })
    }

    /// Brings approved claims into the register; done again it changes nothing.
    pub(super) fn list_claims(&self, case: &Case, claims: &[Claim]) -> Result<Fate, StoreError> {
        let id = case.head.id;
        for slice in claims.chunks(SLICE) {
            let listed = ListedClaims { case: id, claims: slice.to_vec() };
            let entry = Entry::ListedClaims(Box::new(listed));
            self.commit_entries(self.clock.now(), vec![entry])?;
        }
        info!(case = %id, n_rows = claims.len(), "a list of claims was loaded");
        Ok(Fate::Delivered)
    }
}

/// A claim in one line, for pages and papers.
pub(super) fn line(claim: &Claim) -> String {
    let party =
        |party: &crate::domain::Party| format!("{} {}", party.user_number, party.account.written());
    let amount = YenTotal::new(claim.amount.get());
    format!(
        "{} {amount}円 支払期日 {}｜債務者 {}｜債権者 {}{}\n",
        claim.number,
        claim.due,
        party(&claim.debtor),
        party(&claim.creditor),
        texts::guarantors(&claim.guarantors)
    )
}
