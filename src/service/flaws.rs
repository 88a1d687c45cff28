//! Why a file is not looked into, in words.

use crate::domain::{Code, Finding, ReceiptNo};

use super::judge::whole_file;

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
        _ => whole_file(
            code,
            "ファイルが大きすぎます。いくつかに分けてお出しください。",
            "the file is too large; split it",
        ),
    }
}
