//! What was keyed in from a paper, as a request file in CSV: it is judged like any other. When the
//! paper came is no part of it.

use std::io;

use crate::domain::{Field, KeyedRow, KeyedSheet};

/// The name a keyed sheet is judged under.
pub const KEYED_NAME: &str = "keyed.csv";

/// A sheet as CSV with the published columns, in UTF-8.
pub fn write_keyed(sheet: &KeyedSheet) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(Field::ALL.iter().map(|field| field.japanese()))?;
    for row in &sheet.rows {
        let cell = |field: &Field| row.get(field).map_or("", String::as_str);
        writer.write_record(Field::ALL.iter().map(cell))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// Reads a sheet back; errs where it was not written by [`write_keyed`].
pub fn read_keyed(text: &[u8]) -> io::Result<KeyedSheet> {
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(text).records() {
        let record = record?;
        let cells = Field::ALL.iter().zip(record.iter()).filter(|(_, text)| !text.is_empty());
        rows.push(cells.map(|(field, text)| (*field, text.to_owned())).collect::<KeyedRow>());
    }
    Ok(KeyedSheet { received: None, rows })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_keyed_in_is_read_as_it_was_written(
            rows in prop::collection::vec(
                prop::collection::btree_map(
                    prop::sample::select(Field::ALL.to_vec()), "[ -~あ]{1,12}", 0..5,
                ),
                0..4,
            ),
        ) {
            let sheet = KeyedSheet { received: None, rows };
            let text = write_keyed(&sheet).unwrap();
            prop_assert_eq!(read_keyed(&text).unwrap(), sheet);
        }
    }
}
