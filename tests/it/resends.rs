//! What is stuck is asked for by command and sent again by two people, with the real program.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::cert::{Root, talk};

/// A sample root on a business day of the test environment.
fn root() -> Root {
    let root = Root::of(&["--sample"]);
    root.set("environment = \"production\"", "environment = \"test\"");
    root.set("# test_to", "test_to");
    root.set("# business_date", "business_date");
    root
}

fn told(root: &Root, args: &[&str]) -> Vec<Value> {
    let output = root.kessai(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{}", talk(&output));
    serde_json::from_slice::<Value>(&output.stdout).unwrap().as_array().unwrap().clone()
}

fn approve(root: &Root, case: &str, user: &str) -> Output {
    let users = fs::read_to_string(root.path.join("SAMPLE-USERS.txt")).unwrap();
    let row = users.lines().find(|row| row.starts_with(&format!("{user}\t"))).unwrap();
    let words: Vec<&str> = row.split('\t').collect();
    let file = root.path.join(format!("pw-{user}"));
    fs::write(&file, format!("{}\n{}\n", words[1], words[2])).unwrap();
    let file = file.to_str().unwrap();
    root.kessai(&["approve", case, "--user", user, "--password-file", file])
}

#[test]
fn a_command_asks_for_what_is_stuck_and_two_people_send_it() {
    let root = root();
    let drain = || assert!(root.kessai(&["run", "--drain"]).status.success());
    // Somebody else's file has the name of the mail.
    let mail = root.path.join("outbox/mail/20261201-000001-4_mail_accepted.eml");
    fs::create_dir_all(mail.parent().unwrap()).unwrap();
    fs::write(&mail, "another").unwrap();
    assert!(root.kessai(&["cert", "renew", "mail", "--desk", "001"]).status.success());
    drain();
    let stuck = told(&root, &["mail", "list"]);
    let [one] = stuck.as_slice() else { panic!("{stuck:?}") };
    assert_eq!(
        (&one["effect"], &one["state"]),
        (&"20261201-000001-4/mail/accepted".into(), &"dead".into())
    );
    let name = one["effect"].as_str().unwrap();
    fs::remove_file(&mail).unwrap();
    let alone = root.kessai(&["mail", "resend", name, "--user", "mori0001"]);
    assert_eq!(alone.status.code(), Some(3), "there is no way for one: {}", talk(&alone));
    let asked =
        root.kessai(&["mail", "resend", name, "--desk", "001", "--reason", "別のファイルを除いた"]);
    assert!(asked.status.success(), "{}", talk(&asked));
    drain();
    let cases = told(&root, &["list"]);
    let case = cases.iter().find(|case| case["workflow"] == "resends").unwrap();
    let case = case["case"].as_str().unwrap();
    assert!(approve(&root, case, "sato0001").status.success());
    assert_eq!(approve(&root, case, "sato0001").status.code(), Some(1), "the same twice");
    drain();
    assert!(!mail.exists(), "not by one");
    assert!(approve(&root, case, "mori0001").status.success());
    drain();
    assert!(fs::read_to_string(&mail).unwrap().starts_with("From: "), "sent by the second");
    assert_eq!(told(&root, &["mail", "list"]), Vec::<Value>::new());
}
