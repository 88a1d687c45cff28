//! Values that stand for all others: one out of every region the rules tell apart.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::expr::{Cuts, Expr, Field, Fields, Presence, Type, Value};
use super::table::Table;

/// For each name the values that stand for all others; `None` is missing.
pub type RepresentativeValues = BTreeMap<String, Vec<Option<Value>>>;

/// For each name the rules use, values that show everything the rules can do with it.
///
/// Yen, numbers and dates: one value out of every region between two borders, and the borders;
/// words and bools: all; texts: each that is named, and one that is not. Last comes `None`,
/// missing, where the field may be missing. Names no rule uses are left out. The combinations of
/// these show every case, but for names that are weighed against each other:
/// [`Expr::entangled_names`].
pub fn representatives(
    fields: &Fields,
    exprs: &[&Expr],
    tables: &[&Table],
) -> RepresentativeValues {
    let mut cuts = Cuts::default();
    for expr in exprs {
        cuts.add(expr);
    }
    for table in tables {
        table.cut(&mut cuts);
    }
    let known = cuts.0.iter().filter_map(|(name, cut)| Some((fields.get(name)?, cut)));
    known
        .map(|(field, cut)| {
            let values = match field.kind {
                Type::Text => texts(&cut.texts),
                Type::Bool | Type::Enum(_) => ranks(field, field.ranks().0..=field.ranks().1),
                Type::Yen | Type::Number | Type::Date => ranks(field, segments(field, &cut.starts)),
            };
            let missing = (field.presence == Presence::Maybe).then_some(None);
            (field.name.clone(), values.into_iter().map(Some).chain(missing).collect())
        })
        .collect()
}

fn texts(named: &BTreeSet<String>) -> Vec<Value> {
    let mut other = "（ほか）".to_owned();
    while named.contains(&other) {
        other.push('他');
    }
    named.iter().cloned().chain([other]).map(Value::Text).collect()
}

fn ranks(field: &Field, ranks: impl IntoIterator<Item = i64>) -> Vec<Value> {
    ranks.into_iter().filter_map(|rank| field.kind.at_rank(rank)).collect()
}

/// The first rank of every region; of the lowest the last, which is the more telling.
fn segments(field: &Field, starts: &BTreeSet<i64>) -> Vec<i64> {
    let (first, last) = field.ranks();
    let inner: Vec<i64> = starts.iter().copied().filter(|at| *at > first && *at <= last).collect();
    let lowest = inner.first().map_or(0.clamp(first, last), |next| next.saturating_sub(1));
    [lowest].into_iter().chain(inner).collect()
}
