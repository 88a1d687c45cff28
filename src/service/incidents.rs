//! What waits for somebody of the bank to look at it: the same facts as `kessai status`,
//! `kessai mail list` and the 日報, each with what to do.

use std::sync::PoisonError;

use crate::domain::{CaseId, Organisation, Person, Timestamp};
use crate::ports::{CaseFilter, Halt, PendingEffect, WARNED_DAYS};
use crate::workflow::{EffectScope, Status, StuckDeed};

use super::Desk;

/// Most cases nobody can decide on that are listed.
const CASES_MAX: usize = 100;

/// Something a person must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentTold {
    /// What it is, in a few words.
    pub what: String,
    /// Which one: a recipient, a schedule, an address.
    pub whom: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Why, in the words of whatever refused it; empty where that is plain.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// The name by which a command takes it; empty where none does.
    pub name: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// What a branch may ask to become of it (再送の届出); nothing where that is not how it ends.
    pub deeds: &'static [StuckDeed],
}

impl Desk {
    /// What waits for a person of the bank, the oldest first: of their branch's files and cases,
    /// and of the whole office. Customers have none.
    pub fn incidents_for(&self, person: &Person) -> Vec<IncidentTold> {
        if matches!(person.organisation, Organisation::Customer(_)) {
            return Vec::new();
        }
        let mine = |one: &PendingEffect| match one.effect.scope.receipt() {
            Some(receipt) => {
                self.store.file(receipt).is_some_and(|file| person.works_at(file.submitter.desk))
            }
            None => true,
        };
        // Every to-do page asks this: what is not there is not looked for.
        let counts = self.store.counts();
        let halted = [Halt::Unsure, Halt::Dead].map(Halt::name);
        let is_stuck = halted.iter().any(|name| counts.effects.contains_key(name));
        let effects = if is_stuck { self.store.effects(usize::MAX) } else { Vec::new() };
        let all = effects.into_iter().filter(mine);
        let mut told: Vec<IncidentTold> =
            all.filter_map(|one| Some(self.stuck_told(&one, one.state.halt()?))).collect();
        if counts.files.keys().any(|verdict| *verdict == "held") {
            let held = self.holds_listed().into_iter();
            let mine = held.filter(|(file, _)| person.works_at(file.submitter.desk));
            told.extend(mine.map(|(file, first)| self.held_told(&file, first)));
        }
        told.extend(self.late_told(person));
        told.extend(self.sheets_told(person));
        if counts.cases.contains_key(Status::Incident.name()) {
            told.extend(self.unstaffed(person));
        }
        told.extend(self.unkept().into_iter().map(|view| IncidentTold {
            what: "決まった時刻の仕事ができていません".to_owned(),
            whom: view.title,
            since: Some(view.since),
            why: view.why,
            remedy: view.remedy,
            name: String::new(),
            case: None,
            deeds: &[],
        }));
        let returned = self.returned_incidents().into_iter();
        let theirs = returned.filter(|(branch, _)| branch.is_none_or(|code| person.works_at(code)));
        told.extend(theirs.map(|(_, item)| {
            IncidentTold {
                what: "メールが戻りました".to_owned(),
                whom: item.name.clone(),
                since: item.since,
                why: item.text,
                remedy: "書面をお渡しするか郵送し、アドレスを直していただいたら、済として届け出てください。"
                    .to_owned(),
                name: item.name,
                case: None,
                deeds: &[StuckDeed::Done],
            }
        }));
        told.sort_by_key(|one| one.since.map(Timestamp::ms));
        // What stops everything comes first.
        self.of_the_office().into_iter().chain(told).collect()
    }

    /// Notes how many days the pages' certificate is still good for, once it is known; the
    /// program that serves them tells, because it alone has it.
    pub fn pages_certificate_left(&self, days: Option<i64>) {
        *self.pages_left.lock().unwrap_or_else(PoisonError::into_inner) = days;
    }

    /// The certificates, the mail server and the virus scanner.
    fn of_the_office(&self) -> Vec<IncidentTold> {
        let told = |what: &str, whom: String, why: String, remedy: &str| IncidentTold {
            what: what.to_owned(),
            whom,
            since: None,
            why,
            remedy: remedy.to_owned(),
            name: String::new(),
            case: None,
            deeds: &[],
        };
        let mail = self.certificate_incident().map(|item| {
            let remedy = "「kessai cert renew mail --desk 店番」で届け出て二人の承認で新しくし、\
                          差出人の証明書が変わることをお客様にお知らせください。切れた後も同じです。\
                          承認のお願いのメールは出ないので、お二人は画面の一覧からお開きください。";
            told("メールの署名の証明書", item.name, item.text, remedy)
        });
        let left = *self.pages_left.lock().unwrap_or_else(PoisonError::into_inner);
        // One of the own authority is renewed with thirty days left, and nobody need look at it.
        let pages = left.filter(|days| *days < WARNED_DAYS[1]).map(|days| {
            let why = match days {
                ..0 => "期限が切れています。お客様は画面を開けません。".to_owned(),
                _ => format!("あと{days}日で期限が切れます。"),
            };
            let remedy = "管理者が新しい証明書を用意し、設定のとおりに置きかえてください。";
            told("画面の証明書", self.rulebook().answers.base_url.clone(), why, remedy)
        });
        let server = self.server_incident().map(|item| {
            let remedy = "メールは順番を待っていて、つながり次第送ります。管理者がメールサーバーを確かめてください。";
            IncidentTold { since: item.since, ..told("メールサーバー", item.name, item.text, remedy) }
        });
        let scanner = self.scanner_told().map(|(since, text)| {
            let remedy = "ファイルは検査をしないまま受け付けることはなく、検査ができれば自動で進みます。\
                          管理者がウイルス検査のソフト（clamd）を確かめてください。";
            let told = told("ウイルス検査", "clamd".to_owned(), text, remedy);
            IncidentTold { since: Some(since), ..told }
        });
        mail.into_iter().chain(pages).chain(server).chain(scanner).collect()
    }

    /// Something owed that waits for a person.
    pub(super) fn stuck_told(&self, pending: &PendingEffect, halt: Halt) -> IncidentTold {
        let effect = &pending.effect;
        let notice = self.store.notice(pending.number).map(|record| self.notice_told(record));
        let (title, whom) = notice.map_or_else(
            || {
                (
                    "",
                    Self::path_of(effect).map_or_else(String::new, |path| format!("outbox/{path}")),
                )
            },
            |one| (one.title, one.to),
        );
        let (what, remedy) = match (effect.is_mail(), halt) {
            (true, Halt::Unsure) => (
                "メールが届いたか分かりません",
                "届いたかを宛先の方に確かめ、届いていなければ再送、届いていれば済として、届け出てください。",
            ),
            (true, Halt::Dead) => (
                "メールを送れません",
                "宛先を確かめて直してから再送、ほかの方法でお知らせしたら済として、届け出てください。",
            ),
            (false, Halt::Unsure) => (
                "ファイルを出せたか分かりません",
                "出力先と相手先に届いているかを確かめ、届いていなければ再送、届いていれば済として、届け出てください。",
            ),
            (false, Halt::Dead) => (
                "承認されたことを行えません",
                "理由を確かめて直してから再送、ほかの届出やファイルで済んだら済として、届け出てください。",
            ),
        };
        let case = match effect.scope {
            EffectScope::Case(id) => Some(id),
            EffectScope::File(_) | EffectScope::Office => None,
        };
        IncidentTold {
            what: what.to_owned(),
            whom: if title.is_empty() { whom } else { format!("{title}　{whom}") },
            since: Some(effect.at),
            why: pending.note.clone(),
            remedy: remedy.to_owned(),
            name: effect.id().to_string(),
            case,
            deeds: &[StuckDeed::Resend, StuckDeed::Done],
        }
    }

    /// Cases nobody can decide on.
    fn unstaffed(&self, person: &Person) -> Vec<IncidentTold> {
        let filter = CaseFilter { status: Some(Status::Incident), ..CaseFilter::default() };
        let cases = self.store.cases(&filter, None, usize::MAX).into_iter();
        let mine = cases.filter(|case| person.works_at(case.file.desk)).take(CASES_MAX);
        let told = mine.map(|case| {
            let flow = self.definition_of(&case).map(|flow| flow.title.clone());
            let file = self.store.file(case.file.receipt);
            let whom = file.map(|file| file.submitter.name).unwrap_or_default();
            IncidentTold {
                what: "判断できる人がいない案件".to_owned(),
                whom: format!("{whom}　{}", flow.unwrap_or_default()),
                since: None,
                why: String::new(),
                remedy: "権限のある方を登録するか、不在の届出を直すと、ひとりでに進みます。"
                    .to_owned(),
                name: String::new(),
                case: Some(case.head.id),
                deeds: &[],
            }
        });
        told.collect()
    }
}
