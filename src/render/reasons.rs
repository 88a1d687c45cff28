//! The reasons people choose from when they send back or refuse, `templates/return_reasons.txt`.

use super::Mistake;

const FILE: &str = "templates/return_reasons.txt";
/// The most reasons; a longer list is not read.
const REASONS_MAX: usize = 30;
/// The longest reason, in characters.
const LENGTH_MAX: usize = 60;

/// The reasons in their order; the first is number 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons(Vec<String>);

impl Default for Reasons {
    /// The list that is built in.
    fn default() -> Self {
        Self(
            lines(include_str!("../../templates/return_reasons.txt")).map(|(_, one)| one).collect(),
        )
    }
}

impl Reasons {
    /// Reads a list, one reason a line, `#` before a remark; errs with every mistake.
    pub fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut say = |line, text: &str| {
            mistakes.push(Mistake { file: FILE.to_owned(), line, text: text.to_owned() });
        };
        let mut reasons: Vec<String> = Vec::new();
        for (line, reason) in lines(text) {
            if reasons.contains(&reason) {
                say(line, "this reason is listed twice");
            }
            if reason.chars().count() > LENGTH_MAX {
                say(line, "a reason has at most 60 characters");
            }
            if reasons.len() == REASONS_MAX {
                say(line, "there are more than 30 reasons");
            }
            reasons.push(reason);
        }
        if mistakes.is_empty() { Ok(Self(reasons)) } else { Err(mistakes) }
    }

    /// The reasons, the first is number 1.
    pub fn all(&self) -> &[String] {
        &self.0
    }

    /// What is recorded: the reason of a number and what was written besides, either may be
    /// missing. Nothing for a number the list does not have.
    pub fn word(&self, number: Option<usize>, text: &str) -> Option<String> {
        let text = text.trim();
        let Some(number) = number else { return Some(text.to_owned()) };
        let reason = self.0.get(number.checked_sub(1)?)?;
        Some(if text.is_empty() { reason.clone() } else { format!("{reason}。{text}") })
    }
}

fn lines(text: &str) -> impl Iterator<Item = (u32, String)> + '_ {
    let text = text.trim_start_matches('\u{feff}');
    let all = (1..).zip(text.lines()).map(|(line, text)| (line, text.trim().to_owned()));
    all.filter(|(_, text)| !text.is_empty() && !text.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::Reasons;

    #[test]
    fn a_reason_is_its_number_and_what_was_written_besides() {
        let reasons = Reasons::read("# 一覧\n金額が違います\n\n期日が違います\n").unwrap();
        assert_eq!(reasons.all().len(), 2);
        let word = |number, text| reasons.word(number, text);
        assert_eq!(word(Some(2), " ").as_deref(), Some("期日が違います"));
        assert_eq!(word(Some(1), "3件目").as_deref(), Some("金額が違います。3件目"));
        assert_eq!(word(None, "3件目").as_deref(), Some("3件目"));
        assert_eq!((word(Some(3), ""), word(Some(0), "")), (None, None));
    }

    #[test]
    fn every_mistake_of_the_list_is_told_with_its_line() {
        let text = format!("金額\n金額\n{}\n", "長".repeat(61));
        let found = Reasons::read(&text).unwrap_err();
        assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [2, 3]);
        assert!(Reasons::default().all().len() > 5);
    }
}
