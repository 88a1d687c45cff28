//! The same request by paper and by file (経路違いの同じ請求), or by two papers: recognised,
//! whichever came first.
//!
//! What is compared is what a person would call the same request ([`Sameness`]), because a form for
//! the FAX has a number of its own, and a FAX that did not go through is sent again. The later one
//! is held for two people to decide (`holds`). Requests of two files are compared by their business
//! keys, see `formats`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use tracing::warn;

use crate::domain::{CaseId, Code, Finding, Origin, ReceiptNo, RequestKind, Sameness, UserNumber};
use crate::formats::StoredError;
use crate::ports::{Entry, FileRecord, FileVerdict, KeyingMove, RowAnswer, StoreError};
use crate::workflow::MailKind;

use super::Desk;
use super::flaws::whole_file;
use super::judge::Judged;
use super::submit::CUSTOMERS;

/// For how many days what is done with is compared: as long as a paper may take to its scan.
const RECENT_DAYS: i64 = 31;
/// Rows that are told one by one.
const TOLD_MAX: usize = 10;

/// A row of a file: its receipt number, and which record.
pub(super) type Place = (ReceiptNo, u32);

/// Rows by what they ask for.
pub(super) type Places = BTreeMap<Sameness, BTreeSet<Place>>;

/// What a file's rows are held against: those of papers, and a paper's also those of files.
pub(super) struct Alike<'d> {
    desk: &'d Desk,
    file: &'d FileRecord,
    against: Against,
    /// The file beside which this one was held and found to be no repeat.
    released_beside: Option<ReceiptNo>,
    /// What will be asked about.
    expected: RefCell<Vec<Sameness>>,
}

enum Against {
    /// Two people said of this file that it is no repeat.
    Nothing,
    /// It is not known yet: anything may be asked for.
    Anything,
    /// Rows of papers.
    Papers(Arc<Places>),
    /// Rows of papers, and of files those that ask for what was asked about so far: a customer's
    /// files may have very many rows, and a paper has few.
    All(Arc<Places>, RefCell<Places>),
}

impl<'d> Alike<'d> {
    pub(super) fn new(desk: &'d Desk, file: &'d FileRecord) -> Self {
        let against = if desk.is_meant_alike(file) {
            Against::Nothing
        } else if file.paper.is_some() {
            Against::All(desk.paper_rows(), RefCell::default())
        } else {
            Against::Papers(desk.paper_rows())
        };
        let released_beside = desk.released_beside(file);
        Self { desk, file, against, released_beside, expected: RefCell::default() }
    }

    /// The file whose rows are held against others.
    pub(super) const fn file(&self) -> &'d FileRecord {
        self.file
    }

    /// Whether it is a paper's rows that are held against those of files.
    pub(super) const fn is_of_paper(&self) -> bool {
        matches!(self.against, Against::All(..))
    }

    /// The same before it is known what there is: no row is refused beside one it repeats.
    pub(super) const fn before_looking(&self) -> Self {
        Self {
            desk: self.desk,
            file: self.file,
            against: Against::Anything,
            released_beside: None,
            expected: RefCell::new(Vec::new()),
        }
    }

    /// Whether a row asked for the same before and still counts.
    pub(super) fn repeats(&self, request: &Sameness) -> bool {
        let counts = |place: &Place| self.desk.still_asks(*place, request.kind());
        matches!(self.against, Against::Anything) || self.places(request).iter().any(counts)
    }

    /// The row that did so, but for those that others of this file repeat already: of three that
    /// are alike and one that came before, one is a repeat.
    pub(super) fn besides(&self, request: &Sameness, taken: &[(u32, Place)]) -> Option<Place> {
        let is_free = |place: &Place| taken.iter().all(|(_, other)| other != place);
        let counts = |place: &Place| self.desk.still_asks(*place, request.kind());
        self.places(request).into_iter().filter(is_free).find(counts)
    }

    /// Every such row that came before this file, whatever became of it since.
    pub(super) fn before(&self, request: &Sameness) -> Vec<Place> {
        let mut places = self.places(request);
        places.retain(|(receipt, _)| *receipt < self.file.receipt);
        places
    }

    /// Says what will be asked about: it is looked for in one go with whatever is asked first.
    pub(super) fn expect(&self, requests: Vec<Sameness>) {
        self.expected.replace(requests);
    }

    /// Looks for rows of files that ask for this, and for what is expected.
    fn look_for(&self, request: &Sameness) {
        let Against::All(_, known) = &self.against else { return };
        let mut known = known.borrow_mut();
        if known.contains_key(request) {
            return;
        }
        let all = self.expected.take().into_iter().chain([*request]);
        let mut new: Places = all.map(|request| (request, BTreeSet::new())).collect();
        self.desk.find_in_files(&mut new);
        known.append(&mut new);
    }

    fn places(&self, request: &Sameness) -> Vec<Place> {
        self.look_for(request);
        let of = |places: &Places| -> Vec<Place> {
            let found = places.get(request).into_iter().flatten();
            let is_other = |(receipt, _): &&Place| {
                *receipt != self.file.receipt && Some(*receipt) != self.released_beside
            };
            found.filter(is_other).copied().collect()
        };
        match &self.against {
            Against::Nothing | Against::Anything => Vec::new(),
            Against::Papers(papers) => of(papers),
            Against::All(papers, known) => {
                let mut places = of(papers);
                places.extend(of(&known.borrow()));
                places.sort_unstable();
                places
            }
        }
    }
}

impl Desk {
    /// The file beside which a file was held, where two people found it to be no repeat.
    pub(super) fn released_beside(&self, file: &FileRecord) -> Option<ReceiptNo> {
        let ended = self.store.released_from(file.receipt)?;
        match self.store.file(ended.held)?.verdict {
            FileVerdict::Held { same_as } => Some(same_as),
            _ => None,
        }
    }

    /// Remembers what a paper asks for, if it was taken in; papers that are long done are let go.
    pub(super) fn remember_paper(&self, file: &FileRecord) {
        if file.paper.is_none() || !is_taken(file) || !self.is_recent(file) {
            return;
        }
        let mut rows = Places::new();
        self.each_taken(file, |request, place| {
            rows.entry(request).or_default().insert(place);
        });
        let mut known = self.papers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = Arc::make_mut(&mut known);
        let old = known.values().flatten().map(|(receipt, _)| *receipt).collect::<BTreeSet<_>>();
        let gone = |receipt: &ReceiptNo| {
            self.store.file(*receipt).is_none_or(|file| !self.is_recent(&file))
        };
        let old: BTreeSet<ReceiptNo> = old.into_iter().filter(gone).collect();
        known.retain(|_, places| {
            places.retain(|(receipt, _)| !old.contains(receipt));
            !places.is_empty()
        });
        for (request, places) in rows {
            known.entry(request).or_default().extend(places);
        }
    }

    fn paper_rows(&self) -> Arc<Places> {
        Arc::clone(&self.papers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fills in which rows of files ask for these: the requesters' own files, and those a branch
    /// handed in.
    fn find_in_files(&self, wanted: &mut Places) {
        let users: BTreeSet<UserNumber> =
            wanted.keys().map(|request| request.requester().user_number).collect();
        let is_theirs = |file: &FileRecord| {
            file.submitter.channel == CUSTOMERS
                && users.iter().any(|user| file.submitter.folder == user.as_str())
        };
        let may_ask = |file: &FileRecord| {
            let is_branchs = Origin::of(&file.submitter.channel) == Origin::Paper;
            file.paper.is_none()
                && (is_branchs || is_theirs(file))
                && is_taken(file)
                && !file.is_proposal()
                && self.is_recent(file)
        };
        for file in self.store.files(&may_ask, usize::MAX) {
            self.each_taken(&file, |request, place| {
                if let Some(places) = wanted.get_mut(&request) {
                    places.insert(place);
                }
            });
        }
    }

    /// Goes through the rows of a file that was taken in.
    fn each_taken(&self, file: &FileRecord, mut each: impl FnMut(Sameness, Place)) {
        let Some(digest) = file.record_file else { return };
        let mut read = || {
            for row in self.record_file(digest)?.rows() {
                let row = row?;
                each(Sameness::from(&row.request), (file.receipt, row.record));
            }
            Ok::<(), StoredError>(())
        };
        if let Err(error) = read() {
            warn!(file = %file.receipt, %error, "its rows cannot be compared with new ones");
        }
    }

    /// Whether a file is under way, or so new that somebody may ask for the same once more.
    fn is_recent(&self, file: &FileRecord) -> bool {
        let days = self.clock.now().date().days_since(file.received_at.date());
        file.open_cases > 0 || days <= RECENT_DAYS
    }

    /// Whether a row is under way or was recorded; what was given back may be asked for anew.
    fn still_asks(&self, (receipt, row): Place, kind: RequestKind) -> bool {
        let Some(file) = self.store.file(receipt).filter(|file| self.is_recent(file)) else {
            return false;
        };
        if file.verdict == FileVerdict::Opening {
            return true;
        }
        let mut flows = (1..).zip(&file.flows);
        let Some((n, _)) = flows.find(|(_, flow)| flow.kinds.contains(&kind)) else { return false };
        let batch = CaseId { receipt, n, row: None };
        let own = CaseId { row: Some(row), ..batch };
        let case = self.store.case(own).or_else(|| self.store.case(batch));
        case.is_some_and(|case| {
            let line = self.store.result_of(case.head.id, row).map(|line| line.answer);
            let errored = matches!(line, Some(RowAnswer::Errored { .. }));
            !case.head.status.frees_rows() && !errored
        })
    }

    /// The verdict on a file some of whose rows were asked for before: it is held, with
    /// the first of those, in one commit.
    pub(super) fn hold_alike(
        &self,
        file: &FileRecord,
        alike: &[(u32, Place)],
    ) -> Result<Option<Judged>, StoreError> {
        let Some((_, (same_as, _))) = alike.first().copied() else { return Ok(None) };
        let held = KeyingMove::Repeated { receipt: file.receipt, same_as };
        let refused = self.refuse(file, &self.alike_findings(file, alike), MailKind::Held)?;
        Ok(Some(Judged { before: vec![Entry::Keying(Box::new(held))], ..refused }))
    }

    /// What is told of rows that were asked for before, by paper or by the other medium.
    pub(super) fn alike_findings(&self, file: &FileRecord, alike: &[(u32, Place)]) -> Vec<Finding> {
        let mut told: Vec<Finding> =
            alike.iter().take(TOLD_MAX).map(|one| self.alike_finding(file, one)).collect();
        let left = alike.len().saturating_sub(TOLD_MAX);
        if left > 0 {
            let ja = format!("ほかに{left}件、前に届いた請求と同じ内容のものがあります。");
            let en = format!("{left} more came before");
            told.push(whole_file(Code::DupWay, &ja, &en));
        }
        told
    }

    fn alike_finding(&self, file: &FileRecord, (row, (first, nth)): &(u32, Place)) -> Finding {
        let of = |one: Option<FileRecord>| one.map_or("ファイル", |one| self.medium(&one));
        let (medium, other) = (self.medium(file), of(self.store.file(*first)));
        let ja = format!(
            "{medium}で届いたこの請求（{row}件目）は、{other}で届いた受付番号 {first} の{nth}件目と\
             同じ内容です。二重でないかを取扱店の二人が確かめるまで、保留します。"
        );
        let en = format!(
            "record {row} asks for the same as record {nth} of {first}, which came before; held \
             until two people of the branch have decided"
        );
        whole_file(Code::DupWay, &ja, &en)
    }

    /// By what a file's requests came, as people say it: FAX, 書面, 窓口の書面 or ファイル.
    pub(super) fn medium(&self, file: &FileRecord) -> &'static str {
        match (file.paper.is_some(), file.submitter.channel.as_str()) {
            (true, _) if self.is_counter(file) => "窓口の書面",
            (true, "fax") => "FAX",
            (true, _) => "書面",
            (false, _) => "ファイル",
        }
    }
}

fn is_taken(file: &FileRecord) -> bool {
    matches!(file.verdict, FileVerdict::Accepted | FileVerdict::Opening)
}
