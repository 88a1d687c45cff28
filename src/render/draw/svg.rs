//! A route as an SVG.

use super::edges::{LABEL, Look, Tip, Wire};
use super::layout::{BODY, LEADING, Layout, MARGIN, WIDTH, layout};
use super::node::{WAITING, node};
use super::pen::{Area, INK, NAVY, PALE, PAPER, Paint, Pen, SOFT, Spot, Style};
use super::text::{clip, escaped, width};
use super::{Fill, Node, Route};

/// The faces asked for; none is fetched.
const FACES: &str = "'BIZ UDGothic', 'Yu Gothic', 'Noto Sans CJK JP', sans-serif";

/// A route as one SVG element: UTF-8, 640 units wide, the same bytes for the same route.
///
/// Every text of the route is escaped, so that the picture may stand within a page as it is.
pub fn svg(route: &Route) -> String {
    let placed = layout(route);
    let (height, name) = (placed.height, escaped(&name(route)));
    let mut pen = Pen::default();
    pen.line(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{name}\" lang=\"ja\" \
         font-family=\"{FACES}\" stroke-linejoin=\"round\">"
    ));
    pen.line(&format!("<title>{name}</title>"));
    pen.line(&format!("<desc>{}</desc>", escaped(&story(route))));
    let sheet = Area { x: 0, y: 0, width: WIDTH, height };
    pen.rectangle(sheet, 0, Paint::surface(PAPER));
    heading(&mut pen, route, &placed);
    placed.wires.iter().for_each(|one| wire(&mut pen, one));
    placed.boxes.iter().for_each(|one| node(&mut pen, one));
    pen.line("</svg>");
    pen.finish()
}

/// The picture's name for those who hear it.
fn name(route: &Route) -> String {
    match route.standing.as_str() {
        "" => format!("{}の流れ", route.title),
        standing => format!("{}の流れ（{standing}）", route.title),
    }
}

/// All that the picture shows, in sentences, for those who hear it.
fn story(route: &Route) -> String {
    let mut parts = route.subtitle.clone();
    parts.extend((1..).zip(&route.nodes).map(|(at, node)| format!("{at}. {}", told(node))));
    parts.push(String::new());
    parts.join("。")
}

fn told(node: &Node) -> String {
    let mut parts = vec![match node.state.japanese() {
        "" => node.title.clone(),
        state => format!("{}：{state}", node.title),
    }];
    parts.extend(Some(&node.deadline).into_iter().chain(&node.notes).cloned());
    parts.extend(node.seats.iter().map(|seat| match &seat.fill {
        Fill::Stamped(stamp) => {
            let (decision, at) = (stamp.decision.japanese(), stamp.at.japanese());
            format!("{} {decision} {} {at}", seat.title, stamp.name)
        }
        Fill::Waiting(names) => format!("{} {WAITING} {}", seat.title, names.join("、")),
        Fill::Vacant => format!("{} {}", seat.title, seat.who),
    }));
    parts.retain(|part| !part.is_empty());
    parts.join("、")
}

fn heading(pen: &mut Pen, route: &Route, placed: &Layout<'_>) {
    let mut baseline = MARGIN + 22;
    for line in &placed.heading.title {
        pen.text((MARGIN, baseline), Style::bold(22, INK), line);
        baseline += 30;
    }
    if !route.standing.is_empty() {
        let standing = clip(&route.standing, 16, WIDTH / 3);
        let width = width(&standing, 16) + 28;
        let place = Area { x: WIDTH - MARGIN - width, y: MARGIN - 2, width, height: 32 };
        pen.rectangle(place, 4, Paint::line(NAVY, 2).on(PAPER));
        let (x, y) = place.centre();
        pen.text((x, y + 6), Style::bold(16, NAVY).centred(), &standing);
    }
    baseline -= 4;
    for line in &placed.heading.subtitle {
        pen.text((MARGIN, baseline), Style::regular(BODY, SOFT), line);
        baseline += LEADING;
    }
}

fn wire(pen: &mut Pen, wire: &Wire) {
    let (ink, thickness, dashes) = match wire.look {
        Look::Plain => (NAVY, 2, ""),
        Look::Walked => (NAVY, 3, ""),
        Look::Ahead => (PALE, 2, ""),
        Look::Back => (NAVY, 2, "6 4"),
        Look::BackAhead => (PALE, 2, "6 4"),
    };
    let mut points = wire.points.clone();
    if let ([.., before, last], Tip::Arrow) = (points.as_mut_slice(), wire.tip) {
        let (corners, base) = head(*before, *last);
        *last = base;
        pen.polyline(&corners, Paint::surface(ink));
    }
    pen.polyline(&points, Paint::line(ink, thickness).dashed(dashes));
    if let Some((spot, anchor, text)) = &wire.label {
        let style = Style { anchor: *anchor, ..Style::regular(LABEL, INK) };
        pen.text(*spot, style, text);
    }
}

/// The arrow head at the end of a line, and where the line ends in it.
const fn head(before: Spot, (x, y): Spot) -> ([Spot; 3], Spot) {
    if before.0 < x {
        ([(x, y), (x - 11, y - 6), (x - 11, y + 6)], (x - 10, y))
    } else {
        ([(x, y), (x - 6, y - 11), (x + 6, y - 11)], (x, y - 10))
    }
}
