//! The FAX返信票: what became of a paper, for the branch to send back by FAX; first when it is taken
//! in or not, and once more when all of it has ended.

use crate::domain::{FaxName, KeyingStage, UserNumber};
use crate::ports::{FileRecord, FileVerdict, KeyingRecord, Parcel};
use crate::render::reply::{FaxOutcome, FaxReplyView};
use crate::render::results::{FinalOutcome, FinalRow};
use crate::render::view::RowView;
use crate::render::{names, pdf};
use crate::workflow::takes_pictures_alone;

use super::super::answers::{Answer, folder_of};
use super::Desk;

impl Desk {
    /// The answer to a paper that was keyed in, or that came twice; none for other files, and for
    /// what is no request and comes from nobody known.
    pub(in crate::service) fn fax_reply(&self, file: &FileRecord) -> Answer<Option<Parcel>> {
        let Some(record) = self.answered_paper(file) else { return Ok(None) };
        let outcome = match file.verdict {
            FileVerdict::Held { .. } => FaxOutcome::Held,
            _ if file.accepted > 0 => FaxOutcome::Taken,
            _ => FaxOutcome::Refused,
        };
        let path = folder_of(file) + &names::fax_reply_pdf(file.receipt, &file.name);
        self.reply(file, &record, (path, outcome, Vec::new())).map(Some)
    }

    /// What became of the requests of a paper in the end; none for other files.
    pub(in crate::service) fn final_reply(&self, file: &FileRecord) -> Answer<Option<Parcel>> {
        let record = file.paper.as_ref().and_then(|_| self.store.keying(file.receipt));
        let Some(record) = record else { return Ok(None) };
        let ends = self.final_rows(file)?.collect::<std::io::Result<Vec<FinalRow>>>()?;
        // What was not taken in was answered at once.
        let mut taken = ends.iter().filter(|end| end.outcome != FinalOutcome::Refused);
        let good = taken.all(|end| end.outcome.is_good());
        let outcome = if good { FaxOutcome::Done } else { FaxOutcome::Undone };
        let path = folder_of(file) + &names::final_reply_pdf(file.receipt, &file.name);
        self.reply(file, &record, (path, outcome, ends)).map(Some)
    }

    /// The keying of a paper whose customer is to be told what became of it.
    fn answered_paper(&self, file: &FileRecord) -> Option<KeyingRecord> {
        let record = self.store.keying(file.receipt).filter(|record| !record.is_sidecar());
        let Some(record) = record else {
            // The same scan or the same form once more: whose it is was read the first time.
            let FileVerdict::Held { same_as } = file.verdict else { return None };
            let first = self.store.keying(same_as).filter(|record| !record.is_sidecar());
            return first.filter(|_| takes_pictures_alone(&file.submitter.channel));
        };
        let is_answered = match record.stage {
            KeyingStage::Settled => true,
            // Of a call whose pages are answered elsewhere nobody is told.
            KeyingStage::Closed => file.verdict == FileVerdict::Rejected,
            // An advertisement is not answered; what a customer sent and nobody can read is.
            KeyingStage::Refused => self.sent_by(file, &record).is_some(),
            _ => false,
        };
        is_answered.then_some(record)
    }

    /// Which customer a paper is from, by its form, its slip, or the number it was sent from.
    fn sent_by(&self, file: &FileRecord, record: &KeyingRecord) -> Option<UserNumber> {
        let fax = FaxName::read(&file.name);
        let sender = || {
            let customers = self.store.customers();
            customers.iter().find(|one| fax.is_from(&one.phone)).map(|one| one.user)
        };
        self.customer_of(file, record).or_else(sender)
    }

    fn reply(
        &self,
        file: &FileRecord,
        record: &KeyingRecord,
        (path, outcome, ends): (String, FaxOutcome, Vec<FinalRow>),
    ) -> Answer<Parcel> {
        let rules = self.rulebook();
        let rows: Vec<RowView> = self.rows_of(file)?;
        let mut requests = rows.iter().filter_map(|row| row.request.as_ref());
        let requester = requests.next().map(|request| request.requester.user_number);
        let to = self.customer_of(file, record).or(requester);
        let to = to.or_else(|| self.sent_by(file, record));
        let view = FaxReplyView {
            desk: rules.answers.desk.clone(),
            file: self.file_view(file),
            form: record.forms.first().map(|(_, mark)| mark.to_string()),
            to: self.customer_name(to, file),
            rows,
            findings: self.findings(file)?,
            ends,
            outcome,
        };
        let bytes = pdf::fax_reply(&view, &rules.answers.words)?.bytes;
        Ok(Parcel::new(path, bytes))
    }

    /// A customer as the register names them; the branch stands in for whoever is not in it.
    fn customer_name(&self, user: Option<UserNumber>, file: &FileRecord) -> String {
        let customers = self.store.customers();
        let known = user.and_then(|user| customers.get(user));
        known.map_or_else(|| file.submitter.name.clone(), |customer| customer.name.clone())
    }
}
