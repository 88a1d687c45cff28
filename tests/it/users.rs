//! A branch hands in a sheet about users; two people approve it, and nobody chooses a password for
//! somebody else.

use kessai::domain::UserId;
use kessai::ports::{Admission, Method, PasswordKind};
use kessai::workflow::{Refusal, Status};

use crate::contracts::{Branch, NUMBER};
use crate::forms::text_of;

const HEADINGS: &str = "手続,ユーザーID,氏名,所属,権限,メールアドレス,本人確認\n";

fn id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

/// A sheet goes its whole way; the letters it made.
fn approved(branch: &Branch, rows: &str) -> Vec<String> {
    let case = branch.hand_in("届出.csv", format!("{HEADINGS}{rows}")).unwrap();
    assert_eq!(branch.approve(case, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    let folder = branch.house.root.path.join("outbox/contracts/001");
    let mut letters: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let name = entry.file_name().into_string().unwrap();
            name.starts_with(&format!("{case}_password_"))
        })
        .map(|entry| text_of(&entry.path()))
        .collect();
    letters.sort();
    letters
}

/// The two codes a letter shows.
fn codes(letter: &str) -> Vec<String> {
    let is_code = |word: &&str| word.len() == 19 && word.matches('-').count() == 3;
    letter.split_whitespace().filter(is_code).map(str::to_owned).collect()
}

#[test]
fn a_master_is_registered_by_two_people_and_begins_with_a_letter() {
    let branch = Branch::with_customer();
    let row = format!("登録,master01,髙﨑 眞由美,{NUMBER},master;approve,takasaki@example.jp,\n");
    let letters = approved(&branch, &row);
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    for shown in ["仮パスワードのお知らせ", "髙﨑 眞由美", "master01", "15文字以上"]
    {
        assert!(letter.contains(shown), "{shown} is missing in:\n{letter}");
    }
    let codes = codes(letter);
    let [login, approval] = codes.as_slice() else { panic!("{letter}") };
    let desk = &branch.desk;
    let verified = desk.verify(&id("master01"), PasswordKind::Login, login).unwrap();
    assert!(verified.must_choose && verified.person.is_master());
    let own = [
        (PasswordKind::Login, login, "salt river eleven moth"),
        (PasswordKind::Approval, approval, "seagull over yonezawa noon"),
    ];
    for (kind, now, new) in own {
        desk.choose_password(&id("master01"), kind, (now, new)).unwrap();
    }
    assert!(desk.check_password(&id("master01"), PasswordKind::Approval, own[1].2).is_ok());
    // Neither what was handed out nor what was chosen lies anywhere in the store.
    for secret in [login.as_str(), &login.replace('-', ""), own[0].2, own[1].2] {
        let found = files_with(&branch.house.root.path.join("var"), secret.as_bytes());
        assert!(found.is_empty(), "{found:?}");
    }
}

/// Files below a folder that hold these bytes.
fn files_with(folder: &std::path::Path, needle: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if std::fs::read(&path)
            .is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn nobody_resets_unlocks_or_registers_alone() {
    let branch = Branch::with_customer();
    let rows = format!(
        "登録,checker9,検査 花子,001,checker,k@bank.example.jp,\n\
        登録,yamada01,山田 太郎,{NUMBER},approve:20,yamada@example.jp,\n"
    );
    let case = branch.hand_in("届出.csv", format!("{HEADINGS}{rows}")).unwrap();
    assert_eq!(branch.approve(case, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(branch.approve(case, "sato0001", &[]), Err(Refusal::AlreadyDecided));
    assert!(branch.desk.store.user(&id("checker9")).is_none(), "not before the second");
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    assert!(branch.desk.store.user(&id("checker9")).is_some());
}

#[test]
fn a_reset_makes_the_old_passwords_useless_and_an_unlock_leaves_them() {
    let branch = Branch::new();
    let desk = &branch.desk;
    let login = |password: &str| desk.verify(&id("suzuki01"), PasswordKind::Login, password);
    for _ in 0..5 {
        assert!(login("a guess").is_err());
    }
    assert!(login("salt river suzuki01").is_err(), "locked");
    assert_eq!(approved(&branch, "解除,suzuki01,,,,,届出書 7\n"), Vec::<String>::new());
    assert!(login("salt river suzuki01").is_ok());
    let letters = approved(&branch, "再設定,suzuki01,,,,,届出書 8\n");
    assert!(login("salt river suzuki01").is_err(), "the old one is gone");
    assert!(login(&codes(&letters[0])[0]).unwrap().must_choose);
    approved(&branch, "停止,suzuki01,,,,,\n");
    assert_eq!(desk.admission(&id("suzuki01")), Admission::Suspended);
    approved(&branch, "再開,suzuki01,,,,,\n");
    assert!(login(&codes(&letters[0])[0]).is_ok());
    approved(&branch, "変更,suzuki01,鈴木 改,,clerk;checker,suzuki@bank.example.jp,\n");
    let person = desk.store.user(&id("suzuki01")).unwrap().person;
    assert_eq!((person.name.as_str(), person.roles.len()), ("鈴木 改", 2));
    assert_eq!(person.email, "suzuki@bank.example.jp");
}

#[test]
fn an_address_alone_is_changed_and_told_to_the_old_and_the_new_one() {
    let branch = Branch::new();
    approved(&branch, "変更,suzuki01,,,,hanako@bank.example.jp,\n");
    let person = branch.desk.store.user(&id("suzuki01")).unwrap().person;
    assert_eq!(
        (person.name.as_str(), person.email.as_str()),
        ("見本 suzuki01", "hanako@bank.example.jp")
    );
    let mails = std::fs::read_dir(branch.house.root.path.join("outbox/mail")).unwrap();
    let mails: Vec<_> = mails.map(|mail| mail.unwrap().path()).collect();
    for (ending, address) in [
        ("_suzuki01_former.eml", "<suzuki01@bank.example.jp>"),
        ("_suzuki01_present.eml", "<hanako@bank.example.jp>"),
    ] {
        let mail = mails.iter().find(|path| path.to_string_lossy().ends_with(ending)).unwrap();
        let mail = std::fs::read_to_string(mail).unwrap();
        assert!(mail.contains(address), "{ending}: {mail}");
    }
}

#[test]
fn ids_are_joined_by_a_sheet_and_parted_by_two_people_who_made_sure() {
    let branch = Branch::new();
    let desk = &branch.desk;
    let others = |desk: &kessai::service::Desk| desk.other_ids(&id("suzuki01"));
    let head = HEADINGS.replace("本人確認", "本人確認,同一人物");
    let hand_in = |rows: &str| branch.hand_in("届出.csv", format!("{head}{rows}"));
    let case = hand_in("変更,suzuki01,,,,,,mori0001\n").unwrap();
    assert_eq!(branch.approve(case, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    assert_eq!(others(desk), [id("mori0001")]);
    let list = kessai::workflow::write_users(desk.users().iter().map(|user| &user.person));
    assert!(list.contains(",suzuki01\r\n") && list.contains(",mori0001\r\n"), "{list}");
    for wrong in ["変更,suzuki01,,,,,,nobody01\n", "別人,suzuki01,,,,,,\n"] {
        assert_eq!(hand_in(wrong), Err(vec!["K07".to_owned()]), "{wrong}");
    }
    let case = hand_in("別人,suzuki01,,,,,届出書 11,\n").unwrap();
    assert_eq!(branch.approve(case, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(others(desk), [id("mori0001")], "not by one");
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    assert_eq!(others(desk), []);
}

#[test]
fn that_a_user_needs_no_certificate_any_more_takes_two_people() {
    let branch = Branch::new();
    let desk = &branch.desk;
    desk.require_certificate(&id("suzuki01")).unwrap();
    let case = branch.hand_in("届出.csv", format!("{HEADINGS}証明書不要,suzuki01,,,,,届出書 9\n"));
    let case = case.unwrap();
    assert_eq!(branch.approve(case, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(desk.method(&id("suzuki01")), Method::Certificate, "not by one");
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    assert_eq!(desk.method(&id("suzuki01")), Method::Password);
}

#[test]
fn what_cannot_be_done_is_told_with_its_line_and_nothing_is_opened() {
    let branch = Branch::new();
    for wrong in [
        "登録,suzuki01,鈴木,001,checker,s@bank.example.jp,\n",
        "停止,nobody01,,,,,\n",
        "再設定,suzuki01,,,,,\n",
        "登録,yamada01,山田,9XY8WV7UT,wizard,y@example.jp,\n",
        "登録,yamada01,山田,001,checker,nowhere,\n",
        ",suzuki01,,,,,\n",
    ] {
        let told = branch.hand_in("届出.csv", format!("{HEADINGS}{wrong}"));
        assert_eq!(told, Err(vec!["K07".to_owned()]), "{wrong}");
    }
}

#[test]
fn what_was_handed_out_opens_after_a_restart_too() {
    let branch = Branch::new();
    let letters = approved(&branch, "再設定,suzuki01,,,,,届出書 8\n");
    let before = codes(&letters[0]);
    let Branch { house, desk } = branch;
    drop(desk);
    let desk = house.open().desk;
    let login = desk.verify(&id("suzuki01"), PasswordKind::Login, &before[0]);
    assert!(login.unwrap().must_choose);
}

/// A request as a PC makes it: the private key stays there.
fn request() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    rcgen::CertificateParams::default().serialize_request(&key).unwrap().der().to_vec()
}

#[test]
fn a_masters_certificate_takes_two_officers_each_time_and_ends_with_a_suspension() {
    let branch = Branch::with_customer();
    let master = format!("登録,master01,髙﨑 眞由美,{NUMBER},master;approve,t@example.jp,\n");
    approved(&branch, &master);
    let (desk, user) = (&branch.desk, id("master01"));
    let issue = || desk.issue_certificate(&user, &request(), desk.clock.now());
    let alone = issue().unwrap_err();
    assert!(alone.japanese().contains("二人の承認"), "{alone}");
    let unchecked = branch.hand_in("届出.csv", format!("{HEADINGS}証明書,master01,,,,,\n"));
    assert_eq!(unchecked, Err(vec!["K07".to_owned()]), "who they are must have been made sure");
    approved(&branch, "証明書,master01,,,,,届出書 9\n");
    let issued = issue().unwrap();
    desk.revoke_certificate(&issued.certificate.serial).unwrap();
    assert!(issue().is_err(), "one for each approval");
    let letters = approved(&branch, "証明書,master01,,,,,届出書 10\n");
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert!(letter.contains("受取番号のお知らせ") && !letter.contains("仮ログイン"), "{letter}");
    let number = codes(letter);
    assert_eq!(Some(&number[0]), desk.pick_up(&user).map(|(number, _)| number).as_ref());
    let issued = issue().unwrap().certificate;
    // Somebody else is there to stay a master.
    approved(&branch, &master.replace("master01", "master02"));
    approved(&branch, "停止,master01,,,,,\n");
    approved(&branch, "再開,master01,,,,,\n");
    let kept = desk.certificates();
    assert!(kept.iter().all(|(_, one)| one.revoked.is_some()), "{kept:?}");
    // What was journaled is there after a restart.
    let Branch { house, desk } = branch;
    drop(desk);
    let desk = house.open().desk;
    assert_eq!(desk.certificates(), kept);
    assert_eq!(kept.last().unwrap().1.fingerprint, issued.fingerprint);
}
