//! What becomes of mails and files that are stuck, of mails that came back and of repeated files
//! that are held: two people approve it (再送の届出). Nothing that may have reached somebody goes a
//! second time in another way.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use crate::domain::{BranchCode, CaseId, Code, Finding, NoticeNo, ReceiptNo, Timestamp};
use crate::ports::{
    CaseFilter, EffectMove, EffectState, Entry, Fate, FileRecord, NoticeRecord, PendingEffect,
    Returned, Stage, Staged, StoreError,
};
use crate::workflow::{Brings, Case, EffectKind, EffectScope, StuckDeed, StuckRow};

use super::super::flaws::whole_file;
use super::super::made::Job;
use super::super::proposal::ProposalKind;
use super::super::{Desk, IncidentTold, Rulebook};
use super::Plan;
use super::judge::{Asked, Findings};

/// What is to become of one mail or file, as people approve it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedResend {
    /// Its name: several of what goes out in one mail, the notice number of a mail that came back,
    /// the receipt number of a held file.
    names: Vec<String>,
    deed: StuckDeed,
    reason: String,
    /// How far it had come: in another state nothing is to be done any more. None of what was never
    /// to be sent.
    state: Option<EffectState>,
    /// What it is, a line each.
    told: Vec<String>,
}

/// Something that waits for a person.
struct Stuck {
    names: Vec<String>,
    state: Option<EffectState>,
    told: Vec<String>,
    /// What may become of it.
    deeds: &'static [StuckDeed],
    /// The branches whose task it is; none where it is the whole office's.
    branches: Vec<BranchCode>,
}

/// Why something cannot be done, in Japanese and English.
type Wrong = (String, String);

impl Desk {
    /// What a sheet asks for, held against what is stuck; errs with everything that cannot be done.
    pub(super) fn resends(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
        rows: Vec<StuckRow>,
    ) -> Result<Asked, Findings> {
        let (all, under_way) = (self.store.effects(usize::MAX), self.resends_under_way());
        let mut planned: Vec<PlannedResend> = Vec::new();
        let mut wrong = Vec::new();
        for StuckRow { line, name, deed, reason } in rows {
            let found = self.stuck_named(&name, &all).and_then(|stuck| {
                may_be(deed, &stuck)?;
                self.is_theirs_to_decide(rules, file.submitter.desk, &stuck)?;
                is_free(&name, &stuck, (&planned, &under_way))?;
                Ok(stuck)
            });
            match found {
                Ok(Stuck { names, state, told, .. }) => {
                    planned.push(PlannedResend { names, deed, reason, state, told });
                }
                Err((ja, en)) => {
                    let line = u32::try_from(line).unwrap_or(0);
                    wrong.push(Finding { line, ..whole_file(Code::K10, &ja, &en) });
                }
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let count = |deed| planned.iter().filter(|one| one.deed == deed).count();
        let (again, released) = (count(StuckDeed::Resend), count(StuckDeed::Release));
        let place = match planned.as_slice() {
            [one] => format!("{} {}", one.deed.japanese(), one.names.join("、")),
            _ => counted(&[StuckDeed::Resend, StuckDeed::Done, StuckDeed::Release], count),
        };
        let mut proof = vec!["すでにほかの届出で決まったものは、何もしません。".to_owned()];
        if again > 0 {
            let twice =
                "再送すると、同じメールやファイルがもう一度出ます。届いていれば、二度届きます。";
            proof.insert(0, twice.to_owned());
        }
        if released > 0 {
            let twice = "受付とすると、先のファイルと同じ内容の請求がもう一度行われます。";
            proof.insert(0, twice.to_owned());
        }
        let plan = Plan { resends: planned, ..Plan::empty() };
        Ok(Asked { kind: ProposalKind::Resend, place, plan, proof })
    }

    /// What waits for a person under a name.
    fn stuck_named(&self, name: &str, all: &[PendingEffect]) -> Result<Stuck, Wrong> {
        if let Some((file, first)) = ReceiptNo::from_str(name).ok().and_then(|one| self.held(one)) {
            let told = self.held_told(&file, first);
            let (deeds, branches) = (told.deeds, vec![file.submitter.desk]);
            let names = vec![name.to_owned()];
            return Ok(Stuck { names, state: None, told: lines(told), deeds, branches });
        }
        let number = NoticeNo::from_str(name).ok();
        let back = |number| self.returned_mails().into_iter().find(|(one, _)| one.number == number);
        if let Some((record, mail)) = number.and_then(back) {
            let branches = self.branch_of(&record).into_iter().collect();
            let told = self.returned_lines(record, mail.at);
            let (names, deeds) = (vec![name.to_owned()], BACK);
            return Ok(Stuck { names, state: None, told, deeds, branches });
        }
        let named = |one: &&PendingEffect| one.effect.id().as_str() == name;
        let stuck = all.iter().find(named).filter(|one| one.state.halt().is_some());
        let Some(state) = stuck.map(|one| one.state) else {
            let ja = format!("「{name}」という名前で止まっているものはありません。");
            return Err((ja, format!("nothing of the name `{name}` is stuck")));
        };
        let is_of = |one: &&PendingEffect| match (one.state, state) {
            (EffectState::Halted { mail, .. }, EffectState::Halted { mail: of, .. }) => mail == of,
            _ => named(one),
        };
        let members: Vec<&PendingEffect> = all.iter().filter(is_of).collect();
        let told = members.iter().filter_map(|one| Some(self.stuck_told(one, one.state.halt()?)));
        let desk_of = |one: &&PendingEffect| {
            Some(self.store.file(one.effect.scope.receipt()?)?.submitter.desk)
        };
        Ok(Stuck {
            names: members.iter().map(|one| one.effect.id().to_string()).collect(),
            state: Some(state),
            told: told.flat_map(lines).collect(),
            deeds: &[StuckDeed::Resend, StuckDeed::Done],
            branches: members.iter().filter_map(desk_of).collect(),
        })
    }

    /// A branch decides about its own; the office, and without one every branch, about all.
    fn is_theirs_to_decide(
        &self,
        rules: &Rulebook,
        desk: BranchCode,
        stuck: &Stuck,
    ) -> Result<(), Wrong> {
        let today = self.clock.now().date();
        let now = |code| rules.directory.successor_on(code, today);
        let is_office = rules.publishing.office.is_none_or(|office| office == desk);
        let mut theirs = stuck.branches.iter();
        if is_office || stuck.branches.is_empty() || theirs.any(|one| now(*one) == now(desk)) {
            return Ok(());
        }
        let ja = "ほかの店のものです。その店か本部が届け出てください。".to_owned();
        Err((ja, "it is another branch's".to_owned()))
    }

    /// What waits for two people already or is about to be done, by name, each with its case.
    pub fn resends_under_way(&self) -> BTreeMap<String, CaseId> {
        let rules = self.rulebook();
        let channels = rules.channels.keys().filter(|one| rules.brings(one) == Brings::Contracts);
        let open = channels.flat_map(|channel| {
            let channel = Some(channel.clone());
            let filter = CaseFilter { channel, stage: Stage::Open, ..CaseFilter::default() };
            self.store.cases(&filter, None, usize::MAX)
        });
        let owed = self.store.effects(usize::MAX).into_iter();
        let owed = owed.filter(|one| one.effect.kind == EffectKind::Publish);
        let approved = owed.filter_map(|one| self.case_of(&one.effect).ok());
        let all = open.chain(approved).flat_map(|case| {
            let id = case.head.id;
            let asked = self.plan_of(&case).map(|plan| plan.resends).unwrap_or_default();
            let names = asked.into_iter().flat_map(|one| one.names);
            names.map(move |name| (name, id)).collect::<Vec<_>>()
        });
        all.collect()
    }

    /// Carries out what was approved, of what is still as it was.
    ///
    /// That it is done is in the same commit: done again after a stop, it would decide anew about
    /// what was sent and got stuck once more.
    pub(super) fn carry_resends(
        &self,
        case: &Case,
        planned: &[PlannedResend],
    ) -> Result<Fate, StoreError> {
        let (id, now, all) = (case.head.id, self.clock.now(), self.store.effects(usize::MAX));
        let names: Vec<&str> = case.head.approvals().map(|vote| vote.name.as_str()).collect();
        let by = names.join("・");
        let one_by_one = self.receiving();
        let (mut entries, mut moves, mut released) = (Vec::new(), Vec::new(), Vec::new());
        for one in planned {
            let carried = match (one.state, one.held()) {
                (Some(state), _) => self.moves_of(one, state, (&all, now)),
                (None, Some(held)) => {
                    self.end_hold(held, (one.deed, id, now))?.map(|(ends, new)| {
                        entries.extend(ends);
                        released.extend(new);
                        Vec::new()
                    })
                }
                (None, None) => self.settled(case, one).map(|entry| {
                    entries.push(entry);
                    Vec::new()
                }),
            };
            let Some(carried) = carried else {
                let effect = one.names.join(" ");
                warn!(case = %id, effect, "it was decided otherwise meanwhile");
                continue;
            };
            let deed = one.deed.japanese();
            info!(case = %id, effect = one.names.join(" "), outcome = deed, "two people decided");
            let note = format!("{by}さんが、{deed}と決めました（申請番号 {id}）。");
            moves.extend(
                carried.into_iter().map(|moved| EffectMove { note: note.clone(), ..moved }),
            );
        }
        let is_own = |one: &&PendingEffect| {
            one.effect.kind == EffectKind::Publish && one.effect.scope == EffectScope::Case(id)
        };
        moves.extend(all.iter().find(is_own).map(|own| EffectMove {
            id: own.effect.id(),
            to: EffectState::Delivered,
            at: now,
            note: String::new(),
        }));
        entries.push(Entry::Effects(moves));
        self.commit_entries(now, entries)?;
        drop(one_by_one);
        released.into_iter().try_for_each(|receipt| self.judge_sent(receipt))?;
        Ok(Fate::Delivered)
    }

    /// Where each of what goes out as one is to go on; none where it is not what it was.
    fn moves_of(
        &self,
        planned: &PlannedResend,
        state: EffectState,
        (all, now): (&[PendingEffect], Timestamp),
    ) -> Option<Vec<EffectMove>> {
        let is_meant = |one: &&PendingEffect| {
            one.state == state && planned.names.iter().any(|name| one.effect.id().as_str() == name)
        };
        let members: Vec<PendingEffect> = all.iter().filter(is_meant).cloned().collect();
        if members.len() != planned.names.len() {
            return None;
        }
        let is_mail = members.iter().all(|one| one.effect.is_mail());
        let job = Job(members);
        let to = match (planned.deed, state) {
            (StuckDeed::Done, EffectState::Halted { mail, .. }) if is_mail => {
                // What counts as sent is shown as sent.
                self.outbox.publish(&[Staged { path: job.mail_path(), digest: mail }]);
                EffectState::Delivered
            }
            (StuckDeed::Done, _) => EffectState::Delivered,
            (StuckDeed::Resend, EffectState::Halted { mail, signature, at, .. }) => {
                EffectState::Made { mail, signature, at, attempt: 0, again_at: now }
            }
            (StuckDeed::Resend | StuckDeed::Release, _) => EffectState::Owed,
        };
        let note = String::new;
        let moves = job.0.iter();
        let moves = moves.map(|one| EffectMove { id: one.effect.id(), to, at: now, note: note() });
        Some(moves.collect())
    }

    /// That a mail that came back was taken care of; none where that is known.
    fn settled(&self, case: &Case, planned: &PlannedResend) -> Option<Entry> {
        let notice = NoticeNo::from_str(planned.names.first()?).ok()?;
        self.returned_mails().into_iter().find(|(one, _)| one.number == notice)?;
        let by = case.head.approvals().last()?.by.clone();
        Some(Entry::Returned(Box::new(Returned::Settled { notice, by })))
    }

    fn returned_lines(&self, record: NoticeRecord, at: Timestamp) -> Vec<String> {
        let notice = self.notice_told(record);
        lines(IncidentTold {
            what: "メールが戻りました".to_owned(),
            whom: format!("{}　{}", notice.title, notice.to),
            since: Some(at),
            why: notice.why,
            remedy: String::new(),
            name: notice.number,
            case: None,
            deeds: BACK,
        })
    }
}

/// What may become of a mail that came back.
const BACK: &[StuckDeed] = &[StuckDeed::Done];

/// How many of each, e.g. `再送2件・済1件`.
fn counted(deeds: &[StuckDeed], count: impl Fn(StuckDeed) -> usize) -> String {
    let some = deeds.iter().map(|deed| (deed, count(*deed))).filter(|(_, count)| *count > 0);
    some.map(|(deed, count)| format!("{}{count}件", deed.japanese())).collect::<Vec<_>>().join("・")
}

impl PlannedResend {
    /// The held file it is about.
    fn held(&self) -> Option<ReceiptNo> {
        ReceiptNo::from_str(self.names.first()?).ok()
    }

    /// What it is and why it is stuck, a line each.
    pub(super) fn before(&self) -> String {
        with_ends(&self.told, "")
    }

    /// What is to become of it.
    pub(super) fn after(&self) -> String {
        let names = with_ends(&self.names, "名前: ");
        let deed = match self.deed {
            StuckDeed::Resend => "再送（同じものをもう一度出す）",
            StuckDeed::Done if self.held().is_some() => "済（同じ請求とし、受け付けない）",
            StuckDeed::Done => "済（届いたもの、またはほかの方法でお伝えしたものとする）",
            StuckDeed::Release => "受付（別の請求として受け付ける）",
        };
        format!("{names}扱い: {deed}\n届け出た理由: {}\n", self.reason)
    }
}

/// A line each, with its end.
fn with_ends(lines: &[String], label: &str) -> String {
    lines.iter().flat_map(|line| [label, line, "\n"]).collect()
}

/// What came back is not sent to the same address again, and only a held file is taken in.
fn may_be(deed: StuckDeed, stuck: &Stuck) -> Result<(), Wrong> {
    if stuck.deeds.contains(&deed) {
        return Ok(());
    }
    if stuck.deeds != BACK || deed == StuckDeed::Release {
        let may: Vec<&str> = stuck.deeds.iter().map(|one| one.japanese()).collect();
        let may = may.join("か");
        let ja = format!("これの扱いは、{may}です。書き直してください。");
        return Err((ja, format!("what may become of it: {may}")));
    }
    let ja = "戻ってきたメールを、同じアドレスにもう一度送ることはできません。アドレスを直し、書面をお渡ししてから、\
              済 としてください。";
    let en = "a mail that came back is not sent again; correct the address, then write 済";
    Err((ja.to_owned(), en.to_owned()))
}

/// It is decided in one place.
fn is_free(
    name: &str,
    stuck: &Stuck,
    (above, under_way): (&[PlannedResend], &BTreeMap<String, CaseId>),
) -> Result<(), Wrong> {
    if above.iter().any(|one| one.names.iter().any(|known| stuck.names.contains(known))) {
        let ja = format!("「{name}」と同じメールが、すでに上の行にあります。");
        return Err((ja, "the same mail is listed above already".to_owned()));
    }
    match stuck.names.iter().find_map(|one| under_way.get(one)) {
        None => Ok(()),
        Some(case) => {
            let ja = format!("「{name}」の扱いは、申請番号 {case} で承認を待っています。");
            Err((ja, format!("{case} waits for approval about it")))
        }
    }
}

/// What waits for a person, a line each, for whoever decides.
fn lines(told: IncidentTold) -> Vec<String> {
    let IncidentTold { what, whom, since, why, name, case, .. } = told;
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let all = [
        ("名前", Some(name)),
        ("状態", Some(what)),
        ("何を、どなたに", Some(whom)),
        ("申請番号", case.map(|case| case.to_string())),
        ("いつから", since.map(Timestamp::japanese)),
        ("止まった理由", Some(why)),
    ];
    let said = all.into_iter().filter_map(|(label, text)| Some((label, text?)));
    let said = said.filter(|(_, text)| !text.is_empty());
    said.map(|(label, text)| format!("{label}: {text}")).collect()
}
