//! The FAX返信票: what became of a paper, for the branch to send back by FAX.

use crate::domain::{KeyingStage, UserNumber};
use crate::ports::{FileRecord, FileVerdict, KeyingRecord, Parcel};
use crate::render::view::{FaxOutcome, FaxReplyView, RowView};
use crate::render::{names, pdf};

use super::super::answers::{Answer, folder_of};
use super::Desk;

impl Desk {
    /// The answer to a paper that was keyed in; none for other files, and for what is no request.
    pub(in crate::service) fn fax_reply(&self, file: &FileRecord) -> Answer<Option<Parcel>> {
        let record = file.paper.as_ref().and_then(|_| self.store.keying(file.receipt));
        // Of what is no request nobody is told, nor of a call whose pages are answered elsewhere.
        let is_answered = |record: &KeyingRecord| match record.stage {
            KeyingStage::Settled => true,
            KeyingStage::Closed => file.verdict == FileVerdict::Rejected,
            _ => false,
        };
        let Some(record) = record.filter(is_answered) else { return Ok(None) };
        let rules = self.rulebook();
        let rows: Vec<RowView> = self.rows_of(file)?;
        let form = record.forms.first().map(|(_, mark)| mark);
        let mut requests = rows.iter().filter_map(|row| row.request.as_ref());
        let requester = requests.next().map(|request| request.requester.user_number);
        let to = form.map(|mark| mark.customer).or(requester);
        let view = FaxReplyView {
            desk: rules.answers.desk.clone(),
            file: self.file_view(file),
            form: form.map(ToString::to_string),
            to: self.customer_name(to, file),
            rows,
            findings: self.findings(file)?,
            outcome: match file.verdict {
                FileVerdict::Held { .. } => FaxOutcome::Held,
                _ if file.accepted > 0 => FaxOutcome::Taken,
                _ => FaxOutcome::Refused,
            },
        };
        let path = folder_of(file) + &names::fax_reply_pdf(file.receipt, &file.name);
        let bytes = pdf::fax_reply(&view, &rules.answers.words)?.bytes;
        Ok(Some(Parcel::new(path, bytes)))
    }

    /// A customer as the register names them; the branch stands in for whoever is not in it.
    fn customer_name(&self, user: Option<UserNumber>, file: &FileRecord) -> String {
        let customers = self.store.customers();
        let known = user.and_then(|user| customers.get(user));
        known.map_or_else(|| file.submitter.name.clone(), |customer| customer.name.clone())
    }
}
