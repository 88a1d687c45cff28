//! The fee table: what everything costs from which day on.

use std::collections::BTreeMap;

use super::super::{Date, Origin, YenTotal};
use super::{ContractKind, FeeItem, FeeKind, Relation};

/// A row of the table: from a day on, something costs so much, tax included.
///
/// Made by the reader of `workflows/fees.csv`. An item without channel or relation holds for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRow {
    /// The line it stands in.
    pub line: usize,
    /// What costs.
    pub item: FeeItem,
    /// How much, in yen with tax; zero for free.
    pub yen: YenTotal,
    /// 施行日: the first day it holds.
    pub from: Date,
}

/// A mistake in what the rows say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeMistake {
    /// The line from 1; 0 when a row is missing.
    pub line: usize,
    /// What is wrong and what to write, in Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

/// What something costs on a day, and what the price depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced {
    /// The item as the row in force names it.
    pub item: FeeItem,
    /// How much, tax included.
    pub yen: YenTotal,
}

/// The fees of an institution by kind, channel and own or other bank, each from a day on.
///
/// Shape: everything has a price in every channel and for both relations, beginning on one day
/// for both; before its first day nothing does. Made only by [`FeeTable::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeTable(BTreeMap<Key, BTreeMap<Date, (Priced, usize)>>);

/// What is looked up: nothing left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Base(ContractKind),
    Act(FeeKind, Origin, Relation),
}

impl FeeTable {
    /// A table of rows; errs with every row that says what another says, and every gap.
    pub fn new(rows: &[FeeRow]) -> Result<Self, Vec<FeeMistake>> {
        let mut table = Self(BTreeMap::new());
        let mut mistakes = Vec::new();
        for row in rows {
            // Of a row that holds for several, one clash is enough to tell.
            let clashes: Vec<usize> =
                keys(row.item).into_iter().filter_map(|key| table.put(key, row)).collect();
            mistakes.extend(clashes.first().map(|line| FeeMistake {
                line: row.line,
                ja: format!(
                    "{}は{line}行目に同じ施行日の手数料があります。どちらかを消してください。",
                    row.item.japanese()
                ),
                en: format!("line {line} has a fee for this from the same day; remove one"),
            }));
        }
        mistakes.extend(table.gaps());
        if mistakes.is_empty() { Ok(table) } else { Err(mistakes) }
    }

    /// What an act costs on a day; none before its first price.
    pub fn act(
        &self,
        (kind, channel, relation): (FeeKind, Origin, Relation),
        on: Date,
    ) -> Option<Priced> {
        self.on(Key::Act(kind, channel, relation), on)
    }

    /// What a month of a contract costs on a day; none before its first price.
    pub fn base(&self, kind: ContractKind, on: Date) -> Option<Priced> {
        self.on(Key::Base(kind), on)
    }

    fn on(&self, key: Key, on: Date) -> Option<Priced> {
        let (_, (priced, _)) = self.0.get(&key)?.range(..=on).next_back()?;
        Some(*priced)
    }

    /// Puts a price in its place; the line of the one that is there already.
    fn put(&mut self, key: Key, row: &FeeRow) -> Option<usize> {
        let priced = Priced { item: row.item, yen: row.yen };
        let days = self.0.entry(key).or_default();
        if let Some((_, line)) = days.get(&row.from) {
            return Some(*line);
        }
        days.insert(row.from, (priced, row.line));
        None
    }

    /// What has no price though it should.
    fn gaps(&self) -> Vec<FeeMistake> {
        let mut mistakes = Vec::new();
        for kind in ContractKind::ALL {
            if !self.0.contains_key(&Key::Base(kind)) {
                mistakes.push(missing(FeeItem::Base(kind)));
            }
        }
        for kind in FeeKind::ALL {
            for channel in Origin::ALL {
                let first = |relation| {
                    let days = self.0.get(&Key::Act(kind, channel, relation))?;
                    days.first_key_value().map(|(day, (_, line))| (*day, *line))
                };
                let item = |relation| {
                    let (channel, relation) = (Some(channel), Some(relation));
                    FeeItem::Act { kind, channel, relation }
                };
                let both = Relation::ALL.map(|relation| (relation, first(relation)));
                let [(own, own_first), (other, other_first)] = both;
                match (own_first, other_first) {
                    (Some(a), Some(b)) if a.0 < b.0 => mistakes.push(late(item(other), a.0, b)),
                    (Some(a), Some(b)) if b.0 < a.0 => mistakes.push(late(item(own), b.0, a)),
                    (Some(_), Some(_)) => {}
                    (None, Some(_)) => mistakes.push(missing(item(own))),
                    (Some(_), None) => mistakes.push(missing(item(other))),
                    (None, None) => {
                        let channel = Some(channel);
                        mistakes.push(missing(FeeItem::Act { kind, channel, relation: None }));
                    }
                }
            }
        }
        mistakes
    }
}

/// Every key an item stands for.
fn keys(item: FeeItem) -> Vec<Key> {
    let FeeItem::Act { kind, channel, relation } = item else {
        let FeeItem::Base(kind) = item else { return Vec::new() };
        return vec![Key::Base(kind)];
    };
    let channels = channel.map_or(Origin::ALL.to_vec(), |channel| vec![channel]);
    let relations = relation.map_or(Relation::ALL.to_vec(), |relation| vec![relation]);
    let of_channel =
        |channel: Origin| relations.iter().map(move |relation| Key::Act(kind, channel, *relation));
    channels.into_iter().flat_map(of_channel).collect()
}

fn missing(item: FeeItem) -> FeeMistake {
    let name = item.japanese();
    FeeMistake {
        line: 0,
        ja: format!("{name}の手数料がありません。無料なら0円の行を書いてください。"),
        en: format!("there is no fee for {name}; write a row of 0 yen if it is free"),
    }
}

/// One relation has a price before the other.
fn late(item: FeeItem, wanted: Date, (_, line): (Date, usize)) -> FeeMistake {
    let name = item.japanese();
    FeeMistake {
        line,
        ja: format!(
            "{name}の最初の施行日を {wanted} にしてください。それまでの手数料が決まりません。"
        ),
        en: format!("the first fee for {name} must begin on {wanted}; until then there is none"),
    }
}
