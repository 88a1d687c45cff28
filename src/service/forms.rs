//! Forms to sign, filled in from what a request says and what the register knows of its claim.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    Account, AssignmentRestriction, CaseId, Claim, Customers, Date, Party, RecordNumber,
    RecordRequest, RequestKind, UserNumber, Yen,
};
use crate::formats::StoredRow;
use crate::ports::{FileRecord, Parcel, RowAnswer};
use crate::render::view::{Filled, FormParty, FormView};
use crate::render::{names, pdf};
use crate::workflow::RowSet;

use super::answers::{Answer, AnswerError, folder_of};
use super::result_rows::row_view;
use super::{Desk, Rulebook};

/// The most forms beside one slip; the others are made by `kessai form`.
const FORMS_MAX: usize = 20;

/// Why a form cannot be filled in.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The case is not known.
    #[error("{0} is not known")]
    Unknown(CaseId),
    /// The case has several lines, or not the one that was named.
    #[error("name one of the lines of {case}: {lines}")]
    Line {
        /// The case.
        case: CaseId,
        /// Its lines.
        lines: RowSet,
    },
    /// The kept rows cannot be read.
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

impl Desk {
    /// What the form of a kind is filled in with from a line of a case, and from the register as
    /// it is now. The line may be left out where there is only one; its own kind may be another.
    pub fn filled_form(
        &self,
        kind: RequestKind,
        id: CaseId,
        line: Option<u32>,
    ) -> Result<Filled, FormError> {
        let unknown = || FormError::Unknown(id);
        let case = self.store.case(id).ok_or_else(unknown)?;
        let file = self.store.file(case.file.receipt).ok_or_else(unknown)?;
        let rows = self.case_rows(&file, &case, usize::MAX)?;
        let row = match (line, rows.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(line), rows) => rows.iter().find(|row| row.record == line),
        };
        let lines = || RowSet::of(rows.iter().map(|row| row.record));
        let row = row.ok_or_else(|| FormError::Line { case: id, lines: lines() })?;
        let recorded = match self.store.result_of(id, row.record).map(|line| line.answer) {
            Some(RowAnswer::Recorded(number)) => number,
            Some(RowAnswer::Errored { .. }) | None => None,
        };
        // The form of the request itself names the claim as the request did.
        let recorded = recorded.filter(|_| row.request.kind != kind);
        let number = recorded.or(row.request.record_number);
        let claim = number.and_then(|number| self.store.claim(number));
        let about = About {
            kind,
            file: &file,
            request: &row.request,
            number,
            claim: claim.as_ref().map(|record| &record.claim),
            customers: self.store.customers(),
        };
        Ok(about.filled(&self.rulebook(), id, row.record))
    }

    /// The forms a branch has signed for the requests of a file. Filled in from the file alone, so
    /// that they stay the same.
    pub(super) fn forms_of(&self, file: &FileRecord) -> Answer<Vec<Parcel>> {
        let rules = self.rulebook();
        let mut parcels = Vec::new();
        for (case, row) in self.on_paper(file)? {
            let (kind, number) = (row.request.kind, row.request.record_number);
            let Some(form) = rules.answers.forms.get(kind) else { continue };
            let (request, customers) = (&row.request, self.store.customers());
            let about = About { kind, file, request, number, claim: None, customers };
            let view = FormView {
                desk: rules.answers.desk.clone(),
                kind,
                made: file.received_at,
                filled: about.filled(&rules, case, row.record),
            };
            let bytes = pdf::form(&view, form, &rules.answers.words)?.bytes;
            parcels.push(Parcel::new(form_path(file, case, row.record), bytes));
        }
        Ok(parcels)
    }

    /// Where they lie, for the mail that tells of them.
    pub(super) fn form_paths(&self, file: &FileRecord) -> Answer<Vec<String>> {
        let rows = self.on_paper(file)?.into_iter();
        Ok(rows.map(|(case, row)| form_path(file, case, row.record)).collect())
    }

    /// The requests of a file that are signed on paper, with their cases.
    fn on_paper(&self, file: &FileRecord) -> Answer<Vec<(CaseId, StoredRow)>> {
        let mut kinds = file.flows.iter().flat_map(|flow| &flow.kinds);
        let any = kinds.any(|kind| is_on_paper(file, *kind));
        let Some(digest) = file.record_file.filter(|_| any) else { return Ok(Vec::new()) };
        let rows = self.record_file(digest)?;
        let mut found = Vec::new();
        for row in rows.rows() {
            let row = row?;
            let case = row_view(file, row.clone()).case;
            if let Some(case) = case.filter(|_| is_on_paper(file, row.request.kind)) {
                found.push((case, row));
            }
            if found.len() == FORMS_MAX {
                break;
            }
        }
        Ok(found)
    }
}

/// Whether a request is signed on paper: a change that a branch keys, and what goes to another
/// institution.
fn is_on_paper(file: &FileRecord, kind: RequestKind) -> bool {
    match kind {
        RequestKind::Change => file.submitter.channel == "branches",
        kind => kind == RequestKind::InstitutionTransfer,
    }
}

fn form_path(file: &FileRecord, case: CaseId, line: u32) -> String {
    folder_of(file) + &names::form_pdf(case, line)
}

/// What a form is about.
struct About<'a> {
    kind: RequestKind,
    /// The file of the request.
    file: &'a FileRecord,
    request: &'a RecordRequest,
    /// The claim's number.
    number: Option<RecordNumber>,
    /// The claim, where it is looked up.
    claim: Option<&'a Claim>,
    customers: Arc<Customers>,
}

impl About<'_> {
    fn filled(&self, rules: &Rulebook, case: CaseId, line: u32) -> Filled {
        let mut texts = Texts { rules, values: BTreeMap::new() };
        texts.put("case", case.to_string());
        texts.put("line", line.to_string());
        texts.put("record_number", self.number.map(|number| number.to_string()));
        self.terms(&mut texts);
        self.wishes(&mut texts);
        let requester = self.request.requester;
        texts.party("requester", requester, self.name(requester.user_number));
        let fees = self.customers.get(requester.user_number).and_then(|one| one.fee_account);
        texts.put("fee_account", fees.map(|account| texts.account(account)));
        if let Some((debtor, creditor)) = self.sides() {
            texts.party("debtor", debtor, self.name(debtor.user_number));
            texts.party("creditor", creditor, self.name(creditor.user_number));
        }
        Filled { values: texts.values, parties: self.signers(rules) }
    }

    /// What the claim is now.
    fn terms(&self, texts: &mut Texts<'_>) {
        let request = self.request;
        // Of other kinds the amount and the day are what is asked for, not what is.
        let makes_it =
            request.kind.is_accrual() || request.kind == RequestKind::InstitutionTransfer;
        let asked = makes_it.then_some(request);
        let amount = self.claim.map(|claim| claim.amount);
        let due = self.claim.map(|claim| claim.due);
        texts.amount("amount", amount.or_else(|| asked?.amount));
        texts.date("due_date", due.or_else(|| asked?.due_date));
    }

    /// What is asked for by the form; nothing where the line asks for something else.
    fn wishes(&self, texts: &mut Texts<'_>) {
        let request = self.request;
        let asked = request.kind == self.kind;
        if self.kind == RequestKind::Disclosure {
            texts.tick("tick_one", self.number);
            texts.tick("tick_all", self.number.is_none().then_some(()).filter(|()| asked));
        }
        if !asked {
            return;
        }
        texts.date("record_date", Some(request.record_date));
        texts.put("comment", request.comment.clone());
        if self.kind == RequestKind::Change {
            texts.amount("new_amount", request.amount);
            texts.date("new_due_date", request.due_date);
            let restricted = request.assignment_restricted.told();
            let word = restricted.map(|restricted| match restricted {
                AssignmentRestriction::Restricted => "form.restricted",
                AssignmentRestriction::Free | AssignmentRestriction::AsIs => "form.free",
            });
            texts.put("new_restriction", word.map(|key| texts.word(key)));
            texts.tick("tick_amount", request.amount);
            texts.tick("tick_due_date", request.due_date);
            texts.tick("tick_restriction", restricted);
        }
    }

    /// Debtor and creditor, where they are known.
    fn sides(&self) -> Option<(Party, Party)> {
        let (own, other) = (self.request.requester, self.request.counterparty);
        match (self.claim, self.request.kind) {
            (Some(claim), _) => Some((claim.debtor, claim.creditor)),
            (None, RequestKind::AccrualDebtor) => Some((own, other)),
            (None, RequestKind::AccrualCreditor | RequestKind::InstitutionTransfer) => {
                Some((other, own))
            }
            (None, _) => None,
        }
    }

    /// Whoever must sign, as far as it is known.
    fn signers(&self, rules: &Rulebook) -> Vec<FormParty> {
        let party = |role: &str, user: UserNumber| FormParty {
            role: rules.answers.words.get(role).to_owned(),
            number: user.to_string(),
            name: self.name(user),
        };
        let Some((debtor, creditor)) = self.sides() else {
            let other = self.request.other_side();
            let other = other.map(|other| party("form.counterparty", other.user_number));
            let own = party("form.requester", self.request.requester.user_number);
            return std::iter::once(own).chain(other).collect();
        };
        let guarantors = self.claim.into_iter().flat_map(|claim| &claim.guarantors);
        [("form.creditor", creditor), ("form.debtor", debtor)]
            .map(|(role, one)| party(role, one.user_number))
            .into_iter()
            .chain(guarantors.map(|user| party("form.guarantor", *user)))
            .collect()
    }

    /// A name as the register of customers, the list of submitters or the request has it.
    fn name(&self, user: UserNumber) -> String {
        let request = self.request;
        let submitter = &self.file.submitter;
        match self.customers.get(user) {
            Some(customer) => customer.name.clone(),
            None if submitter.folder == user.as_str() => submitter.name.clone(),
            None if request.other_side().is_some_and(|other| other.user_number == user) => {
                request.counterparty_name_kana.clone()
            }
            None => String::new(),
        }
    }
}

/// The texts of a form, in the bank's words.
struct Texts<'r> {
    rules: &'r Rulebook,
    values: BTreeMap<String, String>,
}

impl Texts<'_> {
    fn word(&self, key: &str) -> String {
        self.rules.answers.words.get(key).to_owned()
    }

    /// What is empty stays blank.
    fn put(&mut self, name: &str, text: impl Into<Option<String>>) {
        if let Some(text) = text.into().filter(|text| !text.is_empty()) {
            self.values.insert(name.to_owned(), text);
        }
    }

    /// Ticks a box where there is something of it.
    fn tick<T>(&mut self, name: &str, of: Option<T>) {
        self.put(name, of.map(|_| self.word("form.tick")));
    }

    fn amount(&mut self, name: &str, amount: Option<Yen>) {
        let words = &self.rules.answers.words;
        let yen = amount.map(|yen| words.fill("common.yen", &[("amount", &yen.to_string())]));
        self.put(name, yen);
        self.put(&format!("{name}_daiji"), amount.map(Yen::daiji));
    }

    fn date(&mut self, name: &str, date: Option<Date>) {
        let words = &self.rules.answers.words;
        let text = date.map(|date| {
            words.fill("form.date", &[("wareki", &date.wareki()), ("day", &date.japanese())])
        });
        self.put(name, text);
    }

    fn account(&self, account: Account) -> String {
        let values = [
            ("bank", account.bank.as_str()),
            ("branch", account.branch.as_str()),
            ("kind", account.kind.japanese()),
            ("number", account.number.as_str()),
        ];
        self.rules.answers.words.fill("form.account", &values)
    }

    fn party(&mut self, role: &str, party: Party, name: String) {
        self.put(&format!("{role}_number"), party.user_number.to_string());
        self.put(&format!("{role}_name"), name);
        self.put(&format!("{role}_account"), self.account(party.account));
    }
}
