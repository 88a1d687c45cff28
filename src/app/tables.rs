//! The tables of a root that are data beside its flows: fees, layouts of fixed-length files.

use crate::formats::densai::{self, RequestLayout};
use crate::formats::layout::Layout;
use crate::formats::zengin::{debit, transfer};
use crate::formats::{FEES, SHIPPED_FEES, TableMistake, read_fees};
use crate::service::{FeeClient, FeeRules};
use crate::workflow::{Files, Mistake, decoded};

const LAYOUTS: &str = "workflows/layouts/";

/// The layouts that are used, by their names below the root.
const KNOWN: [&str; 3] = [densai::LAYOUT, transfer::LAYOUT, debit::LAYOUT];

/// What these tables say.
pub(super) struct Tables {
    pub(super) fees: FeeRules,
    /// How 総合振込 files are laid out.
    pub(super) transfers: Layout,
    /// How bulk request files are laid out.
    pub(super) requests: RequestLayout,
}

/// What these tables say; mistakes go to `mistakes`. A root without one goes by the one that is
/// built in.
pub(super) fn read(
    files: &Files,
    client: Option<FeeClient>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Tables> {
    let is_known = |name: &str| KNOWN.contains(&name);
    let layouts = files.keys().filter(|name| name.starts_with(LAYOUTS));
    mistakes.extend(layouts.filter(|name| !is_known(name)).map(|name| in_file(name, unknown())));
    let text = |name: &str, shipped: &str| {
        files.get(name).map_or_else(|| shipped.to_owned(), |bytes| decoded(bytes))
    };
    let mut told = |name: &str, found: Vec<TableMistake>| {
        mistakes.extend(found.into_iter().map(|mistake| in_file(name, mistake)));
    };
    let requests = RequestLayout::load(&text(densai::LAYOUT, densai::SHIPPED));
    let requests = requests.map_err(|found| told(densai::LAYOUT, found)).ok();
    let transfers = transfer::layout(&text(transfer::LAYOUT, transfer::SHIPPED));
    let transfers = transfers.map_err(|found| told(transfer::LAYOUT, found)).ok();
    let layout = debit::layout(&text(debit::LAYOUT, debit::SHIPPED));
    let layout = layout.map_err(|found| told(debit::LAYOUT, found)).ok();
    let table = read_fees(&text(FEES, SHIPPED_FEES)).map_err(|found| told(FEES, found)).ok();
    let fees = FeeRules { table: table?, layout: layout?, client };
    Some(Tables { fees, transfers: transfers?, requests: requests? })
}

fn unknown() -> TableMistake {
    let known = KNOWN.map(|name| name.trim_start_matches(LAYOUTS));
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
