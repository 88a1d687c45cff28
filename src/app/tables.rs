//! The tables of a root that are data beside its flows: fees, layouts of fixed-length files.

use crate::formats::densai::{self, RequestLayout};
use crate::formats::layout::Layout;
use crate::formats::zengin::{debit, transfer};
use crate::formats::{FEES, SHIPPED_FEES, TableMistake, read_fees};
use crate::service::{FeeClient, FeeRules};
use crate::workflow::{Files, Mistake, decoded};

const LAYOUTS: &str = "workflows/layouts/";

/// A layout that is used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Where it lies below the root.
    pub(super) path: &'static str,
    /// The one that is built in.
    pub(super) shipped: &'static str,
    /// Reads its text; errs with every mistake.
    pub(super) load: fn(&str) -> Result<Layout, Vec<TableMistake>>,
}

/// The layouts that are used.
pub(super) const KNOWN: [Known; 4] = [
    Known {
        path: densai::LAYOUT,
        shipped: densai::SHIPPED,
        load: |text| RequestLayout::load(text).map(|requests| requests.layout().clone()),
    },
    Known {
        path: densai::RESULT_LAYOUT,
        shipped: densai::SHIPPED_RESULT,
        load: densai::result_layout,
    },
    Known { path: transfer::LAYOUT, shipped: transfer::SHIPPED, load: transfer::layout },
    Known { path: debit::LAYOUT, shipped: debit::SHIPPED, load: debit::layout },
];

impl Known {
    /// Its file's name.
    fn file(&self) -> &'static str {
        self.path.trim_start_matches(LAYOUTS)
    }

    /// Its file's name without the ending.
    pub(super) fn name(&self) -> &'static str {
        self.file().trim_end_matches(".csv")
    }
}

/// What these tables say.
pub(super) struct Tables {
    pub(super) fees: FeeRules,
    /// How 総合振込 files are laid out.
    pub(super) transfers: Layout,
    /// How bulk request files are laid out.
    pub(super) requests: RequestLayout,
    /// How bulk result files are laid out.
    pub(super) results: Layout,
}

/// What these tables say; mistakes go to `mistakes`. A root without one goes by the one that is
/// built in.
pub(super) fn read(
    files: &Files,
    client: Option<FeeClient>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Tables> {
    let is_known = |path: &str| KNOWN.iter().any(|known| known.path == path);
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
    let results = densai::result_layout(&text(densai::RESULT_LAYOUT, densai::SHIPPED_RESULT));
    let results = results.map_err(|found| told(densai::RESULT_LAYOUT, found)).ok();
    let transfers = transfer::layout(&text(transfer::LAYOUT, transfer::SHIPPED));
    let transfers = transfers.map_err(|found| told(transfer::LAYOUT, found)).ok();
    let layout = debit::layout(&text(debit::LAYOUT, debit::SHIPPED));
    let layout = layout.map_err(|found| told(debit::LAYOUT, found)).ok();
    let table = read_fees(&text(FEES, SHIPPED_FEES)).map_err(|found| told(FEES, found)).ok();
    let fees = FeeRules { table: table?, layout: layout?, client };
    Some(Tables { fees, transfers: transfers?, requests: requests?, results: results? })
}

fn unknown() -> TableMistake {
    let known = KNOWN.map(|known| known.file());
    let known = known.join(" / ");
    TableMistake {
        line: 0,
        column: 1,
        length: 1,
        ja: format!("この名前の項目表は使われません。使われるもの: {known}"),
        en: format!("no layout of this name is used; there are {known}"),
    }
}

/// A mistake of a table as one of its file.
pub(super) fn in_file(file: &str, mistake: TableMistake) -> Mistake {
    let TableMistake { line, column, length, ja, en } = mistake;
    Mistake { file: file.to_owned(), line, column, length, ja, en }
}
