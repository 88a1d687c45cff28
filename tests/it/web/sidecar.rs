//! What was keyed in elsewhere and came with a picture, on the page of that paper.

use axum::http::StatusCode;
use kessai::domain::CaseId;

use super::keying::{as_csv, dropped, fax, inside, read, stage};

#[tokio::test]
async fn the_first_begins_with_the_file_and_whoever_saw_it_reads_no_more() {
    let stage = stage();
    let sidecar = dropped(&stage, "FAX<1>.csv", &as_csv());
    let mut first = inside(&stage, "clerk001").await;
    let page = first.get("/keying").await;
    assert!(page.html.contains("画像を待つ入力済みのファイル"), "{}", page.html);
    assert!(page.html.contains("FAX&lt;1&gt;.csv"), "{}", page.html);
    let receipt = fax(&stage, "PAPER 2");
    let at = format!("/keying/{receipt}");
    assert!(!first.get("/keying").await.html.contains("画像を待つ"));
    let page = first.get(&at).await;
    for part in ["FAX&lt;1&gt;.csv", "（1件、", "ファイルの内容を入れて始める"] {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    assert!(!page.html.contains("1234567"), "nothing of it is shown unasked: {}", page.html);
    let begun = first.post(&page.form(&at).with("deed", "begin")).await;
    assert!(begun.html.contains("一件ずつ書面と見比べ"), "{}", begun.html);
    let form = begun.form(&at);
    assert_eq!(form.fields["row1.amount"], "1234567");
    assert_eq!(form.fields["row1.counterparty_account_number"], "7654321");
    // Another clerk is told so and is not shown it; the first keys in.
    let mut other = inside(&stage, "clerk003").await;
    let page = other.get(&at).await;
    assert!(
        page.html.contains("入力 clerk001さんが、その内容をご覧になっています"),
        "{}",
        page.html
    );
    let refused = other.post(&page.form(&at).with("deed", "begin")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("ほかの方がご覧になったか"), "{}", refused.html);
    assert!(!refused.html.contains("1234567"), "{}", refused.html);
    assert!(begun.html.contains("<option value=\"11\" selected>"), "{}", begun.html);
    assert_eq!(first.post(&read(&begun, &at)).await.to(), "/keying?done=second");
    // The second is told that there was a file and nothing of what it says, on no page.
    for at in [format!("/papers/{sidecar}/original"), format!("/keying/{sidecar}")] {
        for id in ["clerk001", "clerk003"] {
            let page = inside(&stage, id).await.get(&at).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{id} {at}");
        }
    }
    let page = other.get(&format!("/submissions/{sidecar}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.html.contains("1234567") && !page.html.contains("7654321"), "{}", page.html);
    let mut second = inside(&stage, "clerk002").await;
    let page = second.get(&at).await;
    assert!(page.html.contains("入力済みのファイル「FAX&lt;1&gt;.csv」"), "{}", page.html);
    assert!(!page.html.contains("1234567") && !page.html.contains("入れて始める"));
    let late = page.form(&at).with("deed", "begin");
    let late = second.post(&late).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!late.html.contains("1234567"), "{}", late.html);
    assert_eq!(second.post(&read(&page, &at)).await.to(), "/keying?done=settled");
    let case = CaseId { receipt, n: 1, row: None };
    let page = inside(&stage, "mori-0001").await.get(&format!("/cases/{case}")).await;
    assert!(
        page.html.contains("一人目の方が、その内容を書面と見比べて確定しました"),
        "{}",
        page.html
    );
}

#[tokio::test]
async fn whoever_looked_at_the_file_and_was_overtaken_is_told_why_they_cannot_read() {
    let stage = stage();
    let receipt = fax(&stage, "PAPER 2");
    dropped(&stage, "FAX<1>.csv", &as_csv());
    let at = format!("/keying/{receipt}");
    let mut looked = inside(&stage, "clerk001").await;
    let page = looked.get(&at).await;
    looked.post(&page.form(&at).with("deed", "begin")).await;
    let mut first = inside(&stage, "clerk003").await;
    let page = first.get(&at).await;
    assert_eq!(first.post(&read(&page, &at)).await.to(), "/keying?done=second");
    let page = looked.get(&at).await;
    assert!(page.html.contains("内容をご覧になったので"), "{}", page.html);
    assert!(page.html.contains("入力には使っていません"), "{}", page.html);
}
