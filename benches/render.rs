//! What an answer costs: `cargo bench --bench render [-- FOLDER]` prints the CPU time of each
//! paper on one core and, given a folder, leaves the papers there to look at.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    clippy::indexing_slicing,
    reason = "a bench measures, prints and may stop"
)]

#[path = "../tests/it/render/sample.rs"]
mod sample;

use std::hint::black_box;

use kessai::render::{pdf, words::Words};

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let words = Words::embedded();
    let papers: [(&str, u32, Make); 8] = [
        ("receipt-5", 200, paper(|| pdf::receipt(&sample::receipt(5), words).unwrap())),
        ("slip-10", 200, paper(|| pdf::slip(&sample::slip(10), words).unwrap())),
        ("slip-rejected", 200, paper(|| pdf::slip(&sample::rejected_slip(), words).unwrap())),
        ("receipt-long", 100, paper(|| pdf::receipt(&sample::long_receipt(), words).unwrap())),
        ("slip-100", 50, paper(|| pdf::slip(&sample::slip(100), words).unwrap())),
        ("slip-1000", 10, paper(|| pdf::slip(&sample::slip(1_000), words).unwrap())),
        ("fees", 200, paper(|| pdf::fee_statement(&sample::fee_statement(), words).unwrap())),
        ("receipt-2000", 5, paper(|| pdf::receipt(&sample::receipt(2_000), words).unwrap())),
    ];
    for (name, rounds, make) in &papers {
        let first = make();
        let start = cpu_nanos();
        for _ in 0..*rounds {
            black_box(make());
        }
        let micros = (cpu_nanos() - start) / 1_000 / u64::from(*rounds);
        let kilobytes = first.bytes.len().div_ceil(1_000);
        println!("{name:14} {micros:>7} us {kilobytes:>5} KB {:>3} pages", first.pages);
        if let Some(folder) = &folder {
            std::fs::write(format!("{folder}/{name}.pdf"), &first.bytes).unwrap();
        }
    }
}

/// CPU time of this thread: other work on the machine does not count.
fn cpu_nanos() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

type Make = Box<dyn Fn() -> pdf::Pdf>;

fn paper(make: impl Fn() -> pdf::Pdf + 'static) -> Make {
    Box::new(make)
}
