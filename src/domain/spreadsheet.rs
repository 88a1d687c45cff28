//! What a spreadsheet does to a cell of a CSV file it opens.

/// What is read of a formula that was written without what it comes to, as programs write them:
/// nothing was ever shown there, and a blank would say something else.
pub const UNCOMPUTED: &str = "#未計算";

/// Whether a spreadsheet would run the cell as a formula: it begins with a sign that begins one,
/// and is no number.
///
/// Blanks before the sign do not keep it from running; neither do a tab and a line end.
pub fn runs(cell: &str) -> bool {
    let begin = cell.trim_start();
    begin.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '−', '|', '%'])
        && !is_number(begin)
}

/// A sign, digits with commas, perhaps a fraction: nothing to run.
fn is_number(text: &str) -> bool {
    let digits = text.trim_end().strip_prefix(['+', '-', '＋', '－', '−']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    whole.starts_with(is_digit)
        && whole.chars().all(|c| is_digit(c) || c == ',')
        && fraction.starts_with(is_digit)
        && fraction.chars().all(is_digit)
}
