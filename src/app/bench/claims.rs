//! How long a rule waits for the register of claims: the same with few claims and with many.

use crate::domain::{
    Account, Asking, AssignmentRestriction, CaseId, Claim, ClaimChange, ClaimState, Date, Party,
    RecordNumber, RequestKind, Timestamp, UserNumber, Yen,
};
use crate::ports::{Batch, Commit, Entry, Recorded, RowAnswer, RowResult, Store};

use super::super::outcome::Error;
use super::Figure;
use super::floor::Stretch;

/// Claims in the small register that the large one is held against.
const FEW: u32 = 1_000;

/// Look-ups timed in each.
const ASKED: u32 = 200_000;

/// Claims in one commit.
const SLICE: u32 = 1_000;

/// Customers among whom the claims are spread.
const PEOPLE: u32 = 5_000;

/// Fills the register up to `count` claims of a case; look-ups before and after.
pub(super) fn claims(store: &dyn Store, case: CaseId, count: u32) -> Result<Vec<Figure>, Error> {
    if count <= FEW {
        return Err(Error::Usage(format!("more than {FEW} records are needed")));
    }
    fill(store, case, 0..FEW)?;
    let few = looked_up(store, FEW)?;
    let stretch = Stretch::start();
    fill(store, case, FEW..count)?;
    let filled =
        stretch.figure("claims told by the clearing side, durable", u64::from(count - FEW));
    let many = looked_up(store, count)?.over(&few);
    Ok(vec![few, filled, many])
}

fn looked_up(store: &dyn Store, among: u32) -> Result<Figure, Error> {
    let stretch = Stretch::start();
    for n in 0..ASKED {
        // A stride without a common divisor visits the register all over.
        let at = u32::try_from(u64::from(n) * 7_919 % u64::from(among)).unwrap_or(0);
        let number = number(at)?;
        let found = store.claim(number).map(|record| record.claim.amount);
        std::hint::black_box(store.under_way(number));
        if std::hint::black_box(found).is_none() {
            return Err(Error::Usage(format!("claim {at} is not in the register")));
        }
    }
    Ok(stretch.figure(format!("look-ups among {among} claims"), u64::from(ASKED)))
}

fn fill(store: &dyn Store, case: CaseId, all: std::ops::Range<u32>) -> Result<(), Error> {
    let at = Timestamp::tokyo(day()?, 9, 0);
    for first in all.clone().step_by(usize::try_from(SLICE).unwrap_or(1)) {
        let rows = first..all.end.min(first.saturating_add(SLICE));
        let told: Result<Vec<_>, Error> = rows.clone().map(row).collect();
        let recorded = Recorded { case, from: case.receipt, rows: told? };
        let entries = vec![Entry::Recorded(Box::new(recorded))];
        let batch = Batch { commit: Commit { at, entries }, expect: Vec::new() };
        store.commit(batch).map_err(|failed| Error::Usage(failed.to_string()))?;
        let (kind, amount) = (RequestKind::Assignment, None);
        let asking = |row| Ok((number(row)?, Asking { case: Some(case), row, kind, amount }));
        let lines: Result<Vec<_>, Error> = rows.map(asking).collect();
        store.remember_lines(&lines?);
    }
    Ok(())
}

fn row(n: u32) -> Result<RowResult, Error> {
    let number = number(n)?;
    let party = |n: u32| -> Result<Party, Error> {
        let user = UserNumber::parse(&format!("{:09}", n % PEOPLE)).map_err(|_| wrong())?;
        let account = Account::parse("0001-001-2-0123456").ok_or_else(wrong)?;
        Ok(Party { user_number: user, account })
    };
    let claim = Claim {
        number,
        parent: None,
        debtor: party(n)?,
        creditor: party(n.wrapping_mul(31).wrapping_add(7))?,
        amount: Yen::new(1_000_000).map_err(|_| wrong())?,
        due: day()?.plus_days(90),
        recorded: day()?,
        restricted: AssignmentRestriction::Free,
        state: ClaimState::Open,
        assigned: false,
        guarantors: Vec::new(),
        latest: None,
    };
    let change = Some(ClaimChange::Accrued(Box::new(claim)));
    Ok(RowResult { row: n, answer: RowAnswer::Recorded(Some(number)), change })
}

fn number(n: u32) -> Result<RecordNumber, Error> {
    RecordNumber::parse(&format!("{n:020}")).map_err(|_| wrong())
}

fn day() -> Result<Date, Error> {
    Date::new(2026, 12, 1).map_err(|_| wrong())
}

fn wrong() -> Error {
    Error::Usage("the bench cannot make its claims".to_owned())
}
