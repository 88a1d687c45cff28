//! Mails that came back: what a mail server drops into `inbox/bounces/`, and what comes of it.
//!
//! A bounce is held against the notices that went. What failed for good is journaled once, becomes
//! a task of the branch until two people settle it, and owes a paper to whoever was not reached.
//! Nobody is told by mail: a mail about a bounce could itself come back.

use tracing::{info, warn};

use crate::domain::{
    BranchCode, Finding, NoticeNo, Organisation, Person, Severity, UserId, UserNumber, YenTotal,
};
use crate::formats::{self, BOUNCE_BYTES_MAX, Bounce, Lasting, not_ours, read_bounce};
use crate::ports::{
    Checked, Entry, FileRecord, NoticeRecord, Parcel, Returned, ReturnedMail, StoreError,
};
use crate::render::daily::{IncidentItem, IncidentKind};
use crate::render::view::{Addressee, Environment, ReturnedLine, ReturnedView};
use crate::render::{names, pdf};
use crate::workflow::{Case, Effect, EffectKind, EffectScope, MailKey};

use super::Desk;
use super::answers::{Answer, AnswerError};
use super::judge::{Judged, file_effects};
use super::told::{is_theirs, title_of};

/// Mails to one person that are looked at.
const LOOKED_AT: usize = 50;

impl Desk {
    /// The verdict on a mail that came back: which notices it was, and a paper for their person.
    pub(super) fn take_bounce(&self, file: &FileRecord) -> Result<Judged, StoreError> {
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        let too_long = u64::try_from(BOUNCE_BYTES_MAX).is_ok_and(|most| file.bytes > most);
        let read = if too_long {
            Err(not_ours("メールが大きすぎるため、読んでいません。", "the mail is too long"))
        } else {
            let blob = self.blobs.open(file.digest).map_err(failed)?;
            read_bounce(&blob.read_all().map_err(failed)?)
        };
        let bounce = match read {
            Ok(bounce) => bounce,
            Err(wrong) => return self.bounced(file, wrong, Vec::new()),
        };
        let told = self.notices_of(&bounce);
        let Some(first) = told.first() else {
            let ja = "このメールが指すお知らせを、kessai は送っていません。";
            let wrong = not_ours(ja, "kessai sent no notice that this mail speaks of");
            return self.bounced(file, wrong, Vec::new());
        };
        let number = first.number.to_string();
        let taken = |ja: &str, en: &str| {
            let mut one = not_ours(ja, en);
            (one.severity, one.record) = (Severity::Warning, 1);
            one.value.clone_from(&number);
            one
        };
        if bounce.lasting == Lasting::ForNow {
            info!(file = %file.receipt, outcome = "delayed", "a mail is late; its server goes on");
            let ja = "届くのが遅れています。メールサーバーが送り続けています。";
            return self.bounced(file, taken(ja, "it is late; the server goes on"), Vec::new());
        }
        let fresh: Vec<&NoticeRecord> = told.iter().filter(|one| one.returned.is_none()).collect();
        let Some(first) = fresh.first() else {
            let ja = "このお知らせが戻ったことは、すでに記録しています。";
            return self.bounced(file, taken(ja, "it is known to have come back"), Vec::new());
        };
        warn!(file = %file.receipt, n_rows = fresh.len(), "a mail came back");
        let (to, notice) = (first.to.clone(), first.number);
        let kind = EffectKind::ReturnedMail { to, notice };
        let paper = Effect { scope: first.scope, kind, at: self.clock.now() };
        let notices = fresh.iter().map(|one| one.number).collect();
        let came = Returned::Came { notices, from: file.receipt, why: bounce.why };
        let entries = vec![Entry::Returned(Box::new(came)), Entry::Owed(vec![paper])];
        let ja = "このお知らせが届かなかったことを記録し、書面をつくりました。";
        self.bounced(file, taken(ja, "its mail came back; a paper is made"), entries)
    }

    /// A verdict of one finding; what is taken in is accepted.
    fn bounced(
        &self,
        file: &FileRecord,
        finding: Finding,
        mut besides: Vec<Entry>,
    ) -> Result<Judged, StoreError> {
        let taken = u32::from(finding.severity < Severity::Error);
        let receipt = file.receipt;
        let checked = Checked {
            receipt,
            findings: Some(self.keep(&formats::write_findings(&[finding]))?),
            record_file: None,
            records: 1,
            accepted: taken,
            rejected: 1 - taken,
            total: YenTotal::default(),
            flows: Vec::new(),
            moved: Vec::new(),
            effects: file_effects(receipt, self.clock.now(), &[EffectKind::Result]),
        };
        if taken > 0 {
            besides.insert(0, Entry::Opened { receipt, effects: Vec::new() });
        }
        Ok(Judged { besides, ..Judged::of(checked) })
    }

    /// The notices a bounce speaks of, of those that went by mail, or may have.
    fn notices_of(&self, bounce: &Bounce) -> Vec<NoticeRecord> {
        let went = |one: &NoticeRecord| {
            let by_mail = one.sent.is_some() && one.way.contains('@');
            by_mail || one.state.halt().is_some()
        };
        let keys = bounce.message_ids.iter().filter_map(|id| MailKey::read(id));
        let mut found: Vec<NoticeRecord> = Vec::new();
        for one in keys.flat_map(|key| self.store.notices_in(key)).filter(went) {
            if !found.iter().any(|known| known.number == one.number) {
                found.push(one);
            }
        }
        if found.is_empty() {
            // A server that kept nothing of the headers may have kept the footer.
            let numbers = bounce.notices.iter();
            found = numbers.filter_map(|number| self.store.notice(*number)).filter(went).collect();
        }
        found
    }

    /// Notices whose mails came back and that nobody took care of yet, in the order they were owed.
    pub fn returned_mails(&self) -> Vec<(NoticeRecord, ReturnedMail)> {
        let all = self.store.returned().into_iter();
        let open = all.filter_map(|one| {
            let mail = one.returned.clone().filter(|mail| mail.settled.is_none())?;
            Some((one, mail))
        });
        open.collect()
    }

    /// What came back about a case or its file, in sentences for whoever may know of it; `None` for
    /// `whom` is the command line. The words of servers, which hold addresses, are the bank's.
    pub fn returned_about(&self, case: &Case, whom: Option<&Person>) -> Vec<String> {
        let scopes = [EffectScope::Case(case.head.id), EffectScope::File(case.head.id.receipt)];
        let all = self.store.returned().into_iter();
        let about = all.filter(|one| {
            scopes.contains(&one.scope)
                && whom.is_none_or(|person| self.is_of_their_side(person, one))
        });
        about.map(|one| self.returned_sentence(&one)).collect()
    }

    /// Whether a notice was for the person's own side: a colleague, or the person themselves.
    fn is_of_their_side(&self, person: &Person, record: &NoticeRecord) -> bool {
        let to = UserId::parse(&record.to).ok().and_then(|id| self.store.user(&id));
        is_theirs(person, record)
            || to.is_some_and(|to| to.person.organisation == person.organisation)
    }

    fn returned_sentence(&self, record: &NoticeRecord) -> String {
        let (to, title) = (self.recipient_name(&record.to), title_of(&record.what));
        let settled = record.returned.as_ref().is_some_and(|mail| mail.settled.is_some());
        let end = if settled {
            "。取扱店で対応しました。"
        } else {
            "。書面でお渡しします。"
        };
        format!(
            "{to} 宛てのメール「{title}」（お知らせ番号 {}）は、届かずに戻ってきました{end}",
            record.number
        )
    }

    /// What a person must do about mails that came back, an item for each notice.
    pub(super) fn returned_incidents(&self) -> Vec<(Option<BranchCode>, IncidentItem)> {
        let words = &self.rulebook().answers.words;
        let item = |(record, mail): (NoticeRecord, ReturnedMail)| {
            let (to, what) = (self.recipient_name(&record.to), title_of(&record.what));
            let values = [("to", to.as_str()), ("what", what), ("why", &mail.why)];
            let item = IncidentItem {
                kind: IncidentKind::Returned,
                name: record.number.to_string(),
                text: words.fill("daily.returned_text", &values),
                since: Some(mail.at),
            };
            (self.branch_of(&record), item)
        };
        self.returned_mails().into_iter().map(item).collect()
    }

    /// Whether two mails in a row to the person's present address came back and nobody has taken
    /// care of it: メールが届いていません.
    pub fn mails_come_back(&self, person: &Person) -> bool {
        let open = self.returned_mails();
        if !open.iter().any(|(one, _)| one.to == person.id.as_str()) {
            return false;
        }
        let theirs = self.store.notices_to(&[person.id.as_str()], LOOKED_AT);
        let answers = &self.rulebook().answers;
        let address = match (answers.desk.environment, &answers.sender.test_to) {
            (Environment::Test, Some(to)) => to,
            _ => &person.email,
        };
        let sent = theirs.iter().filter(|one| one.sent.is_some() && one.way == *address);
        let back: Vec<bool> =
            sent.map(|one| open.iter().any(|(known, _)| known.number == one.number)).collect();
        back.windows(2).any(|two| two == [true, true])
    }

    /// The branch whose task a notice is: of the person or customer, else of the file.
    pub(super) fn branch_of(&self, record: &NoticeRecord) -> Option<BranchCode> {
        let person = UserId::parse(&record.to).ok().and_then(|id| self.store.user(&id));
        let of_customer =
            |user: UserNumber| self.store.customers().get(user).map(|customer| customer.desk);
        let own = match person.map(|user| user.person.organisation) {
            Some(Organisation::Branch(code)) => Some(code),
            Some(Organisation::Customer(user)) => of_customer(user),
            None => UserNumber::parse(&record.to).ok().and_then(of_customer),
        };
        let desk_of = |receipt| self.store.file(receipt).map(|file| file.submitter.desk);
        let told_by = || desk_of(record.returned.as_ref()?.from);
        let branch = own.or_else(|| record.scope.receipt().and_then(desk_of)).or_else(told_by)?;
        Some(self.rulebook().directory.successor_on(branch, self.clock.now().date()))
    }

    /// Whom a paper about a notice is for.
    fn addressee_of(&self, to: &str) -> Addressee {
        let name = self.plain_name(to);
        let person = UserId::parse(to).ok().and_then(|id| self.store.user(&id));
        if person.is_some() { Addressee::Person(name) } else { Addressee::Company(name) }
    }

    /// The paper for somebody whose mail came back.
    pub(super) fn returned_paper(&self, effect: &Effect, notice: NoticeNo) -> Answer<Vec<Parcel>> {
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        let record = self.store.notice(notice).ok_or_else(unknown)?;
        let mail = record.returned.clone().ok_or_else(unknown)?;
        let branch = self.branch_of(&record).ok_or_else(unknown)?;
        let together = self
            .store
            .returned()
            .into_iter()
            .filter(|one| one.returned.as_ref().is_some_and(|other| other.from == mail.from));
        let rules = self.rulebook();
        let mut desk = rules.answers.desk.clone();
        if let Some(known) = rules.directory.branch(branch, effect.at.date()) {
            desk.branch.clone_from(&known.name);
            desk.phone.clone_from(&known.phone);
        }
        let number = self.store.notice_no(&effect.id()).unwrap_or(notice).to_string();
        let view = ReturnedView {
            desk,
            number,
            made: effect.at,
            to: self.addressee_of(&record.to),
            address: record.way.clone(),
            why: mail.why,
            lines: together.map(|one| returned_line(&one)).collect(),
        };
        let bytes = pdf::returned(&view, &rules.answers.words)?.bytes;
        let path = format!("branches/{branch}/{}", names::returned_pdf(&notice.to_string()));
        Ok(vec![Parcel::new(path, bytes)])
    }
}

/// A notice in a mail that came back, for its paper.
fn returned_line(record: &NoticeRecord) -> ReturnedLine {
    ReturnedLine {
        number: record.number.to_string(),
        what: title_of(&record.what),
        about: match record.scope {
            EffectScope::File(receipt) => receipt.to_string(),
            EffectScope::Case(case) => case.to_string(),
            EffectScope::Office => String::new(),
        },
        sent: record.sent.unwrap_or(record.owed),
    }
}
