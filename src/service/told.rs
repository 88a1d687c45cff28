//! Whether, when and to whom a notice went: by its number, and for a person their own.

use std::str::FromStr as _;

use crate::domain::{NoticeNo, Organisation, Person, Timestamp, UserId, UserNumber};
use crate::ports::{EffectState, Halt, NoticeRecord};
use crate::workflow::{EffectScope, SecurityNews};

use super::Desk;

/// Notices in one list.
const LIST_MAX: usize = 100;
/// Notices on a person's own page.
const OWN_MAX: usize = 50;

/// A notice for whoever asks after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeTold {
    /// お知らせ番号.
    pub number: String,
    /// What it is.
    pub title: &'static str,
    /// Whom it is for: name and user ID, or a customer's name and number.
    pub to: String,
    /// The receipt or case number it is about; empty where it is about none.
    pub about: String,
    /// When it was owed.
    pub owed: Timestamp,
    /// When it went.
    pub sent: Option<Timestamp>,
    /// How far it has come, in a sentence.
    pub state: String,
    /// The address or place it went to.
    pub way: String,
    /// Why it has not gone or came back, in the words of whatever refused it: for the bank alone.
    pub why: String,
}

impl Desk {
    /// The notice of a number as somebody quotes it, full-width digits and dashes included. A
    /// person of a customer finds only what is for them, or for their customer where they may look
    /// at everything; `None` for `whom` is the command line.
    pub fn notice_asked(&self, asked: &str, whom: Option<&Person>) -> Option<NoticeTold> {
        let number = NoticeNo::from_str(&narrow(asked)).ok()?;
        let record = self.store.notice(number)?;
        let may = whom.is_none_or(|person| is_theirs(person, &record));
        may.then(|| self.notice_told(record))
    }

    /// The newest notices that are for a person or their customer.
    pub fn notices_for(&self, person: &Person) -> Vec<NoticeTold> {
        let mut whom = vec![person.id.to_string()];
        if let Organisation::Customer(user) = person.organisation
            && person.inquires(&[])
        {
            whom.push(user.to_string());
        }
        let whom: Vec<&str> = whom.iter().map(String::as_str).collect();
        let records = self.store.notices_to(&whom, LIST_MAX).into_iter();
        records.map(|record| self.notice_told(record)).collect()
    }

    /// The newest notices to a customer and to these people of theirs.
    pub fn notices_of_customer(&self, user: UserNumber, people: &[UserId]) -> Vec<NoticeTold> {
        let whom: Vec<&str> =
            [user.as_str()].into_iter().chain(people.iter().map(UserId::as_str)).collect();
        let records = self.store.notices_to(&whom, LIST_MAX).into_iter();
        records.map(|record| self.notice_told(record)).collect()
    }

    /// The newest notices to one person alone.
    pub fn notices_to_person(&self, id: &UserId) -> Vec<NoticeTold> {
        let records = self.store.notices_to(&[id.as_str()], OWN_MAX).into_iter();
        records.map(|record| self.notice_told(record)).collect()
    }

    pub(super) fn notice_told(&self, record: NoticeRecord) -> NoticeTold {
        let about = match record.scope {
            EffectScope::File(receipt) => receipt.to_string(),
            EffectScope::Case(case) => case.to_string(),
            EffectScope::Office => String::new(),
        };
        let back = record.returned.map(|mail| mail.why).unwrap_or_default();
        let is_out = matches!(record.state, EffectState::Delivered | EffectState::Returned);
        let (way, why) = if is_out { (record.way, &*back) } else { (String::new(), &*record.way) };
        NoticeTold {
            number: record.number.to_string(),
            title: title_of(&record.what),
            to: self.recipient_name(&record.to),
            about,
            owed: record.owed,
            sent: record.sent,
            state: state_words(record.state, record.sent, &way),
            why: why.to_owned(),
            way,
        }
    }

    /// A person or submitter with their ID or number.
    pub(super) fn recipient_name(&self, to: &str) -> String {
        self.known_name(to).map_or_else(|| to.to_owned(), |name| format!("{name}（{to}）"))
    }

    /// The same without ID or number, for a paper.
    pub(super) fn plain_name(&self, to: &str) -> String {
        self.known_name(to).unwrap_or_else(|| to.to_owned())
    }

    fn known_name(&self, to: &str) -> Option<String> {
        let person = UserId::parse(to).ok().and_then(|id| self.store.user(&id));
        let rules = self.rulebook();
        let listed = rules.submitters.iter().find(|one| one.folder == to);
        let customers = self.store.customers();
        let customer = customers.iter().find(|one| one.user.as_str() == to);
        person
            .map(|user| user.person.name)
            .or_else(|| customer.map(|one| one.name.clone()))
            .or_else(|| listed.map(|one| one.name.clone()))
    }
}

/// Whether a notice is a person's business.
pub(super) fn is_theirs(person: &Person, record: &NoticeRecord) -> bool {
    match person.organisation {
        Organisation::Branch(_) => true,
        Organisation::Customer(user) => {
            record.to == person.id.as_str()
                || (record.to == user.as_str()
                    && person.inquires(&[])
                    && person.limits().is_empty())
        }
    }
}

/// A number as typed by somebody whose keyboard is in Japanese.
fn narrow(text: &str) -> String {
    let one = |c: char| match c {
        '０'..='９' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        'ー' | '－' | '−' | '‐' | '–' | '―' => '-',
        c => c,
    };
    text.trim().chars().map(one).collect()
}

/// How far a notice has come.
fn state_words(state: EffectState, sent: Option<Timestamp>, way: &str) -> String {
    let at = sent.map(Timestamp::japanese).unwrap_or_default();
    match (state, state.halt()) {
        (_, Some(Halt::Unsure)) => {
            "届いたかどうか分からないため、担当者が確かめています".to_owned()
        }
        (_, Some(Halt::Dead)) => "送れていません。担当者が確かめています".to_owned(),
        (EffectState::Delivered, _) if way.contains('@') => format!("{at} に送りました"),
        (EffectState::Delivered, _) if way.contains('/') => format!("{at} に書面ができました"),
        (EffectState::Delivered, _) => format!("{at} に送信済みとなりました"),
        (EffectState::Returned, _) => format!("{at} に送りましたが、届かずに戻ってきました"),
        (EffectState::Bundled { .. }, _) => "ほかのお知らせとまとめて、まもなく送ります".to_owned(),
        (EffectState::Later { .. }, _) => "一度送れなかったため、後で送りなおします".to_owned(),
        (EffectState::Made { .. }, _) => "できあがり、送るのを待っています".to_owned(),
        _ => "まだ送っていません（順番を待っています）".to_owned(),
    }
}

/// What a notice is, by the first part of its effect's name.
pub(super) fn title_of(what: &str) -> &'static str {
    if let Some(news) = what.strip_prefix("security/") {
        let known = SecurityNews::ALL.into_iter().find(|one| one.name() == news);
        return known.map_or("セキュリティのお知らせ", SecurityNews::japanese);
    }
    match what {
        "mail/accepted" => "ファイル受付のお知らせ",
        "mail/rejected_file" => "ファイルを受け付けられなかったお知らせ",
        "mail/held_duplicate" => "重複のため保留したお知らせ",
        "mail/sheets_missing" => "FAXのページが届いていないお知らせ",
        "mail/approved" => "承認のお知らせ",
        "mail/returned" | "mail/sent_back" => "差戻しのお知らせ",
        "mail/rejected" => "否認のお知らせ",
        "mail/withdrawn" => "取下げのお知らせ",
        "mail/carved_out" => "一部の明細についてのお知らせ",
        "mail/recorded" | "record" => "記録結果のお知らせ",
        "mail/errored" => "記録できなかったお知らせ",
        "request" | "round" | "assignment" | "handover" => "承認のお願い",
        "reminder" => "承認期限のお知らせ",
        "escalation" => "承認が遅れているお知らせ",
        "consult" => "ご相談",
        "absence" => "不在の届出のお知らせ",
        "review" => "後閲のお願い",
        "fee_notice" => "手数料のお知らせ",
        "fee_statement" => "手数料計算書",
        "due_reminder" => "支払期日のお知らせ",
        "other_side" => "相手の方の請求による記録のお知らせ",
        "settled" => "決済結果のお知らせ",
        "contract" => "ご契約についてのお知らせ",
        "welcome" => "ご案内状",
        "notice" => "お知らせ（書面）",
        "password" => "仮パスワード・受取番号のお知らせ（書面）",
        "returned" => "メールが届かなかったお知らせ（書面）",
        _ => "お知らせ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_typed_in_full_width_is_the_number() {
        assert_eq!(narrow(" ４８２１３−２ー８ "), "48213-2-8");
        assert_eq!(narrow("48213-2-8"), "48213-2-8");
    }
}
