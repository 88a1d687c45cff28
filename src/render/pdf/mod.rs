//! Papers: the 受付票 of a file, the 承認票 of a case, the 新旧対照表 of a changed rule, the
//! 承認待ち一覧 and the 日報 of a branch, the 手数料計算書 of a customer's month, the ご案内状 of a new
//! one, the お知らせ to somebody's other side, the 仮パスワードのお知らせ, the 承認作業票 of a desk,
//! forms to sign, A4, in Japanese.
//!
//! Laid out here on printpdf's plain drawing operators, with two embedded faces cut down to the
//! characters used. It refuses to print anything it was not handed, and account numbers but
//! on a form its customer signs.
//! Read [`slip()`] and [`receipt()`] first, then `flow` for how sheets follow each other.

mod canvas;
mod comparison;
mod daily_report;
mod disclosure;
mod face;
mod fax_reply;
mod fee_statement;
mod flow;
mod form;
mod length;
mod notice;
mod password;
mod receipt;
mod request_form;
mod returned;
mod rows;
mod save;
mod signature;
mod slip;
mod strip;
mod table;
mod waiting;
mod welcome;
mod worklist;

pub use comparison::comparison;
pub use daily_report::daily_report;
pub use disclosure::disclosure;
pub use fax_reply::fax_reply;
pub use fee_statement::fee_statement;
pub use form::form;
pub use notice::notice;
pub use password::password;
pub(crate) use receipt::outcome_key;
pub use receipt::{act_word, receipt};
pub use request_form::{FORM_ROWS, place_in_form, request_form};
pub use returned::returned;
pub use rows::ROWS_MAX;
pub(crate) use rows::verdict_key;
pub use signature::{SignedPaper, Unsigned, taken_apart, unsigned};
pub(crate) use slip::place;
pub use slip::slip;
pub use waiting::waiting_list;
pub use welcome::welcome;
pub use worklist::{TASKS_A_SHEET, place_of_code, place_of_task, worklist};

/// A finished PDF file.
///
/// Made by [`slip()`] and [`receipt()`]: PDF 1.7, `ja-JP`, text that can be searched and copied,
/// the same bytes for the same view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many sheets.
    pub pages: u32,
    /// Characters the faces lack, each printed as 〓 or, if invisible, left out; in order. To be
    /// recorded beside the paper.
    pub missing: Vec<char>,
}
