//! Tests of the rules that are not data.

use proptest::prelude::*;

use super::*;
use crate::domain::Finding;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

const CLEAN: [&str; Field::COUNT] = [
    "11",
    "",
    "2026-12-03",
    "987654321",
    "0001",
    "001",
    "2",
    "0123456",
    "123456789",
    "ｶ)ﾔﾏﾀﾞ",
    "0009",
    "010",
    "1",
    "7654321",
    "1000000",
    "2027-03-31",
    "INV-001",
    "0",
    "",
    "",
];

/// What the clean row becomes with `changes`, received `on`.
fn judge(
    on: &str,
    settings: RuleSettings,
    changes: &[(Field, &str)],
) -> (Option<RecordRequest>, Vec<Finding>) {
    let calendar = BankCalendar::japan();
    let customers = Customers::default();
    let given = (date(on), Origin::Online);
    let mut judge = Judge::new(&calendar, settings, given, (&|_| None, &customers));
    let mut cells = CLEAN;
    for (field, text) in changes {
        cells[field.index()] = text;
    }
    let mut findings = Findings::new(100);
    let row = Row { record: 1, line: 2, cells, places: Places::Columns(&[1; Field::COUNT]) };
    let judged = judge.judge(&row, &mut findings);
    (judged.request, findings.finish())
}

fn check(on: &str, changes: &[(Field, &str)], codes: &[Code]) {
    let (_, findings) = judge(on, RuleSettings::default(), changes);
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), codes);
}

#[test]
fn rules_go_by_the_record_date() {
    let (record, due, amount) = (Field::RecordDate, Field::DueDate, Field::Amount);
    let old = [(record, "2023-01-06"), (due, "2023-01-18")];
    // Seven bank days after Friday 1/6 over 成人の日 is 1/18.
    check("2023-01-05", &old, &[]);
    check("2023-01-05", &[(record, "2023-01-06"), (due, "2023-01-17")], &[Code::D07]);
    check("2023-01-05", &[old[0], old[1], (amount, "9999")], &[Code::D06]);
    check("2023-01-05", &[(record, "2023-01-10"), (due, "2023-01-13"), (amount, "1")], &[]);
    check("2023-01-05", &[(record, "2023-01-10"), (due, "2023-01-12")], &[Code::D07]);
}

#[test]
fn before_2023_01_10_a_claim_is_of_ten_thousand_yen_and_due_in_seven_bank_days() {
    // The last bank day before is Friday 1/6: 1/9 is 成人の日.
    let on = |due, amount| {
        let record = (Field::RecordDate, "2023-01-06");
        [record, (Field::DueDate, due), (Field::Amount, amount)]
    };
    check("2023-01-05", &on("2023-01-18", "10000"), &[]);
    check("2023-01-05", &on("2023-01-18", "9999"), &[Code::D06]);
    check("2023-01-05", &on("2023-01-17", "10000"), &[Code::D07]);
    check("2023-01-05", &on("2023-01-17", "9999"), &[Code::D07, Code::D06]);
}

#[test]
fn from_2023_01_10_a_claim_is_of_one_yen_and_due_in_three_bank_days() {
    let on = |kind, due, amount| {
        let (kind, record) = ((Field::RequestKind, kind), (Field::RecordDate, "2023-01-10"));
        [kind, record, (Field::DueDate, due), (Field::Amount, amount)]
    };
    // Whenever it was received: the record date counts.
    for received in ["2022-12-28", "2023-01-06", "2023-01-10"] {
        check(received, &on("11", "2023-01-13", "1"), &[]);
        check(received, &on("11", "2023-01-12", "1"), &[Code::D07]);
        check(received, &on("11", "2023-01-13", "0"), &[Code::D06]);
        // Whom the creditor asks still has seven days.
        check(received, &on("12", "2023-01-19", "1"), &[]);
        check(received, &on("12", "2023-01-18", "1"), &[Code::D07]);
    }
}

#[test]
fn a_closed_due_date_counts_as_the_next_open_day() {
    let (record, due) = (Field::RecordDate, Field::DueDate);
    // Three bank days after Wednesday 12/2 is Monday 12/7; Saturday 12/5 is settled then.
    check("2026-12-01", &[(record, "2026-12-02"), (due, "2026-12-05")], &[]);
    check("2026-12-01", &[(record, "2026-12-02"), (due, "2026-12-04")], &[Code::D07]);
}

#[test]
fn a_closed_record_date_rolls_where_the_settings_say_so() {
    let settings =
        RuleSettings { closed_record_date: ClosedRecordDate::Roll, ..RuleSettings::default() };
    let (request, findings) = judge("2026-12-01", settings, &[(Field::RecordDate, "2026-12-05")]);
    assert_eq!(request.unwrap().record_date, date("2026-12-07"));
    assert_eq!((findings[0].code, findings[0].severity), (Code::D10, Severity::Warning));
}

#[test]
fn reservation_ends_one_month_ahead() {
    check("2026-12-08", &[(Field::RecordDate, "2027-01-08")], &[]);
    check("2026-12-08", &[(Field::RecordDate, "2027-01-12")], &[Code::D09]);
    // The 31st has no day of the same number in February.
    check("2027-01-29", &[(Field::RecordDate, "2027-02-26"), (Field::DueDate, "2027-04-01")], &[]);
}

#[test]
fn remembered_dates_are_judged_again_for_another_kind() {
    let calendar = BankCalendar::japan();
    let customers = Customers::default();
    let given = (date("2026-12-01"), Origin::Online);
    let mut judge = Judge::new(&calendar, RuleSettings::default(), given, (&|_| None, &customers));
    let mut findings = Findings::new(100);
    for (kind, fine) in [("11", true), ("11", true), ("12", false), ("12", false), ("11", true)] {
        let mut cells = CLEAN;
        cells[0] = kind;
        cells[Field::DueDate.index()] = "2026-12-08";
        let row = Row { record: 1, line: 2, cells, places: Places::Columns(&[1; Field::COUNT]) };
        assert_eq!(judge.judge(&row, &mut findings).request.is_some(), fine);
    }
}

#[test]
fn the_published_name_is_normalised() {
    let name = normalise("カブシキガイシャエックス").0;
    assert_eq!(name, "ｶﾌﾞｼｷｶﾞｲｼﾔｴﾂｸｽ");
    assert_eq!(normalise("ヴァイオレット・コー").0, "ｳﾞｱｲｵﾚﾂﾄ・ｺ-");
    assert_eq!(NETWORK_CHARACTERS.chars().count(), 98);
    assert!(NETWORK_CHARACTERS.chars().all(kana::is_network_character));
    assert!(normalise("ｶ) ABC-1").1 == Change::default());
    // A backslash of either width is the yen sign of the network's code.
    assert_eq!((normalise("＼").0, normalise("\\").0), ("¥".into(), "¥".into()));
}

proptest! {
    #[test]
    fn the_kana_normaliser_changes_nothing_twice(name in any::<String>()) {
        let once = normalise(&name).0.into_owned();
        let (twice, change) = normalise(&once);
        prop_assert_eq!(&twice, &once);
        prop_assert_eq!(change, Change::default());
    }

    #[test]
    fn kana_names_come_out_in_the_network_characters(name in "[ァ-ヶー　ａ-ｚＡ-Ｚ０-９]{0,20}") {
        prop_assert!(normalise(&name).0.chars().all(kana::is_network_character));
    }

    #[test]
    fn no_cell_makes_the_rules_panic(cells in proptest::collection::vec(any::<String>(), 20)) {
        let changes: Vec<(Field, &str)> =
            Field::ALL.iter().copied().zip(cells.iter().map(String::as_str)).collect();
        judge("2026-12-01", RuleSettings::default(), &changes);
    }
}

#[test]
fn a_draft_keeps_its_record_date_until_it_cannot_be_asked_for_any_more() {
    let calendar = BankCalendar::japan();
    let draft = |kind, wished: Option<&str>, today| {
        draft_record_date(kind, wished.map(date), (date(today), &calendar)).to_string()
    };
    let accrual = RequestKind::AccrualDebtor;
    assert_eq!(draft(accrual, Some("2026-12-03"), "2026-12-03"), "2026-12-03");
    assert_eq!(draft(accrual, Some("2026-12-03"), "2026-12-04"), "2026-12-07", "a Friday");
    assert_eq!(draft(accrual, None, "2026-12-01"), "2026-12-02");
    let discount = RequestKind::Discount;
    assert_eq!(draft(discount, Some("2026-12-03"), "2026-12-01"), "2026-12-04", "D32");
    assert_eq!(draft(discount, Some("2026-12-07"), "2026-12-01"), "2026-12-07");
}
