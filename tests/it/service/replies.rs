//! What goes back to a customer by FAX: at once whether a paper was taken in, and in the end what
//! became of it.

use kessai::domain::{Code, Field, KeyedSheet, KeyingStage, ReceiptNo, Timestamp};
use kessai::ports::{Clock as _, FileVerdict};
use kessai::service::{KeyError, KeyedIn};
use kessai::workflow::VoteKind;

use super::branch::Branch;
use super::bundles;
use super::constructs::enter;
use super::keying::{
    CLERKS, CUSTOMER, PAPER, amounts, branch, case_of, faxed, person, row, sheets,
};
use crate::story::at;

fn reply(branch: &Branch, receipt: ReceiptNo, name: &str) -> Option<String> {
    branch.desk.dispatch_all().unwrap();
    let path = format!("fax/001/{receipt}_fax_{name}.pdf");
    let there = branch.shelf.paths().contains(&path);
    there.then(|| super::forms::text_of(&branch.shelf.bytes(&path)))
}

/// Two people say that it is no request.
fn no_request(branch: &Branch, receipt: ReceiptNo) {
    for (seen, by) in CLERKS.iter().take(2).enumerate() {
        let remark = "かすれて読めません。もう一度お送りください".to_owned();
        let read = KeyedIn { receipt, seen, sheet: None, remark, confirmed: false };
        branch.desk.key_in(&person(branch, by), &read).unwrap();
    }
}

#[test]
fn in_the_end_a_reply_tells_what_became_of_each_request_and_the_branch_what_to_do() {
    let branch = branch();
    branch.enrol(&[CUSTOMER]);
    let receipt = faxed(&branch, "fax.tif", PAPER);
    amounts(&branch, receipt, &["1,000", "1000"]);
    let taken = reply(&branch, receipt, "reply").unwrap();
    assert!(taken.contains("受け付けました") && taken.contains("受付時刻"), "{taken}");
    assert!(!taken.contains("D02"), "how it was typed is nothing to them: {taken}");
    assert_eq!(reply(&branch, receipt, "final_reply"), None, "nothing has ended");
    enter(&branch, case_of(receipt), "clerk001", &[("seal", "ok")]).unwrap();
    branch.vote(case_of(receipt), "check001", VoteKind::Return);
    let ended = reply(&branch, receipt, "final_reply").unwrap();
    for part in ["高崎製作所", "記録されなかった請求があります", "□ 1件目", "1,000 円", "差戻し"]
    {
        assert!(ended.contains(part), "{part} is missing in:\n{ended}");
    }
    let mail = branch.shelf.paths().into_iter().find(|path| path.contains("mail_returned"));
    let (_, mail) = bundles::read(&branch, &mail.unwrap());
    assert!(mail.contains("新しい用紙でお出しいただいてください"), "{mail}");
    assert!(!mail.contains("もう一度フォルダーに"), "{mail}");
}

#[test]
fn what_nobody_could_read_and_what_came_twice_is_answered_where_its_customer_is_known() {
    let branch = branch();
    branch.enrol(&[CUSTOMER]);
    let form = sheets(&branch, "1").codes.remove(0);
    let known = faxed(&branch, "fax.tif", &format!("PAPER 1 QR {form}"));
    no_request(&branch, known);
    let told = reply(&branch, known, "reply").unwrap();
    for part in ["高崎製作所", "お受けできませんでした", "かすれて読めません", "C05"]
    {
        assert!(told.contains(part), "{part} is missing in:\n{told}");
    }
    let advertisement = faxed(&branch, "fax.tif", "PAPER 1 buy now");
    no_request(&branch, advertisement);
    assert_eq!(reply(&branch, advertisement, "reply"), None);
    // The same scan once more.
    let first = faxed(&branch, "fax.tif", PAPER);
    amounts(&branch, first, &["1000", "1000"]);
    let again = faxed(&branch, "fax.tif", PAPER);
    let verdict = branch.store.file(again).unwrap().verdict;
    assert_eq!(verdict, FileVerdict::Held { same_as: first });
    let told = reply(&branch, again, "reply").unwrap();
    assert!(told.contains("保留しています") && told.contains(&first.to_string()), "{told}");
}

#[test]
fn what_a_customer_is_to_know_stands_on_the_reply_though_nothing_is_to_be_mended() {
    let branch = branch();
    branch.clock.forward(7 * 3_600_000);
    let receipt = faxed(&branch, "fax.tif", PAPER);
    let late: Timestamp = at(1, 15, 30);
    for (seen, by) in CLERKS.iter().take(2).enumerate() {
        let rows = vec![row(1, &[(Field::RecordDate, "2026-12-10")])];
        let sheet = Some(KeyedSheet { received: Some(late), rows });
        let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: true };
        let stage = branch.desk.key_in(&person(&branch, by), &read).unwrap();
        assert_eq!(stage == KeyingStage::Settled, seen == 1);
    }
    let told = reply(&branch, receipt, "reply").unwrap();
    assert!(told.contains("※") && told.contains("D11"), "{told}");
}

#[test]
fn a_paper_keyed_in_after_the_approval_deadline_of_its_day_says_which_day_is_left() {
    let branch = branch();
    // It came at ten to three, and is keyed in at half past three.
    branch.clock.forward(at(1, 15, 30).ms() - branch.clock.now().ms());
    let receipt = faxed(&branch, "fax.tif", PAPER);
    let read = |seen: usize, confirmed, day: &str| {
        let rows = vec![row(1, &[(Field::RecordDate, day)])];
        let sheet = Some(KeyedSheet { received: Some(at(1, 14, 50)), rows });
        let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed };
        branch.desk.key_in(&person(&branch, CLERKS[seen]), &read)
    };
    let Err(KeyError::Findings(told)) = read(0, false, "2026-12-01") else { panic!() };
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].code, Code::D35);
    assert!(told[0].ja.contains("2026年12月2日 以降の営業日"), "{}", told[0].ja);
    assert_eq!(read(0, true, "2026-12-01"), Ok(KeyingStage::Second));
    assert_eq!(read(1, false, "2026-12-01"), Ok(KeyingStage::Settled));
    let told = reply(&branch, receipt, "reply").unwrap();
    for part in ["受け付けました", "※", "D35", "そのままでは記録を請求できません"]
    {
        assert!(told.contains(part), "{part} is missing in:\n{told}");
    }
    // What is to be recorded tomorrow can still be approved.
    let receipt = faxed(&branch, "fax.tif", "PAPER 1 another");
    let read = |seen: usize| {
        let rows = vec![row(2, &[(Field::RecordDate, "2026-12-02"), (Field::Amount, "2000")])];
        let sheet = Some(KeyedSheet { received: Some(at(1, 14, 50)), rows });
        let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: false };
        branch.desk.key_in(&person(&branch, CLERKS[seen]), &read)
    };
    assert_eq!((read(0), read(1)), (Ok(KeyingStage::Second), Ok(KeyingStage::Settled)));
    let told = reply(&branch, receipt, "reply").unwrap();
    assert!(!told.contains("D35") && told.contains("取扱店の承認のあと"), "{told}");
}
