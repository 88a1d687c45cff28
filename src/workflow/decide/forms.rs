//! Forms: what people fill in, once or twice without seeing each other (ベリファイ入力).

use super::super::expr::Value;
use super::super::{
    Approve, EffectKind, Event, Form, FormEntry, Refusal, Twin, VoteKind, Why, open_seats,
};
use super::Course;
use super::vote::Ballot;

impl Course<'_> {
    /// What the person filled in; nothing where there is no form or nothing is approved.
    ///
    /// Errs with every field that is missing or cannot be read, each with what to write.
    pub(super) fn read_entry(
        &self,
        approve: &Approve,
        seat: u8,
        ballot: &Ballot<'_>,
    ) -> Result<Option<FormEntry>, Refusal> {
        let (Some(form), VoteKind::Approve) = (&approve.form, ballot.kind) else { return Ok(None) };
        let mut wrong = Vec::new();
        let mut values = Vec::new();
        for field in form.fields.iter() {
            let short = field.name.rsplit('.').next().unwrap_or(&field.name);
            let typed = ballot.entry.iter().find(|(name, _)| name == short);
            let text = typed.map_or("", |(_, text)| text.trim());
            match field.kind.read(text) {
                Some(value) => values.push((field.name.clone(), value)),
                None => wrong.push(format!("{}（{}）", field.label, field.kind.shape())),
            }
        }
        if !wrong.is_empty() {
            return Err(Refusal::FormMistakes(wrong));
        }
        Ok(Some(FormEntry { step: self.case.head.step, seat, values }))
    }

    /// Goes on when the entry counts: at once, or when the second one agrees with it.
    pub(super) fn filled_in(
        &mut self,
        approve: &Approve,
        entry: &FormEntry,
    ) -> Result<(), Refusal> {
        let Some(form) = &approve.form else { return Ok(()) };
        let step = entry.step;
        let entries = self.case.head.aside.iter().flat_map(|aside| &aside.entries);
        let first = entries.into_iter().find(|one| one.step == step).cloned();
        self.happen(Event::Filled(entry.clone()));
        match first {
            Some(first) if first.values != entry.values => {
                let fields = differing(form, &first.values, &entry.values);
                self.happen(Event::Differed { step, fields, at: self.facts.now });
                // Both are asked again, and neither learns what the other wrote.
                self.ask_anew(approve, step);
                return Ok(());
            }
            None if form.twin == Twin::Blind => {}
            Some(_) | None => {
                let overtaken = self.is_overtaken(entry);
                self.happen(Event::Settled { step });
                if overtaken {
                    self.jump(step.saturating_add(1))?;
                    return self.go_on(step);
                }
            }
        }
        self.after_approval(approve)
    }

    /// Whether what was approved further on was approved on other values than these: it is then
    /// decided anew, whoever sent the case back, and so is which steps it needs.
    fn is_overtaken(&self, entry: &FormEntry) -> bool {
        let Some(aside) = &self.case.head.aside else { return false };
        let other = |(name, value): &(String, Value)| {
            aside.filled.iter().any(|(known, was)| known == name && was != value)
        };
        aside.resume.is_some_and(|resume| resume > entry.step) && entry.values.iter().any(other)
    }

    fn ask_anew(&mut self, approve: &Approve, step: u8) {
        let seats = open_seats(&self.case, approve);
        self.enter(approve, step, &seats, Why::Round);
        // Two mails of one moment are one.
        let mut told = std::collections::BTreeSet::new();
        self.decision.effects.retain(|effect| {
            let EffectKind::Again { to, .. } = &effect.kind else { return true };
            told.insert(to.clone())
        });
    }
}

/// The fields in which two entries differ, as people call them.
fn differing(form: &Form, one: &[(String, Value)], other: &[(String, Value)]) -> Vec<String> {
    let value = |values: &[(String, Value)], name: &str| {
        values.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let fields =
        form.fields.iter().filter(|field| value(one, &field.name) != value(other, &field.name));
    fields.map(|field| field.label.clone()).collect()
}
