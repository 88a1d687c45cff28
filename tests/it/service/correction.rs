//! The correction file: what was not taken in comes back to be mended.

use kessai::domain::CaseId;
use kessai::ports::FileVerdict;

use super::branch::{Branch, HEADER, Setup, accrual, accruals, mistaken};
use super::outcomes::bulk;

fn corrections(branch: &Branch) -> Vec<String> {
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths().into_iter();
    paths.filter(|path| path.contains("_correction.")).collect()
}

#[test]
fn n156_correction_file_round_trips() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    let text = [
        "12月分の支払\n",
        HEADER,
        &accrual(1),
        &mistaken(2).replace("ｶ)ﾔﾏﾀﾞ", "\"ｶ)ﾔﾏﾀﾞ\""),
        "\n",
        &accrual(3),
        &mistaken(4),
    ];
    let first = branch.take_in("支払.csv", &text.concat());
    assert_eq!((first.verdict, first.accepted, first.rejected), (FileVerdict::Accepted, 2, 2));
    let paths = corrections(&branch);
    let [path] = paths.as_slice() else { panic!("{paths:?}") };
    assert_eq!(*path, format!("customers/987654321/{}_支払_correction.csv", first.receipt));
    // In the encoding of this submitter's Excel, and with the lines that were wrong alone.
    let bytes = branch.shelf.bytes(path);
    let (text, _, wrong) = encoding_rs::SHIFT_JIS.decode(&bytes);
    let title = format!("訂正用ファイル（受付番号 {}）\n", first.receipt);
    let wanted = title + HEADER + &mistaken(2) + &mistaken(4);
    assert_eq!((text.replace("\r\n", "\n"), wrong), (wanted, false));
    let told = branch.shelf.paths().into_iter().find(|path| path.contains("mail_accepted"));
    assert!(super::bundles::read(&branch, &told.unwrap()).1.contains(path.as_str()));
    let mended = branch.take_in("支払_訂正.csv", &text.replace(",lots,", ",1000,"));
    assert_eq!((mended.verdict, mended.accepted, mended.rejected), (FileVerdict::Accepted, 2, 0));
}

#[test]
fn n156_what_was_not_mended_in_a_correction_file_is_taken_in_as_it_was_first_written() {
    let comments = ["=1", "'=1", "''-a", "𠮷野〜", "−¥", "a\nb", "'", "+81", "-1", "普通"];
    let commented =
        |n: usize, text: &str| mistaken(n).replace(",0,,\n", &format!(",0,,\"{text}\"\n"));
    for one in comments {
        let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
        let first = branch.take_in("a.csv", &(accruals(1..=1) + &commented(2, one)));
        assert_eq!((first.accepted, first.rejected), (1, 1), "{one:?}");
        let path = corrections(&branch).pop().unwrap();
        let bytes = branch.shelf.bytes(&path);
        // Mended as a person mends it, in the encoding it came in, and under another name.
        let mended = match bytes.strip_prefix("\u{feff}".as_bytes()) {
            Some(text) => String::from_utf8(text.to_vec()).unwrap(),
            None => encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned(),
        };
        let mended = mended.replace(",lots,", ",1000,");
        let again = if bytes.starts_with("\u{feff}".as_bytes()) {
            mended.into_bytes()
        } else {
            encoding_rs::SHIFT_JIS.encode(&mended).0.into_owned()
        };
        let file = branch.take_in_bytes("b.csv", &again);
        assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 1), "{one:?}");
        let id = CaseId { receipt: file.receipt, n: 1, row: None };
        let case = branch.store.case(id).unwrap();
        let shown = branch.desk.rows(&case, 1).unwrap().rows;
        assert_eq!(shown[0].request.comment, one);
    }
}

#[test]
fn n156_a_bad_record_of_a_bulk_file_comes_back_in_its_own_layout() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    // The amount of the second of three records is not readable, nor is the sum.
    let text = bulk(1..=3).replacen("0000001000", "000000l000", 2).replacen("l000", "1000", 1);
    let first = branch.take_in("集信.dat", &text);
    assert_eq!((first.verdict, first.accepted, first.rejected), (FileVerdict::Accepted, 2, 1));
    let paths = corrections(&branch);
    let [path] = paths.as_slice() else { panic!("{paths:?}") };
    assert_eq!(*path, format!("customers/987654321/{}_集信_correction.txt", first.receipt));
    let back = String::from_utf8(branch.shelf.bytes(path)).unwrap();
    let wanted = bulk(2..=2).replacen("0000001000", "000000l000", 1);
    assert_eq!(back, wanted.replacen("000000001000", "000000000000", 1), "no sum of what is none");
    let told = branch.shelf.paths().into_iter().find(|path| path.contains("mail_accepted"));
    assert!(super::bundles::read(&branch, &told.unwrap()).1.contains(path.as_str()));
    // Mended with the sum it now has: taken in. With the old one it is told what to write.
    let amount = back.replace("l000", "1000");
    let told = branch.take_in("訂正1.dat", &amount);
    assert_eq!((told.verdict, told.accepted), (FileVerdict::Rejected, 0));
    let mended = amount.replacen("8000001000000000000", "8000001000000001000", 1);
    let mended = branch.take_in("訂正2.dat", &mended);
    assert_eq!((mended.verdict, mended.accepted, mended.rejected), (FileVerdict::Accepted, 1, 0));
}

#[test]
fn n156_a_bad_request_in_xml_comes_back_in_xml() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    let request = |n: usize, amount: &str| {
        format!(
            "  <request kind='11' recordDate='2026-12-03' ref='INV-{n:06}'>\n    \
             <requester userNumber='987654321' bank='0001' branch='001' accountType='2' \
             accountNumber='0123456'/>\n    \
             <counterparty userNumber='123456789' nameKana='ｶ)ﾔﾏﾀﾞ' bank='0009' branch='010' \
             accountType='1' accountNumber='7654321'/>\n    \
             <claim amount='{amount}' dueDate='2027-03-31' assignmentRestricted='0'/>\n    \
             <comment>A&amp;B &#x3042;<!-- {n} --></comment>\n  </request>\n"
        )
    };
    let root = |rest: &str| format!("<densaiBatch version=\"1\" submitter=\"987654321\"{rest}>");
    let text = [
        "<?xml version='1.0' encoding='Shift_JIS'?>\n",
        &root(" count=\"3\" total=\"2000\""),
        "\n  <!-- 支払 -->\n",
        &request(1, "1000"),
        &request(2, "lots"),
        &request(3, "1000"),
        "</densaiBatch>\n",
    ];
    let first = branch.take_in_bytes("支払.xml", &encoding_rs::SHIFT_JIS.encode(&text.concat()).0);
    assert_eq!((first.verdict, first.accepted, first.rejected), (FileVerdict::Accepted, 2, 1));
    let paths = corrections(&branch);
    let [path] = paths.as_slice() else { panic!("{paths:?}") };
    assert_eq!(*path, format!("customers/987654321/{}_支払_correction.xml", first.receipt));
    let back = String::from_utf8(branch.shelf.bytes(path)).unwrap();
    let declared = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let bad = request(2, "lots");
    let wanted = [declared, &root(""), "\n", bad.trim(), "\n</densaiBatch>\n"];
    assert_eq!(back, wanted.concat());
    let mended = branch.take_in("支払_訂正.xml", &back.replace("lots", "1000"));
    assert_eq!((mended.verdict, mended.accepted, mended.rejected), (FileVerdict::Accepted, 1, 0));
    let id = CaseId { receipt: mended.receipt, n: 1, row: None };
    let case = branch.store.case(id).unwrap();
    assert_eq!(branch.desk.rows(&case, 1).unwrap().rows[0].request.comment, "A&B あ");
}

#[test]
fn an_apostrophe_in_a_file_of_their_own_is_theirs() {
    let branch = Branch::staffed(Setup::default());
    let file =
        branch.take_in("a.csv", &(HEADER.to_owned() + &accrual(1).replace(",0,,\n", ",0,,'=1\n")));
    let id = CaseId { receipt: file.receipt, n: 1, row: None };
    let case = branch.store.case(id).unwrap();
    assert_eq!(branch.desk.rows(&case, 1).unwrap().rows[0].request.comment, "'=1");
}

#[test]
fn a_file_that_was_taken_in_or_given_back_whole_has_no_correction_file() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    branch.take_in("good.csv", &accruals(1..=2));
    branch.take_in("bad.csv", &(HEADER.to_owned() + &mistaken(3)));
    assert_eq!(corrections(&branch), [""; 0]);
    let strict = Branch::staffed(Setup::default());
    strict.take_in("mixed.csv", &(accruals(4..=5) + &mistaken(6)));
    assert_eq!(corrections(&strict), [""; 0], "the good lines were not taken in either");
}

#[test]
fn what_a_spreadsheet_would_run_is_made_harmless_in_it() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    let text = accruals(1..=1) + &mistaken(2).replace("INV-", "=INV-");
    branch.take_in("a.csv", &text);
    let paths = corrections(&branch);
    let text = String::from_utf8_lossy(&branch.shelf.bytes(&paths[0])).into_owned();
    assert!(text.contains(",'=INV-000002,"), "{text}");
}
