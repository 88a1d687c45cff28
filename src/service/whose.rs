//! Whose requests a case is, where somebody else handed it in: a branch, for a customer who sent a
//! FAX, came to the counter, or gave it a file.

use serde::Serialize;

use crate::domain::{Party, RecordRequest, UserNumber};
use crate::ports::FileRecord;
use crate::workflow::Case;

use super::Desk;

/// Rows of a case that are looked at: as many as are printed, and more than any paper has. Each row
/// tells its own requester.
const ROWS_MAX: u32 = 2_000;
/// How many are named in a line; the others are counted.
const NAMED_MAX: usize = 3;

/// A requester (請求者), as whoever decides compares it with the paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requester {
    /// The user number.
    pub number: String,
    /// The name in the register of customers; none where it is not in it.
    pub name: Option<String>,
    /// The account the request is from, e.g. `0001-001 当座 0123456`.
    pub account: String,
}

impl Requester {
    /// `株式会社見本製作所（1AB2CD3EF）`.
    pub fn who(&self) -> String {
        let Self { number, name, .. } = self;
        name.as_ref()
            .map_or_else(|| format!("利用者番号 {number}"), |name| format!("{name}（{number}）"))
    }

    /// The same with the account: `株式会社見本製作所（1AB2CD3EF） 0001-001 当座 0123456`.
    pub fn who_and_account(&self) -> String {
        format!("{} {}", self.who(), self.account)
    }
}

/// Requesters in a line, each as `shown`: the first three, and how many more there are; nothing
/// where there is none.
pub fn in_a_line(requesters: &[Requester], shown: impl Fn(&Requester) -> String) -> Option<String> {
    let named: Vec<String> = requesters.iter().take(NAMED_MAX).map(shown).collect();
    let more = requesters.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" ほか{more}") } else { String::new() };
    (!named.is_empty()).then(|| named.join("、") + &more)
}

impl Desk {
    /// Whose requests a case is; nobody where the requester handed it in, or where it has no rows.
    pub(super) fn requesters(&self, case: &Case) -> Vec<Requester> {
        let mut parties = Vec::new();
        if is_own(&case.file.submitter) {
            return Vec::new();
        }
        // Rows that cannot be read are told where they are shown.
        let read = self.each_row(case, 0, ROWS_MAX, &mut |row| parties.push(row.request.requester));
        read.map(|()| self.asking(parties)).unwrap_or_default()
    }

    /// Whose requests these rows of a file are; nobody where the requester handed it in.
    pub(super) fn requesters_among<'r>(
        &self,
        file: &FileRecord,
        rows: impl Iterator<Item = &'r RecordRequest>,
    ) -> Vec<Requester> {
        if is_own(&file.submitter.folder) {
            return Vec::new();
        }
        self.asking(rows.map(|request| request.requester).collect())
    }

    /// Each of them once, in the order they come, with its name.
    fn asking(&self, mut parties: Vec<Party>) -> Vec<Requester> {
        let mut seen = std::collections::BTreeSet::new();
        parties.retain(|party| seen.insert((party.user_number, party.account)));
        let customers = self.store.customers();
        let named = parties.into_iter().map(|Party { user_number, account }| {
            let customer = customers.get(user_number);
            Requester {
                number: user_number.to_string(),
                name: customer.map(|one| one.name.clone()),
                account: format!(
                    "{}-{} {} {}",
                    account.bank,
                    account.branch,
                    account.kind.japanese(),
                    account.number
                ),
            }
        });
        named.collect()
    }
}

/// Whether a folder is a customer's own.
fn is_own(folder: &str) -> bool {
    UserNumber::parse(folder).is_ok()
}
