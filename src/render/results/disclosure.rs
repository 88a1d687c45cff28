//! `…_disclosure.csv`: what a disclosure tells, for a spreadsheet.

use std::io::Write;

use super::encoding::Sheet;
use super::{Written, head};
use crate::domain::ResultEncoding;
use crate::render::Error;
use crate::render::disclosure::{DisclosedClaim, DisclosureView, Holder, restriction_key};
use crate::render::words::Words;

/// Writes the head of a result file, then a line for each claim; a line of the request of which
/// the register knows no claim says so.
///
/// A refusing writer stops it with [`Error::Write`].
pub fn write_disclosure(
    out: &mut dyn Write,
    view: &DisclosureView,
    encoding: ResultEncoding,
    words: &Words,
) -> Result<Written, Error> {
    let mut sheet = Sheet::new(out, encoding)?;
    head(&mut sheet, &view.file, "disclosure.title", words)?;
    sheet.line([words.get("label.case"), &view.case.to_string()])?;
    sheet.line([words.get("disclosure.at"), &view.disclosed.at.to_string()])?;
    sheet.line([""])?;
    let columns = [
        "disclosure.record",
        "disclosure.number",
        "disclosure.state",
        "disclosure.debtor_number",
        "disclosure.debtor",
        "disclosure.creditor_number",
        "disclosure.creditor",
        "disclosure.amount",
        "disclosure.due",
        "disclosure.recorded",
        "disclosure.restricted",
        "disclosure.guarantors",
        "disclosure.parent",
        "disclosure.history",
    ];
    sheet.line(columns.iter().map(|key| words.get(key)))?;
    let mut lines = 0;
    for line in &view.disclosed.lines {
        let record = line.record.to_string();
        for claim in &line.claims {
            sheet.line(cells(words, &record, claim))?;
            lines += 1;
        }
        if line.claims.is_empty() {
            let all = || words.get("disclosure.all").to_owned();
            let asked = line.asked.map_or_else(all, |number| number.to_string());
            sheet.line([&*record, &asked, words.get("disclosure.unknown")])?;
            lines += 1;
        }
    }
    Ok(Written { lines, replaced: sheet.finish()? })
}

fn cells(words: &Words, record: &str, claim: &DisclosedClaim) -> [String; 14] {
    let guarantors: Vec<String> = claim.guarantors.iter().map(Holder::text).collect();
    [
        record.to_owned(),
        claim.number.to_string(),
        claim.state.japanese().to_owned(),
        claim.debtor.user.to_string(),
        claim.debtor.name.clone(),
        claim.creditor.user.to_string(),
        claim.creditor.name.clone(),
        claim.amount.get().to_string(),
        claim.due.to_string(),
        claim.recorded.to_string(),
        words.get(restriction_key(claim.restricted)).to_owned(),
        guarantors.join(" / "),
        claim.parent.map(|number| number.to_string()).unwrap_or_default(),
        claim.history.join(" / "),
    ]
}
