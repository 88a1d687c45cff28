//! What a flow obliges to after the approval:
//! `obliges: [{id: original, title: 原本の徴求, who: clerk, due: 5bd}]`.

use crate::workflow::{
    Due, Obligation, Who,
    yaml::{Node, Reader},
};

use super::{name, read_who};

/// Reads the list, every item to its end whatever is wrong with one.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    people: &[(String, Who)],
) -> Option<Vec<Obligation>> {
    let mut known: Vec<String> = Vec::new();
    let mut each = |item: &Node| {
        let map = reader.map(item, &["id", "title", "who", "due"]);
        let id = map.need(reader, "id").and_then(|node| {
            reader.parsed(node, ("英小文字・数字・_ で書いてください", "use a-z, 0-9 and _"), name)
        });
        let title = map.need(reader, "title").and_then(|node| reader.text(node)).map(str::to_owned);
        let who = map.need(reader, "who").and_then(|node| read_who(reader, node, people));
        let shape = ("5bd、5bd@15:00 の形で書いてください", "write 5bd or 5bd@15:00");
        let due = map.need(reader, "due");
        let due = due.and_then(|node| reader.parsed(node, shape, Due::parse));
        let (id, title, who, due) = (id?, title?, who?, due?);
        if known.contains(&id) {
            let ja = format!("名前「{id}」が二つあります。別の名前にしてください。");
            reader.say(map.at, ja, format!("`{id}` stands there twice"));
            return None;
        }
        known.push(id.clone());
        Some(Obligation { id, title, who, due })
    };
    let all: Vec<Option<Obligation>> = Reader::list(node).into_iter().map(&mut each).collect();
    all.into_iter().collect()
}
