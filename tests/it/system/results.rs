//! A file of results tells cases what was recorded, through the real program.

use super::asked_for;
use super::rig::Rig;

/// A case of the sample that was sent on and waits for its result.
fn sent(rig: &Rig) -> String {
    let sample = include_bytes!("../../../src/app/samples/clean.csv");
    rig.drop_file("customers/1AB2CD3EF", "請求.csv", sample);
    rig.drain();
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    for user in ["yamada01", "sato0001", "mori0001"] {
        let done = rig.decide("approve", &case, user);
        assert!(done.status.success(), "{user}: {}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(rig.json(&["show", &case])["status"], "waiting");
    case
}

fn results(rig: &Rig, name: &str, text: &str) {
    rig.drop_file("center/densai", name, text.as_bytes());
    rig.drain();
}

#[test]
fn what_was_recorded_is_told_line_by_line_and_kept_as_claims() {
    if !asked_for() {
        return;
    }
    let rig = Rig::new();
    let case = sent(&rig);
    let head = "申請番号,明細番号,結果,記録番号,エラー,備考\n";
    let line = |row: u32, rest: &str| format!("{case},{row},{rest}\n");
    let first = [line(1, "良好,1AB2CD3EF00000100017,,"), line(2, "不可,,口座相違,支店なし")];
    results(&rig, "kekka1.csv", &(head.to_owned() + &first.concat()));
    assert_eq!(rig.json(&["show", &case])["status"], "waiting", "three lines are not answered");

    let second = [
        line(3, "良好,1AB2CD3EF00000100025,,"),
        line(4, "良好,1AB2CD3EF00000100033,,"),
        line(5, "良好,1AB2CD3EF00000100041,,"),
        line(1, "不可,,解約済,"),
        line(9, "良好,,,"),
    ];
    results(&rig, "kekka2.csv", &(head.to_owned() + &second.concat()));
    assert_eq!(rig.json(&["show", &case])["status"], "recorded");
    let answers = rig.files("outbox/results/densai");
    let told: String =
        answers.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    assert_eq!(told.matches("E_RESULT").count(), 2, "line 1 again, and a line 9: {told}");

    let claims = rig.json(&["claim", "list", "--party", "1AB2CD3EF"]);
    assert_eq!(claims.as_array().unwrap().len(), 4);
    let one = rig.json(&["claim", "show", "1AB2CD3EF00000100017"]);
    assert_eq!((&one["state"], &one["history"][0]["row"]), (&"open".into(), &1.into()));
    let large = rig.json(&["claim", "list", "--amount-from", "5000000"]);
    assert!(large.as_array().unwrap().len() < 4, "{large}");

    // What was recorded is asked when somebody wants to assign it.
    let sample =
        encoding_rs::SHIFT_JIS.decode(include_bytes!("../../../src/app/samples/clean.csv"));
    let header = sample.0.lines().next().unwrap().to_owned();
    let assign = "20,1AB2CD3EF00000100017,2026-12-03,9XY8WV7UT,0001,001,2,0123456,3CD4EF5GH,,0005,\
                  123,2,1112223,,,,,0,\n";
    rig.drop_file(
        "customers/9XY8WV7UT",
        "他人の債権.csv",
        format!("{header}\n{assign}").as_bytes(),
    );
    rig.drain();
    let refused = rig.files("outbox/customers/9XY8WV7UT");
    let (_, told) = refused.iter().find(|(name, _)| name.ends_with("_result.csv")).unwrap();
    assert!(String::from_utf8_lossy(told).contains("D19"), "not the creditor");

    let own = rig.files("outbox/customers/1AB2CD3EF");
    assert!(own.iter().any(|(name, _)| name.ends_with("_record.pdf")), "the customer is told");
    let (_, last) = own.iter().find(|(name, _)| name.ends_with("_final.csv")).unwrap();
    let last = encoding_rs::SHIFT_JIS.decode(last).0.into_owned();
    assert!(last.contains("1AB2CD3EF00000100033,"), "{last}");
    assert!(last.contains("記録エラー") && last.contains("R02 口座相違（支店なし）"), "{last}");
    assert!(rig.files("inbox/center").is_empty());
}

#[test]
fn a_line_that_was_not_recorded_may_be_submitted_again_and_no_other() {
    if !asked_for() {
        return;
    }
    let rig = Rig::new();
    let case = sent(&rig);
    let text = (1..=5).map(|row| match row {
        2 => format!("{case},2,不可,,口座相違,\n"),
        row => format!("{case},{row},良好,1AB2CD3EF0000010000{row},,\n"),
    });
    let text: String = text.collect();
    results(&rig, "kekka.csv", &format!("申請番号,明細番号,結果,記録番号,エラー,備考\n{text}"));
    let sample = include_bytes!("../../../src/app/samples/clean.csv");
    let sample = encoding_rs::SHIFT_JIS.decode(sample).0.into_owned();
    let lines: Vec<&str> = sample.lines().collect();
    let again = |row: usize| format!("{}\n{}\n", lines[0], lines[row]);
    rig.drop_file("customers/1AB2CD3EF", "もう一度.csv", again(2).as_bytes());
    rig.drop_file("customers/1AB2CD3EF", "二重.csv", again(3).as_bytes());
    rig.drain();
    let status = rig.json(&["status"]);
    let verdicts = (&status["files"]["accepted"], &status["files"]["rejected"]);
    assert_eq!(verdicts, (&3.into(), &1.into()), "{status}");
}
