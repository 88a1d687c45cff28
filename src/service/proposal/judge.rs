//! The verdict on a dropped rule: findings with the proof that failed, or a publication case.

use std::sync::Arc;

use crate::domain::{Code, Date, Digest, Finding, Severity, Timestamp, YenTotal};
use crate::formats::{self, Writer};
use crate::ports::{Checked, FileRecord, OpenedFlow, StoreError};
use crate::workflow::expr::Value;
use crate::workflow::{
    EffectKind, Flow, MailKind, Mistake, PROPOSAL, Scope, Unit, decoded, show_mistakes,
};

use super::super::judge::{Judged, file_effects, new_case};
use super::target::{ProposalKind, Target, is_plain_name, target};
use super::{Desk, Proposal, Rulebook};

/// Business days two people have for a change that names no day of its own.
const OPEN_DAYS: i64 = 5;
/// The longest rule, in bytes; they are read whole.
const BYTES_MAX: u64 = 1 << 20;
/// How many calendar days ahead a changed directory is held against the cases that wait.
const OUTLOOK_DAYS: u16 = 31;

impl Desk {
    /// The verdict on a dropped rule.
    pub(in crate::service) fn propose(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
    ) -> Result<Judged, StoreError> {
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        if file.bytes > BYTES_MAX {
            let wrong = whole(&file.name, "ファイルが大きすぎます。", "the file is too large");
            return self.refuse_rule(file, &[wrong], "");
        }
        let bytes =
            self.blobs.open(file.digest).and_then(|blob| blob.read_all()).map_err(failed)?;
        let text = decoded(&bytes);
        let found = target(&file.name, &text, &rules.publishing.files, file.received_at.date());
        let wrong = self.own_mistakes(rules, file, &found);
        if !wrong.is_empty() {
            return self.refuse_rule(file, &wrong, &text);
        }
        match self.candidate(rules, &found.place, bytes) {
            Ok(after) => self.open_proposal(rules, &after, (file, found)),
            Err(mistakes) => self.refuse_rule(file, &mistakes, &text),
        }
    }

    /// The rules as they would be with a file in its place; errs with every mistake.
    pub(super) fn candidate(
        &self,
        rules: &Rulebook,
        place: &str,
        bytes: Vec<u8>,
    ) -> Result<Rulebook, Vec<Mistake>> {
        let Some(source) = self.source.get() else {
            let en = "this desk takes no rules";
            return Err(vec![whole(place, "この窓口では変更を受け付けていません。", en)]);
        };
        let mut files = rules.publishing.files.clone();
        files.insert(place.to_owned(), bytes);
        source.make(files).and_then(|after| self.still_in_force(rules, after))
    }

    /// What is wrong with a dropped rule before it is even read.
    fn own_mistakes(&self, rules: &Rulebook, file: &FileRecord, found: &Target) -> Vec<Mistake> {
        let at = |ja: &str, en: &str| vec![whole(&found.place, ja, en)];
        if !is_plain_name(&file.name) {
            return at(
                "ファイル名は文字と数字、「-」「_」だけにしてください。",
                "the file's name may hold letters, digits, `-` and `_` only",
            );
        }
        let same = found.base.as_ref().is_some_and(|(_, digest)| *digest == file.digest);
        if same {
            return at("いま公開されているものと同じです。", "this is what is in force already");
        }
        let today = file.received_at.date();
        if let Some(day) = found.effective_from.filter(|day| *day < today) {
            return at(
                &format!("施行日 {day} は過ぎています。きょう以降の日を書いてください。"),
                &format!("effective_from {day} has passed; write today or a later day"),
            );
        }
        if deadline(rules, file, found) <= self.clock.now() {
            return at(
                "きょうの承認期限を過ぎています。施行日を翌営業日以降にしてください。",
                "today's approval deadline has passed; let it come into force later",
            );
        }
        if rules.flow(found.kind.flow(), today).is_none() {
            return at(
                "公開の流れ workflows/publication.yaml がありません。",
                "there is no flow `publication`",
            );
        }
        Vec::new()
    }

    /// Nothing of it is taken in; the answer is what `kessai check` would say.
    fn refuse_rule(
        &self,
        file: &FileRecord,
        mistakes: &[Mistake],
        text: &str,
    ) -> Result<Judged, StoreError> {
        let files = self.rulebook().publishing.files.clone();
        let place = mistakes.iter().find(|one| !files.contains_key(&one.file));
        let own = target(&file.name, text, &files, file.received_at.date()).place;
        let source = |name: &str| {
            if name == own || place.is_some_and(|one| one.file == name) {
                return Some(text.to_owned());
            }
            files.get(name).map(|bytes| decoded(bytes))
        };
        let mut findings: Vec<Finding> = mistakes.iter().map(finding).collect();
        // The last one is the whole answer as it is shown.
        let shown = show_mistakes(mistakes, &source);
        let count = format!("{} 件の誤りがあります。何も変わっていません。", mistakes.len());
        let last = whole(&own, &format!("{shown}{count}"), "");
        findings.push(Finding { severity: Severity::Info, ..finding(&last) });
        let findings = self.keep(&formats::write_findings(&findings))?;
        let kinds = [EffectKind::Result, EffectKind::Notice(MailKind::RejectedFile)];
        let checked = Checked {
            receipt: file.receipt,
            findings: Some(findings),
            record_file: None,
            records: 1,
            accepted: 0,
            rejected: 1,
            total: YenTotal::default(),
            flows: Vec::new(),
            moved: Vec::new(),
            effects: file_effects(file.receipt, self.clock.now(), &kinds),
        };
        Ok(Judged::of(checked))
    }

    /// Opens the case in which two people decide.
    fn open_proposal(
        &self,
        rules: &Rulebook,
        after: &Rulebook,
        (file, found): (&FileRecord, Target),
    ) -> Result<Judged, StoreError> {
        let (kind, until) = (found.kind, last_day(rules, file, &found));
        let proposal = self.keep_proposal(rules, after, (file, found))?;
        self.open_without_rows(rules, file, (kind, until, proposal))
    }

    /// Opens a case without rows, in which people decide on what is kept under a digest until the
    /// approval deadline of a day.
    pub(in crate::service) fn open_without_rows(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
        (kind, until, proposal): (ProposalKind, Date, Digest),
    ) -> Result<Judged, StoreError> {
        let now = self.clock.now();
        let Some(flow) = rules.flow(kind.flow(), file.received_at.date()) else {
            return Err(StoreError::Poisoned(format!("no flow {}", kind.flow())));
        };
        self.pin(flow)?;
        let scope =
            Scope { rows: 1, total: YenTotal::default(), record_date: until, latest_day: None };
        let opened = OpenedFlow {
            workflow: kind.flow().to_owned(),
            definition: flow.definition.hash,
            kinds: Vec::new(),
            unit: Unit::File,
            first_case: self.store.take_case_numbers(1),
            scope,
        };
        let record_file = Some(self.keep(&no_rows()?)?);
        let judged = FileRecord { record_file, flows: vec![opened.clone()], ..file.clone() };
        let id = crate::domain::CaseId { receipt: file.receipt, n: 1, row: None };
        let case = new_case(&Arc::new(judged.case_file()), id, scope);
        let named = vec![(PROPOSAL.to_owned(), Value::Text(proposal.to_string()))];
        let moved = self.opening_with(rules, &case, named, now);
        let kinds = [EffectKind::Result, EffectKind::Notice(MailKind::Accepted)];
        let checked = Checked {
            receipt: file.receipt,
            findings: None,
            record_file,
            records: 1,
            accepted: 1,
            rejected: 0,
            total: YenTotal::default(),
            flows: vec![opened],
            moved: moved.into_iter().collect(),
            effects: file_effects(file.receipt, now, &kinds),
        };
        Ok(Judged::of(checked))
    }

    /// Keeps what is approved: the new text by its digest, what was proved, what it would do.
    fn keep_proposal(
        &self,
        rules: &Rulebook,
        after: &Rulebook,
        (file, found): (&FileRecord, Target),
    ) -> Result<Digest, StoreError> {
        if let Some(bytes) =
            found.base.as_ref().and_then(|(name, _)| rules.publishing.files.get(name))
        {
            self.keep(bytes)?;
        }
        let impacts = self.impact_of(rules, after, self.year_ago());
        let mut impact: Vec<String> =
            impacts.iter().flat_map(super::super::FlowImpact::japanese).collect();
        if found.kind == ProposalKind::Directory {
            impact.extend(self.outlook(after));
        }
        if impact.is_empty() {
            impact.push("過去の案件の承認の道は変わりません。".to_owned());
        }
        let proposal = Proposal {
            format: 1,
            place: found.place,
            kind: found.kind,
            base: found.base.map(|(name, digest)| (name, digest.to_string())),
            new: file.digest.to_string(),
            effective_from: found.effective_from.map(|day| day.to_string()),
            proof: proof(rules, after),
            impact,
            plan: None,
        };
        self.keep_json(&proposal)
    }

    /// Keeps a value as JSON under its digest.
    pub(in crate::service) fn keep_json(
        &self,
        value: &impl serde::Serialize,
    ) -> Result<Digest, StoreError> {
        let json = serde_json::to_vec(value);
        self.keep(&json.map_err(|error| StoreError::Poisoned(error.to_string()))?)
    }
}

impl Desk {
    /// Whether the cases that wait now could still be staffed with other people.
    fn outlook(&self, after: &Rulebook) -> Vec<String> {
        let forecast = self.forecast(OUTLOOK_DAYS, Some(after.directory.as_ref().clone()));
        let short = forecast.shortfalls.iter().map(|one| format!("{} {}", one.case, one.sentence));
        let mut told: Vec<String> = short.collect();
        if told.is_empty() {
            told.push(format!(
                "いま待っている案件（{}件）は、すべて期限までに承認者がそろいます。",
                forecast.cases
            ));
        }
        if !forecast.unregistered.is_empty() {
            let who = forecast.unregistered.join("、");
            told.push(format!("ログインのない人: {who}（user add で登録してください）"));
        }
        told
    }
}

/// What was proved, in sentences: of all rules, and of the flows that change.
fn proof(before: &Rulebook, after: &Rulebook) -> Vec<String> {
    let tests = after.publishing.files.keys().filter(|name| name.starts_with("workflows/tests/"));
    let flows: Vec<&Flow> = after.flows.values().flatten().collect();
    let mut sentences = vec![format!(
        "流れ {} 本を読み、試験 {} 件を通しました。誤りはありません。",
        flows.len(),
        tests.count()
    )];
    for flow in flows.iter().filter(|flow| before.flow_by_hash(flow.definition.hash).is_none()) {
        let definition = &flow.definition;
        if definition.assertions.is_empty() {
            sentences.push(format!(
                "{}: どの案件も、送り出す前に取扱店の2名以上が承認します。",
                definition.title
            ));
        }
        sentences.extend(definition.assertions.iter().map(|one| {
            format!("{}: 「{}」は、どの案件でも成り立ちます。", definition.title, one.text)
        }));
    }
    sentences
}

/// The day until which two people must have approved: the day it comes into force.
fn last_day(rules: &Rulebook, file: &FileRecord, found: &Target) -> Date {
    let today = file.received_at.date();
    found
        .effective_from
        .filter(|_| found.kind == ProposalKind::Flow)
        .unwrap_or_else(|| rules.calendar.add_open_days(today, OPEN_DAYS))
}

fn deadline(rules: &Rulebook, file: &FileRecord, found: &Target) -> Timestamp {
    rules.deadline.of(last_day(rules, file, found))
}

/// A record file without a row: a changed rule has none.
fn no_rows() -> Result<Vec<u8>, StoreError> {
    let writer = Writer::new(Vec::new()).and_then(Writer::finish);
    writer.map_err(|error| StoreError::Poisoned(error.to_string()))
}

fn finding(mistake: &Mistake) -> Finding {
    let number = |number: usize| u32::try_from(number).unwrap_or(0);
    let place = match mistake.line {
        0 => mistake.file.clone(),
        line => format!("{} {line}行目", mistake.file),
    };
    let ja = format!("{place}: {}", mistake.ja);
    Finding {
        record: 0,
        line: number(mistake.line),
        column: number(mistake.column),
        bytes: None,
        reference: None,
        field: None,
        code: Code::Rules,
        severity: Severity::Error,
        value: String::new(),
        ja: if mistake.en.is_empty() { mistake.ja.clone() } else { ja },
        en: mistake.en.clone(),
    }
}

fn whole(file: &str, ja: &str, en: &str) -> Mistake {
    let (file, ja, en) = (file.to_owned(), ja.to_owned(), en.to_owned());
    Mistake { file, line: 0, column: 1, length: 1, ja, en }
}
