//! 120-byte files: each field at the byte its layout says, and what is written is read again.

use std::fs;

use kessai::domain::{
    Account, AccountNumber, AccountType, BankCode, BranchCode, Counterpart, Date, Severity, Yen,
};
use kessai::formats::layout::{Layout, PlacedFinding, RecordKind};
use kessai::formats::zengin::debit::{
    self, Debit, DebitResult, NewCode, Stage, read_debits, write_debits,
};
use kessai::formats::zengin::transfer::{self, read_counterparties, write_counterparties};
use kessai::formats::zengin::{Client, MonthDay, Newline, RECORD_LEN};
use proptest::prelude::*;

use crate::tables::kessai;

fn account(kind: AccountType, number: u32) -> Account {
    Account {
        bank: BankCode::parse("1356").unwrap(),
        branch: BranchCode::parse("012").unwrap(),
        kind,
        number: AccountNumber::parse(&format!("{number:07}")).unwrap(),
    }
}

fn client() -> Client {
    Client {
        code: "1234567".into(),
        name: "ﾖﾈｻﾞﾜｼﾝﾖｳｷﾝｺ".into(),
        day: MonthDay::of(Date::new(2026, 12, 25).unwrap()),
        account: account(AccountType::Other, 9),
    }
}

fn transfer_layout() -> Layout {
    transfer::layout(transfer::SHIPPED).unwrap()
}

fn debit_layout() -> Layout {
    debit::layout(debit::SHIPPED).unwrap()
}

fn debits() -> Vec<Debit> {
    let one = |number, yen, new_code, customer: &str| Debit {
        account: account(AccountType::Current, number),
        payer: "ｶ)ﾀｶｻｷｾｲｻｸｼﾞﾖ".into(),
        amount: Yen::new(yen).unwrap(),
        new_code,
        customer_number: customer.into(),
    };
    vec![
        one(12_345, 9_999_999_999, NewCode::First, "12345678901234567890"),
        one(7_654_321, 1_100, NewCode::Known, ""),
    ]
}

fn debit_file(newline: Newline) -> Vec<u8> {
    write_debits(&client(), &debits(), &debit_layout(), newline).unwrap()
}

/// Holds each field of each record against what is to stand there: `name=text`, kana as such.
fn check_fields(layout: &Layout, bytes: &[u8], expected: &[(RecordKind, &str)]) {
    assert_eq!(bytes.len(), expected.len() * RECORD_LEN);
    for (record, (kind, wanted)) in bytes.chunks(RECORD_LEN).zip(expected) {
        let wanted: Vec<(&str, &str)> =
            wanted.split('|').map(|pair| pair.split_once('=').unwrap()).collect();
        let fields = layout.fields(*kind);
        let known = |name: &str| fields.iter().any(|field| field.name_en == name);
        assert!(wanted.iter().all(|(name, _)| known(name)), "{wanted:?}");
        for field in fields {
            let here = &record[field.offset..field.offset + field.length];
            // Half-width kana are the same bytes in Shift_JIS.
            let (text, _, _) = encoding_rs::SHIFT_JIS.decode(here);
            let found = wanted.iter().find(|(name, _)| *name == field.name_en);
            let blank = if field.name_en.starts_with("filler")
                || field.name_en.ends_with("_name")
                || field.name_en == "edi_flag"
            {
                " "
            } else {
                "0"
            };
            let expected = found.map_or_else(
                || blank.repeat(field.length),
                |(_, text)| format!("{text:<width$}", width = field.length),
            );
            assert_eq!(text, expected, "{} {}", kind.name(), field.name_en);
        }
    }
}

#[test]
fn each_field_of_a_debit_file_stands_where_the_layout_says() {
    check_fields(
        &debit_layout(),
        &debit_file(Newline::None),
        &[
            (
                RecordKind::Header,
                "record_type=1|type_code=91|charset=0|client_code=0001234567|\
            client_name=ﾖﾈｻﾞﾜｼﾝﾖｳｷﾝｺ|debit_date=1225|bank_code=1356|branch_code=012|\
            account_type=9|account_number=0000009",
            ),
            (
                RecordKind::Data,
                "record_type=2|bank_code=1356|branch_code=012|account_type=2|\
            account_number=0012345|payer_name=ｶ)ﾀｶｻｷｾｲｻｸｼﾞﾖ|amount=9999999999|new_code=1|\
            customer_number=12345678901234567890|result_code=0",
            ),
            (
                RecordKind::Data,
                "record_type=2|bank_code=1356|branch_code=012|account_type=2|\
            account_number=7654321|payer_name=ｶ)ﾀｶｻｷｾｲｻｸｼﾞﾖ|amount=0000001100|new_code=0",
            ),
            (RecordKind::Trailer, "record_type=8|total_count=000002|total_amount=010000001099"),
            (RecordKind::End, "record_type=9"),
        ],
    );
}

#[test]
fn each_field_of_a_counterpart_file_stands_where_the_layout_says() {
    let party = Counterpart {
        account: account(AccountType::Ordinary, 8_888_888),
        name_kana: "山田".into(),
    };
    let layout = transfer_layout();
    let refused =
        write_counterparties(&client(), std::slice::from_ref(&party), &layout, Newline::None);
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused[0].record, refused[0].offset, refused[0].field.as_str()),
        (2, 170, "受取人名")
    );
    let party = Counterpart { name_kana: "ヤマダコウムテン".into(), ..party };
    let bytes = write_counterparties(&client(), &[party], &layout, Newline::None).unwrap();
    check_fields(
        &layout,
        &bytes,
        &[
            (
                RecordKind::Header,
                "record_type=1|type_code=21|charset=0|client_code=0001234567|\
            client_name=ﾖﾈｻﾞﾜｼﾝﾖｳｷﾝｺ|transfer_date=1225|bank_code=1356|branch_code=012|\
            account_type=9|account_number=0000009",
            ),
            (
                RecordKind::Data,
                "record_type=2|bank_code=1356|branch_code=012|account_type=1|\
            account_number=8888888|payee_name=ﾔﾏﾀﾞｺｳﾑﾃﾝ",
            ),
            (RecordKind::Trailer, "record_type=8|total_count=000001"),
            (RecordKind::End, "record_type=9"),
        ],
    );
}

/// Bytes at a place of a record replaced.
fn with(mut bytes: Vec<u8>, (record, offset): (usize, usize), text: &[u8]) -> Vec<u8> {
    let at = record * RECORD_LEN + offset;
    bytes[at..at + text.len()].copy_from_slice(text);
    bytes
}

fn told(findings: &[PlacedFinding]) -> Vec<String> {
    findings.iter().map(|f| format!("{}@{} {}", f.record, f.offset, f.en)).collect()
}

#[test]
fn a_returned_file_tells_what_became_of_each_debit_and_its_totals_are_checked() {
    let answered = with(debit_file(Newline::None), (2, 111), b"1");
    let totals = b"000001009999999999000001000000001100";
    let answered = with(answered, (3, 19), totals);
    let file = read_debits(&answered, &debit_layout(), Stage::Returned).unwrap();
    assert_eq!((file.client, file.warnings), (client(), Vec::new()));
    let (read, results): (Vec<_>, Vec<_>) = file.debits.into_iter().unzip();
    assert_eq!(read, debits());
    assert_eq!(results, [DebitResult::Debited, DebitResult::NoFunds]);
    assert_eq!(results[1].japanese(), "資金不足");
    let as_sent = debit_file(Newline::None);
    let unanswered = read_debits(&as_sent, &debit_layout(), Stage::Returned);
    assert_eq!(
        told(&unanswered.unwrap_err()),
        [
            "4@379 the trailer says 0, the records sum to 2",
            "4@385 the trailer says 0, the records sum to 10000001099",
        ]
    );
    let early = read_debits(&answered, &debit_layout(), Stage::Requested).unwrap_err();
    assert_eq!(early[0].en, "the result code must be 0 before the debit");
}

#[test]
fn everything_wrong_with_a_file_is_told_at_once_and_where() {
    let bytes = with(debit_file(Newline::None), (0, 1), b"21");
    let bytes = with(bytes, (0, 54), b"1332");
    let bytes = with(bytes, (1, 42), b"4");
    let bytes = with(bytes, (1, 80), b"0000000000");
    let bytes = with(bytes, (2, 43), b"76-4321");
    let bytes = with(bytes, (2, 111), b"5");
    let bytes = with(bytes, (3, 1), b"000003");
    let findings = read_debits(&bytes, &debit_layout(), Stage::Returned).unwrap_err();
    assert_eq!(
        told(&findings),
        [
            "1@1 the type code must be 91",
            "1@54 write month and day as MMDD",
            "3@283 position 3 holds 「-」; write digits, filled with zeros",
            "2@162 the account type must be 1 (ordinary), 2 (current) or 9 (other)",
            "2@200 the amount must be at least 1 yen",
            "3@351 the result code is one of 0, 1, 2, 3, 4, 8 and 9",
            "4@361 the trailer says 3, the records sum to 2",
        ]
    );
    assert_eq!(
        findings[2].to_string(),
        "3件目「口座番号」(284バイト目): 数字の項目の3桁目が「-」です。\
         前を0で詰めた数字にしてください。 / position 3 holds 「-」; write digits, filled with zeros"
    );
}

#[test]
fn records_out_of_order_or_missing_are_told() {
    let whole = debit_file(Newline::None);
    let records: Vec<&[u8]> = whole.chunks(RECORD_LEN).collect();
    let read = |order: &[usize]| {
        let bytes: Vec<u8> = order.iter().flat_map(|at| records[*at]).copied().collect();
        match read_debits(&bytes, &debit_layout(), Stage::Requested) {
            Ok(file) => (true, file.warnings),
            Err(findings) => (false, findings),
        }
    };
    let errors = |order: &[usize]| read(order).1.iter().map(|f| f.en.clone()).collect::<Vec<_>>();
    let order = "records are out of order; write header, data, trailer, end";
    assert_eq!(errors(&[1, 2, 3, 4]), [order]);
    assert_eq!(errors(&[0, 1, 3, 2, 4]), [order, order]);
    assert_eq!(errors(&[0, 0, 1, 2, 3, 4]), [order]);
    let cut_off = errors(&[0, 1, 2]);
    assert_eq!(
        cut_off,
        ["there is no end record; the file may have been cut off", "there is no trailer record",]
    );
    let (usable, warned) = read(&[0, 1, 2, 3, 4, 4]);
    assert!(usable);
    assert_eq!((warned.len(), warned[0].severity), (1, Severity::Warning));
}

#[test]
fn what_is_no_such_file_is_told_once() {
    let layout = transfer_layout();
    let told = |bytes: &[u8]| read_counterparties(bytes, &layout).unwrap_err()[0].en.clone();
    assert_eq!(told(b""), "the file is empty");
    assert_eq!(told(b"a,b\r\n"), "this record has 3 bytes; each must have 120");
}

#[test]
fn a_transfer_file_of_a_customer_gives_its_parties_whatever_it_pays_them() {
    let layout = transfer_layout();
    let party = |number, name: &str| Counterpart {
        account: account(AccountType::Current, number),
        name_kana: name.into(),
    };
    let parties = [party(1, "ﾕ)ﾖﾈｻﾞﾜｼﾖｳｼﾞ"), party(2, "ﾔﾏﾀﾞ")];
    let bytes = write_counterparties(&client(), &parties, &layout, Newline::None).unwrap();
    let bytes = with(with(bytes, (1, 80), b"0000150000"), (2, 80), b"0000250000");
    let wrong = read_counterparties(&bytes, &layout).unwrap_err();
    assert_eq!(told(&wrong), ["4@367 the trailer says 0, the records sum to 400000"]);
    let bytes = with(bytes, (3, 7), b"000000400000");
    let lf: Vec<u8> = bytes.chunks(RECORD_LEN).flat_map(|r| [r, b"\n"].concat()).collect();
    let file = read_counterparties(&lf, &layout).unwrap();
    assert_eq!((file.counterparties.as_slice(), file.warnings.len()), (parties.as_slice(), 1));
}

#[test]
fn behind_the_end_record_a_mark_says_nothing_and_data_are_a_warning_of_any_length() {
    let layout = transfer_layout();
    let (account, name_kana) = (account(AccountType::Current, 1), "ﾔﾏﾀﾞ".into());
    let parties = [Counterpart { account, name_kana }];
    let bytes = write_counterparties(&client(), &parties, &layout, Newline::CrLf).unwrap();
    let warned = |behind: &[u8]| {
        let file = read_counterparties(&[&bytes, behind].concat(), &layout).unwrap();
        assert_eq!(file.counterparties, parties, "{behind:?}");
        file.warnings.iter().map(|one| (one.severity, one.en.clone())).collect::<Vec<_>>()
    };
    for mark in [b"\x1A".as_slice(), b"\x1A\x1A\r\n", b"\r\n\x1A", &[0x1A; 128]] {
        assert_eq!(warned(mark), [], "{mark:?}");
    }
    let told = (Severity::Warning, "what follows the end record was not read".to_owned());
    assert_eq!(warned(b"2 more"), std::slice::from_ref(&told));
    assert_eq!(warned(&bytes), [told]);
    let cut = [&bytes[..bytes.len() - 5], b"\x1A"].concat();
    assert!(read_counterparties(&cut, &layout).is_err(), "the mark fills no record");
}

#[test]
fn a_name_that_was_read_with_other_characters_is_told_old_and_new() {
    let layout = transfer_layout();
    let (account, name_kana) = (account(AccountType::Current, 1), "ｶ)ﾀｶｻｷｼﾖｳｼﾞ-".to_owned());
    let parties = [Counterpart { account, name_kana }];
    let bytes = write_counterparties(&client(), &parties, &layout, Newline::None).unwrap();
    let written = |text: &str| -> Vec<u8> {
        let code = |c| if u32::from(c) < 0x80 { u32::from(c) } else { u32::from(c) - 0xFEC0 };
        text.chars().map(|c| u8::try_from(code(c)).unwrap()).collect()
    };
    let (new, old) = (written("ｶ)ﾀｶｻｷｼﾖｳｼﾞ-"), written("ｶ)ﾀｶｻｷｼｮｳｼﾞｰ"));
    let at = bytes.windows(new.len()).position(|part| part == new).unwrap();
    let mut changed = bytes.clone();
    changed[at..at + old.len()].copy_from_slice(&old);
    assert_eq!(read_counterparties(&bytes, &layout).unwrap().warnings, []);
    let file = read_counterparties(&changed, &layout).unwrap();
    assert_eq!(file.counterparties, parties);
    let [warning] = file.warnings.as_slice() else { panic!("{:?}", file.warnings) };
    assert_eq!((warning.record, warning.offset, warning.severity), (2, at, Severity::Warning));
    assert!(warning.ja.contains("「ｶ)ﾀｶｻｷｼｮｳｼﾞｰ」→「ｶ)ﾀｶｻｷｼﾖｳｼﾞ-」"), "{}", warning.ja);
}

#[test]
fn a_file_of_a_host_in_ebcdic_says_the_same_and_must_say_that_it_is_one() {
    let layout = transfer_layout();
    let (account, name_kana) = (account(AccountType::Current, 1), "YAMADA ABC-1".to_owned());
    let parties = [Counterpart { account, name_kana }];
    let client = Client { name: "MIHON".to_owned(), ..client() };
    let bytes = write_counterparties(&client, &parties, &layout, Newline::None).unwrap();
    let host = |bytes: &[u8]| bytes.iter().map(|byte| crate::formats::ebcdic(*byte)).collect();
    let wrong: Vec<u8> = host(&bytes);
    let wrong = read_counterparties(&wrong, &layout).unwrap_err();
    assert_eq!(
        told(&wrong),
        ["1@3 the charset is not that of the bytes, which are EBCDIC; write 1"]
    );
    let right: Vec<u8> = host(&with(bytes, (0, 3), b"1"));
    for behind in [b"".as_slice(), b"\x15", b"\x1A"] {
        let file = read_counterparties(&[&right, behind].concat(), &layout).unwrap();
        assert_eq!((&file.client, file.counterparties.as_slice()), (&client, parties.as_slice()));
    }
}

fn any_account() -> impl Strategy<Value = Account> {
    let kinds = [AccountType::Ordinary, AccountType::Current, AccountType::Other];
    (0..10_000_u32, 0..1_000_u32, prop::sample::select(kinds.to_vec()), 0..10_000_000_u32).prop_map(
        |(bank, branch, kind, number)| Account {
            bank: BankCode::parse(&format!("{bank:04}")).unwrap(),
            branch: BranchCode::parse(&format!("{branch:03}")).unwrap(),
            kind,
            number: AccountNumber::parse(&format!("{number:07}")).unwrap(),
        },
    )
}

fn any_client() -> impl Strategy<Value = Client> {
    ("[1-9][0-9]{0,9}", "[A-Z0-9ｱ-ﾝ¥(]([A-Z ｱ-ﾟ]{0,38}[A-Zｱ-ﾟ])?", 0..366_i64, any_account())
        .prop_map(|(code, name, day, account)| {
            let day = MonthDay::of(Date::new(2024, 1, 1).unwrap().plus_days(day));
            Client { code, name, day, account }
        })
}

fn any_debit() -> impl Strategy<Value = (Debit, DebitResult)> {
    let codes = [NewCode::Known, NewCode::First, NewCode::Changed].to_vec();
    let debit = (
        any_account(),
        "[A-Z0-9ｱ-ﾝ]([A-Z ｱ-ﾟ]{0,28}[A-Zｱ-ﾟ])?",
        1..=Yen::MAX / 40,
        prop::sample::select(codes),
        "([1-9][0-9]{0,19})?",
    );
    (debit, prop::sample::select(DebitResult::ALL.to_vec())).prop_map(
        |((account, payer, yen, new_code, customer_number), result)| {
            let amount = Yen::new(yen).unwrap();
            (Debit { account, payer, amount, new_code, customer_number }, result)
        },
    )
}

fn any_newline() -> impl Strategy<Value = Newline> {
    prop::sample::select(vec![Newline::None, Newline::CrLf])
}

proptest! {
    #[test]
    fn debits_that_were_written_are_read_again(
        client in any_client(),
        debits in prop::collection::vec(any_debit(), 0..30),
        newline in any_newline(),
    ) {
        let debits: Vec<Debit> = debits.into_iter().map(|(debit, _)| debit).collect();
        let bytes = write_debits(&client, &debits, &debit_layout(), newline).unwrap();
        let file = read_debits(&bytes, &debit_layout(), Stage::Requested).unwrap();
        let read: Vec<Debit> = file.debits.into_iter().map(|(debit, _)| debit).collect();
        prop_assert_eq!((file.client, read, file.warnings), (client, debits, Vec::new()));
    }

    #[test]
    fn the_results_of_a_returned_file_are_read_as_they_were_set(
        debits in prop::collection::vec(any_debit(), 1..20),
    ) {
        let list: Vec<Debit> = debits.iter().map(|(debit, _)| debit.clone()).collect();
        let mut bytes = write_debits(&client(), &list, &debit_layout(), Newline::None).unwrap();
        let (mut done, mut failed) = ((0, 0), (0, 0));
        for (at, (debit, result)) in debits.iter().enumerate() {
            bytes = with(bytes, (at + 1, 111), &[b'0' + result.code()]);
            let sum = if *result == DebitResult::Debited { &mut done } else { &mut failed };
            *sum = (sum.0 + 1, sum.1 + debit.amount.get());
        }
        let totals = format!("{:06}{:012}{:06}{:012}", done.0, done.1, failed.0, failed.1);
        bytes = with(bytes, (debits.len() + 1, 19), totals.as_bytes());
        let file = read_debits(&bytes, &debit_layout(), Stage::Returned).unwrap();
        prop_assert_eq!(file.debits, debits);
    }

    #[test]
    fn parties_that_were_written_are_read_again(
        client in any_client(),
        parties in prop::collection::vec((any_account(), "[A-Z]([A-Z ｱ-ﾟ]{0,28}[ｱ-ﾟ])?"), 0..30),
        newline in any_newline(),
    ) {
        let parties = parties.into_iter();
        let parties: Vec<Counterpart> =
            parties.map(|(account, name_kana)| Counterpart { account, name_kana }).collect();
        let layout = transfer_layout();
        let bytes = write_counterparties(&client, &parties, &layout, newline).unwrap();
        let file = read_counterparties(&bytes, &layout).unwrap();
        prop_assert_eq!((file.client, file.counterparties), (client, parties));
    }

    #[test]
    fn whatever_the_bytes_are_they_make_findings(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        prop_assert!(read_counterparties(&bytes, &transfer_layout()).is_err());
        prop_assert!(read_debits(&bytes, &debit_layout(), Stage::Returned).is_err());
    }
}

#[test]
fn check_tells_what_is_wrong_with_a_layout_of_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let init = std::process::Command::new(env!("CARGO_BIN_EXE_kessai"))
        .args(["init", root.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(init.status.success());
    assert_eq!(fs::read_to_string(root.join(debit::LAYOUT)).unwrap(), debit::SHIPPED);
    assert_eq!(fs::read_to_string(root.join(transfer::LAYOUT)).unwrap(), transfer::SHIPPED);
    assert_eq!(kessai(root, &["check"]).0, Some(0));
    let broken = debit::SHIPPED.replace("account_number,N,43,7", "account_number,N,44,6");
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(&broken);
    fs::write(root.join(debit::LAYOUT), cp932).unwrap();
    fs::write(root.join("workflows/layouts/other.csv"), "a\n").unwrap();
    let (code, text) = kessai(root, &["check"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("zengin_debit_91_v1.csv:25:"), "{text}");
    assert!(text.contains("前の項目との間が空いています。ここは 43 です。"), "{text}");
    assert!(text.contains("no layout of this name is used"), "{text}");
}
