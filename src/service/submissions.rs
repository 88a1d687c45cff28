//! What became of files: verdicts, cases, and the answers that lie in the outbox; for the customer
//! who handed them in, and for the branch whose they are.
//!
//! What somebody may not see is answered like what there is not.

use std::str::FromStr as _;

use crate::domain::{CaseId, Finding, Organisation, Person, ReceiptNo, RequestKind};
use crate::ports::{Blob, CaseFilter, FileRecord, FileVerdict};
use crate::workflow::{Case, EffectScope, Status, Unit, is_trial};

use super::Desk;
use super::answers::{AnswerError, folder_of};
use super::submit::CUSTOMERS;

/// Files on one page of a list.
pub const SUBMISSIONS_PAGE: usize = 50;

/// Cases of one file that are listed.
const CASES_MAX: usize = 100;

/// A file with its cases, as one person may see them.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The file.
    pub file: FileRecord,
    /// The name of the person who handed it in, where that is known.
    pub by: Option<String>,
    /// Whether what tells of the whole file may be seen, not only of single cases.
    pub is_whole: bool,
    /// Its cases, the first hundred.
    pub cases: Vec<Case>,
    /// Whether there are more cases.
    pub more: bool,
}

/// An answer that lies in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerFile {
    /// Its name there.
    pub name: String,
    /// What it is, for people.
    pub title: &'static str,
    /// The case it tells of; none where it tells of the whole file.
    pub case: Option<CaseId>,
}

/// How much of a file somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// All that tells of it.
    Whole,
    /// Single cases.
    Cases,
    /// Nothing: there is no such file.
    Nothing,
}

impl Desk {
    /// The files of a person's customer or branch they may see, newest first, and whether there are
    /// more; pages count from 1.
    pub fn submissions(&self, person: &Person, page: usize) -> (Vec<FileRecord>, bool) {
        let skip = page.saturating_sub(1).saturating_mul(SUBMISSIONS_PAGE);
        let seen = |file: &FileRecord| sight(person, file) != Sight::Nothing;
        let mut files = self.store.newest_files(&seen, skip, SUBMISSIONS_PAGE + 1);
        let more = files.len() > SUBMISSIONS_PAGE;
        files.truncate(SUBMISSIONS_PAGE);
        (files, more)
    }

    /// One file with its cases; nothing where the person may not see it.
    pub fn submission(&self, person: &Person, receipt: ReceiptNo) -> Option<Submission> {
        let file = self.store.file(receipt)?;
        let sight = sight(person, &file);
        if sight == Sight::Nothing {
            return None;
        }
        let by = file.submitted_by.as_ref();
        let by = by.and_then(|id| self.store.user(id)).map(|user| user.person.name);
        let filter = CaseFilter { receipt: Some(receipt), ..CaseFilter::default() };
        let mut cases = self.store.cases(&filter, None, CASES_MAX + 1);
        let more = cases.len() > CASES_MAX;
        cases.truncate(CASES_MAX);
        let is_whole = sight == Sight::Whole;
        cases.retain(|case| is_whole || self.may_see(person, case));
        Some(Submission { file, by, is_whole, cases, more })
    }

    /// What was found in a file; while it is being read, its first errors.
    pub fn findings_of(&self, file: &FileRecord) -> Result<Vec<Finding>, AnswerError> {
        self.found_so_far(file.receipt).map_or_else(|| self.findings(file), Ok)
    }

    /// Where the cases of a file stand, for a list: the status of each flow's batch; none for rows
    /// that are cases of their own.
    pub fn batch_states(&self, file: &FileRecord) -> Vec<Status> {
        let flows = (1..).zip(&file.flows).filter(|(_, flow)| flow.unit == Unit::File);
        let ids = flows.map(|(n, _)| CaseId { receipt: file.receipt, n, row: None });
        ids.filter_map(|id| self.store.case(id)).map(|case| case.head.status).collect()
    }

    /// The answers to a file that lie in the customer's folder and that the person may have.
    pub fn answer_files(&self, person: &Person, submission: &Submission) -> Vec<AnswerFile> {
        let Submission { file, is_whole, .. } = submission;
        let names = self.outbox.list(&folder_of(file), &file.receipt.to_string());
        let mine = names.into_iter().filter_map(|name| {
            let title = title_of(&name)?;
            let case = match told_of(&name, file.receipt)? {
                EffectScope::Case(id) => Some(id),
                EffectScope::File(_) | EffectScope::Office => None,
            };
            let is_seen = |case: &Case| self.may_see(person, case);
            let seen = *is_whole
                || case.and_then(|id| self.store.case(id)).is_some_and(|case| is_seen(&case));
            seen.then_some(AnswerFile { name, title, case })
        });
        mine.collect()
    }

    /// One of those answers; nothing for any other name.
    pub fn open_answer(
        &self,
        person: &Person,
        receipt: ReceiptNo,
        name: &str,
    ) -> Option<Box<dyn Blob>> {
        let submission = self.submission(person, receipt)?;
        let answers = self.answer_files(person, &submission);
        let answer = answers.into_iter().find(|answer| answer.name == name)?;
        self.outbox.open(&(folder_of(&submission.file) + &answer.name))
    }
}

/// How much of a file a person may see. A branch sees all that came to its desk. What tells of a
/// whole file tells of every kind in it, and
/// of what was refused nobody knows the kind: it is for whoever sent it and whoever may look at
/// all kinds.
fn sight(person: &Person, file: &FileRecord) -> Sight {
    let Organisation::Customer(user) = person.organisation else {
        let here = person.works_at(file.submitter.desk);
        return if here { Sight::Whole } else { Sight::Nothing };
    };
    let submitter = &file.submitter;
    let theirs = submitter.channel == CUSTOMERS || is_trial(&submitter.channel);
    if !theirs || submitter.folder != user.as_str() {
        return Sight::Nothing;
    }
    let accounts: Vec<_> = file.accounts.rows.iter().map(|(_, account)| *account).collect();
    // Of what was refused, or only tried out, nobody knows the account, either.
    let known = file.rejected == 0 && file.verdict != FileVerdict::Tried;
    let reaches = person.reaches(&accounts) && (person.limits().is_empty() || known);
    if file.submitted_by.as_ref() == Some(&person.id) || (person.inquires(&[]) && reaches) {
        return Sight::Whole;
    }
    let kinds: Vec<RequestKind> =
        file.flows.iter().flat_map(|flow| flow.kinds.iter().copied()).collect();
    if file.rejected == 0 && !kinds.is_empty() && person.inquires(&kinds) && reaches {
        return Sight::Whole;
    }
    let some = file.flows.iter().any(|flow| person.inquires(&flow.kinds));
    if some && !kinds.is_empty() { Sight::Cases } else { Sight::Nothing }
}

/// The case an answer's name begins with, or that it is the whole file's; nothing for a name that
/// is no answer's to this file.
fn told_of(name: &str, receipt: ReceiptNo) -> Option<EffectScope> {
    let rest = name.strip_prefix(&receipt.to_string())?;
    if rest.starts_with('_') {
        return Some(EffectScope::File(receipt));
    }
    let (id, _) = name.split_once('_')?;
    CaseId::from_str(id).ok().map(EffectScope::Case)
}

/// What an answer is, by the ending of its name; nothing for what is no customer's to fetch.
fn title_of(name: &str) -> Option<&'static str> {
    const TITLES: [(&str, &str); 18] = [
        ("_slip.pdf", "受付票"),
        ("_result.csv", "受付結果の一覧"),
        ("_correction.csv", "訂正用ファイル"),
        ("_correction.txt", "訂正用ファイル（固定長）"),
        ("_correction.xml", "訂正用ファイル（XML）"),
        ("_result.json", "受付結果（JSON）"),
        ("_receipt.pdf", "承認票"),
        ("_record.pdf", "記録結果通知"),
        ("_final.csv", "最終結果の一覧"),
        ("_final.json", "最終結果（JSON）"),
        ("_final.dat", "最終結果（固定長、配信1）"),
        ("_disclosure.csv", "開示結果の一覧"),
        ("_disclosure.pdf", "開示結果"),
        ("_notice.pdf", "お知らせ"),
        ("_welcome.pdf", "ご案内状"),
        ("_form.pdf", "署名・押印の書面"),
        ("_final_reply.pdf", "FAX返信票（最終結果）"),
        ("_reply.pdf", "FAX返信票"),
    ];
    let found = TITLES.iter().find(|(ending, _)| name.ends_with(ending));
    found.map(|(_, title)| *title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Date;

    #[test]
    fn an_answers_name_says_what_it_is_and_of_which_case() {
        let receipt = ReceiptNo::new(Date::new(2026, 12, 1).unwrap(), 1).unwrap();
        let whole = format!("{receipt}_12月分_result.csv");
        assert_eq!(told_of(&whole, receipt), Some(EffectScope::File(receipt)));
        let one = CaseId { receipt, n: 1, row: None };
        assert_eq!(told_of(&format!("{one}_receipt.pdf"), receipt), Some(EffectScope::Case(one)));
        for other in ["note.txt", "", &format!("{receipt}"), &format!("{receipt}x_result.csv")] {
            assert_eq!(told_of(other, receipt), None, "{other}");
        }
        assert_eq!(title_of("x_slip.pdf"), Some("受付票"));
        assert_eq!(title_of("x_final.dat"), Some("最終結果（固定長、配信1）"));
        assert_eq!(title_of("x_reply.pdf"), Some("FAX返信票"));
        assert_eq!(title_of("x_final_reply.pdf"), Some("FAX返信票（最終結果）"));
        for other in ["x_password_yamada01.pdf", "x.part", "x_waiting.txt", "x_receipt.pdf.exe"] {
            assert_eq!(title_of(other), None, "{other}");
        }
    }
}
