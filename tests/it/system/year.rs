//! A simulated year of a middle size; `kessai bench year` plays it in full.

use std::process::Command;

#[test]
fn a_busy_simulated_year_balances_at_every_days_end() {
    if !super::asked_for() {
        return;
    }
    let size = ["--customers", "60", "--requests", "3000", "--seed", "20260401"];
    let mut kessai = Command::new(env!("CARGO_BIN_EXE_kessai"));
    let answer = kessai.args(["bench", "year"]).args(size).output().unwrap();
    let told = String::from_utf8(answer.stdout).unwrap();
    assert_eq!(answer.status.code(), Some(0), "{told}");
    assert!(told.ends_with("\n0 faults\n"), "{told}");
}
