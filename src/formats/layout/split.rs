//! A file into records of one length, whatever stands between them.

use std::io::{self, Read};

use super::{PlacedFinding, RecordKind};
use crate::domain::Severity;

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// The bytes that end a line: CR and LF.
pub(super) const JIS_NEWLINES: [u8; 4] = *b"\r\n\r\n";

/// What hosts and old systems write behind the last byte of a file: no part of any record.
pub(in crate::formats) const END_MARK: u8 = 0x1A;

/// What stands behind a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Ending {
    /// Nothing.
    None,
    /// CR and LF.
    CrLf,
    /// One of them alone.
    Lone,
}

/// How a record was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Cut {
    /// It has the bytes it should have.
    Whole,
    /// It has fewer, or its line has more.
    Wrong,
}

/// One record as it was cut out of a file.
#[derive(Debug)]
pub(in crate::formats) struct Piece<'b> {
    /// From 1.
    pub(in crate::formats) number: u32,
    /// The place of its first byte in the file, newlines counted.
    pub(in crate::formats) offset: u64,
    pub(in crate::formats) bytes: &'b [u8],
    /// The same with the newline behind it.
    pub(in crate::formats) line: &'b [u8],
    pub(in crate::formats) cut: Cut,
    pub(in crate::formats) newline: Ending,
}

/// Cuts a stream into records of one length; between them may stand nothing or any newline.
///
/// Memory: a chunk and two records. Once a line has ended, a record that no newline follows at
/// once, but within another length, is one too long and not two.
#[derive(Debug)]
pub(in crate::formats) struct Cutter<R> {
    source: R,
    record_len: usize,
    newlines: [u8; 4],
    buffer: Vec<u8>,
    /// What of `buffer` was given out.
    used: usize,
    /// The place of `buffer` in the file.
    offset: u64,
    at_end: bool,
    in_lines: bool,
    number: u32,
}

impl<R: Read> Cutter<R> {
    /// Cuts `source`; `newlines` are the bytes that end a line, CR first.
    pub(in crate::formats) fn new(source: R, record_len: usize, newlines: [u8; 4]) -> Self {
        Self {
            source,
            record_len,
            newlines,
            buffer: Vec::new(),
            used: 0,
            offset: 0,
            at_end: false,
            in_lines: false,
            number: 0,
        }
    }

    /// The next record; none at the end of the file. Errs only when the source does.
    pub(in crate::formats) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        loop {
            self.fill()?;
            let blank = self.rest().iter().take_while(|byte| self.newlines.contains(byte)).count();
            self.used += blank;
            if blank == 0 {
                break;
            }
        }
        if self.rest().is_empty() {
            return Ok(None);
        }
        let (length, cut) = self.measure();
        let (start, end) = (self.used, self.used + length);
        let newline = self.newline(end);
        self.in_lines |= newline != Ending::None;
        self.used = end
            + match newline {
                Ending::None => 0,
                Ending::CrLf => 2,
                Ending::Lone => 1,
            };
        self.number = self.number.saturating_add(1);
        let offset = self.offset.saturating_add(start as u64);
        let bytes = self.buffer.get(start..end).unwrap_or_default();
        let line = self.buffer.get(start..self.used).unwrap_or_default();
        Ok(Some(Piece { number: self.number, offset, bytes, line, cut, newline }))
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Sees to it that two records and what follows them lie in the buffer, if there are as many.
    fn fill(&mut self) -> io::Result<()> {
        if self.at_end || self.rest().len() >= self.record_len * 2 + 2 {
            return Ok(());
        }
        self.buffer.drain(..self.used);
        self.offset = self.offset.saturating_add(self.used as u64);
        self.used = 0;
        let before = self.buffer.len();
        let room = CHUNK as u64;
        (&mut self.source).take(room).read_to_end(&mut self.buffer)?;
        self.at_end = self.buffer.len() - before < CHUNK;
        Ok(())
    }

    /// How long the next record is, and whether that is right.
    fn measure(&self) -> (usize, Cut) {
        let (rest, len) = (self.rest(), self.record_len);
        let own = rest.get(..len).unwrap_or(rest);
        if let Some(at) = self.line_end(own) {
            return (at, Cut::Wrong);
        }
        if own.len() < len {
            return (own.len(), Cut::Wrong);
        }
        let after = rest.get(len..rest.len().min(len * 2)).unwrap_or_default();
        if self.in_lines
            && let Some(more @ 1..) = self.line_end(after)
            && after.iter().take(more).any(|byte| *byte != END_MARK)
        {
            return (len + more, Cut::Wrong);
        }
        (len, Cut::Whole)
    }

    /// Where the first newline is. They are lower than all characters: most records have nothing
    /// as low, which is seen in vectors.
    fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        let lowest = bytes.iter().fold(u8::MAX, |lowest, byte| lowest.min(*byte));
        let may_end = self.newlines.iter().any(|newline| lowest <= *newline);
        let position = || bytes.iter().position(|byte| self.newlines.contains(byte));
        may_end.then(position).flatten()
    }

    fn newline(&self, at: usize) -> Ending {
        let (one, two) = (self.buffer.get(at), self.buffer.get(at + 1));
        let [cr, lines @ ..] = &self.newlines;
        let ends = |byte: Option<&u8>| byte.is_some_and(|byte| self.newlines.contains(byte));
        match (one, two) {
            (Some(one), Some(two)) if one == cr && two != cr && lines.contains(two) => Ending::CrLf,
            (one, _) if ends(one) => Ending::Lone,
            _ => Ending::None,
        }
    }
}

/// What was cut out of a file: each record's place and bytes, and what is wrong with the cutting.
#[derive(Debug, Default)]
pub(in crate::formats) struct Pieces<'b> {
    /// Number from 1, place, bytes.
    pub(in crate::formats) records: Vec<(u32, usize, &'b [u8])>,
    pub(in crate::formats) findings: Vec<PlacedFinding>,
    /// What is told of data behind the end record.
    pub(in crate::formats) behind_end: Option<PlacedFinding>,
}

/// Cuts `bytes` into records of `record_len`, as [`Cutter`] does, up to the end record.
///
/// Other lengths are errors, one a record; LF or CR alone is a warning, one a file. So is what
/// stands behind the end record: it is not read. Newlines and a mark of the end say nothing.
pub(in crate::formats) fn split(bytes: &[u8], record_len: usize) -> Pieces<'_> {
    let mut pieces = Pieces::default();
    let mut cutter = Cutter::new(without_end_mark(bytes), record_len, JIS_NEWLINES);
    let (mut warned, mut is_over) = (false, false);
    // Memory does not fail to be read.
    while let Ok(Some(piece)) = cutter.next() {
        let at = usize::try_from(piece.offset).unwrap_or(usize::MAX);
        let (number, length) = (piece.number, piece.bytes.len());
        if is_over {
            pieces.behind_end = Some(finding(
                (number, at),
                Severity::Warning,
                (
                    "エンドの後にデータがあります。読まずに進みます。".to_owned(),
                    "what follows the end record was not read".to_owned(),
                ),
            ));
            break;
        }
        match piece.cut {
            Cut::Wrong => pieces.findings.push(finding(
                (number, at),
                Severity::Error,
                (
                    format!("この件は{length}バイトです。1件を{record_len}バイトにしてください。"),
                    format!("this record has {length} bytes; each must have {record_len}"),
                ),
            )),
            Cut::Whole => {
                is_over = piece.bytes.first() == Some(&RecordKind::End.digit());
                let end = at.saturating_add(length);
                pieces.records.push((number, at, bytes.get(at..end).unwrap_or_default()));
            }
        }
        if piece.newline == Ending::Lone && !std::mem::replace(&mut warned, true) {
            pieces.findings.push(finding(
                (number, at),
                Severity::Warning,
                (
                    "改行がLFかCRだけです。改行なしか、CRLFにしてください。".to_owned(),
                    "newlines are LF or CR alone; write none, or CRLF".to_owned(),
                ),
            ));
        }
    }
    pieces
}

/// The bytes without the run of marks and newlines behind them, from its first mark on.
fn without_end_mark(bytes: &[u8]) -> &[u8] {
    let behind = |byte: &&u8| **byte == END_MARK || JIS_NEWLINES.contains(byte);
    let run = bytes.iter().rev().take_while(behind).count();
    let (whole, run) = bytes.split_at_checked(bytes.len() - run).unwrap_or_default();
    let kept = run.iter().take_while(|byte| **byte != END_MARK).count();
    bytes.get(..whole.len().saturating_add(kept)).unwrap_or_default()
}

fn finding(
    (record, offset): (u32, usize),
    severity: Severity,
    (ja, en): (String, String),
) -> PlacedFinding {
    PlacedFinding { record, field: String::new(), offset, severity, ja, en }
}
