//! The institution: it reads the files for the clearing side, records or refuses each line by its
//! own ledger, and answers with files of results, some late, some twice, some before their time.

use std::fmt::Write as _;

use super::super::super::outcome::Error;
use super::super::cast::Somebody;
use super::dossier::{Consent, End, Pace};
use super::ledger::Wanted;
use super::{Year, nth};
use crate::domain::{CaseId, Date, RequestKind};

pub(super) const FOLDER: (&str, &str) = ("center", "densai");
const HEADING: &str = "申請番号,明細番号,結果,記録番号,エラー,備考\r\n";

/// A row of a file of results.
struct Told {
    case: CaseId,
    line: u32,
    /// The record number that goes with it; none for errors.
    answer: Result<Option<String>, &'static str>,
    /// Whether the desk must take it.
    counts: bool,
}

impl Year {
    /// A file for the clearing side came, with the lines its companion names.
    pub(super) fn institution_reads(&mut self, id: CaseId, lines: &[u32], bytes: &[u8]) {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::Reader::from_reader(text);
        let today = self.town.now().date();
        let mut last = today;
        let mut sent = Vec::new();
        for (line, record) in lines.iter().zip(reader.records()) {
            let record = record.unwrap_or_default();
            let cell = |at: usize| record.get(at).unwrap_or_default();
            let at = cell(16).strip_prefix("R-").and_then(|at| at.parse().ok());
            let at: usize = at.unwrap_or(usize::MAX);
            let Some(asked) = self.asked.get(at) else {
                self.fault(&format!("{id}: a line was sent on that nobody asked for"));
                continue;
            };
            let wanted = &asked.wanted;
            let theirs = (cell(0), cell(1), cell(2), cell(3), cell(14), cell(15));
            let text = |value: Option<String>| value.unwrap_or_default();
            let ours = (
                wanted.kind.code().to_string(),
                text(wanted.number.clone()),
                wanted.record.to_string(),
                wanted.from.user.clone(),
                text(wanted.amount.map(|yen| yen.to_string())),
                text(wanted.due.map(|due| due.to_string())),
            );
            let ours = (&*ours.0, &*ours.1, &*ours.2, &*ours.3, &*ours.4, &*ours.5);
            let is_same = theirs == ours && asked.line == Some((id.receipt, *line));
            last = last.max(wanted.record);
            if !is_same {
                self.fault(&format!("{id} line {line}: sent on as {theirs:?}, asked as {ours:?}"));
            }
            sent.push((*line, at));
        }
        let Some(dossier) = self.open.get_mut(&id) else {
            self.fault(&format!("{id} was sent on and is not open"));
            return;
        };
        if dossier.is_sent || dossier.lines != sent {
            let (had, lines) = (dossier.is_sent, dossier.lines.clone());
            self.fault(&format!("{id} was sent on with {sent:?}; it has {lines:?}, before: {had}"));
            return;
        }
        dossier.is_sent = true;
        if dossier.pace != Pace::Lost {
            self.plan(id, last, sent.into_iter().map(|(line, _)| line).collect());
        }
    }

    /// When the institution answers: mostly on the record date, some late, some in two parts.
    fn plan(&mut self, id: CaseId, record: Date, mut lines: Vec<u32>) {
        let after = match self.chance.below(100) {
            0..82 => 0,
            82..92 => 1,
            _ => self.chance.between(4, 7),
        };
        let day = self.calendar.add_open_days(self.calendar.next_open(record), after);
        if lines.len() > 1 && self.chance.in_thousand(80) {
            let rest = lines.split_off(lines.len() / 2);
            let later = self.calendar.add_open_days(day, 1);
            self.plans.entry(later).or_default().push((id, rest));
        }
        self.plans.entry(day).or_default().push((id, lines));
    }

    /// The evening's results.
    pub(super) fn institution_answers(&mut self, day: Date) -> Result<(), Error> {
        let later = self.plans.split_off(&day.plus_days(1));
        let due = std::mem::replace(&mut self.plans, later);
        let mut all: Vec<(CaseId, Vec<u32>)> = due.into_values().flatten().collect();
        // The order in which it works is its own.
        if self.chance.in_thousand(500) {
            all.reverse();
        }
        let mut told = Vec::new();
        for (id, lines) in all {
            for line in lines {
                told.extend(self.judge(id, line));
            }
        }
        if let Some(early) = self.too_early() {
            told.push(early);
        }
        if told.is_empty() { Ok(()) } else { self.hand_over(&told) }
    }

    /// Records or refuses one line.
    fn judge(&mut self, case: CaseId, line: u32) -> Option<Told> {
        let dossier = self.open.get(&case)?;
        let (_, at) = *dossier.lines.iter().find(|(one, _)| *one == line)?;
        let wanted = self.asked.get(at)?.wanted.clone();
        let today = self.town.now().date();
        let whim = self.chance.in_thousand(50).then_some("口座相違");
        let begins = wanted.kind.is_accrual() || wanted.kind == RequestKind::SplitAssignment;
        let answer = if let Some(why) = whim.or_else(|| self.ledger.refuses(&wanted)) {
            Err(why)
        } else {
            let new = begins.then(|| self.new_number(&wanted.from.user));
            if self.asks_consent(&wanted) {
                // It holds only once the other side has said so.
                self.open.get_mut(&case)?.consent =
                    Some(Consent { new: new.clone(), holds: false });
            } else {
                self.enter(&wanted, new.as_deref(), today);
            }
            Ok(new)
        };
        Some(Told { case, line, answer, counts: true })
    }

    /// Whether the other side, a customer here, is asked first.
    fn asks_consent(&self, wanted: &Wanted) -> bool {
        let asks = match wanted.kind {
            RequestKind::AccrualCreditor => true,
            RequestKind::Change => !wanted.is_paper,
            _ => false,
        };
        let here = |other: &Somebody| {
            self.town.customers.iter().any(|customer| customer.who.user == other.user)
        };
        asks && wanted.other.as_ref().is_some_and(here)
    }

    /// Writes down what holds.
    pub(super) fn enter(&mut self, wanted: &Wanted, new: Option<&str>, today: Date) {
        self.ledger.record(wanted, new);
        let number = new.or(wanted.number.as_deref());
        self.recent.extend(number.map(|number| (today, number.to_owned())));
    }

    fn new_number(&mut self, user: &str) -> String {
        self.numbers += 1;
        format!("{user}{:011}", self.numbers)
    }

    /// A result for a case that was not approved yet: nobody may take it.
    fn too_early(&mut self) -> Option<Told> {
        if !self.chance.in_thousand(100) {
            return None;
        }
        let open: Vec<(CaseId, u32)> = self
            .open
            .iter()
            .filter(|(_, dossier)| !dossier.is_sent)
            .filter_map(|(id, dossier)| Some((*id, dossier.lines.first()?.0)))
            .collect();
        let (case, line) = self.chance.one(&open).copied()?;
        Some(Told { case, line, answer: Ok(None), counts: false })
    }

    /// Results are dropped, once or twice, and held against what was to come of them.
    fn hand_over(&mut self, told: &[Told]) -> Result<(), Error> {
        let mut text = HEADING.to_owned();
        for Told { case, line, answer, .. } in told {
            match answer {
                Ok(new) => {
                    let new = new.as_deref().unwrap_or_default();
                    write!(text, "{case},{line},良好,{new},,\r\n").ok();
                }
                Err(why) => {
                    write!(text, "{case},{line},不可,,{why},\r\n").ok();
                }
            }
        }
        let file = self.take_in(FOLDER, "kekka.csv", &text)?;
        let taken = nth(told.iter().filter(|one| one.counts).count());
        if u64::from(file.accepted) != taken {
            let what = format!("{} of {taken} results were taken", file.accepted);
            self.fault(&format!("file {}: {what}\n{text}", file.receipt));
        }
        self.results += taken;
        for one in told.iter().filter(|one| one.counts) {
            self.note(one);
        }
        // The same file once more, or the same rows in other bytes.
        for (name, text) in [("kekka2.csv", text.clone()), ("kekka3.csv", text + "\r\n")] {
            if self.chance.in_thousand(80) {
                let again = self.take_in(FOLDER, name, &text)?;
                if again.accepted > 0 {
                    let what = format!("{} results were taken twice", again.accepted);
                    self.fault(&format!("file {}: {what}", again.receipt));
                }
            }
        }
        Ok(())
    }

    /// What a result means for the row and its fee.
    fn note(&mut self, told: &Told) {
        let today = self.town.now().date();
        let good = told.answer.is_ok();
        let Some(dossier) = self.open.get_mut(&told.case) else { return };
        dossier.answers.insert(told.line, good);
        let at = dossier.lines.iter().find(|(line, _)| *line == told.line).map(|(_, at)| *at);
        let Some(asked) = at.and_then(|at| self.asked.get_mut(at)) else { return };
        let waits = good && dossier.consent.is_some();
        if !waits {
            asked.end = if good { End::Recorded } else { End::Errored };
        }
        let is_done = !waits && asked.wanted.kind.changes_claim();
        if let Some(number) = asked.wanted.number.as_ref().filter(|_| is_done) {
            self.busy.remove(number);
        }
        if good {
            self.bills.charge(&asked.wanted, today);
        }
    }
}
