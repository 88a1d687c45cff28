//! Cancellations, payments and disclosures go their whole way through the real program.

use std::collections::BTreeSet;

use kessai::formats::zengin::Newline;

use super::asked_for;
use super::rig::Rig;
use crate::counterparts::transfer;

const OWN: &str = "1AB2CD3EF";
const HEAD: &str = "申請番号,明細番号,結果,記録番号,エラー,備考\n";

fn ids(rig: &Rig) -> BTreeSet<String> {
    rig.cases().iter().map(|case| case["case"].as_str().unwrap().to_owned()).collect()
}

/// Drops a customer's file; the case it opens, approved by everybody and sent on.
fn sent(rig: &Rig, name: &str, bytes: &[u8]) -> String {
    let before = ids(rig);
    rig.drop_file(&format!("customers/{OWN}"), name, bytes);
    rig.drain();
    let case = ids(rig).difference(&before).next().expect("the file is taken in").clone();
    for user in ["yamada01", "sato0001", "mori0001"] {
        let done = rig.decide("approve", &case, user);
        assert!(done.status.success(), "{user}: {}", String::from_utf8_lossy(&done.stderr));
    }
    rig.drain();
    assert_eq!(rig.json(&["show", &case])["status"], "waiting");
    case
}

/// The institution's results for a case, from line 1 on.
fn answered(rig: &Rig, case: &str, lines: &[&str]) {
    let lines = (1..).zip(lines).map(|(row, rest)| format!("{case},{row},{rest}\n"));
    let text = HEAD.to_owned() + &lines.collect::<String>();
    rig.drop_file("center/densai", &format!("{case}.csv"), text.as_bytes());
    rig.drain();
    assert_eq!(rig.json(&["show", case])["status"], "recorded");
}

/// A root in which two claims of the customer's are recorded for 2026-12-10.
fn recorded() -> Rig {
    let rig = Rig::new();
    let accrual = |other, amount, reference| {
        format!(
            "11,,2026-12-10,{OWN},0001,001,2,0123456,{other},,0009,010,1,7654321,{amount},\
             2027-02-26,{reference},,,\n"
        )
    };
    let rows = [accrual("2BC3DE4FG", 1_500_000, "A-1"), accrual("3CD4EF5GH", 3_240_000, "A-2")];
    let case = sent(&rig, "発生.csv", &file(&rows));
    answered(&rig, &case, &["良好,1AB2CD3EF00000100001,,", "良好,1AB2CD3EF00000100002,,"]);
    rig
}

/// A row of the customer's about one of those claims.
fn row(kind: &str, claim: u32, on: &str, other: &str, amount: &str) -> String {
    let other =
        if other.is_empty() { ",,,,,".to_owned() } else { format!("{other},,0009,010,1,7654321") };
    format!(
        "{kind},1AB2CD3EF0000010000{claim},{on},{OWN},0001,001,2,0123456,{other},{amount},,,,,\n"
    )
}

fn file(rows: &[String]) -> Vec<u8> {
    let head = encoding_rs::SHIFT_JIS.decode(include_bytes!("../../../src/app/samples/clean.csv"));
    let head = head.0.lines().next().unwrap().to_owned();
    format!("{head}\n{}", rows.concat()).into_bytes()
}

/// The codes for which a file comes back.
fn refused(rig: &Rig, name: &str, rows: &[String]) -> String {
    let before = rig.files(&format!("outbox/customers/{OWN}"));
    rig.drop_file(&format!("customers/{OWN}"), name, &file(rows));
    rig.drain();
    let after = rig.files(&format!("outbox/customers/{OWN}"));
    let new = after.iter().filter(|(path, _)| !before.contains_key(*path));
    let mut told = new.filter(|(path, _)| path.ends_with("_result.csv"));
    encoding_rs::SHIFT_JIS.decode(told.next().expect("an answer").1).0.into_owned()
}

#[test]
fn a_reserved_claim_is_cancelled_by_its_requester_and_then_takes_nothing_more() {
    if !asked_for() {
        return;
    }
    let rig = recorded();
    let cancel = row("取消", 1, "2026-12-03", "2BC3DE4FG", "");
    let case = sent(&rig, "取消.csv", &file(&[cancel]));
    let clearing = rig.files("outbox/center");
    let (_, text) =
        clearing.iter().find(|(name, _)| name.ends_with(&format!("{case}.csv"))).unwrap();
    let text = String::from_utf8_lossy(text);
    assert!(text.contains("40,1AB2CD3EF00000100001,2026-12-03,"), "{text}");
    assert_eq!(rig.json(&["claim", "show", "1AB2CD3EF00000100001"])["state"], "open");
    answered(&rig, &case, &["良好,,,"]);
    let claim = rig.json(&["claim", "show", "1AB2CD3EF00000100001"]);
    assert_eq!(claim["state"], "cancelled");
    assert_eq!(claim["history"][1]["what"], "cancelled", "{claim}");

    let again = refused(&rig, "二度目.csv", &[row("40", 1, "2026-12-04", "2BC3DE4FG", "")]);
    assert!(again.contains("D29"), "{again}");
    let late = refused(&rig, "遅い取消.csv", &[row("40", 2, "2026-12-10", "3CD4EF5GH", "")]);
    assert!(late.contains("D22"), "from its record date on only the creditor cancels: {late}");
}

#[test]
fn the_draft_of_a_cancellation_is_taken_in_as_it_is() {
    if !asked_for() {
        return;
    }
    let rig = recorded();
    let recorded = ids(&rig).first().unwrap().clone();
    let refused = rig.kessai(&["reuse", &recorded]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("再利用できる明細はありません"), "{told}");
    let draft = rig.kessai(&["reuse", &recorded, "--cancel", "--line", "1"]);
    assert!(draft.status.success(), "{}", String::from_utf8_lossy(&draft.stderr));
    let case = sent(&rig, "取消.csv", &draft.stdout);
    answered(&rig, &case, &["良好,,,"]);
    assert_eq!(rig.json(&["claim", "show", "1AB2CD3EF00000100001"])["state"], "cancelled");
}

#[test]
fn payments_make_a_claim_smaller_until_it_is_paid_and_a_disclosure_changes_nothing() {
    if !asked_for() {
        return;
    }
    let rig = recorded();
    let claim = || rig.json(&["claim", "show", "1AB2CD3EF00000100002"]);
    let whole = claim()["amount"].as_u64().unwrap();
    let pay = |amount: u64| row("70", 2, "2026-12-10", "3CD4EF5GH", &amount.to_string());
    let over = refused(&rig, "多すぎる.csv", &[pay(240_000), pay(whole)]);
    assert!(over.contains("D28"), "{over}");
    let case = sent(&rig, "一部.csv", &file(&[pay(240_000)]));
    answered(&rig, &case, &["良好,,,"]);
    assert_eq!(
        (&claim()["amount"], &claim()["state"]),
        (&(whole - 240_000).into(), &"open".into())
    );

    let case = sent(&rig, "開示.csv", &file(&[row("開示", 2, "2026-12-03", "", "")]));
    let before = claim();
    answered(&rig, &case, &["良好,,,"]);
    assert_eq!(claim(), before);

    let case = sent(&rig, "残り.csv", &file(&[pay(whole - 240_000)]));
    answered(&rig, &case, &["良好,,,"]);
    assert_eq!(claim()["state"], "paid");
    let steps = claim()["history"].clone();
    let what: Vec<&str> =
        steps.as_array().unwrap().iter().map(|step| step["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["accrued", "paid", "paid"]);
}

#[test]
fn a_file_to_fill_in_names_last_months_counterparties_and_the_claims_that_are_open() {
    if !asked_for() {
        return;
    }
    let rig = recorded();
    let list = "利用者番号,区分,名称,名称カナ,住所,電話番号,取扱店,契約,申込日,解約日,\
         メールアドレス,銀行番号,支店番号,預金種目,口座番号,手数料引落,許可する相手\n\
         1AB2CD3EF,法人,見本商事,ミホンシヨウジ,,,001,通常,2026-01-05,,a@example.jp,0001,001,当座,\
         0123456,,\n\
         2BC3DE4FG,法人,例示工業,\"カ,レイジ\",,,010,通常,2026-01-05,,b@example.jp,0009,010,普通,\
         7654321,,\n";
    let before = ids(&rig);
    rig.drop_file("contracts/001", "台帳.csv", list.as_bytes());
    rig.drain();
    let case = ids(&rig).difference(&before).next().expect("the list is taken in").clone();
    for user in ["sato0001", "mori0001"] {
        assert!(rig.decide("approve", &case, user).status.success());
    }
    rig.drain();
    let filled = |kind: &str| {
        let told = rig.kessai(&["customer", "template", OWN, kind]);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        let text = String::from_utf8(told.stdout).unwrap();
        let lines = text.strip_prefix('\u{feff}').unwrap().split("\r\n").skip(1);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let own = format!("2026-12-02,{OWN},0001,001,2,0123456");
    let [first, second] = [("2BC3DE4FG", "\"ｶ,ﾚｲｼﾞ\""), ("3CD4EF5GH", "")]
        .map(|(user, kana)| format!("{user},{kana},0009,010,1,7654321,,"));
    assert_eq!(
        filled("発生(債務者請求)"),
        [format!("11,,{own},{first},,,,"), format!("11,,{own},{second},,,,")]
    );
    assert_eq!(
        filled("取消"),
        [
            format!("40,1AB2CD3EF00000100001,{own},{first},,,,"),
            format!("40,1AB2CD3EF00000100002,{own},{second},,,,")
        ]
    );
    assert_eq!(filled("20"), [format!("20,,{own},,,,,,,,,,,,")], "a debtor has none to assign");
    let before = ids(&rig);
    let parties = [("0009-010-1-7654321", "ｶ)ﾚｲｼﾞ"), ("0005-123-1-0000042", "ﾔﾏﾀﾞ")];
    let paid = transfer("0001-001-2-0123456", &parties, Newline::CrLf);
    rig.drop_file("contracts/001", "総合振込.txt", &paid);
    rig.drain();
    let case = ids(&rig).difference(&before).next().expect("the file is taken in").clone();
    for user in ["sato0001", "mori0001"] {
        assert!(rig.decide("approve", &case, user).status.success());
    }
    rig.drain();
    let further = format!("11,,{own},,ﾔﾏﾀﾞ,0005,123,1,0000042,,,,,,");
    assert_eq!(filled("11")[2..], [further], "who is a partner already is not there twice");
    let shown = rig.json(&["customer", "show", OWN]);
    let known: Vec<_> = shown["counterparts"].as_array().unwrap().iter().collect();
    assert_eq!(
        (known[0]["account"].as_str(), known[0]["user"].as_str()),
        (Some("0005-123-1-0000042"), None)
    );
    assert_eq!(known[1]["user"], "2BC3DE4FG");
    let told = String::from_utf8(rig.kessai(&["customer", "counterparts", OWN]).stdout).unwrap();
    assert!(told.starts_with("\u{feff}利用者番号,銀行番号,支店番号,預金種目,口座番号,"), "{told}");
    assert!(told.contains("0009,010,普通,7654321,ｶ)ﾚｲｼﾞ,2BC3DE4FG\r\n"), "{told}");
    let unknown = rig.kessai(&["customer", "template", "3CD4EF5GH", "11"]);
    assert!(!unknown.status.success());
}
