//! The names answers have in the outbox. Folders belong to the service.

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{CaseId, Date, ReceiptNo, Timestamp, UserNumber};

/// The longest stem, in characters.
const STEM_CHARS_MAX: usize = 60;
/// The longest stem, in bytes: with receipt number and ending a name stays below 255 bytes even
/// when every character is a rare kanji of four bytes.
const STEM_BYTES_MAX: usize = 180;

/// The submitter's own file name, made safe to appear in ours.
///
/// Shape: the name without its ending, in NFC; letters and digits of every script stay, as do `-`
/// and `_`; any run of other characters becomes one `_`; controls and characters that turn the
/// direction of writing vanish; at most 60 characters and 180 bytes; never empty.
/// Source: decision on names in the outbox.
pub fn stem(file_name: &str) -> String {
    let base = file_name.rsplit_once('.').map_or(file_name, |(base, _)| base);
    let mut stem = String::new();
    let mut gap = false;
    for c in base.nfc().filter(|c| !c.is_control() && !is_invisible(*c)) {
        if !(c.is_alphanumeric() || c == '-' || c == '_' || is_mark(c)) {
            gap = true;
            continue;
        }
        if gap && !stem.is_empty() {
            stem.push('_');
        }
        gap = false;
        stem.push(c);
    }
    let mut short = String::new();
    for c in stem.chars().take(STEM_CHARS_MAX) {
        if short.len() + c.len_utf8() > STEM_BYTES_MAX {
            break;
        }
        short.push(c);
    }
    if short.is_empty() { "file".to_owned() } else { short }
}

/// `<receipt>_<stem>_result.csv`, written once, after checking.
pub fn result_csv(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_result.csv", stem(file_name))
}

/// `<receipt>_<stem>_correction.<ending>` (訂正用ファイル), where some rows were taken in and some
/// were not; the ending is what the file is to be read by.
pub fn correction(receipt: ReceiptNo, file_name: &str, ending: &str) -> String {
    format!("{receipt}_{}_correction.{ending}", stem(file_name))
}

/// `<receipt>_<stem>_result.json`, where the channel asks for it.
pub fn result_json(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_result.json", stem(file_name))
}

/// `<case>_reuse.csv`: lines that were not recorded, to hand in again.
pub fn reuse_csv(case: CaseId) -> String {
    format!("{case}_reuse.csv")
}

/// `<case>_cancel_<line>.csv`: the cancellation of a line's record, to hand in.
pub fn cancel_csv(case: CaseId, line: u32) -> String {
    format!("{case}_cancel_{line}.csv")
}

/// `transfer_<user>.txt`: a customer's counterparties as a 総合振込 file.
pub fn transfer_text(user: UserNumber) -> String {
    format!("transfer_{user}.txt")
}

/// `exceptions_<yyyymmdd>.csv`: what came on paper, as it stands on a day.
pub fn exceptions_csv(on: Date) -> String {
    format!("exceptions_{}.csv", on.yyyymmdd())
}

/// `search_<yyyymmdd>.csv`: records that were found on a day.
pub fn search_csv(on: Date) -> String {
    format!("search_{}.csv", on.yyyymmdd())
}

/// `<receipt>_<stem>_final.csv`, written once, when the file's last case ends.
pub fn final_csv(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_final.csv", stem(file_name))
}

/// `<receipt>_<stem>_final.dat`, where a bulk request file came: its bulk result file (配信1).
pub fn final_records(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_final.dat", stem(file_name))
}

/// `<receipt>_<stem>_final.json`, where the channel asks for it.
pub fn final_json(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_final.json", stem(file_name))
}

/// `<receipt>_<stem>_result.txt`: what is wrong with a changed rule.
pub fn result_text(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_result.txt", stem(file_name))
}

/// `<receipt>_<stem>_final.txt`: what became of a changed rule.
pub fn final_text(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_final.txt", stem(file_name))
}

/// `<receipt>_<stem>_comparison.pdf` (新旧対照表).
pub fn comparison_pdf(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_comparison.pdf", stem(file_name))
}

/// `<receipt>_<stem>_slip.pdf` (受付票).
pub fn slip_pdf(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_slip.pdf", stem(file_name))
}

/// `<receipt>_<stem>_reply.pdf` (FAX返信票).
pub fn fax_reply_pdf(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_reply.pdf", stem(file_name))
}

/// `<receipt>_<stem>_final_reply.pdf` (FAX返信票): what became of it in the end.
pub fn final_reply_pdf(receipt: ReceiptNo, file_name: &str) -> String {
    format!("{receipt}_{}_final_reply.pdf", stem(file_name))
}

/// `<user number>_fax_form.pdf`: a request form for the FAX.
pub fn fax_form_pdf(customer: UserNumber) -> String {
    format!("{customer}_fax_form.pdf")
}

/// `<case>_<line>_form.pdf`, of a case of one line `<case>_form.pdf`: a request to sign and seal.
pub fn form_pdf(case: CaseId, line: u32) -> String {
    match case.row {
        None => format!("{case}_{line}_form.pdf"),
        Some(_) => format!("{case}_form.pdf"),
    }
}

/// `<case>_receipt.pdf` (承認票).
pub fn receipt_pdf(case: CaseId) -> String {
    format!("{case}_receipt.pdf")
}

/// `<case>_record.pdf` (記録結果通知).
pub fn record_pdf(case: CaseId) -> String {
    format!("{case}_record.pdf")
}

/// `<case>_disclosure.csv`, the claims that were disclosed.
pub fn disclosure_csv(case: CaseId) -> String {
    format!("{case}_disclosure.csv")
}

/// `<case>_disclosure.pdf` (開示結果).
pub fn disclosure_pdf(case: CaseId) -> String {
    format!("{case}_disclosure.pdf")
}

/// `<case>.csv`, the file for the clearing side.
pub fn clearing_csv(case: CaseId) -> String {
    format!("{case}.csv")
}

/// `<case>.json`, what the clearing file of the same name holds.
pub fn clearing_manifest(case: CaseId) -> String {
    format!("{case}.json")
}

/// `<case>_welcome.pdf` (ご案内状).
pub fn welcome_pdf(case: CaseId) -> String {
    format!("{case}_welcome.pdf")
}

/// `<case>_notice.pdf`, or `<receipt>_notice.pdf` (お知らせ): told to a customer who did not ask.
pub fn notice_pdf(number: &str) -> String {
    format!("{number}_notice.pdf")
}

/// `<case>_password_<user>.pdf` (仮パスワードのお知らせ); what a folder does not like becomes `_`.
pub fn password_pdf(case: CaseId, user: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("{case}_password_{}.pdf", user.chars().map(plain).collect::<String>())
}

/// `<notice>_returned.pdf` (メールが届かなかったお知らせ).
pub fn returned_pdf(notice: &str) -> String {
    format!("{notice}_returned.pdf")
}

/// `<case>_cancel.json`, which calls the clearing file of the case back.
pub fn cancel_notice(case: CaseId) -> String {
    format!("{case}_cancel.json")
}

/// `worklist_<branch>_20261201-0930.pdf` (承認作業票).
pub fn worklist_pdf(branch: &str, at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    format!("worklist_{branch}_{}-{hour:02}{minute:02}.pdf", at.date().yyyymmdd())
}

/// Characters that show nothing but change what is shown: zero width, direction, byte order mark.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{061C}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E01EF}')
}

/// Marks that belong to the letter before them, where NFC has no single character (e.g. か゚).
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{3099}' | '\u{309A}')
}
