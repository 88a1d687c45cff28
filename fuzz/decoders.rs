//! What the fuzzer runs, and what the plain test runs again over the inputs that were kept.
//!
//! A decoder must come to an end on any bytes, and the same end however they arrive: a panic, an
//! overflow or a failed assertion here is a bug in the decoder.

use std::io::{self, Read};

use kessai::domain::rules::RuleSettings;
use kessai::domain::{
    AcceptPolicy, BankCalendar, Customers, Date, FormSheet, RecordNumber, RecordRequest, TaskMark,
};
use kessai::formats::densai::{self, RequestLayout};
use kessai::formats::scan::{self, Damage, Dots, Grey, Page};
use kessai::formats::{self, FileReport, Intake, Promised, RowSink, workbook, zengin};
use kessai::workflow::{load_profile, load_submitters};

/// A decoder with its name.
pub(crate) type Decoder = (&'static str, fn(&[u8]));

/// Every decoder of bytes that strangers send.
pub(crate) const DECODERS: [Decoder; 10] = [
    ("csv", csv),
    ("xml", xml),
    ("fixed_length", fixed_length),
    ("center", center),
    ("scan", scan),
    ("qr", qr),
    ("manifest", manifest),
    ("layout", layout),
    ("profile", profile),
    ("xlsx", xlsx),
];

/// Requests in CSV, in whatever charset.
pub(crate) fn csv(bytes: &[u8]) {
    requests("a.csv", bytes);
    formats::rows_to_correct(&mut &*bytes, (1 << 20, &[]), |_| false, |_| {}).unwrap();
}

/// Requests in XML.
pub(crate) fn xml(bytes: &[u8]) {
    requests("a.xml", bytes);
}

/// Bulk files of fixed length: requests, results, counterparties.
pub(crate) fn fixed_length(bytes: &[u8]) {
    requests("a.dat", bytes);
    if let Ok(layout) = densai::result_layout(densai::SHIPPED_RESULT)
        && let Ok(rows) = densai::read_outcomes(bytes, &layout)
    {
        assert!(rows.len() <= bytes.len(), "a row has bytes");
    }
    if let Ok(layout) = zengin::transfer::layout(zengin::transfer::SHIPPED) {
        ends(zengin::transfer::read_counterparties(bytes, &layout));
    }
}

/// What the recording institution and the mail servers send.
pub(crate) fn center(bytes: &[u8]) {
    ends(formats::read_center(bytes));
    ends(formats::read_settlements(bytes));
    ends(formats::read_bounce(bytes));
    ends(formats::read_keyed(bytes));
    if let Ok(findings) = formats::read_findings(bytes) {
        let again = formats::read_findings(&formats::write_findings(&findings)).unwrap();
        assert_eq!(again, findings);
    }
}

/// Pictures of papers.
pub(crate) fn scan(bytes: &[u8]) {
    let Ok(document) = scan::Document::open(bytes) else { return };
    for number in 0..document.count().min(2) {
        let Ok(page) = document.page(number) else { continue };
        let (width, height) = page.dots.size();
        assert!(width <= scan::SIDE_MAX && height <= scan::SIDE_MAX);
        ends(page.to_png(64));
    }
}

/// The text of a QR code; and dots in which one is looked for.
pub(crate) fn qr(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some((sheet, check)) = FormSheet::read(&text) {
        assert_eq!(format!("{}:{check}", sheet.message()), text, "it says what was read");
    }
    if let Some((task, check)) = TaskMark::read(&text) {
        assert_eq!(format!("{}:{check}", task.message()), text, "it says what was read");
    }
    let Some((side, dots)) = bytes.split_first() else { return };
    let width = u32::from(*side).max(8);
    let height = u32::try_from(dots.len()).unwrap_or(0) / width;
    if height < 8 {
        return;
    }
    let dots = Dots::Grey(Grey::new(width, height, dots.to_vec()));
    ends(scan::codes(&Page { dots, dpi: (0, 0), damage: Damage::default(), turns: 0 }));
}

/// What is said beside a file.
pub(crate) fn manifest(bytes: &[u8]) {
    ends(formats::read_manifest(bytes));
    ends(formats::read_sha256(bytes, "a.csv"));
}

/// The layout of a file of fixed length, and the other tables an institution sets.
pub(crate) fn layout(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    ends(densai::result_layout(&text));
    ends(zengin::transfer::layout(&text));
    ends(zengin::debit::layout(&text));
    ends(formats::read_fees(&text));
    ends(load_submitters("submitters.csv", &text));
    if let Ok(layout) = RequestLayout::load(&text) {
        judged("a.dat", &layout, &mut densai_sample());
    }
}

/// The table that reads another system's CSV.
pub(crate) fn profile(bytes: &[u8]) {
    ends(load_profile("a.yaml", "a", &String::from_utf8_lossy(bytes)));
    if let Ok(sample) = formats::Sample::read(&mut &*bytes, 1 << 20) {
        ends(formats::guess(&sample));
    }
}

/// A workbook.
pub(crate) fn xlsx(bytes: &[u8]) {
    let Ok(book) = workbook::read(bytes) else { return };
    for sheet in &book.sheets {
        let mut text = Vec::new();
        workbook::as_file(sheet).read_to_end(&mut text).unwrap();
        requests("a.csv", &text);
    }
}

/// What is made of bytes may be anything, as long as it is made.
fn ends<T>(_made: T) {}

/// Reads requests whole, and in pieces of odd lengths: the report must be the same, and say of as
/// many rows that they are right as were handed over.
fn requests(name: &str, bytes: &[u8]) {
    let layout = RequestLayout::shipped();
    let (whole, rows) = judged(name, layout, &mut &*bytes);
    assert!(whole.file_error || whole.accepted == rows, "each right row is handed over");
    assert_eq!(whole.records, whole.accepted + whole.rejected);
    ends(whole.verdict(AcceptPolicy::Record));
    let mut pieces = Pieces { bytes, next: 0 };
    let (again, _) = judged(name, layout, &mut pieces);
    assert_eq!(again, whole, "the same report, however the bytes arrive");
}

fn judged(name: &str, layout: &RequestLayout, source: &mut dyn Read) -> (FileReport, u32) {
    static CALENDAR: std::sync::LazyLock<BankCalendar> =
        std::sync::LazyLock::new(BankCalendar::japan);
    let intake = Intake {
        channel: "customers",
        submitter: "1AB2CD3EF",
        also: &[],
        on: Date::new(2026, 12, 1).unwrap(),
        calendar: &CALENDAR,
        settings: RuleSettings::default(),
        file_name: name,
        known: &|_, _| None,
        claims: &|_: RecordNumber| None,
        customers: &Customers::default(),
        layout,
        profiles: &[],
        takes: &|_| true,
        promised: Promised::default(),
        operates: &|_, _| true,
        scratch: None,
    };
    let mut rows = Count(0);
    let report = formats::read(source, &intake, &mut rows).unwrap();
    (report, rows.0)
}

/// Requests as a bank's own layout may cut them.
fn densai_sample() -> impl Read {
    io::Cursor::new(include_bytes!("../src/app/samples/fixed_length.txt"))
}

struct Count(u32);

impl RowSink for Count {
    fn accepted(&mut self, _: u32, _: u32, _: &RecordRequest, _: u64) {
        self.0 += 1;
    }
}

/// Bytes that come in pieces of one to five.
struct Pieces<'b> {
    bytes: &'b [u8],
    next: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.next = self.next % 5 + 1;
        let count = self.next.min(self.bytes.len()).min(buffer.len());
        let (now, later) = self.bytes.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}
