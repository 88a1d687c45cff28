//! What the directory makes of rows, days and mergers, and every mistake with its place.

use super::load_directory;
use crate::domain::{BranchCode, Date, Directory, Organisation, Person, Today, UserId, UserNumber};

const PEOPLE: &str = "user,name,email,organisation,roles,from,until\n\
    sato0001,佐藤 花子,sato@example.jp,branch:001,checker,,2026-12-31\n\
    sato0001,佐藤 花子,sato@example.jp,branch:002,manager;checker,2027-01-01,\n";
const BRANCHES: &str = "店番,店名,電話番号,開始日,終了日,統合先\n\
    1,本店営業部,03-0000-0001,,,\n\
    002,駅前支店,03-0000-0002,,2027/3/31,001\n";

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn branch(code: &str) -> BranchCode {
    BranchCode::parse(code).unwrap()
}

fn load(people: &str, branches: &str) -> Result<Directory, Vec<String>> {
    load_directory(Some(("people.csv", people)), Some(("branches.csv", branches))).map_err(
        |found| {
            let place =
                |one: &crate::workflow::Mistake| format!("{}:{} {}", one.file, one.line, one.ja);
            found.iter().map(place).collect()
        },
    )
}

fn registered(id: &str) -> Person {
    Person {
        id: UserId::parse(id).unwrap(),
        name: "登録のまま".to_owned(),
        organisation: Organisation::Branch(branch("002")),
        roles: vec!["clerk".to_owned()],
        email: format!("{id}@example.jp"),
        stands_for: Vec::new(),
        today: Today::default(),
    }
}

#[test]
fn a_person_is_what_the_row_in_force_that_day_says() {
    let directory = load(PEOPLE, BRANCHES).unwrap();
    let sato = registered("sato0001");
    let before = directory.person_on(&sato, day("2026-12-31")).unwrap();
    assert_eq!(
        (before.name.as_str(), before.organisation),
        ("佐藤 花子", Organisation::Branch(branch("001")))
    );
    assert_eq!(before.roles, ["checker"]);
    let after = directory.person_on(&sato, day("2027-01-01")).unwrap();
    assert_eq!(after.roles, ["manager", "checker"]);
    assert!(after.works_at(branch("002")) && !after.works_at(branch("001")));
    let other = registered("other001");
    assert_eq!(directory.person_on(&other, day("2027-01-01")).unwrap().name, "登録のまま");
}

#[test]
fn who_has_no_row_for_the_day_is_not_there() {
    let gone = PEOPLE.replace("2027-01-01,", "2027-01-01,2027-01-31");
    let directory = load(&gone, BRANCHES).unwrap();
    assert_eq!(directory.person_on(&registered("sato0001"), day("2027-02-01")), None);
}

#[test]
fn the_people_of_a_merged_branch_and_its_desk_pass_to_the_successor() {
    let directory = load(PEOPLE, BRANCHES).unwrap();
    let on = day("2027-04-01");
    assert_eq!(directory.successor_on(branch("002"), day("2027-03-31")), branch("002"));
    assert_eq!(directory.successor_on(branch("002"), on), branch("001"));
    let moved = directory.person_on(&registered("other001"), on).unwrap();
    assert_eq!(moved.organisation, Organisation::Branch(branch("001")));
    assert!(moved.works_at(branch("002")), "the old desk is theirs, too");
    let merger = directory.merger(branch("002"), on).unwrap();
    assert_eq!((merger.old.name.as_str(), merger.on, merger.into), ("駅前支店", on, branch("001")));
    assert_eq!(directory.kin(branch("002"), on), [branch("001")]);
    assert_eq!(directory.kin(branch("001"), on), [branch("002")]);
    assert!(directory.kin(branch("001"), day("2027-03-31")).is_empty());
    assert!(directory.turns(day("2027-03-31"), on));
    assert!(!directory.turns(on, day("2027-04-30")));
}

#[test]
fn a_customers_person_belongs_to_no_desk() {
    let people = PEOPLE.replace("branch:002,manager", "customer:1AB2CD3EF,approve");
    let directory = load(&people, BRANCHES).unwrap();
    let person = directory.person_on(&registered("sato0001"), day("2027-06-01")).unwrap();
    let number = UserNumber::parse("1AB2CD3EF").unwrap();
    assert_eq!(person.organisation, Organisation::Customer(number));
    assert!(!person.works_at(branch("002")));
}

#[test]
fn every_mistake_of_both_files_is_told_at_once_with_its_line() {
    let people = "ユーザーID,氏名,メール,所属,権限,開始日,終了日\n\
        sato,佐藤 花子,sato,本店,,2026/13/1,\n\
        mori0001,森 恵子,m@example.jp,branch:001,manager,2026-04-01,2026-12-31\n\
        mori0001,森 恵子,m@example.jp,branch:009,manager,2026-12-31,2026-12-01\n";
    let branches = "code,name,phone,from,until,successor\n\
        001,本店,,,,002\n002,,,,2026-12-31,005\n";
    let found = load(people, branches).unwrap_err();
    let places: Vec<&str> = found.iter().filter_map(|text| text.split(' ').next()).collect();
    assert_eq!(
        places,
        [
            "branches.csv:2",
            "branches.csv:3",
            "people.csv:2",
            "people.csv:2",
            "people.csv:2",
            "people.csv:2",
            "people.csv:2",
            "people.csv:4",
            "people.csv:4",
            "people.csv:4",
        ],
        "{found:#?}"
    );
}

#[test]
fn a_heading_nobody_knows_is_told_with_the_nearest_one() {
    let found = load(&PEOPLE.replace("roles", "role"), BRANCHES).unwrap_err();
    assert!(found[0].contains("「roles」のことですか"), "{found:?}");
    assert_eq!(found.len(), 2, "the rows below are not judged by a heading that is missing");
}

#[test]
fn branches_that_are_merged_in_a_circle_are_a_mistake() {
    let branches = "code,name,phone,from,until,successor\n\
        001,本店,,,2026-12-31,002\n002,駅前,,,2026-12-31,001\n";
    assert!(load(PEOPLE, branches).is_err());
}
