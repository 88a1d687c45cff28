//! Bytes into clean UTF-8 text: charset, newlines, forbidden characters, limits.
//!
//! The encoding is decided once, at the first byte beyond ASCII. Newlines come out as LF, the
//! last line always ends in one. Nothing is repaired silently: every byte that is not text
//! becomes U+FFFD and a [`Problem`].

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS, UTF_16BE, UTF_16LE};

use super::batch::Batch;
use super::charset::{count, cr_to_lf, guess, may_hold_odd, newlines_in};
use super::{Encoding, file_finding};
use crate::domain::Code;

/// How much is read at once; also how far the encoding is looked for.
const CHUNK: usize = 64 << 10;
/// As far a file's format is looked for in UTF-16, in bytes.
const HEAD_BYTES: usize = 1 << 10;
/// How long a record or an XML event may be, in bytes.
const RECORD_MAX: usize = 1 << 20;
/// How many bad places are reported.
const PROBLEMS_MAX: usize = 20;

/// A place that is not text.
#[derive(Debug)]
struct Problem {
    offset: u64,
    line: u32,
    what: Bad,
}

#[derive(Debug, Clone, Copy)]
enum Bad {
    /// Bytes that the file's encoding does not have.
    Sequence(u8),
    /// NUL or another control character.
    Control(u8),
}

/// Why reading stopped before the end.
#[derive(Debug)]
pub(super) enum Stop {
    /// A record or an XML event is longer than any real one.
    TooLong,
    /// The file is larger than allowed.
    TooLarge,
    /// The source failed.
    Io(io::Error),
}

/// A stream of clean text.
pub(super) struct Text<'s> {
    source: &'s mut dyn Read,
    len_max: u64,
    raw: Vec<u8>,
    /// Bytes of the file before `raw`.
    offset: u64,
    at_end: bool,
    encoding: Option<Encoding>,
    decoder: Decoder,
    out: Vec<u8>,
    out_at: usize,
    /// The last character was a CR given out as LF: an LF that follows belongs to it.
    after_cr: bool,
    /// Newlines given to `out` so far.
    newlines: u32,
    quotes: u64,
    /// How many bytes were given to `out` before it, and where the last quotation mark was.
    produced: u64,
    last_quote: Option<u64>,
    has_odd: bool,
    problems: Vec<Problem>,
    n_problems: u64,
    /// Where the last bad sequence and the last control character were.
    last_bad: (Option<u64>, Option<u64>),
    since_mark: usize,
    stop: Option<Stop>,
    /// Newlines and characters of the last line, consumed through `BufRead`.
    place: (u32, u32),
}

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl<'s> Text<'s> {
    pub(super) fn new(source: &'s mut dyn Read, len_max: u64) -> Self {
        Self {
            source,
            len_max,
            raw: Vec::with_capacity(CHUNK),
            offset: 0,
            at_end: false,
            encoding: None,
            decoder: SHIFT_JIS.new_decoder_without_bom_handling(),
            out: Vec::with_capacity(CHUNK),
            out_at: 0,
            after_cr: false,
            newlines: 0,
            quotes: 0,
            produced: 0,
            last_quote: None,
            has_odd: false,
            problems: Vec::new(),
            n_problems: 0,
            last_bad: (None, None),
            since_mark: 0,
            stop: None,
            place: (0, 0),
        }
    }

    /// Reads the first chunk and takes off a byte order mark.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.read_chunk()?;
        if self.raw.starts_with(b"\xEF\xBB\xBF") {
            self.encoding = Some(Encoding::Utf8Bom);
            self.raw.drain(..3);
            self.offset = 3;
        }
        for (mark, order) in [(b"\xFF\xFE", UTF_16LE), (b"\xFE\xFF", UTF_16BE)] {
            if self.offset == 0 && self.raw.starts_with(mark) {
                self.encoding = Some(Encoding::Utf16);
                self.decoder = order.new_decoder_without_bom_handling();
                self.raw.drain(..mark.len());
                self.offset = 2;
            }
        }
        Ok(())
    }

    /// What was read ahead and the rest, for a reader of bytes.
    pub(super) fn into_rest(self) -> (Vec<u8>, &'s mut dyn Read) {
        (self.raw, self.source)
    }

    /// The bytes of the first chunk, before decoding; of UTF-16 its first characters in UTF-8.
    pub(super) fn head(&self) -> Cow<'_, [u8]> {
        if self.encoding != Some(Encoding::Utf16) {
            return Cow::Borrowed(&self.raw);
        }
        let begin = self.raw.get(..HEAD_BYTES).unwrap_or(&self.raw);
        let (text, _) = self.decoder.encoding().decode_without_bom_handling(begin);
        Cow::Owned(text.into_owned().into_bytes())
    }

    /// The encoding found so far; ASCII counts as UTF-8.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    /// Whether nothing beyond ASCII was met so far.
    pub(super) const fn is_ascii(&self) -> bool {
        self.encoding.is_none()
    }

    /// Begins a new record or XML event: the length limit counts from here.
    pub(super) const fn mark(&mut self) {
        self.since_mark = 0;
    }

    /// Whether characters of a private use area were met so far.
    pub(super) const fn has_odd(&self) -> bool {
        self.has_odd
    }

    /// How many quotation marks were met so far.
    pub(super) const fn quotes(&self) -> u64 {
        self.quotes
    }

    /// Where the last quotation mark met so far is: bytes of clean text before it.
    pub(super) const fn last_quote(&self) -> Option<u64> {
        self.last_quote
    }

    /// Leaves what was no text untold: the file is in another encoding, which is told instead.
    pub(super) fn forget_problems(&mut self) {
        self.problems.clear();
        self.n_problems = 0;
    }

    /// Line and character of the next byte, from 1; of text read through `BufRead` only.
    pub(super) const fn place(&self) -> (u32, u32) {
        (self.place.0.saturating_add(1), self.place.1.saturating_add(1))
    }

    /// Whether reading stopped because a record was too long or the file too large.
    pub(super) const fn stopped(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// The source's own error, if that is why reading stopped.
    pub(super) fn take_io_error(&mut self) -> Option<io::Error> {
        match self.stop.take() {
            Some(Stop::Io(error)) => Some(error),
            other => {
                self.stop = other;
                None
            }
        }
    }

    /// Reports what was not text, as errors of the whole file.
    pub(super) fn report_problems(&self, batch: &mut Batch<'_>) {
        if matches!(self.stop, Some(Stop::TooLarge)) {
            batch.too_large();
        }
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.offset);
        let more = self.n_problems.saturating_sub(self.problems.len() as u64);
        for (at, problem) in problems.into_iter().enumerate() {
            let last = at + 1 == self.problems.len() && more > 0;
            let others = if last { format!("(ほかに{more}か所)") } else { String::new() };
            let Problem { offset, line, what } = problem;
            let name = self.encoding().name();
            let (value, ja, en) = match what {
                Bad::Sequence(byte) => (
                    format!("{byte:02X}"),
                    format!(
                        "先頭から{offset}バイト目(0から数えて)が{name}の文字ではありません{others}。\
                         ファイル全体を一つの文字コード(UTF-8またはシフトJIS)で保存し直してください。"
                    ),
                    format!(
                        "byte {offset} is not {name} text; save the whole file in one encoding"
                    ),
                ),
                Bad::Control(byte) => (
                    format!("{byte:02X}"),
                    format!(
                        "先頭から{offset}バイト目(0から数えて)に使えない制御文字があります{others}。\
                         取り除いてください。"
                    ),
                    format!("byte {offset} is a control character; remove it"),
                ),
            };
            batch.file_error(file_finding(Code::Enc, *line, value, &ja, &en));
        }
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        let held = self.raw.len();
        let room = CHUNK.saturating_sub(held) as u64;
        let n = (&mut *self.source).take(room).read_to_end(&mut self.raw)? as u64;
        self.at_end = n < room;
        Ok(())
    }

    /// Decodes the next chunk into `out`; an empty `out` afterwards is the end of the file.
    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.out_at = 0;
        while self.out.is_empty() && !(self.at_end && self.raw.is_empty()) {
            if !self.at_end {
                self.read_chunk()?;
            }
            if self.offset.saturating_add(self.raw.len() as u64) > self.len_max {
                self.stop = Some(Stop::TooLarge);
                return Err(io::Error::other("too large"));
            }
            self.check_controls();
            self.decode();
            self.finish_lines();
        }
        Ok(())
    }

    fn decode(&mut self) {
        if self.encoding.is_none() {
            let ascii = self.raw.iter().take_while(|byte| byte.is_ascii()).count();
            if ascii < self.raw.len() {
                self.encoding = Some(guess(self.raw.get(ascii..).unwrap_or_default(), self.at_end));
            }
        }
        let raw = std::mem::take(&mut self.raw);
        let used = if matches!(self.encoding, Some(Encoding::Cp932 | Encoding::Utf16)) {
            self.decode_with(&raw);
            raw.len()
        } else {
            self.decode_utf8(&raw)
        };
        self.raw = raw;
        self.raw.drain(..used);
        self.offset = self.offset.saturating_add(used as u64);
    }

    /// Appends valid text; gives how many bytes were used: a cut character waits for the rest.
    fn decode_utf8(&mut self, raw: &[u8]) -> usize {
        let mut at = 0;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let Err(error) = std::str::from_utf8(rest) else {
                self.out.extend_from_slice(rest);
                return raw.len();
            };
            let (good, bad) = rest.split_at(error.valid_up_to());
            self.out.extend_from_slice(good);
            at += good.len();
            let cut = error.error_len().is_none();
            if cut && !self.at_end {
                return at;
            }
            self.bad(raw, at, Bad::Sequence(bad.first().copied().unwrap_or_default()));
            at += error.error_len().unwrap_or(bad.len());
        }
        raw.len()
    }

    /// Appends what the file's own decoder makes of all of `raw`.
    fn decode_with(&mut self, raw: &[u8]) {
        let mut at = 0;
        loop {
            let rest = raw.get(at..).unwrap_or_default();
            let filled = self.out.len();
            let room = self
                .decoder
                .max_utf8_buffer_length_without_replacement(rest.len())
                .unwrap_or(CHUNK * 4);
            self.out.resize(filled + room, 0);
            let to = self.out.get_mut(filled..).unwrap_or_default();
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(rest, to, self.at_end);
            self.out.truncate(filled + written);
            at += read;
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(len, after) => {
                    let back = usize::from(len) + usize::from(after);
                    let start = at.saturating_sub(back);
                    let byte = raw.get(start).copied().unwrap_or_default();
                    self.bad(raw, start, Bad::Sequence(byte));
                }
            }
        }
    }

    /// Notes a bad place; a byte that is no text is given out as U+FFFD.
    fn bad(&mut self, raw: &[u8], at: usize, what: Bad) {
        if matches!(what, Bad::Sequence(_)) {
            self.out.extend_from_slice("\u{fffd}".as_bytes());
        }
        // One character of another encoding is several bad bytes, unwritten space thousands.
        let offset = self.offset.saturating_add(at as u64);
        let last = match what {
            Bad::Sequence(_) => &mut self.last_bad.0,
            Bad::Control(_) => &mut self.last_bad.1,
        };
        let near = last.replace(offset).is_some_and(|last| offset.saturating_sub(last) <= 8);
        if !near {
            self.note(raw, at, what);
        }
    }

    fn note(&mut self, raw: &[u8], at: usize, what: Bad) {
        self.n_problems += 1;
        if self.problems.len() < PROBLEMS_MAX {
            let before = raw.get(..at).unwrap_or_default();
            let newlines = match self.unit() {
                Some(unit) => newlines_in(&narrow(before, unit)),
                None => newlines_in(before),
            };
            let line = self.newlines.saturating_add(newlines).saturating_add(1);
            self.problems.push(Problem {
                offset: self.offset.saturating_add(at as u64),
                line,
                what,
            });
        }
    }

    /// Of UTF-16 how a unit is read.
    fn unit(&self) -> Option<fn([u8; 2]) -> u16> {
        let utf16 = self.encoding == Some(Encoding::Utf16);
        let little = self.decoder.encoding() == UTF_16LE;
        utf16.then_some(if little { u16::from_le_bytes } else { u16::from_be_bytes })
    }

    /// Notes control characters. They are below every lead and trail byte of both encodings.
    fn check_controls(&mut self) {
        let control = |b: u8| (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7F;
        if let Some(unit) = self.unit() {
            let raw = std::mem::take(&mut self.raw);
            let units = narrow(&raw, unit);
            for (at, byte) in units.iter().enumerate().filter(|(_, byte)| control(**byte)) {
                self.bad(&raw, at * 2, Bad::Control(*byte));
            }
            self.raw = raw;
            return;
        }
        // Without an early exit the whole chunk is looked at in vectors.
        if !self.raw.iter().fold(false, |any, byte| any | control(*byte)) {
            return;
        }
        let raw = std::mem::take(&mut self.raw);
        for (at, byte) in raw.iter().enumerate().filter(|(_, byte)| control(**byte)) {
            self.bad(&raw, at, Bad::Control(*byte));
        }
        self.raw = raw;
    }

    /// Newlines as LF, and what the readers want to know of the new text.
    fn finish_lines(&mut self) {
        if self.after_cr && self.out.first() == Some(&b'\n') {
            self.out.remove(0);
            self.after_cr = false;
        }
        if !self.out.is_empty() {
            self.after_cr = false;
        }
        if self.out.contains(&b'\r') {
            self.after_cr = self.out.last() == Some(&b'\r');
            self.out = cr_to_lf(&self.out);
        }
        let last = self.at_end && self.raw.is_empty();
        if last && !self.out.is_empty() && self.out.last() != Some(&b'\n') {
            self.out.push(b'\n');
        }
        let (newlines, quotes) = (count(&self.out, b'\n'), count(&self.out, b'"') as u64);
        self.newlines = self.newlines.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.quotes += quotes;
        if quotes > 0 {
            let at = self.out.iter().rposition(|byte| *byte == b'"');
            self.last_quote = at.map(|at| self.produced.saturating_add(at as u64));
        }
        self.produced = self.produced.saturating_add(self.out.len() as u64);
        if !self.has_odd && self.encoding.is_some() {
            self.has_odd = may_hold_odd(&self.out);
        }
    }

    fn spend(&mut self, n: usize) -> io::Result<()> {
        self.since_mark += n;
        if self.since_mark > RECORD_MAX && self.stop.is_none() {
            self.stop = Some(Stop::TooLong);
            return Err(io::Error::other("too long"));
        }
        Ok(())
    }

    fn ready(&mut self) -> io::Result<()> {
        if self.out_at >= self.out.len()
            && let Err(error) = self.fill()
        {
            self.stop.get_or_insert(Stop::Io(error));
            return Err(io::Error::other("stopped"));
        }
        Ok(())
    }
}

impl Read for Text<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.ready()?;
        let n = self.out.get(self.out_at..).unwrap_or_default().read(to)?;
        self.out_at += n;
        self.spend(n)?;
        Ok(n)
    }
}

impl BufRead for Text<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.ready()?;
        self.spend(0)?;
        Ok(self.out.get(self.out_at..).unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        let used = self.out.get(self.out_at..self.out_at + n).unwrap_or_default();
        let (mut line, mut column) = self.place;
        for byte in used {
            if *byte == b'\n' {
                (line, column) = (line.saturating_add(1), 0);
            } else if !matches!(byte, 0x80..=0xBF) {
                column = column.saturating_add(1);
            }
        }
        self.place = (line, column);
        self.out_at += n;
        // `fill_buf` reports it: consuming cannot fail.
        self.since_mark += n;
    }
}

/// The units of UTF-16 a byte each: what lies beyond ASCII becomes 0xFF, which is nothing of
/// interest. A unit that is cut off is left out; chunks are even, so that only the last can be.
fn narrow(raw: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let pairs = raw.as_chunks::<2>().0.iter();
    pairs.map(|pair| u8::try_from(unit(*pair)).ok().filter(u8::is_ascii).unwrap_or(0xFF)).collect()
}
