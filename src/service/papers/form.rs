//! Request forms for the FAX: printed for one customer each, and told from any other paper when
//! they come back.

use crate::domain::{FormMark, FormSheet, FormSheets, ReceiptNo, Scan, Submitter, UserNumber};
use crate::ports::KeyingRecord;
use crate::render::view::RequestFormView;

use super::Desk;
use super::sheets::OnPages;

/// What the seal of a form is for.
const PURPOSE: &str = "request form";

/// A form of ours that came before, found by the number that is printed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormKnown {
    /// The form.
    pub form: FormMark,
    /// For whom it was printed, as the register names them; empty where it no longer does.
    pub name: String,
    /// The paper it is on, or the call its first sheet came by.
    pub receipt: ReceiptNo,
    /// What became of it so far.
    pub came: FormCame,
}

/// What became so far of a form that came before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormCame {
    /// Some of its sheets wait for others.
    Waits {
        /// How many sheets it has.
        of: u8,
        /// Those that are not there.
        missing: Vec<u8>,
    },
    /// Some of it waits or was sent on.
    Counts,
    /// It was returned or was no request; it may come again.
    Ended,
}

impl Desk {
    /// What is known of the form of a printed number, for a page whose code cannot be read. A form
    /// that did not come yet is not known: its code alone says for whom it was printed.
    pub fn form_known(&self, serial: u64) -> Option<FormKnown> {
        let customers = self.store.customers();
        let known = |form: FormMark, receipt, came| {
            let name = customers.get(form.customer).map(|known| known.name.clone());
            FormKnown { form, name: name.unwrap_or_default(), receipt, came }
        };
        if let Some(one) = self.all_waiting().into_iter().find(|one| one.form.serial == serial) {
            let came = FormCame::Waits { of: one.of, missing: one.missing };
            return Some(known(one.form, one.first.receipt, came));
        }
        let is_it = |mark: &FormMark| mark.serial == serial;
        let has = |record: &KeyingRecord| record.forms.iter().any(|(_, mark)| is_it(mark));
        let (_, form) = self
            .store
            .keyings(&has)
            .into_iter()
            .find_map(|record| record.forms.into_iter().find(|(_, mark)| is_it(mark)))?;
        let counts = self.paper_with(form).map(|receipt| (receipt, FormCame::Counts));
        let ended = || Some((self.papers_with(form).into_iter().next_back()?, FormCame::Ended));
        let (receipt, came) = counts.or_else(ended)?;
        Some(known(form, receipt, came))
    }

    /// A new form of some sheets for a customer, with a number of its own; none where nobody of
    /// this number is in the register.
    pub fn request_form(
        &self,
        customer: UserNumber,
        sheets: FormSheets,
    ) -> Option<RequestFormView> {
        let customers = self.store.customers();
        let known = customers.get(customer)?;
        let mut random = [0; 8];
        self.random.fill(&mut random);
        let mark = FormMark::new(customer, u64::from_be_bytes(random));
        let of = sheets.get();
        let each = (1..=of).map(|sheet| FormSheet { mark, sheet, of });
        let codes = each.map(|sheet| sheet.text(&self.form_seal(&sheet)));
        let rules = self.rulebook();
        let taken = rules.channels.values().filter(|channel| channel.keying.is_some());
        let kinds = taken.flat_map(|channel| channel.routes.keys().copied()).collect();
        Some(RequestFormView {
            desk: rules.answers.desk.clone(),
            made: self.clock.now(),
            codes: codes.collect(),
            number: mark.to_string(),
            customer,
            name: known.name.clone(),
            accounts: known.accounts.clone(),
            kinds,
        })
    }

    /// The sheets of our forms among the codes of a scan, each with its page, from 1; and how many
    /// codes look like one and are not.
    pub(in crate::service) fn sheets_on(&self, scan: &Scan) -> (OnPages, u32) {
        let (mut sheets, mut false_ones) = (OnPages::new(), 0_u32);
        for (number, page) in (1..).zip(&scan.pages) {
            for (sheet, check) in page.marks.iter().filter_map(|text| FormSheet::read(text)) {
                if FormSheet::is_sealed(check, &self.form_seal(&sheet)) {
                    sheets.push((number, sheet));
                } else {
                    false_ones = false_ones.saturating_add(1);
                }
            }
        }
        // A printed task that is none of ours is told on a paper, too.
        let false_tasks = self.tasks_on(scan).false_marks;
        (sheets, false_ones.saturating_add(false_tasks))
    }

    /// Whether some of a paper waits or was sent on; what was returned may come again.
    pub(in crate::service) fn still_counts(&self, receipt: ReceiptNo) -> bool {
        let Some(file) = self.store.file(receipt) else { return false };
        let Submitter { channel, folder, .. } = &file.submitter;
        let newest = self.store.same_content(channel, folder, file.digest);
        newest.is_some_and(|newest| newest.receipt == receipt)
    }

    fn form_seal(&self, sheet: &FormSheet) -> [u8; 32] {
        self.secrets.seal(PURPOSE, sheet.message().as_bytes())
    }
}
