//! `kessai customer`: the register of customers, what happened to each, what they owe and hold.

mod template;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Account, ClaimState, Customer, Customers, Date, RequestKind, UserNumber, YenTotal,
};
use crate::ports::ClaimFilter;
use crate::service::{ContractNews, Desk};
use crate::workflow::{blank_application, write_counterparts, write_customers};

use super::commands::{At, Import, Io, Query, import, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;
use super::show::{json, table};
use super::template::parse_kind;

/// `kessai customer …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 利用者の一覧 / list the customers
    List(Query),
    /// 利用者の契約・口座・許可・債権 / one customer: contract, accounts, permissions, claims
    Show(Show),
    /// 分かっている欄を埋めた請求ファイル / a file to fill in, with what is known of the customer
    Template(Template),
    /// 契約の申込書（新規、番号があれば変更・解約） / an application to fill in
    Application(Application),
    /// 台帳を一覧のCSVで出す / the register as a list, to be edited and loaded again
    Export(At),
    /// 取引先の口座をCSVで出す（直して読み込める） / counterparties as CSV, to be edited and loaded again
    Counterparts(Counterparts),
    /// 申込書・一覧・総合振込ファイルを受付に置く / hand in an application, a list or a transfer file
    Import(Import),
}

/// Arguments of `kessai customer application`.
#[derive(Debug, clap::Args)]
pub(super) struct Application {
    /// 利用者番号（新規のときは書かない） / the user number; none for a new contract
    user: Option<String>,
}

/// Arguments of `kessai customer show`.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// 利用者番号 / the user number
    user: String,
    #[command(flatten)]
    at: At,
    /// JSON で出す / as JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `kessai customer counterparts`.
#[derive(Debug, clap::Args)]
pub(super) struct Counterparts {
    /// 利用者番号 / the user number
    user: String,
    #[command(flatten)]
    at: At,
}

/// Arguments of `kessai customer template`.
#[derive(Debug, clap::Args)]
pub(super) struct Template {
    /// 利用者番号 / the user number
    user: String,
    /// 請求種別(11、12、20、30、40、50、60、70、80) / the request kind
    #[arg(value_parser = parse_kind)]
    kind: RequestKind,
    #[command(flatten)]
    at: At,
}

/// What is asked about customers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Asked {
    /// `kessai customer list`.
    List { json: bool },
    /// `kessai customer show`.
    Show { user: String, json: bool },
    /// `kessai customer template`.
    Template { user: String, kind: RequestKind },
    /// `kessai customer export`.
    Export,
    /// `kessai customer counterparts`.
    Counterparts { user: String },
}

/// Runs `kessai customer`.
pub(super) fn run(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let (at, asked) = match command {
        Command::List(args) => (&args.at, Asked::List { json: args.json }),
        Command::Show(args) => (&args.at, Asked::Show { user: args.user.clone(), json: args.json }),
        Command::Template(args) => {
            (&args.at, Asked::Template { user: args.user.clone(), kind: args.kind })
        }
        Command::Export(at) => (at, Asked::Export),
        Command::Counterparts(args) => (&args.at, Asked::Counterparts { user: args.user.clone() }),
        Command::Application(args) => return application(args, io),
        Command::Import(args) => return import(args, io),
    };
    put(at, world, &Request::Customer(asked), io)
}

/// Answers what is asked.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    let customers = desk.store.customers();
    match asked {
        Asked::List { json: true } => {
            let all: Vec<Item> = customers.iter().map(|one| item(desk, one)).collect();
            Response::out(json(&all))
        }
        Asked::List { json: false } => Response::out(list(desk)),
        Asked::Show { user, json: as_json } => {
            one(desk, user, *as_json).map_or_else(|| Response::unknown(user), Response::out)
        }
        Asked::Export => Response::out(format!("\u{feff}{}", write_customers(customers.iter()))),
        Asked::Counterparts { user } => match found(&customers, user) {
            Some(customer) => {
                let today = desk.clock.now().date();
                let list = write_counterparts(customer, (&customers, today));
                Response::out(format!("\u{feff}{list}"))
            }
            None => Response::unknown(user),
        },
        Asked::Template { user, kind } => match found(&customers, user) {
            Some(customer) => Response::out(template::filled(desk, customer, *kind)),
            None => Response::unknown(user),
        },
    }
}

/// The question for all customers.
pub(super) const fn all(as_json: bool) -> Asked {
    Asked::List { json: as_json }
}

/// One customer; nothing where nobody has the number.
pub(super) fn one(desk: &Desk, user: &str, as_json: bool) -> Option<String> {
    let customers = desk.store.customers();
    let item = item(desk, found(&customers, user)?);
    Some(if as_json { json(&item) } else { show(&item) })
}

fn application(args: &Application, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let user = match &args.user {
        None => None,
        Some(text) => Some(UserNumber::parse(text).map_err(|_| {
            Error::Usage(format!("{text} は利用者番号ではありません / no user number"))
        })?),
    };
    write!(io.out, "\u{feff}{}", blank_application(user))?;
    Ok(Outcome::Well)
}

fn found<'a>(customers: &'a Customers, user: &str) -> Option<&'a Customer> {
    customers.get(UserNumber::parse(user).ok()?)
}

/// A customer in JSON, with what is open of claims.
#[derive(Debug, Serialize)]
struct Item {
    user: String,
    name: String,
    kana: String,
    applicant: &'static str,
    address: String,
    phone: String,
    desk: String,
    contract: &'static str,
    applied: Date,
    closed: Option<Date>,
    email: String,
    accounts: Vec<String>,
    fee_account: Option<String>,
    permits: Option<Vec<String>>,
    counterparts: Vec<CounterpartItem>,
    history: Vec<ContractNews>,
    owes: Claims,
    holds: Claims,
}

/// Whom a customer pays.
#[derive(Debug, Serialize)]
struct CounterpartItem {
    account: String,
    name_kana: String,
    /// Where the register knows whose account it is.
    user: Option<String>,
}

/// Claims a customer has on one side.
#[derive(Debug, Default, Serialize)]
struct Claims {
    count: u32,
    amount_total: u64,
}

impl Claims {
    fn add(&mut self, yen: u64) {
        self.count = self.count.saturating_add(1);
        self.amount_total = self.amount_total.saturating_add(yen);
    }

    fn japanese(&self) -> String {
        format!("{}件 {}円", self.count, YenTotal::new(self.amount_total))
    }
}

fn item(desk: &Desk, customer: &Customer) -> Item {
    let filter = ClaimFilter {
        party: Some(customer.user),
        state: Some(ClaimState::Open),
        ..ClaimFilter::default()
    };
    let (mut owes, mut holds) = (Claims::default(), Claims::default());
    for record in desk.store.claims(&filter, None, usize::MAX) {
        let claim = record.claim;
        if claim.debtor.user_number == customer.user {
            owes.add(claim.amount.get());
        }
        if claim.creditor.user_number == customer.user {
            holds.add(claim.amount.get());
        }
    }
    let permits = customer.permits.as_ref();
    Item {
        user: customer.user.to_string(),
        name: customer.name.clone(),
        kana: customer.kana.clone(),
        applicant: customer.applicant.japanese(),
        address: customer.address.clone(),
        phone: customer.phone.clone(),
        desk: customer.desk.to_string(),
        contract: customer.contract.japanese(),
        applied: customer.applied,
        closed: customer.closed,
        email: customer.email.clone(),
        accounts: customer.accounts.iter().map(Account::written).collect(),
        fee_account: customer.fee_account.as_ref().map(Account::written),
        permits: permits.map(|all| all.iter().map(ToString::to_string).collect()),
        counterparts: counterparts(desk, customer),
        history: desk.contract_news(customer.user),
        owes,
        holds,
    }
}

fn counterparts(desk: &Desk, customer: &Customer) -> Vec<CounterpartItem> {
    let customers = desk.store.customers();
    let holders = customers.holders(desk.clock.now().date());
    let all = customer.counterparts.iter().map(|one| CounterpartItem {
        account: one.account.written(),
        name_kana: one.name_kana.clone(),
        user: holders.get(&one.account).map(|holder| holder.user.to_string()),
    });
    all.collect()
}

fn list(desk: &Desk) -> String {
    let title = ["利用者番号", "名称", "取扱店", "契約", "申込日", "解約日"];
    let mut rows = vec![title.map(str::to_owned)];
    rows.extend(desk.store.customers().iter().map(|customer| {
        [
            customer.user.to_string(),
            customer.name.clone(),
            customer.desk.to_string(),
            customer.contract.japanese().to_owned(),
            customer.applied.to_string(),
            customer.closed.map(|day| day.to_string()).unwrap_or_default(),
        ]
    }));
    table(&rows)
}

fn show(item: &Item) -> String {
    let mut text = String::new();
    let none = || "なし".to_owned();
    for (name, value) in [
        ("利用者番号", item.user.clone()),
        ("名称", format!("{}（{}）", item.name, item.kana)),
        ("区分", item.applicant.to_owned()),
        ("住所", item.address.clone()),
        ("電話番号", item.phone.clone()),
        ("取扱店", item.desk.clone()),
        ("契約", item.contract.to_owned()),
        ("申込日", item.applied.japanese()),
        ("解約日", item.closed.map_or_else(none, Date::japanese)),
        ("メール", item.email.clone()),
        ("口座", item.accounts.join("、")),
        ("手数料口座", item.fee_account.clone().unwrap_or_else(none)),
        ("指定許可", item.permits.as_ref().map_or_else(none, |all| all.join("、"))),
        ("債務", item.owes.japanese()),
        ("債権", item.holds.japanese()),
        ("取引先", format!("{}件", item.counterparts.len())),
    ] {
        writeln!(text, "{name}: {value}").ok();
    }
    for CounterpartItem { account, name_kana, user } in &item.counterparts {
        let user = user.as_ref().map_or_else(String::new, |user| format!("（{user}）"));
        writeln!(text, "  {account} {name_kana}{user}").ok();
    }
    for news in &item.history {
        let ContractNews { at, what, case, by, changes } = news;
        let case = case.as_ref().map_or_else(String::new, |case| format!(" {case}"));
        let by = if by.is_empty() { String::new() } else { format!("（{}）", by.join("、")) };
        writeln!(text, "{at} {what}{case}{by}").ok();
        for change in changes {
            writeln!(text, "  {change}").ok();
        }
    }
    text
}
