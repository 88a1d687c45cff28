//! The tables of a root that are data beside its flows: fees, layouts of fixed-length files.

use crate::formats::zengin::{debit, transfer};
use crate::formats::{FEES, TableMistake, read_fees};
use crate::workflow::{Files, Mistake, decoded};

const LAYOUTS: &str = "workflows/layouts/";

/// Every mistake in these tables. A root without one goes by the one that is built in.
pub(super) fn check(files: &Files) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with(LAYOUTS)) {
        let text = decoded(bytes);
        let found = match name.as_str() {
            transfer::LAYOUT => transfer::layout(&text).err(),
            debit::LAYOUT => debit::layout(&text).err(),
            _ => Some(vec![unknown()]),
        };
        mistakes.extend(found.into_iter().flatten().map(|mistake| in_file(name, mistake)));
    }
    let fees = files.get(FEES).and_then(|bytes| read_fees(&decoded(bytes)).err());
    mistakes.extend(fees.into_iter().flatten().map(|mistake| in_file(FEES, mistake)));
    mistakes
}

fn unknown() -> TableMistake {
    let known = [transfer::LAYOUT, debit::LAYOUT].map(|name| name.trim_start_matches(LAYOUTS));
    let known = known.join(" / ");
    TableMistake {
        line: 0,
        column: 1,
        length: 1,
        ja: format!("この名前の項目表は使われません。使われるもの: {known}"),
        en: format!("no layout of this name is used; there are {known}"),
    }
}

fn in_file(file: &str, mistake: TableMistake) -> Mistake {
    let TableMistake { line, column, length, ja, en } = mistake;
    Mistake { file: file.to_owned(), line, column, length, ja, en }
}
