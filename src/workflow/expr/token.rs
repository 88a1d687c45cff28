//! The words and signs of a condition, each with its place in characters.

use unicode_normalization::UnicodeNormalization as _;

use super::ExprMistake;

/// A place in the text of an expression, in characters from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) at: usize,
    pub(super) length: usize,
}

impl Span {
    /// From the start of this span to the end of another.
    pub(super) fn to(self, other: Self) -> Self {
        let end = other.at.saturating_add(other.length);
        Self { at: self.at, length: end.saturating_sub(self.at).max(1) }
    }
}

/// One word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, dots included: `route.level`.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A sign, or one of [`KEYWORDS`].
    Sign(&'static str),
}

const KEYWORDS: [&str; 7] = ["and", "or", "not", "in", "true", "false", "null"];

/// Longer signs stand before their beginnings.
const SIGNS: [&str; 17] =
    ["==", "!=", "<=", ">=", "..", "<", ">", "(", ")", "[", "]", ",", "+", "-", "*", "?", ":"];

/// The tokens of `text`, or every place where there is none.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Vec<ExprMistake>> {
    let chars: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { chars: &chars, at: 0, mistakes: Vec::new() };
    let mut found = Vec::new();
    while let Some(next) = lexer.peek(0) {
        if next.is_whitespace() {
            lexer.at = lexer.at.saturating_add(1);
            continue;
        }
        let start = lexer.at;
        let token = lexer.token(next);
        let length = lexer.at.saturating_sub(start);
        if let Some(token) = token {
            found.push((token, Span { at: start, length }));
        }
    }
    if lexer.mistakes.is_empty() { Ok(found) } else { Err(lexer.mistakes) }
}

struct Lexer<'t> {
    chars: &'t [char],
    at: usize,
    mistakes: Vec<ExprMistake>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at.saturating_add(ahead)).copied()
    }

    /// Takes characters as long as `wanted` says so.
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let taken: String = rest.iter().take_while(|c| wanted(**c)).collect();
        self.at = self.at.saturating_add(taken.chars().count());
        taken
    }

    fn token(&mut self, next: char) -> Option<Token> {
        match next {
            '\'' | '"' => self.text(next),
            '0'..='9' => self.number(),
            _ if starts_name(next) => Some(self.name()),
            _ => self.sign(next),
        }
    }

    fn text(&mut self, quote: char) -> Option<Token> {
        let start = self.at;
        self.at = self.at.saturating_add(1);
        let text = self.take(|c| c != quote);
        if self.peek(0).is_none() {
            let ja = format!("引用符が閉じていません。終わりにも {quote} を書いてください。");
            self.say(start, ja, format!("the quote is not closed; end it with {quote}"));
            return None;
        }
        self.at = self.at.saturating_add(1);
        Some(Token::Text(text))
    }

    fn number(&mut self) -> Option<Token> {
        let start = self.at;
        let mut written = self.take(|c| c.is_ascii_digit() || c == '_');
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            self.at = self.at.saturating_add(1);
            written = format!("{written}.{}", self.take(|c| c.is_ascii_digit() || c == '_'));
        }
        written.push_str(&self.take(|c| c.is_alphanumeric() || c == '_'));
        let digits = written.replace('_', "");
        if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
        {
            let ja = format!(
                "数の先頭に 0 は書けません。店番などは '{digits}'、\
                 大きな数は 10_000_000 のように書いてください。"
            );
            let en = format!(
                "a number does not begin with 0; write '{digits}' or a number like 10_000_000"
            );
            self.say(start, ja, en);
            return None;
        }
        let number = digits.parse().ok();
        if number.is_none() {
            let ja = format!(
                "「{written}」は数として読めません。10_000_000 のように、\
                 18桁までの整数を単位なしで書いてください。"
            );
            let en = format!("`{written}` is not a whole number; write one like 10_000_000");
            self.say(start, ja, en);
        }
        number.map(Token::Number)
    }

    fn name(&mut self) -> Token {
        let mut name = self.take(continues_name);
        while self.peek(0) == Some('.') && self.peek(1).is_some_and(starts_name) {
            self.at = self.at.saturating_add(1);
            name = format!("{name}.{}", self.take(continues_name));
        }
        match KEYWORDS.into_iter().find(|word| *word == name) {
            Some(word) => Token::Sign(word),
            None => Token::Name(name),
        }
    }

    fn sign(&mut self, next: char) -> Option<Token> {
        let two: String = [Some(next), self.peek(1)].into_iter().flatten().collect();
        if let Some(sign) = SIGNS.into_iter().find(|sign| two.starts_with(sign)) {
            self.at = self.at.saturating_add(sign.len());
            return Some(Token::Sign(sign));
        }
        let start = self.at;
        // `&&`, `||` and the like are one mistake, not two.
        let length = if self.peek(1) == Some(next) { 2 } else { 1 };
        self.at = self.at.saturating_add(length);
        let (ja, en) = instead(next);
        let ja = format!("「{next}」はここでは使えません。{ja}");
        self.say(start, ja, format!("`{next}` cannot be used here; {en}"));
        None
    }

    /// Notes a mistake from `start` to here.
    fn say(&mut self, start: usize, ja: String, en: String) {
        let length = self.at.saturating_sub(start).max(1);
        self.mistakes.push(ExprMistake { at: start, length, ja, en });
    }
}

fn starts_name(c: char) -> bool {
    // A full-width letter is a slip of the keyboard, not a name.
    (c.is_alphabetic() && folded(c) == Some(c)) || c == '_'
}

fn continues_name(c: char) -> bool {
    starts_name(c) || c.is_ascii_digit()
}

/// The one character `c` stands for when width does not matter.
fn folded(c: char) -> Option<char> {
    let mut folded = std::iter::once(c).nfkc();
    folded.next().filter(|_| folded.next().is_none())
}

/// What to write instead of a sign that has no meaning here.
fn instead(sign: char) -> (String, String) {
    let write = |what: &str| (format!("{what} と書いてください。"), format!("write {what}"));
    match sign {
        '=' => write("=="),
        '!' => write("not"),
        '&' => write("and"),
        '|' => write("or"),
        '≦' | '≤' => write("<="),
        '≧' | '≥' => write(">="),
        '≠' => write("!="),
        '×' => write("*"),
        '「' | '」' | '“' | '”' | '‘' | '’' => write("'文字'"),
        '/' | '%' | '^' | '÷' => (
            "端数が出る計算はありません。掛け算に直してください。".to_owned(),
            "there is no division; multiply the other side".to_owned(),
        ),
        _ => match folded(sign).filter(|half| half.is_ascii_graphic() && *half != sign) {
            Some(half) => (
                format!("半角の {half} で書いてください。"),
                format!("write the half-width {half}"),
            ),
            None => ("取り除いてください。".to_owned(), "remove it".to_owned()),
        },
    }
}
