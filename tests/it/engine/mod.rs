//! Flows nobody wrote: whatever loads must be safe to run, and whatever does not must say where.

mod explore;
mod pairs;
mod play;
mod writer;

use std::collections::BTreeMap;

use kessai::workflow::load_with_tables;

pub(super) use writer::flow as written;

/// Random numbers that are the same in every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<'t, T: ?Sized>(&mut self, of: &[&'t T]) -> &'t T {
        of[self.below(of.len())]
    }
}

/// The tables and parts that written flows may name.
pub(super) fn texts() -> BTreeMap<String, String> {
    BTreeMap::from([
        ("kengen.csv".to_owned(), include_str!("../data/flows/tables/kengen.csv").to_owned()),
        (
            "parts/signatures.yaml".to_owned(),
            include_str!("../data/flows/parts/signatures.yaml").to_owned(),
        ),
        (
            "parts/approvals.yaml".to_owned(),
            include_str!("../../../workflows/parts/approvals.yaml").to_owned(),
        ),
        (
            "parts/contract_approvals.yaml".to_owned(),
            include_str!("../../../workflows/parts/contract_approvals.yaml").to_owned(),
        ),
    ])
}

/// How many flows are written and, where they load, played.
const FLOWS: u64 = 1_000;

#[test]
fn a_thousand_written_flows_are_refused_with_a_place_or_run_to_an_end() {
    let (mut loaded, mut completed, mut carved) = (0, 0, 0);
    let texts = texts();
    for seed in 0..FLOWS {
        let mut dice = Dice::new(seed + 1);
        let text = writer::flow(&mut dice);
        match load_with_tables("flow.yaml", &text, &texts) {
            Ok(definition) => {
                loaded += 1;
                for _ in 0..4 {
                    let (done, lines) = play::play(&mut dice, &definition, (seed, &text));
                    completed += u32::from(done);
                    carved += lines;
                }
            }
            Err(mistakes) => {
                assert!(!mistakes.is_empty(), "flow {seed} is refused without a word:\n{text}");
                for one in mistakes {
                    assert!(one.line > 0, "flow {seed}: {one:?} has no place:\n{text}");
                    assert!(!one.ja.is_empty() && !one.en.is_empty(), "flow {seed}: {one:?}");
                }
            }
        }
    }
    assert!(loaded > 300, "too few flows load: {loaded}");
    assert!(carved > 100, "too few lines are taken out: {carved}");
    assert!(completed > 100, "too few cases get through: {completed}");
}
