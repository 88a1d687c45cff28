//! Many users of a customer at once, out of a sheet (ユーザーの一覧): all of it, or nothing.
//!
//! The columns are those of the bank's own sheet. Read [`Desk::plan_users_of`] first.

use tracing::info;

use crate::domain::{Authority, Code, Digest, Finding, Organisation, Person, UserId};
use crate::ports::PasswordKind;
use crate::workflow::{UserDeed, UserRow};

use super::super::Desk;
use super::super::flaws::whole_file;
use super::masters::{Change, hands_out};
use super::{AccountError, OneTime, Wanted};

/// Rows in one sheet: each new user takes two slow hashes.
const ROWS_MAX: usize = 50;

/// What a sheet comes to, before anything is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPlan {
    /// A sentence for each row.
    pub lines: Vec<String>,
    /// Who must come together to approve afterwards.
    pub sentence: String,
    /// Why a master must say that it is to be done all the same; nothing where it need not be.
    pub short: Option<String>,
    /// What tells this plan from another.
    pub digest: Digest,
    changes: Vec<Change>,
}

impl Desk {
    /// What the rows of a sheet would change for a master's customer; errs with everything that
    /// cannot be done, each with its line.
    pub fn plan_users_of(
        &self,
        master: &Person,
        rows: &[UserRow],
    ) -> Result<UserPlan, Vec<Finding>> {
        if rows.is_empty() || rows.len() > ROWS_MAX {
            let ja = format!("「手続」を書いた行を、1行から{ROWS_MAX}行までにしてください。");
            let en = format!("write a procedure into one to {ROWS_MAX} rows");
            return Err(vec![whole_file(Code::K07, &ja, &en)]);
        }
        let (mut findings, mut changes) = (Vec::new(), Vec::new());
        for row in rows {
            match self.planned_by(master, row) {
                Ok(change) => changes.push(change),
                Err(refused) => {
                    let ja = format!("「{}」：{}", column(&refused), refused.japanese());
                    let found = whole_file(Code::K07, &ja, &refused.to_string());
                    let line = u32::try_from(row.line).unwrap_or(0);
                    findings.push(Finding { line, ..found });
                }
            }
        }
        let able = if findings.is_empty() { self.stays_able(&changes, false) } else { Ok(()) };
        let short = match able {
            Err(short @ AccountError::LastApprover { .. }) => Some(short.japanese()),
            Err(refused) => {
                findings.push(whole_file(Code::K07, &refused.japanese(), &refused.to_string()));
                None
            }
            Ok(()) => None,
        };
        if !findings.is_empty() {
            return Err(findings);
        }
        let lines: Vec<String> = changes.iter().map(|change| self.sentence_of(change)).collect();
        let sentence = self.who_approves_after(master.organisation, &changes);
        let digest = Digest::of(format!("{lines:?} {sentence} {changes:?}").as_bytes());
        Ok(UserPlan { lines, sentence, short, digest, changes })
    }

    /// Carries out a sheet that a master has seen the plan of, in one commit; answers the one-time
    /// passwords. `anyway` is that they were told too few could approve then.
    ///
    /// Errs where the plan is another by now, and where the password is wrong.
    pub fn carry_users_of(
        &self,
        master: &UserId,
        (rows, shown): (&[UserRow], Digest),
        (password, anyway): (&str, bool),
    ) -> Result<Vec<(UserId, OneTime)>, AccountError> {
        let master = self.check_password(master, PasswordKind::Approval, password)?;
        if !master.is_master() {
            return Err(AccountError::NotYours);
        }
        let plan = self.plan_users_of(&master, rows).map_err(|_| AccountError::Changed)?;
        if plan.digest != shown {
            return Err(AccountError::Changed);
        }
        self.stays_able(&plan.changes, anyway)?;
        let at = self.clock.now();
        let (mut changes, mut mails) = (Vec::new(), Vec::new());
        for change in &plan.changes {
            let (more, told) = self.deed_of(change, &master.name, at);
            changes.extend(more);
            mails.extend(told);
        }
        self.change_access(changes, mails)?;
        info!(actor = %master.id, n_rows = plan.changes.len(), "users were changed by a sheet");
        let new = plan.changes.iter().filter(|change| hands_out(change.deed));
        Ok(new.map(|one| (one.after.id.clone(), self.handed_out(&one.after.id, at))).collect())
    }

    fn planned_by(&self, master: &Person, row: &UserRow) -> Result<Change, AccountError> {
        let Organisation::Customer(customer) = master.organisation else {
            return Err(AccountError::NotYours);
        };
        let elsewhere = row.organisation.is_some_and(|place| place != master.organisation);
        if elsewhere || !master.is_master() {
            return Err(AccountError::NotYours);
        }
        if !row.deed.is_masters() {
            return Err(AccountError::AskTheBank(row.user.clone()));
        }
        let now = self.user_of(customer, master, (&row.user, row.deed))?;
        // Whoever is registered changes their address themselves, or the bank does.
        if now.as_ref().is_some_and(|now| !row.email.is_empty() && row.email != now.email) {
            return Err(AccountError::OwnAddress);
        }
        let wanted = Wanted {
            deed: row.deed,
            name: row.name.clone(),
            email: row.email.clone(),
            roles: row.roles.clone(),
            accounts: row.accounts.clone(),
            like: None,
            same_as: row.same_as.clone(),
        };
        self.are_peers(master, &wanted)?;
        self.altered(&row.user, master.organisation, now.as_ref(), &wanted)
    }

    /// What a row comes to, in a sentence.
    fn sentence_of(&self, change: &Change) -> String {
        let Change { after, deed, same_as } = change;
        let roles = |person: &Person| {
            let words = person.roles.iter().map(|role| {
                Authority::parse(role).map_or_else(|| role.clone(), Authority::japanese)
            });
            words.collect::<Vec<_>>().join("、")
        };
        let before = self.store.user(&after.id).map(|record| record.person);
        let mut told = vec![format!("{} {}（{}）", deed.japanese(), after.name, after.id)];
        match before {
            None => told.push(format!("権限 {}、{}", roles(after), after.email)),
            Some(before) if *deed == UserDeed::Alter => {
                if before.name != after.name {
                    told.push(format!("氏名 {} → {}", before.name, after.name));
                }
                if before.roles != after.roles {
                    told.push(format!("権限 {} → {}", roles(&before), roles(after)));
                }
            }
            Some(_) => {}
        }
        told.extend(same_as.iter().map(|with| format!("{with} と同じ方のIDとしてまとめます")));
        told.join("：")
    }
}

/// The column a row's mistake is about.
const fn column(refused: &AccountError) -> &'static str {
    match refused {
        AccountError::Address(_) | AccountError::OwnAddress => "メールアドレス",
        AccountError::Authority(_) => "権限",
        AccountError::NoAccount(_) => "口座",
        AccountError::NotAnother(_) => "同一人物",
        AccountError::Nothing => "手続",
        _ => "ユーザーID",
    }
}
