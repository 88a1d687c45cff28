//! The requests of an XML file that were not taken in, as they came, as a file of their own
//! (訂正用ファイル).

use std::io::{self, Read, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, BytesText, Event};

use crate::formats::text::Text;

/// Writes the requests that `is_taken` denies to `to`, in UTF-8; it is asked by their number, from
/// 1. Whether there are any.
///
/// Each is as it came, with its comments and with elements nobody knows. What stands between
/// requests is left out, and so is what the root promises of all (count and total): it would be
/// wrong in a file of fewer. `source` is a file without a mistake of its own.
pub fn requests_to_correct(
    source: &mut dyn Read,
    file_len_max: u64,
    mut is_taken: impl FnMut(u32) -> bool,
    to: &mut dyn Write,
) -> io::Result<bool> {
    let mut text = Text::new(source, file_len_max);
    text.begin()?;
    let mut parser = quick_xml::Reader::from_reader(&mut text);
    let mut writer = Writer::new(to);
    let (mut buffer, mut root) = (Vec::new(), BytesStart::new(""));
    let (mut depth, mut record, mut wanted, mut any) = (0_usize, 0_u32, false, false);
    loop {
        buffer.clear();
        parser.get_mut().mark();
        // It was read to its end before.
        let Ok(event) = parser.read_event_into(&mut buffer) else { break };
        match &event {
            Event::Eof => break,
            Event::Start(start) if depth == 0 => root = without_promises(start),
            Event::Start(start) | Event::Empty(start)
                if depth == 1 && start.local_name().as_ref() == "request" =>
            {
                record = record.saturating_add(1);
                wanted = !is_taken(record);
                if wanted && !std::mem::replace(&mut any, true) {
                    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
                    line(&mut writer)?;
                    writer.write_event(Event::Start(root.borrow()))?;
                }
                if wanted {
                    line(&mut writer)?;
                }
            }
            _ => {}
        }
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if wanted {
            writer.write_event(event)?;
        }
        // Between two requests.
        wanted &= depth > 1;
    }
    if any {
        line(&mut writer)?;
        writer.write_event(Event::End(root.to_end()))?;
        line(&mut writer)?;
    }
    text.take_io_error().map_or(Ok(any), Err)
}

fn line(writer: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    writer.write_event(Event::Text(BytesText::from_escaped("\n")))
}

/// The root as it came, but for what it says of all requests.
fn without_promises(root: &BytesStart<'_>) -> BytesStart<'static> {
    let name = root.name();
    let name: &str = name.as_ref();
    let mut kept = BytesStart::new(name.to_owned());
    for attribute in root.attributes().with_checks(false).flatten() {
        let key: &str = attribute.key.as_ref();
        if !matches!(key, "count" | "total") {
            kept.push_attribute(attribute);
        }
    }
    kept
}
