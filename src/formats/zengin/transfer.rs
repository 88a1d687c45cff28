//! 総合振込 (type 21): counterparties taken out of a customer's transfer file, and given back.
//!
//! Only accounts and names are of use here; amounts are checked against the trailer and then
//! dropped. Files written here have amounts of zero. Read [`read_counterparties`] first.

use super::envelope::{self, Kind};
use super::{
    Client, Layout, Newline, PlacedFinding, RECORD_LEN, RecordKind, Value, Values, account,
    account_values,
};
use crate::domain::Counterpart;
use crate::formats::TableMistake;

const KIND: Kind = Kind { type_code: "21", day: "transfer_date" };

/// Where the layout lies below the root.
pub const LAYOUT: &str = "workflows/layouts/zengin_transfer_120_v1.csv";
/// The layout that is built in: what `init` writes there.
pub const SHIPPED: &str = include_str!("../../../workflows/layouts/zengin_transfer_120_v1.csv");

const NEEDS: [(RecordKind, &[&str]); 4] = [
    (
        RecordKind::Header,
        &[
            "record_type",
            "type_code",
            "charset",
            "client_code",
            "client_name",
            "transfer_date",
            "bank_code",
            "branch_code",
            "account_type",
            "account_number",
        ],
    ),
    (
        RecordKind::Data,
        &[
            "record_type",
            "bank_code",
            "branch_code",
            "account_type",
            "account_number",
            "payee_name",
            "amount",
        ],
    ),
    (RecordKind::Trailer, &["record_type", "total_count", "total_amount"]),
    (RecordKind::End, &["record_type"]),
];

/// Reads the layout of this file; errs with every mistake.
pub fn layout(text: &str) -> Result<Layout, Vec<TableMistake>> {
    Layout::load(text, RECORD_LEN, &NEEDS)
}

/// What a 総合振込 file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterpartyFile {
    /// Whose file it is.
    pub client: Client,
    /// The parties in the order of the file; names have at most 30 characters.
    pub counterparties: Vec<Counterpart>,
    /// What is to be looked at all the same.
    pub warnings: Vec<PlacedFinding>,
}

/// Whether a file is meant to be a 総合振込 file: by its ending, or because it begins with such a
/// header, in JIS or in EBCDIC.
pub fn is_transfer(name: &str, bytes: &[u8]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["txt", "dat"].iter().any(|one| ending.eq_ignore_ascii_case(one))
        || bytes.starts_with(b"121")
        || bytes.starts_with(&[0xF1, 0xF2, 0xF1])
}

/// Reads the parties of a 総合振込 file; errs with all findings, warnings among them.
pub fn read_counterparties(
    bytes: &[u8],
    layout: &Layout,
) -> Result<CounterpartyFile, Vec<PlacedFinding>> {
    let mut envelope = envelope::open(bytes, layout, KIND);
    let data = std::mem::take(&mut envelope.data);
    let mut counterparties = Vec::with_capacity(data.len());
    let (mut count, mut sum, mut readable) = (0_u64, 0_u64, true);
    for record in &data {
        count += 1;
        match record.amount("amount") {
            Some(amount) => sum = sum.saturating_add(amount),
            None => readable = false,
        }
        let account = account(record, &mut envelope.findings);
        if let (Some(account), Some(name)) = (account, record.text("payee_name")) {
            counterparties.push(Counterpart { account, name_kana: name.to_owned() });
        }
    }
    envelope.total("total_count", count);
    // A sum that lacks a record would only say the same mistake again.
    if readable {
        envelope.total("total_amount", sum);
    }
    match envelope.client.take() {
        Some(client) if !envelope.has_error() => {
            Ok(CounterpartyFile { client, counterparties, warnings: envelope.findings })
        }
        _ => Err(envelope.findings),
    }
}

/// Writes parties as a 総合振込 file with amounts of zero; names too long are cut.
///
/// Errs with everything that cannot be written.
pub fn write_counterparties(
    client: &Client,
    counterparties: &[Counterpart],
    layout: &Layout,
    newline: Newline,
) -> Result<Vec<u8>, Vec<PlacedFinding>> {
    let mut sheet = envelope::begin(layout, newline, (KIND, client));
    for party in counterparties {
        let mut values = account_values(&party.account);
        values.insert("payee_name", Value::Name(party.name_kana.clone()));
        values.insert("amount", Value::Number(0));
        sheet.record(RecordKind::Data, values);
    }
    let count = u64::try_from(counterparties.len()).unwrap_or(u64::MAX);
    let totals =
        Values::from([("total_count", Value::Number(count)), ("total_amount", Value::Number(0))]);
    sheet.record(RecordKind::Trailer, totals);
    sheet.finish()
}
