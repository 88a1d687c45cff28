//! A file of results wakes the case that waits for it, through the real program.

use super::rig::Rig;

const WAIT: &str = "  - wait: center\n    title: 記録結果\n    for: file\n    release: manager\n    \
    timeout: 2bd@12:00\n    then: {ok: done, ng: done}\n\n  - end: done";

#[test]
fn a_file_dropped_for_an_institution_ends_the_case_that_was_sent_on() {
    let rig = Rig::new();
    let change = |name: &str, change: &dyn Fn(&str) -> String| {
        let path = rig.root.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, change(&text)).unwrap();
    };
    change("workflows/accrual.yaml", &|text| text.replace("  - end: done", WAIT));
    let center = "center,densai,記録機関,001,kekka@example.jp,utf8-bom,none,\n";
    change("workflows/submitters.csv", &|text| text.to_owned() + center);
    std::fs::create_dir_all(rig.folder("center/densai")).unwrap();
    // The shipped tests tell how cases end that wait for no result.
    std::fs::remove_dir_all(rig.root.join("workflows/tests")).unwrap();
    let sample = include_bytes!("../../../src/app/samples/clean.csv");
    rig.drop_file("customers/1AB2CD3EF", "請求.csv", sample);
    rig.drain();
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    for user in ["yamada01", "sato0001", "mori0001"] {
        let done = rig.decide("approve", &case, user);
        assert!(done.status.success(), "{user}: {}", String::from_utf8_lossy(&done.stderr));
    }
    let text = format!("申請番号,結果,備考\n{case},良好,\n{case},良好,\n");
    rig.drop_file("center/densai", "kekka.csv", text.as_bytes());
    rig.drain();
    let shown = rig.json(&["show", &case]);
    assert_eq!(shown["status"], "completed", "{shown}");
    let answers = rig.files("outbox/results/densai");
    let (_, bytes) = answers.iter().find(|(name, _)| name.ends_with("_result.csv")).unwrap();
    let told = String::from_utf8_lossy(bytes);
    assert_eq!(told.matches("E_RESULT").count(), 1, "the second row: {told}");
    assert!(rig.files("inbox/center").is_empty());
}
