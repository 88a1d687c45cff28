//! Signed mails: the same bytes whatever stops the program, and none without a signature.

use kessai::ports::{EffectState, Step};
use kessai::render::daily::IncidentKind;
use kessai::service::Desk;

use super::branch::{Branch, Setup};

fn waiting() -> Branch {
    let branch = Branch::staffed(Setup::default());
    branch.waiting("a.csv", 1..=3);
    branch
}

fn mails(branch: &Branch) -> usize {
    branch.shelf.paths().iter().filter(|path| path.starts_with("mail/")).count()
}

#[test]
fn a_mail_that_may_be_out_goes_out_again_with_the_same_bytes() {
    for step in [Step::Publishing, Step::Published, Step::Delivered] {
        let mut branch = waiting();
        branch.stopped_at(step, 1, Desk::dispatch_all);
        let out = branch.shelf.take_away("mail/");
        assert_eq!(out.is_empty(), step == Step::Publishing, "{step:?}");
        branch.restart();
        branch.desk.dispatch_all().unwrap();
        assert!(branch.owed().is_empty(), "{step:?} {:?}", branch.owed());
        let again = branch.shelf.take_away("mail/");
        assert_eq!(again.len() + usize::from(step == Step::Delivered) * out.len(), 3, "{step:?}");
        for (path, bytes) in &out {
            assert!(again.get(path).is_none_or(|again| again == bytes), "{step:?} {path}");
        }
    }
}

#[test]
fn a_mail_that_cannot_become_visible_keeps_its_signature() {
    let branch = waiting();
    branch.shelf.cannot_publish.lock().unwrap().insert("mail/");
    branch.desk.dispatch_all().unwrap();
    let signatures = || -> Vec<_> {
        let owed = branch.store.effects(usize::MAX).into_iter();
        owed.filter_map(|one| match one.state {
            EffectState::Made { signature, attempt, .. } => Some((signature, attempt)),
            _ => None,
        })
        .collect()
    };
    let first = signatures();
    assert_eq!(first.iter().map(|(_, attempt)| *attempt).collect::<Vec<_>>(), [1, 1, 1]);
    branch.clock.forward(60_000);
    branch.desk.dispatch_all().unwrap();
    let second: Vec<_> = first.iter().map(|(signature, _)| (*signature, 2)).collect();
    assert_eq!(signatures(), second);
    branch.shelf.cannot_publish.lock().unwrap().clear();
    branch.clock.forward(60_000);
    branch.desk.dispatch_all().unwrap();
    assert_eq!((mails(&branch), branch.owed().len()), (3, 0));
}

#[test]
fn a_signed_mail_that_would_say_something_else_is_given_to_a_person() {
    let mut branch = waiting();
    branch.stopped_at(Step::Published, 1, Desk::dispatch_all);
    assert_eq!(branch.shelf.take_away("mail/").len(), 2);
    *branch.stamp.issuer.lock().unwrap() = "別の認証局";
    branch.restart();
    branch.desk.dispatch_all().unwrap();
    let left = branch.store.effects(usize::MAX);
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|one| one.state.name() == "dead"), "{left:?}");
}

#[test]
fn a_signed_mail_that_lies_ready_goes_out_whatever_it_would_say_now() {
    for step in [Step::Publishing, Step::Published] {
        let mut branch = waiting();
        branch.stopped_at(step, 1, Desk::dispatch_all);
        *branch.stamp.issuer.lock().unwrap() = "別の認証局";
        branch.restart();
        branch.desk.dispatch_all().unwrap();
        assert_eq!((mails(&branch), branch.owed().len()), (3, 0), "{step:?}");
    }
}

#[test]
fn while_the_certificate_has_ended_files_go_and_mails_wait() {
    let branch = waiting();
    let now = branch.desk.clock.now();
    *branch.stamp.until.lock().unwrap() = now.plus_ms(-1);
    for _ in 0..20 {
        branch.desk.dispatch_all().unwrap();
        branch.clock.forward(60_000);
    }
    assert_eq!(mails(&branch), 0);
    assert!(branch.shelf.paths().iter().any(|path| path.ends_with("_result.csv")));
    let owed = branch.store.effects(usize::MAX);
    assert_eq!(owed.len(), 3);
    assert!(owed.iter().all(|one| one.state == EffectState::Owed), "{owed:?}");
    let told = branch.desk.status().certificate.unwrap();
    assert!(told.contains("切れました"), "{told}");
    branch.desk.renew_certificate(now).unwrap();
    assert_eq!(branch.desk.status().certificate, None);
    branch.desk.dispatch_all().unwrap();
    assert_eq!((mails(&branch), branch.owed().len()), (3, 0));
}

#[test]
fn the_end_of_the_certificate_is_told_sixty_days_before() {
    let branch = waiting();
    let now = branch.desk.clock.now();
    let incidents = |days: i64| {
        *branch.stamp.until.lock().unwrap() = now.plus_ms(days * 86_400_000);
        branch.desk.tick().unwrap();
        let reports = branch.desk.daily_reports(now.date()).unwrap();
        let all = reports.into_iter().flat_map(|report| report.incidents);
        all.filter(|one| one.kind == IncidentKind::Certificate).map(|one| one.text).next()
    };
    assert_eq!(incidents(61), None);
    for days in [60, 30, 7, 1, 0] {
        let told = incidents(days).unwrap();
        assert!(told.contains(&format!("あと{days}日")), "{told}");
    }
}
