//! Who may fill a seat in place of people who are all away, and who reads it afterwards (代決, 後閲).

use crate::domain::YenTotal;
use crate::workflow::{
    Need, Place, Substitute, Who,
    yaml::{Node, Reader},
};

use super::read_who;

/// `substitute: {allow: [checker], max: 10_000_000, post_review: manager}`.
///
/// All of them belong where the step's seats are: a proof that counts people at a place holds
/// whoever fills the seat.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    people: &[(String, Who)],
    need: Option<&Need>,
) -> Option<Substitute> {
    let map = reader.map(node, &["allow", "max", "post_review"]);
    let allow = map.need(reader, "allow");
    let allow: Vec<Option<Who>> = allow
        .map(|node| {
            let each = Reader::list(node).into_iter();
            each.map(|item| here(reader, item, people, need)).collect()
        })
        .unwrap_or_default();
    if allow.is_empty() {
        let ja = "代決できる人を一つ以上書いてください。";
        reader.say(map.at, ja, "name at least one group of people");
    }
    let shape = ("10_000_000 のように円で書いてください", "write yen, as in 10_000_000");
    let max = map.need(reader, "max").and_then(|node| {
        reader.parsed(node, shape, |text| text.replace('_', "").parse().ok().map(YenTotal::new))
    });
    let post_review = map.need(reader, "post_review");
    let post_review = post_review.and_then(|node| here(reader, node, people, need));
    let allow: Option<Vec<Who>> = allow.into_iter().collect();
    Some(Substitute { allow: allow?, max: max?, post_review: post_review? })
}

/// A group of people who belong where the step's seats are.
fn here(
    reader: &mut Reader,
    node: &Node,
    people: &[(String, Who)],
    need: Option<&Need>,
) -> Option<Who> {
    let who = read_who(reader, node, people)?;
    if places(need).any(|place| place != who.at) {
        let ja = "代決と後閲は、この手順の承認欄と同じ所属の人にしてください。";
        reader.say(node.at, ja, "these people must belong where the seats of this step are");
        return None;
    }
    Some(who)
}

fn places(need: Option<&Need>) -> impl Iterator<Item = Place> {
    let places: Vec<Place> = match need {
        Some(Need::Seats(seats)) => seats.iter().map(|seat| seat.who.at).collect(),
        Some(Need::Contract(who)) => vec![who.at],
        None => Vec::new(),
    };
    places.into_iter()
}
