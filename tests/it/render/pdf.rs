//! Papers, read back with lopdf.

use kessai::domain::{RequestKind, ScanFlaw, UserNumber};
use kessai::render::draw::{Decision, Fill, Seat, Stamp, State};
use kessai::render::forms::Forms;
use kessai::render::pdf::{
    Pdf, daily_report, fee_statement, form, notice, receipt, request_form, slip, welcome,
};
use kessai::render::view::{Environment, News, Outcome, RequestFormView};
use kessai::render::words::Words;

use super::sample;

fn text_of(pdf: &Pdf) -> String {
    let file = lopdf::Document::load_mem(&pdf.bytes).unwrap();
    let pages: Vec<u32> = file.get_pages().keys().copied().collect();
    // One line per shown string; layouts are judged by eye, words here.
    file.extract_text(&pages).unwrap()
}

/// Keeps a paper to be looked at where a folder is named.
fn show(name: &str, pdf: &Pdf) {
    if let Ok(folder) = std::env::var("KESSAI_SHOW") {
        std::fs::write(std::path::Path::new(&folder).join(name), &pdf.bytes).unwrap();
    }
}

#[test]
fn a_paper_made_twice_is_the_same_to_the_byte() {
    let words = Words::embedded();
    assert_eq!(slip(&sample::slip(40), words).unwrap(), slip(&sample::slip(40), words).unwrap());
    let made = receipt(&sample::receipt(3), words).unwrap();
    assert_eq!(made, receipt(&sample::receipt(3), words).unwrap());
    let mut other = sample::receipt(3);
    other.workflow = "別の手続".into();
    assert_ne!(made.bytes, receipt(&other, words).unwrap().bytes);
}

#[test]
fn a_slip_shows_the_file_its_figures_and_the_sentence() {
    let pdf = slip(&sample::slip(5), Words::embedded()).unwrap();
    let text = text_of(&pdf);
    for shown in [
        "電子記録債権 受付票",
        "20261201-000123-6",
        "株式会社 髙﨑製作所 御中",
        "12月分 発生記録（本社）.csv",
        "2026年12月1日 9:15",
        "承認期限は 2026年12月3日 15:00 です。",
        "この書面は、電子記録がされたことの証明ではありません。",
        "1 / 1 ページ",
        "3行目 K列「相手銀行番号」",
        "1,111,111",
    ] {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    assert!(!text.contains("7654321"), "an account number is printed");
    assert!(pdf.missing.is_empty());
}

#[test]
fn a_bank_changes_a_word_and_the_widths_of_a_table_on_its_papers() {
    let own = "[common]\nwho = \"{name} 利用者番号 {id}\"\n\
        [rows]\nwidths = \"10 27.5 30 25.5 18.5 18.5 37 13\"\n";
    let words = Words::overlaid("templates/words.toml", own).unwrap();
    let (built_in, changed) =
        [Words::embedded(), &words].map(|words| slip(&sample::slip(5), words).unwrap()).into();
    assert!(text_of(&changed).contains("利用者番号 1AB2CD3EF"), "{}", text_of(&changed));
    assert_ne!(built_in.bytes, changed.bytes);
    // A narrower column wraps what it holds.
    let lines = |pdf: &Pdf| text_of(pdf).lines().count();
    assert!(lines(&changed) > lines(&built_in));
}

#[test]
fn a_receipt_names_every_approver_and_the_digest() {
    let view = sample::receipt(5);
    let text = text_of(&receipt(&view, Words::embedded()).unwrap());
    for shown in [
        "髙﨑 眞由美",
        "渡邊 德子",
        "齋藤 瀨那",
        "照査",
        "決裁",
        "2026.12.1",
        "2026-12-01 14:05:00",
        "金額と支払期日を注文書で確",
    ] {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    assert!(text.contains(&view.content.to_string()));
    assert!(text.contains(&view.content.short()));
}

#[test]
fn a_receipt_shows_the_way_of_its_case_in_one_line() {
    let mut view = sample::receipt(5);
    let text = text_of(&receipt(&view, Words::embedded()).unwrap());
    let way = ["受付", "2026.12.1 9:15", "お客様承認", "2026.12.1 10:02", "取扱店承認"];
    for shown in way.into_iter().chain(["2026.12.1 14:05", "送付", "済み"]) {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    assert!(!text.contains("取扱規則の点検") && !text.contains("完了"), "{text}");
    view.route.nodes[3].state = State::Stopped;
    view.route.nodes[3].seats = vec![Seat {
        title: "照査".into(),
        who: String::new(),
        fill: Fill::Stamped(Stamp {
            name: "渡邊 德子".into(),
            at: sample::at(13, 40),
            decision: Decision::Return,
        }),
    }];
    view.route.nodes[4].state = State::NotReached;
    let text = text_of(&receipt(&view, Words::embedded()).unwrap());
    assert!(text.contains("差戻し 2026.12.1 14:05") && text.contains("行わず"), "{text}");
}

#[test]
fn a_slip_for_a_refused_file_tells_what_to_correct() {
    let text = text_of(&slip(&sample::rejected_slip(), Words::embedded()).unwrap());
    for shown in ["受付できません", "直したファイルをもう一度", "D07", "4行目 P列「支払期日」"]
    {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    assert!(!text.contains("承認期限"));
}

#[test]
fn a_returned_case_gets_its_own_title_and_a_refused_one_too() {
    let mut view = sample::receipt(2);
    view.outcome = Outcome::Returned;
    assert!(text_of(&receipt(&view, Words::embedded()).unwrap()).contains("電子記録債権 差戻し票"));
    view.outcome = Outcome::Rejected;
    assert!(text_of(&receipt(&view, Words::embedded()).unwrap()).contains("電子記録債権 否認票"));
}

#[test]
fn a_thousand_rows_run_over_sheets_that_repeat_the_header() {
    let pdf = slip(&sample::slip(1_000), Words::embedded()).unwrap();
    let file = lopdf::Document::load_mem(&pdf.bytes).unwrap();
    let pages = file.get_pages();
    assert_eq!(pages.len(), usize::try_from(pdf.pages).unwrap());
    assert!((20..=30).contains(&pdf.pages), "{} sheets", pdf.pages);
    for page in pages.keys() {
        let text = file.extract_text(&[*page]).unwrap();
        assert!(text.contains(&format!("{page} / {} ページ", pdf.pages)));
        assert!(text.contains("債権金額（円）"), "sheet {page} lacks the header row");
    }
    let last = file.extract_text(&[pdf.pages]).unwrap();
    assert!(last.contains("INV-01000"));
}

#[test]
fn more_rows_than_a_paper_holds_are_pointed_to() {
    let mut view = sample::slip(3);
    view.file.records = 100_000;
    let text = text_of(&slip(&view, Words::embedded()).unwrap());
    assert!(text.contains("先頭から 3 件を載せました。全 100,000 件は結果ファイル"), "{text}");
}

#[test]
fn a_fee_statement_shows_its_lines_their_sum_and_the_day_of_the_debit() {
    let view = sample::fee_statement();
    let pdf = fee_statement(&view, Words::embedded()).unwrap();
    assert_eq!(pdf, fee_statement(&view, Words::embedded()).unwrap());
    assert!(pdf.missing.is_empty());
    insta::assert_snapshot!(text_of(&pdf));
}

#[test]
fn a_welcome_letter_shows_the_contract_and_no_account_number() {
    let view = sample::welcome();
    let pdf = welcome(&view, Words::embedded()).unwrap();
    assert_eq!(pdf, welcome(&view, Words::embedded()).unwrap());
    assert!(pdf.missing.is_empty());
    let text = text_of(&pdf);
    assert!(!text.contains("1234567"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_notice_says_who_asked_for_what_was_recorded() {
    let view = sample::notice();
    let pdf = notice(&view, Words::embedded()).unwrap();
    assert_eq!(pdf, notice(&view, Words::embedded()).unwrap());
    assert!(pdf.missing.is_empty());
    show("notice.pdf", &pdf);
    insta::assert_snapshot!(text_of(&pdf));
}

#[test]
fn a_notice_of_what_was_not_paid_asks_for_a_call_and_a_long_one_says_what_it_leaves_out() {
    let mut view = sample::notice();
    view.news = News::Defaulted;
    view.lines = std::iter::repeat_n(view.lines[0].clone(), 2_001).collect();
    let text = text_of(&notice(&view, Words::embedded()).unwrap());
    for shown in
        ["支払不能のお知らせ", "すぐに取扱店へご連絡ください", "先頭から 2,000 件", "2,001 件"]
    {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    assert!(!text.contains("請求した方"), "nobody asked for it");
}

#[test]
fn a_fee_statement_of_nothing_says_that_nothing_is_debited() {
    let mut view = sample::fee_statement();
    view.bill.lines.clear();
    view.bill.total = kessai::domain::YenTotal::new(0);
    let text = text_of(&fee_statement(&view, Words::embedded()).unwrap());
    for shown in ["引落しは行いません。", "対象のご利用はありませんでした。", "0 円"]
    {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    assert!(!text.contains("2026年7月27日") && !text.contains("ご入金ください"), "{text}");
}

#[test]
fn a_daily_report_shows_its_figures_what_is_due_and_what_went_wrong() {
    let view = sample::daily_report();
    let pdf = daily_report(&view, Words::embedded()).unwrap();
    assert_eq!(pdf, daily_report(&view, Words::embedded()).unwrap());
    assert!(pdf.missing.is_empty());
    show("daily.pdf", &pdf);
    insta::assert_snapshot!(text_of(&pdf));
}

/// Draws a form, and keeps it to be looked at where a folder is named.
fn drawn(kind: RequestKind, values: &[(&str, &str)]) -> Pdf {
    let template = Forms::embedded().get(kind).unwrap();
    let view = sample::form(kind, values);
    let pdf = form(&view, template, Words::embedded()).unwrap();
    assert_eq!(pdf, form(&view, template, Words::embedded()).unwrap());
    assert!(pdf.missing.is_empty(), "{:?}", pdf.missing);
    let filled = if values.is_empty() { "blank" } else { "filled" };
    show(&format!("{}_{filled}.pdf", kind.name()), &pdf);
    pdf
}

#[test]
fn a_blank_form_is_one_sheet_with_room_for_seals_and_stamps() {
    for kind in Forms::kinds() {
        let pdf = drawn(kind, &[]);
        assert_eq!(pdf.pages, 1, "{}", kind.name());
        let text = text_of(&pdf);
        for shown in ["請求書", "届出印", "印鑑照合", "本人確認・折返し確認", "検印", "令和"]
        {
            assert!(text.contains(shown), "{shown} is missing in:\n{text}");
        }
        assert!(!text.contains('{') && !text.contains("申請番号"), "{text}");
    }
}

#[test]
fn a_request_form_of_three_sheets_says_on_each_which_it_is_and_numbers_its_requests_on() {
    let check = |sheet: usize| format!("K2:1AB2CD3EF:0123456789:{sheet}3:23456789AB");
    let view = |codes: Vec<String>| RequestFormView {
        desk: sample::receipt(1).desk,
        made: sample::receipt(1).decided,
        codes,
        number: "01234-56789".into(),
        customer: UserNumber::parse("1AB2CD3EF").unwrap(),
        name: "高崎製作所".into(),
        accounts: Vec::new(),
        kinds: vec![RequestKind::AccrualDebtor],
    };
    let three = view((1..=3).map(check).collect());
    let pdf = request_form(&three).unwrap();
    show("fax_form_3.pdf", &pdf);
    assert_eq!(pdf.pages, 3);
    assert_eq!(pdf, request_form(&three).unwrap(), "the same to the byte");
    let file = lopdf::Document::load_mem(&pdf.bytes).unwrap();
    for (page, own) in
        [(1, ["1/3 枚目", "請求 1", "請求 2"]), (3, ["3/3 枚目", "請求 5", "請求 6"])]
    {
        let text = file.extract_text(&[page]).unwrap();
        for part in own.into_iter().chain(["01234-56789"]) {
            assert!(text.contains(part), "{part} is missing on {page}: {text}");
        }
    }
    let codes = file.objects.values().filter_map(|one| one.as_stream().ok());
    let codes: std::collections::BTreeSet<_> = codes
        .filter(|one| one.dict.get(b"ImageMask").is_ok())
        .map(|one| one.content.clone())
        .collect();
    assert_eq!(codes.len(), 3, "each sheet has a code of its own");
    let one = request_form(&view(vec!["K1:1AB2CD3EF:0123456789:23456789AB".into()])).unwrap();
    assert!(one.pages == 1 && !text_of(&one).contains("枚目"), "{}", text_of(&one));
    // Handed in as it is and not on paper, it is read by eye: its code is no page.
    let seen = kessai::formats::scan::read(&one.bytes).unwrap_err();
    assert!(seen.is_read_by_eye() && matches!(seen, ScanFlaw::Drawn(_)), "{seen:?}");
}

#[test]
fn a_form_shows_what_is_known_and_who_must_sign() {
    let pdf = drawn(
        RequestKind::Change,
        &[
            ("case", "20261201-000123-6-1"),
            ("line", "3"),
            ("record_number", "98765432100000100017"),
            ("record_date", "令和8年12月3日（2026年12月3日）"),
            ("requester_number", "987654321"),
            ("requester_name", "株式会社 髙﨑製作所"),
            ("requester_account", "0001-001 当座 0123456"),
            ("debtor_number", "123456789"),
            ("debtor_name", "ｶ)ﾔﾏﾀﾞｼﾖｳﾃﾝ"),
            ("creditor_number", "987654321"),
            ("creditor_name", "株式会社 髙﨑製作所"),
            ("amount", "9,876,543,210 円"),
            ("amount_daiji", "金九拾八億七千六百五拾四萬参千弐百壱拾円也"),
            ("due_date", "令和9年3月31日（2027年3月31日）"),
            ("new_due_date", "令和9年6月30日（2027年6月30日）"),
            ("tick_due_date", "■"),
        ],
    );
    assert_eq!(pdf.pages, 1);
    insta::assert_snapshot!(text_of(&pdf));
    let transfer = [
        ("creditor_number", "987654321"),
        ("creditor_account", "0001-001 当座 0123456"),
        ("debtor_account", "0009-010 普通 7654321"),
        ("amount", "9,876,543,210 円"),
        ("amount_daiji", "金九拾八億七千六百五拾四萬参千弐百壱拾円也"),
        ("fee_account", "0001-001 当座 0123456"),
    ];
    assert!(text_of(&drawn(RequestKind::InstitutionTransfer, &transfer)).contains("7654321"));
    let all = [("tick_all", "■"), ("requester_name", "株式会社 髙﨑製作所")];
    assert!(text_of(&drawn(RequestKind::Disclosure, &all)).contains("■ すべての債権"));
}

#[test]
fn a_quiet_day_says_that_nothing_is_to_be_looked_at() {
    let mut view = sample::daily_report();
    view.kinds.clear();
    view.waiting.clear();
    view.due_items.clear();
    view.incidents.clear();
    view.unkept.clear();
    view.incident_count = 0;
    let pdf = daily_report(&view, Words::embedded()).unwrap();
    let text = text_of(&pdf);
    for shown in ["確認の要ることはありません。", "保留中の案件はありません。"]
    {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    assert_eq!(pdf.pages, 1);
}

#[test]
fn characters_no_face_holds_become_geta_and_are_told() {
    let mut view = sample::slip(1);
    view.file.submitter = "𠮷野\u{202E}家\u{7}".into();
    let pdf = slip(&view, Words::embedded()).unwrap();
    assert_eq!(pdf.missing, ['\u{202E}', '𠮷']);
    assert!(text_of(&pdf).contains("〓野家  御中"));
}

#[test]
fn long_names_are_wrapped_or_cut_and_nothing_is_lost_from_the_sheet() {
    let view = sample::long_receipt();
    let pdf = receipt(&view, Words::embedded()).unwrap();
    assert!(text_of(&pdf).contains('…'));
    assert!(pdf.pages <= 2);
}

#[test]
fn a_test_paper_says_so_on_every_sheet() {
    let mut view = sample::slip(100);
    view.desk.environment = Environment::Test;
    let pdf = slip(&view, Words::embedded()).unwrap();
    let file = lopdf::Document::load_mem(&pdf.bytes).unwrap();
    for page in file.get_pages().keys() {
        assert!(file.extract_text(&[*page]).unwrap().contains("【テスト】電子記録債権 受付票"));
    }
}

#[test]
fn version_language_title_and_dates_are_set_from_the_data() {
    let pdf = slip(&sample::slip(1), Words::embedded()).unwrap();
    assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
    let file = lopdf::Document::load_mem(&pdf.bytes).unwrap();
    let catalog = file.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"ja-JP");
    let preferences = catalog.get(b"ViewerPreferences").unwrap().as_dict().unwrap();
    assert!(preferences.get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
    let info = file.trailer.get(b"Info").unwrap().as_reference().unwrap();
    let info = file.get_dictionary(info).unwrap();
    let date = info.get(b"CreationDate").unwrap().as_str().unwrap();
    assert_eq!(date, b"D:20261201091500+09'00'");
    assert!(!info.has(b"GTS_PDFXVersion"));
}
