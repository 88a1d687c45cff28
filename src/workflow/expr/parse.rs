//! From tokens to a tree: precedence, brackets, nothing about types yet.
//!
//! Precedence, weakest first: `? :`, `or`, `and`, one comparison, `+ -`, `*`, minus sign and `not`.
//! A comparison does not chain, and `not x == 1` is `(not x) == 1`; the checker says so.

use super::ExprMistake;
use super::token::{Span, Token, tokens};

/// How long an expression may be, in characters.
const LENGTH_MAX: usize = 2_000;
/// How deep its tree may be: every walk over it recurses.
const DEPTH_MAX: usize = 48;

/// A part of an expression as it was written.
#[derive(Debug, Clone)]
pub(super) struct Syntax {
    pub(super) kind: SyntaxKind,
    pub(super) span: Span,
    depth: usize,
}

#[derive(Debug, Clone)]
pub(super) enum SyntaxKind {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    Name(String),
    Not(Box<Syntax>),
    Minus(Box<Syntax>),
    Join(Join, Vec<Syntax>),
    Compare(Relation, Box<[Syntax; 2]>),
    Among(Membership, Box<Syntax>, Vec<Syntax>),
    Within(Membership, Box<Syntax>, Edges, Box<[Syntax; 2]>),
    Arithmetic(Operator, Box<[Syntax; 2]>),
    Choice(Box<[Syntax; 3]>),
}

/// How conditions are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    And,
    Or,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Differs,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// `in` or `not in`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Membership {
    In,
    NotIn,
}

/// Which ends of an interval belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edges {
    pub(super) low: Edge,
    pub(super) high: Edge,
}

/// Whether an end of an interval belongs to it: `[1` does, `(1` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Inside,
    Outside,
}

/// An operation on numbers, yen and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
}

/// Reads `text` as a tree; mistakes in single signs are told all at once.
pub(super) fn parse(text: &str) -> Result<Syntax, Vec<ExprMistake>> {
    let length = text.chars().count();
    if length > LENGTH_MAX {
        let ja = format!("式が長すぎます（{length}文字）。{LENGTH_MAX}文字までにしてください。");
        let en = format!("the expression is too long; at most {LENGTH_MAX} characters");
        return Err(vec![ExprMistake { at: 0, length, ja, en }]);
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, length };
    let tree = parser.choice().map_err(|mistake| vec![mistake])?;
    match parser.peek() {
        None => Ok(tree),
        Some(_) => Err(vec![parser.unexpected("and、or または終わり", "`and`, `or` or the end")]),
    }
}

type Parsed = Result<Syntax, ExprMistake>;

struct Parser<'t> {
    tokens: &'t [(Token, Span)],
    at: usize,
    depth: usize,
    length: usize,
}

impl Parser<'_> {
    fn choice(&mut self) -> Parsed {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(too_deep(self.span()));
        }
        let mut tree = self.join(Join::Or)?;
        if self.accept("?") {
            let yes = self.choice()?;
            self.expect(":")?;
            let no = self.choice()?;
            let span = tree.span.to(no.span);
            let depth = tree.depth.max(yes.depth).max(no.depth);
            tree = node(SyntaxKind::Choice(Box::new([tree, yes, no])), span, depth)?;
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(tree)
    }

    fn join(&mut self, join: Join) -> Parsed {
        let (word, part): (_, fn(&mut Self) -> Parsed) = match join {
            Join::Or => ("or", |parser| parser.join(Join::And)),
            Join::And => ("and", Self::comparison),
        };
        let first = part(self)?;
        let (start, mut end, mut depth) = (first.span, first.span, first.depth);
        let mut parts = vec![first];
        while self.accept(word) {
            let next = part(self)?;
            (end, depth) = (next.span, depth.max(next.depth));
            parts.push(next);
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => Ok(only),
            last => {
                parts.extend(last);
                node(SyntaxKind::Join(join, parts), start.to(end), depth)
            }
        }
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        let tree = if self.accept("in") {
            self.members(Membership::In, left)?
        } else if self.peek_is("not", 0) && self.peek_is("in", 1) {
            self.at = self.at.saturating_add(2);
            self.members(Membership::NotIn, left)?
        } else if let Some(relation) = self.relation() {
            let right = self.sum()?;
            let (span, depth) = (left.span.to(right.span), left.depth.max(right.depth));
            node(SyntaxKind::Compare(relation, Box::new([left, right])), span, depth)?
        } else {
            return Ok(left);
        };
        if self.relation().is_some() {
            self.at = self.at.saturating_sub(1);
            return Err(ExprMistake::at(
                self.span(),
                "比較は続けて書けません。a < b and b < c のように分けてください。".to_owned(),
                "comparisons do not chain; write a < b and b < c".to_owned(),
            ));
        }
        Ok(tree)
    }

    fn relation(&mut self) -> Option<Relation> {
        let relation = match self.peek()? {
            Token::Sign("==") => Relation::Equal,
            Token::Sign("!=") => Relation::Differs,
            Token::Sign("<") => Relation::Below,
            Token::Sign("<=") => Relation::AtMost,
            Token::Sign(">") => Relation::Above,
            Token::Sign(">=") => Relation::AtLeast,
            Token::Sign(_) | Token::Name(_) | Token::Text(_) | Token::Number(_) => return None,
        };
        self.at = self.at.saturating_add(1);
        Some(relation)
    }

    /// What follows `in`: `[a, b]`, or an interval like `[1..10)`.
    fn members(&mut self, membership: Membership, left: Syntax) -> Parsed {
        let open = self.span();
        let low = if self.accept("[") {
            Edge::Inside
        } else if self.accept("(") {
            Edge::Outside
        } else {
            return Err(self.unexpected("[a, b] か [1..10)", "[a, b] or [1..10)"));
        };
        let first = self.choice()?;
        if self.accept("..") {
            let last = self.choice()?;
            let end = self.span();
            let high = if self.accept("]") {
                Edge::Inside
            } else if self.accept(")") {
                Edge::Outside
            } else {
                return Err(self.unexpected("] か )", "] or )"));
            };
            let (span, edges) = (left.span.to(end), Edges { low, high });
            let depth = left.depth.max(first.depth).max(last.depth);
            let ends = Box::new([first, last]);
            return node(SyntaxKind::Within(membership, Box::new(left), edges, ends), span, depth);
        }
        if low == Edge::Outside {
            let ja = "in の後の一覧は [a, b] と、角括弧で書いてください。".to_owned();
            return Err(ExprMistake::at(open, ja, "write the list in [ ]".to_owned()));
        }
        let mut depth = left.depth.max(first.depth);
        let mut members = vec![first];
        while self.accept(",") {
            let next = self.choice()?;
            depth = depth.max(next.depth);
            members.push(next);
        }
        let span = left.span.to(self.span());
        self.expect("]")?;
        node(SyntaxKind::Among(membership, Box::new(left), members), span, depth)
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let operator = if self.accept("+") {
                Operator::Plus
            } else if self.accept("-") {
                Operator::Minus
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = arithmetic(operator, left, right)?;
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.unary()?;
        while self.accept("*") {
            let right = self.unary()?;
            left = arithmetic(Operator::Times, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        let start = self.span();
        let wrap = if self.accept("not") {
            SyntaxKind::Not
        } else if self.accept("-") {
            SyntaxKind::Minus
        } else {
            return self.single();
        };
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(too_deep(start));
        }
        let inner = self.unary()?;
        self.depth = self.depth.saturating_sub(1);
        let (span, depth) = (start.to(inner.span), inner.depth);
        node(wrap(Box::new(inner)), span, depth)
    }

    fn single(&mut self) -> Parsed {
        let span = self.span();
        let kind = match self.peek().cloned() {
            Some(Token::Name(name)) => SyntaxKind::Name(name),
            Some(Token::Text(text)) => SyntaxKind::Text(text),
            Some(Token::Number(number)) => SyntaxKind::Number(number),
            Some(Token::Sign("true")) => SyntaxKind::Bool(true),
            Some(Token::Sign("false")) => SyntaxKind::Bool(false),
            Some(Token::Sign("null")) => SyntaxKind::Null,
            Some(Token::Sign("(")) => {
                self.at = self.at.saturating_add(1);
                let mut inner = self.choice()?;
                inner.span = span.to(self.span());
                self.expect(")")?;
                return Ok(inner);
            }
            Some(Token::Sign("[")) => {
                let ja = "[ ] は in の後に書きます（例 channel in ['customers']）。".to_owned();
                return Err(ExprMistake::at(span, ja, "[ ] stands only after `in`".to_owned()));
            }
            Some(Token::Sign(_)) | None => {
                return Err(self.unexpected("名前か値", "a name or a value"));
            }
        };
        self.at = self.at.saturating_add(1);
        if self.peek_is("(", 0) {
            let ja = "関数はありません。名前と値を比べる式で書いてください。".to_owned();
            let en = "there are no functions; compare names with values".to_owned();
            return Err(ExprMistake::at(span.to(self.span()), ja, en));
        }
        node(kind, span, 0)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn peek_is(&self, sign: &str, ahead: usize) -> bool {
        let next = self.tokens.get(self.at.saturating_add(ahead));
        matches!(next, Some((Token::Sign(found), _)) if *found == sign)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = self.peek_is(sign, 0);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), ExprMistake> {
        if self.accept(sign) { Ok(()) } else { Err(self.unexpected(sign, sign)) }
    }

    /// The place of the next token; past the last one, the end of the text.
    fn span(&self) -> Span {
        let end = Span { at: self.length, length: 1 };
        self.tokens.get(self.at).map_or(end, |(_, span)| *span)
    }

    fn unexpected(&self, ja: &str, en: &str) -> ExprMistake {
        let hint = match (self.peek(), self.at.checked_sub(1).and_then(|at| self.tokens.get(at))) {
            (Some(Token::Sign(",")), Some((Token::Number(_), _))) => {
                "大きな数は 10_000_000 のように書きます。"
            }
            _ => "",
        };
        ExprMistake::at(
            self.span(),
            format!("ここには {ja} を書いてください。{hint}"),
            format!("expected {en} here"),
        )
    }
}

fn arithmetic(operator: Operator, left: Syntax, right: Syntax) -> Parsed {
    let (span, depth) = (left.span.to(right.span), left.depth.max(right.depth));
    node(SyntaxKind::Arithmetic(operator, Box::new([left, right])), span, depth)
}

/// A part over parts whose deepest has `depth`.
fn node(kind: SyntaxKind, span: Span, depth: usize) -> Parsed {
    let depth = depth.saturating_add(1);
    if depth > DEPTH_MAX { Err(too_deep(span)) } else { Ok(Syntax { kind, span, depth }) }
}

fn too_deep(span: Span) -> ExprMistake {
    ExprMistake::at(
        span,
        format!("式が込み入りすぎています（{DEPTH_MAX}段まで）。分けて書いてください。"),
        format!("the expression is nested too deeply (at most {DEPTH_MAX})"),
    )
}
