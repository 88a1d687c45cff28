//! Mistakes in definitions and settings, shown the way a person can mend them.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One mistake in a definition, table, channel or settings file.
///
/// Shape: `line` and `column` count from 1; `length` is the number of characters to underline.
/// Made by the loaders, all of a file at once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file's name as the person knows it.
    pub file: String,
    /// Line from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
    /// How many characters to underline, at least 1.
    pub length: usize,
    /// What is wrong and what to write, in Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

/// The mistakes as text: file, line, the text underlined, and what to write.
///
/// `source` gives the text of a file by its name, or nothing when it cannot be shown.
pub fn show_mistakes(mistakes: &[Mistake], source: &dyn Fn(&str) -> Option<String>) -> String {
    let renderer = Renderer::plain();
    let mut shown = String::new();
    for mistake in mistakes {
        let text = source(&mistake.file).unwrap_or_default();
        let title = format!("{}\n  {}", mistake.ja, mistake.en);
        let report = if mistake.line == 0 || text.is_empty() {
            format!("error: {title}\n  --> {}", mistake.file)
        } else {
            let (start, end) = span(&text, mistake);
            let snippet = Snippet::source(text.as_str())
                .path(mistake.file.as_str())
                .annotation(AnnotationKind::Primary.span(start..end));
            renderer.render(&[Level::ERROR.primary_title(title).element(snippet)]).clone()
        };
        shown.push_str(&report);
        shown.push_str("\n\n");
    }
    shown
}

/// The byte range of the place a mistake names.
fn span(text: &str, mistake: &Mistake) -> (usize, usize) {
    let before: usize =
        text.split_inclusive('\n').take(mistake.line.saturating_sub(1)).map(str::len).sum();
    let line = text.get(before..).unwrap_or_default().lines().next().unwrap_or_default();
    let at = |chars: usize| line.char_indices().nth(chars).map_or(line.len(), |(byte, _)| byte);
    let start = at(mistake.column.saturating_sub(1));
    let end = at(mistake.column.saturating_sub(1).saturating_add(mistake.length.max(1)));
    (before.saturating_add(start), before.saturating_add(end))
}
