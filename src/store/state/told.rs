//! Notices that were owed, for whoever asks whether, when and where one went.
//!
//! An effect is forgotten once it is delivered; of a notice this much stays for [`KEPT_MS`]: 56
//! bytes each. Twenty thousand requests a month cause about a hundred thousand notices, which are
//! some seventy megabytes. Older ones are in the journal: ask the store as of their day.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::domain::{NoticeNo, Timestamp};
use crate::ports::{Returned, ReturnedMail};
use crate::workflow::MailKey;

/// How long a notice is kept: thirteen months, so that last year's can still be asked for.
const KEPT_MS: i64 = 400 * 86_400_000;
/// Notices, and words, that are stored together.
const BLOCK: u64 = 64;

/// What is kept of one notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Told {
    pub(super) number: NoticeNo,
    /// What it is, to whom it went, and which way, by their places among the words.
    pub(super) what: u32,
    pub(super) to: u32,
    pub(super) way: u32,
    /// The file, its case and line; [`u32::MAX`] and 0 for none.
    pub(super) file: u32,
    pub(super) n: u16,
    pub(super) row: u32,
    /// When it was owed, and when it went, in seconds since 1970; 0 before it went.
    owed: u32,
    sent: u32,
    /// The mail it goes in: its own, or a bundle's.
    mail: MailKey,
}

impl Told {
    pub(super) fn owed(&self) -> Timestamp {
        Timestamp::from_ms(i64::from(self.owed) * 1_000)
    }

    pub(super) fn sent(&self) -> Option<Timestamp> {
        (self.sent > 0).then(|| Timestamp::from_ms(i64::from(self.sent) * 1_000))
    }
}

/// What a notice is when it is owed.
pub(super) struct Fresh<'f> {
    pub(super) number: NoticeNo,
    pub(super) what: &'f str,
    pub(super) to: &'f str,
    pub(super) about: (u32, u16, u32),
    pub(super) mail: MailKey,
}

/// The notices of the last months, in the order they were owed.
#[derive(Debug, Default)]
pub(in crate::store) struct Notices {
    all: VecDeque<Told>,
    /// How many were let go; the place of the first that is kept.
    first: u64,
    /// Names, people and addresses, each once; the first is the empty one.
    words: Vec<String>,
    places: BTreeMap<String, u32>,
    /// Blocks that changed since the last checkpoint.
    pub(in crate::store) dirty: BTreeSet<u64>,
    pub(in crate::store) dirty_words: BTreeSet<u64>,
    /// Of those that are kept, the ones whose mails came back.
    returned: BTreeMap<NoticeNo, ReturnedMail>,
    /// Which of them changed since the last checkpoint.
    pub(in crate::store) dirty_returned: BTreeSet<NoticeNo>,
}

impl Notices {
    /// Keeps a notice that is owed from `now` on, and lets go of those that are too old.
    pub(super) fn owe(&mut self, fresh: &Fresh<'_>, now: Timestamp) {
        let (what, to, way) = (self.word(fresh.what), self.word(fresh.to), self.word(""));
        let (file, n, row) = fresh.about;
        let (number, mail, owed) = (fresh.number, fresh.mail, seconds(now));
        let told = Told { number, what, to, way, file, n, row, owed, sent: 0, mail };
        self.dirty.insert(self.block_of(self.all.len()));
        self.all.push_back(told);
        while self.all.front().is_some_and(|old| now.ms() - old.owed().ms() > KEPT_MS) {
            self.dirty.insert(self.first / BLOCK);
            let old = self.all.pop_front();
            self.first += 1;
            if let Some(old) = old.filter(|old| self.returned.remove(&old.number).is_some()) {
                self.dirty_returned.insert(old.number);
            }
        }
    }

    /// Notes that a notice goes in one mail with others.
    pub(super) fn bundled(&mut self, number: NoticeNo, mail: MailKey) {
        let Some(place) = self.place_of(number) else { return };
        if let Some(told) = self.all.get_mut(place) {
            told.mail = mail;
            self.dirty.insert(self.block_of(place));
        }
    }

    /// Notes what happened about a mail that came back; what is known already stays as it is.
    pub(super) fn came_back(&mut self, returned: &Returned, at: Timestamp) {
        match returned {
            Returned::Came { notices, from, why } => {
                for number in notices {
                    if self.place_of(*number).is_some() {
                        let (from, why, settled) = (*from, why.clone(), None);
                        let fresh = ReturnedMail { at, from, why, settled };
                        self.returned.entry(*number).or_insert(fresh);
                        self.dirty_returned.insert(*number);
                    }
                }
            }
            Returned::Settled { notice, by } => {
                let Some(from) = self.returned.get(notice).map(|one| one.from) else { return };
                let of_it = self.returned.iter_mut().filter(|(_, one)| one.from == from);
                for (number, one) in of_it {
                    one.settled.get_or_insert_with(|| by.clone());
                    self.dirty_returned.insert(*number);
                }
            }
        }
    }

    /// What came back, in the order it was owed.
    pub(in crate::store) fn returned(&self) -> impl Iterator<Item = (&NoticeNo, &ReturnedMail)> {
        self.returned.iter()
    }

    /// That the mail of a notice came back, if it did.
    pub(in crate::store) fn returned_mail(&self, number: NoticeNo) -> Option<&ReturnedMail> {
        self.returned.get(&number)
    }

    /// What a mail told, in the order it was owed.
    pub(super) fn in_mail(&self, mail: MailKey) -> Vec<Told> {
        self.all.iter().filter(|told| told.mail == mail).copied().collect()
    }

    /// Notes that a notice went, and which way.
    pub(super) fn went(&mut self, number: NoticeNo, at: Timestamp, way: &str) {
        let Some(place) = self.place_of(number) else { return };
        let way = self.word(way);
        if let Some(told) = self.all.get_mut(place) {
            told.sent = seconds(at).max(1);
            told.way = way;
            self.dirty.insert(self.block_of(place));
        }
    }

    /// One notice by its number.
    pub(super) fn get(&self, number: NoticeNo) -> Option<Told> {
        self.all.get(self.place_of(number)?).copied()
    }

    /// The notices to any of these, newest first, at most `limit`.
    pub(super) fn to(&self, whom: &[&str], limit: usize) -> Vec<Told> {
        let whom: Vec<u32> = whom.iter().filter_map(|one| self.places.get(*one).copied()).collect();
        let mine = self.all.iter().rev().filter(|told| whom.contains(&told.to));
        mine.take(limit).copied().collect()
    }

    pub(super) fn text(&self, word: u32) -> String {
        let at = usize::try_from(word).unwrap_or(usize::MAX);
        self.words.get(at).cloned().unwrap_or_default()
    }

    fn place_of(&self, number: NoticeNo) -> Option<usize> {
        self.all.binary_search_by_key(&number, |told| told.number).ok()
    }

    fn block_of(&self, place: usize) -> u64 {
        (self.first + u64::try_from(place).unwrap_or(0)) / BLOCK
    }

    fn word(&mut self, text: &str) -> u32 {
        if let Some(known) = self.places.get(text) {
            return *known;
        }
        let place = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        self.dirty_words.insert(u64::from(place) / BLOCK);
        place
    }

    /// A block as it is stored; none when nothing of it is kept.
    pub(in crate::store) fn block(&self, block: u64) -> Option<Vec<Told>> {
        let place = |at: u64| usize::try_from(at.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let (from, to) = (place(block * BLOCK), place((block + 1) * BLOCK));
        let told: Vec<Told> =
            self.all.iter().skip(from).take(to.saturating_sub(from)).copied().collect();
        (!told.is_empty()).then_some(told)
    }

    /// A block of words as it is stored.
    pub(in crate::store) fn word_block(&self, block: u64) -> Vec<&str> {
        let from = usize::try_from(block * BLOCK).unwrap_or(usize::MAX);
        let length = usize::try_from(BLOCK).unwrap_or(usize::MAX);
        self.words.iter().skip(from).take(length).map(String::as_str).collect()
    }

    /// Puts stored notices and words after those that were put before.
    pub(in crate::store) fn load(&mut self, told: Vec<Told>) {
        self.all.extend(told);
    }

    /// The same of words.
    pub(in crate::store) fn load_words(&mut self, words: &[String]) {
        for word in words {
            self.word(word);
        }
        self.dirty_words.clear();
    }

    /// The same of one that came back.
    pub(in crate::store) fn load_returned(&mut self, number: NoticeNo, mail: ReturnedMail) {
        self.returned.insert(number, mail);
    }

    /// Sets how many were let go, as it was stored.
    pub(in crate::store) const fn resume(&mut self, first: u64) {
        self.first = first;
    }

    /// How many were let go, how many are kept, how many words, and how many came back.
    pub(in crate::store) fn counts(&self) -> (u64, usize, usize, usize) {
        (self.first, self.all.len(), self.words.len(), self.returned.len())
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        let last = self.block_of(self.all.len());
        self.dirty = (self.first / BLOCK..=last).collect();
        let words = u64::try_from(self.words.len()).unwrap_or(0);
        self.dirty_words = (0..words.div_ceil(BLOCK)).collect();
        self.dirty_returned = self.returned.keys().copied().collect();
    }
}

fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.ms() / 1_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Date, ReceiptNo, UserId};

    fn fresh(commit: u64) -> Fresh<'static> {
        let number = NoticeNo::new(commit, 1);
        let (what, mail) = ("request", MailKey::of(&number.to_string()));
        Fresh { number, what, to: "yamada01", about: (u32::MAX, 0, 0), mail }
    }

    #[test]
    fn notices_go_after_thirteen_months_and_come_back_from_their_blocks_as_they_were() {
        let at = |day: i64| Timestamp::from_ms(day * 86_400_000);
        let mut notices = Notices::default();
        for day in 1..=500 {
            notices.owe(&fresh(u64::try_from(day).unwrap()), at(day));
        }
        assert_eq!(notices.counts(), (99, 401, 3, 0));
        assert_eq!(notices.get(NoticeNo::new(99, 1)), None);
        notices.went(NoticeNo::new(450, 1), at(451), "yamada@example.jp");
        let told = notices.get(NoticeNo::new(450, 1)).unwrap();
        assert_eq!((told.owed(), told.sent()), (at(450), Some(at(451))));
        assert_eq!(notices.text(told.way), "yamada@example.jp");
        let (last, mail) = (NoticeNo::new(500, 1), MailKey::of("bundle/yamada01/1"));
        notices.bundled(NoticeNo::new(499, 1), mail);
        notices.bundled(last, mail);
        let told: Vec<_> = notices.in_mail(mail).iter().map(|told| told.number).collect();
        assert_eq!(told, [NoticeNo::new(499, 1), last]);
        assert_eq!(notices.in_mail(MailKey::of(&last.to_string())), []);
        let mut again = Notices::default();
        again.resume(notices.counts().0);
        for block in 0..10 {
            again.load(notices.block(block).unwrap_or_default());
        }
        let words: Vec<String> = notices.word_block(0).into_iter().map(str::to_owned).collect();
        again.load_words(&words);
        assert_eq!((&again.all, again.counts()), (&notices.all, notices.counts()));
        let newest = again.to(&["yamada01", "nobody01"], 2);
        let numbers: Vec<_> = newest.iter().map(|told| told.number).collect();
        assert_eq!(numbers, [NoticeNo::new(500, 1), NoticeNo::new(499, 1)]);
    }
    #[test]
    fn what_came_back_is_known_once_settled_as_a_whole_and_forgotten_with_its_notice() {
        let at = |day: i64| Timestamp::from_ms(day * 86_400_000);
        let from = |serial| ReceiptNo::new(Date::new(2026, 12, 1).unwrap(), serial).unwrap();
        let came = |commits: &[u64], serial| Returned::Came {
            notices: commits.iter().map(|commit| NoticeNo::new(*commit, 1)).collect(),
            from: from(serial),
            why: format!("550 {serial}"),
        };
        let mut notices = Notices::default();
        for commit in 1..=3 {
            notices.owe(&fresh(commit), at(1));
        }
        notices.came_back(&came(&[1, 2], 7), at(2));
        notices.came_back(&came(&[2, 3, 9], 8), at(3));
        let why: Vec<_> = notices.returned().map(|(_, one)| (one.why.as_str(), one.at)).collect();
        assert_eq!(why, [("550 7", at(2)), ("550 7", at(2)), ("550 8", at(3))]);
        let by = UserId::parse("mori0001").unwrap();
        notices.came_back(&Returned::Settled { notice: NoticeNo::new(2, 1), by }, at(4));
        let settled = notices.returned().map(|(_, one)| one.settled.is_some());
        assert_eq!(settled.collect::<Vec<_>>(), [true, true, false]);
        notices.dirty_returned.clear();
        notices.owe(&fresh(10), at(500));
        assert_eq!((notices.returned().count(), notices.dirty_returned.len()), (0, 3));
    }
}
