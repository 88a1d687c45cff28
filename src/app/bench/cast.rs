//! Customers that are made up: the register, and rows they ask for.

use std::fmt::Write as _;

use crate::app::outcome::Error;
use crate::domain::{Customer, Date};
use crate::workflow::{load_customers, write_customers};

/// The heading of a file of requests, all columns in published order.
pub(super) const HEADING: &str = "請求種別,記録番号,記録請求日,請求者利用者番号,請求者銀行番号,\
    請求者支店番号,請求者預金種目,請求者口座番号,相手利用者番号,相手名カナ,相手銀行番号,\
    相手支店番号,相手預金種目,相手口座番号,債権金額,支払期日,請求者RefNo,譲渡制限,保証,\
    コメント\r\n";

/// The institution as the one that debits, to stand after the other settings.
pub(super) const FEES: &str = "\n[fees]\nclient_code = \"1234567890\"\n\
    client_name = \"ﾐﾎﾝｼﾝﾖｳｷﾝｺ\"\naccount = \"0001-001-1-7654321\"\n";

/// Someone made up: a customer of the bank, or of another. The same user is the same somebody,
/// whatever account they use.
#[derive(Debug, Clone, Eq)]
pub(super) struct Somebody {
    /// 利用者番号.
    pub(super) user: String,
    /// 銀行番号.
    pub(super) bank: &'static str,
    /// 支店番号, also the desk that handles a customer's files.
    pub(super) branch: &'static str,
    /// 口座番号 of an ordinary account.
    pub(super) number: String,
}

impl PartialEq for Somebody {
    fn eq(&self, other: &Self) -> bool {
        self.user == other.user
    }
}

impl Somebody {
    /// The n-th customer of the bank.
    pub(super) fn customer(n: u32, branch: &'static str) -> Self {
        Self { user: format!("C{n:08}"), bank: "0001", branch, number: format!("{n:07}") }
    }

    /// The n-th user of another bank.
    pub(super) fn elsewhere(n: u32) -> Self {
        Self { user: format!("X{n:08}"), bank: "0009", branch: "010", number: format!("{n:07}") }
    }

    /// Where notices to them go.
    pub(super) fn email(&self) -> String {
        format!("{}@example.jp", self.user.to_lowercase())
    }

    /// User number and account as five cells of a request, a name in kana between them for the
    /// other side.
    pub(super) fn cells(&self, name: Option<&str>) -> String {
        let Self { user, bank, branch, number } = self;
        match name {
            None => format!("{user},{bank},{branch},1,{number}"),
            Some(name) => format!("{user},{name},{bank},{branch},1,{number}"),
        }
    }
}

/// What a register says of a customer besides who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    /// 通常 or ライト.
    pub(super) contract: &'static str,
    /// The day of the application.
    pub(super) applied: Date,
    /// The last day, once it has ended.
    pub(super) closed: Option<Date>,
}

/// These customers as the register has them.
pub(super) fn register<'c>(
    all: impl Iterator<Item = (&'c Somebody, Terms)>,
) -> Result<Vec<Customer>, Error> {
    let mut list = write_customers([].iter());
    for (one, Terms { contract, applied, closed }) in all {
        let Somebody { user, bank, branch, number } = one;
        let closed = closed.map_or_else(String::new, |day| day.to_string());
        let (email, name) = (one.email(), format!("見本商事{number},ﾐﾎﾝｼﾖｳｼﾞ{number}"));
        write!(list, "{user},法人,{name},見本市,000-000-0000,{branch},{contract},{applied},").ok();
        writeln!(list, "{closed},{email},{bank},{branch},1,{number},○,").ok();
    }
    load_customers("customers.csv", &list).map_err(|told| {
        Error::Usage(told.into_iter().map(|(_, mistake)| mistake.en).collect::<Vec<_>>().join(" "))
    })
}
