//! What the office gets back: findings as text, or the 新旧対照表, and at last what became of it.

use std::fmt::Write as _;

use crate::domain::Digest;
use crate::ports::{FileRecord, Parcel};
use crate::render::mail::{Kind, Letter};
use crate::render::names;
use crate::render::pdf;
use crate::render::view::{ComparisonView, Subject};
use crate::workflow::{Case, Effect, EffectKind, Status};

use super::super::answers::{AnswerError, folder_of};
use super::super::contracts::without_numbers;
use super::{Desk, ProposalKind};

type Answer<T> = Result<T, AnswerError>;

impl Desk {
    /// The findings of a refused rule as text: the last of them is the whole answer.
    pub(in crate::service) fn rule_findings(&self, file: &FileRecord) -> Answer<Vec<Parcel>> {
        let mut findings = self.findings(file)?;
        let text = findings.pop().map(|last| last.ja).unwrap_or_default();
        let path = folder_of(file) + &names::result_text(file.receipt, &file.name);
        Ok(vec![Parcel::new(path, for_notepad(&text))])
    }

    /// The 新旧対照表 of a proposed change.
    pub(in crate::service) fn comparison(&self, file: &FileRecord) -> Answer<Vec<Parcel>> {
        let case = self.proposal_case(file)?;
        let unknown = || AnswerError::Unknown(file.receipt.to_string());
        let shown = self.proposal(&case)?.ok_or_else(unknown)?;
        let rules = self.rulebook();
        let proposal = &shown.proposal;
        // Papers lie about; whoever decides sees whole numbers on the page.
        let paper = |text: &str| match subject(proposal.kind) {
            Subject::Rule => text.to_owned(),
            Subject::Contract => without_numbers(text),
        };
        let view = ComparisonView {
            desk: rules.answers.desk.clone(),
            file: self.file_view(file),
            case: case.head.id,
            kind: proposal.kind.japanese().to_owned(),
            subject: subject(proposal.kind),
            place: proposal.place.clone(),
            effective: proposal.effective(),
            deadline: rules.deadline.of(case.head.scope.record_date),
            old_digest: proposal.base.as_ref().and_then(|(_, old)| Digest::parse(old).ok()),
            old: paper(&shown.old),
            new: paper(&shown.new),
            proof: proposal.proof.iter().map(|line| paper(line)).collect(),
            impact: proposal.impact.clone(),
            content: self.content_of(&case).unwrap_or_default(),
        };
        let path = folder_of(file) + &names::comparison_pdf(file.receipt, &file.name);
        let pdf = pdf::comparison(&view, &rules.answers.words)?;
        Ok(vec![Parcel::new(path, pdf.bytes)])
    }

    /// What became of a proposed change, in a few lines.
    pub(in crate::service) fn rule_end(&self, file: &FileRecord) -> Answer<Vec<Parcel>> {
        let case = self.proposal_case(file)?;
        let unknown = || AnswerError::Unknown(file.receipt.to_string());
        let proposal = self.proposal(&case)?.ok_or_else(unknown)?.proposal;
        let of_contract = proposal.kind.is_contract();
        let (place, becomes) = if proposal.kind == ProposalKind::Outage {
            ("範囲", "登録")
        } else if proposal.kind == ProposalKind::Key {
            ("対象", "使い始め")
        } else if proposal.kind == ProposalKind::Resend {
            ("対象", "実行")
        } else if of_contract {
            ("お客様", "登録")
        } else {
            ("置き場所", "施行")
        };
        let mut text = format!(
            "受付番号: {}\n申請番号: {}\nファイル名: {}\n種類: {}\n{place}: {}\n{becomes}: {}\n結果: {}\n",
            file.receipt,
            case.head.id,
            file.name,
            proposal.kind.japanese(),
            proposal.place,
            proposal.effective(),
            outcome(case.head.status, subject(proposal.kind))
        );
        for vote in &case.head.votes {
            let (at, name, kind) = (vote.at, &vote.name, vote.kind.japanese());
            let reason = if vote.reason.is_empty() {
                String::new()
            } else {
                format!("「{}」", vote.reason)
            };
            writeln!(text, "{at} {name} {kind}{reason}").ok();
        }
        let path = folder_of(file) + &names::final_text(file.receipt, &file.name);
        Ok(vec![Parcel::new(path, for_notepad(&text))])
    }

    /// Makes a letter about a case speak of a changed rule.
    pub(in crate::service) fn about_rule(
        &self,
        file: &FileRecord,
        effect: &Effect,
        mut letter: Letter,
    ) -> Answer<Letter> {
        let folder = folder_of(file);
        letter.deadline = self.deadline_of(file);
        let case = self.proposal_case(file)?;
        let unknown = || AnswerError::Unknown(case.head.id.to_string());
        let proposal = self.proposal_by(case.proposal().ok_or_else(unknown)?)?;
        let subject = subject(proposal.kind);
        if subject == Subject::Contract {
            letter.file_name = format!("{} {}", proposal.kind.japanese(), proposal.place);
        }
        if matches!(effect.kind, EffectKind::Request { .. } | EffectKind::Again { .. }) {
            letter.kind = match subject {
                Subject::Rule => Kind::ProposalRequest,
                Subject::Contract => Kind::ContractRequest,
            };
            return Ok(letter);
        }
        letter.kind = match subject {
            Subject::Rule => Kind::ProposalNotice,
            Subject::Contract => Kind::ContractProgress,
        };
        letter.files = vec![folder + &names::comparison_pdf(file.receipt, &file.name)];
        outcome(case.head.status, subject).clone_into(&mut letter.seat);
        if matches!(effect.kind, EffectKind::Notice(crate::workflow::MailKind::Accepted)) {
            "承認待ち".clone_into(&mut letter.seat);
        } else {
            letter.deadline = None;
        }
        Ok(letter)
    }

    fn proposal_case(&self, file: &FileRecord) -> Answer<Case> {
        let id = crate::domain::CaseId { receipt: file.receipt, n: 1, row: None };
        self.store.case(id).ok_or_else(|| AnswerError::Unknown(id.to_string()))
    }
}

const fn subject(kind: ProposalKind) -> Subject {
    if kind.is_contract() { Subject::Contract } else { Subject::Rule }
}

/// How a proposal ended, in the office's words.
const fn outcome(status: Status, subject: Subject) -> &'static str {
    match (status, subject) {
        (Status::Completed | Status::Recorded, Subject::Rule) => "承認（公開します）",
        (Status::Completed | Status::Recorded, Subject::Contract) => "承認（台帳に載せます）",
        (Status::Rejected, Subject::Rule) => "否認（公開しません）",
        (Status::Rejected, Subject::Contract) => "否認（お断り）",
        (Status::Returned | Status::Errored, Subject::Rule) => "差戻し（公開しません）",
        (Status::Returned | Status::Errored, Subject::Contract) => "差戻し",
        (Status::Withdrawn, Subject::Rule) => "引戻し（公開しません）",
        (Status::Withdrawn, Subject::Contract) => "引戻し",
        (
            Status::Active
            | Status::Overdue
            | Status::Incident
            | Status::SentBack
            | Status::Held
            | Status::Waiting,
            _,
        ) => "承認待ち",
    }
}

/// Text as the notepad of an office opens it: UTF-8 with a mark, CRLF.
fn for_notepad(text: &str) -> Vec<u8> {
    format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes()
}
