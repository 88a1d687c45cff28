//! Passwords people choose, their mail address, and what masters do with users.

use kessai::domain::{ApprovalPattern, Organisation, Person, Today, UserNumber};
use kessai::ports::{Admission, Clock as _, Method, PasswordKind};
use kessai::service::{
    AccountError, DecideError, LoginError, NewUser, OneTime, Passwords, Policy, Wanted, Weak, Wish,
};
use kessai::workflow::{Refusal, UserDeed, VoteKind};

use super::branch::{Branch, Setup, rulebook_with};
use crate::story::user;

pub(super) const MASTER: &str = "master01";
const NEW: &str = "nakano01";

/// A customer with a master besides the approver `sato0001`, and another customer's user.
fn branch() -> Branch {
    with_master(Branch::staffed(Setup::default()))
}

pub(super) fn with_master(branch: Branch) -> Branch {
    let people = [
        (MASTER, "987654321", vec!["master", "approve"]),
        ("other001", "222222222", vec!["approve"]),
    ];
    for (id, customer, roles) in people {
        let person = Person {
            id: user(id),
            name: format!("{id}さん"),
            organisation: Organisation::Customer(UserNumber::parse(customer).unwrap()),
            roles: roles.into_iter().map(str::to_owned).collect(),
            email: format!("{id}@example.jp"),
            stands_for: Vec::new(),
            today: Today::default(),
        };
        let passwords =
            Passwords { login: format!("login-{id}"), approval: format!("approval-{id}") };
        branch.desk.add_user(NewUser { person, passwords }).unwrap();
    }
    branch
}

fn wanted(deed: UserDeed, roles: &[&str]) -> Wanted {
    Wanted {
        deed,
        name: "中野 三郎".into(),
        email: "nakano@example.jp".into(),
        roles: roles.iter().map(ToString::to_string).collect(),
        accounts: None,
        like: None,
        same_as: None,
    }
}

fn change(
    branch: &Branch,
    id: &str,
    (deed, roles): (UserDeed, &[&str]),
) -> Result<Option<OneTime>, AccountError> {
    let password = format!("approval-{MASTER}");
    let wanted = wanted(deed, roles);
    branch.desk.change_user_of(&user(MASTER), (&user(id), &wanted), (&password, false))
}

fn registered(branch: &Branch, roles: &[&str]) -> OneTime {
    change(branch, NEW, (UserDeed::Register, roles)).unwrap().unwrap()
}

/// The text of every mail that went out to an address since the last time.
fn mails_to(branch: &Branch, address: &str) -> Vec<String> {
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths().into_iter().filter(|path| path.starts_with("mail/"));
    let mails = paths.map(|path| super::bundles::read(branch, &path));
    let to = paths_with(branch, address);
    mails.zip(to).filter(|(_, is)| *is).map(|((subject, text), _)| subject + "\n" + &text).collect()
}

fn paths_with(branch: &Branch, address: &str) -> Vec<bool> {
    let paths = branch.shelf.paths().into_iter().filter(|path| path.starts_with("mail/"));
    paths
        .map(|path| {
            let mail = branch.shelf.bytes(&path);
            String::from_utf8_lossy(&mail).contains(&format!("<{address}>"))
        })
        .collect()
}

#[test]
fn a_new_user_begins_with_passwords_good_for_choosing_only() {
    let branch = branch();
    let one_time = registered(&branch, &["approve"]);
    let desk = &branch.desk;
    let verified = desk.verify(&user(NEW), PasswordKind::Login, &one_time.login).unwrap();
    assert!(verified.must_choose);
    // Groups and case are for reading only.
    let typed = one_time.login.replace('-', "").to_lowercase();
    assert!(desk.verify(&user(NEW), PasswordKind::Login, &typed).is_ok());
    let acts = desk.check_password(&user(NEW), PasswordKind::Approval, &one_time.approval);
    assert_eq!(acts.unwrap_err(), LoginError::MustChoose, "it decides nothing");
    let choose = |kind, now: &str, new: &str| desk.choose_password(&user(NEW), kind, (now, new));
    choose(PasswordKind::Login, &one_time.login, "a word of mine").unwrap();
    assert!(matches!(
        choose(PasswordKind::Approval, &one_time.approval, "a word of mine"),
        Err(AccountError::Equal)
    ));
    choose(PasswordKind::Approval, &one_time.approval, "and another one").unwrap();
    assert!(desk.check_password(&user(NEW), PasswordKind::Approval, "and another one").is_ok());
    assert!(desk.verify(&user(NEW), PasswordKind::Login, &one_time.login).is_err());
    let told = mails_to(&branch, "nakano@example.jp");
    assert_eq!(told.len(), 3, "registered, and each password: {told:?}");
    assert!(told.iter().all(|mail| !mail.contains(&one_time.login)), "no secret in a mail");
}

#[test]
fn a_one_time_password_opens_for_a_day_and_no_longer() {
    let branch = branch();
    let one_time = registered(&branch, &["approve"]);
    branch.clock.forward(24 * 3_600_000 - 1);
    assert!(branch.desk.verify(&user(NEW), PasswordKind::Login, &one_time.login).is_ok());
    branch.clock.forward(1);
    assert!(branch.desk.verify(&user(NEW), PasswordKind::Login, &one_time.login).is_err());
    let again = change(&branch, NEW, (UserDeed::Reset, &[])).unwrap().unwrap();
    assert_ne!(again.login, one_time.login);
    assert!(branch.desk.verify(&user(NEW), PasswordKind::Login, &again.login).is_ok());
}

#[test]
fn own_passwords_need_the_old_one_and_are_none_that_is_soon_guessed() {
    let branch = branch();
    let mut rules = rulebook_with(Setup::default(), super::branch::ACCRUAL);
    rules.passwords = Policy::default();
    branch.desk.put_in_force(rules);
    let (login, id) = (PasswordKind::Login, user(MASTER));
    let old = format!("login-{MASTER}");
    let choose = |now: &str, new: &str| branch.desk.choose_password(&id, login, (now, new));
    let fine = "salt river eleven moth";
    assert!(matches!(choose("a guess", fine), Err(AccountError::Password(LoginError::Refused))));
    assert!(matches!(choose(&old, "too short"), Err(AccountError::Weak(Weak::Short(15)))));
    assert!(matches!(choose(&old, "passwordpassword"), Err(AccountError::Weak(Weak::Guessed))));
    choose(&old, fine).unwrap();
    assert!(matches!(choose(fine, fine), Err(AccountError::Equal)), "the old one is no new one");
}

#[test]
fn the_fifth_wrong_password_is_told_to_its_owner() {
    let branch = branch();
    for n in 1..=5 {
        let guess = branch.desk.check_password(&user(MASTER), PasswordKind::Approval, "a guess");
        assert!(guess.is_err());
        let told = mails_to(&branch, "master01@example.jp");
        assert_eq!(told.len(), usize::from(n == 5), "{told:?}");
    }
    let told = mails_to(&branch, "master01@example.jp").remove(0);
    assert!(told.contains("承認パスワードが使えなくなりました"), "{told}");
}

#[test]
fn a_mail_address_counts_once_its_number_is_typed_in_and_both_are_told() {
    let branch = branch();
    let (desk, id) = (&branch.desk, user(MASTER));
    let approval = format!("approval-{MASTER}");
    let (old, new) = ("master01@example.jp", "new@example.jp");
    assert!(matches!(desk.ask_email(&id, &approval, "nowhere"), Err(AccountError::Address(_))));
    assert!(matches!(desk.ask_email(&id, "a guess", new), Err(AccountError::Password(_))));
    desk.ask_email(&id, &approval, new).unwrap();
    let asked = mails_to(&branch, new).remove(0);
    let number = asked.split("確認番号: ").nth(1).unwrap()[..8].to_owned();
    assert!(!mails_to(&branch, old)[0].contains(&number));
    assert_eq!(branch.store.user(&id).unwrap().person.email, old, "not yet");
    assert!(matches!(desk.confirm_email(&id, "00000000"), Err(AccountError::Number)));
    assert!(matches!(desk.confirm_email(&id, &number), Err(AccountError::Number)), "one try");
    branch.clock.forward(1);
    desk.ask_email(&id, &approval, new).unwrap();
    desk.confirm_email(&id, &number).unwrap();
    assert_eq!(branch.store.user(&id).unwrap().person.email, new);
    for address in [old, new] {
        let told = mails_to(&branch, address);
        assert!(
            told.iter().any(|mail| mail.contains("メールアドレスが変更されました")),
            "{told:?}"
        );
    }
}

#[test]
fn masters_change_users_of_their_own_customer_and_nobody_elses() {
    let branch = branch();
    let refused = |by: &str, id: &str, deed| {
        let (password, wanted) = (format!("approval-{by}"), wanted(deed, &["approve"]));
        let told = (password.as_str(), false);
        branch.desk.change_user_of(&user(by), (&user(id), &wanted), told).unwrap_err()
    };
    for by in ["sato0001", "check001", "other001"] {
        assert!(matches!(refused(by, NEW, UserDeed::Register), AccountError::NotYours), "{by}");
    }
    for deed in [UserDeed::Suspend, UserDeed::Reset, UserDeed::Alter] {
        assert!(matches!(refused(MASTER, "other001", deed), AccountError::NotYours));
        assert!(matches!(refused(MASTER, "check001", deed), AccountError::NotYours));
    }
    assert!(matches!(refused(MASTER, "sato0001", UserDeed::Register), AccountError::Taken(_)));
    assert!(matches!(refused(MASTER, "sato0001", UserDeed::Unlock), AccountError::AskTheBank(_)));
    assert!(matches!(refused(MASTER, MASTER, UserDeed::Reset), AccountError::AskTheBank(_)));
    change(&branch, NEW, (UserDeed::Register, &["master"])).unwrap();
    assert!(
        matches!(refused(MASTER, NEW, UserDeed::Reset), AccountError::AskTheBank(_)),
        "a master is reset by the bank"
    );
    // The address a master writes for somebody who is registered counts for nothing.
    change(&branch, "sato0001", (UserDeed::Alter, &["approve", "inquire"])).unwrap();
    let sato = branch.store.user(&user("sato0001")).unwrap().person;
    assert_eq!((sato.name.as_str(), sato.email.as_str()), ("中野 三郎", "sato0001@example.jp"));
    assert!(matches!(
        change(&branch, "sato0001", (UserDeed::Alter, &["approver"])),
        Err(AccountError::Authority(_))
    ));
}

#[test]
fn the_last_master_stays_and_too_few_approvers_are_told_first() {
    let branch = branch();
    let last = change(&branch, MASTER, (UserDeed::Alter, &["approve"]));
    assert!(matches!(last, Err(AccountError::LastMaster)), "{last:?}");
    // The contract asks for one: of three two may go, and the last not without being told.
    assert_eq!(branch.desk.approvers_needed(UserNumber::parse("987654321").unwrap()), 1);
    for id in ["sato0001", "mori0001"] {
        change(&branch, id, (UserDeed::Suspend, &[])).unwrap();
    }
    let told = change(&branch, MASTER, (UserDeed::Alter, &["master"]));
    assert!(matches!(told, Err(AccountError::LastApprover { left: 0, needed: 1 })), "{told:?}");
    let (password, wanted) = (format!("approval-{MASTER}"), wanted(UserDeed::Alter, &["master"]));
    let anyway = (password.as_str(), true);
    branch.desk.change_user_of(&user(MASTER), (&user(MASTER), &wanted), anyway).unwrap();
    let organisation = Organisation::Customer(UserNumber::parse("987654321").unwrap());
    assert!(branch.desk.who_approves(organisation).contains("承認できる方：いません"));
}

#[test]
fn whoever_is_suspended_or_removed_comes_in_nowhere_and_fills_no_seat() {
    let branch = branch();
    let case = branch.waiting("a.csv", 1..=1);
    change(&branch, "sato0001", (UserDeed::Suspend, &[])).unwrap();
    assert_eq!(branch.desk.admission(&user("sato0001")), Admission::Suspended);
    let login = branch.desk.verify(&user("sato0001"), PasswordKind::Login, "login-sato0001");
    assert_eq!(login.unwrap_err(), LoginError::Refused);
    assert!(branch.desk.person(&user("sato0001")).is_none());
    let vote = || branch.wish(case, "sato0001", Wish::Vote(VoteKind::Approve, None), &[]);
    assert!(vote().is_err());
    change(&branch, "sato0001", (UserDeed::Resume, &[])).unwrap();
    assert!(branch.desk.verify(&user("sato0001"), PasswordKind::Login, "login-sato0001").is_ok());
    vote().unwrap();
    registered(&branch, &["approve"]);
    change(&branch, NEW, (UserDeed::Remove, &[])).unwrap();
    let again = change(&branch, NEW, (UserDeed::Register, &["approve"]));
    assert!(matches!(again, Err(AccountError::Taken(_))), "an ID is given once: {again:?}");
    assert!(branch.desk.users().iter().all(|one| one.person.id != user(NEW)));
}

#[test]
fn an_approver_of_one_kind_approves_no_other() {
    let branch = branch();
    let one_time = registered(&branch, &["approve:20"]);
    let (approval, own) = (&*one_time.approval, "approval-nakano01");
    branch.desk.choose_password(&user(NEW), PasswordKind::Approval, (approval, own)).unwrap();
    let case = branch.waiting("a.csv", 1..=1);
    let refused = branch.wish(case, NEW, Wish::Vote(VoteKind::Approve, None), &[]);
    let refused = refused.unwrap_err();
    assert!(matches!(refused, DecideError::Refused(Refusal::NotYourSeat)), "{refused}");
    change(&branch, NEW, (UserDeed::Alter, &["approve:11"])).unwrap();
    branch.wish(case, NEW, Wish::Vote(VoteKind::Approve, None), &[]).unwrap();
}

/// A customer whose requests take two approvers.
fn double() -> Branch {
    let setup = Setup { pattern: ApprovalPattern::DoubleAny, ..Setup::default() };
    with_master(Branch::staffed(setup))
}

fn joined(branch: &Branch, id: &str, with: &str, anyway: bool) -> Result<(), AccountError> {
    let password = format!("approval-{MASTER}");
    let name = branch.store.user(&user(id)).unwrap().person.name;
    let wanted = Wanted { name, same_as: Some(user(with)), ..wanted(UserDeed::Alter, &[]) };
    let told = (password.as_str(), anyway);
    branch.desk.change_user_of(&user(MASTER), (&user(id), &wanted), told).map(|_| ())
}

#[test]
fn joined_ids_are_one_human_in_seats_sentences_and_for_ever() {
    let branch = double();
    let organisation = Organisation::Customer(UserNumber::parse("987654321").unwrap());
    change(&branch, MASTER, (UserDeed::Alter, &["master"])).unwrap();
    let case = branch.waiting("a.csv", 1..=1);
    branch.wish(case, "sato0001", Wish::Vote(VoteKind::Approve, None), &[]).unwrap();
    // Two approve and two must: that both are one human is told first.
    let told = joined(&branch, "mori0001", "sato0001", false);
    assert!(matches!(told, Err(AccountError::LastApprover { left: 1, needed: 2 })), "{told:?}");
    joined(&branch, "mori0001", "sato0001", true).unwrap();
    let second = branch.wish(case, "mori0001", Wish::Vote(VoteKind::Approve, None), &[]);
    let second = second.unwrap_err();
    assert!(matches!(second, DecideError::Refused(Refusal::AlreadyDecided)), "{second}");
    let sentence = branch.desk.who_approves(organisation);
    assert!(sentence.contains("承認できる方：mori0001さん。"), "{sentence}");
    for address in ["sato0001@example.jp", "mori0001@example.jp"] {
        let told = mails_to(&branch, address);
        assert!(told.iter().any(|mail| mail.contains("同じ方のもの")), "{address}: {told:?}");
    }
    // Nobody at the customer parts them, whatever becomes of names, addresses and IDs.
    assert!(matches!(
        change(&branch, "mori0001", (UserDeed::Part, &[])),
        Err(AccountError::AskTheBank(_))
    ));
    assert!(matches!(joined(&branch, "sato0001", "mori0001", true), Err(AccountError::Nothing)));
    assert!(matches!(
        joined(&branch, "sato0001", "other001", true),
        Err(AccountError::NotAnother(_))
    ));
    let (password, gone) = (format!("approval-{MASTER}"), wanted(UserDeed::Remove, &[]));
    let told = (password.as_str(), true);
    branch.desk.change_user_of(&user(MASTER), (&user("sato0001"), &gone), told).unwrap();
    let second = branch.wish(case, "mori0001", Wish::Vote(VoteKind::Approve, None), &[]);
    assert!(second.is_err(), "an ID that is no more has still approved");
}

#[test]
fn users_with_one_shared_mailbox_are_two_humans() {
    let branch = double();
    let (password, mut new) =
        (format!("approval-{MASTER}"), wanted(UserDeed::Register, &["approve"]));
    new.email = "sato0001@example.jp".into();
    let handed = branch.desk.change_user_of(&user(MASTER), (&user(NEW), &new), (&password, false));
    let approval = handed.unwrap().unwrap().approval;
    let own = (approval.as_str(), "approval-nakano01");
    branch.desk.choose_password(&user(NEW), PasswordKind::Approval, own).unwrap();
    let case = branch.waiting("a.csv", 1..=1);
    for id in ["sato0001", NEW] {
        branch.wish(case, id, Wish::Vote(VoteKind::Approve, None), &[]).unwrap();
    }
    // Whoever opens the mailbox sees for whom each mail is.
    let told = mails_to(&branch, "sato0001@example.jp");
    let named = |name: &str, id: &str| {
        let line = format!("このメールは {name} 様（ユーザーID *****{id}）宛てです。");
        told.iter().filter(|mail| mail.contains(&line)).count()
    };
    let name = branch.store.user(&user("sato0001")).unwrap().person.name;
    let (sato, nakano) = (named(&name, "001"), named("中野 三郎", "o01"));
    assert!(sato >= 1 && nakano >= 3, "{sato} {nakano} {told:#?}");
    assert_eq!(sato + nakano, told.len(), "{told:#?}");
}

#[test]
fn a_certificate_ends_with_the_contract_and_a_later_contract_does_not_bring_it_back() {
    let branch = branch();
    let row = |closed: &str| {
        format!(
            "222222222,法人,新しいお客様,ｱﾀﾗｼｲ,,,001,通常,2026-11-20,{closed},b@example.jp,\
             0001,001,1,2222222,,"
        )
    };
    branch.enrol(&[&row("2026-12-02")]);
    let (desk, other) = (&branch.desk, user("other001"));
    desk.require_certificate(&other).unwrap();
    let issued = desk.issue_certificate(&other, b"a key", branch.clock.now()).unwrap().certificate;
    let admitted = || {
        desk.tick().unwrap();
        desk.admits(&other, Some(issued.fingerprint))
    };
    assert!(admitted());
    branch.clock.forward(24 * 3_600_000);
    assert!(admitted(), "the last day");
    branch.clock.forward(24 * 3_600_000);
    assert!(!admitted());
    branch.enrol(&[&row("")]);
    assert!(!admitted());
    assert_eq!(desk.method(&other), Method::Certificate, "what was agreed stays");
    let told = mails_to(&branch, "other001@example.jp");
    assert_eq!(told.len(), 3, "the method, the certificate and its end: {told:?}");
    // A certificate that reached its own end opens nothing either, and makes room for another.
    let again = desk.issue_certificate(&other, b"a key", branch.clock.now()).unwrap().certificate;
    assert!(desk.admits(&other, Some(again.fingerprint)));
    branch.clock.forward(366 * 24 * 3_600_000);
    assert!(!desk.admits(&other, Some(again.fingerprint)));
    assert!(desk.issue_certificate(&other, b"a key", branch.clock.now()).is_ok());
}
