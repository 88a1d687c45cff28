//! Bordered tables over as many sheets as they need, and the grids of labels and values.

use super::canvas::{Area, Ink, Style};
use super::face::{Weight, width, wrap};
use super::flow::{Broke, Flow, MARGIN, WIDTH};
use super::length::{Um, em};
use crate::render::words::Words;

const PAD: Um = 1_500;
const RULE: Um = 150;

/// Where a cell's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
    Centre,
}

/// A column of a table. Widths of a table's columns sum to [`WIDTH`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) title: &'a str,
    pub(super) width: Um,
    pub(super) align: Align,
    /// How many lines a cell may have before it is cut.
    pub(super) lines_max: usize,
}

/// The columns of a table: widths by the words at `widths`, titles by their keys.
pub(super) fn columns<'a, const N: usize>(
    words: &'a Words,
    widths: &str,
    columns: [(&'a str, Align, usize); N],
) -> Vec<Column<'a>> {
    let widths = words.widths(widths).into_iter().map(|tenths| Um::from(tenths) * 100);
    let all = columns.into_iter().zip(widths);
    all.map(|((key, align, lines_max), width)| Column {
        title: words.get(key),
        width,
        align,
        lines_max,
    })
    .collect()
}

/// A cell: its text and colour.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) ink: Ink,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ink: Ink::Black }
    }
}

/// A table of `rows` under a shaded header row, which every further sheet repeats.
pub(super) fn table(
    flow: &mut Flow<'_>,
    columns: &[Column<'_>],
    tenths: i32,
    rows: impl Iterator<Item = Vec<Cell>>,
) {
    ruled(flow, columns, (tenths, 0), rows);
}

/// The same with rows of at least a height, to be filled in by hand.
pub(super) fn ruled(
    flow: &mut Flow<'_>,
    columns: &[Column<'_>],
    (tenths, least): (i32, Um),
    rows: impl Iterator<Item = Vec<Cell>>,
) {
    let mut top = header(flow, columns);
    for row in rows {
        let cells: Vec<Vec<String>> = columns
            .iter()
            .zip(&row)
            .map(|(column, cell)| {
                let room = column.width - 2 * PAD;
                wrap(&cell.text, Weight::Regular, tenths, room, column.lines_max)
            })
            .collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let height = i32::try_from(lines).unwrap_or(1) * line_height(tenths) + 2_400;
        let height = height.max(least);
        let bottom = flow.y;
        if flow.need_in(columns, (top, bottom), height) == Broke::Yes {
            top = header(flow, columns);
        }
        let mut x = MARGIN;
        for ((column, cell), lines) in columns.iter().zip(&row).zip(&cells) {
            let style = Style::regular(tenths, cell.ink);
            draw_lines(flow, (x, flow.y + 1_200), *column, style, lines);
            x += column.width;
        }
        flow.y += height;
        let y = flow.y;
        flow.sheet().line((MARGIN, y), (MARGIN + WIDTH, y), Ink::Rule, RULE);
    }
    let bottom = flow.y;
    borders(flow, columns, (top, bottom));
    flow.y += 3_500;
}

impl Flow<'_> {
    /// [`Flow::need`] for a row of a table that began at `span.0`: closes the table's borders
    /// before the sheet is left.
    fn need_in(&mut self, columns: &[Column<'_>], span: (Um, Um), height: Um) -> Broke {
        let room_needed = height;
        if self.fits(room_needed) {
            return Broke::No;
        }
        borders(self, columns, span);
        self.need(room_needed)
    }
}

fn header(flow: &mut Flow<'_>, columns: &[Column<'_>]) -> Um {
    let height = 6_400;
    let top = flow.y;
    flow.sheet().fill(Area { x: MARGIN, y: top, width: WIDTH, height }, Ink::Pale);
    let style = Style::bold(74, Ink::Navy);
    let mut x = MARGIN;
    for column in columns {
        let title = super::face::clip(
            column.title,
            style.weight,
            style.tenths,
            column.width - 2 * PAD + 800,
        );
        draw_lines(flow, (x, top + 1_500), *column, style, &[title]);
        x += column.width;
    }
    flow.y += height;
    let y = flow.y;
    flow.sheet().line((MARGIN, y), (MARGIN + WIDTH, y), Ink::Rule, RULE);
    top
}

fn borders(flow: &mut Flow<'_>, columns: &[Column<'_>], span: (Um, Um)) {
    let mut x = MARGIN;
    for column in columns.iter().take(columns.len().saturating_sub(1)) {
        x += column.width;
        flow.sheet().line((x, span.0), (x, span.1), Ink::Rule, RULE);
    }
    let area = Area { x: MARGIN, y: span.0, width: WIDTH, height: span.1 - span.0 };
    flow.sheet().frame(area, Ink::Rule, 250);
}

fn draw_lines(
    flow: &mut Flow<'_>,
    at: (Um, Um),
    column: Column<'_>,
    style: Style,
    lines: &[String],
) {
    let (left, top) = at;
    let step = line_height(style.tenths);
    for (line, text) in (0..).zip(lines) {
        let taken = width(text, style.weight, style.tenths);
        let x = match column.align {
            Align::Left => left + PAD,
            Align::Right => left + column.width - PAD - taken,
            Align::Centre => left + (column.width - taken) / 2,
        };
        // The middle of a full-width character lies 0.38 em above its baseline.
        let baseline = top + line * step + step / 2 + em(style.tenths) * 38 / 100;
        flow.text(x, baseline, style, text);
    }
}

const fn line_height(tenths: i32) -> Um {
    em(tenths) * 135 / 100
}

/// A label with its value, in a grid.
#[derive(Debug)]
pub(super) enum Entry<'a> {
    /// Shares its row with a neighbour.
    Half(&'a str, String),
    /// Takes the whole row.
    Whole(&'a str, String),
}

const LABEL: Um = 27_000;
const GRID_TENTHS: i32 = 88;
const BOX_LABEL: Um = 5_400;

/// Labels and values in two columns, long ones across both.
pub(super) fn grid(flow: &mut Flow<'_>, entries: &[Entry<'_>]) {
    fields(flow, (LABEL, 0), entries);
}

/// The same with labels of a width and rows of at least a height, to be filled in by hand.
pub(super) fn fields(flow: &mut Flow<'_>, sizes: (Um, Um), entries: &[Entry<'_>]) {
    let mut rest = entries.iter().peekable();
    while let Some(entry) = rest.next() {
        let row: Vec<(&str, &str)> = match (entry, rest.peek()) {
            (Entry::Half(label, value), Some(Entry::Half(label2, value2))) => {
                rest.next();
                vec![(label, value), (label2, value2)]
            }
            (Entry::Half(label, value) | Entry::Whole(label, value), _) => vec![(label, value)],
        };
        field_row(flow, sizes, &row);
    }
    flow.y += 4_000;
}

fn field_row(flow: &mut Flow<'_>, (label_width, least): (Um, Um), row: &[(&str, &str)]) {
    let share = WIDTH / i32::try_from(row.len()).unwrap_or(1).max(1);
    let value = Column { title: "", width: share - label_width, align: Align::Left, lines_max: 3 };
    let values: Vec<Vec<String>> = row
        .iter()
        .map(|(_, text)| {
            wrap(text, Weight::Regular, GRID_TENTHS, value.width - 2 * PAD, value.lines_max)
        })
        .collect();
    let lines = values.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let needed = i32::try_from(lines).unwrap_or(1) * line_height(GRID_TENTHS) + 3_000;
    let height = needed.max(least);
    flow.need(height);
    let top = flow.y;
    let mut x = MARGIN;
    for ((label, _), lines) in row.iter().zip(&values) {
        flow.sheet().fill(Area { x, y: top, width: label_width, height }, Ink::Pale);
        let head = Column { title: label, width: label_width, align: Align::Left, lines_max: 1 };
        let style = Style::bold(82, Ink::Navy);
        let middle = top + (height - line_height(style.tenths)) / 2;
        draw_lines(flow, (x, middle), head, style, &[(*label).to_owned()]);
        let style = Style::regular(GRID_TENTHS, Ink::Black);
        let first = top + (height - needed) / 2 + 1_500;
        draw_lines(flow, (x + label_width + 500, first), value, style, lines);
        let area = Area { x, y: top, width: share, height };
        flow.sheet().frame(area, Ink::Rule, RULE);
        x += share;
    }
    flow.y += height;
}

/// Empty boxes side by side, each under its label.
pub(super) fn boxes(flow: &mut Flow<'_>, height: Um, labels: &[String]) {
    let width = WIDTH / i32::try_from(labels.len()).unwrap_or(1).max(1);
    flow.need(BOX_LABEL + height);
    let top = flow.y;
    let mut x = MARGIN;
    for label in labels {
        flow.sheet().fill(Area { x, y: top, width, height: BOX_LABEL }, Ink::Pale);
        let column = Column { title: label, width, align: Align::Centre, lines_max: 1 };
        let style = Style::bold(74, Ink::Navy);
        let label = super::face::clip(label, style.weight, style.tenths, width - PAD);
        draw_lines(flow, (x, top + 900), column, style, &[label]);
        flow.sheet().frame(Area { x, y: top, width, height: BOX_LABEL + height }, Ink::Rule, RULE);
        x += width;
    }
    flow.y += BOX_LABEL + height + 4_000;
}

/// Figures side by side, each under its label: what a reader looks for first.
pub(super) fn figures(flow: &mut Flow<'_>, figures: &[(&str, String, Ink)]) {
    let height = 15_500;
    flow.need(height);
    let count = i32::try_from(figures.len()).unwrap_or(1).max(1);
    // The last figure is a sum of money and takes two shares.
    let share = WIDTH / (count + 1);
    let top = flow.y;
    let mut x = MARGIN;
    for (at, (label, value, ink)) in (1..).zip(figures) {
        let width = if at == count { MARGIN + WIDTH - x } else { share };
        flow.sheet().fill(Area { x, y: top, width, height: 5_600 }, Ink::Pale);
        let column = Column { title: label, width, align: Align::Centre, lines_max: 1 };
        draw_lines(flow, (x, top + 1_000), column, Style::bold(78, Ink::Navy), &[(*label).into()]);
        let value = super::face::clip(value, Weight::Bold, 140, width - PAD);
        draw_lines(flow, (x, top + 7_200), column, Style::bold(140, *ink), &[value]);
        flow.sheet().frame(Area { x, y: top, width, height }, Ink::Rule, RULE);
        x += width;
    }
    flow.y += height + 4_000;
}
