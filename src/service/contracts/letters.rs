//! What customers are told of their contracts: the welcome letter and the mails.

use crate::domain::fees::debit_day;
use crate::domain::{CaseId, UserNumber};
use crate::ports::{ContractStep, ContractVerb, FileRecord, Parcel};
use crate::render::mail::{Kind, Letter};
use crate::render::names;
use crate::render::pdf;
use crate::render::view::WelcomeView;
use crate::workflow::{Addressed, Effect, EffectKind};

use super::super::Desk;
use super::super::answers::{AnswerError, folder_of};
use super::texts::{differences, without_numbers};

type Answer<T> = Result<T, AnswerError>;

impl Desk {
    /// What a case did to a customer's contract, and the contract before it.
    fn step_of(
        &self,
        case: CaseId,
        customer: UserNumber,
    ) -> Answer<(ContractStep, Option<ContractStep>)> {
        let history = self.store.contract_history(customer);
        let at = history.iter().position(|step| step.case == Some(case));
        let step = at.and_then(|at| history.get(at)).cloned();
        let before = at.and_then(|at| history.get(at.checked_sub(1)?)).cloned();
        let step = step.ok_or_else(|| AnswerError::Unknown(format!("{case} {customer}")))?;
        Ok((step, before))
    }

    /// ご案内状: the paper a branch hands to a new customer.
    pub(in crate::service) fn welcome(
        &self,
        file: &FileRecord,
        (case, customer): (CaseId, UserNumber),
    ) -> Answer<Vec<Parcel>> {
        let (step, _) = self.step_of(case, customer)?;
        let rules = self.rulebook();
        let view = WelcomeView {
            desk: rules.answers.desk.clone(),
            case,
            made: step.at,
            first_debit: debit_day(self.first_billed(&step.customer), &rules.calendar),
            customer: step.customer,
        };
        let bytes = pdf::welcome(&view, &rules.answers.words)?.bytes;
        let path = folder_of(file) + &names::welcome_pdf(case);
        Ok(vec![Parcel::new(path, bytes)])
    }

    /// The mail that tells a customer what became of the contract.
    pub(in crate::service) fn contract_letter(
        &self,
        effect: &Effect,
        (case, customer): (CaseId, UserNumber),
    ) -> Answer<Letter> {
        let EffectKind::ContractNotice { to, .. } = effect.kind else {
            return Err(AnswerError::Unknown(effect.id().to_string()));
        };
        let (step, before) = self.step_of(case, customer)?;
        let mut letter = self.plain(effect, Kind::ContractNotice);
        let address = match (to, &before) {
            (Addressed::Former, Some(before)) => &before.customer.email,
            (Addressed::Present | Addressed::Former, _) => &step.customer.email,
        };
        (letter.to_name, letter.to_address) = (step.customer.name.clone(), address.clone());
        letter.case = Some(case);
        step.verb.japanese().clone_into(&mut letter.seat);
        // A new contract of somebody who had one before is told whole.
        let before = before.filter(|_| step.verb != ContractVerb::Opened);
        let facts = if let Some(before) = before {
            differences(&before.customer, &step.customer)
        } else {
            let first = self.first_billed(&step.customer);
            let first = debit_day(first, &self.rulebook().calendar);
            vec![
                format!("利用者番号: {customer}"),
                format!("契約: {}", step.customer.contract.japanese()),
                format!("手数料の第1回目の引落し: {}", first.japanese()),
            ]
        };
        letter.reason = without_numbers(&facts.join("\n"));
        Ok(letter)
    }
}
