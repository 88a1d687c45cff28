//! Which keys a step may have, by what it is.

use crate::workflow::yaml::{Map, Reader};

/// What a step can be, and the keys each has of its own; the key that says what it is also names
/// it. A called part becomes steps before they are read.
pub(super) const KINDS: [(&str, &[&str]); 8] = [
    ("check", &["rules"]),
    ("decide", &["table", "hit", "out"]),
    (
        "approve",
        &[
            "order",
            "need",
            "veto",
            "who",
            "distinct_from",
            "confirm",
            "due",
            "overdue",
            "remind",
            "escalate",
            "substitute",
            "return_to",
            "withdraw",
            "exceptions",
            "paper",
        ],
    ),
    (
        "task",
        &[
            "who",
            "form",
            "twin",
            "distinct_from",
            "due",
            "overdue",
            "remind",
            "escalate",
            "return_to",
            "withdraw",
        ],
    ),
    ("wait", &["for", "release", "timeout", "then"]),
    ("parallel", &["branches", "join"]),
    ("emit", &["effects", "compensate"]),
    ("end", &["outcome"]),
];

/// What every step may have.
pub(super) const COMMON: [&str; 4] = ["title", "when", "unless", "next"];

/// Every key of any step, each once.
pub(super) fn all() -> Vec<&'static str> {
    let mut all: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    all.push("call");
    all.extend(COMMON);
    for key in KINDS.iter().flat_map(|(_, own)| *own) {
        if !all.contains(key) {
            all.push(key);
        }
    }
    all
}

/// The names of the kinds.
pub(super) fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(kind, _)| *kind).collect()
}

/// Tells keys that a step of this kind does not have, though another has.
pub(super) fn check(reader: &mut Reader, map: Map<'_>, kind: &str) {
    let own = KINDS.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, own)| own);
    let known = all();
    for key in map.keys() {
        let name = key.name.as_str();
        let fits = name == kind || COMMON.contains(&name) || own.contains(&name);
        if fits || !known.contains(&name) {
            continue;
        }
        let ja = format!(
            "「{name}」は {kind} には書けません。{kind} に書けるのは {} です。",
            [own, &COMMON].concat().join("、")
        );
        let en = format!("`{name}` is no key of `{kind}`; {}", [own, &COMMON].concat().join(", "));
        reader.say(key.at, ja, en);
    }
}
