//! The records of a bulk request file that were not taken in, byte by byte as they came, as a file
//! of their own (訂正用ファイル).

use std::io::{self, Read, Write};

use super::read::{bytes_of, number};
use super::{RECORD_LEN, RequestLayout};
use crate::domain::Field;
use crate::formats::layout::{Charset, Cutter, RecordKind};

/// Writes the data records that `is_taken` denies to `to`; it is asked by their number among the
/// data records, from 1. Whether there are any.
///
/// Each stands below its header, above a trailer with the count and the sum of what is there; an
/// amount that cannot be read is no part of the sum. Charset and newlines are those of `source`,
/// which is a file without a mistake of its own; what follows its end record is left out.
pub fn records_to_correct(
    source: &mut dyn Read,
    (file_len_max, layout): (u64, &RequestLayout),
    mut is_taken: impl FnMut(u32) -> bool,
    to: &mut dyn Write,
) -> io::Result<bool> {
    let mut head = Vec::new();
    source.take(RECORD_LEN as u64).read_to_end(&mut head)?;
    let charset = Charset::of(&head);
    let source = head.as_slice().chain(source).take(file_len_max);
    let mut cutter = Cutter::new(source, RECORD_LEN, charset.newlines());
    let (mut below, mut jis) = (Below::default(), Vec::new());
    let (mut record, mut any) = (0_u32, false);
    while let Some(piece) = cutter.next()? {
        let bytes = charset.to_jis(piece.bytes, &mut jis);
        match bytes.first().and_then(|digit| RecordKind::of_digit(*digit)) {
            Some(RecordKind::Header) => {
                below = Below { header: piece.line.to_vec(), ..Below::default() };
            }
            Some(RecordKind::Data) => {
                record = record.saturating_add(1);
                if !is_taken(record) {
                    any = true;
                    // Written once, above the first of its records.
                    to.write_all(&std::mem::take(&mut below.header))?;
                    to.write_all(piece.line)?;
                    below.add(amount(layout, bytes));
                }
            }
            Some(RecordKind::Trailer) if below.count > 0 => {
                to.write_all(&below.trailer((layout, charset), piece.line.to_vec()))?;
            }
            Some(RecordKind::End) if any => to.write_all(piece.line)?,
            Some(RecordKind::Trailer | RecordKind::End) | None => {}
        }
    }
    Ok(any)
}

/// A header that is not written yet, and what was written below it.
#[derive(Default)]
struct Below {
    header: Vec<u8>,
    count: u64,
    total: u64,
}

impl Below {
    fn add(&mut self, amount: u64) {
        self.count += 1;
        self.total = self.total.saturating_add(amount);
    }

    /// The trailer `line` with other totals; one that has no room for a number keeps its own.
    fn trailer(&self, (layout, charset): (&RequestLayout, Charset), mut line: Vec<u8>) -> Vec<u8> {
        for field in layout.layout.fields(RecordKind::Trailer) {
            let number = match field.name_en.as_str() {
                "total_count" => self.count,
                "total_amount" => self.total,
                _ => continue,
            };
            let digits = format!("{number:0width$}", width = field.length);
            let room = line.get_mut(field.offset..field.offset.saturating_add(field.length));
            if let Some(room) = room.filter(|room| room.len() == digits.len()) {
                for (byte, digit) in room.iter_mut().zip(digits.bytes()) {
                    *byte = charset.written(digit);
                }
            }
        }
        line
    }
}

fn amount(layout: &RequestLayout, record: &[u8]) -> u64 {
    let field = layout.fields.get(Field::Amount.index()).and_then(Option::as_ref);
    field.and_then(|field| number(bytes_of(field, record))).unwrap_or(0)
}
