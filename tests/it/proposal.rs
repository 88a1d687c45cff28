//! The office has no shell: a changed rule is dropped into its folder, judged, and published by
//! two people.

use std::fs;
use std::io::Write as _;

use kessai::domain::{BranchCode, CaseId, Date, Digest, Organisation, Person, UserId};
use kessai::ports::{EffectState, FileRecord, FileVerdict};
use kessai::service::{Arrival, Ballot, Desk, Hand, NewUser, Passwords, Wish};
use kessai::workflow::{CommandId, Refusal, Status, VoteKind};

use crate::rules::House;

const ROUTED: &str = include_str!("data/flows/routed.yaml");
const TABLE: &str = include_str!("data/flows/tables/kengen.csv");

/// A root whose office is branch 001, with three people of the office.
pub(crate) fn office(publication: &str) -> (House, Desk) {
    let house = House::new(publication);
    let list = "channel,submitter,name,desk,email,encoding,pattern,owners\n\
        branches,001,本部事務部,001,honbu@bank.example.jp,cp932,none,1001=honda001\n";
    let root = &house.root.path;
    fs::write(root.join("workflows/submitters.csv"), list).unwrap();
    fs::write(root.join("workflows/routed.yaml"), ROUTED).unwrap();
    fs::create_dir_all(root.join("workflows/tables")).unwrap();
    fs::write(root.join("workflows/tables/kengen.csv"), TABLE).unwrap();
    let desk = house.open().desk;
    for (id, name) in [("honda001", "本田 誠"), ("ueda0001", "上田 由紀"), ("oda00001", "小田 薫")]
    {
        let person = Person {
            today: kessai::domain::Today::default(),
            id: UserId::parse(id).unwrap(),
            name: name.to_owned(),
            organisation: Organisation::Branch(BranchCode::parse("001").unwrap()),
            roles: vec!["office".to_owned()],
            email: format!("{id}@bank.example.jp"),
            stands_for: Vec::new(),
        };
        let passwords =
            Passwords { login: format!("salt river {id}"), approval: format!("moth at noon {id}") };
        desk.add_user(NewUser { person, passwords }).unwrap();
    }
    (house, desk)
}

/// The office, by the hand of honda001, drops a file; it is judged and answered.
pub(crate) fn drop_file(desk: &Desk, name: &str, bytes: &[u8]) -> FileRecord {
    let mut writer = desk.blobs.create().unwrap();
    writer.write_all(bytes).unwrap();
    let arrival = Arrival {
        intake: desk.new_intake(),
        channel: "branches".to_owned(),
        submitter: "001".to_owned(),
        hand: Hand::Owner(1_001),
        name: name.to_owned(),
        digest: writer.keep().unwrap(),
        bytes: u64::try_from(bytes.len()).unwrap(),
        flaw: None,
        beside: kessai::service::Beside::default(),
    };
    let receipt = desk.receive(vec![arrival]).unwrap()[0];
    let file = desk.judge(receipt).unwrap().unwrap();
    desk.dispatch_all().unwrap();
    file
}

pub(crate) fn case_of(file: &FileRecord) -> CaseId {
    CaseId { receipt: file.receipt, n: 1, row: None }
}

/// A person decides, and what comes of it is carried out.
fn vote(desk: &Desk, case: CaseId, by: &str, kind: VoteKind) -> Result<Status, Refusal> {
    let done = only_vote(desk, case, by, kind);
    desk.dispatch_all().unwrap();
    done
}

fn only_vote(desk: &Desk, case: CaseId, by: &str, kind: VoteKind) -> Result<Status, Refusal> {
    let shown = desk.store.case(case).unwrap();
    let ballot = Ballot {
        entry: Vec::new(),
        rows: kessai::workflow::RowSet::default(),
        case,
        wish: Wish::Vote(kind, None),
        digest: desk.content_of(&shown).unwrap(),
        task_version: shown.head.task_version,
        shown_at: None,
        reason: "数字を確かめてください".to_owned(),
        command: CommandId::of(&desk.new_intake()),
    };
    let person = desk.store.user(&UserId::parse(by).unwrap()).unwrap().person;
    match desk.cast(&person, &ballot) {
        Ok(case) => Ok(case.head.status),
        Err(kessai::service::DecideError::Refused(refusal)) => Err(refusal),
        Err(failed) => panic!("{failed}"),
    }
}

fn answer(house: &House, ending: &str) -> String {
    let folder = house.root.path.join("outbox/branches/001");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect();
    names.sort();
    let path = names.into_iter().rfind(|path| path.to_string_lossy().ends_with(ending));
    let path = path.unwrap_or_else(|| panic!("no answer ends with {ending}"));
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

fn hash_of(desk: &Desk, flow: &str) -> Digest {
    desk.rulebook().flow(flow, desk.clock.now().date()).unwrap().definition.hash
}

pub(crate) fn lower() -> String {
    TABLE.replace("5百万円未満", "1百万円未満").replace("500万円以上", "100万円以上")
}

#[test]
fn a_changed_table_is_published_by_two_people_who_did_not_drop_it() {
    let (house, desk) = office("two_people");
    let before = hash_of(&desk, "routed");
    // As Excel saves it.
    let text = lower();
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let file = drop_file(&desk, "kengen.csv", &cp932);
    assert_eq!(file.verdict, FileVerdict::Accepted);
    assert!(answer(&house, "_kengen_comparison.pdf").starts_with("%PDF-1.7"));
    let case = case_of(&file);
    let shown = desk.proposal(&desk.store.case(case).unwrap()).unwrap().unwrap();
    assert_eq!((shown.old.as_str(), shown.new.as_str()), (TABLE, lower().as_str()));
    assert!(shown.proposal.proof[0].contains("誤りはありません"), "{:?}", shown.proposal.proof);
    assert!(shown.proposal.proof.iter().any(|one| one.contains("people(desk) >= 3")));
    assert!(shown.proposal.impact[0].contains("routed"), "{:?}", shown.proposal.impact);

    assert_eq!(vote(&desk, case, "honda001", VoteKind::Approve), Err(Refusal::OwnSubmission));
    assert_eq!(vote(&desk, case, "ueda0001", VoteKind::Approve), Ok(Status::Active));
    assert_eq!(vote(&desk, case, "ueda0001", VoteKind::Approve), Err(Refusal::AlreadyDecided));
    assert_eq!(hash_of(&desk, "routed"), before, "one person changes nothing");
    assert_eq!(vote(&desk, case, "oda00001", VoteKind::Approve), Ok(Status::Completed));

    assert_ne!(hash_of(&desk, "routed"), before);
    let place = "workflows/tables/kengen.csv";
    assert_eq!(fs::read(house.root.path.join(place)).unwrap(), cp932.as_ref());
    let entry = desk.store.published()[place].clone();
    assert_eq!((entry.content, entry.case), (Digest::of(&cp932), Some(case)));
    let by: Vec<&str> = entry.by.iter().map(UserId::as_str).collect();
    assert_eq!(by, ["ueda0001", "oda00001"]);
    assert!(desk.standing().is_plain() && desk.store.effects(10).is_empty());
    assert!(answer(&house, "_kengen_final.txt").contains("承認（公開します）"));
    assert!(answer(&house, "_receipt.pdf").starts_with("%PDF"));
    let (after, digest) = (hash_of(&desk, "routed"), desk.store.digest());
    drop(desk);
    fs::remove_dir_all(house.root.path.join("var/sled")).unwrap();
    let desk = house.open().desk;
    assert_eq!((hash_of(&desk, "routed"), desk.store.digest()), (after, digest));
}

#[test]
fn a_table_that_breaks_a_proof_comes_back_with_the_story() {
    let (house, desk) = office("two_people");
    let gap = TABLE.replace("\"10,000,000円以上\"", "\"20,000,000円以上\"");
    let file = drop_file(&desk, "kengen.csv", gap.as_bytes());
    assert_eq!((file.verdict, file.flows.len()), (FileVerdict::Rejected, 0));
    let text = answer(&house, "_kengen_result.txt");
    assert!(
        text.contains("当てはまる行がありません") && text.contains("合計金額 10,000,000円"),
        "{text}"
    );
    assert!(text.contains("\r\n") && text.contains("何も変わっていません"), "{text}");
    let weak =
        ROUTED.replace("n: 3, as: 本部", "n: 1, as: 本部").replace("2026-04-01", "2026-12-10");
    drop_file(&desk, "routed.yaml", weak.as_bytes());
    let text = answer(&house, "_routed_result.txt");
    assert!(text.contains("通る道: ") && text.contains("people(desk) >= 3 when"), "{text}");
    assert!(fs::read_dir(house.root.path.join("outbox/mail")).unwrap().count() >= 2);
}

#[test]
fn what_two_people_do_not_want_changes_nothing() {
    for kind in [VoteKind::Reject, VoteKind::Return] {
        let (house, desk) = office("two_people");
        let (before, register) = (hash_of(&desk, "routed"), desk.store.published());
        let file = drop_file(&desk, "kengen.csv", lower().as_bytes());
        assert!(vote(&desk, case_of(&file), "ueda0001", kind).unwrap().is_final());
        assert_eq!((hash_of(&desk, "routed"), desk.store.published()), (before, register));
        assert!(answer(&house, "_final.txt").contains("公開しません"));
        // The same change may be tried again.
        let again = drop_file(&desk, "kengen.csv", lower().as_bytes());
        assert_eq!(again.verdict, FileVerdict::Accepted);
    }
}

#[test]
fn a_flow_that_comes_later_stands_beside_the_one_in_force_until_its_day() {
    let (house, desk) = office("two_people");
    let before = hash_of(&desk, "accrual");
    let later = include_str!("../../workflows/accrual.yaml")
        .replace("effective_from: 2026-04-01", "effective_from: 2026-12-10")
        .replace("due: 1bd@15:00", "due: 1bd@14:00");
    let file = drop_file(&desk, "accrual.yaml", later.as_bytes());
    let case = desk.store.case(case_of(&file)).unwrap();
    assert_eq!(case.head.scope.record_date, Date::new(2026, 12, 10).unwrap());
    for by in ["ueda0001", "oda00001"] {
        vote(&desk, case.head.id, by, VoteKind::Approve).unwrap();
    }
    assert_eq!(hash_of(&desk, "accrual"), before, "until its day");
    let rules = desk.rulebook();
    let then = rules.flow("accrual", Date::new(2026, 12, 10).unwrap()).unwrap();
    assert_ne!(then.definition.hash, before);
    assert!(house.root.path.join("workflows/accrual_20261210.yaml").exists());
    // A day that has passed is no day to come into force.
    let file =
        drop_file(&desk, "accrual.yaml", later.replace("2026-12-10", "2026-11-30").as_bytes());
    assert_eq!(file.verdict, FileVerdict::Rejected);
    assert!(answer(&house, "_accrual_result.txt").contains("施行日 2026-11-30 は過ぎています"));
}

#[test]
fn of_two_changes_of_one_file_the_second_is_not_published_over_the_first() {
    let (_house, desk) = office("two_people");
    let first = drop_file(&desk, "kengen.csv", lower().as_bytes());
    let second = drop_file(&desk, "kengen.csv", TABLE.replace("大口", "大口案件").as_bytes());
    for file in [&first, &second] {
        for by in ["ueda0001", "oda00001"] {
            vote(&desk, case_of(file), by, VoteKind::Approve).unwrap();
        }
    }
    let entry = desk.store.published()["workflows/tables/kengen.csv"].clone();
    assert_eq!(entry.case, Some(case_of(&first)));
    let stuck = desk.store.effects(10);
    assert!(
        stuck.iter().any(|one| one.state == EffectState::Dead && one.note.contains("別の変更"))
    );
}

#[test]
fn requests_of_the_office_stay_requests_and_without_a_register_files_are_in_force() {
    let (_house, desk) = office("file");
    let file =
        drop_file(&desk, "12月支払.csv", include_bytes!("../../src/app/samples/mistakes.csv"));
    assert!(!file.is_proposal(), "a file of requests");
    let proposal = drop_file(&desk, "kengen.csv", lower().as_bytes());
    assert!(proposal.is_proposal());
    // The content digest covers the new text: another text is another content.
    let other = drop_file(&desk, "kengen.csv", TABLE.replace("大口", "大").as_bytes());
    let digest = |file: &FileRecord| desk.store.case(case_of(file)).unwrap().proposal();
    assert_ne!(digest(&proposal), digest(&other));
    for by in ["ueda0001", "oda00001"] {
        vote(&desk, case_of(&proposal), by, VoteKind::Approve).unwrap();
    }
    assert!(desk.store.published().is_empty(), "what lies on disk is in force, no register");
    assert!(desk.rulebook().publishing.files["workflows/tables/kengen.csv"] == lower().as_bytes());
}

#[test]
fn what_was_approved_before_a_stop_or_while_the_folder_was_away_is_published_once() {
    let (house, desk) = office("two_people");
    let before = hash_of(&desk, "routed");
    let file = drop_file(&desk, "kengen.csv", lower().as_bytes());
    for by in ["ueda0001", "oda00001"] {
        only_vote(&desk, case_of(&file), by, VoteKind::Approve).unwrap();
    }
    drop(desk);
    let desk = house.open().desk;
    assert_eq!(hash_of(&desk, "routed"), before);
    // Nothing can be put where a file stands in the place of the folder.
    let tables = house.root.path.join("workflows/tables");
    fs::rename(&tables, tables.with_extension("away")).unwrap();
    fs::write(&tables, "").unwrap();
    desk.dispatch_all().unwrap();
    let later = desk.store.effects(10);
    assert!(later.iter().any(|one| matches!(one.state, EffectState::Later { .. })), "{later:?}");
    fs::remove_file(&tables).unwrap();
    fs::rename(tables.with_extension("away"), &tables).unwrap();
    drop(desk);
    // Registered is in force, and the file follows.
    let desk = house.open().desk;
    assert_ne!(hash_of(&desk, "routed"), before);
    house.forward_ms(60_000);
    desk.dispatch_all().unwrap();
    assert!(desk.store.effects(10).is_empty());
    assert_eq!(fs::read(tables.join("kengen.csv")).unwrap(), lower().as_bytes());
    assert_eq!(desk.store.published()["workflows/tables/kengen.csv"].by.len(), 2);
}

#[test]
fn a_posting_is_held_against_the_cases_that_wait_and_published_by_two() {
    let (house, desk) = office("two_people");
    // A publication that waits for two people of the office until the 8th.
    let waiting = drop_file(&desk, "kengen.csv", lower().as_bytes());
    let people = "user,name,email,organisation,roles,from,until\n\
        ueda0001,上田 由紀,ueda0001@bank.example.jp,branch:001,office,,2026-11-30\n\
        oda00001,小田 薫,oda00001@bank.example.jp,branch:001,office,,2026-12-01\n\
        new00001,新田 次郎,new00001@bank.example.jp,branch:001,office,2026-12-02,\n";
    let file = drop_file(&desk, "people.csv", people.as_bytes());
    assert_eq!(file.verdict, FileVerdict::Accepted);
    let case = case_of(&file);
    let told = desk.proposal(&desk.store.case(case).unwrap()).unwrap().unwrap().proposal.impact;
    let short = told.iter().find(|line| line.starts_with(&case_of(&waiting).to_string()));
    assert!(short.is_some_and(|line| line.contains("成立しません")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("ログインのない人: new00001")), "{told:?}");
    assert_eq!(vote(&desk, case, "ueda0001", VoteKind::Approve), Ok(Status::Active));
    assert_eq!(vote(&desk, case, "oda00001", VoteKind::Approve), Ok(Status::Completed));
    let listed = fs::read_to_string(house.root.path.join("workflows/directory/people.csv"));
    assert_eq!(listed.unwrap(), people);
    assert!(!desk.rulebook().directory.is_empty());
}
