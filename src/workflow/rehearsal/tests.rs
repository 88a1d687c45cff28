//! The rehearsal's clock, people, scripts and stories, and golden tests that fail when they must.

use std::sync::LazyLock;

use super::super::{ApprovalDeadline, Definition, Status, load_definition};
use super::*;
use crate::domain::{Date, Organisation};

static CALENDAR: LazyLock<BankCalendar> = LazyLock::new(BankCalendar::japan);

const ACCRUAL: &str = include_str!("../../../tests/it/data/flows/sent.yaml");

/// A moment of December 2026; the 1st is a Tuesday.
fn at(day: u32, hour: u32, minute: u32) -> Timestamp {
    Timestamp::tokyo(Date::new(2026, 12, day).unwrap(), hour, minute)
}

fn given(changes: &[(&str, &str)]) -> Given {
    let mut given = Given::sample().unwrap();
    for (key, value) in changes {
        given.set(key, value).unwrap();
    }
    given
}

/// A flow with the people invented for it.
struct Company {
    definition: Definition,
    people: Vec<Person>,
    given: Given,
}

fn company(changes: &[(&str, &str)]) -> Company {
    let definition = load_definition("flow.yaml", ACCRUAL).unwrap();
    let given = given(changes);
    let people = invented_people(&definition, &given);
    Company { definition, people, given }
}

impl Company {
    fn stage(&self) -> Stage<'_> {
        let (definition, people) = (&self.definition, &self.people);
        let deadline = ApprovalDeadline::default();
        Stage { definition, people, calendar: &CALENDAR, deadline }
    }

    fn rehearsal(&self) -> Rehearsal<'_> {
        let case = self.given.case(&self.definition, &self.people, &CALENDAR).unwrap();
        Rehearsal::new(self.stage(), case, self.given.at)
    }

    fn script(&self, lines: &[&str]) -> Script {
        Script::read(lines, self.given.at, self.stage()).unwrap()
    }
}

fn told(company: &Company, happened: &[Happened]) -> Vec<String> {
    happened.iter().flat_map(|one| tell(company.stage(), one)).collect()
}

fn ids(people: &[Person]) -> Vec<&str> {
    people.iter().map(|person| person.id.as_str()).collect()
}

#[test]
fn time_jumps_from_one_timer_to_the_next_and_approves_nothing() {
    let company = company(&[]);
    let mut play = company.rehearsal();
    play.follow(&company.script(&["approve1: approve"]));
    let mut moments = Vec::new();
    while let Some(timer) = play.next_timer() {
        moments.push(timer);
        let happened = play.run_until(timer);
        assert_eq!(happened.iter().map(|one| one.at).collect::<Vec<_>>(), [timer]);
    }
    assert_eq!(moments, [at(2, 12, 0), at(2, 13, 0), at(2, 15, 0)]);
    assert_eq!(play.case().head.status, Status::Overdue);
    assert_eq!(play.case().head.approvals().count(), 1);
}

#[test]
fn what_comes_due_in_between_happens_at_its_own_moment() {
    let company = company(&[]);
    let mut play = company.rehearsal();
    play.follow(&company.script(&["approve1: approve"]));
    let happened = play.run_until(at(4, 9, 0));
    let moments: Vec<Timestamp> = happened.iter().map(|one| one.at).collect();
    assert_eq!(moments, [at(2, 12, 0), at(2, 13, 0), at(2, 15, 0)]);
    assert_eq!(play.now(), at(4, 9, 0));
    assert!(play.run_until(at(1, 9, 0)).is_empty());
    assert_eq!(play.now(), at(4, 9, 0), "the clock never goes back");
}

#[test]
fn a_moment_may_go_on_in_two_ways() {
    let company = company(&[]);
    let mut play = company.rehearsal();
    play.follow(&company.script(&["approve1: approve", "checker1: approve"]));
    let mut other = play.clone();
    let vote = |kind, reason: &str| Asked::Wish {
        by: UserId::parse("manager1").unwrap(),
        wish: Wish::Vote(kind, None),
        reason: reason.to_owned(),
    };
    play.ask(&vote(VoteKind::Approve, "")).unwrap();
    other.ask(&vote(VoteKind::Reject, "内容違い")).unwrap();
    assert_eq!(play.case().head.status, Status::Completed);
    assert_eq!(other.case().head.status, Status::Rejected);
    assert_eq!(play.next_timer(), None);
}

#[test]
fn a_refusal_changes_nothing_and_a_stranger_has_no_seat() {
    let company = company(&[]);
    let mut play = company.rehearsal();
    play.ask(&Asked::Open).unwrap();
    let before = play.case().clone();
    let by = UserId::parse("stranger").unwrap();
    let wish = Wish::Vote(VoteKind::Approve, None);
    let asked = Asked::Wish { by, wish, reason: String::new() };
    assert_eq!(play.ask(&asked), Err(Refusal::NotYourSeat));
    assert_eq!(*play.case(), before);
}

#[test]
fn without_a_script_everybody_approves_in_turn() {
    for (pattern, votes, done) in [
        ("none", 2, at(1, 10, 0)),
        ("single", 3, at(1, 10, 30)),
        ("double_ordered", 4, at(1, 11, 0)),
    ] {
        let company = company(&[("pattern", pattern)]);
        let mut play = company.rehearsal();
        let happened = play.improvise(at(4, 17, 0));
        assert_eq!(play.case().head.status, Status::Completed, "{pattern}");
        assert_eq!(play.case().head.approvals().count(), votes);
        assert_eq!(happened.last().unwrap().at, done);
    }
}

#[test]
fn when_nobody_is_there_the_rehearsal_ends_all_the_same() {
    let mut company = company(&[("pattern", "none")]);
    company.people.clear();
    let mut play = company.rehearsal();
    let happened = play.improvise(at(4, 17, 0));
    assert_eq!(play.case().head.status, Status::Overdue);
    let told = told(&company, &happened);
    assert!(told[0].contains("承認できる人がいません"), "{told:?}");
    assert!(standing(company.stage(), &play).contains("お願いできる人がいません"));
}

#[test]
fn there_are_as_many_people_as_a_flow_needs_and_one_more() {
    let usual = company(&[("pattern", "double_any")]);
    let expected = [
        "approve1", "approve2", "approve3", "checker1", "checker2", "manager1", "manager2",
        "deputy01", "deputy02",
    ];
    assert_eq!(ids(&usual.people), expected);
    let submitter = usual.given.submitter();
    assert!(matches!(submitter, Organisation::Customer(_)));
    assert_eq!(usual.people[0].organisation, submitter);
    assert_eq!(usual.people[3].organisation, usual.given.desk());
    let paper = company(&[("channel", "branches")]);
    assert_eq!(ids(&paper.people)[0], "checker1", "no customer is asked");
    assert_eq!(paper.given.submitter(), paper.given.desk());
}

#[test]
fn a_person_is_found_by_the_beginning_of_an_id_or_a_name() {
    let people = company(&[]).people;
    let found = |word| find_person(&people, word).map(|person| person.id.to_string());
    assert_eq!(found("checker1").unwrap(), "checker1");
    assert_eq!(found("山田").unwrap(), "approve1");
    assert_eq!(found("deputy02").unwrap(), "deputy02");
    for word in ["checker", "nobody", ""] {
        let wrong = found(word).unwrap_err();
        assert!(wrong.ja.contains("checker1") && wrong.en.contains("checker1"), "{wrong:?}");
    }
}

#[test]
fn a_script_is_read_in_the_words_of_commands() {
    let company = company(&[]);
    let lines = [
        "approve1:approve",
        "+1bd",
        "manager1: return:desk",
        "manager1: return desk 金額 を確認",
        "manager1: return 金額を確認",
        "@2026-12-03 08:00",
        "checker1: assign:checker2 不在のため",
        "checker2: release",
    ];
    let script = company.script(&lines);
    assert_eq!(script.ends, at(3, 8, 0));
    let wished = |cue: &super::Cue| {
        let Asked::Wish { wish, reason, .. } = &cue.asked else { panic!("{:?}", cue.asked) };
        (cue.at, wish.name(), reason.clone())
    };
    let cues: Vec<(Timestamp, String, String)> = script.cues.iter().map(wished).collect();
    let name = str::to_owned;
    assert_eq!(
        cues,
        [
            (at(1, 9, 0), name("approve"), name("")),
            (at(2, 9, 0), name("return:desk"), name("確認のため")),
            (at(2, 9, 0), name("return:desk"), name("金額 を確認")),
            (at(2, 9, 0), name("return"), name("金額を確認")),
            (at(3, 8, 0), name("assign:checker2"), name("不在のため")),
            (at(3, 8, 0), name("release"), name("")),
        ]
    );
}

#[test]
fn every_line_of_a_script_that_is_wrong_is_named() {
    let company = company(&[]);
    let lines = [
        "+2x",
        "approve1: approve",
        "@soon",
        "@2026-11-30 09:00",
        "approve1 approve",
        "nobody: approve",
        "approve1: aprove",
        "checker1: assign:nobody",
    ];
    let wrong = Script::read(&lines, company.given.at, company.stage()).unwrap_err();
    assert_eq!(wrong.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 2, 3, 4, 5, 6, 7]);
    let says: Vec<&str> = wrong.iter().map(|(_, one)| one.en.as_str()).collect();
    assert!(says[4].contains("`nobody`") && says[6].contains("`nobody`"), "{says:#?}");
    assert!(says[5].contains("`aprove`"), "{says:#?}");
}

#[test]
fn given_data_is_read_key_by_key() {
    let mut given = Given::sample().unwrap();
    for (key, value) in [
        ("rows", "many"),
        ("total", "-1"),
        ("pattern", "triple"),
        ("record_date", "tomorrow"),
        ("desk", "1"),
        ("at", "2026-12-01"),
        ("submitter", "x"),
    ] {
        let wrong = given.set(key, value).unwrap_err();
        assert!(wrong.ja.contains(value) && wrong.en.contains(key), "{wrong:?}");
    }
    assert!(given.set("totl", "1").unwrap_err().ja.contains("「total」ではありませんか"));
    given.set("total", "12_345_678").unwrap();
    given.set("submitted_by", "approve1").unwrap();
    let people = company(&[]).people;
    let definition = load_definition("flow.yaml", ACCRUAL).unwrap();
    let case = given.case(&definition, &people, &CALENDAR).unwrap();
    assert_eq!(case.head.scope.total.get(), 12_345_678);
    assert_eq!(case.head.scope.record_date, Date::new(2026, 12, 3).unwrap());
    assert_eq!(case.file.submitted_by.as_ref(), Some(&people[0].id));
    given.set("submitted_by", "nobody").unwrap();
    given.case(&definition, &people, &CALENDAR).unwrap_err();
}

#[test]
fn people_are_read_from_a_file_with_all_mistakes_at_once() {
    let given = Given::sample().unwrap();
    let text = "sato0001: {name: 佐藤 花子, at: desk, role: [checker, manager]}\n\
                mori0001: {at: submitter, role: approve, email: m@example.jp}\n";
    let people = load_people("people.yaml", text, &given).unwrap();
    assert_eq!(people[0].roles, ["checker", "manager"]);
    assert_eq!(people[0].organisation, given.desk());
    assert_eq!((people[1].name.as_str(), people[1].email.as_str()), ("mori0001", "m@example.jp"));
    let wrong = "sato: {at: desk, role: checker}\n\
                 mori0001: {at: home, rule: manager}\n\
                 koba0001: {at: desk, role: deputy}\n\
                 koba0001: {at: desk, role: deputy}\n";
    let mistakes = load_people("people.yaml", wrong, &given).unwrap_err();
    let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [1, 2, 2, 2, 4], "{mistakes:#?}");
}

#[test]
fn the_story_tells_who_was_asked_who_decided_what_was_sent_and_where_it_waits() {
    let company = company(&[]);
    let mut play = company.rehearsal();
    let lines = [
        "approve1: approve",
        "checker1: hold",
        "checker1: approve",
        "checker1: release",
        "checker1: approve",
        "manager1: return customer 金額違い",
        "@2026-12-03 15:00",
    ];
    let happened = play.follow(&company.script(&lines));
    let story = told(&company, &happened).join("\n");
    for part in [
        "2026-12-01 09:00 お客様承認の承認: 山田 太郎さん、佐藤 花子さんを待ちます（期限 2026-12-03 15:00）",
        "2026-12-01 09:00   送付: 承認のお願い（山田 太郎さん、佐藤 花子さん）",
        "2026-12-01 09:00 山田 太郎さん: 承認（お客様承認の承認）",
        "2026-12-01 09:00 鈴木 一郎さん: 保留「確認のため」",
        "2026-12-01 09:00 鈴木 一郎さん: 承認 → できません。この案件はすでに「保留」です。",
        "2026-12-01 09:00 鈴木 一郎さん: 保留解除\n",
        "2026-12-01 09:00 森 恵子さん: 差戻し（取扱店承認の決裁）「金額違い」",
        "2026-12-01 09:00 差戻し先はお客様承認（期限 2026-12-03 15:00）",
        "2026-12-03 15:00 終了: 差戻し",
        "2026-12-03 15:00   送付: 差戻し（終了）のお知らせ",
    ] {
        assert!(story.contains(part), "{part}\nis not in\n{story}");
    }
    let headline = headline(company.stage(), play.case());
    assert_eq!(headline, "でんさい発生記録請求（accrual） 3件 6,000,000円 記録請求日 2026-12-03");
    let mut waits = company.rehearsal();
    waits.follow(&company.script(&["approve1: approve"]));
    assert_eq!(
        standing(company.stage(), &waits),
        "2026-12-01 09:00 まだ終わっていません（承認待ち）。取扱店承認の照査で鈴木 一郎さん、\
         田中 次郎さんを待っています（期限 2026-12-02 15:00）。"
    );
}

#[test]
fn a_flow_is_played_before_it_comes_into_force() {
    let day = |year| Date::new(year, 4, 1).unwrap();
    let [now, next] = [2026, 2027].map(|year| {
        let text = ACCRUAL.replace("2026-04-01", &day(year).to_string());
        load_definition("flow.yaml", &text).unwrap()
    });
    let on = |year| flow_on(day(year), [&next, &now].into_iter()).map(|one| one.effective_from);
    assert_eq!([on(2025), on(2026), on(2028)], [day(2026), day(2026), day(2027)].map(Some));
    assert_eq!(flow_on(day(2026), std::iter::empty()), None);
}
