//! Files of other systems by their profiles: whose header it is, and how its cells become ours.

use std::io::{self, Read};

use ::csv::StringRecord;

use super::batch::Batch;
use super::csv::{Rows, seek_header};
use super::header::{Columns, plain, repeated};
use super::text::Text;
use super::total::ControlRow;
use super::{both_names, file_finding};
use crate::domain::profile::{Made, Profile, Source};
use crate::domain::{Code, Date, Field, Finding};

/// How a row's cells become ours.
#[derive(Debug)]
pub(super) struct Mapping<'p> {
    pub(super) profile: &'p Profile,
    cells: Vec<(Field, Cell<'p>)>,
}

/// Where one of our cells comes from.
#[derive(Debug)]
enum Cell<'p> {
    Fixed(String),
    At(usize, &'p Source),
}

impl Mapping<'_> {
    /// Our cells of a row of theirs.
    pub(super) fn cells(&self, row: &StringRecord) -> [String; Field::COUNT] {
        let mut made = [const { String::new() }; Field::COUNT];
        for (field, cell) in &self.cells {
            if let Some(slot) = made.get_mut(field.index()) {
                *slot = match cell {
                    Cell::Fixed(text) => text.clone(),
                    Cell::At(at, source) => source.value(row.get(*at).unwrap_or_default()),
                };
            }
        }
        made
    }
}

/// The profile a header line is of: the one most of whose headings stand in it, at the least half
/// of them and more than there are names of ours. Of equals the first.
pub(super) fn of_header<'p>(
    row: &StringRecord,
    profiles: &'p [Profile],
    ours: usize,
) -> Option<&'p Profile> {
    let here: Vec<String> = row.iter().map(plain).collect();
    let mut best = None;
    let mut most = ours;
    for profile in profiles {
        let headings = profile.headings();
        let found = headings.iter().filter(|heading| here.contains(&plain(heading))).count();
        if found > most && found * 2 >= headings.len() {
            (best, most) = (Some(profile), found);
        }
    }
    best
}

/// Where everything is in a file whose header is a profile's. A heading that is missing or stands
/// twice is an error of the file.
pub(super) fn columns<'p>(
    profile: &'p Profile,
    row: &StringRecord,
    line: u32,
    batch: &mut Batch<'p>,
) -> Columns<'p> {
    let intake = batch.intake();
    let (cells, missing) = placed(profile, row, intake.calendar.next_open(intake.on));
    for (heading, field) in missing {
        batch.file_error(lost(profile, heading, field, line));
    }
    let mut number_of = [0; Field::COUNT];
    let mut at = vec![None; row.len()];
    for (field, cell) in &cells {
        let Cell::At(place, _) = cell else { continue };
        if let Some(number) = number_of.get_mut(field.index()) {
            *number = u32::try_from(place + 1).unwrap_or(u32::MAX);
        }
        // Several of ours may come from one; that of the amount is where a total would stand.
        if let Some(slot) = at.get_mut(*place)
            && (slot.is_none() || *field == Field::Amount)
        {
            *slot = Some(*field);
        }
    }
    let names: Vec<String> = row.iter().map(plain).collect();
    for (number, (cell, name)) in (1_u32..).zip(row.iter().zip(&names)) {
        let first = (1_u32..).zip(&names).find(|(_, one)| *one == name).map_or(0, |(at, _)| at);
        if first < number && number_of.contains(&first) {
            repeated(cell, line, (first, number), batch);
        }
    }
    let is_lost = |field: &Field| {
        profile.heading_of(*field).is_some() && number_of.get(field.index()) == Some(&0)
    };
    let told = profile.columns.keys().filter(|field| is_lost(field));
    let told = told.fold(0, |bits, field| bits | 1_u32 << field.index());
    batch.is_by_profile(&profile.title, told);
    Columns { number_of, at, has_strangers: true, mapping: Some(Mapping { profile, cells }) }
}

/// Where each of our cells comes from under a header of theirs, and the headings that are not in
/// it, each with the first field that wants it.
#[expect(clippy::type_complexity, reason = "two lists that are made in one go")]
fn placed<'p>(
    profile: &'p Profile,
    row: &StringRecord,
    day: Date,
) -> (Vec<(Field, Cell<'p>)>, Vec<(&'p str, Field)>) {
    let here: Vec<String> = row.iter().map(plain).collect();
    let (mut cells, mut missing) = (Vec::new(), Vec::<(&str, Field)>::new());
    for (field, made) in &profile.columns {
        let cell = match made {
            Made::Constant(text) => Cell::Fixed(text.clone()),
            Made::ReceiptDay => Cell::Fixed(day.to_string()),
            Made::From(source) => {
                let wanted = plain(&source.heading);
                let Some(place) = here.iter().position(|cell| *cell == wanted) else {
                    if !missing.iter().any(|(heading, _)| *heading == source.heading) {
                        missing.push((&source.heading, *field));
                    }
                    continue;
                };
                Cell::At(place, source)
            }
        };
        cells.push((*field, cell));
    }
    (cells, missing)
}

/// Gives what a profile makes of each row of a file, with its line, to `each`: nothing is judged.
/// A day of receipt is `day`. False where the header is not the profile's. Errs only when `source`
/// does.
pub fn rows_by_profile(
    source: &mut dyn Read,
    (profile, day): (&Profile, Date),
    mut each: impl FnMut(u32, [String; Field::COUNT]),
) -> io::Result<bool> {
    let mut text = Text::new(source, u64::MAX);
    text.begin()?;
    let mut rows = Rows::new(&mut text);
    let Ok((_, Some(profile))) = seek_header(&mut rows, std::slice::from_ref(profile)) else {
        return text.take_io_error().map_or(Ok(false), Err);
    };
    let (cells, _) = placed(profile, &rows.row, day);
    let mapping = Mapping { profile, cells };
    while rows.next() {
        if !rows.is_blank() && !ControlRow::is_one(rows.row.iter()) {
            each(rows.line, mapping.cells(&rows.row));
        }
    }
    text.take_io_error().map_or(Ok(true), Err)
}

/// A heading of the profile that the file lacks (E_SCHEMA).
fn lost(profile: &Profile, heading: &str, field: Field, line: u32) -> Finding {
    let (title, ours) = (&profile.title, both_names(field));
    let finding = file_finding(
        Code::Schema,
        line,
        String::new(),
        &format!(
            "列「{heading}」がありません(変換表「{title}」の{ours})。列を加えるか、銀行に変換表の\
             見直しをご依頼ください。"
        ),
        &format!(
            "the column `{heading}` of the profile `{}` is missing; add it, or let the bank change \
             the profile",
            profile.name
        ),
    );
    Finding { field: Some(field), ..finding }
}

/// Names the columns of findings as their own file does.
pub(super) fn name_columns(findings: &mut [Finding], profile: &Profile) {
    for finding in findings.iter_mut().filter(|finding| finding.column > 0) {
        let heading = finding.field.and_then(|field| profile.heading_of(field));
        if let Some(heading) = heading {
            finding.ja = format!("列「{heading}」: {}", finding.ja);
            finding.en = format!("column `{heading}`: {}", finding.en);
        }
    }
}
