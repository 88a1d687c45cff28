//! The pages of a day without network: the sheet to print, and what was stamped, read back by two.

use axum::http::StatusCode;
use kessai::domain::CaseId;
use kessai::ports::Clock as _;

use super::browser::{Browser, Form, Page};
use super::keying::{fax, inside};
use super::stage::{PEOPLE, Stage, approval};

/// A case both of the customer's people have approved.
async fn waiting(stage: &Stage) -> CaseId {
    let case = stage.usual();
    for person in [0, 1] {
        let mut browser = Browser::new(stage);
        browser.log_in("/login", person).await;
        let form = browser.filled(&format!("/cases/{case}"), person, "approve").await;
        let form = form.with("password", &approval(PEOPLE[person].0));
        assert_eq!(browser.post(&form).await.status, StatusCode::SEE_OTHER);
    }
    case
}

/// The codes of the tasks that were printed, as they stand on the sheet.
fn codes(stage: &Stage) -> Vec<(String, String)> {
    let prints = stage.desk.store.prints(&|_| true);
    let mut prints: Vec<_> = prints.into_iter().map(|print| print.task).collect();
    prints.sort_by_key(|task| task.seat);
    prints
        .iter()
        .map(|task| {
            let place = (task.case, task.task_version);
            let mark = kessai::domain::TaskMark::new(place, task.content, task.number);
            let seal = stage.desk.secrets.seal("worklist task", mark.message().as_bytes());
            (mark.text(&seal), task.number.to_string())
        })
        .collect()
}

/// The form of a task with what stands on the paper.
fn said(page: &Page, number: &str, (choice, by, at): (&str, &str, &str)) -> Form {
    let mut forms = page.forms().into_iter();
    let form = forms.find(|form| form.fields.get("number").is_some_and(|one| one == number));
    let form = form.unwrap_or_else(|| panic!("no form of {number} in {}", page.html));
    form.with("choice", choice).with("user", by).with("at", at).with("deed", "read")
}

#[tokio::test]
async fn a_branch_prints_what_waits_and_two_clerks_read_the_stamped_sheet_back() {
    let stage = Stage::on_paper();
    let case = waiting(&stage).await;
    let mut first = inside(&stage, "clerk001").await;
    let todo = first.get("/").await;
    let print = todo.forms().into_iter().find(|form| form.action == "/worklist.pdf").unwrap();
    let sheet = first.post(&print).await;
    assert_eq!(sheet.headers["content-type"], "application/pdf");
    assert_eq!(
        sheet.headers["content-disposition"],
        "attachment; filename=\"worklist_001_20261201-0915.pdf\""
    );
    // People stamp it meanwhile; whoever printed it was logged off long ago.
    stage.clock.forward(45 * 60_000);
    let mut first = inside(&stage, "clerk001").await;
    let tasks = codes(&stage);
    assert_eq!(tasks.len(), 2, "a task for each seat");
    let receipt = fax(&stage, &format!("PAPER 1 QR {}", tasks[0].0));
    let at = format!("/paper-decisions/{receipt}");
    assert!(first.get("/").await.html.contains("紙の決裁が1件"));
    assert!(first.get("/paper-decisions").await.links().contains(&at));
    let page = first.get(&at).await;
    assert!(page.html.contains("FAX&lt;1&gt;.tif"), "{}", page.html);
    assert!(page.html.contains(&case.to_string()) && page.html.contains("照査"), "{}", page.html);
    assert!(page.html.contains(&format!("/papers/{receipt}/1")), "the scan beside it");
    assert!(page.html.contains(&tasks[1].1), "the block that was not read is named");
    // The manager where the checker's seat is open: told with the rule's own words.
    let number = &tasks[0].1;
    let wrong = said(&page, number, ("approve", "kato-0001", "2026-12-01 9:40"));
    let wrong = first.post(&wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("P05") && wrong.html.contains("name=\"stands\""), "{}", wrong.html);
    let untimed = first.post(&said(&page, number, ("approve", "mori-0001", "朝"))).await;
    assert!(untimed.html.contains("紙の日時を"), "{}", untimed.html);
    let paper = ("approve", "mori-0001", "２０２６／１２／１　９：４０");
    let done = first.post(&said(&page, number, paper)).await;
    assert_eq!(done.to(), format!("{at}?done=second"), "{}", done.html);
    assert!(first.get(&at).await.html.contains("別の方にお願いしてください"));
    // The second sees nothing of what was read.
    let mut second = inside(&stage, "clerk003").await;
    let page = second.get(&at).await;
    assert!(!page.html.contains("mori-0001"), "{}", page.html);
    let done = second.post(&said(&page, number, paper)).await;
    assert_eq!(done.to(), format!("{at}?done=decided"), "{}", done.html);
    let votes = stage.case(case).head.votes;
    assert_eq!(votes.last().map(|vote| vote.by.as_str()), Some("mori-0001"));
    assert_eq!(votes.last().map(|vote| vote.at), Some(stage.clock.now()));
    // The case says how it was decided, and by whom it was read.
    let mut manager = Browser::new(&stage);
    manager.log_in("/login", 3).await;
    let page = manager.get(&format!("/cases/{case}")).await;
    for part in ["紙で決裁", "紙の日時 2026年12月1日 9:40", "入力 clerk001、確認"] {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    let scan = manager.get(&format!("/papers/{receipt}/1")).await;
    assert_eq!(scan.status, StatusCode::OK, "the desk may look at the sheet afterwards");
    let why = manager.get(&format!("/why?q={case}")).await;
    assert!(why.html.contains("紙で決裁（画像 SHA-256"), "{}", why.html);
}

#[tokio::test]
async fn a_second_clerk_sends_back_what_they_cannot_confirm_with_the_reason() {
    let stage = Stage::on_paper();
    waiting(&stage).await;
    let mut printer = inside(&stage, "clerk001").await;
    let print = printer.get("/paper-decisions").await.form("/worklist.pdf");
    printer.post(&print).await;
    stage.clock.forward(45 * 60_000);
    let mut first = inside(&stage, "clerk001").await;
    let tasks = codes(&stage);
    let receipt = fax(&stage, &format!("PAPER 1 QR {} QR {}", tasks[0].0, tasks[1].0));
    let at = format!("/paper-decisions/{receipt}");
    let paper = ("return", "mori-0001", "2026-12-01 9:40");
    let page = first.get(&at).await;
    let silent = first.post(&said(&page, &tasks[0].1, paper)).await;
    assert!(silent.html.contains("理由を入力してください"), "{}", silent.html);
    let form = said(&page, &tasks[0].1, paper).with("reason", "金額が違う");
    assert_eq!(first.post(&form).await.to(), format!("{at}?done=second"));
    let mut second = inside(&stage, "clerk003").await;
    let page = second.get(&at).await;
    assert!(page.html.contains("金額が違う"), "the words of the reason are looked at");
    let refuse = said(&page, &tasks[0].1, paper).with("deed", "refuse");
    let untold = second.post(&refuse).await;
    assert_eq!(untold.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", untold.html);
    let done = second.post(&refuse.with("reason", "印が別の方")).await;
    assert_eq!(done.to(), format!("{at}?done=sent_back"));
    assert!(first.get(&at).await.html.contains("入力 clerk003 さん：印が別の方"));
    // A number that is misread is told by its check digit, and nothing is added.
    let named = first.get(&at).await.forms().into_iter().rfind(|form| form.action == at).unwrap();
    let misread = first.post(&named.with("number", "01234-56789-9").with("deed", "name")).await;
    assert!(misread.html.contains("検査数字が合いません"), "{}", misread.html);
}

#[tokio::test]
async fn a_paper_whose_codes_are_unreadable_moves_from_keying_by_its_number() {
    let stage = Stage::on_paper();
    waiting(&stage).await;
    let mut clerk = inside(&stage, "clerk001").await;
    let print = clerk.get("/paper-decisions").await.form("/worklist.pdf");
    clerk.post(&print).await;
    let number = codes(&stage)[0].1.clone();
    let receipt = fax(&stage, "PAPER 1 dark");
    let at = format!("/paper-decisions/{receipt}");
    let page = clerk.get(&format!("/keying/{receipt}")).await;
    let form = page.form(&at).with("deed", "take");
    let wrong = clerk.post(&form.clone().with("number", "01234")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("11桁の数字"), "{}", wrong.html);
    let done = clerk.post(&form.with("number", &number)).await;
    assert_eq!(done.to(), format!("{at}?done=named"), "{}", done.html);
    assert!(clerk.get(&at).await.html.contains(&number));
    assert_eq!(clerk.get(&format!("/keying/{receipt}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_clerk_of_another_branch_confirms_without_seeing_the_case() {
    let stage = Stage::on_paper();
    let case = waiting(&stage).await;
    let mut printer = inside(&stage, "clerk001").await;
    let print = printer.get("/paper-decisions").await.form("/worklist.pdf");
    printer.post(&print).await;
    stage.clock.forward(45 * 60_000);
    let (code, number) = codes(&stage).swap_remove(0);
    let receipt = fax(&stage, &format!("PAPER 1 QR {code}"));
    let at = format!("/paper-decisions/{receipt}");
    let paper = ("approve", "mori-0001", "2026-12-01 9:40");
    let mut elsewhere = inside(&stage, "clerk002").await;
    let page = elsewhere.get(&at).await;
    assert!(!page.html.contains("name=\"choice\""), "the first reads at the desk: {}", page.html);
    assert!(page.html.contains(&case.to_string()) && !page.html.contains("髙﨑"), "{}", page.html);
    let mut first = inside(&stage, "clerk001").await;
    let page = first.get(&at).await;
    assert!(page.html.contains("髙﨑"), "the desk sees whose it is: {}", page.html);
    first.post(&said(&page, &number, paper)).await;
    let page = elsewhere.get(&at).await;
    let done = elsewhere.post(&said(&page, &number, paper)).await;
    assert_eq!(done.to(), "/paper-decisions?done=decided", "{}", done.html);
    let list = elsewhere.get(done.to()).await;
    assert!(list.html.contains("押印した方の決裁として記録しました"), "{}", list.html);
    assert_eq!(elsewhere.get(&at).await.status, StatusCode::NOT_FOUND, "it has done its part");
    assert_eq!(first.get(&at).await.status, StatusCode::OK);
}
