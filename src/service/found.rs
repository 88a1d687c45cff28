//! A record that was found, and the table people read it in.

use crate::domain::{CaseId, ReceiptNo, RecordNumber, RecordRequest, Timestamp, Yen};
use crate::render::sheet::{harmless, sheet};
use crate::workflow::Status;

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file's receipt number.
    pub receipt: ReceiptNo,
    /// When it was received.
    pub received: Timestamp,
    /// The submitter's name.
    pub submitter: String,
    /// The record in the file, from 1.
    pub record: u32,
    /// The case that carries it.
    pub case: CaseId,
    /// Where that stands; for a line the clearing side refused, 記録エラー.
    pub status: Status,
    /// The request; its record number is the clearing side's where it told one.
    pub request: RecordRequest,
}

impl Found {
    /// What [`Self::cells`] are.
    pub const HEADINGS: [&str; 15] = [
        "受付番号",
        "受付日",
        "提出者",
        "申請番号",
        "明細番号",
        "状態",
        "請求種別",
        "記録番号",
        "請求者",
        "相手",
        "相手名",
        "金額（円）",
        "記録請求日",
        "支払期日",
        "Ref",
    ];

    /// The cells of a record as people read them; amounts are bare digits.
    pub fn cells(&self) -> [String; 15] {
        let request = &self.request;
        let other = request.other_side().map(|other| other.user_number.to_string());
        [
            self.receipt.to_string(),
            self.received.date().to_string(),
            self.submitter.clone(),
            self.case.to_string(),
            self.record.to_string(),
            self.status.japanese().to_owned(),
            request.kind.japanese().to_owned(),
            request.record_number.as_ref().map(RecordNumber::to_string).unwrap_or_default(),
            request.requester.user_number.to_string(),
            other.unwrap_or_default(),
            request.counterparty_name_kana.clone(),
            request.amount.map(Yen::get).map(|yen| yen.to_string()).unwrap_or_default(),
            request.record_date.to_string(),
            request.due_date.map(|day| day.to_string()).unwrap_or_default(),
            request.requester_ref.clone(),
        ]
    }

    /// Records as a CSV for a spreadsheet, headings first.
    pub fn csv(found: &[Self]) -> String {
        let headings = Self::HEADINGS.map(str::to_owned);
        let lines = std::iter::once(headings).chain(found.iter().map(Self::cells));
        // What a spreadsheet would run as a formula stays text.
        sheet(lines.map(|line| line.map(|cell| harmless(&cell).into_owned())))
    }
}
