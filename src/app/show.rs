//! Answers of the queries, for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::domain::{Organisation, YenTotal};
use crate::ports::CaseFilter;
use crate::render::daily::UnkeptView;
use crate::service::Desk;
use crate::service::report::{CaseView, Incident, NewsView};
use crate::workflow::RowSet;

/// `value` as JSON with a line end.
pub(super) fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    text
}

/// `kessai status`.
pub(super) fn status(desk: &Desk, as_json: bool) -> String {
    let report = desk.status();
    if as_json {
        return json(&report);
    }
    let mut text = String::new();
    let groups = [("ファイル", &report.files), ("案件", &report.cases), ("出力", &report.effects)];
    for (title, counts) in groups {
        let counts: Vec<String> =
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let counts = if counts.is_empty() { "なし".to_owned() } else { counts.join("、") };
        writeln!(text, "{}{counts}", padded(title, 12)).ok();
    }
    writeln!(text, "{}{} 件", padded("記録", 12), report.sequence).ok();
    text.push_str(&incidents(&report.incidents));
    text.push_str(&incidents(&report.returned));
    let away = report.mail_server.iter().chain(&report.antivirus).chain(&report.intake);
    for told in report.certificate.iter().chain(away) {
        writeln!(text, "要確認: {told}").ok();
    }
    for view in desk.unkept() {
        text.push_str(&unkept(&view));
    }
    for sentence in desk.standing().japanese() {
        writeln!(text, "{}{sentence}", padded("定義", 12)).ok();
    }
    text
}

/// What is owed and waits for a person, a line each.
fn incidents(all: &[Incident]) -> String {
    let line = |one: &Incident| format!("要確認: {} {}\n", one.effect, one.note);
    all.iter().map(line).collect()
}

/// `kessai mail list`.
pub(super) fn stuck(desk: &Desk, as_json: bool) -> String {
    let all = desk.stuck_items();
    if as_json {
        return json(&all);
    }
    let mut rows = vec![["名前", "状態", "いつのもの", "理由"].map(str::to_owned)];
    rows.extend(all.into_iter().map(|one| {
        let state = match one.state {
            "unsure" => "不明",
            "returned" => "返送",
            _ => "不達",
        };
        [one.effect, state.to_owned(), one.owed_at, one.note]
    }));
    table(&rows)
}

/// A set time that could not be kept: what, since when, why, what to do.
pub(super) fn unkept(view: &UnkeptView) -> String {
    let UnkeptView { schedule, title, at, since, why, why_en, remedy, remedy_en } = view;
    format!(
        "要確認: {title}（{schedule}）ができていません。{}の分、{}から\n\
         \x20 理由: {why}\n        {why_en}\n  対処: {remedy}\n        {remedy_en}\n",
        at.japanese(),
        since.japanese()
    )
}

/// `kessai list`.
pub(super) fn list(desk: &Desk, filter: &CaseFilter, as_json: bool) -> String {
    let items = desk.list(filter);
    if as_json {
        return json(&items);
    }
    let mut rows = vec![
        ["案件番号", "状態", "件数", "金額（円）", "期限", "待っている相手"].map(str::to_owned),
    ];
    for item in &items {
        let waiting: Vec<String> = item
            .waiting_for
            .iter()
            .map(|seat| format!("{}({})", seat.seat, seat.people.join("・")))
            .collect();
        rows.push([
            item.case.clone(),
            item.status.to_owned(),
            item.records.accepted.to_string(),
            YenTotal::new(item.amount_total).to_string(),
            item.deadline.clone().unwrap_or_default(),
            waiting.join("、"),
        ]);
    }
    table(&rows)
}

/// `kessai list --reviews`.
pub(super) fn reviews(desk: &Desk, as_json: bool) -> String {
    let items = desk.open_reviews();
    if as_json {
        return json(&items);
    }
    let title =
        ["案件番号", "承認欄", "代決した人", "日時", "経過営業日", "金額（円）", "後閲する人"];
    let mut rows = vec![title.map(str::to_owned)];
    rows.extend(items.into_iter().map(|item| {
        let amount = YenTotal::new(item.amount_total).to_string();
        let days = item.open_days.to_string();
        [item.case, item.seat, item.name, item.at, days, amount, item.reviewers.join("・")]
    }));
    table(&rows)
}

/// `kessai show CASE`.
pub(super) fn case(view: &CaseView, as_json: bool) -> String {
    if as_json {
        return json(view);
    }
    let amount = YenTotal::new(view.amount_total).to_string();
    let facts = [
        ("案件番号", view.case.clone()),
        ("流れ", view.title.clone()),
        ("状態", view.status_ja.to_owned()),
        ("提出者", format!("{} ({})", view.submitter_name, view.submitter)),
        ("請求者", view.who_and_account()),
        ("ファイル", view.file.name.clone()),
        ("件数・金額", format!("{} 件 {amount} 円", view.rows)),
        ("記録請求日", view.record_date.clone()),
        ("期限", view.deadline.clone().unwrap_or_else(|| "なし".to_owned())),
        ("内容の番号", view.content_short.clone()),
    ];
    let mut text = String::new();
    for (name, value) in facts {
        writeln!(text, "{}{value}", padded(name, 14)).ok();
    }
    for sentence in view.target.iter().map(|target| &target.text).chain(&view.mergers) {
        writeln!(text, "{sentence}").ok();
    }
    if let Some(news) = &view.news {
        write_news(&mut text, news);
    }
    for step in &view.steps {
        writeln!(text, "手順 {}", step.title).ok();
        for seat in &step.seats {
            let state = match &seat.filled {
                Some(vote) => {
                    let how = if vote.substituted { "（代決）" } else { "" };
                    format!("{}{how} {} {}", vote.name, vote.decision.japanese(), vote.at)
                }
                None if seat.open => {
                    let people: Vec<&str> =
                        seat.people.iter().map(|(_, name)| name.as_str()).collect();
                    format!("待っています: {}", people.join("・"))
                }
                None => "まだです".to_owned(),
            };
            writeln!(text, "  {}{state}", padded(&seat.title, 10)).ok();
        }
    }
    for note in &view.notes {
        writeln!(text, "{}{note}", padded("確認・入力", 14)).ok();
    }
    for carved in &view.carved {
        let rows = RowSet::of(carved.rows.iter().copied());
        let (fate, name, reason) = (carved.outcome.japanese(), &carved.name, &carved.reason);
        writeln!(text, "切り離した明細 {rows}: {fate} {name} {} {reason}", carved.at).ok();
    }
    if let Some(batch) = &view.split_from {
        writeln!(text, "{}{batch}", padded("切り離し元", 14)).ok();
    }
    for vote in view.votes.iter().filter(|vote| !vote.reason.is_empty()) {
        writeln!(text, "{}の理由: {}", vote.decision.japanese(), vote.reason).ok();
    }
    text.push_str(&incidents(&view.stuck));
    for sentence in &view.returned {
        writeln!(text, "要確認: {sentence}").ok();
    }
    for path in &view.results {
        writeln!(text, "出力 {path}").ok();
    }
    text
}

/// What is new against what the requester had recorded before.
fn write_news(text: &mut String, news: &NewsView) {
    let title = padded("取引との違い", 14);
    if news.compared == 0 {
        writeln!(text, "{title}お取引の記録がまだありません").ok();
        return;
    }
    let summary = if news.summary.is_empty() { "ありません" } else { &news.summary };
    writeln!(text, "{title}{summary}").ok();
    for row in &news.rows {
        let (record, name, what) = (row.record, &row.name, row.news.concat());
        writeln!(text, "  {record} {name} ({}) {what}", row.counterparty).ok();
    }
    if news.more > 0 {
        writeln!(text, "  ほかに {} 件", news.more).ok();
    }
    if let Some(last) = &news.last {
        writeln!(text, "  {}", last.text).ok();
    }
}

/// A registered person as listed.
#[derive(Debug, Serialize)]
struct UserItem {
    user: String,
    name: String,
    organisation: String,
    roles: Vec<String>,
    email: String,
    locked: Vec<&'static str>,
}

/// `kessai user list`. Passwords are never shown, nor anything made of them.
pub(super) fn users(desk: &Desk, as_json: bool) -> String {
    let items: Vec<UserItem> = desk
        .store
        .users()
        .into_iter()
        .map(|user| {
            let locks =
                [("login", &user.credentials.login), ("approval", &user.credentials.approval)];
            UserItem {
                user: user.person.id.to_string(),
                name: user.person.name,
                organisation: match user.person.organisation {
                    Organisation::Customer(code) => format!("customer:{code}"),
                    Organisation::Branch(code) => format!("branch:{code}"),
                },
                roles: user.person.roles,
                email: user.person.email,
                locked: locks
                    .iter()
                    .filter(|(_, lock)| lock.is_locked())
                    .map(|(n, _)| *n)
                    .collect(),
            }
        })
        .collect();
    if as_json {
        return json(&items);
    }
    let mut rows =
        vec![["ユーザーID", "氏名", "所属", "権限", "使えないパスワード"].map(str::to_owned)];
    rows.extend(items.into_iter().map(|item| {
        [item.user, item.name, item.organisation, item.roles.join(","), item.locked.join(",")]
    }));
    table(&rows)
}

/// Columns as wide as their widest cell; Japanese characters are two wide.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: [usize; N] =
        std::array::from_fn(|at| rows.iter().map(|row| row[at].width()).max().unwrap_or(0));
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| padded(cell, width + 2)).collect();
        text.push_str(cells.concat().trim_end());
        text.push('\n');
    }
    text
}

pub(super) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}
