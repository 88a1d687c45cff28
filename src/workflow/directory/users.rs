//! The sheet in which a branch asks for users to be registered, changed, reset or removed
//! (ユーザーの届出).

use serde::{Deserialize, Serialize};

use crate::domain::{
    Account, Authority, BranchCode, Organisation, Person, UserId, UserNumber, is_mail_address,
};

use super::customers::{ColumnMistake, csv_line};
use super::rows::{Heading, Row, Sheet};

/// What tells this sheet from those about customers.
pub(super) const USER: Heading = Heading { name: "user_id", japanese: &["ユーザーID"] };

const COLUMNS: [Heading; 7] = [
    Heading { name: "procedure", japanese: &["手続"] },
    USER,
    Heading { name: "name", japanese: &["氏名"] },
    Heading { name: "organisation", japanese: &["所属"] },
    Heading { name: "roles", japanese: &["権限"] },
    Heading { name: "email", japanese: &["メールアドレス"] },
    Heading { name: "identity_check", japanese: &["本人確認"] },
];

/// Columns that came later; a sheet may lack them.
const LATER: [Heading; 2] = [
    Heading { name: "accounts", japanese: &["口座"] },
    Heading { name: "same_as", japanese: &["同一人物"] },
];

/// What lifts a limit to accounts.
const ALL_ACCOUNTS: &str = "すべて";

/// What is asked for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserDeed {
    /// 登録.
    Register,
    /// 変更.
    Alter,
    /// 停止.
    Suspend,
    /// 再開.
    Resume,
    /// 削除.
    Remove,
    /// 再設定: both passwords are to be chosen anew.
    Reset,
    /// 解除: locked passwords open again.
    Unlock,
    /// 証明書: a master user may have a certificate made.
    Certify,
    /// 証明書不要: the passwords alone are enough again.
    Uncertify,
    /// 別人: the ID is none of those it was joined with any more.
    Part,
}

impl UserDeed {
    /// Every deed.
    pub const ALL: [Self; 10] = [
        Self::Register,
        Self::Alter,
        Self::Suspend,
        Self::Resume,
        Self::Remove,
        Self::Reset,
        Self::Unlock,
        Self::Certify,
        Self::Uncertify,
        Self::Part,
    ];

    /// The word in the sheet.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Register => "登録",
            Self::Alter => "変更",
            Self::Suspend => "停止",
            Self::Resume => "再開",
            Self::Remove => "削除",
            Self::Reset => "再設定",
            Self::Unlock => "解除",
            Self::Certify => "証明書",
            Self::Uncertify => "証明書不要",
            Self::Part => "別人",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.japanese() == text)
    }

    /// Whether somebody gets in by it who could not: then it must be written how it was made sure
    /// who they are.
    const fn lets_in(self) -> bool {
        matches!(self, Self::Reset | Self::Unlock | Self::Certify | Self::Uncertify | Self::Part)
    }

    /// Whether a master user does it for the users of their customer; the rest is the bank's.
    pub const fn is_masters(self) -> bool {
        !matches!(self, Self::Unlock | Self::Certify | Self::Uncertify | Self::Part)
    }
}

/// A row: what is asked for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// Its line in the file.
    pub line: usize,
    /// What is asked for.
    pub deed: UserDeed,
    /// Who.
    pub user: UserId,
    /// The name on papers; empty where it stays.
    pub name: String,
    /// Where they belong; none where it stays.
    pub organisation: Option<Organisation>,
    /// What they may do; empty where it stays.
    pub roles: Vec<String>,
    /// Where mail goes; empty where it stays.
    pub email: String,
    /// How it was made sure who they are, e.g. the number of a form; empty where nobody asks.
    pub identity_check: String,
    /// The accounts they are limited to, none for all of them; nothing where it stays.
    pub accounts: Option<Vec<Account>>,
    /// Another user ID of the same human; nobody where nothing is said.
    pub same_as: Option<UserId>,
}

/// Reads the sheet, all mistakes at once. Rows with a blank procedure are as they are, so that a
/// list that was printed by `kessai user export` can be handed in with a few procedures written.
///
/// Columns, in any order, with English or Japanese headings: procedure (登録, 変更, 停止, 再開, 削除,
/// 再設定, 解除, 証明書, 証明書不要, 別人), user_id, name, organisation (a user number or a branch
/// code), roles (`;` between them), email, identity_check, and, where they are there, accounts (of
/// the contract, `;` between them; すべて for all) and same_as (another user ID of the same human). A
/// new user needs all up to the address; what lets somebody in needs
/// identity_check.
pub fn load_users(file: &str, text: &str) -> Result<Vec<UserRow>, Vec<ColumnMistake>> {
    let mut sheet = Sheet::read_with(file, text, &COLUMNS, &LATER);
    let mut all: Vec<UserRow> = Vec::new();
    for (read, row) in sheet.each(|sheet, row| match row.text("procedure") {
        "" => None,
        _ => read(sheet, row),
    }) {
        if all.iter().any(|known| known.user == read.user) {
            let ja =
                "このユーザーIDはすでに上の行にあります。一つの届出には一行だけ書いてください。";
            sheet.say(&row, "user_id", ja, "this user is listed above already");
        }
        all.push(read);
    }
    let told = sheet.told();
    if told.is_empty() { Ok(all) } else { Err(told) }
}

/// The users as a sheet with blank procedures, Japanese headings, CRLF; an ID of somebody who has
/// several names one of the others.
pub fn write_users<'p>(people: impl Iterator<Item = &'p Person>) -> String {
    let lines = user_lines(people).into_iter();
    lines.map(|line| csv_line(&line.iter().map(String::as_str).collect::<Vec<_>>())).collect()
}

/// The lines of [`write_users`], the headings first.
pub fn user_lines<'p>(people: impl Iterator<Item = &'p Person>) -> Vec<Vec<String>> {
    let headings = COLUMNS.iter().chain(&LATER).filter_map(|one| one.japanese.first().copied());
    let mut lines = vec![headings.map(str::to_owned).collect()];
    for person in people {
        let place = match person.organisation {
            Organisation::Customer(user) => user.to_string(),
            Organisation::Branch(code) => code.to_string(),
        };
        let accounts: Vec<String> = person.accounts().iter().map(Account::written).collect();
        lines.push(vec![
            String::new(),
            person.id.to_string(),
            person.name.clone(),
            place,
            person.acts().join(";"),
            person.email.clone(),
            String::new(),
            accounts.join(";"),
            person.today.also.first().map(UserId::to_string).unwrap_or_default(),
        ]);
    }
    lines
}

/// A sheet of one deed that changes nothing of what is registered of a user, with a note for
/// people.
pub fn deed_sheet(deed: UserDeed, user: &UserId, identity_check: &str, note: &str) -> String {
    let headings = COLUMNS.iter().filter_map(|one| one.japanese.first().copied());
    let head = csv_line(&headings.chain(["備考"]).collect::<Vec<_>>());
    let cells = [deed.japanese(), user.as_str(), "", "", "", "", identity_check, note];
    head + &csv_line(&cells)
}

fn read(sheet: &mut Sheet, row: &Row) -> Option<UserRow> {
    let deed = sheet.parsed(
        row,
        "procedure",
        "登録 / 変更 / 停止 / 再開 / 削除 / 再設定 / 解除 / 証明書 / 証明書不要 / 別人",
        UserDeed::parse,
    );
    let user = sheet.parsed(
        row,
        "user_id",
        "yamada01（半角8～14文字） / 8 to 14 characters",
        |text| UserId::parse(unmarked(text)).ok(),
    );
    let is_new = deed == Some(UserDeed::Register);
    let may_stay = |text: &str| text.is_empty() && !is_new;
    let name = if is_new {
        sheet.filled(row, "name", "山田 太郎")
    } else {
        Some(row.text("name").to_owned())
    };
    let name = name.map(|name| unmarked(&name).to_owned());
    let place = "1AB2CD3EF / 001（利用者番号か店番） / a user number or a branch code";
    let organisation = sheet.parsed(row, "organisation", place, |text| {
        if may_stay(text) { Some(None) } else { organisation(text).map(Some) }
    });
    let of_customer = matches!(organisation, Some(Some(Organisation::Customer(_))));
    let wish = "master;approve;operate:20;inquire / checker;manager";
    let roles = sheet.parsed(row, "roles", wish, |text| {
        let roles: Vec<String> = text
            .split([';', '；', ' '])
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
        let known = |role: &String| !of_customer || Authority::parse(role).is_some();
        (roles.iter().all(known) && (may_stay(text) || !roles.is_empty())).then_some(roles)
    });
    let email = sheet.parsed(row, "email", "name@example.jp", |text| {
        (may_stay(text) || is_mail_address(text)).then(|| text.to_owned())
    });
    let checked = deed.is_none_or(|deed| !deed.lets_in()) || !row.text("identity_check").is_empty();
    if !checked {
        let ja = "「本人確認」が空欄です。本人を確かめた届出書の番号などを書いてください。";
        sheet.say(
            row,
            "identity_check",
            ja,
            "write how the identity was checked, e.g. a form's number",
        );
    }
    let same_as = sheet.parsed(row, "same_as", "yamada02（同じ方の別のID）", |text| {
        if text.is_empty() { Some(None) } else { UserId::parse(text).ok().map(Some) }
    });
    let wish = "0001-001-2-0123456;0001-001-1-0000001 / すべて";
    let accounts = sheet.parsed(row, "accounts", wish, accounts);
    Some(UserRow {
        line: row.line,
        deed: deed?,
        user: user?,
        name: name?,
        organisation: organisation?,
        roles: roles?,
        email: email?,
        identity_check: checked.then(|| row.text("identity_check").to_owned())?,
        accounts: accounts?,
        same_as: same_as?,
    })
}

/// A cell without the apostrophe that keeps a spreadsheet from running it.
fn unmarked(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '|', '%']) => rest,
        _ => text,
    }
}

/// Accounts with `;` between them, すべて for all; nothing in an empty cell.
#[expect(clippy::option_option, reason = "unreadable, as it is, or what was written")]
fn accounts(text: &str) -> Option<Option<Vec<Account>>> {
    match text {
        "" => Some(None),
        ALL_ACCOUNTS => Some(Some(Vec::new())),
        text => {
            let parts = text.split([';', '；', ' ']).map(str::trim).filter(|one| !one.is_empty());
            parts.map(Account::parse).collect::<Option<Vec<_>>>().map(Some)
        }
    }
}

fn organisation(text: &str) -> Option<Organisation> {
    let branch = BranchCode::parse(text).map(Organisation::Branch);
    branch.or_else(|_| UserNumber::parse(text).map(Organisation::Customer)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Today;

    const HEAD: &str = "手続,ユーザーID,氏名,所属,権限,メールアドレス,本人確認\n";

    #[test]
    fn a_new_user_and_a_reset_are_read_and_blank_procedures_are_left_alone() {
        let text = format!(
            "{HEAD}登録,suzuki01,鈴木 花子,1AB2CD3EF,approve:20;inquire,suzuki@example.jp,\n\
             ,yamada01,山田 太郎,1AB2CD3EF,master,yamada@example.jp,\n\
             再設定,takasaki1,,,,,届出書 12\n"
        );
        let all = load_users("届出.csv", &text).unwrap();
        let [new, reset] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(
            (new.deed, new.roles.join("+")),
            (UserDeed::Register, "approve:20+inquire".into())
        );
        assert_eq!((reset.deed, reset.identity_check.as_str()), (UserDeed::Reset, "届出書 12"));
        assert_eq!((reset.organisation, reset.line), (None, 4));
    }

    #[test]
    fn every_mistake_is_told_with_its_column() {
        let text = format!(
            "{HEAD}登録,short,,XX,approver,nowhere,\n再設定,takasaki1,,,,,\n停止,takasaki1,,,,,\n"
        );
        let told = load_users("届出.csv", &text).unwrap_err();
        let columns: Vec<&str> = told.iter().map(|(column, _)| *column).collect();
        assert_eq!(columns, ["user_id", "name", "organisation", "email", "identity_check"]);
    }

    #[test]
    fn the_list_that_is_printed_asks_for_nothing_until_a_procedure_is_written() {
        let text = format!("{HEAD}登録,suzuki01,鈴木 花子,001,checker;clerk,suzuki@example.jp,\n");
        let row = load_users("a.csv", &text).unwrap().remove(0);
        let person = Person {
            id: row.user,
            name: row.name,
            organisation: row.organisation.unwrap(),
            roles: row.roles,
            email: row.email,
            stands_for: Vec::new(),
            today: Today::default(),
        };
        let list = write_users([&person].into_iter());
        assert_eq!(load_users("a.csv", &list).unwrap(), []);
        let list = list.replace("\r\n,", "\r\n停止,");
        assert_eq!(load_users("a.csv", &list).unwrap()[0].deed, UserDeed::Suspend);
    }
}
