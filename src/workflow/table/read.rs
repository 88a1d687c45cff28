//! From the text of a table to its rows, every mistake with its place.

use crate::workflow::Mistake;
use crate::workflow::expr::{Fields, Type};

use super::cell::{self, Wrong};
use super::header::{self, Column, Role};
use super::proof::{Example, Point, Proof, prove};
use super::scale::{Scale, Test};
use super::sheet::{self, Cell};
use super::{Hit, Row, Table};

const ROWS_MAX: usize = 1_000;
const CONDITIONS_MAX: usize = 16;

/// Reads a table over the names of its inputs and outputs.
pub(super) fn read(
    file: &str,
    text: &str,
    fields: (&Fields, &Fields),
    hit: Hit,
) -> Result<Table, Vec<Mistake>> {
    let mut reader = Reader { file, mistakes: Vec::new() };
    let table = reader.table(text, fields, hit);
    match table {
        Some(table) if reader.mistakes.is_empty() => {
            reader.prove(&table, text);
            if reader.mistakes.is_empty() { Ok(table) } else { Err(reader.mistakes) }
        }
        _ => {
            reader.mistakes.sort();
            Err(reader.mistakes)
        }
    }
}

struct Reader<'f> {
    file: &'f str,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    /// The table, unless what is wrong makes the rest unreadable.
    fn table(
        &mut self,
        text: &str,
        (inputs, outputs): (&Fields, &Fields),
        hit: Hit,
    ) -> Option<Table> {
        let mut rows = sheet::rows(text).into_iter();
        let Some(head) = rows.next() else {
            let ja = "表が空です。1行目に列の名前を書いてください。";
            self.say_of_file(ja, "the table is empty; line 1 names the columns");
            return None;
        };
        let rows: Vec<Vec<Cell>> = rows.collect();
        let columns = self.header(&head, inputs, outputs);
        let conditions = columns.iter().filter(|c| matches!(c.role, Role::Condition(_))).count();
        if rows.len() > ROWS_MAX || conditions > CONDITIONS_MAX {
            let ja = format!(
                "表が大きすぎます。{ROWS_MAX}行、条件{CONDITIONS_MAX}列までに分けてください。"
            );
            let en = format!(
                "the table is too large; at most {ROWS_MAX} rows and {CONDITIONS_MAX} conditions"
            );
            self.say_of_file(ja, en);
            return None;
        }
        if rows.is_empty() {
            self.say_of_file("行がありません。", "there are no rows");
        }
        let scales: Vec<Option<Scale>> =
            columns.iter().zip(0..).map(|(column, at)| scale(column, at, &rows)).collect();
        let rows = rows.iter().map(|cells| self.row(cells, &columns, &scales)).collect();
        Some(Table { hit, columns, scales: scales.into_iter().flatten().collect(), rows })
    }

    fn header(&mut self, head: &[Cell], inputs: &Fields, outputs: &Fields) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        for cell in head {
            let title = cell.text.trim().to_owned();
            let role = header::role(&title, inputs, outputs).unwrap_or_else(|wrong| {
                self.say(cell, wrong);
                Role::Note
            });
            if role != Role::Note && columns.iter().any(|column| column.role == role) {
                let ja = format!("「{title}」の列が二つあります。一つにしてください。");
                self.say(cell, (ja, format!("column `{title}` is there twice; keep one")));
            }
            columns.push(Column { title, role });
        }
        for field in outputs.iter() {
            let answered = |c: &Column| matches!(&c.role, Role::Result(found) if found == field);
            if !columns.iter().any(answered)
                && let Some(last) = head.last()
            {
                let ja = format!("「結果:{}」の列がありません。", field.label);
                self.say(last, (ja, format!("column `out:{}` is missing", field.name)));
            }
        }
        columns
    }

    fn row(&mut self, cells: &[Cell], columns: &[Column], scales: &[Option<Scale>]) -> Row {
        let first = cells.first().cloned().unwrap_or_default();
        let mut row =
            Row { line: first.line, cells: Vec::new(), tests: Vec::new(), results: Vec::new() };
        let end = cells.last().cloned().unwrap_or_default();
        // A row that ends early is blank from there on.
        let beyond =
            Cell { text: String::new(), column: end.column.saturating_add(end.length), ..end };
        for (at, (column, scale)) in columns.iter().zip(scales).enumerate() {
            let cell = cells.get(at).unwrap_or(&beyond);
            row.cells.push(cell.text.trim().to_owned());
            match (&column.role, scale) {
                (Role::Condition(_), Some(scale)) => {
                    row.tests.extend(self.noted(cell, cell::condition(&cell.text, scale)));
                }
                (Role::Result(field), _) => {
                    let value = self.noted(cell, cell::result(&cell.text, field));
                    row.results.extend(value.map(|value| (field.name.clone(), value)));
                }
                (Role::Note, _) if column.title.is_empty() && !cell.is_blank() => {
                    self.say(cell, no_heading());
                }
                (Role::Note | Role::Condition(_), _) => {}
            }
        }
        let nameless = cells.iter().skip(columns.len()).find(|cell| !cell.is_blank());
        if let Some(cell) = nameless {
            self.say(cell, no_heading());
        }
        row
    }

    fn prove(&mut self, table: &Table, text: &str) {
        let tests: Vec<&[Test]> = table.rows.iter().map(|row| row.tests.as_slice()).collect();
        let Ok(proof) = prove(&table.scales, &tests, table.hit) else {
            self.say_of_file(
                "条件の組み合わせが多すぎて、すべての場合を確かめられません。表を分けてください。",
                "too many combinations of conditions to be proved; split the table",
            );
            return;
        };
        let Proof { gaps, overlaps, unreached } = proof;
        for point in gaps {
            let case = case(&table.scales, &point);
            let (ja, en) = match table.hit {
                Hit::Unique => ("行を足すか、条件を広げてください。", "add a row"),
                Hit::First => (
                    "行を足すか、最後に「-」の行を置いてください。",
                    "add a row, or end with a row of `-`",
                ),
            };
            let ja = format!("{case}当てはまる行がありません。{ja}");
            self.say_of_file(ja, format!("no row is for some case ({case}); {en}"));
        }
        for (earlier, later, point) in overlaps {
            let case = case(&table.scales, &point);
            let [earlier, later] = [earlier, later].map(|row| line(table, row));
            let ja = format!(
                "{case}{earlier}行目と{later}行目の両方が当てはまります。\
                 どちらかの条件を狭めてください。"
            );
            let en = format!("lines {earlier} and {later} overlap ({case}); narrow one of them");
            self.say_of_row(text, later, (ja, en));
        }
        for row in unreached {
            self.say_of_row(
                text,
                line(table, row),
                (
                    "上の行がすべての場合を先に受けるため、この行は使われません。\
                     上へ移すか、取り除いてください。"
                        .to_owned(),
                    "the rows above take every case of this row; move it up or remove it"
                        .to_owned(),
                ),
            );
        }
    }

    fn noted<T>(&mut self, cell: &Cell, read: Result<T, Wrong>) -> Option<T> {
        read.map_err(|wrong| self.say(cell, wrong)).ok()
    }

    fn say(&mut self, cell: &Cell, (ja, en): Wrong) {
        let file = self.file.to_owned();
        let Cell { line, column, length, .. } = *cell;
        self.mistakes.push(Mistake { file, line, column, length, ja, en });
    }

    fn say_of_row(&mut self, text: &str, line: usize, (ja, en): Wrong) {
        let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let length = written.chars().count().max(1);
        self.say(&Cell { text: String::new(), line, column: 1, length }, (ja, en));
    }

    fn say_of_file(&mut self, ja: impl Into<String>, en: impl Into<String>) {
        let whole = Cell { text: String::new(), line: 0, column: 1, length: 1 };
        self.say(&whole, (ja.into(), en.into()));
    }
}

/// The number line of a condition column.
fn scale(column: &Column, at: usize, rows: &[Vec<Cell>]) -> Option<Scale> {
    let Role::Condition(field) = &column.role else { return None };
    let texts = if field.kind == Type::Text {
        rows.iter().filter_map(|row| row.get(at)).flat_map(|c| cell::texts(&c.text)).collect()
    } else {
        Vec::new()
    };
    Some(Scale::new(field.clone(), texts))
}

fn line(table: &Table, row: usize) -> usize {
    table.rows.get(row).map_or(0, Row::line)
}

/// `合計金額 1,000,000円・新規先 はい の場合に`.
fn case(scales: &[Scale], point: &Point) -> String {
    let show = |(scale, example): (&Scale, &Example)| match example {
        Example::Any => None,
        Example::Missing => Some(scale.show(None)),
        Example::At(rank) => Some(scale.show(Some(*rank))),
    };
    let shown: Vec<String> = scales.iter().zip(point).filter_map(show).collect();
    if shown.is_empty() {
        "どの場合にも".to_owned()
    } else {
        format!("{} の場合に", shown.join("・"))
    }
}

fn no_heading() -> Wrong {
    (
        "この列には名前がありません。1行目に書くか、中身を取り除いてください。".to_owned(),
        "this column has no heading; write one or empty the cell".to_owned(),
    )
}
