//! The page on which a paper of the counter is opened, and its keying without a picture.

use axum::http::StatusCode;
use kessai::domain::{CaseId, ReceiptNo};
use std::str::FromStr as _;

use super::keying::{inside, read, stage};

#[tokio::test]
async fn a_clerk_opens_a_paper_of_the_counter_and_two_key_it_in_by_its_number() {
    let stage = stage();
    let mut clerk = inside(&stage, "clerk001").await;
    let list = clerk.get("/keying").await;
    assert!(list.links().contains(&"/keying/counter".to_owned()), "{}", list.html);
    let page = clerk.get("/keying/counter?customer=1AB2CD3EF").await;
    let form = page.form("/keying/counter").with("sheets", "2");
    assert_eq!(form.fields["customer"], "1AB2CD3EF");
    for (field, wrong, told) in [
        ("customer", "1AB", "利用者番号を9文字で"),
        ("sheets", "0", "枚数を1から50まで"),
        ("received", "2099-01-01 10:00", "いまより後や"),
    ] {
        let refused = clerk.post(&form.clone().with(field, wrong)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(refused.html.contains(told), "{told}: {}", refused.html);
    }
    let forged = clerk.post(&form.clone().with("ticket", "another")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let done = clerk.post(&form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    assert_eq!(clerk.post(&form).await.to(), done.to(), "clicked twice it is one paper");
    let at = done.to().split('?').next().unwrap().to_owned();
    let receipt = ReceiptNo::from_str(at.rsplit('/').next().unwrap()).unwrap();
    let page = clerk.get(done.to()).await;
    for part in
        ["受付番号を書面に書いてください", "画像はありません。受付番号", "（2枚）をご覧ください"]
    {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    assert!(!page.html.contains("<img"), "{}", page.html);
    let time = page.form(&at).fields["received"].clone();
    assert!(!time.is_empty(), "when it came was said when it was opened");
    assert_eq!(clerk.post(&read(&page, &at)).await.to(), "/keying?done=second");
    let mut second = inside(&stage, "clerk003").await;
    let page = second.get(&at).await;
    assert_eq!(page.form(&at).fields["received"], "", "the second reads it from the paper");
    assert!(page.html.contains("画像はありません"), "{}", page.html);
    assert_eq!(second.post(&read(&page, &at)).await.to(), "/keying?done=settled");
    let case = CaseId { receipt, n: 1, row: None };
    let page = inside(&stage, "mori-0001").await.get(&format!("/cases/{case}")).await;
    assert!(page.html.contains("を書いた書面をご覧ください"), "{}", page.html);
}

#[tokio::test]
async fn whoever_keys_in_nothing_is_told_who_opens_papers_of_the_counter() {
    let stage = stage();
    let mut officer = inside(&stage, "mori-0001").await;
    let page = officer.get("/keying/counter").await;
    assert!(page.html.contains("入力の役割の方が受け付けます"), "{}", page.html);
    assert!(page.forms().iter().all(|form| form.action != "/keying/counter"));
    assert!(!officer.get("/keying").await.links().contains(&"/keying/counter".to_owned()));
    let customer = inside(&stage, "suzuki-01").await.get("/keying/counter").await;
    assert_eq!(customer.status, StatusCode::NOT_FOUND);
}
