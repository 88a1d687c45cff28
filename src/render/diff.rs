//! Two texts side by side, line by line, as a 新旧対照表 shows them.

/// Lines compared with one another at most; beyond it everything between counts as changed.
const CELLS_MAX: usize = 4_000_000;

/// A row of a comparison: a line of the old text, of the new one, or of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the old text, from 1, with its number.
    pub old: Option<(usize, String)>,
    /// The line of the new text, from 1, with its number.
    pub new: Option<(usize, String)>,
    /// Whether the two differ.
    pub changed: bool,
}

/// The texts side by side; a changed line stands beside what it was.
pub fn rows(old: &str, new: &str) -> Vec<Row> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(one, two)| one == two).count();
    let (rest_old, rest_new) = (&old[head..], &new[head..]);
    let tail = rest_old.iter().rev().zip(rest_new.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle_old = &rest_old[..rest_old.len() - tail];
    let middle_new = &rest_new[..rest_new.len() - tail];
    let mut pairs: Vec<(Option<usize>, Option<usize>)> =
        (0..head).map(|at| (Some(at), Some(at))).collect();
    pairs.extend(
        matched(middle_old, middle_new)
            .into_iter()
            .map(|(one, two)| (one.map(|at| at + head), two.map(|at| at + head))),
    );
    let (from_old, from_new) = (old.len() - tail, new.len() - tail);
    pairs.extend((0..tail).map(|at| (Some(from_old + at), Some(from_new + at))));
    let line = |lines: &[&str], at: usize| (at + 1, lines[at].to_owned());
    pairs
        .into_iter()
        .map(|(one, two)| {
            let (one, two) = (one.map(|at| line(&old, at)), two.map(|at| line(&new, at)));
            let same = matches!((&one, &two), (Some((_, a)), Some((_, b))) if a == b);
            Row { old: one, new: two, changed: !same }
        })
        .collect()
}

/// The changed rows with up to `context` same ones around each; `None` stands for what is left
/// out.
pub fn excerpt(rows: Vec<Row>, context: usize) -> Vec<Option<Row>> {
    let changed: Vec<usize> =
        rows.iter().enumerate().filter(|(_, row)| row.changed).map(|(at, _)| at).collect();
    let near = |at: usize| changed.iter().any(|one| one.abs_diff(at) <= context);
    let mut shown: Vec<Option<Row>> = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        if near(at) {
            shown.push(Some(row));
        } else if shown.last().is_none_or(Option::is_some) {
            shown.push(None);
        }
    }
    shown
}

/// Lines that both have in common in order, and between them removed beside added ones.
fn matched(old: &[&str], new: &[&str]) -> Vec<(Option<usize>, Option<usize>)> {
    let width = new.len() + 1;
    if old.len().saturating_mul(new.len()) > CELLS_MAX {
        return beside(0..old.len(), 0..new.len());
    }
    // The longest common rest from each pair of places.
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for one in (0..old.len()).rev() {
        for two in (0..new.len()).rev() {
            longest[one * width + two] = if old[one] == new[two] {
                longest[(one + 1) * width + two + 1] + 1
            } else {
                longest[(one + 1) * width + two].max(longest[one * width + two + 1])
            };
        }
    }
    let (mut one, mut two) = (0, 0);
    let (mut from_one, mut from_two) = (0, 0);
    let mut pairs = Vec::new();
    while one < old.len() && two < new.len() {
        if old[one] == new[two] {
            pairs.extend(beside(from_one..one, from_two..two));
            pairs.push((Some(one), Some(two)));
            (one, two) = (one + 1, two + 1);
            (from_one, from_two) = (one, two);
        } else if longest[(one + 1) * width + two] >= longest[one * width + two + 1] {
            one += 1;
        } else {
            two += 1;
        }
    }
    pairs.extend(beside(from_one..old.len(), from_two..new.len()));
    pairs
}

fn beside(
    old: std::ops::Range<usize>,
    new: std::ops::Range<usize>,
) -> Vec<(Option<usize>, Option<usize>)> {
    let count = old.len().max(new.len());
    let (mut old, mut new) = (old, new);
    (0..count).map(|_| (old.next(), new.next())).collect()
}

#[cfg(test)]
mod tests {
    use super::{excerpt, rows};

    fn shown(old: &str, new: &str) -> Vec<String> {
        let side = |side: &Option<(usize, String)>| {
            side.as_ref().map_or("-".to_owned(), |(line, text)| format!("{line}{text}"))
        };
        rows(old, new)
            .iter()
            .map(|row| {
                format!(
                    "{} {}{}",
                    side(&row.old),
                    side(&row.new),
                    if row.changed { " !" } else { "" }
                )
            })
            .collect()
    }

    #[test]
    fn a_changed_line_stands_beside_what_it_was() {
        assert_eq!(shown("a\nb\nc\n", "a\nB\nc\n"), ["1a 1a", "2b 2B !", "3c 3c"]);
        assert_eq!(shown("a\nc\n", "a\nb\nc\n"), ["1a 1a", "- 2b !", "2c 3c"]);
        assert_eq!(shown("a\nb\nc\n", "a\nc\n"), ["1a 1a", "2b - !", "3c 2c"]);
        assert_eq!(shown("", "a\n"), ["- 1a !"]);
        assert_eq!(shown("x\na\ny\nb", "a\nz\nb"), ["1x - !", "2a 1a", "3y 2z !", "4b 3b"]);
    }

    #[test]
    fn an_excerpt_leaves_out_what_is_far_from_any_change() {
        let old = (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join("\n");
        let new = old.replace("10\n", "ten\n");
        let shown = excerpt(rows(&old, &new), 2);
        assert_eq!(shown.len(), 7);
        assert!(shown[0].is_none() && shown[6].is_none());
        assert!(shown[3].as_ref().unwrap().changed);
    }
}
