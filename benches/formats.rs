//! How many CSV rows a second go through decoding and rules on one core: `cargo bench --bench
//! formats`.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write as _;
use std::time::Instant;

use kessai::domain::rules::RuleSettings;
use kessai::domain::{BankCalendar, Customers, Date, RecordRequest};
use kessai::formats::densai::RequestLayout;
use kessai::formats::{self, Intake, NoSink, RowSink, Writer};

const ROWS: u32 = 100_000;

struct Stored(Writer<'static, Vec<u8>>);

impl RowSink for Stored {
    fn accepted(&mut self, record: u32, line: u32, request: &RecordRequest, key: u64) {
        self.0.push(record, line, request, key).unwrap_or_default();
    }
}

fn main() {
    let utf8 = sample();
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(&utf8);
    for (name, bytes) in [("utf-8", utf8.as_bytes()), ("cp932", &cp932)] {
        let best = (0..9).map(|_| run(bytes, &mut NoSink)).max().unwrap_or_default();
        println!("{name}: read and rules {best} rows/s");
    }
    let stored = (0..5).map(|_| {
        let Ok(writer) = Writer::new(Vec::with_capacity(32 << 20)) else { return 0 };
        run(utf8.as_bytes(), &mut Stored(writer))
    });
    println!("utf-8: with the record file {} rows/s", stored.max().unwrap_or_default());
}

fn run(mut bytes: &[u8], sink: &mut dyn RowSink) -> u128 {
    let calendar = BankCalendar::japan();
    let Ok(on) = Date::new(2026, 12, 1) else { return 0 };
    let intake = Intake {
        channel: "customers",
        submitter: "987654321",
        also: &[],
        on,
        calendar: &calendar,
        settings: RuleSettings::default(),
        file_name: "a.csv",
        known: &|_, _| None,
        claims: &|_| None,
        customers: &Customers::default(),
        layout: RequestLayout::shipped(),
        profiles: &[],
        takes: &|_| true,
        promised: formats::Promised::default(),
        operates: &|_, _| true,
        scratch: None,
    };
    let start = Instant::now();
    let report = formats::read(&mut bytes, &intake, sink);
    let elapsed = start.elapsed();
    assert!(report.is_ok_and(|report| report.accepted == ROWS), "the sample must be clean");
    u128::from(ROWS) * 1_000_000_000 / elapsed.as_nanos().max(1)
}

fn sample() -> String {
    let mut text = "請求種別,記録番号,記録請求日,請求者利用者番号,請求者銀行番号,請求者支店番号,\
                    請求者預金種目,請求者口座番号,相手利用者番号,相手名カナ,相手銀行番号,相手支店番号,\
                    相手預金種目,相手口座番号,債権金額,支払期日,請求者RefNo,譲渡制限,保証,コメント\r\n"
        .to_owned();
    for n in 0..ROWS {
        let (day, amount) = (1 + n % 28, 1_000 + u64::from(n) * 37);
        writeln!(
            text,
            "11,,2026-12-03,987654321,0001,001,2,0123456,{:09},ｶ)ﾔﾏﾀﾞｼﾖｳｼﾞ,0009,010,1,{:07},\
             {amount},2027-03-{day:02},INV-{n:06},0,,\r",
            100_000_000 + n % 5_000,
            n % 9_999_999,
        )
        .unwrap_or_default();
    }
    text
}
