//! The intake catalogue is whole, and what it promises is there.

use std::path::Path;

use crate::layers::sources;

const CATALOGUE: &str = include_str!("../../docs/intake-catalogue.md");

/// How many cases the catalogue has.
const CASES: u32 = 166;

/// The rows: number, case, test or reason.
fn rows() -> Vec<(u32, &'static str, &'static str)> {
    let rows = CATALOGUE.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        Some((cells.next()?.parse().ok()?, cells.next()?, cells.next()?))
    });
    rows.collect()
}

/// The words in code letters.
fn tests_of(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn the_catalogue_has_every_case_once() {
    let numbers: Vec<u32> = rows().iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=CASES).collect::<Vec<_>>());
}

#[test]
fn every_test_the_catalogue_names_exists_and_every_other_case_has_a_reason() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "tests"].into_iter().flat_map(|folder| sources(&here.join(folder)));
    let text: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for (number, case, what) in rows() {
        for test in tests_of(what) {
            assert!(text.contains(&format!("fn {test}()")), "{number} {case}: no test {test}");
        }
        let reasoned = what.starts_with("Later: ") || what.starts_with("No test: ");
        let tested = tests_of(what).next().is_some();
        assert!(reasoned || tested, "{number} {case} has neither a test nor a reason");
    }
    // A numbered test is in the catalogue under its number.
    for part in text.split("\nfn n").skip(1) {
        let name = part.split('(').next().unwrap();
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse::<u32>() else { continue };
        let row = rows().into_iter().find(|(found, ..)| *found == number);
        let what = row.map_or("", |(_, _, what)| what);
        assert!(tests_of(what).any(|test| test == format!("n{name}")), "n{name} is not in its row");
    }
}
