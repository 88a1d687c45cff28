//! Names and types: from what was written to what is meant, every mistake at once.

use crate::domain::Date;
use crate::workflow::nearest;

use super::parse::{Membership, Operator, Relation, Syntax, SyntaxKind};
use super::token::Span;
use super::tree::{Constant, Name, Node};
use super::{ExprMistake, Fields, Presence, Type, Value, Values, Word, eval};

/// The typed tree of `syntax`, which must have the type `wanted`.
pub(super) fn check(
    syntax: &Syntax,
    fields: &Fields,
    wanted: &Type,
) -> Result<Node, Vec<ExprMistake>> {
    let mut checker = Checker { fields, mistakes: Vec::new() };
    match checker.wanted(syntax, wanted) {
        Some(root) if checker.mistakes.is_empty() => Ok(root),
        _ => Err(checker.mistakes),
    }
}

/// A part with its type and place.
struct Typed {
    node: Node,
    kind: Type,
    span: Span,
}

impl Typed {
    fn constant(value: Value, kind: Type, span: Span) -> Self {
        let shown = kind.show(&value);
        Self { node: Node::Constant(Constant { value, shown }), kind, span }
    }
}

/// What came of turning a written value into another type, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Adapted {
    Done,
    /// Not a written value, or of a type that is never meant.
    Foreign,
    /// Meant, but not there; a mistake was noted.
    Mistaken,
}

struct Checker<'f> {
    fields: &'f Fields,
    mistakes: Vec<ExprMistake>,
}

impl Checker<'_> {
    fn say(&mut self, span: Span, ja: impl Into<String>, en: impl Into<String>) {
        self.mistakes.push(ExprMistake::at(span, ja.into(), en.into()));
    }

    /// The part and its type; nothing when a mistake was noted.
    fn typed(&mut self, syntax: &Syntax) -> Option<Typed> {
        let span = syntax.span;
        let constant = |value, kind| Some(Typed::constant(value, kind, span));
        let condition = |node| Some(Typed { node, kind: Type::Bool, span });
        match &syntax.kind {
            SyntaxKind::Null => {
                self.say(
                    span,
                    "null は == null か != null の形でだけ書けます。",
                    "`null` stands only in `== null` and `!= null`",
                );
                None
            }
            SyntaxKind::Bool(value) => constant(Value::Bool(*value), Type::Bool),
            SyntaxKind::Number(number) => constant(Value::Number(*number), Type::Number),
            SyntaxKind::Text(text) => constant(Value::Text(text.clone()), Type::Text),
            SyntaxKind::Name(name) => self.name(name, span),
            SyntaxKind::Not(inner) => {
                let inner = self.typed(inner)?;
                if inner.kind != Type::Bool {
                    let ja = "not の後は not (…) と、条件を括弧で囲んでください。";
                    self.say(span, ja, "write `not (…)` around the condition");
                    return None;
                }
                condition(Node::Not(Box::new(inner.node)))
            }
            SyntaxKind::Minus(inner) => {
                let inner = self.typed(inner)?;
                if !matches!(inner.kind, Type::Yen | Type::Number) {
                    let ja = "マイナスを付けられるのは金額と数だけです。";
                    self.say(span, ja, "only yen and numbers can be negative");
                    return None;
                }
                Some(folded(Node::Minus(Box::new(inner.node)), inner.kind, span))
            }
            SyntaxKind::Join(join, parts) => {
                let parts: Vec<_> =
                    parts.iter().map(|part| self.wanted(part, &Type::Bool)).collect();
                condition(Node::Join(*join, parts.into_iter().collect::<Option<_>>()?))
            }
            SyntaxKind::Compare(relation, two) => condition(self.compare(*relation, two, span)?),
            SyntaxKind::Among(membership, left, members) => {
                condition(self.among(*membership, left, members)?)
            }
            SyntaxKind::Within(membership, left, edges, ends) => {
                let left = self.typed(left);
                let ends = ends.each_ref().map(|end| self.typed(end));
                let (mut left, [Some(mut low), Some(mut high)]) = (left?, ends) else {
                    return None;
                };
                self.same(&mut left, &mut low)?;
                self.same(&mut left, &mut high)?;
                self.ordered(&left, span)?;
                let ends = Box::new([low.node, high.node]);
                condition(Node::Within(*membership, Box::new(left.node), *edges, ends))
            }
            SyntaxKind::Arithmetic(operator, two) => self.arithmetic(*operator, two, span),
            SyntaxKind::Choice(three) => self.choice(three, span),
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Option<Typed> {
        if let Some(field) = self.fields.get(name) {
            let kind = field.kind.clone();
            let name = Name { id: name.to_owned(), label: field.label.clone(), kind: kind.clone() };
            return Some(Typed { node: Node::Name(name), kind, span });
        }
        let names = self.fields.names();
        let labelled = self.fields.iter().find(|field| field.label == name);
        let near = labelled.map(|field| field.name.as_str()).or_else(|| nearest(name, &names));
        let (ja, en) = instead(near, &names);
        let ja = format!("「{name}」という名前はありません。{ja}文字なら '{name}' と囲みます。");
        self.say(span, ja, format!("unknown name `{name}`; {en}"));
        None
    }

    /// A part that must have a type.
    fn wanted(&mut self, syntax: &Syntax, wanted: &Type) -> Option<Node> {
        let mut part = self.typed(syntax)?;
        self.adapt(&mut part, wanted)?;
        if part.kind == *wanted {
            return Some(part.node);
        }
        let (ja, en) = if *wanted == Type::Bool {
            ("条件（例 total >= 10_000_000）", "a condition like total >= 10_000_000")
        } else {
            (wanted.japanese(), wanted.name())
        };
        let ja = format!("これは{}です。{ja}になる式を書いてください。", part.kind.japanese());
        self.say(part.span, ja, format!("this is {}; expected {en}", part.kind.name()));
        None
    }

    fn compare(&mut self, relation: Relation, two: &[Syntax; 2], span: Span) -> Option<Node> {
        let [left, right] = two;
        let other = match (&left.kind, &right.kind) {
            (_, SyntaxKind::Null) => Some(left),
            (SyntaxKind::Null, _) => Some(right),
            _ => None,
        };
        let presence = match relation {
            Relation::Equal => Some(Presence::Maybe),
            Relation::Differs => Some(Presence::Always),
            Relation::Below | Relation::AtMost | Relation::Above | Relation::AtLeast => None,
        };
        // Beside a relation of size, null is refused where it stands.
        if let (Some(other), Some(presence)) = (other, presence) {
            return Some(Node::Exists(presence, Box::new(self.typed(other)?.node)));
        }
        let (left, right) = (self.typed(left), self.typed(right));
        let (mut left, mut right) = (left?, right?);
        self.same(&mut left, &mut right)?;
        if presence.is_none() {
            self.ordered(&left, span)?;
        }
        Some(Node::Compare(relation, Box::new([left.node, right.node])))
    }

    fn among(&mut self, membership: Membership, left: &Syntax, members: &[Syntax]) -> Option<Node> {
        let left = self.typed(left);
        let members: Vec<_> = members.iter().map(|member| self.typed(member)).collect();
        let mut left = left?;
        let mut nodes = Vec::new();
        for member in members {
            let same = member.and_then(|mut member| {
                self.same(&mut left, &mut member)?;
                Some(member.node)
            });
            nodes.push(same);
        }
        let nodes = nodes.into_iter().collect::<Option<_>>()?;
        Some(Node::Among(membership, Box::new(left.node), nodes))
    }

    fn arithmetic(&mut self, operator: Operator, two: &[Syntax; 2], span: Span) -> Option<Typed> {
        let [left, right] = two.each_ref().map(|part| self.typed(part));
        let (mut left, mut right) = (left?, right?);
        if operator != Operator::Times {
            self.adapt_each_other(&mut left, &mut right)?;
        }
        let kind = match (&left.kind, &right.kind, operator) {
            (Type::Yen, Type::Yen, Operator::Plus | Operator::Minus)
            | (Type::Yen, Type::Number, Operator::Times)
            | (Type::Number, Type::Yen, Operator::Times) => Type::Yen,
            (Type::Number, Type::Number, _) | (Type::Date, Type::Date, Operator::Minus) => {
                Type::Number
            }
            (Type::Date, Type::Number, Operator::Plus | Operator::Minus)
            | (Type::Number, Type::Date, Operator::Plus) => Type::Date,
            _ => {
                let (a, b) = (&left.kind, &right.kind);
                let ja = format!("{}と{}はこのように計算できません。", a.japanese(), b.japanese());
                let en = format!("cannot reckon with {} and {} like this", a.name(), b.name());
                self.say(span, ja, en);
                return None;
            }
        };
        Some(folded(Node::Arithmetic(operator, Box::new([left.node, right.node])), kind, span))
    }

    fn choice(&mut self, three: &[Syntax; 3], span: Span) -> Option<Typed> {
        let [condition, yes, no] = three;
        let condition = self.wanted(condition, &Type::Bool);
        let (yes, no) = (self.typed(yes), self.typed(no));
        let (mut yes, mut no) = (yes?, no?);
        self.same(&mut yes, &mut no)?;
        let kind = yes.kind;
        Some(Typed { node: Node::Choice(Box::new([condition?, yes.node, no.node])), kind, span })
    }

    /// Makes both sides one type, where what was written allows it.
    fn same(&mut self, left: &mut Typed, right: &mut Typed) -> Option<()> {
        self.adapt_each_other(left, right)?;
        if left.kind == right.kind {
            return Some(());
        }
        let (a, b) = (&left.kind, &right.kind);
        let (ja, en) = match (&left.node, &right.node) {
            (Node::Constant(_), _) => shape(b),
            (_, Node::Constant(_)) => shape(a),
            _ => (String::new(), String::new()),
        };
        let ja = format!("{}と{}は比べられません。{ja}", a.japanese(), b.japanese());
        let en = format!("cannot compare {} with {}{en}", a.name(), b.name());
        self.say(left.span.to(right.span), ja, en);
        None
    }

    fn adapt_each_other(&mut self, left: &mut Typed, right: &mut Typed) -> Option<()> {
        self.adapt(left, &right.kind.clone())?;
        self.adapt(right, &left.kind.clone())
    }

    /// Turns a written number into yen and a written text into a date or a word where those are
    /// meant; leaves anything else alone. Nothing when the text is no such date or word.
    fn adapt(&mut self, part: &mut Typed, wanted: &Type) -> Option<()> {
        if part.kind == *wanted {
            return Some(());
        }
        let mut adapted = part.node.clone();
        match self.adapted(&mut adapted, wanted, part.span) {
            Adapted::Done => (part.node, part.kind) = (adapted, wanted.clone()),
            Adapted::Foreign => {}
            Adapted::Mistaken => return None,
        }
        Some(())
    }

    fn adapted(&mut self, node: &mut Node, wanted: &Type, span: Span) -> Adapted {
        if let Node::Choice(three) = node {
            let [_, yes, no] = three.as_mut();
            let yes = self.adapted(yes, wanted, span);
            return yes.max(self.adapted(no, wanted, span));
        }
        let Node::Constant(constant) = node else { return Adapted::Foreign };
        let value = match (&constant.value, wanted) {
            (Value::Number(number), Type::Yen) => Some(Value::Yen(*number)),
            (Value::Text(text), Type::Date) => self.date(text, span),
            (Value::Text(text), Type::Enum(words)) => self.word(text, words, span),
            _ => return Adapted::Foreign,
        };
        let Some(value) = value else { return Adapted::Mistaken };
        *constant = Constant { shown: wanted.show(&value), value };
        Adapted::Done
    }

    fn date(&mut self, text: &str, span: Span) -> Option<Value> {
        let date = Date::parse(text).ok().map(Value::Date);
        if date.is_none() {
            let (ja, en) = shape(&Type::Date);
            let ja = format!("「{text}」は日付ではありません。{ja}");
            self.say(span, ja, format!("`{text}` is not a date{en}"));
        }
        date
    }

    fn word(&mut self, text: &str, words: &[Word], span: Span) -> Option<Value> {
        if words.iter().any(|word| word.id == text) {
            return Some(Value::Word(text.to_owned()));
        }
        let ids: Vec<&str> = words.iter().map(|word| word.id.as_str()).collect();
        let labelled = words.iter().find(|word| word.label == text);
        let near = labelled.map(|word| word.id.as_str()).or_else(|| nearest(text, &ids));
        let (ja, en) = instead(near, &ids);
        let ja = format!("「{text}」という区分はありません。{ja}");
        self.say(span, ja, format!("unknown word `{text}`; {en}"));
        None
    }

    fn ordered(&mut self, part: &Typed, span: Span) -> Option<()> {
        if part.kind.is_ordered() {
            return Some(());
        }
        let kind = &part.kind;
        let ja = format!("{}に大小はありません。== か in で比べてください。", kind.japanese());
        self.say(span, ja, format!("{} has no order; use == or in", kind.name()));
        None
    }
}

/// A sum of what was written is worked out once.
fn folded(node: Node, kind: Type, span: Span) -> Typed {
    let written = node.parts().iter().all(|part| matches!(part, Node::Constant(_)));
    let value = if written {
        eval::eval(&node, &Values::default()).map(eval::Seen::to_value)
    } else {
        None
    };
    match value {
        Some(value) => Typed::constant(value, kind, span),
        None => Typed { node, kind, span },
    }
}

/// How a value of a type is written.
fn shape(kind: &Type) -> (String, String) {
    let (ja, en) = match kind {
        Type::Yen => ("金額は 10_000_000 のように", "10_000_000"),
        Type::Number => ("数は 10 のように", "10"),
        Type::Date => ("日付は '2026-04-01' のように", "'2026-04-01'"),
        Type::Bool => ("はい・いいえは true か false と", "true or false"),
        Type::Text => ("文字は 'customers' のように引用符で囲んで", "'customers'"),
        Type::Enum(words) => {
            let id = words.first().map_or("", |word| &word.id);
            let ja = format!("区分は '{id}' のように引用符で囲んで書いてください。");
            return (ja, format!("; write '{id}'"));
        }
    };
    (format!("{ja}書いてください。"), format!("; write {en}"))
}

/// The nearest of what there is, or all of it.
fn instead(near: Option<&str>, known: &[&str]) -> (String, String) {
    near.map_or_else(
        || {
            let all = known.join("、");
            (format!("使えるのは {all} です。"), format!("use {}", known.join(", ")))
        },
        |near| (format!("「{near}」ではありませんか。"), format!("did you mean `{near}`?")),
    )
}
