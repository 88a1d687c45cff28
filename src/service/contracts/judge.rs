//! The verdict on a dropped application or list: findings, or a case in which people decide.

use crate::domain::fees::{ContractKind, first_debit};
use crate::domain::{ClaimState, Code, Customer, Customers, Date, Finding, UserNumber, YenTotal};
use crate::formats::zengin::transfer::is_transfer;
use crate::ports::{ClaimFilter, FileRecord, StoreError};
use crate::workflow::{
    Application, ColumnMistake, MailKind, Mistake, Procedure, SheetKind, decoded, load_application,
    load_claims, load_counterparts, load_customers, load_key, load_outage, load_resends,
    load_users,
};

use super::super::flaws::whole_file;
use super::super::judge::Judged;
use super::super::proposal::{Proposal, ProposalKind};
use super::super::{Desk, Rulebook};
use super::counterparts::{of_list, of_transfer};
use super::texts::{both, counts, title};
use super::{Plan, Planned};

/// Business days from an application to the first day of use: about a week (約1週間).
///
/// Source: the service's own answers to customers, 申込みから利用開始までの日数.
const OPEN_DAYS: i64 = 5;

/// The longest file, in bytes: a list of some ten thousand customers.
const BYTES_MAX: u64 = 8 << 20;

pub(super) type Findings = Vec<Finding>;

/// What people are to decide on.
pub(super) struct Asked {
    pub(super) kind: ProposalKind,
    /// What it is about, e.g. a customer's name.
    pub(super) place: String,
    pub(super) plan: Plan,
    /// What holds, a sentence each.
    pub(super) proof: Vec<String>,
}

impl Desk {
    /// The verdict on a dropped application or list of customers.
    pub(in crate::service) fn take_contract(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
    ) -> Result<Judged, StoreError> {
        match self.asked(rules, file)? {
            Ok(asked) => self.open_contract(rules, file, asked),
            Err(findings) => self.refuse(file, &findings, MailKind::RejectedFile),
        }
    }

    fn asked(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
    ) -> Result<Result<Asked, Findings>, StoreError> {
        if file.bytes > BYTES_MAX {
            let (ja, en) = ("ファイルが大きすぎます。", "the file is too large");
            return Ok(Err(vec![finding(Code::Size, None, (ja, en))]));
        }
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        let bytes = self.blobs.open(file.digest).and_then(|blob| blob.read_all());
        let bytes = bytes.map_err(failed)?;
        let (customers, today) = (self.store.customers(), file.received_at.date());
        let register = (&*customers, today);
        let asked = if is_transfer(&file.name, &bytes) {
            of_transfer(rules, &bytes, register)
        } else {
            let (name, text) = (file.name.as_str(), decoded(&bytes));
            match SheetKind::of(&text) {
                SheetKind::Application => load_application(name, &text, register)
                    .map_err(told)
                    .and_then(|application| self.application(rules, today, application)),
                SheetKind::Counterparts => load_counterparts(name, &text, register)
                    .map_err(told)
                    .and_then(|all| of_list(name, all, register)),
                SheetKind::Users => load_users(name, &text)
                    .map_err(|mistakes| placed(mistakes, |_| Code::K07))
                    .and_then(|all| self.user_list(name, all)),
                SheetKind::Outage => load_outage(name, &text)
                    .map_err(|mistakes| of_sheet(mistakes, Code::K08))
                    .and_then(|row| self.outage(rules, file, row)),
                SheetKind::Key => load_key(name, &text)
                    .map_err(|mistakes| of_sheet(mistakes, Code::K09))
                    .and_then(|reason| self.key_change(reason)),
                SheetKind::Resends => load_resends(name, &text)
                    .map_err(|mistakes| of_sheet(mistakes, Code::K10))
                    .and_then(|rows| self.resends(rules, file, rows)),
                SheetKind::Claims => load_claims(name, &text)
                    .map_err(told)
                    .and_then(|all| self.claim_list(name, all)),
                SheetKind::Customers => load_customers(name, &text)
                    .map_err(told)
                    .and_then(|all| list(name, all, &customers)),
            }
        };
        Ok(asked.and_then(|asked| {
            let flow = asked.kind.flow();
            let missing = rules.flow(flow, today).is_none();
            let ja = format!("流れ workflows/{flow}.yaml がありません。");
            let en = format!("there is no flow `{flow}`");
            if missing { Err(vec![finding(Code::Rules, None, (&ja, &en))]) } else { Ok(asked) }
        }))
    }

    /// What an application asks for, held against the register.
    fn application(
        &self,
        rules: &Rulebook,
        today: Date,
        application: Application,
    ) -> Result<Asked, Findings> {
        let Application { procedure, customer, before } = application;
        let place = title(&customer);
        let (kind, proof) = match (procedure, &before) {
            (Procedure::Change, Some(before)) => {
                may_change(before, &customer)?;
                (ProposalKind::ContractChange, changed(before, &customer))
            }
            (Procedure::End, Some(before)) => {
                let last = self.end(before, &customer, today)?;
                (ProposalKind::ContractEnd, ended(last))
            }
            (Procedure::Open | Procedure::Change | Procedure::End, _) => {
                self.open(&customer)?;
                let first = first_debit(customer.applied, &rules.calendar);
                (ProposalKind::Contract, opened(&customer, first))
            }
        };
        let entries = vec![Planned { before, after: customer }];
        Ok(Asked { kind, place, plan: Plan { entries, ..Plan::empty() }, proof })
    }

    fn open(&self, customer: &Customer<Option<UserNumber>>) -> Result<(), Findings> {
        let known = customer
            .user
            .is_some_and(|user| self.store.customers().running(user, customer.applied).is_some());
        if known {
            let ja = "この利用者番号のお客様は台帳にあります。「変更」でお申し込みください。";
            return Err(vec![finding(Code::K04, Some("user"), (ja, "the customer is known"))]);
        }
        Ok(())
    }

    /// The last day of a contract that may end.
    fn end(
        &self,
        before: &Customer,
        after: &Customer<Option<UserNumber>>,
        today: Date,
    ) -> Result<Date, Findings> {
        still_runs(before)?;
        let Some(last) = after.closed.filter(|last| *last >= today) else {
            let ja = "解約日が過ぎています。きょう以降の日を書いてください。";
            let en = "the last day has passed; write today or a later day";
            return Err(vec![finding(Code::K06, Some("closed"), (ja, en))]);
        };
        match self.claims_after(before.user, last) {
            Some((ja, en)) => Err(vec![finding(Code::K05, Some("closed"), (&ja, &en))]),
            None => Ok(last),
        }
    }

    /// Why a contract cannot end on a day: claims of the customer that are settled later.
    pub(super) fn claims_after(&self, user: UserNumber, last: Date) -> Option<(String, String)> {
        let filter = ClaimFilter {
            party: Some(user),
            state: Some(ClaimState::Open),
            ..ClaimFilter::default()
        };
        let calendar = &self.rulebook().calendar;
        let claims = self.store.claims(&filter, None, usize::MAX);
        let later = claims.iter().filter(|one| calendar.next_open(one.claim.due) > last);
        let (count, total) = later.fold((0_u64, 0_u64), |(count, total), one| {
            (count.saturating_add(1), total.saturating_add(one.claim.amount.get()))
        });
        let total = YenTotal::new(total);
        (count > 0).then(|| {
            let ja = format!(
                "解約日より後に決済される債権が{count}件（{total}円）あります。決済が済む日より後の解約日にしてください。"
            );
            (ja, format!("{count} claims of {total} yen are settled after the last day"))
        })
    }

    fn open_contract(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
        asked: Asked,
    ) -> Result<Judged, StoreError> {
        let (old, new) = both(asked.kind, &asked.plan);
        let base = if old.is_empty() { None } else { Some(self.keep(old.as_bytes())?) };
        let plan = self.keep_json(&asked.plan)?;
        let proposal = Proposal {
            format: 1,
            place: asked.place,
            kind: asked.kind,
            base: base.map(|digest| ("台帳".to_owned(), digest.to_string())),
            new: self.keep(new.as_bytes())?.to_string(),
            effective_from: None,
            proof: asked.proof,
            impact: Vec::new(),
            plan: Some(plan.to_string()),
        };
        let digest = self.keep_json(&proposal)?;
        let until = rules.calendar.add_open_days(file.received_at.date(), OPEN_DAYS);
        self.open_without_rows(rules, file, (asked.kind, until, digest))
    }
}

/// What a list changes in the register.
fn list(name: &str, all: Vec<Customer>, customers: &Customers) -> Result<Asked, Findings> {
    let count = all.len();
    let planned = all.into_iter().filter_map(|mut after| {
        let before = customers.get(after.user).cloned();
        after.counterparts =
            before.as_ref().map(|before| before.counterparts.clone()).unwrap_or_default();
        let user = Some(after.user);
        (before.as_ref() != Some(&after)).then(|| Planned { before, after: after.numbered(user) })
    });
    let entries: Vec<Planned> = planned.collect();
    if entries.is_empty() {
        return Err(nothing_new());
    }
    let (new, change) = counts(&entries);
    let same = count.saturating_sub(entries.len());
    let proof = vec![
        format!("新しいお客様 {new}名、変わるお客様 {change}名、今のままのお客様 {same}名です。"),
        "一覧にないお客様は、今のままです。".to_owned(),
    ];
    let plan = Plan { entries, ..Plan::empty() };
    Ok(Asked { kind: ProposalKind::Customers, place: name.to_owned(), plan, proof })
}

/// A list that says what the register says asks nobody for anything.
pub(super) fn nothing_new() -> Findings {
    let ja = "いまの台帳と同じです。変わるお客様がありません。";
    vec![finding(Code::K06, None, (ja, "the register says the same"))]
}

fn may_change(before: &Customer, after: &Customer<Option<UserNumber>>) -> Result<(), Findings> {
    still_runs(before)?;
    if after.clone().numbered(before.user) == *before {
        let ja = "今の契約と同じです。変える項目だけを書いてください。";
        return Err(vec![finding(Code::K06, None, (ja, "nothing changes"))]);
    }
    Ok(())
}

/// A contract that has ended is neither changed nor ended again.
fn still_runs(before: &Customer) -> Result<(), Findings> {
    let Some(last) = before.closed else { return Ok(()) };
    let ja = format!("この契約は {last} で解約されています。新規でお申し込みください。");
    let en = format!("this contract ends on {last}");
    Err(vec![finding(Code::K04, Some("user"), (&ja, &en))])
}

fn opened(customer: &Customer<Option<UserNumber>>, first: Date) -> Vec<String> {
    let mut told = vec![
        "区分・口座の種類・メールアドレスは、お取り扱いできるものです。".to_owned(),
        format!("手数料の第1回目の引落しは {} です。", first.japanese()),
    ];
    if customer.contract == ContractKind::Light {
        let most = YenTotal::new(ContractKind::LIGHT_MAX);
        told.push(format!("でんさいライト: 債務者としての発生記録は1件 {most}円までです。"));
    }
    told
}

fn changed(before: &Customer, after: &Customer<Option<UserNumber>>) -> Vec<String> {
    super::texts::differences(before, &after.clone().numbered(before.user))
}

fn ended(last: Date) -> Vec<String> {
    vec![format!(
        "解約日 {} より後に決済される債権はありません。その日までは今までどおり使えます。",
        last.japanese()
    )]
}

/// The mistakes of a sheet that has one code; one without a row asks for nothing.
fn of_sheet(mistakes: Vec<ColumnMistake>, code: Code) -> Findings {
    if mistakes.is_empty() {
        return vec![finding(code, None, ("届出の行がありません。", "there is no row"))];
    }
    placed(mistakes, |_| code)
}

fn told(mistakes: Vec<ColumnMistake>) -> Findings {
    placed(mistakes, |column| match column {
        "applicant" => Code::K01,
        "type" => Code::K02,
        "email" => Code::K03,
        "customer" | "partner" => Code::K04,
        _ => Code::K06,
    })
}

/// Mistakes as findings, each with the code of its column.
fn placed(mistakes: Vec<ColumnMistake>, code: impl Fn(&str) -> Code) -> Findings {
    let told = mistakes.into_iter().map(|(column, mistake)| {
        let code = code(column);
        let Mistake { line, column: at, ja, en, .. } = mistake;
        let number = |number: usize| u32::try_from(number).unwrap_or(0);
        let found = finding(code, None, (&ja, &en));
        Finding { line: number(line), column: number(at), ..found }
    });
    told.collect()
}

/// A finding about the whole application; line 2 is where its first row stands.
pub(super) fn finding(code: Code, column: Option<&str>, (ja, en): (&str, &str)) -> Finding {
    let line = if column.is_some() { 2 } else { 0 };
    Finding { line, ..whole_file(code, ja, en) }
}
