//! Forms as a bank changes them.

use std::collections::BTreeMap;

use super::{Form, Forms, RequestKind};

fn overlaid(text: &str) -> Result<Form, String> {
    let texts = BTreeMap::from([("change".to_owned(), text.to_owned())]);
    match Forms::overlaid(&texts) {
        Ok(forms) => Ok(forms.get(RequestKind::Change).cloned().unwrap()),
        Err(found) => {
            let told: Vec<String> = found.iter().map(ToString::to_string).collect();
            Err(told.join("\n"))
        }
    }
}

#[test]
fn every_kind_has_its_form_and_the_boxes_for_the_banks_stamps() {
    for kind in Forms::kinds() {
        let form = Forms::embedded().get(kind).unwrap();
        assert!(form.title.ends_with("請求書"), "{}", form.title);
        assert!(form.blocks.len() > 2, "{}", form.title);
        assert_eq!(form.stamps, ["受付印", "印鑑照合", "本人確認・折返し確認", "入力", "検印"]);
    }
}

#[test]
fn a_bank_changes_a_word_and_a_measure_and_keeps_the_rest() {
    let built_in = Forms::embedded().get(RequestKind::Change).unwrap();
    let form =
        overlaid("title = \"変更請求書\"\n[mm]\nrow = 12\n[blank]\namount = \"＿円\"\n").unwrap();
    assert_eq!((form.title.as_str(), form.mm.row), ("変更請求書", 12));
    assert_eq!(form.blank["amount"], "＿円");
    assert_eq!(form.blank["due_date"], built_in.blank["due_date"]);
    assert_eq!((form.mm.label, &form.blocks), (built_in.mm.label, &built_in.blocks));
}

#[test]
fn every_mistake_in_a_form_is_told_with_its_line() {
    let text = "lead = \"{amuont}\"\n[mm]\nrow = 200\n[[block]]\nheading = \"署名\"\n\
        columns = [{title = \"印\", mm = 20, value = \"{role} {who}\"}]\n\
        [[block]]\nheading = \"空\"\n[stamps]\nboxes = []\n";
    insta::assert_snapshot!(overlaid(text).unwrap_err(), @"
    templates/forms/change.toml:1: unknown name {amuont}; did you mean {amount}?
    templates/forms/change.toml:3: write 6 to 60 millimetres
    templates/forms/change.toml:4: the columns are 20 mm wide; they must sum to 180
    templates/forms/change.toml:6: unknown name {who}; did you mean {new_amount}?
    templates/forms/change.toml:7: a block has either fields, or columns and lines
    templates/forms/change.toml:10: write one to six boxes
    ");
    let told = |text| overlaid(text).unwrap_err();
    assert!(told("titel = \"x\"\n").starts_with(
        "templates/forms/change.toml:1: unknown field `titel`, expected one of `title`"
    ));
    assert!(told("[mm]\nlabel = 32\ntitle = \"x\n").starts_with("templates/forms/change.toml:3: "));
}

#[test]
fn a_file_that_is_no_form_is_a_mistake() {
    let texts = BTreeMap::from([("chnage".to_owned(), String::new())]);
    let found = Forms::overlaid(&texts).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "templates/forms/chnage.toml: there is no form chnage; there are change, disclosure, \
         institution_transfer"
    );
}
