//! Notices have numbers: whether, when and to whom one went.

use kessai::domain::Organisation;
use kessai::ports::{EffectState, NoticeRecord};
use kessai::service::Desk;
use kessai::store::{Embedded, Memory};
use std::sync::Arc;

use super::branch::{Branch, Setup};
use crate::mails::text_of;
use crate::story::user;

fn waiting() -> Branch {
    let branch = Branch::staffed(Setup::default());
    branch.waiting("a.csv", 1..=3);
    branch
}

fn to(branch: &Branch, id: &str) -> Vec<NoticeRecord> {
    branch.store.notices_to(&[id], 99)
}

#[test]
fn the_number_in_a_mail_tells_when_and_where_it_went() {
    let branch = waiting();
    let asked = to(&branch, "sato0001").remove(0);
    assert_eq!((asked.state, asked.sent), (EffectState::Owed, None));
    let number = asked.number.to_string();
    let told = branch.desk.notice_asked(&number, None).unwrap();
    assert_eq!((told.title, told.state.contains("まだ送っていません")), ("承認のお願い", true));
    branch.clock.forward(60_000);
    branch.desk.dispatch_all().unwrap();
    let mails = branch.shelf.take_away("request");
    let mine = mails.iter().find(|(path, _)| path.contains("sato0001")).unwrap();
    let text = text_of(mine.1);
    assert!(text.contains(&format!("お知らせ番号 {number}（")), "{text}");
    let told = branch.desk.notice_asked(&number, None).unwrap();
    assert_eq!(told.to, "sato0001さん（sato0001）");
    assert_eq!(told.way, "sato0001@example.jp");
    assert_eq!(told.sent.unwrap().ms() - told.owed.ms(), 60_000);
    assert!(told.state.ends_with("に送りました"), "{}", told.state);
    // Every notice has its own; what is no notice has none that is kept.
    let all = branch.store.notices_to(&["sato0001", "mori0001", "987654321"], 99);
    let what: Vec<&str> = all.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(what, ["mail/accepted", "request", "request"]);
    assert!(all.windows(2).all(|two| two[0].number > two[1].number));
}

#[test]
fn a_notice_that_waits_or_is_stuck_says_so_and_why_for_the_bank_alone() {
    let branch = waiting();
    branch.shelf.cannot_stage.lock().unwrap().insert("mail/");
    let number = to(&branch, "sato0001")[0].number.to_string();
    branch.desk.dispatch_all().unwrap();
    let told = branch.desk.notice_asked(&number, None).unwrap();
    assert!(told.state.contains("後で送りなおします"), "{}", told.state);
    assert_eq!((told.why.as_str(), told.way.as_str()), ("the folder is full", ""));
    for _ in 0..12 {
        branch.clock.forward(86_400_000);
        branch.desk.dispatch_all().unwrap();
    }
    let told = branch.desk.notice_asked(&number, None).unwrap();
    assert!(told.state.contains("担当者が確かめています"), "{}", told.state);
}

#[test]
fn a_customer_finds_its_own_notices_and_no_other() {
    let branch = waiting();
    branch.desk.dispatch_all().unwrap();
    let person = |id: &str| branch.desk.person(&user(id)).unwrap();
    let (sato, check) = (person("sato0001"), person("check001"));
    let mori = to(&branch, "mori0001")[0].number.to_string();
    assert_eq!(branch.desk.notice_asked(&mori, Some(&sato)), None, "a colleague's own mail");
    assert!(branch.desk.notice_asked(&mori, Some(&check)).is_some());
    let own = branch.desk.notices_for(&sato);
    let titles: Vec<&str> = own.iter().map(|one| one.title).collect();
    assert_eq!(titles, ["ファイル受付のお知らせ", "承認のお願い"]);
    assert_eq!(branch.desk.notices_to_person(&sato.id).len(), 1);
    let mut stranger = sato.clone();
    stranger.id = user("other001");
    stranger.organisation = Organisation::parse("customer:123456789").unwrap();
    for one in &own {
        assert_eq!(branch.desk.notice_asked(&one.number, Some(&stranger)), None);
    }
    // Whoever looks at some kinds only is told what is for them alone.
    let some = kessai::domain::Person { roles: vec!["inquire:20".to_owned()], ..sato };
    assert_eq!(branch.desk.notices_for(&some).len(), 1);
}

#[test]
fn numbers_are_the_same_from_the_journal_and_from_the_checkpoint() {
    let var = tempfile::tempdir().unwrap();
    let open = || Embedded::open(var.path(), kessai::domain::Timestamp::from_ms(0)).unwrap().0;
    let known = {
        let branch = Branch::over(Arc::new(open()), Setup::default()).with_people();
        branch.waiting("a.csv", 1..=3);
        branch.desk.dispatch_all().unwrap();
        branch.waiting("b.csv", 4..=6);
        branch.store.checkpoint().unwrap();
        branch.waiting("c.csv", 7..=9);
        let known = branch.store.notices_to(&["sato0001", "987654321"], 99);
        drop(branch);
        known
    };
    assert_eq!((known.len(), known.iter().filter(|one| one.sent.is_some()).count()), (6, 2));
    let read = |store: &dyn kessai::ports::Store| store.notices_to(&["sato0001", "987654321"], 99);
    assert_eq!(read(&open()), known, "from the checkpoint");
    std::fs::remove_dir_all(var.path().join("sled")).unwrap();
    assert_eq!(read(&open()), known, "from the journal alone");
    let journal = var.path().join("journal");
    let then = Memory::as_of(&journal, kessai::domain::Timestamp::from_ms(i64::MAX)).unwrap();
    assert_eq!(read(&then), known, "as of a moment");
}

#[test]
fn a_mail_made_again_after_a_stop_has_its_number_still() {
    let mut branch = waiting();
    let number = to(&branch, "sato0001")[0].number.to_string();
    branch.stopped_at(kessai::ports::Step::Published, 1, Desk::dispatch_all);
    branch.shelf.take_away("mail/");
    branch.shelf.forget_staged();
    branch.restart();
    branch.desk.dispatch_all().unwrap();
    let mails = branch.shelf.take_away("sato0001");
    let text = text_of(mails.values().next().unwrap());
    assert!(text.contains(&number), "{text}");
    assert!(branch.desk.notice_asked(&number, None).unwrap().sent.is_some());
}
