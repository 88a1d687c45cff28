//! The people of a rehearsal: invented from a flow, or listed in a file.

use crate::domain::{Organisation, Person, Presence, Today, UserId};

use super::super::expr::{self, Values};
use super::super::{
    Definition, Mistake, Place, StepKind, Who, all_seats,
    yaml::{Node, Reader, Value},
};
use super::{Given, Misread};

/// Names as they are found in samples of forms.
const NAMES: [&str; 20] = [
    "山田 太郎",
    "佐藤 花子",
    "鈴木 一郎",
    "田中 次郎",
    "森 恵子",
    "小林 正",
    "高橋 和子",
    "伊藤 健",
    "渡辺 明美",
    "中村 勇",
    "加藤 洋子",
    "吉田 修",
    "松本 久美子",
    "井上 隆",
    "木村 由美",
    "清水 実",
    "斎藤 幸子",
    "山口 進",
    "池田 直美",
    "石川 豊",
];

/// People enough to play a flow: for each role and place as many as it needs, and one more.
///
/// Their ids say what they are: `checker1`, `checker2`, `manager1`, `deputy01`.
pub fn invented_people(definition: &Definition, given: &Given) -> Vec<Person> {
    let mut groups: Vec<(Who, usize)> = Vec::new();
    let mut need = |who: &Who, seats: usize| match groups.iter_mut().find(|(g, _)| g == who) {
        Some((_, count)) => *count = count.saturating_add(seats),
        None => groups.push((who.clone(), seats)),
    };
    for step in &definition.steps {
        // What only a table can tell may happen; the channel is known.
        let channel = expr::Value::Text(given.channel().to_owned());
        let channel = Values::default().with("channel", channel);
        let other = step.when.as_ref().is_some_and(|when| {
            when.names().iter().eq(["channel"].iter()) && !when.holds(&channel)
        });
        let StepKind::Approve(approve) = &step.kind else { continue };
        if other {
            continue;
        }
        for seat in all_seats(approve, given.pattern()) {
            need(&seat.who, 1);
        }
        for escalation in &approve.escalate {
            need(&escalation.who, 0);
        }
    }
    let mut people: Vec<Person> = Vec::new();
    for (who, seats) in groups {
        for _ in 0..seats.max(1).saturating_add(1) {
            let Some(id) = free_id(&who.role, &people) else { break };
            let name = NAMES.iter().cycle().nth(people.len()).copied().unwrap_or_default();
            people.push(Person {
                email: format!("{id}@example.jp"),
                id,
                name: name.to_owned(),
                organisation: organisation(who.at, given),
                roles: vec![who.role.clone()],
                stands_for: Vec::new(),
                today: Today::default(),
            });
        }
    }
    people
}

/// The first id after a role that nobody has: eight characters where the role is short enough.
fn free_id(role: &str, taken: &[Person]) -> Option<UserId> {
    let stem: String = role.chars().filter(char::is_ascii_graphic).take(11).collect();
    let stem = if stem.is_empty() { "person".to_owned() } else { stem };
    let width = 8_usize.saturating_sub(stem.len());
    (1..1000)
        .filter_map(|n: u32| UserId::parse(&format!("{stem}{n:0width$}")).ok())
        .find(|id| taken.iter().all(|person| person.id != *id))
}

fn organisation(at: Place, given: &Given) -> Organisation {
    match at {
        Place::Submitter => given.submitter(),
        Place::Desk => given.desk(),
        Place::Counterparty => given.counterparty(),
    }
}

/// The person a script means: by id, or by the beginning of an id or a name that only one has.
pub fn find_person<'p>(people: &'p [Person], word: &str) -> Result<&'p Person, Misread> {
    if let Some(person) = people.iter().find(|person| person.id.as_str() == word) {
        return Ok(person);
    }
    let mut meant = people.iter().filter(|person| {
        !word.is_empty() && (person.id.as_str().starts_with(word) || person.name.starts_with(word))
    });
    if let (Some(person), None) = (meant.next(), meant.next()) {
        return Ok(person);
    }
    let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
    let ids = ids.join(", ");
    Err(Misread::new(
        format!("「{word}」がどなたか分かりません。いるのは {ids} です。"),
        format!("`{word}` is nobody, or more than one; there are {ids}"),
    ))
}

/// The people of a file: `id: {name: 佐藤 花子, at: desk, role: checker}`, all mistakes at once.
///
/// `presence: away` is for somebody who is absent.
pub fn load_people(file: &str, text: &str, given: &Given) -> Result<Vec<Person>, Vec<Mistake>> {
    let mut reader = Reader::new(file);
    let people = reader.parse(text).map(|node| read_people(&mut reader, &node, given));
    reader.finish(people)
}

/// The same of a node.
pub(super) fn read_people(reader: &mut Reader, node: &Node, given: &Given) -> Vec<Person> {
    let Value::Map(entries) = &node.value else {
        reader.map(node, &[]);
        return Vec::new();
    };
    let mut people: Vec<Person> = Vec::new();
    for (key, node) in entries {
        let Ok(id) = UserId::parse(&key.name) else {
            let ja = format!("「{}」は利用者 ID になりません。半角8～14文字です。", key.name);
            reader.say(key.at, ja, format!("`{}` is no user ID: 8 to 14 characters", key.name));
            continue;
        };
        if people.iter().any(|person| person.id == id) {
            let ja = format!("「{id}」が二度書かれています。一つにしてください。");
            reader.say(key.at, ja, format!("`{id}` is written twice; keep one"));
        }
        people.extend(read_person(reader, node, id, given));
    }
    people
}

fn read_person(reader: &mut Reader, node: &Node, id: UserId, given: &Given) -> Option<Person> {
    let map = reader.map(node, &["name", "at", "role", "email", "presence"]);
    let words = [("here", Presence::Here), ("away", Presence::Away)];
    let presence =
        map.get("presence").map_or(Some(Presence::Here), |node| reader.choice(node, &words));
    let at = map.need(reader, "at").and_then(|node| reader.choice(node, &Place::named()));
    let roles = map.need(reader, "role").map(|node| texts(reader, node));
    let or_else = |text: Option<&str>, or: String| text.map_or(or, str::to_owned);
    let name = map.get("name").and_then(|node| reader.text(node));
    let email = map.get("email").and_then(|node| reader.text(node));
    Some(Person {
        name: or_else(name, id.to_string()),
        email: or_else(email, format!("{id}@example.jp")),
        id,
        organisation: organisation(at?, given),
        roles: roles?,
        stands_for: Vec::new(),
        today: Today { presence: presence?, ..Today::default() },
    })
}

/// The texts of a list; a single one counts as a list of one.
pub(super) fn texts(reader: &mut Reader, node: &Node) -> Vec<String> {
    let items = Reader::list(node);
    items.into_iter().filter_map(|item| reader.text(item).map(str::to_owned)).collect()
}
