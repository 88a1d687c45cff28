//! A rehearsal as a story: plain Japanese, one line for each thing that happened.

use crate::domain::{Timestamp, UserId};

use super::super::expr::Value;
use super::super::{
    Approve, Arrival, Case, EffectKind, Event, MailKind, Seat, SlaClock, Status, StepKind,
    VoteKind, Why, all_seats, open_seats,
};
use super::{Asked, Happened, Rehearsal, Stage};

/// What the story is about: the flow, how much, and when it is to be recorded.
pub fn headline(stage: Stage<'_>, case: &Case) -> String {
    let scope = &case.head.scope;
    format!(
        "{}（{}） {}件 {}円 記録請求日 {}",
        stage.definition.title,
        stage.definition.id,
        scope.rows,
        grouped(scope.total.get()),
        scope.record_date
    )
}

/// The lines of one thing that happened, each with date and time.
pub fn tell(stage: Stage<'_>, happened: &Happened) -> Vec<String> {
    let told = Teller { stage, happened };
    let lines = match (&happened.answer, &happened.asked) {
        (Err(refusal), Asked::Wish { by, wish, .. }) => {
            let who = told.name(by);
            vec![format!("{who}: {} → できません。{}", wish.japanese(), refusal.japanese())]
        }
        (Err(refusal), Asked::Open | Asked::Tick | Asked::Arrive { .. }) => {
            vec![refusal.japanese()]
        }
        (Ok(decision), _) => {
            let events = decision.events.iter().filter_map(|event| told.event(event));
            let kinds: Vec<&EffectKind> = decision.effects.iter().map(|owed| &owed.kind).collect();
            events.chain(told.sent(&kinds)).collect()
        }
    };
    lines.into_iter().map(|line| format!("{} {line}", moment(happened.at))).collect()
}

/// Where the case stands: how it ended, or for whom it waits until when.
pub fn standing(stage: Stage<'_>, rehearsal: &Rehearsal<'_>) -> String {
    let head = &rehearsal.case().head;
    let when = moment(rehearsal.now());
    if head.status.is_final() {
        return format!("{when} 終了しています: {}", head.status.japanese());
    }
    let people: Vec<String> = rehearsal.awaited().iter().map(|one| polite(&one.name)).collect();
    let whom = match people.as_slice() {
        [] => "お願いできる人がいません".to_owned(),
        people => format!("{}を待っています", people.join("、")),
    };
    let place = match (head.status, stage.definition.approval(head.step)) {
        (Status::SentBack, _) | (_, None) => String::new(),
        (_, Some(approve)) => format!("{}で", seats(stage, rehearsal.case(), approve)),
    };
    format!(
        "{when} まだ終わっていません（{}）。{place}{whom}{}。",
        head.status.japanese(),
        by(head.due)
    )
}

struct Teller<'t> {
    stage: Stage<'t>,
    happened: &'t Happened,
}

impl Teller<'_> {
    fn event(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::Entered { step, due, candidates } => {
                let asked: Vec<String> = candidates.iter().map(|id| self.name(id)).collect();
                format!("{}: {}を待ちます{}", self.open(*step), asked.join("、"), by(*due))
            }
            Event::Unstaffed { step, due } => {
                format!("{}: 承認できる人がいません{}", self.open(*step), by(*due))
            }
            Event::Voted { vote, .. } => format!(
                "{}: {}（{}）{}",
                polite(&vote.name),
                self.done(vote.step, vote.kind),
                self.seat(vote.step, vote.seat),
                if vote.kind == VoteKind::Approve { String::new() } else { quote(&vote.reason) }
            ),
            Event::VotedFor(acting) => format!("（{}の代理として）", polite(&acting.name)),
            Event::BecameOverdue { .. } => {
                "期限を過ぎました。承認にはなりません。人の判断を待ちます".to_owned()
            }
            Event::Emitted { step, .. } => {
                format!("承認された内容を送り出します（{}）", self.step(*step))
            }
            Event::Ended { outcome, .. } => format!("終了: {}", Status::from(*outcome).japanese()),
            Event::SentBack { to, due, .. } => {
                format!("差戻し先は{}{}", self.stage.definition.target_title(*to), by(*due))
            }
            Event::Remarked(remark) => format!(
                "{}: {}{}",
                polite(&remark.name),
                remark.deed.japanese(),
                quote(&remark.text)
            ),
            Event::Decided { step, line, results } => {
                format!("{}: 判断表の{line}行目 {}", self.step(*step), self.answers(*step, results))
            }
            Event::Carved { carve, scope } => format!(
                "{}: 明細{}番を切り離して{}{}（残り{}件・{}円）",
                polite(&carve.name),
                carve.rows,
                carve.fate.japanese(),
                quote(&carve.reason),
                scope.rows,
                scope.total
            ),
            Event::SplitOff(_) => "一括の案件から切り離されました".to_owned(),
            Event::Substituted(_) => "（代決。後で後閲が必要です）".to_owned(),
            Event::Restaffed { asked, .. } => {
                let asked: Vec<String> = asked.iter().map(|id| self.name(id)).collect();
                format!("担当が替わりました: {}", asked.join("、"))
            }
            Event::Within { event, .. } => return self.event(event),
            Event::Forked { .. }
            | Event::Joined { .. }
            | Event::Waiting { .. }
            | Event::Arrived { .. }
            | Event::Filled(_)
            | Event::Differed { .. }
            | Event::Found(_)
            | Event::Jumped { .. }
            | Event::Settled { .. }
            | Event::Compensable { .. }
            | Event::Voided { .. }
            | Event::BranchEnded => return self.turn(event),
            Event::Seated { step, left_out } => return self.left_out(*step, left_out),
            Event::Clocked(clock) => self.promise(*clock),
            Event::Migrated(_) => "新しい定義に移りました".to_owned(),
            // What timers do is told by what they send; what was gathered was given.
            Event::TimersSet { .. } | Event::TimersFired { .. } | Event::Gathered(_) => {
                return None;
            }
        })
    }

    /// The seats of a step that this case does not need.
    fn left_out(&self, step: u8, seats: &[Seat]) -> Option<String> {
        let mut all: Vec<String> = seats.iter().map(|seat| self.seat(step, *seat)).collect();
        all.dedup();
        (!all.is_empty()).then(|| format!("この案件では要りません: {}", all.join("、")))
    }

    /// How it stands with the time the flow promises.
    fn promise(&self, clock: SlaClock) -> String {
        let target = clock.target.japanese();
        if self.happened.after.head.status.is_final() {
            let missed = clock.is_missed(self.happened.at);
            return format!(
                "処理の目安（{target}）を{}",
                if missed { "過ぎました" } else { "守りました" }
            );
        }
        match clock.stopped {
            Some(_) => "処理の目安の時計を止めます".to_owned(),
            None => format!("処理の目安: {target}まで"),
        }
    }

    /// What a vote is called: whoever fills in a form approves nothing.
    fn done(&self, step: u8, kind: VoteKind) -> &'static str {
        let form = self.stage.definition.approval(step).is_some_and(|found| found.form.is_some());
        if form && kind == VoteKind::Approve { "入力" } else { kind.japanese() }
    }

    /// What branches, waits and forms do.
    fn turn(&self, event: &Event) -> Option<String> {
        if let Event::Forked { step, .. } = event {
            return Some(format!("{}: 並行して進めます", self.step(*step)));
        }
        if let Event::Joined { step } = event {
            return Some(format!("{}: すべてそろいました", self.step(*step)));
        }
        if let Event::Waiting { step, until } = event {
            return Some(format!("{}: 待っています{}", self.step(*step), by(*until)));
        }
        if let Event::Arrived { step, outcome, note, .. } = event {
            let what = match outcome {
                Arrival::Ok => "届きました（良好）",
                Arrival::Ng => "届きました（不可）",
                Arrival::Late => "時間になりました",
                Arrival::ByHand => "人が再開しました",
            };
            return Some(format!("{}: {what}{}", self.step(*step), quote(note)));
        }
        if let Event::Filled(entry) = event {
            let names = entry.values.len();
            return Some(format!("{}の{names}項目を入力しました", self.step(entry.step)));
        }
        if let Event::Differed { fields, .. } = event {
            let fields = fields.join("、");
            return Some(format!("二人の入力が一致しません（{fields}）。もう一度お願いします"));
        }
        if let Event::Found(note) = event {
            return Some(format!("{}: {}", self.step(note.step), note.text));
        }
        if let Event::Jumped { to } = event {
            return Some(format!("{}へ戻ります", self.step(*to)));
        }
        None
    }

    /// What a table answered, in the office's words.
    fn answers(&self, step: u8, results: &[(String, Value)]) -> String {
        let Some(StepKind::Decide(decide)) =
            self.stage.definition.step(step).map(|step| &step.kind)
        else {
            return String::new();
        };
        let told = results.iter().filter_map(|(name, value)| {
            let field = decide.results.get(name)?;
            Some(format!("→ {}{}", field.label, field.kind.show(value)))
        });
        told.collect::<Vec<_>>().join("、")
    }

    /// What was sent, each kind once with all who got it; nothing when nothing was.
    fn sent(&self, kinds: &[&EffectKind]) -> Option<String> {
        let mut sent: Vec<(String, Vec<String>)> = Vec::new();
        for kind in kinds {
            let (what, to) = letter(kind);
            let to = to.map(|id| self.name(id));
            match sent.iter_mut().find(|(other, _)| *other == what) {
                Some((_, names)) => names.extend(to),
                None => sent.push((what, to.into_iter().collect())),
            }
        }
        let each = sent.into_iter().map(|(what, names)| match names.as_slice() {
            [] => what,
            names => format!("{what}（{}）", names.join("、")),
        });
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| format!("  送付: {}", each.join("、")))
    }

    fn name(&self, id: &UserId) -> String {
        let person = self.stage.people.iter().find(|person| person.id == *id);
        person.map_or_else(|| id.to_string(), |person| polite(&person.name))
    }

    fn step(&self, step: u8) -> &str {
        self.stage.definition.step(step).map_or("", |step| step.title.as_str())
    }

    /// A step with its open seats.
    fn open(&self, step: u8) -> String {
        let approve = self.stage.definition.approval(step);
        approve.map_or_else(String::new, |one| seats(self.stage, &self.happened.after, one))
    }

    /// A step with one of its seats.
    fn seat(&self, step: u8, seat: Seat) -> String {
        let approve = self.stage.definition.approval(step);
        let all = approve.map(|approve| all_seats(approve, self.happened.after.file.pattern));
        let found = all.into_iter().flatten().find(|one| one.seat == seat);
        let title = found.map(|one| one.title).unwrap_or_default();
        format!("{}の{title}", self.step(step))
    }
}

/// The step a case is at with its open seats: 取扱店承認の照査.
fn seats(stage: Stage<'_>, case: &Case, approve: &Approve) -> String {
    let step = stage.definition.step(case.head.step).map_or("", |step| step.title.as_str());
    let mut titles: Vec<String> = open_seats(case, approve).into_iter().map(|s| s.title).collect();
    titles.dedup();
    format!("{step}の{}", titles.join("・"))
}

/// What an effect is called, and to whom it goes where that is a person.
fn letter(kind: &EffectKind) -> (String, Option<&UserId>) {
    let (what, to) = match kind {
        EffectKind::Result => ("結果ファイル", None),
        EffectKind::Slip => ("受付票", None),
        EffectKind::Final => ("最終結果ファイル", None),
        EffectKind::Record => ("記録結果通知", None),
        EffectKind::FeeStatement { .. } => ("手数料計算書", None),
        EffectKind::FeeNotice { .. } => ("手数料のお知らせ", None),
        EffectKind::FeeDebit { .. } => ("口座振替ファイル", None),
        EffectKind::DueReminder { .. } => ("支払期日のご案内", None),
        EffectKind::OtherSide { .. } => ("相手への記録のお知らせ", None),
        EffectKind::Welcome { .. } => ("ご案内状", None),
        EffectKind::ContractNotice { .. } => ("契約のお知らせ", None),
        EffectKind::Disclosure { .. } => ("開示結果", None),
        EffectKind::Settled { .. } => ("決済のお知らせ", None),
        EffectKind::Notified { .. } => ("お知らせ（書面）", None),
        EffectKind::PasswordLetter { .. } => ("仮パスワードのお知らせ", None),
        EffectKind::ReturnedMail { .. } => ("メールが届かなかったお知らせ", None),
        EffectKind::Security(mail) => ("アクセスの変更のお知らせ", Some(&mail.to)),
        EffectKind::Receipt => ("承認票", None),
        EffectKind::Clearing => ("集信ファイル", None),
        EffectKind::CancelNotice => ("取消通知", None),
        EffectKind::Publish => ("変更の公開・登録", None),
        EffectKind::Notice(kind) | EffectKind::Repeated { kind, .. } => (notice(*kind), None),
        EffectKind::Request { to, .. } => ("承認のお願い", Some(to)),
        EffectKind::Again { to, why, .. } => (
            match why {
                Why::Round => "あらためて承認のお願い",
                Why::Reminder => "催促",
                Why::Escalation => "代わって承認のお願い",
                Why::Assignment => "割当のお知らせ",
                Why::Handover => "新しい担当として承認のお願い",
            },
            Some(to),
        ),
        EffectKind::Consult { to, .. } => ("相談", Some(to)),
        EffectKind::Review { to, .. } => ("後閲のお願い", Some(to)),
        EffectKind::Decision { to, .. } => ("同じ会社の方の決定のお知らせ", Some(to)),
        EffectKind::Absence { to, .. } => ("不在のお知らせ", Some(to)),
    };
    (what.to_owned(), to)
}

const fn notice(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Accepted => "受付のお知らせ",
        MailKind::RejectedFile => "ファイルお返しのお知らせ",
        MailKind::Held => "重複保留のお知らせ",
        MailKind::Tried => "導入テストのお知らせ",
        MailKind::SheetsMissing => "FAXのページのお知らせ",
        MailKind::Approved => "承認済みのお知らせ",
        MailKind::Recorded => "記録済みのお知らせ",
        MailKind::Errored => "記録エラーのお知らせ",
        MailKind::Returned => "差戻し（終了）のお知らせ",
        MailKind::Rejected => "否認のお知らせ",
        MailKind::SentBack => "差戻しのお知らせ",
        MailKind::Withdrawn => "引戻しのお知らせ",
        MailKind::CarvedOut => "一部明細の差戻し・否認のお知らせ",
    }
}

fn by(due: Option<Timestamp>) -> String {
    due.map_or_else(String::new, |due| format!("（期限 {}）", moment(due)))
}

fn quote(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!("「{reason}」") }
}

fn polite(name: &str) -> String {
    format!("{name}さん")
}

/// `2026-12-01 09:00`, as scripts write it.
fn moment(at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    format!("{} {hour:02}:{minute:02}", at.date())
}

/// 6,000,000.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        text.push(digit);
        if place > 0 && place.is_multiple_of(3) {
            text.push(',');
        }
    }
    text
}
