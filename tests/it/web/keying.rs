//! The pages on which papers are keyed in, and what an approver sees of the paper.

use axum::http::StatusCode;
use kessai::domain::{CaseId, Field, FormSheets, ReceiptNo};
use kessai::ports::FileVerdict;
use kessai::service::{Arrival, Hand};

use super::browser::{Browser, Form, Page};
use super::stage::{Stage, approval, login};

/// What is on the paper, field by field.
const PAPER: [(&str, &str); 10] = [
    ("request_kind", "11"),
    ("record_date", "2026-12-03"),
    ("requester_user_number", "1AB2CD3EF"),
    ("requester_bank_code", "0001"),
    ("requester_branch_code", "001"),
    ("requester_account_type", "2"),
    ("requester_account_number", "0123456"),
    ("counterparty_user_number", "123456789"),
    ("amount", "1,234,567"),
    ("due_date", "2027-03-31"),
];
const OTHER: [(&str, &str); 4] = [
    ("counterparty_bank_code", "0009"),
    ("counterparty_branch_code", "010"),
    ("counterparty_account_type", "1"),
    ("counterparty_account_number", "7654321"),
];

fn faxed(stage: &Stage) -> ReceiptNo {
    fax(stage, "PAPER 2")
}

pub(super) fn fax(stage: &Stage, text: &str) -> ReceiptNo {
    dropped(stage, "FAX<1>.tif", text)
}

/// Drops a file into the branch's folder of papers.
pub(super) fn dropped(stage: &Stage, name: &str, text: &str) -> ReceiptNo {
    let arrival = Arrival {
        intake: name.into(),
        channel: "fax".into(),
        submitter: "001".into(),
        hand: Hand::Owner(0),
        name: name.into(),
        digest: stage.keep_bytes(text.as_bytes()),
        bytes: u64::try_from(text.len()).unwrap(),
        flaw: None,
        beside: kessai::service::Beside::default(),
    };
    let receipt = stage.desk.receive(vec![arrival]).unwrap()[0];
    stage.desk.judge(receipt).unwrap();
    receipt
}

/// The same request as on the paper, as a file.
pub(super) fn as_csv() -> String {
    let cell = |field: &Field| {
        let all = PAPER.iter().chain(&OTHER);
        let found = all.clone().find(|(name, _)| *name == field.name());
        found.map_or(String::new(), |(_, text)| text.replace(',', ""))
    };
    let names: Vec<&str> = Field::ALL.iter().map(|field| field.japanese()).collect();
    let cells: Vec<String> = Field::ALL.iter().map(cell).collect();
    format!("{}\n{}\n", names.join(","), cells.join(","))
}

/// The same request as on the paper, in a file of the customer's.
fn filed(stage: &Stage) -> ReceiptNo {
    let text = as_csv();
    let arrival = Arrival {
        intake: "file".into(),
        channel: "customers".into(),
        submitter: "1AB2CD3EF".into(),
        hand: Hand::Owner(0),
        name: "請求<1>.csv".into(),
        digest: stage.keep_bytes(text.as_bytes()),
        bytes: u64::try_from(text.len()).unwrap(),
        flaw: None,
        beside: kessai::service::Beside::default(),
    };
    let receipt = stage.desk.receive(vec![arrival]).unwrap()[0];
    stage.desk.judge(receipt).unwrap();
    receipt
}

#[tokio::test]
async fn a_fax_that_came_as_a_file_before_is_shown_beside_it_with_what_differs() {
    let stage = stage();
    let first = filed(&stage);
    let file = stage.desk.store.file(first).unwrap();
    assert_eq!(file.verdict, FileVerdict::Accepted, "{:?}", stage.desk.findings_of(&file));
    let receipt = faxed(&stage);
    let at = format!("/keying/{receipt}");
    for id in ["clerk001", "clerk003"] {
        let mut browser = inside(&stage, id).await;
        let form = read(&browser.get(&at).await, &at);
        let first = form.fields.contains_key("row1.requester_ref");
        let form = if first { form.with("row1.requester_ref", "FAX-1") } else { form };
        assert_eq!(browser.post(&form).await.status, StatusCode::SEE_OTHER);
    }
    let held = stage.desk.store.file(receipt).unwrap().verdict;
    assert_eq!(held, FileVerdict::Held { same_as: first });
    let mut officer = inside(&stage, "mori-0001").await;
    let page = officer.get("/incidents").await;
    let link = format!("/holds/{receipt}");
    assert!(page.links().contains(&link), "{}", page.html);
    let page = officer.get(&link).await;
    for part in [
        &format!("受付番号 {first} の1件目"),
        "請求&lt;1&gt;.csv",
        "FAX&lt;1&gt;.tif",
        &format!("/papers/{receipt}/2"),
        "<tr class=\"differs\"><th scope=\"row\">請求者RefNo</th><td></td><td>FAX-1</td>",
        "<tr><th scope=\"row\">債権金額</th><td>1234567</td><td>1234567</td><td></td></tr>",
    ] {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    assert_eq!(page.html.matches("違います").count(), 1, "{}", page.html);
    for who in ["clerk002", "suzuki-01"] {
        let got = inside(&stage, who).await.get(&link).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{who}");
    }
}

pub(super) fn stage() -> Stage {
    let stage = Stage::new();
    for (id, place) in
        [("clerk001", "branch:001"), ("clerk002", "branch:002"), ("clerk003", "branch:001")]
    {
        stage.enrol((id, &format!("入力 {id}")), place, "clerk");
    }
    stage
}

pub(super) async fn inside(stage: &Stage, id: &str) -> Browser {
    let mut browser = Browser::new(stage);
    let page = browser.log_in_with("/login", id, &login(id)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    browser
}

/// The form of a page with what the paper says, as far as it asks for it.
pub(super) fn read(page: &Page, at: &str) -> Form {
    let mut form = page.form(at);
    for (field, text) in PAPER.into_iter().chain(OTHER) {
        let name = format!("row1.{field}");
        if page.html.contains(&format!("name=\"{name}\"")) {
            form.fields.insert(name, text.to_owned());
        }
    }
    if form.fields.contains_key("received") {
        form.fields.insert("received".to_owned(), "２０２６／１２／１　８：５０".to_owned());
    }
    form.with("deed", "key")
}

#[tokio::test]
async fn a_paper_is_keyed_in_by_two_on_the_page_and_lies_beside_what_is_approved() {
    let stage = stage();
    let receipt = faxed(&stage);
    let at = format!("/keying/{receipt}");
    let mut first = inside(&stage, "clerk001").await;
    let todo = first.get("/").await;
    assert!(todo.html.contains("あなたの入力を待つ書面が1件"), "{}", todo.html);
    let mut approver = inside(&stage, "suzuki-01").await;
    assert!(!approver.get("/").await.html.contains("書面"), "nothing for customers");
    assert!(first.get("/keying").await.links().contains(&at));
    let elsewhere = inside(&stage, "clerk002").await.get(&at).await;
    assert!(elsewhere.html.contains("一人目は、取扱店（001）の方が入力します"));
    let page = first.get(&at).await;
    assert!(page.html.contains("FAX&lt;1&gt;.tif"), "{}", page.html);
    assert!(page.html.contains(&format!("/papers/{receipt}/2")), "both pages are there");
    let png = first.get(&format!("/papers/{receipt}/1")).await;
    assert_eq!(png.headers["content-type"], "image/png");
    // Enlarged, all dots of a FAX are seen.
    assert_eq!(png.html, "PNG of page 1, 1728 wide");
    let untimed = first.post(&read(&page, &at).with("received", "朝")).await;
    assert_eq!(untimed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(untimed.html.contains("受付時刻を「2026-12-01 14:50」の形で"), "{}", untimed.html);
    let form = read(&page, &at);
    // Another request on the paper: what was typed stays.
    let more = first.post(&form.clone().with("deed", "more")).await;
    let two = more.form(&at);
    assert_eq!(two.fields["row1.amount"], "1,234,567");
    assert!(two.fields.contains_key("row2.amount"));
    // A slip is told by its field, and nobody else has to read it.
    let slip = first.post(&form.with("row1.due_date", "2026-12-04")).await;
    assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(slip.html.contains("1件目 支払期日：") && slip.html.contains("D07"), "{}", slip.html);
    let done = first.post(&read(&slip, &at)).await;
    assert_eq!(done.to(), "/keying?done=second");
    assert!(first.get(&at).await.html.contains("別の方にお願いしてください"));
    // The second, at another branch, sees the paper and nothing of what the first read.
    let mut second = inside(&stage, "clerk002").await;
    let page = second.get(&at).await;
    assert!(!page.html.contains("1,234,567"), "{}", page.html);
    let form = read(&page, &at);
    assert!(!form.fields.contains_key("row1.requester_ref"), "asked for what decides alone");
    let done = second.post(&form.with("row1.amount", "１２３４５６７")).await;
    assert_eq!(done.to(), "/keying?done=settled", "{}", done.html);
    assert!(second.get(done.to()).await.html.contains("お二人の入力が一致し"));
    // Who approves has the paper beside the rows; the other branch has done its part.
    let case = CaseId { receipt, n: 1, row: None };
    let mut checker = inside(&stage, "mori-0001").await;
    let page = checker.get(&format!("/cases/{case}")).await;
    assert!(page.html.contains("1,234,567"), "{}", page.html);
    assert!(page.html.contains("入力 clerk001、入力 clerk002"), "{}", page.html);
    assert!(page.html.contains("受付時刻は 2026年12月1日"), "{}", page.html);
    assert!(page.html.contains(&format!("/papers/{receipt}/2")));
    for (who, number, status) in [
        ("mori-0001", "2", StatusCode::OK),
        ("mori-0001", "3", StatusCode::NOT_FOUND),
        ("mori-0001", "original", StatusCode::OK),
        ("clerk002", "1", StatusCode::NOT_FOUND),
        ("suzuki-01", "1", StatusCode::NOT_FOUND),
    ] {
        let got = inside(&stage, who).await.get(&format!("/papers/{receipt}/{number}")).await;
        assert_eq!(got.status, status, "{who} {number}");
    }
}

#[tokio::test]
async fn the_third_is_asked_for_what_differed_and_told_nothing_of_the_others() {
    let stage = stage();
    let receipt = faxed(&stage);
    let at = format!("/keying/{receipt}");
    let mut to = String::new();
    for (id, amount) in [("clerk001", "1234567"), ("clerk002", "7234567")] {
        let mut browser = inside(&stage, id).await;
        let form = read(&browser.get(&at).await, &at);
        let done = browser.post(&form.with("row1.amount", amount)).await;
        done.to().clone_into(&mut to);
    }
    assert_eq!(to, "/keying?done=third");
    let mut third = inside(&stage, "clerk003").await;
    let page = third.get(&at).await;
    assert!(!page.html.contains("234567"), "{}", page.html);
    let form = page.form(&at);
    let asked: Vec<_> = form.fields.keys().filter(|name| name.starts_with("row")).collect();
    assert_eq!(asked, ["row1.amount", "rows"]);
    let done = third.post(&form.with("row1.amount", "7,234,567").with("deed", "key")).await;
    assert_eq!(done.to(), "/keying?done=settled");
    assert_eq!(stage.desk.store.file(receipt).unwrap().total.get(), 7_234_567);
}

#[tokio::test]
async fn a_page_that_cannot_be_shown_says_so_and_why_in_its_place() {
    let stage = stage();
    let mut browser = inside(&stage, "clerk001").await;
    let one = fax(&stage, "PAPER 3 HIDDEN2");
    let page = browser.get(&format!("/keying/{one}")).await;
    let told = "2ページ目はここに表示できません（&lt;JBIG2&gt;）。元のファイルを開いてください。";
    assert!(page.html.contains(told), "{}", page.html);
    let shown = |number: u32| page.html.contains(&format!("src=\"/papers/{one}/{number}\""));
    assert_eq!([1, 2, 3].map(shown), [true, false, true]);
    let whole = fax(&stage, "JBIG2");
    let page = browser.get(&format!("/keying/{whole}")).await;
    assert!(page.html.contains("この画像はここに表示できません（JBIG2）。"), "{}", page.html);
}

#[tokio::test]
async fn what_is_no_request_needs_a_reason_and_another_person() {
    let stage = stage();
    let receipt = faxed(&stage);
    let at = format!("/keying/{receipt}");
    for (id, to) in [("clerk001", "second"), ("clerk002", "refused")] {
        let mut browser = inside(&stage, id).await;
        let form = browser.get(&at).await.form(&at).with("deed", "none");
        let empty = browser.post(&form).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = browser.post(&form.with("remark", "広告です")).await;
        assert_eq!(done.to(), format!("/keying?done={to}"));
    }
}

/// Puts a customer into the register.
pub(super) fn enrol_customer(stage: &Stage) {
    let list = kessai::workflow::write_customers([].iter())
        + "1AB2CD3EF,法人,髙﨑<製作所>,ﾀｶｻｷ,,0238-00-0001,001,通常,2026-04-10,,a@example.jp,\
           0001,001,2,0123456,,\n";
    let customers = kessai::workflow::load_customers("customers.csv", &list).unwrap();
    let loaded = kessai::ports::ContractVerb::Loaded;
    stage.desk.enrol_customers(&customers, (loaded, None)).unwrap();
}

#[tokio::test]
async fn a_form_of_ours_comes_with_what_is_known_of_its_customer_and_where_each_field_stands() {
    let stage = stage();
    enrol_customer(&stage);
    let mut officer = inside(&stage, "mori-0001").await;
    let page = officer.get("/customers/1AB2CD3EF").await;
    assert!(page.links().contains(&"/customers/1AB2CD3EF/form.pdf".to_owned()), "{}", page.html);
    let form = officer.get("/customers/1AB2CD3EF/form.pdf").await;
    assert_eq!(form.headers["content-type"], "application/pdf");
    let user = kessai::domain::UserNumber::parse("1AB2CD3EF").unwrap();
    let code = stage.desk.request_form(user, FormSheets::ONE).unwrap().codes.remove(0);
    let receipt = fax(&stage, &format!("PAPER 1 QR {code}"));
    let at = format!("/keying/{receipt}");
    let mut first = inside(&stage, "clerk001").await;
    let page = first.get(&at).await;
    for part in ["髙﨑&lt;製作所&gt;（1AB2CD3EF）", "0238-00-0001", "data-page=\"1\" data-at=\"0."]
    {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    let form = page.form(&at);
    assert_eq!(form.fields["row1.requester_user_number"], "1AB2CD3EF");
    assert_eq!(form.fields["row1.requester_account_number"], "0123456");
    assert_eq!(first.post(&read(&page, &at)).await.to(), "/keying?done=second");
    // What decides is read from the paper by the second, too, not taken from the register.
    let page = inside(&stage, "clerk002").await.get(&at).await;
    assert_eq!(page.form(&at).fields["row1.requester_user_number"], "");
}

#[tokio::test]
async fn a_third_person_may_find_that_the_paper_says_nothing_there() {
    let stage = stage();
    let receipt = faxed(&stage);
    let at = format!("/keying/{receipt}");
    for (id, number) in [("clerk001", ""), ("clerk002", "1AB2CD3EF00000100017")] {
        let mut browser = inside(&stage, id).await;
        let form = read(&browser.get(&at).await, &at).with("row1.record_number", number);
        browser.post(&form).await;
    }
    let mut third = inside(&stage, "clerk003").await;
    let form = third.get(&at).await.form(&at);
    assert!(form.fields.contains_key("row1.record_number"), "{form:?}");
    let done = third.post(&form.with("deed", "key")).await;
    assert_eq!(done.to(), "/keying?done=settled", "an accrual has no number yet");
    assert_eq!(stage.desk.store.file(receipt).unwrap().accepted, 1);
}

#[tokio::test]
async fn what_is_to_be_done_after_the_approval_is_on_a_page_and_called_done_there() {
    let stage = stage();
    let receipt = faxed(&stage);
    let at = format!("/keying/{receipt}");
    for who in ["clerk001", "clerk003"] {
        let mut browser = inside(&stage, who).await;
        let page = browser.get(&at).await;
        assert_eq!(browser.post(&read(&page, &at)).await.status, StatusCode::SEE_OTHER);
    }
    let case = CaseId { receipt, n: 1, row: None };
    let mut clerk = inside(&stage, "clerk001").await;
    let page = clerk.get(&format!("/cases/{case}")).await;
    let choice = "<select id=\"field-1\" name=\"field.seal\"><option value=\"\">";
    assert!(page.html.contains(choice) && page.html.contains("<option>一致した</option>"));
    let made_sure = page.form("/decision").with("field.seal", "一致した").with("kind", "approve");
    let done = clerk.post(&made_sure.with("password", &approval("clerk001"))).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    assert!(clerk.get("/exceptions").await.html.contains("いま、行うことはありません"));
    for who in ["mori-0001", "kato-0001"] {
        let mut browser = inside(&stage, who).await;
        let form = browser.get(&format!("/cases/{case}")).await.form("/decision");
        let form = form.with("kind", "approve").with("password", &approval(who));
        assert_eq!(browser.post(&form).await.status, StatusCode::SEE_OTHER, "{who}");
    }
    let page = clerk.get("/exceptions").await;
    assert!(
        page.html.contains("原本の徴求") && page.html.contains("届出印の照合 「一致した」"),
        "{}",
        page.html
    );
    let form = page.form("/exceptions");
    let blank = clerk.post(&form.clone().with("note", " ")).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = clerk.post(&form.with("note", "郵送で<受領>")).await;
    assert_eq!(done.to(), "/exceptions?done=met");
    let page = clerk.get(done.to()).await;
    assert!(page.html.contains("郵送で&lt;受領&gt;"), "{}", page.html);
    assert!(page.html.contains("いま、行うことはありません"));
    let csv = clerk.get("/exceptions.csv").await;
    assert!(csv.html.contains("郵送で<受領>"), "{}", csv.html);
    let mut other = inside(&stage, "clerk002").await;
    assert!(!other.get("/exceptions").await.html.contains("原本の徴求"), "another branch's");
}

#[tokio::test]
async fn the_approver_is_told_whose_request_it_is_and_what_is_odd_about_the_paper() {
    let stage = stage();
    let receipt = dropped(&stage, "20261201060012_0312345678.tif", "PAPER 2 odd DAMAGED2");
    let at = format!("/keying/{receipt}");
    for id in ["clerk001", "clerk003"] {
        let mut browser = inside(&stage, id).await;
        let page = browser.get(&at).await;
        assert!(page.html.contains("登録のある番号ではありません"), "{}", page.html);
        assert!(!page.html.contains("違います"), "nobody is told what others read: {}", page.html);
        let done = browser.post(&read(&page, &at)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    }
    let case = CaseId { receipt, n: 1, row: None };
    let page = inside(&stage, "mori-0001").await.get(&format!("/cases/{case}")).await;
    for part in [
        "登録のある番号ではありません",
        "FAXサーバーの時刻（2026年12月1日 6:00）と違います",
        "<dt>受付店</dt>",
        "<dt>障害の宣言</dt><dd>受付のときに宣言されていた障害はありません</dd>",
        "<dd class=\"code keep\">1AB2CD3EF<br>0001-001<br>当座 0123456</dd>",
        "<strong>2292行のうち11行は、受信のときに壊れていて読めません。</strong>",
        "金壱百弐拾参萬四千五百六拾七円也",
        "1AB2CD3EF</span>　<span class=\"code keep\">0001-001 当座 0123456</span>",
    ] {
        assert!(page.html.contains(part), "{part} is missing in {}", page.html);
    }
    // The scan on the left, the values on the right, and no table that is wider than its half.
    let (_, twin) = page.html.split_once("<div class=\"twin\">").unwrap();
    let (scan, values) = twin.split_once("id=\"rows\"").unwrap();
    assert!(scan.contains(&format!("src=\"/papers/{receipt}/2\"")), "{scan}");
    assert!(values.contains("<dt>金額</dt>") && !values.contains("<table class=\"rows\">"));
}

#[tokio::test]
async fn a_form_that_came_by_two_calls_names_its_sheets_and_gives_each_calls_file() {
    let stage = stage();
    enrol_customer(&stage);
    let user = kessai::domain::UserNumber::parse("1AB2CD3EF").unwrap();
    let form = stage.desk.request_form(user, FormSheets::parse("2").unwrap()).unwrap();
    for (name, sheet) in [("b.tif", 1), ("a.tif", 0)] {
        dropped(&stage, name, &format!("PAPER 1 {name} QR1 {}", form.codes[sheet]));
    }
    let mut clerk = inside(&stage, "clerk001").await;
    let at = clerk.get("/keying").await.links();
    let at = at.iter().find(|link| link.starts_with("/keying/2")).unwrap().clone();
    let page = clerk.get(&at).await;
    for part in ["1ページ目（用紙の1枚目）", "2ページ目（用紙の2枚目）", "original-2"]
    {
        assert!(page.html.contains(part), "{part} is missing in {}", page.html);
    }
    let papers = at.replace("/keying/", "/papers/");
    for (nth, name) in [(1, "b.tif"), (2, "a.tif")] {
        let file = clerk.get(&format!("{papers}/original-{nth}")).await;
        assert!(file.html.contains(&format!("PAPER 1 {name}")), "{nth}: {}", file.html);
    }
    let none = clerk.get(&format!("{papers}/original-3")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}
