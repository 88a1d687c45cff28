//! `kessai template KIND`: a CSV to start from, with one sample line that inspects clean.

use std::io::Write;

use super::cli;
use super::outcome::{Error, Outcome};
use crate::domain::rules::{Need, draft_record_date, need};
use crate::domain::{BankCalendar, Date, Field, RequestKind};
use crate::render::requests::text;

/// Arguments of `template`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 請求種別(11、12、20、21、22、30、40、50、60、70、80、90) / the request kind
    #[arg(value_parser = parse_kind)]
    kind: RequestKind,
    /// 受付日 / the day the sample would be dropped; today if not given
    #[arg(long, value_parser = cli::parse_date)]
    on: Option<Date>,
    /// 請求者の利用者番号 / the requester's user number
    #[arg(long, default_value = "987654321")]
    submitter: String,
}

/// Writes the template.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    let calendar = BankCalendar::japan();
    let today = args.on.unwrap_or_else(cli::today);
    let record_date = draft_record_date(args.kind, None, (today, &calendar));
    let due = calendar.next_open(record_date.plus_days(90));
    let sample = Field::ALL.iter().map(|field| match (field, need(args.kind, *field)) {
        (_, Need::Forbidden) => String::new(),
        (Field::RecordDate, _) => record_date.to_string(),
        // Optional for an assignment, whose claim has its due date already.
        (Field::DueDate, Need::Required) => due.to_string(),
        (Field::RequesterUserNumber, _) => args.submitter.clone(),
        // A change fills in what changes and nothing else.
        // Without an amount the bank takes all of the claim.
        (Field::Amount, _) if args.kind.is_credit() => String::new(),
        (Field::AssignmentRestricted, _) if args.kind == RequestKind::Change => String::new(),
        (field, _) => sample(*field, args.kind),
    });
    write!(out, "{}", text([sample.collect()].into_iter()))?;
    Ok(Outcome::Well)
}

fn sample(field: Field, kind: RequestKind) -> String {
    match field {
        Field::RequestKind => kind.code().to_string(),
        Field::RecordNumber => "98765432100000100017".to_owned(),
        Field::RequesterBankCode => "0001".to_owned(),
        Field::RequesterBranchCode => "001".to_owned(),
        Field::RequesterAccountType => "2".to_owned(),
        Field::RequesterAccountNumber => "0123456".to_owned(),
        Field::CounterpartyUserNumber => "123456789".to_owned(),
        Field::CounterpartyNameKana => "ｶ)ｻﾝﾌﾟﾙ".to_owned(),
        Field::CounterpartyBankCode => "0009".to_owned(),
        Field::CounterpartyBranchCode => "010".to_owned(),
        Field::CounterpartyAccountType => "1".to_owned(),
        Field::CounterpartyAccountNumber => "7654321".to_owned(),
        Field::Amount => "1000000".to_owned(),
        Field::RequesterRef => "SAMPLE-001".to_owned(),
        Field::AssignmentRestricted | Field::Guarantee => "0".to_owned(),
        Field::RecordDate | Field::DueDate | Field::RequesterUserNumber | Field::Comment => {
            String::new()
        }
    }
}

/// Reads a request kind as a person writes it.
pub(super) fn parse_kind(text: &str) -> Result<RequestKind, String> {
    RequestKind::parse(text).ok_or_else(|| {
        let codes = RequestKind::CODES;
        format!("no such kind; write a code / 請求種別は {codes} のどれかです")
    })
}
