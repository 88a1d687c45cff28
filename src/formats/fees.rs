//! The fee table as an office keeps it: `workflows/fees.csv`.
//!
//! Read [`read_fees`] first.

use super::sheet::{Heading, Row, Sheet, TableMistake};
use crate::domain::fees::{ContractKind, FeeItem, FeeKind, FeeRow, FeeTable, Relation};
use crate::domain::{Date, Origin, YenTotal};

/// Where the table lies below the root.
pub const FEES: &str = "workflows/fees.csv";
/// The table that is built in, with the amounts of one institution as an example.
pub const SHIPPED_FEES: &str = include_str!("../../workflows/fees.csv");

const KIND: usize = 0;
const CHANNEL: usize = 1;
const RELATION: usize = 2;
const YEN: usize = 3;
const FROM: usize = 4;
const NOTE: usize = 5;

const HEADINGS: [Heading; 6] = [
    &["請求種別", "kind"],
    &["受付経路", "channel"],
    &["相手", "relation"],
    &["手数料（円・税込）", "手数料(円・税込)", "手数料", "yen"],
    &["施行日", "from"],
    &["備考", "note"],
];

/// What stands for all channels or both relations.
const ALL: [&str; 6] = ["―", "—", "－", "-", "ー", ""];

/// Reads the fee table; errs with every mistake at once.
///
/// Shape: a row for each price from its 施行日 on. 請求種別 is an act or a base fee; 受付経路 is
/// オンライン or 書面, 相手 自行 or 他行, and ― where the price does not depend on it.
pub fn read_fees(text: &str) -> Result<FeeTable, Vec<TableMistake>> {
    let Sheet { rows, mut mistakes } = Sheet::read(text, &HEADINGS, &[NOTE]);
    let mut read = Vec::with_capacity(rows.len());
    for row in &rows {
        match fee(row) {
            Ok(fee) => read.push(fee),
            Err(found) => mistakes.extend(found),
        }
    }
    // Where a row cannot be read, what it prices would look like a gap.
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    FeeTable::new(&read).map_err(|found| {
        let row = |line| rows.iter().find(|row| row.line == line && line > 0);
        let placed = found.into_iter().map(|mistake| match row(mistake.line) {
            Some(row) => row.wrong(FROM, mistake.ja, mistake.en),
            None => TableMistake::whole(mistake.ja, mistake.en),
        });
        placed.collect()
    })
}

fn fee(row: &Row) -> Result<FeeRow, Vec<TableMistake>> {
    let mut mistakes = Vec::new();
    let item = item(row, &mut mistakes);
    let yen = yen(row.text(YEN));
    if yen.is_none() {
        mistakes.push(row.wrong(
            YEN,
            "手数料は税込の円を整数で書いてください（例 330、無料は 0）。",
            "write whole yen with tax, e.g. 330, or 0 if it is free",
        ));
    }
    let from = Date::parse(row.text(FROM));
    if from.is_err() {
        mistakes.push(row.wrong(
            FROM,
            "施行日は 2026-04-01 の形で書いてください。",
            "write the first day as 2026-04-01",
        ));
    }
    match (item, yen, from) {
        (Some(item), Some(yen), Ok(from)) => Ok(FeeRow { line: row.line, item, yen, from }),
        _ => Err(mistakes),
    }
}

fn item(row: &Row, mistakes: &mut Vec<TableMistake>) -> Option<FeeItem> {
    let word = row.text(KIND).replace('(', "（").replace(')', "）");
    let base = ContractKind::ALL.into_iter().find(|kind| kind.base_fee() == word);
    let kind = FeeKind::ALL.into_iter().find(|kind| kind.japanese() == word);
    if base.is_none() && kind.is_none() {
        let names = ContractKind::ALL.map(ContractKind::base_fee);
        let names: Vec<&str> =
            names.into_iter().chain(FeeKind::ALL.map(FeeKind::japanese)).collect();
        let names = names.join("、");
        mistakes.push(row.wrong(
            KIND,
            format!("この請求種別はありません。使えるもの: {names}"),
            format!("unknown kind; there are {names}"),
        ));
    }
    let mut keep = |mistake| mistakes.push(mistake);
    let channel = choice(row, CHANNEL, &Origin::ALL, Origin::japanese).map_err(&mut keep);
    let relation = choice(row, RELATION, &Relation::ALL, Relation::japanese).map_err(&mut keep);
    let (channel, relation) = (channel.ok()?, relation.ok()?);
    if let Some(kind) = base {
        let places = [(CHANNEL, channel.is_some()), (RELATION, relation.is_some())];
        let set = places.into_iter().find(|(_, set)| *set);
        mistakes.extend(set.map(|(heading, _)| {
            row.wrong(heading, "月額基本料では「―」にしてください。", "a base fee has ― here")
        }));
        return set.is_none().then_some(FeeItem::Base(kind));
    }
    Some(FeeItem::Act { kind: kind?, channel, relation })
}

/// The choice a cell names; none for all of them.
fn choice<T: Copy>(
    row: &Row,
    heading: usize,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, TableMistake> {
    let text = row.text(heading);
    if ALL.contains(&text) {
        return Ok(None);
    }
    let found = all.iter().copied().find(|choice| name(*choice) == text);
    found.map(Some).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|choice| name(*choice)).collect();
        let words = words.join("、");
        row.wrong(
            heading,
            format!("{words} のどれか、どれでもよければ ― と書いてください。"),
            format!("write one of {words}, or ― for all"),
        )
    })
}

/// Whole yen, with or without commas, below a hundred million.
fn yen(text: &str) -> Option<YenTotal> {
    let digits = text.replace(',', "");
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let yen: u64 = digits.parse().ok().filter(|_| is_number)?;
    (yen < 100_000_000).then_some(YenTotal::new(yen))
}

#[cfg(test)]
mod tests {
    use super::{SHIPPED_FEES, read_fees};
    use crate::domain::fees::{ContractKind, FeeKind, Relation};
    use crate::domain::{Date, Origin};

    /// The mistakes of the shipped table with one text replaced.
    fn told(old: &str, new: &str) -> Vec<String> {
        let text = SHIPPED_FEES.replacen(old, new, 1);
        assert_ne!(text, SHIPPED_FEES);
        let mistakes = read_fees(&text).unwrap_err();
        mistakes.iter().map(|m| format!("{}:{}+{} {}", m.line, m.column, m.length, m.en)).collect()
    }

    fn line(of: &str) -> usize {
        SHIPPED_FEES.lines().position(|line| line.starts_with(of)).unwrap() + 1
    }

    #[test]
    fn the_shipped_table_has_the_amounts_of_the_example() {
        let table = read_fees(SHIPPED_FEES).unwrap();
        let on = Date::new(2026, 12, 1).unwrap();
        let (online, paper) = (Origin::Online, Origin::Paper);
        for (kind, channel, [own, other]) in [
            (FeeKind::Accrual, online, [330, 660]),
            (FeeKind::Assignment, online, [220, 330]),
            (FeeKind::SplitAssignment, online, [330, 660]),
            (FeeKind::Receipt, online, [220, 220]),
            (FeeKind::Change, online, [330, 330]),
            (FeeKind::Change, paper, [2_200, 2_200]),
            (FeeKind::Guarantee, online, [330, 330]),
            (FeeKind::Payment, online, [330, 330]),
            (FeeKind::Disclosure, paper, [3_300, 3_300]),
            (FeeKind::StopSettlement, paper, [660, 660]),
            (FeeKind::DefaultEnquiry, paper, [3_300, 3_300]),
            (FeeKind::InstitutionChange, paper, [3_410, 3_410]),
            (FeeKind::Unlock, online, [1_100, 1_100]),
            (FeeKind::BalanceRegular, paper, [1_650, 1_650]),
            (FeeKind::BalanceOnDemand, paper, [4_400, 4_400]),
        ] {
            let found = Relation::ALL.map(|relation| table.act((kind, channel, relation), on));
            let found = found.map(|priced| priced.unwrap().yen.get());
            assert_eq!(found, [own, other], "{}", kind.japanese());
        }
        let light = table.base(ContractKind::Light, on).unwrap();
        assert!(table.base(ContractKind::Standard, on).unwrap().yen > light.yen);
        assert_eq!(table.base(ContractKind::Light, Date::new(2018, 12, 31).unwrap()), None);
    }

    #[test]
    fn the_table_is_read_as_excel_saves_it_and_with_english_headings() {
        let table = read_fees(SHIPPED_FEES).unwrap();
        let excel = SHIPPED_FEES.replace("3410", "\"3,410\"").replace('\n', ",\r\n");
        assert_eq!(read_fees(&format!("\u{feff}{excel}")).as_ref(), Ok(&table));
        let english = SHIPPED_FEES.replace(
            "請求種別,受付経路,相手,手数料（円・税込）,施行日,備考",
            "kind,channel,relation,yen,from,note",
        );
        assert_eq!(read_fees(&english), Ok(table));
    }

    #[test]
    fn every_cell_that_cannot_be_read_is_told_with_its_line() {
        let at = line("発生記録,オンライン,自行");
        let good = "発生記録,オンライン,自行,330,2019-01-01";
        let broken = told(good, "発生,電話,近所,三百円,来月");
        let places: Vec<&str> = broken.iter().map(|m| m.split(' ').next().unwrap()).collect();
        let expected =
            ["1+2", "4+2", "7+2", "10+3", "14+2"].map(|at_cell| format!("{at}:{at_cell}"));
        assert_eq!(places, expected, "{broken:?}");
        let base = told("月額基本料（通常）,―", "月額基本料（通常）,書面");
        assert!(base[0].ends_with("a base fee has ― here"), "{base:?}");
    }

    #[test]
    fn a_fee_that_stands_twice_is_told() {
        let at = line("譲渡記録,オンライン,自行");
        let twice = told("譲渡記録,オンライン,自行", "発生記録,オンライン,自行");
        let first = line("発生記録,オンライン,自行");
        let clash = format!("line {first} has a fee for this from the same day; remove one");
        assert!(twice[0].starts_with(&format!("{at}:")) && twice[0].ends_with(&clash), "{twice:?}");
        let wide = told("債権受取,―,―", "発生記録,―,―");
        assert_eq!(wide.iter().filter(|told| told.contains("same day")).count(), 1, "{wide:?}");
    }

    #[test]
    fn what_has_no_fee_is_told() {
        let row =
            |of: &str| SHIPPED_FEES.lines().find(|l| l.starts_with(of)).unwrap().to_owned() + "\n";
        assert_eq!(
            told(&row("開示,オンライン"), ""),
            ["0:1+1 there is no fee for 開示（オンライン）; write a row of 0 yen if it is free"]
        );
        assert_eq!(
            told(&row("発生記録,オンライン,他行"), ""),
            [
                "0:1+1 there is no fee for 発生記録（オンライン・他行）; write a row of 0 yen if it is free"
            ]
        );
        let base = told(&row("月額基本料（でんさいライト）"), "");
        assert!(base[0].contains("月額基本料（でんさいライト）"), "{base:?}");
        let at = line("発生記録,オンライン,他行");
        let late = told(
            "発生記録,オンライン,他行,660,2019-01-01",
            "発生記録,オンライン,他行,660,2020-04-01",
        );
        assert_eq!(late.len(), 1, "{late:?}");
        assert!(
            late[0].starts_with(&format!("{at}:")) && late[0].contains("2019-01-01"),
            "{late:?}"
        );
    }
}
