//! Request forms for the FAX: printed for one customer each, and told from any other paper when
//! they come back.

use crate::domain::{FormMark, FormSheet, FormSheets, ReceiptNo, Scan, Submitter, UserNumber};
use crate::render::view::RequestFormView;

use super::Desk;
use super::sheets::OnPages;

/// What the seal of a form is for.
const PURPOSE: &str = "request form";

impl Desk {
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
