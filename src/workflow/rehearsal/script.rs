//! Scripts: who does what when, in the words of commands.

use crate::domain::Timestamp;

use super::super::{Arrival, Span, Wish};
use super::{Asked, Stage, find_person, parse_moment};

/// What is written when a script gives no reason where people must give one.
const REASON: &str = "確認のため";

/// What people do, and how long the rehearsal waits after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What people do, in the order of time.
    pub cues: Vec<Cue>,
    /// When it ends.
    pub ends: Timestamp,
}

/// One thing a person does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When.
    pub at: Timestamp,
    /// What: a person who wants something, or something that comes from outside.
    pub asked: Asked,
}

/// A part of a script, of given data or of people that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// What is wrong and what to write, in Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

impl Misread {
    pub(super) const fn new(ja: String, en: String) -> Self {
        Self { ja, en }
    }
}

impl Script {
    /// Reads the lines of a script that begins at `from`; errs with each line that is wrong.
    ///
    /// A line is a wait, `+2h`, `+1bd`, `@2026-12-02 12:00`, or what a person does: `person: wish
    /// reason`. The person is one [`find_person`] finds; the wish is written as [`Wish`] says, and
    /// where a return goes to may also stand after a space. A reason may be left out.
    pub fn read(
        lines: &[&str],
        from: Timestamp,
        stage: Stage<'_>,
    ) -> Result<Self, Vec<(usize, Misread)>> {
        let (mut cues, mut wrong) = (Vec::new(), Vec::new());
        let mut now = from;
        for (index, line) in lines.iter().enumerate() {
            let line = line.trim();
            let read = match wait(line, now, stage) {
                Some(moment) => moment.map(|moment| now = moment),
                None => cue(line, now, stage).map(|cue| cues.push(cue)),
            };
            wrong.extend(read.err().map(|misread| (index, misread)));
        }
        if wrong.is_empty() { Ok(Self { cues, ends: now }) } else { Err(wrong) }
    }
}

/// The moment a line waits for, if it is a wait.
fn wait(line: &str, now: Timestamp, stage: Stage<'_>) -> Option<Result<Timestamp, Misread>> {
    let (moment, write) = match (line.strip_prefix('+'), line.strip_prefix('@')) {
        (Some(span), _) => {
            (Span::parse(span).map(|span| span.after(now, stage.calendar)), "+30m, +2h, +1bd")
        }
        (_, Some(text)) => (parse_moment(text), "@2026-12-02 12:00"),
        (None, None) => return None,
    };
    Some(match moment {
        Some(moment) if moment < now => Err(Misread::new(
            format!("「{line}」はその前の時刻（{now}）より早くなっています。"),
            format!("`{line}` lies before {now}"),
        )),
        Some(moment) => Ok(moment),
        None => Err(Misread::new(
            format!("「{line}」は時刻として読めません。{write} のように書いてください。"),
            format!("cannot read the time `{line}`; write {write}"),
        )),
    })
}

/// What a person does.
fn cue(line: &str, at: Timestamp, stage: Stage<'_>) -> Result<Cue, Misread> {
    let Some((person, rest)) = line.split_once(':') else {
        return Err(Misread::new(
            format!("「{line}」は読めません。「checker1: approve」の形で書いてください。"),
            format!("cannot read `{line}`; write `checker1: approve`"),
        ));
    };
    if person.trim() == "center" {
        return arrives(rest, at);
    }
    let by = find_person(stage.people, person.trim())?.id.clone();
    let (word, rest) = first_word(rest);
    let (object, after) = first_word(rest);
    let (word, reason) = match word {
        "return" if is_place(object) => (format!("return:{object}"), after),
        _ => (word.to_owned(), rest),
    };
    let wish = Wish::parse(&whom(&word, stage)?).ok_or_else(|| {
        Misread::new(
            format!(
                "「{word}」という操作はありません。approve、return、return:差戻し先、reject、\
                 abstain、resubmit、withdraw、hold、release、consult:相手、assign:相手 です。"
            ),
            format!("cannot read the act `{word}`; write it as commands do"),
        )
    })?;
    let needs = wish.needs_reason() && reason.is_empty();
    let reason = if needs { REASON.to_owned() } else { reason.to_owned() };
    Ok(Cue { at, asked: Asked::Wish { by, wish, reason } })
}

/// `center: ok`, `center: ng 口座相違`: what a wait waits for has come.
fn arrives(rest: &str, at: Timestamp) -> Result<Cue, Misread> {
    let (word, note) = first_word(rest);
    let outcome = match word {
        "ok" => Arrival::Ok,
        "ng" => Arrival::Ng,
        _ => {
            return Err(Misread::new(
                format!(
                    "「{word}」は読めません。「center: ok」か「center: ng 理由」と書いてください。"
                ),
                format!("cannot read `{word}`; write `center: ok` or `center: ng reason`"),
            ));
        }
    };
    Ok(Cue { at, asked: Asked::Arrive { outcome, note: note.to_owned() } })
}

/// The word with the whole id of the person it names, where it names one.
fn whom(word: &str, stage: Stage<'_>) -> Result<String, Misread> {
    Ok(match word.split_once(':') {
        Some((act @ ("consult" | "assign"), who)) => {
            format!("{act}:{}", find_person(stage.people, who)?.id)
        }
        _ => word.to_owned(),
    })
}

/// The names of places are plain: a reason in Japanese is none.
fn is_place(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    !word.is_empty() && word.chars().all(fits)
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}
