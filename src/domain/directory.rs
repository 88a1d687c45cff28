//! The directory: who belongs where on which day, and which branch stands for which (人事異動,
//! 店舗統廃合).

use super::{BranchCode, Date, Organisation, Person, UserId};

/// How often a merged branch may be merged again; a longer chain is a circle.
const MERGERS_MAX: usize = 16;

/// Everybody's postings and all branches, each with the days it holds.
///
/// Shape: rows as the office wrote them; of one user or one branch no two hold on the same day.
/// Made by `load_directory`, which proves that. Empty where the office keeps no directory: then
/// everybody is as registered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// Who belongs where, by user and day.
    pub postings: Vec<Posting>,
    /// Branches, by code and day.
    pub branches: Vec<Branch>,
}

/// The days a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The first day; nothing for ever before.
    pub from: Option<Date>,
    /// The last day; nothing for ever after.
    pub until: Option<Date>,
}

/// Where a person belongs, and as what, for a time (発令).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Who.
    pub user: UserId,
    /// The name as printed on a stamp.
    pub name: String,
    /// Where mail goes.
    pub email: String,
    /// Where they belong.
    pub organisation: Organisation,
    /// Their roles or authorities.
    pub roles: Vec<String>,
    /// When.
    pub term: Term,
}

/// A branch for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its code.
    pub code: BranchCode,
    /// Its name, e.g. 本店営業部.
    pub name: String,
    /// Its telephone number.
    pub phone: String,
    /// When.
    pub term: Term,
    /// The branch it was merged into after its last day.
    pub successor: Option<BranchCode>,
}

/// A branch that was merged into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merger<'d> {
    /// The branch that is no more.
    pub old: &'d Branch,
    /// The first day of the other in its place.
    pub on: Date,
    /// The branch that has its cases, folders and numbers now.
    pub into: BranchCode,
}

impl Term {
    /// Whether `day` is among the days.
    pub fn holds(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether both have a day in common.
    pub fn meets(self, other: Self) -> bool {
        let before = |one: Self, two: Self| {
            one.until.zip(two.from).is_some_and(|(until, from)| until < from)
        };
        !before(self, other) && !before(other, self)
    }

    /// Whether it begins or is over for the first time after `known` and up to `today`.
    fn turns(self, known: Date, today: Date) -> bool {
        let within = |day: Date| known < day && day <= today;
        self.from.is_some_and(within) || self.until.is_some_and(|last| within(last.plus_days(1)))
    }
}

impl Directory {
    /// Whether the office keeps none.
    pub fn is_empty(&self) -> bool {
        self.postings.is_empty() && self.branches.is_empty()
    }

    /// A registered person as they are on `day`: their posting of that day in the place of what
    /// was registered. Nobody when the directory knows them and has no posting for that day.
    pub fn person_on(&self, registered: &Person, day: Date) -> Option<Person> {
        let mut person = registered.clone();
        let mut known = self.postings.iter().filter(|one| one.user == registered.id).peekable();
        if known.peek().is_some() {
            let posting = known.find(|posting| posting.term.holds(day))?;
            person.name.clone_from(&posting.name);
            person.email.clone_from(&posting.email);
            person.organisation = posting.organisation;
            person.roles.clone_from(&posting.roles);
        }
        if let Organisation::Branch(code) = person.organisation {
            // Whoever was registered at a branch that is no more belongs to its successor.
            let code = self.successor_on(code, day);
            person.organisation = Organisation::Branch(code);
            person.today.succeeds = self.predecessors_on(code, day);
        }
        Some(person)
    }

    /// The branch that has the desk of `code` on `day`: itself, or whoever it was merged into.
    pub fn successor_on(&self, code: BranchCode, day: Date) -> BranchCode {
        let mut code = code;
        for _ in 0..MERGERS_MAX {
            match self.merger(code, day) {
                Some(merger) => code = merger.into,
                None => break,
            }
        }
        code
    }

    /// The branches whose desks `code` has on `day` besides its own, in the order of the rows.
    fn predecessors_on(&self, code: BranchCode, day: Date) -> Vec<BranchCode> {
        let mut found: Vec<BranchCode> = Vec::new();
        for branch in &self.branches {
            let old = branch.code;
            if old != code && !found.contains(&old) && self.successor_on(old, day) == code {
                found.push(old);
            }
        }
        found
    }

    /// The codes that mean the same desk as `code` on `day`, without itself: branches merged into
    /// one another.
    pub fn kin(&self, code: BranchCode, day: Date) -> Vec<BranchCode> {
        let heir = self.successor_on(code, day);
        let mut kin = self.predecessors_on(heir, day);
        kin.push(heir);
        kin.retain(|one| *one != code);
        kin
    }

    /// What became of a branch that is no more on `day`, where it was merged into another.
    pub fn merger(&self, code: BranchCode, day: Date) -> Option<Merger<'_>> {
        let terms = || self.branches.iter().filter(move |branch| branch.code == code);
        if terms().any(|branch| branch.term.holds(day)) {
            return None;
        }
        let over = terms().filter(|branch| branch.term.until.is_some_and(|last| last < day));
        let old = over.max_by_key(|branch| branch.term.until)?;
        Some(Merger { old, on: old.term.until?.plus_days(1), into: old.successor? })
    }

    /// A branch as it is on `day`; where it has no row for that day, as it was last.
    pub fn branch(&self, code: BranchCode, day: Date) -> Option<&Branch> {
        let terms = || self.branches.iter().filter(move |branch| branch.code == code);
        let today = terms().find(|branch| branch.term.holds(day));
        today.or_else(|| terms().max_by_key(|branch| branch.term.until))
    }

    /// Whether anything begins or ends after `known` and up to `today`.
    pub fn turns(&self, known: Date, today: Date) -> bool {
        let postings = self.postings.iter().map(|posting| posting.term);
        let branches = self.branches.iter().map(|branch| branch.term);
        postings.chain(branches).any(|term| term.turns(known, today))
    }
}
