//! What is told of forms of which sheets are missing: to the branch on its pages, in its 日報 and by
//! one mail, and on the paper that is made of them all the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    BranchCode, Code, Finding, FormMark, Person, ReceiptNo, Severity, SheetsDeed, SheetsEnd,
    Timestamp,
};
use crate::ports::{Entry, FileRecord, KeyingRecord, StoreError};
use crate::render::daily::{IncidentItem, IncidentKind};
use crate::workflow::{Effect, EffectKind, EffectScope, MailKind};

use super::super::flaws::whole_file;
use super::super::judge::file_effects;
use super::sheets::SheetsWaiting;
use super::{Desk, IncidentTold};

impl Desk {
    /// Forms of which sheets are missing for too long, as something that waits for a person.
    pub(in crate::service) fn sheets_told(&self, person: &Person) -> Vec<IncidentTold> {
        let late = self.sheets_waiting(person).into_iter().filter(|one| one.is_late);
        let customers = self.store.customers();
        let told = late.map(|one| {
            let SheetsWaiting { form, of, missing, first, .. } = one;
            let name = customers.get(form.customer).map(|known| known.name.clone());
            IncidentTold {
                what: "FAXのページがそろいません".to_owned(),
                whom: format!("{}　{}", name.unwrap_or_default(), first.name),
                since: Some(first.received_at),
                why: format!(
                    "用紙番号 {form} の{of}枚のうち、{}が届いていません。",
                    numbers(&missing)
                ),
                remedy:
                    "お客様に、届いていないページをお送りいただいてください。届けば、ひとりでに\
                         入力待ちになります。届かないときは、画面「書面の入力」から、届いた分だけで\
                         入力を始めるか、お返しにしてください。"
                        .to_owned(),
                name: String::new(),
                case: None,
                deeds: &[],
            }
        });
        told.collect()
    }

    /// The same for the 日報 of each branch.
    pub(in crate::service) fn sheets_items(&self) -> Vec<(BranchCode, IncidentItem)> {
        let rules = self.rulebook();
        let late = self.all_waiting().into_iter().filter(|one| one.is_late);
        let item = |one: SheetsWaiting| {
            let (form, of, missing) = (one.form.to_string(), one.of.to_string(), one.missing);
            let missing = numbers(&missing);
            let values = [("form", form.as_str()), ("of", &of), ("missing", &missing)];
            let text = rules.answers.words.fill("daily.sheets_text", &values);
            let (kind, since) = (IncidentKind::Sheets, Some(one.first.received_at));
            (one.first.submitter.desk, IncidentItem { kind, name: form, text, since })
        };
        late.map(item).collect()
    }

    /// Owes the branch one mail for each call that waits for other sheets too long.
    pub(in crate::service) fn tell_of_sheets(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let late = self.all_waiting().into_iter().filter(|one| one.is_late);
        let calls: BTreeMap<ReceiptNo, FileRecord> =
            late.map(|one| (one.first.receipt, one.first)).collect();
        let kind = EffectKind::Notice(MailKind::SheetsMissing);
        let is_new = |file: &&FileRecord| {
            let told = self.store.notices_to(&[&file.submitter.folder], usize::MAX);
            let scope = EffectScope::File(file.receipt);
            let mut told = told.iter().filter(|one| one.what == kind.to_string());
            !told.any(|one| one.scope == scope)
        };
        let new = calls.values().filter(is_new);
        let owed: Vec<Effect> = new
            .flat_map(|file| file_effects(file.receipt, now, std::slice::from_ref(&kind)))
            .collect();
        if owed.is_empty() {
            return Ok(());
        }
        self.commit_entries(now, vec![Entry::Owed(owed)])
    }

    /// What was missing, at a moment, of the forms on a call: the same whenever it is asked.
    pub(in crate::service) fn missing_at(&self, file: &FileRecord, at: Timestamp) -> Vec<Finding> {
        let sheets_of = |record: &KeyingRecord| self.sheets_on(&record.scan).0;
        let own = self.store.keying(file.receipt).map(|record| sheets_of(&record));
        let forms: BTreeMap<FormMark, u8> =
            own.into_iter().flatten().map(|(_, sheet)| (sheet.mark, sheet.of)).collect();
        let told = forms.into_iter().filter_map(|(form, of)| {
            let has = |record: &KeyingRecord| record.forms.iter().any(|(_, one)| *one == form);
            let came = self.store.keyings(&has).into_iter().filter(|record| {
                let file = self.store.file(record.receipt);
                file.is_some_and(|file| file.received_at <= at)
            });
            let there: BTreeSet<u8> = came
                .flat_map(|record| sheets_of(&record))
                .filter(|(_, sheet)| sheet.mark == form)
                .map(|(_, sheet)| sheet.sheet)
                .collect();
            let missing: Vec<u8> = (1..=of).filter(|sheet| !there.contains(sheet)).collect();
            let ja =
                format!("用紙番号 {form} の{of}枚のうち、{}が届いていません", numbers(&missing));
            let en = format!("sheets of form {form} are missing");
            (!missing.is_empty()).then(|| whole_file(Code::Pages, &ja, &en))
        });
        told.collect()
    }

    /// What is told of a paper that is read although sheets are missing, or was given back for it.
    pub(in crate::service) fn sheets_missing(&self, file: &FileRecord) -> Option<Finding> {
        let record = file.paper.as_ref().and_then(|_| self.store.keying(file.receipt))?;
        let slip = self.sheets_slip(file, &record)?;
        let SheetsEnd { deed, by, reason } = slip.end.as_ref()?;
        let (of, form, missing) = (slip.of, slip.form, numbers(&slip.missing()));
        let name = self.name_of(by);
        let missing = format!("用紙番号 {form} の{of}枚のうち、{missing}が届いていません");
        let en = format!("sheets of form {form} are missing");
        Some(match deed {
            SheetsDeed::Complete => {
                let ja = format!(
                    "{missing}。{name}さんが、届いた分だけで受け付けると決めました（{reason}）。"
                );
                let severity = Severity::Warning;
                Finding { severity, ..whole_file(Code::Pages, &ja, &en) }
            }
            SheetsDeed::GiveBack => {
                let ja = format!(
                    "{missing}。全部のページをそろえて、もう一度お送りください（{reason}）。"
                );
                whole_file(Code::Pages, &ja, &en)
            }
        })
    }
}

/// Sheets as people say them: `2枚目・3枚目`.
fn numbers(sheets: &[u8]) -> String {
    sheets.iter().map(|sheet| format!("{sheet}枚目")).collect::<Vec<_>>().join("・")
}
