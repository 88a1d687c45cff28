//! What a disclosure (開示) tells: the claims as the register has them when the result comes.
//!
//! It is kept under its digest in the commit that ends the case, because the register moves on and
//! an answer made again must be the same.

use crate::domain::{Customers, RecordNumber, RequestKind, Timestamp, UserNumber};
use crate::ports::{
    ClaimFilter, ClaimRecord, ClaimStep, ClaimVerb, Entry, FileRecord, Parcel, RowAnswer,
    StoreError,
};
use crate::render::disclosure::{Disclosed, DisclosedClaim, DisclosedLine, DisclosureView, Holder};
use crate::render::results::write_disclosure;
use crate::render::{names, pdf};
use crate::workflow::{Case, Effect, EffectKind, EffectScope};

use super::answers::{Answer, AnswerError, flow_of, folder_of};
use super::{Desk, Rulebook};

impl Desk {
    /// What a case that ends as recorded owes because it asked for a disclosure; nothing where it
    /// did not. `entries` are what is committed with it.
    pub(super) fn disclose(
        &self,
        case: &Case,
        entries: &[Entry],
        at: Timestamp,
    ) -> Result<Option<Entry>, StoreError> {
        let file = self.store.file(case.file.receipt);
        let Some(file) = file.filter(|file| asks_for_it(file, case)) else { return Ok(None) };
        let Ok(rows) = self.case_rows(&file, case, usize::MAX) else { return Ok(None) };
        let (answered, rules) = (self.numbers(case, entries), self.rulebook());
        let customers = self.store.customers();
        let lines = rows
            .iter()
            .filter(|row| row.request.kind == RequestKind::Disclosure)
            .filter(|row| answered.contains_key(&row.record))
            .map(|row| {
                let (asked, by) = (row.request.record_number, row.request.requester.user_number);
                let claims = self.claims_of(by, asked);
                let claims =
                    claims.iter().map(|record| disclosed((&rules, &customers), record)).collect();
                DisclosedLine { record: row.record, asked, claims }
            });
        let disclosed = Disclosed { at, lines: lines.collect() };
        if disclosed.lines.is_empty() {
            return Ok(None);
        }
        let json = serde_json::to_vec(&disclosed);
        let json = json.map_err(|failed| StoreError::Poisoned(failed.to_string()))?;
        let kind = EffectKind::Disclosure { content: self.keep(&json)? };
        Ok(Some(Entry::Owed(vec![Effect { scope: EffectScope::Case(case.head.id), kind, at }])))
    }

    /// The claim that is asked about, or all of the requester's. Who has no part in a claim any
    /// more is told nothing of it: what became of it since is the business of others.
    fn claims_of(&self, by: UserNumber, asked: Option<RecordNumber>) -> Vec<ClaimRecord> {
        let Some(number) = asked else {
            let filter = ClaimFilter { party: Some(by), ..ClaimFilter::default() };
            return self.store.claims(&filter, None, usize::MAX);
        };
        let claim = self.store.claim(number).into_iter();
        claim.filter(|record| record.claim.has(by)).collect()
    }

    /// Whether the result of a case came with a disclosure.
    pub(super) fn is_disclosed(&self, file: &FileRecord, case: &Case) -> bool {
        let recorded = |answer: &RowAnswer| matches!(answer, RowAnswer::Recorded(_));
        asks_for_it(file, case)
            && self.store.results_of(case.head.id).iter().any(|line| recorded(&line.answer))
    }

    /// `…_disclosure.csv` and its paper, out of what was kept.
    pub(super) fn disclosure(
        &self,
        file: &FileRecord,
        case: &Case,
        content: crate::domain::Digest,
    ) -> Answer<Vec<Parcel>> {
        let kept = self.blobs.open(content)?.read_all()?;
        let unknown = |_| AnswerError::Unknown(content.to_string());
        let disclosed = serde_json::from_slice(&kept).map_err(unknown)?;
        let rules = self.rulebook();
        let view = DisclosureView {
            desk: rules.answers.desk.clone(),
            file: self.file_view(file),
            case: case.head.id,
            content,
            disclosed,
        };
        let (words, encoding) = (&rules.answers.words, file.submitter.encoding);
        let mut csv = Vec::new();
        write_disclosure(&mut csv, &view, encoding, words)?;
        let paper = pdf::disclosure(&view, words)?.bytes;
        let named = |name: String, bytes| Parcel::new(folder_of(file) + &name, bytes);
        Ok(vec![
            named(names::disclosure_pdf(case.head.id), paper),
            named(names::disclosure_csv(case.head.id), csv),
        ])
    }
}

/// Whether a case asks for disclosures at all, told without reading its lines.
fn asks_for_it(file: &FileRecord, case: &Case) -> bool {
    flow_of(file, case.head.id).is_some_and(|flow| flow.kinds.contains(&RequestKind::Disclosure))
}

fn disclosed((rules, customers): (&Rulebook, &Customers), record: &ClaimRecord) -> DisclosedClaim {
    let holder = |user: UserNumber| {
        let name = customers.get(user).map(|customer| customer.name.clone());
        Holder { user, name: name.unwrap_or_default() }
    };
    let claim = &record.claim;
    DisclosedClaim {
        number: claim.number,
        parent: claim.parent,
        state: claim.state,
        debtor: holder(claim.debtor.user_number),
        creditor: holder(claim.creditor.user_number),
        amount: claim.amount,
        due: claim.due,
        recorded: claim.recorded,
        restricted: claim.restricted,
        guarantors: claim.guarantors.iter().copied().map(holder).collect(),
        history: record.history.iter().map(|step| step_line(rules, step)).collect(),
    }
}

/// `2026年12月3日 分割譲渡（一部を譲渡） 98…017 1,000 円 債権者 123456789`.
fn step_line(rules: &Rulebook, step: &ClaimStep) -> String {
    let words = &rules.answers.words;
    let role = if step.verb == ClaimVerb::Guaranteed { "form.guarantor" } else { "form.creditor" };
    let with = step.with.map(|number| format!(" {number}")).unwrap_or_default();
    words.fill(
        "disclosure.step",
        &[
            ("day", &step.at.date().japanese()),
            ("what", step.verb.japanese()),
            ("with", &with),
            ("amount", &step.amount.to_string()),
            ("role", words.get(role)),
            ("to", step.to.as_str()),
        ],
    )
}
