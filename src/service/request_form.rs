//! Request forms for the FAX: printed for one customer each, and told from any other paper when
//! they come back.

use crate::domain::{FormMark, ReceiptNo, Scan, Submitter, UserNumber};
use crate::ports::KeyingRecord;
use crate::render::view::RequestFormView;

use super::Desk;

/// What the seal of a form is for.
const PURPOSE: &str = "request form";

impl Desk {
    /// A new form for a customer, with a number of its own; none where nobody of this number is in
    /// the register.
    pub fn request_form(&self, customer: UserNumber) -> Option<RequestFormView> {
        let customers = self.store.customers();
        let known = customers.get(customer)?;
        let mut random = [0; 8];
        self.random.fill(&mut random);
        let mark = FormMark::new(customer, u64::from_be_bytes(random));
        let rules = self.rulebook();
        let taken = rules.channels.values().filter(|channel| channel.keying.is_some());
        let kinds = taken.flat_map(|channel| channel.routes.keys().copied()).collect();
        Some(RequestFormView {
            desk: rules.answers.desk.clone(),
            made: self.clock.now(),
            code: mark.text(&self.form_seal(&mark)),
            number: mark.to_string(),
            customer,
            name: known.name.clone(),
            accounts: known.accounts.clone(),
            kinds,
        })
    }

    /// The forms of ours among the codes of a scan, each with its page, from 1; and how many codes
    /// look like one and are not.
    pub(super) fn forms_on(&self, scan: &Scan) -> (Vec<(u32, FormMark)>, u32) {
        let (mut forms, mut false_ones) = (Vec::new(), 0_u32);
        for (number, page) in (1..).zip(&scan.pages) {
            for (mark, check) in page.marks.iter().filter_map(|text| FormMark::read(text)) {
                if FormMark::is_sealed(check, &self.form_seal(&mark)) {
                    forms.push((number, mark));
                } else {
                    false_ones = false_ones.saturating_add(1);
                }
            }
        }
        (forms, false_ones)
    }

    /// The paper on which one of these forms came before, if some of that still counts.
    pub(super) fn came_before(&self, forms: &[(u32, FormMark)]) -> Option<ReceiptNo> {
        let same = |record: &KeyingRecord| {
            let mut known = record.forms.iter().map(|(_, mark)| mark);
            known.any(|mark| forms.iter().any(|(_, form)| form == mark))
        };
        let mut earlier = self.store.keyings(&same).into_iter().rev();
        earlier.find(|record| self.still_counts(record.receipt)).map(|record| record.receipt)
    }

    /// Whether some of a paper waits or was sent on; what was returned may come again.
    fn still_counts(&self, receipt: ReceiptNo) -> bool {
        let Some(file) = self.store.file(receipt) else { return false };
        let Submitter { channel, folder, .. } = &file.submitter;
        let newest = self.store.same_content(channel, folder, file.digest);
        newest.is_some_and(|newest| newest.receipt == receipt)
    }

    fn form_seal(&self, mark: &FormMark) -> [u8; 32] {
        self.secrets.seal(PURPOSE, mark.message().as_bytes())
    }
}
