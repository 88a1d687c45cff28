//! Passwords: what guessing gets.

use std::sync::Mutex;

use kessai::ports::PasswordKind;
use kessai::service::{EnrolError, LoginError, NewUser, Passwords, Weak};

use super::branch::{Branch, Setup};
use crate::story::user;

fn branch() -> Branch {
    Branch::staffed(Setup::default())
}

fn tried(branch: &Branch, id: &str, kind: PasswordKind, password: &str) -> bool {
    match branch.desk.check_password(&user(id), kind, password) {
        Ok(person) => {
            assert_eq!(person.id, user(id));
            true
        }
        Err(LoginError::Refused) => false,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn five_wrong_guesses_lock_that_password_alone() {
    let branch = branch();
    for _ in 0..5 {
        assert!(!tried(&branch, "sato0001", PasswordKind::Approval, "a guess"));
    }
    assert!(!tried(&branch, "sato0001", PasswordKind::Approval, "approval-sato0001"));
    assert!(tried(&branch, "sato0001", PasswordKind::Login, "login-sato0001"));
    assert!(tried(&branch, "mori0001", PasswordKind::Approval, "approval-mori0001"));
}

#[test]
fn a_right_password_begins_the_count_anew() {
    let branch = branch();
    for _ in 0..3 {
        for _ in 0..4 {
            assert!(!tried(&branch, "sato0001", PasswordKind::Login, "a guess"));
        }
        assert!(tried(&branch, "sato0001", PasswordKind::Login, "login-sato0001"));
    }
}

#[test]
fn fifty_guesses_at_once_are_five_guesses() {
    let branch = branch();
    std::thread::scope(|scope| {
        for n in 0..50 {
            let branch = &branch;
            scope.spawn(move || {
                assert!(!tried(branch, "sato0001", PasswordKind::Login, &format!("guess {n}")));
            });
        }
    });
    assert_eq!(*branch.hasher.compared.lock().unwrap(), 5);
    assert_eq!(branch.store.user(&user("sato0001")).unwrap().credentials.login.failures, 5);
    assert!(!tried(&branch, "sato0001", PasswordKind::Login, "login-sato0001"));
}

#[test]
fn one_password_is_never_the_other_and_an_unknown_id_tells_nothing() {
    let branch = branch();
    assert!(!tried(&branch, "sato0001", PasswordKind::Approval, "login-sato0001"));
    assert!(!tried(&branch, "nobody01", PasswordKind::Login, "login-sato0001"));
}

#[test]
fn passwords_differ_and_are_long_enough() {
    let branch = branch();
    let add = |login: &str, approval: &str| {
        let mut person = branch.store.user(&user("sato0001")).unwrap().person;
        person.id = user("nitta001");
        let passwords = Passwords { login: login.to_owned(), approval: approval.to_owned() };
        branch.desk.add_user(NewUser { person, passwords })
    };
    assert!(matches!(add("long enough", "long enough"), Err(EnrolError::Equal)));
    assert!(matches!(add("short", "long enough"), Err(EnrolError::Weak(Weak::Short(8)))));
    add("long enough", "quite another").unwrap();
    assert!(matches!(add("long enough", "quite another"), Err(EnrolError::Taken(_))));
}

#[test]
fn of_fifty_right_answers_at_once_all_are_right() {
    let branch = branch();
    let right = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                if tried(&branch, "sato0001", PasswordKind::Login, "login-sato0001") {
                    *right.lock().unwrap() += 1;
                }
            });
        }
    });
    assert_eq!(*right.lock().unwrap(), 50);
}
