//! The お知らせ on paper to customers who did not ask: the other side of what was recorded, and the
//! sides of what was settled. The mails that tell the same are in `others` and `settlements`.

use crate::domain::{RecordNumber, RecordRequest, Settled, UserNumber};
use crate::ports::{FileRecord, Parcel};
use crate::render::view::{News, NoticeLine, NoticeView};
use crate::render::{names, pdf};
use crate::workflow::{Effect, EffectScope};

use super::Desk;
use super::answers::{Answer, AnswerError, customer_folder};
use super::settlements::word;

impl Desk {
    /// The お知らせ of a case or of a file of settlements.
    pub(super) fn notice(
        &self,
        file: &FileRecord,
        effect: &Effect,
        customer: UserNumber,
    ) -> Answer<Vec<Parcel>> {
        let (number, news, lines) = match effect.scope {
            EffectScope::Case(id) => {
                let theirs = self.recorded_with(file, &self.case_of(effect)?, customer)?;
                let lines = theirs.iter().map(|(request, number)| self.line(request, *number));
                let news = News::Recorded(file.submitter.name.clone());
                (id.to_string(), news, lines.collect())
            }
            EffectScope::File(_) | EffectScope::Office => {
                let (news, lines) = self.settled_lines(file, customer);
                (file.receipt.to_string(), news, lines)
            }
        };
        let customers = self.store.customers();
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        let rules = self.rulebook();
        let path = customer_folder(customer) + &names::notice_pdf(&number);
        // The number people ask by; the file's name keeps the one of what it tells of.
        let notice = self.store.notice_no(&effect.id()).map(|number| number.to_string());
        let view = NoticeView {
            desk: rules.answers.desk.clone(),
            news,
            number: notice.unwrap_or(number),
            made: effect.at,
            customer: customers.get(customer).ok_or_else(unknown)?.name.clone(),
            user: customer,
            lines,
        };
        let bytes = pdf::notice(&view, &rules.answers.words)?.bytes;
        Ok(vec![Parcel::new(path, bytes)])
    }

    /// A recorded request; what it leaves out is the claim's.
    fn line(&self, request: &RecordRequest, number: Option<RecordNumber>) -> NoticeLine {
        let claim = number.and_then(|number| self.store.claim(number)).map(|found| found.claim);
        NoticeLine {
            what: request.kind.japanese(),
            number,
            amount: request.amount.or_else(|| claim.as_ref().map(|claim| claim.amount)),
            due: request.due_date.or_else(|| claim.as_ref().map(|claim| claim.due)),
        }
    }

    fn settled_lines(&self, file: &FileRecord, customer: UserNumber) -> (News, Vec<NoticeLine>) {
        let settled = self.settled_for(file.receipt, customer);
        let failed = settled.iter().any(|(_, outcome)| *outcome == Settled::Defaulted);
        let lines = settled.into_iter().map(|(claim, outcome)| NoticeLine {
            what: word(outcome),
            number: Some(claim.number),
            amount: Some(claim.amount),
            due: Some(claim.due),
        });
        (if failed { News::Defaulted } else { News::Settled }, lines.collect())
    }
}
