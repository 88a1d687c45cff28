//! Mails, read back with a second reader.

use std::collections::BTreeMap;

use kessai::render::mail::{Enclosure, Kind, Letter, Mail, Templates, check, compose};
use kessai::render::view::Environment;
use mail_parser::MimeHeaders as _;

use super::sample;
use crate::mails::{parsed, said, text_of};

/// A mail with a signature that is none.
fn composed(letter: &Letter, templates: &Templates, file: Option<Enclosure>) -> Mail {
    let unsigned = compose(letter, &sample::sender(), "見本認証局", templates, file).unwrap();
    unsigned.signed(b"signature".to_vec()).unwrap()
}

fn made(kind: Kind) -> Mail {
    composed(&sample::letter(kind), Templates::embedded(), None)
}

/// Subject and text as a reader's program shows them.
fn shown(mail: &Mail) -> String {
    said(&mail.bytes)
}

#[test]
fn the_approver_reads_first_what_how_many_how_much_and_until_when() {
    insta::assert_snapshot!(shown(&made(Kind::ApprovalRequest)));
}

#[test]
fn the_submitter_reads_what_was_taken_in() {
    insta::assert_snapshot!(shown(&made(Kind::Accepted)));
}

#[test]
fn the_submitter_reads_why_a_file_was_refused() {
    insta::assert_snapshot!(shown(&made(Kind::RejectedFile)));
}

#[test]
fn the_submitter_reads_which_file_came_first() {
    insta::assert_snapshot!(shown(&made(Kind::HeldDuplicate)));
}

#[test]
fn the_submitter_reads_how_a_case_ended() {
    let ends = [Kind::Returned, Kind::Rejected, Kind::Approved];
    insta::assert_snapshot!(ends.map(|kind| shown(&made(kind))).join("\n====\n\n"));
}

#[test]
fn the_customer_reads_what_is_debited_when_and_why_nothing_is() {
    let mut letter = sample::letter(Kind::FeeNotice);
    letter.total = sample::fee_statement().bill.total;
    let made = |letter: &Letter| shown(&composed(letter, Templates::embedded(), None));
    let debited = made(&letter);
    letter.total = kessai::domain::YenTotal::new(0);
    let fee = letter.fee.unwrap();
    letter.fee = Some(kessai::render::mail::FeeNotice { debit_day: None, ..fee });
    insta::assert_snapshot!([debited, made(&letter)].join("\n====\n\n"));
}

#[test]
fn a_mail_made_twice_is_the_same_to_the_byte_even_with_an_enclosure() {
    let with = || {
        let file = Enclosure { name: "受付票_髙﨑.pdf".into(), pdf: b"%PDF-1.7".to_vec() };
        let letter = sample::letter(Kind::Accepted);
        composed(&letter, Templates::embedded(), Some(file))
    };
    assert_eq!(with(), with());
    assert_eq!(made(Kind::Approved), made(Kind::Approved));
    let mail = with();
    let parsed = parsed(&mail.bytes);
    assert_eq!(parsed.attachment_count(), 2, "the file and the signature");
    let file = parsed.attachment(0).unwrap();
    assert_eq!(file.attachment_name(), Some("受付票_髙﨑.pdf"));
    assert_eq!(file.contents(), b"%PDF-1.7");
    assert!(text_of(&mail.bytes).starts_with("ファイル「12月分"));
}

#[test]
fn headers_come_from_the_effect_and_the_event() {
    let mail = made(Kind::ApprovalRequest);
    assert!(mail.bytes.is_ascii());
    let lines = String::from_utf8(mail.bytes.clone()).unwrap();
    assert!(lines.split("\r\n").all(|line| line.len() <= 998 && !line.contains('\n')));
    let parsed = parsed(&mail.bytes);
    assert_eq!(parsed.date().unwrap().to_timestamp() * 1_000, sample::at(9, 16).ms());
    assert_eq!(format!("<{}>", parsed.message_id().unwrap()), mail.message_id);
    assert_ne!(mail.message_id, made(Kind::Approved).message_id);
    assert_eq!(parsed.header("Auto-Submitted").unwrap().as_text(), Some("auto-generated"));
    let to = parsed.to().unwrap().first().unwrap();
    assert_eq!(to.name(), Some("髙﨑 眞由美"));
    assert_eq!(to.address(), Some("mayumi@takasaki.example"));
}

#[test]
fn a_subject_tells_neither_amount_nor_name_nor_account() {
    for kind in Kind::ALL {
        let subject = made(kind).subject;
        for secret in ["3,666,666", "髙﨑", "渡邊", "0012345", "7654321", "1AB2CD3EF"] {
            assert!(!subject.contains(secret), "{subject} tells {secret}");
        }
    }
}

#[test]
fn an_approval_request_holds_one_link() {
    assert_eq!(shown(&made(Kind::ApprovalRequest)).matches("http").count(), 1);
}

#[test]
fn in_the_test_environment_all_mail_goes_to_one_address_and_says_so() {
    let mut letter = sample::letter(Kind::Returned);
    letter.desk.environment = Environment::Test;
    let mail = composed(&letter, Templates::embedded(), None);
    assert_eq!(mail.to, "test@yonezawa.example");
    assert!(mail.subject.starts_with("【テスト】"));
    assert!(shown(&mail).contains("本来の宛先: 株式会社 髙﨑製作所 <mayumi@takasaki.example>"));
    assert!(!String::from_utf8_lossy(&mail.bytes).contains("mayumi"), "in a header");
    let nowhere = kessai::render::mail::Sender { test_to: None, ..sample::sender() };
    assert!(compose(&letter, &nowhere, "", Templates::embedded(), None).is_err());
}

#[test]
fn a_line_end_in_a_value_cannot_add_a_header() {
    let mut letter = sample::letter(Kind::RejectedFile);
    letter.file_name = "a\r\nBcc: x@example.com\r\n.csv".into();
    letter.to_name = "a\r\nBcc: y@example.com".into();
    let mail = composed(&letter, Templates::embedded(), None);
    let parsed = parsed(&mail.bytes);
    assert!(parsed.bcc().is_none());
}

#[test]
fn a_shipped_template_that_a_bank_copies_to_edit_has_no_mistake() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/mail");
    let texts: BTreeMap<String, String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    assert!(texts.len() > 20);
    assert!(Templates::overlaid(&texts).is_ok(), "{:?}", Templates::overlaid(&texts).err());
}

#[test]
fn the_embedded_templates_have_no_mistake() {
    assert_eq!(check(&BTreeMap::new()), []);
}

#[test]
fn mistakes_in_templates_are_told_with_file_and_line() {
    let texts = [
        ("approved", "Subject: 承認\n\n{{ sumary }}\n"),
        ("returned", "Subject: 差戻し\n\n{% if x %}\n"),
        ("rejected", "お知らせ\n\n否認されました。\n"),
        ("accepted", "Subject: {{ total }}円\n\n受け付けました。\n"),
        ("approval_request", "Subject: 承認のお願い\n\nお願いします。\n"),
        ("aproved", "Subject: x\n\nx\n"),
    ];
    let told = |texts: &[(&str, &str)]| -> String {
        let texts = texts.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        let told: Vec<String> = check(&texts).iter().map(ToString::to_string).collect();
        told.join("\n")
    };
    insta::assert_snapshot!(told(&texts), @"
    templates/mail/accepted.txt:1: total must not stand in the subject
    templates/mail/approval_request.txt: an approval request must hold {{ link }}
    templates/mail/approved.txt:3: undefined value: `sumary` is undefined
    templates/mail/aproved.txt: no mail has this name
    templates/mail/rejected.txt:1: the first line must be `Subject: …`
    templates/mail/returned.txt:3: syntax error: unexpected end of input, expected end of block
    ");
}

#[test]
fn an_overlaid_template_is_used() {
    let text = "Subject: できました\n\n{{ case }}\n".to_owned();
    let templates = Templates::overlaid(&BTreeMap::from([("approved".into(), text)])).unwrap();
    let letter = sample::letter(Kind::Approved);
    let mail = composed(&letter, &templates, None);
    assert_eq!(shown(&mail).trim_end(), "できました\n\n20261201-000123-6.1");
}
