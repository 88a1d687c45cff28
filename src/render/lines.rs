//! Where a line of Japanese text may break.

/// Where to break a text of which the first `fits` characters fit; at least 1 for `fits` ≥ 1.
///
/// At a space if one is near, else anywhere, as Japanese does; closing marks do not begin a line,
/// and a date, number or code stays whole if it is short enough to go to the next line.
pub(super) fn break_before(chars: &[char], fits: usize) -> usize {
    let closing = |c: char| "、。，．）」』】〕・：；！？ー…々ぁぃぅぇぉっゃゅょ)]},.".contains(c);
    let space = chars.iter().take(fits).rposition(|c| *c == ' ');
    if let Some(space) = space.filter(|space| fits - space <= 12 && *space > 0) {
        return space + 1;
    }
    let word = |c: &char| c.is_ascii_graphic();
    if chars.get(fits).is_some_and(word) {
        let start = chars.iter().take(fits).rposition(|c| !word(c)).map_or(0, |at| at + 1);
        if start > 0 && fits - start <= 12 {
            return start;
        }
    }
    let mut end = fits;
    while end > 1 && fits - end < 3 && chars.get(end).is_some_and(|c| closing(*c)) {
        end -= 1;
    }
    end
}
