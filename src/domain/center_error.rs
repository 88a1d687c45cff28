//! The clearing side's errors, each with a page of ours on what to tell the customer.

use super::Code;

/// Errors by our code, with the words institutions use for them.
///
/// The words are inferred from trade practice: an institution's own table may be others, and what
/// fits none is [`Code::R99`] with its text kept.
const KNOWN: [(Code, &str, &[&str]); 11] = [
    (Code::R01, "指定許可", &["指定許可", "指定許可なし", "permission"]),
    (Code::R02, "口座相違", &["口座相違", "口座なし", "account"]),
    (Code::R03, "解約済", &["解約済", "解約済み", "closed"]),
    (Code::R04, "利用者番号相違", &["利用者番号相違", "利用者なし", "user"]),
    (Code::R05, "記録番号相違", &["記録番号相違", "債権なし", "record_number"]),
    (Code::R06, "金額超過", &["金額超過", "残額不足", "amount"]),
    (Code::R07, "期日の制限", &["期日の制限", "期間エラー", "date"]),
    (Code::R08, "債権者相違", &["債権者相違", "creditor"]),
    (Code::R09, "相手の否認", &["相手の否認", "否認", "denied"]),
    (Code::R10, "承諾の期間経過", &["承諾の期間経過", "承諾なし", "lapsed"]),
    (Code::R99, "その他のエラー", &["その他", "other"]),
];

/// Our code for what an institution wrote: one of ours, or one of its words.
pub fn center_error(text: &str) -> Code {
    let text = text.trim();
    let known = KNOWN.iter().find(|(code, _, words)| {
        code.as_str().eq_ignore_ascii_case(text)
            || words.iter().any(|word| word.eq_ignore_ascii_case(text))
    });
    known.map_or(Code::R99, |(code, ..)| *code)
}

/// What people call the error, e.g. 口座相違; empty for codes of another kind.
pub fn center_error_name(code: Code) -> &'static str {
    KNOWN.iter().find(|(known, ..)| *known == code).map_or("", |(_, name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_institutions_words_and_our_codes_are_known_and_the_rest_is_other() {
        assert_eq!(center_error("口座相違"), Code::R02);
        assert_eq!(center_error(" r03 "), Code::R03);
        assert_eq!(center_error("E-1234"), Code::R99);
        assert!(KNOWN.iter().all(|(code, name, _)| center_error_name(*code) == *name));
    }
}
