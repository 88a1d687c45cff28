//! What is told of a file that is not looked into: one finding about the whole.

use crate::domain::{Code, Finding, ReceiptNo, Severity};

/// A finding about the whole file.
pub(super) fn whole_file(code: Code, ja: &str, en: &str) -> Finding {
    Finding {
        record: 0,
        line: 0,
        column: 0,
        bytes: None,
        reference: None,
        field: None,
        code,
        severity: Severity::Error,
        value: String::new(),
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

/// A file that came before.
pub(super) fn duplicate_finding(same_as: ReceiptNo) -> Finding {
    whole_file(
        Code::DupFile,
        &format!(
            "同じ内容のファイルを受付番号 {same_as} で受け付けています。\
             二重の請求でないかお確かめください。別の請求であれば、取扱店にお知らせください。"
        ),
        &format!("the same content was received as {same_as}; tell the branch if it is meant"),
    )
}

/// What is wrong with the file itself, whatever it holds.
pub(super) fn flaw_finding(code: Code) -> Finding {
    match code {
        Code::Incomplete => whole_file(
            code,
            "ファイルの終わりがありません。コピーが途中で止まったようです。もう一度お出しください。",
            "the file's end is missing; send it again",
        ),
        Code::Link => whole_file(
            code,
            "ファイルに別の名前（ハードリンク）があります。コピーしたファイルをお出しください。",
            "the file has a second name (hard link); send a copy",
        ),
        Code::Manifest => whole_file(
            code,
            "照合ファイル（.manifest.json か .sha256）とファイルが合わないか、照合ファイルが読めません。\
             作り直して、両方をお出しください。",
            "the file is not the one its manifest or checksum speaks of, or that cannot be read; \
             make both again",
        ),
        Code::Owner => whole_file(
            code,
            "ファイルの所有者が、このフォルダに置ける人として登録されていません。\
             登録された方から置き直してください。",
            "the file's owner is not listed for this folder; let somebody who is drop it",
        ),
        Code::Io => whole_file(
            code,
            "ディスクの障害のため、ファイルを読めませんでした。もう一度お出しください。\
             続くときは、窓口にお知らせください。",
            "the disk does not give the file's bytes; send it again, and tell the desk if that \
             does not help",
        ),
        Code::Virus => virus_finding(""),
        Code::Poison => whole_file(
            code,
            "このファイルを読み取ろうとすると処理が止まるため、隔離しました。中身が壊れているおそれが\
             あります。もとのデータから作り直して、もう一度お出しください。同じことが続くときは、\
             このファイルを送り直さず、窓口にお知らせください。",
            "reading the file stops the program, so it was put into quarantine; make it again from \
             its source, and tell the desk if that does not help",
        ),
        _ => whole_file(
            code,
            "ファイルが大きすぎます。いくつかに分けてお出しください。",
            "the file is too large; split it",
        ),
    }
}

/// What a virus scanner found, by the name it gave it; a name may be empty.
pub(super) fn virus_finding(name: &str) -> Finding {
    let found = whole_file(
        Code::Virus,
        "ウイルス検査で問題が見つかったため、中身を読まずに隔離しました。開いたり送り直したりせず、\
         お使いのパソコンの検査をして、システムの担当者と窓口にお知らせください。",
        "the virus scanner found something, so the file lies unread in quarantine; do not open or \
         resend it, have your PC scanned and tell the desk",
    );
    Finding { value: name.to_owned(), ..found }
}
