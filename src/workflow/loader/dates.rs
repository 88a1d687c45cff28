//! Deadlines of steps, and moments counted from a date of the case.

use super::super::expr::{Field, Fields, Type};
use super::super::yaml::{Map, Node, Reader, Value};
use super::super::{Due, FromDate, StepDue};

/// `due` or `timeout`: `1bd@15:00` or `{by: earliest_due, offset: -3bd@15:00}`; nothing where none
/// is written.
#[expect(clippy::option_option, reason = "a mistake, no deadline, a deadline")]
pub(super) fn read_due(
    reader: &mut Reader,
    (map, key): (Map<'_>, &str),
    fields: &Fields,
) -> Option<Option<StepDue>> {
    let Some(node) = map.get(key) else { return Some(None) };
    if matches!(node.value, Value::Map(_)) {
        return read_by(reader, node, fields).map(Box::new).map(StepDue::Date).map(Some);
    }
    let shape = (
        "1bd@15:00 か 4bh、または {by: earliest_due, offset: -3bd@15:00} の形で書いてください",
        "write 1bd@15:00, 4bh or {by: earliest_due, offset: -3bd@15:00}",
    );
    reader.parsed(node, shape, Due::parse).map(StepDue::Opening).map(Some)
}

/// `{by: earliest_due, offset: -3bd@15:00}`.
fn read_by(reader: &mut Reader, node: &Node, fields: &Fields) -> Option<FromDate> {
    let map = reader.map(node, &["by", "offset"]);
    let field = map.need(reader, "by").and_then(|node| date_field(reader, node, fields));
    let offset = map.need(reader, "offset").and_then(|node| {
        let shape = (
            "-3bd@15:00 のように、営業日数（前は -、後は +）と時刻で書いてください",
            "write business days and a time, as in -3bd@15:00",
        );
        reader.parsed(node, shape, FromDate::parse_offset)
    });
    let ((name, label), (days, at)) = (field?, offset?);
    Some(FromDate { name, label, days, at })
}

/// `{date: record_date, days: -1, at: "14:00"}`: a day that a wait waits for.
pub(super) fn read_day(reader: &mut Reader, node: &Node, fields: &Fields) -> Option<FromDate> {
    let map = reader.map(node, &["date", "days", "at"]);
    let field = map.need(reader, "date").and_then(|node| date_field(reader, node, fields));
    let days = map.get("days").map_or(Some(0), |node| {
        let shape = ("-3 のように営業日数で書いてください", "write business days, as in -3");
        reader.parsed(node, shape, FromDate::parse_days)
    });
    let at = map.get("at").map_or(Some((9, 0)), |node| {
        let shape = ("09:00 の形で書いてください", "write 09:00");
        reader.parsed(node, shape, crate::workflow::due::parse_time)
    });
    let (name, label) = field?;
    Some(FromDate { name, label, days: days?, at: at? })
}

/// The name and the label of a date of the case.
fn date_field(reader: &mut Reader, node: &Node, fields: &Fields) -> Option<(String, String)> {
    let name = reader.text(node)?;
    let dates: Vec<&Field> = fields.iter().filter(|field| field.kind == Type::Date).collect();
    let found = dates.iter().find(|field| field.name == name);
    if found.is_none() {
        let known: Vec<&str> = dates.iter().map(|field| field.name.as_str()).collect();
        reader.unknown(node.at, ("日付", "date"), name, &known);
    }
    found.map(|field| (field.name.clone(), field.label.clone()))
}
