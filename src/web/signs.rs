//! What is known of a paper besides what it says: for whom its form was printed, from which number
//! and when it was sent, and which number to call.

use serde::Serialize;

use crate::domain::{Customer, UserNumber};
use crate::service::{KeyingSeen, Requester};

use super::state::Web;

/// Minutes between the time that was keyed in and the FAX server's that are no difference.
const APART_MAX_MS: i64 = 10 * 60_000;

/// The signs of a paper, for whoever keys it in and for whoever decides.
#[derive(Serialize)]
pub(super) struct Signs {
    /// Label and text.
    facts: Vec<(&'static str, String)>,
    /// Whether a code on it looks like ours and is not.
    false_mark: bool,
    /// What each page is called.
    captions: Vec<String>,
    /// The scanned files: the end of the address, and the words of the link.
    originals: Vec<(String, String)>,
}

impl Signs {
    /// The signs of a paper; `requesters` are those it was keyed in for, where that is known.
    pub(super) fn of(web: &Web, seen: &KeyingSeen, requesters: &[Requester]) -> Self {
        let mut facts = Vec::new();
        if let Some((_, mark)) = seen.record.forms.first() {
            let name = seen.customer.as_ref().map_or("", |customer| customer.name.as_str());
            facts.push(("用紙番号", mark.to_string()));
            facts.push(("用紙のお客様", format!("{name}（{}）", mark.customer)));
        }
        facts.extend(phones(web, seen, requesters));
        facts.extend(seen.fax.at.map(|at| ("FAXサーバーの時刻", at.japanese())));
        facts.extend(sender(seen).map(|text| ("発信番号", text)));
        facts.push(("障害の宣言", outage(web, seen, requesters)));
        let false_mark = seen.record.false_marks > 0;
        Self { facts, false_mark, captions: captions(seen), originals: originals(seen) }
    }
}

/// Page by page, with the sheet of our form on it.
fn captions(seen: &KeyingSeen) -> Vec<String> {
    let pages = (1..).zip(&seen.record.scan.pages);
    let named = pages.map(|(page, _): (u32, _)| {
        let sheet = seen.sheets.iter().find(|(at, _)| *at == page);
        let sheet = sheet.map(|(_, one)| format!("（用紙の{}枚目）", one.sheet));
        format!("{page}ページ目{}", sheet.unwrap_or_default())
    });
    named.collect()
}

/// One for each call its pages came by; none of a paper of the counter.
fn originals(seen: &KeyingSeen) -> Vec<(String, String)> {
    let Some(slip) = &seen.calls else {
        let one = ("original".to_owned(), "元のファイルを保存する".to_owned());
        return if seen.slip.is_none() { vec![one] } else { Vec::new() };
    };
    let calls = (1..).zip(slip.calls());
    let link = |(nth, (call, _)): (u32, _)| {
        (format!("original-{nth}"), format!("受付番号 {call} の元のファイルを保存する"))
    };
    calls.map(link).collect()
}

/// The registered telephone number of each customer the paper is of.
fn phones(web: &Web, seen: &KeyingSeen, requesters: &[Requester]) -> Vec<(&'static str, String)> {
    let customers = web.desk.store.customers();
    let numbers = requesters.iter().filter_map(|one| UserNumber::parse(&one.number).ok());
    let mut of: Vec<&Customer> = seen.customer.iter().collect();
    for customer in numbers.filter_map(|number| customers.get(number)) {
        if of.iter().all(|one| one.user != customer.user) {
            of.push(customer);
        }
    }
    let told = of.into_iter().map(|Customer { name, phone, .. }| {
        let call = if phone.is_empty() {
            "登録がありません。取扱店の控えでお確かめください".to_owned()
        } else {
            format!("{phone}（確認のお電話は、書面の番号ではなくこの番号へ）")
        };
        ("登録の電話番号", format!("{name}　{call}"))
    });
    told.collect()
}

/// Whether an outage was declared when the paper came: a reason to take requests on paper.
fn outage(web: &Web, seen: &KeyingSeen, requesters: &[Requester]) -> String {
    let file = &seen.file;
    let at = seen.record.received.unwrap_or(file.received_at);
    let numbers = requesters.iter().filter_map(|one| UserNumber::parse(&one.number).ok());
    let customers = seen.customer.iter().map(|one| one.user).chain(numbers);
    let found = customers
        .map(Some)
        .chain([None])
        .find_map(|customer| web.desk.outage_for(customer, file.submitter.desk, at));
    found.map_or_else(
        || "受付のときに宣言されていた障害はありません".to_owned(),
        |record| {
            let outage = record.outage;
            format!(
                "{}（{} から）{}",
                outage.region.japanese(),
                outage.from.japanese(),
                outage.reason
            )
        },
    )
}

/// From which number the FAX came, and whose that is.
fn sender(seen: &KeyingSeen) -> Option<String> {
    let number = seen.fax.number.as_ref()?;
    let whose = match (&seen.sender, &seen.customer) {
        (Some(sender), Some(customer)) if sender.user != customer.user => {
            format!(
                "用紙のお客様ではない {}（{}）の登録の番号です。お客様に確かめてください",
                sender.name, sender.user
            )
        }
        (Some(sender), _) => format!("{}（{}）の登録の番号です", sender.name, sender.user),
        (None, _) => "登録のある番号ではありません".to_owned(),
    };
    Some(format!("{number}　{whose}"))
}

/// That the time two people read is not that of the FAX server.
pub(super) fn told_of_time(seen: &KeyingSeen) -> Option<String> {
    let (read, came) = (seen.record.received?, seen.fax.at?);
    let is_same = (read.ms() - came.ms()).abs() <= APART_MAX_MS;
    (!is_same).then(|| {
        format!(
            "入力された受付時刻（{}）が、FAXサーバーの時刻（{}）と違います。締切は受付時刻で見ます。\
             書面の印字をお確かめください。",
            read.japanese(),
            came.japanese()
        )
    })
}
