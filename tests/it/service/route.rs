//! The route of a flow and of a case, as it is drawn.

use std::sync::Arc;

use kessai::domain::{ApprovalPattern, CaseId, Date};
use kessai::render::draw::State::{Done, Later, NotReached, Open, Skipped, Stopped};
use kessai::render::draw::{Decision, EdgeKind, Fill, Kind, Route, State};
use kessai::service::report::CaseView;
use kessai::workflow::{Case, VoteKind};

use super::branch::{ACCRUAL, Branch, Setup, rulebook_with};

const DAY_MS: i64 = 86_400_000;

fn seen(branch: &Branch, case: CaseId) -> (Case, CaseView) {
    let case = branch.desk.store.case(case).unwrap();
    let view = branch.desk.view(&case).unwrap();
    (case, view)
}

fn route(branch: &Branch, case: CaseId) -> Route {
    let (case, view) = seen(branch, case);
    branch.desk.route(&case, &view).unwrap()
}

fn states(route: &Route) -> Vec<State> {
    route.nodes.iter().map(|node| node.state).collect()
}

/// Ways that are not simply on: from, to, kind, label.
fn turns(route: &Route) -> Vec<(usize, usize, EdgeKind, &str)> {
    let turns = route.edges.iter().filter(|edge| edge.kind != EdgeKind::Next);
    turns.map(|edge| (edge.from, edge.to, edge.kind, edge.label.as_str())).collect()
}

#[test]
fn a_flow_is_drawn_as_it_is_written() {
    let branch = Branch::new(Setup::default());
    let day = Date::new(2026, 12, 1).unwrap();
    let route = branch.desk.rulebook().route("accrual", day).unwrap();
    assert_eq!(route.title, "でんさい発生記録請求");
    assert!(route.standing.is_empty() && route.subtitle[0].ends_with("施行日 2026年4月1日"));
    let kinds: Vec<(Kind, &str)> =
        route.nodes.iter().map(|node| (node.kind, node.title.as_str())).collect();
    assert_eq!(
        kinds,
        [
            (Kind::Receive, "受付"),
            (Kind::Check, "取扱規則の点検"),
            (Kind::Approve, "お客様承認"),
            (Kind::Approve, "取扱店承認"),
            (Kind::Emit, "送付"),
            (Kind::End, "完了"),
        ]
    );
    assert!(states(&route).iter().all(|state| *state == State::Plain));
    assert_eq!(
        turns(&route),
        [
            (1, 3, EdgeKind::Branch, "それ以外"),
            (2, 0, EdgeKind::Back, "差戻し"),
            (3, 0, EdgeKind::Back, "差戻し"),
            (3, 2, EdgeKind::Back, "差戻し"),
        ]
    );
    let customer = &route.nodes[2];
    assert_eq!(customer.deadline, "期限：記録請求日 15:00");
    assert_eq!(
        customer.notes,
        [
            "受付経路が「お客様共有フォルダ」の案件だけ",
            "契約の承認パターンのとおり（なし・1名・2名）",
            "期限を過ぎたら、差戻し",
        ]
    );
    let desk = &route.nodes[3];
    assert_eq!(desk.deadline, "期限：翌営業日 15:00");
    assert_eq!(
        desk.notes,
        [
            "順番：照査 → 決裁",
            "期限の 2 営業時間前に、もう一度お願いする",
            "翌営業日 12:00 になったら、取扱店の次長 も承認できる",
            "期限を過ぎたら、人が判断するまで保留",
        ]
    );
    let seats: Vec<&str> = desk.seats.iter().map(|seat| seat.who.as_str()).collect();
    assert_eq!(seats, ["取扱店の照査者", "取扱店の決裁者"]);
    assert_eq!(route.nodes[4].notes, ["集信ファイル、承認票、お知らせメール"]);
}

#[test]
fn a_flow_that_is_not_in_force_yet_has_no_route() {
    let branch = Branch::new(Setup::default());
    let rulebook = &branch.desk.rulebook();
    assert_eq!(rulebook.route("accrual", Date::new(2026, 3, 31).unwrap()), None);
    assert_eq!(rulebook.route("nothing", Date::new(2026, 12, 1).unwrap()), None);
}

#[test]
fn a_case_that_waits_shows_who_stamped_and_who_is_waited_for() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=3);
    branch.vote(case, "sato0001", VoteKind::Approve);
    let route = route(&branch, case);
    assert_eq!(states(&route), [Done, Done, Done, Open, Later, Later]);
    assert_eq!(turns(&route), []);
    assert_eq!(route.standing, "承認待ち");
    assert_eq!(route.subtitle[0], format!("申請番号 {case}　高崎製作所"));
    assert_eq!(route.subtitle[1], "3 件　3,000 円　記録請求日 2026年12月3日");
    assert_eq!(route.nodes[0].notes, ["2026年12月1日 9:00　a.csv"]);
    assert_eq!(route.nodes[1].notes, ["受付 3 件、エラー 0 件"]);
    let Fill::Stamped(stamp) = &route.nodes[2].seats[0].fill else { panic!("{route:#?}") };
    assert_eq!((stamp.name.as_str(), stamp.decision), ("sato0001さん", Decision::Approve));
    assert_eq!(route.nodes[2].at, Some(stamp.at));
    let open = &route.nodes[3];
    assert_eq!(open.deadline, "期限 2026年12月2日 15:00");
    assert_eq!(open.notes, ["承認まで あと 2 名"]);
    let fills: Vec<&Fill> = open.seats.iter().map(|seat| &seat.fill).collect();
    assert_eq!(fills, [&Fill::Waiting(vec!["check001さん".into()]), &Fill::Vacant]);
}

#[test]
fn names_a_view_does_not_hold_are_not_on_the_picture() {
    let branch = Branch::staffed(Setup::default());
    let (case, mut view) = seen(&branch, branch.waiting("a.csv", 1..=3));
    view.steps[0].seats[0].people.clear();
    let route = branch.desk.route(&case, &view).unwrap();
    assert_eq!(route.nodes[2].seats[0].fill, Fill::Waiting(Vec::new()));
}

#[test]
fn a_returned_case_shows_where_why_and_the_way_back() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=3);
    branch.vote(case, "sato0001", VoteKind::Approve);
    branch.vote(case, "check001", VoteKind::Return);
    let route = route(&branch, case);
    assert_eq!(states(&route), [Done, Done, Done, Stopped, NotReached, NotReached]);
    assert_eq!(turns(&route), [(3, 0, EdgeKind::Back, "差戻し")]);
    assert_eq!(route.nodes[3].notes, ["差戻しの理由：金額を確認してください"]);
    assert!(route.nodes[3].deadline.is_empty());
}

#[test]
fn a_refused_case_ends_where_it_was_refused() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=3);
    branch.vote(case, "sato0001", VoteKind::Reject);
    let route = route(&branch, case);
    assert_eq!(states(&route), [Done, Done, Stopped, NotReached, NotReached, NotReached]);
    assert_eq!(turns(&route), []);
    assert_eq!(route.nodes[2].notes, ["否認の理由：金額を確認してください"]);
}

#[test]
fn a_completed_case_has_every_station_behind_it() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=3);
    branch.complete(case);
    assert_eq!(states(&route(&branch, case)), [Done; 6]);
}

#[test]
fn time_that_ran_out_is_told_as_the_reason() {
    let branch = Branch::staffed(Setup::default());
    let asked = branch.waiting("a.csv", 1..=3);
    branch.clock.forward(5 * DAY_MS);
    branch.desk.tick().unwrap();
    let route = route(&branch, asked);
    assert_eq!(route.nodes[2].state, Stopped);
    assert_eq!(route.nodes[2].notes, ["期限を過ぎたため終わりました"]);
}

#[test]
fn a_late_case_and_one_nobody_can_decide_say_so() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=3);
    branch.vote(case, "sato0001", VoteKind::Approve);
    branch.clock.forward(5 * DAY_MS);
    branch.desk.tick().unwrap();
    let late = &route(&branch, case).nodes[3];
    assert_eq!(late.notes, ["期限を過ぎています。差戻しか否認の判断を待っています"]);
    let empty = Branch::new(Setup::default());
    let unstaffed = &route(&empty, empty.waiting("a.csv", 1..=3)).nodes[2];
    assert_eq!(unstaffed.state, Open);
    assert_eq!(unstaffed.notes, ["判断できる方がいません。利用者の登録を待っています"]);
}

#[test]
fn a_step_that_is_not_for_this_case_is_passed_by_and_says_why() {
    let setup = Setup { pattern: ApprovalPattern::None, ..Setup::default() };
    let branch = Branch::staffed(setup);
    let by_contract = branch.waiting("a.csv", 1..=3);
    let drawn = route(&branch, by_contract);
    assert_eq!(drawn.nodes[2].state, Skipped);
    assert_eq!(drawn.nodes[2].notes, ["契約により、ここでの承認はありません"]);
    assert!(drawn.nodes[2].seats.is_empty());
    assert_eq!(turns(&drawn), [(1, 3, EdgeKind::Branch, "")]);
    // The same case as if a branch had keyed it.
    let mut case = branch.desk.store.case(by_contract).unwrap();
    let mut file = (*case.file).clone();
    file.channel = "branches".to_owned();
    case.file = Arc::new(file);
    let drawn = branch.desk.route(&case, &branch.desk.view(&case).unwrap()).unwrap();
    assert_eq!(drawn.nodes[2].state, Skipped);
    assert_eq!(drawn.nodes[2].notes, ["受付経路が「お客様共有フォルダ」の案件だけ"]);
    assert_eq!(turns(&drawn), [(1, 3, EdgeKind::Branch, "")]);
}

#[test]
fn a_flow_s_picture_tells_who_decides_in_place_of_people_who_are_away() {
    let desk_line = "substitute: {allow: [checker], max: 10_000_000, post_review: manager}";
    let branch = Branch::new(Setup { desk_line, ..Setup::default() });
    let route = branch.desk.rulebook().route("accrual", Date::new(2026, 12, 1).unwrap()).unwrap();
    let note =
        "全員が不在のときは 取扱店の照査者 が代決（10,000,000円まで。取扱店の決裁者 が後閲）";
    assert!(route.nodes[3].notes.iter().any(|one| one == note), "{:?}", route.nodes[3].notes);
}

#[test]
fn a_deadline_counted_from_a_date_is_drawn_in_words() {
    let flow = ACCRUAL.replace("due: 1bd@15:00", "due: {by: earliest_due, offset: -3bd@15:00}");
    assert_ne!(flow, ACCRUAL);
    let rules = rulebook_with(Setup::default(), &flow);
    let route = rules.route("accrual", Date::new(2026, 12, 1).unwrap()).unwrap();
    let drawn = format!("{:?}", route.nodes[3]);
    assert!(drawn.contains("期限：最も早い支払期日の 3 営業日前 15:00"), "{drawn}");
}
