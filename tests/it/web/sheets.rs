//! The pages about forms of several sheets: what waits, and what a clerk makes of it.

use axum::http::StatusCode;
use kessai::domain::{FormSheets, UserNumber};
use kessai::ports::FileVerdict;

use super::keying::{enrol_customer, fax, inside, read, stage};
use super::stage::Stage;

/// A customer in the register, and the codes of a form of three sheets.
fn form(stage: &Stage) -> Vec<String> {
    enrol_customer(stage);
    let user = UserNumber::parse("1AB2CD3EF").unwrap();
    stage.desk.request_form(user, FormSheets::parse("3").unwrap()).unwrap().codes
}

#[tokio::test]
async fn a_form_that_waits_for_a_page_is_listed_and_read_without_it_when_a_clerk_says_so() {
    let stage = stage();
    let form = form(&stage);
    let first = fax(&stage, &format!("PAPER 2 QR1 {} QR2 {}", form[0], form[2]));
    let mut clerk = inside(&stage, "clerk001").await;
    let list = clerk.get("/keying").await;
    for part in ["3枚のうち2枚", "2枚目が届いていません", "髙﨑&lt;製作所&gt;"]
    {
        assert!(list.html.contains(part), "{part}: {}", list.html);
    }
    assert!(!clerk.get("/").await.html.contains("あなたの入力を待つ書面"), "not yet");
    let at = list.links().into_iter().find(|link| link.starts_with("/keying/sheets/")).unwrap();
    let page = clerk.get(&at).await;
    for part in [format!("/papers/{first}/1"), format!("/papers/{first}/2"), "3枚目".into()] {
        assert!(page.html.contains(&part), "{part}: {}", page.html);
    }
    assert!(clerk.get(&format!("/papers/{first}/1")).await.status.is_success());
    let ask = page.form(&at).with("deed", "complete");
    let blank = clerk.post(&ask.clone().with("reason", " ")).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blank.html.contains("理由を200文字まで"), "{}", blank.html);
    let ask = ask.with("reason", "<白紙>とのこと");
    let done = clerk.post(&ask).await;
    assert_eq!(clerk.post(&ask).await.to(), done.to(), "clicked twice");
    let at = done.to().to_owned();
    let page = clerk.get(&at).await;
    for part in ["3枚のうち、2枚目は届いていません", "&lt;白紙&gt;とのこと", &first.to_string()]
    {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    // The third request stands on the second sheet, the fifth on the third.
    let more = ["1", "2", "3", "4"]
        .into_iter()
        .fold(page.form(&at), |form, rows| form.with("rows", rows).with("deed", "more"));
    let page = clerk.post(&more).await;
    let place = |name: &str| {
        let tag = page.html.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\"")));
        tag.unwrap().split("data-page=\"").nth(1).map(|rest| rest[..1].to_owned())
    };
    assert_eq!(place("row1.amount").as_deref(), Some("1"));
    assert_eq!(place("row3.amount"), None, "the second sheet is not there");
    assert_eq!(place("row5.amount").as_deref(), Some("2"));
    let page = clerk.get(&at).await;
    assert_eq!(clerk.post(&read(&page, &at)).await.to(), "/keying?done=second");
    let mut second = inside(&stage, "clerk003").await;
    let page = second.get(&at).await;
    assert_eq!(second.post(&read(&page, &at)).await.to(), "/keying?done=settled");
    let receipt = at.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(stage.desk.store.file(receipt).unwrap().verdict, FileVerdict::Accepted);
    let case = kessai::domain::CaseId { receipt, n: 1, row: None };
    let page = inside(&stage, "mori-0001").await.get(&format!("/cases/{case}")).await;
    assert!(page.html.contains("&lt;白紙&gt;とのこと"), "said on the case: {}", page.html);
}

#[tokio::test]
async fn a_form_that_waits_is_given_back_by_a_clerk_of_its_branch_alone() {
    let stage = stage();
    let form = form(&stage);
    fax(&stage, &format!("PAPER 1 QR {}", form[0]));
    let mut clerk = inside(&stage, "clerk001").await;
    let links = clerk.get("/keying").await.links();
    let at = links.into_iter().find(|link| link.starts_with("/keying/sheets/")).unwrap();
    for who in ["clerk002", "suzuki-01"] {
        let got = inside(&stage, who).await.get(&at).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{who}");
    }
    let looks = inside(&stage, "mori-0001").await.get(&at).await;
    assert!(looks.html.contains("2枚目・3枚目"), "{}", looks.html);
    assert!(looks.forms().iter().all(|form| form.action != at), "only who keys in decides");
    let ask = clerk.get(&at).await.form(&at).with("deed", "give_back").with("reason", "再送");
    let done = clerk.post(&ask).await;
    assert_eq!(done.to(), "/keying?done=given_back");
    assert!(clerk.get(done.to()).await.html.contains("お返ししました"));
    assert_eq!(clerk.get(&at).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_of_several_sheets_is_made_on_the_page_of_the_customer() {
    let stage = stage();
    form(&stage);
    let mut officer = inside(&stage, "mori-0001").await;
    let page = officer.get("/customers/1AB2CD3EF").await;
    assert!(page.html.contains("name=\"sheets\""), "{}", page.html);
    let pdf = officer.get("/customers/1AB2CD3EF/form.pdf?sheets=3").await;
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    for wrong in ["0", "10", "x"] {
        let page = officer.get(&format!("/customers/1AB2CD3EF/form.pdf?sheets={wrong}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_shown_says_so_while_its_form_waits() {
    let stage = stage();
    let form = form(&stage);
    let call = fax(&stage, &format!("PAPER 2 HIDDEN2 QR1 {}", form[0]));
    let mut clerk = inside(&stage, "clerk001").await;
    let links = clerk.get("/keying").await.links();
    let at = links.into_iter().find(|link| link.starts_with("/keying/sheets/")).unwrap();
    let page = clerk.get(&at).await;
    assert!(page.html.contains("2ページ目はここに表示できません"), "{}", page.html);
    assert!(page.html.contains(&format!("src=\"/papers/{call}/1\"")), "{}", page.html);
    assert!(!page.html.contains(&format!("src=\"/papers/{call}/2\"")), "{}", page.html);
}

#[tokio::test]
async fn whoever_reads_a_paper_without_a_code_may_ask_what_its_printed_number_is() {
    let stage = stage();
    enrol_customer(&stage);
    let user = UserNumber::parse("1AB2CD3EF").unwrap();
    let form = stage.desk.request_form(user, FormSheets::parse("2").unwrap()).unwrap();
    let first = fax(&stage, &format!("PAPER 1 QR1 {}", form.codes[0]));
    let at = format!("/keying/{}", fax(&stage, "PAPER 1 blurred"));
    let mut clerk = inside(&stage, "clerk001").await;
    let page = clerk.get(&at).await;
    assert!(page.html.contains("用紙のQRコードが読めないとき"), "{}", page.html);
    let ask = page.form(&at).with("deed", "form").with("row1.amount", "123");
    let known = clerk.post(&ask.clone().with("form_number", &form.number)).await;
    for part in
        ["髙﨑&lt;製作所&gt;（1AB2CD3EF）", "2枚のうち2枚目を待っています", "確かめられません"]
    {
        assert!(known.html.contains(part), "{part}: {}", known.html);
    }
    assert!(known.html.contains(&first.to_string()) && known.html.contains("value=\"123\""));
    let unknown = clerk.post(&ask.clone().with("form_number", "00000-00000")).await;
    assert!(unknown.html.contains("まだ届いていません"), "{}", unknown.html);
    let wrong = clerk.post(&ask.with("form_number", "<1>")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("10桁の数字です"), "{}", wrong.html);
}
