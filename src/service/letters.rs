//! Mails: to those who are asked to decide, and to the submitter.

use crate::domain::{Person, Timestamp, UserId, YenTotal, mask};
use crate::ports::{FileRecord, FileVerdict};
use crate::render::mail::{Kind, Letter};
use crate::render::names;
use crate::workflow::{
    AbsenceNews, Case, Effect, EffectKind, EffectScope, MailKind, Scope, Unit, VoteKind, Why,
    planned_seats, review_of, takes_pictures_alone, values,
};

use super::Desk;
use super::answers::{AnswerError, flow_of, folder_of, sum_by_kind};
use super::colleagues::Voted;
use super::correction::correction_path;

impl Desk {
    /// What the mail of an effect says. Errs when what it is about cannot be read.
    ///
    /// A mail to a person always names them: whether others read the same mailbox may change, and a
    /// mail that is made again must be the same.
    pub fn letter_of(&self, effect: &Effect) -> Result<Letter, AnswerError> {
        let mut letter = self.letter_about(effect)?;
        letter.user = effect.kind.person().map(|to| mask(to.as_str())).unwrap_or_default();
        Ok(letter)
    }

    fn letter_about(&self, effect: &Effect) -> Result<Letter, AnswerError> {
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        if let EffectKind::Security(mail) = &effect.kind {
            return Ok(self.security_letter(effect, mail));
        }
        let Some(receipt) = effect.scope.receipt() else { return self.office_letter(effect) };
        let file = &self.store.file(receipt).ok_or_else(unknown)?;
        let letter = match &effect.kind {
            EffectKind::Request { to, step, filled, due } => {
                let seat = Seat { to, step: *step, filled: *filled, due: *due };
                self.request_letter(file, effect, &seat, Kind::ApprovalRequest)?
            }
            EffectKind::Again { to, step, filled, due, why, .. } => {
                let seat = Seat { to, step: *step, filled: *filled, due: *due };
                let kind = match why {
                    Why::Round | Why::Assignment | Why::Handover => Kind::ApprovalRequest,
                    Why::Reminder => Kind::Reminder,
                    Why::Escalation => Kind::Escalation,
                };
                self.request_letter(file, effect, &seat, kind)?
            }
            EffectKind::Notice(kind) if kind.is_of_file() => self.file_letter(file, effect)?,
            EffectKind::Notice(kind) | EffectKind::Repeated { kind, .. } => {
                self.case_letter(file, effect, *kind)?
            }
            EffectKind::Consult { to, .. } => self.consult_letter(file, effect, to)?,
            EffectKind::Review { to, step, seat, .. } => {
                self.review_letter(file, effect, (to, *step, *seat))?
            }
            EffectKind::Decision { to, by, vote, step, seat, .. } => {
                let vote = Voted { by, kind: *vote, seat: (*step, *seat) };
                self.decision_letter(file, effect, to, &vote)?
            }
            EffectKind::OtherSide { customer } => {
                self.other_side_letter(file, effect, *customer)?
            }
            EffectKind::Settled { customer } => {
                return self.settled_letter(effect, (receipt, *customer));
            }
            EffectKind::ContractNotice { customer, .. } => {
                return self.contract_letter(effect, (self.case_of(effect)?.head.id, *customer));
            }
            // Not about a file: these are the office's.
            EffectKind::Absence { .. }
            | EffectKind::FeeStatement { .. }
            | EffectKind::FeeNotice { .. }
            | EffectKind::FeeDebit { .. }
            | EffectKind::DueReminder { .. }
            | EffectKind::Result
            | EffectKind::Slip
            | EffectKind::Final
            | EffectKind::Record
            | EffectKind::Welcome { .. }
            | EffectKind::Notified { .. }
            | EffectKind::Security(_)
            | EffectKind::PasswordLetter { .. }
            | EffectKind::ReturnedMail { .. }
            | EffectKind::Disclosure { .. }
            | EffectKind::Receipt
            | EffectKind::Clearing
            | EffectKind::CancelNotice
            | EffectKind::Publish => self.file_letter(file, effect)?,
        };
        let asks_advice = matches!(effect.kind, EffectKind::Consult { .. });
        if file.is_proposal() && !asks_advice {
            return self.about_rule(file, effect, letter);
        }
        Ok(letter)
    }

    /// What a mail about people says.
    fn office_letter(&self, effect: &Effect) -> Result<Letter, AnswerError> {
        if let EffectKind::FeeNotice { month, customer } = effect.kind {
            return self.fee_letter(effect, (month, customer));
        }
        if let EffectKind::DueReminder { customer, due, count, total } = effect.kind {
            return self.due_letter(effect, (customer, due, count, total));
        }
        let EffectKind::Absence { to, absence, news, .. } = &effect.kind else {
            return Err(AnswerError::Unknown(effect.id().to_string()));
        };
        let to = self.addressee(to)?;
        let mut letter = self.plain(effect, Kind::Absence);
        (letter.to_name, letter.to_address) = (to.name, to.email);
        letter.actor = self.name_of(&absence.user);
        let seat = match news {
            AbsenceNews::Set => "不在の届出",
            AbsenceNews::Ended => "不在の取消",
        };
        seat.clone_into(&mut letter.seat);
        letter.days = absence.days();
        let mut facts = vec![format!("期間: {}", absence.days())];
        if let Some(delegate) = &absence.delegate {
            facts.push(format!("代理: {} 様", self.name_of(delegate)));
        }
        if let Some(max) = absence.max {
            facts.push(format!("代理の範囲: 1案件 {max}円まで"));
        }
        let titles = absence.flows.iter().map(|flow| self.flow_title(flow));
        let titles: Vec<String> = titles.collect();
        if !titles.is_empty() {
            facts.push(format!("代理の対象: {}", titles.join("、")));
        }
        letter.reason = facts.join("\n");
        Ok(letter)
    }

    /// A person's name as it is today; their user ID where nobody knows them.
    pub fn name_of(&self, id: &UserId) -> String {
        self.addressee(id).map_or_else(|_| id.to_string(), |person| person.name)
    }

    /// A flow's name on papers.
    pub fn flow_title(&self, id: &str) -> String {
        let rules = self.rulebook();
        let flow = rules.flow(id, self.clock.now().date());
        flow.map_or_else(|| id.to_owned(), |flow| flow.definition.title.clone())
    }

    /// Asks a person to fill a seat.
    fn request_letter(
        &self,
        file: &FileRecord,
        effect: &Effect,
        asked: &Seat<'_>,
        kind: Kind,
    ) -> Result<Letter, AnswerError> {
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        let EffectScope::Case(id) = effect.scope else { return Err(unknown()) };
        let Seat { to, step, filled, due } = *asked;
        let person = self.addressee(to)?;
        let flow = flow_of(file, id).ok_or_else(unknown)?;
        // Rows of one file share a mail; a batch may have been moved to another definition.
        let own = self.store.case(id).and_then(|case| case.definition());
        let definition = self.definition(own.unwrap_or(flow.definition)).ok_or_else(unknown)?;
        let seat = definition.approval(step).and_then(|approve| {
            let values = self.store.case(id).map(|case| values(&case)).unwrap_or_default();
            let seats = planned_seats(approve, file.submitter.pattern, &values);
            seats.into_iter().nth(usize::from(filled)).map(|seat| seat.title)
        });
        let mut letter = self.blank(file, effect, kind);
        letter.to_name.clone_from(&person.name);
        letter.to_address.clone_from(&person.email);
        // A mail that rows of one file share is about all of them.
        let case = self.store.case(id);
        let scope = case.as_ref().map_or(flow.scope, |case| scope_at(case, flow.scope, effect.at));
        letter.case = (flow.unit == Unit::File || id.row.is_some()).then_some(id);
        letter.count = scope.rows;
        letter.total = scope.total;
        letter.kinds = match (flow.kinds.as_slice(), &case) {
            ([kind], _) => vec![crate::render::view::KindTotal {
                kind: *kind,
                count: scope.rows,
                total: scope.total,
            }],
            (_, Some(case)) => self.kinds_of(file, case)?,
            (kinds, None) => self.file_kinds(file, kinds)?,
        };
        letter.deadline = due;
        letter.seat = seat.unwrap_or_default();
        letter.link = self.link(id, to, &format!("{step}.{filled}"));
        if definition.is_consent(step) {
            if kind == Kind::ApprovalRequest {
                letter.kind = Kind::ConsentRequest;
            }
            letter.actor.clone_from(&file.submitter.name);
        } else if let Some(case) = case {
            // Advice only: rows that cannot be read are told where they are shown.
            letter.news =
                self.news(&case).ok().flatten().map(|news| news.summary).unwrap_or_default();
        }
        Ok(letter)
    }

    /// Asks a person for advice.
    fn consult_letter(
        &self,
        file: &FileRecord,
        effect: &Effect,
        to: &UserId,
    ) -> Result<Letter, AnswerError> {
        let person = self.addressee(to)?;
        let mut letter = self.case_letter(file, effect, MailKind::SentBack)?;
        letter.kind = Kind::Consult;
        letter.to_name.clone_from(&person.name);
        letter.to_address.clone_from(&person.email);
        Ok(letter)
    }

    /// Asks a person to read what was decided in place of others.
    fn review_letter(
        &self,
        file: &FileRecord,
        effect: &Effect,
        (to, step, seat): (&UserId, u8, u8),
    ) -> Result<Letter, AnswerError> {
        let (case, person) = (self.case_of(effect)?, self.addressee(to)?);
        let mut letter = self.case_letter(file, effect, MailKind::SentBack)?;
        letter.kind = Kind::PostReview;
        (letter.to_name, letter.to_address) = (person.name, person.email);
        letter.link = self.review_link(case.head.id, to, (step, seat));
        let done = case
            .head
            .substitutions()
            .iter()
            .find(|one| (one.step, one.seat) == (step, seat) && one.at == effect.at);
        letter.actor = done.map(|one| one.name.clone()).unwrap_or_default();
        let definition = self.definition_of(&case);
        let seat = definition
            .zip(done)
            .and_then(|(definition, one)| Some(review_of(&case, &definition, one)?.0.title));
        letter.seat = seat.unwrap_or_default();
        Ok(letter)
    }

    /// Whom a mail is for: as they are today, or as registered when they are nowhere today.
    pub(super) fn addressee(&self, to: &UserId) -> Result<Person, AnswerError> {
        let registered = || self.store.user(to).map(|user| user.person);
        self.person(to).or_else(registered).ok_or_else(|| AnswerError::Unknown(to.to_string()))
    }

    /// Tells what the clearing side made of a case.
    fn say_results(&self, file: &FileRecord, case: &Case, letter: &mut Letter) {
        letter.findings = self.errors_of(case);
        for finding in &mut letter.findings {
            finding.ja = format!("明細{}: {}", finding.record, finding.ja);
        }
        letter.files = vec![folder_of(file) + &names::record_pdf(case.head.id)];
        if self.is_disclosed(file, case) {
            let both = [names::disclosure_pdf(case.head.id), names::disclosure_csv(case.head.id)];
            letter.files.extend(both.map(|name| folder_of(file) + &name));
        }
    }

    /// Tells the submitter how a case ended.
    pub(super) fn case_letter(
        &self,
        file: &FileRecord,
        effect: &Effect,
        kind: MailKind,
    ) -> Result<Letter, AnswerError> {
        let case = self.case_of(effect)?;
        let kind = match kind {
            MailKind::Returned => Kind::Returned,
            MailKind::Rejected => Kind::Rejected,
            MailKind::SentBack => Kind::SentBack,
            MailKind::Withdrawn => Kind::Withdrawn,
            MailKind::CarvedOut => Kind::CarvedOut,
            MailKind::Recorded => Kind::Recorded,
            MailKind::Errored => Kind::Errored,
            MailKind::Approved
            | MailKind::Accepted
            | MailKind::RejectedFile
            | MailKind::Held
            | MailKind::SheetsMissing
            | MailKind::Tried => Kind::Approved,
        };
        let mut letter = self.blank(file, effect, kind);
        letter.case = Some(case.head.id);
        letter.kinds = self.kinds_of(file, &case)?;
        letter.count = case.head.scope.rows;
        letter.total = case.head.scope.total;
        self.say_who(&case, effect.at, &mut letter);
        if matches!(kind, Kind::Rejected | Kind::Returned) {
            self.say_time(&case, &mut letter);
        }
        if kind == Kind::CarvedOut
            && let Some(carve) = case.head.carves().iter().rev().find(|one| one.at <= effect.at)
        {
            letter.count = u32::try_from(carve.rows.len()).unwrap_or(u32::MAX);
            letter.total = carve.total;
            letter.rows = carve.rows.to_string();
            carve.fate.japanese().clone_into(&mut letter.seat);
            letter.actor.clone_from(&carve.name);
            letter.reason.clone_from(&carve.reason);
        }
        if kind == Kind::Approved {
            letter.files = vec![folder_of(file) + &names::receipt_pdf(case.head.id)];
        }
        if matches!(kind, Kind::Recorded | Kind::Errored) {
            self.say_results(file, &case, &mut letter);
        }
        Ok(letter)
    }

    /// Who decided or acted last before the mail was caused, and why.
    fn say_who(&self, case: &Case, at: Timestamp, letter: &mut Letter) {
        let past = case.head.aside.iter().flat_map(|aside| &aside.past);
        let votes = case.head.votes.iter().chain(past).filter(|vote| vote.at <= at);
        let last = votes.max_by_key(|vote| vote.at);
        let remark = case.head.remarks().iter().rev().find(|remark| remark.at <= at);
        if let Some(remark) = remark.filter(|one| last.is_none_or(|vote| vote.at <= one.at)) {
            remark.deed.japanese().clone_into(&mut letter.seat);
            letter.actor.clone_from(&remark.name);
            letter.reason.clone_from(&remark.text);
        } else if let Some(vote) = last {
            letter.seat = self.seat_of(case, vote).0;
            letter.actor.clone_from(&vote.name);
            letter.reason.clone_from(&vote.reason);
        }
    }

    /// Says that nobody refused a case that ended by itself: its time was over, or a rule said no.
    fn say_time(&self, case: &Case, letter: &mut Letter) {
        let last = case.head.votes.iter().chain(case.head.aside.iter().flat_map(|one| &one.past));
        let last = last.max_by_key(|vote| vote.at).map(|vote| vote.kind);
        if matches!(last, Some(VoteKind::Return | VoteKind::Reject)) {
            return;
        }
        let notes = case.head.aside.iter().flat_map(|aside| &aside.notes);
        let said = notes.max_by_key(|note| note.at).filter(|note| note.at == letter.at);
        let definition = self.definition_of(case);
        let step = definition.as_ref().and_then(|flow| flow.step(case.head.step));
        letter.seat = step.map(|step| step.title.clone()).unwrap_or_default();
        "（自動）".clone_into(&mut letter.actor);
        letter.reason = said.map_or_else(
            || "期限までにお返事がありませんでした。".to_owned(),
            |note| note.text.clone(),
        );
    }

    /// Tells the submitter what became of a file.
    fn file_letter(&self, file: &FileRecord, effect: &Effect) -> Result<Letter, AnswerError> {
        let kind = match (&effect.kind, file.verdict) {
            (EffectKind::Notice(MailKind::Held), _) => Kind::HeldDuplicate,
            (EffectKind::Notice(MailKind::RejectedFile), _) => Kind::RejectedFile,
            (EffectKind::Notice(MailKind::Tried), _) => Kind::Tried,
            (EffectKind::Notice(MailKind::SheetsMissing), _) => Kind::SheetsMissing,
            _ => Kind::Accepted,
        };
        let mut letter = self.blank(file, effect, kind);
        if let FileVerdict::Held { same_as } = file.verdict {
            letter.first = Some(same_as);
        }
        if kind == Kind::SheetsMissing {
            letter.findings = self.missing_at(file, effect.at);
            return Ok(letter);
        }
        letter.findings = self.findings(file)?;
        let result = if self.is_refused_rule(file)? {
            names::result_text(file.receipt, &file.name)
        } else {
            names::result_csv(file.receipt, &file.name)
        };
        letter.files = vec![folder_of(file) + &result];
        if kind == Kind::Accepted {
            letter.files.extend(correction_path(file));
            letter.files.push(folder_of(file) + &names::slip_pdf(file.receipt, &file.name));
            letter.files.extend(self.form_paths(file)?);
            let kinds: Vec<_> = file.flows.iter().flat_map(|flow| flow.kinds.clone()).collect();
            letter.kinds = self.file_kinds(file, &kinds)?;
            letter.deadline = self.deadline_of(file);
            letter.expected_fee = self.expected_fee(file)?;
        }
        letter.next = Some(Self::next_of(file));
        Ok(letter)
    }

    /// Count and sum of the accepted rows of some kinds.
    fn file_kinds(
        &self,
        file: &FileRecord,
        kinds: &[crate::domain::RequestKind],
    ) -> Result<Vec<crate::render::view::KindTotal>, AnswerError> {
        if let ([flow], [kind]) = (file.flows.as_slice(), kinds) {
            let (count, total) = (flow.scope.rows, flow.scope.total);
            return Ok(vec![crate::render::view::KindTotal { kind: *kind, count, total }]);
        }
        let Some(digest) = file.record_file else { return Ok(Vec::new()) };
        let rows = self.record_file(digest)?;
        let requests: Vec<_> = rows
            .rows()
            .filter(|row| row.as_ref().map_or(true, |row| kinds.contains(&row.request.kind)))
            .map(|row| row.map(|row| row.request))
            .collect::<Result<_, _>>()?;
        Ok(sum_by_kind(requests.iter().map(|request| (request.kind, request.amount))))
    }

    /// A letter to the submitter about a file, with nothing special filled in.
    fn blank(&self, file: &FileRecord, effect: &Effect, kind: Kind) -> Letter {
        let view = self.file_view(file);
        Letter {
            to_name: file.submitter.name.clone(),
            to_address: file.submitter.email.clone(),
            receipt: Some(file.receipt),
            file_name: file.name.clone(),
            count: view.records,
            accepted: view.accepted,
            rejected: view.rejected,
            total: view.total,
            on_paper: file.paper.is_some() || takes_pictures_alone(&file.submitter.channel),
            ..self.plain(effect, kind)
        }
    }

    /// A letter about nothing yet.
    pub(super) fn plain(&self, effect: &Effect, kind: Kind) -> Letter {
        Letter {
            kind,
            effect: effect.id().to_string(),
            at: effect.at,
            to_name: String::new(),
            to_address: String::new(),
            user: String::new(),
            desk: self.rulebook().answers.desk.clone(),
            receipt: None,
            case: None,
            file_name: String::new(),
            kinds: Vec::new(),
            count: 0,
            accepted: 0,
            rejected: 0,
            total: YenTotal::default(),
            deadline: None,
            seat: String::new(),
            link: String::new(),
            actor: String::new(),
            reason: String::new(),
            days: String::new(),
            first: None,
            next: None,
            findings: Vec::new(),
            files: Vec::new(),
            rows: String::new(),
            expected_fee: None,
            on_paper: false,
            news: String::new(),
            fee: None,
            notice: self.store.notice_no(&effect.id()).map(|no| no.to_string()).unwrap_or_default(),
            items: Vec::new(),
        }
    }
}

/// A seat somebody is asked to fill.
#[derive(Clone, Copy)]
struct Seat<'e> {
    to: &'e UserId,
    step: u8,
    filled: u8,
    due: Option<Timestamp>,
}

/// What a case covered at a moment: a mail made again later says the same.
fn scope_at(case: &Case, opened: Scope, at: Timestamp) -> Scope {
    if case.head.id.row.is_some() {
        return case.head.scope;
    }
    case.head.carves().iter().filter(|carve| carve.at <= at).fold(opened, |scope, carve| Scope {
        rows: scope.rows.saturating_sub(u32::try_from(carve.rows.len()).unwrap_or(u32::MAX)),
        total: YenTotal::new(scope.total.get().saturating_sub(carve.total.get())),
        ..scope
    })
}
