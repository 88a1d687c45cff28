//! Pictures: nothing overlaps, nothing is lost, whatever stands in the texts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use quick_xml::events::Event;

use super::edges::{LABEL, Look};
use super::layout::{WIDTH, layout};
use super::pen::{Anchor, Area};
use super::text::width;
use super::{Decision, Edge, EdgeKind, Fill, Kind, Node, Route, Seat, Stamp, State, svg};
use crate::domain::{Date, Timestamp};

fn at(hour: u32, minute: u32) -> Timestamp {
    Timestamp::tokyo(Date::new(2026, 12, 1).unwrap(), hour, minute)
}

fn node(id: &str, kind: Kind, title: &str, state: State) -> Node {
    Node {
        id: id.into(),
        kind,
        title: title.into(),
        state,
        at: None,
        deadline: String::new(),
        notes: Vec::new(),
        seats: Vec::new(),
    }
}

fn seat(title: &str, who: &str, fill: Fill) -> Seat {
    Seat { title: title.into(), who: who.into(), fill }
}

fn stamped(name: &str, at: Timestamp, decision: Decision) -> Fill {
    Fill::Stamped(Stamp { name: name.into(), at, decision })
}

fn edge(from: usize, to: usize, label: &str, kind: EdgeKind) -> Edge {
    Edge { from, to, label: label.into(), kind }
}

/// A case half-way along a route with every kind of station, way and seat.
fn sample() -> Route {
    let mut nodes = vec![
        node("", Kind::Receive, "受付", State::Done),
        node("validate", Kind::Check, "取扱規則の点検", State::Done),
        node("customer", Kind::Approve, "お客様承認", State::Done),
        node("route", Kind::Decide, "決裁権限の判定", State::Done),
        node("single", Kind::Approve, "店内検印", State::Skipped),
        node("double", Kind::Approve, "店内ダブル承認", State::Open),
        node("hq", Kind::Approve, "本部承認", State::Later),
        node("register", Kind::Emit, "送付", State::Later),
        node("result", Kind::Wait, "集信側の結果", State::Later),
        node("fix", Kind::Task, "再入力", State::NotReached),
        node("done", Kind::End, "完了", State::Later),
    ];
    nodes[0].notes = vec!["2026年12月1日 9:00　12月支払.csv".into()];
    nodes[1].notes = vec!["5件　誤りはありません".into()];
    nodes[2].seats = vec![
        seat("一次承認", "請求者の承認者", stamped("髙﨑 眞由美", at(9, 7), Decision::Approve)),
        seat("最終承認", "請求者の承認者", stamped("五十嵐 德子", at(9, 14), Decision::Approve)),
    ];
    nodes[3].notes = vec!["合計 18,770,000円、最大 9,000,000円 → 照査＋決裁".into()];
    nodes[4].seats = vec![seat("検印", "取扱店の照査者", Fill::Vacant)];
    nodes[5].deadline = "期限 2026年12月2日 15:00".into();
    nodes[5].notes = vec!["あと1名の承認が必要です".into()];
    nodes[5].seats = vec![
        seat("照査", "取扱店の照査者", stamped("佐藤 花子", at(9, 28), Decision::Approve)),
        seat("決裁", "取扱店の決裁者", Fill::Waiting(vec!["森 恵子".into(), "加藤 決".into()])),
    ];
    nodes[6].deadline = "期限 支払期日の3営業日前 15:00".into();
    nodes[6].seats = vec![
        seat("本部", "事務本部", Fill::Vacant),
        seat("本部", "事務本部", stamped("小野寺 瀨那", at(11, 0), Decision::Return)),
        seat("本部", "事務本部", stamped("小野寺 瀨那", at(11, 0), Decision::Reject)),
    ];
    let mut edges: Vec<Edge> = (0..10).map(|at| edge(at, at + 1, "", EdgeKind::Next)).collect();
    edges[3].label = "100万円未満".into();
    edges[3].kind = EdgeKind::Branch;
    edges.extend([
        edge(3, 5, "1,000万円未満", EdgeKind::Branch),
        edge(3, 6, "1,000万円以上", EdgeKind::Branch),
        edge(5, 7, "", EdgeKind::Next),
        edge(8, 10, "結果が正しいとき", EdgeKind::Branch),
        edge(5, 0, "請求者へ差戻し", EdgeKind::Back),
        edge(6, 5, "照査へ差戻し", EdgeKind::Back),
        edge(6, 0, "請求者へ差戻し", EdgeKind::Back),
        edge(9, 1, "直して点検へ", EdgeKind::Next),
    ]);
    Route {
        title: "でんさい発生記録請求".into(),
        standing: "承認待ち".into(),
        subtitle: vec![
            "申請番号 20261201-000001-4.1　株式会社見本製作所".into(),
            "5件　18,770,000円　記録請求日 2026年12月3日".into(),
        ],
        nodes,
        edges,
    }
}

/// The same route with this text in every place where a text can stand.
fn filled_with(text: &str) -> Route {
    let mut route = sample();
    let everywhere = |place: &mut String| text.clone_into(place);
    everywhere(&mut route.title);
    everywhere(&mut route.standing);
    route.subtitle.iter_mut().for_each(everywhere);
    route.edges.iter_mut().for_each(|edge| everywhere(&mut edge.label));
    for node in &mut route.nodes {
        everywhere(&mut node.id);
        everywhere(&mut node.title);
        everywhere(&mut node.deadline);
        node.notes.iter_mut().for_each(everywhere);
        for seat in &mut node.seats {
            everywhere(&mut seat.title);
            everywhere(&mut seat.who);
            match &mut seat.fill {
                Fill::Stamped(stamp) => everywhere(&mut stamp.name),
                Fill::Waiting(names) => names.iter_mut().for_each(everywhere),
                Fill::Vacant => {}
            }
        }
    }
    route
}

/// An element as it was read: name, attributes, the text right after it.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

/// Reads a picture with a strict reader; not well-formed is a failure.
fn read(picture: &str) -> Vec<Element> {
    let mut reader = quick_xml::Reader::from_str(picture);
    reader.config_mut().check_end_names = true;
    let (mut elements, mut depth): (Vec<Element>, i32) = (Vec::new(), 0);
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                depth += i32::from(matches!(event, Event::Start(_)));
                let name = tag.name().as_ref().to_owned();
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    (key, quick_xml::escape::unescape(&attribute.value).unwrap().into_owned())
                });
                let attributes = attributes.collect();
                elements.push(Element { name, attributes, text: String::new() });
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => {
                elements.last_mut().unwrap().text.push_str(text);
            }
            Event::GeneralRef(name) => {
                let text = format!("&{};", &**name);
                let text = quick_xml::escape::unescape(&text).unwrap();
                elements.last_mut().unwrap().text.push_str(&text);
            }
            Event::Eof => break,
            other => panic!("a picture holds no {other:?}"),
        }
    }
    assert_eq!(depth, 0, "every element is closed");
    elements
}

fn names_of(elements: &[Element]) -> Vec<&str> {
    elements.iter().map(|element| element.name.as_str()).collect()
}

#[test]
fn a_picture_is_well_formed_and_brings_no_style_script_or_link() {
    let elements = read(&svg(&sample()));
    let svg = &elements[0];
    assert_eq!(svg.name, "svg");
    assert_eq!(svg.attributes["xmlns"], "http://www.w3.org/2000/svg");
    assert_eq!((svg.attributes["role"].as_str(), svg.attributes["width"].as_str()), ("img", "640"));
    assert_eq!(svg.attributes["aria-label"], "でんさい発生記録請求の流れ（承認待ち）");
    assert_eq!(elements[1].text.trim(), svg.attributes["aria-label"], "the title");
    assert_eq!(elements[2].name, "desc");
    for told in ["6. 店内ダブル承認：いまここ", "照査 承認 佐藤 花子", "森 恵子"]
    {
        assert!(elements[2].text.contains(told), "{told} is missing in {}", elements[2].text);
    }
    let known = ["svg", "title", "desc", "g", "rect", "circle", "polyline", "path", "text"];
    for element in &elements {
        assert!(known.contains(&element.name.as_str()), "{element:?}");
        for (name, value) in &element.attributes {
            let banned = name == "style" || name.starts_with("on") || name.contains("href");
            assert!(!banned && !value.contains("url("), "{name}={value}");
        }
    }
}

#[test]
fn every_length_is_a_whole_number() {
    for element in read(&svg(&sample())) {
        for name in ["x", "y", "width", "height", "rx", "cx", "cy", "r", "points", "d", "font-size"]
        {
            let value = element.attributes.get(name).map_or("", String::as_str);
            assert!(!value.contains('.'), "{name}={value}");
        }
    }
}

#[test]
fn markup_in_any_text_stays_text() {
    let evil = "<g onload=\"x\">&amp;'</text></svg><script>";
    // As long in columns, so that lines break at the same places.
    let tame: String = evil.chars().map(|c| if c == ' ' { ' ' } else { 'a' }).collect();
    let (evil, tame) = (read(&svg(&filled_with(evil))), read(&svg(&filled_with(&tame))));
    assert_eq!(names_of(&evil), names_of(&tame));
    assert!(evil.iter().any(|element| element.text.contains("<g onload=\"x\">&amp;'</text>")));
}

#[test]
fn characters_xml_forbids_or_nobody_sees_are_left_out() {
    let elements = read(&svg(&filled_with("山\u{0}田\u{1B}\u{202E}\u{FFFF}\u{FEFF}太郎")));
    let texts = elements.iter().filter(|element| element.name == "text");
    let names: Vec<&str> = texts.map(|element| element.text.trim()).collect();
    assert!(names.contains(&"山 田 太郎"), "{names:?}");
}

#[test]
fn the_same_route_gives_the_same_bytes() {
    assert_eq!(svg(&sample()), svg(&sample()));
    let mut other = sample();
    other.nodes[5].deadline.push('半');
    assert_ne!(svg(&sample()), svg(&other));
}

#[test]
fn every_seat_is_drawn_with_what_fills_it() {
    let elements = read(&svg(&sample()));
    let shown = |text: &str| elements.iter().filter(|e| e.text.trim() == text).count();
    assert_eq!((shown("一次承認"), shown("最終承認")), (1, 1), "in the seals");
    assert_eq!((shown("髙﨑"), shown("髙﨑 眞由美")), (1, 1), "in the seal and beside it");
    assert_eq!(shown("2026.12.1"), 5);
    assert_eq!(shown("決裁"), 2, "in the empty circle and beside it");
    assert_eq!((shown("判断を待っています"), shown("森 恵子、加藤 決")), (1, 1));
    let circles = elements.iter().filter(|element| element.name == "circle");
    let (empty, seals): (Vec<_>, Vec<_>) =
        circles.partition(|circle| circle.attributes.contains_key("stroke-dasharray"));
    assert_eq!((empty.len(), seals.len()), (3, 3), "a return and a rejection are square");
}

#[test]
fn an_open_station_is_framed_thicker_and_one_never_reached_in_dashes() {
    let frame = |state: State| {
        let mut route = sample();
        route.nodes = vec![node("one", Kind::Approve, "一つ", state)];
        route.edges.clear();
        let mut elements = read(&svg(&route));
        elements.retain(|e| e.name == "rect" && e.attributes.get("rx").is_some_and(|r| r == "10"));
        elements.remove(0).attributes
    };
    assert_eq!(frame(State::Open)["stroke-width"], "4");
    assert_eq!(frame(State::Done)["stroke-width"], "2");
    assert_eq!(frame(State::Later)["stroke-width"], "1");
    let dashes =
        [State::NotReached, State::Skipped].map(|state| frame(state)["stroke-dasharray"].clone());
    assert_ne!(dashes[0], dashes[1]);
}

#[test]
fn only_ways_the_case_came_are_thick() {
    let looks = |route: &Route| -> Vec<(Look, usize)> {
        let placed = layout(route);
        let all = [Look::Plain, Look::Walked, Look::Ahead, Look::Back, Look::BackAhead];
        let many = |look| placed.wires.iter().filter(|wire| wire.look == look).count();
        all.into_iter().map(|look| (look, many(look))).filter(|(_, many)| *many > 0).collect()
    };
    // 受付 → 点検 → お客様承認 → 判定 ⇒ 店内ダブル承認, past 店内検印.
    let case = [(Look::Walked, 4), (Look::Ahead, 10), (Look::Back, 2), (Look::BackAhead, 2)];
    assert_eq!(looks(&sample()), case);
    let mut flow = sample();
    flow.nodes.iter_mut().for_each(|node| node.state = State::Plain);
    assert_eq!(looks(&flow), [(Look::Plain, 14), (Look::Back, 4)]);
}

#[test]
fn a_way_to_a_station_that_is_not_there_is_not_drawn() {
    let mut route = sample();
    route.edges = vec![edge(0, 99, "", EdgeKind::Next), edge(99, 0, "", EdgeKind::Back)];
    assert!(layout(&route).wires.is_empty());
    assert_eq!(read(&svg(&Route::default())).len(), 4, "an empty route is an empty picture");
}

fn touch(a: Area, b: Area) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

fn within(inner: Area, outer: Area) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.right() <= outer.right()
        && inner.bottom() <= outer.bottom()
}

/// What must hold for any route: boxes apart, seats in their boxes and apart, everything on the
/// sheet, labels in the gaps.
fn assert_tidy(route: &Route) {
    let placed = layout(route);
    let sheet = Area { x: 0, y: 0, width: WIDTH, height: placed.height };
    for (at, one) in placed.boxes.iter().enumerate() {
        assert!(within(one.area, sheet) && one.area.width > 300, "{:?}", one.area);
        assert!(placed.boxes.iter().skip(at + 1).all(|other| !touch(one.area, other.area)));
        assert_eq!(one.seats.len(), one.node.seats.len(), "every seat is drawn");
        for (at, (cell, _)) in one.seats.iter().enumerate() {
            assert!(within(*cell, one.area), "{cell:?} in {:?}", one.area);
            assert!(one.seats.iter().skip(at + 1).all(|(other, _)| !touch(*cell, *other)));
        }
    }
    for wire in &placed.wires {
        let on_sheet =
            |(x, y): &(i32, i32)| (0..=WIDTH).contains(x) && (0..=placed.height).contains(y);
        assert!(wire.points.iter().all(on_sheet), "{:?}", wire.points);
        let Some(((x, y), anchor, text)) = &wire.label else { continue };
        let taken = width(text, LABEL);
        let left = if *anchor == Anchor::End { x - taken } else { *x };
        let area = Area { x: left, y: y - LABEL, width: taken, height: LABEL };
        let in_a_box = placed.boxes.iter().any(|one| touch(area, one.area));
        assert!(within(area, sheet) && !in_a_box, "{text} at {area:?}");
    }
    for element in read(&svg(route)).iter().filter(|element| element.name == "text") {
        let number = |name: &str| element.attributes[name].parse::<i32>().unwrap();
        let taken = width(element.text.trim(), number("font-size"));
        let left = match element.attributes.get("text-anchor").map(String::as_str) {
            Some("middle") => number("x") - taken / 2,
            Some("end") => number("x") - taken,
            _ => number("x"),
        };
        assert!(left >= 0 && left + taken <= WIDTH, "{element:?}");
    }
}

#[test]
fn boxes_seats_and_labels_never_lie_on_each_other() {
    assert_tidy(&sample());
}

#[test]
fn long_names_keep_to_the_sheet() {
    let long = "株式会社寿限無寿限無五劫の擦り切れ海砂利水魚の水行末雲来末風来末".repeat(4);
    assert_tidy(&filled_with(&long));
    assert!(svg(&filled_with(&long)).contains('…'));
    assert_tidy(&filled_with(&"W".repeat(300)));
    assert_tidy(&filled_with(""));
}

proptest! {
    #[test]
    fn any_route_is_tidy(
        kinds in prop::collection::vec((0..8_usize, 0..7_usize, 0..6_usize), 1..14),
        ways in prop::collection::vec((0..14_usize, 0..14_usize, 0..3_usize), 0..30),
        text in "[ -~あ-ん、。ー一-龥]{0,60}",
    ) {
        let parts = sample();
        let mut route = filled_with(&text);
        let all = |pick: usize| parts.nodes[pick].kind;
        let states = [
            State::Plain, State::Done, State::Open, State::Stopped, State::Later,
            State::NotReached, State::Skipped,
        ];
        let kinds_of = [0, 1, 2, 3, 7, 8, 9, 10].map(all);
        let some = parts.nodes[6].seats[1].clone();
        route.nodes = kinds
            .into_iter()
            .map(|(kind, state, seats)| {
                let mut made = node(&text, kinds_of[kind], &text, states[state]);
                made.notes = vec![text.clone(); seats];
                made.seats = vec![some.clone(); seats];
                made
            })
            .collect();
        let how = [EdgeKind::Next, EdgeKind::Branch, EdgeKind::Back];
        route.edges =
            ways.into_iter().map(|(from, to, kind)| edge(from, to, &text, how[kind])).collect();
        assert_tidy(&route);
    }
}
