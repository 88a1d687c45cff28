//! Profiles (変換表): files `workflows/profiles/<name>.yaml`.

use std::collections::BTreeMap;

use crate::domain::Field;
use crate::domain::profile::{Form, Made, Profile, Source};

use super::Mistake;
use super::yaml::{Key, Node, Reader, Value};

/// What stands where a person still has to choose.
pub const TO_CHOOSE: &str = "要確認";

/// The keys of a column.
const KEYS: [&str; 8] =
    ["from", "constant", "receipt_day", "split", "part", "words", "as", "digits"];

/// How many digits a code may be filled up to.
const DIGITS_MAX: usize = 20;

/// Reads a profile, all mistakes at once.
///
/// `name` is the file's name without `.yaml`. What its requests need must come from somewhere.
pub fn load_profile(file: &str, name: &str, text: &str) -> Result<Profile, Vec<Mistake>> {
    let mut reader = Reader::new(file);
    let profile = reader.parse(text).and_then(|node| read(&mut reader, name, &node));
    reader.finish(profile)
}

fn read(reader: &mut Reader, name: &str, node: &Node) -> Option<Profile> {
    let map = reader.map(node, &["schema", "title", "columns"]);
    let title = map.need(reader, "title").and_then(|node| reader.text(node)).map(str::to_owned);
    let columns = map.need(reader, "columns")?;
    let known: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
    let mut made = BTreeMap::new();
    // A column that could not be read is not also missing.
    let before = reader.count();
    for (key, node) in reader.map(columns, &known).entries() {
        let field = Field::ALL.iter().find(|field| field.name() == key.name);
        if let (Some(field), Some(one)) = (field, column(reader, key, node)) {
            made.insert(*field, one);
        }
    }
    let profile = Profile { name: name.to_owned(), title: title?, columns: made };
    if reader.count() == before {
        for field in profile.lacking() {
            let (ours, english) = (field.japanese(), field.name());
            let ja = format!(
                "「{english}」({ours})がどこから来るか書かれていません。この請求に要る列です。\
                 台帳から補うときは {english}: {{constant: \"\"}} と書いてください。"
            );
            let en = format!(
                "`{english}` comes from nowhere, and its requests need it; where the register \
                 of customers fills it in, write `{english}: {{constant: \"\"}}`"
            );
            reader.say(columns.at, ja, en);
        }
        if profile.headings().is_empty() {
            let ja = "どの列も、相手のファイルの列から来ていません。from を書いてください。";
            reader.say(columns.at, ja, "no column comes from theirs; write `from`");
        }
    }
    Some(profile)
}

/// A column: the name of theirs alone, or a map.
fn column(reader: &mut Reader, key: &Key, node: &Node) -> Option<Made> {
    if let Value::Scalar(heading) = &node.value {
        return heading_of(reader, node, heading).map(|one| Made::From(Source::plain(&one)));
    }
    let map = reader.map(node, &KEYS);
    let ways = ["from", "constant", "receipt_day"].map(|key| map.get(key));
    match ways {
        [Some(from), None, None] => {
            let heading = reader.text(from)?.to_owned();
            let heading = heading_of(reader, from, &heading)?;
            source(reader, map, heading).map(Made::From)
        }
        [None, Some(constant), None] => {
            let text = reader.text(constant)?.to_owned();
            if text == TO_CHOOSE {
                return heading_of(reader, constant, &text).map(Made::Constant);
            }
            Some(Made::Constant(text))
        }
        [None, None, Some(day)] => {
            reader.choice(day, &[("next_open", ())])?;
            if matches!(key.name.as_str(), "record_date" | "due_date") {
                return Some(Made::ReceiptDay);
            }
            let ja = "受付日は日付の列にだけ書けます。";
            reader.say(day.at, ja, "the day of receipt belongs in a column of dates");
            None
        }
        _ => {
            let ja = "from(相手の列)、constant(決まった値)、receipt_day(受付日)のどれか一つを書いてください。";
            reader.say(key.at, ja, "write one of `from`, `constant` and `receipt_day`");
            None
        }
    }
}

/// A profile as a file to be read by [`load_profile`] and looked over by a person; a column that is
/// not chosen yet says so.
pub fn write_profile(title: &str, columns: &[(Field, Option<Made>)]) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema=../schemas/profile.schema.json\n\
         # 点検: kessai profile check    試す: kessai profile try\n\
         schema: 1\ntitle: {}\ncolumns:\n",
        quoted(title)
    );
    for (field, made) in columns {
        let made = match made {
            None => TO_CHOOSE.to_owned(),
            Some(Made::Constant(value)) => format!("{{constant: {}}}", quoted(value)),
            Some(Made::ReceiptDay) => "{receipt_day: next_open}".to_owned(),
            Some(Made::From(source)) => format!("{{{}}}", written(source).join(", ")),
        };
        let (ours, english) = (field.japanese(), field.name());
        text.extend(["  ", english, ": ", &made, "    # ", ours, "\n"]);
    }
    text
}

/// The keys of a column with what they say.
fn written(source: &Source) -> Vec<String> {
    let mut keys = vec![format!("from: {}", quoted(&source.heading))];
    if let Some((mark, part)) = &source.part {
        keys.push(format!("split: {}, part: {part}", quoted(mark)));
    }
    if !source.words.is_empty() {
        let words = source.words.iter();
        let words = words.map(|(theirs, ours)| format!("{}: {}", quoted(theirs), quoted(ours)));
        keys.push(format!("words: {{{}}}", words.collect::<Vec<_>>().join(", ")));
    }
    match source.form {
        Form::Text => {}
        Form::Amount => keys.push("as: amount".to_owned()),
        Form::Date => keys.push("as: date".to_owned()),
    }
    keys.extend(source.digits.map(|digits| format!("digits: {digits}")));
    keys
}

/// A text in quotation marks, whatever it holds.
fn quoted(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A heading somebody chose.
fn heading_of(reader: &mut Reader, node: &Node, heading: &str) -> Option<String> {
    if heading.is_empty() || heading == TO_CHOOSE {
        let ja = "まだ選ばれていません。相手のファイルの列の見出しを書いてください。";
        reader.say(node.at, ja, "not chosen yet; write the heading of one of their columns");
        return None;
    }
    Some(heading.to_owned())
}

fn source(reader: &mut Reader, map: super::yaml::Map<'_>, heading: String) -> Option<Source> {
    let before = reader.count();
    let forms = [("text", Form::Text), ("amount", Form::Amount), ("date", Form::Date)];
    let form = map.get("as").and_then(|node| reader.choice(node, &forms)).unwrap_or_default();
    let number = |reader: &mut Reader, name: &str, most: usize| {
        let shape = (format!("1 から {most} の数を書いてください"), format!("write 1 to {most}"));
        let node = map.get(name)?;
        reader.parsed(node, (&shape.0, &shape.1), |text| {
            text.parse::<usize>().ok().filter(|number| (1..=most).contains(number))
        })
    };
    let digits = number(reader, "digits", DIGITS_MAX);
    let part = number(reader, "part", 9);
    let mark = map.get("split").and_then(|node| reader.text(node)).map(str::to_owned);
    let part = match (mark, part) {
        (Some(mark), Some(part)) if !mark.is_empty() => Some((mark, part)),
        (None, None) => None,
        (Some(_), _) | (None, Some(_)) => {
            let ja = "split(区切る文字)と part(何番目か)は、両方を書いてください。";
            reader.say(map.at, ja, "`split` and `part` belong together");
            None
        }
    };
    let mut words = Vec::new();
    if let Some(node) = map.get("words") {
        match &node.value {
            Value::Map(entries) => {
                for (theirs, ours) in entries {
                    if let Some(ours) = reader.text(ours) {
                        words.push((theirs.name.clone(), ours.to_owned()));
                    }
                }
            }
            Value::Scalar(_) | Value::List(_) => {
                let ja = "「相手の言葉: こちらの値」の形で書いてください。";
                reader.say(node.at, ja, "expected `their word: our value` lines");
            }
        }
    }
    (reader.count() == before).then_some(Source { heading, part, words, form, digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../workflows/profiles/payables.yaml");

    fn said(text: &str) -> Vec<String> {
        let mistakes = load_profile("p.yaml", "p", text).unwrap_err();
        mistakes.into_iter().map(|one| format!("{}: {}", one.line, one.en)).collect()
    }

    #[test]
    fn the_shipped_profile_is_read_and_lacks_nothing() {
        let profile = load_profile("payables.yaml", "payables", GOOD).unwrap();
        assert_eq!(profile.name, "payables");
        assert_eq!(profile.lacking(), []);
        assert_eq!(profile.heading_of(Field::Amount), Some("支払金額"));
        assert_eq!(profile.columns[&Field::RecordDate], Made::ReceiptDay);
    }

    #[test]
    fn a_profile_is_read_as_it_was_written() {
        let shipped = load_profile("p.yaml", "p", GOOD).unwrap();
        let columns: Vec<_> =
            shipped.columns.iter().map(|(field, made)| (*field, Some(made.clone()))).collect();
        let text = write_profile(&shipped.title, &columns);
        assert_eq!(load_profile("p.yaml", "p", &text), Ok(shipped));
        let odd = Made::From(Source::plain("金額 \"税込\" \\100: #1"));
        let text = write_profile("表", &[(Field::Amount, Some(odd)), (Field::DueDate, None)]);
        let told = load_profile("p.yaml", "p", &text).unwrap_err();
        assert_eq!((told.len(), told[0].line), (1, 7), "only what is to be chosen: {told:?}");
    }

    #[test]
    fn every_mistake_of_a_profile_is_told_with_its_line() {
        let text = "\
title: 表
columns:
  amount: {from: 金額, as: money}
  due_date: 要確認
  record_date: {receipt_day: tomorrow}
  comment: {from: 摘要, constant: x}
  counterparty_bank_code: {from: 銀行, digits: 99, split: \"-\"}
  requester_account_type: {receipt_day: next_open}
  requester_ref: {from: 番号, words: 1}
  amuont: 金額
";
        assert_eq!(
            said(text),
            [
                "3: unknown value `money`; text, amount, date",
                "4: not chosen yet; write the heading of one of their columns",
                "5: unknown value `tomorrow`; next_open",
                "6: write one of `from`, `constant` and `receipt_day`",
                "7: `split` and `part` belong together",
                "7: cannot read `99`; write 1 to 20",
                "8: the day of receipt belongs in a column of dates",
                "9: expected `their word: our value` lines",
                "10: unknown key `amuont`; did you mean `amount`?",
            ]
        );
    }

    #[test]
    fn what_every_request_needs_and_comes_from_nowhere_is_a_mistake() {
        let told = said("title: 表\ncolumns:\n  amount: 金額\n");
        assert!(
            told.iter().any(|one| one.contains("`request_kind` comes from nowhere")),
            "{told:?}"
        );
        assert!(!told.iter().any(|one| one.contains("`comment`")), "{told:?}");
        let bare = GOOD.lines().filter(|line| !line.contains("from:") && !line.contains("部門"));
        let bare: Vec<&str> = bare.collect();
        assert!(said(&bare.join("\n")).len() > 3);
    }
}
